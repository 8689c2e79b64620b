"""Figures of teacher and student: generalisation errors against the load, through the first-order jump."""

import json
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import theory
from figures.binary_perceptron import settled_points
from figures.overlay import check_axes
from figures.style import COLOURS, COLUMN, publication
from statmech import TeacherStudent

ERRORS = {"eps_gibbs": "Gibbs: one student", "eps_bayes": "vote of many, Bayes at $T=0$"}


def generalisation(T: float, results: xr.Dataset | None = None, ax: Axes | None = None, points: int = 300) -> Axes:
    r"""Generalisation errors at one temperature, simulation over theory.

    Full lines are the uninformed state, metastable beyond the thermodynamic transition, up to its spinodal, and perfect
    learning; the dashed lines between are unstable. Both transitions are marked. Crosses did not equilibrate: near the
    jump some replicas have found the teacher, and others have not.

    Parameters
    ----------
    T : float
        Temperature; at T = 0 learning is Bayes-optimal.
    results : xarray.Dataset, optional
        Results of a scan over alpha at this temperature; the largest N is drawn, at the load P/N that is simulated.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    points : int
        Points of the theory's curve.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    branch = theory.teacher_student.learning_branch(T, points)
    turn = int(np.argmax(branch.alpha)) + 1
    spinodal = float(theory.teacher_student.spinodal(T).alpha)
    transition = float(theory.teacher_student.thermodynamic_transition(T).alpha)
    largest = 1.5 * spinodal if results is None else max(1.05 * float(results.alpha.max()), 1.1 * spinodal)
    for k, (name, label) in enumerate(ERRORS.items()):
        error = np.asarray(getattr(branch, name), dtype=float)
        axes.plot(branch.alpha[:turn], error[:turn], color=COLOURS[k], label=label)
        axes.plot(branch.alpha[turn - 1 :], error[turn - 1 :], color=COLOURS[k], linestyle="--", linewidth=0.8)
        if results is not None:
            run = results.isel(N=-1)
            values = [run[column].to_numpy().astype(float) for column in ("alpha", name, f"{name}_err")]
            N = int(run.N)
            values[0] = np.array([TeacherStudent(alpha=load).patterns(N) / N for load in values[0]])  # as simulated
            good = np.isfinite(values[1])
            settled = run["equilibrated"].to_numpy().astype(bool)[good]
            alpha, mean, bar = (column[good] for column in values)
            settled_points(axes, alpha, mean, bar, settled, number=k)
    axes.hlines(0, transition, largest, color=COLOURS[2], linewidth=1.6, label="perfect learning")
    for place, dash, label in ((transition, "--", "transition"), (spinodal, ":", "spinodal")):
        axes.axvline(place, color="0.6", linestyle=dash, linewidth=0.8, label=rf"{label}, $\alpha={place:.4g}$")
    title = f"$T={T:g}$" + ("" if results is None else f", $N={int(results.N[-1])}$")
    axes.set(
        xlabel=r"examples over weights $\alpha$", ylabel=r"generalisation error $\epsilon$", title=title,
        xlim=(0, largest), ylim=(-0.015, 0.52),
    )  # fmt: skip
    axes.legend()
    return axes


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figure of a scan over alpha at a fixed temperature.

    Parameters
    ----------
    results : xarray.Dataset
        As `scans` stores it.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``"figure"``: the errors at the temperature of the scan, and beside it the theory at T = 0.

    Raises
    ------
    ValueError
        If no simulation is finished yet, or the axes are others.
    """
    if "eps_gibbs" not in results:
        raise ValueError("results = (empty) is not allowed: no simulation of the scan is finished yet")
    check_axes(results, "alpha")
    fixed: dict[str, Any] = json.loads(results.attrs.get("parameters", "{}"))
    with publication():
        size = (2.1 * COLUMN, 1.0 * COLUMN)
        figure, (left, right) = plt.subplots(1, 2, figsize=size, layout="constrained", sharey=True)
        generalisation(float(fixed["T"]), results, left)
        generalisation(0.0, None, right).set_ylabel("")
        return {"figure": figure}
