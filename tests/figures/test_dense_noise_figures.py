"""Figure of the noise of dense networks: its lines are the theory's, its points what was measured."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest

import montecarlo
import statmech as sm
from figures.dense_noise import covariance, measured_covariance, noise_figure, susceptibility
from montecarlo.engines.interactions import elementary_symmetric


@pytest.fixture(autouse=True)
def _no_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def test_covariance_is_drawn_over_both_conventions():
    q = np.array([0.2, 0.9])
    ax = covariance({"repeated": (q, q**2, [0.1, 0.1])})
    distinct, repeated = ax.get_legend().get_lines()[:2]
    lines = [line for line in ax.lines if len(line.get_xdata()) == 100]
    x = lines[0].get_xdata()
    np.testing.assert_allclose(lines[0].get_ydata(), x**4 / 4, atol=1e-15)
    np.testing.assert_allclose(lines[1].get_ydata(), (x**4 + 3 * x**2) / 4, atol=1e-15)
    assert distinct.get_color() != repeated.get_color()
    assert len(ax.containers) == 1
    np.testing.assert_allclose(ax.containers[0].lines[0].get_ydata(), q**2)


def test_response_is_the_inverse_replicon_and_pairs_have_their_hard_part_dashed():
    runs = {
        label: montecarlo.temper(
            model, N=24, temperatures=[1.6, 2.0], samples=3, seed=1, sweeps=60, thermalization=10
        ).simulations
        for label, model in (
            ("distinct", sm.DenseHebbian(P=4, gamma=0.2, T=1.6)),
            ("repeated", sm.DenseHebbian(P=4, gamma=0.2, T=1.6, indices="repeated")),
            ("pairs", sm.Hopfield(alpha=0.1, T=1.6)),
        )
    }
    ax = susceptibility(runs)
    distinct, repeated, pairs, hard = (line for line in ax.lines if len(line.get_xdata()) == 100)
    T = pairs.get_xdata()
    np.testing.assert_allclose(distinct.get_ydata(), 1)
    np.testing.assert_allclose(repeated.get_ydata(), 1 / (1 - 0.3 / T**2))
    np.testing.assert_allclose(pairs.get_ydata(), 1 / (1 - 0.1 / (T - 1) ** 2))
    np.testing.assert_allclose(hard.get_ydata(), 1 / (1 - 0.1 / T**2))
    assert hard.get_linestyle() == "--"
    for container, points in zip(ax.containers, runs.values(), strict=True):
        np.testing.assert_allclose(
            container.lines[0].get_ydata(orig=False), [24 * run.estimates["q2"].mean for run in points]
        )


def test_measured_covariance_is_that_of_products_of_four_spins():
    """Products of distinct spins are independent, so that e_4 of the overlap counts them, at any N."""
    N = 60
    q, mean, error = measured_covariance("distinct", N=N)
    e4 = np.array(elementary_symmetric(N, 4), float)[np.rint((q + 1) * N / 2).astype(int)]
    pull = (mean - e4 / (N * math.comb(N - 1, 3))) / error
    assert np.all(np.abs(pull) < 4)
    assert np.allclose(q, np.linspace(0.1, 1, 10))


def test_both_panels_have_points_and_lines():
    left, right = noise_figure(N=12, samples=2).axes
    assert [len(ax.containers) for ax in (left, right)] == [2, 3]
    assert all(len(container.lines[2]) == 1 for ax in (left, right) for container in ax.containers)
