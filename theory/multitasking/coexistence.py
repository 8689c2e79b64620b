r"""The first-order line of three patterns: where the equilibrium jumps from the hierarchical to the parallel state.

From :math:`d_E(3)` at T = 0 it runs almost vertically to a critical point, where the two minima become one: below it
"hierarchical or parallel" is a sharp question, above it the states change smoothly or by symmetric bifurcations.

At a reduced temperature t = T/(1-d) the stationary states are a curve, single-valued in :math:`y = (m_1-m_2-m_3)/T`,
positive in the hierarchical state and negative in the parallel one: y is chosen, and the equations give the other
amplitudes and the dilution d(y; t). A maximum of it is the spinodal of the hierarchical state, a minimum that of the
parallel one, and the saddle between them lies on the rising piece, which disappears at the critical point.
"""

import math
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from statmech.checks import check_choice, check_real
from theory.multitasking.averages import Array, enumerated
from theory.multitasking.descent import descend
from theory.multitasking.zero_temperature import (
    energy_dilution,
    existence_dilution,
    hierarchical_amplitudes,
    parallel_amplitudes,
)

STEP = 0.1
"""Spacing of the curve in y."""
FARTHEST = 30.0
COLDEST = 0.05
"""Lowest reduced temperature above zero at which the spinodals are followed; the states coexist widely below it."""


class _Curve:
    """Stationary states of three patterns at one t along y, each found from its neighbour."""

    def __init__(self, t: float) -> None:
        self.t = t
        middle = optimize.brentq(lambda d: _gap(hierarchical_amplitudes(3, d) + parallel_amplitudes(d)), 0.4, 0.61)
        start = 0.5 * (hierarchical_amplitudes(3, middle) + parallel_amplitudes(middle))
        self.known = {0: self._solve(0.0, np.array([start[1], start[2], middle]))}

    def _solve(self, y: float, guess: Array) -> Array:
        """(m_2, m_3, d) at y."""

        def defect(unknown: Array) -> Array:
            two, three, d = unknown
            T = self.t * (1 - d)
            m = np.array([two + three + y * T, two, three])
            return m - enumerated(m[None], np.array([T]), d=d)[1][0]

        found = optimize.root(defect, guess, method="hybr", tol=1e-14)
        if np.abs(defect(found.x)).max() > 1e-12:
            raise RuntimeError(f"no stationary state at y = {y:g}, t = {self.t:g}")
        return found.x

    def at(self, y: float) -> Array:
        """(m_2, m_3, d) at any y, from the nearest point of the grid."""
        k = round(y / STEP)
        sign = 1 if k > 0 else -1
        for j in range(0, k + sign, sign):
            if j not in self.known:
                before, last = self.known.get(j - 2 * sign, self.known[j - sign]), self.known[j - sign]
                self.known[j] = self._solve(STEP * j, 2 * last - before)
        return self._solve(y, self.known[k])

    def dilution(self, y: float) -> float:
        return float(self.at(y)[2])

    def slope(self, y: float) -> float:
        """dd/dy."""
        h = 1e-4
        return (self.dilution(y + h) - self.dilution(y - h)) / (2 * h)

    def steepest(self) -> float:
        """The y at which d(y) rises fastest, or falls most slowly: on the saddle, or at the end of it."""
        best = optimize.minimize_scalar(lambda y: -self.slope(y), bounds=(-2.0, 2.0), method="bounded")
        return float(best.x)

    def turning(self, sign: int) -> float:
        """The y of the first stationary point of d(y) on the side of `sign` of the saddle."""
        last = self.steepest()
        y = last + sign * STEP
        while abs(y) < FARTHEST and self.slope(y) > 0:
            last, y = y, y + sign * STEP
        return optimize.brentq(self.slope, last, y, xtol=1e-9)

    def free_energy(self, y: float) -> float:
        two, three, d = self.at(y)
        T = self.t * (1 - d)
        m = np.array([two + three + y * T, two, three])
        return float(enumerated(m[None], np.array([T]), d=d)[0][0])


def _gap(m: Array) -> float:
    return float(m[0] - m[1] - m[2])


