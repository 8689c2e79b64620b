"""What the noise of a memory is: its covariance, and how replicas of the paramagnet respond to each other."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

import montecarlo
import theory
from figures.style import COLOURS, COLUMN, MARKERS, publication
from montecarlo.engines.interactions import dense_interaction
from statmech import DenseHebbian, Hopfield
from statmech.models.dense import INDICES
from statmech.results import Simulation
from theory.dense.network import stored

Array = NDArray[np.float64]


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


def measured_covariance(indices: str, N: int = 60, pairs: int = 400_000, seed: int = 1) -> tuple[Array, Array, Array]:
    r"""Covariance of the energies of two states over N γ, from random pairs of states and patterns, P = 4.

    The patterns are independent, so that one of them and the number of all give the whole. Products of fourth powers
    have long tails: with less than some 1e5 pairs their standard errors are too small.

    Returns
    -------
    q, covariance, error : array, shape (10,)
        Overlaps, covariances, their standard errors.
    """
    rng = np.random.default_rng(seed)
    F = np.array(dense_interaction(N, 4, indices), float)
    load = math.comb(N - 1, 3) if indices == "distinct" else N**3 / 6
    rows = []
    for different in (round(N * (1 - q) / 2) for q in np.linspace(0.1, 1, 10)):
        same, turned = (2 * rng.binomial(n, 0.5, pairs) - n for n in (N - different, different))
        product = F[(same + turned + N) // 2] * F[(same - turned + N) // 2] * load / N
        rows.append((1 - 2 * different / N, product.mean(), product.std() / math.sqrt(pairs)))
    q, mean, error = np.array(rows).T
    return q, mean, error


def noise_figure(N: int = 48, samples: int = 16, seed: int = 1) -> Figure:
    """Both panels, P = 4: `covariance` of distinct and of repeated indices, `susceptibility` of these and of pairs.

    Parameters
    ----------
    N : int
        Spins of the dense networks of the right panel, at the load 0.2; those of pairs are ten times as many, at 0.1.
    samples : int
        Disorder samples of each.
    seed : int
        Seed of all random numbers.
    """
    how: dict[str, Any] = {"samples": samples, "seed": seed, "sweeps": 300, "thermalization": 50}
    networks: dict[str, Any] = {
        "distinct": (DenseHebbian(P=4, gamma=0.2, T=1.0), N, (1.0, 1.2, 1.5, 1.9, 2.4)),
        "repeated": (DenseHebbian(P=4, gamma=0.2, T=1.0, indices="repeated"), N, (1.0, 1.2, 1.5, 1.9, 2.4)),
        r"pairs (Hopfield, $\alpha = 0.1$)": (Hopfield(alpha=0.1, T=1.6), 10 * N, (1.6, 1.8, 2.1, 2.5, 3.0)),
    }
    runs = {
        label: montecarlo.temper(model, N=size, temperatures=T, **how).simulations
        for label, (model, size, T) in networks.items()
    }
    with publication():
        figure, (left, right) = plt.subplots(1, 2, figsize=(2.1 * COLUMN, 0.9 * COLUMN), layout="constrained")
        covariance({indices: measured_covariance(indices, seed=seed) for indices in INDICES}, ax=left)
        susceptibility(runs, ax=right)
        return figure
