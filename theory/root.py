"""Roots of a few equations that are smooth, and expensive enough for every evaluation to count."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Vector = NDArray[np.float64]


def jacobian(defect: Callable[[Vector], Vector], v: Vector, free: list[int], h: float = 1e-6) -> Vector:
    """Central differences of the defects with respect to the free unknowns."""
    columns = []
    for i in free:
        e = np.zeros_like(v)
        e[i] = h
        columns.append((defect(v + e) - defect(v - e)) / (2 * h))
    return np.array(columns).T


STEP = 1e-6
"""Distance to the root, relative, beyond which `search` goes on."""
_CLOSE = 1e-4  # a Newton step from within this distance ends at rounding
_ROUNDING = 1e-13
_REACH = 0.2  # of a step from a root to the next one
_FEW = 15  # evaluations after which it is cheaper to begin anew


@dataclass(frozen=True)
class Root:
    """Where the root finder ended: unknowns, distance to the root by a Newton step, evaluations, Jacobian."""

    v: Vector
    step: float
    evaluations: int
    slope: Vector = field(repr=False)


def find_root(defect: Callable[[Vector], Vector], start: Vector, free: list[int], reach: float) -> Root:
    """Root of the `free` defects in the `free` unknowns by Powell's hybrid method, first step at most `reach`.

    The unknowns being logarithms, a bound on the step is all the globalisation that a guess within a factor of two
    needs. The last digits are those of one Newton step, cheaper than Powell's steps down to rounding. Whether the end
    is a root the caller judges: `Root.step` is infinite where no Newton step is defined.
    """

    def at(unknowns: Vector) -> Vector:
        v = start.copy()
        v[free] = unknowns
        return v

    def objective(unknowns: Vector) -> Vector:
        value = defect(at(unknowns))[free]
        return value if np.all(np.isfinite(value)) else np.full(len(free), 1e3)  # sends the trust region back

    def slope(unknowns: Vector) -> Vector:
        return jacobian(defect, at(unknowns), free)[free]

    found = optimize.root(objective, start[free], jac=slope, method="hybr", options={"xtol": 1e-8, "factor": reach})
    evaluations = found.nfev + 2 * len(free) * (found.njev + 1)
    v = at(found.x)
    value, matrix = defect(v)[free], slope(found.x)
    if not (np.all(np.isfinite(matrix)) and np.all(np.isfinite(value)) and np.linalg.det(matrix) != 0):
        return Root(v, math.inf, evaluations, matrix)
    step = np.linalg.solve(matrix, value)
    if np.max(np.abs(step)) < _CLOSE:
        closer = at(found.x - step)
        value = defect(closer)[free]
        evaluations += 1
        if np.all(np.isfinite(value)):
            v, step = closer, np.linalg.solve(matrix, value)
    return Root(v, float(np.max(np.abs(step))), evaluations, matrix)


def follow(defect: Callable[[Vector], Vector], start: Vector, free: list[int], near: Root) -> Root:
    """The root from the unknowns `start`, next to a root that is known, by Broyden's method from its Jacobian.

    A handful of evaluations: most of those of `find_root`, which steps in where this does not converge, are for
    Jacobians.
    """
    v, matrix, value = start.copy(), near.slope.copy(), defect(start)[free]
    for evaluations in range(1, _FEW + 1):
        if not np.all(np.isfinite(value)) or np.linalg.det(matrix) == 0:
            break
        step = -np.linalg.solve(matrix, value)
        size = float(np.max(np.abs(step)))
        if not size < _REACH:
            break
        v[free] += step
        if size < _ROUNDING:
            return Root(v, size, evaluations, matrix)
        value = defect(v)[free]  # what is left of it is what the linear form did not know
        matrix += np.outer(value, step) / (step @ step)
    root = find_root(defect, start, free, _REACH)
    return replace(root, evaluations=root.evaluations + evaluations)


def search(defect: Callable[[Vector], Vector], guess: Vector, free: list[int]) -> Root:
    """The root from a guess and, if that fails, more cautiously from guesses around it in the last unknown."""
    evaluations = 0
    for reach, shift in ((0.5, 0.0), (0.2, 0.0), (0.2, 0.4), (0.2, -0.4)):
        start = guess.copy()
        start[-1] += shift
        root = find_root(defect, start, free, reach)
        evaluations += root.evaluations
        if root.step < STEP:
            break
    return replace(root, evaluations=evaluations)
