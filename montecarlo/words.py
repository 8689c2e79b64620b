r"""Random words for the kernels: xoshiro256++ in eight independent lanes.

Kernels take their random numbers as an array of 32-bit words that is filled beforehand, so that a sweep is
a deterministic function of its state and its words. Filling a block costs about half a nanosecond a word,
against about five for a call of `numpy.random.Generator` from compiled code.

References
----------
.. [1] D. Blackman, S. Vigna, ACM Trans. Math. Softw. 47, 36 (2021). https://arxiv.org/abs/1805.01407
"""

import numpy as np
from numba import njit, uint32, uint64
from numpy.typing import NDArray

LANES = 8
"""Independent generators side by side: as many 64-bit words as one vector register holds."""

GRAIN = 2 * LANES
"""Words that one step of all lanes yields; buffers are multiples of it."""


def seed_lanes(stream: np.random.SeedSequence) -> NDArray[np.uint64]:
    """Return states of the lanes, shape (4, LANES), seeded from `stream`."""
    return stream.generate_state(4 * LANES, np.uint64).reshape(4, LANES)


def word_buffer(count: int) -> NDArray[np.uint32]:
    """Return an empty buffer for at least `count` words."""
    return np.empty(-(-count // GRAIN) * GRAIN, np.uint32)


@njit(cache=True)
def fill_words(lanes, words):  # type: ignore[no-untyped-def]
    """Fill `words` with random 32-bit words and advance `lanes`.

    Each step of a lane yields 64 bits, used as two words: xoshiro256++, unlike xoshiro256+, is good in all
    of its bits.

    Parameters
    ----------
    lanes : array of uint64, shape (4, LANES)
        State of the generators, changed in place.
    words : array of uint32, length a multiple of GRAIN
        Filled in place.
    """
    a, b, c, d = lanes[0], lanes[1], lanes[2], lanes[3]
    for k in range(0, words.size, GRAIN):
        for lane in range(LANES):
            total = a[lane] + d[lane]
            value = ((total << uint64(23)) | (total >> uint64(41))) + a[lane]
            shifted = b[lane] << uint64(17)
            c[lane] ^= a[lane]
            d[lane] ^= b[lane]
            b[lane] ^= c[lane]
            a[lane] ^= d[lane]
            c[lane] ^= shifted
            d[lane] = (d[lane] << uint64(45)) | (d[lane] >> uint64(19))
            words[k + lane] = uint32(value >> uint64(32))
            words[k + LANES + lane] = uint32(value & uint64(0xFFFFFFFF))
