"""Theory against simulation of perceptrons: energies, overlaps, entropies, entropies around a reference, errors."""

import numpy as np
import pytest
from scipy import stats

import montecarlo
import statmech as sm
import theory
from montecarlo import enumerate_perceptron

LEVEL = 1e-4
"""Probability at which an agreement is taken for none."""

STORAGE = [(0.5, 1.0), (0.5, 1.5), (1.0, 1.0)]
"""Loads and inverse temperatures of the published comparison that equilibrate within seconds."""
TAUGHT = [(0.5, 1.0), (1.0, 1.0)]


def assert_agrees(estimate, expected, bias=0.0):
    """Student's t of a mean over samples, at a size whose own shift is at most `bias`."""
    t = max(0.0, abs(estimate.mean - expected) - bias) / estimate.error
    assert 2 * stats.t.sf(t, estimate.samples - 1) > LEVEL, f"{estimate!r}, theory {expected}"


def compared(model, names, sizes, samples, sweeps, seed, **settings):
    """Every order parameter at every size within its error of N → ∞; the largest error over the values."""
    solution = theory.solve(model)
    for N in sizes:
        run = montecarlo.simulate(
            model, N=N, samples=samples, seed=seed, sweeps=sweeps, thermalization=sweeps // 4, interval=4, **settings
        )
        assert run.equilibrated, run.verdict
        for name in names:
            assert_agrees(run.estimates[name], getattr(solution, name), bias=0.4 * abs(getattr(solution, name)) / N)
    return max(run.estimates[name].error / getattr(solution, name) for name in names)


@pytest.mark.parametrize(("alpha", "beta"), STORAGE)
def test_storage(alpha, beta):
    """u and q at three sizes."""
    model = sm.BinaryPerceptron(alpha=alpha, T=1 / beta)
    assert compared(model, ("u", "q"), (51, 101, 201), samples=12, sweeps=2000, seed=3) < 0.04


def test_storage_with_a_stability():
    """Gaussian patterns: fields of patterns ±1 are odd numbers, and their threshold in effect the even one below.

    So at κ = 0.5 and N = 101 it is 4/sqrt(N) for 5.02, a shift of order 1/sqrt(N), which the theory follows.
    """
    model = sm.BinaryPerceptron(alpha=0.4, kappa=0.5, T=0.8)
    compared(model, ("u", "q"), (101,), samples=12, sweeps=1500, seed=3, engine="gaussian-fields")
    run = montecarlo.simulate(model, N=101, samples=24, seed=4, sweeps=1000)
    shifted = sm.BinaryPerceptron(alpha=40 / 101, kappa=6 / np.sqrt(101), T=0.8)
    assert_agrees(run.u, theory.solve(shifted).u)
    assert run.u.mean > theory.solve(model).u + 4 * run.u.error


@pytest.mark.parametrize(("alpha", "beta"), TAUGHT)
def test_learning_a_rule(alpha, beta):
    """u, q, r and both generalisation errors at three sizes."""
    model = sm.TeacherStudent(alpha=alpha, T=1 / beta)
    names = ("u", "q", "r", "eps_gibbs", "eps_bayes")
    assert compared(model, names, (51, 101, 201), samples=12, sweeps=2000, seed=4) < 0.05


@pytest.mark.parametrize(
    "model", [sm.BinaryPerceptron(alpha=0.5, T=1.0), sm.TeacherStudent(alpha=1, T=1.0)], ids=lambda model: model.system
)
def test_entropy_by_integration(model):
    for N in (41, 81):
        answer = montecarlo.integrated_entropy(
            model, N=N, samples=12, seed=1, temperatures=8, sweeps=600, thermalization=100
        )
        assert answer.equilibrated, answer.verdict
        assert_agrees(answer.s[0], theory.solve(model).s, bias=0.2 / N)
    assert answer.s[0].error < 0.005


