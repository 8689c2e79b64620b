"""Figures of the spin glasses: what they draw is what theory and simulation say."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import montecarlo
import statmech as sm
import theory
from figures.glass import cuts
from figures.overlaps import folded, measured, overlap_distribution, smoothed
from figures.p_spin import franz_parisi, potential_figure
from figures.scan import scan_figures
from figures.sherrington_kirkpatrick import energy_and_overlap, ladder_convergence, parisi_curve, theory_curves
from theory.parisi import Covariance, full_solution

SK = Covariance({2: 0.5})


@pytest.fixture(autouse=True)
def _no_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def tempered():
    return montecarlo.temper(
        sm.SherringtonKirkpatrick(T=0.5),
        N=64,
        temperatures=[0.5, 0.7, 0.9, 1.2],
        samples=6,
        seed=1,
        sweeps=400,
        thermalization=200,
    )


def scan(model, axes, *, parameters=None, sizes=(32, 64), **more):
    """A scan whose simulations are all the same numbers."""
    dims = (*axes, "N")
    shape = (*map(len, axes.values()), len(sizes))
    values = {"u": -0.6, "u_err": 0.01, "q": 0.3, "q_err": 0.02, "q2": 0.2, "q2_err": 0.02, "n_samples": 5}
    data = {name: (dims, np.full(shape, value)) for name, value in values.items()}
    data["equilibrated"] = (dims, np.ones(shape, bool))
    bins = montecarlo.measure.OVERLAP_CENTRES
    data["P_q"] = ((*dims, "P_q_bin"), np.full((*shape, len(bins)), 0.5))
    attributes = {"model": model, "axes": " ".join(axes), "parameters": json.dumps(parameters or {})}
    return xr.Dataset(data, {**axes, "N": list(sizes), "P_q_bin": bins}, attributes).assign(**more)


def test_overlap_distribution(tempered):
    solution = full_solution(SK, 0.5, steps=4)
    axes = overlap_distribution([tempered[0]], solution)
    q, density, error = folded(measured(tempered[0]))
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), np.stack([q, density], 1))
    assert np.all(error >= 0)
    # folding keeps the weight, but for the bin around zero that it leaves out
    assert np.sum(density) * (q[1] - q[0]) == pytest.approx(1, abs=0.05)


def test_smoothing_keeps_a_flat_distribution_and_nearly_all_weight(tempered):
    of = measured(tempered[0])
    q, density, _ = smoothed(of)
    assert np.sum(density) * (q[1] - q[0]) == pytest.approx(1, abs=0.02)
    flat = measured(scan("sherrington_kirkpatrick", {"T": [0.5]}).isel(T=0, N=0))
    np.testing.assert_allclose(smoothed(flat)[1], 0.5)
    assert np.all(np.isnan(flat.error))


@pytest.mark.parametrize(("T", "h"), [(0.6, 0.0), (0.3, 0.3)])
def test_what_is_drawn_of_the_parisi_distribution_is_the_ladders(T, h):
    solution = full_solution(SK, T, h, steps=5)
    axes = overlap_distribution([], solution)
    (line,) = axes.lines
    q, density = line.get_xydata().T
    np.testing.assert_array_equal(density, solution.density(q))
    weights = sum(weight for _, weight in solution.peaks)
    assert np.trapezoid(density, q) + weights == pytest.approx(1, abs=1e-3)
    texts = [text.get_text() for text in axes.texts if "weight" in text.get_text()]
    assert len(texts) == len(solution.peaks) == (2 if h else 1)
    for place, weight in solution.peaks:
        assert f"$\\delta$ at {place:.2f}, weight {weight:.2f}" in texts


def test_no_arrow_crosses_a_label_of_a_peak_nearby():
    solution = full_solution(SK, 0.5, 0.4, steps=4)
    axes = overlap_distribution([], solution, signed=True)
    lowest = min(place for place, _ in solution.peaks)
    labels = [text for text in axes.texts if "weight" in text.get_text()]
    assert [(text.xy[0], text.get_ha()) for text in labels] == [(lowest, "right")] * 2
    assert len({text.xy[1] for text in labels}) == 2


def test_one_step_has_two_peaks_and_nothing_between():
    solution = theory.p_spin.parisi_function(sm.PSpin(p=3, T=0.5))
    axes = overlap_distribution([], solution)
    assert len(axes.lines) == 0
    x = theory.solve(sm.PSpin(p=3, T=0.5)).x
    assert [
        f"weight {weight:.2f}" in text.get_text() for weight, text in zip((1 - x, x), axes.texts[1::2], strict=True)
    ]


def test_energy_and_overlap_against_temperature(tempered):
    solutions = [full_solution(SK, T, steps=2) for T in (0.5, 1.2)]
    left, right = energy_and_overlap(solutions, {64: tempered})
    np.testing.assert_allclose(left.lines[0].get_ydata(), [s.u for s in solutions])
    np.testing.assert_allclose(right.lines[0].get_ydata(), [s.q_EA for s in solutions])
    assert len(left.containers) == len(right.containers) == 1


def test_steps_of_the_ladder_come_closer():
    axes = ladder_convergence([full_solution(SK, T, steps=4) for T in (0.4, 0.5)])
    lines = [line for line in axes.lines if len(line.get_ydata()) > 2]
    assert [np.all(np.diff(line.get_ydata()) < 0) for line in lines] == [True, True]


def test_franz_parisi_potential_has_a_minimum_between_its_transitions():
    at = [theory.p_spin.franz_parisi_potential(sm.PSpin(p=3, T=T)) for T in (0.75, 0.665)]
    axes = franz_parisi(at)
    minima = [line for line in axes.lines if line.get_marker() == "o"]
    assert len(minima) == 1
    assert minima[0].get_ydata()[0] == pytest.approx(at[1].minimum[1])


def test_potential_around_the_transitions():
    left, right = potential_figure(4).axes
    depths = [line.get_ydata()[0] for line in left.lines if line.get_marker() == "o"]
    assert depths[-1] == pytest.approx(0, abs=1e-9)  # at T_s
    assert [text.get_text().count("T'") for text in right.get_legend().get_texts()] == [1, 0, 1, 1]


def test_scan_of_the_sherrington_kirkpatrick_model(monkeypatch):
    monkeypatch.setattr("figures.sherrington_kirkpatrick.LADDER", ((0.8,), 2))
    monkeypatch.setattr("figures.sherrington_kirkpatrick.BROKEN_POINTS", 2)
    results = scan("sherrington_kirkpatrick", {"T": [0.4, 0.8, 1.2]}, parameters={"h": 0.0})
    results["equilibrated"][0, 1] = False
    drawn = scan_figures(results)
    assert list(drawn) == ["figure", "overlaps", "steps"]
    energy, overlap, distance, square = drawn["figure"].axes
    assert energy.get_legend_handles_labels()[1] == ["replica symmetric", "one step", "Parisi"]
    assert overlap.get_legend_handles_labels()[1] == ["$N=32$", "$N=64$", "not equilibrated"]
    for ax in (energy, distance, square):
        crosses = [line for line in ax.lines if line.get_marker() == "X"]
        assert [line.get_xdata().tolist() for line in crosses] == [[0.4]]
    points = next(line for line in distance.lines if line.get_marker() == "o")
    u = full_solution(SK, 0.8, steps=4).u
    assert points.get_ydata()[1] == pytest.approx((-0.6 - u) * 32 ** (2 / 3), abs=1e-4)
    assert [ax.get_title() for ax in drawn["overlaps"].axes] == ["$T = 0.4$", "$T = 0.8$"]
    assert "not equilibrated" in drawn["overlaps"].axes[0].get_legend().get_texts()[1].get_text()


def test_scan_along_the_field(monkeypatch):
    monkeypatch.setattr("figures.sherrington_kirkpatrick.LADDER", ((0.8,), 2))
    monkeypatch.setattr("figures.sherrington_kirkpatrick.BROKEN_POINTS", 2)
    results = scan("sherrington_kirkpatrick", {"h": [0.4, 0.8]}, parameters={"T": 0.7})
    drawn = scan_figures(results)
    assert list(drawn) == ["figure", "steps"]
    line = drawn["figure"].axes[1].lines[0]
    assert line.get_ydata()[-1] == pytest.approx(theory.solve(sm.SherringtonKirkpatrick(T=0.7, h=0.8)).q)


def test_what_the_scan_holds_of_the_theory_is_not_solved_again(monkeypatch):
    """Nor does it matter to the lines; above the AT line one step and Parisi's are the replica-symmetric one."""
    results = scan("sherrington_kirkpatrick", {"T": [0.4, 0.9]}, parameters={"h": 0.4})
    monkeypatch.setattr("figures.sherrington_kirkpatrick.BROKEN_POINTS", 2)
    (cut,) = cuts(results)
    flat, one, solved = theory_curves(cut)
    answers = [theory.solve(cut.model(T), ansatz="full") for T in (0.4, 0.9)]
    for name in ("u", "q", "m", "q_EA"):
        results[f"{name}_theory"] = ("T", [getattr(answer, name) for answer in answers])
    results["theory_ansatz"], results["theory_converged"] = ("T", ["full"] * 2), ("T", [True] * 2)
    monkeypatch.setattr("figures.sherrington_kirkpatrick.parisi_function", None)
    (cut,) = cuts(results)
    held = parisi_curve(cut, cut.values)
    for name in ("u", "q", "q2", "q_EA"):
        np.testing.assert_allclose(getattr(held, name), getattr(solved, name), atol=1e-4)
    for line in (one, held):
        assert line.q2[-1] == pytest.approx(flat.q2[-1], abs=1e-9)


