"""Figures of a scan of a retrieval phase over load and temperature, for any associative memory."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figures.finite_size import ChiSquare, Extrapolation, chi_square, extrapolate, finite_size
from figures.overlay import cut
from figures.phase_diagram import LABELS, PhaseDiagram, colour_bar
from figures.style import COLUMN, publication
from statmech.lines import PhaseLine

AWAY_FROM_M = 1e-3
"""Closer to 1 than this the error of m is not Gaussian: a handful of flipped spins decide."""
FEWEST_SIZES = 3
"""Two sizes lie on the line that extrapolates them whatever they are."""


@dataclass(frozen=True, kw_only=True)
class Plane:
    r"""What the theory of a memory says in its plane of load and temperature.

    Attributes
    ----------
    title : str
        Name of the system.
    load, symbol : str
        The load's name in scans and its symbol, as ``"alpha"`` and ``r"\alpha"``.
    m : callable
        Retrieval m at a load and a temperature, NaN where there is no retrieval state.
    critical_load : callable
        Load of the spinodal at a temperature, 0 where retrieval exists at no load.
    branch : callable or None
        The curve of stable and unstable retrieval solutions at a temperature, if cuts are to show it.
    diagram : callable
        Draws the plane with the results of a scan, or without, on axes.
    cuts : pair of float
        Load and temperature near which cuts are drawn.
    away : float
        Fraction of the critical load up to which finite systems are asked to agree: beyond, they lose the memory.
    """

    title: str
    load: str
    symbol: str
    m: Callable[[float, float], float]
    critical_load: Callable[[float], float]
    branch: Callable[[float], PhaseLine] | None
    diagram: Callable[[xr.Dataset | None, Axes | None], PhaseDiagram]
    cuts: tuple[float, float]
    away: float


def cut_at(plane: Plane, results: xr.Dataset, fixed: str, value: float, axes: tuple[Axes, Axes]) -> None:
    """Draw m at fixed T against the load, or at a fixed load against T, for the values of a scan.

    Against the load the unstable solutions that bound the basin of retrieval are drawn too, dashed.
    """
    section = results.sel({fixed: value}, method="nearest")
    held = float(section[fixed])
    along = plane.load if fixed == "T" else "T"
    x = np.linspace(0, 1.02 * float(results[along].max()), 300)
    points = ((other, held) if fixed == "T" else (held, other) for other in x.tolist())
    drawn = cut(section, along, (x, np.array([plane.m(load, T) for load, T in points])), axes=axes)
    if fixed == "T" and plane.branch is not None and plane.critical_load(held) > 0:
        branch = plane.branch(held)
        unstable = branch.stability <= 0
        drawn.ax.plot(
            getattr(branch, plane.load)[unstable], branch.m[unstable],
            color="0.35", linestyle="--", linewidth=0.9, zorder=1,
        )  # fmt: skip
        drawn.ax.set_xlim(-0.02 * x[-1], 1.02 * x[-1])
    symbol = "T" if fixed == "T" else plane.symbol
    drawn.ax.set(title=f"${symbol} = {held:.3g}$", ylim=(-0.05, 1.05))


def fits_away_from_lines(plane: Plane, results: xr.Dataset) -> list[tuple[str, Extrapolation]]:
    """Extrapolations of m at every state point where the overlay is asked to agree.

    These are the points away from the spinodal (`Plane.away`) that have at least `FEWEST_SIZES` usable sizes (see
    `extrapolate`), and where m is not too close to 1 (`AWAY_FROM_M`).
    """
    fits = []
    for load in results[plane.load].to_numpy():
        for T in results["T"].to_numpy():
            point = results.sel({plane.load: load, "T": T})
            inside = load <= plane.away * plane.critical_load(float(T))
            if inside and float(point.m_theory) < 1 - AWAY_FROM_M:
                fit = extrapolate(point)
                if fit is not None and fit.sizes.size >= FEWEST_SIZES:
                    fits.append((rf"${plane.symbol}={load:.3g}$, $T={T:.3g}$", fit))
    return fits


def overlay_chi_square(plane: Plane, results: xr.Dataset) -> ChiSquare | None:
    """χ² of the whole overlay away from the lines, or None if nothing can be extrapolated."""
    fits = [fit for _, fit in fits_away_from_lines(plane, results)]
    return chi_square(fits) if fits else None


def retrieval_figures(plane: Plane, results: xr.Dataset) -> dict[str, Figure]:
    """The figures of a scan over load and temperature: the plane with two cuts, and the page of finite sizes.

    Parameters
    ----------
    plane : Plane
        The system.
    results : xarray.Dataset
        As `scans` stores it. A control parameter may be fixed instead of an axis, and the scan may be of theory
        alone (the plane without points) or of simulation alone (the theory is then solved here).

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``"figure"``, and ``"finite-size"`` where there is something to extrapolate.

    Raises
    ------
    ValueError
        If nothing is finished yet.
    """
    if not results.data_vars:
        raise ValueError("results = (empty) is not allowed: nothing of the scan is finished yet")
    complete = _complete(plane, results)
    with publication():
        if "m" not in complete:
            figure = plt.figure(figsize=(1.3 * COLUMN, 1.3 * COLUMN), layout="constrained")
            colour_bar(plane.diagram(None, figure.subplots()), LABELS["m"])
            return {"figure": figure}
        out = {"figure": _overview(plane, complete)}
        fits = fits_away_from_lines(plane, complete)
        if fits:
            out["finite-size"] = _finite_size_page(plane, complete, fits)
        return out


def theory_on_grid(plane: Plane, loads: NDArray[np.float64], temperatures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Retrieval m of the theory, shape (temperatures, loads), NaN where there is no retrieval state."""
    return np.array([[plane.m(load, T) for load in loads.tolist()] for T in temperatures.tolist()])


