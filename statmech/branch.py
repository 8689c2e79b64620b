"""Branches of solutions, parametrised by an order parameter.

Self-consistency equations that are hard to solve for the order parameter at a given control parameter are
often explicit the other way round: the order parameter y is chosen, and the control parameter at which it is
a solution follows. Along such a curve :math:`\\alpha(y)` every solution lies on one stretch between two
stationary points, a spinodal is a stationary point, and nothing depends on whether an iteration survives.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

Curve = Callable[[float], float]


@dataclass(frozen=True, kw_only=True)
class StationaryPoint:
    """A stationary point of a control parameter along a branch: a spinodal.

    Attributes
    ----------
    parameter, control : float
        The order parameter, and the control parameter as a function of it, at the point.
    kind : str
        ``"maximum"`` or ``"minimum"``.
    """

    parameter: float
    control: float
    kind: str


def stationary_points(control: Curve, grid: ArrayLike, slope: Curve | None = None) -> list[StationaryPoint]:
    """All stationary points of `control` that `grid` separates, in order of the parameter.

    Parameters
    ----------
    control : callable
        The control parameter as a function of the order parameter.
    grid : array_like
        Increasing values of the order parameter; two stationary points in one cell are missed.
    slope : callable, optional
        Any function with the sign of the derivative of `control`. With it, the point is a bracketed
        root of the slope, good to 1e-13; without it, a bounded minimisation, good to
        about 1e-8 in the parameter and 1e-15 in the control parameter.

    Returns
    -------
    list of StationaryPoint
    """
    points = np.asarray(grid, dtype=float)
    found = []
    if slope is not None:
        signs = np.sign([slope(y) for y in points])
        for left, right, rising in zip(points[:-1], points[1:], _changes(signs), strict=True):
            if rising:
                y = optimize.brentq(slope, left, right, xtol=1e-13)
                found.append(StationaryPoint(parameter=y, control=control(y), kind=_KIND[rising]))
        return found
    values = np.array([control(y) for y in points])
    signs = np.sign(np.diff(values))
    for k, rising in enumerate(_changes(signs)):
        if rising:
            best = optimize.minimize_scalar(
                lambda y, sign=rising: -sign * control(y),
                bounds=(points[k], points[k + 2]),
                method="bounded",
                options={"xatol": 1e-12},
            )
            found.append(StationaryPoint(parameter=float(best.x), control=control(best.x), kind=_KIND[rising]))
    return found


_KIND = {1: "maximum", -1: "minimum"}


def _changes(signs: np.ndarray) -> list[int]:
    """1 where the sign falls from plus to minus, -1 where it rises, else 0."""
    return [int(a) if a * b < 0 else 0 for a, b in pairwise(signs)]
