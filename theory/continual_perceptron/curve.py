r"""The curve of all saddle points of one task, at whatever load they have.

All conjugates are proportional to the load, so that at any conjugates the load follows from :math:`\hat r`, and two
equations are left for three unknowns: a curve. It is followed from a small load by its tangent, through every fold, so
that the uninformed branch, the informed one and the unstable one between them lie one after the other, and nothing
depends on whether an iteration survives: not on that of :math:`\hat r` either, which next to the end of the uninformed
branch, without much of a prior, is no longer monotonic.
"""

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import count, takewhile

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from theory.continual_perceptron.examples import forces
from theory.continual_perceptron.task import (
    BLANK,
    CERTAIN,
    LEARNT,
    SATURATED,
    UNBOUND,
    Conditions,
    Found,
    Prior,
    Saddle,
    handed_on,
    judged,
    saddle_at,
    solve_task,
)
from theory.continual_perceptron.weights import field_law
from theory.perceptron_channel import UnresolvedError
from theory.root import jacobian

Array = NDArray[np.float64]

BEGIN = 0.05
"""Load that a curve begins with."""
STEPS = (1e-3, 0.1, 0.4)
"""Smallest, first and largest step along a curve, in its `unknowns`."""
TURN = 0.9
"""Cosine of the angle between successive tangents, below which a step is halved."""
FARTHEST = 60.0
r"""A curve ends where :math:`\hat r` is larger: next to the teacher."""
HELD = 0.7
"""Weight of the prior from which on the iteration follows branches to their ends, within a few 1e-3 of the load."""


@dataclass(frozen=True)
class Point:
    r"""A point of a curve: unknowns y, conjugates x, load, tangent, and slope of the load's logarithm along it."""

    y: Array
    x: Array
    load: float
    tangent: Array
    rise: float


@dataclass(frozen=True, kw_only=True)
class Curve:
    """The curve of a task, whose own load is ignored; it is followed as far as it is asked for.

    Attributes
    ----------
    prior : Prior
    conditions : Conditions
    nodes : list of Point
        Those found so far, in order. Places on the curve are real numbers, at whole ones of which are the nodes.
    source : iterator of Point
        The others, see `followed`.
    """

    prior: Prior
    conditions: Conditions
    nodes: list[Point] = field(default_factory=list, repr=False)
    source: Iterator[Point] = field(repr=False)
    ends: list[str] = field(default_factory=list, repr=False)
    known: dict[float, Point] = field(default_factory=dict, repr=False)

    def reaches(self, k: int) -> bool:
        """Whether there is a node of that number."""
        while len(self.nodes) <= k and not self.ends:
            try:
                self.nodes.append(next(self.source))
            except StopIteration as stop:
                self.ends.append(stop.value)
        return len(self.nodes) > k

    @property
    def cut(self) -> str:
        """Why it could not be followed as far as it was asked for; empty if it was, or nothing new lies beyond."""
        return self.ends[0] if self.ends else ""

    def cells(self) -> Iterator[tuple[int, Point, Point]]:
        """Number of a node, the node and the next one, along the curve."""
        return ((k, self.nodes[k], self.nodes[k + 1]) for k in takewhile(lambda k: self.reaches(k + 1), count()))

    def at(self, place: float) -> Point:
        """The point at a place between nodes that are known."""
        k = min(int(place), len(self.nodes) - 2)
        if place in (k, k + 1):
            return self.nodes[round(place)]
        if place not in self.known:
            left, right = self.nodes[k].y, self.nodes[k + 1].y
            point = corrected(left + (place - k) * (right - left), right - left, self.prior, self.conditions)
            if point is None:
                raise ArithmeticError(f"no point between the nodes {k} and {k + 1} of a curve")
            self.known[place] = point
        return self.known[place]

    def saddle(self, place: float) -> Saddle:
        """The saddle point at a place."""
        point = self.at(place)
        return saddle_at(point.x, self.prior, replace(self.conditions, alpha=point.load))

    def found(self, place: float, load: float | None = None) -> Found:
        """The saddle point at a place with its stability, at the `load` that the place belongs to, or at its own."""
        point = self.at(place)
        return judged(point.x, self.prior, replace(self.conditions, alpha=load or point.load), 0)

    def folds(self) -> Iterator[float]:
        """Places at which the load is stationary: ends of branches."""
        return (self.fold(k) for k, one, other in self.cells() if one.rise * other.rise < 0)

    def fold(self, k: int) -> float:
        """The one between a node and the next one."""
        return float(optimize.brentq(lambda place: self.at(place).rise, k, k + 1, xtol=1e-12))

    def end(self, branch: str) -> float | None:
        """Place where the ``"uninformed"`` branch, from small loads, or the ``"informed"`` one, to large ones, ends.

        None if it does not, or not where it was seen, as where the last branch seen is that of `frozen` weights.
        """
        if branch == "uninformed":
            return next(self.folds(), None)
        return None if self.frozen() else self._last_fold()

    def _last_fold(self) -> float | None:
        """Where the last branch begins, if it is not the first one and goes on to larger loads."""
        folds = list(self.folds())
        return folds[-1] if len(folds) > 1 and self.nodes[-1].rise > 0 else None

    def frozen(self) -> str:
        """What is known of a last branch that is not along the teacher; empty if there is none."""
        begin = self._last_fold()
        if begin is None or self._signs(len(self.nodes) - 1) > LEARNT:
            return ""
        first, last = self.at(next(self.folds())).load, self.nodes[-1].load
        return (
            f"the uninformed state ends at a load of {first:.6g}, and states of frozen weights, not along the teacher, "
            f"begin at {self.at(begin).load:.6g}: their sign overlap with it is {self._signs(begin):.3f} there, and "
            f"{self._signs(len(self.nodes) - 1):.3f} at {last:.6g}, as far as they were "
            "followed; an informed state was not reached along this curve"
        )

    def _signs(self, place: float) -> float:
        return self.saddle(place).signs(self.prior.bits)

    def passed(self, load: float) -> bool:
        """Whether a load is beyond the end of the uninformed branch, which is followed no farther than that."""
        for k, one, other in self.cells():
            if one.rise * other.rise < 0:
                return load > self.at(self.fold(k)).load
            if other.load > load:
                return False
        return False

    def place(self, load: float, branch: str) -> float | None:
        """Place of the state of a branch at a load; None if it has none there, or was not seen there.

        Where branches follow the one that begins at small loads, as at small gamma, the first that has the load.
        """
        begin = 0.0 if branch == "uninformed" else self.end("informed")
        if begin is None:
            return None
        for k, one, other in self.cells():
            if k + 1 <= begin or (one.rise < 0 and other.rise < 0):
                continue
            left, right = max(float(k), begin), k + 1.0
            if one.rise * other.rise < 0:
                fold = begin if left == begin > k else self.fold(k)
                left, right = (left, fold) if one.rise > 0 else (fold, right)
            if self.at(left).load <= load < self.at(right).load:
                return float(optimize.brentq(lambda place: self.at(place).load - load, left, right, xtol=1e-13))
        return None


