"""Planes of the errors of two tasks, and where the second task neither teaches the first nor makes it forgotten."""

import math

import numpy as np
import pytest

import statmech as sm
import theory
from theory import continual_perceptron

MODEL = sm.ContinualPerceptron(alpha1=1)


def test_plane_of_overlaps():
    plane = continual_perceptron.plane(MODEL, "r0", [-0.5, 0.0, 0.9], [0.0, 0.5, 3.0])
    assert plane.eps1.shape == (3, 3)
    one = theory.solve(sm.ContinualPerceptron(alpha1=1, alpha2=0.5, r0=0.9))
    assert (plane.eps1[2, 1], plane.eps2[2, 1]) == (one.eps1, one.eps2)
    np.testing.assert_array_equal(plane.forgetting[:, 0], 0)
    assert np.all(np.diff(plane.eps1[:, 1:], axis=0) < 0)  # what is alike is forgotten less
    assert np.all(np.diff(plane.eps1[:2], axis=1) > 0)  # of what is not, more with every pattern
    np.testing.assert_allclose(plane.eps1[:, 2], np.arccos(plane.values) / math.pi)  # the second teacher is learnt


def test_prior_trades_plasticity_for_memory():
    model = sm.ContinualPerceptron(alpha1=1, r0=0.3)
    plane = continual_perceptron.plane(model, "gamma2", [0.7, 1.0, 2.0, 4.0], [0.5, 1.0])
    assert np.all(np.diff(plane.eps1, axis=0) < 0)
    assert np.all(np.diff(plane.eps2, axis=0) > 0)


def test_neutral_overlap():
    line = continual_perceptron.neutral_overlap([0.01, 1.0, 3.0], MODEL)
    np.testing.assert_allclose(line.eps1, line.eps1_before, atol=1e-9)
    assert line.r0[0] > line.r0[1]  # weights near zero turn at the first patterns, whatever these teach
    assert line.r0[2] == pytest.approx(math.cos(math.pi * line.eps1_before[2]), abs=1e-8)  # teacher 2 is learnt
    assert math.isnan(continual_perceptron.neutral_overlap(1e-3, MODEL).eps1)


def test_refusals():
    with pytest.raises(ValueError, match="axis = 'beta2' is not allowed"):
        continual_perceptron.plane(MODEL, "beta2", [1.0], [1.0])
    with pytest.raises(ValueError, match=r"alpha2 = 0.0 is not allowed: alpha2 must be a real number in \(0"):
        continual_perceptron.neutral_overlap(0.0, MODEL)
