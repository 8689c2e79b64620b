"""Figures of dense Hebbian networks: the phase diagrams, and what a scan found."""

import json
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import theory
from figures.phase_diagram import LABELS, PhaseDiagram, colour_bar, phase_diagram
from figures.retrieval import Plane, retrieval_figures, theory_on_grid
from figures.style import COLOURS, COLUMN, publication
from statmech import DenseHebbian
from statmech.lines import PhaseLine
from theory.dense.coexistence import free_coexistence
from theory.dense.glass import is_discontinuous
from theory.dense.network import stored
from theory.dense.one_rsb import end_of_breaking
from theory.dense.rs import melting

GLASS, NISHIMORI = COLOURS[1:3]
"""Colours of these lines; those of retrieval are black."""


def dense_lines(P: int, indices: str = "distinct", points: int = 150) -> dict[str, PhaseLine]:
    r"""The lines of the (γ, T) plane by label.

    The spinodal of retrieval, replica symmetric and with one step of breaking; where retrieval is at equilibrium; its
    AT line; the glass's transitions. These are two, dynamical and static, but for repeated indices at P = 4, where it
    is one, continuous. With distinct indices there is the Nishimori line.
    """
    dense, net = theory.dense, stored(P, indices)
    end, tip = melting(net)[0], end_of_breaking(net)
    spinodal = dense.critical_load(np.linspace(0, end, points), P=P, indices=indices)
    highest = float(spinodal.gamma.max())
    gamma = np.geomspace(1e-5, 1.2 * highest, points)
    lines = {
        r"$\gamma_M$: retrieval exists (RS)": spinodal,
        r"$\gamma_M$ with one step of RSB": dense.critical_load(
            np.linspace(0, tip, 8), P=P, indices=indices, ansatz="1RSB"
        ),
        r"$\gamma_c$: retrieval is global": dense.coexistence_load(
            np.linspace(0, 0.9999 * free_coexistence(net), points // 6), P=P, indices=indices, ansatz="1RSB"
        ),
        r"$T_R$: RS unstable (retrieval)": dense.at_temperature(
            np.linspace(0.05, 0.999, points // 3) * dense.critical_load(tip, P=P, indices=indices).gamma,
            P=P, indices=indices,
        ),
    }  # fmt: skip
    if not is_discontinuous(net):
        return lines | {r"$T_g$: glass": dense.glass_temperature(gamma, P=P, indices=indices)}
    lines |= {
        r"$T_d$: glass, dynamical": dense.dynamical_temperature(gamma, P=P, indices=indices),
        r"$T_s$: glass, static": dense.kauzmann_temperature(gamma, P=P, indices=indices),
    }
    if indices == "distinct":
        lines[r"$T = \gamma$: Nishimori"] = dense.nishimori_line(np.linspace(1e-3, 0.9999, 30) * tip, P=P)
    return lines


def dense_diagram(
    P: int, indices: str = "distinct", results: xr.Dataset | None = None, ax: Axes | None = None
) -> PhaseDiagram:
    """The (γ, T) plane: phase lines, replica-symmetric retrieval m as shading, that of a scan as points.

    Parameters
    ----------
    P, indices : int, str
        As of `statmech.DenseHebbian`.
    results : xarray.Dataset, optional
        Results of a scan with axes gamma and T.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    lines = dense_lines(P, indices)
    spinodal = next(iter(lines.values()))
    right, top = 1.12 * float(spinodal.gamma.max()), 1.1 * float(spinodal.T.max())
    x, y = np.linspace(0, right, 97), np.linspace(0, top, 61)
    diagram = phase_diagram(
        lines, x="gamma", background=(x, y, theory_on_grid(plane(P, indices), x, y)), results=results, ax=ax,
        xlim=(-0.01 * right, right), ylim=(-0.02 * top, top),
    )  # fmt: skip
    for label, drawn in zip(lines, diagram.lines, strict=True):
        if "glass" in label:
            drawn.set_color(GLASS)
        elif "Nishimori" in label:
            drawn.set(color=NISHIMORI, linestyle="-")
    diagram.ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2, handlelength=3)  # off the points
    return diagram


def dense_diagrams(orders: Sequence[int] = (4, 6, 8), indices: str = "distinct") -> Figure:
    """The planes of several orders P side by side, at the width of a page."""
    with publication():
        figure = plt.figure(figsize=(2.1 * COLUMN, 0.85 * COLUMN), layout="constrained")
        panels = figure.subplots(1, len(orders), squeeze=False)[0]
        for k, (P, ax) in enumerate(zip(orders, panels, strict=True)):
            diagram = dense_diagram(P, indices, ax=ax)
            ax.set(title=f"$P = {P}$", ylabel=ax.get_ylabel() if k == 0 else "")
            legend = ax.get_legend()
            if k < len(orders) - 1:
                legend.remove()
        colour_bar(diagram, LABELS["m"])
        handles, labels = panels[-1].get_legend_handles_labels()
        panels[-1].get_legend().remove()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, handlelength=3)
        return figure


def plane(P: int, indices: str = "distinct") -> Plane:
    """The plane of load and temperature of one order, for the figures of scans."""
    dense, end = theory.dense, melting(stored(P, indices))[0]

    def critical_load(T: float) -> float:
        return float(dense.critical_load(T, P=P, indices=indices).gamma) if end > T else 0.0

    return Plane(
        title=f"Dense network, $P = {P}$" + (", repeated indices" if indices == "repeated" else ""),
        load="gamma",
        symbol=r"\gamma",
        m=lambda gamma, T: theory.solve(DenseHebbian(P=P, gamma=gamma, T=T, indices=indices)).m,
        critical_load=critical_load,
        branch=lambda T: dense.retrieval_branch(T, P=P, indices=indices),
        diagram=lambda results, ax: dense_diagram(P, indices, results, ax),
        cuts=(0.1, 0.2),
        away=0.8,
    )


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figures of a scan at one order P; see `figures.retrieval.retrieval_figures`.

    Raises
    ------
    ValueError
        If P or the convention of indices vary in the scan: there is one plane for each.
    """
    fixed = json.loads(results.attrs.get("parameters", "{}"))
    for name in ("P", "indices"):
        if name in results.dims:
            raise ValueError(f"axes = {name} is not allowed: the figure is of one {name}; select one of the results")
    return retrieval_figures(plane(fixed["P"], fixed.get("indices", "distinct")), results)
