"""The binary perceptron: storage of random labels by weights ±1."""

from dataclasses import dataclass
from typing import ClassVar

from statmech.checks import check_integer, check_real, check_scale, check_temperature

KAPPA_MAX = 8.0
"""Largest stability, in absolute value: a single field of a random weight exceeds it with probability 6e-16."""


@dataclass(frozen=True, kw_only=True)
class BinaryPerceptron:
    r"""Binary perceptron that stores random labels at load `alpha` with stability `kappa`, at temperature `T`.

    N weights :math:`w_i = \pm 1` and P patterns, each multiplied by its label, so that a stored pattern has a large
    field. The energy is the number of patterns that are not stored,

    .. math::

        E(w) = \sum_{\mu=1}^P \theta(\kappa\sqrt N - h_\mu), \qquad h_\mu = \sum_i X_i^\mu w_i , \qquad
        P = \mathrm{round}(\alpha N) ,

    with :math:`\theta(0) = 0`: a field of exactly :math:`\kappa\sqrt N` is stored. The patterns are quenched,
    :math:`X_i^\mu = \pm 1` independently with probability 1/2, or standard normal: the limit :math:`N\to\infty` is the
    same. Boltzmann weight :math:`e^{-E/T}`, :math:`k_B = 1`. Free energy, energy and entropy are per weight.

    At ``T=0`` the measure is that of the ground states. Below the capacity these are the weights without any error
    (Gardner's volume): energy 0, and the entropy is the logarithm of their number over N. Above it no such weights
    exist, and the ground state has a positive energy.

    What fields lack, :math:`\sum_\mu \max(0, \kappa\sqrt N - h_\mu)/\sqrt N`, is another cost with the
    same solutions. It is for searches, and no energy of this model: `montecarlo.simulate` has no setting for it.
    `montecarlo.message_passing.annealed_weights` anneals in it or in the number of errors (``cost="stability"``,
    ``"errors"``), and `montecarlo.engines.perceptron.perceptron_engine` makes engines of either, which
    `montecarlo.tempering.ladder.random_ladder` takes as well.

    Parameters
    ----------
    alpha : float
        Load :math:`\alpha = \lim P/N \ge 0`.
    kappa : float
        Stability that every pattern is asked for, in [-8, 8]; negative values allow weak errors.
    T : float
        Temperature, :math:`T \ge 0`.

    Raises
    ------
    ValueError
        If a parameter is not a finite number in its range.

    References
    ----------
    .. [1] E. Gardner, B. Derrida, J. Phys. A 21, 271 (1988).
    .. [2] W. Krauth, M. Mézard, J. Phys. (France) 50, 3057 (1989).

    Examples
    --------
    >>> import statmech as sm
    >>> sm.BinaryPerceptron(alpha=0.5).patterns(1001)
    500
    """

    system: ClassVar[str] = "binary_perceptron"

    alpha: float
    kappa: float = 0.0
    T: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", check_scale("alpha", self.alpha))
        object.__setattr__(self, "kappa", check_real("kappa", self.kappa, low=-KAPPA_MAX, high=KAPPA_MAX))
        object.__setattr__(self, "T", check_temperature(self.T))

    def patterns(self, N: int) -> int:
        r"""Number of patterns P of a perceptron of N weights, next to :math:`\alpha N`; there may be none."""
        return round(self.alpha * check_integer("N", N, low=1))
