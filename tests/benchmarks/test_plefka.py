"""Time to m with an error of 0.005 and 0.001, of levels of Plefka's expansion and exact Monte Carlo, same disorder.

Run with ``pytest tests/benchmarks/test_plefka.py -s -o addopts=--import-mode=importlib``; results are recorded in
docs/benchmarks.md. The reference is a run of `LONG` sweeps. A run from the archetype averages over its last two
thirds. From the root mean square error of `RUNS` runs of `SWEEPS` sweeps follow the sweeps for another error, which
falls with their square root; not fewer than `SHORTEST`, in which the start is forgotten. A solution of the equations
has its error, whatever is asked. Drawing the disorder and building engines is left out, filling caches is not. Times
are those of the process's thread, medians over the samples in which the reference kept the archetype.
"""

import math
import time
from collections.abc import Callable

import numpy as np
import pytest

import statmech as sm
from montecarlo.acceptance import acceptance
from montecarlo.engines import Engine, walker
from montecarlo.plefka_levels import Magnetisations, sample_parallel, solve
from montecarlo.plefka_sample import Sample, draw, exact_engine
from montecarlo.run import advance
from montecarlo.settings import Settings

pytest.importorskip("pytest_benchmark")

ACCURACIES = (0.005, 0.001)
LONG, SWEEPS, SHORTEST = 2000, 60, 6
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
    """Shortest time of a few runs."""
    times = []
    for _ in range(repeats):
        begin = time.thread_time()
        run()
        times.append(time.thread_time() - begin)
    return min(times)


def needed(means: list[float], reference: float, accuracy: float) -> int:
    """Sweeps for an error, from the means of runs of `SWEEPS` sweeps."""
    error = float(np.sqrt(np.mean((np.array(means) - reference) ** 2)))
    return max(SHORTEST, math.ceil(SWEEPS * (error / accuracy) ** 2))


def exact_sweeps(engine: Engine, sample: Sample, T: float, reference: float) -> list[int]:
    """Sweeps that exact Monte Carlo takes for each accuracy."""
    series = [overlaps(engine, sample, T, SWEEPS, seed) for seed in range(RUNS)]
    means = [float(run[SWEEPS // 3 :].mean()) for run in series]
    return [needed(means, reference, accuracy) for accuracy in ACCURACIES]


def parallel(sample: Sample, T: float, sweeps: int, seed: int) -> float:
    """Overlap with the archetype of a run of parallel updates."""
    how = Settings(sweeps=sweeps - sweeps // 3, thermalization=sweeps // 3)
    parts = (sample.network, sample.noise, sample.archetype, T)
    answer = sample_parallel(*parts, weight=0.3, settings=how, stream=np.random.SeedSequence(seed))
    return float((answer.first + answer.second) @ sample.archetype) / (2 * sample.network.N)


def measure(model, N: int, k: int) -> dict[str, list[float]] | None:
    """Milliseconds for both accuracies, sweeps for the first, and error of each level; None if the state is lost."""
    sample, T = draw(model, N, np.random.SeedSequence([4, k])), model.T
    engine = exact_engine(sample.network)
    long = overlaps(engine, sample, T, LONG, 99)[LONG // 10 :]
    halves = [float(half.mean()) for half in np.array_split(long, 2)]
    if abs(halves[0] - halves[1]) > 0.01 or halves[0] < 0.5:
        return None
    m, start, row = sum(halves) / 2, sample.archetype.astype(np.float64), {}
    for name in ("TAP", "mean-field"):

        def run(reaction: bool = name == "TAP") -> Magnetisations:
            return solve(sample.network, sample.noise, start, T, reaction=reaction, limit=300)

        answer = run()
        if answer.converged:
            took = 1e3 * seconds(run)
            row[name] = [took, took, answer.sweeps, float(answer.first @ sample.archetype) / N - m]
    means = [parallel(sample, T, SWEEPS, seed) for seed in range(4)]
    one = 1e3 * seconds(lambda: parallel(sample, T, SWEEPS, 1), 1) / SWEEPS
    counts = [needed(means, m, accuracy) for accuracy in ACCURACIES]
    row["sampled"] = [one * counts[0], one * counts[1], counts[0], float(np.mean(means)) - m]
    one = 1e3 * seconds(lambda: overlaps(engine, sample, T, SWEEPS, 1)) / SWEEPS
    counts = exact_sweeps(engine, sample, T, m)
    row["exact"] = [one * counts[0], one * counts[1], counts[0], math.nan]
    return row


@pytest.mark.parametrize(("model", "N"), POINTS)
def test_time_to_accuracy(benchmark, model, N: int) -> None:
    rows = [row for k in range(SAMPLES) if (row := measure(model, N, k)) is not None]
    assert rows, "every sample lost the archetype"
    columns = draw(model, N, np.random.SeedSequence([4, 0])).network.A.shape[1]
    print(f"\n{model}, N = {N}, {columns} columns, {len(rows)} of {SAMPLES} samples")
    exact = np.median([row["exact"] for row in rows], 0)
    for name in ("TAP", "mean-field", "sampled", "exact"):
        values = np.array([row[name] for row in rows if name in row])
        took = np.median(values, 0)
        error = float(np.sqrt(np.mean(values[:, 3] ** 2)))
        print(
            f"  {name:10s} {took[2]:4.0f} sweeps, ms {took[0]:8.2f} and {took[1]:8.2f}, exact over this "
            f"{exact[0] / took[0]:5.2f} and {exact[1] / took[1]:6.2f}, error {error:.4f}, {len(values)} converged"
        )
        benchmark.extra_info[name] = {f"ms to {x}": round(took[i], 3) for i, x in enumerate(ACCURACIES)}
    benchmark.pedantic(lambda: None, rounds=1)
    assert np.sqrt(np.mean([row["TAP"][3] ** 2 for row in rows if "TAP" in row])) < 0.01
