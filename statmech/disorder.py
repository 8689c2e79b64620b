"""Quenched disorder, drawn from a stream."""

from itertools import product

import numpy as np
from numpy.typing import NDArray


def rademacher_patterns(K: int, N: int, stream: np.random.SeedSequence) -> NDArray[np.int8]:
    """K patterns of N independent entries ±1 with probability 1/2 each.

    Parameters
    ----------
    K, N : int
        Number of patterns and of sites.
    stream : numpy.random.SeedSequence
        The stream that the patterns own: the same stream gives the same patterns.

    Returns
    -------
    numpy.ndarray of int8, shape (K, N)
        Row :math:`\\mu` is pattern :math:`\\xi^\\mu`.
    """
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    bits = np.unpackbits(np.frombuffer(generator.bytes((K * N + 7) // 8), np.uint8), count=K * N)
    return (2 * bits.astype(np.int8) - 1).reshape(K, N)


def ternary_patterns(K: int, N: int, d: float, stream: np.random.SeedSequence) -> NDArray[np.int8]:
    """K patterns of N independent entries, 0 with probability d and ±1 with probability (1 - d)/2 each.

    Parameters
    ----------
    K, N : int
        Number of patterns and of sites.
    d : float
        Dilution.
    stream : numpy.random.SeedSequence
        The stream that the patterns own.

    Returns
    -------
    numpy.ndarray of int8, shape (K, N)
    """
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    patterns = np.empty((K, N), np.int8)
    for row in patterns:
        u = generator.random(N)
        row[:] = (u >= d).astype(np.int8) - 2 * (u >= 0.5 * (1 + d))
    return patterns


def stratified_patterns(K: int, N: int, d: float, stream: np.random.SeedSequence) -> NDArray[np.int8]:
    r"""K ternary patterns in which every kind of site occurs as often as it is expected, in random order.

    There are :math:`3^K` kinds of sites. Each gets the integer part of N times its probability, and those with the
    largest remainders one more, drawn by lot where remainders are equal. Independent entries fluctuate: the number of
    those of a pattern that are not blank by :math:`\sqrt{N d (1-d)}`. Where several patterns are retrieved with equal
    amplitudes, such differences between them act as fields that favour one over the others, and near a bifurcation,
    where the response to them is large, the amplitudes of a network of thousands of spins are visibly unequal.

    Parameters
    ----------
    K, N, d, stream
        As for `ternary_patterns`.

    Returns
    -------
    numpy.ndarray of int8, shape (K, N)

    Raises
    ------
    ValueError
        If there are more kinds of sites than sites.
    """
    if 3**K > N:
        raise ValueError(f"N = {N} is not allowed: stratified patterns need a site of each kind, N >= 3^{K} = {3**K}")
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    kinds = np.array(list(product((0, 1, -1), repeat=K)), np.int8)
    # Kinds with as many blanks must have the same probability to the last bit: their order is left to the lot.
    expected = N * np.array([((1 - d) / 2) ** (K - blanks) * d**blanks for blanks in range(K + 1)])
    expected = expected[(kinds == 0).sum(1)]
    numbers = np.floor(expected).astype(np.int64)
    lot = generator.permutation(len(kinds))
    by_remainder = lot[np.argsort((numbers - expected)[lot], kind="stable")]
    numbers[by_remainder[: N - numbers.sum()]] += 1
    return np.ascontiguousarray(generator.permutation(np.repeat(kinds, numbers, 0)).T)


def scattered_entries(
    K: int, N: int, p: float, stream: np.random.SeedSequence
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int8]]:
    """Entries of K patterns of N sites that are blank but for a fraction `p`, without the blanks.

    Parameters
    ----------
    K, N : int
        Number of patterns and of sites.
    p : float
        Probability that an entry is not blank, 0 < p ≤ 1; then it is ±1 with probability 1/2 each.
    stream : numpy.random.SeedSequence
        The stream that the patterns own.

    Returns
    -------
    sites, patterns : array of int64, shape (E,)
        Where the entries are, site after site.
    values : array of int8, shape (E,)
    """
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    cells, last = [np.empty(0, np.int64)], -1
    while last < K * N:
        # The distance to the next entry is geometric: the blanks in between are never drawn.
        gaps = np.minimum(generator.geometric(p, round(p * K * N) + 16), K * N + 1)
        cells.append(last + np.cumsum(gaps))
        last = int(cells[-1][-1])
    where = np.concatenate(cells)
    where = where[where < K * N]
    return where // K, where % K, 2 * generator.integers(0, 2, len(where), np.int8) - 1
