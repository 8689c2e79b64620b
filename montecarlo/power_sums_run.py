"""Replicas of the power-sums engine: how they start and how a block of sweeps is run, as in `montecarlo.engines`."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from montecarlo.acceptance import Acceptance
from montecarlo.engines import WORDS, Walker
from montecarlo.power_sums import PowerSums, fresh_sums, power_sums_parts, sweep_power_sums
from montecarlo.words import fill_words, seed_words, word_buffer


def power_sums_walker(engine: PowerSums, spins: NDArray[np.int8], stream: np.random.SeedSequence) -> Walker:
    """Start a replica at `spins` (copied) with the random numbers of `stream`."""
    spins = np.array(spins, np.int8)
    return Walker(spins, fresh_sums(engine, spins), seed_words(stream))


def sweep(
    engine: PowerSums,
    replica: Walker,
    rule: Acceptance,
    words: NDArray[np.uint32],
    snapshots: NDArray[np.int8],
    *,
    interval: int = 1,
    order: str = "sequential",
) -> tuple[int, NDArray[np.float64]]:
    """Do ``len(snapshots) * interval`` sweeps with given random words, as `montecarlo.engines.sweep`."""
    energies = np.empty(len(snapshots))
    table = (rule.upper[None], rule.lower[None], rule.bucket, rule.slope, rule.metropolis)
    replica_0 = (replica.cache[None], replica.spins[None], 0)
    run = (words, 0, order == "random", interval, *table, 0, snapshots, energies)
    accepted = sweep_power_sums(*power_sums_parts(engine), *replica_0, *run)
    return accepted, engine.unit * energies


def advance(
    engine: PowerSums, replica: Walker, rule: Acceptance, *, sweeps: int, order: str = "sequential"
) -> Iterator[NDArray[np.int8]]:
    """Advance `replica` by `sweeps` and yield the spins after each of them, in blocks."""
    per_sweep = engine.N * (2 if order == "random" else 1)
    step = max(1, WORDS // per_sweep)
    for done in range(0, sweeps, step):
        snapshots = np.empty((min(step, sweeps - done), engine.N), np.int8)
        words = word_buffer(len(snapshots) * per_sweep)
        fill_words(replica.words, words)
        sweep(engine, replica, rule, words, snapshots, order=order)
        yield snapshots
