r"""The Parisi functional on a random walk of fields: coarse, but with one minimum that any start reaches.

The functional is convex in :math:`\gamma` [1]_. It remains so where the Gaussian averages are replaced by those of a
random walk of equal steps (up, down, or none with probability 1/3 each), and over nondecreasing step functions on fixed
overlaps, which are equidistant in :math:`\xi'`: so the minimum is found whatever the covariance and without a guess.
Overlaps come out to a few parts in the number of intervals; the window of overlaps is drawn closer around the breaking
until it fills a good part of it. The result is where `theory.parisi.minimum` begins.

References
----------
.. [1] A. Auffinger, W.-K. Chen, Commun. Math. Phys. 335, 1429 (2015).
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from statmech.gaussian import Z_MAX
from theory.parisi.covariance import Covariance
from theory.parisi.functional import Steps
from theory.parisi.minimum import Problem

Array = NDArray[np.float64]

_INTERVALS = 40
_SUBSTEPS = 1
_NODES_PER_SIGMA = 0.8  # where the trapezoid rule of a Gaussian is good to 1e-5
_WINDOW = 5
_COLDEST = 0.15  # in units of the width of the fields: the walk does not resolve the function of lower temperatures
_FLAT = 1e-3  # x within this of 0 and 1 is not breaking
_ZOOMS = 6


def walk_value(xi: Covariance, T: float, h: float, q: Array, gamma: Array) -> tuple[float, Array]:
    r"""The functional of a random walk of fields, and its derivatives with respect to gamma.

    Parameters
    ----------
    xi : Covariance
        Of the Hamiltonian.
    T, h : float
        Temperature, T > 0, and field.
    q : numpy.ndarray
        Edges of the intervals, equidistant in :math:`\xi'`. Below the first one gamma is 0, beyond the last one 1/T.
    gamma : numpy.ndarray
        On each interval; positive.

    Returns
    -------
    F : float
    F_gamma : numpy.ndarray
    """
    variance = xi.slope(q)
    n = gamma.size * _SUBSTEPS
    step = math.sqrt((variance[-1] - variance[0]) / n) / _NODES_PER_SIGMA
    kernel = np.exp(-0.5 * np.square(np.arange(-_WINDOW, _WINDOW + 1) / _NODES_PER_SIGMA))
    kernel /= kernel.sum()
    half = math.ceil(Z_MAX * math.sqrt(variance[-1]) / step)
    z = step * np.arange(-half, half + 1)
    start = np.exp(-0.5 * z * z / variance[0]) if variance[0] > 0 else (z == 0).astype(float)
    density = start / start.sum()
    far = step * np.arange(1, _WINDOW + 1)
    phi = T * np.logaddexp((h + z) / T, -(h + z) / T) + 0.5 / T * (xi.slope(1.0) - variance[-1])
    history = []
    for g in np.repeat(gamma, _SUBSTEPS)[::-1]:
        lowest = phi.min()
        beyond = np.concatenate([phi[0] + far[::-1], phi, phi[-1] + far]) - lowest
        tilt = np.exp(g * beyond)
        norm = np.convolve(tilt, kernel, "valid")
        new = np.log(norm) / g
        slope = (np.convolve(tilt * beyond, kernel, "valid") / norm - new) / g
        history.append((tilt[_WINDOW:-_WINDOW], norm, slope))
        phi = new + lowest
    F, slopes = float(density @ phi), []
    for tilt, norm, slope in history[::-1]:
        slopes.append(density @ slope)
        density = np.convolve(density / norm, kernel, "same") * tilt
    theta = np.diff(xi.theta(np.append(q, 1.0)))
    F -= 0.5 * float(np.append(gamma, 1 / T) @ theta)
    return F, np.reshape(slopes, (-1, _SUBSTEPS)).sum(axis=1) - 0.5 * theta[:-1]


def coarse_function(problem: Problem, low: float, high: float) -> tuple[float, Array, Array]:
    """Minimise over all nondecreasing step functions on a fixed set of overlaps.

    Parameters
    ----------
    problem : Problem
        Covariance and state point, T > 0.
    low, high : float
        The first and the last overlap.

    Returns
    -------
    F : float
        The minimum.
    q : numpy.ndarray
        Edges of the intervals.
    x : numpy.ndarray
        T gamma on each of them.
    """
    xi, T = problem.xi, problem.T
    fine = np.linspace(low, high, 2001)
    q = np.interp(np.linspace(xi.slope(low), xi.slope(high), _INTERVALS + 1), xi.slope(fine), fine)
    cumulate = np.tril(np.ones((_INTERVALS, _INTERVALS)))
    unit = 0.01 * math.sqrt(xi.slope(1.0)) * ((xi.slope(high) - xi.slope(low)) / xi.slope(1.0)) ** 2

    def objective(rises: Array) -> tuple[float, Array]:
        x = np.clip(cumulate @ rises, 1e-6, 1.0)  # line searches try values out of bounds
        F, slopes = walk_value(xi, T, problem.h, q, x / T)
        return F / unit, cumulate.T @ slopes / (T * unit)

    below_one = {"type": "ineq", "fun": lambda rises: 1 - rises.sum(), "jac": lambda rises: -np.ones_like(rises)}
    found = optimize.minimize(
        objective, np.full(_INTERVALS, 0.7 / _INTERVALS), jac=True, method="SLSQP",
        bounds=[(0.0, 1.0)] * _INTERVALS, constraints=[below_one], options={"ftol": 1e-9, "maxiter": 60},
    )  # fmt: skip
    return float(found.fun) * unit, q, np.clip(cumulate @ found.x, 0.0, 1.0)


def one_step_guess(problem: Problem) -> Steps | None:
    """The function of one step that is closest to the coarse one; None where that is replica symmetric.

    At low temperatures gamma hardly depends on T, and the one of a higher temperature is taken.
    """
    xi = problem.xi
    T = max(problem.T, _COLDEST * math.sqrt(xi.slope(1.0)))
    warm = Problem(xi=xi, T=T, h=problem.h, pinned=problem.pinned)
    low, high = 0.0, 1.0
    for _ in range(_ZOOMS):
        _, q, x = coarse_function(warm, low, high)
        bottom, top = int(np.searchsorted(x, _FLAT)), int(np.searchsorted(x, 1 - _FLAT))
        if top - bottom > _INTERVALS // 5:
            break
        margin = max(q[top] - q[bottom], q[min(top + 1, _INTERVALS)] - q[max(bottom - 1, 0)])
        low, high = max(0.0, q[bottom] - margin), min(1.0, q[top] + margin)
    if top == bottom:
        return None
    first, last, level = _closest_step(x)
    q0 = 0.0 if problem.pinned else max(float(q[first]), 0.1 * float(q[1]))
    return Steps(
        q=np.array([q0]), gamma=np.array([min(level / T, 0.98 / problem.T if problem.T > 0 else math.inf)]),
        C=(1 - float(q[last])) / T if last < _INTERVALS or high < 1 else 0.3 * (1 - float(q[-2])) / T,
    )  # fmt: skip


def _closest_step(x: Array) -> tuple[int, int, float]:
    """First and last edge and level of the function 0, level, 1 that is closest to x in the mean square."""
    best = (math.inf, 0, 0, 0.0)
    below, above = (np.append(0.0, np.cumsum(np.square(values))) for values in (x, 1 - x))
    total, square = (np.append(0.0, np.cumsum(values)) for values in (x, x * x))
    for first in range(x.size):
        for last in range(first + 1, x.size + 1):
            level = (total[last] - total[first]) / (last - first)
            cost = below[first] + square[last] - square[first] - level**2 * (last - first) + above[-1] - above[last]
            if cost < best[0]:
                best = (cost, first, last, level)
    return best[1:]
