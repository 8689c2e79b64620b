"""The acceptance table: true bounds, and the limits of low temperature."""

import numpy as np
import pytest

from montecarlo.engines.acceptance import BUCKETS, X_MAX, acceptance, probability

RULES = ("metropolis", "heat-bath")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("T", [0.05, 0.7, 30.0])
def test_bounds_hold_where_float32_puts_a_field(rule: str, T: float) -> None:
    table = acceptance(rule, T, 1.0)
    edges = np.linspace(-X_MAX, X_MAX, BUCKETS + 1) * T / 2
    near = edges[:, None] * (1 + np.array([-1e-6, -1e-8, 0.0, 1e-8, 1e-6]))
    fields = np.concatenate([near.ravel(), np.linspace(-2 * X_MAX, 2 * X_MAX, 100_001) * T / 2])
    number = fields.astype(np.float32) * table.bucket + np.float32(BUCKETS // 2)
    k = np.clip(number, 0, BUCKETS - 1).astype(int)
    threshold = 2.0**32 * probability(rule, fields * table.slope) - 0.5
    assert np.all(table.lower[k] <= np.ceil(threshold))
    assert np.all(np.ceil(threshold) <= table.upper[k])


@pytest.mark.parametrize("rule", RULES)
def test_few_words_need_the_exponential(rule: str) -> None:
    table = acceptance(rule, 1.0, 1.0)
    gap = (table.upper - table.lower).astype(float) / 2.0**32
    assert np.all(table.lower <= table.upper)
    assert gap.max() < 0.06
    assert gap.sum() < 1.2


@pytest.mark.parametrize("rule", RULES)
def test_probability_obeys_detailed_balance(rule: str) -> None:
    x = np.linspace(-20, 20, 401)
    assert np.allclose(probability(rule, x), np.exp(-x) * probability(rule, -x), rtol=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_zero_temperature_is_descent(rule: str) -> None:
    table = acceptance(rule, 0.0, 1.0)
    assert np.all(table.lower == table.upper)
    assert np.all(table.upper[: BUCKETS // 2] == 2**32)
    assert np.all(table.upper[BUCKETS // 2 :] == 0)


@pytest.mark.parametrize("T", [1e-320, 1e-300, 1e-30])
def test_tiny_temperatures_stay_finite(T: float) -> None:
    table = acceptance("heat-bath", T, 1e-5)
    assert np.isfinite(table.bucket)
    assert np.isfinite(table.slope)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="rule = 'glauber'"):
        acceptance("glauber", 1.0, 1.0)
    with pytest.raises(ValueError, match="T = -1"):
        acceptance("metropolis", -1, 1.0)
    with pytest.raises(ValueError, match="unit = 0"):
        acceptance("metropolis", 1.0, 0)
