r"""One step of replica symmetry breaking (1RSB) in the Hopfield model, at any T ≥ 0.

Replicas fall into blocks of size x; their overlap is :math:`q_1` inside a block and :math:`q_0` between blocks,
conjugate to :math:`r_1, r_0`. With :math:`C = \beta(1-q_1)` and :math:`D = \beta x`, both finite as T → 0,
:math:`\lambda_1 = 1 - C`, :math:`\lambda_2 = \lambda_1 - D(q_1-q_0)`, the free energy per spin is [1]_

.. math::

    f = \frac\alpha2 + \frac{m^2}2
      + \frac\alpha2\Big[T\ln\lambda_1 + \frac1D\ln\frac{\lambda_2}{\lambda_1} - \frac{q_0}{\lambda_2}\Big]
      + \frac\alpha2\big[r_1 C + D(r_1q_1 - r_0q_0)\big] - \frac1D\,\mathrm{E}\ln Z ,

with the nested averages of `theory.nested` at :math:`\sigma_0^2 = \alpha r_0`,
:math:`\sigma_1^2 = \alpha(r_1 - r_0)`. It is stationary in all its arguments:

.. math::

    & m = \mathrm{E}\langle\tanh\beta h\rangle, \quad q_0 = \mathrm{E}\langle\tanh\beta h\rangle^2, \quad
    q_1 = \mathrm{E}\langle\tanh^2\beta h\rangle, \quad
    r_0 = \frac{q_0}{\lambda_2^2}, \quad r_1 - r_0 = \frac{q_1-q_0}{\lambda_1\lambda_2}, \\
    & D^2\frac{\partial f}{\partial D} = \frac\alpha2\big[\ln(1+y) - y\big] + \tfrac12 D^2\sigma_1^2 q_1
      + \mathrm{E}\big[\ln Z - D\langle L\rangle\big] = 0, \qquad y = \frac{D(q_1-q_0)}{\lambda_2} .

Energy and entropy follow from the explicit dependence on T alone:

.. math::

    u = -\frac{m^2}2 + \frac\alpha2\Big[1 - r_1 - \frac{TC}{\lambda_1}\Big], \qquad
    s = -\frac\alpha2\Big[\ln\lambda_1 + \frac{C}{\lambda_1}\Big]
        + \mathrm{E}\langle\ln2\cosh\beta h - \beta h\tanh\beta h\rangle .

Two replicon eigenvalues decide whether more steps are needed, one inside the blocks and one between them, both in units
of their value without coupling:

.. math::

    \Lambda_1 &= 1 - \frac{\alpha\beta^2}{\lambda_1^2}\,\mathrm{E}\langle\mathrm{sech}^4\beta h\rangle, \\
    \Lambda_0 &= 1 - \frac{\alpha}{\lambda_2^2}\,
                 \mathrm{E}\Big(\frac{\partial\langle\tanh\beta h\rangle}{\partial h_0}\Big)^2 .

They follow from a further small splitting :math:`\delta` of :math:`q_1` or of :math:`q_0`: the conjugate noise splits
by :math:`\delta/\lambda_1^2` or :math:`\delta/\lambda_2^2`, which brings back :math:`(1-\Lambda)\delta`. Where the two
overlaps merge, both become the replica-symmetric replicon.

At T = 0, :math:`\Lambda_1 = -\infty` as for any finite number of steps.

In the spin glass :math:`q_0 = 0` is a solution too. Its free energy lies between that of the replica-symmetric glass
and that of the solution with :math:`q_0 > 0` (-0.562868, -0.570623 and -0.560759 at :math:`\alpha = 0.1`, T = 0); it is
unstable towards :math:`q_0 > 0`. The latter, the maximum of f, is the solution that is meant and returned.

*Other networks of pairs.* Where a pattern acts by several fields, :math:`\lambda` the eigenvalues of their covariance,
every term in C and :math:`\lambda_{1,2}` is a sum over them, with :math:`\lambda_1 = 1 - \lambda C`,
:math:`\lambda_2 = \lambda_1 - \lambda D(q_1-q_0)`, :math:`y = \lambda D(q_1-q_0)/\lambda_2`,

.. math::

    f = \frac{m^2}2 + \frac\alpha2\sum_\lambda\Big[\lambda + T\ln\lambda_1 + \frac1D\ln\frac{\lambda_2}{\lambda_1}
        - \frac{\lambda q_0}{\lambda_2}\Big] + \dots, \qquad
    r_0 = \sum_\lambda\frac{\lambda^2q_0}{\lambda_2^2}, \quad
    r_1 - r_0 = \sum_\lambda\frac{\lambda^2(q_1-q_0)}{\lambda_1\lambda_2} ,

and the nested averages may run over the sites as well. `PairNetwork` states both.

References
----------
.. [1] A. Crisanti, D. J. Amit, H. Gutfreund, Europhys. Lett. 2, 337 (1986). Its critical load at T = 0, 0.144, is
   inaccurate.
.. [2] H. Steffan, R. Kühn, Z. Phys. B 95, 249 (1994): 0.138186 with one step, 0.138187 with two.
.. [3] D. J. Amit, H. Gutfreund, H. Sompolinsky, Ann. Phys. (N.Y.) 173, 30 (1987).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from statmech.models import Hopfield
from statmech.results import Solution, no_solution
from theory.nested import Nested, nested_averages
from theory.root import STEP, Root, Vector, jacobian

ORDER = ("m", "q", "q0", "q1", "r", "r0", "r1", "x", "D", "C")
"""Names of the order parameters."""
TOLERANCE = 1e-12
"""Largest residual of a converged solution."""


@dataclass(frozen=True)
class PairNetwork:
    r"""What tells one network of pairs from another.

    Parameters
    ----------
    averages : callable
        The nested averages as a function of :math:`m, \sigma_0, \sigma_1, D, T`.
    modes : tuple of (float, float)
        Eigenvalues :math:`\lambda`, the largest first, which is 1, and how often each occurs.
    """

    averages: Callable[[float, float, float, float, float], Nested] = nested_averages
    modes: tuple[tuple[float, float], ...] = ((1.0, 1.0),)

    def softness(self, alpha: float, s0: float, q0: float) -> float:
        r""":math:`\lambda_2` of the first mode from the equation of :math:`r_0`, positive."""
        low = math.sqrt(alpha * q0) / s0
        if len(self.modes) == 1:
            return low

        def excess(soft: float) -> float:
            return low * math.sqrt(sum(t * (mode / (1 - mode + mode * soft)) ** 2 for mode, t in self.modes)) - 1

        high = low * math.sqrt(sum(t for _, t in self.modes))
        return optimize.brentq(excess, (1 - 1e-9) * low, (1 + 1e-9) * high, xtol=1e-300, rtol=1e-15)


HOPFIELD = PairNetwork()
"""Stored patterns."""


@dataclass(frozen=True)
class Point:
    """Fields and block parameter, with the averages that they imply."""

    net: PairNetwork
    alpha: float
    T: float
    m: float
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
    def lambda1(self) -> float:
        return 1 - self.averages.C

    @property
    def lambda2(self) -> float:
        return self.lambda1 - self.D * self.gap

    @property
    def soft_modes(self) -> list[tuple[float, float, float, float]]:
        r"""Of each mode :math:`\lambda, \lambda_1, \lambda_2`, and how often it occurs."""
        C, spread = self.averages.C, self.D * self.gap
        return [(mode, 1 - mode * C, 1 - mode * C - mode * spread, times) for mode, times in self.net.modes]


def _log1p_second_order(y: float) -> float:
    """ln(1+y) - y, by its series where the difference would cancel; y > 0."""
    if y > 0.01:
        return math.log1p(y) - y
    return -y * y * (1 / 2 - y * (1 / 3 - y * (1 / 4 - y * (1 / 5 - y * (1 / 6 - y * (1 / 7 - y / 8))))))


# Unknowns of the root finder: m, ln sigma_0, ln sigma_1, ln(1/D - T). The last keeps x = DT below 1 at any T.


def pack(m: float, s0: float, s1: float, D: float, T: float) -> Vector:
    """The unknowns at given fields and block parameter."""
    return np.array([m, math.log(s0), math.log(s1), math.log(1 / D - T)])


def point_at(net: PairNetwork, v: Vector, alpha: float, T: float) -> Point | None:
    """The point at given unknowns; None where they are far outside of everything that can be a solution."""
    if not np.all(np.abs(v) < 600):
        return None
    s0, s1, spare = (math.exp(value) for value in v[1:])
    D = 1 / (T + spare)
    if D * s1 > 15 or s1 > 100 * s0 or s0 > 100 * (1 + math.sqrt(alpha)):
        return None
    point = Point(net, alpha, T, float(v[0]), s0, s1, D, net.averages(float(v[0]), s0, s1, D, T))
    return point if point.q0 > 0 and point.gap > 0 else None


def equations(v: Vector, alpha: float, T: float, net: PairNetwork = HOPFIELD) -> Vector:
    r"""Defects of the four equations, in a form that is smooth and of order one wherever it is defined.

    :math:`\lambda_2` is taken from the equation of :math:`r_0`, and positive; that it is :math:`1 - C - D(q_1-q_0)` is
    the second component. The last is :math:`D^2\partial f/\partial D` over :math:`\alpha y^2`, which divides out the
    whole family of replica-symmetric solutions (:math:`q_1 = q_0`, any x).

    Parameters
    ----------
    v : numpy.ndarray
        :math:`(m, \ln\sigma_0, \ln\sigma_1, \ln(1/D - T))`.
    alpha, T : float
        State point.
    net : PairNetwork
        The network; by default that of stored patterns.

    Returns
    -------
    numpy.ndarray
        NaN where `v` is far outside of everything that can be a solution.
    """
    point = point_at(net, v, alpha, T)
    if point is None:
        return np.full(4, np.nan)
    soft, spread = net.softness(alpha, point.s0, point.q0), point.D * point.gap
    dr = cubic = square = 0.0
    for mode, times in net.modes:
        lambda2 = 1 - mode + mode * soft
        y = mode * spread / lambda2
        dr += times * mode * mode / (lambda2 * (lambda2 + mode * spread))
        cubic += times * _log1p_second_order(y)
        square += times * y * y
    if not alpha * square > 0:  # underflow: no breaking left to divide by
        return np.full(4, np.nan)
    return np.array(
        [
            point.averages.M - point.m,
            point.lambda2 / soft - 1,
            2 * math.log(point.s1) - math.log(alpha * point.gap * dr),
            (alpha / 2 * cubic + point.averages.K) / (alpha * square),
        ]
    )


def curvature(root: Root, alpha: float, T: float, net: PairNetwork = HOPFIELD) -> float:
    """d²f/dm² with everything else stationary: the Schur complement of the other three equations."""
    everything = list(range(4))
    slope = jacobian(lambda v: equations(v, alpha, T, net), root.v, everything)
    if not np.all(np.isfinite(slope)):
        return math.nan
    rest = float(np.linalg.det(slope[1:, 1:]))
    return -float(np.linalg.det(slope)) / rest if rest != 0 else math.nan


@dataclass(frozen=True)
class Broken:
    """What follows from a point: conjugates, energies, replicons, and how well it solves the equations."""

    r0: float
    dr: float
    f: float
    u: float
    s: float
    residual: float
    replicon: float


def broken_at(point: Point) -> Broken:
    """Judge a point by the equations as they stand in the module's docstring; every mode's λ2 must be positive."""
    alpha, T, a, D = point.alpha, point.T, point.averages, point.D
    q0, q1, gap = point.q0, point.q1, point.gap
    r0 = dr = noise = energy = entropy = cubic = inner = outer = 0.0
    for mode, l1, l2, times in point.soft_modes:
        y = mode * D * gap / l2
        own0, own1 = mode * mode * q0 / l2**2, mode * mode * gap / (l1 * l2)
        r0 += times * own0
        dr += times * own1
        noise += times * (mode + T * math.log(l1) - math.log1p(y) / D - mode * q0 / l2)
        energy += times * (mode - (own0 + own1) / mode - T * mode * a.C / l1)
        entropy += times * _log1p_second_order(mode * a.C / l1)
        cubic += times * _log1p_second_order(y)
        inner += times * (mode / l1) ** 2
        outer += times * (mode / l2) ** 2
    in_D = (alpha / 2 * (cubic + D**2 * q1 * dr) - D**2 * point.s1**2 * q1 / 2 + a.K) / D
    return Broken(
        r0=r0,
        dr=dr,
        f=point.m**2 / 2 + alpha / 2 * (noise + (r0 + dr) * a.C + D * (r0 * gap + dr * q1)) - a.F,
        u=-(point.m**2) / 2 + alpha / 2 * energy,
        s=a.S + alpha / 2 * entropy,
        residual=max(
            abs(a.M - point.m),
            abs(math.sqrt(alpha * r0) - point.s0),
            abs(math.sqrt(alpha * dr) - point.s1),
            abs(in_D),
        ),
        replicon=min(1 - alpha * inner * a.C4 / T if T > 0 else -math.inf, 1 - alpha * outer * a.X2),
    )


def solution(model: Hopfield, state: str, root: Root) -> Solution:
    """The `Solution` at a root, judged by the equations as they stand in the module's docstring."""
    alpha, T = model.alpha, model.T
    point = point_at(HOPFIELD, root.v, alpha, T)
    if point is None or root.step > STEP or point.lambda2 <= 0:
        return absent(model, state, "the equations were not solved to tolerance: the breaking is not resolved here")
    found = broken_at(point)
    if found.residual > TOLERANCE:
        return absent(model, state, f"the equations were not solved to tolerance: residual {found.residual:.1e}")
    stability = point.lambda2 if state == "spin-glass" else curvature(root, alpha, T)
    x, q0, q1, r0, dr = point.D * T, point.q0, point.q1, found.r0, found.dr
    values = (point.m, x * q0 + (1 - x) * q1, q0, q1, r0 + (1 - x) * dr, r0, r0 + dr, x, point.D, point.averages.C)
    return Solution(
        model=model,
        ansatz="1RSB",
        state=state,
        order=dict(zip(ORDER, values, strict=True)),
        f=found.f,
        u=found.u,
        s=found.s,
        converged=True,
        residual=found.residual,
        iterations=root.evaluations,
        stability=stability,
        replicon=found.replicon,
    )


def absent(model: Hopfield, state: str, message: str) -> Solution:
    """The answer where there is none: every value NaN, and the reason."""
    return no_solution(model, "1RSB", state, message, ORDER)
