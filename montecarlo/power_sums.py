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
from numba import int64, njit, uint64
from numpy.typing import NDArray

from montecarlo.single_spin import _accepts, _keep, _update
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


def power_sums_parts(
    engine: PowerSums,
) -> tuple[NDArray[np.signedinteger], NDArray[np.int64], NDArray[np.int64], int, int]:
    """What the kernel takes of an engine."""
    return engine.A, engine.even, engine.newton, engine.P, engine.K


@njit(cache=True)
def _field_4(A, even, sums, spin, row, i):  # type: ignore[no-untyped-def]
    """Field along spin i for P = 4, with 3! e_3 = p1³ - 3 p1 p2 + 2 p3 of all other sites."""
    total = int64(0)
    for mu in range(A.shape[1]):
        x = int64(A[i, mu]) * spin
        square = x * x
        p1 = sums[row, 0, mu] - x
        total += x * (p1 * (p1 * p1 - 3 * (even[0, mu] - square)) + 2 * (sums[row, 1, mu] - x * square))
    return total


@njit(cache=True)
def _field_6(A, even, sums, spin, row, i):  # type: ignore[no-untyped-def]
    """Field along spin i for P = 6, with 5! e_5 of all other sites.

    5! e_5 = p1⁵ - 10 p1³ p2 + 20 p1² p3 + 15 p1 p2² - 30 p1 p4 - 20 p2 p3 + 24 p5.
    """
    total = int64(0)
    for mu in range(A.shape[1]):
        x = int64(A[i, mu]) * spin
        square = x * x
        cube = x * square
        p1, p2, p3 = sums[row, 0, mu] - x, even[0, mu] - square, sums[row, 1, mu] - cube
        p4, p5 = even[1, mu] - square * square, sums[row, 2, mu] - cube * square
        odd = p1 * (p1 * p1 * (p1 * p1 - 10 * p2) + 20 * p1 * p3 + 15 * p2 * p2 - 30 * p4)
        total += x * (odd - 20 * p2 * p3 + 24 * p5)
    return total


@njit(cache=True)
def _newton(even, newton, sums, row, mu, x, E):  # type: ignore[no-untyped-def]
    """Fill E with j! e_j of an archetype's sites, less one of entry `x`, from its power sums."""
    E[0] = 1
    for j in range(1, E.size):
        E[j] = 0
        power = int64(1)
        for k in range(1, j + 1):
            power *= x
            p = sums[row, k >> 1, mu] if k & 1 else even[(k >> 1) - 1, mu]
            E[j] += newton[j, k] * E[j - k] * (p - power)


@njit(cache=True)
def _field(A, even, newton, sums, spin, row, i, E):  # type: ignore[no-untyped-def]
    """Field along spin i for any P, one archetype after the other by Newton's identities: O(P²) for each."""
    total = int64(0)
    for mu in range(A.shape[1]):
        x = int64(A[i, mu]) * spin
        _newton(even, newton, sums, row, mu, x, E)
        total += x * E[E.size - 1]
    return total


@njit(cache=True)
def sweep_power_sums(  # type: ignore[no-untyped-def]
    A, even, newton, P, K, sums, s, row, words, used,
    random_order, interval, upper, lower, bucket, slope, metropolis, rung, snapshots, energies,
):  # fmt: skip
    r"""Sweep of :math:`H = -w \sum_\mu e_P(A^\mu \circ s)` with cached power sums: O(K) an attempt, O(K P) a flip more.

    Parameters
    ----------
    A, even, newton, P, K
        The fields of `PowerSums`.
    sums : array of int64, shape (R, P/2, K')
        Odd power sums :math:`p_1, p_3, \dots, p_{P-1}` of R replicas, kept up to date.

    The rest is as for `montecarlo.single_spin.sweep_couplings`, with the unit of `PowerSums`. An energy is the sum over
    the archetypes, one after the other, of exact integers in double precision: the same for the same spins. Measured at
    N = 120, K = 14000: for P = 4 1.0 ns an archetype and attempt, for P = 6 2.8 ns.
    """
    n = s.shape[1]
    accepted = 0
    used = uint64(used)
    others, everybody = np.empty(P, np.int64), np.empty(P + 1, np.int64)
    for shot in range(energies.size):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                spin = int64(s[row, i])
                if P == 4:
                    field = _field_4(A, even, sums, spin, row, i)
                elif P == 6:
                    field = _field_6(A, even, sums, spin, row, i)
                else:
                    field = _field(A, even, newton, sums, spin, row, i, others)
                if not _accepts(field, word, upper, lower, bucket, slope, metropolis, rung):
                    continue
                s[row, i] = -s[row, i]
                for mu in range(A.shape[1]):
                    x = int64(A[i, mu]) * spin
                    square = x * x
                    for power in range(P >> 1):
                        sums[row, power, mu] -= 2 * x
                        x *= square
                accepted += 1
        _keep(s, row, snapshots, shot)
        energy = 0.0
        for mu in range(K):
            _newton(even, newton, sums, row, mu, int64(0), everybody)
            energy -= everybody[P]
        energies[shot] = energy / P
    return accepted
