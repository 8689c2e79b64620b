r"""Engines of Hebbian networks with any interaction: :math:`H(s) = \sum_\mu F(M_\mu)`, two kernels for one trajectory.

Both cache the overlaps :math:`M_\mu = \sum_i \xi_i^\mu s_i`. No tensor of couplings is ever built: a flip of spin i
costs

.. math::

    \Delta E = \sum_\mu \left[ F(M_\mu - 2 x_\mu) - F(M_\mu) \right] , \qquad x_\mu = s_i \xi_i^\mu = \pm 1 .

``"look-up"`` takes the terms from a table. ``"odd-part"`` splits each into an even and an odd part of x,

.. math::

    2 \Delta E = \sum_\mu A(M_\mu) + s_i \sum_\mu \xi_i^\mu B(M_\mu) , \qquad
    A = F(M - 2) + F(M + 2) - 2 F(M) , \quad B = F(M - 2) - F(M + 2) ,

and caches the sum of A and the vector B, which change with an accepted flip only: an attempt is a scalar product.
That product is made in 32 bits, of A and B rounded to a coarser unit, and only decides where the rounding leaves no
doubt; in the few other attempts the table decides, so that both engines give the same trajectory, bit by bit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc
from scipy.stats import binom

from montecarlo.engines.interactions import on_grid
from montecarlo.engines.memory import check_bytes
from statmech.checks import check_choice

KERNELS = ("look-up", "odd-part")

SPINS_LIMIT = np.iinfo(np.int16).max
"""Largest number of spins: overlaps are held in 16 bits."""

PADDING = 32
"""Columns of the patterns are padded to a multiple of it: no remainder in the loops."""

BREAK_EVEN = 0.55
"""Acceptance beyond which look-up is faster.

