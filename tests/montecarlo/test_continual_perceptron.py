"""A variational perceptron at finite N: gradient, minimisers, and sampling against integrals over all means."""

import math

import numpy as np
import pytest
from scipy.special import log_ndtr

import montecarlo
import statmech as sm
from montecarlo.sample import run_sample
from montecarlo.settings import Settings
from montecarlo.variational import Task, descend_sgd, draw_tasks, free_energy, minimise
from montecarlo.variational_sampling import Sampler
from statmech.streams import unit_stream


def tasks(N, **parameters):
    return draw_tasks(sm.ContinualPerceptron(**parameters), N, unit_stream(1, "ab" * 16))


def test_teachers_and_patterns():
    first, second = tasks(201, alpha1=0.5, alpha2=0.25, r0=0.3, gamma2=0.7)
    assert (first.Y.shape, second.Y.shape) == ((100, 201), (50, 201))
    assert np.sum(first.teacher != second.teacher) == round(201 * 0.35)
    for task in (first, second):
        assert set(np.unique(task.Y)) == {-1, 1}
        assert np.all(task.Y @ task.teacher > 0)
    assert (first.gamma, second.gamma) == (1, 0.7)
    alone = tasks(201, alpha1=0.5)
    np.testing.assert_array_equal(alone[0].Y, first.Y)
    assert len(alone[1].Y) == 0


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0])
def test_gradient_against_differences(gamma):
    task = tasks(31, alpha1=1.5, gamma1=gamma)[0]
    generator = np.random.default_rng(3)
    theta, prior = generator.normal(0, [[1.5], [0.8]], (2, 31))
    _, gradient = free_energy(theta, task, prior)
    for i in range(31):
        e = np.zeros(31)
        e[i] = 1e-5
        slope = (free_energy(theta + e, task, prior)[0] - free_energy(theta - e, task, prior)[0]) / 2e-5
        assert slope == pytest.approx(gradient[i], rel=1e-7, abs=1e-7)


def test_prior_is_elastic_to_second_order():
    """Without patterns: F is gamma/2 (1 - m0²)(θ - θ0)² next to the prior, and least there."""
    task = Task(np.empty((0, 5)), np.ones(5), 0.7)
    prior = np.array([-2.0, -0.3, 0.0, 1.0, 3.0])
    F, gradient = free_energy(prior, task, prior)
    assert pytest.approx(0, abs=1e-15) == F
    np.testing.assert_allclose(gradient, 0, atol=1e-15)
    step = 1e-3 * np.array([1, -2, 1, 0.5, 2])
    expected = 0.35 * np.sum(step**2 / np.cosh(prior) ** 2)
    assert free_energy(prior + step, task, prior)[0] == pytest.approx(expected, rel=5e-3)


def test_mini_batches_find_the_minimum():
    task = tasks(201, alpha1=1)[0]
    start = 0.01 * np.random.default_rng(2).standard_normal(201)
    exact = minimise(task, np.zeros(201), start)
    assert exact.converged
    noisy = descend_sgd(task, np.zeros(201), start, np.random.SeedSequence(4), epochs=300)
    assert exact.F <= noisy.F < exact.F + 1e-4 * 201
    m, other = np.tanh(exact.theta), np.tanh(noisy.theta)
    assert m @ other / math.sqrt((m @ m) * (other @ other)) > 0.999


def test_start_does_not_matter_below_the_transition():
    task = tasks(301, alpha1=1)[0]
    ends = [minimise(task, np.zeros(301), np.random.default_rng(k).normal(0, 0.3, 301)) for k in range(3)]
    for end in ends[1:]:
        np.testing.assert_allclose(np.tanh(end.theta), np.tanh(ends[0].theta), atol=1e-4)


def integrals(task, prior, beta, points=48):
    """Averages of m_i, m_i² and the loss over all m by Gauss–Legendre quadrature, from the definition of F."""
    N = task.Y.shape[1]
    x, w = np.polynomial.legendre.leggauss(points)
    m = np.stack(np.meshgrid(*[x] * N, indexing="ij"), -1).reshape(-1, N)
    weight = np.prod(np.stack(np.meshgrid(*[w] * N, indexing="ij"), -1).reshape(-1, N), 1)
    loss = -log_ndtr(m @ task.Y.T / np.sqrt(np.sum(1 - m**2, 1))[:, None]).sum(1)
    theta = np.arctanh(m)
    divergence = ((theta - prior) * m - np.log(np.cosh(theta)) + np.log(np.cosh(prior))).sum(1)
    p = weight * np.exp(-beta * (loss + task.gamma * divergence))
    p /= p.sum()
    return np.concatenate([p @ m, p @ m**2, [p @ loss]])