@pytest.mark.parametrize(
    ("model", "field"),
    [(sm.TeacherStudent(alpha=0.5, T=0.7), 0.3), (sm.BinaryPerceptron(alpha=0.5, T=1.0), 0.6)],
    ids=("teacher", "typical"),
)
def test_entropy_around_a_reference(model, field):
    """s(d) by integration in a field, over the Franz–Parisi entropy at the distance that it holds."""
    answer = montecarlo.integrated_entropy(
        model, N=81, samples=12, seed=2, temperatures=8, field=field, sweeps=1200, thermalization=200
    )
    assert answer.equilibrated, answer.verdict
    d = answer.d[0].mean
    assert 0.1 < d < 0.35
    solver = getattr(theory, model.system).franz_parisi_entropy
    curve = solver(model, [d, d + 0.01])
    # samples differ in their distance, too: it is taken off along the curve
    error = np.hypot(answer.s[0].error, (curve.s[1] - curve.s[0]) / 0.01 * answer.d[0].error)
    assert abs(answer.s[0].mean - curve.s[0]) < 4 * error
    assert error < 0.01
    assert_agrees(answer.u[0], curve.u[0], bias=0.5 / 81)


@pytest.mark.parametrize("alpha", [0.4, 0.8])
def test_energies_of_all_states(alpha):
    """Exact averages at N = 10 and 15, Gaussian patterns, extrapolated in 1/N, over a range of temperatures."""
    temperatures, rng = (0.4, 0.7, 1.5), np.random.default_rng(1)
    means, errors = [], []
    for N, samples in ((10, 400), (15, 120)):
        P = round(alpha * N)
        rows = []
        for _ in range(samples):
            found = enumerate_perceptron(rng.normal(size=(P, N)))
            exact = [found.averages(T) for T in temperatures]
            rows.append([at[name] for at in exact for name in ("u", "s")])
        means.append(np.mean(rows, 0))
        errors.append(np.std(rows, 0) / np.sqrt(samples))
    limit = (15 * means[1] - 10 * means[0]) / 5
    error = np.hypot(15 * errors[1], 10 * errors[0]) / 5
    model = [theory.solve(sm.BinaryPerceptron(alpha=alpha, T=T)) for T in temperatures]
    expected = np.array([getattr(solution, name) for solution in model for name in ("u", "s")])
    assert np.all(np.abs(limit - expected) < 4 * error), (limit - expected) / error


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "beta"), [*STORAGE, (0.5, 2.0), (1.5, 1.0), (1.0, 1.5)])
def test_storage_at_length(alpha, beta):
    model = sm.BinaryPerceptron(alpha=alpha, T=1 / beta)
    sizes, sweeps = ((201, 401), 16_000) if beta > 1 else ((201, 801), 5000)
    assert compared(model, ("u", "q"), sizes, samples=12, sweeps=sweeps, seed=13) < 0.03


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "beta"), [*TAUGHT, (0.5, 2.0), (1.0, 1.5)])
def test_learning_a_rule_at_length(alpha, beta):
    model = sm.TeacherStudent(alpha=alpha, T=1 / beta)
    sizes, sweeps = ((201, 401), 16_000) if beta > 1 else ((201, 801), 5000)
    assert compared(model, ("u", "q", "r", "eps_gibbs"), sizes, samples=12, sweeps=sweeps, seed=14) < 0.04


@pytest.mark.slow
def test_alpha_one_beta_three_halves_equilibrates():
    """The coldest point of the published comparison that passes, at N = 801: its slowest samples take long."""
    model = sm.BinaryPerceptron(alpha=1, T=1 / 1.5)
    run = montecarlo.simulate(model, N=801, samples=5, seed=6, sweeps=60_000, thermalization=10_000, interval=10)
    assert run.equilibrated, run.verdict
    assert_agrees(run.u, theory.solve(model).u)


@pytest.mark.slow
@pytest.mark.parametrize("field", [0.1, 0.3, 0.6, 1.2])
@pytest.mark.parametrize("kind", [sm.TeacherStudent, sm.BinaryPerceptron])
def test_entropy_around_a_reference_at_length(kind, field):
    model = kind(alpha=0.5, T=1.0)
    for N in (101, 201):
        answer = montecarlo.integrated_entropy(
            model, N=N, samples=12, seed=3, temperatures=12, field=field, sweeps=1500, thermalization=400
        )
        curve = getattr(theory, model.system).franz_parisi_entropy(model, np.array([0, 0.005]) + answer.d[0].mean)
        error = np.hypot(answer.s[0].error, (curve.s[1] - curve.s[0]) / 0.005 * answer.d[0].error)
        assert abs(answer.s[0].mean - curve.s[0]) < 4 * error
