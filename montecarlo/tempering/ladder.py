r"""Parallel tempering of any engine: the state of two ladders, and how they advance.

Replicas at temperatures :math:`T_1 < \dots < T_R` are swept independently, and after every round neighbours
swap their temperatures with probability :math:`\min(1, e^{(\beta - \beta')(E - E')})`. Energies come from the
cached fields: with integer couplings they are exact, with real ones exact to the rounding of float32. What is
measured at each temperature follows its Boltzmann distribution. Two ladders with independent random numbers
run side by side on the same disorder sample, so that their replicas at equal temperature are real replicas.

The state of a run is a handful of arrays: saved by `to_plain`, made again by `from_plain`, it continues bit
by bit.

References
----------
.. [1] K. Hukushima, K. Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996). https://arxiv.org/abs/cond-mat/9512035
.. [2] S. Syed, A. Bouchard-Côté, G. Deligiannidis, A. Doucet, J. R. Stat. Soc. B 84, 321 (2022).
   https://arxiv.org/abs/1905.02939
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import WORDS, Engine, field_lift, fresh_cache, parts_of, words_per_sweep
from montecarlo.engines.single_spin import temper_rounds
from montecarlo.engines.words import fill_rows, seed_words
from montecarlo.run import REFRESH
from montecarlo.settings import Settings
from statmech.checks import check_real
from statmech.streams import substream

START, SWEEPS, SWAPS = range(3)
"""Labels of the streams below a ladder's stream."""


@dataclass(frozen=True)
class Ladder:
    """Two ladders of R replicas each on one disorder sample: arrays that `climb` changes in place.

    Attributes
    ----------
    temperatures : array, shape (R,)
        Increasing.
    spins : array of int8, shape (2 R, N)
        Spins of all replicas, the first R of them in the first ladder.
    caches : array, shape (2 R, W)
        What the engine caches beside the spins.
    words : array of uint64, shape (2 R, 4)
        States of the random generators of the replicas.
    swap_words : array of uint64, shape (2, 4)
        States of the random generators of the swaps.
    holder : array of int64, shape (2, R)
        Replica that is at each temperature.
    direction : array of int8, shape (2 R,)
        1 if a replica was last at the hottest temperature, -1 if last at the coldest, 0 before either.
    clock : array of int64, shape (1,)
        Rounds done.
    """

    temperatures: NDArray[np.float64]
    spins: NDArray[np.int8]
    caches: NDArray[np.generic]
    words: NDArray[np.uint64]
    swap_words: NDArray[np.uint64]
    holder: NDArray[np.int64]
    direction: NDArray[np.int8]
    clock: NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """Sums over the rounds of a part of a run; see `montecarlo.engines.single_spin.temper_rounds`.

    Attributes
    ----------
    rounds : array of int64, shape (1,)
        Rounds that were added up.
    accepted : array of int64, shape (R,)
        Accepted flips at each temperature, in both ladders.
    exchanges : array of int64, shape (2, R - 1)
        Swaps tried and done between each temperature and the next.
    flow : array of int64, shape (2, R)
        Visits of replicas that were last at the hottest and at the coldest temperature.
    trips : array of int64, shape (2,)
        Round trips in each ladder: arrivals at the coldest temperature from the hottest.
    sums : array, shape (2, R, 3)
        Sums of energy, squared energy and sum of spins, in each ladder.
    counts : array of int64, shape (R, N + 1)
        How often k spins were equal in the two ladders' replicas.
    """

    rounds: NDArray[np.int64]
    accepted: NDArray[np.int64]
    exchanges: NDArray[np.int64]
    flow: NDArray[np.int64]
    trips: NDArray[np.int64]
    sums: NDArray[np.float64]
    counts: NDArray[np.int64]


Plain = TypeVar("Plain", Ladder, Tally)


