"""Speed of message passing on one core: ``pytest tests/benchmarks/test_message_passing.py``.

Time of one iteration of AMP, of a pass of max-sum over all messages, of a sweep of SBPI, and of whole solutions.
"""

import math

import numpy as np
import pytest

import statmech as sm
from montecarlo.message_passing import annealed_weights, max_sum, reinforced_amp, sbpi, storage_patterns
from montecarlo.message_passing.amp import step
from montecarlo.message_passing.max_sum import pass_messages
from montecarlo.message_passing.sbpi import learn
from montecarlo.perceptron.patterns import prepared

pytest.importorskip("pytest_benchmark")


def instance(alpha, N):
    return storage_patterns(sm.BinaryPerceptron(alpha=alpha), N, np.random.SeedSequence(1))


@pytest.mark.parametrize("N", [1001, 4001, 10001])
def test_iteration_of_amp(benchmark, N):
    X = prepared(instance(0.5, N))
    a, g = np.random.default_rng(0).uniform(-0.5, 0.5, N), np.full(len(X.rows), 0.5)
    now = benchmark(step, X, a, g, 0.0, math.inf)
    assert np.isfinite(now.field).all()


@pytest.mark.parametrize("N", [1001, 4001, 10001])
def test_pass_of_max_sum(benchmark, N):
    X = instance(0.5, N)
    field = np.random.default_rng(0).normal(size=N)
    messages = np.zeros(X.shape, np.uint8), np.zeros(len(X)), np.zeros(len(X))
    pass_messages(X, *messages, field, 1, np.zeros(N))
    benchmark(pass_messages, X, *messages, field, 1, np.zeros(N))
    assert messages[1].max() > 0


@pytest.mark.parametrize("N", [1001, 4001, 10001])
def test_sweep_of_sbpi(benchmark, N):
    X = instance(0.5, N)
    rng = np.random.default_rng(0)
    w = rng.choice(np.array([-1, 1], np.int8), N)
    W = w.astype(np.int32)
    order, chance = rng.permutation(len(X)), rng.random(len(X))
    benchmark(learn, X, W, w, order, chance, 0.0, 1.0, 0.3)
    assert np.array_equal(w, np.sign(W))


@pytest.mark.parametrize("solver", ["reinforced AMP", "max-sum", "SBPI", "annealing"])
def test_solution(benchmark, solver):
    X, stream = instance(0.3 if solver == "annealing" else 0.6, 1001), np.random.SeedSequence(2)
    solve = {
        "reinforced AMP": lambda: reinforced_amp(X, gamma=0.99),
        "max-sum": lambda: max_sum(X, stream),
        "SBPI": lambda: sbpi(X, stream),
        "annealing": lambda: annealed_weights(X, stream),
    }[solver]
    assert benchmark.pedantic(solve, rounds=3, warmup_rounds=1).solved
