"""The states of a perceptron that learns two tasks, by name."""

import math
from dataclasses import replace

import numpy as np

from statmech.checks import check_choice
from statmech.models import ContinualPerceptron
from statmech.perceptron import generalisation_error
from statmech.results import Solution, no_solution
from theory.continual_perceptron.curve import Curve, first_curve, first_task, second_curve, settled
from theory.continual_perceptron.task import LEARNT, Conditions, Found, Prior, Saddle, for_signs
from theory.dispatch import solve, states

STARTS = ("learning", "uninformed", "informed")
"""The states that `solve` can be asked for."""
ANSATZE = ("RS",)
ENDS = {"uninformed": "ends", "informed": "begins"}
"""What becomes of a branch with the load."""
ORDER = (
    "q1", "r1", "qs1", "eps1_before", "q2", "r2", "qs2", "c12", "p1", "p2", "eps1", "eps2", "forgetting", "loss",
    "at1", "at2",
)  # fmt: skip
"""Names of the order parameters."""


@solve.register
def solve_continual_perceptron(model: ContinualPerceptron, *, ansatz: str = "RS", start: str = "learning") -> Solution:
    r"""Solve a perceptron that learns two tasks, for one state of the last of them.

    Order parameters, 1 of the end of task 1 and 2 of the end of task 2: overlap of two samples ``q``, of m with the
    task's teacher ``r``, of m with itself ``qs`` (:math:`1-q_s` is the mean variance of the weights); the
    generalisation error of task 1 after it, ``eps1_before``. After task 2, or after task 1 without one: overlaps of
    the weights' signs with the teachers ``p1``, ``p2``, generalisation errors ``eps1``, ``eps2``, ``forgetting`` =
    eps1 - eps1_before, overlap with m after task 1 ``c12``, and ``loss``, the mean of :math:`-\ln\Phi` over the
    patterns of the last task.

    ``at1`` and ``at2`` are the AT values :math:`\Lambda = \alpha\,\mathrm{E}(\partial_\omega^2\ln Z)^2\,
    \mathrm{E}(\langle m^2\rangle - \langle m\rangle^2)^2` of the tasks: replica symmetry holds below 1, and `replicon`
    is 1 minus the larger one. `stability` is the smallest real part of the eigenvalues of 1 - J, J the Jacobian of the
    map of the conjugates of the last task to themselves. f, u and s are of the last task.

    Parameters
    ----------
    model : ContinualPerceptron
        The state point. The first of two tasks is in the state that learning leads to.
    ansatz : str
        ``"RS"``.
    start : str
        Of the last task. ``"uninformed"``: the state that is continuous in the load, up to its spinodal.
        ``"informed"``: the one next to the teacher, beyond its own. ``"learning"``: where learning from small overlaps
        ends, the uninformed state as long as there is one and after it the informed one, or at a low temperature and
        gamma below about 0.6 a ``"frozen"`` one: certain weights that are not along the teacher, where replica symmetry
        fails. States are named by their value: informed is what has a sign overlap of more than 0.99 with the teacher,
        and next to the spinodal of the informed branch what lies on it. Without spinodals a branch on which that
        overlap grows smoothly, or whose prior knows the second teacher already, changes its name where it passes that
        value.

    Returns
    -------
    Solution
        Residual at most 1e-11, relative where a conjugate is large, where it is converged.

    Raises
    ------
    ValueError
        If `ansatz` or `start` is not one of these.

    Notes
    -----
    An iteration finds the state. Where it leaves for another one, as it does at gamma = 0 and beta = 20 from a load of
    1.78 on while the uninformed state ends at 1.9058, the state is taken from the curve that
    `theory.continual_perceptron.spinodal_load` follows to the end of the branch. At infinite beta there is no answer at
    gamma = 0. At small gamma weights then have two maxima, between which their means jump: this is the limit of the
    replica-symmetric states at finite beta, but their AT value is infinite, as the message says.

    Examples
    --------
    >>> import statmech as sm, theory
    >>> solution = theory.solve(sm.ContinualPerceptron(alpha1=1, beta1=20))
    >>> [round(solution.order[name], 7) for name in ("q1", "r1", "qs1", "eps1")]
    [0.2439459, 0.3493078, 0.2757496, 0.2919266]
    """
    check_choice("ansatz", ansatz, ANSATZE)
    check_choice("start", start, STARTS)
    solution = _solved(model, start)
    if not solution.converged or start in ("learning", solution.state):
        return solution
    load = model.alpha1 if model.alpha2 == 0 else model.alpha2
    return no_solution(model, "RS", start, _absence(load_curve(model), load, start), ORDER)


