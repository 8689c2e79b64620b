"""Theory against simulation of a perceptron that learns two tasks: minima of the free energy, and sampled means."""

import math

import pytest
from scipy import stats

import montecarlo
import statmech as sm
import theory

NAMES = ("q1", "r1", "qs1", "q2", "r2", "qs2", "c12", "p1", "p2", "eps1_before", "eps1", "eps2", "loss")


def assert_agrees(model, level=1e-4, **run):
    """Student's t of every observable, at a level that allows for their number."""
    simulation, solution = montecarlo.simulate(model, **run), theory.solve(model)
    assert simulation.equilibrated, simulation.verdict
    assert solution.replicon > 0
    for name in NAMES:
        estimate = simulation.estimates[name]
        t = (estimate.mean - solution.order[name]) / estimate.error
        assert 2 * stats.t.sf(abs(t), simulation.samples - 1) > level, f"{name}: {estimate}, {solution.order[name]}"
    return simulation


@pytest.mark.parametrize(("alpha1", "alpha2", "r0"), [(1, 1, 0), (1, 0.5, 1)])
def test_minima(alpha1, alpha2, r0):
    run = assert_agrees(sm.ContinualPerceptron(alpha1=alpha1, alpha2=alpha2, r0=r0), N=601, samples=8, seed=3)
    assert run.eps1.error < 0.015


def test_sampled_means():
    model = sm.ContinualPerceptron(alpha1=0.5, alpha2=0.5, r0=0.5, beta1=20, beta2=20)
    run = assert_agrees(model, N=101, samples=8, seed=5, sweeps=200, thermalization=100)
    assert run.qs2.error < 0.02


def test_a_minimum_then_samples():
    model = sm.ContinualPerceptron(alpha1=1, alpha2=0.3, r0=-0.5, beta2=20)
    assert_agrees(model, N=101, samples=8, seed=6, sweeps=200, thermalization=100)


@pytest.mark.slow
@pytest.mark.parametrize(("alpha1", "alpha2", "r0"), [(1, 1, 0), (2, 1, -0.5), (2, 2, 0.5), (1, 0.5, 1)])
def test_minima_of_large_systems(alpha1, alpha2, r0):
    model = sm.ContinualPerceptron(alpha1=alpha1, alpha2=alpha2, r0=r0)
    run = assert_agrees(model, N=1001, samples=24, seed=11)
    assert math.hypot(run.eps1.error, run.eps2.error) < 0.006


@pytest.mark.slow
@pytest.mark.parametrize(
    "parameters",
    [
        {"alpha1": 0.5, "alpha2": 0.5, "r0": 0.5, "beta1": 20, "beta2": 20},
        {"alpha1": 1, "alpha2": 0.5, "r0": -0.5, "beta1": 20, "beta2": 20},
    ],
)
def test_sampled_means_of_a_larger_system(parameters):
    assert_agrees(sm.ContinualPerceptron(**parameters), N=201, samples=16, seed=12, sweeps=500, thermalization=300)
