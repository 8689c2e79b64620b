"""Sources of pictures, and how they are divided."""

import math
import sys

import numpy as np
import pytest

from statmech import datasets

STREAM = np.random.SeedSequence(8)


def test_pictures_refuse_arrays_that_do_not_fit():
    images, labels = np.zeros((3, 2, 2), np.uint8), np.array([0, 1, 1])
    assert len(datasets.Pictures(images=images, labels=labels)) == 3
    nan = np.full((3, 2, 2), np.nan)
    for bad in (images[0], images[:0], images.astype(complex), nan, images.astype(bool)):
        with pytest.raises(ValueError, match="images of shape .* are not allowed"):
            datasets.Pictures(images=bad, labels=labels)
    for bad in (labels[:2], -labels, labels.astype(float)):
        with pytest.raises(ValueError, match="labels of shape .* one for each of the 3 images"):
            datasets.Pictures(images=images, labels=bad)


def test_smooth_archetypes_are_balanced_smooth_and_independent_of_the_examples():
    archetypes = datasets.smooth_archetypes(stream=STREAM)
    assert archetypes.shape == (10, 28, 28)
    assert archetypes.dtype == np.int8
    np.testing.assert_array_equal(archetypes.sum(axis=(1, 2)), 0)
    neighbours = np.mean(archetypes * np.roll(archetypes, 1, axis=2))
    # sign correlation 2/pi arcsin C of a field with C = exp(-x^2/4 l^2) at distance x = 1
    assert neighbours == pytest.approx(2 / math.pi * math.asin(math.exp(-1 / 16)), abs=0.03)
    np.testing.assert_array_equal(archetypes, datasets.smooth_archetypes(stream=STREAM))
    odd = datasets.smooth_archetypes(classes=2, shape=(3, 5), length=1, stream=STREAM)
    np.testing.assert_array_equal(odd.sum(axis=(1, 2)), 1)
    many = datasets.smooth_archetypes(classes=200, stream=STREAM).reshape(200, -1)
    overlaps = datasets.gram_check(many).gram[np.triu_indices(200, 1)]
    assert math.sqrt(np.mean(overlaps**2)) == pytest.approx(0.13, abs=0.005)


def test_synthetic_pictures_are_examples_of_their_archetypes():
    pictures = datasets.synthetic_pictures(classes=4, examples=50, r=0.7, stream=STREAM)
    np.testing.assert_array_equal(pictures.labels, np.repeat(np.arange(4), 50))
    archetypes = datasets.smooth_archetypes(classes=4, stream=STREAM)
    overlap = np.mean(pictures.images * archetypes[pictures.labels])
    assert overlap == pytest.approx(0.7, abs=5 * math.sqrt(0.51 / pictures.images.size))
    again = datasets.synthetic_pictures(classes=4, examples=50, r=0.7, stream=STREAM)
    np.testing.assert_array_equal(pictures.images, again.images)
    np.testing.assert_array_equal(
        datasets.synthetic_pictures(classes=4, examples=2, r=1, stream=STREAM).images[::2], archetypes
    )


def test_shifted_pictures_are_shifted_by_at_most_one_pixel():
    shifted = datasets.synthetic_pictures(classes=3, examples=60, r=1, shifts=True, stream=STREAM)
    archetypes = datasets.smooth_archetypes(classes=3, stream=STREAM)
    seen = set()
    for image, label in zip(shifted.images, shifted.labels, strict=True):
        steps = [
            (dy, dx)
            for dy in (-1, 0, 1)
            for dx in (-1, 0, 1)
            if np.array_equal(image, np.roll(archetypes[label], (dy, dx), axis=(0, 1)))
        ]
        assert len(steps) == 1
        seen |= set(steps)
    assert len(seen) == 9


def test_bad_parameters_of_synthetic_pictures_are_named():
    with pytest.raises(ValueError, match="classes = 0 is not allowed"):
        datasets.smooth_archetypes(classes=0, stream=STREAM)
    with pytest.raises(ValueError, match="shape = 0 is not allowed"):
        datasets.smooth_archetypes(shape=(28, 0), stream=STREAM)
    with pytest.raises(ValueError, match="length = -1 is not allowed"):
        datasets.smooth_archetypes(length=-1, stream=STREAM)
    with pytest.raises(ValueError, match="examples = 0 is not allowed"):
        datasets.synthetic_pictures(examples=0, stream=STREAM)
    with pytest.raises(ValueError, match="r = 2 is not allowed"):
        datasets.synthetic_pictures(r=2, stream=STREAM)


def test_training_and_held_out_pictures_are_disjoint_balanced_and_nested():
    # every picture is its own number, so that what was drawn can be told
    labels = np.repeat([5, 0, 2], [9, 12, 10])[np.random.default_rng(0).permutation(31)]
    pictures = datasets.Pictures(images=np.arange(31).reshape(31, 1, 1), labels=labels)
    training, held_out = datasets.split(pictures, training=4, held_out=3, stream=STREAM)
    np.testing.assert_array_equal(training.labels, np.repeat([0, 2, 5], 4))
    np.testing.assert_array_equal(held_out.labels, np.repeat([0, 2, 5], 3))
    drawn, tested = training.images.ravel(), held_out.images.ravel()
    assert len({*drawn, *tested}) == 3 * 7
    np.testing.assert_array_equal(labels[drawn], training.labels)
    np.testing.assert_array_equal(labels[tested], held_out.labels)
    more, same = datasets.split(pictures, training=6, held_out=3, stream=STREAM)
    np.testing.assert_array_equal(same.images, held_out.images)
    assert set(drawn) < set(more.images.ravel())
    other, _ = datasets.split(pictures, training=4, held_out=3, stream=np.random.SeedSequence(9))
    assert set(drawn) != set(other.images.ravel())
    twins = datasets.Pictures(images=np.arange(60).reshape(60, 1, 1), labels=np.repeat([0, 1], 30))
    first, second = datasets.split(twins, training=9, held_out=1, stream=STREAM)[0].images.reshape(2, 9)
    assert not np.array_equal(first, second - 30)  # each class is drawn on its own
    with pytest.raises(ValueError, match=r"training \+ held_out = 10 is not allowed: class 5 has 9 pictures"):
        datasets.split(pictures, training=7, held_out=3, stream=STREAM)
    with pytest.raises(ValueError, match="held_out = 0 is not allowed"):
        datasets.split(pictures, training=7, held_out=0, stream=STREAM)


def test_digits_of_scikit_learn():
    pytest.importorskip("sklearn")
    digits = datasets.load_digits()
    assert repr(digits) == "1797 pictures of 8 × 8 pixels in 10 classes"
    assert (digits.images.min(), digits.images.max()) == (0, 16)
    spins = datasets.binarise_by_median(digits)
    assert spins.N == 44
    assert abs(spins.mean_spin) < 0.1 < abs(datasets.binarise(digits, 8).mean_spin)
    # the classes are alike where all pixels are cut at one intensity
    biased = datasets.binarise(digits, 8)
    alike, distinct = (
        datasets.gram_check(datasets.class_archetypes(one.spins, one.labels, STREAM)) for one in (biased, spins)
    )
    assert len(alike.pairs) > 30
    assert alike.mean_square > 4 * distinct.mean_square
    assert len(distinct.pairs) < 10


def test_absent_scikit_learn_is_explained(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match=r"pip install 'statmech\[data\]'.*synthetic_pictures"):
        datasets.load_digits()
