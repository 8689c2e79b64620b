r"""The continuous Parisi function :math:`\gamma(q) = x(q)/T` that a ladder of step functions converges to.

The middle of each step lies on it to :math:`O(k^{-2})`, and so do the curves through them; those of the last two rungs
are extrapolated in :math:`t^2`, see `theory.parisi.limits`, between the extrapolated ends. The curves are cubic splines
in :math:`-\ln(1-q)`, as :math:`\gamma` grows steeply where q is close to 1.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from theory.parisi.functional import Steps
from theory.parisi.limits import limit
from theory.parisi.refinement import has_jump

Array = NDArray[np.float64]

Q = TypeVar("Q", float, Array)

_POINTS = 101
_ENOUGH = 2  # steps that make a curve


def continuous_part(
    T: float,
    steps: Sequence[Steps],
    t: Array | None,
    start: tuple[float, float] | None,
    end: tuple[float, float] | None,
) -> tuple[Array, Array]:
    r"""Points of the continuous part of :math:`\gamma(q)`.

    Parameters
    ----------
    T : float
        Temperature.
    steps : sequence of Steps
        The best functions of 1, 2, … steps.
    t : numpy.ndarray or None
        Their :math:`1/(k + k_0)`.
    start, end : tuple of float, optional
        Overlap and gamma of the ends where they are known; else the start is extrapolated, and the curve ends at the
        middle of the last step.

    Returns
    -------
    q, gamma : numpy.ndarray
        Both increasing; empty with fewer than two steps in the continuous part.
    """
    first = 1 if has_jump(steps[-1], T) else 0
    usable = [function for function in steps if function.gamma.size > first]
    if not usable or usable[-1].gamma.size - first < _ENOUGH:
        return np.empty(0), np.empty(0)
    t = t[-len(usable) :] if t is not None else None
    if start is None or first:
        q_low = limit(t, np.array([function.q[first] for function in usable]), 1).value
        start = q_low, limit(t, np.array([function.gamma[first] for function in usable]), 1).value
    curves = [_through_steps(function, T, first, start, end) for function in usable[-2:]]
    place = np.linspace(_place(start[0]), min(curve.x[-1] for curve in curves), _POINTS)
    gamma = curves[-1](place)
    if t is not None and usable[-2].gamma.size - first >= _ENOUGH:
        a, b = t[-1] ** 2, t[-2] ** 2
        gamma = (b * gamma - a * curves[-2](place)) / (b - a)
    return -np.expm1(-place), np.maximum.accumulate(gamma)


def slope(q: Array, gamma: Array, at: Array) -> Array:
    r""":math:`d\gamma/dq` of a curve at given overlaps, zero beyond its ends."""
    at = np.asarray(at, dtype=float)
    if q.size == 0:
        return np.zeros_like(at)
    inside = (at >= q[0]) & (at <= q[-1])
    values = CubicSpline(_place(q), gamma)(_place(np.where(inside, at, q[0])), 1) / (1 - np.where(inside, at, q[0]))
    return np.where(inside, np.maximum(values, 0.0), 0.0)


def _place(q: Q) -> Q:
    return -np.log1p(-q)


def _through_steps(
    steps: Steps, T: float, first: int, start: tuple[float, float], end: tuple[float, float] | None
) -> CubicSpline:
    """Through the middle of each step and the ends that are known."""
    edges = np.append(steps.q, 1 - T * steps.C)[first:]
    q, gamma = 0.5 * (edges[1:] + edges[:-1]), steps.gamma[first:]
    inside = q > start[0]
    q, gamma = np.append(start[0], q[inside]), np.append(start[1], gamma[inside])
    if end is not None:
        q, gamma = np.append(q, end[0]), np.append(gamma, end[1])
    return CubicSpline(_place(q), gamma)
