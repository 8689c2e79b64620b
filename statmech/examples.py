"""Random examples of archetypes: what a network that learns is shown, drawn from a stream."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from statmech.checks import check_integer, check_real, check_spins

BLOCK = 2**20
"""Random numbers that are held at a time, in draws; the examples do not depend on it."""


def noisy_examples(
    archetypes: NDArray[np.int8], *, M: int, r: float, stream: np.random.SeedSequence
) -> NDArray[np.int8]:
    r"""M examples of each archetype, :math:`\eta_i^{\mu,a} = \xi_i^\mu \chi_i^{\mu,a}`.

    The :math:`\chi_i^{\mu,a} = \pm 1` are independent with :math:`P(\chi = +1) = (1+r)/2`. The examples of the first
    archetypes do not depend on how many follow.

    Parameters
    ----------
    archetypes : array of int8, shape (K, N)
        Archetypes :math:`\xi^\mu`, ±1.
    M : int
        Examples of each archetype.
    r : float
        Quality of an example, its mean overlap with the archetype, in [0, 1].
    stream : numpy.random.SeedSequence
        The stream that the examples own.

    Returns
    -------
    numpy.ndarray of int8, shape (K, M, N)

    Raises
    ------
    ValueError
        If `archetypes` is not an array ±1 of shape (K, N), or `M` or `r` is out of range.
    """
    archetypes, M, r = _checked(archetypes, M, r)
    K, N = archetypes.shape
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    examples = np.repeat(archetypes, M, axis=0)
    for rows in _blocks(K * M, N):
        block = examples[rows]
        np.negative(block, out=block, where=generator.random(block.shape) < (1 - r) / 2)
    return examples.reshape(K, M, N)


def example_sums(
    archetypes: NDArray[np.int8], *, M: int, r: float, stream: np.random.SeedSequence
) -> NDArray[np.int32]:
    r"""Sums over M examples of each archetype, :math:`A_i^\mu = \sum_{a=1}^M \eta_i^{\mu,a}`, without the examples.

    They have the law of the sums of `noisy_examples`, drawn as :math:`A = \xi(2B - M)` with B binomial, M trials of
    probability :math:`(1+r)/2`, at a cost that does not grow with M. From the same stream, the two functions give
    different draws. The sums of the first archetypes do not depend on how many follow.

    Parameters
    ----------
    archetypes, M, r, stream
        As for `noisy_examples`.

    Returns
    -------
    numpy.ndarray of int32, shape (K, N)
        Between -M and M, of the parity of M.

    Raises
    ------
    ValueError
        If `archetypes` is not an array ±1 of shape (K, N), or `M` or `r` is out of range.
    """
    archetypes, M, r = _checked(archetypes, M, r)
    K, N = archetypes.shape
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    sums = np.empty((K, N), np.int32)
    for rows in _blocks(K, N):
        agreeing = generator.binomial(M, (1 + r) / 2, sums[rows].shape)
        sums[rows] = archetypes[rows] * (2 * agreeing - M)
    return sums


def _checked(archetypes: NDArray[np.int8], M: int, r: float) -> tuple[NDArray[np.int8], int, float]:
    return (
        check_spins("archetypes", archetypes, dimensions=2),
        check_integer("M", M, low=1, high=np.iinfo(np.int32).max),
        check_real("r", r, low=0.0, high=1.0),
    )


def _blocks(rows: int, N: int) -> Iterator[slice]:
    """Slices of whole rows, each of about `BLOCK` entries."""
    step = max(1, BLOCK // N)
    return (slice(start, start + step) for start in range(0, rows, step))
