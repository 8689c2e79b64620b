r"""One step of replica symmetry breaking (1RSB) in dense networks, at any T ≥ 0, for any covariance of the noise.

Replicas fall into blocks of size x, with the overlap :math:`q_1` inside a block and :math:`q_0` between blocks. With
:math:`C = \beta(1-q_1)` and :math:`D = \beta x`, both finite as T → 0, :math:`\theta(q) = q\xi'(q) - \xi(q)`, and the
nested averages of `theory.nested` over :math:`h = n^{P-1}\chi + \sigma_0z_0 + \sigma_1z_1`,

.. math::

    f &= \Big(1-\frac1P\Big) n^P - \frac1D\,\mathrm{E}\ln Z + \frac{\gamma D}2\big[\theta(q_1) - \theta(q_0)\big]
         - \frac{\beta\gamma}2\big[\xi(1) - \xi(q_1) - (1-q_1)\,\xi'(q_1)\big] , \\
    n &= \mathrm{E}\,\chi\langle\tanh\beta h\rangle, \quad q_0 = \mathrm{E}\langle\tanh\beta h\rangle^2, \quad
    q_1 = \mathrm{E}\langle\tanh^2\beta h\rangle, \quad
    \sigma_0^2 = \gamma\,\xi'(q_0), \quad \sigma_1^2 = \gamma\,[\xi'(q_1) - \xi'(q_0)] , \\
    & D^2\frac{\partial f}{\partial D} = \mathrm{E}\big[\ln Z - D\langle L\rangle\big]
      + \tfrac12 D^2\gamma\,\big[\theta(q_1) - \theta(q_0)\big] = 0 .

Energy and entropy follow from the explicit dependence on T alone,

.. math::

    s = \mathrm{E}\langle\ln2\cosh\beta h - \beta h\tanh\beta h\rangle
        - \frac{\gamma\beta^2}2\big[\xi(1) - \xi(q_1) - (1-q_1)\,\xi'(q_1)\big], \qquad
    u = -\frac{n^P}P - \gamma\beta\,[\xi(1) - \xi(q_1)] - \gamma D\,[\xi(q_1) - \xi(q_0)] .

A further small splitting :math:`\delta` of :math:`q_1` or of :math:`q_0` splits the noise by
:math:`\gamma\xi''\delta`, which brings back :math:`(1-\Lambda)\delta`:

.. math::

    \Lambda_1 = 1 - \beta^2\gamma\,\xi''(q_1)\,\mathrm{E}\langle\mathrm{sech}^4\beta h\rangle, \qquad
    \Lambda_0 = 1 - \gamma\,\xi''(q_0)\,\mathrm{E}\Big(\frac{\partial\langle\tanh\beta h\rangle}{\partial h_0}\Big)^2 .

Every solution is explicit in the load: given the fields, :math:`\gamma = \sigma_1^2/[\xi'(q_1) - \xi'(q_0)]`.

References
----------
.. [1] L. Albanese, F. Alemanno, A. Alessandrelli, A. Barra, J. Stat. Phys. 189, 24 (2022), arXiv:2111.12997.
"""

import math
from dataclasses import dataclass

import numpy as np

from theory.dense.network import Network
from theory.dense.pattern import Pattern
from theory.nested import Nested, averages_at
from theory.root import Vector


def site_nested(pattern: Pattern, k: float, s0: float, s1: float, D: float, T: float) -> Nested:
    r"""The nested averages over the law of the pattern; ``M`` is :math:`\mathrm{E}\chi\langle\tanh\beta h\rangle`.

    With a width w it contains :math:`kw^2\,\mathrm{E}\,\partial\langle\tanh\beta h\rangle/\partial h_0`, which is
    C + DV in the averages' names.
    """
    chi, weights = np.array(list(pattern.terms(k, s0))).T
    every = averages_at(k * chi, math.hypot(s0, k * pattern.width), s1, D, T)
    along = Nested(*(weights @ every).tolist())
    M = float(weights * chi @ every[:, Nested._fields.index("M")])
    return along._replace(M=M + k * pattern.width**2 * (along.C + D * along.V))


