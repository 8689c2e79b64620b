"""The verdict on equilibration, on made-up records."""

import math
import re

import numpy as np
import pytest

from montecarlo.equilibration import JUDGED, compare_replicas, judge_descents, judge_rung, judge_travels


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


def rung(n: int, seed: int, blocks: int = 8) -> dict[str, np.ndarray]:
    """Entries of n records of tempering that are noise, with the errors that `blocks` blocks tell."""
    rng = np.random.default_rng(seed)
    columns = {"gap": rng.normal(0, 0.1, n)}
    for name in ("u", "q2"):
        halves = rng.normal(0, 0.01, (n, 2, blocks // 2))
        columns[f"{name}_drift"] = halves[:, 1].mean(1) - halves[:, 0].mean(1)
        columns[f"{name}_sigma"] = np.sqrt(halves.var(2, ddof=1).sum(1) / (blocks // 2))
    apart = rng.normal(0, 0.02, (n, blocks))
    columns["u_apart"], columns["u_apart_sigma"] = apart.mean(1), apart.std(1, ddof=1) / np.sqrt(blocks)
    assert columns.keys() == set(JUDGED)
    return columns


@pytest.mark.parametrize("n", [1, 2, 10])
def test_false_alarms_of_ladders_are_rare(n: int) -> None:
    alarms = [judge_rung(rung(n, seed), blocks=8).excess > 1 for seed in range(1000)]
    assert sum(alarms) <= 5  # 1000 judgements at a level of 1e-3


@pytest.mark.parametrize(
    ("name", "n", "words"),
    [
        ("u_drift", 20, "u of the halves"),
        ("q2_drift", 20, "q2 of the halves"),
        ("gap", 20, "energy against overlap"),
        ("u_drift", 1, "one sample by its own blocks, .* u of the halves"),
        ("u_apart", 1, "one sample by its own blocks, .* u of the ladders"),
    ],
)
def test_what_does_not_vanish_is_named(name: str, n: int, words: str) -> None:
    columns = rung(n, 1)
    columns[name] = columns[name] + 1
    judgement = judge_rung(columns, blocks=8)
    assert judgement.excess > 1
    assert re.search(words, judgement.verdict)


def test_the_gap_of_one_sample_and_of_other_disorder_is_not_judged() -> None:
    one, many = rung(1, 1), rung(20, 1)
    one["gap"] += 100
    assert judge_rung(one, blocks=8).excess < 1
    many["gap"] = np.full(20, math.nan)
    assert judge_rung(many, blocks=8).excess < 1


def test_a_ladder_of_too_few_blocks_is_not_judged() -> None:
    columns = rung(1, 1) | {name: np.array([math.nan]) for name in ("u_drift", "u_sigma", "q2_drift", "q2_sigma")}
    judgement = judge_rung(columns, blocks=3)
    assert judgement.excess == math.inf
    assert judgement.verdict.endswith("too short to tell")


def test_travels() -> None:
    assert judge_travels(np.array([1.5, 2.5]), np.array([3, 1])) == (True, "2.0 round trips a replica")
    assert not judge_travels(np.array([0.5, 1.0]), np.array([3, 1]))[0]
    good, words = judge_travels(np.array([5.0, 5.0]), np.array([3, 0]))
    assert not good
    assert "none in a ladder of 1 of 2 samples" in words


def test_descents() -> None:
    arrived, on_the_way = [{"minimum": True}] * 2, [{"minimum": True}, {"minimum": False}]
    assert judge_descents(arrived) == (False, "T = 0: local minimum of a descent, not equilibrium")
    assert judge_descents(arrived, kept=True) == (True, "T = 0: local minimum of a descent from the state")
    for kept in (False, True):
        assert judge_descents(on_the_way, kept=kept) == (False, "T = 0: 1 of 2 samples still descend")
