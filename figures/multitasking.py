"""Figures of multitasking networks: which patterns are retrieved together, how strongly, and how their losses fall."""

import json
import math
from functools import lru_cache
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import ndimage

import theory
from figures.style import COLOURS, COLUMN, DASHES, MARKERS, publication
from montecarlo.losses import Trajectory, trajectory
from statmech import Multitasking
from theory.multitasking import Regions, phase_diagram

Array = NDArray[np.float64]

RESOLUTION = 0.04
"""Difference of amplitudes over 1 - d that a label of simulations tells from none: their noise at N = 5000."""
GRIDS = {2: (100, 80), 3: (72, 54)}
"""Dilutions and temperatures of the regions; fewer with more patterns, where a point takes longer."""
FIRMNESS = 2.0
"""Standard deviations of the softest mode of N spins that the resolution of a label has to exceed."""
TINTS = [colour for name in ("Pastel1", "Pastel2") for colour in plt.get_cmap(name)(range(8))]
SMALLEST = 0.012
"""Share of the plane below which a region has no label."""


def resolved_letters(m: Array, d: float, resolution: float = RESOLUTION) -> str:
    """Pattern of sorted amplitudes as a noisy observer reads it: what is closer than `resolution` (1 - d) is equal.

    A chain of close amplitudes is one letter.

    Examples
    --------
    >>> resolved_letters(np.array([0.249, 0.243, 0.15, 0.002]), 0.7)
    'aab0'
    """
    shown = [value if value > resolution * (1 - d) else 0.0 for value in m]
    out = "a" if shown[0] else "0"
    for left, right in pairwise(shown):
        step = right > 0 and left - right > resolution * (1 - d)
        out += chr(ord(out[-1]) + step) if right else "0"
    return out


@lru_cache(maxsize=8)
def regions(K: int, points: tuple[int, int] | None = None) -> Regions:
    """Equilibrium states on a grid of the whole plane, computed once."""
    columns, rows = points or GRIDS.get(K, (48, 38))
    return phase_diagram(K, np.linspace(0.02, 0.96, columns), np.linspace(0.02, 1.05, rows))


def label_regions(ax: Axes, plane: Regions) -> None:
    """Tint the regions of equal letters, draw their borders and write the letters where there is room."""
    names = sorted(set(plane.letters.ravel().tolist()), key=lambda name: (len(name.rstrip("0")), name))
    numbers = np.array([[names.index(name) for name in row] for row in plane.letters.tolist()])
    ax.pcolormesh(
        plane.d, plane.t, numbers % len(TINTS), cmap=ListedColormap(TINTS), vmin=-0.5, vmax=len(TINTS) - 0.5,
        shading="nearest", rasterized=True,
    )  # fmt: skip
    for number, name in enumerate(names):
        inside = numbers == number
        ax.contour(plane.d, plane.t, inside, [0.5], colors="0.35", linewidths=0.4)
        parts, count = ndimage.label(inside)
        for part in range(1, count + 1):
            if np.mean(parts == part) < SMALLEST:
                continue
            depth = ndimage.distance_transform_edt(np.pad(parts == part, 1))[1:-1, 1:-1]
            deepest = np.argwhere(depth > depth.max() - 0.5)
            row, column = sorted(deepest.tolist(), key=lambda cell: cell[1])[len(deepest) // 2]  # of a strip the middle
            ax.text(
                float(plane.d[column]), float(plane.t[row]), name, ha="center", va="center", fontsize=6.5, zorder=4,
                bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.7},
            )  # fmt: skip


