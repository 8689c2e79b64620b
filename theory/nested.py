r"""Nested Gaussian averages of one step of replica symmetry breaking, uniformly accurate in T, T = 0 included.

A spin feels the field :math:`h = h_0 + \sigma_1 z_1`, :math:`h_0 = m + \sigma_0 z_0`, with z's standard normal. With
:math:`L(h) = T\ln 2\cosh(h/T)`, which is :math:`|h|` at T = 0, and a finite :math:`D`,

.. math::

    Z(h_0) = \mathrm{E}_{z_1} e^{D L(h)}, \qquad
    \langle g \rangle(h_0) = Z^{-1}\, \mathrm{E}_{z_1}\, g(h)\, e^{D L(h)} ,

and the outer average :math:`\mathrm{E} = \mathrm{E}_{z_0}` is taken of functions of :math:`h_0`.

*Inner averages.* For :math:`\sigma_1 \ge 2T` each integral is its T = 0 value, in closed form with the normal
distribution function, plus the integral of the difference, which lives at :math:`|h| \lesssim 20T` and is smooth in
:math:`t = |h|/T > 0`: Gauss–Legendre panels in t, the same ones at every temperature. For :math:`\sigma_1 < 2T` the
trapezoid rule in :math:`z_1`, whose nearest pole lies at :math:`\pi T/2\sigma_1 > \pi/4`; there logarithms are taken of
one plus small quantities, so that :math:`D \to 0` costs no digits.

*Outer average.* Trapezoid rule in :math:`h_0`, with a step that resolves both the Gaussian and the inner functions
(whose scale is :math:`\sigma_1` or T, and whose poles are zeros of Z, near :math:`i\pi/2D`), over the window outside
which the inner functions have their asymptotic form: a smoothed step and a smoothed modulus are subtracted and averaged
in closed form. So a breaking that happens within a tiny range of fields, as that of the retrieval states does, costs no
more nodes than any other and keeps its relative accuracy.

Accuracy: 1e-13 relative to the scale of each average, tested against adaptive quadrature.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, log_ndtr

from statmech.gaussian import Z_MAX

Array = NDArray[np.float64]

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


class Inner(NamedTuple):
    """Inner averages as functions of the outer field; all arrays of the shape of h0."""

    F: Array  # ln Z / D
    K: Array  # ln Z - D <L>, minus the relative entropy of the tilted field distribution
    M: Array  # <tanh>
    C: Array  # <sech^2> / T, which is 2 <delta(h)> at T = 0
    V: Array  # <tanh^2> - <tanh>^2
    C4: Array  # <sech^4> / T
    S: Array  # <ln 2cosh - (h/T) tanh>, the binary entropy


class Nested(NamedTuple):
    r"""Nested averages.

    Attributes
    ----------
    F : float
        :math:`\mathrm{E} \ln Z / D`.
    K : float
        :math:`\mathrm{E}[\ln Z - D\langle L\rangle] + \tfrac12 D^2\sigma_1^2 q_1`, :math:`q_1 = 1 - TC`; see
        `theory.hopfield.one_rsb_equations.equations`.
    M : float
        :math:`\mathrm{E}\langle\tanh\rangle`.
    C : float
        :math:`\beta\,\mathrm{E}\langle\mathrm{sech}^2\rangle = \beta(1-q_1)`.
    V : float
        :math:`\mathrm{E}[\langle\tanh^2\rangle - \langle\tanh\rangle^2] = q_1 - q_0`.
    C4 : float
        :math:`\beta\,\mathrm{E}\langle\mathrm{sech}^4\rangle`.
    X2 : float
        :math:`\mathrm{E}(\partial\langle\tanh\rangle/\partial h_0)^2`.
    S : float
        :math:`\mathrm{E}\langle\ln 2\cosh\beta h - \beta h\tanh\beta h\rangle`.
    """

    F: float
    K: float
    M: float
    C: float
    V: float
    C4: float
    X2: float
    S: float


def _legendre_panels(edges: tuple[float, ...], order: int) -> tuple[Array, Array]:
    """Gauss–Legendre nodes and weights on adjacent panels."""
    x, w = np.polynomial.legendre.leggauss(order)
    left, right = np.array(edges[:-1])[:, None], np.array(edges[1:])[:, None]
    return (0.5 * (right + left + (right - left) * x)).ravel(), (0.5 * (right - left) * w).ravel()


# In t = |h|/T everything decays at least like exp(-t) and has its singularities at distance pi/2.
_T, _TW = _legendre_panels((0.0, 1.5, 4.0, 9.0, 18.0, 40.0), 18)
_E = np.exp(-2 * _T)
_LOG = np.log1p(_E)
_TANH = -np.expm1(-2 * _T) / (1 + _E)
_SECH2 = 4 * _E / (1 + _E) ** 2
_ENTROPY = _LOG + 2 * _T * _E / (1 + _E)


def _second_order(y: Array) -> Array:
    """exp(y) - 1 - y, by its series where the difference would cancel."""
    value = np.expm1(y) - y
    small = np.abs(y) < 0.02
    y = y[small]
    value[small] = y * y * (1 / 2 + y * (1 / 6 + y * (1 / 24 + y * (1 / 120 + y * (1 / 720 + y / 5040)))))
    return value


def _inner_sharp(h0: Array, s1: float, D: float, T: float) -> Inner:
    """Closed form at T = 0, plus what finite T changes at small fields."""
    y, d = h0 / s1, D * s1
    log_up = D * h0 + 0.5 * d * d + log_ndtr(d + y)
    log_down = -D * h0 + 0.5 * d * d + log_ndtr(d - y)
    log_Z = np.logaddexp(log_up, log_down)
    up, down = np.exp(log_up - log_Z), np.exp(log_down - log_Z)
    at_zero = np.exp(-0.5 * y * y - _HALF_LOG_2PI - log_Z) / s1  # tilted density of h at h = 0
    M = np.tanh(0.5 * (log_up - log_down))
    L = h0 * M + D * s1 * s1 + 2 * s1 * s1 * at_zero
    if T == 0:
        zero = np.zeros_like(h0)
        return Inner(log_Z / D, log_Z - D * L, M, 2 * at_zero, 4 * up * down, 4 / 3 * at_zero, zero)
    x = D * T
    tilt = _TW * np.exp(x * _T)
    full = tilt * np.exp(x * _LOG)
    d_norm = T * tilt * np.expm1(x * _LOG)
    d_tanh = T * (full * _TANH - tilt)
    d_L = T * T * (full * (_T + _LOG) - tilt * _T)
    scale = -_HALF_LOG_2PI - math.log(s1) - log_Z[:, None]
    plus = np.exp(scale - 0.5 * ((T * _T - h0[:, None]) / s1) ** 2)
    minus = np.exp(scale - 0.5 * ((T * _T + h0[:, None]) / s1) ** 2)
    both = plus + minus
    norm = 1 + both @ d_norm
    log_Z = log_Z + np.log(norm)
    L = (L + both @ d_L) / norm
    C = both @ (full * _SECH2) / norm
    # 1 + <tanh> and 1 - <tanh> separately: their product keeps its digits where |<tanh>| is close to 1
    one_plus = (2 * up + plus @ (d_norm + d_tanh) + minus @ (d_norm - d_tanh)) / norm
    one_minus = (2 * down + minus @ (d_norm + d_tanh) + plus @ (d_norm - d_tanh)) / norm
    return Inner(
        log_Z / D,
        log_Z - D * L,
        (M + (plus - minus) @ d_tanh) / norm,
        C,
        one_plus * one_minus - T * C,
        both @ (full * _SECH2**2) / norm,
        T * (both @ (full * _ENTROPY)) / norm,
    )


def _inner_smooth(h0: Array, s1: float, D: float, T: float) -> Inner:
    """Trapezoid rule in z1; T > 0."""
    d = D * s1
    step = min(0.5, math.pi * T / (13 * s1))
    half = math.ceil((Z_MAX + d) / step)
    z = step * np.arange(-half, half + 1)
    p = np.exp(-0.5 * z * z - _HALF_LOG_2PI) * step
    h = h0[:, None] + s1 * z
    a = np.abs(h) / T
    e = np.exp(-2 * a)
    log = np.log1p(e)
    L = T * (a + log)
    center = L @ p
    # With y centred under p, both parts of K are of second order in D.
    y = D * (L - center[:, None])
    second = _second_order(y)
    excess = second @ p
    w = p * (1 + y + second) / (1 + excess)[:, None]
    tanh = np.copysign((1 - e) / (1 + e), h)
    sech2 = 4 * e / (1 + e) ** 2
    M = (w * tanh).sum(axis=1)
    log_excess = np.log1p(excess)
    return Inner(
        center + log_excess / D,
        log_excess - ((y * (y + second)) @ p) / (1 + excess),
        M,
        (w * sech2).sum(axis=1) / T,
        (w * (tanh - M[:, None]) ** 2).sum(axis=1),
        (w * sech2**2).sum(axis=1) / T,
        (w * (log + 2 * a * e / (1 + e))).sum(axis=1),
    )


def inner_averages(h0: Array, s1: float, D: float, T: float) -> Inner:
    r"""Averages over :math:`z_1` at given outer fields.

    Parameters
    ----------
    h0 : numpy.ndarray
        One-dimensional.
    s1, D, T : float
        :math:`\sigma_1 > 0`, :math:`D > 0`, :math:`T \ge 0` with :math:`DT \le 1`.
    """
    return _inner_sharp(h0, s1, D, T) if s1 >= 2 * T else _inner_smooth(h0, s1, D, T)


def _absolute(mean: Array, sigma: float) -> Array:
    """E|mean + sigma z|."""
    return mean * erf(mean / (math.sqrt(2) * sigma)) + math.sqrt(2 / math.pi) * sigma * np.exp(
        -0.5 * (mean / sigma) ** 2
    )


def nested_averages(m: float, s0: float, s1: float, D: float, T: float, refine: float = 1.0) -> Nested:
    r"""All nested averages at one point.

    Parameters
    ----------
    m, s0, s1 : float
        Mean of the outer field, :math:`\sigma_0 > 0`, :math:`\sigma_1 > 0`.
    D : float
        Block parameter over temperature, :math:`D = \beta x > 0`.
    T : float
        Temperature; :math:`DT \le 1`.
    refine : float
        Divides the step of the outer grid: for checks of the accuracy.

    Returns
    -------
    Nested
    """
    (values,) = averages_at(np.array([m]), s0, s1, D, T, refine).tolist()
    return Nested(*values)


def averages_at(means: Array, s0: float, s1: float, D: float, T: float, refine: float = 1.0) -> Array:
    """Nested averages at several means of the outer field, which share the inner ones; arguments of `nested_averages`.

    Returns
    -------
    numpy.ndarray, shape (means, 8)
        Each row in the order of `Nested`.
    """
    d = D * s1
    width = max(s1, 0.4 * T)
    reach = (Z_MAX + d) * s1 + 20 * T
    step = min(0.33 * s0 * width / math.hypot(s0, width), 0.2 / D) / refine
    whole = reach > Z_MAX * s0  # the window holds all of the Gaussian, not only what is near zero field
    low, high = -reach, reach
    if whole:
        low, high = max(low, float(means.min()) - Z_MAX * s0), min(high, float(means.max()) + Z_MAX * s0)
    cells = math.ceil((high - low) / step)
    h0 = np.linspace(low, high, cells + 1)
    m = means[:, None]
    p = np.exp(-0.5 * ((h0 - m) / s0) ** 2 - _HALF_LOG_2PI) * ((high - low) / (cells * s0))
    inner = inner_averages(h0, s1, D, T)
    # A step and a modulus smoothed over a width w stand for the asymptotic forms of <tanh> and ln Z / D.
    w = max(s1, T)
    outer = math.hypot(s0, w)
    M = erf(means / (math.sqrt(2) * outer)) + p @ (inner.M - erf(h0 / (math.sqrt(2) * w)))
    tail = 0.5 * d * s1
    F = _absolute(means, outer) + tail + p @ (inner.F - _absolute(h0, w) - tail)
    C = p @ inner.C
    # K tends to -d²/2 at large fields; with q1 = 1 - TC what remains is local, and averaged as such.
    half = 0.5 * d * d
    K = p @ inner.K + half * (1 - T * C) if whole else p @ (inner.K + half) - half * T * C
    slope = inner.C + D * inner.V
    return np.column_stack([F, K, M, C, p @ inner.V, p @ inner.C4, p @ slope**2, p @ inner.S])
