"""The multitasking network that learns its patterns from noisy examples of them."""

import math
from dataclasses import dataclass
from typing import ClassVar

from statmech.checks import check_choice, check_dilution, check_integer, check_temperature
from statmech.models.learning import check_examples, check_quality

PROTOCOLS = ("supervised", "unsupervised")


@dataclass(frozen=True, kw_only=True)
class MultitaskingLearning:
    r"""Multitasking network that learns K archetypes of dilution `d` from `M` examples of quality `r` of each.

    The archetypes :math:`\xi^\mu` are the patterns of `statmech.Multitasking`. An example has the blanks of its
    archetype, and flips each other entry independently,

    .. math::

        \eta_i^{\mu a} = \xi_i^\mu \chi_i^{\mu a}, \qquad P(\chi_i^{\mu a} = \pm 1) = \frac{1 \pm r}{2}, \qquad
        a = 1, \dots, M .

    A teacher who says which examples belong together gives the network their mean :math:`\bar\eta^\mu = \frac1M
    \sum_a \eta^{\mu a}`, without one it stores the examples as they are:

    .. math::

        H_{\text{supervised}} = -\frac{N}{2\Gamma} \sum_{\mu=1}^K n_\mu^2 , \qquad
        H_{\text{unsupervised}} = -\frac{N}{2\Gamma M} \sum_{\mu=1}^K \sum_{a=1}^M n_{\mu a}^2 ,

    with :math:`n_\mu = \frac1N\sum_i\bar\eta_i^\mu s_i`, :math:`n_{\mu a} = \frac1N\sum_i\eta_i^{\mu a} s_i` and
    :math:`\Gamma = r^2 + (1-r^2)/M`, the mean square of a non-blank entry of :math:`\bar\eta`, in whose unit the
    critical temperature is :math:`T_c = 1-d` for both. Retrieval is judged by the overlaps
    :math:`m_\mu = \frac1N\sum_i\xi_i^\mu s_i` with the archetypes, which the network has never seen. K and M stay
    finite as N grows. Boltzmann weight :math:`e^{-H/T}`, :math:`k_B = 1`.

    Parameters
    ----------
    K : int
        Number of archetypes, at least 1.
    d : float
        Dilution, the probability that an entry is blank, :math:`0 \le d < 1`.
    T : float
        Temperature, :math:`T \ge 0`.
    r : float
        Quality of the examples, :math:`0 < r \le 1`, at least 1e-50; at ``r=1`` they are copies of the archetype.
    M : int or float
        Number of examples of each archetype, at least 1, or ``math.inf``.
    protocol : str
        ``"supervised"`` or ``"unsupervised"``.

    Raises
    ------
    ValueError
        If a parameter is not in its range.

    References
    ----------
    .. [1] E. Agliari, A. Alessandrelli, A. Barra, F. Ricci-Tersenghi, arXiv:2308.04106 (2023).

    Examples
    --------
    >>> import statmech as sm
    >>> sm.MultitaskingLearning(K=2, d=0.3, T=0.07, r=0.5, M=30).rho
    0.1
    """

    system: ClassVar[str] = "multitasking_learning"

    K: int
    d: float
    T: float
    r: float
    M: float
    protocol: str = "supervised"

    def __post_init__(self) -> None:
        object.__setattr__(self, "K", check_integer("K", self.K, low=1))
        object.__setattr__(self, "d", check_dilution(self.d))
        object.__setattr__(self, "T", check_temperature(self.T))
        object.__setattr__(self, "r", check_quality(self.r, 2))
        M = check_examples(self.M)
        object.__setattr__(self, "M", M if math.isinf(M) else int(M))  # the random streams of scans depend on its type
        object.__setattr__(self, "protocol", check_choice("protocol", self.protocol, PROTOCOLS))

    @property
    def rho(self) -> float:
        r"""Entropy of the dataset :math:`\rho = (1-r^2)/(Mr^2)`: what the archetypes keep hidden."""
        return (1 - self.r**2) / (self.M * self.r**2)

    def patterns(self, N: int) -> int:
        """Number of archetypes, K whatever the number of spins N."""
        check_integer("N", N, low=1)
        return self.K
