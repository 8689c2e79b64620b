r"""Retrieval at T = 0 in the Gaussian form, explicit in the argument y of :math:`m = \mathrm{erf}(y)`.

The field :math:`n^{P-1}\chi + \sigma z` of `theory.learning.law.gaussian` is Gaussian, and
:math:`y = n^{P-1}/\sqrt{2\,[(1+\rho)\sigma^2 + \rho\,n^{2P-2}]}`, which stays below :math:`1/\sqrt{2\rho}`: the
magnetisation is at most :math:`\mathrm{erf}(1/\sqrt{2\rho})`, that of a majority vote of the examples on each site.
Then

.. math::

    n(y) = \frac{\mathrm{erf}(y) + (2\rho y/\sqrt\pi)\,e^{-y^2}}{\sqrt{1+\rho}}, \qquad
    \gamma_\mathrm{eff}(y) = \frac{n^{2P-2}}{1+\rho}\Big(\frac1{2y^2} - \rho\Big) , \qquad P \ge 4 ,

and for P = 2, with :math:`\sigma^2 = \gamma_\mathrm{eff}(y)` of that formula,
:math:`C = (2/\sqrt\pi)\,y\,e^{-y^2}\sqrt{1+\rho}/n` and the noise of `theory.learning.pairs`,

.. math::

    \alpha_\mathrm{sup} = \sigma^2(1-C)^2, \qquad
    \alpha_\mathrm{uns} = \frac{\sigma^2}{(1-C)^{-2} + (M-1)\,g^2(1-gC)^{-2}}, \qquad g = \frac\rho{1+\rho} .

The critical load is the maximum over y; stable states have the larger y. Here M may be any real number, at least 1, or
infinity.
"""

import math

from scipy import optimize

PROTOCOLS = ("supervised", "unsupervised")
"""How the examples are learnt: sorted into classes by a teacher, or not."""


def entropy(r: float, M: float) -> float:
    r""":math:`\rho = (1-r^2)/(Mr^2)`."""
    return (1 - r * r) / (M * r * r)


def amplification(P: int, r: float, M: float) -> float:
    r""":math:`\kappa = (1+\rho_P)/(1+\rho)^P`, by which the noise of single examples exceeds that of their averages."""
    return (1 + (1 - r ** (2 * P)) / (M * r ** (2 * P))) / (1 + entropy(r, M)) ** P


def overlap(y: float, rho: float) -> float:
    """n(y)."""
    return (math.erf(y) + 2 * rho * y / math.sqrt(math.pi) * math.exp(-y * y)) / math.sqrt(1 + rho)


def effective_load(y: float, rho: float, P: int) -> float:
    r""":math:`\gamma_\mathrm{eff}(y)`, and :math:`\sigma^2` for P = 2."""
    return overlap(y, rho) ** (2 * P - 2) / (1 + rho) * (0.5 / (y * y) - rho)


def load(y: float, P: int, r: float, M: float, protocol: str) -> float:
    """The load of the solution with argument y."""
    rho = entropy(r, M)
    supervised = protocol == "supervised"
    if P > 2:
        return effective_load(y, rho, P) / (1.0 if supervised else amplification(P, r, M))
    C = 2 / math.sqrt(math.pi) * y * math.exp(-y * y) * math.sqrt(1 + rho) / overlap(y, rho)
    if C > 1 - 1e-15:  # 1 to rounding, where the examples are next to worthless
        return 0.0
    g = rho / (1 + rho)
    modes = (1 - C) ** -2 + (0.0 if supervised or rho == 0 else (M - 1) * (g / (1 - g * C)) ** 2)
    return effective_load(y, rho, 2) / modes


def largest_argument(rho: float) -> float:
    """Upper bound of y, beyond which erf(y) is 1 or the load negative."""
    return min(6.5, 1 / math.sqrt(2 * rho)) if rho > 0 else 6.5


def critical_argument(P: int, r: float, M: float, protocol: str) -> float:
    """The y of the largest load, P ≥ 4 by the root of the derivative, which both protocols share."""
    rho = entropy(r, M)
    top = largest_argument(rho)
    if P > 2:
        return optimize.brentq(lambda y: _slope(y, rho, P), 1e-3 * top, top, xtol=1e-15)
    found = optimize.minimize_scalar(
        lambda y: -load(y, P, r, M, protocol), bounds=(1e-3 * top, top), method="bounded", options={"xatol": 1e-10}
    )
    return float(found.x)


def _slope(y: float, rho: float, P: int) -> float:
    """Has the sign of the derivative of the effective load by y."""
    n = math.erf(y) + 2 * rho * y / math.sqrt(math.pi) * math.exp(-y * y)
    n_y = 2 / math.sqrt(math.pi) * math.exp(-y * y) * (1 + rho - 2 * rho * y * y)
    return (P - 1) * n_y * y * (1 - 2 * rho * y * y) - n


def critical_load(P: int, r: float, M: float, protocol: str) -> float:
    """The largest load with a retrieval state."""
    return load(critical_argument(P, r, M, protocol), P, r, M, protocol)
