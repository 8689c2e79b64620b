"""Entropy around solutions of the binary perceptron: typical ones, the teacher, and what algorithms find."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from figures.style import COLOURS, COLUMN, MARKERS, publication
from montecarlo.message_passing import Around
from statmech import BinaryPerceptron, TeacherStudent
from theory import binary_perceptron, teacher_student
from theory.franz_parisi import FranzParisi

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Entropies s(d) from counting all solutions of small instances.

    Attributes
    ----------
    N : int
        Number of weights.
    alpha : float
        Load P/N.
    d, s, error : array
        Distances, entropies, and standard errors over instances.
    """

    N: int
    alpha: float
    d: Array
    s: Array
    error: Array


def potential(curves: Sequence[FranzParisi], counted: Sequence[Counted] = (), ax: Axes | None = None) -> Axes:
    """Entropies s(d) around a reference, with those from counting over them.

    Parameters
    ----------
    curves : sequence of FranzParisi
        Where they are below zero there are no weights: dashed.
    counted : sequence of Counted
        Each belongs to the curve of the same place.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    for k, curve in enumerate(curves):
        colour = COLOURS[k % len(COLOURS)]
        axes.plot(
            curve.d, np.where(curve.s >= 0, curve.s, np.nan), color=colour, label=rf"$\alpha={curve.model.alpha:.3g}$"
        )
        axes.plot(curve.d, np.where(curve.s < 0, curve.s, np.nan), color=colour, linestyle=":")
    for k, points in enumerate(counted):
        axes.errorbar(
            points.d, points.s, yerr=points.error, fmt=MARKERS[k], color=COLOURS[k % len(COLOURS)], linestyle="none",
            label=f"counted, $N={points.N}$",
        )  # fmt: skip
    axes.axhline(0, color="0.7", linewidth=0.6, zorder=0)
    axes.set(xlabel="distance $d$", ylabel="entropy $s(d)$")
    axes.legend()
    return axes


def isolation(ax: Axes | None = None, points: int = 14) -> Axes:
    r"""Distance :math:`d_\mathrm{min}(\alpha)` below which a typical solution is alone, and that of typical pairs."""
    axes = ax if ax is not None else plt.subplots()[1]
    capacity = float(binary_perceptron.critical_capacity(0).alpha)
    line = binary_perceptron.isolation_distance(np.linspace(0.1, 1 - 1e-6, points) * capacity)
    pairs = [0.5 * (1 - binary_perceptron.solve_binary_perceptron(BinaryPerceptron(alpha=a)).q) for a in line.alpha]
    axes.plot(line.alpha, pairs, color=COLOURS[1], label="$(1-q_0)/2$: typical pairs")
    axes.plot(line.alpha, line.d, color=COLOURS[0], label=r"$d_\mathrm{min}$: none nearer than this")
    axes.fill_between(line.alpha, 1e-5, line.d, color="0.9", zorder=0)
    axes.axvline(capacity, color="0.55", linestyle=":", linewidth=0.8, label=r"$\alpha_c$")
    axes.set(xlabel=r"load $\alpha$", ylabel="distance", yscale="log", ylim=(1e-4, 0.6), xlim=(0, 0.87))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, columnspacing=1.0)  # off the lines
    return axes


def local_entropies(
    alpha: float, d: ArrayLike, measured: Mapping[str, Sequence[Around]], ax: Axes | None = None
) -> Axes:
    """Entropy around what solvers find, over that around typical solutions and the largest there is.

    Parameters
    ----------
    alpha : float
        Load.
    d : array_like
        Distances of the two curves. Where the largest has but a lower bound, the better of this and the typical entropy
        is marked.
    measured : mapping of str to sequence of Around
        By solver, entropies around its solutions of several instances at this load, all at the same distances.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    model, x = BinaryPerceptron(alpha=alpha), np.atleast_1d(np.asarray(d, float))
    found = [binary_perceptron.local_entropy(model, value) for value in x.tolist()]
    bound = np.array([one.message != "" for one in found])
    largest = np.array([one.s for one in found])
    axes.plot(x, np.where(bound, np.nan, largest), color=COLOURS[1], label="largest (Baldassi et al. 2015)")
    typical = binary_perceptron.franz_parisi_entropy(model, x).s
    axes.plot(x, typical, color=COLOURS[0], label="around a typical solution")
    if bound.any():
        axes.plot(x[bound], np.fmax(largest, typical)[bound], "2", color=COLOURS[1], label="the largest is above")
    for k, (name, arounds) in enumerate(measured.items()):
        s = np.array([around.s for around in arounds])
        axes.errorbar(
            arounds[0].d, s.mean(0), yerr=s.std(0, ddof=1) / np.sqrt(len(s)), fmt=MARKERS[k], color=COLOURS[2 + k],
            linestyle="none", markersize=3, label=f"{name}, $N={arounds[0].N}$ ({len(s)})",
        )  # fmt: skip
    axes.axhline(0, color="0.7", linewidth=0.6, zorder=0)
    axes.set(
        xlabel="distance $d$",
        ylabel="entropy $s(d)$",
        xscale="log",
        title=rf"around what solvers find, $\alpha={alpha:g}$",
    )
    axes.legend(loc="upper left")
    return axes


def potential_figure(measured: Mapping[str, Sequence[Around]], alpha: float, counted: Sequence[Counted] = ()) -> Figure:
    """Typical solutions, teacher, isolation and dense regions on four panels, at the width of a page.

    Parameters
    ----------
    measured, alpha
        As for `local_entropies`.
    counted : sequence of Counted
        Around typical solutions of random labels, then around the teacher.
    """
    d = np.concatenate([np.geomspace(2e-3, 0.04, 10), np.linspace(0.05, 0.55, 41)])
    loads = [counted[0].alpha if counted else 0.4, 0.6, 0.8]
    taught = [counted[1].alpha if len(counted) > 1 else 0.5, 1.0, 1.4]
    with publication():
        figure, axes = plt.subplots(2, 2, figsize=(2.1 * COLUMN, 1.7 * COLUMN), layout="constrained")
        curves = [binary_perceptron.franz_parisi_entropy(BinaryPerceptron(alpha=a), d) for a in loads]
        potential(curves, counted[:1], axes[0, 0]).set_title("random labels, around a typical solution")
        around = [teacher_student.franz_parisi_entropy(TeacherStudent(alpha=a), d) for a in taught]
        potential(around, counted[1:2], axes[0, 1]).set_title("around the teacher")
        isolation(axes[1, 0])
        local_entropies(alpha, np.geomspace(5e-3, 0.3, 17), measured, axes[1, 1])
        return figure
