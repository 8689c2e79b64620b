"""Dense Hebbian networks: associative memories with interactions of P spins."""

import math
import numbers
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from statmech.checks import MOST_SPINS, check_choice, check_integer, check_scale, check_temperature

INDICES = ("distinct", "repeated")


@dataclass(frozen=True, kw_only=True)
class DenseHebbian:
    r"""Dense Hebbian network: P-body interactions, P even and at least 4, at load `gamma` and temperature `T`.

    N Ising spins :math:`s_i = \pm 1` store K patterns. With the overlaps :math:`M_\mu = \sum_i \xi_i^\mu s_i`,
    :math:`m_\mu = M_\mu/N`, the Hamiltonian of ``indices="distinct"`` is

    .. math::

        H(s) = -\binom{N-1}{P-1}^{-1} \sum_{\mu=1}^K \sum_{i_1 < \dots < i_P}
               \xi_{i_1}^\mu \cdots \xi_{i_P}^\mu\, s_{i_1} \cdots s_{i_P} , \qquad
        K = \max\Bigl(1, \mathrm{round}\,\gamma \binom{N-1}{P-1}\Bigr) ,

    and that of ``indices="repeated"``, with its mean over the patterns subtracted (which is larger than extensive, the
    same for all configurations),

    .. math::

        H(s) = -\frac{1}{P N^{P-1}} \sum_{\mu=1}^K \bigl(M_\mu^P - \mathrm{E}\,M^P\bigr) , \qquad
        K = \max\Bigl(1, \mathrm{round}\,\frac{\gamma N^{P-1}}{(P-1)!}\Bigr) .

    A pattern's own energy is :math:`-N/P` in both, the field that it exerts on each of its spins 1; the noise of the
    others is a different glass. With distinct indices the energies of two configurations of overlap q have the
    covariance :math:`N\gamma q^P/P` of the Ising P-spin glass, while a power :math:`M^P` contains all lower even
    interactions with the same weight in N, pairs among them. The patterns are quenched, :math:`\xi_i^\mu = \pm 1`
    independently with probability 1/2. Boltzmann weight :math:`e^{-H/T}`, :math:`k_B = 1`; free energy, energy and
    entropy are per spin.

    A Hamiltonian :math:`-(c/N^{P-1}) \sum_\mu \sum_{i_1<\dots<i_P}` with :math:`K = \gamma' N^{P-1}` is this one at
    :math:`\gamma = (P-1)!\,\gamma'` and at T times :math:`(P-1)!/c`.

    Parameters
    ----------
    P : int
        Number of interacting spins, even, at least 4. Pairs are `statmech.Hopfield`.
    gamma : float
        Load, :math:`\gamma \ge 0`. At ``gamma=0`` the number of patterns stays finite.
    T : float
        Temperature, :math:`T \ge 0`.
    indices : str
        ``"distinct"`` or ``"repeated"``.

    Raises
    ------
    ValueError
        If a parameter is not in its range.

    References
    ----------
    .. [1] E. Gardner, J. Phys. A 20, 3453 (1987).
    .. [2] P. Baldi, S. S. Venkatesh, Phys. Rev. Lett. 58, 913 (1987).
    .. [3] L. Albanese, F. Alemanno, A. Alessandrelli, A. Barra, J. Stat. Phys. 189, 24 (2022), arXiv:2111.12997.

    Examples
    --------
    >>> import statmech as sm
    >>> sm.DenseHebbian(P=4, gamma=0.1, T=0.2).patterns(100)
    15685
    """

    system: ClassVar[str] = "dense"

    P: int
    gamma: float
    T: float
    indices: str = "distinct"

    def __post_init__(self) -> None:
        object.__setattr__(self, "P", check_order(self.P))
        object.__setattr__(self, "gamma", check_scale("gamma", self.gamma))
        object.__setattr__(self, "T", check_temperature(self.T))
        object.__setattr__(self, "indices", check_choice("indices", self.indices, INDICES))

    def patterns(self, N: int) -> int:
        """Number of stored patterns K of a network of N spins, at least one."""
        return max(1, round(self.gamma * self._unit_load(N)))

    def load(self, N: int) -> float:
        """Load of a network of N spins, whose number of patterns is whole."""
        return self.patterns(N) / self._unit_load(N)

    def _unit_load(self, N: int) -> float:
        """Number of patterns at which gamma is 1."""
        N = check_integer("N", N, low=self.P)
        if self.indices == "distinct":
            return math.comb(N - 1, self.P - 1)
        return N ** (self.P - 1) / math.factorial(self.P - 1)


def mean_power(N: int, P: int) -> int:
    r"""Mean of :math:`M^P`, P even, over all states of N signs of sum M, exact.

    From :math:`\mathrm{E}\,e^{tM} = \cosh^N t`, by the recursion for powers of a power series.
    """
    a = [Fraction(1, math.factorial(2 * k)) for k in range(P // 2 + 1)]
    b = [Fraction(1)]
    for k in range(1, P // 2 + 1):
        b.append(sum(((N * j - k + j) * a[j] * b[k - j] for j in range(1, k + 1)), Fraction(0)) / k)
    return int(math.factorial(P) * b[-1])


def check_order(P: object) -> int:
    """Return the order P of a dense network, or raise a ValueError that says why it is not one.

    Raises
    ------
    ValueError
        If `P` is not an even integer, at least 4.
    """
    if isinstance(P, numbers.Integral) and P == 2:
        raise ValueError("P = 2 is not allowed: P must be at least 4; pair interactions are statmech.Hopfield")
    low = 3 if isinstance(P, numbers.Integral) and P == 3 else 4  # 3 has a reason of its own
    order = check_integer("P", P, low=low, high=MOST_SPINS)
    if order % 2:
        raise ValueError(
            f"P = {order} is not allowed: P must be even; with odd P a pattern and its negative differ in energy, "
            "and the noise of the other patterns becomes Gaussian too slowly in N for this theory"
        )
    return order