@dataclass(frozen=True)
class Point:
    """An overlap, fields and a block parameter, with the averages that they imply."""

    net: Network
    T: float
    n: float
    s0: float
    s1: float
    D: float
    averages: Nested

    @property
    def gap(self) -> float:
        """q1 - q0, computed as such."""
        return self.averages.V

    @property
    def q1(self) -> float:
        return 1 - self.T * self.averages.C

    @property
    def q0(self) -> float:
        return self.q1 - self.gap

    @property
    def gamma(self) -> float:
        """The load at which these fields are those of the overlaps."""
        return self.s1**2 / (self.gap * chord(self.net, self.q0, self.q1))


def chord(net: Network, q0: float, q1: float) -> float:
    r""":math:`[\xi'(q_1) - \xi'(q_0)]/(q_1-q_0)`, without cancellation."""
    return sum(value * p * sum(q0**i * q1 ** (p - 2 - i) for i in range(p - 1)) for p, value in net.xi.terms.items())


def bend(net: Network, q0: float, q1: float) -> float:
    r""":math:`[\xi(q_1) - \xi(q_0) - (q_1-q_0)\,\xi'(q_0)]/(q_1-q_0)^2`, without cancellation."""
    return sum(
        value * sum((i + 1) * q0**i * q1 ** (p - 2 - i) for i in range(p - 1)) for p, value in net.xi.terms.items()
    )


# Unknowns of the root finder: n, ln sigma_0, ln sigma_1, ln(1/D - T). The last keeps x = DT below 1 at any T.


def pack(n: float, s0: float, s1: float, D: float, T: float) -> Vector:
    """The unknowns at given fields and block parameter."""
    return np.array([n, math.log(s0), math.log(s1), math.log(1 / D - T)])


def point_at(net: Network, v: Vector, T: float) -> Point | None:
    """The point at given unknowns; None where they are far outside of everything that can be a solution."""
    if not (np.all(np.abs(v) < 600) and 0 <= v[0] < 1.5):
        return None
    s0, s1, spare = (math.exp(value) for value in v[1:])
    D = 1 / (T + spare)
    if D * s1 > 15 or s1 > 100 * s0 or s0 > 1e6 * s1 + 100:
        return None
    n = float(v[0])
    point = Point(net, T, n, s0, s1, D, site_nested(net.pattern, n ** (net.P - 1), s0, s1, D, T))
    return point if point.q0 > 0 and point.gap > 0 else None


def equations(net: Network, v: Vector, gamma: float, T: float) -> Vector:
    r"""Defects of the four equations, in a form that is smooth and of order one wherever it is defined.

    They are those of the load that :math:`\sigma_1` implies, of n, of :math:`\sigma_0` at that load, and of D. The last
    is :math:`\partial f/\partial D` over :math:`\gamma[\xi'(q_1)-\xi'(q_0)](q_1-q_0)`, which divides out the whole
    family of replica-symmetric solutions (:math:`q_1 = q_0`, any x). The last three do not know the load: at a given
    overlap they determine the fields, and the load follows.

    Parameters
    ----------
    net : Network
        The network.
    v : numpy.ndarray
        :math:`(n, \ln\sigma_0, \ln\sigma_1, \ln(1/D - T))`.
    gamma, T : float
        State point.

    Returns
    -------
    numpy.ndarray
        NaN where `v` is far outside of everything that can be a solution.
    """
    point = point_at(net, v, T)
    if point is None:
        return np.full(4, np.nan)
    scale = (point.D * point.s1) ** 2 * point.gap
    implied = point.gamma
    if not (scale > 0 and implied > 0):  # underflow: no breaking left to divide by
        return np.full(4, np.nan)
    return np.array(
        [
            math.log(implied / gamma),
            point.averages.M - point.n,
            math.log(implied * net.xi.slope(point.q0)) - 2 * math.log(point.s0),
            point.averages.K / scale - bend(net, point.q0, point.q1) / (2 * chord(net, point.q0, point.q1)),
        ]
    )
