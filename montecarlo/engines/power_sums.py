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

where the power sums of all sites but i are :math:`p_k - x_\mu^k`, and a flip costs :math:`2 s_i h_i`. Sums are integers
of 64 bits, without rounding, and so are fields as long as none can exceed them: what is on the way may, as arithmetic
modulo :math:`2^{64}` ends at the right number. Where the field of some state could, which is checked when an engine is
made, the engine is *wide*: each field is computed a second time in double precision, whose rounding is far below
:math:`2^{63}` and tells what multiple of :math:`2^{64}` the integer lacks. A field is then that of exact integers,
rounded once.

The limit is that of the power sums themselves. With entries up to a, which is M of an odd number of examples and M/2 of
an even one (their greatest common divisor is taken out), any data are accepted for

.. math::

    a^P < \min\Bigl\{ \frac{2^{62}}N , \frac{2^{115}}{K (K + 4 P^2)\, N (N+1) \cdots (N+P-2)} \Bigr\} ,

the second being the rounding's. At P = 4 that is a = 14 654 for N = 100 and 8240 for N = 1000, with K = 10 000; at
P = 6 598 for N = 100 and K = 1000, and at P = 8 135 for N = 40 and K = 1000. Poor examples have smaller sums, and may
be more than that.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from montecarlo.engines.memory import check_bytes
from statmech.checks import check_integer, check_real

INTEGER_BITS = 62
"""Power sums, and fields of engines that are not wide, stay below 2^62 whatever the spins do."""

ROUNDING_BITS = 115
"""A wide field's terms, their moduli added over all archetypes and multiplied by K + 4 P², stay below 2^115.

That bounds the rounding by 2^62: K additions and no more than 4 P² other operations, of a relative error 2^-53 each.
"""

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
    wide : bool
        Whether fields can exceed 62 bits.
    """

    A: NDArray[np.signedinteger]
    even: NDArray[np.int64]
    newton: NDArray[np.int64]
    P: int
    K: int
    unit: float
    wide: bool

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


def power_sums_engine(sums: NDArray[np.integer], P: int, weight: float, *, M: int | None = None) -> PowerSums:
    r"""Engine for :math:`H = -weight \sum_\mu e_P(A^\mu \circ s)`.

    Parameters
    ----------
    sums : array of integers, shape (K, N)
        Entries :math:`A_i^\mu`, not all zero.
    P : int
        Number of interacting spins, even, at least 2 and at most N.
    weight : float
        Weight of a product of P entries, positive.
    M : int, optional
        Number of examples that the entries are sums of, to be named where it is too large.

    Raises
    ------
    ValueError
        If an argument is out of its range, the engine does not fit into memory, or its entries are beyond the limit of
        this module.
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
    wide = check_limits(A, K, P, divisor, M)
    even = np.zeros((P // 2, width), np.int64)
    for start in range(0, width, COLUMNS):
        columns = slice(start, start + COLUMNS)
        squares = A[:, columns].astype(np.int64) ** 2
        even[:, columns] = [np.sum(squares ** (k + 1), 0) for k in range(P // 2)]
    unit = weight * float(divisor) ** P / math.factorial(P - 1)
    return PowerSums(A, even, newton_coefficients(P), P, K, unit, wide)


def narrowest(values: NDArray[np.integer], divisor: int = 1) -> type[np.signedinteger]:
    """Narrowest type that holds integers, divided by `divisor`, and their negatives."""
    largest = max(int(values.max()), -int(values.min())) // divisor
    return next(kind for kind in (np.int8, np.int16, np.int32, np.int64) if largest <= np.iinfo(kind).max)


def check_room(N: int, K: int, P: int, itemsize: int) -> None:
    """Refuse K archetypes of N entries of `itemsize` bytes, and their even power sums, that take too much memory."""
    check_bytes(N, K * (N * itemsize + 4 * P), f"K = {K} archetypes")


def largest_entry(N: int, K: int, P: int) -> int:
    """Entries up to which any data are accepted, see the module."""
    rounding = 2**ROUNDING_BITS // (K * (K + 4 * P**2) * math.perm(N + P - 2, P - 1))
    bound = min(2**INTEGER_BITS // N, rounding)
    root = math.floor(bound ** (1 / P))
    return root if root**P < bound else root - 1


def check_limits(A: NDArray[np.signedinteger], K: int, P: int, divisor: int = 1, M: int | None = None) -> bool:
    r"""Refuse entries beyond the limit of this module, and tell whether fields can exceed `INTEGER_BITS` bits.

    No field exceeds :math:`(P-1)! \max_i \sum_\mu |A_i^\mu|\, e_{P-1}(|A^\mu|)`, and no energy of an archetype
    :math:`P!\,e_P(|A^\mu|)`. A state of retrieval comes close to the second.

    Raises
    ------
    ValueError
        If power sums can exceed `INTEGER_BITS` bits, or the rounding of fields half of their range.
    """
    N = len(A)
    fields, energies, sums, terms = np.zeros(N), 0.0, 0.0, 0.0
    for start in range(0, A.shape[1], COLUMNS):
        moduli = np.abs(A[:, start : start + COLUMNS].astype(np.float64))
        e = elementary_symmetric(moduli, P)
        fields += math.factorial(P - 1) * (moduli @ e[P - 1])
        energies = max(energies, math.factorial(P) * e[P].max())
        sums = max(sums, np.sum(moduli**P, 0).max())
        terms += math.perm(N + P - 2, P - 1) * float(np.sum(moduli.max(0) ** P))
    if sums >= 2.0**INTEGER_BITS or terms * (K + 4 * P**2) >= 2.0**ROUNDING_BITS:
        largest, bound = divisor * int(max(A.max(), -A.min())), largest_entry(N, K, P)
        named = f"sums up to {largest} are" if M is None else f"M = {M}, with sums of examples up to {largest}, is"
        limit = f"sums up to {divisor * bound} are"
        if M is not None:
            limit = f"M up to {bound} if odd, {2 * bound} if even, is"
        raise ValueError(
            f"{named} not allowed at P = {P}, N = {N}, K = {K}: power sums, or the rounding of fields, can leave "
            f"{INTEGER_BITS} bits; {limit} always allowed"
        )
    return max(fields.max(), energies) >= 2.0**INTEGER_BITS


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
