"""Patterns: their laws, by counts, and that a stream fixes them."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import chisquare, poisson

from statmech.disorder import rademacher_patterns, scattered_entries, stratified_patterns, ternary_patterns


def stream(seed: int) -> np.random.SeedSequence:
    return np.random.SeedSequence(seed)


def kinds(patterns: np.ndarray) -> np.ndarray:
    """How often each of the 3^K kinds of sites occurs."""
    K = len(patterns)
    return np.bincount((patterns.T + 1) @ 3 ** np.arange(K), minlength=3**K)


def expected_kinds(K: int, N: int, d: float) -> np.ndarray:
    weight = {-1: (1 - d) / 2, 0: d, 1: (1 - d) / 2}
    # the first pattern is the lowest digit
    return N * np.array([math.prod(weight[x] for x in kind) for kind in product((-1, 0, 1), repeat=K)])


@pytest.mark.parametrize("draw", [ternary_patterns, stratified_patterns])
def test_kinds_of_sites(draw) -> None:
    for d in (0.0, 0.3, 0.8):
        patterns = draw(3, 50_000, d, stream(4))
        assert patterns.dtype == np.int8
        assert patterns.shape == (3, 50_000)
        assert np.array_equal(patterns, draw(3, 50_000, d, stream(4)))
        seen, expected = kinds(patterns), expected_kinds(3, 50_000, d)
        assert np.all(seen[expected == 0] == 0)
        if draw is stratified_patterns:
            assert np.abs(seen - expected).max() < 1
            assert seen.sum() == 50_000
        else:
            assert chisquare(seen[expected > 0], expected[expected > 0]).pvalue > 1e-4


def test_stratified_sites_are_in_random_order_and_remainders_are_drawn_by_lot() -> None:
    N = 40
    many = np.array([stratified_patterns(3, N, 0.6, stream(k)) for k in range(3000)])
    # which sites are blank in the first pattern does not depend on where they are
    blanks = (many[:, 0] == 0).mean(0)
    assert np.abs(blanks - blanks.mean()).max() < 5 * math.sqrt(0.25 / 3000)
    counts = np.array([kinds(patterns) for patterns in many])
    expected = expected_kinds(3, N, 0.6)
    assert np.abs(counts - expected).max() < 1
    # kinds that are the same up to signs and permutations come equally often
    alike = [k for k, value in enumerate(expected) if abs(value - expected[0]) < 1e-9]
    means = counts[:, alike].mean(0)
    assert np.abs(means - means.mean()).max() < 5 * math.sqrt(0.25 / 3000)


def test_stratified_patterns_need_sites() -> None:
    with pytest.raises(ValueError, match="N = 80 .* N >= 3\\^4 = 81"):
        stratified_patterns(4, 80, 0.5, stream(1))


def test_scattered_entries_are_independent() -> None:
    K, N, c = 4000, 2000, 3.0
    sites, patterns, values = scattered_entries(K, N, c / N, stream(7))
    assert np.all(np.diff(sites * K + patterns) > 0)
    assert abs(values.mean()) < 5 / math.sqrt(len(values))
    assert set(values.tolist()) == {-1, 1}
    for where, size, mean in ((patterns, K, c), (sites, N, c * K / N)):
        numbers = np.bincount(np.bincount(where, minlength=size), minlength=40)
        law = size * poisson.pmf(np.arange(len(numbers)), mean)
        kept = law > 10
        seen = np.append(numbers[kept], numbers[~kept].sum())
        assert chisquare(seen, np.append(law[kept], size - law[kept].sum())).pvalue > 1e-4


def test_scattered_entries_at_the_ends() -> None:
    sites, patterns, _ = scattered_entries(3, 5, 1.0, stream(1))
    assert np.array_equal(sites * 3 + patterns, np.arange(15))
    assert all(len(part) == 0 for part in scattered_entries(3, 5, 1e-18, stream(1)))


def test_rademacher_patterns() -> None:
    patterns = rademacher_patterns(7, 3001, stream(1))
    assert patterns.shape == (7, 3001)
    assert set(np.unique(patterns)) == {-1, 1}
    assert abs(patterns.mean()) < 5 / math.sqrt(patterns.size)
