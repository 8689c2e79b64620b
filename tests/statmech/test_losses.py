"""Losses and energies are the same functions: identities to round-off along trajectories, closed forms, enumeration."""

import itertools
import math

import mpmath as mp
import numpy as np
import pytest

import statmech as sm
from statmech import losses
from statmech.disorder import rademacher_patterns
from statmech.examples import noisy_examples
from statmech.streams import substream

STREAM = np.random.SeedSequence(11)


def trajectory(N, flips):
    """A state that walks at random from the first pattern of `STREAM`, shape (flips + 1, N)."""
    generator = np.random.default_rng(5)
    signs = np.ones((flips + 1, N), np.int64)
    for t, site in enumerate(generator.integers(0, N, flips)):
        signs[t + 1 :, site] *= -1
    return rademacher_patterns(1, N, STREAM)[0] * signs


def by_distinct_sum(vectors, s, P):
    """Sum over distinct indices i1 < … < iP of products of v s, for each vector."""
    x = vectors * s
    return np.array([sum(math.prod(row[list(c)]) for c in itertools.combinations(range(len(s)), P)) for row in x])


def test_losses_are_squared_distances_along_a_trajectory():
    K, N = 6, 51
    patterns = rademacher_patterns(K, N, STREAM)
    averages = noisy_examples(patterns, M=5, r=0.4, stream=substream(STREAM, 1)).mean(axis=1)
    for targets in (patterns, averages):
        for s in (states := trajectory(N, 300)):
            plus, minus = losses.squared_losses(targets, s)
            np.testing.assert_allclose(plus, np.sum((targets - s) ** 2, axis=1) / (2 * N), atol=1e-14)
            np.testing.assert_allclose(minus, np.sum((targets + s) ** 2, axis=1) / (2 * N), atol=1e-14)
        together = losses.squared_losses(targets, states)
        assert together[0].shape == (301, K)
        np.testing.assert_allclose(together[1][-1], minus, atol=1e-15)
    plus, minus = losses.squared_losses(patterns, states)
    np.testing.assert_allclose(plus * minus, 1 - (states @ patterns.T.astype(np.int64) / N) ** 2, atol=1e-14)
    assert plus[0, 0] == 0.0  # the trajectory starts at the first pattern
    assert minus[0, 0] == 2.0


def test_energy_of_pairs_is_a_function_of_the_losses():
    """The double sum of the Hopfield Hamiltonian, over all pairs, from losses; also for averages of examples."""
    K, N = 7, 60
    patterns = rademacher_patterns(K, N, STREAM)
    R = 0.4**2 + (1 - 0.4**2) / 5
    averages = noisy_examples(patterns, M=5, r=0.4, stream=substream(STREAM, 1)).mean(axis=1) / math.sqrt(R)
    for targets in (patterns.astype(float), averages):
        J = targets.T @ targets / N
        np.fill_diagonal(J, 0.0)
        for s in trajectory(N, 300):
            energy = losses.pair_energy(*losses.squared_losses(targets, s), N)
            assert energy == pytest.approx(-0.5 * s @ J @ s / N, abs=1e-14)
    plus, minus = losses.squared_losses(patterns, trajectory(N, 300))
    boolean = -0.5 * np.sum(1 - plus * minus, axis=1) + K / (2 * N)
    np.testing.assert_allclose(losses.pair_energy(plus, minus, N), boolean, atol=1e-14)


def test_pair_energies_of_the_two_protocols_differ_by_the_variance_over_the_examples():
    K, M, N, r = 4, 6, 40, 0.5
    R = r * r + (1 - r * r) / M
    eta = noisy_examples(rademacher_patterns(K, N, STREAM), M=M, r=r, stream=substream(STREAM, 1))
    for s in trajectory(N, 200):
        n = eta @ s.astype(float) / N
        single = losses.squared_losses(eta.reshape(-1, N) / math.sqrt(M * R), s)
        average = losses.squared_losses(eta.mean(axis=1) / math.sqrt(R), s)
        diagonal = (K - np.sum(eta.mean(axis=1) ** 2) / N) / (2 * R * N)
        gap = losses.pair_energy(*single, N) - losses.pair_energy(*average, N)
        assert gap == pytest.approx(diagonal - 0.5 * np.sum(n.var(axis=1)) / R, abs=1e-13)


