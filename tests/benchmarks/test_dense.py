"""Nanoseconds per attempted update of dense Hebbian networks: both kernels, and the tensor of couplings.

Run with ``pytest tests/benchmarks/test_dense.py -s -o addopts=--import-mode=importlib``; results are recorded in
docs/benchmarks.md. Cold: heat-bath updates at T = 0.2 from a pattern, in a few of a thousand a flip. Hot: T = 5 from
the same start after it is forgotten, nearly half of the attempts a flip. Of each a long and a short run are timed and
their difference divided by the difference in attempts. The tensor holds the couplings of all C(N, 4) tuples as the
p-spin glass does, with cached local fields: an attempt is O(1), a flip O(N³).
"""

import time
from collections.abc import Callable

import numpy as np
import pytest

from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.dense import interaction_engine
from montecarlo.engines.engine import Engine, walker
from montecarlo.engines.interactions import dense_interaction
from montecarlo.engines.many_spin import all_tuples, tuples_engine
from montecarlo.run import advance
from statmech.disorder import rademacher_patterns

pytest.importorskip("pytest_benchmark")

TEMPERATURES = {"cold": 0.2, "hot": 5.0}


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


def tensor(patterns: np.ndarray) -> Engine:
    """Couplings of all tuples of four spins, summed over the patterns: a product of the matrices of pairs."""
    N = patterns.shape[1]
    i, j = np.triu_indices(N, 1)
    pairs = (patterns[:, i] * patterns[:, j]).astype(np.float32)  # sums of fewer than 2^24 signs are exact
    number = np.zeros((N, N), int)
    number[i, j] = np.arange(len(i))
    sites = all_tuples(N, 4)
    J = (pairs.T @ pairs)[number[sites[:, 0], sites[:, 1]], number[sites[:, 2], sites[:, 3]]]
    return tuples_engine(J.astype(np.int32), N, 4, 6.0 / ((N - 1) * (N - 2) * (N - 3)))


def build(name: str, patterns: np.ndarray) -> Engine:
    if name == "tensor":
        return tensor(patterns)
    return interaction_engine(patterns, dense_interaction(patterns.shape[1], 4, "distinct"), name)


def record(benchmark: Callable, names: tuple[str, ...], N: int, K: int, state: str, attempts: int) -> dict[str, float]:
    """Measure engines on the same patterns one after the other, print them and keep them with the benchmark."""
    patterns = rademacher_patterns(K, N, np.random.SeedSequence(1))
    values = {}
    for name in names:
        engine = build(name, patterns)
        values[name], accepted = timed(
            engine, patterns[0], TEMPERATURES[state], attempts if name != "tensor" else 12 * N
        )
        print(f"\n{name:10s} N = {N:5d} K = {K:6d} {state:5s} {values[name]:12.1f} ns, {accepted:.4f} accepted", end="")
    print()
    benchmark.extra_info |= values
    benchmark.pedantic(lambda: None)
    return values


@pytest.mark.parametrize("state", ["cold", "hot"])
@pytest.mark.parametrize("K", [100, 1000, 10000])
def test_kernels(benchmark, K: int, state: str) -> None:
    values = record(benchmark, ("look-up", "odd-part"), 1000, K, state, 100_000_000 // K)
    ratio = values["look-up"] / values["odd-part"]
    print(f"ratio {ratio:.2f}")
    assert ratio > (3 if state == "cold" else 0.8)


@pytest.mark.parametrize("state", ["cold", "hot"])
def test_against_the_tensor(benchmark, state: str) -> None:
    """N = 100, γ = 0.1: 15685 patterns, 3.9 million couplings."""
    values = record(benchmark, ("look-up", "odd-part", "tensor"), 100, 15_685, state, 10_000)
    print(f"ratio to look-up {values['look-up'] / values['odd-part']:.2f}, to the tensor", end=" ")
    print(f"{values['tensor'] / values['odd-part']:.2f}")
    assert values["look-up"] / values["odd-part"] > (3 if state == "cold" else 0.8)
