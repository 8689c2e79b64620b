"""The Sherrington–Kirkpatrick model: the mean-field spin glass."""

from dataclasses import dataclass
from typing import ClassVar

from statmech.checks import check_real, check_temperature


@dataclass(frozen=True, kw_only=True)
class SherringtonKirkpatrick:
    r"""Sherrington–Kirkpatrick model at temperature `T` in a field `h`.

    .. math::

        H(s) = -\sum_{i<j} J_{ij} s_i s_j - h \sum_i s_i , \qquad J_{ij} \sim \mathcal{N}(0, 1/N),

    for N Ising spins :math:`s_i = \pm 1` with independent quenched couplings. The energies of two configurations of
    overlap q have the covariance :math:`N\xi(q)` with :math:`\xi(q) = q^2/2`, up to a constant. The spin glass sets
    in at T = 1 without a field. Free energy, energy and entropy are per spin.

    Parameters
    ----------
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
    .. [1] D. Sherrington, S. Kirkpatrick, Phys. Rev. Lett. 35, 1792 (1975).
    """

    system: ClassVar[str] = "sherrington_kirkpatrick"

    T: float
    h: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "T", check_temperature(self.T))
        object.__setattr__(self, "h", check_real("h", self.h))
