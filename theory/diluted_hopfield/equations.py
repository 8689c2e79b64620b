"""Replica-symmetric equations of the diluted Hopfield model with n condensed patterns."""

import math
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from statmech.gaussian import field_moments, field_potential
from statmech.models import DilutedHopfield
from statmech.results import Solution, no_solution
from theory.multitasking.averages import configuration_weights, configurations

Array = NDArray[np.float64]

TOLERANCE = 1e-11
"""Largest residual of a converged solution."""


@njit(cache=True)
def condensed_averages(
    xi: Array, weights: Array, blank: float, m: Array, sigma: float, T: float
) -> tuple[Array, float, float, float, Array, Array, float]:
    r"""Averages over the configurations of the condensed patterns, half of which are rows of `xi`; cost :math:`3^n`.

    Returns
    -------
    M : numpy.ndarray
        :math:`\mathrm{E}\,\xi_\nu\tanh\beta h`.
    q, C, C4 : float
        :math:`\mathrm{E}\tanh^2\beta h`, :math:`\beta\,\mathrm{E}\,\mathrm{sech}^2\beta h`,
        :math:`\beta\,\mathrm{E}\,\mathrm{sech}^4\beta h`.
    M_m, M_v : numpy.ndarray
        :math:`\partial M_\mu/\partial m_\nu` and :math:`\partial M_\nu/\partial(\sigma^2)`; note
        :math:`\partial C/\partial m_\nu = 2\,\partial M_\nu/\partial(\sigma^2)`.
    C_v : float
        :math:`\partial C/\partial(\sigma^2)`.
    """
    n = m.size
    M, M_m, M_v = np.zeros(n), np.zeros((n, n)), np.zeros(n)
    q = C = C4 = C_v = 0.0
    if blank > 0.0:
        _, q, C, C4, _, C_v = field_moments(0.0, sigma, T)
        q, C, C4, C_v = blank * q, blank * C, blank * C4, blank * C_v
    for k in range(weights.size):
        h = 0.0
        for nu in range(n):
            h += m[nu] * xi[k, nu]
        a, b, c, d, e, g = field_moments(h, sigma, T)
        w = weights[k]
        q += w * b
        C += w * c
        C4 += w * d
        C_v += w * g
        for nu in range(n):
            M[nu] += w * xi[k, nu] * a
            M_v[nu] += w * xi[k, nu] * e
            for mu in range(n):
                M_m[nu, mu] += w * xi[k, nu] * xi[k, mu] * c
    return M, q, C, C4, M_m, M_v, C_v


def averages(d: float, m: Array, sigma: float, T: float) -> tuple[Array, float, float, float, Array, Array, float]:
    """`condensed_averages` of n = len(m) patterns of dilution d."""
    n = len(m)
    return condensed_averages(*_sites(n, d), d**n, np.asarray(m, dtype=np.float64), sigma, T)


@lru_cache(maxsize=64)
def _sites(n: int, d: float) -> tuple[Array, Array]:
    """Configurations of n condensed patterns and their weights."""
    return np.asarray(configurations(n), dtype=np.float64), np.asarray(configuration_weights(n, d), dtype=np.float64)


def load_at(d: float, T: float, m: Array, sigma: float) -> float:
    """The load at which this noise is that of the other patterns, with the sign of 1 - vC."""
    _, q, C, *_ = averages(d, m, sigma, T)
    gap = 1 - (1 - d) * C
    return math.copysign((sigma * gap / (1 - d)) ** 2 / q, gap)


