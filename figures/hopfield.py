"""Figures of the Hopfield model: the phase diagram, and what a scan of it found."""

import json
from collections.abc import Iterable

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

import theory
from figures.finite_size import ChiSquare, Extrapolation, chi_square, extrapolate, finite_size
from figures.overlay import cut
from figures.phase_diagram import LABELS, PhaseDiagram, colour_bar, phase_diagram
from figures.style import COLUMN, publication
from statmech import Hopfield
from statmech.lines import PhaseLine

AWAY_FROM_LINES = 0.9
"""Fraction of the critical load up to which the overlay is asked to agree: beyond, finite samples lose the memory."""


def hopfield_lines(points: int = 200) -> dict[str, PhaseLine]:
    """The lines of the (α, T) plane by label, with `points` points each."""
    T = np.linspace(0, 1, points)
    alpha = np.linspace(0, 0.2, points)
    return {
        r"$T_g$: spin glass": theory.hopfield.glass_temperature(alpha),
        r"$\alpha_M$: retrieval exists": theory.hopfield.critical_load(T),
        r"$\alpha_c$: retrieval is global": theory.hopfield.coexistence_load(T),
        r"$T_R$: RS unstable (retrieval)": theory.hopfield.at_temperature(np.linspace(0.04, 0.1381859, points)),
    }


def hopfield_diagram(results: xr.Dataset | None = None, ax: Axes | None = None) -> PhaseDiagram:
    """The (α, T) plane: phase lines, retrieval m of the theory as shading, that of a scan as points.

    Parameters
    ----------
    results : xarray.Dataset, optional
        Results of a scan with axes alpha and T.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    x, y = np.linspace(0, 0.16, 97), np.linspace(0, 1.0, 61)
    m = np.array([retrieval_m(x, T) for T in y])
    diagram = phase_diagram(
        hopfield_lines(), background=(x, y, m), results=results, ax=ax, xlim=(-0.002, 0.16), ylim=(-0.02, 1.78)
    )
    diagram.ax.legend(loc="upper left", frameon=True, framealpha=1, edgecolor="none", borderpad=0.2)
    for text, place in (("paramagnet", (0.112, 1.5)), ("spin glass", (0.112, 1.08)), ("retrieval", (0.006, 0.05))):
        diagram.ax.annotate(text, place, fontsize=7, style="italic")
    return diagram


def retrieval_m(alpha: Iterable[float], T: float) -> NDArray[np.float64]:
    """Theory's retrieval m at several loads, NaN where there is no retrieval state."""
    return np.array([theory.solve(Hopfield(alpha=float(a), T=T)).m for a in alpha])


def cut_at(results: xr.Dataset, fixed: str, value: float, axes: tuple[Axes, Axes]) -> None:
    """Draw m at fixed T against α, or at fixed α against T, for the values of a scan.

    Against α the unstable solutions that bound the basin of retrieval are drawn too, dashed.
    """
    section = results.sel({fixed: value}, method="nearest")
    held = float(section[fixed])
    along = "alpha" if fixed == "T" else "T"
    x = np.linspace(0, 1.02 * float(results[along].max()), 300)
    if fixed == "T":
        y = retrieval_m(x, held)
    else:
        y = np.array([theory.solve(Hopfield(alpha=held, T=float(T))).m for T in x])
    drawn = cut(section, along, (x, y), axes=axes)
    if fixed == "T" and held < 1:
        branch = theory.hopfield.retrieval_branch(held)
        unstable = branch.stability <= 0
        drawn.ax.plot(branch.alpha[unstable], branch.m[unstable], color="0.35", linestyle="--", linewidth=0.9, zorder=1)
    symbol = "T" if fixed == "T" else r"\alpha"
    drawn.ax.set(title=f"${symbol} = {held:.3g}$", ylim=(-0.05, 1.05))


