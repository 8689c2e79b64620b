r"""Retrieval states of dense networks with one step of replica symmetry breaking, at any T ≥ 0, and where they end.

Equations and references: `theory.dense.one_rsb_equations`. As without breaking, the branch of states at a temperature
is followed by the overlap n: at any n the equations of the fields have one solution, and the load follows. It leaves
the replica-symmetric curve where that becomes unstable, and its maximum is the spinodal.
"""

import math
from functools import lru_cache

import numpy as np
from scipy import optimize

from theory.dense import rs
from theory.dense.network import Network
from theory.dense.one_rsb_equations import equations, pack, point_at
from theory.dense.pattern import site_moments
from theory.root import Root, Vector, find_root, jacobian

STEP = 1e-6
"""Distance to the root, relative, beyond which the breaking counts as not resolved."""
NO_BREAKING = 1e-100  # AT temperatures below are zero for all purposes
_LOAD, _FIELDS = 0, [1, 2, 3]  # the equation of the load, in the place of the overlap; those of the fields


def scale_of_breaking(net: Network, gamma: float, T: float, n: float, sigma: float) -> float:
    r"""The energy :math:`W = \gamma\beta\,\xi''(q)\,\mathrm{E}\,\mathrm{sech}^4\beta h`: the AT line is T = W."""
    _, q, _, C4, *_ = site_moments(*net.pattern.arrays, n ** (net.P - 1), sigma, T)
    return gamma * net.xi.curvature(q) * C4


def _guess(T: float, n: float, sigma: float, W: float) -> Vector:
    r"""The state to some ten per cent, from the replica-symmetric one of the same overlap.

    The spins with fields near zero break replica symmetry, at the one energy scale W; in its units :math:`\sigma_1` and
    D are nearly universal functions of T/W.
    """
    t = min(T / W, 0.9999)
    s1 = min(W * math.sqrt(1 - t) * (1.09 + 0.62 * t - 0.13 * t * t), 0.9 * sigma)
    return pack(n, math.sqrt(sigma * sigma - s1 * s1), s1, 0.966 / (W * (1 + 0.93 * t)), T)


def _attempts(net: Network, gamma: float, T: float, guess: Vector, free: list[int]) -> Root:
    """The root from a guess and, if that fails, more cautiously from guesses around it."""
    evaluations = 0
    for reach, shift in ((0.5, 0.0), (0.2, 0.0), (0.2, 0.4), (0.2, -0.4)):
        start = guess.copy()
        start[3] += shift
        root = find_root(lambda v: equations(net, v, gamma, T), start, free, reach)
        evaluations += root.evaluations
        if root.step < STEP:
            break
    return Root(root.v, root.step, evaluations)


def at_load(net: Network, gamma: float, T: float, symmetric: rs.Symmetric) -> Root:
    """The state at a load, from the replica-symmetric one there; reliable away from the spinodal."""
    W = scale_of_breaking(net, gamma, T, symmetric.n, symmetric.sigma)
    return _attempts(net, gamma, T, _guess(T, symmetric.n, symmetric.sigma, W), [_LOAD, *_FIELDS])


@lru_cache(maxsize=4096)
def at_overlap(net: Network, n: float, T: float) -> tuple[Root, float]:
    """The state of an overlap at which the replica-symmetric one is unstable, and its load."""
    sigma = rs.noise(net, n, T)
    W = scale_of_breaking(net, rs.load(net, n, T), T, n, sigma)
    root = _attempts(net, 1.0, T, _guess(T, n, sigma, W), _FIELDS)
    point = point_at(net, root.v, T)
    return root, point.gamma if point is not None and root.step < STEP else math.nan


def _slope(net: Network, n: float, T: float) -> float:
    """Derivative of the logarithm of the load along the branch."""
    root, _ = at_overlap(net, n, T)
    J = jacobian(lambda v: equations(net, v, 1.0, T), root.v, [_LOAD, *_FIELDS])
    return float(J[0, 0] - J[0, 1:] @ np.linalg.solve(J[1:, 1:], J[1:, 0]))


def curvature(net: Network, root: Root, gamma: float, T: float) -> float:
    """1 - dn'/dn of the map of n with everything else solved at the load: zero at the spinodal."""
    J = jacobian(lambda v: equations(net, v, gamma, T), root.v, [_LOAD, *_FIELDS])
    others = [0, 2, 3]
    if not (np.all(np.isfinite(J)) and np.linalg.det(J[np.ix_(others, [1, 2, 3])]) != 0):
        return math.nan
    response = np.linalg.solve(J[np.ix_(others, [1, 2, 3])], J[others, 0])
    return -float(J[1, 0] - J[1, 1:] @ response)


@lru_cache(maxsize=64)
def end_of_breaking(net: Network) -> float:
    """Temperature above which the retrieval state is replica symmetric up to its spinodal."""

    def replicon(T: float) -> float:
        n, gamma = rs.spinodal(net, T)
        return T - scale_of_breaking(net, gamma, T, n, rs.noise(net, n, T))

    return float(optimize.brentq(replicon, 0.0, 0.99 * rs.melting(net)[0], xtol=1e-14))


@lru_cache(maxsize=1024)
def spinodal(net: Network, T: float) -> tuple[float, float]:
    """Overlap and load at the end of the branch, below `end_of_breaking`; the maximum of the load along it.

    NaN where the breaking is lost to rounding.
    """
    high = rs.spinodal(net, T)[0]
    step = 0.05 * (1 - high / net.pattern.largest) * (1 - T / end_of_breaking(net))
    low = high - step
    while not _slope(net, low, T) > 0:
        if not math.isfinite(_slope(net, low, T)) or low < 0.5 * high:
            return math.nan, math.nan
        step *= 2
        high, low = low, low - step
    if not _slope(net, high, T) < 0:
        return math.nan, math.nan
    n = float(optimize.brentq(lambda n: _slope(net, n, T), low, high, xtol=1e-11))
    return n, at_overlap(net, n, T)[1]


def near_spinodal(net: Network, gamma: float, T: float, symmetric: rs.Symmetric | None) -> Root | None:
    """The stable state at a load next to the spinodal, by a root along the branch; None above it.

    `symmetric` is the replica-symmetric state there, if there is one: next to where the breaking begins the state is
    found from it.
    """
    low, limit = spinodal(net, T)
    if not gamma <= limit:
        return None
    if gamma == limit:
        return at_overlap(net, low, T)[0]
    high = _beginning(net, T)
    start, at_start = at_overlap(net, high, T)
    if not at_start < gamma:
        return at_load(net, gamma, T, symmetric) if symmetric is not None else start
    n = optimize.brentq(lambda n: at_overlap(net, n, T)[1] - gamma, low, high, xtol=1e-14)
    return at_overlap(net, float(n), T)[0]


def _beginning(net: Network, T: float) -> float:
    """An overlap on the stable branch short of where the breaking vanishes, or of 1."""
    n = rs.spinodal(net, T)[0]
    far = n + 0.7 * (rs.free_overlaps(net, T)[1] - n)

    def replicon(n: float) -> float:
        return T - scale_of_breaking(net, rs.load(net, n, T), T, n, rs.noise(net, n, T))

    if replicon(far) < 0:
        return far
    return n + 0.9 * (float(optimize.brentq(replicon, n, far, xtol=1e-13)) - n)
