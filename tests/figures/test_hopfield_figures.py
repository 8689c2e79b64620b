"""Figures: they take results, return artists, leave global settings alone, and their numbers are right."""

import json

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import statmech as sm
import theory
from figures.finite_size import chi_square, extrapolate, finite_size
from figures.hopfield import PLANE, hopfield_diagram, hopfield_lines
from figures.overlay import cut, pulls
from figures.retrieval import fits_away_from_lines, overlay_chi_square
from figures.scan import scan_figures
from figures.style import COLORMAP, COLOURS, publication

ALPHA, TEMPERATURES, SIZES, SAMPLES = [0.02, 0.05, 0.09], [0.3, 0.4, 0.7], [500, 1000, 2000], 10


@pytest.fixture(autouse=True)
def _no_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.fixture
def results():
    """A scan whose simulation is the theory plus 2/N plus noise of the error that it states."""
    rng = np.random.default_rng(4)
    truth = np.array([[theory.solve(sm.Hopfield(alpha=a, T=T)).m for T in TEMPERATURES] for a in ALPHA])
    draws = rng.normal(0, 0.01, (3, 3, 3, SAMPLES)) * (500 / np.array(SIZES))[:, None] ** 0.5
    m = np.nan_to_num(truth)[..., None] + 2 / np.array(SIZES) + draws.mean(-1)
    axes = ("alpha", "T", "N")
    return xr.Dataset(
        {
            "m": (axes, m),
            "m_err": (axes, draws.std(-1, ddof=1) / np.sqrt(SAMPLES)),
            "m_theory": (axes[:2], truth),
            "equilibrated": (axes, np.ones(m.shape, bool)),
            "n_samples": (axes, np.full(m.shape, SAMPLES)),
        },
        {"alpha": ALPHA, "T": TEMPERATURES, "N": SIZES},
        {"model": "hopfield"},
    )


def test_extrapolation_undoes_the_finite_size_term(results):
    fit = extrapolate(results.sel(alpha=0.05, T=0.4))
    assert abs(fit.pull) < 4
    assert fit.error < 0.01
    exact = results.sel(alpha=0.05, T=0.4).copy()
    exact["m"] = ("N", fit.theory + 2 / np.array(SIZES))
    again = extrapolate(exact)
    assert again.limit == pytest.approx(fit.theory, abs=1e-12)
    assert again.slope == pytest.approx(2, abs=1e-9)


def test_extrapolation_uses_only_what_equilibrated_and_kept_the_state(results):
    point = results.sel(alpha=0.05, T=0.4).copy()
    point["equilibrated"] = ("N", [False, True, True])
    assert extrapolate(point).sizes.tolist() == [1000, 2000]
    point["retrieved"] = ("N", [1.0, 0.9, 1.0])
    assert extrapolate(point) is None


@pytest.mark.parametrize(
    ("sizes", "samples"), [((500, 1000, 2000), 8), ((500, 1000, 2000, 4000), 20), ((500, 1000), 5)]
)
def test_chi_square_of_agreement_is_distributed_as_it_says(sizes, samples):
    """Overlays of 14 points without any discrepancy: one in twenty has p < 0.05, and the mean per point is 1."""
    rng = np.random.default_rng(1)
    p_values, values = [], []
    for _ in range(120):
        fits = []
        for _ in range(14):
            draws = rng.normal(0, 1, (len(sizes), samples)) / np.sqrt(np.array(sizes)[:, None])
            point = xr.Dataset(
                {
                    "m": ("N", 0.5 + draws.mean(1)),
                    "m_err": ("N", draws.std(1, ddof=1) / np.sqrt(samples)),
                    "m_theory": 0.5,
                    "n_samples": ("N", [samples] * len(sizes)),
                    "equilibrated": ("N", [True] * len(sizes)),
                },
                {"N": list(sizes)},
            )
            fits.append(extrapolate(point))
        chi = chi_square(fits)
        p_values.append(chi.p_value)
        values.append(chi.value / chi.dof)
    assert np.mean(values) == pytest.approx(1, abs=0.12)
    assert np.mean(np.array(p_values) < 0.05) < 0.13
    assert np.mean(np.array(p_values) < 0.5) == pytest.approx(0.5, abs=0.17)


def test_chi_square_sees_a_wrong_theory(results):
    right = overlay_chi_square(PLANE, results)
    assert right.p_value > 1e-3
    assert "χ²/dof" in repr(right)
    wrong = results.assign(m_theory=results.m_theory * 0.98)
    assert overlay_chi_square(PLANE, wrong).p_value < 1e-6
    with pytest.raises(ValueError, match="fits = .* is not allowed"):
        chi_square([])


def test_fits_stay_away_from_the_lines(results):
    labels = [label for label, _ in fits_away_from_lines(PLANE, results)]
    # alpha = 0.09 lies within a tenth of alpha_M(0.3) = 0.103, and 0.05 beyond alpha_M(0.7) = 0.022
    assert labels == [
        rf"$\alpha={a}$, $T={T}$"
        for a, T in ((0.02, 0.3), (0.02, 0.4), (0.02, 0.7), (0.05, 0.3), (0.05, 0.4), (0.09, 0.3))
    ]


def test_two_sizes_are_not_extrapolated_into_a_verdict(results):
    results["equilibrated"][..., 0] = False
    assert fits_away_from_lines(PLANE, results) == []
    assert overlay_chi_square(PLANE, results) is None
    drawn = scan_figures(results)
    assert set(drawn) == {"figure"}
    assert "too few sizes" in drawn["figure"].get_suptitle()


