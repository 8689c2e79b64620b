"""Figures of a perceptron that learns two tasks: errors and order parameters, trade-off, consolidation, planes."""

import json
from collections.abc import Sequence
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

import theory
from figures.style import COLORMAP, COLOURS, COLUMN, DASHES, MARKERS, publication
from montecarlo.variational import SMALL, draw_tasks, minimise
from statmech import ContinualPerceptron, Simulation
from theory.continual_perceptron import neutral_overlap, plane

Array = NDArray[np.float64]

SYMBOLS = {
    "eps1": r"$\epsilon_1$", "eps2": r"$\epsilon_2$", "r2": "$r_2$", "qs2": "$q_{s,2}$", "c12": "$c_{12}$",
    "p1": "$p_1$", "p2": "$p_2$", "forgetting": r"$\epsilon_1 - \epsilon_1^\mathrm{before}$",
}  # fmt: skip
"""How order parameters are spelled on axes."""
LABELS = {
    "alpha2": r"load of the second task $\alpha_2$",
    "r0": "overlap of the teachers $r_0$",
    "gamma2": r"weight of the prior $\gamma_2$",
}
"""Labels of the axes."""
ERRORS, OVERLAPS = ("eps1", "eps2"), ("r2", "qs2", "c12", "p1", "p2")


def against(
    model: ContinualPerceptron,
    axis: str,
    values: ArrayLike,
    names: Sequence[str],
    runs: Sequence[Simulation] = (),
    ax: Axes | None = None,
) -> Axes:
    """Order parameters against one parameter of the model: theory as lines, simulations as points.

    Parameters
    ----------
    model : ContinualPerceptron
        The other parameters.
    axis : str
        The parameter, as ``"alpha2"``.
    values : array_like
        Its values on the lines.
    names : sequence of str
        Order parameters.
    runs : sequence of Simulation
        Simulations of this model at values of the parameter.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    x = np.asarray(values, float)
    solved = [theory.solve(replace(model, **{axis: value})) for value in x.tolist()]
    for k, name in enumerate(names):
        colour = COLOURS[k % len(COLOURS)]
        y = np.array([one.order[name] for one in solved])
        axes.plot(x, y, color=colour, linestyle=DASHES[k], label=SYMBOLS[name])
        axes.errorbar(
            [getattr(run.model, axis) for run in runs], [run.estimates[name].mean for run in runs],
            [run.estimates[name].error for run in runs], fmt=MARKERS[k], color=colour, markerfacecolor="white",
            markeredgewidth=0.8, elinewidth=0.7,
        )  # fmt: skip
    axes.set(xlabel=LABELS.get(axis, axis))
    axes.legend()
    return axes


def two_tasks(model: ContinualPerceptron, runs: Sequence[Simulation] = (), highest: float = 3.0) -> Figure:
    """Errors of both tasks, and order parameters, against the load of the second task; theory over simulation."""
    with publication():
        figure = plt.figure(figsize=(2 * COLUMN, 0.8 * COLUMN), layout="constrained")
        left, right = figure.subplots(1, 2)
        x = np.linspace(0, highest, 121)
        against(model, "alpha2", x, ERRORS, runs, left)
        against(model, "alpha2", x[1:], OVERLAPS, runs, right)
        left.axhline(0.5, color="0.7", linewidth=0.6)
        left.set(ylabel="generalisation error", ylim=(0, None))
        right.set_ylabel("order parameters after the second task")
        return figure


def trade_off(
    model: ContinualPerceptron, overlaps: Sequence[float] = (-0.5, 0.0, 0.5, 0.9), ax: Axes | None = None
) -> Axes:
    """Forgetting, and what is learnt of the second task, against the weight of the prior, at several overlaps.

    Parameters
    ----------
    model : ContinualPerceptron
        The other parameters, with a load of the second task.
    overlaps : sequence of float
        Of the teachers.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    x = np.geomspace(0.6, 12, 60)
    for k, r0 in enumerate(overlaps):
        solved = [theory.solve(replace(model, r0=r0, gamma2=value)) for value in x.tolist()]
        for name, dash in (("forgetting", "-"), ("eps2", DASHES[2])):
            label = f"$r_0 = {r0:g}$" if name == "forgetting" else None
            axes.plot(x, [one.order[name] for one in solved], color=COLOURS[k], linestyle=dash, label=label)
    axes.axhline(0, color="0.7", linewidth=0.6)
    axes.set(xscale="log", xlabel=LABELS["gamma2"], ylabel=rf"{SYMBOLS['forgetting']} (—), $\epsilon_2$ (···)")
    axes.legend()
    return axes


