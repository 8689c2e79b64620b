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

References
----------
.. [1] S. Franz, G. Parisi, J. Phys. I (France) 5, 1401 (1995).
.. [2] S. Franz, G. Parisi, Phys. Rev. Lett. 79, 2486 (1997).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from statmech.gaussian import field_moments, field_potential
from theory.parisi.covariance import Covariance

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Potential:
    r"""The potential along its curve.

    Attributes
    ----------
    T, reference_T : float
        Temperatures of the system and of the reference.
    overlap, V, slope : numpy.ndarray
        Overlap p with the reference, V(p) and V'(p).
    q : numpy.ndarray
        Overlap of two systems held at p with the same reference.
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
    overlap: float
    V: float
    slope: float
    replicon: float


def _point(xi: Covariance, T: float, reference_T: float, q: float) -> _Point:
    sigma = math.sqrt(xi.slope(q))
    excess = lambda eta: field_moments(eta, sigma, T)[1] - q  # noqa: E731
    eta, high = 0.0, T + sigma
    if excess(0.0) < 0:
        while excess(high) < 0:
            high *= 2
        eta = float(optimize.brentq(excess, 0.0, high, xtol=1e-15, rtol=1e-14))
    p, _, C, C4, *_ = field_moments(eta, sigma, T)
    L, _ = field_potential(eta, sigma, T)
    paramagnet = -T * math.log(2) - xi(1.0) / (2 * T)
    return _Point(
        overlap=p,
        V=eta * p - L - xi(p) / reference_T - 0.5 * T * C * C * xi.remainder(q) - paramagnet,
        slope=eta - xi.slope(p) / reference_T,
        replicon=1 - xi.curvature(q) * C4 / T,
    )


def potential(xi: Covariance, T: float, reference_T: float, points: int = 200) -> Potential:
    """The potential at `points` values of q between 0 and 1, denser towards 1.

    Parameters
    ----------
    xi : Covariance
        Without quadratic term.
    T, reference_T : float
        Positive temperatures; see `Potential`.
    points : int
        Number of points on the curve.
    """
    grid = np.sin(0.5 * math.pi * np.arange(points) / points) ** 2
    # below a temperature well under that of the transition, small q have no field that holds them there
    kept = [q for q in grid.tolist() if q == 0 or field_moments(0.0, math.sqrt(xi.slope(q)), T)[1] <= q]
    curve = [_point(xi, T, reference_T, q) for q in kept]
    minimum = None
    for k in range(len(kept) - 2, 0, -1):
        if curve[k].slope < 0 < curve[k + 1].slope:
            q = optimize.brentq(lambda q: _point(xi, T, reference_T, q).slope, kept[k], kept[k + 1], xtol=1e-14)
            bottom = _point(xi, T, reference_T, float(q))
            minimum = bottom.overlap, bottom.V
            break
    return Potential(
        T=T, reference_T=reference_T, q=np.array(kept), minimum=minimum,
        overlap=np.array([point.overlap for point in curve]), V=np.array([point.V for point in curve]),
        slope=np.array([point.slope for point in curve]), replicon=np.array([point.replicon for point in curve]),
    )  # fmt: skip
