"""Hebbian networks that learn their patterns from noisy examples, with a teacher and without one."""

import math
from dataclasses import dataclass
from typing import ClassVar, SupportsFloat

from statmech.checks import MOST_SPINS, check_integer, check_real, check_scale, check_temperature

MOST_EXAMPLES = 2**31 - 1
"""Largest finite number of examples, the largest sum of them that a simulation holds."""

LEAST_PRODUCT = 1e-200
r"""Smallest :math:`r^{2P}`: the variances of theory, up to its inverse, have to be floating-point numbers."""


@dataclass(frozen=True, kw_only=True, repr=False)
class _Learning:
    """Parameters of both protocols, their checks and what follows from them."""

    P: int
    gamma: float
    T: float
    r: float
    M: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "P", check_even_order(self.P))
        object.__setattr__(self, "gamma", check_scale("gamma", self.gamma))
        object.__setattr__(self, "T", check_temperature(self.T))
        object.__setattr__(self, "r", check_quality(self.r, self.P))
        object.__setattr__(self, "M", check_examples(self.M))

    def __repr__(self) -> str:
        values = (f"{name}={value if name != 'M' else f'{value:.10g}'}" for name, value in vars(self).items())
        return f"{type(self).__name__}({', '.join(values)})"

    @property
    def rho(self) -> float:
        r"""Entropy of the dataset, :math:`\rho = (1 - r^2)/(M r^2)`."""
        return (1 - self.r**2) / (self.M * self.r**2)

    @property
    def R(self) -> float:
        r"""Mean square of the average of a class's examples, :math:`R = r^2 (1 + \rho)`."""
        return self.r**2 + (1 - self.r**2) / self.M

    def patterns(self, N: int) -> int:
        """Number of archetypes K of a network of N spins, at least one."""
        return max(1, round(self.gamma * self._unit_load(N)))

    def load(self, N: int) -> float:
        """Load of a network of N spins, whose number of archetypes is whole."""
        return self.patterns(N) / self._unit_load(N)

    def _unit_load(self, N: int) -> int:
        """Number of archetypes at which gamma is 1."""
        N = check_integer("N", N, low=self.P)
        return N if self.P == 2 else math.comb(N - 1, self.P - 1)


def check_even_order(P: object) -> int:
    """Return the order P of a network of pairs or of more spins, or raise a ValueError.

    Raises
    ------
    ValueError
        If `P` is not an even integer, at least 2.
    """
    order = check_integer("P", P, low=2, high=MOST_SPINS)
    if order % 2:
        raise ValueError(f"P = {order} is not allowed: P must be even")
    return order


def check_quality(r: SupportsFloat, P: int) -> float:
    r"""Return the quality r of examples as a float, or raise a ValueError.

    Raises
    ------
    ValueError
        If `r` is not in (0, 1], or is so small that :math:`r^{2P} < 10^{-200}`.
    """
    return check_real("r", r, low=LEAST_PRODUCT ** (0.5 / P), high=1.0)


def check_examples(M: object) -> float:
    """Return the number of examples as a float, infinity included, or raise a ValueError.

    Raises
    ------
    ValueError
        If `M` is neither an integer between 1 and `MOST_EXAMPLES` nor infinite.
    """
    if isinstance(M, float) and math.isinf(M) and M > 0:
        return M
    if isinstance(M, float) and M.is_integer():
        M = int(M)  # as it comes back from a file
    try:
        return float(check_integer("M", M, low=1, high=MOST_EXAMPLES))
    except ValueError as error:
        raise ValueError(f"{error}, or infinity") from None