def unknowns(x: Array, one: Conditions) -> Array:
    """Conjugates on a scale of their own: logarithms of pull and force, arsinh of a over what weights respond to."""
    return np.array([math.log(x[0]), math.log(x[1]), math.asinh(x[2] / (one.gamma + 1 / one.beta))])


def conjugates_of(y: Array, one: Conditions) -> Array:
    """The inverse of `unknowns`."""
    return np.array([math.exp(y[0]), math.exp(y[1]), math.sinh(y[2]) * (one.gamma + 1 / one.beta)])


def _equations(y: Array, prior: Prior, one: Conditions) -> Array:
    """What vanishes on the curve, and the logarithm of the load; NaN where averages cannot be taken."""
    x = conjugates_of(y, one)
    try:
        w = field_law(x, prior.fields(one.gamma), one.beta, one.gamma).overlaps()
        if not min(w.V, w.D) > 1e-9:
            return np.full(3, math.nan)
        there = forces(w.V, w.chi, w.D, w.r, one.beta)
    except UnresolvedError:
        return np.full(3, math.nan)
    load = x[0] / there.pull
    return np.append((unknowns(load * np.array([there.pull, there.force, there.bend]), one) - y)[1:], math.log(load))


def corrected(guess: Array, direction: Array, prior: Prior, one: Conditions) -> Point | None:
    """The point of the curve next to a guess, in the plane through it that is normal to a direction; or None."""
    normal = direction / np.linalg.norm(direction)

    def defect(y: Array) -> Array:
        value = np.append(_equations(y, prior, one)[:2], normal @ (y - guess))
        return value if np.all(np.isfinite(value)) else np.full(3, 1e3)  # sends the trust region back

    found = optimize.root(defect, guess, method="hybr", options={"xtol": 1e-13, "factor": 0.1})
    y = found.x
    slopes = jacobian(lambda v: _equations(v, prior, one), y, [0, 1, 2], h=1e-5)
    if not (np.all(np.isfinite(slopes)) and np.max(np.abs(defect(y))) < 1e-9):
        return None
    tangent = np.cross(slopes[0], slopes[1])
    tangent *= math.copysign(1 / np.linalg.norm(tangent), tangent @ normal)
    return Point(y, conjugates_of(y, one), math.exp(_equations(y, prior, one)[2]), tangent, float(slopes[2] @ tangent))


