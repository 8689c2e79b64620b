"""Entropy around weights: enumeration, dense regions around what solvers find in small systems, refusals."""

import math

import numpy as np
import pytest
from scipy.special import gammaln

from montecarlo.message_passing import entropy_around
from montecarlo.message_passing.around import holding


def all_solutions(X):
    N = X.shape[1]
    states = (1 - 2 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1)).astype(np.int8)
    return states[np.all(states.astype(np.float32) @ X.T.astype(np.float32) > 0, axis=1)]


def test_entropy_is_that_of_counting_up_to_1_over_N():
    """The logarithm of the number at a distance, its combinatorial prefactor taken off, around random solutions."""
    N, P, flips = 15, 6, np.array([3, 5, 7])
    d = flips / N
    binomial = (gammaln(N + 1) - gammaln(flips + 1) - gammaln(N - flips + 1)) / N
    entropy = -d * np.log(d) - (1 - d) * np.log(1 - d)
    pairs = []
    for k in range(30):
        rng = np.random.default_rng(k)
        X = rng.normal(size=(P, N))
        found = all_solutions(X)
        centre = found[rng.integers(len(found))]
        numbers = np.bincount((N - found @ centre.astype(int)) // 2, minlength=N + 1)[flips]
        around = entropy_around(X, centre, d, damping=0.2)
        assert np.isfinite(around.s).all()
        pairs.append((around.s - entropy, np.log(np.maximum(numbers, 0.5)) / N - binomial))
    bethe, exact = np.array(pairs).transpose(1, 0, 2)
    error = exact.std(0, ddof=1) / math.sqrt(30)
    assert np.all(np.abs((bethe - exact).mean(0)) < 2.5 * error + 0.25 / N)
    for j in range(3):
        assert np.corrcoef(bethe[:, j], exact[:, j])[0, 1] > 0.7


def test_field_along_the_centre_holds_the_overlap():
    field = np.random.default_rng(0).normal(size=100) * 5
    for p in (-0.9, 0.0, 0.99):
        assert np.mean(np.tanh(field + holding(field, p))) == pytest.approx(p, abs=1e-10)


def test_without_patterns_at_hand_it_is_the_entropy_of_the_distance():
    X = np.ones((1, 401), np.int8)
    around = entropy_around(X, np.ones(401, np.int8), [0.1, 0.3])
    d = np.array([0.1, 0.3])
    assert around.s == pytest.approx(-d * np.log(d) - (1 - d) * np.log(1 - d), abs=1e-4)
    assert around.q == pytest.approx((1 - 2 * d) ** 2, abs=1e-3)
    assert "s(0.1) = 0.325" in repr(around)


def test_bad_arguments_are_named():
    X, w = np.ones((2, 3), np.int8), np.ones(3, np.int8)
    with pytest.raises(ValueError, match=r"d = 1.0 is not allowed: d must be a real number in \(0, 1\)"):
        entropy_around(X, w, [0.1, 1.0])
    with pytest.raises(ValueError, match="centre of 2 weights"):
        entropy_around(X, w[:2], 0.1)
