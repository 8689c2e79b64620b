"""Speed of the theory of the networks, warm, on one core: ``pytest tests/benchmarks/test_theory.py``."""

import numpy as np
import pytest

import statmech as sm
import theory
from theory.hopfield import (
    at_temperature,
    coexistence_load,
    critical_load,
    critical_temperature,
    glass_temperature,
    rs,
)


def solve_at_new_temperatures():
    """Solve at a temperature never seen before, so that no cached spinodal helps."""
    solve_at_new_temperatures.T += 1e-9
    return theory.solve(sm.Hopfield(alpha=0.05, T=solve_at_new_temperatures.T))


solve_at_new_temperatures.T = 0.2


@pytest.mark.parametrize("start", ["retrieval", "spin-glass"])
def test_one_solution(benchmark, start):
    """A repeated temperature, as along a cut at fixed T."""
    solution = benchmark(theory.solve, sm.Hopfield(alpha=0.05, T=0.2), start=start)
    assert solution.residual <= 1e-12


def test_one_solution_at_a_new_temperature(benchmark):
    assert benchmark(solve_at_new_temperatures).residual <= 1e-12


@pytest.mark.parametrize("start", ["retrieval", "spin-glass"])
def test_one_solution_with_broken_symmetry(benchmark, start):
    solution = benchmark(theory.solve, sm.Hopfield(alpha=0.13, T=0.005), ansatz="1RSB", start=start)
    assert solution.residual <= 1e-12


def test_diagram_of_all_states(benchmark):
    """200 × 200 state points, every replica-symmetric state of each."""

    def diagram():
        rs.spinodal.cache_clear()
        return [
            len(theory.states(sm.Hopfield(alpha=alpha, T=T)))
            for T in np.linspace(0, 1.4, 200)
            for alpha in np.linspace(0.001, 0.2, 200)
        ]

    found = benchmark.pedantic(diagram, rounds=1, warmup_rounds=0)
    assert len(found) == 40_000
    assert max(found) == 4


def test_all_lines(benchmark):
    """Every line of the phase diagram at 200 points."""

    def lines():
        rs.spinodal.cache_clear()
        T = np.linspace(0, 1, 200)
        return (
            critical_load(T),
            coexistence_load(T),
            critical_temperature(np.linspace(0, 0.138, 200)),
            glass_temperature(np.linspace(0, 0.2, 200)),
            at_temperature(np.linspace(0.01, 0.138, 200)),
        )

    drawn = benchmark.pedantic(lines, rounds=3, warmup_rounds=1)
    assert drawn[0].alpha[0] == pytest.approx(0.1379055665, abs=1e-9)


def dense(gamma, T):
    return sm.DenseHebbian(P=4, gamma=gamma, T=T)


@pytest.mark.parametrize("start", ["retrieval", "spin-glass", "paramagnet"])
def test_one_solution_of_a_dense_network(benchmark, start):
    solution = benchmark(theory.solve, dense(0.1, 0.03), start=start)
    assert solution.residual <= 1e-12


@pytest.mark.parametrize("start", ["retrieval", "spin-glass"])
def test_one_solution_of_a_dense_network_with_broken_symmetry(benchmark, start):
    solution = benchmark(theory.solve, dense(0.2, 0.05), ansatz="1RSB", start=start)
    assert solution.residual <= 1e-12


def test_diagram_of_all_states_of_a_dense_network(benchmark):
    """100 × 100 state points, every state of each, the glass with one step of breaking."""

    def diagram():
        theory.dense.rs.spinodal.cache_clear()
        return [
            len(theory.states(dense(gamma, T)))
            for T in np.linspace(0, 0.5, 100)
            for gamma in np.linspace(0.001, 0.25, 100)
        ]

    found = benchmark.pedantic(diagram, rounds=1, warmup_rounds=0)
    assert len(found) == 10_000
    assert max(found) == 3


def test_all_lines_of_dense_networks(benchmark):
    """Every replica-symmetric line of the phase diagram at 200 points."""

    def lines():
        theory.dense.rs.spinodal.cache_clear()
        gamma = np.linspace(0.01, 0.23, 200)
        return (
            theory.dense.critical_load(np.linspace(0, 0.4957, 200), P=4),
            theory.dense.coexistence_load(np.linspace(0, 0.3629, 200), P=4),
            theory.dense.critical_temperature(gamma, P=4),
            theory.dense.at_temperature(gamma, P=4),
            theory.dense.nishimori_line(gamma, P=4),
            theory.dense.dynamical_temperature(gamma, P=4),
        )

    drawn = benchmark.pedantic(lines, rounds=2, warmup_rounds=1)
    assert drawn[0].gamma[0] == pytest.approx(0.1978601192, abs=1e-9)
