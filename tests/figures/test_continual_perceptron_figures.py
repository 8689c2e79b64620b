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
from theory.continual_perceptron import coexistence_load, spinodal_load

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


def test_the_jump_is_at_the_spinodal():
    ax = against(MODEL, "alpha2", [0.5, 2.0, 3.0], ["eps2"])
    stable, metastable, jump = ax.lines
    some = sm.ContinualPerceptron(alpha1=1, alpha2=1, r0=0.5)
    end, crossing = spinodal_load(some).alpha2, coexistence_load(some).alpha2
    assert jump.get_xdata()[0] == pytest.approx(end, rel=1e-6)
    np.testing.assert_allclose(metastable.get_xdata(), [crossing, 2.0, end], rtol=1e-6)
    assert metastable.get_ydata()[-1] == pytest.approx(spinodal_load(some).eps2, abs=1e-3)
    np.testing.assert_allclose(stable.get_xdata(), [0.5, crossing, crossing, crossing, 2.0, 3.0])
    assert np.isnan(stable.get_ydata()[2])
    np.testing.assert_array_equal(stable.get_ydata()[3:], 0)


def test_a_metastable_state_that_goes_on_is_drawn_to_the_last_load():
    some = sm.ContinualPerceptron(alpha1=1, alpha2=1, r0=0.5)
    last = 0.5 * (coexistence_load(some).alpha2 + spinodal_load(some).alpha2)
    stable, metastable = against(MODEL, "alpha2", [0.5, last], ["eps2"]).lines
    assert metastable.get_xdata()[-1] == stable.get_xdata()[-1] == last
    assert metastable.get_ydata()[-1] > 0 == stable.get_ydata()[-1]


def test_trade_off_and_planes():
    figure = trade_off(sm.ContinualPerceptron(alpha1=1, alpha2=0.5), overlaps=(0.0, 0.9), points=6)
    ax = figure.axes[0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["$r_0 = 0$", "$r_0 = 0.9$"]
    forgetting = ax.lines[1].get_ydata()
    assert np.all(np.diff(forgetting[np.isfinite(forgetting)]) < 0)
    drawn = planes(MODEL, points=3)
    meshes = [ax.collections[0] for ax in drawn.axes[:4]]
    assert meshes[0].get_clim() == meshes[2].get_clim()
    assert meshes[1].get_clim() == meshes[3].get_clim()


def test_certain_weights_move_least():
    left, right = consolidation(sm.ContinualPerceptron(alpha1=1, alpha2=1, r0=0.0), N=501, samples=3).axes
    moved, turned = (container.lines[0].get_ydata() for container in right.containers)
    assert np.nanmean(moved[:8]) < 0.7 * moved[-1]
    assert np.nanmean(turned[:8]) < 0.4 * turned[-1]
    drawn = left.containers[0].lines[0].get_ydata()
    np.testing.assert_allclose(drawn, left.patches[0].get_data().values, atol=0.03)


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
