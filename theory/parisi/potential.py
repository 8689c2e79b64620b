r"""The Franz–Parisi potential: the free-energy cost of staying at an overlap with an equilibrium configuration.

A reference configuration is drawn at temperature T' and the system is thermalised at T with its overlap with the
reference held at p. The reference is taken where it has the measure of a paramagnet, :math:`T' \ge T_s` without
field, so that averaging over it is exact: it adds the mean energy :math:`-N\xi(p)/T'` to a glass that knows nothing
else of it. Replica symmetric inside, with a field :math:`\eta` that holds p and the overlap q of two such systems,

.. math::

    V(p) = \max_\eta \Bigl\{ \eta p - T\,\mathrm{E}\ln 2\cosh\beta(\eta + \sqrt{\xi'(q)}\,z) \Bigr\} - \frac{\xi(p)}{T'}
         - \tfrac12\beta[\xi(1) - \xi(q) - (1-q)\xi'(q)] - f_\mathrm{para}(T),

.. math::

    p = \mathrm{E}\tanh\beta(\eta + \sqrt{\xi'(q)}\,z), \quad
    q = \mathrm{E}\tanh^2\beta(\eta + \sqrt{\xi'(q)}\,z), \quad V'(p) = \eta - \frac{\xi'(p)}{T'} .

For each q one :math:`\eta \ge 0` satisfies the second equation, so the curve is explicit in q. With T' = T
("annealed") a secondary minimum appears at the dynamical temperature; there p = q, its height is T times the complexity
of the states at x = 1, and it comes down to V(0) = 0 at the Kauzmann temperature. With T' ≠ T it follows the states of
the reference in temperature.

Which branch
------------
Far below T' the curve that is explicit in q turns back in p: several q are stationary at the same p. By Guerra's bound
the expression above, at any q and :math:`\eta`, is at most the true potential, so the stationary point with the
largest V is the one to take. Its derivative with respect to q at fixed p is
:math:`\tfrac12\beta\,\xi''(q)\,[\mathrm{E}\tanh^2 - q]`; the piece on which p falls with q is a minimum between two
maxima, and never the answer. Of the two others the first ends, and the second begins, where their heights are equal:
there V has a kink, which breaking the symmetry of replicas rounds. At p = 0 the second may be higher at once:
V(0) is then the free energy of the replica-symmetric glass above that of the paramagnet, and not 0.

References
----------
.. [1] S. Franz, G. Parisi, J. Phys. I (France) 5, 1401 (1995).
.. [2] S. Franz, G. Parisi, Phys. Rev. Lett. 79, 2486 (1997).
.. [3] F. Guerra, Commun. Math. Phys. 233, 1 (2003).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.interpolate import CubicHermiteSpline

from statmech.gaussian import field_moments, field_potential
from theory.parisi.covariance import Covariance

Array = NDArray[np.float64]

_NO_FIELD = 1e-13


@dataclass(frozen=True, kw_only=True)
class Potential:
    r"""The potential along its curve.

    Attributes
    ----------
    T, reference_T : float
        Temperatures of the system and of the reference.
    overlap, V, slope : numpy.ndarray
        Overlap p with the reference, increasing, V(p) and V'(p).
    q : numpy.ndarray
        Overlap of two systems held at p with the same reference; it jumps where V has a kink.
    replicon : numpy.ndarray
        Negative where the replica-symmetric V is only an approximation.
    minimum : tuple of float or None
        The secondary minimum, p and V(p); None where there is none.
    """

    T: float
    reference_T: float
    overlap: Array
    V: Array
    slope: Array
    q: Array
    replicon: Array
    minimum: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True)
class _Point:
    q: float
    overlap: float
    V: float
    slope: float
    replicon: float


def _point(xi: Covariance, T: float, reference_T: float, q: float) -> _Point:
    sigma = math.sqrt(xi.slope(q))
    excess = lambda eta: field_moments(eta, sigma, T)[1] - q  # noqa: E731
    eta, high = 0.0, T + sigma
    if excess(0.0) < -_NO_FIELD:
        while excess(high) < 0:
            high *= 2
        eta = float(optimize.brentq(excess, 0.0, high, xtol=1e-15, rtol=1e-14))
    p, _, C, C4, *_ = field_moments(eta, sigma, T)
    p = p if eta > 0 else 0.0
    L, _ = field_potential(eta, sigma, T)
    paramagnet = -T * math.log(2) - xi(1.0) / (2 * T)
    return _Point(
        q=q,
        overlap=p,
        V=eta * p - L - xi(p) / reference_T - 0.5 * T * C * C * xi.remainder(q) - paramagnet,
        slope=eta - xi.slope(p) / reference_T,
        replicon=1 - xi.curvature(q) * C4 / T,
    )


def _overlaps(xi: Covariance, T: float, points: int) -> list[float]:
    """Values of q that a field holds, denser towards 1.

    Well below the transition there are none between the paramagnet and the overlap of the replica-symmetric glass: the
    ends of this gap, to which no field belongs, are among the values.
    """

    def excess(q: float) -> float:
        return field_moments(0.0, math.sqrt(xi.slope(q)), T)[1] - q

    grid = (np.sin(0.5 * math.pi * np.arange(points) / points) ** 2).tolist()
    above = [q > 0 and excess(q) > 0 for q in grid]
    ends = [
        optimize.brentq(excess, grid[k], grid[k + 1], xtol=1e-15)
        for k in range(1, points - 1)
        if above[k] != above[k + 1]
    ]
    return sorted([q for q, held in zip(grid, above, strict=True) if not held] + ends)


def _rising(curve: list[_Point]) -> list[list[_Point]]:
    """Pieces of a curve on which the overlap with the reference increases with q."""
    pieces = [curve[:1]]
    for point in curve[1:]:
        if point.overlap > pieces[-1][-1].overlap:
            pieces[-1].append(point)
        else:
            pieces.append([point])
    return [piece for piece in pieces if len(piece) > 1]


def _highest(pieces: list[list[_Point]]) -> list[list[_Point]]:
    """What is left of each piece where no other is higher at the same overlap."""
    return [
        [
            point
            for point in piece
            if all(_height(other, point.overlap) <= point.V for other in pieces if other is not piece)
        ]
        for piece in pieces
    ]


def _height(piece: list[_Point], overlap: float) -> float:
    """V on a piece at an overlap, minus infinity beyond its ends."""
    if not piece[0].overlap <= overlap <= piece[-1].overlap:
        return -math.inf
    p, V, slope = np.array([(point.overlap, point.V, point.slope) for point in piece]).T
    return float(CubicHermiteSpline(p, V, slope)(overlap))


def potential(xi: Covariance, T: float, reference_T: float, points: int = 200) -> Potential:
    """The potential at up to `points` values of q between 0 and 1, denser towards 1.

    Parameters
    ----------
    xi : Covariance
        Without quadratic term.
    T, reference_T : float
        Positive temperatures; see `Potential`.
    points : int
        Number of points on the curve that is explicit in q; those that are not the highest are left out.
    """
    pieces = _highest(_rising([_point(xi, T, reference_T, q) for q in _overlaps(xi, T, points)]))
    curve = [point for piece in pieces for point in piece]
    return Potential(
        T=T, reference_T=reference_T, minimum=_last_minimum(xi, T, reference_T, pieces),
        overlap=np.array([point.overlap for point in curve]), V=np.array([point.V for point in curve]),
        slope=np.array([point.slope for point in curve]), replicon=np.array([point.replicon for point in curve]),
        q=np.array([point.q for point in curve]),
    )  # fmt: skip


def _last_minimum(
    xi: Covariance, T: float, reference_T: float, pieces: list[list[_Point]]
) -> tuple[float, float] | None:
    """The minimum at the largest overlap, p and V(p)."""
    for piece in reversed(pieces):
        for low, high in zip(piece[-2::-1], piece[:0:-1], strict=True):
            if low.slope < 0 < high.slope and low.q > 0:
                q = optimize.brentq(lambda q: _point(xi, T, reference_T, q).slope, low.q, high.q, xtol=1e-14)
                bottom = _point(xi, T, reference_T, float(q))
                return bottom.overlap, bottom.V
    return None