def load_curve(model: ContinualPerceptron) -> Curve:
    """The curve of the last task of a model, whose load of it is ignored.

    Raises
    ------
    ValueError
        If the first of two tasks has no state that could be a prior.
    """
    if model.alpha2 == 0:
        return first_curve(Conditions(alpha=0.0, beta=model.beta1, gamma=model.gamma1))
    first = Conditions(alpha=model.alpha1, beta=model.beta1, gamma=model.gamma1)
    return second_curve(first, model.r0, Conditions(alpha=0.0, beta=model.beta2, gamma=model.gamma2))


def _absence(curve: Curve, load: float, branch: str) -> str:
    """Why there is no state of a name at a load."""
    end = curve.end(branch)
    if end is not None and (load >= curve.at(end).load) == (branch == "uninformed"):
        return f"the {branch} state {ENDS[branch]} at a load of {curve.at(end).load:.6g}"
    if branch == "informed" and curve.frozen():
        return f"no informed state was found: {curve.frozen()}"
    if curve.cut:
        return f"the {branch} state could not be followed, if there is one: {curve.cut}"
    return f"no {branch} state: the only one has a sign overlap with the teacher on the other side of {LEARNT}"


def _solved(model: ContinualPerceptron, start: str) -> Solution:
    """The state that learning from a start ends in, whatever it is."""
    first = Conditions(alpha=model.alpha1, beta=model.beta1, gamma=model.gamma1)
    begin = "informed" if start == "informed" else "uninformed"
    if model.alpha2 == 0:
        found = first_task(first, begin)
        return single(model, found, found.branch or start)
    before = first_task(first, "uninformed")
    if before.corner and model.gamma2 > 0 and start != "informed":
        return _held(model, before)
    if before.saddle is None:
        why = "it ends in a corner, whose prior lets no weight turn" if before.corner else before.message
        return no_solution(model, "RS", start, f"task 1: {why}", ORDER)
    curve = load_curve(model)
    second = Conditions(alpha=model.alpha2, beta=model.beta2, gamma=model.gamma2)
    found = settled(curve, second, begin)
    return sequence(model, before.saddle, curve.prior, found, found.branch or start)


def _held(model: ContinualPerceptron, before: Found) -> Solution:
    r"""Two tasks of which the first ends in the corner of its teacher, whose fields are infinite.

    With prior fields of size :math:`\theta`, to turn weights costs :math:`O(\theta)`. To hold all signs and have the
    small variance v = 1 - m² costs :math:`O(\theta v)`, and the errors of the second task's patterns :math:`O(1/v)`: v
    falls like :math:`\theta^{-1/2}`, the cost grows like :math:`\theta^{1/2}` only, and no sign turns.
    """
    r0, cost = model.r0, 0.0 if model.r0 == 1 else math.inf
    order = dict.fromkeys(("q1", "r1", "qs1", "q2", "qs2", "c12", "p1"), 1.0)
    order |= dict.fromkeys(("eps1_before", "eps1", "forgetting", "at1", "at2"), 0.0)
    order |= {"r2": r0, "p2": r0, "eps2": generalisation_error(r0), "loss": cost}
    found = _solution(model, before, "uninformed", order, cost)
    return replace(found, s=math.nan, message="task 1 ends in a corner, whose prior lets no weight turn")