def theory_lines(ax: Axes, K: int) -> None:
    """Where the pure state takes a second pattern, where the symmetric one loses its symmetry, the jump of K = 3."""
    multitasking = theory.multitasking
    d = np.linspace(0.01, 2 / 3, 120)
    ax.plot(
        d, multitasking.pure_temperature(d) / (1 - d), color="black", linestyle=DASHES[0], label="$T_P$: pure state"
    )
    tip = multitasking.symmetric_tip(K)[0]
    d = tip + (0.98 - tip) * np.linspace(0.001, 1, 120) ** 2
    for k, branch in enumerate(("lower", "upper")):
        found = np.asarray(multitasking.symmetric_temperature(K, d, branch)) / (1 - d)
        label = "$T_S$: symmetric state" if k == 0 else None
        ax.plot(d, found, color="black", linestyle=DASHES[1], label=label)
    if K == 3:
        t = np.linspace(0.01, 0.99 * multitasking.critical_point()[1], 12)
        ax.plot(multitasking.coexistence_dilution(t), t, color=COLOURS[2], linewidth=1.6, label="first order")


def region_diagram(
    K: int, results: xr.Dataset | None = None, ax: Axes | None = None, points: tuple[int, int] | None = None
) -> Axes:
    """The plane of dilution and temperature of K patterns: labelled regions of the theory, labels of simulations over.

    Equal letters are equal amplitudes, 0 a pattern that is not retrieved. A point is filled where the amplitudes of the
    simulation and of the theory have the same letters at the resolution of the simulation (`resolved_letters`), and is
    a red cross with the letters that were found where not; open where the state is so soft that N spins cannot tell
    (`is_soft`).

    Parameters
    ----------
    K : int
        Number of patterns.
    results : xarray.Dataset, optional
        Results of a scan over d and T with this K; the largest N is drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    points : tuple of int, optional
        Size of the grid.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    label_regions(axes, regions(K, points))
    theory_lines(axes, K)
    if results is not None:
        _labels_of(axes, results, K)
    axes.set(
        xlabel="dilution $d$", ylabel=r"temperature $T/T_c = T/(1-d)$", title=f"$K={K}$", xlim=(0, 0.98), ylim=(0, 1.05)
    )
    return axes


def is_soft(N: int, T: float, d: float, stability: float, samples: int) -> bool:
    r"""Whether the amplitudes of a state fluctuate too much for its letters to be read.

    The softest mode of N spins has the variance :math:`T/N\lambda`, and relaxes in :math:`1/\lambda` sweeps: a run is
    hardly longer than that where :math:`\lambda` is small, so that of samples alone there is an average.
    """
    spread = math.sqrt(T / (N * stability * samples)) if stability > 0 else math.inf
    return FIRMNESS * spread > RESOLUTION * (1 - d)


def _labels_of(ax: Axes, results: xr.Dataset, K: int) -> None:
    """Points of simulations, by whether their letters are the theory's, and by whether they could be."""
    largest = results.isel(N=-1)
    kinds: dict[str, list[tuple[float, float, str]]] = {"same": [], "soft": [], "other": []}
    for d in largest.d.to_numpy():
        for T in largest["T"].to_numpy():
            point = largest.sel(d=d, T=T)
            m = np.array([float(point[f"m_{k}"]) for k in range(1, K + 1)])
            if 0.98 * (1 - d) < T or np.isnan(m[0]):
                continue
            expected = np.array([float(point[f"m_{k}_theory"]) for k in range(1, K + 1)])
            found = resolved_letters(m, float(d))
            agrees = found == resolved_letters(expected, float(d))
            soft = is_soft(int(largest.N), float(T), float(d), float(point.theory_stability), int(point.n_samples))
            kinds["same" if agrees else "soft" if soft else "other"].append((d, T / (1 - d), found))
    shown: dict[str, tuple[str, dict[str, Any]]] = {
        "same": ("Monte Carlo: as theory", {"marker": "o", "color": "black", "markersize": 2.6}),
        "soft": ("too soft to tell", {"marker": "o", "color": "0.35", "markersize": 3.2, "markerfacecolor": "white"}),
        "other": ("Monte Carlo: other label", {"marker": "X", "color": COLOURS[2], "markersize": 4}),
    }
    for kind, (label, style) in shown.items():
        if kinds[kind]:
            x, y, _ = zip(*kinds[kind], strict=True)
            ax.plot(x, y, linestyle="none", zorder=3, label=label, **style)
    for place, height, name in kinds["other"]:
        ax.annotate(
            name, (place, height), (3, 3) if place < 0.8 else (-3, -7), textcoords="offset points", fontsize=5,
            color=COLOURS[2], zorder=5, horizontalalignment="left" if place < 0.8 else "right",
        )  # fmt: skip