@pytest.mark.parametrize("P", [4, 6])
def test_energies_of_dense_networks_are_functions_of_the_losses(P):
    K, N = 5, 13
    patterns = rademacher_patterns(K, N, STREAM)
    for s in trajectory(N, 40)[::8]:
        plus, minus = losses.squared_losses(patterns, s)
        distinct = -by_distinct_sum(patterns.astype(int), s, P).sum() / math.comb(N - 1, P - 1) / N
        assert losses.distinct_energy(plus, minus, N, P) == pytest.approx(distinct, abs=1e-13)


def test_energies_of_large_networks_neither_overflow_nor_lose_the_pattern():
    """A stored pattern has the energy -1/P per spin; e_8 alone is 1e21 at N = 2000."""
    N = 2000
    aligned = losses.squared_losses(rademacher_patterns(1, N, STREAM), rademacher_patterns(1, N, STREAM)[0])
    assert losses.distinct_energy(*aligned, N, 8) == pytest.approx(-1 / 8, rel=1e-13)


def test_dense_energies_of_targets_that_are_not_boolean_are_refused():
    """The energy of averages is no function of their losses: here are two states with the same losses, not energies."""
    N, P = 6, 4
    target, states = np.array([[1.5, 0.5, 0.5, 1.5, 1.0, 0.5]]), np.ones((2, N))
    states[0, 0] = states[1, [1, 4]] = -1
    plus, minus = losses.squared_losses(target, states)
    assert plus[0] == pytest.approx(plus[1])
    assert minus[0] == pytest.approx(minus[1])
    assert by_distinct_sum(target, states[0], P) != pytest.approx(by_distinct_sum(target, states[1], P), abs=0.1)
    averages = noisy_examples(rademacher_patterns(3, N, STREAM), M=5, r=0.4, stream=substream(STREAM, 1)).mean(axis=1)
    for targets in (target, averages, averages / math.sqrt(0.4**2 + (1 - 0.4**2) / 5)):
        with pytest.raises(ValueError, match=r"plus \+ minus = .* is not allowed: .* entries \+1 and -1 alone"):
            losses.distinct_energy(*losses.squared_losses(targets, states), N, P)
    with pytest.raises(ValueError, match=r"plus \+ minus = nan is not allowed"):
        losses.distinct_energy(np.array([0.5, math.nan]), np.array([1.5, 1.0]), N, P)


def test_order_and_size_are_refused_by_name():
    plus, minus = np.array([0.2]), np.array([1.8])
    with pytest.raises(ValueError, match="P = 3 is not allowed: P must be even"):
        losses.distinct_energy(plus, minus, 10, 3)
    with pytest.raises(ValueError, match=r"P = 2 is not allowed.*statmech.Hopfield"):
        losses.distinct_energy(plus, minus, 10, 2)
    with pytest.raises(ValueError, match="N = 3 is not allowed: N must be an integer, at least 4"):
        losses.distinct_energy(plus, minus, 3, 4)
    with pytest.raises(ValueError, match="N = 0 is not allowed"):
        losses.pair_energy(plus, minus, 0)


def test_losses_of_learning():
    """Both protocols by direct sums over examples; they differ by a constant, and come out at the known mean."""
    K, M, N, r = 200, 8, 301, 0.5
    patterns = rademacher_patterns(K, N, STREAM)
    eta = noisy_examples(patterns, M=M, r=r, stream=substream(STREAM, 1))
    states = trajectory(N, 200)[::40]
    with_teacher = losses.supervised_losses(eta.sum(axis=1), M, states)
    without = losses.unsupervised_losses(eta, states)
    for t, s in enumerate(states):
        direct = np.sum((eta.mean(axis=1) - s) ** 2, axis=1) / (2 * N)
        np.testing.assert_allclose(with_teacher[t], direct, atol=1e-14)
        np.testing.assert_allclose(without[t], np.mean(np.sum((eta - s) ** 2.0, axis=2), axis=1) / (2 * N), atol=1e-14)
    constant = (1 - np.sum(eta.mean(axis=1) ** 2, axis=1) / N) / 2
    np.testing.assert_allclose(without - with_teacher, np.broadcast_to(constant, without.shape), atol=1e-14)
    R = r * r + (1 - r * r) / M
    at_archetype = [losses.supervised_losses(a.sum(axis=0)[None], M, x)[0] for a, x in zip(eta, patterns, strict=True)]
    assert np.mean(at_archetype) == pytest.approx((1 + R) / 2 - r, abs=5 * np.std(at_archetype) / math.sqrt(K))


