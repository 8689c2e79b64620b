r"""Curves of solutions of the diluted Hopfield model along a signal-to-noise ratio, and the loads at which they end.

Along each, the amplitudes and the noise at a ratio y follow from the equations of the amplitudes, and the load from the
others: one pattern, n ≥ 2 patterns in a hierarchy, where :math:`y = m_n/\sigma`, and n equal amplitudes.
"""

import math
from functools import lru_cache

import numpy as np
from scipy import optimize

from statmech.branch import stationary_points
from statmech.gaussian import field_magnetization
from statmech.models import Multitasking
from theory.diluted_hopfield.equations import Array, averages, load_at
from theory.hopfield import rs
from theory.multitasking import amplitudes, existence_dilution, hierarchical_amplitudes, relax
from theory.multitasking.averages import configuration_weights, configurations


def retrieval_load(y: float, d: float, T: float) -> float:
    r"""Load :math:`\alpha(y; T)` at which the state of one pattern has this ratio y = m/σ; negative where vC > 1."""
    return load_at(d, T, *retrieved(y, d, T))


def retrieved(y: float, d: float, T: float) -> tuple[Array, float]:
    """Amplitude and noise of the state of one pattern at signal-to-noise ratio y, T < 1 - d."""
    sigma = (1 - d) * rs.retrieval_noise(y, T / (1 - d))
    return np.array([y * sigma]), sigma


def zero_temperature_load(x: float, d: float) -> float:
    r"""The load at T = 0 in closed form, :math:`x = m/\sigma\sqrt2`; zero where the bracket is negative."""
    bracket = math.erf(x) / x - 2 / math.sqrt(math.pi) * (d + (1 - d) * math.exp(-x * x))
    return 0.5 * max(bracket, 0.0) ** 2


@lru_cache(maxsize=4096)
def _spinodal(d: float, T: float) -> tuple[float, float]:
    """Signal-to-noise ratio and load at the end of the states of one pattern; zero load where there are none."""
    grid = np.geomspace(0.02, 60.0, 80)
    found = stationary_points(lambda y: retrieval_load(y, d, T), grid)
    best = max(found, key=lambda point: point.control, default=None)
    return (best.parameter, best.control) if best is not None and best.control > 0 else (math.nan, 0.0)


class Hierarchy:
    """The hierarchical states of n ≥ 2 patterns along y = m_n/sigma, each found from its neighbour at larger y."""

    def __init__(self, n: int, d: float, T: float) -> None:
        self.n, self.d, self.T = n, d, T
        self.known: list[tuple[float, Array]] = []
        y, without_noise = 60.0, relax(Multitasking(K=n, d=d, T=T), hierarchical_amplitudes(n, d))
        m = amplitudes(without_noise)
        state = np.append(m[:-1], m[-1] / y)
        step = 1.1
        while y > 0.05 and state[-1] > 0:
            solved = self._solve(y, state)
            if solved is not None:
                state = solved
                self.known.append((y, state))
            elif self.known and step < 1.02:
                break
            elif self.known:  # nearer to the end of the curve, smaller steps
                y, step = self.known[-1][0], 1.01
            y /= step

    def _solve(self, y: float, guess: Array) -> Array | None:
        """(m_1 … m_{n-1}, sigma) at y, None where there is no state of this kind next to the guess."""
        scale = np.abs(guess)
        unit = np.append(scale[:-1], y * scale[-1])

        def defect(unknown: Array) -> tuple[Array, Array]:
            sigma = abs(unknown[-1]) * scale[-1]
            m = np.append(unknown[:-1] * scale[:-1], y * sigma)
            M, _, _, _, M_m, M_v, _ = averages(self.d, m, sigma, self.T)
            jacobian = M_m - np.eye(self.n)
            jacobian[:, -1] = y * jacobian[:, -1] + 2 * sigma * M_v
            return (M - m) / unit, jacobian * scale / unit[:, None]

        found = optimize.root(defect, np.ones(self.n), jac=True, method="hybr", tol=1e-14)
        x = np.abs(found.x) * scale
        # a state of this kind: sorted amplitudes, next to the last state
        ordered = np.all(np.diff(np.append(x[:-1], y * x[-1])) < 0)
        if np.abs(defect(found.x)[0]).max() > 1e-11 or not ordered or np.abs(found.x - 1).max() > 0.5:
            return None
        return x

    def at(self, y: float) -> tuple[Array, float]:
        """Amplitudes and noise at any y of the branch."""
        near = min(self.known, key=lambda point: abs(math.log(point[0] / y)))
        x = self._solve(y, near[1])
        if x is None:
            return np.full(self.n, math.nan), math.nan
        return np.append(x[:-1], y * x[-1]), float(x[-1])

    def load(self, y: float) -> float:
        m, sigma = self.at(y)
        return math.nan if math.isnan(sigma) else load_at(self.d, self.T, m, sigma)

    def spinodal(self) -> tuple[float, float]:
        """y and load of the maximum of the branch, zero load where no part of it is physical."""
        if len(self.known) < 3:
            return math.nan, 0.0
        ys = [y for y, _ in self.known[::-1]]
        best = max(stationary_points(self.load, ys), key=lambda point: point.control, default=None)
        return (best.parameter, best.control) if best is not None and best.control > 0 else (math.nan, 0.0)


