"""Enumeration of binary perceptrons against brute force, exact relations, published numbers and N → ∞."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.special import gammaln

import statmech as sm
import theory
from montecarlo import enumerate_perceptron


def brute_force(X: np.ndarray, edge: float) -> tuple[np.ndarray, np.ndarray]:
    """All weights in the order of their numbers, and their errors."""
    N = X.shape[1]
    w = np.array([row[::-1] for row in product((-1, 1), repeat=N)])
    return w, (w @ X.T < edge).sum(1)


@pytest.mark.parametrize("kappa", [-0.5, 0.0, 1.0])
@pytest.mark.parametrize("kind", ["signs", "gaussian"])
def test_all_states(kind: str, kappa: float) -> None:
    rng = np.random.default_rng(1)
    X = 2 * rng.integers(0, 2, (7, 9)) - 1 if kind == "signs" else rng.normal(size=(7, 9))
    w, errors = brute_force(X, 3 * kappa)
    found = enumerate_perceptron(X, kappa)
    assert (found.N, found.P) == (9, 7)
    assert np.array_equal(found.errors, errors)
    assert np.array_equal(found.weights(np.arange(2**9)), w)
    assert np.array_equal(found.levels, [np.sum(errors == e) for e in range(8)])


def test_averages() -> None:
    X = np.random.default_rng(2).normal(size=(9, 10))
    w, errors = brute_force(X, 0.0)
    found = enumerate_perceptron(X)
    for T in (0.3, 1.0, 40.0):
        p = np.exp(-errors / T)
        p /= p.sum()
        exact = found.averages(T)
        assert exact["u"] == pytest.approx(p @ errors / 10, rel=1e-12)
        assert exact["s"] == pytest.approx(-p @ np.log(p) / 10, rel=1e-12)
        assert exact["f"] == pytest.approx(-T * np.log(np.exp(-errors / T).sum()) / 10, rel=1e-12)
        assert exact["q"] == pytest.approx(np.mean((p @ w) ** 2), rel=1e-12)
    cold = found.averages(0.0)
    ground = w[errors == errors.min()]
    assert cold == {
        "f": pytest.approx(errors.min() / 10), "u": pytest.approx(errors.min() / 10),
        "s": pytest.approx(math.log(len(ground)) / 10), "q": pytest.approx(np.mean(ground.mean(0) ** 2)),
    }  # fmt: skip
    assert found.averages(1e-3)["s"] == pytest.approx(cold["s"], rel=1e-9)


def test_pair_distances() -> None:
    found = enumerate_perceptron(np.random.default_rng(3).normal(size=(4, 11)))
    w = found.weights(found.solutions).astype(int)
    apart = (11 - w @ w.T) // 2
    counts = found.distances()
    assert len(w) > 100
    assert np.array_equal(counts, [np.bincount(row, minlength=12) for row in apart])
    for k in (0, 17, 99):
        assert np.array_equal(found.around(w[k]), counts[k])
    centre = np.ones(11, np.int8)
    assert np.array_equal(found.around(centre), np.bincount((w < 0).sum(1), minlength=12))


def test_a_perceptron_without_solutions_says_so() -> None:
    X = np.array([[1, 1, 1], [-1, -1, -1]])
    found = enumerate_perceptron(X)
    assert found.entropy == -math.inf
    assert len(found.solutions) == 0
    assert found.distances().shape == (0, 4)
    assert found.averages(0.0)["u"] == pytest.approx(1 / 3)


def around_solutions(kind: str, N: int, P: int, samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """ln of the fraction of all states at each number of flips from a solution that are solutions, over N.

    Mean over solutions with any at that distance, and over samples; and its error, shape (N,).
    """
    rng = np.random.default_rng(seed)
    shells = gammaln(N + 1) - gammaln(np.arange(N + 1) + 1) - gammaln(N - np.arange(N + 1) + 1)
    rows = []
    while len(rows) < samples:
        X = rng.normal(size=(P, N)) if kind == "gaussian" else 2 * rng.integers(0, 2, (P, N)) - 1
        counts = enumerate_perceptron(X).distances()
        if len(counts):
            known = counts > 0
            logs = (np.log(np.where(known, counts, 1)) - shells) / N
            rows.append(np.where(known, logs, 0).sum(0) / np.maximum(known.sum(0), 1))
    return np.mean(rows, 0), np.std(rows, 0) / math.sqrt(samples)


def potential(alpha: float, d: float) -> float:
    """s(d) at N → ∞ less the entropy of the states at that distance."""
    s = float(theory.binary_perceptron.franz_parisi_entropy(sm.BinaryPerceptron(alpha=alpha), d).s)
    return s + d * math.log(d) + (1 - d) * math.log(1 - d)


def test_entropy_around_solutions() -> None:
    """Gaussian patterns at N = 15, alpha = 0.4 over the Franz–Parisi entropy."""
    mean, error = around_solutions("gaussian", 15, 6, 200, 1)
    for flips in (2, 3, 4, 5, 6):
        expected = potential(0.4, flips / 15)
        assert mean[flips] == pytest.approx(expected, abs=3.5 * error[flips] + 1e-3), flips
        assert error[flips] < 0.005


def test_parity_of_patterns_of_signs() -> None:
    """With ±1 patterns odd flips lie below N → ∞ by 0.02 to 0.04, even flips above; hence the test above."""
    mean, error = around_solutions("signs", 15, 6, 200, 1)
    shift = np.array([mean[flips] - potential(0.4, flips / 15) for flips in (2, 3, 4, 5)])
    assert np.all(shift[1::2] < -4 * error[[3, 5]])
    assert np.all(shift[::2] > 0.008)


@pytest.mark.slow
def test_entropy_around_solutions_at_21() -> None:
    mean, error = around_solutions("gaussian", 21, 8, 200, 2)
    for flips in (3, 5, 7):
        assert mean[flips] == pytest.approx(potential(8 / 21, flips / 21), abs=3.5 * error[flips] + 1e-3), flips


@pytest.mark.parametrize("kind", ["random", "taught"])
def test_number_of_solutions(kind: str) -> None:
    """Entropy at N = 15, alpha = 0.4, Gaussian patterns, over N → ∞: 0.3965 without a teacher, 0.4322 with one."""
    rng, values = np.random.default_rng(5), []
    while len(values) < 400:
        X = rng.normal(size=(6, 15))
        X = np.where(X.sum(1, keepdims=True) < 0, -X, X) if kind == "taught" else X
        values.append(enumerate_perceptron(X).entropy)
    model = sm.TeacherStudent(alpha=0.4) if kind == "taught" else sm.BinaryPerceptron(alpha=0.4)
    assert np.mean(values) == pytest.approx(theory.solve(model).s, abs=4 * np.std(values) / 20 + 1e-3)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="N = 22 is not allowed: at most 21"):
        enumerate_perceptron(np.ones((1, 22)))
    with pytest.raises(ValueError, match="kappa = 2.0 is not allowed at N = 4"):
        enumerate_perceptron([[1, 1, 1, 2]], 2.0)
    for X in (np.ones(4), np.ones((0, 4)), [[np.nan, 1.0]]):
        with pytest.raises(ValueError, match="finite numbers"):
            enumerate_perceptron(X)
    with pytest.raises(ValueError, match="N = 4 is not allowed: with patterns ±1"):
        enumerate_perceptron([[1, 1, -1, -1]])
    found = enumerate_perceptron([[1, 1, -1, -2]])
    assert repr(found) == "8 of 16 weight vectors have 0 errors, the fewest, s = 0.51986  [enumeration, N = 4, P = 1]"
    with pytest.raises(ValueError, match="length 3"):
        found.around([1, 1, -1])
    with pytest.raises(ValueError, match="T = -1"):
        found.averages(-1)
