r"""Fields of Hebbian networks on site magnetisations, exactly, by matrix products.

With distinct indices the energy :math:`H(s) = -w \sum_\mu e_P(a^\mu \circ s)` is linear in each spin: its mean over
independent spins of magnetisations m is H(m). The field on site i, :math:`h_i(m) = -\partial H / \partial m_i`, is
:math:`w \sum_\mu a_i^\mu` times the elementary symmetric polynomial :math:`e_{P-1}` of the entries
:math:`x_j = a_j^\mu m_j` of all sites but i. To leave a site out, divide the generating function
:math:`\prod_j (1 + t x_j) = \sum_k t^k e_k` by :math:`1 + t x_i`:

.. math::

    h_i(m) = w \sum_{k=0}^{P-1} (-m_i)^k \sum_\mu (a_i^\mu)^{k+1} e_{P-1-k}^\mu , \qquad
    j\,e_j^\mu = \sum_{k=1}^j (-1)^{k-1} e_{j-k}^\mu\, p_k^\mu , \quad p_k^\mu = \sum_i (a_i^\mu)^k m_i^k .

For each power k there is one product of the entries with :math:`m^k`, and one with :math:`e_{P-1-k}`; nothing else
grows with N C, where C is the number of columns a. Where all entries are ±1 their even powers are 1, and only the odd
ones need products, P in all: :math:`2 P N C` operations for all N fields. Other entries need 2 P - 1 products, and
P - 1 multiplications to raise them. Entries are kept as integers and converted a few columns at a time, which stay in
the processor's cache for all products. Measured: 0.6 ns for each of N C entries ±1 at P = 4 and 0.9 ns at P = 6, and
1.8 and 3.3 ns for other entries.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from montecarlo.engines.power_sums import narrowest
from statmech.checks import check_integer, check_real

BLOCK = 2**18
"""Entries in floating point at a time, 1 MiB."""


@dataclass(frozen=True)
class Multilinear:
    r"""The energy :math:`H(m) = -w \sum_\mu e_P(a^\mu \circ m)` of columns :math:`a = scale \cdot A`.

    Attributes
    ----------
    A : array of integers, shape (N, C)
        Entries site by site.
    P : int
        Number of interacting spins, even.
    weight : float
        The weight w of a product of P entries.
    scale : float
        What entries are multiplied by.
    signs : bool
        Whether all entries are ±1, and the scale is 1.
    J : array, shape (N, N), or None
        For P = 2 with so many columns that it is smaller: the matrix with h = J m.
    """

    A: NDArray[np.signedinteger]
    P: int
    weight: float
    scale: float
    signs: bool
    J: NDArray[np.float64] | None

    @property
    def N(self) -> int:
        """Number of sites."""
        return self.A.shape[0]


def multilinear(rows: NDArray[np.signedinteger], P: int, *, weight: float, scale: float = 1.0) -> Multilinear:
    r"""Energy :math:`H(m) = -weight \sum_\mu e_P(scale\,A^\mu \circ m)`.

    Parameters
    ----------
    rows : array of integers, shape (C, N)
        Patterns, examples, or sums of examples.
    P : int
        Number of interacting spins, even, at least 2 and at most N.
    weight, scale : float
        Positive.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    C, N = rows.shape
    if check_integer("P", P, low=2, high=N) % 2:
        raise ValueError(f"P = {P} is not allowed: P must be even")
    weight = check_real("weight", weight, low=0.0, open_low=True)
    scale = check_real("scale", scale, low=0.0, open_low=True)
    A = np.ascontiguousarray(rows.T, narrowest(rows))
    signs = scale == 1.0 and bool(np.all(np.abs(A) == 1))
    network = Multilinear(A, P, weight, scale, signs, None)
    if P > 2 or 2 * C <= N:
        return network
    J = np.zeros((N, N))
    for a in _blocks(network, np.dtype(np.float64)):
        J += weight * (a @ a.T)
    np.fill_diagonal(J, 0.0)
    return Multilinear(A, P, weight, scale, signs, J)


def fields(
    network: Multilinear, m: NDArray[np.float64], precision: type[np.floating] = np.float32
) -> NDArray[np.float64]:
    r"""Fields :math:`h_i(m) = -\partial H / \partial m_i` on all sites, shape (N,).

    At :math:`m = s`, spins ±1, they are the local fields: a flip costs :math:`2 s_i h_i`.

    Parameters
    ----------
    network : Multilinear
        The energy.
    m : array, shape (N,)
        Magnetisations.
    precision : type
        Of the matrix products: in float32 fields are good to about 1e-6 of the largest, in float64 to 1e-14.
    """
    if network.J is not None:
        return network.J @ m
    P = network.P
    powers = m ** np.arange(P)[:, None]
    sums = np.zeros((P, network.N))
    add = _add_signs if network.signs else _add_powers
    for a in _blocks(network, np.dtype(precision)):
        add(a, powers.astype(precision), sums)
    return network.weight * np.sum(powers * (-1.0) ** np.arange(P)[:, None] * sums, 0)


def _blocks(network: Multilinear, precision: np.dtype[np.floating]) -> Iterator[NDArray[np.floating]]:
    """A few columns of the entries at a time, in floating point."""
    step = max(1, BLOCK // (network.N * (1 if network.signs else network.P)))
    for start in range(0, network.A.shape[1], step):
        block = network.A[:, start : start + step].astype(precision)
        yield block if network.signs else np.multiply(block, network.scale, out=block)


def _add_signs(a: NDArray[np.floating], powers: NDArray[np.floating], sums: NDArray[np.float64]) -> None:
    r"""Add :math:`\sum_\mu (a_i^\mu)^{k+1} e_{P-1-k}^\mu` of entries ±1 to row k of `sums`."""
    P = len(powers)
    p = np.empty((P, a.shape[1]))
    p[1::2] = powers[1::2] @ a
    p[2::2] = powers[2::2].sum(1, dtype=np.float64)[:, None]
    e = _elementary(p)
    odd = e[P - 1 :: -2]  # e_(P-1), e_(P-3), …, e_1 belong to k = 0, 2, …
    sums[::2] += odd.astype(a.dtype) @ a.T
    sums[1::2] += e[P - 2 :: -2].sum(1)[:, None]


def _add_powers(a: NDArray[np.floating], powers: NDArray[np.floating], sums: NDArray[np.float64]) -> None:
    r"""Add :math:`\sum_\mu (a_i^\mu)^{k+1} e_{P-1-k}^\mu` of any entries to row k of `sums`."""
    P = len(powers)
    raised = [a]
    for _ in range(P - 1):
        raised.append(raised[-1] * a)
    p = np.empty((P, a.shape[1]))
    for k in range(1, P):
        p[k] = powers[k] @ raised[k - 1]
    e = _elementary(p).astype(a.dtype)
    for k in range(P):
        sums[k] += raised[k] @ e[P - 1 - k]


def _elementary(p: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Elementary symmetric polynomials :math:`e_0, \dots, e_{P-1}` from power sums; row 0 of `p` is not used."""
    e = np.empty_like(p)
    e[0] = 1.0
    for j in range(1, len(p)):
        e[j] = sum((-1) ** (k - 1) * e[j - k] * p[k] for k in range(1, j + 1)) / j
    return e
