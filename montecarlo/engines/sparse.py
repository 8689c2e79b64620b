r"""Engine for patterns with blanks: :math:`H = -\tfrac{unit}{2} \sum_\mu M_\mu^2`, a list of entries at every site.

:math:`M_\mu = \sum_i x_i^\mu s_i`, with integer entries x of which many, or nearly all, are zero. An update of spin i
goes through the patterns in which i is not blank, and no others: its cost is their number, not K.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from statmech.checks import check_real


@dataclass(frozen=True)
class Sparse:
    r"""Engine of cached overlaps with sparse patterns.

    Attributes
    ----------
    index : array of uint32, shape (E,)
        Patterns of the entries that are not zero, site after site.
    value : array of int16, shape (E,)
        These entries.
    first : array of uint64, shape (N + 1,)
        Entries of site i are number ``first[i]`` to ``first[i + 1] - 1``.
    own : array of int64, shape (N,)
        Self-couplings of the sites, :math:`\sum_\mu (x_i^\mu)^2`.
    K : int
        Number of patterns.
    unit : float
        The energies' unit.
    constant : float
        What is taken off :math:`\sum_\mu M_\mu^2`: the sum of `own` if the Hamiltonian has no self-couplings.
    """

    index: NDArray[np.uint32]
    value: NDArray[np.int16]
    first: NDArray[np.uint64]
    own: NDArray[np.int64]
    K: int
    unit: float
    constant: float

    @property
    def N(self) -> int:
        """Number of spins."""
        return len(self.own)


def sparse_engine(patterns: NDArray[Any], unit: float, *, self_couplings: bool) -> Sparse:
    r"""Engine for :math:`H = -\tfrac{unit}{2} \sum_\mu [M_\mu^2 - \sum_i (x_i^\mu)^2]`, or without the last term.

    Parameters
    ----------
    patterns : array of integers, shape (K, N)
        The entries x.
    unit : float
        The couplings' unit, 1/N for ternary patterns.
    self_couplings : bool
        Whether the Hamiltonian has them. That is a constant: the dynamics does not depend on it.

    Raises
    ------
    ValueError
        If the unit is not positive, or entries or overlaps exceed the range of the integers that hold them.
    """
    K, N = patterns.shape
    sites, index = np.nonzero(patterns.T)
    return listed_engine(sites, index, patterns.T[sites, index], N, K, unit, self_couplings=self_couplings)


def listed_engine(
    sites: NDArray[np.int64],
    index: NDArray[np.int64],
    value: NDArray[Any],
    N: int,
    K: int,
    unit: float,
    *,
    self_couplings: bool,
) -> Sparse:
    """The same from a list of entries: their sites, in increasing order, patterns and values, each of shape (E,).

    Raises
    ------
    ValueError
        As for `sparse_engine`.
    """
    check_real("unit", unit, low=0.0, open_low=True)
    moduli = np.abs(value.astype(np.int64))
    if moduli.size and moduli.max() > np.iinfo(np.int16).max:
        raise ValueError(f"patterns hold {moduli.max()}: entries of sparse patterns must be between -32767 and 32767")
    largest = np.bincount(index, moduli, K)
    # Sums of squares of overlaps, the largest numbers that occur, stay within 62 bits.
    if largest.max() >= 2**31 or float(largest @ largest) >= 2.0**62:
        raise ValueError(f"N = {N} is not allowed: overlaps with entries this large do not fit into 31 bits")
    first = np.concatenate([[0], np.cumsum(np.bincount(sites, minlength=N))])
    own = np.bincount(sites, moduli.astype(float) ** 2, N).astype(np.int64)
    constant = 0.0 if self_couplings else float(own.sum())
    return Sparse(index.astype(np.uint32), value.astype(np.int16), first.astype(np.uint64), own, K, unit, constant)


def sparse_overlaps(engine: Sparse, spins: NDArray[np.int8]) -> NDArray[np.int32]:
    """Integer overlaps of a state with all patterns, shape (K,)."""
    signs = np.repeat(spins, np.diff(engine.first).astype(np.int64))
    # Integers below 2^53 are exact in float64.
    return np.bincount(engine.index, engine.value * signs.astype(float), engine.K).astype(np.int32)
