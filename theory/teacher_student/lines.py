"""Lines of teacher and student: spinodal, thermodynamic transition, learning curves with their unstable part."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from statmech.checks import check_integer, check_real
from statmech.gaussian import field_potential
from statmech.lines import PhaseLine, phase_line
from statmech.models import TeacherStudent
from statmech.perceptron import inverse
from statmech.results import Solution
from theory.perceptron_channel import taught
from theory.teacher_student.curve import (
    FIELDS,
    TINY,
    conjugate,
    curve_solution,
    load,
    overlaps,
    turning_point,
)
from theory.tracing import traced


def spinodal(T: ArrayLike = 0.0) -> PhaseLine:
    r"""Load up to which the uninformed state exists: the maximum of the curve :math:`\alpha(\hat r; T)`.

    Parameters
    ----------
    T : array_like
        Temperatures, :math:`T \ge 0`.

    Returns
    -------
    PhaseLine
        With the state that is about to vanish; its `stability` is zero.

    Raises
    ------
    ValueError
        If a temperature is not allowed.

    Examples
    --------
    >>> round(spinodal(0).alpha, 6)
    1.492632
    """

    def point(temperature: float) -> Solution:
        rhat, alpha = turning_point(inverse(temperature))
        return curve_solution(TeacherStudent(alpha=alpha, T=temperature), rhat)

    return traced("spinodal", point, "T", T, low=0.0)


def thermodynamic_transition(T: ArrayLike = 0.0) -> PhaseLine:
    r"""Load beyond which perfect learning is at equilibrium: the free entropy of the uninformed state vanishes.

    Parameters
    ----------
    T : array_like
        Temperatures, :math:`T \ge 0`. At T = 0 it is the entropy that vanishes.

    Returns
    -------
    PhaseLine
        With the uninformed state there.

    Raises
    ------
    ValueError
        If a temperature is not allowed.

    Examples
    --------
    >>> round(thermodynamic_transition(0).alpha, 6)
    1.244684
    """
    return traced("thermodynamic transition", _transition, "T", T, low=0.0)


def _transition(T: float) -> Solution:
    beta = inverse(T)

    def free_entropy(rhat: float) -> float:
        qhat = conjugate(rhat, beta)
        r, q, V, D = overlaps(rhat, qhat)
        there = taught(q, r, V, D, beta)
        prior = field_potential(rhat, math.sqrt(qhat), 1.0)[0] - 0.5 * qhat * V - r * rhat
        return prior + rhat * there.log / there.pull

    low = high = turning_point(beta)[0]
    while free_entropy(low) <= 0:
        low /= 2
    rhat = float(optimize.brentq(free_entropy, low, high, xtol=1e-300, rtol=TINY))
    return curve_solution(TeacherStudent(alpha=load(rhat, beta), T=T), rhat)


def learning_branch(T: float = 0.0, points: int = 200) -> PhaseLine:
    r"""All solutions at one temperature but the perfect one, stable and unstable, along :math:`\alpha(\hat r; T)`.

    Parameters
    ----------
    T : float
        Temperature, :math:`T \ge 0`.
    points : int
        Number of points, evenly in :math:`\ln \hat r`: from :math:`\alpha \approx 0` over the spinodal to q near 1.

    Returns
    -------
    PhaseLine
        With ``u`` and ``s`` among the order parameters; `stability` tells the branches apart.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    T = check_real("T", T, low=0.0)
    beta = inverse(T)
    grid = np.geomspace(1e-2, FIELDS[-1], check_integer("points", points, low=2)).tolist()
    curve = [curve_solution(TeacherStudent(alpha=load(rhat, beta), T=T), rhat) for rhat in grid]
    return phase_line("learning branch", [replace(one, order={**one.order, "u": one.u, "s": one.s}) for one in curve])
