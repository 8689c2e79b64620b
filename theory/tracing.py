"""Phase lines from a function that knows one point."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from statmech.checks import check_real
from statmech.lines import PhaseLine, phase_line
from statmech.results import Solution


def traced(
    name: str,
    point: Callable[[float], Solution],
    axis: str,
    values: ArrayLike,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    open_low: bool = False,
) -> PhaseLine:
    """Apply `point` to every value along `axis`.

    Parameters
    ----------
    name : str
        The line, as the literature calls it.
    point : callable
        The state on the line at a value.
    axis : str
        The parameter that `values` are of.
    values : array_like
        One number, or an array whose shape the line takes.
    low, high : float
        Range of the values, ends included.
    open_low : bool
        Excludes the lower end.

    Raises
    ------
    ValueError
        If a value is no real number in the range, or there are none.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "iuf" or array.size == 0:
        raise ValueError(f"{axis} = {values!r} is not allowed: {axis} must be one or more real numbers")
    checked = [check_real(axis, value, low=low, high=high, open_low=open_low) for value in array.ravel().tolist()]
    if array.ndim == 0:
        return phase_line(name, point(checked[0]))
    return phase_line(name, [point(value) for value in checked], array.shape)
