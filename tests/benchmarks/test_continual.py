"""Time of saddle points of two tasks, of the planes of the figure, and of learning.

Run with ``pytest tests/benchmarks/test_continual.py -s -o addopts=--import-mode=importlib``; results are recorded in
docs/benchmarks.md. Process time, the least of several runs, with compiled kernels loaded; the first task is solved anew
every time.
"""

import time
from collections.abc import Callable

import numpy as np
import pytest

import statmech as sm
import theory
from montecarlo.variational import descend_sgd, draw_tasks, free_energy, minimise
from montecarlo.variational_sampling import Sampler
from statmech.streams import unit_stream
from theory.continual_perceptron import plane
from theory.continual_perceptron.curve import first_task, second_curve

pytest.importorskip("pytest_benchmark")


def least(run: Callable[[], object], repeats: int = 5) -> float:
    """Seconds of process time."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        run()
        times.append(time.process_time() - begin)
    return min(times)


@pytest.mark.parametrize("beta", [20.0, 100.0, 400.0, np.inf])
def test_saddle_point_of_two_tasks(benchmark, beta: float) -> None:
    model = sm.ContinualPerceptron(alpha1=2, alpha2=1, r0=0.5, beta1=beta, beta2=beta)

    def run() -> None:
        first_task.cache_clear()
        second_curve.cache_clear()
        assert theory.solve(model).converged

    run()
    seconds = least(run)
    print(f"\nbeta = {beta:5g}: {1e3 * seconds:.1f} ms")
    benchmark.extra_info["seconds"] = seconds
    benchmark.pedantic(lambda: None)
    assert seconds < 0.5


def test_plane(benchmark) -> None:
    model = sm.ContinualPerceptron(alpha1=1)
    seconds = least(lambda: plane(model, "r0", np.linspace(-1, 1, 21), np.linspace(0.02, 3, 21)), 1)
    print(f"\nplane of 21 x 21 points at infinite beta: {seconds:.2f} s")
    benchmark.extra_info["seconds"] = seconds
    benchmark.pedantic(lambda: None)


def test_learning(benchmark) -> None:
    task = draw_tasks(sm.ContinualPerceptron(alpha1=1), 1001, unit_stream(1, "ab" * 16))[0]
    start = 0.01 * np.random.default_rng(1).standard_normal(1001)
    prior = np.zeros(1001)
    values = {"L-BFGS": least(lambda: minimise(task, prior, start))}

    def descend(epochs: int) -> float:
        return least(lambda: descend_sgd(task, prior, start, np.random.SeedSequence(1), epochs=epochs), 3)

    values["epoch"] = (descend(60) - descend(20)) / 40
    small = draw_tasks(sm.ContinualPerceptron(alpha1=0.5), 201, unit_stream(1, "ab" * 16))[0]
    sampler = Sampler(small, np.zeros(201), 20.0, np.zeros(201), np.random.SeedSequence(1))
    values["attempt"] = least(lambda: [sampler.sweep() for _ in range(20)]) / (20 * 201)
    F = free_energy(minimise(task, prior, start).theta, task, prior)[0]
    print(f"\nN = P = 1001: minimum F/N = {F / 1001:.6f} in {1e3 * values['L-BFGS']:.1f} ms by L-BFGS, ", end="")
    print(f"{1e3 * values['epoch']:.2f} ms an epoch; Metropolis at P = 100: {1e6 * values['attempt']:.2f} µs")
    benchmark.extra_info |= values
    benchmark.pedantic(lambda: None)
