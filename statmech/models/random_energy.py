"""The random energy model: independent levels, the simplest spin glass."""

from dataclasses import dataclass
from typing import ClassVar

from statmech.checks import check_temperature


@dataclass(frozen=True, kw_only=True)
class RandomEnergy:
    r"""Random energy model at temperature `T`: the p-spin glass for p → ∞.

    :math:`2^N` configurations with independent energies :math:`E \sim \mathcal{N}(0, N/2)`, that is the covariance
    :math:`N\xi(q)` with :math:`\xi(1) = 1/2` and zero for :math:`|q| < 1`. It freezes into a few levels below
    :math:`T_c = 1/(2\sqrt{\ln 2})`. Free energy, energy and entropy are per spin.

    Parameters
    ----------
    T : float
        Temperature, :math:`T \ge 0`; :math:`k_B = 1`.

    Raises
    ------
    ValueError
        If `T` is not a finite number in its range.

    References
    ----------
    .. [1] B. Derrida, Phys. Rev. B 24, 2613 (1981).
    """

    system: ClassVar[str] = "random_energy"

    T: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "T", check_temperature(self.T))
