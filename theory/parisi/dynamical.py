r"""Glasses whose breaking is discontinuous: states at x = 1, their complexity, and states at any x, without field.

Where :math:`\xi` has no quadratic term, q_0 = 0 and one step of breaking is described by the overlap q of a state with
itself and :math:`D = \beta x`. With :math:`\sigma^2 = \xi'(q)` and averages over :math:`h = \sigma z` weighted with
:math:`(2\cosh\beta h)^x`,

.. math::

    q = \langle\tanh^2\beta h\rangle_x, \qquad
    g(D) = -\frac1D \ln \mathrm{E}_z (2\cosh\beta h)^x - \tfrac12\beta [\xi(1) - \xi(q) - (1-q)\xi'(q)]
           + \tfrac12 D\,\theta(q) .

g is the free energy of D/β real replicas of the same state, from which the free energy of the states that D selects and
the logarithm of their number follow [3]_,

.. math:: f = \frac{d(D g)}{dD}, \qquad \Sigma = D^2 \frac{dg}{dD} = D\,(f - g), \qquad \frac{d\Sigma}{df} = D .

At x = 1 the equations are explicit in :math:`s = \beta\sqrt{\xi'(q)}`: :math:`q(s) = \mathrm{E}\tanh(s^2 + sz)` and
:math:`T(s) = \sqrt{\xi'(q)}/s`. The maximum of T(s) is the dynamical temperature :math:`T_d` [2]_; the states at
larger s are the metastable ones, and where their complexity vanishes lies the Kauzmann temperature :math:`T_s` [1]_.

References
----------
.. [1] D. J. Gross, M. Mézard, Nucl. Phys. B 240, 431 (1984); E. Gardner, Nucl. Phys. B 257, 747 (1985).
.. [2] T. R. Kirkpatrick, D. Thirumalai, Phys. Rev. B 36, 5388 (1987).
.. [3] R. Monasson, Phys. Rev. Lett. 75, 2847 (1995); A. Montanari, F. Ricci-Tersenghi, Eur. Phys. J. B 33, 339 (2003).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import optimize

from statmech.branch import stationary_points
from statmech.gaussian import field_moments, field_potential
from theory.nested import inner_averages
from theory.parisi.covariance import Covariance


@dataclass(frozen=True, kw_only=True)
class State:
    r"""Metastable states selected by D at a temperature.

    Attributes
    ----------
    T, D : float
        Temperature and :math:`D = \beta x`.
    q, C : float
        Overlap of a state with itself, :math:`C = \beta(1-q)`.
    f, s : float
        Free energy and entropy of a state.
    g : float
        Free energy of the replicated system over the number of replicas; equals f where the complexity vanishes.
    complexity : float
        Logarithm of the number of states over N; negative where there are none.
    replicon : float
        Stability of a state, :math:`1 - \beta^2\xi''(q)\langle\mathrm{sech}^4\rangle`; -inf at T = 0.
    """

    T: float
    D: float
    q: float
    C: float
    f: float
    s: float
    g: float
    complexity: float
    replicon: float


def state_at(xi: Covariance, T: float, D: float, C: float) -> State:
    """The states with a susceptibility C that solves the equation of q."""
    q = 1 - T * C
    inner = inner_averages(np.zeros(1), math.sqrt(xi.slope(q)), D, T)
    closing = 0.5 * T * C * C * xi.remainder(q)
    g = float(-inner.F[0] - closing + 0.5 * D * xi.theta(q))
    complexity = float(inner.K[0] + 0.5 * D * D * xi.theta(q))
    return State(
        T=T, D=D, q=q, C=C, f=g + complexity / D, s=float(inner.S[0]) - 0.5 * C * C * xi.remainder(q), g=g,
        complexity=complexity, replicon=1 - xi.curvature(q) * float(inner.C4[0]) / T if T > 0 else -math.inf,
    )  # fmt: skip


def states_at(xi: Covariance, T: float, D: float) -> State | None:
    """The states that D selects, those of the largest overlap; None where there are none."""

    def defect(C: float) -> float:
        return C - float(inner_averages(np.zeros(1), math.sqrt(xi.slope(1 - T * C)), D, T).C[0])

    low = 0.999 * (defect(0.0) * -1)
    if T == 0:
        return state_at(xi, T, D, -defect(0.0))
    grid = np.geomspace(max(low, 1e-300), 1 / T, 200)[:-1]
    previous = grid[0]
    for C in grid[1:]:
        if defect(C) >= 0:
            return state_at(xi, T, D, float(optimize.brentq(defect, previous, C, xtol=1e-300, rtol=1e-14)))
        previous = C
    return None


def at_ratio(xi: Covariance, s: float) -> State:
    r"""The states at x = 1 with :math:`\beta\sqrt{\xi'(q)} = s`: their temperature is explicit."""
    q, _, C, C4, *_ = field_moments(s * s, s, 1.0)
    L, entropy = field_potential(s * s, s, 1.0)
    T = math.sqrt(xi.slope(q)) / s
    gap = (C / T) ** 2 * xi.remainder(q)  # C is 1 - q here
    paramagnet = -T * math.log(2) - xi(1.0) / (2 * T)
    complexity = math.log(2) + 0.5 * s * s - L + xi.theta(q) / (2 * T * T)
    return State(
        T=T, D=1 / T, q=q, C=C / T, f=paramagnet + T * complexity, s=entropy - 0.5 * gap, g=paramagnet,
        complexity=complexity, replicon=1 - xi.curvature(q) * C4 / T**2,
    )  # fmt: skip


_UNDERFLOW = 1e-200  # of powers of small overlaps
_RATIOS = np.geomspace(0.1, 60.0, 240)


@lru_cache(maxsize=64)
def dynamical_ratio(xi: Covariance) -> float:
    """The ratio s at the dynamical transition, where T(s) is largest."""
    slopes = [float(xi.slope(field_moments(s * s, s, 1.0)[0])) for s in _RATIOS.tolist()]
    ratios = _RATIOS[np.array(slopes) > _UNDERFLOW]
    maxima = [point for point in stationary_points(lambda s: at_ratio(xi, s).T, ratios) if point.kind == "maximum"]
    return max(maxima, key=lambda point: point.control).parameter


@lru_cache(maxsize=64)
def kauzmann_ratio(xi: Covariance) -> float:
    """The ratio s at the static transition, where the complexity at x = 1 vanishes."""
    low = high = dynamical_ratio(xi)
    while at_ratio(xi, high).complexity > 0:
        low, high = high, 1.2 * high
    return float(optimize.brentq(lambda s: at_ratio(xi, s).complexity, low, high, xtol=1e-14))


def metastable(xi: Covariance, T: float) -> State | None:
    """The states at x = 1 and a temperature below the dynamical one; None above it."""
    low = dynamical_ratio(xi)
    if at_ratio(xi, low).T < T:
        return None
    high = 1.2 * low
    while at_ratio(xi, high).T > T:
        high *= 1.2
    return at_ratio(xi, float(optimize.brentq(lambda s: at_ratio(xi, s).T - T, low, high, xtol=1e-14)))


def equilibrium(xi: Covariance, T: float) -> State | None:
    """The states that dominate below the Kauzmann temperature, of vanishing complexity; None above it."""
    top = at_ratio(xi, kauzmann_ratio(xi))
    if top.T <= T:
        return None

    def complexity(D: float) -> float:
        state = states_at(xi, T, D)
        return state.complexity if state is not None else math.log(2)

    # x = T D lies below 1, and D close to its value at the transition at all temperatures.
    low, high = 0.3 * top.D, min(1.5 * top.D, 1 / T if T > 0 else math.inf)
    return states_at(xi, T, float(optimize.brentq(complexity, low, high, xtol=1e-14)))


def gardner_temperature(xi: Covariance) -> float:
    """Temperature below which the equilibrium states of one step are unstable against more."""
    top = at_ratio(xi, kauzmann_ratio(xi)).T

    def replicon(log_T: float) -> float:
        state = equilibrium(xi, math.exp(log_T))
        assert state is not None
        return state.replicon

    high = math.log(top) - 1e-6
    low = high - 0.5
    while replicon(low) > 0:
        low, high = low - 0.5, low
    return math.exp(float(optimize.brentq(replicon, low, high, xtol=1e-12)))
