r"""What distinguishes one dense network from another in the limit N → ∞: its signal and its noise.

The patterns that are not retrieved act on the spins as a Gaussian glass. One pattern contributes
:math:`O(N^{1-P/2})` to the energy, and the sum of :math:`K \sim N^{P-1}` of them has the covariance

.. math:: \mathrm{E}\, H(s) H(t) = N \gamma\, \xi(q), \qquad q = \frac1N \sum_i s_i t_i ,

with third cumulants smaller by 1/N for even P. With distinct indices :math:`\xi(q) = q^P/P`: the P-spin glass of
:math:`J^2 = 2\gamma/P`, and nothing else. A power of the overlap contains more. With :math:`x = M/\sqrt N`,
:math:`x^n = \sum_j c_{n,j}\,\mathrm{He}_j(x)`, and Hermite polynomials of two overlaps at correlation q have the
covariance :math:`j!\,q^j`, so that with repeated indices

.. math::

    \xi'(q) = \frac1{(P-1)!} \sum_{j = 1, 3, \dots}^{P-1} c_{P-1,j}^2\, j!\, q^j, \qquad
    c_{n,j} = \frac{n!}{j!\,(\frac{n-j}2)!\,2^{(n-j)/2}} .

For P = 4, :math:`\xi'(q) = q^3 + \tfrac32 q`, and in general :math:`\xi'(1) = (2P-3)!!/(P-1)!`.

For pairs, P = 2, none of this holds: there the patterns' overlaps respond to each other, which multiplies the noise by
:math:`(1-C)^{-2}`.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from statmech.checks import check_choice
from statmech.models.dense import INDICES, check_order
from theory.dense.pattern import STORED, Pattern
from theory.parisi.covariance import Covariance


@dataclass(frozen=True)
class Network:
    r"""A network in the limit N → ∞, up to its load and temperature.

    Parameters
    ----------
    P : int
        Order of the interactions: an overlap n with the pattern acts with :math:`n^{P-1}\chi_i` on spin i.
    xi : Covariance
        Of the energies that the other patterns give, at unit load.
    pattern : Pattern
        Law of :math:`\chi`.
    """

    P: int
    xi: Covariance
    pattern: Pattern = STORED


@lru_cache(maxsize=64)
def stored(P: int, indices: str = "distinct") -> Network:
    """The network of a `statmech.DenseHebbian`.

    Raises
    ------
    ValueError
        If `P` or `indices` is not allowed.

    Examples
    --------
    >>> dict(stored(4, "repeated").xi.terms)
    {2: 0.75, 4: 0.25}
    """
    check_order(P)
    if check_choice("indices", indices, INDICES) == "distinct":
        return Network(P, Covariance({P: 1 / P}))
    scale = math.factorial(P - 1)
    powers = range(1, P, 2)
    return Network(
        P, Covariance({j + 1: _hermite(P - 1, j) ** 2 * math.factorial(j) / scale / (j + 1) for j in powers})
    )


def _hermite(n: int, j: int) -> int:
    """Coefficient of the Hermite polynomial He_j in the n-th power."""
    pairs = (n - j) // 2
    return math.factorial(n) // (math.factorial(j) * math.factorial(pairs) * 2**pairs)
