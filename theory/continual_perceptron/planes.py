"""What a second task does to the first, in planes of its load, the teachers' overlap and the weight of the prior."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from statmech.checks import check_choice
from statmech.lines import PhaseLine
from statmech.models import ContinualPerceptron
from statmech.results import Solution, no_solution
from theory.continual_perceptron.states import ORDER, solve_continual_perceptron
from theory.tracing import traced

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Plane:
    """Generalisation errors after two tasks on a grid.

    Attributes
    ----------
    model : ContinualPerceptron
        What is the same at all points.
    axis : str
        ``"r0"`` or ``"gamma2"``.
    alpha2, values : array
        Loads of the second task, and values along `axis`.
    eps1, eps2, forgetting, at2 : array, shape (values, alpha2)
        NaN where there is no solution.
    """

    model: ContinualPerceptron
    axis: str
    alpha2: Array
    values: Array
    eps1: Array
    eps2: Array
    forgetting: Array
    at2: Array


def plane(model: ContinualPerceptron, axis: str, values: ArrayLike, alpha2: ArrayLike) -> Plane:
    """Where learning ends on a grid of loads of the second task and overlaps, or weights of the prior.

    Parameters
    ----------
    model : ContinualPerceptron
        The other parameters.
    axis : str
        ``"r0"`` or ``"gamma2"``.
    values, alpha2 : array_like
        The axes of the grid.

    Raises
    ------
    ValueError
        If `axis` is not one of these, or a parameter is out of its range.
    """
    check_choice("axis", axis, ("r0", "gamma2"))
    x, y = (np.atleast_1d(np.asarray(given, float)) for given in (alpha2, values))
    solved = [
        [solve_continual_perceptron(replace(model, alpha2=load, **{axis: value})) for load in x.tolist()]
        for value in y.tolist()
    ]
    grids = {
        name: np.array([[one.order[name] for one in row] for row in solved])
        for name in ("eps1", "eps2", "forgetting", "at2")
    }
    return Plane(model=model, axis=axis, alpha2=x, values=y, **grids)


def neutral_overlap(alpha2: ArrayLike, model: ContinualPerceptron) -> PhaseLine:
    """Overlap of the teachers at which the second task leaves the error of the first as it was.

    Below it learning the second task is forgetting the first; above, the second task teaches the first.

    Parameters
    ----------
    alpha2 : array_like
        Loads of the second task, not 0.
    model : ContinualPerceptron
        The other parameters.

    Returns
    -------
    PhaseLine
        NaN where the sign of forgetting is the same at all overlaps.

    Raises
    ------
    ValueError
        If a load is not allowed.
    """

    def point(load: float) -> Solution:
        def forgetting(r0: float) -> float:
            return solve_continual_perceptron(replace(model, alpha2=load, r0=r0)).forgetting

        low, high = forgetting(-1.0), forgetting(1.0)
        if not low * high < 0 or math.isnan(low * high):
            why = "forgetting has one sign at all overlaps"
            return no_solution(replace(model, alpha2=load, r0=1.0), "RS", "learning", why, ORDER)
        r0 = float(optimize.brentq(forgetting, -1.0, 1.0, xtol=1e-10))
        return solve_continual_perceptron(replace(model, alpha2=load, r0=r0))

    return traced("neutral overlap", point, "alpha2", alpha2, low=0.0, open_low=True)
