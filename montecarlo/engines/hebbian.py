"""Engines for Hebbian couplings, chosen by cost and memory."""

import math

import numpy as np
from numpy.typing import NDArray

from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Couplings, Engine, integer_couplings, overlaps_engine, sweep, walker
from montecarlo.engines.words import fill_words, word_buffer

MATRIX_LIMIT = 2**29
"""Bytes of a coupling matrix beyond which ``"auto"`` does without: every rank of a node holds its own."""

FLIPS = 0.05
"""Acceptance that the choice of the engine assumes; in the retrieval phase it is 0 to 0.1."""

ROWS = 512
"""Rows of the coupling matrix that are computed at a time in floating point."""


def hebbian_couplings(patterns: NDArray[np.int8]) -> NDArray[np.int8] | NDArray[np.int16]:
    r"""Integer couplings :math:`N J_{ij} = \sum_\mu \xi_i^\mu \xi_j^\mu`, zero on the diagonal.

    Parameters
    ----------
    patterns : array of int8, shape (K, N)
        Patterns ±1.

    Returns
    -------
    array, shape (N, N)
        int8 for K ≤ 127, int16 otherwise.

    Raises
    ------
    ValueError
        If K exceeds the range of int16.
    """
    K, N = patterns.shape
    if np.iinfo(np.int16).max < K:
        raise ValueError(f"K = {K} is not allowed: integer couplings hold at most 32767 patterns")
    columns = patterns.astype(np.float32)  # sums of ±1 are exact in float32, and products of floats are fast
    J = np.empty((N, N), np.int8 if np.iinfo(np.int8).max >= K else np.int16)
    for start in range(0, N, ROWS):
        J[start : start + ROWS] = columns[:, start : start + ROWS].T @ columns
    np.fill_diagonal(J, 0)
    return J


def choose_engine(name: str, N: int, K: int, attempts: float) -> str:
    """Engine for a run: `name` itself unless it is ``"auto"``.

    ``"auto"`` compares estimated nanoseconds per attempted update: attempts, accepted flips, and for the
    matrix its construction. The constants were measured once on one machine and a fixed acceptance is assumed;
    the estimate depends on the arguments alone, so that every machine makes the same choice.

    Parameters
    ----------
    name : str
        ``"auto"`` or an engine of `montecarlo.settings.ENGINES`.
    N, K : int
        Spins and patterns.
    attempts : float
        Attempted updates of the whole run.
    """
    if name != "auto":
        return name
    overlaps = 4.8 + FLIPS * (20 + 0.05 * K) + 0.05 * K
    return "overlaps" if overlaps < coupling_cost(N, K, attempts) else "integer-couplings"


def coupling_cost(N: int, K: int, attempts: float) -> float:
    """Estimated nanoseconds per attempted update with a matrix, infinite where it would be too large."""
    itemsize = 1 if K <= 127 else 2
    if N * N * itemsize > MATRIX_LIMIT or np.iinfo(np.int16).max < K:
        return math.inf
    return 3.8 + FLIPS * (20 + 0.06 * itemsize * N) + (2.2 + 0.015 * K) * N * N / attempts


def hebbian_engine(patterns: NDArray[np.int8], name: str) -> Engine:
    """Build the engine `name` for the Hebbian couplings of `patterns`, shape (K, N).

    All of them have fields that are integers in the unit 1/N, and the same trajectory for the same random
    words: in ``"couplings"`` as long as the fields are below 2^24, where float32 holds integers exactly.

    Raises
    ------
    ValueError
        If the engine is unknown or cannot hold so many patterns.
    """
    N = patterns.shape[1]
    if name == "overlaps":
        return overlaps_engine(patterns)
    if name == "integer-couplings":
        return integer_couplings(hebbian_couplings(patterns), 1.0 / N)
    if name == "couplings":
        return Couplings(hebbian_couplings(patterns).astype(np.float32), 1.0 / N, np.dtype(np.float32))
    raise ValueError(f"engine = {name!r} is not allowed: there is no such engine for Hebbian couplings")


def warm_engines(name: str) -> None:
    """Compile the kernels of the engine `name`, or of all if it is ``"auto"``, in every type they come in."""
    N = 16
    J = np.ones((N, N), np.int8) - np.eye(N, dtype=np.int8)
    engines: list[Engine] = []
    if name in ("auto", "integer-couplings"):
        engines += [
            Couplings(J.astype(matrix), 1.0, np.dtype(fields))
            for matrix in (np.int8, np.int16)
            for fields in (np.int16, np.int32)
        ]
    if name == "couplings":
        engines.append(Couplings(J.astype(np.float32), 1.0, np.dtype(np.float32)))
    if name in ("auto", "overlaps"):
        engines.append(overlaps_engine(np.ones((1, N), np.int8)))
    words = word_buffer(N)
    for engine in engines:
        replica = walker(engine, np.ones(N, np.int8), np.random.SeedSequence(0))
        fill_words(replica.words, words)
        sweep(engine, replica, acceptance("heat-bath", 1.0, engine.unit), words, np.empty((1, N), np.int8))