def fits_away_from_lines(results: xr.Dataset) -> list[tuple[str, Extrapolation]]:
    r"""Extrapolations of m at every state point where the overlay is asked to agree.

    These are the points with :math:`\alpha \le 0.9\,\alpha_M(T)` that have two usable sizes (see `extrapolate`), and
    where m is far enough from 1 (:math:`1-m > 10^{-3}`) for its error to be Gaussian: closer to 1 a handful of
    flipped spins decide.
    """
    fits = []
    for alpha in results.alpha.to_numpy():
        for T in results["T"].to_numpy():
            point = results.sel(alpha=alpha, T=T)
            inside = T < 1 and alpha <= AWAY_FROM_LINES * theory.hopfield.critical_load(float(T)).alpha
            if inside and float(point.m_theory) < 1 - 1e-3:
                fit = extrapolate(point)
                if fit is not None:
                    fits.append((rf"$\alpha={alpha:.3g}$, $T={T:.3g}$", fit))
    return fits


def overlay_chi_square(results: xr.Dataset) -> ChiSquare | None:
    """χ² of the whole overlay away from the lines, or None if nothing can be extrapolated."""
    fits = [fit for _, fit in fits_away_from_lines(results)]
    return chi_square(fits) if fits else None


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figures of a scan of the Hopfield model: the plane with two cuts, and the page of finite sizes.

    Parameters
    ----------
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
    complete = _complete(results)
    with publication():
        if "m" not in complete:
            figure = plt.figure(figsize=(1.3 * COLUMN, 1.3 * COLUMN), layout="constrained")
            colour_bar(hopfield_diagram(ax=figure.subplots()), LABELS["m"])
            return {"figure": figure}
        out = {"figure": _overview(complete)}
        fits = fits_away_from_lines(complete)
        if fits:
            out["finite-size"] = _finite_size_page(complete, fits)
        return out


def _complete(results: xr.Dataset) -> xr.Dataset:
    """The same with axes of one value for fixed parameters, and with the theory's m if the scan left it out."""
    fixed = json.loads(results.attrs.get("parameters", "{}"))
    for name in ("alpha", "T"):
        if name not in results.dims:
            results = results.assign_coords({name: fixed[name]}).expand_dims(name)
    if "m_theory" not in results:
        m = np.array([retrieval_m(results.alpha.to_numpy(), float(T)) for T in results["T"]])
        results = results.assign(m_theory=(("T", "alpha"), m))
    return results


def _overview(results: xr.Dataset) -> Figure:
    figure = plt.figure(figsize=(2.1 * COLUMN, 1.35 * COLUMN), layout="constrained")
    left, right = np.array(figure.subfigures(1, 2, width_ratios=[1.35, 1]))
    diagram = hopfield_diagram(results, ax=left.subplots())
    colour_bar(diagram, LABELS["m"])
    alphas, temperatures = results.alpha.to_numpy(), results["T"].to_numpy()
    middle_T = temperatures[np.abs(temperatures - 0.4).argmin()]
    middle_alpha = alphas[np.abs(alphas - 0.05).argmin()]
    for half, (fixed, value) in zip(
        np.array(right.subfigures(2, 1)), (("T", middle_T), ("alpha", middle_alpha)), strict=True
    ):
        upper, lower = half.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [3, 1], "hspace": 0})
        cut_at(results, fixed, float(value), (upper, lower))
        if fixed == "T":
            upper.legend(loc="upper right")
    samples = int(results.n_samples.max())
    title = f"Hopfield model: Monte Carlo ({samples} samples; in the plane $N={int(results.N[-1])}$) over RS theory"
    chi = overlay_chi_square(results)
    if chi is not None:
        title += f"; $N\\to\\infty$: $\\chi^2/\\mathrm{{dof}} = {chi.value:.1f}/{chi.dof}$"
    figure.suptitle(title, fontsize=7.5)
    return figure


def _finite_size_page(results: xr.Dataset, fits: list[tuple[str, Extrapolation]]) -> Figure:
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
        rf"Hopfield model, $\alpha \leq {AWAY_FROM_LINES}\,\alpha_M(T)$: fits $m_N = m_\infty + a/N$", fontsize=8
    )
    return figure
