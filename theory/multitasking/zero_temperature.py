r"""Zero temperature: all states of few patterns, and the hierarchical and parallel states in closed form.

At T = 0 a site takes the sign of :math:`m\cdot\xi`, and :math:`m_\mu = \mathrm{E}\,\xi_\mu\,\mathrm{sign}(m\cdot\xi)`,
with the energy :math:`-\frac12 m^2`. The amplitudes enter through the signs alone, that is through the order of the
sums of amplitudes over all pairs of disjoint sets of patterns. Up to permutations there are 1, 1, 2, 14, 516, … such
orders of K = 1, 2, 3, 4, 5 patterns [1]_, whatever the dilution; each gives one candidate, a polynomial in d, which is
a state if its own amplitudes have the order that it came from. So all states are found, none by luck. (Amplitudes in a
tie have an infinitely unstable direction.)

The *hierarchical* order is that of :math:`m_k > m_{k+1} + \dots + m_K` for every k: a site serves the first
pattern in which it is not blank,

.. math:: m_k = (1-d)\,d^{k-1}, \qquad e = -\frac{(1-d)(1-d^{2K})}{2(1+d)} ,

a power law in the number of entries that pattern k has left. It is a state as long as
:math:`d + d^2 + \dots + d^{K-1} < 1`, up to :math:`d_c(K)`, and the one of lowest energy up to :math:`d_E(K)` only.

References
----------
.. [1] T. Fine, J. Gill, Ann. Probab. 4, 667 (1976), on comparative probability orderings.
.. [2] E. Agliari, A. Barra, A. Galluzzi, F. Guerra, F. Moauro, Phys. Rev. Lett. 109, 268101 (2012).
"""

import math
from functools import lru_cache
from itertools import combinations

import numpy as np
from scipy import optimize

from statmech.checks import check_dilution, check_integer
from theory.multitasking.averages import TIE, Array, configuration_weights, configurations

ORDERS = {1: (1, 1), 2: (1, 2), 3: (2, 4), 4: (14, 10), 5: (516, 30)}
"""Number of orders of K amplitudes, and the largest integer that is needed to represent them all."""


def hierarchical_amplitudes(K: int, d: float) -> Array:
    """Amplitudes of the hierarchical order at T = 0: those of a state as long as d is below `existence_dilution`.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> hierarchical_amplitudes(3, 0.5)
    array([0.5  , 0.25 , 0.125])
    """
    return (1 - check_dilution(d)) * float(d) ** np.arange(check_integer("K", K, low=1))


def hierarchical_energy(K: int, d: float) -> float:
    """Energy per spin of the hierarchical order at T = 0."""
    d = check_dilution(d)
    return -(1 - d) * (1 - d ** (2 * check_integer("K", K, low=1))) / (2 * (1 + d))


def parallel_amplitudes(d: float) -> Array:
    r"""The parallel state of three patterns at T = 0, in which none has a site for itself against the other two.

    .. math::

        m_1 = (1-d)\Big[1 - \frac{(1-d)^2}{2}\Big], \quad m_2 = (1-d)\frac{1+d^2}{2}, \quad
        m_3 = (1-d)\Big[1 - \frac{(1-d)(1+3d)}{2}\Big] .

    It is a state at every d > 0, because :math:`m_1 < m_2 + m_3` there; as :math:`d \to 0` it becomes the symmetric
    mixture of three patterns of the Hopfield model, and as :math:`d \to 1` all three are 1 - d.

    Raises
    ------
    ValueError
        If d is out of range.
    """
    d = check_dilution(d)
    v = 1 - d
    return v * np.array([1 - v * v / 2, (1 + d * d) / 2, 1 - v * (1 + 3 * d) / 2])


