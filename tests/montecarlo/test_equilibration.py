"""The verdict on equilibration, on made-up records."""

import math

import numpy as np
import pytest

from montecarlo.equilibration import compare_replicas


def records(n: int, seed: int = 1, **shift: float) -> list[dict[str, float]]:
    """Records of n samples whose differences are noise of size 0.01, plus a shift."""
    rng = np.random.default_rng(seed)
    return [
        {
            "m_A": 0.9 + shift.get("m", 0.0) + rng.normal(0, 0.01),
            "m_B": 0.9,
            "m_drift": rng.normal(0, 0.01) + shift.get("drift", 0.0),
            "m_sigma": 0.01,
        }
        for _ in range(n)
    ]


def test_agreement_passes() -> None:
    good, verdict = compare_replicas(records(20), ["m"], 1000)
    assert good
    assert "standard errors" in verdict


@pytest.mark.parametrize("shift", [{"m": 0.03}, {"drift": 0.03}])
@pytest.mark.parametrize("n", [20, 5, 1])
def test_a_shift_fails(shift: dict[str, float], n: int) -> None:
    scale = {20: 1, 5: 4, 1: 3}[n]
    bad = records(n, **{name: scale * value for name, value in shift.items()})
    good, verdict = compare_replicas(bad, ["m"], 10**6)
    assert not good
    assert ("halves" if "drift" in shift else "replicas") in verdict


def test_false_alarms_are_rare_for_few_samples_too() -> None:
    for n in (2, 4, 10):
        alarms = [not compare_replicas(records(n, seed), ["m"], 1000)[0] for seed in range(500)]
        assert sum(alarms) <= 5  # 1000 comparisons at a level of 1e-3


def test_one_sample_of_unknown_error_is_not_trusted() -> None:
    one = records(1)
    one[0]["m_sigma"] = math.nan
    good, verdict = compare_replicas(one, ["m"], 1000)
    assert not good
    assert "too short" in verdict


def test_identical_replicas_pass() -> None:
    same = [{"m_A": 1.0, "m_B": 1.0, "m_drift": 0.0, "m_sigma": math.nan}]
    assert compare_replicas(same, ["m"], 1000)[0]


def test_replicas_in_different_states_fail_however_balanced() -> None:
    split = records(40)
    split[3]["m_A"], split[7]["m_A"] = 1.4, 0.4
    good, verdict = compare_replicas(split, ["m"], 10_000)
    assert not good
    assert "different states in 2 of 40" in verdict
