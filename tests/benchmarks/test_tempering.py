"""What parallel tempering costs beyond the sweeps: nanoseconds per attempted update, against the bare engine.

Run with ``pytest tests/benchmarks/test_tempering.py -s``; results are recorded in docs/benchmarks.md. The bare engine
is a simulation at one temperature: it sweeps the same replicas at the temperatures where they are, and records state
and energy as often as tempering measures and swaps. It runs one replica to the end before the next, so that each has
the caches of the processor to itself, and the ratio includes what going from replica to replica costs. Times are those
of the process's thread; short runs of either take turns, and the fastest of each are compared.
"""

import time

import numpy as np
import pytest

from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Engine, Walker, overlaps_engine
from montecarlo.p_spin import gaussian_engine as p_spin_engine
from montecarlo.run import advance
from montecarlo.settings import Settings
from montecarlo.sherrington_kirkpatrick import gaussian_engine, sign_engine
from montecarlo.tempering.ladder import Ladder, climb, empty_tally, random_ladder
from montecarlo.tempering.temperatures import geometric

pytest.importorskip("pytest_benchmark")

RUNGS = 16
ALLOWED = 1.3
"""Largest ratio of tempering to the bare engine."""


def engine_of(name: str, N: int) -> Engine:
    stream = np.random.SeedSequence(1)
    if name == "overlaps, K = 50":
        return overlaps_engine((2 * np.random.default_rng(1).integers(0, 2, (50, N)) - 1).astype(np.int8))
    if name == "triplets":
        return p_spin_engine(3, N, stream)
    if name == "signs":
        return sign_engine(N, stream)
    return gaussian_engine(N, stream, engine=name)


def bare(engine: Engine, ladder: Ladder, sweeps: int, interval: int) -> float:
    """Seconds that sweeping all replicas at their temperatures takes, without swaps and overlaps."""
    rules = [acceptance("heat-bath", float(T), engine.unit) for T in ladder.temperatures]
    begin = time.thread_time()
    for holders in ladder.holder:
        for rule, k in zip(rules, holders, strict=True):
            replica = Walker(ladder.spins[k], ladder.caches[k], ladder.words[k])
            for _ in advance(engine, replica, rule, sweeps=sweeps, interval=interval):
                pass
    return time.thread_time() - begin


def tempered(engine: Engine, ladder: Ladder, sweeps: int, settings: Settings) -> float:
    """Seconds that the same sweeps take with swaps and measurements."""
    tally = empty_tally(RUNGS, engine.N)
    begin = time.thread_time()
    climb(engine, ladder, tally, sweeps // settings.interval, settings)
    return time.thread_time() - begin


@pytest.mark.parametrize("interval", [1, 5])
@pytest.mark.parametrize(
    ("name", "N"),
    [
        ("integer-couplings", 64),
        ("integer-couplings", 256),
        ("integer-couplings", 1024),
        ("couplings", 256),
        ("signs", 64),
        ("signs", 256),
        ("signs", 1024),
        ("overlaps, K = 50", 256),
        ("overlaps, K = 50", 1024),
        ("triplets", 64),
    ],
)
def test_tempering_against_the_bare_engine(benchmark, name: str, N: int, interval: int) -> None:
    engine = engine_of(name, N)
    ladder = random_ladder(engine, geometric(0.3, 1.5, RUNGS), np.random.SeedSequence(2))
    settings = Settings(interval=interval)
    sweeps = max(20, (4_000_000 if name != "triplets" else 1_000_000) // (2 * RUNGS * N)) // interval * interval
    for _ in range(2):
        tempered(engine, ladder, sweeps, settings)
        bare(engine, ladder, sweeps, interval)
    turns = [(tempered(engine, ladder, sweeps, settings), bare(engine, ladder, sweeps, interval)) for _ in range(15)]
    attempts = 2 * RUNGS * N * sweeps
    ours, alone = (1e9 * min(seconds) / attempts for seconds in zip(*turns, strict=True))
    ratio = ours / alone
    benchmark.extra_info |= {"ns tempering": round(ours, 2), "ns bare": round(alone, 2), "ratio": round(ratio, 2)}
    benchmark.pedantic(tempered, args=(engine, ladder, sweeps, settings), rounds=1)
    print(f"\n{name:20s} N = {N:5d} interval {interval}: {ours:7.2f} ns, bare {alone:7.2f} ns, ratio {ratio:.2f}")
    assert ratio < ALLOWED
