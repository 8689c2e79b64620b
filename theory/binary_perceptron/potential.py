r"""Franz–Parisi entropy of the binary perceptron: the weights at a distance from a typical configuration.

A reference :math:`\tilde w` is drawn at temperature T', where it is replica symmetric with :math:`q_0, \hat q_0`, and
counted are the weights w at overlap p = 1 - 2d with it, at temperature T. With q, the overlap of two such w, t, that
of w with another reference, and their conjugates, the free entropy of Huang and Kabashima [1]_ is

.. math::

    \phi(p) = -\tfrac12\hat q(1-q) + t\hat t - p\hat p + \mathrm{E}\ln 2\cosh b + \alpha\langle\ln f\rangle ,

with the averages of `theory.binary_perceptron.potential_equations`. Its equations, in the forms that follow from
partial integration, are

.. math::

    \hat q = \alpha\langle g^2\rangle, \quad \hat t = \alpha\langle g\,g_0\rangle, \quad
    p = \mathrm{E}\,\tilde w\tanh b, \quad q = \mathrm{E}\tanh^2 b, \quad t = \mathrm{E}\tanh h\tanh b ,

and its slope is :math:`d\phi/dp = -\hat p + \alpha\,\partial_p\langle\ln f\rangle`: not :math:`-\hat p` alone, since p
enters the patterns too. At :math:`p = q_0` and T = T' there is no constraint: :math:`q = t = q_0`, the entropy is that
of all weights, and it is stationary.

At T = T' = 0 the reference is a typical solution. Moving away by a small d violates of the order of
:math:`\alpha\sqrt d` of the patterns at the edge, while only :math:`-d\ln d` can be gained: there cannot be other
solutions up to a distance :math:`d_\mathrm{min}(\alpha)`, at any load, and s < 0 says so.
The slope :math:`-\infty` at d = 0 belongs to T > 0, where weights with errors are counted and the branch goes on to
d = 0. At T = 0 it does not: deep inside the window replica symmetry breaks, the replicon turns negative,
:math:`q \to 1` faster than p, and the branch ends at a slope that is positive, and means nothing. Beyond no value is
given; what is there instead is a positive energy, that of the limit :math:`T \to 0`.

References
----------
.. [1] H. Huang, Y. Kabashima, Phys. Rev. E 90, 052813 (2014), arXiv:1408.1784.
.. [2] S. Franz, G. Parisi, J. Phys. I (France) 5, 1401 (1995).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statmech.checks import check_real
from statmech.fixed_point import fixed_point
from statmech.models import BinaryPerceptron
from statmech.perceptron import inverse
from theory.binary_perceptron.freezing import load_of_freezing, temperature_of_freezing
from theory.binary_perceptron.potential_equations import Reference, patterns_around, reference, weights_around
from theory.binary_perceptron.rs import solve_symmetric
from theory.franz_parisi import FranzParisi, check_distances

Array = NDArray[np.float64]

TOLERANCE = 1e-10
"""Largest residual of a converged point."""
COLLAPSED = 1e-4
"""Where (1-q)/(1-p²) falls below there is no replica-symmetric solution."""


class Start(NamedTuple):
    r"""Where a point is looked for: :math:`(1-q)/(1-p^2)`, t and :math:`\hat p`."""

    spread: float
    t: float
    phat: float


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of the curve; see `theory.franz_parisi.FranzParisi`."""

    start: Start
    residual: float
    s: float
    u: float
    phi: float
    slope: float
    q: float
    qhat: float
    that: float
    replicon: float


def point_at(ref: Reference, alpha: float, beta: float, p: float, start: Start) -> Point | None:
    """The point at overlap p, None where it is not solved or not resolved."""
    room = 1 - p * p  # 1 - q lies below
    phat = start.phat

    def update(x: Array) -> Array:
        nonlocal phat
        if not COLLAPSED < x[0] < 1.5:
            return np.full(2, math.nan)
        V, t = room * min(float(x[0]), 1.0), float(x[1])
        there = patterns_around(ref, p, 1 - V, V, t, beta, full=False)
        phat, weights = weights_around(ref, p, alpha * there.force, alpha * there.cross, phat)
        return np.array([weights.V / room, weights.t])

    found = fixed_point(update, [start.spread, start.t], tolerance=1e-12, max_iterations=300)
    if not found.residual <= TOLERANCE:
        return None
    spread, t = found.x.tolist()
    V = room * spread
    there = patterns_around(ref, p, 1 - V, V, t, beta)
    if not there.resolved:
        return None
    qhat, that = alpha * there.force, alpha * there.cross
    phat, weights = weights_around(ref, p, qhat, that, phat)
    prior = -0.5 * qhat * V + t * that - p * phat + weights.log
    return Point(
        start=Start(spread=spread, t=t, phat=phat), residual=found.residual, s=prior + alpha * there.entropy,
        u=alpha * there.error, phi=prior + alpha * there.log, slope=-2 * (alpha * there.pull - phat), q=1 - V,
        qhat=qhat, that=that, replicon=1 - alpha * there.response * weights.C4,
    )  # fmt: skip


