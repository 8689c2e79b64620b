"""Pictures as spins: thresholds, kept pixels, drawing back, flips."""

import numpy as np
import pytest

from statmech import datasets

STREAM = np.random.SeedSequence(21)


def inked(examples=400, shape=(6, 5)):
    """Pictures whose pixels are dark with a probability that grows from 0 to 0.9 across the picture."""
    generator = np.random.default_rng(2)
    dark = np.linspace(0, 0.9, shape[0] * shape[1]).reshape(shape)
    intensity = generator.integers(1, 256, (examples, *shape))
    images = np.where(generator.random((examples, *shape)) < dark, 0, intensity).astype(np.uint8)
    return datasets.Pictures(images=images, labels=np.arange(examples) % 4)


def test_global_threshold_keeps_every_pixel():
    pictures = inked()
    data = datasets.binarise(pictures, 127.5)
    assert data.N == 30
    assert data.spins.dtype == np.int8
    np.testing.assert_array_equal(data.spins.reshape(-1, 6, 5), np.where(pictures.images > 127.5, 1, -1))
    assert data.mean_spin == pytest.approx(data.spins.mean())
    assert repr(data) == f"400 examples in 4 classes, N = 30 of 30 pixels, mean spin = {data.mean_spin:.3g}"
    with pytest.raises(ValueError, match="threshold = nan is not allowed"):
        datasets.binarise(pictures, np.nan)


def test_median_balances_pixels_and_leaves_out_those_it_cannot():
    pictures = inked()
    data = datasets.binarise_by_median(pictures)
    median = np.median(pictures.images, axis=0)
    above, from_there_on = pictures.images > median, pictures.images >= median
    nearer = np.abs(from_there_on.mean(axis=0) - 0.5) < np.abs(above.mean(axis=0) - 0.5)
    bright = np.where(nearer, from_there_on, above)
    fraction = bright.mean(axis=0)
    np.testing.assert_array_equal(data.kept, (fraction >= 0.25) & (fraction <= 0.75))
    assert 0 < data.N < 30
    np.testing.assert_array_equal(data.spins, np.where(bright[:, data.kept], 1, -1))
    assert np.all(np.abs(data.spins.mean(axis=0)) <= 0.5)
    assert abs(data.mean_spin) < abs(datasets.binarise(pictures, 127).mean_spin)
    everything = datasets.binarise_by_median(pictures, low=0, high=1)
    assert everything.N == 30


def test_pixel_that_is_fully_bright_in_most_pictures_is_balanced_too():
    """Three pixels, bright in six, four and eight of ten pictures: the median of each is a value that it takes."""
    images = np.zeros((10, 1, 3), np.uint8)
    for pixel, bright in enumerate((6, 4, 8)):
        images[:bright, 0, pixel] = 255
    data = datasets.binarise_by_median(datasets.Pictures(images=images, labels=np.zeros(10, int)))
    np.testing.assert_array_equal(data.kept, [[True, True, False]])
    np.testing.assert_array_equal(data.spins, np.where(images[:, 0, :2] > 0, 1, -1))


def test_no_pixel_left_is_an_error():
    pictures = datasets.Pictures(images=np.zeros((5, 2, 2)), labels=np.zeros(5, int))
    with pytest.raises(ValueError, match="no pixel can be \\+1 .* fractions are 0 to 0"):
        datasets.binarise_by_median(pictures)
    with pytest.raises(ValueError, match=r"high = 0.1 is not allowed: high must be a real number in \[0.25, 1\]"):
        datasets.binarise_by_median(pictures, high=0.1)


def test_held_out_pictures_are_cut_like_the_training_set():
    training, held_out = datasets.split(inked(), training=60, held_out=20, stream=STREAM)
    data = datasets.binarise_by_median(training)
    test = datasets.binarise_like(held_out, data)
    assert test.N == data.N
    np.testing.assert_array_equal(
        test.spins, np.where(held_out.images[:, data.kept] > data.thresholds[data.kept], 1, -1)
    )
    np.testing.assert_array_equal(datasets.binarise_like(training, data).spins, data.spins)
    other = datasets.Pictures(images=np.zeros((2, 5, 6)), labels=np.zeros(2, int))
    with pytest.raises(ValueError, match=r"pictures of shape \(5, 6\) are not allowed: .* \(6, 5\)"):
        datasets.binarise_like(other, data)


def test_spins_are_drawn_back_where_they_came_from():
    data = datasets.binarise_by_median(inked())
    drawn = data.picture(data.spins[:3])
    assert drawn.shape == (3, 6, 5)
    np.testing.assert_array_equal(drawn[:, data.kept], data.spins[:3])
    assert np.isnan(drawn[:, ~data.kept]).all()
    assert data.picture(data.spins[0]).shape == data.shape == (6, 5)
    with pytest.raises(ValueError, match=f"the last axis must have N = {data.N}"):
        data.picture(np.zeros(30))


@pytest.mark.parametrize("fraction", [0, 0.1, 0.5, 1])
def test_exactly_the_asked_fraction_is_flipped_in_each_picture(fraction):
    spins = datasets.synthetic_pictures(classes=2, examples=20, stream=STREAM).images.reshape(40, -1)
    flipped = datasets.flip_fraction(spins, fraction, STREAM)
    assert flipped.dtype == np.int8
    changed = flipped != spins
    np.testing.assert_array_equal(changed.sum(axis=1), round(fraction * 784))
    np.testing.assert_array_equal(flipped, datasets.flip_fraction(spins, fraction, STREAM))
    if 0 < fraction < 1:  # each picture has its own flips, spread over all pixels
        assert len({row.tobytes() for row in changed}) == 40
        assert abs(changed[:, :392].mean() - fraction) < 5 * np.sqrt(fraction / (40 * 392))
    assert datasets.flip_fraction(spins[0], fraction, STREAM).shape == (784,)


def test_fraction_out_of_range_is_refused():
    with pytest.raises(ValueError, match="fraction = 1.2 is not allowed"):
        datasets.flip_fraction(np.ones(4, np.int8), 1.2, STREAM)
