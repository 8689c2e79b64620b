"""Figures of networks that learn from examples: phase diagrams, thresholds of learning, and what a scan found."""

import json
import math
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.special import erf

import theory
from figures.phase_diagram import LABELS, PhaseDiagram, phase_diagram
from figures.retrieval import Plane, retrieval_figures, theory_on_grid
from figures.style import COLORMAP, COLOURS, COLUMN, publication
from statmech import SupervisedHebbian, UnsupervisedHebbian
from statmech.lines import PhaseLine
from theory.dense import one_rsb
from theory.dense.coexistence import free_coexistence
from theory.dense.rs import melting
from theory.learning import pairs_one_rsb
from theory.learning.law import Learning, dense_network, retrieved
from theory.learning.pairs import pair_network
from theory.learning.zero_temperature import critical_load, largest_argument, load

PROTOCOLS: dict[str, type[Learning]] = {"supervised": SupervisedHebbian, "unsupervised": UnsupervisedHebbian}
"""Model of each protocol."""

TAUGHT = {"supervised": "-", "unsupervised": (0, (5, 2))}
"""Line of each protocol."""


def protocol_of(model: Learning) -> str:
    """The name of a model's protocol."""
    return "supervised" if isinstance(model, SupervisedHebbian) else "unsupervised"


def highest_temperature(model: Learning, examples: str = "binomial") -> float:
    """Temperature up to which there is retrieval at some load."""
    return 1.0 if model.P == 2 else melting(dense_network(model.P, retrieved(model, examples)))[0]


def _end_of_coexistence(model: Learning, examples: str) -> float:
    """Temperature up to which retrieval is global at some load."""
    return 1.0 if model.P == 2 else free_coexistence(dense_network(model.P, retrieved(model, examples)))


def _end_of_breaking(model: Learning, examples: str) -> float:
    """Temperature up to which the end of retrieval breaks replica symmetry."""
    pattern = retrieved(model, examples)
    if model.P == 2:
        return pairs_one_rsb.end_of_breaking(pair_network(model, pattern))
    return one_rsb.end_of_breaking(dense_network(model.P, pattern))


