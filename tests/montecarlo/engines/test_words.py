"""Random words: the published sequence, and nothing lost between blocks."""

import numpy as np

from montecarlo.engines.words import fill_words, seed_words, word_buffer

# First outputs of xoshiro256++ from the state (1, 2, 3, 4): the reference vector of the rand_xoshiro crate, made
# with the authors' C code (https://prng.di.unimi.it/xoshiro256plusplus.c).
REFERENCE = [
    41943041,
    58720359,
    3588806011781223,
    3591011842654386,
    9228616714210784205,
    9973669472204895162,
    14011001112246962877,
    12406186145184390807,
    15849039046786891736,
    10450023813501588000,
]


def test_published_sequence() -> None:
    words = word_buffer(2 * len(REFERENCE))
    fill_words(np.array([1, 2, 3, 4], np.uint64), words)
    pairs = words.reshape(-1, 2).astype(np.uint64)
    assert [int(high) << 32 | int(low) for high, low in pairs] == REFERENCE


def test_blocks_join() -> None:
    whole, first, second = word_buffer(40), word_buffer(16), word_buffer(24)
    one, two = seed_words(np.random.SeedSequence(5)), seed_words(np.random.SeedSequence(5))
    fill_words(one, whole)
    fill_words(two, first)
    fill_words(two, second)
    assert np.array_equal(whole, np.concatenate([first, second]))
    assert np.array_equal(one, two)


def test_streams_differ_and_buffers_are_even() -> None:
    assert not np.array_equal(seed_words(np.random.SeedSequence(1)), seed_words(np.random.SeedSequence(2)))
    assert [word_buffer(count).size for count in (1, 2, 3, 64)] == [2, 2, 4, 64]


def test_words_are_uniform(seed: int) -> None:
    words = word_buffer(1 << 18)
    fill_words(seed_words(np.random.SeedSequence(seed)), words)
    for bit in range(32):
        ones = int(((words >> np.uint32(bit)) & np.uint32(1)).sum())
        assert abs(ones - words.size / 2) < 5 * np.sqrt(words.size) / 2, bit
