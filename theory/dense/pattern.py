r"""Averages over the sites of a network whose spins feel a pattern :math:`\chi` in Gaussian noise.

The field of a spin is :math:`h = k\chi + \sigma z`, z standard normal, in the gauge in which the pattern that is looked
for is +1 everywhere. A stored pattern is :math:`\chi = 1`; a pattern that is known from examples only has the law of
their average, with :math:`\mathrm{E}\chi^2 = 1`: discrete, or a mixture of Gaussians of one width,
:math:`\chi = c + wg`. The latter only adds to the noise, :math:`h = kc + \sqrt{\sigma^2 + k^2w^2}\,z`, and
:math:`\mathrm{E}\,g\,F(h) = kw\,\mathrm{E}F'(h)` does the rest.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from statmech.gaussian import field_magnetization, field_moments, field_potential

Array = NDArray[np.float64]


class Law(NamedTuple):
    """The values of a `Pattern`, as the kernels take them."""

    values: Array
    width: float
    lattice: float


@dataclass(frozen=True)
class Pattern:
    r"""Law of :math:`\chi`.

    Parameters
    ----------
    values, weights : tuple of float
        Values of :math:`\chi` and their probabilities, with :math:`\mathrm{E}\chi^2 = 1`.
    width : float
        Standard deviation of a Gaussian that is added to each value.
    lattice : float
        For evenly spaced values with the weights of a smooth bell: its standard deviation in units of the spacing.
        Averages then skip values where the field is smooth on the scale of several, without a loss of accuracy.

    Raises
    ------
    ValueError
        If they are not as many, a weight is negative, or the weights or the second moment do not sum to 1.
    """

    values: tuple[float, ...]
    weights: tuple[float, ...]
    width: float = 0.0
    lattice: float = 0.0

    def __post_init__(self) -> None:
        if len(self.values) != len(self.weights) or min(self.weights, default=-1.0) < 0:
            raise ValueError(
                f"weights = {self.weights!r} is not allowed: there must be one for each value, none negative"
            )
        second = sum(w * c * c for c, w in zip(self.values, self.weights, strict=True)) + self.width**2
        if not all(math.isclose(moment, 1.0, rel_tol=1e-9) for moment in (sum(self.weights), second)):
            raise ValueError(f"weights = {self.weights!r} is not allowed: they and the second moment must sum to 1")

    @cached_property
    def arrays(self) -> tuple[Law, Array]:
        """Law of the values, and weights."""
        return Law(np.array(self.values), self.width, self.lattice), np.array(self.weights)

    @cached_property
    def largest(self) -> float:
        r""":math:`\mathrm{E}|\chi|`, the overlap of the spins that follow their fields without noise."""
        return site_overlap(*self.arrays, 1.0, 0.0, 0.0)

    def terms(self, k: float, sigma: float) -> Iterator[tuple[float, float]]:
        """The values and weights that an average at these fields needs."""
        law, weights = self.arrays
        stride = _stride(law, k, sigma)
        return zip(law.values[::stride].tolist(), (stride * weights[::stride]).tolist(), strict=True)


STORED = Pattern((1.0,), (1.0,))
"""A pattern that is itself stored."""


@njit(cache=True)
def _stride(law: Law, k: float, sigma: float) -> int:
    r"""Every how many values suffice.

    A sum over every s-th point of a lattice differs from s^-1 times the whole one by the Fourier components of period
    s and less, which are of order :math:`e^{-8S^2/s^2}` for a bell of the width S.
    """
    if law.lattice == 0.0 or sigma == 0.0:
        return 1
    blur = sigma / max(1e-300, abs(k) * (law.values[1] - law.values[0]))
    return max(1, int(0.47 * law.lattice / math.hypot(1.0, law.lattice / blur)))


@njit(cache=True)
def site_magnetization(law: Law, weights: Array, k: float, sigma: float, T: float) -> float:
    r""":math:`m = \mathrm{E}\tanh\beta(k\chi+\sigma z)`: the overlap with the pattern behind the examples."""
    m = 0.0
    noise = math.hypot(sigma, k * law.width)
    stride = _stride(law, k, sigma)
    for j in range(0, weights.size, stride):
        m += weights[j] * field_magnetization(k * law.values[j], noise, T)
    return stride * m


@njit(cache=True)
def site_overlap(law: Law, weights: Array, k: float, sigma: float, T: float) -> float:
    r""":math:`n = \mathrm{E}\,\chi\tanh\beta(k\chi+\sigma z)` alone: what a root finder calls."""
    n = 0.0
    if law.width > 0.0:
        noise, spread = math.hypot(sigma, k * law.width), k * law.width**2
        for j in range(weights.size):
            a, _, c, _, _, _ = field_moments(k * law.values[j], noise, T)
            n += weights[j] * (law.values[j] * a + spread * c)
        return n
    stride = _stride(law, k, sigma)
    for j in range(0, weights.size, stride):
        n += weights[j] * law.values[j] * field_magnetization(k * law.values[j], sigma, T)
    return stride * n


@njit(cache=True)
def site_moments(
    law: Law, weights: Array, k: float, sigma: float, T: float
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
    noise, variance = math.hypot(sigma, k * law.width), law.width**2
    spread = k * variance
    stride = _stride(law, k, sigma)
    for j in range(0, weights.size, stride):
        chi, w = law.values[j], stride * weights[j]
        a, b, c, d, e, g = field_moments(k * chi, noise, T)
        n += w * (chi * a + (spread * c if spread > 0.0 else 0.0))
        q += w * b
        C += w * c
        C4 += w * d
        if chi != 0.0 or law.width > 0.0:  # else a spin without field, whose C is infinite at T = 0
            n_k += w * ((chi * chi + variance) * c + 2 * spread * (2 * chi * e + spread * g))
        n_v += w * (chi * e + spread * g)
        C_v += w * g
    return n, q, C, C4, n_k, n_v, C_v


@njit(cache=True)
def site_potential(law: Law, weights: Array, k: float, sigma: float, T: float) -> tuple[float, float]:
    r"""Free energy :math:`T\,\mathrm{E}\ln 2\cosh\beta h` and entropy of the spins; see `statmech.gaussian`."""
    L = S = 0.0
    noise = math.hypot(sigma, k * law.width)
    stride = _stride(law, k, sigma)
    for j in range(0, weights.size, stride):
        a, b = field_potential(k * law.values[j], noise, T)
        L += stride * weights[j] * a
        S += stride * weights[j] * b
    return L, S
