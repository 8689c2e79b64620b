"""Figures of a perceptron that learns two tasks: errors and order parameters, trade-off, consolidation, planes."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

import theory
from figures.style import COLORMAP, COLOURS, COLUMN, MARKERS, publication
from montecarlo.variational import SMALL, draw_tasks, minimise
from statmech import ContinualPerceptron, Simulation, Solution
from statmech.results import no_solution
from theory.continual_perceptron import coexistence_load, plane, spinodal_load
from theory.continual_perceptron.curve import first_task
from theory.continual_perceptron.states import ORDER
from theory.continual_perceptron.task import Conditions, handed_on, solve_task, variances

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


ENGINES = {"L-BFGS": "white", "mini-batches": None, "Metropolis": "white"}
"""Faces of the points of an engine; None has the colour of the line."""


def against(
    model: ContinualPerceptron,
    axis: str,
    values: ArrayLike,
    names: Sequence[str],
    runs: Sequence[Simulation] = (),
    ax: Axes | None = None,
) -> Axes:
    """Order parameters against one parameter of the model: theory as lines, simulations as points.

    Against the load of the second task the uninformed state is dashed where it is metastable, up to its spinodal, from
    where on learning ends in the informed one; the grey line is the jump.

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
        Simulations of this model at values of the parameter. Points of mini-batches are filled.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    x = np.asarray(values, float)
    parts = _parts(model, x) if axis == "alpha2" and x.max() > 0 else {"-": (x, _solved(model, axis, x))}
    for k, name in enumerate(names):
        colour = COLOURS[k % len(COLOURS)]
        for style, (places, solved) in parts.items():
            label = SYMBOLS[name] if style == "-" else None
            y = [one.order[name] for one in solved]
            axes.plot(places, y, color=colour, linestyle=style, label=label, linewidth=1.0)
        for run in runs:
            face = ENGINES[run.engine.split()[-1]]
            axes.errorbar(
                getattr(run.model, axis), run.estimates[name].mean, run.estimates[name].error, fmt=MARKERS[k],
                color=colour, markerfacecolor=face or colour, markersize=3.6, markeredgewidth=0.8, elinewidth=0.7,
            )  # fmt: skip
    if "--" in parts and parts["--"][0][-1] < x.max():
        axes.axvline(parts["--"][0][-1], color="0.6", linewidth=0.7, zorder=0)
    axes.set(xlabel=LABELS.get(axis, axis))
    axes.legend()
    return axes


def _solved(model: ContinualPerceptron, axis: str, values: Array) -> list[Solution]:
    return [theory.solve(replace(model, **{axis: value})) for value in values.tolist()]


def _parts(model: ContinualPerceptron, x: Array) -> dict[str, tuple[Array, list[Solution]]]:
    """Loads and states by line style: what is stable, NaN where it changes, and the metastable uninformed state.

    Up to the highest load, whether the metastable state has ended there or not.
    """
    some = replace(model, alpha2=float(x.max()))
    crossing, end = coexistence_load(some).alpha2, spinodal_load(some).alpha2
    if not crossing < x.max():
        return {"-": (x, _solved(model, "alpha2", x))}
    below, above = (np.append(x[x < crossing], crossing), np.append(crossing, x[x > crossing]))
    dashed = np.append(crossing, x[(x > crossing) & (x < end)])
    if end <= x.max():
        dashed = np.append(dashed, end * (1 - 1e-7))
    solved = {
        start: [theory.solve(replace(model, alpha2=load), start=start) for load in loads.tolist()]
        for start, loads in (("learning", below), ("informed", above), ("uninformed", dashed))
    }
    gap = no_solution(model, "RS", "none", "a jump", ORDER)
    stable = [*solved["learning"], gap, *solved["informed"]]
    return {"-": (np.concatenate([below, [crossing], above]), stable), "--": (dashed, solved["uninformed"])}


