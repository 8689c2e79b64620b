"""Algorithms of the binary perceptron: what solvers reach, and message passing over its state evolution."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figures.style import COLOURS, COLUMN, MARKERS, publication
from montecarlo.message_passing import Messages, SuccessRates
from theory.binary_perceptron import critical_capacity
from theory.teacher_student import StateEvolution

RANGES: Mapping[str, tuple[float, float]] = {
    "reach of the best solvers (Stojnic 2025)": (0.75, 0.77),
    "breakdown of the local entropy (Stojnic 2025)": (0.77, 0.78),
}
"""Loads of the literature for random labels at κ = 0: both of M. Stojnic, arXiv:2506.19276."""


def success(rates: Sequence[SuccessRates], ax: Axes | None = None) -> Axes:
    r"""Fraction of instances that each solver solves against the load, with :math:`\alpha_c` and `RANGES`.

    Parameters
    ----------
    rates : sequence of SuccessRates
        Of one or more sizes, each of some solvers: filled symbols for the first size, open ones for the others. The
        bars are Wilson's.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    names = list(dict.fromkeys(name for rate in rates for name in rate.solved))
    sizes = list(dict.fromkeys(rate.N for rate in rates))
    counts: dict[tuple[str, int], set[int]] = {}
    for rate in rates:
        for name in rate.solved:
            counts.setdefault((name, rate.N), set()).add(rate.instances)
    for rate in rates:
        j = sizes.index(rate.N)
        for name, solved in rate.solved.items():
            k = names.index(name)
            lower, upper = rate.interval(name)
            fraction = solved / rate.instances
            numbers = counts.pop((name, rate.N), None)  # none but for the first has a label
            how_many = "" if numbers is None else " to ".join(str(n) for n in sorted({min(numbers), max(numbers)}))
            axes.errorbar(
                rate.alpha + 0.002 * (k - 1), fraction, yerr=np.maximum([fraction - lower, upper - fraction], 0),
                fmt=MARKERS[k], linestyle="--" if j else "-", linewidth=0.8, color=COLOURS[k % len(COLOURS)],
                markerfacecolor="white" if j else None, elinewidth=0.7,
                label=f"{name}, $N={rate.N}$ ({how_many})" if how_many else None,
            )  # fmt: skip
    for k, (label, (low, high)) in enumerate(RANGES.items()):
        axes.axvspan(low, high, color=("0.88", "0.75")[k], linewidth=0, zorder=0, label=f"{low:g} to {high:g}: {label}")
    axes.axvline(float(critical_capacity(0).alpha), color="0.3", linewidth=0.8, label=r"$\alpha_c = 0.8331$")
    axes.set(xlabel=r"load $\alpha = P/N$", ylabel="fraction of instances solved", ylim=(-0.04, 1.04))
    axes.legend(loc="center left")
    return axes


def padded(values: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Overlaps of so many iterations: of runs that converged before, the last one stays."""
    return np.concatenate([values, np.full(max(0, steps + 1 - len(values)), values[-1])])[: steps + 1]


def evolution(
    runs: Mapping[int, Sequence[Messages]], path: StateEvolution, ax: Axes | None = None, colour: int = 0
) -> Axes:
    """Overlap of the means with the teacher after each iteration, over state evolution.

    Parameters
    ----------
    runs : mapping of int to sequence of Messages
        By N, runs on several instances of one state point.
    path : StateEvolution
        There.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    colour : int
        Number of the colour of `figures.style.COLOURS`.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    steps = path.r.size - 1
    tint = COLOURS[colour]
    axes.plot(path.r, color=tint, label=rf"state evolution, $\alpha={path.model.alpha:g}$")
    for k, (N, messages) in enumerate(sorted(runs.items())):
        r = np.array([padded(run.r_t, steps) for run in messages])
        error = r.std(0, ddof=1) / np.sqrt(len(r))
        axes.errorbar(
            np.arange(steps + 1) + 0.15 * (k - 0.5 * (len(runs) - 1)), r.mean(0), yerr=error, fmt=MARKERS[k],
            color=tint, markerfacecolor="white" if k == 0 else None, markersize=2.5, linestyle="none", elinewidth=0.6,
            label=f"AMP, $N={N}$ ({len(r)})" if colour == 0 else None,
        )  # fmt: skip
    axes.set(xlabel="iterations", ylabel="overlap with the teacher $r$", ylim=(-0.03, 1.03))
    axes.legend(loc="center right")
    return axes


def algorithms_figure(
    rates: Sequence[SuccessRates], evolutions: Sequence[tuple[Mapping[int, Sequence[Messages]], StateEvolution]]
) -> Figure:
    """Both side by side, at the width of a page."""
    with publication():
        figure, (left, right) = plt.subplots(1, 2, figsize=(2.1 * COLUMN, 1.3 * COLUMN), layout="constrained")
        success(rates, left)
        for k, (runs, path) in enumerate(evolutions):
            evolution(runs, path, right, colour=k)
        (first, names), (second, others) = (ax.get_legend_handles_labels() for ax in (left, right))
        for legend in (left.get_legend(), right.get_legend()):
            if legend is not None:
                legend.remove()
        figure.legend(first + second, names + others, loc="outside lower center", ncols=3)  # off the points
        return figure
