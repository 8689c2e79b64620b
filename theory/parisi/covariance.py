r"""Covariances of Gaussian energies: the only thing that distinguishes one mean-field glass from another."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from statmech.checks import check_integer, check_real

Array = NDArray[np.float64]
Q = TypeVar("Q", float, Array)


@dataclass(frozen=True)
class Covariance:
    r"""Polynomial covariance :math:`\xi(q) = \sum_{p\ge2} c_p q^p` of a Gaussian Hamiltonian of N Ising spins.

    .. math:: \mathrm{E}\, H(s) H(t) = N\, \xi(q), \qquad q = \frac1N \sum_i s_i t_i .

    Parameters
    ----------
    terms : mapping of int to float
        :math:`c_p \ge 0` by the power :math:`p \ge 2`, not all zero. Sherrington–Kirkpatrick is ``{2: 0.5}``, the
        p-spin model ``{p: 0.5}``, a mixture has several terms.

    Raises
    ------
    ValueError
        If a power is below 2, a coefficient negative or not finite, or all of them vanish.

    Examples
    --------
    >>> xi = Covariance({2: 0.5})
    >>> xi(0.5), xi.slope(0.5), xi.curvature(0.5)
    (0.125, 0.5, 1.0)
    """

    terms: Mapping[int, float]

    def __post_init__(self) -> None:
        checked = {
            check_integer("power", power, low=2): check_real(f"coefficient of q^{power}", value, low=0.0)
            for power, value in self.terms.items()
        }
        if not any(checked.values()):
            raise ValueError(f"terms = {dict(self.terms)!r} is not allowed: at least one coefficient must be positive")
        object.__setattr__(self, "terms", MappingProxyType(checked))

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    @cached_property
    def coefficients(self) -> Array:
        """Of the powers 0, 1, 2, …"""
        values = np.zeros(max(self.terms) + 1)
        for power, value in self.terms.items():
            values[power] = value
        return values

    @cached_property
    def _slope(self) -> Array:
        return np.arange(1, self.coefficients.size) * self.coefficients[1:]

    @cached_property
    def _curvature(self) -> Array:
        return np.arange(1, self._slope.size) * self._slope[1:]

    @cached_property
    def _remainder(self) -> Array:
        values = np.zeros(max(self.terms) - 1)
        for power, value in self.terms.items():
            values[: power - 1] += value * np.arange(1, power)
        return values

    def __call__(self, q: Q) -> Q:
        r""":math:`\xi(q)`."""
        return _value(q, self.coefficients)

    def slope(self, q: Q) -> Q:
        r""":math:`\xi'(q)`, the variance of the field of a spin due to an overlap q."""
        return _value(q, self._slope)

    def curvature(self, q: Q) -> Q:
        r""":math:`\xi''(q)`."""
        return _value(q, self._curvature)

    def theta(self, q: Q) -> Q:
        r""":math:`\theta(q) = q\,\xi'(q) - \xi(q)`, the integral of :math:`q\,\xi''`."""
        return q * self.slope(q) - self(q)

    def remainder(self, q: Q) -> Q:
        r""":math:`[\xi(1) - \xi(q) - (1-q)\,\xi'(q)]/(1-q)^2`, without cancellation as :math:`q \to 1`."""
        return _value(q, self._remainder)


def _value(q: Q, coefficients: Array) -> Q:
    """Horner's rule."""
    value = 0.0 * q
    for coefficient in coefficients[::-1].tolist():
        value = value * q + coefficient
    return value
