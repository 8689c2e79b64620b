"""Planes of the errors of two tasks, and where the second task neither teaches the first nor makes it forgotten."""

import math

import numpy as np
import pytest
from scipy.special import ndtr

import statmech as sm
import theory
from statmech.gaussian import normal_grid
from theory import continual_perceptron
from theory.continual_perceptron.curve import first_task
from theory.continual_perceptron.task import Conditions, handed_on, solve_task

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
    line = continual_perceptron.neutral_overlap([1e-3, 0.01, 1.0, 3.0], MODEL)
    np.testing.assert_allclose(line.eps1, line.eps1_before, atol=1e-9)
    assert abs(line.r0[0] - line.r0[1]) < 5e-4  # to first order in the load it does not depend on it
    assert line.r0[1] > line.r0[2]
    assert line.r0[3] == pytest.approx(math.cos(math.pi * line.eps1_before[3]), abs=1e-8)  # teacher 2 is learnt


@pytest.mark.parametrize("load", [1e-4, 1e-2, 0.3])
def test_signs_after_few_patterns(load):
    """The average over the prior's fields first, in closed form; then the one over what the second task adds."""
    first = first_task(Conditions(alpha=1.0, beta=math.inf, gamma=1.0), "uninformed").saddle
    second = solve_task(handed_on(first, 0.4), Conditions(alpha=load, beta=math.inf, gamma=1.0), "uninformed").saddle
    z, weights = normal_grid(pole=0.2)
    added = second.x[0] + math.sqrt(second.x[1]) * z
    h = added - 2 * first.x[2] * np.tanh(added)
    agreeing, opposed = (
        float(weights @ (2 * ndtr((sign * first.x[0] + h) / math.sqrt(first.x[1])) - 1)) for sign in (1, -1)
    )
    found = theory.solve(sm.ContinualPerceptron(alpha1=1, alpha2=load, r0=0.4))
    assert found.p1 == pytest.approx(0.7 * agreeing - 0.3 * opposed, abs=1e-12)
    assert found.p2 == pytest.approx(0.7 * agreeing + 0.3 * opposed, abs=1e-12)


def test_forgetting_is_proportional_to_the_first_patterns():
    rates = [theory.solve(sm.ContinualPerceptron(alpha1=1, alpha2=x, r0=0)).forgetting / x for x in (1e-4, 1e-3, 1e-2)]
    assert rates == pytest.approx([rates[0]] * 3, rel=0.01)


def test_refusals():
    with pytest.raises(ValueError, match="axis = 'beta2' is not allowed"):
        continual_perceptron.plane(MODEL, "beta2", [1.0], [1.0])
    with pytest.raises(ValueError, match=r"alpha2 = 0.0 is not allowed: alpha2 must be a real number in \(0"):
        continual_perceptron.neutral_overlap(0.0, MODEL)
