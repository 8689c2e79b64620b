r"""The replica-symmetric solution for any covariance, T = 0 included.

.. math::

    q = \mathrm{E}\tanh^2\beta(h + \sqrt{\xi'(q)}\, z), \qquad
    f = -T\,\mathrm{E}\ln 2\cosh\beta(h + \sqrt{\xi'(q)}\,z)
        - \tfrac12\beta\,[\xi(1) - \xi(q) - (1-q)\,\xi'(q)] ,

    u = -\beta[\xi(1) - \xi(q)] - h\, m, \qquad
    \text{replicon} = 1 - \beta^2 \xi''(q)\, \mathrm{E}\,\mathrm{sech}^4\beta(h + \sqrt{\xi'(q)}\,z) ,

z standard normal; with :math:`C = \beta(1-q)` all is finite at T = 0, but for the replicon, :math:`-\infty` there.

References
----------
.. [1] D. Sherrington, S. Kirkpatrick, Phys. Rev. Lett. 35, 1792 (1975).
.. [2] J. R. L. de Almeida, D. J. Thouless, J. Phys. A 11, 983 (1978).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from statmech.gaussian import field_moments, field_potential
from theory.parisi.covariance import Covariance


@dataclass(frozen=True, kw_only=True)
class Symmetric:
    r"""A replica-symmetric solution.

    Attributes
    ----------
    q, C, m : float
        Overlap, :math:`C = \beta(1-q)`, magnetisation.
    f, u, s : float
        Free energy, energy, entropy per spin.
    residual : float
        Undamped defect of the equation of q.
    stability : float
        :math:`1 - d(\mathrm{E}\tanh^2)/dq`, positive where iteration is stable.
    replicon : float
        Negative beyond the de Almeida–Thouless line; :math:`-\infty` at T = 0.
    """

    q: float
    C: float
    m: float
    f: float
    u: float
    s: float
    residual: float
    stability: float
    replicon: float


def symmetric_at(xi: Covariance, T: float, h: float, q: float) -> Symmetric:
    """Everything at an overlap q that solves the equation."""
    v = xi.slope(q)
    sigma = math.sqrt(v)
    if sigma == 0 and h == 0 and T == 0:
        raise ValueError("T = 0.0 is not allowed: there is no paramagnet without field at T = 0")
    m, q_new, C, C4, _, C_v = field_moments(h, sigma, T)
    L, S = field_potential(h, sigma, T)
    gap = T * C * C * xi.remainder(q)
    curvature = xi.curvature(q)
    f = -L - 0.5 * gap
    s = S - 0.5 * C * C * xi.remainder(q)
    instability = curvature * C4
    return Symmetric(
        q=q, C=C, m=m, f=f, u=f + T * s, s=s, residual=abs(q_new - q), stability=1 + T * C_v * curvature,
        replicon=1 - instability / T if T > 0 else -math.inf,
    )  # fmt: skip


def symmetric_overlaps(xi: Covariance, T: float, h: float) -> list[float]:
    """All overlaps that solve the replica-symmetric equation, in increasing order, q = 0 included without field."""
    if T == 0:
        return [1.0]
    if T < 1e-13:  # the overlap differs from 1 by less than rounding
        return [0.0, 1.0] if h == 0 else [1.0]

    def gap(q: float) -> float:
        return field_moments(h, math.sqrt(xi.slope(q)), T)[1] - q

    weak = min(0.1 * (h / T) ** 2, 1e-12)  # below the overlap that a weak field gives by itself
    if h != 0 and weak < 1e-290:
        return symmetric_overlaps(xi, T, 0.0)
    faint = np.geomspace(weak, 1e-12, 20)[:-1] if 0 < weak < 1e-12 else np.empty(0)
    ends = np.append(faint, np.geomspace(1e-12, 0.05, 40)), 1 - np.geomspace(0.05, 1e-15, 60)
    grid = np.concatenate([ends[0], np.linspace(0.06, 0.94, 90), ends[1]])
    values = [gap(q) for q in grid]
    found = [0.0] if h == 0 else []
    for left, right, a, b in zip(grid[:-1], grid[1:], values[:-1], values[1:], strict=True):
        if a * b < 0:
            found.append(float(optimize.brentq(gap, left, right, xtol=1e-300, rtol=1e-15)))
    # in a strong field q is 1 to rounding, and no change of sign is seen
    return found or [float(field_moments(h, math.sqrt(xi.slope(1.0)), T)[1])]
