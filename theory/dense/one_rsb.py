r"""Retrieval states of dense networks with one step of replica symmetry breaking, at any T ≥ 0, and where they end.

Equations and references: `theory.dense.one_rsb_equations`. As without breaking, the branch of states at a temperature
is followed by the overlap n: at any n the equations of the fields have one solution, and the load follows. It leaves
the replica-symmetric curve where that becomes unstable, and its maximum is the spinodal.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy import optimize

from theory.dense import rs
from theory.dense.network import Network
from theory.dense.one_rsb_equations import equations, pack, point_at
from theory.dense.pattern import site_moments
from theory.root import STEP, Root, Vector, follow, jacobian, search

NO_BREAKING = 1e-100  # AT temperatures below are zero for all purposes
STEPS = 9  # from the beginning of a branch to a state that cannot be guessed
_LOAD, _FIELDS = 0, [1, 2, 3]  # the equation of the load, in the place of the overlap; those of the fields


def scale_of_breaking(net: Network, gamma: float, T: float, n: float, sigma: float) -> float:
    r"""The energy :math:`W = \gamma\beta\,\xi''(q)\,\mathrm{E}\,\mathrm{sech}^4\beta h`: the AT line is T = W."""
    _, q, _, C4, *_ = site_moments(*net.pattern.arrays, n ** (net.P - 1), sigma, T)
    return gamma * net.xi.curvature(q) * C4


def guess(T: float, n: float, sigma: float, W: float) -> Vector:
    r"""The state to some ten per cent, from the replica-symmetric one of the same overlap.

    The spins with fields near zero break replica symmetry, at the one energy scale W; in its units :math:`\sigma_1` and
    D are nearly universal functions of T/W.
    """
    t = min(T / W, 0.9999)
    s1 = min(W * math.sqrt(1 - t) * (1.09 + 0.62 * t - 0.13 * t * t), 0.9 * sigma)
    return pack(n, math.sqrt(sigma * sigma - s1 * s1), s1, 0.966 / (W * (1 + 0.93 * t)), T)


def _attempts(net: Network, gamma: float, T: float, start: Vector, free: list[int]) -> Root:
    """The root from a guess and, if that fails, more cautiously from guesses around it."""
    return search(lambda v: equations(net, v, gamma, T), start, free)


def glass(net: Network, gamma: float, T: float, sigma: float) -> Root:
    r"""The glass, m = 0, whose transition is continuous, from the noise :math:`\sigma` of the replica-symmetric one.

    The guess was fitted to the Sherrington–Kirkpatrick model: towards the transition the variance of the noise splits
    into thirds, and D vanishes. Without an overlap the equation of the load takes the place of that of n.
    """
    t = T / math.sqrt(gamma * net.xi.curvature(0.0))
    share = 0.577 + 0.123 * (1 - t) ** 1.8
    D = 1.36 / sigma * (1 - t) ** 1.5 / (1 + 0.15 * t**0.6)
    start = pack(0.0, share * sigma, math.sqrt(1 - share * share) * sigma, min(D, 0.9 / T) if T > 0 else D, T)
    return search(lambda v: equations(net, v, gamma, T)[[1, 0, 2, 3]], start, _FIELDS)


def glass_stability(net: Network, root: Root, gamma: float, T: float) -> float:
    r"""Of a glass with a continuous transition: 1 - d ln σ_0²'/d ln σ_0² with the other equations solved."""
    J = jacobian(lambda v: equations(net, v, gamma, T), root.v, _FIELDS)
    others = J[[0, 3]]
    return -0.5 * float(J[2, 0] - J[2, 1:] @ np.linalg.solve(others[:, 1:], others[:, 0]))


def at_load(net: Network, gamma: float, T: float, symmetric: rs.Symmetric) -> Root:
    """The state at a load, from the replica-symmetric one there; reliable away from the spinodal."""
    W = scale_of_breaking(net, gamma, T, symmetric.n, symmetric.sigma)
    return _attempts(net, gamma, T, guess(T, symmetric.n, symmetric.sigma, W), [_LOAD, *_FIELDS])