@lru_cache(maxsize=64)
def _curve(t: float) -> _Curve:
    return _Curve(t)


@lru_cache(maxsize=1)
def critical_point() -> tuple[float, float]:
    """End point (d, t) of the first-order line of three patterns, where its two minima become one.

    Examples
    --------
    >>> [round(x, 4) for x in critical_point()]
    [0.548, 0.1693]
    """

    def rise(t: float) -> float:
        return _curve(t).slope(_curve(t).steepest())

    t = optimize.brentq(rise, 0.1, 0.25, xtol=1e-9)
    return _curve(t).dilution(_curve(t).steepest()), t


def spinodal_dilution(t: float, state: str) -> float:
    r"""Dilution at which the hierarchical or the parallel minimum of three patterns merges with the saddle.

    The hierarchical minimum exists below its spinodal, the parallel one above its own; between the two they coexist.

    Parameters
    ----------
    t : float
        Reduced temperature T/(1-d), zero or at least `COLDEST`.
    state : str
        ``"hierarchical"`` or ``"parallel"``.

    Returns
    -------
    float
        NaN from the critical point on. At t = 0, :math:`d_c(3)` and 0.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Examples
    --------
    >>> [round(spinodal_dilution(0.1, state), 3) for state in ("parallel", "hierarchical")]
    [0.521, 0.56]
    """
    t = check_real("t", t, low=0.0)
    sign = 1 if check_choice("state", state, ("hierarchical", "parallel")) == "hierarchical" else -1
    if t == 0:
        return existence_dilution(3) if sign > 0 else 0.0
    t = check_real("t", t, low=COLDEST)
    if t >= critical_point()[1]:
        return math.nan
    return _curve(t).dilution(_curve(t).turning(sign))


def coexistence_dilution(t: ArrayLike) -> Any:
    r"""First-order line of K = 3: the dilution at which hierarchical and parallel state have the same free energy.

    Parameters
    ----------
    t : array_like
        Reduced temperatures T/(1-d) ≥ 0.

    Returns
    -------
    float or numpy.ndarray
        :math:`d_E(3)` at t = 0; NaN from the critical point on, where there is one state only.

    Raises
    ------
    ValueError
        If a temperature is not allowed.

    Examples
    --------
    >>> round(coexistence_dilution(0.1), 6)
    0.546832
    """
    array = np.asarray(t, dtype=float)
    line = np.array([_coexistence(check_real("t", x, low=0.0)) for x in array.ravel().tolist()]).reshape(array.shape)
    return line if array.ndim else float(line)


def _coexistence(t: float) -> float:
    if t == 0:
        return energy_dilution(3)
    if t >= critical_point()[1]:
        return math.nan
    if t < COLDEST:
        return optimize.brentq(lambda d: _difference(d, t), 0.54, 0.55, xtol=1e-12)
    curve = _curve(t)
    ends = curve.turning(-1), curve.turning(1)
    low, high = (curve.dilution(y) for y in ends)

    def beyond(d: float, sign: int) -> float:
        """The y of the minimum on the side of `sign` at dilution d."""
        y = near = ends[(sign + 1) // 2]
        while sign * (curve.dilution(y) - d) > 0 or y == near:
            y += sign * STEP
        return optimize.brentq(lambda y: curve.dilution(y) - d, near, y, xtol=1e-12)

    def difference(d: float) -> float:
        return curve.free_energy(beyond(d, -1)) - curve.free_energy(beyond(d, 1))

    inner = 1e-3 * (high - low)
    return optimize.brentq(difference, max(low, 0.5) + inner, high - inner, xtol=1e-12)


def _difference(d: float, t: float) -> float:
    """Free energy of the parallel minus that of the hierarchical minimum, both next to their amplitudes at T = 0."""
    T = np.full(2, t * (1 - d))
    averages = partial(enumerated, d=d)
    x = descend(averages, np.array([parallel_amplitudes(d), hierarchical_amplitudes(3, d)]), T)[0]
    parallel, hierarchical = averages(x, T)[0]
    return float(parallel - hierarchical)
