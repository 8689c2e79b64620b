r"""Figures of the extremely diluted network: the line beyond which its patterns interfere, and what that costs them."""

import json

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import theory
from figures.overlay import check_axes
from figures.style import COLORMAP, COLOURS, COLUMN, DASHES, publication
from statmech import ExtremelyDiluted

POPULATION = {"size": 2000, "sweeps": 30, "burn_in": 40}
"""Settings of the population dynamics of a point: errors of M2 of about half a per cent."""


def crosstalk_line(c: float, results: xr.Dataset | None = None, ax: Axes | None = None, points: int = 30) -> Axes:
    r"""Temperature :math:`T_c(\alpha)` below which patterns interfere, from the percolation at :math:`\alpha c^2=1` on.

    Points are simulations, coloured by the mean :math:`M_\mu^2` over that of isolated blocks: one where all patterns
    are retrieved in parallel, each as well as its own entries allow.

    Parameters
    ----------
    c : float
        Mean number of entries of a pattern.
    results : xarray.Dataset, optional
        Results of a scan over alpha and T at this c; the largest N is drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    points : int
        Loads of the line.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    end = 1.1 * (float(results.alpha.max()) if results is not None else 4 / c**2)
    start = 1 / c**2
    if end > start:
        line = theory.extremely_diluted.critical_temperature(c, start + (end - start) * np.linspace(0, 1, points) ** 2)
        axes.plot(line.alpha, line.T, color="black", label="line of cross-talk")
    axes.axvline(start, color="0.6", linestyle=DASHES[1], linewidth=0.8, label=r"$\alpha c^2 = 1$")
    if results is not None:
        largest = results.isel(N=-1).stack(point=("alpha", "T"))
        share = (largest.M2 / largest.k2) / (largest.M2_theory / largest.k2_theory)
        drawn = axes.scatter(
            largest.alpha, largest["T"], c=share, cmap=COLORMAP, vmin=0.8, vmax=1, s=20, edgecolors="black",
            linewidths=0.6, zorder=3,
        )  # fmt: skip
        label = rf"$\langle M^2\rangle$ over that of isolated blocks, $N={int(largest.N)}$"
        axes.figure.colorbar(drawn, ax=axes, label=label, pad=0.02, extend="min")
    axes.set(xlabel=r"load $\alpha$", ylabel="temperature $T$", title=f"$c={c:g}$", xlim=(0, end), ylim=(0, None))
    axes.legend(loc="lower right")
    return axes


def retrieval_of_all(c: float, results: xr.Dataset, ax: Axes | None = None, points: int = 8) -> Axes:
    r"""Mean :math:`M_\mu^2` over that of complete retrieval against T: simulation, isolated blocks, population.

    The line of isolated blocks is the same at every load; where the patterns interfere the lines of the population
    dynamics leave it. Both are compared with the simulation as ratios to the mean square of the numbers of entries.

    Parameters
    ----------
    c : float
        Mean number of entries of a pattern.
    results : xarray.Dataset
        Results of a scan over alpha and T at this c; the largest N is drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    points : int
        Temperatures of each line of the population dynamics.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    largest = results.isel(N=-1)
    coldest, hottest = (float(limit) for limit in (largest["T"].min(), largest["T"].max()))
    T = np.linspace(0.9 * coldest, 1.05 * hottest, 60)
    blocks = [theory.solve(ExtremelyDiluted(c=c, alpha=1.0, T=float(x))) for x in T]
    axes.plot(T, [block.M2 / block.k2 for block in blocks], color="black", label="isolated blocks")
    full = blocks[0].k2
    for k, alpha in enumerate(largest.alpha.to_numpy().tolist()):
        colour, run = COLOURS[(k + 1) % len(COLOURS)], largest.sel(alpha=alpha)
        end = float(theory.extremely_diluted.critical_temperature(c, alpha).T) if alpha * c**2 > 1 else 0.0
        if end > coldest:
            below = np.linspace(coldest, end, points)
            states = [ExtremelyDiluted(c=c, alpha=alpha, T=float(x)) for x in below]
            M2 = [theory.extremely_diluted.population(state, **POPULATION).M2 for state in states]
            axes.plot(below, np.array(M2) / full, color=colour, linestyle=DASHES[1])
        axes.errorbar(
            run["T"], run.M2 / run.k2, yerr=run.M2_err / run.k2, fmt="o", color=colour, markerfacecolor="white",
            markeredgewidth=0.8, elinewidth=0.7, zorder=3, label=rf"$\alpha={alpha:g}$",
        )  # fmt: skip
    axes.plot([], [], color="0.35", linestyle=DASHES[1], label="population")
    axes.set(xlabel="temperature $T$", ylabel=r"$\langle M^2\rangle/\langle k^2\rangle$", title=f"$c={c:g}$")
    axes.legend()
    return axes


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figures of a scan over load and temperature at a fixed number of entries.

    Parameters
    ----------
    results : xarray.Dataset
        As `scans` stores it, with axes alpha and T.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``"figure"``: the line of cross-talk with the simulations, and cuts through it along the temperature.

    Raises
    ------
    ValueError
        If the theory or the simulation is missing, or the axes are others.
    """
    if not {"M2", "M2_theory"} <= set(results.data_vars):
        raise ValueError("results = (one of the two, or nothing) is not allowed: the figure compares them")
    check_axes(results, "alpha", "T")
    c = float(json.loads(results.attrs.get("parameters", "{}"))["c"])
    with publication():
        size = (2.1 * COLUMN, 1.1 * COLUMN)
        figure, (left, right) = plt.subplots(1, 2, figsize=size, layout="constrained")
        crosstalk_line(c, results, left)
        retrieval_of_all(c, results, right)
        return {"figure": figure}