def _complete(plane: Plane, results: xr.Dataset) -> xr.Dataset:
    """The same with axes of one value for fixed parameters, and with the theory's m if the scan left it out."""
    fixed = json.loads(results.attrs.get("parameters", "{}"))
    for name in (plane.load, "T"):
        if name not in results.dims:
            results = results.assign_coords({name: fixed[name]}).expand_dims(name)
    if "m_theory" not in results:
        m = theory_on_grid(plane, results[plane.load].to_numpy(), results["T"].to_numpy())
        results = results.assign(m_theory=(("T", plane.load), m))
    return results


def _overview(plane: Plane, results: xr.Dataset) -> Figure:
    figure = plt.figure(figsize=(2.1 * COLUMN, 1.35 * COLUMN), layout="constrained")
    left, right = np.array(figure.subfigures(1, 2, width_ratios=[1.35, 1]))
    colour_bar(plane.diagram(results, left.subplots()), LABELS["m"])
    load, T = (
        float(results[name].sel({name: value}, method="nearest"))
        for name, value in zip((plane.load, "T"), plane.cuts, strict=True)
    )
    for half, (fixed, value) in zip(np.array(right.subfigures(2, 1)), (("T", T), (plane.load, load)), strict=True):
        upper, lower = half.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [3, 1], "hspace": 0})
        cut_at(plane, results, fixed, value, (upper, lower))
        if fixed == plane.load:
            upper.legend(loc="best")  # a sample that lost its memory can lie anywhere below the line
    samples = int(results.n_samples.max())
    title = f"{plane.title}: Monte Carlo ({samples} samples; in the plane $N={int(results.N[-1])}$) over RS theory"
    chi = overlay_chi_square(plane, results)
    if chi is not None:
        title += f"; $N\\to\\infty$: $\\chi^2/\\mathrm{{dof}} = {chi.value:.1f}/{chi.dof}$"
    else:
        title += f"; too few sizes for $N\\to\\infty$ ({FEWEST_SIZES})"
    figure.suptitle(title, fontsize=7.5)
    return figure


def _finite_size_page(plane: Plane, results: xr.Dataset, fits: list[tuple[str, Extrapolation]]) -> Figure:
    figure, (left, right) = plt.subplots(1, 2, figsize=(2.1 * COLUMN, 1.2 * COLUMN), layout="constrained")
    chosen = [fits[k] for k in np.unique(np.linspace(0, len(fits) - 1, 5).round().astype(int))]
    finite_size(chosen, ax=left)
    chi = chi_square([fit for _, fit in fits])
    right.hist(
        [fit.pull for _, fit in fits], bins=np.arange(-5, 5.1, 0.5), color="0.75", edgecolor="black", density=True
    )
    x = np.linspace(-5, 5, 200)
    right.plot(x, np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), color="black")
    right.set(xlabel=r"normal deviate of $m_\infty$", ylabel="density", title=f"{len(fits)} state points: {chi!r}")
    figure.suptitle(
        rf"{plane.title}, ${plane.symbol} \leq {plane.away}\,{plane.symbol}_M(T)$: fits $m_N = m_\infty + a/N$",
        fontsize=8,
    )
    return figure
