"""The Ising p-spin glass: p-body random interactions."""

import numbers
from dataclasses import dataclass
from typing import ClassVar

from statmech.checks import MOST_SPINS, check_integer, check_real, check_temperature


@dataclass(frozen=True, kw_only=True)
class PSpin:
    r"""Fully connected Ising p-spin glass at temperature `T` in a field `h`, :math:`p \ge 3`.

    .. math::

        H(s) = -\sum_{i_1 < \dots < i_p} J_{i_1 \dots i_p} s_{i_1} \cdots s_{i_p} - h \sum_i s_i , \qquad
        J_{i_1 \dots i_p} \sim \mathcal{N}\Big(0, \frac{p!}{2 N^{p-1}}\Big),

    for N Ising spins :math:`s_i = \pm 1` with independent quenched couplings. The energies of two configurations of
    overlap q have the covariance :math:`N\xi(q)` with :math:`\xi(q) = q^p/2` to leading order in N. The pair
    interactions, p = 2, are `statmech.SherringtonKirkpatrick`; the limit of infinite p is `statmech.RandomEnergy`.
    Free energy, energy and entropy are per spin.

    Parameters
    ----------
    p : int
        Number of interacting spins, between 3 and 10⁶.
    T : float
        Temperature, :math:`T \ge 0`; :math:`k_B = 1`.
    h : float
        Uniform field, any real number.

    Raises
    ------
    ValueError
        If a parameter is not a finite number in its range.

    References
    ----------
    .. [1] E. Gardner, Nucl. Phys. B 257, 747 (1985).
    """

    system: ClassVar[str] = "p_spin"

    p: int
    T: float
    h: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.p, numbers.Integral) and self.p == 2:
            raise ValueError("p = 2 is not allowed: p must be at least 3; pairs are statmech.SherringtonKirkpatrick")
        object.__setattr__(self, "p", check_integer("p", self.p, low=3, high=MOST_SPINS))
        object.__setattr__(self, "T", check_temperature(self.T))
        object.__setattr__(self, "h", check_real("h", self.h))
