r"""All weights of a small binary perceptron: its solutions, their distances, and its thermodynamics, exactly.

States are visited in the order of a Gray code, in which one weight changes at a time: :math:`O(2^N P)` in all.
Patterns may be any real numbers. With entries ±1 small systems have an effect of parity that Gaussian patterns do not
have: at an odd number of flips from a solution there are fewer solutions than at N → ∞, at an even number more.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from montecarlo.engines.perceptron import check_fields, check_stability
from statmech.checks import check_real, check_spins

LARGEST = 21
"""Largest number of weights: two million states."""


@njit(cache=True)
def _count_errors(X, edge, errors):  # type: ignore[no-untyped-def]
    """Fill `errors`, shape (2^N,), of patterns X, shape (N, P): O(P) a state; bit i of a state is set if w_i = +1."""
    n, patterns = X.shape
    h = np.zeros(patterns, X.dtype)
    for i in range(n):
        for mu in range(patterns):
            h[mu] -= X[i, mu]
    state = 0
    for step in range(errors.size):
        if step > 0:
            i = 0
            while not (step >> i) & 1:
                i += 1
            state ^= 1 << i
            change = 2 if (state >> i) & 1 else -2
            for mu in range(patterns):
                h[mu] += change * X[i, mu]
        total = 0
        for mu in range(patterns):
            total += h[mu] < edge
        errors[state] = total


@njit(cache=True)
def _transform(values):  # type: ignore[no-untyped-def]
    """Walsh–Hadamard transform in place, shape (2^N,): O(N 2^N)."""
    half = 1
    while half < values.size:
        for start in range(0, values.size, 2 * half):
            for k in range(start, start + half):
                a, b = values[k], values[k + half]
                values[k], values[k + half] = a + b, a - b
        half *= 2


@dataclass(frozen=True, repr=False)
class Enumeration:
    """All states of a perceptron of N weights.

    Attributes
    ----------
    N, P : int
        Number of weights and of patterns.
    errors : array of int32, shape (2^N,)
        Patterns that each state does not store; bit i of a state's number is set if :math:`w_i = +1`.
    """

    N: int
    P: int
    errors: NDArray[np.int32]

    @property
    def levels(self) -> NDArray[np.int64]:
        """Number of states with 0, 1, …, P errors, shape (P + 1,): the density of energies."""
        return np.bincount(self.errors, minlength=self.P + 1)

    @property
    def solutions(self) -> NDArray[np.int64]:
        """Numbers of the states without errors."""
        return np.flatnonzero(self.errors == 0)

    @property
    def entropy(self) -> float:
        """Logarithm of the number of solutions over N, minus infinity if there is none."""
        count = int(self.levels[0])
        return math.log(count) / self.N if count else -math.inf

    def __repr__(self) -> str:
        fewest = int(self.errors.min())
        found = f"{self.levels[fewest]} of {self.errors.size} weight vectors have {fewest} errors, the fewest"
        entropy = "" if fewest else f", s = {self.entropy:.6g}"
        return f"{found}{entropy}  [enumeration, N = {self.N}, P = {self.P}]"

    def weights(self, states: NDArray[np.int64]) -> NDArray[np.int8]:
        """States as weights ±1, shape (n, N), from their numbers, shape (n,)."""
        return (2 * ((np.asarray(states)[:, None] >> np.arange(self.N)) & 1) - 1).astype(np.int8)

    def averages(self, T: float) -> dict[str, float]:
        r"""Exact averages at temperature T: f, u and s per weight, and q = :math:`\tfrac1N\sum_i\langle w_i\rangle^2`.

        At T = 0 of the states with the fewest errors.

        Raises
        ------
        ValueError
            If T is negative.
        """
        ground = int(self.errors.min())
        excess = self.errors - ground
        with np.errstate(under="ignore"):
            weights = np.exp(-excess / T) if check_real("T", T, low=0.0) > 0 else (excess == 0).astype(float)
        Z = float(weights.sum())
        u = ground / self.N + float(weights @ excess) / (Z * self.N)
        s = math.log(Z) / self.N + (float(weights @ excess) / (Z * T * self.N) if T > 0 else 0.0)
        shape = (2,) * self.N  # the axis of weight i is the last but i
        means = [
            np.diff(weights.reshape(shape).sum(tuple(k for k in range(self.N) if k != i)))[0] for i in range(self.N)
        ]
        return {"f": u - T * s, "u": u, "s": s, "q": float(np.mean((np.array(means) / Z) ** 2))}

    def around(self, weights: ArrayLike) -> NDArray[np.int64]:
        """Number of solutions with 0, 1, …, N weights other than those given, shape (N + 1,).

        Raises
        ------
        ValueError
            If the weights are not N numbers ±1.
        """
        spins = check_spins("weights", weights, dimensions=1)
        if len(spins) != self.N:
            raise ValueError(f"weights of length {len(spins)} are not allowed: there are N = {self.N}")
        centre = int((spins > 0) @ (1 << np.arange(self.N)))
        return np.bincount(np.bitwise_count(self.solutions ^ centre), minlength=self.N + 1)

    def distances(self) -> NDArray[np.int64]:
        """Number of solutions at each distance 0, 1, …, N from each solution, shape (solutions, N + 1).

        The sums over pairs are convolutions on the hypercube, :math:`O(N^2 2^N)` however many solutions there are.
        """
        spectrum = (self.errors == 0).astype(np.int64)
        _transform(spectrum)
        size = np.bitwise_count(np.arange(2**self.N))
        counts = np.empty((int(self.levels[0]), self.N + 1), np.int64)
        for d in range(self.N + 1):
            shell = (size == d).astype(np.int64)
            _transform(shell)
            shell *= spectrum
            _transform(shell)
            counts[:, d] = shell[self.solutions] >> self.N
        return counts


def enumerate_perceptron(X: ArrayLike, kappa: float = 0.0) -> Enumeration:
    r"""Enumerate all weights of a binary perceptron, N up to `LARGEST`.

    Parameters
    ----------
    X : array, shape (P, N)
        Patterns multiplied by their labels, ±1 or any real numbers. A pattern is stored if
        :math:`\sum_i X_i^\mu w_i \ge \kappa\sqrt N`.
    kappa : float
        Stability, below :math:`\sqrt N` in absolute value.

    Returns
    -------
    Enumeration

    Raises
    ------
    ValueError
        If there is no pattern, an entry is not finite, patterns are ±1 and N is even, or N or `kappa` is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> found = enumerate_perceptron(np.array([[1, 1, 1], [1, -1, 1]]))
    >>> found.levels.tolist(), found.weights(found.solutions).tolist()
    ([2, 4, 2], [[1, -1, 1], [1, 1, 1]])
    """
    patterns = np.asarray(X)
    if patterns.ndim != 2 or patterns.size == 0 or not np.all(np.isfinite(patterns)):
        raise ValueError(f"X of shape {patterns.shape} is not allowed: it holds finite numbers, shape (P, N)")
    P, N = patterns.shape
    if N > LARGEST:
        raise ValueError(f"N = {N} is not allowed: at most {LARGEST} weights are enumerated")
    check_fields(patterns)
    kind = np.int64 if np.issubdtype(patterns.dtype, np.integer) else np.float64
    errors = np.empty(2**N, np.int32)
    _count_errors(np.ascontiguousarray(patterns.T, kind), check_stability(kappa, N), errors)
    return Enumeration(N=N, P=P, errors=errors)
