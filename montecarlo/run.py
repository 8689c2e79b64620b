"""Running a replica: blocks of sweeps with their random words."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from montecarlo.engines.acceptance import Acceptance, acceptance
from montecarlo.engines.engine import WORDS, Engine, Walker, fresh_cache, sweep, words_per_sweep
from montecarlo.engines.words import fill_words, word_buffer

REFRESH = 1 << 22
"""Accepted flips after which fields in floating point are computed afresh."""


@dataclass(frozen=True)
class Block:
    """A few measurements of one replica.

    Attributes
    ----------
    spins : array of int8, shape (S, N)
        Spins at each measurement.
    energies : array, shape (S,)
        Energy of the whole system at each measurement.
    accepted : int
        Accepted flips since the last block.
    """

    spins: NDArray[np.int8]
    energies: NDArray[np.float64]
    accepted: int


def advance(
    engine: Engine,
    replica: Walker,
    rule: Acceptance,
    *,
    sweeps: int,
    interval: int = 1,
    order: str = "sequential",
) -> Iterator[Block]:
    """Advance `replica` by `sweeps`, rounded down to whole intervals, and yield its measurements in blocks.

    A block's random words are drawn together. Cached fields of real couplings gather rounding errors, about
    1e-8 times the square root of the accepted flips: after `REFRESH` flips they are computed afresh.
    """
    per_sweep = words_per_sweep(engine, order)
    shots = sweeps // interval
    flips = 0
    while shots > 0:
        count = min(shots, max(1, WORDS // (per_sweep * interval)))
        accepted = 0
        rest = interval
        while count == 1 and (rest > 1 and rest * per_sweep > WORDS):
            part = min(rest - 1, max(1, WORDS // per_sweep))
            accepted += _draw_and_sweep(engine, replica, rule, 1, part, order).accepted
            rest -= part
        block = _draw_and_sweep(engine, replica, rule, count, rest, order)
        yield Block(block.spins, block.energies, block.accepted + accepted)
        shots -= count
        flips += block.accepted + accepted
        if flips > REFRESH and replica.cache.dtype == np.float32:
            replica.cache[:] = fresh_cache(engine, replica.spins)
            flips = 0


def _draw_and_sweep(engine: Engine, replica: Walker, rule: Acceptance, shots: int, interval: int, order: str) -> Block:
    """Do `shots` intervals at once."""
    words = word_buffer(shots * interval * words_per_sweep(engine, order))
    fill_words(replica.words, words)
    snapshots = np.empty((shots, engine.N), np.int8)
    accepted, energies = sweep(engine, replica, rule, words, snapshots, interval=interval, order=order)
    return Block(snapshots, energies, accepted)


def relax(engine: Engine, replica: Walker, rule: Acceptance, sweeps: int, order: str = "sequential") -> None:
    """Advance `replica` by `sweeps` that are not measured."""
    for _ in advance(engine, replica, rule, sweeps=sweeps, order=order):
        pass


def descend(engine: Engine, replica: Walker, *, limit: int, order: str = "sequential") -> bool:
    """Descend to a local minimum of the energy, in at most `limit` sweeps at T = 0.

    Returns
    -------
    bool
        Whether no flip lowers the energy any more.
    """
    rule = acceptance("heat-bath", 0.0, engine.unit)
    for _ in range(limit):
        block = next(advance(engine, replica, rule, sweeps=1, order=order))
        # In random order a sweep misses a third of the sites: no flip does not mean that none is left.
        if block.accepted == 0 and (order == "sequential" or is_minimum(engine, replica)):
            return True
    return is_minimum(engine, replica)


def is_minimum(engine: Engine, replica: Walker) -> bool:
    """Whether no single flip lowers the energy: a sequential sweep at T = 0 of a copy flips nothing."""
    copy = Walker(replica.spins.copy(), replica.cache.copy(), replica.words.copy())
    rule = acceptance("heat-bath", 0.0, engine.unit)
    return next(advance(engine, copy, rule, sweeps=1)).accepted == 0
