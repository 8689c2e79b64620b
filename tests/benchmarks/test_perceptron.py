"""Perceptrons: attempted flips and pattern updates a second, and the time that whole theory curves take.

Run with ``pytest tests/benchmarks/test_perceptron.py -s -o addopts=--import-mode=importlib``; results are recorded in
docs/benchmarks.md. A pattern update is one field looked at in one attempt: N P of them are a sweep. Metropolis updates
at T = 1, random words and acceptance included, in processor time of the thread; the best of five runs.
"""

import time

import numpy as np
import pytest

import statmech as sm
import theory
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import walker
from montecarlo.engines.perceptron import perceptron_engine
from montecarlo.run import advance
from statmech.disorder import rademacher_patterns

pytest.importorskip("pytest_benchmark")

SLOWEST = {"errors": 5e9, "stability": 1.5e9, "gaussian": 2e9}
"""Pattern updates a second that are asked for: of errors with patterns ±1 the published number."""


@pytest.mark.parametrize(("N", "P"), [(401, 401), (801, 801), (1001, 4001)])
@pytest.mark.parametrize("kind", SLOWEST)
def test_updates(benchmark, kind: str, N: int, P: int) -> None:
    stream = np.random.SeedSequence(1)
    X, unit = rademacher_patterns(P, N, stream), 1.0
    if kind == "gaussian":
        unit = 1 / 2048
        X = np.rint(np.random.default_rng(1).normal(size=(P, N)) / unit).astype(np.int16)
    engine = perceptron_engine(X, cost="stability" if kind == "stability" else "errors", unit=unit)
    replica = walker(engine, np.ones(N, np.int8), stream)
    rule = acceptance("metropolis", 1.0, engine.unit)
    sweeps = max(20, 200_000_000 // (N * P))

    def run() -> tuple[float, int]:
        begin = time.thread_time()
        accepted = sum(block.accepted for block in advance(engine, replica, rule, sweeps=sweeps, interval=sweeps))
        return time.thread_time() - begin, accepted

    run()
    seconds, accepted = min(run() for _ in range(5))
    attempts = sweeps * N
    rate = attempts * P / seconds
    print(
        f"\n{kind:10s} N = {N:5d} P = {P:5d} {1e9 * seconds / attempts:8.1f} ns an attempt, "
        f"{1e-6 * attempts / seconds:6.2f}e6 attempts/s, {1e-9 * rate:6.2f}e9 patterns/s, "
        f"{accepted / attempts:.3f} accepted"
    )
    benchmark.extra_info |= {"attempts": attempts / seconds, "patterns": rate, "acceptance": accepted / attempts}
    benchmark.pedantic(lambda: None)
    assert rate > SLOWEST[kind] or N < 800


def curve_of_entropies() -> None:
    for alpha in np.linspace(0.01, 0.83, 100):
        assert theory.solve(sm.BinaryPerceptron(alpha=float(alpha))).s > 0


def curve_of_distances() -> None:
    curve = theory.binary_perceptron.franz_parisi_entropy(sm.BinaryPerceptron(alpha=0.4), np.linspace(0.01, 0.5, 50))
    assert np.all(np.isfinite(curve.s))


def curve_around_the_teacher() -> None:
    curve = theory.teacher_student.franz_parisi_entropy(sm.TeacherStudent(alpha=1), np.linspace(0.02, 0.5, 49))
    assert np.all(np.isfinite(curve.s))


@pytest.mark.parametrize("curve", [curve_of_entropies, curve_of_distances, curve_around_the_teacher])
def test_curves(benchmark, curve) -> None:
    """A curve in at most ten seconds."""
    theory.binary_perceptron.potential.typical.cache_clear()
    begin = time.thread_time()
    curve()
    seconds = time.thread_time() - begin
    print(f"\n{curve.__name__}: {seconds:.2f} s")
    benchmark.extra_info |= {"seconds": seconds}
    benchmark.pedantic(lambda: None)
    assert seconds < 10
