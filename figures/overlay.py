"""Cuts through a scan: simulation with error bars over the theory's line, and the pulls below."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from figures.phase_diagram import LABELS
from figures.style import COLOURS, MARKERS


@dataclass(frozen=True, kw_only=True)
class Cut:
    """What `cut` drew.

    Attributes
    ----------
    ax, pull_ax : matplotlib.axes.Axes
        Panel of the order parameter, and panel of the pulls.
    line : matplotlib.lines.Line2D
        The theory.
    bars : sequence of ErrorbarContainer
        The simulation, two for each N: what equilibrated, and what did not.
    """

    ax: Axes
    pull_ax: Axes
    line: Line2D
    bars: Sequence[ErrorbarContainer]


def check_axes(results: xr.Dataset, *names: str) -> None:
    """Raise unless the axes of a scan, sizes apart, are these."""
    if set(results.dims) - {"N", "P_q_bin"} != set(names):
        axes = results.attrs.get("axes", "")
        raise ValueError(f"axes = {axes} is not allowed: the figure is of {' and '.join(names)}")


def pulls(results: xr.Dataset, value: str = "m") -> xr.DataArray:
    """Difference of simulation and theory over the error of the simulation; NaN where either is missing.

    Parameters
    ----------
    results : xarray.Dataset
        With ``m``, ``m_err`` and ``m_theory`` for `value` "m".
    value : str
        The order parameter.
    """
    error = results[f"{value}_err"]
    return ((results[value] - results[f"{value}_theory"]) / error.where(error > 0)).rename(f"{value}_pull")


def cut(
    results: xr.Dataset,
    along: str,
    theory: tuple[ArrayLike, ArrayLike],
    *,
    value: str = "m",
    axes: tuple[Axes, Axes] | None = None,
) -> Cut:
    """Draw an order parameter along one control parameter, theory under simulation, and the pulls below it.

    Pulls beyond the panel's range are drawn at its rim; crosses did not equilibrate.

    Parameters
    ----------
    results : xarray.Dataset
        A cut of a scan, with dimensions `along` and N, and with ``equilibrated``.
    along : str
        The control parameter on the horizontal axis.
    theory : pair of array_like
        Fine values of the control parameter and of the order parameter there; NaN interrupts the line.
    value : str
        The order parameter.
    axes : pair of matplotlib.axes.Axes, optional
        Upper and lower panel; a new figure by default.

    Returns
    -------
    Cut
    """
    if axes is None:
        _, made = plt.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [3, 1]})
        axes = (made[0], made[1])
    upper, lower = axes
    x, y = (np.asarray(values, dtype=float) for values in theory)
    (line,) = upper.plot(x, y, color="0.35", linewidth=1.4, zorder=1, label="theory, RS")
    differences = pulls(results, value)
    reach = _reach(differences.to_numpy())
    bars = []
    width = _spacing(results[along].to_numpy()) * 0.12
    sizes = results["N"].to_numpy()
    for k, N in enumerate(sizes):
        at_size = results.sel(N=N)
        colour, marker = COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]
        shift = width * (k - (len(sizes) - 1) / 2)  # so that error bars of several N do not hide each other
        place = at_size[along].to_numpy() + shift
        rim = np.clip(differences.sel(N=N).to_numpy(), -0.9 * reach, 0.9 * reach)
        settled = at_size["equilibrated"].to_numpy().astype(bool)
        for chosen, symbol, label in ((settled, marker, f"$N={N}$"), (~settled, "X", None)):
            face = "white" if symbol == marker else colour
            bars.append(
                upper.errorbar(
                    place[chosen],
                    at_size[value].to_numpy()[chosen],
                    yerr=at_size[f"{value}_err"].to_numpy()[chosen],
                    fmt=symbol,
                    color=colour,
                    label=label,
                    markerfacecolor=face,
                    markeredgewidth=0.8,
                    elinewidth=0.7,
                    zorder=2,
                )
            )
            lower.plot(place[chosen], rim[chosen], linestyle="none", marker=symbol, color=colour, markerfacecolor=face)
    if not results["equilibrated"].all():
        upper.errorbar([], [], yerr=[], fmt="X", color="0.35", label="not equilibrated")
    lower.axhspan(-1, 1, color="0.88", zorder=0)
    lower.axhline(0, color="0.35", linewidth=0.8, zorder=0.5)
    lower.set(xlabel=LABELS.get(along, along), ylabel="pull", ylim=(-reach, reach))
    upper.set(ylabel=LABELS.get(value, value).split()[-1])
    upper.tick_params(labelbottom=False)
    return Cut(ax=upper, pull_ax=lower, line=line, bars=bars)


def _spacing(values: NDArray[np.float64]) -> float:
    return float(np.min(np.diff(np.sort(values)))) if len(values) > 1 else 0.0


def _reach(values: NDArray[np.float64]) -> float:
    """Half the height of the panel of pulls; what lies beyond, as collapsed points do, is drawn at its rim."""
    finite = np.abs(values[np.isfinite(values)])
    return 6.0 if finite.size and finite.max() > 3.2 else 3.5
