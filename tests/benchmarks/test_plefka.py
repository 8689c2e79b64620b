"""Time to m with an error of 0.005 and 0.001, of levels of Plefka's expansion and exact Monte Carlo, same disorder.

Run with ``OPENBLAS_NUM_THREADS=1 pytest tests/benchmarks/test_plefka.py -s -o addopts=--import-mode=importlib``; the
results are in docs/learning.md. The reference is a run of `LONG` sweeps. A run from the archetype averages over
its last two thirds. From the scatter of `RUNS` runs of `SWEEPS` sweeps follow the sweeps for another error, which falls
with their square root; not fewer than `SHORTEST`, in which the start is forgotten. A level has an error of its own as
well, which no more sweeps take away: that of a solution of the equations, and of the mean of a long parallel run. Where
it is larger than what is asked, the accuracy is not reached, and there is no time and no ratio. Drawing the disorder
and building engines is left out, filling caches is not. Times are CPU times of the process, medians over the samples in
which the reference kept the archetype.
"""

import math
import time
from collections.abc import Callable

import numpy as np
import pytest

import statmech as sm
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Engine, walker
from montecarlo.plefka import LEVELS
from montecarlo.plefka.levels import Magnetisations, sample_parallel, solve
from montecarlo.plefka.sample import Sample, draw, exact_engine
from montecarlo.run import advance
from montecarlo.settings import Settings

pytest.importorskip("pytest_benchmark")

ACCURACIES = (0.005, 0.001)
LONG, PARALLEL, SWEEPS, SHORTEST = 2000, 600, 60, 6
RUNS, SAMPLES = 8, 3

POINTS = [
    (sm.Hopfield(alpha=0.05, T=0.4), 500),
    (sm.Hopfield(alpha=0.05, T=0.4), 1000),
    (sm.UnsupervisedHebbian(P=2, gamma=0.02, T=0.2, r=0.7, M=10), 1000),
    (sm.DenseHebbian(P=4, gamma=0.1, T=0.2), 100),
    (sm.DenseHebbian(P=4, gamma=0.1, T=0.2), 150),
    (sm.SupervisedHebbian(P=4, gamma=0.02, T=0.1, r=0.5, M=20), 100),
    (sm.SupervisedHebbian(P=4, gamma=0.02, T=0.1, r=0.5, M=20), 160),
    (sm.SupervisedHebbian(P=4, gamma=1e-5, T=0.3, r=0.3, M=100), 500),
    (sm.SupervisedHebbian(P=4, gamma=1e-6, T=0.3, r=0.3, M=100), 1000),
    (sm.UnsupervisedHebbian(P=4, gamma=0.004, T=0.1, r=0.6, M=20), 100),
    (sm.UnsupervisedHebbian(P=4, gamma=6e-7, T=0.3, r=0.3, M=100), 1000),
]


def overlaps(engine: Engine, sample: Sample, T: float, sweeps: int, seed: int) -> np.ndarray:
    """Overlap with the archetype after each sweep of a run."""
    replica = walker(engine, sample.archetype, np.random.SeedSequence(seed))
    blocks = advance(engine, replica, acceptance("heat-bath", T, engine.unit), sweeps=sweeps)
    return np.concatenate([block.spins @ sample.archetype.astype(np.float64) for block in blocks]) / engine.N


