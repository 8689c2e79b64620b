"""Hebbian networks that learn pictures: archetypes with structure, a load of random ones, corrupted starts."""

import math
from dataclasses import dataclass
from typing import ClassVar

from statmech.checks import check_choice, check_integer, check_real, check_scale, check_temperature
from statmech.models.learning import (
    MOST_EXAMPLES,
    SupervisedHebbian,
    UnsupervisedHebbian,
    check_even_order,
    check_quality,
)

PROTOCOLS = ("supervised", "unsupervised")


@dataclass(frozen=True, kw_only=True)
class StructuredHebbian:
    r"""Dense Hebbian network that has learnt pictures, asked to recognise one that it has not seen, P even, at least 2.

    There are some classes of black and white pictures, each a smooth random archetype
    (`statmech.datasets.smooth_archetypes`) whose pixels are flipped independently in M examples of quality r, and
    beside them random archetypes with examples of the same number and quality, which are pure load: altogether

    .. math::

        K = \max\Bigl(\text{classes}, \mathrm{round}\,\gamma \binom{N-1}{P-1}\Bigr) , \qquad
        K = \max(\text{classes}, \mathrm{round}\,\gamma N) \quad\text{at P = 2} .

    The Hamiltonian is that of `statmech.SupervisedHebbian` or `statmech.UnsupervisedHebbian`, but for its scale: the
    mean square R of an average of examples is estimated from the examples of the classes. There is one spin for each
    pixel of a square picture, so N must be a square number. Half of the pixels of an archetype are white: nothing has
    to be binarised or left out (which pictures from files need, see `montecarlo.pictures`).

    A simulation starts from a picture, a `flipped` fraction of whose pixels is wrong in addition.

    Parameters
    ----------
    P : int
        Number of interacting spins, even, at least 2.
    M : int
        Number of examples of each archetype, between 1 and :math:`2^{31} - 1`.
    r : float
        Quality of the examples, :math:`0 < r \le 1` and :math:`r^{2P} \ge 10^{-200}`.
    protocol : str
        ``"supervised"`` or ``"unsupervised"``.
    gamma : float
        Load, :math:`\gamma \ge 0`; at P = 2 the load :math:`\alpha = K/N`.
    flipped : float
        Fraction of the pixels that are flipped at the start, in [0, 1].
    T : float
        Temperature, :math:`T \ge 0`.
    classes : int
        Number of structured archetypes, at least 1.
    length : float
        Width of the smoothing in units of a side of the picture, :math:`\ge 0`: pictures look alike at any N. At the
        default, two pixels of 28, the overlap of two archetypes is 0.13 in root mean square, whatever N; at 0 the
        pixels are independent, and it is :math:`N^{-1/2}`.

    Raises
    ------
    ValueError
        If a parameter is not in its range.

    Examples
    --------
    >>> import statmech as sm
    >>> sm.StructuredHebbian(P=4, M=20, r=0.7, gamma=0.05).patterns(100)
    7842
    """

    system: ClassVar[str] = "structured"

    P: int
    M: int
    r: float
    protocol: str = "supervised"
    gamma: float = 0.0
    flipped: float = 0.0
    T: float = 0.0
    classes: int = 10
    length: float = 1 / 14

    def __post_init__(self) -> None:
        object.__setattr__(self, "P", check_even_order(self.P))
        object.__setattr__(self, "M", check_integer("M", self.M, low=1, high=MOST_EXAMPLES))
        object.__setattr__(self, "r", check_quality(self.r, self.P))
        object.__setattr__(self, "protocol", check_choice("protocol", self.protocol, PROTOCOLS))
        object.__setattr__(self, "gamma", check_scale("gamma", self.gamma))
        object.__setattr__(self, "flipped", check_real("flipped", self.flipped, low=0.0, high=1.0))
        object.__setattr__(self, "T", check_temperature(self.T))
        object.__setattr__(self, "classes", check_integer("classes", self.classes, low=1))
        object.__setattr__(self, "length", check_real("length", self.length, low=0.0))

    @property
    def unstructured(self) -> SupervisedHebbian | UnsupervisedHebbian:
        """The network whose archetypes are all random, which there is a theory of."""
        kind = SupervisedHebbian if self.protocol == "supervised" else UnsupervisedHebbian
        return kind(P=self.P, gamma=self.gamma, T=self.T, r=self.r, M=self.M)

    def patterns(self, N: int) -> int:
        """Number of archetypes K of a network of N spins, structured and random."""
        return max(self.classes, self.unstructured.patterns(N))

    def load(self, N: int) -> float:
        """Load of a network of N spins, which its classes alone are too where `gamma` is small."""
        return self.patterns(N) / (N if self.P == 2 else math.comb(N - 1, self.P - 1))

    def side(self, N: int) -> int:
        """Pixels along a side of a picture of N pixels.

        Raises
        ------
        ValueError
            If N is not a square number.
        """
        N = check_integer("N", N, low=max(self.P, 4))
        side = math.isqrt(N)
        if side * side != N:
            raise ValueError(
                f"N = {N} is not allowed: a picture is square, and N must be a square number, as {side * side} or "
                f"{(side + 1) ** 2}"
            )
        return side
