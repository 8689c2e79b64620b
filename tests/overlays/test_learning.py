"""Theory against simulation of networks that learn from examples, within the stated error bars, at several N.

Compared are m, n, q and u of retrieval at infinite N, each from a weighted fit a + b/N over the sizes at which no
sample lost the archetype, with the replica-symmetric values for the same finite number of examples (binomial law): by
Student's t of each observable.
"""

import math

import numpy as np
import pytest
from scipy import stats

import montecarlo
import statmech as sm
import theory

PROTOCOLS = {"supervised": sm.SupervisedHebbian, "unsupervised": sm.UnsupervisedHebbian}

# protocol, P, gamma, M, r, T, sizes: inside the retrieval phase, where states of small systems last
POINTS = [
    ("supervised", 4, 0.005, 20, 0.5, 0.1, (60, 80, 120)),
    ("supervised", 4, 0.0, 20, 0.5, 0.2, (200, 400, 800)),
    ("unsupervised", 4, 0.01, 5, 0.8, 0.1, (60, 80, 120)),
    ("unsupervised", 4, 0.0, 20, 0.5, 0.1, (200, 400, 800)),
    ("supervised", 2, 0.02, 10, 0.6, 0.2, (1000, 2000)),
    ("unsupervised", 2, 0.01, 10, 0.6, 0.2, (600, 1200)),
    ("unsupervised", 2, 0.02, 40, 0.4, 0.2, (400, 800)),
]
# nearer to the critical load, or with more of it: the sizes at which no sample loses the archetype are larger
LONG = [
    ("supervised", 4, 0.02, 20, 0.5, 0.1, (80, 120, 160)),
    ("supervised", 4, 0.03, 10, 0.6, 0.15, (150, 175, 200)),
    ("unsupervised", 4, 0.002, 20, 0.5, 0.1, (100, 150, 200)),
    ("unsupervised", 4, 0.004, 20, 0.5, 0.1, (100, 150, 200)),
    ("unsupervised", 4, 0.01, 5, 0.8, 0.1, (80, 120, 160)),
    ("unsupervised", 2, 0.02, 10, 0.7, 0.2, (1000, 2000, 4000)),
    ("supervised", 2, 0.04, 20, 0.5, 0.2, (6000, 7000, 8000)),
]


def extrapolated(model, sizes, samples, sweeps, seed):
    """Each observable's weighted fit a + b/N over the sizes at which no sample lost its state.

    Returns name to limit, error and degrees of freedom.
    """
    runs = [
        montecarlo.simulate(model, N=N, samples=samples, seed=seed, sweeps=sweeps, thermalization=30) for N in sizes
    ]
    kept = [run for run in runs if run.retrieved.mean == 1.0]
    assert len(kept) >= 2, [run.retrieved for run in runs]
    assert all(run.equilibrated for run in kept), [run.verdict for run in kept]
    N = np.array([run.N for run in kept])
    limits = {}
    for name in ("m", "n", "q", "u"):
        mean, error = (np.array([getattr(run.estimates[name], x) for run in kept]) for x in ("mean", "error"))
        solve = np.linalg.pinv(np.stack([1 / error, 1 / (N * error)], axis=1)) / error
        parts = (solve[0] * error) ** 2
        dof = parts.sum() ** 2 / np.sum(parts**2 / (samples - 1))
        limits[name] = (solve[0] @ mean, math.sqrt(parts.sum()), dof)
    return limits


def assert_agrees(limits, solution):
    """Student's t of every observable against the theory, at a level of 1e-4."""
    for name, (limit, error, dof) in limits.items():
        t = (limit - getattr(solution, name)) / error
        assert 2 * stats.t.sf(abs(t), dof) > 1e-4, f"{name}: {limit} +- {error}, theory {getattr(solution, name)}"


