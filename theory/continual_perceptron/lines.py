r"""Where the branches of the last task end and cross, and where replica symmetry begins to fail.

All of it is read off one curve, `theory.continual_perceptron.curve.Curve`: spinodals are a maximum and a minimum of the
load along it.
"""

import math
from dataclasses import replace

from scipy import optimize

from statmech.checks import check_choice
from statmech.lines import PhaseLine, phase_line
from statmech.models import ContinualPerceptron
from statmech.results import Solution, no_solution
from theory.continual_perceptron.curve import Curve, first_task
from theory.continual_perceptron.states import ORDER, load_curve, sequence, single
from theory.continual_perceptron.task import CORNER, Conditions, Found


def _solution(model: ContinualPerceptron, curve: Curve, place: float, branch: str) -> Solution:
    """The state at a place of the curve, at the load that belongs to it."""
    return _as_solution(model, curve, curve.at(place).load, curve.found(place), branch)


def _as_solution(model: ContinualPerceptron, curve: Curve, load: float, found: Found, branch: str) -> Solution:
    if model.alpha2 == 0:
        return single(replace(model, alpha1=load), found, branch)
    before = first_task(Conditions(alpha=model.alpha1, beta=model.beta1, gamma=model.gamma1), "uninformed").saddle
    assert before is not None
    return sequence(replace(model, alpha2=load), before, curve.prior, found, branch)


def _absent(name: str, model: ContinualPerceptron, curve: Curve, message: str, branch: str = "uninformed") -> PhaseLine:
    """A line that does not exist: NaN, the load as well, and a `message`, or how far the curve was followed."""
    why = curve.cut or message
    line = phase_line(name, no_solution(model, "RS", branch, why, ORDER))
    load = "alpha1" if model.alpha2 == 0 else "alpha2"
    return replace(line, points={**line.points, load: math.nan, "message": why})


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
        and ``message`` says whether there is none, the curve could not be followed so far, or it goes on with frozen
        weights, as at a low temperature and gamma below about 0.6, without having reached the informed state.

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
    curve, name = load_curve(model), f"spinodal of the {branch} state"
    if branch == "informed" and curve.conditions.beta == math.inf and curve.conditions.gamma > 0:
        return _absent(name, model, curve, "at beta = inf the informed state, the teacher itself, has no end", branch)
    end = curve.end(branch)
    if end is None:
        return _absent(name, model, curve, curve.frozen() or f"the {branch} state has no end", branch)
    return phase_line(name, _solution(model, curve, end, branch))


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
    top = curve.end("uninformed")
    low = curve.end("informed")
    cold = curve.conditions.beta == math.inf
    if top is None or (low is None and not cold):
        why = curve.frozen() or "no two states have the same free energy"
        return _absent("coexistence", model, curve, why)

    def informed(load: float) -> float:
        if cold:
            return _as_solution(model, curve, load, CORNER, "informed").f
        place = curve.place(load, "informed")
        return math.inf if place is None else curve.saddle(place).f

    def advantage(place: float) -> float:
        return informed(curve.at(place).load) - curve.saddle(place).f

    begin = 0.0 if low is None else curve.place(curve.at(low).load * (1 + 1e-9), "uninformed")
    if begin is None or not advantage(begin) > 0 > advantage(top):
        return _absent("coexistence", model, curve, "no two states of the same free energy were found")
    place = float(optimize.brentq(advantage, begin, top, xtol=1e-9))
    return phase_line("coexistence", _solution(model, curve, place, "uninformed"))


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

    def excess(place: float) -> float:
        return curve.saddle(place).at - 1

    for k, one, other in curve.cells():
        if excess(k) < 0 <= excess(k + 1):
            place = float(optimize.brentq(excess, k, k + 1, xtol=1e-12))
            return phase_line("AT line", _solution(model, curve, place, "uninformed"))
        if one.rise < 0 or other.rise < 0:
            return _absent("AT line", model, curve, "replica symmetry holds up to the spinodal")
    return _absent("AT line", model, curve, "replica symmetry holds")
