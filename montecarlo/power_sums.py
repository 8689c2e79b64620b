r"""Engine of supervised Hebbian networks: elementary symmetric polynomials of integer entries through power sums.

The energy is :math:`H(s) = -w \sum_\mu e_P(A^\mu \circ s)`, with :math:`e_P(x) = \sum_{i_1 < \dots < i_P} x_{i_1}
\cdots x_{i_P}` and integers :math:`A_i^\mu`: sums over the examples of an archetype. Only if all of them are ±1 is
:math:`e_P` a function of the overlap :math:`\sum_i A_i s_i` alone, which a table could hold. In general it follows from
the power sums :math:`p_k = \sum_i (A_i s_i)^k` by Newton's identities; with :math:`E_j = j!\,e_j`,

.. math::

    E_j = \sum_{k=1}^j (-1)^{k-1} \frac{(j-1)!}{(j-k)!}\, E_{j-k}\, p_k .

Spins are ±1: the even sums never change, and P/2 odd ones for each archetype, :math:`p_1, p_3, \dots, p_{P-1}`, are all
that a replica keeps. As every :math:`e_P` is linear in each spin, the field along spin i is

.. math::

    s_i h_i = w \sum_\mu x_\mu\, e_{P-1}(\text{all sites but } i) , \qquad x_\mu = A_i^\mu s_i ,

where the power sums of all sites but i are :math:`p_k - x_\mu^k`, and a flip costs :math:`2 s_i h_i`. Sums and fields
are integers of 64 bits, without rounding. What is on the way may exceed them, as long as fields and energies do not:
arithmetic modulo :math:`2^{64}` ends at the right number. Whether some state's do is checked when an engine is made.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from statmech.checks import check_integer, check_real

FIELD_BITS = 62
"""Fields, summed over all archetypes, stay below 2^62 units whatever the spins do."""

BYTES_LIMIT = 2**30
"""Bytes of the largest engine: entries and even power sums."""

PADDING = 32
"""Columns of the entries are padded to a multiple of it: no remainder in the loops."""

COLUMNS = 4096
"""Archetypes that are converted to floating point at a time."""


@dataclass(frozen=True)
class PowerSums:
    r"""Engine of cached power sums, for the energy :math:`-w \sum_\mu e_P(A^\mu \circ s)`.

    Attributes
    ----------
    A : array of int8, int16 or int32, shape (N, K')
        Entries site by site, divided by their greatest common divisor, padded with zeros to K' ≥ K columns.
    even : array of int64, shape (P/2, K')
        Power sums :math:`p_2, p_4, \dots, p_P` of the entries.
    newton : array of int64, shape (P + 1, P + 1)
        Coefficients of Newton's identities, see `newton_coefficients`.
    P : int
        Number of interacting spins, even.
    K : int
        Number of archetypes.
    unit : float
        The fields' unit, :math:`w/(P-1)!` times the P-th power of the divisor.
    """

    A: NDArray[np.signedinteger]
    even: NDArray[np.int64]
    newton: NDArray[np.int64]
    P: int
    K: int
    unit: float

    @property
    def N(self) -> int:
        """Number of spins."""
        return self.A.shape[0]


def newton_coefficients(P: int) -> NDArray[np.int64]:
    r"""Coefficients :math:`(-1)^{k-1} (j-1)!/(j-k)!` of :math:`E_{j-k}\,p_k` in :math:`E_j`, at [j, k], to j = P."""
    table = np.zeros((P + 1, P + 1), np.int64)
    for j in range(1, P + 1):
        for k in range(1, j + 1):
            table[j, k] = (-1) ** (k - 1) * math.perm(j - 1, k - 1)
    return table


def elementary_symmetric(x: NDArray[np.floating], order: int) -> NDArray[np.floating]:
    r"""Elementary symmetric polynomials :math:`e_0, \dots, e_{order}` of each column of `x`, site after site.

    From :math:`e_j(x_1 \dots x_i) = e_j(x_1 \dots x_{i-1}) + x_i\,e_{j-1}(x_1 \dots x_{i-1})`: no subtractions where
    x is not negative.

    Parameters
    ----------
    x : array, shape (N, C)
        Entries.
    order : int
        The highest order.

    Returns
    -------
    array, shape (order + 1, C)
    """
    e = np.zeros((order + 1, x.shape[1]), x.dtype)
    e[0] = 1
    for row in x:
        e[1:] += row * e[:-1]
    return e


def power_sums_engine(sums: NDArray[np.integer], P: int, weight: float) -> PowerSums:
    r"""Engine for :math:`H = -weight \sum_\mu e_P(A^\mu \circ s)`.

    Parameters
    ----------
    sums : array of integers, shape (K, N)
        Entries :math:`A_i^\mu`, not all zero.
    P : int
        Number of interacting spins, even, at least 2 and at most N.
    weight : float
        Weight of a product of P entries, positive.

    Raises
    ------
    ValueError
        If an argument is out of its range, the engine does not fit into memory, or its fields into `FIELD_BITS` bits.
    """
    check_integer("P", P, low=2, high=sums.shape[1])
    if P % 2:
        raise ValueError(f"P = {P} is not allowed: P must be even")
    check_real("weight", weight, low=0.0, open_low=True)
    K, N = sums.shape
    check_room(N, K, P, 1)
    divisor = int(np.gcd.reduce(sums, axis=None))
    if divisor == 0:
        raise ValueError("sums are not allowed: all of them are zero")
    narrow = narrowest(sums, divisor)
    check_room(N, K, P, np.dtype(narrow).itemsize)
    width = -(-K // PADDING) * PADDING
    A = np.zeros((N, width), narrow)
    A[:, :K] = sums.T // divisor
    check_limits(A, P)
    even = np.zeros((P // 2, width), np.int64)
    for start in range(0, width, COLUMNS):
        columns = slice(start, start + COLUMNS)
        squares = A[:, columns].astype(np.int64) ** 2
        even[:, columns] = [np.sum(squares ** (k + 1), 0) for k in range(P // 2)]
    unit = weight * float(divisor) ** P / math.factorial(P - 1)
    return PowerSums(A, even, newton_coefficients(P), P, K, unit)


def narrowest(values: NDArray[np.integer], divisor: int = 1) -> type[np.signedinteger]:
    """Narrowest type that holds integers, divided by `divisor`, and their negatives."""
    largest = max(int(values.max()), -int(values.min())) // divisor
    return next(kind for kind in (np.int8, np.int16, np.int32, np.int64) if largest <= np.iinfo(kind).max)


def check_room(N: int, K: int, P: int, itemsize: int) -> None:
    """Refuse K archetypes of N entries of `itemsize` bytes, and their even power sums, that exceed `BYTES_LIMIT`."""
    size = K * (N * itemsize + 4 * P)
    if size > BYTES_LIMIT:
        raise ValueError(f"N = {N} is not allowed: K = {K} archetypes take {size:.4g} bytes, more than {BYTES_LIMIT}")


def check_limits(A: NDArray[np.signedinteger], P: int) -> None:
    r"""Refuse entries whose fields, in some state, would leave 64 bits.

    No field exceeds :math:`(P-1)! \max_i \sum_\mu |A_i^\mu|\, e_{P-1}(|A^\mu|)`, and no energy of an archetype
    :math:`P!\,e_P(|A^\mu|)`: both must stay below :math:`2^{62}`.

    Raises
    ------
    ValueError
        If they do not.
    """
    fields, largest = np.zeros(len(A)), 0.0
    for start in range(0, A.shape[1], COLUMNS):
        moduli = np.abs(A[:, start : start + COLUMNS].astype(np.float64))
        e = elementary_symmetric(moduli, P)
        fields += math.factorial(P - 1) * (moduli @ e[P - 1])
        largest = max(largest, math.factorial(P) * e[P].max())
    for what, value in (("fields", fields.max()), ("energies of an archetype", largest)):
        if value >= 2.0**FIELD_BITS:
            raise ValueError(
                f"sums are not allowed at P = {P}: their {what} can reach {value:.3g} units and must stay below "
                f"2^{FIELD_BITS} = {2.0**FIELD_BITS:.3g}; fewer archetypes, spins or examples do"
            )


def fresh_sums(engine: PowerSums, spins: NDArray[np.int8]) -> NDArray[np.int64]:
    """Odd power sums of all archetypes at `spins`, shape (P/2, K'), from scratch."""
    sums = np.zeros((engine.P // 2, engine.A.shape[1]), np.int64)
    for spin, row in zip(spins, engine.A, strict=True):
        x = int(spin) * row.astype(np.int64)
        square = x * x
        for power in sums:
            power += x
            x = x * square
    return sums