@pytest.mark.parametrize(("protocol", "P", "gamma", "M", "r", "T", "sizes"), POINTS)
def test_retrieval_state(protocol, P, gamma, M, r, T, sizes):
    """m, n, q and u extrapolated to infinite N agree with the replica-symmetric theory at finite M."""
    model = PROTOCOLS[protocol](P=P, gamma=gamma, T=T, r=r, M=M)
    limits = extrapolated(model, sizes, samples=16, sweeps=50, seed=4)
    assert_agrees(limits, theory.solve(model))
    # the comparison has teeth: that of m excludes the stored pattern, whose m is 1 - 1e-4 or more
    assert limits["m"][0] + 2 * limits["m"][1] < 1 - 1e-3


def test_form_of_many_examples_is_excluded_at_few():
    """A teacher, one archetype, 20 examples: m of the binomial law, not that of its Gaussian limit, which is higher."""
    model = sm.SupervisedHebbian(P=4, gamma=0.0, T=0.1, r=0.5, M=20)
    run = montecarlo.simulate(model, N=1500, samples=24, seed=2, sweeps=40, thermalization=10)
    assert run.m.mean == pytest.approx(theory.solve(model).m, abs=4 * run.m.error)
    assert run.m.mean < theory.solve(model, examples="gaussian").m - 4 * run.m.error


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_zero_temperature_descent_finds_the_retrieval_state(protocol):
    model = PROTOCOLS[protocol](P=2, gamma=0.01, T=0.0, r=0.6, M=10)
    run = montecarlo.simulate(model, N=1000, samples=12, seed=2)
    solution = theory.solve(model)
    assert run.m.mean == pytest.approx(solution.m, abs=5 * run.m.error + 2e-3)
    assert run.u.mean == pytest.approx(solution.u, abs=5 * run.u.error + 2e-3)


def test_both_protocols_learn_the_same_of_one_archetype():
    """At zero load a teacher makes no difference at large N."""
    runs = [
        montecarlo.simulate(kind(P=4, gamma=0.0, T=0.2, r=0.5, M=20), N=800, samples=16, seed=3, sweeps=40)
        for kind in PROTOCOLS.values()
    ]
    for name in ("m", "n", "q", "u"):
        first, second = (run.estimates[name] for run in runs)
        assert abs(first.mean - second.mean) < 4 * math.hypot(first.error, second.error) + 1e-3


def test_pairs_lose_what_four_spins_keep():
    """The same poor examples of forty archetypes: for pairs theory has no state at such a load."""
    data = {"T": 0.05, "r": 0.2, "M": 200}
    pairs = sm.UnsupervisedHebbian(P=2, gamma=0.1, **data)
    four = sm.UnsupervisedHebbian(P=4, gamma=40 / math.comb(399, 3), **data)
    assert pairs.patterns(400) == four.patterns(400) == 40
    assert not theory.solve(pairs).converged
    shallow, deep = (montecarlo.simulate(each, N=400, samples=4, seed=1, sweeps=40) for each in (pairs, four))
    assert shallow.m.mean < 0.6
    assert deep.m.mean > 0.93
    assert deep.retrieved.mean == 1.0


@pytest.mark.slow
@pytest.mark.parametrize(("protocol", "P", "gamma", "M", "r", "T", "sizes"), LONG)
def test_retrieval_state_with_long_statistics(protocol, P, gamma, M, r, T, sizes):
    model = PROTOCOLS[protocol](P=P, gamma=gamma, T=T, r=r, M=M)
    assert_agrees(extrapolated(model, sizes, samples=30, sweeps=150, seed=11), theory.solve(model))


@pytest.mark.slow
def test_beyond_the_spinodal_the_archetype_is_lost():
    """With a teacher and pairs the state ends between the loads 0.04 and 0.05 (T = 0.2, r = 0.5, M = 20)."""
    model = sm.SupervisedHebbian(P=2, gamma=0.05, T=0.2, r=0.5, M=20)
    assert not theory.solve(model).converged
    run = montecarlo.simulate(model, N=3000, samples=4, seed=1, sweeps=200, thermalization=200)
    assert run.m.mean < 0.3
