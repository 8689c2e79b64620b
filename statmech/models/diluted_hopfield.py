"""The diluted Hopfield model: ternary patterns with blank entries at extensive load."""

from dataclasses import dataclass
from typing import ClassVar

from statmech.checks import check_dilution, check_integer, check_scale, check_temperature


@dataclass(frozen=True, kw_only=True)
class DilutedHopfield:
    r"""Hopfield model of diluted patterns at load `alpha`, dilution `d` and temperature `T`.

    Hamiltonian of N Ising spins :math:`s_i = \pm 1` storing K patterns, with no self-coupling,

    .. math::

        H(s) = -\frac{1}{2N} \sum_{\mu=1}^{K} \sum_{i \neq j} \xi_i^\mu \xi_j^\mu s_i s_j , \qquad
        K = \max(1, \mathrm{round}(\alpha N)) ,

    where the quenched entries are, independently, :math:`\pm 1` with probability (1-d)/2 each and 0, blank, with
    probability d. At d = 0 this is `statmech.Hopfield`; with a finite number of patterns it is `statmech.Multitasking`.
    The overlap :math:`m_\mu = \frac1N\sum_i\xi_i^\mu s_i` is at most 1 - d. Boltzmann weight :math:`e^{-H/T}`,
    :math:`k_B = 1`; free energy, energy and entropy are per spin.

    Parameters
    ----------
    alpha : float
        Load :math:`\alpha = \lim K/N \ge 0`. At ``alpha=0`` the number of patterns stays finite.
    d : float
        Dilution, the probability that an entry is blank, :math:`0 \le d < 1`.
    T : float
        Temperature, :math:`T \ge 0`.

    Raises
    ------
    ValueError
        If a parameter is not in its range.

    References
    ----------
    .. [1] D. J. Amit, H. Gutfreund, H. Sompolinsky, Ann. Phys. (N.Y.) 173, 30 (1987), for d = 0.
    .. [2] E. Agliari, A. Barra, A. Galluzzi, F. Guerra, F. Moauro, Phys. Rev. Lett. 109, 268101 (2012).

    Examples
    --------
    >>> import statmech as sm
    >>> sm.DilutedHopfield(alpha=0.02, d=0.2, T=0.25).patterns(4000)
    80
    """

    system: ClassVar[str] = "diluted_hopfield"

    alpha: float
    d: float
    T: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", check_scale("alpha", self.alpha))
        object.__setattr__(self, "d", check_dilution(self.d))
        object.__setattr__(self, "T", check_temperature(self.T))

    def patterns(self, N: int) -> int:
        """Number of stored patterns K of a network of N spins, at least one."""
        return max(1, round(self.alpha * check_integer("N", N, low=2)))
