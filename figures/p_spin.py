"""Figures of the p-spin glass: scans around its transitions, and the Franz–Parisi potential there."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import theory
from figures.glass import Curve, Cut, curve, cuts, glass_figure, overlaps_figure
from figures.style import COLOURS, COLUMN, DASHES, publication
from statmech import PSpin, Solution
from theory.parisi.potential import Potential


def franz_parisi(potentials: Sequence[Potential], *, ax: Axes | None = None) -> Axes:
    """V(q) at several temperatures, each with its secondary minimum, where it has one, as a point.

    Thin where the replica-symmetric potential is unstable, and only an approximation.

    The minimum appears at T_d, where the phase space breaks up, and comes down to zero at T_s, where the
    configurational entropy vanishes.

    Parameters
    ----------
    potentials : sequence of Potential
        As `theory.p_spin.franz_parisi_potential` gives them. The temperature T' of the reference is told where it
        is another.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default. The steep rise towards q = 1 is cut off.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = ax if ax is not None else plt.subplots()[1]
    axes.axhline(0, color="0.7", linewidth=0.7)
    heights = [0.0]
    for k, potential in enumerate(potentials):
        colour, dash = COLOURS[k % len(COLOURS)], DASHES[k % len(DASHES)]
        label = f"$T = {potential.T:.4g}$"
        if potential.reference_T != potential.T:
            label = f"$T = {potential.T:.4g}$, $T' = {potential.reference_T:.4g}$"
        stable = potential.replicon >= 0
        kept, dropped = (np.where(chosen, potential.V, np.nan) for chosen in (stable, ~stable))
        axes.plot(potential.overlap, dropped, color=colour, linewidth=0.5)
        axes.plot(potential.overlap, kept, color=colour, linestyle=dash, label=label)
        if potential.minimum is not None:
            axes.plot(*potential.minimum, marker="o", color=colour, markerfacecolor="white", linestyle="none")
        heights += potential.V[potential.overlap < 0.8].tolist()
    axes.set(xlabel="overlap $q$ with the reference", ylabel="$V(q)$", xlim=(0, 1))
    bottom, top = min(heights), max(heights)
    axes.set_ylim(bottom - 0.1 * (top - bottom), top + 0.15 * (top - bottom))
    axes.legend(loc="best")
    return axes


def potential_figure(p: int) -> Figure:
    """The potential around the transitions of p spins, as a figure of two panels.

    On the left with the reference at the same temperature: above T_d, at T_d, halfway to T_s, and at T_s. On the right
    with the reference kept halfway: its state followed in temperature.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(2.1 * COLUMN, 0.95 * COLUMN), layout="constrained")
    dynamical, static = theory.p_spin.dynamical_temperature(p).T, theory.p_spin.kauzmann_temperature(p).T
    between = 0.5 * (dynamical + static)
    above = dynamical + 1.3 * (dynamical - static)
    franz_parisi([_potential(p, T) for T in (above, dynamical, between, static)], ax=left)
    left.set(title=f"$p = {p}$: $T_d = {dynamical:.4f}$, $T_s = {static:.4f}$")
    franz_parisi([_potential(p, T, between) for T in (1.03 * between, between, 0.9 * between, 0.8 * between)], ax=right)
    right.set(title="reference and system at different temperatures")
    return figure


def _potential(p: int, T: float, reference_T: float | None = None) -> Potential:
    return theory.p_spin.franz_parisi_potential(PSpin(p=p, T=T), reference_T)


def theory_curves(cut: Cut) -> list[Curve]:
    """The paramagnet and one step of breaking along a cut; the latter is exact down to the Gardner temperature."""

    def equilibrium(model: Any) -> Solution | None:
        states = theory.states(model)
        return states[0] if states else None

    x = cut.grid(81)
    models = [cut.model(value) for value in x]
    paramagnet = partial(theory.solve, ansatz="RS", start="paramagnet")
    return [curve("replica symmetric", models, x, paramagnet), curve("one step", models, x, equilibrium)]


def draw_metastable(figure: Figure, cut: Cut) -> None:
    """Overlap of two replicas in one of the metastable states between T_s and T_d, in the panel of the mean overlap."""
    p = cut.model(cut.values[0]).p
    dynamical, static = theory.p_spin.dynamical_temperature(p).T, theory.p_spin.kauzmann_temperature(p).T
    T = np.linspace(static, dynamical * (1 - 1e-9), 60)
    q = [theory.solve(PSpin(p=p, T=float(value))).order.get("q1", np.nan) for value in T]
    ax = figure.axes[1]
    limits = ax.get_xlim()
    ax.plot(T, q, color="0.35", linewidth=0.8, linestyle=":", zorder=1)
    ax.set_xlim(limits)


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figures of a scan of the p-spin model.

    Parameters
    ----------
    results : xarray.Dataset
        As `scans` stores it. It is cut along T, or along h if T is fixed.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``"figure"``: energy and overlaps; ``"overlaps"``: P(q), where it was simulated in the glass; ``"potential"``:
        the Franz–Parisi potential of the first p. Further cuts have names that end like ``-p-4``.

    Raises
    ------
    ValueError
        If nothing is finished yet.
    """
    out = {}
    with publication():
        for cut in cuts(results):
            model: Any = cut.model(cut.values[0])
            even = cut.along == "T" and model.h == 0 and model.p % 2 == 0
            marks, title, below = {}, f"{model.p}-spin glass, $T = {model.T:g}$", np.nan
            if cut.along == "T":
                title = f"{model.p}-spin glass, $h = {model.h:g}$"
                if model.h == 0:
                    below = float(theory.p_spin.kauzmann_temperature(model.p).T)
                    marks = {"$T_s$": below, "$T_d$": float(theory.p_spin.dynamical_temperature(model.p).T)}
            name = f"figure{cut.name}"
            out[name] = glass_figure(cut, theory_curves(cut), title=title, exponent=1.0, marks=marks, even=even)
            if marks:
                draw_metastable(out[name], cut)
            overlaps = overlaps_figure(
                cut, partial(theory.p_spin.parisi_function, steps=1), title=title, below=below, even=even
            )
            if overlaps is not None:
                out[f"overlaps{cut.name}"] = overlaps
            out.setdefault("potential", potential_figure(model.p))
    return out
