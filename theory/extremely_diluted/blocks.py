"""Isolated patterns of the extremely diluted network, and the growth of small fields between them."""

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import special, stats

from statmech.checks import check_integer, check_real, check_temperature

MOST_ENTRIES = 2000.0
"""The largest mean number of entries that is summed over: the cost grows like its square."""


def block_moment(n: int, T: float) -> tuple[float, float]:
    r"""One isolated pattern of n entries: :math:`\langle M^2\rangle` and :math:`T\ln 2^{-n}\sum_s e^{\beta M^2/2}`.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> round(block_moment(3, 0.5)[0], 9)
    8.991956991
    """
    n, T = check_integer("n", n, low=0), check_real("T", T, low=0.0)
    if T == 0:
        return float(n * n), n * n / 2
    M, weights = _block_law(n, T)
    total = float(special.logsumexp(weights))
    return float(np.exp(weights - total) @ (M * M)), n * n / 2 + T * total


def _block_law(n: int, T: float) -> tuple[NDArray[np.int64], NDArray[np.floating[Any]]]:
    """The values of M of n spins, and ln of their weights with that of M = n in front of the exponential left out."""
    up = np.arange(n + 1)
    M = 2 * up - n
    log = special.gammaln(n + 1) - special.gammaln(up + 1) - special.gammaln(n - up + 1) - n * math.log(2)
    with np.errstate(over="ignore"):
        return M, log - np.minimum((n * n - M * M) / (2 * T), 1e6)


def block_entropy(n: int, T: float) -> float:
    """Entropy of an isolated pattern of n entries minus n ln 2, without a difference divided by T."""
    if T == 0:
        return (1 - n) * math.log(2) if n else 0.0
    M, weights = _block_law(n, T)
    total = float(special.logsumexp(weights))
    return total + float(np.exp(weights - total) @ ((n * n - M * M) / (2 * T)))


def block_correlation(n: int, T: float) -> float:
    r"""Correlation :math:`A_n = (\langle M^2\rangle - n)/n(n-1)` of two spins of an isolated pattern of n ≥ 2 entries.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    return _correlation(check_integer("n", n, low=2), check_temperature(T))


@njit(cache=True)
def _correlation(n: int, T: float) -> float:
    r"""`block_correlation`; cost n.

    With S the sum of the n - 2 others, equal spins have the weight of opposite ones times :math:`e^x`, :math:`x =
    2\beta + \ln\cosh 2\beta S > 0`: sums of positive terms, exact at high temperatures too, where
    :math:`\langle M^2\rangle - n` is a small difference.
    """
    if T == 0.0:
        return 1.0
    terms, top = np.empty(n // 2), -np.inf
    for j in range(n // 2):  # S = ±(n - 2 - 2j)
        S = n - 2 - 2 * j
        terms[j] = math.lgamma(n - 1) - math.lgamma(j + 1) - math.lgamma(n - 1 - j) - 2 * j * (n - j) / T
        terms[j] += math.log1p(math.exp(-4 * S / T)) + (math.log(2) if S > 0 else 0.0)
        top = max(top, terms[j])
    equal = total = 0.0
    for j in range(n // 2):
        y = 2 * (n - 2 - 2 * j) / T
        log_cosh = math.log1p(2 * math.sinh(0.5 * y) ** 2) if y < 1 else y + math.log1p(math.exp(-2 * y)) - math.log(2)
        x = 2 / T + log_cosh
        weight = math.exp(terms[j] - top)
        equal -= weight * math.expm1(-x)
        total += weight * (1 + math.exp(-x))
    return equal / total


def sizes(c: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Numbers of entries of a pattern, and their Poisson probabilities, as far as these matter.

    Raises
    ------
    ValueError
        If `c` is above `MOST_ENTRIES`.
    """
    check_real("c", c, low=0.0, high=MOST_ENTRIES)
    k = np.arange(math.ceil(c + 12 * math.sqrt(c) + 30))
    return k, stats.poisson.pmf(k, c)


def growth(c: float, alpha: float, T: float) -> float:
    r"""Factor :math:`\alpha c\,\mathrm{E}_k\,kA_{k+1}^2` by which the variance of small fields grows in one step."""
    k, p = sizes(c)
    A = np.array([_correlation(int(n) + 1, T) for n in k[1:]])
    return alpha * c * float((p[1:] * k[1:]) @ A**2)
