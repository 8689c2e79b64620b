r"""Interaction functions of Hebbian networks, as exact tables over the overlap with a pattern.

An energy :math:`H(s) = \sum_\mu F(M_\mu)` needs its function F only at the N + 1 values that an overlap
:math:`M = \sum_i \xi_i s_i` of N signs can take. A table lists them in order, :math:`M = -N, -N + 2, \dots, N`, as
integers or fractions: elementary symmetric polynomials leave 64 bits, and binary rounding, long before N = 1000.
Any other function of the overlap serves as well, as floating-point numbers too.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from statmech.checks import check_choice, check_integer
from statmech.models.dense import INDICES, check_order, mean_power

SUM_BITS = 61
"""Sums over all patterns stay below 2^61 units: their differences, and twice these, fit into 64 bits."""


def overlap_range(N: int) -> range:
    """Overlaps of N signs with a pattern: -N, -N + 2, …, N."""
    return range(-N, N + 1, 2)


def elementary_symmetric(N: int, P: int) -> list[int]:
    r"""Elementary symmetric polynomial :math:`e_P` of N signs, which is a function of their sum M alone.

    From :math:`(P + 1)\, e_{P+1} = M e_P - (N - P + 1)\, e_{P-1}`, exact for entries ±1.

    Returns
    -------
    list of int
        Values at all M of `overlap_range`, exact.
    """
    values = []
    for M in overlap_range(N):
        before, now = 0, 1
        for order in range(P):
            before, now = now, (M * now - (N - order + 1) * before) // (order + 1)
        values.append(now)
    return values


def dense_interaction(N: int, P: int, indices: str) -> list[Fraction]:
    r"""Energy of one pattern of `statmech.DenseHebbian` as a function of its overlap.

    :math:`-e_P/\binom{N-1}{P-1}` of distinct indices, :math:`-(M^P - \mathrm{E}\,M^P)/(P N^{P-1})` of repeated ones.

    Parameters
    ----------
    N, P : int
        Number of spins, and of spins that interact.
    indices : str
        ``"distinct"`` or ``"repeated"``.

    Returns
    -------
    list of Fraction
        Values at all M of `overlap_range`.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    P = check_order(P)
    N = check_integer("N", N, low=P)
    if check_choice("indices", indices, INDICES) == "distinct":
        couplings = math.comb(N - 1, P - 1)
        return [Fraction(-value, couplings) for value in elementary_symmetric(N, P)]
    mean, scale = mean_power(N, P), P * N ** (P - 1)
    return [Fraction(mean - M**P, scale) for M in overlap_range(N)]


def on_grid(values: Sequence[float | Fraction], K: int) -> tuple[NDArray[np.int64], float]:
    r"""Table as integer multiples of a unit, whose sums over K patterns cannot overflow.

    If :math:`K \max |F|` is less than :math:`2^{61}` greatest common divisors of the values, this is the unit and
    nothing is rounded: dense networks of P = 4 up to N = 1000 and beyond. Otherwise the unit is a power of two, and
    sums over all patterns are off by at most :math:`2^{-61} K` of the largest that they could be. Either way energies
    are sums of integers, exact and in any order.

    Parameters
    ----------
    values : sequence of float or Fraction
        The table.
    K : int
        Number of patterns.

    Returns
    -------
    table : array of int64, same length
    unit : float

    Raises
    ------
    ValueError
        If a value is not finite.
    """
    if not all(math.isfinite(value) for value in values):
        raise ValueError("values are not allowed: an interaction must be finite at every overlap")
    exact = [Fraction(value) for value in values]
    largest = K * max(map(abs, exact))
    denominator = math.lcm(*(value.denominator for value in exact))
    unit = Fraction(math.gcd(*(int(value * denominator) for value in exact)) or 1, denominator)
    if largest >= unit * 2**SUM_BITS:
        bits = largest.numerator.bit_length() - largest.denominator.bit_length() + 1
        unit = Fraction(2) ** (bits - SUM_BITS)
    return np.array([round(value / unit) for value in exact], np.int64), float(unit)
