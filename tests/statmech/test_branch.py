"""Stationary points along a branch."""

import math

import numpy as np
import pytest

from statmech.branch import stationary_points

GRID = np.linspace(-3, 3, 13)


def cubic(y):
    return y**3 - 3 * y


@pytest.mark.parametrize("slope", [None, lambda y: y * y - 1])
def test_stationary_points_of_a_cubic(slope):
    low, high = stationary_points(cubic, GRID + 0.1, slope)
    assert (low.kind, high.kind) == ("maximum", "minimum")
    assert [low.control, high.control] == pytest.approx([2, -2], abs=1e-14)
    assert [low.parameter, high.parameter] == pytest.approx([-1, 1], abs=1e-7 if slope is None else 1e-14)


def test_spinodal_of_the_zero_temperature_hopfield_model():
    """sqrt(2 alpha) = erf(y)/y - (2/sqrt(pi)) exp(-y^2): the maximum is the famous 0.138."""

    def load(y):
        return 0.5 * (math.erf(y) / y - 2 / math.sqrt(math.pi) * math.exp(-y * y)) ** 2

    (tip,) = stationary_points(load, np.linspace(0.5, 3, 20))
    assert tip.control == pytest.approx(0.13790556649, abs=1e-11)
