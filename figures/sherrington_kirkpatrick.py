"""Figures of the Sherrington–Kirkpatrick glass: Parisi's solution under parallel tempering."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from figures.style import COLOURS, MARKERS
from montecarlo import Tempered
from statmech import Simulation
from theory.parisi import Ladder


def overlap_distribution(runs: Sequence[Simulation], solution: Ladder, *, ax: Axes | None = None) -> Axes:
    r"""P(|q|) of simulations at several N over that of the Parisi solution.

    Parameters
    ----------
    runs : sequence of Simulation
        At one temperature, with the arrays ``P_q`` and ``P_q_err``: of `montecarlo.temper`.
    solution : Ladder
        The theory there. Its smooth part is drawn as a line; the delta peak at :math:`q_{EA}`, and that at
        the smallest overlap if it has weight, as arrows labelled with their weights.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = ax if ax is not None else plt.subplots()[1]
    highest = 0.0
    for k, run in enumerate(runs):
        q, density, error = folded(run)
        colour = COLOURS[k % len(COLOURS)]
        axes.plot(
            q,
            density,
            color=colour,
            marker=MARKERS[k % len(MARKERS)],
            label=f"$N={run.N}$",
            linewidth=0.9,
            markersize=2.5,
        )
        axes.fill_between(q, density - error, density + error, color=colour, alpha=0.25, linewidth=0)
        highest = max(highest, float(density.max()))
    x = np.linspace(0, 1, 501)
    axes.plot(x, solution.density(x), color="0.35", linewidth=1.6, label="Parisi")
    top = 1.15 * max(highest, 2.0)
    weight = float(solution.weights[-1])
    axes.annotate(
        "", xy=(solution.q_EA, top), xytext=(solution.q_EA, 0), arrowprops={"arrowstyle": "->", "color": "0.35"}
    )
    axes.annotate(
        rf"$\delta$, weight {weight:.2f}", (solution.q_EA, 0.9 * top), xytext=(-4, 0), textcoords="offset points",
        ha="right", color="0.35",
    )  # fmt: skip
    axes.set(xlabel=r"$|q|$", ylabel=r"$P(|q|)$", xlim=(0, 1), ylim=(0, top))
    axes.legend(loc="upper left")
    return axes


def folded(run: Simulation, width: int = 5) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """P(|q|) of a simulation in bins `width` times as wide as the histogram's, and its error.

    Wide bins even out the comb of a finite system, whose overlaps come in steps of 2/N. The bin around q = 0 is left
    out, as half of it would be.

    Returns
    -------
    q, density, error : numpy.ndarray
        Centres of the bins, density of the modulus of q, standard error over disorder samples.
    """
    q, density, error = run.bins["P_q"], run.arrays["P_q"], run.arrays["P_q_err"]
    half = len(q) // 2
    count = half // width

    def binned(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return values[half + 1 : half + 1 + count * width].reshape(count, width).mean(1)

    # both signs together; a symmetrised histogram has the same error on either side
    return binned(q), binned(density + density[::-1]), 2 * binned(error)


def energy_and_overlap(
    solutions: Sequence[Ladder], tempered: Mapping[int, Tempered], *, axes: tuple[Axes, Axes] | None = None
) -> tuple[Axes, Axes]:
    r"""u(T) and the mean squared overlap against T, theory as lines, simulation as points with error bars.

    The energy of simulations with Gaussian couplings is compared at finite N as it is; it approaches the line like
    :math:`N^{-2/3}` in the glass.

    Parameters
    ----------
    solutions : sequence of Ladder
        At increasing temperatures.
    tempered : mapping of int to Tempered
        Runs by N.
    axes : pair of matplotlib.axes.Axes, optional
        For the energy and for the overlaps; a new figure by default.
    """
    if axes is None:
        _, made = plt.subplots(1, 2)
        axes = (made[0], made[1])
    left, right = axes
    T = [solution.T for solution in solutions]
    left.plot(T, [solution.u for solution in solutions], color="0.35", label="Parisi")
    right.plot(T, [solution.q_EA for solution in solutions], color="0.35", label=r"$q_{EA}$")
    second = [float(solution.weights @ solution.overlaps**2) for solution in solutions]
    right.plot(T, second, color="0.35", linestyle="--", label=r"$\langle q^2\rangle$")
    for k, (N, run) in enumerate(tempered.items()):
        style: dict[str, Any] = {
            "fmt": MARKERS[k % len(MARKERS)], "color": COLOURS[k % len(COLOURS)], "markerfacecolor": "white",
            "markeredgewidth": 0.8, "elinewidth": 0.7, "label": f"$N={N}$",
        }  # fmt: skip
        left.errorbar(run.temperatures, run.mean("u"), yerr=run.error("u"), **style)
        right.errorbar(run.temperatures, run.mean("q2"), yerr=run.error("q2"), **style)
    left.set(xlabel="temperature $T$", ylabel="energy $u$")
    right.set(xlabel="temperature $T$", ylabel="overlap", ylim=(0, 1.02))
    for ax in axes:
        ax.legend()
    return axes


def ladder_convergence(solution: Ladder, *, ax: Axes | None = None) -> Axes:
    """Distance of the free energy from its limit against the number k of steps of replica symmetry breaking.

    Parameters
    ----------
    solution : Ladder
        The theory at one temperature.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    f = solution.free_energies
    k = np.arange(len(f))
    label = f"$T = {solution.T:g}$"
    axes.semilogy(k, solution.f - f, marker="o", color=COLOURS[0], markerfacecolor="white", label=label)
    axes.axhspan(solution.f_error / 10, solution.f_error, color="0.85", label="error of the limit")
    axes.set(xlabel="steps $k$", ylabel="$f - f_k$")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
    return axes
