r"""Random words for the kernels: xoshiro256++.

Kernels take their random numbers as an array of 32-bit words that is filled beforehand, so that a sweep is
a deterministic function of its state and its words. Filling costs about half a nanosecond a word, against
about five for a call of `numpy.random.Generator` from compiled code.

References
----------
.. [1] D. Blackman, S. Vigna, ACM Trans. Math. Softw. 47, 36 (2021). https://arxiv.org/abs/1805.01407
"""

import numpy as np
from numba import njit, uint32, uint64
from numpy.typing import NDArray


def seed_words(stream: np.random.SeedSequence) -> NDArray[np.uint64]:
    """Return a state of the generator, shape (4,), seeded from `stream`."""
    return stream.generate_state(4, np.uint64).astype(np.uint64)


def word_buffer(count: int) -> NDArray[np.uint32]:
    """Return an empty buffer for at least `count` words: an even number, as they are made in pairs."""
    return np.empty(count + count % 2, np.uint32)


@njit(cache=True)
def fill_words(state, words):  # type: ignore[no-untyped-def]
    """Fill `words` with random 32-bit words and advance `state`.

    Each step yields 64 bits, used as two words, the upper half first: xoshiro256++, unlike xoshiro256+, is
    good in all of its bits. The state is held in registers meanwhile, which is as fast as several generators
    side by side.

    Parameters
    ----------
    state : array of uint64, shape (4,)
        State of the generator, changed in place.
    words : array of uint32, even length
        Filled in place.
    """
    a, b, c, d = state[0], state[1], state[2], state[3]
    for k in range(0, words.size, 2):
        total = a + d
        value = ((total << uint64(23)) | (total >> uint64(41))) + a
        shifted = b << uint64(17)
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = (d << uint64(45)) | (d >> uint64(19))
        words[k] = uint32(value >> uint64(32))
        words[k + 1] = uint32(value & uint64(0xFFFFFFFF))
    state[0], state[1], state[2], state[3] = a, b, c, d


@njit(cache=True)
def fill_rows(states, words):  # type: ignore[no-untyped-def]
    """Fill each row of `words`, shape (n, even length), from its row of `states`, shape (n, 4)."""
    for k in range(states.shape[0]):
        fill_words(states[k], words[k])
