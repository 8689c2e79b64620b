"""Figures of dense networks: their lines are those of the theory, and a scan is drawn over them."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import statmech as sm
import theory
from figures.dense import dense_diagram, dense_lines
from figures.scan import scan_figures

GAMMA, TEMPERATURES, SIZES, SAMPLES = [0.04, 0.1, 0.16], [0.2, 0.3], [60, 80, 120], 10


@pytest.fixture(autouse=True)
def _no_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.fixture
def results():
    """A scan whose simulation is the theory plus 1/N plus noise of the error that it states."""
    rng = np.random.default_rng(4)
    truth = np.array([[theory.solve(sm.DenseHebbian(P=4, gamma=g, T=T)).m for T in TEMPERATURES] for g in GAMMA])
    draws = rng.normal(0, 0.01, (3, 2, 3, SAMPLES))
    m = truth[..., None] + 1 / np.array(SIZES) + draws.mean(-1)
    axes = ("gamma", "T", "N")
    return xr.Dataset(
        {
            "m": (axes, m),
            "m_err": (axes, draws.std(-1, ddof=1) / np.sqrt(SAMPLES)),
            "m_theory": (axes[:2], truth),
            "equilibrated": (axes, np.ones(m.shape, bool)),
            "n_samples": (axes, np.full(m.shape, SAMPLES)),
        },
        {"gamma": GAMMA, "T": TEMPERATURES, "N": SIZES},
        {"model": "dense", "parameters": json.dumps({"P": 4, "indices": "distinct"})},
    )


def test_lines_of_the_diagram_meet_where_the_theory_says():
    lines = list(dense_lines(4, points=20).values())
    spinodal, broken, coexistence, _, dynamical, static, nishimori = lines
    tip = theory.dense.nishimori_tip(P=4)
    assert np.nanmax(spinodal.gamma) <= tip.gamma * (1 + 1e-12)
    assert broken.gamma[0] == pytest.approx(0.22917, abs=1e-5)
    assert coexistence.gamma[-1] < 1e-4
    np.testing.assert_allclose(nishimori.gamma, nishimori.T, rtol=1e-12)
    assert np.all(dynamical.T > static.T)


def test_repeated_indices_have_one_continuous_transition_and_no_nishimori_line():
    lines = dense_lines(4, "repeated", points=8)
    assert [label for label in lines if "glass" in label or "Nishimori" in label] == [r"$T_g$: glass"]
    glass = lines[r"$T_g$: glass"]
    np.testing.assert_allclose(glass.T**2, 1.5 * glass.gamma, rtol=1e-9)


def test_repeated_indices_of_larger_order_have_two_transitions_of_the_glass():
    lines = dense_lines(6, "repeated", points=8)
    assert [label for label in lines if "glass" in label] == [r"$T_d$: glass, dynamical", r"$T_s$: glass, static"]


@pytest.mark.slow
def test_plane_is_shaded_with_the_magnetisation_of_retrieval():
    drawn = dense_diagram(6)
    m = drawn.mesh.get_array()
    assert float(m.max()) == pytest.approx(1, abs=1e-9)
    assert drawn.lines[0].get_xdata().max() == pytest.approx(theory.dense.nishimori_tip(P=6).gamma, rel=1e-3)


def test_scan_of_one_order_is_drawn_over_its_plane(results):
    drawn = scan_figures(results)
    assert set(drawn) == {"figure", "finite-size"}
    assert "P = 4" in drawn["figure"].get_suptitle()
    with pytest.raises(ValueError, match="axes = P is not allowed"):
        scan_figures(results.expand_dims(P=[4]))
