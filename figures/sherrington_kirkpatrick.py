"""Figures of the Sherrington–Kirkpatrick glass: Parisi's solution under parallel tempering."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

import theory
from figures.glass import Curve, Cut, curve, cuts, glass_figure, ladder_curve, overlaps_figure
from figures.style import COLOURS, COLUMN, MARKERS, publication
from montecarlo import Tempered
from statmech import SherringtonKirkpatrick, Solution
from theory.parisi import Ladder
from theory.sherrington_kirkpatrick import at_field, at_temperature, parisi_function

BROKEN_POINTS = 12
"""Points of the lines with breaking, which take longest, if the scan has no more."""
TITLE = "Sherrington–Kirkpatrick model"
LADDER = (0.0, 0.4, 0.8), 8
"""Temperatures at which the steps of breaking are shown, and how many."""


def energy_and_overlap(
    solutions: Sequence[Ladder], tempered: Mapping[int, Tempered], *, axes: tuple[Axes, Axes] | None = None
) -> tuple[Axes, Axes]:
    r"""u(T) and the mean squared overlap against T, theory as lines, simulation as points with error bars.

    The energy of simulations with Gaussian couplings is compared at finite N as it is; it approaches the line like
    :math:`N^{-2/3}` in the glass.

    Parameters
    ----------
    solutions : sequence of Ladder
        At increasing temperatures.
    tempered : mapping of int to Tempered
        Runs by N.
    axes : pair of matplotlib.axes.Axes, optional
        For the energy and for the overlaps; a new figure by default.
    """
    if axes is None:
        _, made = plt.subplots(1, 2)
        axes = (made[0], made[1])
    left, right = axes
    T = [solution.T for solution in solutions]
    left.plot(T, [solution.u for solution in solutions], color="0.35", label="Parisi")
    right.plot(T, [solution.q_EA for solution in solutions], color="0.35", label=r"$q_{EA}$")
    second = [float(solution.weights @ solution.overlaps**2) for solution in solutions]
    right.plot(T, second, color="0.35", linestyle="--", label=r"$\langle q^2\rangle$")
    for k, (N, run) in enumerate(tempered.items()):
        style: dict[str, Any] = {
            "fmt": MARKERS[k % len(MARKERS)], "color": COLOURS[k % len(COLOURS)], "markerfacecolor": "white",
            "markeredgewidth": 0.8, "elinewidth": 0.7,
        }  # fmt: skip
        left.errorbar(run.temperatures, run.mean("u"), yerr=run.error("u"), label=f"$N={N}$", **style)
        right.errorbar(run.temperatures, run.mean("q2"), yerr=run.error("q2"), **style)
    left.set(xlabel="temperature $T$", ylabel="energy $u$")
    right.set(xlabel="temperature $T$", ylabel=r"$q_{EA}$, $\langle q^2\rangle$", ylim=(0, 1.02))
    for ax in axes:
        ax.legend()
    return axes


def ladder_convergence(solutions: Sequence[Ladder], *, ax: Axes | None = None) -> Axes:
    """Distance of the free energy from its limit against the number k of steps of replica symmetry breaking.

    Parameters
    ----------
    solutions : sequence of Ladder
        The theory at several temperatures. The estimated error of each limit is a dashed line of its colour.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    most = 1
    for k, solution in enumerate(solutions):
        f = solution.free_energies
        colour, marker = COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]
        axes.semilogy(
            np.arange(len(f)), solution.f - f, marker=marker, color=colour, markerfacecolor="white",
            label=f"$T = {solution.T:g}$",
        )  # fmt: skip
        axes.axhline(solution.f_error, color=colour, linestyle="--", linewidth=0.7, zorder=0.5)
        most = max(most, len(f) - 1)
    axes.axhline(np.nan, color="0.35", linestyle="--", linewidth=0.7, label="error of the limit")
    axes.set(xlabel="steps of breaking $k$", ylabel="$f - f_k$", xlim=(-0.3, most + 0.3))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
    return axes


def steps_figure(temperatures: Sequence[float], steps: int) -> Figure:
    """The free energy against the number of steps, as a figure at column width; see `ladder_convergence`."""
    figure, ax = plt.subplots(figsize=(COLUMN, 0.85 * COLUMN), layout="constrained")
    models = [SherringtonKirkpatrick(T=T) for T in temperatures]
    ladder_convergence([parisi_function(model, steps) for model in models], ax=ax)
    ax.set(title=TITLE)
    return figure


def theory_curves(cut: Cut) -> list[Curve]:
    """Replica symmetric, one step and full along a cut."""

    def equilibrium(ansatz: str, model: Any) -> Solution | None:
        states = theory.states(model, ansatz=ansatz) or theory.states(model)
        return states[0] if states else None

    fine, coarse = cut.grid(61), cut.grid(BROKEN_POINTS)
    few = [cut.model(value) for value in coarse]
    ladders = [parisi_function(model, steps=4) for model in few]
    return [
        curve("replica symmetric", [cut.model(value) for value in fine], fine, partial(equilibrium, "RS")),
        curve("one step", few, coarse, partial(equilibrium, "1RSB")),
        ladder_curve("Parisi", ladders, coarse),
    ]


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figures of a scan of the Sherrington–Kirkpatrick model.

    Parameters
    ----------
    results : xarray.Dataset
        As `scans` stores it. It is cut along T, or along h if T is fixed.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``"figure"``: energy and overlaps; ``"overlaps"``: P(q), where it was simulated in the glass; ``"steps"``: the
        free energy against the number of steps of breaking. Cuts at further fields have names that end like ``-h-0.5``.

    Raises
    ------
    ValueError
        If nothing is finished yet.
    """
    out = {}
    with publication():
        for cut in cuts(results):
            model: Any = cut.model(cut.values[0])
            along_T = cut.along == "T"
            freezing = float(at_temperature(model.h).T) if along_T else np.nan
            if along_T:
                marks, held, even = {"$T_{AT}$": freezing}, f"$h = {model.h:g}$", model.h == 0
            else:
                marks, held, even = {}, f"$T = {model.T:g}$", False
                if 0 < model.T <= 1:
                    marks = {"$h_{AT}$": float(at_field(model.T).h)}
            title = f"{TITLE}, {held}"
            out[f"figure{cut.name}"] = glass_figure(
                cut, theory_curves(cut), title=title, exponent=2 / 3, marks=marks, even=even
            )
            overlaps = overlaps_figure(cut, parisi_function, title=title, below=freezing, even=even)
            if overlaps is not None:
                out[f"overlaps{cut.name}"] = overlaps
        out["steps"] = steps_figure(*LADDER)
    return out
