"""Approximate message passing: its equations at a solution, Bethe entropy against enumeration, verdicts, refusals."""

import math

import numpy as np
import pytest

import statmech as sm
from montecarlo.message_passing import amp, entropy_around, storage_patterns, taught_patterns
from montecarlo.message_passing.amp import bethe, step
from montecarlo.perceptron.patterns import prepared
from statmech.perceptron import hazard


def halves(n):
    return (1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)).astype(float)


def enumerated(X, kappa, T):
    """(1/N) ln Z and mean weights, over all weight vectors."""
    P, N = X.shape
    left, right = halves(N // 2), halves(N - N // 2)
    one, other = left @ X[:, : N // 2].T, right @ X[:, N // 2 :].T
    E = np.zeros((len(left), len(right)), np.int8)
    for mu in range(P):
        E += one[:, mu, None] + other[:, mu] < kappa * math.sqrt(N)
    weight = E == 0 if T == 0 else np.exp(-E / T)
    Z = weight.sum()
    return math.log(Z) / N, np.concatenate([weight.sum(1) @ left, weight.sum(0) @ right]) / Z


@pytest.mark.parametrize(("alpha", "kappa", "T"), [(0.4, 0.0, 0.0), (0.25, 0.3, 0.0), (0.4, 0.0, 0.5)])
def test_bethe_entropy_and_means_are_those_of_enumeration_up_to_1_over_N(alpha, kappa, T):
    """Instance by instance: the difference is a fraction of what instances differ by, and falls with N."""
    error, means, spread = {}, {}, {}
    for N in (11, 19):
        pairs = []
        for k in range(24):
            X = np.random.default_rng([k, N]).normal(size=(round(alpha * N), N))
            found, (phi, a) = amp(X, kappa=kappa, T=T, damping=0.2), enumerated(X, kappa, T)
            assert found.converged
            pairs.append((found.phi, phi, np.mean((found.a - a) ** 2)))
        bethe_phi, exact, square = np.array(pairs).T
        error[N] = math.sqrt(np.mean((bethe_phi - exact) ** 2))
        means[N], spread[N] = math.sqrt(square.mean()), exact.std()
    assert error[19] < 0.55 * spread[19]
    assert error[19] < 0.75 * error[11]
    assert means[19] < means[11]
    assert error[19] < 0.6 / 19


@pytest.mark.parametrize(("kappa", "T"), [(0.0, 0.0), (0.2, 0.4)])
def test_bethe_free_entropy_is_stationary_at_the_solution(kappa, T):
    """Its derivatives with respect to the means and to the forces, by finite differences."""
    X = np.random.default_rng(1).normal(size=(30, 75))
    N, beta = 75, math.inf if T == 0 else 1 / T
    found = amp(X, kappa=kappa, T=T, tolerance=1e-12)
    assert found.converged
    last = step(prepared(X), found.a, np.zeros(30), kappa, beta)
    for _ in range(200):  # the forces that go with these means
        last = step(prepared(X), found.a, last.g, kappa, beta)

    def phi(a, g):
        V = 1 - a @ a / N
        t = (X @ a / math.sqrt(N) - V * g - kappa) / math.sqrt(V)
        return bethe(a, last._replace(g=g, t=t, V=V), beta)

    assert phi(found.a, last.g) == pytest.approx(found.phi, abs=1e-10)
    for direction in np.random.default_rng(2).normal(size=(4, 105)):
        da, dg = 1e-5 * direction[:75] * (1 - found.a**2), 1e-5 * direction[75:]
        slope = (phi(found.a + da, last.g + dg) - phi(found.a - da, last.g - dg)) / 2e-5
        assert slope == pytest.approx(0, abs=1e-8)


def test_energy_is_the_derivative_of_the_free_entropy():
    X = storage_patterns(sm.BinaryPerceptron(alpha=0.7), 201, np.random.SeedSequence(3)).astype(float)
    cold, here, hot = (amp(X, T=1 / beta, tolerance=1e-11) for beta in (1.501, 1.5, 1.499))
    assert (hot.phi - cold.phi) / 0.002 == pytest.approx(here.u, abs=1e-6)
    assert here.s == pytest.approx(here.phi + 1.5 * here.u, abs=1e-14)


def test_gauge_of_the_weights_changes_nothing():
    X, teacher = taught_patterns(sm.TeacherStudent(alpha=0.8), 301, np.random.SeedSequence(4))
    turn = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), 301)
    one, other = amp(X, teacher=teacher), amp(X * turn, teacher=teacher * turn)
    np.testing.assert_allclose(other.a, one.a * turn, atol=2e-5)
    assert other.r == pytest.approx(one.r, abs=1e-5)
    assert other.phi == pytest.approx(one.phi, abs=1e-6)


def test_generalisation_error_of_the_vote_is_that_of_fresh_inputs():
    X, teacher = taught_patterns(sm.TeacherStudent(alpha=1.0), 1001, np.random.SeedSequence(5))
    found = amp(X, teacher=teacher)
    fresh = np.random.default_rng(6).choice([-1.0, 1.0], size=(5000, 1001))
    truth = fresh @ teacher > 0
    for weights, expected in ((found.a, found.eps_bayes), (np.sign(found.a), found.eps_clipped)):
        wrong = np.mean((fresh @ weights > 0) != truth)
        assert wrong == pytest.approx(expected, abs=4 * math.sqrt(0.25 / 5000))
    assert found.eps_bayes < found.eps_clipped