def seconds(run: Callable[[], object], repeats: int = 3) -> float:
    """Shortest CPU time of a few runs."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        run()
        times.append(time.process_time() - begin)
    return min(times)


def needed(scatter: float, error: float, accuracy: float) -> int:
    """Sweeps for an accuracy, from the scatter of runs of `SWEEPS` sweeps and a smaller error that stays."""
    return max(SHORTEST, math.ceil(SWEEPS * scatter**2 / (accuracy**2 - error**2)))


def parallel(sample: Sample, T: float, sweeps: int, seed: int) -> float:
    """Overlap with the archetype of a run of parallel updates."""
    how = Settings(sweeps=sweeps - sweeps // 3, thermalization=sweeps // 3)
    parts = (sample.network, sample.noise, sample.archetype, T)
    answer = sample_parallel(*parts, weight=0.3, settings=how, stream=np.random.SeedSequence(seed))
    return float((answer.first + answer.second) @ sample.archetype) / (2 * sample.network.N)


def reference(engine: Engine, sample: Sample, T: float) -> tuple[float, float]:
    """Overlap with the archetype of a long exact run, and the difference of its halves."""
    long = overlaps(engine, sample, T, LONG, 99)[LONG // 10 :]
    first, second = (float(half.mean()) for half in np.array_split(long, 2))
    return (first + second) / 2, first - second


def measure(model, N: int, k: int) -> dict[str, list[float]] | None:
    """Of each level error, scatter of runs of `SWEEPS` sweeps, and CPU milliseconds of such a run, or of a solution.

    None where the reference loses the archetype.
    """
    sample, T = draw(model, N, np.random.SeedSequence([4, k])), model.T
    engine = exact_engine(sample.network)
    m, drift = reference(engine, sample, T)
    if abs(drift) > 0.01 or m < 0.5:
        return None
    start, rows = sample.archetype.astype(np.float64), {"reference": [drift / 2, 0.0, 0.0]}
    for name in ("TAP", "mean-field"):

        def run(reaction: bool = name == "TAP") -> Magnetisations:
            return solve(sample.network, sample.noise, start, T, reaction=reaction, limit=300)

        answer = run()
        error = float(answer.first @ sample.archetype) / N - m if answer.converged else math.inf
        rows[name] = [error, 0.0, 1e3 * seconds(run)]
    scatter = float(np.std([parallel(sample, T, SWEEPS, seed) for seed in range(RUNS // 2)], ddof=1))
    took = 1e3 * seconds(lambda: parallel(sample, T, SWEEPS, 1), 1)
    rows["sampled"] = [parallel(sample, T, PARALLEL, 98) - m, scatter, took]
    means = [float(overlaps(engine, sample, T, SWEEPS, seed)[SWEEPS // 3 :].mean()) for seed in range(RUNS)]
    took = 1e3 * seconds(lambda: overlaps(engine, sample, T, SWEEPS, 1))
    rows["exact"] = [0.0, float(np.sqrt(np.mean((np.array(means) - m) ** 2))), took]
    return rows


@pytest.mark.parametrize(("model", "N"), POINTS)
def test_time_to_accuracy(benchmark, model, N: int) -> None:
    rows = [row for k in range(SAMPLES) if (row := measure(model, N, k)) is not None]
    assert rows, "every sample lost the archetype"
    columns = draw(model, N, np.random.SeedSequence([4, 0])).network.A.shape[1]
    noise = np.sqrt(np.mean([row["reference"][0] ** 2 for row in rows]))
    print(
        f"\n{model}, N = {N}, {columns} columns, {len(rows)} of {SAMPLES} samples, error of the reference {noise:.4f}"
    )
    exact: dict[float, float] = {}
    for name in ("exact", "mean-field", "TAP", "sampled"):
        errors, scatter, took = np.array([row[name] for row in rows]).T
        error, text = float(np.sqrt(np.mean(errors**2))), []
        for accuracy in ACCURACIES:
            if error >= accuracy:
                text.append(f"{accuracy}: not reached")
                continue
            stays = 0.0 if name == "exact" else error
            runs = [needed(of_sample, stays, accuracy) / SWEEPS if of_sample else 1.0 for of_sample in scatter]
            time_of = float(np.median(took * runs))
            exact.setdefault(accuracy, time_of)
            benchmark.extra_info[f"{name}, ms to {accuracy}"] = round(time_of, 3)
            text.append(f"{accuracy}: {time_of:8.2f} ms, {exact[accuracy] / time_of:6.2f} times as fast as exact")
        print(f"  {LEVELS[name]:36s} {'; '.join(text)}; own error {error:.4f}")
    benchmark.pedantic(lambda: None, rounds=1)
    assert np.sqrt(np.mean([row["TAP"][0] ** 2 for row in rows if math.isfinite(row["TAP"][0])])) < 0.01