@pytest.mark.parametrize(("N", "beta", "gamma"), [(1, 3.0, 1.0), (2, 2.0, 0.5), (3, 1.5, 1.0), (3, 1.0, 0.0)])
def test_sampling_is_exact(N, beta, gamma):
    generator = np.random.default_rng(N)
    task = Task(generator.choice([-1.0, 1.0], (4, N)), np.ones(N), gamma)
    prior = generator.normal(0, 0.7, N)
    sampler = Sampler(task, prior, beta, np.zeros(N), np.random.SeedSequence([N, 5]))
    for _ in range(500):
        sampler.sweep(adapt=True)
    rows = []
    for _ in range(40000):
        sampler.sweep()
        rows.append([*sampler.m, *sampler.m**2, -sampler.logs.sum()])
    blocks = np.array(rows).reshape(50, -1, 2 * N + 1).mean(1)
    error = blocks.std(0, ddof=1) / math.sqrt(50)
    assert np.all(error < 0.02)
    pulls = (blocks.mean(0) - integrals(task, prior, beta)) / error
    assert np.max(np.abs(pulls)) < 4.2, pulls


def test_cached_fields_are_those_of_the_means():
    task = tasks(101, alpha1=0.8)[0]
    sampler = Sampler(task, np.zeros(101), 20.0, np.zeros(101), np.random.SeedSequence(1))
    for _ in range(200):
        sampler.sweep(adapt=True)
    fields, logs = sampler.fields.copy(), sampler.logs.copy()
    sampler.refresh()
    np.testing.assert_allclose(fields, sampler.fields, atol=1e-10)
    np.testing.assert_allclose(logs, sampler.logs, atol=1e-10)
    assert np.all(np.abs(sampler.m) <= 1)


def test_sampling_from_both_starts():
    model = sm.ContinualPerceptron(alpha1=0.4, alpha2=0.4, r0=0.5, beta1=20, beta2=20)
    run = montecarlo.simulate(model, N=51, samples=5, seed=2, sweeps=200, thermalization=100)
    assert run.equilibrated, run.verdict
    assert 0.2 < run.acceptance < 0.8
    assert run.engine == "Metropolis then Metropolis"
    frozen = sm.ContinualPerceptron(alpha1=1.5, beta1=500, gamma1=0)
    run = montecarlo.simulate(frozen, N=51, samples=5, seed=2, sweeps=60, thermalization=20)
    assert not run.equilibrated


def test_forgetting_is_a_difference_of_errors():
    run = montecarlo.simulate(sm.ContinualPerceptron(alpha1=1, alpha2=1, r0=0), N=101, samples=6, seed=1)
    assert run.forgetting.mean == pytest.approx(run.eps1.mean - run.eps1_before.mean, abs=0.003)
    assert run.q1.mean == run.qs1.mean
    single = montecarlo.simulate(sm.ContinualPerceptron(alpha1=1), N=101, samples=3, seed=1)
    assert (single.forgetting.mean, single.c12.mean) == (0, single.qs1.mean)
    assert "minima of the free energy" in repr(single)


def test_samples_are_reproducible():
    model = sm.ContinualPerceptron(alpha1=0.5, alpha2=0.5, beta1=20)
    one, other = (montecarlo.simulate(model, N=31, samples=2, seed=3, sweeps=20, thermalization=10) for _ in range(2))
    assert one.to_dict() == pytest.approx(other.to_dict(), nan_ok=True)


@pytest.mark.parametrize(
    "bad",
    [
        {"engine": "couplings"}, {"temperatures": 3, "hottest": 2.0}, {"patterns": "stratified"}, {"start": "random"},
        {"start": "informed"},
    ],
)  # fmt: skip
def test_settings_that_are_refused(bad):
    with pytest.raises(ValueError, match="is not allowed"):
        montecarlo.simulate(sm.ContinualPerceptron(alpha1=1), N=11, samples=1, seed=1, **bad)


@pytest.mark.parametrize(
    ("engine", "message"),
    [("couplings", "engine must be one of 'auto', 'sgd'$"), ("adam", "no system has one of this name")],
)
def test_engines_of_other_systems_are_not_offered(engine, message):
    with pytest.raises(ValueError, match=message):
        montecarlo.simulate(sm.ContinualPerceptron(alpha1=1), N=11, samples=1, seed=1, engine=engine)


def test_mini_batches_are_an_engine():
    model, stream = sm.ContinualPerceptron(alpha1=1, alpha2=0.5, r0=0.5), np.random.SeedSequence(5)
    exact, noisy = (
        run_sample(model, N=101, stream=stream, settings=Settings(engine=engine, sweeps=400))
        for engine in ("auto", "sgd")
    )
    for name in ("r_1", "qs_1", "r_2", "qs_2", "c_2"):
        assert noisy[name] == pytest.approx(exact[name], abs=2e-3)
    run = montecarlo.simulate(model, N=101, samples=2, seed=1, engine="sgd")
    assert run.engine == "mini-batches then mini-batches"
    assert run.equilibrated
    with pytest.raises(ValueError, match="engine = 'sgd' is not allowed at finite beta"):
        montecarlo.simulate(sm.ContinualPerceptron(alpha1=1, beta1=9), N=11, samples=1, seed=1, engine="sgd")
