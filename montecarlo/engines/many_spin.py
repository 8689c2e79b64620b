"""Engines beyond pairs: couplings of three spins as a tensor, of p spins as a list, and enumerated energies."""

import math
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

TENSOR_LIMIT = 2**30
"""Bytes of the largest coupling tensor, N = 812: every process holds its own."""

TUPLES_LIMIT = 2**23
"""Largest number of coupled tuples: their sites and neighbourhoods take 6 p bytes each."""

TABLE_LIMIT = 24
"""Largest number of spins whose energies are enumerated: 128 MiB."""


@dataclass(frozen=True)
class Triplets:
    """Engine of cached local fields for couplings of all triplets.

    Attributes
    ----------
    J : array of int16, shape (N, N, N)
        Symmetric couplings in multiples of `unit`, zero where two sites coincide.
    unit : float
        The couplings' unit.
    field : int
        External field in multiples of `unit`.
    """

    J: NDArray[np.int16]
    unit: float
    field: int = 0

    @property
    def N(self) -> int:
        """Number of spins."""
        return self.J.shape[0]


@dataclass(frozen=True)
class Tuples:
    """Engine of cached local fields for couplings of p spins, given one by one.

    Attributes
    ----------
    members : array of int16, shape (M, p)
        Sites of each tuple.
    around : array of int32, shape (N, M p / N)
        Tuples that each site belongs to.
    J : array of int32, shape (M,)
        Couplings in multiples of `unit`.
    unit : float
        The couplings' unit.
    field : int
        External field in multiples of `unit`.
    """

    members: NDArray[np.int16]
    around: NDArray[np.int32]
    J: NDArray[np.int32]
    unit: float
    field: int = 0

    @property
    def N(self) -> int:
        """Number of spins."""
        return len(self.around)


@dataclass(frozen=True)
class Table:
    """Engine of a system whose energies are all known.

    Attributes
    ----------
    table : array of float64, shape (2^N,)
        Energy of each state; bit i of a state's number is set if spin i is +1.
    """

    table: NDArray[np.float64]

    @property
    def N(self) -> int:
        """Number of spins."""
        return len(self.table).bit_length() - 1

    @property
    def unit(self) -> float:
        """The energies' unit, 1."""
        return 1.0


def table_engine(energies: NDArray[np.float64]) -> Table:
    """Engine of enumerated `energies`, shape (2^N,), of the whole system.

    Raises
    ------
    ValueError
        If their number is no power of two between 2^2 and 2^24, or they are not finite.
    """
    size = len(energies)
    if size & (size - 1) or not 2 <= size.bit_length() - 1 <= TABLE_LIMIT:
        raise ValueError(f"energies of {size} states are not allowed: 2^N of them with 2 ≤ N ≤ {TABLE_LIMIT}")
    if not np.all(np.isfinite(energies)):
        raise ValueError("energies are not allowed: they must be finite")
    return Table(np.ascontiguousarray(energies, np.float64))


def all_tuples(N: int, p: int) -> NDArray[np.int16]:
    """All p-tuples of sites i1 < … < ip in lexicographic order, shape (C(N, p), p).

    Raises
    ------
    ValueError
        If there are more than can be held.
    """
    count = math.comb(N, p)
    if count > TUPLES_LIMIT:
        raise ValueError(f"N = {N} is not allowed: it has {count} tuples of {p} spins, more than {TUPLES_LIMIT}")
    flat = (site for sites in combinations(range(N), p) for site in sites)
    return np.fromiter(flat, np.int16, count * p).reshape(count, p)


def tuples_engine(J: NDArray[np.integer], N: int, p: int, unit: float, field: int = 0) -> Tuples:
    r"""Engine for :math:`-unit [\sum_{i_1 < \dots < i_p} J_{i_1 \dots i_p} s_{i_1} \cdots s_{i_p} + field \sum_i s_i]`.

    Parameters
    ----------
    J : array of integers, shape (C(N, p),)
        Couplings in the order of `all_tuples`.
    N, p : int
        Number of spins, and of spins in a coupling.
    unit : float
        The couplings' unit.
    field : int
        External field in multiples of `unit`.

    Raises
    ------
    ValueError
        If there are too many tuples, or the fields exceed 32 bits.
    """
    members = all_tuples(N, p)
    around = np.argsort(members, axis=None, kind="stable").reshape(N, -1) // p
    weights = np.abs(J).astype(np.float64)
    strongest = max(weights[row].sum() for row in around) + abs(field)
    _check_fields(strongest)
    return Tuples(members, around.astype(np.int32), J.astype(np.int32), unit, field)


def triplets_engine(J: NDArray[np.integer], N: int, unit: float, field: int = 0) -> Triplets:
    r"""Engine for :math:`-unit\,[\sum_{i<j<k} J_{ijk} s_i s_j s_k + field \sum_i s_i]`.

    Parameters
    ----------
    J : array of integers, shape (C(N, 3),)
        Couplings of i < j < k in lexicographic order, within int16.
    N, unit, field
        As for `tuples_engine`.

    Raises
    ------
    ValueError
        If the tensor exceeds `TENSOR_LIMIT` or the fields exceed 32 bits.
    """
    if 2 * N**3 > TENSOR_LIMIT:
        raise ValueError(f"N = {N} is not allowed: a tensor of {2 * N**3} bytes exceeds {TENSOR_LIMIT}")
    tensor = np.zeros((N, N, N), np.int16)
    j, k = np.triu_indices(N, 1)
    done = 0
    for i in range(N - 2):
        # The triplets that begin with i follow each other, in the order of the pairs above i.
        rest = N - 1 - i
        pairs = slice(len(j) - rest * (rest - 1) // 2, len(j))
        values = J[done : done + rest * (rest - 1) // 2]
        for a, b, c in permutations((np.full(len(values), i), j[pairs], k[pairs])):
            tensor[a, b, c] = values
        done += len(values)
    strongest = max(0.5 * np.abs(part.astype(np.int32)).sum() for part in tensor) + abs(field)
    _check_fields(strongest)
    return Triplets(tensor, unit, field)


def _check_fields(strongest: float) -> None:
    """Refuse couplings whose strongest field does not fit into 32 bits."""
    if strongest >= 2**31:
        raise ValueError(f"J is not allowed: its fields reach {strongest:.3g} units and must stay below 2^31")


def triplet_fields(J: NDArray[np.int16], spins: NDArray[np.int8]) -> NDArray[np.float64]:
    """Fields of triplet couplings on all spins: sums of integers, exact in float64."""
    s = spins.astype(np.float64)
    return np.array([0.5 * (s @ (part.astype(np.float64) @ s)) for part in J])


def tuple_fields(engine: Tuples, spins: NDArray[np.int8]) -> NDArray[np.float64]:
    """Fields of the couplings on all spins: sums of integers, exact in float64."""
    energies = engine.J * np.prod(spins[engine.members], axis=1, dtype=np.int64)
    return spins * energies.astype(np.float64)[engine.around].sum(1)


def state_number(spins: NDArray[np.int8]) -> int:
    """Number of a state: bit i is set if spin i is +1."""
    return int((spins > 0) @ (1 << np.arange(len(spins))))
