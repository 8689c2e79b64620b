"""Teacher and student: a binary perceptron that learns from the labels of another."""

from dataclasses import dataclass
from typing import ClassVar

from statmech.checks import check_integer, check_scale, check_temperature


@dataclass(frozen=True, kw_only=True)
class TeacherStudent:
    r"""Binary perceptron that learns the rule of a binary teacher from :math:`\alpha N` examples, at temperature `T`.

    The teacher has N weights :math:`B_i = \pm 1`, uniform; it labels P inputs :math:`X^\mu` by
    :math:`y_\mu = \mathrm{sign}\sum_i B_i X_i^\mu`. The student's weights :math:`w_i = \pm 1` have as energy the number
    of examples on which the two disagree,

    .. math::

        E(w) = \sum_{\mu=1}^P \theta\Bigl(-y_\mu \sum_i X_i^\mu w_i\Bigr), \qquad
        P = \mathrm{round}(\alpha N) .

    The inputs are quenched, :math:`X_i^\mu = \pm 1` independently with probability 1/2 (N odd, so that no field
    vanishes), or standard normal: the limit :math:`N\to\infty` is the same. Boltzmann weight :math:`e^{-E/T}`,
    :math:`k_B = 1`: Gibbs learning. Free energy, energy and entropy are per weight.

    At ``T=0`` the measure is uniform over the weights without any error, the version space. It is the posterior of the
    teacher, so that this is Bayes-optimal learning; it is never empty, as the teacher belongs to it.

    Parameters
    ----------
    alpha : float
        Number of examples over number of weights, :math:`\alpha \ge 0`.
    T : float
        Temperature, :math:`T \ge 0`.

    Raises
    ------
    ValueError
        If a parameter is not a finite number in its range.

    References
    ----------
    .. [1] G. Györgyi, Phys. Rev. A 41, 7097 (1990).
    .. [2] H. S. Seung, H. Sompolinsky, N. Tishby, Phys. Rev. A 45, 6056 (1992).

    Examples
    --------
    >>> import statmech as sm
    >>> sm.TeacherStudent(alpha=1)
    TeacherStudent(alpha=1.0, T=0.0)
    """

    system: ClassVar[str] = "teacher_student"

    alpha: float
    T: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", check_scale("alpha", self.alpha))
        object.__setattr__(self, "T", check_temperature(self.T))

    def patterns(self, N: int) -> int:
        r"""Number of examples P of a student of N weights, next to :math:`\alpha N`; there may be none."""
        return round(self.alpha * check_integer("N", N, low=1))