def check_temperatures(temperatures: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `temperatures` as an array.

    Raises
    ------
    ValueError
        If there are fewer than two, or they are not positive and increasing.
    """
    values = np.array([check_real("temperatures", T, low=0.0, open_low=True) for T in temperatures])
    if len(values) < 2 or np.any(np.diff(values) <= 0):
        raise ValueError(f"temperatures = {values.tolist()} are not allowed: two or more, in increasing order")
    return values


def random_ladder(
    engine: Engine, temperatures: Sequence[float] | NDArray[np.float64], stream: np.random.SeedSequence
) -> Ladder:
    """Two ladders with every replica in a random state.

    Raises
    ------
    ValueError
        If the temperatures are not positive and increasing.
    """
    T = check_temperatures(temperatures)
    R = len(T)
    generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, START)))
    spins = (2 * generator.integers(0, 2, (2 * R, engine.N), np.int8) - 1).astype(np.int8)
    return Ladder(
        temperatures=T,
        spins=spins,
        caches=np.stack([fresh_cache(engine, state) for state in spins]),
        words=np.stack([seed_words(substream(stream, SWEEPS, k)) for k in range(2 * R)]),
        swap_words=np.stack([seed_words(substream(stream, SWAPS, c)) for c in range(2)]),
        holder=np.arange(2 * R, dtype=np.int64).reshape(2, R),
        direction=np.zeros(2 * R, np.int8),
        clock=np.zeros(1, np.int64),
    )


def empty_tally(rungs: int, N: int) -> Tally:
    """Return sums over nothing yet."""
    return Tally(
        rounds=np.zeros(1, np.int64),
        accepted=np.zeros(rungs, np.int64),
        exchanges=np.zeros((2, rungs - 1), np.int64),
        flow=np.zeros((2, rungs), np.int64),
        trips=np.zeros(2, np.int64),
        sums=np.zeros((2, rungs, 3)),
        counts=np.zeros((rungs, N + 1), np.int64),
    )


def climb(
    engine: Engine,
    ladder: Ladder,
    tally: Tally,
    rounds: int,
    settings: Settings,
    *,
    measured: bool = True,
) -> None:
    """Advance both ladders by `rounds`, each of an interval's sweeps, one measurement and one attempt to swap.

    Parameters
    ----------
    engine : Engine
        The couplings, the same that `ladder` was made with.
    ladder : Ladder
        Changed in place.
    tally : Tally
        Added to; energies and overlaps only if `measured`.
    rounds : int
        Number of rounds.
    settings : Settings
        Sweeps of a round (`interval`), rule and order.
    measured : bool
        Whether to measure energies and overlaps.
    """
    interval, order = settings.interval, settings.order
    upper, lower, bucket, slope = _tables(settings.rule, tuple(ladder.temperatures.tolist()), engine.unit)
    metropolis = settings.rule == "metropolis"
    replicas, rungs = len(ladder.spins), len(ladder.temperatures)
    per_round = interval * words_per_sweep(engine, order)
    # Words are made in pairs: every round takes an even number, or its words would depend on the blocks.
    width, swap_width = per_round + per_round % 2, 2 * (rungs // 4 + 1)
    # Fields in floating point are computed afresh on the clock, wherever a run is stopped and continued.
    real = ladder.caches.dtype == np.float32
    refresh = max(1, REFRESH // (interval * engine.N))
    left, longest = rounds, max(1, WORDS // (replicas * width))
    # One buffer for all blocks: memory that is given back and taken anew has to be mapped and cleared every time.
    buffer = np.empty(replicas * longest * width, np.uint32)
    while left:
        first = int(ladder.clock[0])
        count = min(left, longest, refresh - first % refresh) if real else min(left, longest)
        words = buffer[: replicas * count * width]
        swap_words = np.empty((2, count, swap_width), np.uint32)
        fill_rows(ladder.words, words.reshape(replicas, -1))
        fill_rows(ladder.swap_words, swap_words.reshape(2, -1))
        temper_rounds(
            parts_of(engine), ladder.caches, ladder.spins, words, swap_words, first, interval,
            order == "random", upper, lower, bucket, slope, metropolis, 1.0 / ladder.temperatures,
            engine.unit, field_lift(engine), ladder.holder, ladder.direction, measured, tally.accepted,
            tally.exchanges, tally.flow, tally.trips, tally.sums, tally.counts,
        )  # fmt: skip
        ladder.clock[0] += count
        tally.rounds[0] += count
        left -= count
        if real and (first + count) % refresh == 0:
            ladder.caches[:] = [fresh_cache(engine, state) for state in ladder.spins]


@lru_cache(maxsize=1)
def _tables(rule: str, temperatures: tuple[float, ...], unit: float) -> tuple[NDArray[Any], ...]:
    """Acceptance at all temperatures, stacked; the same in every part of a run, and making it takes a millisecond."""
    rules = [acceptance(rule, T, unit) for T in temperatures]
    return (
        np.stack([at.upper for at in rules]),
        np.stack([at.lower for at in rules]),
        np.array([at.bucket for at in rules]),
        np.array([at.slope for at in rules]),
    )


def swap_rates(tally: Tally) -> NDArray[np.float64]:
    """Fraction of swaps done between each temperature and the next, shape (R - 1,); NaN where none was tried."""
    tried = np.where(tally.exchanges[0] > 0, tally.exchanges[0], np.nan)
    return tally.exchanges[1] / tried


def added(tallies: Sequence[Tally]) -> Tally:
    """Sum of several tallies."""
    return Tally(**{field.name: sum(getattr(tally, field.name) for tally in tallies) for field in fields(Tally)})


def to_plain(state: Ladder | Tally) -> dict[str, NDArray[Any]]:
    """Copy of a state as arrays under their names, which any file format holds."""
    return {field.name: getattr(state, field.name).copy() for field in fields(state)}


def from_plain(kind: type[Plain], plain: Mapping[str, Any]) -> Plain:
    """State of `kind` from what `to_plain` returned; the arrays are copied."""
    return kind(**{field.name: np.array(plain[field.name]) for field in fields(kind)})