def amplitudes_against_dilution(
    K: int, T: float, results: xr.Dataset | None = None, ax: Axes | None = None, points: int = 80
) -> Axes:
    r"""Amplitudes of the equilibrium state against d, over the power law :math:`(1-d)\,d^{k-1}` of the hierarchy.

    Parameters
    ----------
    K : int
        Number of patterns.
    T : float
        Temperature.
    results : xarray.Dataset, optional
        Results of a scan along d at this K and T, with the one further dimension N; the largest is drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    points : int
        Dilutions of the lines.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    d = np.linspace(0.01, min(0.98, 0.999 * (1 - T)), points)
    found = np.array([phase_diagram(K, x, T / (1 - x)).amplitudes[0, 0] for x in d.tolist()])
    for k in range(K):
        colour = COLOURS[k % len(COLOURS)]
        axes.plot(d, found[:, k], color=colour, label=f"$m_{k + 1}$")
        axes.plot(d, (1 - d) * d**k, color=colour, linestyle=DASHES[2], linewidth=0.8)
        if results is not None:
            point = results.isel(N=-1)
            error = np.nan_to_num(point[f"m_{k + 1}_err"].to_numpy())
            axes.errorbar(
                point.d, point[f"m_{k + 1}"], yerr=error, fmt=MARKERS[k % len(MARKERS)], color=colour,
                markerfacecolor="white", markeredgewidth=0.8, elinewidth=0.7, zorder=3,
            )  # fmt: skip
    axes.plot([], [], color="0.35", linestyle=DASHES[2], linewidth=0.8, label="$(1-d)\\,d^{k-1}$")
    axes.set(xlabel="dilution $d$", ylabel="amplitudes $m_k$", title=f"$K={K}$, $T={T:g}$", xlim=(0, 1), ylim=(0, 1))
    axes.legend()
    return axes


def losses_of(run: Trajectory, axes: tuple[Axes, Axes], title: str) -> None:
    """Energy above, below what is left of the fall of each loss, against the number of sweeps."""
    upper, lower = axes
    sweeps = np.arange(len(run.u))
    upper.plot(sweeps, run.u, color="black", marker=".", label="$H/N$")
    shown: Any = {"color": COLOURS[5], "linestyle": DASHES[2], "linewidth": 2.2, "zorder": 3}
    c = run.losses.minus[0] + run.losses.plus[0] - 1
    products = 0.5 * np.sum(run.losses.minus * run.losses.plus - (0.5 * (1 + c)) ** 2, 1)
    label = r"$\frac{1}{2}\sum_\mu[L_\mu^-L_\mu^+ - (\frac{1+c_\mu}{2})^2]$"
    upper.plot(sweeps, products, label=label, **shown)
    first, last = run.losses.minus[0], run.losses.minus[-5:].mean(0)
    for k in range(run.m.shape[1]):
        left = (run.losses.minus[:, k] - last[k]) / (first[k] - last[k])
        shown = {"color": COLOURS[k], "marker": MARKERS[k], "markersize": 2.5}
        lower.plot(sweeps, left, label=f"$L_{k + 1}^-$: {first[k]:.2f} to {last[k]:.2f}", **shown)
    upper.set(ylabel="energy per spin", title=title)
    lower.axhline(0, color="0.5", linewidth=0.8, linestyle="--", zorder=0.5)
    lower.set(xlabel="sweeps", ylabel=r"losses $L_\mu^-$: share left to fall")
    upper.legend()
    lower.legend()


def losses_figure(N: int = 59_049, seeds: tuple[int, int] = (1, 1)) -> Figure:
    """Energy and losses of two runs: patterns retrieved in parallel, and in a hierarchy.

    The first begins in a random state: all losses fall together, each by the same share in the same sweep. The second
    begins with a weak cue of one pattern: the others feel the sites that those before them leave blank, and grow the
    more slowly the fewer these are. Their losses fall one after the other.
    """
    with publication():
        figure, panels = plt.subplots(2, 2, figsize=(2.1 * COLUMN, 1.2 * COLUMN), sharex="col", layout="constrained")
        points = (0.8, 0.05, 12, 0.0, "parallel"), (0.5, 0.2, 30, 0.15, "hierarchical")
        for k, (d, t, sweeps, cue, name) in enumerate(points):
            run = trajectory(Multitasking(K=3, d=d, T=t * (1 - d)), N=N, sweeps=sweeps, seed=seeds[k], cue=cue)
            losses_of(run, (panels[0, k], panels[1, k]), f"{name}: $K=3$, $d={d}$, $T={t * (1 - d):g}$, $N={N}$")
        return figure


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figures of a scan over dilution and temperature.

    Parameters
    ----------
    results : xarray.Dataset
        As `scans` stores it, with axes d and T, and K as an axis or fixed.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``"figure"``: the plane of each K, a point for each simulation; ``"amplitudes"``: amplitudes against d at the
        lowest temperature; ``"losses"``: how energy and losses fall.

    Raises
    ------
    ValueError
        If nothing is finished yet, d or T is no axis, or the theory or the simulation was left out.
    """
    if not results.data_vars:
        raise ValueError("results = (empty) is not allowed: nothing of the scan is finished yet")
    if not {"d", "T"} <= set(results.dims):
        raise ValueError(f"axes = {results.attrs.get('axes', '')} is not allowed: the figure needs the axes d and T")
    if not {"m_1", "m_1_theory"} <= set(results.data_vars):
        raise ValueError("results = (one of the two) is not allowed: the figure compares simulation with theory")
    fixed = json.loads(results.attrs.get("parameters", "{}"))
    whole = results if "K" in results.dims else results.assign_coords(K=fixed["K"]).expand_dims("K")
    numbers = [int(K) for K in whole.K.to_numpy()]
    samples, N = int(whole.n_samples.max()), int(whole.N[-1])
    out = {}
    with publication():
        width = min(0.35 + 0.95 * len(numbers), 2.1) * COLUMN  # at most a page
        figure, panels = plt.subplots(
            1, len(numbers), figsize=(width, 1.25 * COLUMN), squeeze=False, sharey=True, layout="constrained"
        )
        for K, ax in zip(numbers, panels[0], strict=True):
            region_diagram(K, whole.sel(K=K), ax)
        handles: dict[str, Any] = {}
        for ax in panels[0]:
            handles |= dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True))
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=5)
        figure.suptitle(f"Multitasking network: Monte Carlo ($N={N}$, {samples} samples) over theory", fontsize=8)
        out["figure"] = figure
        figure, panels = plt.subplots(
            1, len(numbers), figsize=(width, COLUMN), squeeze=False, sharey=True, layout="constrained"
        )
        for K, ax in zip(numbers, panels[0], strict=True):
            amplitudes_against_dilution(K, float(whole["T"].min()), whole.sel(K=K).isel(T=0), ax)
        for row in out["figure"].axes[1:], panels[0, 1:]:
            for ax in row:
                ax.set_ylabel("")
        figure.suptitle(f"Multitasking network: Monte Carlo ($N={N}$, {samples} samples) over theory", fontsize=8)
        out["amplitudes"] = figure
    return out | {"losses": losses_figure()}
