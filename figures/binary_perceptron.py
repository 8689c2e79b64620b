"""Figures of the binary perceptron: energy, overlap and entropy against temperature, and the plane of load and T."""

import json
import math
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

import theory
from figures.overlay import check_axes
from figures.style import COLOURS, COLUMN, MARKERS, publication
from montecarlo.perceptron.entropy import entropies, flat_energy
from statmech import BinaryPerceptron

Array = NDArray[np.float64]

POINTS = 80
"""Temperatures, and loads, of a line."""


def settled_points(ax: Axes, x: Array, y: Array, error: Array, settled: NDArray[np.bool_], number: int = 0) -> None:
    """Simulated values with error bars, in the style with this number; those that did not equilibrate are crosses."""
    colour = COLOURS[number % len(COLOURS)]
    for chosen, marker in ((settled, MARKERS[number % (len(MARKERS) - 1)]), (~settled, "x")):
        if np.any(chosen):
            ax.errorbar(
                x[chosen], y[chosen], yerr=error[chosen], fmt=marker, color=colour, markerfacecolor="white",
                markeredgewidth=0.8, elinewidth=0.7, zorder=3,
            )  # fmt: skip


def integrated(run: xr.Dataset, alpha: float, kappa: float) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Entropies at the temperatures of a run, from its energies, with their errors and whether all of these are good.

    Parameters
    ----------
    run : xarray.Dataset
        Results at one load and size, along increasing T.
    alpha, kappa : float
        Load and stability.

    Returns
    -------
    s, error : array, shape (R,)
        Energies at different temperatures are of different samples: their errors are independent.
    settled : array of bool, shape (R,)
        Whether the runs at T and at all higher temperatures are equilibrated.
    """
    T, u, error = (run[name].to_numpy().astype(float) for name in ("T", "u", "u_err"))
    s = entropies(T, u, flat_energy(BinaryPerceptron(alpha=alpha, kappa=kappa), int(run.N)))
    parts = np.array([entropies(T, one, 0.0) - math.log(2) for one in np.eye(len(T))])
    settled = np.logical_and.accumulate(run["equilibrated"].to_numpy().astype(bool)[::-1])[::-1]
    return s, np.sqrt(error**2 @ parts**2), settled


def against_temperature(results: xr.Dataset, axes: tuple[Axes, Axes, Axes], *, kappa: float = 0.0) -> None:
    """Errors per weight, overlap and entropy against T at every load, the largest N over the theory at its P/N.

    Parameters
    ----------
    results : xarray.Dataset
        Results of a scan over alpha and T.
    axes : three matplotlib.axes.Axes
        Panels of u, q and s.
    kappa : float
        Stability.
    """
    largest = results.isel(N=-1).sortby("T")
    T = largest["T"].to_numpy().astype(float)
    line = np.geomspace(T.min(), T.max(), POINTS)
    for k, alpha in enumerate(largest.alpha.to_numpy().tolist()):
        run = largest.sel(alpha=alpha)
        known = np.isfinite(run["u"].to_numpy().astype(float))
        if not known.any():
            continue
        run = run.isel(T=np.flatnonzero(known))
        simulated = BinaryPerceptron(alpha=alpha).patterns(int(run.N)) / int(run.N)  # N is odd, and P an integer
        found = [theory.solve(BinaryPerceptron(alpha=simulated, kappa=kappa, T=float(at))) for at in line]
        x, settled = run["T"].to_numpy().astype(float), run["equilibrated"].to_numpy().astype(bool)
        for ax, name in zip(axes, ("u", "q", "s"), strict=True):
            values = [getattr(solution, name) for solution in found]
            ax.plot(line, values, color=COLOURS[k % len(COLOURS)], label=rf"$\alpha={alpha:g}$")
            if name == "s":
                settled_points(ax, x, *integrated(run, alpha, kappa), number=k)
            else:
                error = run[f"{name}_err"].to_numpy().astype(float)
                settled_points(ax, x, run[name].to_numpy().astype(float), error, settled, number=k)
    names = ("errors per weight $u$", "overlap $q$", "entropy $s$, by integration")
    for ax, label in zip(axes, names, strict=True):
        ax.set(xlabel="temperature $T$", ylabel=label, xscale="log")
    axes[2].axhline(0, color="0.7", linewidth=0.7, zorder=0)
    axes[2].legend()


def plane(results: xr.Dataset | None = None, ax: Axes | None = None, *, kappa: float = 0.0) -> Axes:
    """Load and temperature: where the weights freeze, and where single flips stop to equilibrate.

    Below the freezing temperature the entropy vanishes. A simulation is stuck far above it: crosses are state points at
    which the largest size did not equilibrate.

    Parameters
    ----------
    results : xarray.Dataset, optional
        Results of a scan over alpha and T.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    kappa : float
        Stability.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    capacity = float(theory.binary_perceptron.critical_capacity(kappa).alpha)
    load = capacity * (1 + np.concatenate([[0.0], np.geomspace(1e-5, 2.0, POINTS)]))  # T_f starts out vertically
    T = np.asarray(theory.binary_perceptron.freezing_temperature(load[1:], kappa).T, dtype=float)
    axes.fill_between(load, np.concatenate([[0.0], T]), color="0.85", label="frozen: one step of breaking")
    axes.plot(load, np.concatenate([[0.0], T]), color="0.1")
    axes.annotate(rf"$\alpha_c={capacity:.4f}$", (capacity, 0), xytext=(-3, 3), textcoords="offset points", ha="right")
    top = 1.0
    if results is not None:
        largest = results.isel(N=-1).stack(point=("alpha", "T"))
        largest = largest.isel(point=np.flatnonzero(np.isfinite(largest["u"].to_numpy().astype(float))))
        good = largest["equilibrated"].to_numpy().astype(bool)
        for chosen, marker, label in ((good, "o", "equilibrated"), (~good, "x", "not equilibrated")):
            some = largest.isel(point=np.flatnonzero(chosen))
            axes.plot(some.alpha, some["T"], marker, color=COLOURS[1], markerfacecolor="white", label=label)
        top = min(2.8, 1.4 * float(largest["T"].max()))
    axes.set(xlabel=r"load $\alpha$", ylabel="temperature $T$", xlim=(0, 2.2 * capacity), ylim=(0, top))
    axes.legend(loc="upper left")
    return axes


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figures of a scan over load and temperature at a fixed stability.

    Parameters
    ----------
    results : xarray.Dataset
        As `scans` stores it, with axes alpha and T.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``"figure"``: energy, overlap and entropy against T, and the plane.

    Raises
    ------
    ValueError
        If no simulation is finished yet, or the axes are others.
    """
    if "u" not in results:
        raise ValueError("results = (empty) is not allowed: no simulation of the scan is finished yet")
    check_axes(results, "alpha", "T")
    fixed: dict[str, Any] = json.loads(results.attrs.get("parameters", "{}"))
    kappa = float(fixed.get("kappa", 0.0))
    with publication():
        size = (2.1 * COLUMN, 1.6 * COLUMN)
        figure, ((energy, overlap), (entropy, map_)) = plt.subplots(2, 2, figsize=size, layout="constrained")
        against_temperature(results, (energy, overlap, entropy), kappa=kappa)
        plane(results, map_, kappa=kappa)
        samples = f", {int(results.n_samples.max())} samples" if "n_samples" in results else ""
        figure.suptitle(rf"Binary perceptron, $\kappa={kappa:g}$, $N={int(results.N[-1])}${samples}", fontsize=8)
        return {"figure": figure}
