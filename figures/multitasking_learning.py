"""Figures of the multitasking network that learns from examples: the overlaps against the number of examples."""

import json
import math
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import theory
from figures.style import COLOURS, COLUMN, MARKERS, publication
from statmech import MultitaskingLearning

PROTOCOLS = ("supervised", "unsupervised")


def learning_curves(
    K: int, d: float, T: float, r: float, results: xr.Dataset, ax: Axes | None = None, points: int = 40
) -> Axes:
    r"""Overlaps :math:`m_\mu` with the archetypes against the number of examples M, both protocols over the theory.

    The theory is exact in M and the same for both. Its limit without noise is dotted, and the number of examples at
    which one step from the hierarchical configuration keeps the first archetype is marked.

    Parameters
    ----------
    K, d, T, r
        As of `statmech.MultitaskingLearning`.
    results : xarray.Dataset
        Results of a scan with the dimensions M, protocol and N; the largest N is drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    points : int
        Numbers of examples of the lines.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    numbers = results.M.to_numpy().astype(float)
    largest = float(numbers[np.isfinite(numbers)].max())
    M = np.unique(np.geomspace(1, 1.2 * largest, points).round())
    found = [theory.solve(MultitaskingLearning(K=K, d=d, T=T, r=r, M=int(x))) for x in M]
    limit = theory.solve(MultitaskingLearning(K=K, d=d, T=T, r=r, M=math.inf))
    for k in range(1, K + 1):
        name, colour = f"m_{k}", COLOURS[(k - 1) % len(COLOURS)]
        axes.plot(M, [getattr(solution, name) for solution in found], color=colour, label=f"${name}$, exact in $M$")
        axes.axhline(getattr(limit, name), color=colour, linestyle=":", linewidth=0.8)
        for j, protocol in enumerate(results.protocol.to_numpy().tolist()):
            run = results.sel(protocol=protocol).isel(N=-1)
            style: dict[str, Any] = {
                "fmt": MARKERS[j], "color": colour, "markerfacecolor": "white" if j else colour, "markeredgewidth": 0.8,
                "elinewidth": 0.7, "zorder": 3,
            }  # fmt: skip
            axes.errorbar(
                numbers * 1.03 ** (2 * j - 1), run[name], yerr=run[f"{name}_err"],
                label=f"{protocol}, $N={int(run.N)}$" if k == 1 else None, **style,
            )  # fmt: skip
    learnt = float(theory.multitasking_learning.threshold_of_learning(K, d, r))
    axes.axvline(learnt, color="0.6", linestyle="--", linewidth=0.8, label=r"$M_\times$: one step keeps $\xi^1$")
    axes.set(
        xscale="log", xlabel="examples of each archetype $M$", ylabel=r"overlaps $m_\mu$",
        title=f"$K={K}$, $d={d:g}$, $T={T:g}$, $r={r:g}$", ylim=(0, None),
    )  # fmt: skip
    axes.legend()
    return axes


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The learning curves of a scan with the axes M and protocol, one figure for each combination of the others.

    Parameters
    ----------
    results : xarray.Dataset
        As `scans` stores it.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``"figure"``.

    Raises
    ------
    ValueError
        If nothing is simulated yet, or the axes are others than M and, if any, protocol.
    """
    if "m_1" not in results:
        raise ValueError("results = (empty) is not allowed: no simulation of the scan is finished yet")
    fixed = json.loads(results.attrs.get("parameters", "{}"))
    whole = results
    if "protocol" not in results.dims:
        whole = results.assign_coords(protocol=fixed["protocol"]).expand_dims("protocol")
    varied = set(whole.dims) & {"K", "d", "T", "r"}
    if "M" not in whole.dims or varied:
        raise ValueError(f"axes = {results.attrs.get('axes', '')} is not allowed: the figure is of M and protocol")
    with publication():
        figure, ax = plt.subplots(figsize=(1.5 * COLUMN, 1.15 * COLUMN), layout="constrained")
        learning_curves(fixed["K"], fixed["d"], fixed["T"], fixed["r"], whole, ax)
        return {"figure": figure}