In nanoseconds per pattern, look-up takes 0.48 for an attempt and 0.04 more for an accepted flip, the odd part
0.06 and 0.78.
"""


@dataclass(frozen=True)
class LookUp:
    """Engine that takes every change of energy from a table.

    Attributes
    ----------
    F : array of int64, shape (N + 1,)
        Energy of a pattern with overlap M, at (M + N) / 2, in multiples of `unit`.
    costs : array of int64, shape (4 N + 3,)
        ``F(M - 2 x) - F(M)`` at 2 (M + N) + 1 + x.
    xi : array of int8, shape (N, K')
        Patterns ±1, site by site, padded with zeros to K' ≥ K columns.
    K : int
        Number of patterns.
    unit : float
        The energies' unit.
    """

    F: NDArray[np.int64]
    costs: NDArray[np.int64]
    xi: NDArray[np.int8]
    K: int
    unit: float

    @property
    def N(self) -> int:
        """Number of spins."""
        return self.xi.shape[0]


@dataclass(frozen=True)
class OddPart:
    """Engine that keeps the odd parts of all changes of energy, and the table for what they leave undecided.

    Attributes
    ----------
    F, costs, xi, K, unit
        As in `LookUp`.
    parts : array of int64, shape (N + 1,)
        At (M + N) / 2, A in the upper and B in the lower 32 bits, rounded to a coarser unit, B to even multiples.
    scale : float
        A quarter of that unit: the field along a spin, half the cost of its flip, in units of F.
    slack : float
        What the rounding can make of a field, in units of F; zero if nothing is rounded.
    """

    F: NDArray[np.int64]
    costs: NDArray[np.int64]
    parts: NDArray[np.int64]
    scale: float
    slack: float
    xi: NDArray[np.int8]
    K: int
    unit: float

    @property
    def N(self) -> int:
        """Number of spins."""
        return self.xi.shape[0]


def check_room(N: int, K: int) -> None:
    """Refuse patterns that the engines cannot hold, before anything is allocated.

    Raises
    ------
    ValueError
        If `N` exceeds `SPINS_LIMIT` or N K exceeds `montecarlo.engines.memory.BYTES_LIMIT`.
    """
    if N > SPINS_LIMIT:
        raise ValueError(f"N = {N} is not allowed: overlaps are held in 16 bits, N must be at most {SPINS_LIMIT}")
    check_bytes(N, N * K, f"K = {K} patterns of N spins")


def interaction_engine(
    patterns: NDArray[np.int8], values: Sequence[float | Fraction], name: str = "odd-part"
) -> LookUp | OddPart:
    r"""Engine for the energy :math:`\sum_\mu F(M_\mu)`.

    Parameters
    ----------
    patterns : array of int8, shape (K, N)
        Patterns ±1.
    values : sequence of float or Fraction, length N + 1
        F at all M of `montecarlo.engines.interactions.overlap_range`.
    name : str
        ``"look-up"`` or ``"odd-part"``.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    check_choice("engine", name, KERNELS)
    K, N = patterns.shape
    check_room(N, K)
    if len(values) != N + 1:
        raise ValueError(f"{len(values)} values are not allowed: an interaction of N = {N} spins has {N + 1}")
    F, unit = on_grid(values, K)
    costs = cost_table(F)
    xi = np.zeros((N, -(-K // PADDING) * PADDING), np.int8)
    xi[:, :K] = patterns.T
    if name == "look-up":
        return LookUp(F, costs, xi, K, unit)
    return OddPart(F, costs, *pack(F, coarse_unit(F, K), K), xi, K, unit)


def cost_table(F: NDArray[np.int64]) -> NDArray[np.int64]:
    """Changes ``F(M - 2 x) - F(M)`` at 2 (M + N) + 1 + x, shape (4 N + 3,), zero in between.

    A quarter of the entries is needed at all, and few of these often: an index that takes one addition is worth it.
    """
    costs = np.zeros(4 * len(F) - 1, np.int64)
    costs[:-3:4] = np.diff(F)
    costs[6::4] = -np.diff(F)
    return costs


def even_and_odd(F: NDArray[np.int64]) -> tuple[list[int], list[int]]:
    """Even part A and odd part B of twice the cost of a flip at each overlap, exact; see the module."""
    N = len(F) - 1
    wide = [2 * int(F[0]) - int(F[1]), *map(int, F), 2 * int(F[N]) - int(F[N - 1])]  # at ±N one x alone is possible
    even = [wide[k] + wide[k + 2] - 2 * wide[k + 1] for k in range(N + 1)]
    return even, [wide[k] - wide[k + 2] for k in range(N + 1)]


def coarse_unit(F: NDArray[np.int64], K: int) -> Fraction:
    r"""Power of two in whose multiples A and B fit into 32 bits: 1/2, in which nothing is rounded, or more.

    The sum of :math:`|B(M_\mu)|` over K patterns then stays well below :math:`2^{31}` as long as all but one of them
    are like random ones; the kernel notices where it does not.
    """
    even, odd = even_and_odd(F)
    random = K * float(binom.pmf(np.arange(len(F)), len(F) - 1, 0.5) @ np.abs(np.array(odd, float)))
    reach = max(4.0 * random, 2.0 * max(map(abs, even + odd)))
    return Fraction(2) ** max(-1, math.frexp(reach)[1] - 31)


def pack(F: NDArray[np.int64], coarse: Fraction, K: int) -> tuple[NDArray[np.int64], float, float]:
    """`parts`, `scale` and `slack` of `OddPart`, with A and B in multiples of `coarse`, B rounded to even ones."""
    even, odd = even_and_odd(F)
    upper = [round(a / coarse) for a in even]
    lower = [2 * round(b / (2 * coarse)) for b in odd]
    packed = np.array([a << 32 | b & 0xFFFFFFFF for a, b in zip(upper, lower, strict=True)], np.int64)
    off = [max(abs(a - coarse * b) for a, b in zip(*pair, strict=True)) for pair in ((even, upper), (odd, lower))]
    return packed, float(coarse / 4), float(K * sum(off) / 4)


def odd_cache(engine: OddPart, M: NDArray[np.int32]) -> NDArray[np.int32]:
    """What the odd-part kernel caches at overlaps `M`, shape (K',): M and B, ending with halves of the sum of A."""
    parts = engine.parts[(M + engine.N) >> 1]
    parts[engine.K :] = 0
    even = int(np.sum(parts >> 32))
    halves = np.array([[even >> 32], [even & 0xFFFFFFFF]], np.int64)
    return np.hstack([np.stack([M, parts]), halves]).astype(np.int32)


def metropolis_acceptance(values: Sequence[float | Fraction], K: int, T: float) -> float:
    r"""Fraction of flips that the Metropolis rule accepts in the paramagnet of K random patterns at `T` > 0.

    The change of energy is then Gaussian of variance σ² and mean :math:`\sigma^2/2T`, as detailed balance demands, and
    the fraction :math:`\mathrm{erfc}(\sigma/\sqrt 8 T)`.
    """
    steps = np.diff(np.array(values, float))
    # The flips between M and M + 2, M = 2 k - N: the other N - 1 spins have k up.
    chances = binom.pmf(np.arange(len(steps)), len(steps) - 1, 0.5)
    return float(erfc(math.sqrt(K * float(chances @ steps**2) / 8.0) / T))


def choose_kernel(name: str, values: Sequence[float | Fraction], K: int, rule: str, T: float) -> str:
    """Engine for a run: `name` unless it is ``"auto"``, which decides by the acceptance to be expected.

    That is at most one half with heat-bath updates, and in states colder than the paramagnet: there the odd part is
    faster. Hot Metropolis updates are faster by look-up.

    Parameters
    ----------
    name : str
        ``"auto"``, ``"look-up"`` or ``"odd-part"``.
    values : sequence of float or Fraction, length N + 1
        The interaction.
    K : int
        Number of patterns.
    rule : str
        ``"heat-bath"`` or ``"metropolis"``.
    T : float
        Temperature.

    Raises
    ------
    ValueError
        If there is no such engine.
    """
    if check_choice("engine", name, ("auto", *KERNELS)) != "auto":
        return name
    hot = rule == "metropolis" and T > 0 and metropolis_acceptance(values, K, T) > BREAK_EVEN
    return "look-up" if hot else "odd-part"
