"""The extremely diluted Hebbian network: patterns with a finite number of entries each."""

from dataclasses import dataclass
from typing import ClassVar

from statmech.checks import check_integer, check_real, check_temperature


@dataclass(frozen=True, kw_only=True)
class ExtremelyDiluted:
    r"""Hebbian network of patterns with `c` entries on average, at load `alpha` and temperature `T`.

    Hamiltonian of N Ising spins :math:`s_i = \pm 1` with K patterns,

    .. math::

        H(s) = -\frac12 \sum_{\mu=1}^{K} M_\mu^2 , \qquad M_\mu = \sum_i \xi_i^\mu s_i , \qquad
        K = \max(1, \mathrm{round}(\alpha N)) ,

    without a factor 1/N, and with the self-couplings. The quenched entries are, independently,
    :math:`\pm 1` with probability c/2N each and blank otherwise: a pattern has a Poisson number of entries of mean c, a
    spin is in a Poisson number of patterns of mean :math:`\alpha c`, and the graph of spins and patterns is locally a
    tree. Boltzmann weight :math:`e^{-H/T}`, :math:`k_B = 1`; free energy, energy and entropy are per spin.

    Parameters
    ----------
    c : float
        Mean number of entries of a pattern, c > 0.
    alpha : float
        Load :math:`\alpha = \lim K/N > 0`.
    T : float
        Temperature, :math:`T \ge 0`.

    Raises
    ------
    ValueError
        If a parameter is not in its range.

    References
    ----------
    .. [1] P. Sollich, D. Tantari, A. Annibale, A. Barra, Phys. Rev. Lett. 113, 238106 (2014).

    Examples
    --------
    >>> import statmech as sm
    >>> sm.ExtremelyDiluted(c=2, alpha=0.5, T=1).patterns(3000)
    1500
    """

    system: ClassVar[str] = "extremely_diluted"

    c: float
    alpha: float
    T: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "c", check_real("c", self.c, low=0.0, open_low=True))
        object.__setattr__(self, "alpha", check_real("alpha", self.alpha, low=0.0, open_low=True))
        object.__setattr__(self, "T", check_temperature(self.T))

    def patterns(self, N: int) -> int:
        """Number of stored patterns K of a network of N spins, at least one."""
        return max(1, round(self.alpha * check_integer("N", N, low=2)))