def _at_overlap(net: Network, n: float, T: float, near: Root | None = None) -> tuple[Root, float]:
    """The state of an overlap at which the replica-symmetric one is unstable, and its load; NaN if it was not found.

    From a state `near`, if given, else from the replica-symmetric state.
    """
    if near is not None:
        root = follow(lambda v: equations(net, v, 1.0, T), np.array([n, *near.v[1:]]), _FIELDS, near)
    if near is None or not root.step < STEP:
        sigma = rs.noise(net, n, T)
        W = scale_of_breaking(net, rs.load(net, n, T), T, n, sigma)
        root = _attempts(net, 1.0, T, guess(T, n, sigma, W), _FIELDS)
    point = point_at(net, root.v, T)
    return root, point.gamma if point is not None and root.step < STEP else math.nan


def branch(net: Network, T: float) -> Callable[[float], tuple[Root, float]]:
    """States of a temperature by their overlap, each from the one before, the first if need be from the beginning.

    What is returned gives the state and its load, NaN if it was not found.
    """
    last: Root | None = None

    def step(n: float) -> tuple[Root, float]:
        nonlocal last
        root, gamma = _at_overlap(net, n, T, last)
        last = root if math.isfinite(gamma) else None
        return root, gamma

    def at(n: float) -> tuple[Root, float]:
        found = step(n)
        if math.isnan(found[1]):  # breaking is strong there, and the guess is for weak breaking
            for closer in np.linspace(beginning(net, T), n, STEPS):
                found = step(float(closer))
                if math.isnan(found[1]):  # to rounding there is no branch
                    break
        return found

    return at


def _slope(net: Network, root: Root, T: float) -> float:
    """Derivative of the logarithm of the load along the branch."""
    J = jacobian(lambda v: equations(net, v, 1.0, T), root.v, [_LOAD, *_FIELDS])
    if not (root.step < STEP and np.all(np.isfinite(J)) and np.linalg.det(J[1:, 1:]) != 0):
        return math.nan
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
    at = branch(net, T)

    def slope(n: float) -> float:
        return _slope(net, at(n)[0], T)

    # the overlap hardly moves along the line: it is a little larger than where breaking ends
    symmetric, low = rs.spinodal(net, T)[0], rs.spinodal(net, end_of_breaking(net))[0]
    for share in (0.3, 1.0):
        high = low + share * (symmetric - low)
        if slope(high) < 0:
            break
    step = symmetric - low
    while not (rising := slope(low)) > 0:
        if math.isnan(rising) or step > low:
            return math.nan, math.nan
        low, step = low - step, 2 * step
    if not slope(high) < 0:
        return math.nan, math.nan
    try:
        n = float(optimize.brentq(slope, low, high, xtol=1e-10))
    except ValueError:  # the slope is not defined to rounding
        return math.nan, math.nan
    return n, at(n)[1]


def near_spinodal(net: Network, gamma: float, T: float) -> Root | None:
    """The stable state at a load next to the spinodal, by a root along the branch.

    Next to its maximum the load falls by a square, the root of which is all but linear in n. None above the spinodal,
    or where the breaking is lost to rounding.
    """
    low, limit = spinodal(net, T)
    if not gamma <= limit:
        return None
    at = branch(net, T)

    def excess(n: float) -> float:
        return math.sqrt(max(limit - at(n)[1], 0.0)) - math.sqrt(limit - gamma)

    if gamma < limit:
        try:
            low = optimize.brentq(excess, low, beginning(net, T), xtol=1e-14)
        except ValueError:  # the load is not defined to rounding, or its beginning not below this one
            return None
    return at(float(low))[0]


def beginning(net: Network, T: float) -> float:
    """An overlap on the stable branch short of where the breaking vanishes, or of 1."""
    n = rs.spinodal(net, T)[0]
    far = n + 0.7 * (rs.free_overlaps(net, T)[1] - n)

    def replicon(n: float) -> float:
        return T - scale_of_breaking(net, rs.load(net, n, T), T, n, rs.noise(net, n, T))

    if replicon(far) < 0:
        return far
    return n + 0.9 * (float(optimize.brentq(replicon, n, far, xtol=1e-13)) - n)
