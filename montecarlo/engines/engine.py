r"""Engines: the couplings in memory, what is cached beside the spins, and how a block of sweeps is run.

An engine is what does not change during a run; a `Walker` is one replica on it. Functions of this file
know the engines by their type and nothing else does. Those of more than two spins are in
`montecarlo.engines.many_spin` and `montecarlo.engines.dense`, that of patterns with blank entries in
`montecarlo.engines.sparse`, that of perceptrons in `montecarlo.engines.perceptron`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.engines.acceptance import Acceptance
from montecarlo.engines.dense import LookUp, OddPart, odd_cache
from montecarlo.engines.many_spin import Table, Triplets, Tuples, state_number, triplet_fields, tuple_fields
from montecarlo.engines.perceptron import Fields
from montecarlo.engines.power_sums import PowerSums, fresh_sums
from montecarlo.engines.single_spin import kernel_of
from montecarlo.engines.sparse import Sparse, sparse_overlaps
from montecarlo.engines.words import seed_words
from statmech.checks import check_real

WORDS = 1 << 16
"""Random words that are filled at a time: they stay in the second-level cache."""

ROWS = 256
"""Rows of a coupling matrix that are converted to floating point at a time."""

PADDING = 32
"""Columns of the patterns are padded to a multiple of it (half of it if they fit): no remainder in the loops."""


@dataclass(frozen=True)
class Couplings:
    """Engine of cached local fields, for any symmetric couplings.

    Attributes
    ----------
    J : array, shape (N, N)
        Couplings in multiples of `unit`, zero diagonal: float32, or int8 or int16 with exact fields.
    unit : float
        The couplings' unit.
    fields : numpy.dtype
        Type of the cached fields.
    field : float
        External field on every spin in multiples of `unit`, which the cached fields include.
    """

    J: NDArray[np.generic]
    unit: float
    fields: np.dtype[np.generic]
    field: float = 0.0

    @property
    def N(self) -> int:
        """Number of spins."""
        return self.J.shape[0]


@dataclass(frozen=True)
class Overlaps:
    """Engine of cached overlaps with the patterns, for Hebbian couplings.

    Attributes
    ----------
    xi : array of int8, shape (N, K')
        Patterns, site by site, padded with zeros to K' ≥ K columns.
    K : int
        Number of patterns.
    """

    xi: NDArray[np.int8]
    K: int

    @property
    def N(self) -> int:
        """Number of spins."""
        return self.xi.shape[0]

    @property
    def unit(self) -> float:
        """The fields' unit, 1/N."""
        return 1.0 / self.N


Engine = Couplings | Overlaps | Triplets | Tuples | Table | LookUp | OddPart | PowerSums | Sparse | Fields


@dataclass(frozen=True)
class Walker:
    """One replica: its arrays are changed in place by `advance`.

    Attributes
    ----------
    spins : array of int8, shape (N,)
        Spins ±1.
    cache : array
        Local fields, shape (N,), or overlaps with the patterns, shape (K',) or (1, K'), or these and their odd parts,
        shape (2, K' + 1), or fields of patterns, shape (K',), or odd power sums, shape (P/2, K'), or the state's
        number, shape (1,).
    words : array of uint64, shape (4,)
        State of the random generator, see `montecarlo.engines.words`.
    """

    spins: NDArray[np.int8]
    cache: NDArray[np.generic]
    words: NDArray[np.uint64]


def couplings_engine(J: NDArray[Any], unit: float = 1.0, field: float = 0.0) -> Couplings:
    r"""Engine for the energy :math:`-unit\,[\tfrac12 \sum_{i \neq j} J_{ij} s_i s_j + field \sum_i s_i]`.

    Integer matrices are stored in the narrowest type that holds them (int8 or int16) and have exact fields if
    the external field is a multiple of the unit; others are rounded to float32.

    Parameters
    ----------
    J : array, shape (N, N)
        Symmetric matrix with zero diagonal.
    unit : float
        Unit of the couplings, as :math:`1/\sqrt N` for the ±1 of the Sherrington–Kirkpatrick model.
    field : float
        External field in multiples of `unit`.

    Raises
    ------
    ValueError
        If J is not a finite symmetric square matrix with zero diagonal, if integer couplings exceed int16, or
        if the unit is not positive.
    """
    check_real("unit", unit, low=0.0, open_low=True)
    if J.ndim != 2 or J.shape[0] != J.shape[1] or J.shape[0] < 2:
        raise ValueError(f"J has shape {J.shape}: J must be a square matrix of at least 2 × 2")
    if not (np.array_equal(J, J.T) and np.all(np.isfinite(J))) or np.any(np.diagonal(J)):
        raise ValueError("J is not allowed: J must be finite and symmetric with zero diagonal")
    field = check_real("field", field)
    if not (np.issubdtype(J.dtype, np.integer) and field.is_integer()):
        return Couplings(np.ascontiguousarray(J, np.float32), unit, np.dtype(np.float32), field)
    return integer_couplings(J, unit, int(field))


def integer_couplings(J: NDArray[Any], unit: float, field: int = 0) -> Couplings:
    """Engine of an integer matrix in the narrowest types that hold it and its fields, without checking symmetry.

    Raises
    ------
    ValueError
        If the couplings exceed int16.
    """
    largest = max(int(J.max()), -int(J.min()))
    if largest > np.iinfo(np.int16).max:
        raise ValueError(f"J holds {largest}: integer couplings must be between -32767 and 32767")
    narrow = np.ascontiguousarray(J, np.int8 if largest <= np.iinfo(np.int8).max else np.int16)
    # No field exceeds the largest sum of a row's moduli, whatever the spins do.
    parts = np.array_split(narrow, -(-len(narrow) // ROWS))
    strongest = abs(field) + max(int(np.abs(part).sum(1, dtype=np.int64).max()) for part in parts)
    return Couplings(narrow, unit, np.dtype(np.int16 if strongest <= np.iinfo(np.int16).max else np.int32), field)


def overlaps_engine(patterns: NDArray[np.int8]) -> Overlaps:
    r"""Engine for :math:`J_{ij} = \tfrac1N \sum_\mu \xi_i^\mu \xi_j^\mu` without the matrix.

    Parameters
    ----------
    patterns : array of int8, shape (K, N)
        Patterns ±1.

    Raises
    ------
    ValueError
        If N K exceeds the range of the 32-bit fields.
    """
    K, N = patterns.shape
    if K * N >= 2**31:
        raise ValueError(f"N K = {N * K} is not allowed: the overlap engine holds N K < 2^31")
    xi = np.zeros((N, PADDING // 2 if PADDING // 2 >= K else -(-K // PADDING) * PADDING), np.int8)
    xi[:, :K] = patterns.T
    return Overlaps(xi, K)


def fresh_cache(engine: Engine, spins: NDArray[np.int8]) -> NDArray[np.generic]:
    """Compute from scratch what a walker at `spins` caches."""
    if isinstance(engine, Table):
        return np.array([state_number(spins)])
    if isinstance(engine, Triplets):
        return (triplet_fields(engine.J, spins) + engine.field).astype(np.int32)
    if isinstance(engine, PowerSums):
        return fresh_sums(engine, spins)
    if isinstance(engine, Tuples):
        return (tuple_fields(engine, spins) + engine.field).astype(np.int32)
    if isinstance(engine, Sparse):
        return sparse_overlaps(engine, spins)
    if isinstance(engine, Couplings):
        # Sums of integers are exact in float64 too, and its matrix products are fast.
        parts = np.array_split(engine.J, -(-engine.N // ROWS))
        fields = np.concatenate([part.astype(np.float64) @ spins for part in parts]) + engine.field
        return fields.astype(engine.fields)
    if isinstance(engine, Fields):
        return pattern_overlaps(engine.X, spins).astype(engine.fields)
    M = pattern_overlaps(engine.xi, spins)
    if isinstance(engine, OddPart):
        return odd_cache(engine, M)
    if isinstance(engine, LookUp):
        return M[None].astype(np.int16)
    return M.astype(np.int16 if np.iinfo(np.int16).max >= engine.N else np.int32)


def pattern_overlaps(xi: NDArray[Any], spins: NDArray[np.int8]) -> NDArray[np.int32]:
    """Integer overlaps ``xi.T @ spins`` with patterns given site by site, shape (N, K'), without copying them."""
    return np.einsum("ik,i->k", xi, spins, dtype=np.int32)


def walker(engine: Engine, spins: NDArray[np.int8], stream: np.random.SeedSequence) -> Walker:
    """Start a replica at `spins` (copied) with the random numbers of `stream`."""
    spins = np.array(spins, np.int8)
    return Walker(spins, fresh_cache(engine, spins), seed_words(stream))


def sweep(
    engine: Engine,
    replica: Walker,
    rule: Acceptance,
    words: NDArray[np.uint32],
    snapshots: NDArray[np.int8],
    *,
    interval: int = 1,
    order: str = "sequential",
) -> tuple[int, NDArray[np.float64]]:
    """Do ``len(snapshots) * interval`` sweeps with given random words, keeping the spins after each interval.

    Returns
    -------
    accepted : int
        Number of accepted flips.
    energies : array, shape (len(snapshots),)
        Energies (of the whole system) of the snapshots, from the caches.
    """
    energies = np.empty(len(snapshots))
    parts = parts_of(engine)
    table = (rule.upper[None], rule.lower[None], rule.bucket, rule.slope, rule.metropolis)
    replica_0 = (replica.cache[None], replica.spins[None], 0)
    run = (words, 0, order == "random", interval, *table, 0, snapshots, energies)
    accepted = kernel_of(parts)(*parts, *replica_0, *run)
    lift = field_lift(engine)
    return accepted, engine.unit * energies - (lift * snapshots.sum(1, dtype=np.int64) if lift else 0.0)


def parts_of(engine: Engine) -> tuple[Any, ...]:
    """What the kernels take of an engine, see `montecarlo.engines.single_spin.kernel_of`."""
    if isinstance(engine, Tuples):
        return engine.members, engine.around, engine.J
    if isinstance(engine, Overlaps):
        return engine.xi, engine.K
    if isinstance(engine, Sparse):
        return engine.index, engine.value, engine.first, engine.own, engine.constant
    if isinstance(engine, LookUp):
        return engine.F, engine.costs, engine.xi, engine.K
    if isinstance(engine, PowerSums):
        return engine.A, engine.even, engine.newton, engine.P, engine.K, engine.wide
    if isinstance(engine, Fields):
        return engine.X, engine.K, engine.threshold, engine.slack, engine.weighted, engine.field
    if isinstance(engine, OddPart):
        return engine.F, engine.costs, engine.parts, engine.scale, engine.slack, engine.xi, engine.K
    return (engine.table if isinstance(engine, Table) else engine.J,)


def field_lift(engine: Engine) -> float:
    r"""What the energy lacks in the kernels for each unit of :math:`\sum_i s_i`.

    A kernel that takes :math:`-\tfrac1p \sum_i h_i s_i` for the energy of p-spin couplings counts a p-th of the
    external field's energy, that of perceptrons none of it.
    """
    if isinstance(engine, Fields):
        return engine.unit * engine.field
    if isinstance(engine, Overlaps | Table | LookUp | OddPart | PowerSums | Sparse) or engine.field == 0:
        return 0.0
    p = 2 if isinstance(engine, Couplings) else 3 if isinstance(engine, Triplets) else engine.members.shape[1]
    return engine.unit * engine.field * (1.0 - 1.0 / p)


def words_per_sweep(engine: Engine, order: str) -> int:
    """Random words that one sweep takes."""
    return engine.N * (2 if order == "random" else 1)
