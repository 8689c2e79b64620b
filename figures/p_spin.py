"""Figures of the p-spin glass: the Franz–Parisi potential around its transitions."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from figures.style import COLOURS, DASHES
from theory.parisi.potential import Potential


def franz_parisi(potentials: Sequence[Potential], *, ax: Axes | None = None) -> Axes:
    """V(q) at several temperatures, each with its secondary minimum, where it has one, as a point.

    The minimum appears at T_d, where the phase space breaks up, and comes down to zero at T_s, where the
    configurational entropy vanishes.

    Parameters
    ----------
    potentials : sequence of Potential
        As `theory.p_spin.franz_parisi_potential` gives them.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = ax if ax is not None else plt.subplots()[1]
    axes.axhline(0, color="0.7", linewidth=0.7)
    for k, potential in enumerate(potentials):
        colour, dash = COLOURS[k % len(COLOURS)], DASHES[k % len(DASHES)]
        label = f"$T = {potential.T:.4g}$"
        if potential.reference_T != potential.T:
            label += f", reference at {potential.reference_T:.4g}"
        axes.plot(potential.overlap, potential.V, color=colour, linestyle=dash, label=label)
        if potential.minimum is not None:
            axes.plot(*potential.minimum, marker="o", color=colour, markerfacecolor="white", linestyle="none")
    axes.set(xlabel="overlap $q$ with the reference", ylabel="$V(q)$", xlim=(0, 1))
    axes.legend()
    return axes