def planes(model: ContinualPerceptron, points: int = 41) -> Figure:
    r"""Errors of both tasks in the planes of load and overlap, and of load and weight of the prior.

    White: errors of 0.025, 0.05, …; black: where the first task is as good as before. Blank where replica
    symmetry has no solution.
    """
    with publication():
        figure = plt.figure(figsize=(2 * COLUMN, 1.55 * COLUMN), layout="constrained")
        panels = figure.subplots(2, 2)
        x = np.linspace(0.02, 3, points)
        for row, (axis, y) in zip(
            panels, (("r0", np.linspace(-1, 1, points)), ("gamma2", np.geomspace(0.3, 10, points))), strict=True
        ):
            grid = plane(model, axis, y, x)
            for ax, name in zip(row, ERRORS, strict=True):
                z = getattr(grid, name)
                mesh = ax.pcolormesh(x, y, z, cmap=COLORMAP, vmin=0, shading="gouraud", rasterized=True)
                ax.contour(x, y, z, np.arange(0.025, 1, 0.025), colors="white", linewidths=0.3)
                if name == "eps1":
                    ax.contour(x, y, grid.forgetting, [0.0], colors="black", linewidths=1.2)
                ax.set(xlabel=LABELS["alpha2"], ylabel=LABELS[axis])
                if axis == "gamma2":
                    ax.set_yscale("log")
                figure.colorbar(mesh, ax=ax, label=SYMBOLS[name])
        line = neutral_overlap(np.linspace(0.02, 3, points), model)
        panels[0, 0].plot(line.alpha2, line.r0, color=COLOURS[2], linestyle=DASHES[2], linewidth=1.4)
        return figure


def consolidation(model: ContinualPerceptron, N: int = 2001, seed: int = 1) -> Figure:
    """Which synapses the second task turns: one perceptron at the minima of both tasks.

    Left, the variances of the weights :math:`1-m^2` after either task. Right, by the variance after the first task:
    mean change of m, and share of the weights whose sign turns.
    """
    stream = np.random.SeedSequence(seed)
    tasks = draw_tasks(model, N, stream)
    start = SMALL * np.random.default_rng(seed).standard_normal(N)
    first = minimise(tasks[0], np.zeros(N), start).theta
    second = minimise(tasks[1], first, first).theta
    before, after = 1 / np.cosh(first) ** 2, 1 / np.cosh(second) ** 2
    edges = np.quantile(before, np.linspace(0, 1, 11))
    place = np.clip(np.searchsorted(edges, before, "right") - 1, 0, 9)
    change, turned = np.abs(np.tanh(second) - np.tanh(first)), np.sign(first) != np.sign(second)
    middle, moved, share = (np.array([x[place == k].mean() for k in range(10)]) for x in (before, change, turned))
    with publication():
        figure = plt.figure(figsize=(2 * COLUMN, 0.8 * COLUMN), layout="constrained")
        left, right = figure.subplots(1, 2)
        for values, label, colour in ((before, "after task 1", COLOURS[0]), (after, "after task 2", COLOURS[2])):
            left.hist(values, np.linspace(0, 1, 41), density=True, histtype="step", color=colour, label=label)
        left.set(xlabel="variance of a weight $1-m^2$", ylabel="density")
        left.legend(loc="upper center")
        right.plot(middle, moved, MARKERS[0] + "-", color=COLOURS[1], label=r"mean of $|m^{(2)}-m^{(1)}|$")
        right.plot(middle, share, MARKERS[1] + "-", color=COLOURS[2], label="share that turns")
        right.set(xlabel="variance after task 1, by tenths", ylim=(0, None))
        right.legend()
        return figure


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figure of a scan: errors of both tasks against the load of the second, a panel for each overlap.

    Parameters
    ----------
    results : xarray.Dataset
        With the dimensions alpha2 and N, and r0 if it varies.

    Raises
    ------
    ValueError
        If another parameter varies in the scan.
    """
    other = set(results.dims) & {"alpha1", "beta1", "beta2", "gamma1", "gamma2"}
    if other or "alpha2" not in results.dims:
        raise ValueError(f"axes = {sorted(map(str, other))} is not allowed: drawn is against alpha2, at several r0")
    fixed = {name: float(value) for name, value in json.loads(results.attrs["parameters"]).items()}
    overlaps = results["r0"].to_numpy().tolist() if "r0" in results.dims else [fixed.pop("r0")]
    loads = results["alpha2"].to_numpy()
    with publication():
        figure = plt.figure(figsize=(0.75 * COLUMN * max(2, len(overlaps)), 0.8 * COLUMN), layout="constrained")
        panels = figure.subplots(1, len(overlaps), sharey=True, squeeze=False)[0]
        for r0, ax in zip(overlaps, panels, strict=True):
            model = ContinualPerceptron(**fixed, r0=r0)
            against(model, "alpha2", np.linspace(0, float(loads.max()), 91), ERRORS, ax=ax)
            cut = results.sel(r0=r0) if "r0" in results.dims else results
            for j, N in enumerate(results["N"].to_numpy() if "N" in results.dims else ()):
                for k, name in enumerate(ERRORS):
                    ax.errorbar(
                        loads, cut[name].sel(N=N).to_numpy(), cut[f"{name}_err"].sel(N=N).to_numpy(), fmt=MARKERS[j],
                        color=COLOURS[k], markerfacecolor="white", markeredgewidth=0.8, elinewidth=0.7,
                        label=f"$N = {N}$" if k == 0 else None,
                    )  # fmt: skip
            ax.set(title=f"$r_0 = {r0:g}$", ylim=(0, None))
            ax.legend()
        panels[0].set_ylabel("generalisation error")
        return {"figure": figure}
