"""What the noise of a memory is: its covariance, and how replicas of the paramagnet respond to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

import theory
from figures.style import COLOURS, MARKERS
from statmech import Hopfield
from statmech.models.dense import INDICES
from statmech.results import Simulation
from theory.dense.network import stored


def covariance(
    measured: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]], P: int = 4, ax: Axes | None = None
) -> Axes:
    r"""Draw the covariance of the energies of two states, over N γ, against their overlap, over the theory's ξ(q).

    Parameters
    ----------
    measured : mapping of str to (q, covariance, error)
        For ``"distinct"`` and ``"repeated"`` indices, or one of them.
    P : int
        Order of the interactions.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    q = np.linspace(0, 1, 100)
    for k, indices in enumerate(INDICES):
        xi = stored(P, indices).xi
        terms = " + ".join(rf"{value:.3g}\,q^{power}" for power, value in sorted(xi.terms.items()))
        axes.plot(q, xi(q), color=COLOURS[k], label=rf"{indices}: $\xi = {terms}$")
        if indices in measured:
            x, y, error = measured[indices]
            axes.errorbar(x, y, yerr=error, fmt=MARKERS[k], color=COLOURS[k], markerfacecolor="white")
    axes.set(xlabel="overlap $q$ of two states", ylabel=r"$\mathrm{cov}(H, H') / N\gamma$")
    axes.legend(loc="upper left")
    return axes


def susceptibility(runs: Mapping[str, Sequence[Simulation]], ax: Axes | None = None) -> Axes:
    r"""Draw :math:`N \langle q^2 \rangle` of two replicas in the paramagnet against T: simulation over 1/replicon.

    Of the Hopfield model the line of its hard glass alone, :math:`1/(1 - \alpha\beta^2)`, is dashed.

    Parameters
    ----------
    runs : mapping of str to sequence of Simulation
        Label, and runs at increasing temperatures that have the estimate ``q2``, as those of `montecarlo.temper`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.
    """
    axes = ax if ax is not None else plt.subplots()[1]
    for k, (label, points) in enumerate(runs.items()):
        colour, model = COLOURS[k], points[0].model
        T = np.linspace(0.97 * points[0].model.T, 1.03 * points[-1].model.T, 100)
        paramagnets = [theory.solve(replace(model, T=t), start="paramagnet") for t in T.tolist()]
        axes.plot(T, [1 / state.replicon for state in paramagnets], color=colour)
        if isinstance(model, Hopfield):
            axes.plot(T, 1 / (1 - model.alpha / T**2), color=colour, linestyle="--", label="without its soft part")
        q2 = [run.estimates["q2"] for run in points]
        axes.errorbar(
            [run.model.T for run in points], [run.N * each.mean for run, each in zip(points, q2, strict=True)],
            yerr=[run.N * each.error for run, each in zip(points, q2, strict=True)], fmt=MARKERS[k], color=colour,
            markerfacecolor="white", label=f"{label}, $N = {points[0].N}$",
        )  # fmt: skip
    axes.set(xlabel="temperature $T$", ylabel=r"$N \langle q^2 \rangle$")
    axes.legend(loc="upper right")
    return axes
