"""Roots of a few equations that are smooth, and expensive enough for every evaluation to count."""

import math
from collections.abc import Callable
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Root:
    """Where the root finder ended: unknowns, distance to the root by a Newton step from there, evaluations."""

    v: Vector
    step: float
    evaluations: int


def find_root(defect: Callable[[Vector], Vector], start: Vector, free: list[int], reach: float) -> Root:
    """Root of the `free` defects in the `free` unknowns by Powell's hybrid method, first step at most `reach`.

    The unknowns being logarithms, a bound on the step is all the globalisation that a guess within a factor of two
    needs. Whether the end is a root the caller judges: `Root.step` is infinite where no Newton step is defined.
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

    found = optimize.root(objective, start[free], jac=slope, method="hybr", options={"xtol": 1e-14, "factor": reach})
    evaluations = found.nfev + 2 * len(free) * (found.njev + 1)
    v = at(found.x)
    value, matrix = defect(v)[free], slope(found.x)
    if not (np.all(np.isfinite(matrix)) and np.all(np.isfinite(value)) and np.linalg.det(matrix) != 0):
        return Root(v, math.inf, evaluations)
    return Root(v, float(np.max(np.abs(np.linalg.solve(matrix, value)))), evaluations)


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
    return Root(root.v, root.step, evaluations)
