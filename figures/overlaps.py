"""The distribution of the overlap: simulations at several sizes over the Parisi solution."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from numpy.typing import NDArray

from figures.style import COLOURS, MARKERS
from statmech import Simulation
from theory.parisi import Ladder

Array = NDArray[np.float64]

NEAR = 0.6
"""Delta peaks closer than this have their labels on one side."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Distribution of the overlap of one simulation, over the bins of its histogram.

    Attributes
    ----------
    N : int
        Number of spins.
    q, density, error : array
        Centres of the bins, density and its standard error over disorder samples; NaN where there is none.
    equilibrated : bool
    """

    N: int
    q: Array
    density: Array
    error: Array
    equilibrated: bool


def measured(run: Simulation | xr.Dataset) -> Measured:
    """The distribution of a simulation, or of a state point and size of a scan.

    Parameters
    ----------
    run : Simulation or xarray.Dataset
        With ``P_q`` and perhaps ``P_q_err``; of a scan, with no dimension left but that of the bins.
    """
    if isinstance(run, Simulation):
        q, density, error = run.bins["P_q"], run.arrays["P_q"], run.arrays.get("P_q_err")
        size, settled = run.N, run.equilibrated
    else:
        q, density = run["P_q_bin"].to_numpy(), run["P_q"].to_numpy()
        error = run["P_q_err"].to_numpy() if "P_q_err" in run else None
        size, settled = int(run["N"]), bool(run["equilibrated"])
    unknown = np.full(len(q), np.nan)
    return Measured(N=size, q=q, density=density, error=unknown if error is None else error, equilibrated=settled)


def folded(of: Measured) -> tuple[Array, Array, Array]:
    """P(|q|) in bins wider than those of the histogram, and its error.

    Three of its bins are taken together, five below N = 128. The bin around q = 0 is left out, as half of it would be.
    The error is that of a symmetrised histogram, which has the same one on either side.

    Returns
    -------
    q, density, error : numpy.ndarray
        Centres of the bins, density of the modulus of q, standard error over disorder samples.
    """
    width = 5 if of.N < 128 else 3
    half = len(of.q) // 2
    count = half // width

    def binned(values: Array) -> Array:
        return values[half + 1 : half + 1 + count * width].reshape(count, width).mean(1)

    return binned(of.q), binned(of.density + of.density[::-1]), 2 * binned(of.error)


def smoothed(of: Measured) -> tuple[Array, Array, Array]:
    """P(q) with its sign, and its error: running averages over three bins, over five below N = 128."""
    window = np.ones(5 if of.N < 128 else 3)

    def averaged(values: Array) -> Array:
        return np.convolve(values, window, "same") / np.convolve(np.ones(len(values)), window, "same")

    return of.q, averaged(of.density), averaged(of.error)


def overlap_distribution(
    runs: Sequence[Simulation | xr.Dataset], solution: Ladder, *, signed: bool = False, ax: Axes | None = None
) -> Axes:
    r"""P(|q|) of simulations at several N over that of the Parisi solution.

    Parameters
    ----------
    runs : sequence of Simulation or xarray.Dataset
        At one temperature, with the array ``P_q``; see `measured`. Those that did not equilibrate are dashed.
    solution : Ladder
        The theory there. Its smooth part is drawn as a line, its delta peaks as arrows labelled with their weights.
    signed : bool
        Whether to draw P(q) from -1 to 1 as it is: for systems in which the sign of q means something.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = ax if ax is not None else plt.subplots()[1]
    highest = 2.0
    for k, run in enumerate(runs):
        of = measured(run)
        q, density, error = smoothed(of) if signed else folded(of)
        colour, marker = COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]
        dash, label = ("-", f"$N={of.N}$") if of.equilibrated else ("--", f"$N={of.N}$, not equilibrated")
        axes.plot(
            q, density, color=colour, linestyle=dash, marker=None if signed else marker, label=label,
            linewidth=0.9, markersize=2.5,
        )  # fmt: skip
        axes.fill_between(q, density - error, density + error, color=colour, alpha=0.25, linewidth=0)
        highest = max(highest, float(np.nanmax(density, initial=0.0)))
    top = 1.25 * highest
    ends, _ = solution.curve()
    if ends.size:
        x = np.linspace(ends[0], ends[-1], 201)
        axes.plot(x, solution.density(x), color="0.35", linewidth=1.6, label="Parisi")
    _draw_peaks(axes, solution.peaks, top)
    axes.set(xlabel="$q$" if signed else r"$|q|$", ylabel="$P(q)$" if signed else r"$P(|q|)$", ylim=(0, top))
    axes.set_xlim(-1 if signed else 0, 1)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="best")
    return axes


def _draw_peaks(axes: Axes, peaks: Sequence[tuple[float, float]], top: float) -> None:
    """Delta peaks as arrows, with their labels beside all arrows that are near, so that no arrow crosses one."""
    arrow = {"arrowstyle": "->", "color": "0.35", "shrinkA": 0, "shrinkB": 0}
    for k, (place, weight) in enumerate(sorted(peaks, reverse=True)):
        axes.annotate("", xy=(place, 0.99 * top), xytext=(place, 0), arrowprops=arrow)
        near = [other for other, _ in peaks if abs(other - place) < NEAR]
        left = sum(near) / len(near) > 0.5
        axes.annotate(
            f"$\\delta$ at {place:.2f}, weight {weight:.2f}",
            (min(near) if left else max(near), (0.93 - 0.08 * k) * top),
            xytext=(-4 if left else 4, 0), textcoords="offset points", ha="right" if left else "left", va="center",
            color="0.35", fontsize=6.5,
        )  # fmt: skip
