"""Figures of perceptrons: theory under simulation, entropies by integration, glassy points crossed out."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import statmech as sm
import theory
from figures.binary_perceptron import integrated, plane
from figures.scan import scan_figures
from figures.teacher_student import generalisation, learning_figure
from montecarlo.message_passing import amp, taught_patterns
from statmech.perceptron import generalisation_error

ALPHA = [0.5, 1.0]
T = np.geomspace(0.4, 20.0, 16).tolist()


@pytest.fixture(autouse=True)
def _no_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def dataset(model: str, parameters: dict, values: dict, coords: dict) -> xr.Dataset:
    """A scan of which everything but the coldest point equilibrated, with errors of 0.002."""
    shape = tuple(len(axis) for axis in coords.values())
    settled = np.ones(shape, bool)
    settled[-1, 0] = len(coords) < 3
    variables = {name: (tuple(coords), array) for name, array in values.items()}
    variables |= {f"{name}_err": (tuple(coords), np.full(shape, 0.002)) for name in values}
    variables |= {"equilibrated": (tuple(coords), settled), "n_samples": (tuple(coords), np.full(shape, 4))}
    attributes = {"model": model, "parameters": json.dumps(parameters), "axes": " ".join(coords)}
    return xr.Dataset(variables, coords, attributes)


@pytest.fixture
def storage() -> xr.Dataset:
    """A scan whose simulation is the theory."""
    exact = [[theory.solve(sm.BinaryPerceptron(alpha=alpha, T=at)) for at in T] for alpha in ALPHA]
    values = {name: np.array([[[getattr(one, name)] for one in row] for row in exact]) for name in ("u", "q")}
    return dataset("binary_perceptron", {"kappa": 0.0}, values, {"alpha": ALPHA, "T": T, "N": [1001]})


def test_entropy_by_integration_is_that_of_the_theory(storage) -> None:
    s, error, settled = integrated(storage.isel(N=0).sel(alpha=1.0), 1.0, 0.0)
    assert s == pytest.approx([theory.solve(sm.BinaryPerceptron(alpha=1.0, T=at)).s for at in T], abs=2e-3)
    assert settled.tolist() == [False, *[True] * (len(T) - 1)]
    assert np.all(np.diff(error[:8]) < 0)  # errors gather from high temperatures on


def test_scan_of_storage(storage) -> None:
    figure = scan_figures(storage)["figure"]
    energy, _, entropy, where = figure.axes
    line = energy.lines[0]
    N = int(storage.N[-1])
    first = sm.BinaryPerceptron(alpha=round(0.5 * N) / N, T=float(line.get_xdata()[0]))  # the load that is simulated
    assert line.get_ydata()[0] == pytest.approx(theory.solve(first).u, rel=1e-12)
    assert len(energy.containers) == len(entropy.containers) == 3  # two loads, and the crosses of one
    assert [len(points.get_xdata()) for points in where.lines[1:]] == [2 * len(T) - 1, 1]
    with pytest.raises(ValueError, match="is of alpha and T"):
        scan_figures(storage.isel(T=0))
    with pytest.raises(ValueError, match="no simulation"):
        scan_figures(storage.drop_vars("u"))


def test_weights_freeze_above_the_capacity() -> None:
    line = plane().lines[0]
    assert line.get_xdata()[0] == pytest.approx(0.8330786, abs=1e-6)
    assert np.all(np.diff(line.get_ydata()) > 0)


def test_scan_of_a_rule() -> None:
    alpha = [1.0, 3.0, 6.0]
    values = {name: np.full((3, 1), 0.2) for name in ("eps_gibbs", "eps_bayes")}
    scan = dataset("teacher_student", {"T": 2.0}, values, {"alpha": alpha, "N": [201]})
    figure = scan_figures(scan)["figure"]
    labels = {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
    assert {r"transition, $\alpha=3.984$", r"spinodal, $\alpha=4.879$"} <= labels
    assert len(figure.axes[0].containers) == 2
    with pytest.raises(ValueError, match="is of alpha"):
        scan_figures(scan.isel(alpha=0))
    with pytest.raises(ValueError, match="no simulation"):
        scan_figures(scan.drop_vars("eps_gibbs"))


def test_message_passing_is_over_the_learning_curves() -> None:
    runs = []
    for T in (0.0, 1.0):
        for k in range(4):
            X, teacher = taught_patterns(sm.TeacherStudent(alpha=0.5 + 1.5 * (k % 2)), 101, np.random.SeedSequence(k))
            runs.append(amp(X, teacher=teacher, T=T))
    assert all(run.converged for run in runs)
    figure = learning_figure({"AMP": runs})
    assert [ax.get_title() for ax in figure.axes] == ["$T=0$", "$T=1$"]
    gibbs, vote = (container.lines[0] for container in figure.axes[0].containers)
    assert gibbs.get_xdata().tolist() == vote.get_xdata().tolist() == [50 / 101, 2.0]
    expected = [generalisation_error(runs[k].r) for k in (0, 2)]
    assert gibbs.get_ydata()[0] == pytest.approx(np.mean(expected))
    assert vote.get_ydata()[1] == pytest.approx(np.mean([runs[k].eps_bayes for k in (1, 3)]))
    labels = {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
    assert {"AMP", r"transition, $\alpha=1.245$", r"spinodal, $\alpha=1.493$"} <= labels


def test_learning_curve_of_the_theory() -> None:
    line = generalisation(2.0).lines[0]
    k = 20
    solution = theory.solve(sm.TeacherStudent(alpha=float(line.get_xdata()[k]), T=2.0))
    assert line.get_ydata()[k] == pytest.approx(solution.eps_gibbs, rel=1e-6)
