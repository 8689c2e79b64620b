"""Figures of deep binary networks that learn one task after another: what they forget, which synapses consolidate."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from figures.style import COLORMAP, COLOURS, COLUMN, MARKERS, publication
from montecarlo.deep_binary import Comparison

EVALUATED = {"field": "fields", "sampled": "sampled weights", "sign": "signs"}
"""What the evaluations are called."""


def courses_figure(comparison: Comparison, names: Sequence[str] | None = None, *, columns: int = 5) -> Figure:
    """Accuracy of every task after every lesson, a panel for each method.

    A line is a task, from the lesson in which it is learnt; error bars are standard errors over the seeds. Methods that
    learn all tasks together have no course, but a point for each task at the end, if they are named.

    Parameters
    ----------
    comparison : Comparison
        From `montecarlo.deep_binary.compare`.
    names : sequence of str, optional
        Methods to draw, all of more than one lesson if not given.
    columns : int
        Panels side by side.
    """
    if names is None:
        names = [name for name, variance in comparison.variance.items() if len(variance) > 1]
    rows = -(-len(names) // columns)
    with publication():
        figure = plt.figure(figsize=(2 * COLUMN, (0.2 + 0.5 * rows) * COLUMN), layout="constrained")
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        tasks = max(comparison.accuracy[name][comparison.evaluation[name]].shape[-1] for name in names)
        for name, panel in zip(names, panels.flat, strict=False):
            course_panel(comparison, name, panel)
        for panel in panels.flat[len(names) :]:
            panel.remove()
        for panel in panels[:, 0]:
            panel.set_ylabel("accuracy")
        for column in panels.T:
            drawn = [panel for panel in column if panel.figure is not None]
            if drawn:
                drawn[-1].set_xlabel("tasks learnt")
                drawn[-1].tick_params(labelbottom=True)
        handles = [
            Line2D([], [], color=COLOURS[k % len(COLOURS)], marker=MARKERS[k % len(MARKERS)], label=f"task {k + 1}")
            for k in range(tasks)
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=tasks)
        return figure


def course_panel(comparison: Comparison, name: str, ax: Axes) -> list[Line2D]:
    """Accuracy of every task after every lesson of one method; returns the lines."""
    values = comparison.accuracy[name][comparison.evaluation[name]]
    seeds, lessons, tasks = values.shape
    mean = values.mean(0)
    error = values.std(0, ddof=1) / np.sqrt(seeds) if seeds > 1 else np.zeros_like(mean)
    lines = []
    for k in range(tasks):
        since = slice(k, None) if lessons == tasks else slice(0, 1)
        x = np.arange(1, lessons + 1)[since] if lessons == tasks else np.array([tasks + 0.12 * (k - (tasks - 1) / 2)])
        drawn = ax.errorbar(x, mean[since, k], error[since, k], color=COLOURS[k % len(COLOURS)],
                            marker=MARKERS[k % len(MARKERS)], linewidth=0.9)  # fmt: skip
        lines.append(drawn.lines[0])
    ax.set(xlim=(0.6, tasks + 0.4), xticks=range(1, tasks + 1))
    ax.set_title(f"{name}\n({EVALUATED[comparison.evaluation[name]]})", fontsize=7)
    return lines


def measures_figure(comparison: Comparison, names: Sequence[str] | None = None) -> Figure:
    """Final accuracy of all tasks, forgetting, and accuracy of the last task: a row for each method.

    A point for each evaluation, filled for that in which the method competes; error bars are standard errors over the
    seeds.

    Parameters
    ----------
    comparison : Comparison
        From `montecarlo.deep_binary.compare`.
    names : sequence of str, optional
        Methods to draw, all if not given.
    """
    names = list(comparison.accuracy) if names is None else list(names)
    titles = {"final": "final accuracy, all tasks", "forgetting": "forgetting", "last": "accuracy of the last task"}
    with publication():
        height = (0.35 + 0.095 * len(names)) * COLUMN
        figure = plt.figure(figsize=(2 * COLUMN, height), layout="constrained")
        panels = figure.subplots(1, 3, sharey=True)
        for panel, (measure, title) in zip(panels, titles.items(), strict=True):
            measure_points(comparison, names, measure, panel)
            panel.set_title(title, fontsize=7.5)
            panel.grid(axis="x", linewidth=0.4, color="0.85")
        panels[0].set_yticks(range(len(names)), names)
        panels[0].invert_yaxis()
        handles = [
            Line2D([], [], color=COLOURS[1 + k], marker=MARKERS[k], linestyle="none", label=text)
            for k, text in enumerate(EVALUATED.values())
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
        return figure


def measure_points(comparison: Comparison, names: Sequence[str], measure: str, ax: Axes) -> list[ErrorbarContainer]:
    """Points of one measure, for each method and evaluation of it, in order of the methods."""
    points = []
    for row, name in enumerate(names):
        ways = [way for way in EVALUATED if way in comparison.accuracy[name]]
        for way in ways:
            k, found = list(EVALUATED).index(way), comparison.estimate(name, measure, way)
            face = COLOURS[1 + k] if way == comparison.evaluation[name] else "white"
            place = row + (0.0 if len(ways) == 1 else 0.25 * (k - 1))
            points.append(
                ax.errorbar(
                    found.mean,
                    place,
                    xerr=np.nan_to_num(found.error),
                    fmt=MARKERS[k],
                    color=COLOURS[1 + k],
                    markerfacecolor=face,
                    markersize=3,
                    markeredgewidth=0.7,
                    elinewidth=0.8,
                    capsize=1.2,
                )
            )
    ax.tick_params(axis="y", which="both", left=False, right=False)
    return points


def consolidation_figure(comparison: Comparison, names: Sequence[str]) -> Figure:
    """Which synapses consolidate: histograms of their variance in each layer, and which of them flip later.

    A row for each method. Lines from dark to bright are the lessons; the last panel shows, by the variance after the
    first lesson, the fraction of weights that have the other sign after the last. What is called variance is
    :math:`1 - \\tanh^2` of the fields of `montecarlo.deep_binary.methods.consolidation`.

    Parameters
    ----------
    comparison : Comparison
        From `montecarlo.deep_binary.compare`.
    names : sequence of str
        Methods to draw, of more than one lesson.
    """
    layers = comparison.variance[names[0]].shape[1]
    with publication():
        figure = plt.figure(figsize=(2 * COLUMN, (0.12 + 0.52 * len(names)) * COLUMN), layout="constrained")
        panels = figure.subplots(len(names), layers + 1, squeeze=False)
        for name, row in zip(names, panels, strict=True):
            for layer, panel in enumerate(row[:-1]):
                variance_histogram(comparison, name, layer, panel)
            flipped = comparison.flipped[name]
            edges = np.linspace(0, 1, len(flipped) + 1)
            row[-1].stairs(flipped, edges, color=COLOURS[2])
            row[-1].set(xlim=(0, 1), ylim=(0, None), ylabel="flipped later")
            row[0].set_ylabel(f"{name}\nfraction of weights")
        for layer, panel in enumerate(panels[0, :-1], 1):
            panel.set_title(f"layer {layer}", fontsize=7)
        panels[0, -1].set_title("all layers", fontsize=7)
        for panel in panels[-1]:
            panel.set_xlabel(r"variance $1 - \tanh^2$")
        lessons = max(len(comparison.variance[name]) for name in names)
        handles = [
            Line2D([], [], color=colour, label=f"after task {k + 1}")
            for k, colour in enumerate(_lesson_colours(lessons))
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=lessons)
        return figure


def _lesson_colours(lessons: int) -> NDArray[np.float64]:
    """From dark to bright."""
    return np.asarray(plt.get_cmap(COLORMAP)(np.linspace(0, 0.9, lessons)))


def variance_histogram(comparison: Comparison, name: str, layer: int, ax: Axes) -> list[Line2D]:
    """Fractions of a layer's weights against their variance, a line for each lesson from dark to bright."""
    variance = comparison.variance[name][:, layer]
    lessons, bins = variance.shape
    centres = (np.arange(bins) + 0.5) / bins
    colours = _lesson_colours(lessons)
    lines = []
    for k in range(lessons):
        lines += ax.plot(centres, np.where(variance[k] > 0, variance[k], np.nan), color=colours[k], linewidth=0.9)
    ax.set(yscale="log", xlim=(0, 1), ylim=(1e-4, 1.2))
    return lines
