r"""Averages over the sites of a network whose spins feel a pattern :math:`\chi` in Gaussian noise.

The field of a spin is :math:`h = k\chi + \sigma z`, z standard normal, in the gauge in which the pattern that is looked
for is +1 everywhere. A stored pattern is :math:`\chi = 1`; a pattern that is known from examples only has the law of
its average. All laws are discrete, with :math:`\mathrm{E}\chi^2 = 1`.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from numpy.typing import NDArray

from statmech.gaussian import field_magnetization, field_moments, field_potential

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pattern:
    r"""Law of :math:`\chi`.

    Parameters
    ----------
    values, weights : tuple of float
        Values of :math:`\chi` and their probabilities, with :math:`\mathrm{E}\chi^2 = 1`.

    Raises
    ------
    ValueError
        If they are not as many, a weight is negative, or the weights or the second moment do not sum to 1.
    """

    values: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.values) != len(self.weights) or min(self.weights, default=-1.0) < 0:
            raise ValueError(
                f"weights = {self.weights!r} is not allowed: there must be one for each value, none negative"
            )
        moments = sum(self.weights), sum(w * c * c for c, w in zip(self.values, self.weights, strict=True))
        if not all(math.isclose(moment, 1.0, rel_tol=1e-9) for moment in moments):
            raise ValueError(f"weights = {self.weights!r} is not allowed: they and the second moment must sum to 1")

    @cached_property
    def arrays(self) -> tuple[Array, Array]:
        """Values and weights."""
        return np.array(self.values), np.array(self.weights)

    @cached_property
    def largest(self) -> float:
        r""":math:`\mathrm{E}|\chi|`, the overlap of the spins that follow their fields without noise."""
        return sum(w * abs(c) for c, w in zip(self.values, self.weights, strict=True))


STORED = Pattern((1.0,), (1.0,))
"""A pattern that is itself stored."""


@njit(cache=True)
def site_overlap(values: Array, weights: Array, k: float, sigma: float, T: float) -> float:
    r""":math:`n = \mathrm{E}\,\chi\tanh\beta(k\chi+\sigma z)` alone: what a root finder calls."""
    n = 0.0
    for j in range(values.size):
        n += weights[j] * values[j] * field_magnetization(k * values[j], sigma, T)
    return n


@njit(cache=True)
def site_moments(
    values: Array, weights: Array, k: float, sigma: float, T: float
) -> tuple[float, float, float, float, float, float, float]:
    r"""Averages over :math:`\chi` and z at :math:`h = k\chi + \sigma z`, and their derivatives.

    Returns
    -------
    n, q, C, C4 : float
        :math:`\mathrm{E}\,\chi\tanh\beta h`, :math:`\mathrm{E}\tanh^2\beta h`,
        :math:`\beta\mathrm{E}\,\mathrm{sech}^2\beta h`, :math:`\beta\mathrm{E}\,\mathrm{sech}^4\beta h`.
    n_k, n_v, C_v : float
        :math:`\partial n/\partial k`, and derivatives with respect to :math:`\sigma^2`; note
        :math:`\partial C/\partial k = 2\,\partial n/\partial(\sigma^2)` and :math:`\partial q = -T\,\partial C`.
    """
    n = q = C = C4 = n_k = n_v = C_v = 0.0
    for j in range(values.size):
        chi = values[j]
        a, b, c, d, e, g = field_moments(k * chi, sigma, T)
        n += weights[j] * chi * a
        q += weights[j] * b
        C += weights[j] * c
        C4 += weights[j] * d
        n_k += weights[j] * chi * chi * c
        n_v += weights[j] * chi * e
        C_v += weights[j] * g
    return n, q, C, C4, n_k, n_v, C_v


@njit(cache=True)
def site_potential(values: Array, weights: Array, k: float, sigma: float, T: float) -> tuple[float, float]:
    r"""Free energy :math:`T\,\mathrm{E}\ln 2\cosh\beta h` and entropy of the spins; see `statmech.gaussian`."""
    L = S = 0.0
    for j in range(values.size):
        a, b = field_potential(k * values[j], sigma, T)
        L += weights[j] * a
        S += weights[j] * b
    return L, S
