"""Figures of two tasks: their lines are those of the theory, their points those of the simulation."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import montecarlo
import statmech as sm
import theory
from figures.continual_perceptron import against, consolidation, planes, trade_off, two_tasks
from figures.scan import scan_figures

MODEL = sm.ContinualPerceptron(alpha1=1, r0=0.5)


@pytest.fixture(autouse=True)
def _no_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def test_lines_and_points():
    runs = [montecarlo.simulate(sm.ContinualPerceptron(alpha1=1, alpha2=0.5, r0=0.5), N=51, samples=2, seed=1)]
    ax = against(MODEL, "alpha2", [0.2, 0.5], ["eps1", "eps2"], runs)
    expected = [theory.solve(sm.ContinualPerceptron(alpha1=1, alpha2=a, r0=0.5)).eps1 for a in (0.2, 0.5)]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), expected)
    assert ax.containers[0].lines[0].get_ydata()[0] == runs[0].eps1.mean
    left, right = two_tasks(MODEL, runs).axes
    assert len(left.containers) == 2
    assert len(right.containers) == 5


def test_trade_off_and_planes():
    ax = trade_off(sm.ContinualPerceptron(alpha1=1, alpha2=0.5), overlaps=(0.0, 0.9))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["$r_0 = 0$", "$r_0 = 0.9$"]
    forgetting = ax.lines[0].get_ydata()
    assert np.all(np.diff(forgetting[np.isfinite(forgetting)]) < 0)
    assert len(planes(MODEL, points=5).axes) == 8


def test_certain_weights_move_least():
    _, right = consolidation(sm.ContinualPerceptron(alpha1=1, alpha2=1, r0=0.0), N=1001).axes
    moved, turned = (line.get_ydata() for line in right.lines)
    assert moved[0] < 0.7 * moved[-1]
    assert turned[0] < 0.3 * turned[-1]


def test_scan_is_drawn_a_panel_for_each_overlap():
    axes = ("alpha2", "r0", "N")
    values = np.full((2, 2, 1), 0.3)
    results = xr.Dataset(
        dict.fromkeys(("eps1", "eps1_err", "eps2", "eps2_err"), (axes, values)),
        coords={"alpha2": [0.5, 1.0], "r0": [0.0, 0.5], "N": [101]},
        attrs={
            "model": "continual_perceptron",
            "units_done": 4,
            "parameters": json.dumps(
                {"alpha1": 1, "beta1": float("inf"), "beta2": float("inf"), "gamma1": 1, "gamma2": 1}
            ),
        },
    )
    drawn = scan_figures(results)["figure"]
    assert [ax.get_title() for ax in drawn.axes] == ["$r_0 = 0$", "$r_0 = 0.5$"]
    with pytest.raises(ValueError, match=r"axes = \['gamma2'\] is not allowed"):
        scan_figures(results.expand_dims(gamma2=[1.0]))