def test_perfect_learning_is_found_and_kept():
    X, teacher = taught_patterns(sm.TeacherStudent(alpha=2.2), 501, np.random.SeedSequence(1))
    found = amp(X, teacher=teacher)
    assert found.converged
    assert found.r == pytest.approx(1, abs=1e-6)
    assert found.eps_bayes == pytest.approx(0, abs=1e-3)
    assert (found.s, found.u, found.message) == (0, 0, "")  # one weight vector
    hot = amp(X, teacher=teacher, T=0.1)
    assert (hot.s, hot.u) == (0, 0)
    assert hot.r == pytest.approx(1, abs=1e-6)


def test_the_teacher_is_kept_where_it_is_not_found():
    """Below the spinodal: message passing that begins there stays, with the entropy of one weight vector."""
    X, teacher = taught_patterns(sm.TeacherStudent(alpha=0.8), 501, np.random.SeedSequence(1))
    lost, kept = amp(X, teacher=teacher), amp(X, teacher=teacher, start=teacher)
    assert lost.r < 0.6
    assert kept.r_t[0] == 1
    assert kept.r == pytest.approx(1, abs=1e-5)
    assert (kept.s, kept.u) == (0, 0)
    again = amp(X, teacher=teacher, start=lost.a)
    assert again.r == pytest.approx(lost.r, abs=1e-4)


def test_what_cannot_be_stored_is_no_answer():
    beyond = amp(storage_patterns(sm.BinaryPerceptron(alpha=0.9), 1001, np.random.SeedSequence(2)))
    assert beyond.s < 0
    assert "negative entropy: fewer than one weight vector" in repr(beyond)
    X = storage_patterns(sm.BinaryPerceptron(alpha=0.5), 41, np.random.SeedSequence(2))
    with pytest.raises(ValueError, match="kappa = 7.0 is not allowed at N = 41: no pattern can be stored"):
        amp(X, kappa=7.0)
    with pytest.raises(ValueError, match="kappa = -7.0 is not allowed at N = 41: all patterns are stored"):
        entropy_around(X, np.ones(41, np.int8), 0.1, kappa=-7.0)
    lost = amp(X, kappa=5.0, iterations=200)
    assert not lost.converged
    assert math.isnan(lost.s)


def test_no_convergence_is_said_and_no_last_iterate_given():
    X = storage_patterns(sm.BinaryPerceptron(alpha=0.6), 201, np.random.SeedSequence(0))
    found = amp(X, iterations=4)
    assert not found.converged
    assert math.isnan(found.s)
    assert np.isnan(found.a).all()
    assert math.isnan(found.eps_bayes)
    assert len(found.q_t) == 5
    assert "after 4 iterations" in repr(found)
    assert "s = " in repr(amp(X))


def test_tails_of_the_forces_stay_finite():
    means = np.array([0.999999, 0.999999, 0.9999999])
    far = step(prepared(np.full((2, 3), 1.0)), means, np.zeros(2), 30.0, math.inf)
    assert np.isfinite(far.field).all()
    assert hazard(np.array([-1e4]), math.inf)[0] == pytest.approx(1e4, rel=1e-6)


def test_bad_arguments_are_named():
    X = np.ones((2, 3), np.int8)
    with pytest.raises(ValueError, match=r"X of shape \(3,\) is not allowed"):
        amp(np.ones(3))
    with pytest.raises(ValueError, match="X is not allowed: every entry must be a finite number"):
        amp([[1.0, math.nan]])
    with pytest.raises(ValueError, match="damping = 1.0 is not allowed"):
        amp(X, damping=1.0)
    with pytest.raises(ValueError, match="teacher of 2 weights is not allowed: the patterns have 3"):
        amp(X, teacher=np.ones(2, np.int8))
    with pytest.raises(ValueError, match="T = -1 is not allowed"):
        amp(X, T=-1)
    for start in (np.zeros(2), [0.0, 0.0, 1.5], [0.0, math.nan, 0.0]):
        with pytest.raises(ValueError, match=r"start of shape .* is not allowed: start must be N = 3 means"):
            amp(X, start=start)
    for even in (np.ones((2, 4), np.int8), -np.ones((2, 4))):
        with pytest.raises(ValueError, match="N = 4 is not allowed: with patterns ±1"):
            amp(even)
        with pytest.raises(ValueError, match="N = 4 is not allowed"):
            entropy_around(even, np.ones(4, np.int8), 0.1)
    with pytest.raises(ValueError, match="N = 10 is not allowed: with patterns ±1 .* N must be odd"):
        storage_patterns(sm.BinaryPerceptron(alpha=0.5), 10, np.random.SeedSequence(0))
    with pytest.raises(ValueError, match="N = 10 is not allowed"):
        taught_patterns(sm.TeacherStudent(alpha=0.5), 10, np.random.SeedSequence(0))
