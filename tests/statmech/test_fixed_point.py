"""The fixed-point solver: what it finds, and that it says when it did not."""

import math

import numpy as np
import pytest

from statmech.fixed_point import fixed_point


def test_cosine():
    found = fixed_point(np.cos, [1.0])
    assert found.converged
    assert found.x[0] == pytest.approx(0.7390851332151607, abs=1e-14)
    assert found.residual <= 1e-12


@pytest.mark.parametrize("polish", [True, False])
def test_start_chooses_the_branch(polish):
    """m = tanh(2m) has three solutions; iteration from either side ends in its own."""
    for start, sign in ((0.9, 1), (-0.1, -1)):
        found = fixed_point(lambda m: np.tanh(2 * m), [start], polish=polish)
        assert found.converged
        assert found.x[0] == pytest.approx(sign * 0.9575040240772688, abs=1e-11)


def test_oscillating_map_needs_damping():
    """x -> 3.3 x (1-x) is repelled from 1 - 1/3.3 into a cycle of period two; damping tames it."""

    def logistic(x):
        return 3.3 * x * (1 - x)

    undamped = fixed_point(logistic, [0.6], polish=False, max_iterations=300)
    assert not undamped.converged
    assert undamped.residual > 0.1
    damped = fixed_point(logistic, [0.6], damping=0.5, polish=False)
    assert damped.converged
    assert damped.x[0] == pytest.approx(1 - 1 / 3.3, abs=1e-12)


def test_verdict_is_on_the_undamped_residual():
    """Heavy damping makes every step small; that is not convergence."""
    crawl = fixed_point(lambda x: x + 1.0, [0.0], damping=0.999999, tolerance=1e-3, max_iterations=50)
    assert not crawl.converged
    assert crawl.residual == pytest.approx(1.0)


def test_slow_map_is_accelerated():
    """Contraction by 0.999 a step: plain iteration needs 27,000 steps for 1e-12."""
    found = fixed_point(lambda x: 1 + 0.999 * (x - 1), [0.0], polish=False)
    assert found.converged
    assert found.iterations < 100


def test_no_solution_is_said():
    found = fixed_point(lambda x: np.sqrt(x * x + 1), [0.0], max_iterations=100)
    assert not found.converged
    assert found.iterations >= 100


@pytest.mark.parametrize(
    ("options", "name"),
    [({"damping": 1.0}, "damping"), ({"tolerance": 0.0}, "tolerance"), ({"max_iterations": 0}, "max_iterations")],
)
def test_bad_options_are_named(options, name):
    with pytest.raises(ValueError, match=f"{name} = .* is not allowed"):
        fixed_point(np.cos, [1.0], **options)


def test_bad_start_is_named():
    with pytest.raises(ValueError, match="start = .*finite"):
        fixed_point(np.cos, [math.nan])
