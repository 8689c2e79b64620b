"""The root finder of a few expensive equations."""

import math

import numpy as np
import pytest

from theory.root import find_root, follow


def test_some_unknowns_are_held():
    """x² + y² = 2 and x = y, from afar; with z held it takes no part."""

    def defect(v):
        return np.array([v[0] ** 2 + v[1] ** 2 - 2 * v[2], v[0] - v[1], np.nan])

    root = find_root(defect, np.array([3.0, 0.5, 1.0]), [0, 1], reach=0.5)
    assert root.v == pytest.approx([1, 1, 1], abs=1e-12)
    assert root.step < 1e-10
    assert root.evaluations > 0


def test_an_end_that_is_no_root_is_told_by_the_step():
    """No root: x² + 1 has none; no Newton step: a constant, and equations that are not defined."""
    assert find_root(lambda v: v * v + 1, np.array([0.7]), [0], reach=0.5).step > 1e-3
    assert find_root(lambda v: np.ones(1), np.array([0.7]), [0], reach=0.5).step == math.inf
    assert find_root(lambda v: np.full(1, np.nan), np.array([0.7]), [0], reach=0.5).step == math.inf


def test_a_root_is_followed_with_few_evaluations():
    """x y = c and x = y², c moving: the same as from scratch; where the next root is far, from scratch."""

    def defect_at(c):
        return lambda v: np.array([v[0] * v[1] - c, v[0] - v[1] ** 2])

    near = find_root(defect_at(1.0), np.array([1.2, 0.9]), [0, 1], reach=0.5)
    assert near.v == pytest.approx([1, 1], abs=1e-14)
    next_to_it = follow(defect_at(1.01), near.v, [0, 1], near)
    assert next_to_it.v == pytest.approx([1.01 ** (2 / 3), 1.01 ** (1 / 3)], abs=1e-13)
    assert next_to_it.evaluations < 8 < near.evaluations
    assert follow(defect_at(27.0), near.v, [0, 1], near).v == pytest.approx([9, 3], abs=1e-12)
    lost = follow(lambda v: np.full(2, np.nan), near.v, [0, 1], near)
    assert lost.step == math.inf