def two_tasks(model: ContinualPerceptron, runs: Sequence[Simulation] = (), highest: float = 3.0) -> Figure:
    """Errors of both tasks, and order parameters, against the load of the second task; theory over simulation.

    A row for the temperature of the model, and one for every other of the simulations.
    """
    betas = list(dict.fromkeys([(model.beta1, model.beta2), *((one.model.beta1, one.model.beta2) for one in runs)]))
    with publication():
        figure = plt.figure(figsize=(2 * COLUMN, (0.1 + 0.75 * len(betas)) * COLUMN), layout="constrained")
        panels = figure.subplots(len(betas), 2, squeeze=False)
        x = np.linspace(0, highest, 61)
        for (beta1, beta2), (left, right) in zip(betas, panels, strict=True):
            here = replace(model, beta1=beta1, beta2=beta2)
            seen = [one for one in runs if (one.model.beta1, one.model.beta2) == (beta1, beta2)]
            # at finite beta means are drawn anew in the second task, even without patterns
            against(here, "alpha2", x if beta2 == math.inf else x[1:], ERRORS, seen, left)
            against(here, "alpha2", x[1:], OVERLAPS, seen, right)
            value = r"\infty" if beta2 == math.inf else f"{beta2:g}"
            left.set(ylabel=rf"generalisation error, $\beta = {value}$", ylim=(0, None))
            right.set_ylabel("order parameters")
            right.set_ylim(None, 1.05)
        return figure


def trade_off(
    model: ContinualPerceptron,
    overlaps: Sequence[float] = (-0.5, 0.0, 0.5, 0.9),
    runs: Sequence[Simulation] = (),
    points: int = 41,
) -> Figure:
    r"""Forgetting, and what is learnt of the second task, against the weight of the prior, at several overlaps.

    Dashed where replica symmetry fails, at small weights.

    Parameters
    ----------
    model : ContinualPerceptron
        The other parameters, with a load of the second task.
    overlaps : sequence of float
        Of the teachers.
    runs : sequence of Simulation
        Of this model at some of the overlaps.
    points : int
        Weights of the prior on the lines, from 0.4, below which infinite beta has hardly an answer.
    """
    x = np.geomspace(0.4, 10, points)
    with publication():
        figure = plt.figure(figsize=(2 * COLUMN, 0.8 * COLUMN), layout="constrained")
        panels = figure.subplots(1, 2)
        for k, r0 in enumerate(overlaps):
            solved = _solved(replace(model, r0=r0), "gamma2", x)
            holds = np.array([one.at2 <= 1 for one in solved])
            seen = [one for one in runs if one.model.r0 == r0]
            for ax, name in zip(panels, ("forgetting", "eps2"), strict=True):
                y = np.array([one.order[name] for one in solved])
                ax.plot(x, y, color=COLOURS[k], linestyle="--", linewidth=0.8)
                ax.plot(x, np.where(holds, y, np.nan), color=COLOURS[k], label=f"$r_0 = {r0:g}$")
                for one in seen:
                    ax.errorbar(
                        one.model.gamma2, one.estimates[name].mean, one.estimates[name].error, fmt=MARKERS[k],
                        color=COLOURS[k], markerfacecolor="white", markersize=3.6, markeredgewidth=0.8, elinewidth=0.7,
                    )  # fmt: skip
        for ax, name in zip(panels, ("forgetting", "eps2"), strict=True):
            ax.set(xscale="log", xlabel=LABELS["gamma2"], ylabel=SYMBOLS[name])
        panels[0].axhline(0, color="0.7", linewidth=0.6)
        panels[0].legend()
        return figure


def planes(model: ContinualPerceptron, points: int = 41) -> Figure:
    r"""Errors of both tasks in the planes of load and overlap, and of load and weight of the prior.

    One scale of colours for each error. White lines: where the first task is as good as before (left), and the end of
    the uninformed state. Hatched: replica symmetry fails, or, blank, at infinite beta the iteration saturates, and
    whether weights freeze or go on to the teacher is not decided.
    """
    x = np.linspace(0.02, 3, points)
    axes = {"r0": np.linspace(-1, 1, points), "gamma2": np.geomspace(0.3, 10, points)}
    grids = {axis: plane(model, axis, y, x) for axis, y in axes.items()}
    with publication():
        figure = plt.figure(figsize=(2 * COLUMN, 1.55 * COLUMN), layout="constrained")
        panels = figure.subplots(2, 2, sharex=True)
        for column, name in zip(panels.T, ERRORS, strict=True):
            top = max(float(np.nanmax(getattr(grid, name))) for grid in grids.values())
            for ax, (axis, grid) in zip(column, grids.items(), strict=True):
                y = axes[axis]
                mesh = ax.pcolormesh(
                    x, y, getattr(grid, name), cmap=COLORMAP, vmin=0, vmax=top, shading="nearest", rasterized=True
                )
                if name == "eps1" and np.nanmin(grid.forgetting) < 0 < np.nanmax(grid.forgetting):
                    ax.contour(x, y, grid.forgetting, [0.0], colors="white", linewidths=1.2, linestyles="--")
                failing = np.where((grid.at2 > 1) | np.isnan(grid.eps1), 1.0, 0.0)
                if failing.any():
                    ax.contourf(x, y, failing, [0.5, 1.5], colors="none", hatches=["////"])
                fine = y[:: max(1, points // 20)]
                ends = [spinodal_load(replace(model, alpha2=1.0, **{axis: value})).alpha2 for value in fine.tolist()]
                ax.plot(ends, fine, color="white", linewidth=1.4)
                ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), ylabel=LABELS[axis])
                if axis == "gamma2":
                    ax.set(yscale="log", xlabel=LABELS["alpha2"])
            figure.colorbar(mesh, ax=list(column), label=SYMBOLS[name], location="top", shrink=0.8)
        return figure


