"""The spherical perceptron: storage of random labels by weights of fixed norm."""

from dataclasses import dataclass
from typing import ClassVar

from statmech.checks import check_integer, check_real, check_scale, check_temperature
from statmech.models.binary_perceptron import KAPPA_MAX


@dataclass(frozen=True, kw_only=True)
class SphericalPerceptron:
    r"""Spherical perceptron that stores random labels at load `alpha` with stability `kappa`, at temperature `T`.

    N real weights on the sphere :math:`\sum_i w_i^2 = N`. The energy is the number of patterns that are not stored,

    .. math::

        E(w) = \sum_{\mu=1}^P \theta(\kappa\sqrt N - h_\mu), \qquad h_\mu = \sum_i X_i^\mu w_i , \qquad
        P = \mathrm{round}(\alpha N) ,

    each pattern already multiplied by its label; patterns and units as in `statmech.BinaryPerceptron`. The entropy is
    that of Gardner, relative to the whole sphere: at ``T=0`` the logarithm of the fraction of it that stores all
    patterns, per weight.

    Parameters
    ----------
    alpha : float
        Load :math:`\alpha = \lim P/N \ge 0`.
    kappa : float
        Stability that every pattern is asked for, in [-8, 8].
    T : float
        Temperature, :math:`T \ge 0`.

    Raises
    ------
    ValueError
        If a parameter is not a finite number in its range.

    References
    ----------
    .. [1] E. Gardner, J. Phys. A 21, 257 (1988).

    Examples
    --------
    >>> import statmech as sm
    >>> sm.SphericalPerceptron(alpha=1.5)
    SphericalPerceptron(alpha=1.5, kappa=0.0, T=0.0)
    """

    system: ClassVar[str] = "spherical_perceptron"

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