@dataclass(frozen=True, kw_only=True, repr=False)
class SupervisedHebbian(_Learning):
    r"""Dense Hebbian network that learns from examples which a teacher has sorted into classes, P even, at least 2.

    There are K hidden archetypes :math:`\xi^\mu`, drawn as the patterns of `statmech.DenseHebbian`, and of each M
    examples of quality r,

    .. math::

        \eta_i^{\mu,a} = \xi_i^\mu \chi_i^{\mu,a}, \qquad P(\chi = \pm1) = \tfrac12 (1 \pm r), \qquad
        \bar\eta^\mu = \frac1M \sum_{a=1}^M \eta^{\mu,a} .

    The teacher says which examples belong together, and the network stores their averages,

    .. math::

        H(s) = -\binom{N-1}{P-1}^{-1} R^{-P/2} \sum_{\mu=1}^K \sum_{i_1 < \dots < i_P}
               \bar\eta_{i_1}^\mu \cdots \bar\eta_{i_P}^\mu\, s_{i_1} \cdots s_{i_P}, \qquad
        R = \mathrm{E}\,\bar\eta^2 = r^2 + \frac{1 - r^2}M , \qquad
        K = \max\Bigl(1, \mathrm{round}\,\gamma \binom{N-1}{P-1}\Bigr) .

    At P = 2 the binomial coefficients are replaced by N, as in `statmech.Hopfield`, and gamma is its load
    :math:`\alpha`. With :math:`R^{-P/2}` the scale of energies does not depend on the dataset. Its entropy
    :math:`\rho = (1 - r^2)/(M r^2)` is the property `rho`. At ``r=1`` or ``M=inf`` the archetypes themselves are
    stored.

    Parameters
    ----------
    P : int
        Number of interacting spins, even, at least 2.
    gamma : float
        Load, :math:`\gamma \ge 0`; at P = 2 the load :math:`\alpha = K/N`.
    T : float
        Temperature, :math:`T \ge 0`.
    r : float
        Quality of the examples, :math:`0 < r \le 1` and :math:`r^{2P} \ge 10^{-200}`.
    M : int or float
        Number of examples of each archetype, between 1 and :math:`2^{31} - 1`, or infinity. Simulations for P ≥ 4 hold
        thousands (P = 4) or hundreds (P = 6, 8), and say how many; see `montecarlo.engines.power_sums`.

    Raises
    ------
    ValueError
        If a parameter is not in its range.

    Notes
    -----
    ``start="retrieval"`` is a place in a simulation and a branch in theory. A simulation starts from the archetype,
    which the network has never seen. Theory follows the state in which the spins agree with the average of the
    examples, the solution continued from n = q = 1, whatever its m: at M = 1 it is the example, m = r. For many
    examples the simulation arrives there. It need not for few: at T = 0, without load and at an even M, there are sites
    where the examples tie and no field acts, for M = 2 the fraction :math:`(1-r^2)/2`. Theory gives such spins the mean
    0 that any temperature or load gives them, and m = r; with a teacher the simulation leaves them at the archetype,
    and finds :math:`m = r + (1-r^2)/2`.

    References
    ----------
    .. [1] E. Agliari, L. Albanese, F. Alemanno, A. Alessandrelli, A. Barra, F. Giannotti, D. Lotito, D. Pedreschi,
       Physica A 626, 129076 (2023), arXiv:2212.00606.

    Examples
    --------
    >>> import statmech as sm
    >>> sm.SupervisedHebbian(P=4, gamma=0.02, T=0.1, r=0.5, M=20).rho
    0.15
    """

    system: ClassVar[str] = "supervised_hebbian"


@dataclass(frozen=True, kw_only=True, repr=False)
class UnsupervisedHebbian(_Learning):
    r"""Dense Hebbian network that learns from examples without a teacher, P even, at least 2.

    Archetypes and examples are those of `statmech.SupervisedHebbian`. Nobody says which examples belong together, and
    the network stores each of them,

    .. math::

        H(s) = -\binom{N-1}{P-1}^{-1} R^{-P/2}\, \frac1M \sum_{\mu=1}^K \sum_{a=1}^M \sum_{i_1 < \dots < i_P}
               \eta_{i_1}^{\mu,a} \cdots \eta_{i_P}^{\mu,a}\, s_{i_1} \cdots s_{i_P} .

    At P = 2 the binomial coefficients are replaced by N, and gamma is the load :math:`\alpha`.

    What ``start="retrieval"`` means is told there, too. With few examples there are, beside that state, those next to
    a single example, ``start="example"``.

    Parameters
    ----------
    P : int
        Number of interacting spins, even, at least 2.
    gamma : float
        Load, :math:`\gamma \ge 0`; at P = 2 the load :math:`\alpha = K/N`.
    T : float
        Temperature, :math:`T \ge 0`.
    r : float
        Quality of the examples, :math:`0 < r \le 1` and :math:`r^{2P} \ge 10^{-200}`.
    M : int or float
        Number of examples of each archetype, between 1 and :math:`2^{31} - 1`, or infinity.

    Raises
    ------
    ValueError
        If a parameter is not in its range.

    References
    ----------
    .. [1] E. Agliari, L. Albanese, F. Alemanno, A. Alessandrelli, A. Barra, F. Giannotti, D. Lotito, D. Pedreschi,
       Physica A 627, 129143 (2023), arXiv:2211.14067.
    .. [2] E. Agliari, F. Alemanno, A. Barra, G. De Marzo, Neural Networks 148, 232 (2022), for P = 2.
    """

    system: ClassVar[str] = "unsupervised_hebbian"

    @property
    def rho_P(self) -> float:
        r"""Entropy of the products of P spins, :math:`\rho_P = (1 - r^{2P})/(M r^{2P})`."""
        return (1 - self.r ** (2 * self.P)) / (self.M * self.r ** (2 * self.P))

    @property
    def kappa(self) -> float:
        r"""Variance of a stored product of P spins, :math:`\kappa = (1 + \rho_P)/(1 + \rho)^P`: it scales the load."""
        return (1 + self.rho_P) / (1 + self.rho) ** self.P
