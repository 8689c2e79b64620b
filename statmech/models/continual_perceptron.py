"""Continual learning: a variational binary perceptron that learns two teachers, one after the other."""

import math
from dataclasses import dataclass
from typing import ClassVar, SupportsFloat

from statmech.checks import check_integer, check_real, check_scale


@dataclass(frozen=True, kw_only=True)
class ContinualPerceptron:
    r"""Binary perceptron with uncertain weights that learns two tasks in sequence by a variational principle.

    The weights :math:`w_i = \pm 1` are independent with means :math:`m_i = \tanh\theta_i`: the state is m, or the
    fields :math:`\theta`. The field of a pattern :math:`X^\mu` is Gaussian with mean :math:`\sum_i m_i X_i^\mu` and, as
    :math:`X_i^\mu = \pm 1`, variance :math:`N(1-q_s)`, :math:`q_s = \tfrac1N\sum_i m_i^2`. Task k has the variational
    free energy

    .. math::

        F_k(m) = -\sum_{\mu=1}^{P_k} \ln\Phi\Bigl(\frac{y_\mu \sum_i X_i^\mu m_i}{\sqrt{N(1-q_s)}}\Bigr)
                 + \gamma_k \sum_i \mathrm{KL}(\theta_i\|\theta_i^0), \qquad P_k = \mathrm{round}(\alpha_k N),

    .. math::

        \mathrm{KL}(\theta\|\theta^0) = (\theta-\theta^0)\tanh\theta - \ln\cosh\theta + \ln\cosh\theta^0 ,

    with :math:`\Phi` the normal distribution function. The prior of task 1 is :math:`\theta^0 = 0`, that of task 2 is
    what task 1 has left. Task 2 sees no pattern of task 1: it remembers through its prior alone, whose second order,
    :math:`\tfrac12 (1-m_0^2)(\theta-\theta_0)^2`, holds the synapses that are certain the least in :math:`\theta`,
    and moves their m the least. Each task is sampled with the weight :math:`e^{-\beta_k F_k}\prod_i dm_i`, flat in m on
    :math:`[-1,1]^N`; :math:`\beta_k = \infty` is its minimum.

    The labels are those of teachers :math:`B_k = \pm 1`, :math:`y_\mu = \mathrm{sign}\sum_i B_{k,i} X_i^\mu`, which
    differ in exactly :math:`\mathrm{round}(N(1-r_0)/2)` bits. The patterns are quenched, fair and independent.
    Decisions are taken by the weights :math:`\mathrm{sign}\,\theta_i`, whose overlap with teacher k is :math:`p_k` and
    whose generalisation error is :math:`\epsilon_k = \arccos(p_k)/\pi`. Free energy and energy are per weight.

    Parameters
    ----------
    alpha1, alpha2 : float
        Number of patterns of the tasks over number of weights, not negative. With ``alpha2=0`` there is no second
        task, and nothing changes after the first.
    r0 : float
        Overlap of the teachers, in [-1, 1].
    beta1, beta2 : float
        Inverse temperatures of learning, positive; ``math.inf`` minimises.
    gamma1, gamma2 : float
        Weights of the Kullback–Leibler terms, not negative; 1 is the variational bound of Bayes, 0 forgets the prior.

    Raises
    ------
    ValueError
        If a parameter is no number in its range.

    References
    ----------
    .. [1] C. Li, Z. Huang, W. Zou, H. Huang, Phys. Rev. E 108, 014309 (2023). https://arxiv.org/abs/2212.02846

    Examples
    --------
    >>> import statmech as sm
    >>> sm.ContinualPerceptron(alpha1=1, alpha2=0.5, r0=0.4).patterns(1000)
    (1000, 500)
    """

    system: ClassVar[str] = "continual_perceptron"

    alpha1: float
    alpha2: float = 0.0
    r0: float = 0.0
    beta1: float = math.inf
    beta2: float = math.inf
    gamma1: float = 1.0
    gamma2: float = 1.0

    def __post_init__(self) -> None:
        for name in ("alpha1", "alpha2", "gamma1", "gamma2"):
            object.__setattr__(self, name, check_scale(name, getattr(self, name)))
        object.__setattr__(self, "r0", check_real("r0", self.r0, low=-1.0, high=1.0))
        for name in ("beta1", "beta2"):
            object.__setattr__(self, name, _check_beta(name, getattr(self, name)))

    @property
    def T(self) -> float:
        """Temperature of the last task that is learnt."""
        return 1.0 / (self.beta2 if self.alpha2 > 0 else self.beta1)

    def patterns(self, N: int) -> tuple[int, int]:
        """Number of patterns of either task of a perceptron of N weights, at least one where there is a load."""
        N = check_integer("N", N, low=1)
        first, second = (max(1, round(alpha * N)) if alpha > 0 else 0 for alpha in (self.alpha1, self.alpha2))
        return first, second

    def flips(self, N: int) -> int:
        """Number of bits in which the teachers differ."""
        return round(0.5 * check_integer("N", N, low=1) * (1 - self.r0))


def _check_beta(name: str, value: SupportsFloat) -> float:
    if isinstance(value, float) and value == math.inf:
        return math.inf
    try:
        return check_real(name, value, low=0.0, open_low=True)
    except ValueError:
        raise ValueError(f"{name} = {value!r} is not allowed: {name} must be a positive number, or math.inf") from None
