"""States next to a single example, of networks that learn without a teacher."""

import math

import numpy as np
import pytest

import statmech as sm
import theory
from statmech.gaussian import normal_grid
from theory.learning import generalization_examples, kappa
from theory.learning.states import solve_learning


def example(P, gamma, T, r, M):
    return theory.solve(sm.UnsupervisedHebbian(P=P, gamma=gamma, T=T, r=r, M=M), start="example")


def others(r, M):
    """Mean of the M - 1 other examples on a site."""
    k = np.arange(M)
    p = (1 + r) / 2
    return (2 * k - (M - 1)) / (M - 1), np.array(
        [math.comb(M - 1, j) * p**j * (1 - p) ** (M - 1 - j) for j in range(M)]
    )


@pytest.mark.parametrize(("P", "gamma", "T", "r", "M"), [(4, 0.003, 0.15, 0.6, 7), (6, 0.002, 0.1, 0.7, 9)])
def test_damped_iteration_on_a_plain_grid_arrives_at_the_same_state(P, gamma, T, r, M):
    mean, weights = others(r, M)
    R = r * r + (1 - r * r) / M
    load = gamma * kappa(r, M, P=P)
    n1, n2, q = 1.0, r * r, 1.0
    for _ in range(300):
        sigma = math.sqrt(load * q ** (P - 1))
        z, w = normal_grid(pole=math.pi * T / (2 * sigma))
        new = np.zeros(4)
        for chi, share in ((1, (1 + r) / 2), (-1, (1 - r) / 2)):
            h = (n1 ** (P - 1) * chi + (M - 1) * n2 ** (P - 1) * mean) / (M * R ** (P / 2))
            tanh = np.tanh((h[:, None] + sigma * z) / T)
            one = tanh @ w
            new += share * np.array([weights @ one * chi, weights * mean @ one, weights @ tanh**2 @ w, weights @ one])
        n1, n2, q = (n1 + new[0]) / 2, (n2 + new[1]) / 2, (q + new[2]) / 2
    found = example(P, gamma, T, r, M)
    assert found.stable
    assert found.n_example > n2 / r
    n = (n1 + (M - 1) * n2) / (M * math.sqrt(R))
    assert [found.m, found.n_example, found.n, found.q] == pytest.approx([new[3], n1, n, q], abs=1e-11)


@pytest.mark.parametrize(("P", "gamma"), [(4, 0.003), (2, 0.001)])
def test_entropy_and_energy_are_derivatives_of_the_free_energy(P, gamma):
    T, h = 0.1, 1e-4
    here, up, down = (example(P, gamma, t, 0.4, 3) for t in (T, T + h, T - h))
    assert here.converged
    assert -(up.f - down.f) / (2 * h) == pytest.approx(here.s, abs=1e-6)
    assert here.u == pytest.approx(here.f + T * here.s, abs=1e-14)


def test_examples_are_memorised_when_they_are_few():
    """P = 4, r = 0.6 without load: the example itself, m = r, up to M = 20; simulations lose it between 20 and 30."""
    for M in (2, 5, 10, 20, 23):
        found = example(4, 0.0, 0.0, 0.6, M)
        assert found.m == pytest.approx(0.6, abs=5e-3)
        assert found.n_example == pytest.approx(1, abs=5e-3)
    for M in (24, 30, 36, 40, 100):
        gone = example(4, 0.0, 0.0, 0.6, M)
        assert not gone.converged
        assert "leads to the archetype" in gone.message
    assert generalization_examples(0.6, P=4) > 30


def test_its_energy_is_that_of_the_example():
    """All spins on the example: n_1 = 1 and n_2 = r², exactly, where no other example disturbs it."""
    P, r, M = 4, 0.3, 3
    found = example(P, 0.0, 0.0, r, M)
    R = r * r + (1 - r * r) / M
    assert found.u == pytest.approx(-(1 + (M - 1) * r ** (2 * P)) / (P * M * R ** (P / 2)), abs=1e-14)
    assert found.stability == pytest.approx(1, abs=1e-12)


def test_where_there_is_none_it_says_so():
    for r, M in ((1.0, 5), (0.5, 1), (0.5, math.inf)):
        assert "no single example" in example(4, 0.01, 0.1, r, M).message
    assert not example(2, 0.05, 0.0, 0.6, 10).converged
    with pytest.raises(ValueError, match="start = 'example' is not allowed"):
        theory.solve(sm.SupervisedHebbian(P=4, gamma=0.01, T=0.1, r=0.5, M=5), start="example")
    with pytest.raises(ValueError, match="examples = 'gaussian' is not allowed"):
        solve_learning(sm.UnsupervisedHebbian(P=4, gamma=0, T=0, r=0.5, M=5), start="example", examples="gaussian")
    with pytest.raises(ValueError, match="start = 'example' is not allowed"):
        theory.solve(sm.UnsupervisedHebbian(P=4, gamma=0.01, T=0.1, r=0.5, M=5), start="example", ansatz="1RSB")