def _strays(point: Point, guess: Array, last: Point, step: float) -> bool:
    """Whether a step was too long to be sure that its end is on the same curve."""
    return bool(point.tangent @ last.tangent < TURN or np.linalg.norm(point.y - guess) > 0.5 * step)


def _certain(point: Point, prior: Prior, one: Conditions) -> bool:
    """Whether no weight is left that could move, from where on averages cost more and more and nothing changes."""
    return bool(field_law(point.x, prior.fields(one.gamma), one.beta, one.gamma).overlaps().V < CERTAIN)


def followed(prior: Prior, one: Conditions) -> Generator[Point, None, str]:
    """Nodes of the curve of a task, from a small load to where it rises, after its folds, beyond all loads before.

    At infinite beta it ends in the corner of the teacher instead, at no load, or where all weights are certain.

    Returns
    -------
    str
        Why it could not be followed so far; empty if it could.
    """
    if one.beta == math.inf and one.gamma == 0:
        return UNBOUND
    first = solve_task(prior, replace(one, alpha=BEGIN), "uninformed").saddle
    last = None if first is None else corrected(unknowns(first.x, one), np.array([1.0, 1.0, 0.0]), prior, one)
    if last is None:
        return f"not known: no state was found at a load of {BEGIN}"
    yield last
    step, top = STEPS[1], 0.0
    while last.x[0] < FARTHEST and last.load > 0.9 * BEGIN and not (last.rise > 0 and last.load > 1.1 * top > 0):
        guess = last.y + step * last.tangent
        point = corrected(guess, last.tangent, prior, one)
        if point is None or _strays(point, guess, last, step):
            step *= 0.5
            if step < STEPS[0]:
                return f"not known: the states could not be followed far beyond a load of {last.load:.4g}"
            continue
        yield point
        if one.beta == math.inf and point.rise > 0 and _certain(point, prior, one):
            return SATURATED
        if point.tangent @ last.tangent > 0.98:
            step = min(1.5 * step, STEPS[2])
        if point.rise < 0:
            top = max(top, last.load)
        last = point
    return (
        SATURATED
        if one.beta == math.inf and field_law(last.x, prior.fields(one.gamma), one.beta, one.gamma).jump
        else ""
    )


@lru_cache(maxsize=64)
def first_curve(one: Conditions) -> Curve:
    """The curve of the first task, of load 0 in `one`; kept, as many loads are asked for."""
    return Curve(prior=BLANK, conditions=one, source=followed(BLANK, one))


@lru_cache(maxsize=64)
def second_curve(first: Conditions, r0: float, one: Conditions) -> Curve:
    """The curve of the second task, of load 0 in `one`, after a `first` one that has a saddle point."""
    before = first_task(first, "uninformed").saddle
    if before is None:
        raise ValueError(f"alpha1 = {first.alpha} is not allowed: task 1 has no state that task 2 could begin with")
    prior = handed_on(before, r0)
    return Curve(prior=prior, conditions=one, source=followed(prior, one))


@lru_cache(maxsize=256)
def first_task(one: Conditions, start: str) -> Found:
    """The first task from ``"uninformed"`` or ``"informed"``; kept, as many second tasks follow one."""
    return settled(first_curve(replace(one, alpha=0.0)), one, start)


def settled(curve: Curve, one: Conditions, start: str) -> Found:
    """The state of a branch at a load, or where the iteration that begins next to it ends; with what it is called.

    Where the iteration leaves the branch, as it does long before the end of the uninformed one without much of a prior,
    the state is looked for on the curve. States are called by their value, next to the end of a branch by that.
    """
    found = solve_task(curve.prior, one, start)
    found = replace(found, branch=called(found, curve))
    if found.branch == start or (found.branch and one.gamma >= HELD):
        return found
    if one.beta == math.inf and (start == "informed" or one.gamma == 0):
        return found
    place = curve.place(one.alpha, start)
    if place is None:
        return found
    found = curve.found(place, one.alpha)
    return replace(found, branch=start if start == "informed" else called(found, curve))


def called(found: Found, curve: Curve) -> str:
    r"""What a state is called by its value; empty if there is none.

    It is ``"frozen"`` if it is not along the teacher, but at a load beyond the end of the uninformed branch. That has
    been seen at a small weight of the prior alone, and with :math:`\Lambda > 1`: elsewhere the curve is not asked for.
    """
    one = found.saddle
    if one is None:
        return "informed" if found.corner else ""
    if one.signs(one.prior.bits) > LEARNT:
        return "informed"
    suspect = one.conditions.gamma < HELD and one.conditions.beta < math.inf and one.at > 1
    return "frozen" if suspect and curve.passed(one.conditions.alpha) else "uninformed"
