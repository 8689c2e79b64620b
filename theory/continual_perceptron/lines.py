r"""Where the branches of the last task end and cross, and where replica symmetry begins to fail.

All conjugates are proportional to the load, so that at any :math:`\hat r` two equations are left for :math:`\hat q` and
a, and the load follows. Along this curve uninformed and informed branch, and the unstable one between them, lie one
after the other: the spinodals are a maximum and a minimum of the load.
"""

import math
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from statmech.branch import StationaryPoint, stationary_points
from statmech.checks import check_choice
from statmech.lines import PhaseLine, phase_line
from statmech.models import ContinualPerceptron
from statmech.results import Solution, no_solution
from theory.continual_perceptron.examples import forces
from theory.continual_perceptron.states import ORDER, sequence, single
from theory.continual_perceptron.task import (
    BLANK,
    UNBOUND,
    Conditions,
    Found,
    Prior,
    Saddle,
    first_task,
    handed_on,
    judged,
    pack,
    saddle_at,
    solve_task,
)
from theory.continual_perceptron.weights import BistableError, field_law
from theory.perceptron_channel import UnresolvedError
from theory.root import find_root

Array = NDArray[np.float64]

PULLS = np.geomspace(0.1, 60.0, 40)
r"""Values of :math:`\hat r` between which stationary loads are looked for."""
NEAR = 1e-3
"""Relative distance from the spinodals at which the crossing of free energies is still looked for."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    r"""The curve :math:`\alpha(\hat r)` of the last task of a model, whose own load of it is ignored.

    Attributes
    ----------
    model : ContinualPerceptron
    first : Saddle or None
        The end of the first task; None if it is the last.
    prior : Prior
    conditions : Conditions
    known : dict
        Points found so far: conjugates and load by :math:`\hat r`.
    """

    model: ContinualPerceptron
    first: Saddle | None
    prior: Prior
    conditions: Conditions
    known: dict[float, tuple[Array, float]] = field(default_factory=dict)

    def at(self, pull: float) -> tuple[Array, float]:
        r"""Conjugates and load at :math:`\hat r`; both NaN where there is no solution."""
        if pull not in self.known:
            self.known[pull] = self._solved(pull)
        return self.known[pull]

    def load(self, pull: float) -> float:
        """The load alone."""
        return self.at(pull)[1]

    def solution(self, pull: float) -> Solution:
        r"""The `Solution` at :math:`\hat r`, at the load that belongs to it."""
        x, alpha = self.at(pull)
        return self.solved(alpha, judged(x, self.prior, replace(self.conditions, alpha=alpha), 0))

    def solved(self, alpha: float, found: Found) -> Solution:
        """What was `found` at a load as `Solution`."""
        if self.first is None:
            return single(replace(self.model, alpha1=alpha), found, "uninformed")
        return sequence(replace(self.model, alpha2=alpha), self.first, self.prior, found, "uninformed")

    def _guess(self, pull: float) -> Array:
        r"""Packed :math:`\hat q` and a on the line through the nearest two points; at first what small loads have."""
        solved = [other for other, (_, alpha) in self.known.items() if math.isfinite(alpha)]
        near = sorted(solved, key=lambda other: abs(math.log(other / pull)))[:2]
        values = [pack(self.known[other][0]) for other in near]
        if len(near) == 2:
            return (values[0] + (values[0] - values[1]) * math.log(pull / near[0]) / math.log(near[0] / near[1]))[1:]
        one = self.conditions
        w = field_law(np.zeros(3), self.prior.fields(one.gamma), one.beta, one.gamma).overlaps()
        r, D = (w.r, w.D) if w.D > 1e-12 else (0.0, 0.0)
        there = forces(w.V, w.chi, D, r, one.beta)
        return pack(np.array([pull, pull * there.force / there.pull, pull * there.bend / there.pull]))[1:]

    def _solved(self, pull: float) -> tuple[Array, float]:
        one, fields = self.conditions, self.prior.fields(self.conditions.gamma)

        def parts(v: Array) -> tuple[Array, float, Array]:
            x = np.array([pull, math.exp(v[0]), math.sinh(v[1])])
            w = field_law(x, fields, one.beta, one.gamma).overlaps()
            there = forces(w.V, w.chi, w.D, w.r, one.beta)
            alpha = pull / there.pull
            return x, alpha, np.array([math.log(alpha * there.force) - v[0], math.asinh(alpha * there.bend) - v[1]])

        try:
            root = find_root(lambda v: parts(v)[2], self._guess(pull), [0, 1], 0.1)
            if root.step < 1e-8:
                return parts(root.v)[:2]
        except (BistableError, UnresolvedError):
            pass
        return np.full(3, math.nan), math.nan


def load_curve(model: ContinualPerceptron) -> Curve:
    """The curve of the last task of `model`.

    Raises
    ------
    ValueError
        If the first of two tasks has no solution that could be a prior.
    """
    first = Conditions(alpha=model.alpha1, beta=model.beta1, gamma=model.gamma1)
    if model.alpha2 == 0:
        return Curve(model=model, first=None, prior=BLANK, conditions=first)
    before = first_task(first, "uninformed").saddle
    if before is None:
        raise ValueError(f"alpha1 = {model.alpha1} is not allowed: task 1 has no state that task 2 could begin with")
    second = Conditions(alpha=model.alpha2, beta=model.beta2, gamma=model.gamma2)
    return Curve(model=model, first=before, prior=handed_on(before, model.r0), conditions=second)


def _absent(name: str, curve: Curve, branch: str, message: str) -> PhaseLine:
    """A line that does not exist, or was not found: NaN, the load as well, and a `message` with the reason."""
    line = phase_line(name, no_solution(curve.model, "RS", branch, message, ORDER))
    load = "alpha1" if curve.first is None else "alpha2"
    return replace(line, points={**line.points, load: math.nan, "message": message})


def _unless_cut(curve: Curve, message: str) -> str:
    """The `message`, where the curve was followed to its end; else how far it was, beyond which nothing is known."""
    if curve.conditions.beta == math.inf and curve.conditions.gamma == 0:
        return UNBOUND
    pulls = _followed(curve)
    if len(pulls) == len(PULLS):
        return message
    reached = f"far beyond a load of {max(map(curve.load, pulls)):.4g}" if pulls else "at all"
    return f"not known: the states could not be followed {reached}"


def spinodal_load(model: ContinualPerceptron, branch: str = "uninformed") -> PhaseLine:
    """Load of the last task at which one of its branches ends, if there are two.

    Parameters
    ----------
    model : ContinualPerceptron
        Its load of the last task, ``alpha2`` or without a second task ``alpha1``, is ignored but for which it is.
    branch : str
        ``"uninformed"``, which exists below, or ``"informed"``, which exists above; at infinite beta that is
        everywhere.

    Returns
    -------
    PhaseLine
        The point, with the state that is about to vanish. Where no end is found all values are NaN, the load as well,
        and ``message`` says whether there is none, or the branch could not be followed so far: so it is with
        gamma1 = 0 at beta1 = 20, where the curve is lost at a load of 1.86, still rising.

    Raises
    ------
    ValueError
        If `branch` is not one of these, or the first of two tasks has no state that could be a prior.

    Examples
    --------
    >>> import statmech as sm
    >>> round(spinodal_load(sm.ContinualPerceptron(alpha1=1)).alpha1, 5)
    2.12809
    """
    check_choice("branch", branch, ("uninformed", "informed"))
    curve = load_curve(model)
    ends = {point.kind: point for point in _ends(curve)}
    point = ends.get("maximum" if branch == "uninformed" else "minimum")
    name = f"spinodal of the {branch} state"
    if point is None:
        if branch == "informed" and curve.conditions.beta == math.inf:
            return _absent(name, curve, branch, "at beta = inf the informed state, the teacher itself, has no end")
        return _absent(name, curve, branch, _unless_cut(curve, f"the {branch} state has no end"))
    return phase_line(name, replace(curve.solution(point.parameter), state=branch))


def _ends(curve: Curve) -> list[StationaryPoint]:
    """The spinodals, as far as the curve can be followed from small loads."""
    pulls = _followed(curve)
    return stationary_points(curve.load, pulls) if len(pulls) > 2 else []


def _followed(curve: Curve) -> list[float]:
    """Those of `PULLS` that the curve can be followed to."""
    return list(takewhile(lambda pull: math.isfinite(curve.load(pull)), PULLS.tolist()))


def coexistence_load(model: ContinualPerceptron) -> PhaseLine:
    """Load of the last task beyond which its informed state has the lower free energy.

    Parameters
    ----------
    model : ContinualPerceptron
        As of `spinodal_load`.

    Returns
    -------
    PhaseLine
        The point, with the uninformed state there; NaN with a ``message``, as of `spinodal_load`, where no two states
        that cross are found.

    Raises
    ------
    ValueError
        If the first of two tasks has no state that could be a prior.

    Examples
    --------
    >>> import statmech as sm
    >>> round(coexistence_load(sm.ContinualPerceptron(alpha1=1, beta1=100)).alpha1, 5)
    2.00355
    """
    curve = load_curve(model)
    ends = {point.kind: point for point in _ends(curve)}
    if "maximum" not in ends:
        return _absent(
            "coexistence", curve, "uninformed", _unless_cut(curve, "no two states have the same free energy")
        )
    top = ends["maximum"]
    low = ends["minimum"].control * (1 + NEAR) if "minimum" in ends else curve.load(PULLS[0])
    high = top.control * (1 - NEAR)

    def pull_at(alpha: float) -> float:
        return float(optimize.brentq(lambda pull: curve.load(pull) - alpha, 0.5 * PULLS[0], top.parameter, xtol=1e-12))

    def advantage(alpha: float) -> float:
        one = replace(curve.conditions, alpha=alpha)
        return curve.solved(alpha, solve_task(curve.prior, one, "informed")).f - curve.solution(pull_at(alpha)).f

    if not (low < high and advantage(low) > 0 > advantage(high)):
        return _absent("coexistence", curve, "uninformed", "no two states of the same free energy were found")
    alpha = float(optimize.brentq(advantage, low, high, xtol=1e-9))
    return phase_line("coexistence", curve.solution(pull_at(alpha)))


def at_load(model: ContinualPerceptron) -> PhaseLine:
    r"""Lowest load of the last task at which replica symmetry fails: its AT value reaches 1 on the uninformed branch.

    Parameters
    ----------
    model : ContinualPerceptron
        As of `spinodal_load`.

    Returns
    -------
    PhaseLine
        The point; NaN with a ``message``, as of `spinodal_load`, where replica symmetry holds up to the spinodal, or as
        far as the branch could be followed.

    Raises
    ------
    ValueError
        If the first of two tasks has no state that could be a prior.

    Examples
    --------
    >>> import statmech as sm
    >>> round(at_load(sm.ContinualPerceptron(alpha1=1, beta1=20, gamma1=0)).alpha1, 5)
    0.72893
    """
    curve = load_curve(model)

    def excess(pull: float) -> float:
        x, alpha = curve.at(pull)
        return saddle_at(x, curve.prior, replace(curve.conditions, alpha=alpha)).at - 1

    for left, right in pairwise(PULLS):
        if not curve.load(left) < curve.load(right):  # the spinodal, or the end of what can be followed
            break
        if excess(left) < 0 <= excess(right):
            return phase_line("AT line", curve.solution(float(optimize.brentq(excess, left, right, xtol=1e-12))))
    why = "replica symmetry holds up to the spinodal"
    if not math.isfinite(curve.load(right)):
        why = _unless_cut(curve, why)
    return _absent("AT line", curve, "uninformed", why)
