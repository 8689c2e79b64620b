r"""The lines of the (γ, T) phase diagram that bound retrieval in dense networks.

Each is a stationary point or a root along the explicit curves of `theory.dense.rs` and `theory.dense.one_rsb`; none
depends on whether an iteration survives. Every function takes a number or an array and returns a
`statmech.lines.PhaseLine` with the state on the line. Loads and temperatures are those of `statmech.DenseHebbian`.

The replica-symmetric critical load is strongly re-entrant: at P = 4 it rises from 0.19786 at T = 0 to 0.23012 at
T = 0.23012 before it falls. For distinct indices that maximum is the tip of the Nishimori line T = γ, where replica
symmetry is exact, and below it the true line cannot pass to larger loads. One step of breaking makes it all but
vertical: 0.22917 at T = 0. With repeated indices there is no such line; the maximum is flat, and one step of breaking
leaves a trace of re-entrance.

References
----------
.. [1] E. Gardner, J. Phys. A 20, 3453 (1987).
.. [2] L. Albanese, F. Alemanno, A. Alessandrelli, A. Barra, J. Stat. Phys. 189, 24 (2022), arXiv:2111.12997.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from statmech.branch import stationary_points
from statmech.checks import check_choice, check_integer, check_real
from statmech.lines import PhaseLine, phase_line
from statmech.models import DenseHebbian
from statmech.results import Solution
from theory.dense import one_rsb, rs
from theory.dense.network import Network, stored
from theory.dense.solutions import absent, broken_solution, merged, symmetric_solution
from theory.tracing import traced


def model_at(net: Network, gamma: float, T: float) -> DenseHebbian:
    """The model of a network of stored patterns: the covariance tells the indices."""
    return DenseHebbian(P=net.P, gamma=gamma, T=T, indices="distinct" if len(net.xi.terms) == 1 else "repeated")


def critical_load(T: ArrayLike, *, P: int, ansatz: str = "RS", indices: str = "distinct") -> PhaseLine:
    r"""Storage capacity :math:`\gamma_M(T)`: the load at which the retrieval states disappear (their spinodal).

    The number of patterns is :math:`K = \gamma_M N^{P-1}/(P-1)!`. At T = 0 and with replica symmetry
    :math:`\gamma_M\,\xi'(1) = \max_y \mathrm{erf}(y)^{2(P-1)}/2y^2`: repeated indices divide the capacity by
    :math:`\xi'(1) = (2P-3)!!/(P-1)!`.

    Parameters
    ----------
    T : array_like
        Temperatures from 0 to that at which the line ends at :math:`\gamma = 0`: 0.495786 for P = 4, 0.422720 for 6,
        0.386940 for 8.
    P : int
        Order of the interactions.
    ansatz : str
        ``"RS"``, or ``"1RSB"``, which differs from it below the temperature at which the AT line meets it.
    indices : str
        ``"distinct"`` or ``"repeated"``.

    Returns
    -------
    PhaseLine
        With the retrieval state that is about to vanish.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Examples
    --------
    >>> round(critical_load(0, P=4).gamma, 7)
    0.1978601
    >>> round(critical_load(0, P=4, ansatz="1RSB").gamma, 5)
    0.22917
    """
    net = stored(P, indices)
    symmetric = check_choice("ansatz", ansatz, ("RS", "1RSB")) == "RS"
    point = critical_point if symmetric else critical_point_one_rsb
    return traced("critical load", lambda T: point(net, T), "T", T, low=0.0, high=rs.melting(net)[0])


def critical_point(net: Network, T: float) -> Solution:
    """The replica-symmetric retrieval state at its spinodal."""
    n, gamma = rs.spinodal(net, T)
    sigma = rs.noise(net, n, T) if gamma > 0 else 0.0
    return _symmetric_point(net, gamma, T, n, sigma)


def _symmetric_point(net: Network, gamma: float, T: float, n: float, sigma: float) -> Solution:
    return symmetric_solution(model_at(net, gamma, T), "retrieval", rs.symmetric_at(net, gamma, T, n, sigma), 1)


def critical_point_one_rsb(net: Network, T: float) -> Solution:
    """The retrieval state at its spinodal with one step of breaking, replica symmetric where there is none.

    Just below `theory.dense.one_rsb.end_of_breaking` the breaking can be lost to rounding; the replica-symmetric point
    is then given with a message, whose load is smaller by less than 1e-8.
    """
    symmetric, end = critical_point(net, T), one_rsb.end_of_breaking(net)
    if end <= T:
        return merged(symmetric)
    n, gamma = one_rsb.spinodal(net, T)
    if math.isfinite(gamma):
        found = broken_solution(model_at(net, gamma, T), net, one_rsb.branch(net, T)(n)[0])
        if found.converged:
            return found
    if 0.99 * end > T:
        return absent(symmetric.model, "1RSB", "retrieval", "the end of the branch with breaking was not found")
    return merged(symmetric, "the breaking is lost to rounding: replica-symmetric values")


def retrieval_branch(T: float, *, P: int, indices: str = "distinct", points: int = 200) -> PhaseLine:
    r"""All replica-symmetric retrieval solutions at one temperature, stable and unstable.

    The curve begins on the unstable branch, turns at the spinodal, and ends on the stable branch at
    :math:`\gamma = 10^{-3}\gamma_M`; `stability` tells the branches apart. Basins of attraction are bounded by the
    unstable one.

    Parameters
    ----------
    T : float
        Temperature below the end of the critical load.
    P, indices : int, str
        As of `critical_load`.
    points : int
        Number of points.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    net = stored(P, indices)
    T = check_real("T", T, low=0.0, high=0.999999 * rs.melting(net)[0])
    points = check_integer("points", points, low=4)
    n_M, gamma_M = rs.spinodal(net, T)
    low = rs.free_overlaps(net, T)[0]
    found = []
    for n in np.linspace(low, n_M, points // 2 + 2)[1:-1].tolist():
        sigma, gamma = rs.noise(net, n, T), rs.load(net, n, T)
        found.append(_symmetric_point(net, gamma, T, n, sigma))
    for gap in np.linspace(0.0, math.sqrt(0.999), points - points // 2).tolist():
        gamma = gamma_M * (1 - gap * gap)
        point, evaluations = rs.retrieval(net, gamma, T)
        assert point is not None
        found.append(symmetric_solution(model_at(net, gamma, T), "retrieval", point, evaluations))
    return phase_line("retrieval branch", found)


def critical_temperature(gamma: ArrayLike, *, P: int, branch: str = "upper", indices: str = "distinct") -> PhaseLine:
    r"""Temperature :math:`T_M(\gamma)` above which there is no retrieval state: the inverse of `critical_load`, RS.

    Parameters
    ----------
    gamma : array_like
        Loads between 0 and the maximum of :math:`\gamma_M(T)`.
    P, indices : int, str
        As of `critical_load`.
    branch : str
        Between :math:`\gamma_M(0)` and that maximum the line is re-entrant: ``"lower"`` gives the temperature below
        which the replica-symmetric retrieval state is absent again.

    Raises
    ------
    ValueError
        If an argument is not allowed, or a load lies outside the range of the branch.
    """
    net = stored(P, indices)
    middle, highest = reentrance(net)
    if check_choice("branch", branch, ("upper", "lower")) == "lower":
        low, high, least = 0.0, middle, rs.spinodal(net, 0.0)[1]
    else:
        low, high, least = middle, rs.melting(net)[0], 0.0
    return traced(
        "critical temperature", lambda g: _on_spinodal(net, g, low, high), "gamma", gamma, low=least, high=highest
    )


def _on_spinodal(net: Network, gamma: float, low: float, high: float) -> Solution:
    def excess(T: float) -> float:
        return rs.spinodal(net, T)[1] - gamma

    if excess(low) * excess(high) >= 0:  # an end of the branch, to rounding
        return critical_point(net, min((low, high), key=lambda T: abs(excess(T))))
    return critical_point(net, optimize.brentq(excess, low, high, xtol=1e-15, rtol=rs.TINY))


@lru_cache(maxsize=64)
def reentrance(net: Network) -> tuple[float, float]:
    """Temperature and load of the maximum of the replica-symmetric critical load."""
    best = optimize.minimize_scalar(
        lambda T: -rs.spinodal(net, T)[1], bounds=(0.0, rs.melting(net)[0]), method="bounded", options={"xatol": 1e-10}
    )
    return float(best.x), float(-best.fun)


def at_temperature(gamma: ArrayLike, *, P: int, indices: str = "distinct") -> PhaseLine:
    r"""De Almeida–Thouless temperature of retrieval, below which its replica symmetry breaks.

    .. math:: T = \gamma\,\xi''(q)\,\beta\,\mathrm{E}\,\mathrm{sech}^4\beta h .

    As :math:`\gamma \to 0` it vanishes like :math:`e^{-1/2\gamma\xi'(1)}`. For distinct indices it ends at the tip of
    the Nishimori line.

    Parameters
    ----------
    gamma : array_like
        Loads from :math:`0.001/\xi'(1)` to the end of the line.
    P, indices : int, str
        As of `critical_load`.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Examples
    --------
    >>> round(at_temperature(0.15, P=4).T, 6)
    0.027685
    """
    net = stored(P, indices)
    least, (_, most) = 0.001 / net.xi.slope(1.0), _at_end(net)
    return traced("de Almeida–Thouless temperature", lambda g: _at_point(net, g), "gamma", gamma, low=least, high=most)


def _at_point(net: Network, gamma: float) -> Solution:
    y, most = _at_end(net)
    if gamma < most:
        # y² gamma xi'(1) <= 1 on the whole curve, by Cauchy–Schwarz, and sharp to rounding where there is little noise
        high = (1 + 1e-12) / math.sqrt(gamma * net.xi.slope(1.0))
        y = optimize.brentq(lambda y: rs.marginal(net, y)[0] - gamma, y, high, xtol=rs.TINY, rtol=rs.TINY)
    _, T, n, sigma = rs.marginal(net, y)
    return _symmetric_point(net, gamma, T, n, sigma)


@lru_cache(maxsize=64)
def _at_end(net: Network) -> tuple[float, float]:
    """Signal-to-noise ratio and load at the largest load of the AT line.

    For distinct indices it is where the line meets the spinodal; for repeated ones it lies 3e-5 beyond, relatively, and
    the piece between the two is left out.
    """
    T = one_rsb.end_of_breaking(net)
    n, _ = rs.spinodal(net, T)
    y = n ** (net.P - 1) / rs.noise(net, n, T)
    maxima = stationary_points(lambda y: rs.marginal(net, y)[0], np.linspace(y, 1.02 * y, 25))
    return (maxima[0].parameter, maxima[0].control) if maxima else (y, rs.marginal(net, y)[0])