def single(model: ContinualPerceptron, found: Found, state: str) -> Solution:
    """The `Solution` of the first task alone, after which nothing changes."""
    r0, one = model.r0, found.saddle
    if found.corner:
        p = 1.0
        order = {"q1": p, "r1": p, "qs1": p, "q2": p, "r2": r0, "qs2": p, "c12": p, "loss": 0.0, "at1": 0.0}
    elif one is None:
        return no_solution(model, "RS", state, found.message, ORDER)
    else:
        p = one.signs(np.ones(1))
        q, r, qs = one.q, one.overlaps.r, one.qs
        order = {"q1": q, "r1": r, "qs1": qs, "q2": q, "r2": r0 * r, "qs2": qs, "c12": qs, "at1": one.at}
        order["loss"] = one.forces.loss if model.alpha1 > 0 else math.nan
    errors = {
        "p1": p,
        "p2": r0 * p,
        "eps1_before": generalisation_error(p),
        "eps1": generalisation_error(p),
        "eps2": generalisation_error(r0 * p),
    }
    order |= errors | {"forgetting": 0.0, "at2": math.nan}
    return _solution(model, found, state, order, found.corner * model.gamma1 * math.log(2))


def sequence(model: ContinualPerceptron, first: Saddle, prior: Prior, found: Found, state: str) -> Solution:
    """The `Solution` of two tasks, of which the `first` left the `prior`, and the second was `found`."""
    r1, eps1 = first.overlaps.r, generalisation_error(first.signs(np.ones(1)))
    one = found.saddle
    if found.corner:
        p1, p2 = model.r0, 1.0
        order = {"q2": 1.0, "r2": 1.0, "qs2": 1.0, "c12": model.r0 * r1, "loss": 0.0, "at2": 0.0}
    elif one is None:
        return no_solution(model, "RS", state, f"task 2: {found.message}", ORDER)
    else:
        dense = for_signs(prior, first, one, model.r0)
        signs = replace(one, prior=dense).signs
        p1, p2 = signs(np.ones(len(dense.bits))), signs(dense.bits)
        c12 = one.overlap(np.tanh(prior.theta))
        order = {"q2": one.q, "r2": one.overlaps.r, "qs2": one.qs, "c12": c12, "loss": one.forces.loss, "at2": one.at}
    order |= {"q1": first.q, "r1": r1, "qs1": first.qs, "eps1_before": eps1, "at1": first.at}
    order |= {
        "p1": p1,
        "p2": p2,
        "eps1": generalisation_error(p1),
        "eps2": generalisation_error(p2),
        "forgetting": generalisation_error(p1) - eps1,
    }
    turned = prior.mean(np.logaddexp(prior.theta, -prior.theta) - prior.theta * prior.bits)
    return _solution(model, found, state, order, found.corner * model.gamma2 * turned)


def _solution(model: ContinualPerceptron, found: Found, state: str, order: dict[str, float], cost: float) -> Solution:
    """With its free energy, in a corner the `cost` of the Kullback–Leibler term alone."""
    beta = model.beta1 if model.alpha2 == 0 else model.beta2
    f, u = (cost, cost) if found.saddle is None else (found.saddle.f, found.saddle.u)
    broken = [f"task {k} (Lambda = {order[f'at{k}']:.4g})" for k in (1, 2) if order[f"at{k}"] > 1]
    return Solution(
        model=model, ansatz="RS", state=state, order={name: order[name] for name in ORDER}, f=f, u=u,
        s=beta * (u - f) if beta < math.inf else math.nan, converged=True, residual=found.residual,
        iterations=found.iterations, stability=found.stability,
        replicon=1 - float(np.nanmax([order["at1"], order["at2"]])),
        message=f"replica symmetry fails in {' and '.join(broken)}" if broken else "",
    )  # fmt: skip


@states.register
def states_continual_perceptron(model: ContinualPerceptron, *, ansatz: str = "RS") -> list[Solution]:
    """The states of the last task, lowest free energy first."""
    check_choice("ansatz", ansatz, ANSATZE)
    found = [(start, _solved(model, start)) for start in ("uninformed", "informed")]
    allowed = {"uninformed": ("uninformed", "frozen"), "informed": ("informed",)}
    return sorted((one for start, one in found if one.converged and one.state in allowed[start]), key=lambda one: one.f)
