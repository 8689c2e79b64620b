"""Figures of networks that learn from examples: phase diagrams, thresholds of learning, and what a scan found."""

import json
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import erf

import theory
from figures.phase_diagram import LABELS, PhaseDiagram, phase_diagram
from figures.retrieval import Plane, retrieval_figures, theory_on_grid
from figures.style import COLORMAP, COLOURS, COLUMN, DASHES, publication
from statmech import SupervisedHebbian, UnsupervisedHebbian
from statmech.lines import PhaseLine
from theory.dense.coexistence import free_coexistence
from theory.dense.rs import melting
from theory.learning.law import Learning, dense_network, gaussian, retrieved
from theory.learning.zero_temperature import effective_load, largest_argument, load

PROTOCOLS: dict[str, type[Learning]] = {"supervised": SupervisedHebbian, "unsupervised": UnsupervisedHebbian}
"""Model of each protocol."""

TAUGHT = {"supervised": "-", "unsupervised": (0, (5, 2))}
"""Line of each protocol."""


def protocol_of(model: Learning) -> str:
    """The name of a model's protocol."""
    return "supervised" if isinstance(model, SupervisedHebbian) else "unsupervised"


def highest_temperature(model: Learning) -> float:
    """Temperature up to which there is retrieval at some load."""
    return 1.0 if model.P == 2 else melting(dense_network(model.P, retrieved(model, "binomial")))[0]


def _end_of_coexistence(model: Learning) -> float:
    """Temperature up to which retrieval is global at some load."""
    return 1.0 if model.P == 2 else free_coexistence(dense_network(model.P, retrieved(model, "binomial")))


