"""The plane of control parameters: phase lines of the theory, simulation as coloured points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from figures.style import COLORMAP, DASHES
from statmech.lines import PhaseLine


@dataclass(frozen=True, kw_only=True)
class PhaseDiagram:
    """What `phase_diagram` drew: the axes, the lines in the order given, the theory's mesh and the points."""

    ax: Axes
    lines: Sequence[Line2D]
    mesh: QuadMesh | None
    points: Sequence[PathCollection]


def phase_diagram(
    lines: Mapping[str, PhaseLine],
    *,
    x: str = "alpha",
    y: str = "T",
    background: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None = None,
    results: xr.Dataset | None = None,
    value: str = "m",
    ax: Axes | None = None,
    **limits: Any,
) -> PhaseDiagram:
    """Draw phase lines, the theory's order parameter as shading and the simulation's as points of the same colours.

    A point that agrees with the theory is seen only by its rim. Crosses did not equilibrate.

    Parameters
    ----------
    lines : mapping of str to PhaseLine
        Label and line.
    x, y : str
        The control parameters on the axes.
    background : tuple of arrays, optional
        Values of x, of y, and the theory's order parameter of shape (len(y), len(x)); NaN is left white.
    results : xarray.Dataset, optional
        Results of a scan with dimensions x, y and N; the largest N is drawn.
    value : str
        The order parameter.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    **limits
        ``xlim``, ``ylim``, ``title``, … passed to ``ax.set``.

    Returns
    -------
    PhaseDiagram
    """
    axes = ax if ax is not None else plt.subplots()[1]
    mesh = None
    if background is not None:
        mesh = axes.pcolormesh(
            *background, cmap=COLORMAP, vmin=0, vmax=1, shading="nearest", rasterized=True, alpha=0.85
        )
    drawn = []
    for k, (label, line) in enumerate(lines.items()):
        dash = DASHES[k % len(DASHES)]
        # a light rim keeps every line visible on dark and on light shading
        axes.plot(getattr(line, x), getattr(line, y), color="white", linewidth=2.4, zorder=2)
        drawn += axes.plot(
            getattr(line, x), getattr(line, y), linestyle=dash, color="black", label=label, zorder=2.1, linewidth=1.2
        )
    points = _points(axes, results, x, y, value) if results is not None and value in results else []
    axes.set(xlabel=LABELS.get(x, x), ylabel=LABELS.get(y, y), **limits)
    return PhaseDiagram(ax=axes, lines=drawn, mesh=mesh, points=points)


def _points(axes: Axes, results: xr.Dataset, x: str, y: str, value: str) -> list[PathCollection]:
    columns = results.isel(N=-1)[[value, "equilibrated"]].stack(point=(x, y))
    known = columns[value].notnull().to_numpy()
    settled = columns["equilibrated"].to_numpy().astype(bool)
    drawn = []
    for chosen, marker, label in ((known & settled, "o", None), (known & ~settled, "X", "not equilibrated")):
        if chosen.any():
            drawn.append(
                axes.scatter(
                    columns[x].to_numpy()[chosen], columns[y].to_numpy()[chosen],
                    c=np.clip(columns[value].to_numpy()[chosen], 0, 1), cmap=COLORMAP, vmin=0, vmax=1,
                    s=20, marker=marker, edgecolors="black", linewidths=0.6, zorder=3, label=label,
                )
            )  # fmt: skip
    return drawn


def colour_bar(diagram: PhaseDiagram, label: str) -> Artist:
    """Colour bar of the order parameter beside a phase diagram."""
    shown = diagram.points[0] if diagram.points else diagram.mesh
    if shown is None:
        raise ValueError("diagram = (lines only) is not allowed: there are no colours to explain")
    bar = diagram.ax.figure.colorbar(shown, ax=diagram.ax, label=label, pad=0.02)
    return bar.ax


LABELS = {
    "alpha": r"load $\alpha$",
    "gamma": r"load $\gamma$",
    "T": r"temperature $T$",
    "m": r"Mattis magnetisation $m$",
    "q": r"overlap $q$",
    "u": r"energy $u$",
}
"""Axis labels of the control and order parameters."""
