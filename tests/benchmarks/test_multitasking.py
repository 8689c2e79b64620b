"""Nanoseconds per attempted update of networks of diluted patterns, against the number of patterns and the dilution.

Run with ``pytest tests/benchmarks/test_multitasking.py -s -o addopts=--import-mode=importlib``; results are recorded in
docs/benchmarks.md. Heat-bath updates from the hierarchical configuration at t = T/(1-d) = 0.1, where few attempts are
flips but for the free spins, with no entry at all. Of each a long and a short run are timed and their difference
divided by the difference in attempts. For comparison the engine that goes through all K patterns at every site, whose
patterns have no blanks.
"""

import time
from collections.abc import Callable

import numpy as np
import pytest

from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Engine, overlaps_engine, walker
from montecarlo.engines.sparse import sparse_engine
from montecarlo.extremely_diluted import scattered_engine
from montecarlo.multitasking import hierarchical_state
from montecarlo.run import advance
from statmech import ExtremelyDiluted
from statmech.disorder import rademacher_patterns, ternary_patterns

pytest.importorskip("pytest_benchmark")

N = 4000


def timed(engine: Engine, spins: np.ndarray, T: float, attempts: int) -> tuple[float, float]:
    """Nanoseconds per attempt and the acceptance."""
    rule = acceptance("heat-bath", T, engine.unit)
    replica = walker(engine, spins, np.random.SeedSequence(3))
    short = max(1, attempts // (4 * engine.N))

    def run(sweeps: int) -> tuple[float, int]:
        begin = time.thread_time()
        blocks = list(advance(engine, replica, rule, sweeps=sweeps, interval=sweeps))
        return time.thread_time() - begin, blocks[0].accepted

    run(short)
    one = min(run(short)[0] for _ in range(3))
    long, accepted = min(run(4 * short) for _ in range(3))
    return 1e9 * (long - one) / (3 * short * engine.N), accepted / (4 * short * engine.N)


@pytest.mark.parametrize("d", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("K", [3, 5, 50, 500])
def test_attempts(benchmark: Callable, K: int, d: float) -> None:
    patterns = ternary_patterns(K, N, d, np.random.SeedSequence(1))
    spins = hierarchical_state(patterns, np.ones(N, np.int8))
    sparse = timed(sparse_engine(patterns, 1.0 / N, self_couplings=False), spins, 0.1 * (1 - d), 40_000_000 // (K + 9))
    full = rademacher_patterns(K, N, np.random.SeedSequence(1))
    dense = timed(overlaps_engine(full), full[0], 0.1, 40_000_000 // (K + 9))
    print(f"\nK = {K:4d} d = {d:.1f} {sparse[0]:8.1f} ns, {sparse[1]:.3f} accepted; without blanks {dense[0]:8.1f} ns")
    benchmark.extra_info |= {"sparse": sparse[0], "overlaps": dense[0]}
    benchmark.pedantic(lambda: None)


@pytest.mark.parametrize("size", [4000, 100_000])
@pytest.mark.parametrize("c", [2.0, 10.0])
def test_attempts_of_extreme_dilution(benchmark: Callable, c: float, size: int) -> None:
    engine = scattered_engine(ExtremelyDiluted(c=c, alpha=0.5, T=1.0), size, np.random.SeedSequence(1))
    cost, accepted = timed(engine, np.ones(size, np.int8), 1.0, 4_000_000)
    print(f"\nc = {c:4.0f} N = {size:6d} K = {engine.K:6d} {cost:8.1f} ns, {accepted:.3f} accepted")
    benchmark.extra_info |= {"sparse": cost}
    benchmark.pedantic(lambda: None)