def learning_lines(model: Learning, points: int = 60) -> dict[str, PhaseLine]:
    """The lines of the (γ, T) plane by label; load and temperature of `model` do not matter."""
    data: dict[str, Any] = {"P": model.P, "r": model.r, "M": model.M, "protocol": protocol_of(model)}
    learning, end = theory.learning, highest_temperature(model)
    spinodal = learning.critical_load(np.linspace(0, end, points), **data)
    stable = np.flatnonzero(spinodal.replicon > 0)
    meeting = spinodal.gamma[stable[0]]
    return {
        r"$\gamma_M$: retrieval exists": spinodal,
        r"$\gamma_c$: retrieval is global": learning.coexistence_load(
            np.linspace(0, 0.9999 * _end_of_coexistence(model), points // 4), **data
        ),
        r"$T_R$: RS unstable (retrieval)": learning.at_temperature(
            np.linspace(0.1, 0.98, points // 4) * meeting, **data
        ),
    }


def learning_diagram(model: Learning, results: xr.Dataset | None = None, ax: Axes | None = None) -> PhaseDiagram:
    """The (γ, T) plane of given data: phase lines, m of retrieval as shading, that of a scan as points.

    Parameters
    ----------
    model : SupervisedHebbian or UnsupervisedHebbian
        Order of the interactions and data; load and temperature do not matter.
    results : xarray.Dataset, optional
        Results of a scan with axes gamma and T.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    lines = learning_lines(model)
    spinodal = next(iter(lines.values()))
    right, top = 1.12 * float(spinodal.gamma.max()), 1.35 * float(spinodal.T.max())
    x, y = np.linspace(0, right, 41), np.linspace(0, top, 33)
    diagram = phase_diagram(
        lines, x="gamma", background=(x, y, theory_on_grid(plane(model), x, y)), results=results, ax=ax,
        xlim=(-0.01 * right, right), ylim=(-0.02 * top, top),
    )  # fmt: skip
    diagram.ax.legend(loc="upper right", frameon=True, framealpha=1, edgecolor="none", borderpad=0.2)
    return diagram


def plane(model: Learning) -> Plane:
    """The plane of load and temperature of given data, for the figures of scans."""
    kind, protocol, end = type(model), protocol_of(model), highest_temperature(model)
    data: dict[str, Any] = {"P": model.P, "r": model.r, "M": model.M}

    def critical_load(T: float) -> float:
        return float(theory.learning.critical_load(T, protocol=protocol, **data).gamma) if end > T else 0.0

    return Plane(
        title=f"{protocol.capitalize()} learning, $P = {model.P}$, $r = {model.r:g}$, $M = {model.M:g}$",
        load="gamma",
        symbol=r"\gamma",
        m=lambda gamma, T: theory.solve(kind(gamma=gamma, T=T, **data)).m,
        critical_load=critical_load,
        branch=None,
        diagram=lambda results, ax: learning_diagram(model, results, ax),
        cuts=(0.3 * critical_load(0.0), 0.3 * end),
        away=0.5,
    )


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figures of a scan of given data; see `figures.retrieval.retrieval_figures`.

    Raises
    ------
    ValueError
        If P, r or M vary in the scan: there is one plane for each.
    """
    fixed = json.loads(results.attrs.get("parameters", "{}"))
    for name in ("P", "r", "M"):
        if name in results.dims:
            raise ValueError(f"axes = {name} is not allowed: the figure is of one {name}; select one of the results")
    kind = next(kind for kind in PROTOCOLS.values() if kind.system == results.attrs["model"])
    return retrieval_figures(plane(kind(P=fixed["P"], gamma=0.0, T=0.0, r=fixed["r"], M=fixed["M"])), results)


# --- phase diagrams of the literature, in its form of many examples ---


def temperature_diagrams(
    orders: Sequence[int] = (2, 4, 6), entropies: Sequence[float] = (0.0, 0.05, 0.15, 0.5)
) -> Figure:
    r"""Where retrieval ends in the (γ, T) plane at several entropies ρ of the dataset, with a teacher.

    Without one the load is :math:`\gamma/\kappa` for P ≥ 4.
    """
    with publication():
        figure, panels = plt.subplots(1, len(orders), figsize=(2.1 * COLUMN, 0.85 * COLUMN), layout="constrained")
        for P, ax in zip(orders, np.atleast_1d(panels), strict=True):
            for k, rho in enumerate(entropies):
                end = 1.0 if P == 2 else melting(dense_network(P, gaussian(rho)))[0]
                line = theory.learning.critical_load_of_entropy(rho, P=P, T=np.linspace(0, end, 50))
                ax.plot(line.gamma, line.T, color=COLOURS[k], linestyle=DASHES[k], label=rf"$\rho = {rho:g}$")
                broken = line.replicon < 0
                ax.plot(line.gamma[broken], line.T[broken], color=COLOURS[k], linewidth=2.6, alpha=0.3)
            name = r"load $\alpha$" if P == 2 else r"load $\gamma$"
            ax.set(title=f"$P = {P}$", xlabel=name, xlim=(0, None), ylim=(0, None))
        np.atleast_1d(panels)[0].set_ylabel(LABELS["T"])
        np.atleast_1d(panels)[0].legend(loc="upper right")
        figure.suptitle("End of retrieval, examples sorted by a teacher (wide: replica symmetry is broken)", fontsize=8)
        return figure


def entropy_diagrams(orders: Sequence[int] = (2, 4, 6)) -> Figure:
    r"""The (ρ, γ) plane at T = 0 with a teacher: the magnetisation of the archetype, and where retrieval ends.

    For P ≥ 4 a state near the average of the examples exists at any ρ, below a load that does not vanish, but m falls.
    """
    rhos = np.linspace(0, 1, 121)
    with publication():
        figure, panels = plt.subplots(1, len(orders), figsize=(2.1 * COLUMN, 0.85 * COLUMN), layout="constrained")
        for P, ax in zip(orders, np.atleast_1d(panels), strict=True):
            line = theory.learning.critical_load_of_entropy(rhos, P=P)
            loads = np.linspace(0, 1.08 * line.gamma[0], 101)
            m = np.array([_overlaps(P, rho, loads) for rho in rhos.tolist()]).T
            mesh = ax.pcolormesh(
                rhos, loads, m, cmap=COLORMAP, vmin=0, vmax=1, shading="nearest", rasterized=True, alpha=0.85
            )
            drawn = ax.contour(rhos, loads, m, levels=[0.8, 0.9, 0.95], colors="white", linewidths=0.6)
            ax.clabel(drawn, fontsize=5.5)
            ax.plot(rhos, line.gamma, color="black", label=r"$\gamma_c(\rho)$: retrieval exists")
            name = r"load $\alpha$" if P == 2 else r"load $\gamma$"
            ax.set(title=f"$P = {P}$", xlabel=r"dataset entropy $\rho$", ylabel=name, ylim=(0, loads[-1]))
        np.atleast_1d(panels)[-1].legend(loc="upper right")
        figure.colorbar(mesh, ax=panels, label=LABELS["m"] + ", $T = 0$", pad=0.02)
        return figure


def _overlaps(P: int, rho: float, loads: np.ndarray) -> np.ndarray:
    """Retrieval m at T = 0 with a teacher, Gaussian form, NaN beyond the critical load."""
    top = largest_argument(rho)
    y = np.linspace(1e-3 * top, top, 4000)
    if P == 2:  # r = 1 / sqrt(1 + rho) makes M = 1 an entropy of rho
        gamma = np.array([load(each, 2, 1 / np.sqrt(1 + rho), 1.0, "supervised") for each in y.tolist()])
    else:
        gamma = np.array([effective_load(each, rho, P) for each in y.tolist()])
    best = int(np.argmax(np.where(np.isfinite(gamma), gamma, -np.inf)))
    falling = gamma[best:][::-1]  # the stable branch has the larger arguments
    return np.where(loads <= gamma[best], erf(np.interp(loads, falling, y[best:][::-1])), np.nan)


def threshold_diagram(orders: Sequence[int] = (2, 4, 6), gamma: float = 0.05) -> Figure:
    r"""How many examples it takes, against their quality r, at T = 0: both protocols, several orders.

    Left: :math:`M_c`, from which on there is a retrieval state; middle: with a magnetisation of 0.9 or more; right: the
    one-step estimate, and (dotted) :math:`M_\mathrm{ex} = 1 + r^{1-2P}`, beyond which single examples are not stored.
    """
    r = np.geomspace(0.15, 0.98, 60)
    learning = theory.learning
    with publication():
        figure, panels = plt.subplots(1, 3, figsize=(2.1 * COLUMN, 0.95 * COLUMN), layout="constrained", sharey=True)
        for k, P in enumerate(orders):
            for protocol, dash in TAUGHT.items():
                how: dict[str, Any] = {"P": P, "gamma": gamma, "protocol": protocol}
                curves = (
                    learning.critical_examples(r, **how),
                    learning.examples_for_magnetization(0.9, r, **how),
                    learning.one_step_examples(r, **how),
                )
                for ax, M in zip(panels, curves, strict=True):
                    ax.plot(r, M, color=COLOURS[k], linestyle=dash, label=f"$P = {P}$, {protocol}")
            panels[2].plot(r, learning.generalization_examples(r, P=P), color=COLOURS[k], linestyle=":")
        titles = ("retrieval exists, $M_c$", "$m \\geq 0.9$", "one step, and $M_{ex}$ (dotted)")
        for ax, title in zip(panels, titles, strict=True):
            ax.set(xscale="log", yscale="log", ylim=(0.8, 1e6), title=title, xlabel="quality of the examples $r$")
            ax.set_xticks([0.2, 0.5, 1], ["0.2", "0.5", "1"])
            ax.set_xticks([], minor=True)
        panels[0].set_ylabel("examples of each archetype $M$")
        panels[0].legend(loc="upper right", fontsize=5.5)
        figure.suptitle(rf"Learning thresholds at $T = 0$, load $\gamma = {gamma:g}$", fontsize=8)
        return figure
