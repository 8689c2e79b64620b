"""Quenched disorder, drawn from a stream."""

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