def learning_lines(model: Learning, points: int = 60, examples: str = "binomial") -> dict[str, PhaseLine]:
    """The lines of the (γ, T) plane by label; load and temperature of `model` do not matter.

    The spinodal of retrieval with one step of breaking and replica symmetric, which meet; where retrieval is at
    equilibrium, against a glass of one step; its AT line; and where the glass begins.
    """
    how: dict[str, Any] = {"P": model.P, "r": model.r, "M": model.M, "protocol": protocol_of(model)}
    law: dict[str, Any] = {"examples": examples}
    learning = theory.learning
    top, end = highest_temperature(model, examples), _end_of_breaking(model, examples)
    below, above = np.linspace(0, end, 5), top - (top - end) * np.linspace(1, 0, points) ** 2
    spinodal = learning.critical_load(np.concatenate([below, above[1:]]), ansatz="1RSB", **how, **law)
    highest, meeting = float(spinodal.gamma.max()), float(spinodal.gamma[4])
    # points are dense where lines end at no load, for logarithmic axes, and where the AT line bends, next to its end,
    # which is known from an effective load of 0.001 on
    faint = 0.00101 / (model.kappa if isinstance(model, UnsupervisedHebbian) and model.P > 2 else 1.0)
    least, most = max(0.1 * meeting, faint), 0.9999 * meeting
    return {
        r"$\gamma_M$: retrieval exists": spinodal,
        r"$\gamma_M$, replica symmetric": learning.critical_load(np.linspace(0, end, points // 3), **how, **law),
        r"$\gamma_c$: retrieval is global": learning.coexistence_load(
            0.9999 * _end_of_coexistence(model, examples) * np.sin(np.linspace(0, math.pi / 2, max(6, points // 3))),
            ansatz="1RSB",
            **how,
            **law,
        ),
        r"$T_R$: RS unstable (retrieval)": learning.at_temperature(
            most - (most - least) * np.linspace(1, 0, points // 2) ** 2, **how, **law
        ),
        r"$T_g$, $T_s$: glass": learning.glass_temperature(np.geomspace(1e-4, 1.3, points // 2) * highest, **how),
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


PANELS: Any = (
    {"linestyle": "-", "linewidth": 1.3},
    {"linestyle": (0, (4, 1.5)), "linewidth": 0.9},
    {"linestyle": (0, (1, 1.2)), "linewidth": 1.1},
    {"linestyle": (0, (6, 1.5, 1, 1.5)), "linewidth": 0.8},
    {"linestyle": (0, (3, 6)), "linewidth": 0.7},
)
"""Style of each of `learning_lines` where there are several entropies, a colour each."""


def temperature_diagrams(
    orders: Sequence[int] = (2, 4), numbers: Sequence[float] = (math.inf, 20, 6), r: float = 0.5
) -> Figure:
    r"""The (γ, T) plane at several entropies ρ of the dataset, with a teacher above and without one below.

    Without a teacher and with more than two spins the loads are on a logarithmic axis: they are those with a teacher
    over :math:`\kappa`. The glass of several entropies is at the same place in the other panels, but for pairs without
    a teacher; there the colours of its dashes alternate.

    Parameters
    ----------
    orders : sequence of int
        Orders P of the interactions.
    numbers : sequence of float
        Examples of each archetype, at most three; with r they give the entropies.
    r : float
        Their quality. With a teacher the entropy alone matters.
    """
    with publication():
        figure, panels = _protocols(len(orders))
        for column, P in zip(panels.T, orders, strict=True):
            for k, M in enumerate(numbers):
                for ax, (lines, factor) in zip(column, _lines_of_both(P, r, M), strict=True):
                    for style, line in zip(_in_turn(k), lines.values(), strict=True):
                        ax.plot(factor * line.gamma, line.T, color=COLOURS[k], **style)
            top = 1.45 if P == 2 else 1.08 * max(float(np.max(line.get_ydata())) for line in column[0].lines[::5])
            for ax, protocol in zip(column, PROTOCOLS, strict=True):
                right = 1.08 * max(float(np.max(line.get_xdata())) for line in ax.lines[::5])
                ax.set(title=f"$P = {P}$, {protocol}", xlim=(0, right), ylim=(0, top))
            if P > 2:
                column[1].set(xscale="log", xlim=(1e-3, 1.1 * right))
            column[1].set_xlabel(_load_name(P))
        for ax in panels[:, 0]:
            ax.set_ylabel(LABELS["T"])
        rhos = [float(theory.learning.dataset_entropy(r, M)) for M in numbers]
        colours = [Line2D([], [], color=COLOURS[k], label=rf"$\rho = {rho:.2g}$") for k, rho in enumerate(rhos)]
        kinds = [Line2D([], [], color="black", label=name, **how) for name, how in zip(lines, PANELS, strict=True)]
        figure.legend(handles=colours + kinds, loc="outside lower center", ncols=4, handlelength=3)
        return figure


def _in_turn(k: int) -> Any:
    """`PANELS` of the entropy k, whose dashes fill the gaps of the others' where the glass is the same."""
    glass = PANELS[-1]
    offset, dashes = glass["linestyle"]
    return (*PANELS[:-1], glass | {"linestyle": (offset - k * dashes[0], dashes)})


def _lines_of_both(P: int, r: float, M: float) -> Any:
    """Lines in the Gaussian form and what their loads are to be multiplied with, for each of `PROTOCOLS`."""
    data: dict[str, Any] = {"P": P, "gamma": 0.0, "T": 0.0, "r": r, "M": M}
    taught, single = SupervisedHebbian(**data), UnsupervisedHebbian(**data)
    lines = learning_lines(taught, 60, "gaussian")
    if P > 2 or math.inf == M:
        return (lines, 1.0), (lines, 1 / single.kappa)
    return (lines, 1.0), (learning_lines(single, 60, "gaussian"), 1.0)


def _protocols(columns: int) -> tuple[Figure, Any]:
    """A page of two rows, one for each protocol."""
    return plt.subplots(
        2, columns, figsize=(2.1 * COLUMN, 1.5 * COLUMN), layout="constrained", squeeze=False
    )  # fmt: skip


def _load_name(P: int) -> str:
    return LABELS["alpha" if P == 2 else "gamma"]


def entropy_diagrams(
    orders: Sequence[int] = (2, 4, 6),
    numbers: Sequence[float] = (math.inf, 200, 100, 60, 30, 20, 12, 8, 6, 4, 3),
    r: float = 0.5,
) -> Figure:
    r"""The (ρ, γ) plane at T = 0, with a teacher above and without one below: m, and where retrieval ends.

    Many-example form. For P ≥ 4 a state near the average of the examples exists at any ρ, below a load that does not
    vanish, but m falls.

    Parameters
    ----------
    orders : sequence of int
        Orders P of the interactions.
    numbers : sequence of float
        Examples of each archetype at which the line is drawn with one step of breaking, most first.
    r : float
        Quality of the examples, whose number varies along the axis. With a teacher it does not matter.
    """
    scale = 1 / r**2 - 1  # the entropy of one example
    rhos = np.linspace(0, scale / numbers[-1], 121)
    how: dict[str, Any] = {"r": r, "M": numbers, "examples": "gaussian", "ansatz": "1RSB"}
    with publication():
        figure, panels = _protocols(len(orders))
        for row, protocol in zip(panels, PROTOCOLS, strict=True):
            for ax, P in zip(row, orders, strict=True):
                limits = [critical_load(P, r, _examples(rho, r), protocol) for rho in rhos.tolist()]
                broken = theory.learning.critical_load(P=P, protocol=protocol, **how)
                top = 1.05 * float(broken.gamma[0])
                loads = np.linspace(0, top if P == 2 else min(top, 4 * float(broken.gamma[-1])), 101)
                m = np.array([_overlaps(P, rho, loads, protocol, r) for rho in rhos.tolist()]).T
                mesh = ax.pcolormesh(
                    rhos, loads, m, cmap=COLORMAP, vmin=0, vmax=1, shading="nearest", rasterized=True, alpha=0.85
                )
                drawn = ax.contour(rhos, loads, m, levels=[0.8, 0.9, 0.95], colors="black", linewidths=0.5)
                ax.clabel(drawn, fontsize=5.5)
                ax.plot(rhos, limits, color="black", linestyle="--", label=r"$\gamma_c(\rho)$, RS")
                ax.plot(scale / np.array(numbers), broken.gamma, color="black", label="one step of RSB")
                ax.set(title=f"$P = {P}$, {protocol}", ylabel=_load_name(P), ylim=(0, loads[-1]), xlim=(0, rhos[-1]))
        for ax in panels[-1]:
            ax.set_xlabel(rf"dataset entropy $\rho$ ($r = {r:g}$)")
        panels[0, -1].legend(loc="upper right")
        figure.colorbar(mesh, ax=panels, label=LABELS["m"] + ", $T = 0$", pad=0.02)
        return figure


def _examples(rho: float, r: float) -> float:
    """The number of examples, any real one, that has an entropy."""
    return (1 / r**2 - 1) / rho if rho > 0 else math.inf


def _overlaps(P: int, rho: float, loads: np.ndarray, protocol: str, r: float) -> np.ndarray:
    """Retrieval m at T = 0, Gaussian form, NaN beyond the critical load."""
    M, top = _examples(rho, r), largest_argument(rho)
    y = np.linspace(1e-3 * top, top, 4000)
    gamma = np.array([load(each, P, r, M, protocol) for each in y.tolist()])
    best = int(np.argmax(np.where(np.isfinite(gamma), gamma, -np.inf)))
    falling = gamma[best:][::-1]  # the stable branch has the larger arguments
    return np.where(loads <= gamma[best], erf(np.interp(loads, falling, y[best:][::-1])), np.nan)


def threshold_diagram(orders: Sequence[int] = (2, 4, 6), gamma: float = 0.05) -> Figure:
    r"""How many examples it takes, against their quality r, at T = 0: both protocols, several orders.

    Replica symmetric, in the many-example form. Left: :math:`M_c`, from which on there is a retrieval state; middle:
    with a magnetisation of 0.9 or more; right: the one-step estimate (an update, not of symmetry breaking), and
    (dotted) :math:`M_\mathrm{ex} = 1 + r^{1-2P}`, beyond which single examples are not stored.
    """
    r = np.geomspace(0.15, 0.98, 60)
    learning = theory.learning
    with publication():
        figure, panels = plt.subplots(1, 3, figsize=(2.1 * COLUMN, 1.05 * COLUMN), layout="constrained", sharey=True)
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
        titles = ("retrieval exists, $M_c$ (RS)", "$m \\geq 0.9$ (RS)", "one step, and $M_{ex}$ (dotted)")
        for ax, title in zip(panels, titles, strict=True):
            ax.set(xscale="log", yscale="log", ylim=(0.8, 1e6), title=title, xlabel="quality of the examples $r$")
            ax.set_xticks([0.2, 0.5, 1], ["0.2", "0.5", "1"])
            ax.set_xticks([], minor=True)
        panels[0].set_ylabel("examples of each archetype $M$")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        figure.suptitle(
            rf"Learning thresholds at $T = 0$, load $\gamma = {gamma:g}$: replica symmetric, many-example form",
            fontsize=8,
        )
        return figure
