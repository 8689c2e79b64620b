"""Figures of teacher and student: generalisation errors against the load, through the first-order jump."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import theory
from figures.binary_perceptron import settled_points
from figures.overlay import check_axes
from figures.style import COLOURS, COLUMN, MARKERS, publication
from montecarlo.message_passing import Messages
from statmech import TeacherStudent
from statmech.perceptron import generalisation_error

ERRORS = {"eps_gibbs": "Gibbs: one student", "eps_bayes": "vote of many, Bayes at $T=0$"}


def generalisation(T: float, results: xr.Dataset | None = None, ax: Axes | None = None, points: int = 300) -> Axes:
    r"""Generalisation errors at one temperature, simulation over theory.

    Full lines are the uninformed state, metastable beyond the thermodynamic transition, up to its spinodal, and perfect
    learning, dotted where it is metastable; the dashed lines between are unstable. Both transitions are marked. Crosses
    did not equilibrate: near the jump some replicas have found the teacher, and others have not.

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
    axes.hlines(0, 0, transition, color=COLOURS[2], linewidth=1.0, linestyle=":")
    for place, dash, label in ((transition, "--", "transition"), (spinodal, ":", "spinodal")):
        axes.axvline(place, color="0.6", linestyle=dash, linewidth=0.8, label=rf"{label}, $\alpha={place:.4g}$")
    title = f"$T={T:g}$" + ("" if results is None else f", $N={int(results.N[-1])}$")
    axes.set(
        xlabel=r"examples over weights $\alpha$", ylabel=r"generalisation error $\epsilon$", title=title,
        xlim=(0, largest), ylim=(-0.015, 0.52),
    )  # fmt: skip
    axes.legend()
    return axes


def message_points(runs: Mapping[str, Sequence[Messages]], ax: Axes) -> None:
    r"""Errors of message passing at every load: of one student, :math:`\arccos(r)/\pi`, and of the vote.

    Means over the instances that converged, with their standard errors; P/N is the load.

    Parameters
    ----------
    runs : mapping of str to sequence of Messages
        By the means that they began with, on instances of a teacher, all at one temperature.
    ax : matplotlib.axes.Axes
        Where to draw, over `generalisation` at this temperature.
    """
    for j, (label, some) in enumerate(runs.items()):
        found = [run for run in some if run.converged]
        loads = sorted({run.P / run.N for run in found})
        for k in range(len(ERRORS)):
            by_load = [
                [(generalisation_error(run.r), run.eps_bayes)[k] for run in found if load == run.P / run.N]
                for load in loads
            ]
            bars = [float(np.std(e, ddof=1)) / math.sqrt(len(e)) if len(e) > 1 else 0.0 for e in by_load]
            ax.errorbar(
                loads, [np.mean(errors) for errors in by_load], bars, fmt=MARKERS[2 * j], color=COLOURS[k],
                markerfacecolor="white", markeredgewidth=0.8, elinewidth=0.7, zorder=3 + j, label="" if k else label,
            )  # fmt: skip


def learning_figure(runs: Mapping[str, Sequence[Messages]]) -> Figure:
    """Message passing over the theory, a panel for each temperature of the runs, at the width of a page.

    Parameters
    ----------
    runs : mapping of str to sequence of Messages
        As for `message_points`, at one temperature or more.
    """
    temperatures = sorted({run.T for some in runs.values() for run in some})
    with publication():
        size = (2.1 * COLUMN, 1.25 * COLUMN)
        figure, panels = plt.subplots(1, len(temperatures), figsize=size, layout="constrained", squeeze=False)
        for T, ax in zip(temperatures, panels[0], strict=True):
            generalisation(T, None, ax)
            message_points({label: [run for run in some if run.T == T] for label, some in runs.items()}, ax)
            ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.08), ncols=2)  # off the lines
        return figure


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figure of a scan over alpha at a fixed temperature.

    Parameters
    ----------
    results : xarray.Dataset
        As `scans` stores it.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``"figure"``: the errors at the temperature of the scan.

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
        figure, ax = plt.subplots(figsize=(1.3 * COLUMN, 1.2 * COLUMN), layout="constrained")
        generalisation(float(fixed["T"]), results, ax).legend(loc="lower center", bbox_to_anchor=(0.5, 1.08), ncols=2)
        return {"figure": figure}
