r"""The Nishimori line T = γ of dense networks with distinct indices.

In units of the pattern's field, the network is the P-body ferromagnet of strength 1 in Gaussian couplings of variance γ
(per field), and inference of the pattern at the right temperature means :math:`\beta\gamma = 1`. There the
configurations of the network and the pattern are on the same footing, so that for every solution, at any size of the
Gaussian model,

.. math:: m = q, \qquad u = -\frac1P ,

replica symmetry is exact, and with :math:`\lambda = m^{P-1}/\gamma` the equations become explicit,

.. math:: m = \mathrm{E}\tanh(\lambda + \sqrt\lambda\, z), \qquad \gamma = \frac{m^{P-1}}\lambda .

The derivative of :math:`m(\lambda)` is :math:`\mathrm{E}\,\mathrm{sech}^4`, so the maximum of γ, the tip of the line,
is where the replicon vanishes: it is the maximum of :math:`\gamma_M(T)` and the end of the AT line. The same equation
describes the metastable states of the P-spin glass at x = 1, with :math:`\lambda = s^2`: the tip lies at
:math:`\gamma = 2T_d^2/P`, :math:`m = q_d`, and where retrieval has the free energy of the paramagnet on the line,
:math:`\gamma = 2T_s^2/P` and :math:`m = q_s`. There three phases meet.

References
----------
.. [1] H. Nishimori, J. Phys. C 13, 4071 (1980).
.. [2] H. Nishimori, Statistical Physics of Spin Glasses and Information Processing, Oxford University Press (2001).
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from statmech.branch import stationary_points
from statmech.gaussian import field_moments
from statmech.lines import PhaseLine, phase_line
from statmech.results import Solution
from theory.dense import rs
from theory.dense.lines import model_at
from theory.dense.network import Network, stored
from theory.dense.solutions import symmetric_solution
from theory.tracing import traced


def nishimori_line(gamma: ArrayLike, *, P: int) -> PhaseLine:
    r"""The retrieval state on the line T = γ.

    Parameters
    ----------
    gamma : array_like
        Loads, and temperatures, between 0 and the tip of the line.
    P : int
        Order of the interactions.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Examples
    --------
    >>> point = nishimori_line(0.2, P=4)
    >>> round(point.m, 6) == round(point.q, 6)
    True
    """
    net = stored(P)
    tip, highest = _tip(P)

    def point(gamma: float) -> Solution:
        if gamma == highest:
            return _point(net, tip)
        # m <= 1 bounds the ratio, to rounding at low temperatures
        return _point(
            net, float(optimize.brentq(lambda ratio: _load(P, ratio) - gamma, tip, (1 + 1e-12) / gamma)), gamma
        )

    return traced("Nishimori line", point, "gamma", gamma, low=0.0, high=highest, open_low=True)


def nishimori_tip(*, P: int) -> PhaseLine:
    """The tip of the Nishimori line: the largest load of any replica-symmetric retrieval state.

    Examples
    --------
    >>> round(nishimori_tip(P=4).gamma, 10)
    0.2301207797
    """
    return phase_line("tip of the Nishimori line", _point(stored(P), _tip(P)[0]))


def multicritical_point(*, P: int) -> PhaseLine:
    """The point of the Nishimori line where retrieval, paramagnet and glass are all at equilibrium.

    Examples
    --------
    >>> round(multicritical_point(P=4).gamma, 10)
    0.1902724964
    """
    net = stored(P)

    def gap(ratio: float) -> float:
        state = _point(net, ratio)
        return state.f + state.model.T * math.log(2) + 0.5 / P  # the paramagnet's is -T ln 2 - 1/2P on the line

    low = high = _tip(P)[0]
    while gap(high) > 0:
        low, high = high, 1.2 * high
    return phase_line("multicritical point", _point(net, float(optimize.brentq(gap, low, high, xtol=1e-14))))


def _load(P: int, ratio: float) -> float:
    m = field_moments(ratio, math.sqrt(ratio), 1.0)[0]
    return m ** (P - 1) / ratio


@lru_cache(maxsize=64)
def _tip(P: int) -> tuple[float, float]:
    """Ratio and load at the maximum of the load."""

    def slope(ratio: float) -> float:
        m, _, _, C4, *_ = field_moments(ratio, math.sqrt(ratio), 1.0)
        return (P - 1) * ratio * C4 - m

    points = stationary_points(lambda ratio: _load(P, ratio), np.geomspace(0.05, 50.0, 60), slope)
    best = max(points, key=lambda point: point.control)
    return best.parameter, best.control


def _point(net: Network, ratio: float, gamma: float | None = None) -> Solution:
    """The state of a ratio, at the load that it implies or, equal to rounding, at the one that was asked for."""
    m = field_moments(ratio, math.sqrt(ratio), 1.0)[0]
    at = _load(net.P, ratio) if gamma is None else gamma
    point = rs.symmetric_at(net, at, at, m, math.sqrt(ratio) * at)
    return symmetric_solution(model_at(net, at, at), "retrieval", point, 1)
