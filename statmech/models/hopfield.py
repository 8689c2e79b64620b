"""The Hopfield model: pairwise Hebbian associative memory at extensive load."""

from dataclasses import dataclass
from typing import ClassVar

from statmech.checks import check_integer, check_scale, check_temperature


@dataclass(frozen=True, kw_only=True)
class Hopfield:
    r"""Hopfield model at load `alpha` and temperature `T`.

    Hamiltonian of N Ising spins :math:`s_i = \pm 1` storing K patterns, with no self-coupling,

    .. math::

        H(s) = -\frac{1}{2N} \sum_{\mu=1}^{K} \sum_{i \neq j} \xi_i^\mu \xi_j^\mu s_i s_j
             = -\frac{N}{2} \sum_{\mu=1}^{K} m_\mu^2 + \frac{K}{2},
        \qquad m_\mu = \frac1N \sum_i \xi_i^\mu s_i ,

    where :math:`m_\mu` is the Mattis magnetisation of pattern :math:`\mu`. The patterns are quenched,
    :math:`\xi_i^\mu = \pm 1` independently with probability 1/2 (Rademacher), and their number is
    :math:`K = \max(1, \mathrm{round}(\alpha N))`. Boltzmann weight :math:`e^{-H/T}`, :math:`k_B = 1`.
    Free energy, energy and entropy are per spin throughout.

    Parameters
    ----------
    alpha : float
        Load :math:`\alpha = \lim K/N \ge 0`. At ``alpha=0`` the number of patterns stays finite.
    T : float
        Temperature, :math:`T \ge 0`. ``T=0`` is the ground state / zero-temperature dynamics.

    Raises
    ------
    ValueError
        If a parameter is not a finite number in its range.

    References
    ----------
    .. [1] J. J. Hopfield, Proc. Natl. Acad. Sci. USA 79, 2554 (1982).
    .. [2] D. J. Amit, H. Gutfreund, H. Sompolinsky, Ann. Phys. (N.Y.) 173, 30 (1987).

    Examples
    --------
    >>> import statmech as sm
    >>> sm.Hopfield(alpha=0.05, T=0.3)
    Hopfield(alpha=0.05, T=0.3)
    """

    system: ClassVar[str] = "hopfield"

    alpha: float
    T: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", check_scale("alpha", self.alpha))
        object.__setattr__(self, "T", check_temperature(self.T))

    def patterns(self, N: int) -> int:
        """Number of stored patterns K of a network of N spins, at least one."""
        return max(1, round(self.alpha * check_integer("N", N, low=2)))
