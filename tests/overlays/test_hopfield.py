"""Theory against simulation of the Hopfield model, within the stated error bars, at several N."""

import math

import numpy as np
import pytest
from scipy import stats

import montecarlo
import statmech as sm
import theory

POINTS = [(0.02, 0.5), (0.05, 0.4), (0.08, 0.2), (0.05, 0.2)]  # all below 0.9 alpha_M(T)


def extrapolated(model, sizes, samples, sweeps, seed):
    """Each observable's weighted fit a + b/N over the sizes at which no sample lost its state.

    Returns name to limit, error and degrees of freedom, and the number of sizes used.
    """
    runs = [
        montecarlo.simulate(model, N=N, samples=samples, seed=seed, sweeps=sweeps, thermalization=100) for N in sizes
    ]
    kept = [run for run in runs if run.retrieved.mean == 1.0]
    assert all(run.equilibrated for run in kept), [run.verdict for run in kept]
    N = np.array([run.N for run in kept])
    limits = {}
    for name in ("m", "q", "u", "r"):
        mean, error = (np.array([getattr(run.estimates[name], x) for run in kept]) for x in ("mean", "error"))
        solve = np.linalg.pinv(np.stack([1 / error, 1 / (N * error)], axis=1)) / error
        parts = (solve[0] * error) ** 2
        dof = parts.sum() ** 2 / np.sum(parts**2 / (samples - 1))
        limits[name] = (solve[0] @ mean, math.sqrt(parts.sum()), dof)
    return limits, len(kept)


def assert_agrees(limits, solution):
    """Student's t of every observable against the theory, at a level of 1e-4."""
    for name, (limit, error, dof) in limits.items():
        t = (limit - getattr(solution, name)) / error
        assert 2 * stats.t.sf(abs(t), dof) > 1e-4, f"{name}: {limit} +- {error}, theory {getattr(solution, name)}"


@pytest.mark.parametrize(("alpha", "T"), POINTS)
def test_retrieval_state(alpha, T):
    """m, q, u and r extrapolated to infinite N agree with the replica-symmetric theory."""
    model = sm.Hopfield(alpha=alpha, T=T)
    limits, used = extrapolated(model, (1000, 2000, 4000), samples=24, sweeps=400, seed=5)
    assert used >= 2
    assert_agrees(limits, theory.solve(model))
    # the comparison has teeth: half a per cent in m, q or u would be seen, and 20 per cent in r
    for name, (_, error, _) in limits.items():
        assert error < (0.2 if name == "r" else 0.005) / 4 * (2 if T == 0.5 else 1)


def test_paramagnet():
    """Above T_g: m = q = 0 and the energy of the theory, u = f + Ts."""
    model = sm.Hopfield(alpha=0.1, T=2.0)
    run = montecarlo.simulate(model, N=1000, samples=12, seed=3, start="random", sweeps=400)
    assert run.equilibrated, run.verdict
    solution = theory.solve(model, start="paramagnet")
    assert abs(run.u.mean - solution.u) < 4 * run.u.error + 1.0 / 1000
    assert run.u.error < 0.002
    assert abs(run.m.mean) < 4 * run.m.error + 1e-3


def test_zero_temperature_descent_finds_the_retrieval_state():
    """T = 0, well below capacity: the fixed point next to the pattern has the theory's overlap."""
    model = sm.Hopfield(alpha=0.1, T=0.0)
    run = montecarlo.simulate(model, N=2000, samples=12, seed=2)
    assert run.m.mean == pytest.approx(theory.solve(model).m, abs=5 * run.m.error + 2e-4)


def test_beyond_capacity_the_memory_is_lost():
    lost = montecarlo.simulate(sm.Hopfield(alpha=0.2, T=0.1), N=1000, samples=6, seed=2, sweeps=500)
    assert lost.m.mean < 0.6
    kept = montecarlo.simulate(sm.Hopfield(alpha=0.08, T=0.1), N=1000, samples=6, seed=2, sweeps=500)
    assert kept.m.mean > 0.97


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "T"), [*POINTS, (0.1, 0.1), (0.03, 0.6)])
def test_retrieval_state_with_long_statistics(alpha, T):
    model = sm.Hopfield(alpha=alpha, T=T)
    limits, used = extrapolated(model, (1000, 2000, 4000, 8000), samples=60, sweeps=2000, seed=11)
    assert used >= 2
    assert_agrees(limits, theory.solve(model))