@lru_cache(maxsize=256)
def hierarchy(n: int, d: float, T: float) -> Hierarchy:
    """The curve of the hierarchical states of n patterns, traced once."""
    return Hierarchy(n, d, T)


@lru_cache(maxsize=256)
def end_of_hierarchy(n: int, d: float, T: float) -> tuple[float, float]:
    """y and load at which the hierarchical states of n patterns end.

    On the curve that begins without noise. Towards d = 2/3 it runs into that of equal amplitudes before its load is
    positive; a piece of it beyond these, in a narrow range of dilutions, is not followed.
    """
    if 1 - d <= T or (d == 0 and n > 1):
        return math.nan, 0.0
    if n == 1:
        return _spinodal(d, T)
    return hierarchy(n, d, T).spinodal() if d < existence_dilution(n) else (math.nan, 0.0)


def symmetric_state(y: float, n: int, d: float, T: float) -> tuple[Array, float]:
    """Amplitudes and noise of the state of n equal amplitudes at y = m/sigma, T < 1 - d."""
    one = np.ones(n)
    high = float(averages(d, y * one, 1.0, 0.0)[0][0]) / y  # at T = 0 the fields have no scale
    if T == 0:
        return y * high * one, high

    sums, weights = configurations(n).sum(axis=1), configuration_weights(n, d)
    law = [(size, size * float(weights[np.abs(sums) == size].sum()) / n) for size in range(1, n + 1)]

    def excess(sigma: float) -> float:
        return sum(share * field_magnetization(size * y * sigma, sigma, T) for size, share in law) - y * sigma

    low = high
    while excess(low) <= 0:
        low /= 2
        if low < 1e-9 * high:
            return np.full(n, math.nan), math.nan
    sigma = low if low == high else optimize.brentq(excess, low, 2 * low, xtol=1e-300, rtol=1e-15)
    return y * sigma * one, sigma


def symmetric_curve(y: float, n: int, d: float, T: float) -> tuple[float, float]:
    """Load of the state of n equal amplitudes, and its eigenvalue against unequal ones."""
    m, sigma = symmetric_state(y, n, d, T)
    if math.isnan(sigma):
        return math.nan, math.nan
    M_m = averages(d, m, sigma, T)[4]
    return load_at(d, T, m, sigma), 1 - float(M_m[0, 0] - M_m[0, 1])


SYMMETRIC_GRID = np.geomspace(0.02, 30.0, 120)


@lru_cache(maxsize=256)
def end_of_symmetry(n: int, d: float, T: float) -> tuple[float, float]:
    """y and load at which the stable states of n ≥ 2 equal amplitudes end: at a fold, or by becoming unequal."""
    if 1 - d <= T:
        return math.nan, 0.0
    curve = np.array([symmetric_curve(y, n, d, T) for y in SYMMETRIC_GRID])
    stable = (curve[:, 0] > 0) & (curve[:, 1] > 0)
    if not stable.any():
        return math.nan, 0.0
    best = int(np.argmax(np.where(stable, curve[:, 0], 0.0)))
    ends = [(float(SYMMETRIC_GRID[best]), float(curve[best, 0]))]
    for other in (best - 1, best + 1):
        if 0 <= other < len(curve) and curve[other, 0] > 0 > curve[other, 1]:
            between = sorted((float(SYMMETRIC_GRID[best]), float(SYMMETRIC_GRID[other])))
            y = optimize.brentq(lambda y: symmetric_curve(y, n, d, T)[1], *between, xtol=1e-13)
            ends.append((y, symmetric_curve(y, n, d, T)[0]))
    near = SYMMETRIC_GRID[max(best - 1, 0) : best + 2]
    folds = stationary_points(lambda y: symmetric_curve(y, n, d, T)[0], near) if len(near) == 3 else []
    ends += [(p.parameter, p.control) for p in folds if symmetric_curve(p.parameter, n, d, T)[1] > 0]
    return max(ends, key=lambda end: end[1])
