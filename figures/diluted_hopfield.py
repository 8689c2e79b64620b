r"""Figures of the diluted Hopfield model: the load that it retrieves at, against dilution."""

import json

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import theory
from figures.overlay import check_axes
from figures.style import COLORMAP, COLOURS, COLUMN, DASHES, publication
from statmech import DilutedHopfield

POINTS = 40
"""Dilutions of a line."""
STATES = {
    "retrieval": "one pattern",
    "hierarchical-2": "two, hierarchical",
    "hierarchical-3": "three, hierarchical",
    "symmetric-2": "two, equal",
}


def capacity(
    results: xr.Dataset | None = None, ax: Axes | None = None, *, T: float = 0.0, points: int | None = None,
    states: tuple[str, ...] = ("retrieval", "hierarchical-2", "symmetric-2", "hierarchical-3"),
) -> Axes:  # fmt: skip
    r"""Load :math:`\alpha_c(d)` up to which a state of one pattern or several exists, replica symmetric.

    At T = 0 that of one pattern is the closed form, the grey line, and it vanishes at d = 2/3. Hierarchical states of
    two patterns end where those of equal amplitudes begin. Points are simulations, coloured by the overlap over the
    largest that is possible, m/(1-d).

    Parameters
    ----------
    results : xarray.Dataset, optional
        Results of a scan over d and alpha at this T; the largest N is drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    T : float
        Temperature.
    points : int, optional
        Dilutions of a line, `POINTS` by default.
    states : tuple of str
        The states.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    d = np.linspace(0.0, 0.66, points or POINTS)
    if T > 0:
        frozen = np.asarray(theory.diluted_hopfield.critical_load(d, 0.0).alpha, dtype=float)
        axes.plot(d, frozen, color="0.6", label="one pattern, $T=0$")
    for k, state in enumerate(states):
        alpha = np.asarray(theory.diluted_hopfield.critical_load(d, T, state).alpha, dtype=float)
        shown = alpha > 0
        name = STATES.get(state, state)
        axes.plot(d[shown], alpha[shown], color="black", linestyle=DASHES[k % len(DASHES)], label=name)
    if results is not None:
        largest = results.isel(N=-1).stack(point=("d", "alpha"))
        share = largest.m / (1 - largest.d)
        drawn = axes.scatter(
            largest.d, largest.alpha, c=np.clip(share, 0, 1), cmap=COLORMAP, vmin=0, vmax=1, s=20,
            edgecolors="black", linewidths=0.6, zorder=3,
        )  # fmt: skip
        axes.figure.colorbar(drawn, ax=axes, label=rf"$m/(1-d)$, $N={int(largest.N)}$", pad=0.02)
    axes.axvline(2 / 3, color=COLOURS[2], linewidth=0.8, linestyle=":", label="$d=2/3$")
    axes.set(
        xlabel="dilution $d$", ylabel=r"load $\alpha$", yscale="log", xlim=(-0.02, 0.7), ylim=(1e-6, 0.4),
        title=rf"$\alpha_c(d)$ at $T={T:g}$",
    )  # fmt: skip
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)  # lines are everywhere in the panel
    return axes


def overlap_against_load(results: xr.Dataset, ax: Axes | None = None, *, T: float) -> Axes:
    """Overlap of one pattern against the load at the dilutions of a scan, simulation over theory."""
    axes = ax if ax is not None else plt.subplots()[1]
    largest = results.isel(N=-1)
    for k, d in enumerate(largest.d.to_numpy().tolist()):
        colour = COLOURS[k % len(COLOURS)]
        branch = largest.sel(d=d)
        end = float(theory.diluted_hopfield.critical_load(d, T).alpha)
        load = np.linspace(1e-4, 0.9999, 60) * end
        m = [theory.solve(DilutedHopfield(alpha=float(x), d=d, T=T)).m for x in load]
        axes.plot(load, m, color=colour, label=f"$d={d:g}$")
        axes.errorbar(
            branch.alpha, branch.m, yerr=branch.m_err, fmt="o", color=colour, markerfacecolor="white",
            markeredgewidth=0.8, elinewidth=0.7, zorder=3,
        )  # fmt: skip
    axes.set(
        xlabel=r"load $\alpha$",
        ylabel="overlap $m$",
        ylim=(-0.02, 1.02),
        title=f"$T={T:g}$, $N={int(largest.N)}$, {int(largest.n_samples.max())} samples",
    )
    axes.legend()
    return axes


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figures of a scan over dilution and load at a fixed temperature.

    Parameters
    ----------
    results : xarray.Dataset
        As `scans` stores it, with axes d and alpha, simulated from one pattern.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``"figure"``: the loads at which states end, with the simulations, and cuts through it along the load.

    Raises
    ------
    ValueError
        If no simulation is finished yet, or the axes are others.
    """
    if "m" not in results:
        raise ValueError("results = (empty) is not allowed: no simulation of one pattern is finished yet")
    check_axes(results, "d", "alpha")
    T = float(json.loads(results.attrs.get("parameters", "{}"))["T"])
    with publication():
        size = (2.1 * COLUMN, 1.2 * COLUMN)
        figure, (left, right) = plt.subplots(1, 2, figsize=size, layout="constrained")
        capacity(results, left, T=T)
        overlap_against_load(results, right, T=T)
        return {"figure": figure}