def test_scan_of_several_p_is_cut_into_one_figure_each():
    results = scan("p_spin", {"p": [3, 4], "T": [0.5, 0.66, 0.8]}, parameters={"h": 0.0})
    drawn = scan_figures(results)
    assert list(drawn) == ["figure", "overlaps", "potential", "figure-p-4", "overlaps-p-4"]
    _, overlap, *_ = drawn["figure"].axes
    dotted = next(line for line in overlap.lines if line.get_linestyle() == ":" and len(line.get_xdata()) > 2)
    assert dotted.get_ydata()[0] == pytest.approx(0.81352, abs=1e-4)  # q_EA at T_s and at T_d
    assert dotted.get_ydata()[-1] == pytest.approx(0.64314, abs=1e-3)
    assert overlap.get_ylabel() == r"$\langle q\rangle$"
    assert drawn["figure-p-4"].axes[1].get_ylabel() == r"$\langle|q|\rangle$"
    assert drawn["overlaps"].axes[0].get_xlim() == (-1, 1)


def test_scan_of_theory_alone_has_lines_and_no_points():
    results = scan("p_spin", {"T": [0.5, 0.8]}, parameters={"p": 3, "h": 0.0})
    alone = xr.Dataset({"u_theory": ("T", [-0.8, -0.6])}, {"T": [0.5, 0.8]}, results.attrs)
    drawn = scan_figures(alone)
    assert list(drawn) == ["figure", "potential"]
    assert all(line.get_marker() == "None" for line in drawn["figure"].axes[0].lines)


def test_scan_of_the_random_energy_model():
    figure = scan_figures(scan("random_energy", {"T": [0.3, 0.9]}))["figure"]
    exact = figure.axes[0].lines[1]
    np.testing.assert_allclose(exact.get_ydata()[[0, -1]], [-np.sqrt(np.log(2)), -1 / 1.8])


def test_scan_of_one_point_has_a_figure():
    results = scan("random_energy", {"T": [0.5]}).isel(T=0, drop=True)
    results.attrs |= {"axes": "", "parameters": '{"T": 0.5}'}
    (cut,) = cuts(results)
    assert cut.values.tolist() == [0.5]
    assert list(scan_figures(results)) == ["figure"]


def test_nothing_finished_is_refused():
    for model in ("sherrington_kirkpatrick", "p_spin", "random_energy"):
        with pytest.raises(ValueError, match="nothing of the scan is finished yet"):
            scan_figures(xr.Dataset(attrs={"model": model}))


def test_systems_without_figures_have_none():
    assert scan_figures(xr.Dataset(attrs={"model": "spherical_perceptron"})) == {}
    assert scan_figures(xr.Dataset(attrs={"model": "nowhere"})) == {}
