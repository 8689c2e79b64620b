r"""Weight of one pattern of a perceptron whose field is normal, with stable tails at any T ≥ 0.

A pattern whose field has mean :math:`\omega` and variance V is stored, field at least :math:`\kappa`, with probability
:math:`\Phi(t)`, :math:`t = (\omega-\kappa)/\sqrt V`, and costs one unit of energy if it is not:

.. math::

    f(t) = e^{-\beta} + (1-e^{-\beta})\Phi(t), \qquad
    g = \partial_\omega \ln f = \frac{a}{\sqrt V}, \quad a(t) = \frac{(1-e^{-\beta})G(t)}{f(t)}, \qquad
    \partial_\omega g = -\frac{a(t+a)}{V} ,

G the normal density and :math:`\Phi` its distribution function. At T = 0, :math:`f = \Phi` and a is the hazard of the
normal distribution, :math:`\sqrt{2/\pi}/\mathrm{erfcx}(-t/\sqrt2)`. Averages over the patterns are taken by
`theory.perceptron_channel`, sums over those of an instance by `montecarlo.message_passing`.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, expit, log_ndtr, ndtr

Array = NDArray[np.float64]

_SQRT_HALF = math.sqrt(0.5)
_SQRT_2_PI = math.sqrt(2 / math.pi)


def inverse(T: float) -> float:
    r""":math:`\beta = 1/T`, infinite at T = 0."""
    return math.inf if T == 0 else 1 / T


def generalisation_error(overlap: float) -> float:
    r""":math:`\arccos(R)/\pi` of a vector at the normalised overlap R with the teacher; R beyond 1 by rounding is 1."""
    return math.acos(max(-1.0, min(1.0, overlap))) / math.pi if not math.isnan(overlap) else math.nan


def log_weight(t: Array, beta: float) -> Array:
    r""":math:`\ln f(t)`, with its relative accuracy at both ends."""
    if beta == math.inf:
        return log_ndtr(t)
    loss = -math.expm1(-beta) * ndtr(-t)
    return np.where(loss < 0.5, np.log1p(-np.minimum(loss, 0.5)), np.logaddexp(-beta, log_gain(beta) + log_ndtr(t)))


def hazard(t: Array, beta: float) -> Array:
    r""":math:`a(t) = (1-e^{-\beta}) G(t)/f(t)`."""
    with np.errstate(over="ignore"):  # far on the safe side erfcx is infinite, and the hazard zero
        bare = _SQRT_2_PI / erfcx(-_SQRT_HALF * t)
    if beta == math.inf:
        return bare
    return bare * expit(log_ndtr(t) + beta + log_gain(beta))


def error_rate(t: Array, beta: float) -> Array:
    r"""Probability :math:`e^{-\beta}\Phi(-t)/f(t)` that the pattern is not stored."""
    if beta == math.inf:
        return np.zeros_like(t)
    return np.exp(log_ndtr(-t) - beta - log_weight(t, beta))


def log_gain(beta: float) -> float:
    r""":math:`\ln(1-e^{-\beta})`."""
    return math.log(-math.expm1(-beta))
