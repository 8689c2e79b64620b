r"""The (d, T) phase diagram of the multitasking network.

Regions are labelled by the equilibrium state: its `theory.multitasking.states.letters` and its class. The letters
change where a state bifurcates, or where the equilibrium jumps from one minimum to another
(`theory.multitasking.coexistence`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statmech.checks import check_dilution, check_integer, check_real
from statmech.models import Multitasking
from theory.multitasking.averages import ENUMERATED, Array
from theory.multitasking.states import EQUAL, column_of_minima, letters, minima, state_class
from theory.multitasking.states import amplitudes as amplitudes_of


@dataclass(frozen=True, kw_only=True)
class Regions:
    """Equilibrium states on a grid of dilutions and reduced temperatures.

    Attributes
    ----------
    K : int
        Number of patterns.
    d, t : numpy.ndarray
        The axes: dilutions, and temperatures :math:`t = T/(1-d)`.
    letters, state : numpy.ndarray of str, shape (t, d)
        Pattern of the amplitudes and class of the equilibrium state; empty where none was found.
    amplitudes : numpy.ndarray, shape (t, d, K)
        Its amplitudes, sorted.
    f, stability : numpy.ndarray, shape (t, d)
        Its free energy and the smallest eigenvalue of its Hessian.
    minima : numpy.ndarray of int, shape (t, d)
        Number of different minima: the equilibrium state and the metastable ones.
    """

    K: int
    d: Array
    t: Array
    letters: NDArray[np.str_]
    state: NDArray[np.str_]
    amplitudes: Array
    f: Array
    stability: Array
    minima: NDArray[np.int64]


def phase_diagram(K: int, d: ArrayLike, t: ArrayLike) -> Regions:
    r"""Equilibrium states on a grid, as labelled regions: about 8 ms a point at K = 5, 1 ms at K = 3.

    Parameters
    ----------
    K : int
        Number of patterns, at most 8.
    d, t : array_like
        One-dimensional: dilutions in [0, 1), and temperatures in units of :math:`T_c`, :math:`t = T/(1-d) \ge 0`.

    Returns
    -------
    Regions

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> phase_diagram(3, [0.3, 0.55, 0.7], [0.5, 0.1]).letters.tolist()
    [['a00', 'ab0', 'aaa'], ['ab0', 'abc', 'abc']]
    """
    K = check_integer("K", K, low=1, high=ENUMERATED)
    ds = np.array([check_dilution(x) for x in np.atleast_1d(d).tolist()])
    ts = np.array([check_real("t", x, low=0.0) for x in np.atleast_1d(t).tolist()])
    amplitudes = np.zeros((len(ts), len(ds), K))
    f, stability = np.empty((2, len(ts), len(ds)))
    number = np.ones((len(ts), len(ds)), dtype=int)
    inside = (ts > 0) & (ts < 1)
    for j, dilution in enumerate(ds.tolist()):
        for i in np.flatnonzero(~inside):
            amplitudes[i, j], f[i, j], stability[i, j], number[i, j] = _one(K, dilution, float(ts[i]))
        if not inside.any():
            continue
        x, energies, lowest = column_of_minima(K, dilution, ts[inside] * (1 - dilution))
        for i, states, energy, curvature in zip(np.flatnonzero(inside), x, energies, lowest, strict=True):
            if np.isnan(energy).all():  # too close to T_c for descents: the equations of one unknown know
                amplitudes[i, j], f[i, j], stability[i, j], number[i, j] = _one(K, dilution, float(ts[i]))
            else:
                kept = _lowest(states, energy, curvature, 1 - dilution)
                amplitudes[i, j], f[i, j], stability[i, j], number[i, j] = kept
    named = [
        [("", "") if np.isnan(m[0]) else (letters(m, x, y), state_class(m, x, y)) for m, x in zip(row, ds, strict=True)]
        for row, y in zip(amplitudes, ts, strict=True)
    ]
    text = np.array(named, dtype=str).reshape(len(ts), len(ds), 2)
    return Regions(
        K=K, d=ds, t=ts, letters=text[..., 0], state=text[..., 1], amplitudes=amplitudes, f=f, stability=stability,
        minima=number,
    )  # fmt: skip


def _one(K: int, d: float, t: float) -> tuple[Array, float, float, int]:
    """The same as `_lowest` for a single point; NaN, and no letters, where no minimum was found."""
    found = minima(Multitasking(K=K, d=d, T=t * (1 - d)))
    if not found:
        return np.full(K, np.nan), np.nan, np.nan, 0
    return amplitudes_of(found[0]), found[0].f, found[0].stability, len(found)


def _lowest(x: Array, f: Array, lowest: Array, scale: float) -> tuple[Array, float, float, int]:
    """The minimum of lowest free energy among descents, and the number of different ones."""
    best = int(np.nanargmin(f))
    cells = np.unique(np.round(x[~np.isnan(f)] / (10 * EQUAL * scale)), axis=0)
    # an amplitude on the boundary of a rounding cell counts once
    apart = [k for k, row in enumerate(cells) if not any(np.abs(row - other).max() <= 1 for other in cells[:k])]
    return x[best], float(f[best]), float(lowest[best]), len(apart)