def rs_solution(model: DilutedHopfield, state: str, m: Array, sigma: float) -> Solution:
    r"""The `Solution` at given amplitudes and noise, with everything that follows from them.

    `stability` is the smallest real part of the eigenvalues of 1 - J, J the Jacobian of the map
    :math:`(m, \sigma^2) \to (\mathrm{E}\,\xi\tanh\beta h, \alpha v^2q/(1-vC)^2)`; another pattern adds 1 - vC.
    `replicon` is :math:`1 - \alpha v^2\beta^2\,\mathrm{E}\,\mathrm{sech}^4\beta h/(1-vC)^2`.
    """
    alpha, d, T, v, n = model.alpha, model.d, model.T, 1 - model.d, len(m)
    M, q, C, C4, M_m, M_v, C_v = averages(d, m, sigma, T)
    gap = v * math.sqrt(alpha * q) / sigma if sigma > 0 and q > 0 else 1 - v * C
    if alpha == 0:
        return _without_load(model, state, m, q, C, M_m)
    residual = max(float(np.abs(M - m).max()), abs(sigma * (1 - v * C) - v * math.sqrt(alpha * q)))
    if not (gap > 0 and residual <= TOLERANCE):
        return absent(model, state, f"not solved to tolerance: residual {residual:.1e}, 1 - vC = {1 - v * C:.1e}")
    r = sigma * sigma / alpha
    L, S = field_potential(0.0, sigma, T)
    L, S = d**n * L, d**n * S
    for xi, weight in zip(configurations(n), configuration_weights(n, d), strict=True):
        one = field_potential(float(xi @ m), sigma, T)
        L, S = L + weight * one[0], S + weight * one[1]
    f = m @ m / 2 + alpha / 2 * (T * math.log(gap) - v * q / gap + r * C + v) - L
    s = S - alpha / 2 * (math.log(gap) + v * C / gap)
    gain = alpha * v * v * (2 * v * q / gap - T) / gap**2  # d(alpha v² q / (1-vC)²) / dC, with dq = -T dC
    J = np.block([[M_m, M_v[:, None]], [2 * gain * M_v[None], np.array([[gain * C_v]])]])
    lowest = float(np.linalg.eigvals(np.eye(n + 1) - J).real.min())
    coupling = alpha * v * v * C4 / gap**2
    return Solution(
        model=model, ansatz="RS", state=state, order=order_parameters(m, q, r), f=float(f), u=float(f + T * s), s=s,
        converged=True, residual=residual, iterations=1, stability=min(lowest, gap),
        replicon=1 - (coupling / T if T > 0 else math.inf if coupling > 0 else 0.0),
    )  # fmt: skip


def _without_load(model: DilutedHopfield, state: str, m: Array, q: float, C: float, M_m: Array) -> Solution:
    """One pattern, or none, and no noise: the pure state of a finite number of patterns, and its paramagnet."""
    v = 1 - model.d
    L, S = field_potential(float(m[0]), 0.0, model.T)
    free = field_potential(0.0, 0.0, model.T)
    L, S = v * L + model.d * free[0], v * S + model.d * free[1]
    gap = 1 - v * C
    f, r = float(m @ m) / 2 - L, v * v * q / gap**2 if gap > 0 else math.inf
    return Solution(
        model=model, ansatz="RS", state=state, order=order_parameters(m, q, r),
        f=f, u=f + model.T * S, s=S, converged=True, residual=0.0, iterations=1,
        stability=min(float(1 - M_m[0, 0]), gap), replicon=1.0,
    )  # fmt: skip


def order_parameters(m: Array, q: float, r: float) -> dict[str, float]:
    """m, or m_1, m_2, … of several patterns, with q and r."""
    named = {"m": float(m[0])} if len(m) == 1 else {f"m_{k}": float(value) for k, value in enumerate(m, 1)}
    return {**named, "q": q, "r": r}


def absent(model: DilutedHopfield, state: str, message: str) -> Solution:
    """The answer where there is none: every value NaN, and the reason."""
    names = order_parameters(np.full(number_of_patterns(state), math.nan), math.nan, math.nan)
    return no_solution(model, "RS", state, message, names)


def number_of_patterns(state: str) -> int:
    """How many patterns a state of this name retrieves: one, if it has no number."""
    return int(state.partition("-")[2]) if state[-1].isdigit() else 1
