"""Averages over disorder samples."""

import math

import numpy as np
import pytest

from montecarlo.averages import jackknife, sample_mean


def test_mean_and_standard_error() -> None:
    estimate = sample_mean(np.array([1.0, 2.0, 4.0, 5.0]), np.array([1.0, 3.0, math.nan, 2.0]))
    assert estimate.mean == 3.0
    assert estimate.error == pytest.approx(math.sqrt((4 + 1 + 1 + 4) / 3 / 4))
    assert (estimate.tau, estimate.samples) == (2.0, 4)


def test_one_sample_has_no_error() -> None:
    for estimate in (sample_mean(np.array([2.0])), jackknife(lambda means: means[0], np.array([[2.0]]))):
        assert estimate.mean == 2.0
        assert math.isnan(estimate.error)
        assert math.isnan(estimate.tau)


def test_time_known_to_few_is_unknown() -> None:
    assert math.isnan(sample_mean(np.zeros(3), np.array([1.0, math.nan, math.nan])).tau)


def test_jackknife_of_a_mean_is_the_standard_error() -> None:
    values = np.random.default_rng(1).normal(size=20)
    estimate = jackknife(lambda means: means[0], values[:, None])
    assert estimate.mean == pytest.approx(sample_mean(values).mean)
    assert estimate.error == pytest.approx(sample_mean(values).error)


def test_jackknife_of_a_ratio(seed: int) -> None:
    """Its errors cover, and its bias is smaller than that of the plain ratio of means."""
    rng = np.random.default_rng(seed)
    n, repeats = 10, 4000
    x = rng.exponential(size=(repeats, n)) + 0.5
    y = 2 * x + rng.normal(size=(repeats, n))
    values = np.stack([y, x**2], 2)
    truth = 2 * 1.5 / (1.0 + 2 * 0.5 + 0.25 + 1.0)  # E x = 3/2, E x^2 = 13/4
    estimates = [jackknife(lambda means: means[0] / means[1], each) for each in values]
    means = np.array([estimate.mean for estimate in estimates])
    errors = np.array([estimate.error for estimate in estimates])
    plain = values[:, :, 0].mean(1) / values[:, :, 1].mean(1)
    assert abs(means.mean() - truth) < 0.5 * abs(plain.mean() - truth)
    assert np.mean(np.abs(means - truth) < 2 * errors) > 0.8
