"""The states of teacher and student by name."""

import math

import numpy as np
from scipy import optimize

from statmech.checks import check_choice
from statmech.models import TeacherStudent
from statmech.perceptron import hazard, inverse
from statmech.results import Solution
from theory.dispatch import solve, states
from theory.teacher_student.curve import (
    FIELDS,
    TINY,
    absent,
    curve_solution,
    load,
    order_parameters,
    turning_point,
)

STARTS = ("uninformed", "perfect")
"""The states that `solve` can be asked for."""

ANSATZE = ("RS",)
HOTTEST = 1e10
"""The largest temperature that is solved; beyond, conjugates of small loads and widths of large ones underflow."""


@solve.register
def solve_teacher_student(model: TeacherStudent, *, ansatz: str = "RS", start: str = "uninformed") -> Solution:
    r"""Solve teacher and student for one state.

    Order parameters: r, overlap with the teacher, q, overlap of two students, their conjugates ``rhat`` and ``qhat``,
    and the generalisation errors ``eps_gibbs`` and ``eps_bayes``; see `theory.teacher_student.curve.curve_solution`. u
    is the number of examples that are not reproduced over N: the training error times :math:`\alpha`. At T = 0 u = f =
    0, and s is the logarithm of the volume of the version space: of two states the one of larger s is at equilibrium.

    Parameters
    ----------
    model : TeacherStudent
        The state point.
    ansatz : str
        ``"RS"``.
    start : str
        ``"uninformed"``, the branch from :math:`\alpha = 0`, up to its spinodal, or ``"perfect"``.

    Returns
    -------
    Solution
        Residual at most 1e-12 where it is converged.

    Raises
    ------
    ValueError
        If `ansatz` or `start` is not one of these.

    Examples
    --------
    >>> import statmech as sm, theory
    >>> theory.solve(sm.TeacherStudent(alpha=1))  # doctest: +ELLIPSIS
    r = 0.560715  q = 0.560715  rhat = 1.03304  qhat = 1.03304  eps_gibbs = 0.310526  eps_bayes = 0.230626  ...
    """
    check_choice("ansatz", ansatz, ANSATZE)
    if check_choice("start", start, STARTS) == "perfect":
        return _perfect(model)
    if model.alpha == 0:
        return _unlearned(model)
    if model.T > HOTTEST:
        return absent(model, "uninformed", f"not resolved: T = {model.T:g} is above {HOTTEST:g}")
    beta = inverse(model.T)
    low = model.alpha * 2 * float(hazard(np.zeros(1), beta)[0]) / math.sqrt(2 * math.pi)  # exact as alpha -> 0
    low = min(low, float(FIELDS[-1]))  # beyond the maximum of the curve at any load
    while load(low, beta) >= model.alpha:
        low /= 2
    high = 1.3 * low
    while high < FIELDS[-1] and load(high, beta) < model.alpha:
        low, high = high, 1.3 * high
    if load(high, beta) < model.alpha or load(1.001 * high, beta) < load(high, beta):  # at or beyond the maximum
        high, limit = turning_point(beta)
        if model.alpha > limit:
            why = f"alpha = {model.alpha:.7g} is above its spinodal {limit:.7g} at T = {model.T:.7g}"
            return absent(model, "uninformed", f"no uninformed state: {why}; what exists there is perfect learning")
        low = min(low, 0.5 * high)
    rhat, report = optimize.brentq(
        lambda x: load(x, beta) / model.alpha - 1, low, high, xtol=1e-300, rtol=TINY, full_output=True
    )
    return curve_solution(model, float(rhat), report.function_calls)


def _perfect(model: TeacherStudent) -> Solution:
    if model.alpha == 0:
        return absent(model, "perfect", "no perfect learning at alpha = 0: there are no examples")
    other = solve_teacher_student(model)
    heavier = other.converged and (other.f, -other.s) < (0.0, 0.0)
    return Solution(
        model=model, ansatz="RS", state="perfect", order=order_parameters(1.0, 1.0, math.inf, math.inf), f=0.0, u=0.0,
        s=0.0, converged=True, residual=0.0, iterations=0, stability=1.0, replicon=1.0,
        message="metastable: the uninformed state has more weight" if heavier else "",
    )  # fmt: skip


def _unlearned(model: TeacherStudent) -> Solution:
    """Without examples: all weights are equal."""
    s = math.log(2)
    order = {**order_parameters(0.0, 0.0, 0.0, 0.0), "eps_gibbs": 0.5, "eps_bayes": 0.5}
    return Solution(
        model=model, ansatz="RS", state="uninformed", order=order, f=-model.T * s, u=0.0, s=s, converged=True,
        residual=0.0, iterations=0, stability=1.0, replicon=1.0,
    )  # fmt: skip


@states.register
def states_teacher_student(model: TeacherStudent, *, ansatz: str = "RS") -> list[Solution]:
    """The states of teacher and student, the equilibrium one first: lowest f, or at T = 0 largest s."""
    found = [solve_teacher_student(model, ansatz=ansatz, start=start) for start in STARTS]
    return sorted((state for state in found if state.converged), key=lambda state: (state.f, -state.s))