def consolidation(model: ContinualPerceptron, N: int = 2001, samples: int = 8, seed: int = 1) -> Figure:
    """Which synapses the second task turns: perceptrons at the minima of both tasks, and theory.

    Left, the variances of the weights :math:`1-m^2` after either task: points are means over samples, lines the theory.
    Right, by the variance after the first task: mean change of m, and share of the weights whose sign turns. Error bars
    are standard errors over the samples.
    """
    edges = np.linspace(0, 1, 21)
    rows = np.array([_turned(model, N, edges, stream) for stream in np.random.SeedSequence(seed).spawn(samples)])
    mean, error = np.nanmean(rows, 0), np.nanstd(rows, 0, ddof=1) / math.sqrt(samples)
    first = first_task(Conditions(alpha=model.alpha1, beta=math.inf, gamma=model.gamma1), "uninformed").saddle
    one = Conditions(alpha=model.alpha2, beta=math.inf, gamma=model.gamma2)
    second = None if first is None else solve_task(handed_on(first, model.r0), one, "uninformed").saddle
    middle = 0.5 * (edges[1:] + edges[:-1])
    with publication():
        figure = plt.figure(figsize=(2 * COLUMN, 0.8 * COLUMN), layout="constrained")
        left, right = figure.subplots(1, 2)
        for k, saddle in enumerate((first, second)):
            colour = COLOURS[2 * k]
            if saddle is not None:
                left.stairs(variances(saddle, edges), edges, color=colour, label=f"after task {k + 1}")
            left.errorbar(
                middle, mean[k], error[k], fmt=MARKERS[k], color=colour, markerfacecolor="white", markersize=3
            )
        left.set(xlabel="variance of a weight $1-m^2$", ylabel="share of the weights", yscale="log")
        left.legend(loc="upper center")
        for k, label in ((2, r"mean of $|m^{(2)}-m^{(1)}|$"), (3, "share that turns")):
            right.errorbar(
                middle, mean[k], error[k], fmt=MARKERS[k] + "-", color=COLOURS[k - 1], label=label, markersize=3
            )
        right.set(xlabel="variance after task 1", ylim=(0, None))
        right.legend()
        return figure


def _turned(model: ContinualPerceptron, N: int, edges: Array, stream: np.random.SeedSequence) -> Array:
    """Of one sample: shares of the variances after both tasks; by the first, mean change and share that turns."""
    tasks = draw_tasks(model, N, stream)
    start = SMALL * np.random.default_rng(stream).standard_normal(N)
    first = minimise(tasks[0], np.zeros(N), start).theta
    second = minimise(tasks[1], first, first).theta
    before, after = (1 / np.cosh(theta) ** 2 for theta in (first, second))
    shares = [np.histogram(values, edges)[0] / N for values in (before, after)]
    change, turned = np.abs(np.tanh(second) - np.tanh(first)), np.sign(first) != np.sign(second)
    place = np.clip(np.searchsorted(edges, before, "right") - 1, 0, len(edges) - 2)
    count = np.bincount(place, minlength=len(edges) - 1)
    moved = [np.bincount(place, values, len(edges) - 1) / np.where(count, count, np.nan) for values in (change, turned)]
    return np.array([*shares, *moved])


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
