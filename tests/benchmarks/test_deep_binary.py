"""Seconds per epoch of deep binary networks, for each way of learning, and nanoseconds per weight of the optimiser.

Run with ``pytest tests/benchmarks/test_deep_binary.py -s -o addopts=--import-mode=importlib``; results are recorded in
docs/benchmarks.md. An epoch is 40 steps of 50 examples through 256-200-100-10 units; BLAS should have one thread
(``OMP_NUM_THREADS=1``). Times are those of the thread, the smallest of several repetitions.
"""

import time
from collections.abc import Callable

import numpy as np
import pytest

from montecarlo.deep_binary import Elastic, Metaplastic, Method, Variational
from montecarlo.deep_binary.kernels import adam_step
from montecarlo.deep_binary.methods import Clock, learn_batch, new_network

pytest.importorskip("pytest_benchmark")

WIDTHS = (256, 200, 100, 10)
METHODS = {
    "variational": Variational(),
    "elastic": Elastic(),
    "straight-through": Metaplastic(),
    "metaplastic": Metaplastic(m=10.0),
}


def least(run: Callable[[], object], repetitions: int) -> float:
    """Seconds of the fastest of several runs, after one that is not counted."""
    run()
    times = []
    for _ in range(repetitions):
        begin = time.thread_time()
        run()
        times.append(time.thread_time() - begin)
    return min(times)


def epoch(method: Method, dtype: type) -> Callable[[], None]:
    generator = np.random.default_rng(1)
    network = new_network(WIDTHS, method.start, np.random.SeedSequence(1), dtype)
    inputs = generator.choice([-1, 1], (2000, WIDTHS[0])).astype(dtype)
    labels = generator.integers(0, WIDTHS[-1], 2000)

    def run() -> None:
        for step in range(40):
            rows = slice(50 * step, 50 * step + 50)
            clock = Clock(step=step + 1, fraction=0.0, examples=2000)
            learn_batch(method, network, inputs[rows], labels[rows], clock, generator)

    return run


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", METHODS)
def test_epochs(benchmark: Callable, name: str, dtype: type) -> None:
    seconds = least(epoch(METHODS[name], dtype), 8)
    print(f"\n{name:18s} {np.dtype(dtype).name}: {1e3 * seconds:6.1f} ms an epoch, {25e3 * seconds:5.0f} µs a step")
    benchmark.extra_info |= {"seconds": seconds}
    benchmark.pedantic(lambda: None)


def test_adam(benchmark: Callable) -> None:
    """The kernel against the same in NumPy."""
    generator = np.random.default_rng(1)
    theta, slope, first = (generator.normal(size=72_000).astype(np.float32) for _ in range(3))
    second = slope**2
    f = np.float32

    def in_numpy() -> None:
        np.multiply(first, f(0.9), out=first)
        np.add(first, f(0.1) * slope, out=first)
        np.multiply(second, f(0.99), out=second)
        np.add(second, f(0.01) * slope**2, out=second)
        np.subtract(theta, f(0.001) * first / (np.sqrt(second) + f(1e-8)), out=theta)

    compiled = least(lambda: [adam_step(theta, slope, first, second, 0.001, 1.0) for _ in range(50)], 8)
    plain = least(lambda: [in_numpy() for _ in range(50)], 8)
    nanoseconds = [1e9 * seconds / 50 / 72_000 for seconds in (compiled, plain)]
    print(f"\nAdam: {nanoseconds[0]:.2f} ns a weight, in NumPy {nanoseconds[1]:.2f}")
    benchmark.extra_info |= {"compiled": nanoseconds[0], "numpy": nanoseconds[1]}
    benchmark.pedantic(lambda: None)