def unconstrained(ref: Reference) -> Start:
    """The point without constraint, p = q_0."""
    return Start(spread=1 / (1 + ref.q), t=ref.q, phat=ref.qhat)


def _followed(ref: Reference, alpha: float, beta: float, distances: Iterable[float]) -> list[Point | None]:
    """Points at distances ordered away from that of p = q_0, each looked for from the one before."""
    start = unconstrained(ref)
    points: list[Point | None] = []
    for d in distances:
        if points[-2:] == [None, None]:  # beyond the end of the branch
            points.append(None)
            continue
        point = point_at(ref, alpha, beta, 1 - 2 * d, start)
        points.append(point)
        start = start if point is None else point.start
    return points


@lru_cache(maxsize=64)
def typical(alpha: float, kappa: float, T: float) -> Reference:
    """A typical configuration of a state point as the reference.

    Raises
    ------
    ValueError
        If the weights are frozen there: a typical configuration is then one of few.
    """
    T_f = temperature_of_freezing(alpha, kappa)
    if T_f > T:
        capacity = load_of_freezing(0.0, kappa)[1]
        raise ValueError(
            f"reference_T = {T:.7g} is not allowed at alpha = {alpha:.7g}: above the capacity {capacity:.7g} there are "
            f"no solutions, and reference_T must be at least the freezing temperature {T_f:.7g}"
        )
    point = solve_symmetric(BinaryPerceptron(alpha=alpha, kappa=kappa, T=T))
    if not point.converged or alpha == 0:
        raise ValueError(f"alpha = {alpha!r} is not allowed: {point.message or 'alpha must be positive'}")
    return reference(point.q, point.qhat, inverse(T), kappa)


def franz_parisi_entropy(model: BinaryPerceptron, d: ArrayLike, reference_T: float | None = None) -> FranzParisi:
    r"""Entropy s(d) of the weights at distance d from a typical configuration.

    Parameters
    ----------
    model : BinaryPerceptron
        The state point of the weights, :math:`\alpha > 0`.
    d : array_like
        Distances in (0, 1).
    reference_T : float, optional
        Temperature T' of the reference, not below freezing; by default that of the model.

    Returns
    -------
    FranzParisi
        With ``t``, ``qhat``, ``that``, ``phat`` as further order parameters.

    Raises
    ------
    ValueError
        If a distance is out of range, or the reference is frozen.

    Examples
    --------
    >>> import statmech as sm
    >>> round(float(franz_parisi_entropy(sm.BinaryPerceptron(alpha=0.4), 0.1).s), 6)
    0.204375
    """
    distances = check_distances(d)
    T = check_real("reference_T", model.T if reference_T is None else reference_T, low=0.0)
    ref = typical(model.alpha, model.kappa, T)
    flat, free = distances.ravel(), 0.5 * (1 - ref.q)
    points: list[Point | None] = [None] * flat.size
    order = np.argsort(flat)
    for side in (order[flat[order] < free][::-1], order[flat[order] >= free]):
        followed = _followed(ref, model.alpha, inverse(model.T), flat[side].tolist())
        for k, point in zip(side.tolist(), followed, strict=True):
            points[k] = point

    def column(name: str) -> Array:
        values = [math.nan if point is None else getattr(point, name) for point in points]
        return np.array(values, dtype=float).reshape(distances.shape)

    def start(name: str) -> Array:
        values = [math.nan if point is None else getattr(point.start, name) for point in points]
        return np.array(values, dtype=float).reshape(distances.shape)

    return FranzParisi(
        model=model, reference_T=T, d=distances, overlap=1 - 2 * distances, s=column("s"), u=column("u"),
        phi=column("phi"), slope=column("slope"), q=column("q"),
        order={"t": start("t"), "qhat": column("qhat"), "that": column("that"), "phat": start("phat")},
        replicon=column("replicon"), residual=column("residual"),
    )  # fmt: skip
