"""Figure of Plefka's expansion: what its levels are off by from exact Monte Carlo on the same disorder."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

import theory
from figures.learning import protocol_of
from figures.style import COLOURS, COLUMN, MARKERS, publication
from montecarlo.plefka import LEVELS, Retrieval, retrieve
from statmech import SupervisedHebbian, UnsupervisedHebbian
from theory.learning.law import Learning

EXACT = "exact"
"""The level that the others are compared with."""

NETWORKS: dict[str, Learning] = {
    "pairs, supervised": SupervisedHebbian(P=2, gamma=0.0, T=0.3, r=0.7, M=10),
    "pairs, unsupervised": UnsupervisedHebbian(P=2, gamma=0.0, T=0.3, r=0.7, M=10),
    "$P = 4$, supervised": SupervisedHebbian(P=4, gamma=0.0, T=0.1, r=0.8, M=5),
    "$P = 4$, unsupervised": UnsupervisedHebbian(P=4, gamma=0.0, T=0.1, r=0.8, M=5),
}
"""Networks of the figure; their loads are varied."""

SIZES = {2: (400, 1600), 4: (40, 64)}
"""Numbers of spins of the figure, by P."""

AGREEMENT = 0.8
"""Load, in units of the largest at which retrieval exists at large N, up to which levels are said to agree."""


class Differences(NamedTuple):
    """Of each sample: root mean square difference of the magnetisations, difference of m; NaN where there is none."""

    sites: NDArray[np.float64]
    m: NDArray[np.float64]


def differences(run: Retrieval, exact: Retrieval) -> Differences:
    """What a level is off by from the exact one, on the same samples.

    Raises
    ------
    ValueError
        If they are not on the same samples.
    """
    if not np.array_equal(run.archetypes, exact.archetypes):
        raise ValueError("exact is not allowed: it must have the disorder samples of the run that it is compared with")
    sites = np.sqrt(np.mean((run.magnetisations - exact.magnetisations) ** 2, 1))
    return Differences(sites, run.values["m"] - exact.values["m"])


def noise(exact: Retrieval) -> Differences:
    """Statistical errors of an exact run: of magnetisations from its halves, of m as if sites were independent."""
    squares = np.mean(exact.magnetisations**2, 1)
    sites = np.sqrt(np.maximum(squares - exact.values["q"], 0.0))
    return Differences(sites, sites / np.sqrt(exact.N))


def measure(
    name: str, N: int, loads: Sequence[float], *, samples: int, sweeps: int, parallel: int, seed: int = 1
) -> list[dict[str, Retrieval]]:
    """All levels of one of `NETWORKS` at several loads, in units of the largest, on the same disorder.

    Parameters
    ----------
    name : str
        Key of `NETWORKS`.
    N : int
        Number of spins.
    loads : sequence of float
        Loads in units of that where retrieval ends at large N.
    samples : int
        Disorder samples at each.
    sweeps, parallel : int
        Measured sweeps of exact Monte Carlo, and of parallel updates.
    seed : int
        Seed of all random numbers.
    """
    network = NETWORKS[name]
    line = theory.learning.critical_load(
        network.T, P=network.P, r=network.r, M=network.M, protocol=protocol_of(network)
    )  # fmt: skip
    runs = []
    for x in loads:
        model = replace(network, gamma=x * float(line.gamma))
        runs.append(
            {
                level: retrieve(
                    model, N=N, samples=samples, seed=seed, level=level,
                    sweeps=sweeps if level == EXACT else parallel, thermalization=max(50, parallel // 4),
                )
                for level in LEVELS
            }
        )  # fmt: skip
    return runs


def accuracy(
    loads: Sequence[float], runs: Sequence[Mapping[str, Retrieval]], axes: Sequence[Axes], *, filled: bool = False
) -> None:
    """Draw differences of sites and of m from the exact level, and the fractions retrieved, against the load.

    Lines are medians over the samples that both levels retrieve; crosses are samples whose archetype only one of them
    keeps. The lines of the exact level are its statistical errors.

    Parameters
    ----------
    loads : sequence of float
        Abscissae.
    runs : sequence of mapping of str to Retrieval
        At each load all levels, from `measure`.
    axes : sequence of three Axes
        For sites, m and fractions.
    filled : bool
        Whether markers are filled: those of the larger of two sizes.
    """
    for k, level in enumerate(LEVELS):
        style: dict[str, Any] = {
            "color": COLOURS[k], "marker": MARKERS[k], "markerfacecolor": COLOURS[k] if filled else "white",
            "linestyle": "-" if filled else (0, (4, 2)), "linewidth": 0.8,
        }  # fmt: skip
        label = f"{LEVELS[level].split(',')[0]}, {'larger' if filled else 'smaller'} $N$"
        if level == EXACT:
            style |= {"marker": "none", "linestyle": "-" if filled else ":"}
        for ax, name in zip(axes, Differences._fields, strict=False):
            for x, run in zip(loads, runs, strict=True):
                one = np.flatnonzero(run[level].kept != run[EXACT].kept)
                off = np.abs(getattr(differences(run[level], run[EXACT]), name)[one])
                ax.plot(np.full(len(one), x), off, "x", color=COLOURS[k], markersize=2.5, alpha=0.5)
            both = [run[level].kept & run[EXACT].kept for run in runs]
            values = [noise(run[EXACT]) if level == EXACT else differences(run[level], run[EXACT]) for run in runs]
            medians = [_median(np.abs(getattr(v, name)[kept])) for v, kept in zip(values, both, strict=True)]
            ax.plot(loads, medians, label=label, **style)
        axes[2].plot(loads, [run[level].retrieved.mean for run in runs], **style)
    axes[0].set(yscale="log", ylabel="rms difference of $m_i$")
    axes[1].set(yscale="log", ylabel="difference of $m$")
    axes[2].set(
        ylim=(-0.05, 1.05), yticks=(0.0, 0.5, 1.0), ylabel="fraction retrieved", xlabel=r"load $\gamma/\gamma_M(T)$"
    )
    for ax in axes:
        ax.axvspan(0.0, AGREEMENT, color="0.94", zorder=0)
        ax.set_xlim(0.0, 1.05 * max(loads))


def _median(values: NDArray[np.float64]) -> float:
    """Median, NaN of nothing."""
    return float(np.median(values)) if len(values) else float("nan")


def accuracy_figure(
    names: Sequence[str] = tuple(NETWORKS), loads: Sequence[float] = (0.1, 0.25, 0.4, 0.6, 0.8, 1.0, 1.25), *,
    samples: int = 7, sweeps: int = 400, parallel: int = 200, sizes: Mapping[int, Sequence[int]] = SIZES,
) -> Figure:  # fmt: skip
    """The levels L1 to L3 against L0 in several networks, at two sizes each, on the same disorder.

    Shaded are the loads at which they are said to agree where L0 keeps the archetype. Black are L0's own statistical
    errors.
    """
    with publication():
        figure, axes = plt.subplots(
            3, len(names), figsize=((0.55 * len(names) + 0.1) * COLUMN, 1.7 * COLUMN), layout="constrained",
            sharex=True, sharey="row", squeeze=False,
        )  # fmt: skip
        for column, name in zip(axes.T, names, strict=True):
            network = NETWORKS[name]
            for N in sizes[network.P]:
                runs = measure(name, N, loads, samples=samples, sweeps=sweeps, parallel=parallel)
                accuracy(loads, runs, column, filled=max(sizes[network.P]) == N)
            shown = ", ".join(map(str, sizes[network.P]))
            column[0].set_title(f"{name}\n$T = {network.T:g}$, $N = {shown}$")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=len(LEVELS))
        for ax in axes[:, 1:].flat:
            ax.set_ylabel("")
        return figure
