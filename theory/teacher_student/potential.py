r"""Franz–Parisi entropy of teacher and student: the students at a distance from the teacher.

At T = 0 the teacher is a typical member of the version space, so that this is also the entropy around a typical
student. Counted are the students at overlap R = 1 - 2d, at temperature T: the free entropy of
`theory.teacher_student.curve` with r = R held by :math:`\hat r`, which its own equation no longer gives,

.. math::

    R = \mathrm{E}\tanh(\sqrt{\hat q}z + \hat r), \qquad \frac{d\phi}{dR} = -\hat r + \frac{2\alpha}{\sqrt{2\pi}}
    \mathrm{E}\,g(\sqrt{q-R^2}\,z) .

The slope vanishes at the solutions of the whole problem: at the uninformed state, a maximum, and at the unstable one,
a minimum. Next to the teacher the entropy leaves zero with slope :math:`-\infty`, as s is at most that of the mean
number, :math:`-d\ln d - (1-d)\ln(1-d) + \alpha\ln(1 - \arccos(R)/\pi)`, in which a small d gains
:math:`-d\ln d` and costs :math:`\tfrac2\pi\alpha\sqrt d`: there is a window without students around the teacher.
At T = 0 the solution does not show that slope: deep inside the window, where s < 0, replica symmetry breaks, the
replicon turns negative, and the branch ends before d = 0, with no value beyond. At T > 0 it goes on to d = 0.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from statmech.checks import check_real
from statmech.gaussian import field_magnetization, field_moments, field_potential
from statmech.models import TeacherStudent
from statmech.perceptron import inverse
from theory.franz_parisi import FranzParisi, check_distances
from theory.perceptron_channel import UnresolvedError, taught, taught_forces

Array = NDArray[np.float64]

TOLERANCE = 1e-11
"""Largest residual of q of a converged point."""
COLLAPSED = 1e-4
"""Where (1-q)/(1-R²) falls below there is no replica-symmetric solution: too few students are left."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of the curve; see `theory.franz_parisi.FranzParisi`."""

    s: float
    u: float
    phi: float
    slope: float
    q: float
    rhat: float
    qhat: float
    replicon: float
    residual: float


def holding(R: float, qhat: float) -> float:
    r"""The :math:`\hat r` that holds the overlap R."""
    sigma = math.sqrt(qhat)

    def excess(rhat: float) -> float:
        return field_magnetization(rhat, sigma, 1.0) - R

    low, high = -1.0 - sigma, 1.0 + sigma
    while excess(low) > 0:
        low *= 2
    while excess(high) < 0:
        high *= 2
    return float(optimize.brentq(excess, low, high, xtol=1e-15, rtol=1e-15))


def point_at(alpha: float, beta: float, R: float) -> Point | None:
    """The point at overlap R, None where there is none; the root in q is bracketed between R² and 1."""
    room = (1 - R) * (1 + R)

    def excess(spread: float) -> float:
        V = room * spread
        qhat = alpha * taught_forces(1 - V, R, V, room * (1 - spread), beta)[0]
        return field_moments(holding(R, qhat), math.sqrt(qhat), 1.0)[2] / room - spread

    try:
        if excess(COLLAPSED) <= 0:
            return None
        free = 1 - 1e-13  # where the examples say nothing
        spread = free if excess(free) >= 0 else float(optimize.brentq(excess, COLLAPSED, free, xtol=1e-15, rtol=1e-15))
    except UnresolvedError:
        return None
    V = room * spread
    there = taught(1 - V, R, V, room * (1 - spread), beta)
    qhat = alpha * there.force
    rhat = holding(R, qhat)
    _, _, V_back, C4, *_ = field_moments(rhat, math.sqrt(qhat), 1.0)
    if not abs(V_back - V) <= TOLERANCE:
        return None
    prior = field_potential(rhat, math.sqrt(qhat), 1.0)[0] - 0.5 * qhat * V - R * rhat
    return Point(
        s=prior + alpha * there.entropy, u=alpha * there.error, phi=prior + alpha * there.log,
        slope=-2 * (alpha * there.pull - rhat), q=1 - V, rhat=rhat, qhat=qhat, replicon=1 - alpha * there.response * C4,
        residual=abs(V_back - V),
    )  # fmt: skip


def franz_parisi_entropy(model: TeacherStudent, d: ArrayLike, reference_T: float = 0.0) -> FranzParisi:
    r"""Entropy s(d) of the students at distance d from the teacher.

    The students' temperature is free, that of the reference is not: the teacher makes no errors, and is a typical
    student at T' = 0. A typical student at T' > 0 is another reference, at overlap r(T') with the teacher, of which the
    entropy around the teacher knows nothing: students near to it have overlaps with both.

    Parameters
    ----------
    model : TeacherStudent
        The state point of the students, :math:`\alpha > 0`. The teacher makes no errors, whatever their temperature is.
    d : array_like
        Distances in (0, 1).
    reference_T : float
        Temperature of the teacher, 0.

    Returns
    -------
    FranzParisi
        With ``rhat`` and ``qhat`` as further order parameters, and ``reference_T`` = 0.

    Raises
    ------
    ValueError
        If a distance is out of range, :math:`\alpha = 0`, or `reference_T` is not 0.

    Examples
    --------
    >>> import statmech as sm
    >>> round(float(franz_parisi_entropy(sm.TeacherStudent(alpha=1), 0.3).s), 6)
    0.086126
    """
    distances = check_distances(d)
    if model.alpha == 0:
        raise ValueError("alpha = 0.0 is not allowed: without examples the teacher is a configuration like any other")
    if check_real("reference_T", reference_T, low=0.0) > 0:
        raise ValueError(
            f"reference_T = {reference_T} is not allowed: the reference is the teacher, which makes no errors; the "
            "students' temperature is that of the model"
        )
    beta = inverse(model.T)
    points = [point_at(model.alpha, beta, 1 - 2 * x) for x in distances.ravel().tolist()]

    def column(name: str) -> Array:
        values = [math.nan if point is None else getattr(point, name) for point in points]
        return np.array(values, dtype=float).reshape(distances.shape)

    return FranzParisi(
        model=model, reference_T=0.0, d=distances, overlap=1 - 2 * distances, s=column("s"), u=column("u"),
        phi=column("phi"), slope=column("slope"), q=column("q"),
        order={"rhat": column("rhat"), "qhat": column("qhat")}, replicon=column("replicon"),
        residual=column("residual"),
    )  # fmt: skip
