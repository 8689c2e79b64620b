"""The multitasking network: pairwise Hebbian memory of patterns with blank entries, at low storage."""

from dataclasses import dataclass
from typing import ClassVar

from statmech.checks import check_dilution, check_integer, check_temperature


@dataclass(frozen=True, kw_only=True)
class Multitasking:
    r"""Multitasking Hebbian network of K patterns, dilution `d` and temperature `T`.

    Hamiltonian of N Ising spins :math:`s_i = \pm 1`,

    .. math::

        H(s) = -\frac{N}{2} \sum_{\mu=1}^{K} m_\mu^2 , \qquad m_\mu = \frac1N \sum_i \xi_i^\mu s_i ,

    with K finite as N grows. The patterns are quenched and ternary, independently at every site and for every pattern

    .. math:: P(\xi_i^\mu = \pm 1) = \frac{1-d}{2}, \qquad P(\xi_i^\mu = 0) = d ,

    so that a site that is blank in one pattern can serve another one: several amplitudes :math:`m_\mu` are large at
    once. The largest value of each is 1 - d, not 1, and the critical temperature is :math:`T_c = 1-d`. A Hamiltonian
    divided by 1 - d is this one at the temperature :math:`t = T/(1-d)`. Removing the self-couplings changes H by
    K(1-d)/2. Boltzmann weight :math:`e^{-H/T}`, :math:`k_B = 1`; free energy, energy and entropy are per spin.

    Parameters
    ----------
    K : int
        Number of patterns, at least 1.
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
    .. [1] E. Agliari, A. Barra, A. Galluzzi, F. Guerra, F. Moauro, Phys. Rev. Lett. 109, 268101 (2012).
    .. [2] E. Agliari, A. Alessandrelli, A. Barra, F. Ricci-Tersenghi, arXiv:2308.04106 (2023).

    Examples
    --------
    >>> import statmech as sm
    >>> sm.Multitasking(K=3, d=0.5, T=0.05)
    Multitasking(K=3, d=0.5, T=0.05)
    """

    system: ClassVar[str] = "multitasking"

    K: int
    d: float
    T: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "K", check_integer("K", self.K, low=1))
        object.__setattr__(self, "d", check_dilution(self.d))
        object.__setattr__(self, "T", check_temperature(self.T))

    def patterns(self, N: int) -> int:
        """Number of stored patterns, K whatever the number of spins N."""
        check_integer("N", N, low=1)
        return self.K