def test_cross_entropy_of_magnetizations_by_enumeration():
    """By its definition, for thermal averages over all states of a small network."""
    N, T = 8, 0.7
    xi = rademacher_patterns(3, N, STREAM).astype(float)
    states = np.array(list(itertools.product((-1.0, 1.0), repeat=N)))
    J = xi.T @ xi / N - 3 / N * np.eye(N)
    field = np.linspace(-0.2, 0.5, N)  # breaks the symmetry of all spins
    weight = np.exp((0.5 * np.sum((states @ J) * states, axis=1) + states @ field) / T)
    weight /= weight.sum()
    m_i = weight @ states
    for v in (xi[0], 0.6 * xi[0]):
        predicted, target = ((1 + np.outer((1, -1), x)) / 2 for x in (m_i, v))
        direct = -np.mean(np.sum(target * np.log(predicted), axis=0))
        assert losses.cross_entropy(T * np.arctanh(m_i), v, T) == pytest.approx(direct, rel=1e-13)


def test_cross_entropy_keeps_its_digits_in_the_tails():
    one = np.ones(1)
    for x in (0.0, 1e-3, 1.0, 20.0, 300.0):
        with mp.workdps(300):
            right, wrong = (float(mp.log(2 * mp.cosh(x)) - sign * mp.mpf(x)) for sign in (1, -1))
        assert losses.cross_entropy(0.3 * x * one, one, 0.3) == pytest.approx(right, rel=1e-13)
        assert losses.cross_entropy(0.3 * x * one, -one, 0.3) == pytest.approx(wrong, rel=1e-13)
    assert losses.cross_entropy(-one, one, 1e-300) == pytest.approx(2e300)
    assert losses.cross_entropy(np.array([1e300, -1e300]), np.array([1, -1]), 1e-300) == 0.0


def test_cross_entropy_of_certain_predictions():
    right, half = np.array([1.0, -1.0]), np.array([1.0, 0.0])
    assert losses.cross_entropy(2 * right, right, 0) == 0.0
    assert losses.cross_entropy(2 * right, -right, 0) == math.inf
    assert losses.cross_entropy(2 * right, half, 0) == math.inf
    assert losses.cross_entropy(np.array([3.0, 0.0]), right, 0) == pytest.approx(math.log(2) / 2)
    for bad in (1.1, math.nan):
        with pytest.raises(ValueError, match=r"targets are not allowed: .* every one must be in \[-1, 1\]"):
            losses.cross_entropy(right, bad * right, 1.0)
    with pytest.raises(ValueError, match="T = -1 is not allowed"):
        losses.cross_entropy(right, right, -1)
    for bad in ([math.nan, 1.0], []):
        with pytest.raises(ValueError, match="fields are not allowed"):
            losses.cross_entropy(bad, right, 1.0)
    with pytest.raises(ValueError, match="not allowed: there must be some"):
        losses.cross_entropy([], [], 1.0)


@pytest.mark.parametrize("T", [0.0, 1e-300, 1e-20, 1.0, 1e150])
def test_cross_entropy_of_all_real_numbers(T):
    """No warning and no NaN, whatever fields and targets are; the right sign never costs more than the wrong one."""
    for field in (0.0, 5e-324, 1e-300, 1.0, 1e300, 1.7e308, math.inf):
        values = [losses.cross_entropy([field, field], [v, v], T) for v in (1.0, 1 - 1e-16, 0.3, 0.0, -1.0)]
        assert not np.any(np.isnan(values))
        assert values == pytest.approx(sorted(values), rel=1e-14)
        assert values[0] >= 0
        mirrored = [losses.cross_entropy([-field], [-v], T) for v in (1.0, 1 - 1e-16, 0.3, 0.0, -1.0)]
        assert values == pytest.approx(mirrored, rel=1e-14)


def test_energies_are_those_of_the_models():
    """Loads of the models: one pattern costs -1/2 (+1/2N) and -1/P per spin."""
    assert sm.Hopfield(alpha=0, T=0).patterns(10) == sm.DenseHebbian(P=4, gamma=0, T=0).patterns(10) == 1
    aligned = np.array([0.0]), np.array([2.0])
    assert losses.pair_energy(*aligned, 10) == pytest.approx(-0.5 + 0.05)
    assert losses.distinct_energy(*aligned, 10, 4) == pytest.approx(-0.25)