def test_pulls_are_differences_over_errors(results):
    expected = (results.m - results.m_theory) / results.m_err
    np.testing.assert_array_equal(pulls(results), expected)
    silent = results.assign(m_err=results.m_err * 0)
    assert np.isnan(pulls(silent)).all()


def test_cut_draws_line_points_and_pulls(results):
    section = results.sel(T=0.4)
    drawn = cut(section, "alpha", ([0.0, 0.1], [1.0, 0.9]))
    assert len(drawn.bars) == 2 * len(SIZES)
    np.testing.assert_array_equal(drawn.line.get_xydata(), [[0, 1], [0.1, 0.9]])
    np.testing.assert_allclose(drawn.bars[2].lines[0].get_ydata(), section.m.sel(N=1000))
    assert drawn.pull_ax is not drawn.ax
    assert "not equilibrated" not in drawn.ax.get_legend_handles_labels()[1]


def test_points_of_a_cut_that_did_not_equilibrate_are_crosses(results):
    section = results.sel(T=0.4)
    section["equilibrated"][-1, 1] = False
    drawn = cut(section, "alpha", ([0.0, 0.1], [1.0, 0.9]))
    circles, crosses = (drawn.bars[k].lines[0] for k in (2, 3))
    assert (crosses.get_marker(), crosses.get_ydata().tolist()) == ("X", [float(section.m[-1, 1])])
    np.testing.assert_allclose(circles.get_ydata(), section.m.sel(N=1000)[:-1])
    assert [line.get_marker() for line in drawn.pull_ax.get_lines()].count("X") >= 1
    assert "not equilibrated" in drawn.ax.get_legend_handles_labels()[1]


def test_diagram_draws_every_line_where_the_theory_puts_it(results):
    _, ax = plt.subplots()
    drawn = hopfield_diagram(results, ax=ax)
    assert drawn.ax is ax
    assert [line.get_label() for line in drawn.lines] == list(hopfield_lines(5))
    capacity = drawn.lines[1].get_xdata()
    assert capacity[0] == pytest.approx(0.13790557, abs=1e-8)
    offsets = np.concatenate([points.get_offsets() for points in drawn.points])
    assert len(offsets) == len(ALPHA) * len(TEMPERATURES)
    assert {tuple(np.round(x, 6)) for x in offsets.tolist()} == {(a, T) for a in ALPHA for T in TEMPERATURES}


def test_points_that_did_not_equilibrate_look_different(results):
    results["equilibrated"][0, 0, -1] = False
    _, ax = plt.subplots()
    _, unsettled = hopfield_diagram(results, ax=ax).points
    assert len(unsettled.get_offsets()) == 1
    assert unsettled.get_label() == "not equilibrated"


def test_scan_figures_leave_global_settings_alone(results, tmp_path):
    before = dict(mpl.rcParams)
    drawn = scan_figures(results)
    assert set(drawn) == {"figure", "finite-size"}
    for name, figure in drawn.items():
        figure.savefig(tmp_path / f"{name}.pdf")
        assert (tmp_path / f"{name}.pdf").stat().st_size > 10_000
    assert dict(mpl.rcParams) == before


def test_scan_figures_of_a_bare_scan(results):
    """One N, one sample: no error, nothing to extrapolate, and still a figure."""
    bare = results.isel(N=[0]).assign(m_err=results.m_err.isel(N=[0]) * np.nan)
    assert set(scan_figures(bare)) == {"figure"}


@pytest.mark.parametrize("missing", ["alpha", "T", "both", "simulation", "theory"])
def test_scan_figures_of_partial_scans(results, missing):
    """Fixed parameters instead of axes, theory alone, simulation alone."""
    if missing in ("alpha", "T", "both"):
        fixed = {"alpha": 0.05, "T": 0.4} if missing == "both" else {missing: {"alpha": 0.05, "T": 0.4}[missing]}
        part = results.sel(fixed, drop=True).assign_attrs(parameters=json.dumps(fixed))
    elif missing == "simulation":
        part = results[["m_theory"]]
    else:
        part = results.drop_vars("m_theory")
    drawn = scan_figures(part)
    assert drawn["figure"].axes
    if missing == "theory":
        assert set(drawn) == {"figure", "finite-size"}


def test_scan_without_results_has_no_figure(results):
    with pytest.raises(ValueError, match="nothing of the scan is finished"):
        scan_figures(results.drop_vars(list(results.data_vars)))


def test_finite_size_page_starts_at_infinite_size(results):
    ax = finite_size(fits_away_from_lines(PLANE, results))
    assert ax.get_xlim()[0] < 0
    assert len(ax.get_legend().get_texts()) == 6


def test_colours_stay_apart_in_grey():
    """The colour map is monotone in luminance, and the first line colours differ in it."""
    grey = np.array([0.2126, 0.7152, 0.0722])
    luminance = mpl.colormaps[COLORMAP](np.linspace(0, 1, 64))[:, :3] @ grey
    assert np.all(np.diff(luminance) > 0)
    lines = np.sort([np.array(mpl.colors.to_rgb(colour)) @ grey for colour in COLOURS[:4]])
    assert np.diff(lines).min() > 0.02


def test_style_is_a_context():
    before = dict(mpl.rcParams)
    with publication():
        assert mpl.rcParams["font.size"] == 8
    assert dict(mpl.rcParams) == before