def existence_dilution(K: int) -> float:
    r"""Dilution :math:`d_c(K)` up to which the hierarchical state exists at T = 0; :math:`1 - 2d + d^K = 0` there.

    It is stable wherever it exists, but of lowest energy up to `energy_dilution` only.

    Raises
    ------
    ValueError
        If K < 2.

    Examples
    --------
    >>> [round(existence_dilution(K), 7) for K in (2, 3, 4)]
    [1.0, 0.618034, 0.543689]
    """
    if check_integer("K", K, low=2) == 2:
        return 1.0
    return optimize.brentq(lambda d: math.fsum(d**k for k in range(1, K)) - 1, 0.5, 0.7, xtol=1e-15)


@lru_cache(maxsize=8)
def energy_dilution(K: int) -> float:
    r"""Dilution :math:`d_E(K)` up to which the hierarchical state has the lowest energy at T = 0.

    The crossing with the first of all other states that falls below it; K = 2 to 5. From there to `existence_dilution`
    the hierarchical state is metastable.

    Raises
    ------
    ValueError
        If K is not between 2 and 5.

    Examples
    --------
    >>> energy_dilution(3)  # doctest: +ELLIPSIS
    0.54691816...
    """
    if check_integer("K", K, low=2, high=max(ORDERS)) == 2:
        return 1.0  # there is no other order

    def lead(d: float) -> float:
        """Energy of the best other state, minus that of the hierarchical one."""
        return min(-0.5 * float(m @ m) for m in zero_minima(K, d) if not dominates(m)) - hierarchical_energy(K, d)

    grid = np.linspace(0.3, existence_dilution(K), 60)
    first = next(k for k, d in enumerate(grid) if lead(d) < 0)
    return optimize.brentq(lead, grid[first - 1], grid[first], xtol=1e-15)


def dominates(m: Array) -> bool:
    """Whether each of the sorted amplitudes exceeds the sum of the smaller ones: the hierarchical order."""
    return bool(np.all(m > np.concatenate((np.cumsum(m[::-1])[::-1][1:], [0.0])) + TIE * m[0]))


@lru_cache(maxsize=8)
def orders(K: int) -> Array:
    r"""The signs of :math:`m\cdot\xi` on the `configurations`, for every order that distinct amplitudes can have.

    Each row belongs to one order of sorted amplitudes. Every order has integer representatives; counting them against
    the known number proves the list complete.

    Raises
    ------
    ValueError
        If K is not between 1 and 5.
    """
    number, largest = ORDERS[check_integer("K", K, low=1, high=max(ORDERS))]
    integers = np.array(list(combinations(range(largest, 0, -1), K)), dtype=float)
    sums = integers @ configurations(K).T
    up = sums[(sums != 0).all(axis=1)] > 0
    packed = np.packbits(up, axis=1)
    keys = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
    found = up[np.unique(keys, return_index=True)[1]]
    assert len(found) == number
    return np.where(found, 1.0, -1.0)


def zero_minima(K: int, d: float) -> Array:
    """All stable states of K ≤ 5 patterns at T = 0, amplitudes sorted, lowest energy first; one row each.

    Apart from the hierarchical one, states are missed of which some field is below 1e-12 of the largest amplitude: at
    dilutions below 1e-3, where the last of five patterns has a fraction :math:`d^4` of the sites.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> zero_minima(3, 0.5)
    array([[0.5   , 0.25  , 0.125 ],
           [0.4375, 0.3125, 0.1875]])
    """
    signs, xi, weights = orders(K), configurations(K), configuration_weights(K, check_dilution(d))
    m = (signs * weights) @ xi
    # the amplitudes of a state have the order that they came from, on every kind of site that there is
    own = np.all((signs * (m @ xi.T) > TIE * (1 - d)) | (weights == 0), axis=1)
    found = -np.sort(-m[own], axis=1)
    if d < existence_dilution(max(K, 2)) and not any(dominates(row) for row in found):
        found = np.vstack(
            (hierarchical_amplitudes(K, d), found)
        )  # its last amplitudes are below rounding of the others
    if d == 0:  # without blanks many orders are the same on all sites
        found = np.unique(found, axis=0)
    return found[np.argsort(-0.5 * np.sum(found**2, axis=1), kind="stable")]
