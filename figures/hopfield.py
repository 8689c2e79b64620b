"""Figures of the Hopfield model: the phase diagram, and what a scan of it found."""

from functools import cache

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

import theory
from figures.phase_diagram import PhaseDiagram, phase_diagram
from figures.retrieval import Plane, retrieval_figures, theory_on_grid
from statmech import Hopfield
from statmech.lines import PhaseLine


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


@cache
def _theory() -> tuple[dict[str, PhaseLine], tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    """Lines and shading, seconds of work: there is but one plane, whatever is drawn over it."""
    x, y = np.linspace(0, 0.16, 97), np.linspace(0, 1.0, 61)
    return hopfield_lines(), (x, y, theory_on_grid(PLANE, x, y))


def hopfield_diagram(results: xr.Dataset | None = None, ax: Axes | None = None) -> PhaseDiagram:
    """The (α, T) plane: phase lines, retrieval m of the theory as shading, that of a scan as points.

    Parameters
    ----------
    results : xarray.Dataset, optional
        Results of a scan with axes alpha and T.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    lines, background = _theory()
    diagram = phase_diagram(
        lines, background=background, results=results, ax=ax, xlim=(-0.002, 0.16), ylim=(-0.02, 1.78)
    )
    diagram.ax.legend(loc="upper left", frameon=True, framealpha=1, edgecolor="none", borderpad=0.2)
    for text, place in (("paramagnet", (0.112, 1.5)), ("spin glass", (0.112, 1.08)), ("retrieval", (0.006, 0.05))):
        diagram.ax.annotate(text, place, fontsize=7, style="italic")
    return diagram


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figures of a scan of the Hopfield model; see `figures.retrieval.retrieval_figures`."""
    return retrieval_figures(PLANE, results)


PLANE = Plane(
    title="Hopfield model",
    load="alpha",
    symbol=r"\alpha",
    m=lambda alpha, T: theory.solve(Hopfield(alpha=alpha, T=T)).m,
    critical_load=lambda T: theory.hopfield.critical_load(T).alpha if T < 1 else 0.0,
    branch=theory.hopfield.retrieval_branch,
    diagram=hopfield_diagram,
    cuts=(0.05, 0.4),
    away=0.9,
)
"""The Hopfield model's plane of load and temperature."""
