r"""Averages over the patterns of one task of a variational perceptron, with a teacher's labels.

A pattern's mean field at :math:`\omega` in units of the spread :math:`\sqrt{V}`, V = :math:`1-q_s`, has the weight
:math:`Z(\omega) = \int Dx\, \Phi(y/\sqrt V)^\beta`, :math:`y = \omega + \sqrt{\chi/\beta}\,x`,
:math:`\chi = \beta(q_s - q)`. Where samples of the posterior of :math:`\Phi` itself are compared, :math:`\Phi^\beta`
sits far in the tail of the normal weight, at :math:`x \sim \beta\sqrt{\chi/\beta V}\,|t|`: the integrand is
log-concave, and its nodes are put around its mode. Everything is per :math:`\beta`, so that nothing is large at low
temperature: with the hazard :math:`R(t) = \Phi'(t)/\Phi(t)` at :math:`t = y/\sqrt V`,

.. math::

    G = \frac{1}{\beta}\partial_\omega \ln Z = \frac{\langle R\rangle}{\sqrt V}, \qquad
    \partial_\omega G = \frac{\beta\langle R^2\rangle - \beta\langle R\rangle^2 - \langle R(t+R)\rangle}{V},

and for :math:`\beta = \infty` the average is the value at the maximum of
:math:`\ln\Phi(y/\sqrt V) - (y-\omega)^2/2\chi`, where :math:`t - \omega/\sqrt V = (\chi/V) R(t)`.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from theory.perceptron_channel import edge_grid, taught_grid

Array = NDArray[np.float64]

_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
_REACH = 8.5
"""Half the width of the window around the mode, in standard deviations of the normal weight."""
_STEP = 0.4
"""Step in it, in units of the narrowest width that the integrand can have."""


@dataclass(frozen=True, kw_only=True)
class Forces:
    r"""Averages over patterns, each per pattern.

    Attributes
    ----------
    pull : float
        :math:`\frac{2}{\sqrt{2\pi}}\mathrm{E}\,G(\sqrt{q-r^2}z)`, G where the teacher's field vanishes.
    force : float
        :math:`2\mathrm{E}\,\Phi(rz/\sqrt{q-r^2})\,G(\sqrt q z)^2`.
    bend : float
        :math:`\mathrm{E}\,\Phi(rz/\sqrt{q-r^2})[\partial_\omega G + \langle R t\rangle/V]`.
    response : float
        :math:`2\mathrm{E}\,\Phi(rz/\sqrt{q-r^2})(\partial_\omega G)^2`, of the replicon.
    log, loss : float
        :math:`\frac{2}{\beta}\mathrm{E}\,\Phi \ln Z` and :math:`-2\mathrm{E}\,\Phi\langle\ln\Phi\rangle`.
    """

    pull: float
    force: float
    bend: float
    response: float
    log: float
    loss: float


@njit(cache=True)
def _tail(t):  # type: ignore[no-untyped-def]
    """The logarithm of Phi(t) and the hazard Phi'/Phi at t, with their relative accuracy."""
    if t > -30.0:
        p = 0.5 * math.erfc(-t * 0.7071067811865476)
        log = math.log(p) if t < 5.0 else math.log1p(-0.5 * math.erfc(t * 0.7071067811865476))
        return log, math.exp(-0.5 * t * t - _LOG_SQRT_2PI) / p
    s = 1.0 / (t * t)
    series = 1.0 - s * (1.0 - 3.0 * s * (1.0 - 5.0 * s * (1.0 - 7.0 * s)))
    return -0.5 * t * t - _LOG_SQRT_2PI - math.log(-t) + math.log(series), -t / series


@njit(cache=True)
def _mode(w, c, x):  # type: ignore[no-untyped-def]
    """Root x of x = c R(w + x) by Newton's method from `x`: the root is unique, the slope between 1 and 1 + c."""
    for _ in range(200):
        t = w + x
        _, R = _tail(t)
        change = (x - c * R) / (1.0 + c * R * (t + R))
        x -= change
        if abs(change) <= 1e-14 * (1.0 + abs(x)):
            break
    return x


@njit(cache=True)
def pattern_averages(w, chi, beta, out):  # type: ignore[no-untyped-def]
    """Averages of one pattern at mean fields w in units of the spread; see the module.

    Parameters
    ----------
    w : array, shape (n,)
        Mean fields over their spread, :math:`\\omega/\\sqrt V`.
    chi : float
        Spread between samples, :math:`\\chi/V`.
    beta : float
        Inverse temperature; infinite at the minimum.
    out : array, shape (5, n)
        Filled with ln Z/β, V^(1/2) G, V dG/dω, <R t> and <ln Phi>.
    """
    x = 0.0
    for k in range(w.size):
        x = _mode(w[k], chi, x)
        t = w[k] + x
        log, R = _tail(t)
        K = R * (t + R)
        if beta == np.inf:
            out[0, k] = log - (0.5 * x * x / chi if chi > 0.0 else 0.0)
            out[1, k], out[2, k], out[3, k], out[4, k] = R, -K / (1.0 + chi * K), R * t, log
            continue
        width = math.sqrt(chi / beta)
        if width == 0.0:
            out[0, k], out[1, k], out[2, k], out[3, k], out[4, k] = log, R, -K, R * t, log
            continue
        # the curvature K of -ln Phi is at most 1
        half = math.ceil(_REACH * math.sqrt(1.0 + chi) / _STEP)
        step = width * _REACH / half
        top = beta * log - 0.5 * (x / width) ** 2
        total = mean = square = bend = product = logs = 0.0
        for side in range(2):
            for j in range(side, half + 1):
                y = x + (j if side == 0 else -j) * step
                s = w[k] + y
                here, h = _tail(s)
                weight = math.exp(beta * here - 0.5 * (y / width) ** 2 - top)
                if weight < 1e-18:  # log-concave: no more on this side of the mode
                    break
                total += weight
                mean += weight * (h - R)
                square += weight * (h - R) * (h - R)
                bend += weight * h * (s + h)
                product += weight * h * s
                logs += weight * here
        mean /= total
        out[0, k] = (top + math.log(total * step / width) - _LOG_SQRT_2PI) / beta
        out[1, k] = R + mean
        out[2, k] = beta * (square / total - mean * mean) - bend / total
        out[3, k] = product / total
        out[4, k] = logs / total


def forces(V: float, chi: float, D: float, r: float, beta: float) -> Forces:
    r"""Averages over the patterns at given order parameters.

    Parameters
    ----------
    V, chi, D : float
        :math:`1-q_s`, :math:`\beta(q_s-q)` and :math:`q-r^2`, each given on its own where it is small.
    r : float
        Overlap of m with the teacher.
    beta : float
        Inverse temperature, ``math.inf`` at the minimum.
    """
    q = D + r * r
    z, weights = taught_grid(q, r, V, D, math.inf)
    out = np.empty((5, z.size))
    pattern_averages(z * math.sqrt(q / V), chi / V, beta, out)
    logs, G, slope, product, loss = out
    edge, e = edge_grid(V, D, math.inf)
    there = np.empty((5, edge.size))
    pattern_averages(edge, chi / V, beta, there)
    return Forces(
        pull=2 / math.sqrt(2 * math.pi * V) * float(e @ there[1]),
        force=2 / V * float(weights @ (G * G)),
        bend=float(weights @ (slope + product)) / V,
        response=2 / V**2 * float(weights @ (slope * slope)),
        log=2 * float(weights @ logs),
        loss=-2 * float(weights @ loss),
    )
