"""Settings are checked when they are made."""

from dataclasses import FrozenInstanceError, asdict

import numpy as np
import pytest

from montecarlo import Settings
from montecarlo.settings import check_point, check_single, check_undiluted, key_parts, settings_of


def test_defaults_are_plain_data() -> None:
    settings = Settings()
    assert all(type(value) in (int, str) for value in asdict(settings).values() if value is not None)
    assert settings.hottest is settings.amplitudes is None
    with pytest.raises(FrozenInstanceError):
        settings.sweeps = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("nonsense", "^nonsense is no setting of a simulation: The settings are sweeps, thermalization, .*amplitudes$"),
        ("sweep", "^sweep is no setting of a simulation: did you mean sweeps\\? The settings are "),
    ],
)
def test_settings_that_do_not_exist_are_named(bad: str, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        settings_of({"interval": 1, bad: 1})


def test_numpy_integers_become_plain() -> None:
    assert type(Settings(sweeps=np.int64(7)).sweeps) is int


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"sweeps": 0}, "sweeps = 0"),
        ({"sweeps": 10.0}, "sweeps = 10.0"),
        ({"sweeps": 4, "interval": 5}, "sweeps = 4 .* at least 5"),
        ({"interval": 0}, "interval = 0"),
        ({"thermalization": -1}, "thermalization = -1"),
        ({"start": "pattern"}, "start = 'pattern' .* 'retrieval', 'random'"),
        ({"engine": "gpu"}, "engine = 'gpu'"),
        ({"rule": "glauber"}, "rule = 'glauber'"),
        ({"order": "checkerboard"}, "order = 'checkerboard'"),
        ({"temperatures": 0, "hottest": 2.0}, "temperatures = 0"),
        ({"temperatures": 2.0, "hottest": 2.0}, "temperatures = 2.0"),
        ({"temperatures": True}, "temperatures = True"),
        ({"temperatures": 2}, "temperatures = 2 is not allowed without hottest"),
        ({"patterns": "sorted"}, "patterns = 'sorted'"),
        ({"amplitudes": 0.3}, "amplitudes = 0.3 is not allowed: amplitudes must be a sequence"),
        ({"amplitudes": "ab"}, "amplitudes = 'ab' is not allowed: amplitudes must be a sequence"),
        ({"amplitudes": (0.5, 2.0)}, "amplitudes = 2.0"),
        ({"amplitudes": (0.0, 0.0)}, "must not be zero"),
        ({"amplitudes": ()}, "must not be zero"),
        ({"amplitudes": (0.5,), "start": "random"}, "amplitudes = .* the start is 'random'"),
        ({"hottest": 2.0}, "hottest = 2.0 is not allowed: there is a single temperature"),
        ({"temperatures": 2, "hottest": "2"}, "hottest = '2'"),
        ({"temperatures": 2, "hottest": float("inf")}, "hottest = inf"),
    ],
)
def test_bad_settings_are_refused(bad: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings(**bad)


def test_settings_of_some_systems_are_no_part_of_others() -> None:
    """Keys of units computed before there were tempering and diluted patterns stay what they are."""
    assert sorted(key_parts(Settings())) == [
        "engine", "interval", "order", "rule", "start", "sweeps", "thermalization",
    ]  # fmt: skip
    ladder = Settings(temperatures=np.int64(3), hottest=2, patterns="stratified", amplitudes=[0.5, np.float64(0.2)])
    assert key_parts(ladder) == asdict(ladder)
    assert ladder.amplitudes == (0.5, 0.2)
    assert (type(ladder.temperatures), type(ladder.hottest)) == (int, float)


def test_state_points_without_a_ladder_are_refused() -> None:
    ladder = Settings(temperatures=3, hottest=2.0)
    for T in (0.0, 2.0, 3.0):
        check_point(Settings(), T)
        with pytest.raises(ValueError, match=f"hottest = 2.0 is not allowed at T = {T:g}: a ladder needs 0 < T"):
            check_point(ladder, T)
    check_point(ladder, 1.9)
    check_single(Settings(), "it")
    with pytest.raises(ValueError, match="temperatures = 3 is not allowed: it is simulated at one temperature"):
        check_single(ladder, "it")


def test_networks_without_blanks_have_no_stratified_patterns_and_no_amplitudes() -> None:
    check_undiluted(Settings(), "it")
    with pytest.raises(ValueError, match="patterns = 'stratified' is not allowed: it has no blank entries"):
        check_undiluted(Settings(patterns="stratified"), "it")
    with pytest.raises(ValueError, match=r"amplitudes = \(0.5,\) is not allowed: it starts from its own states"):
        check_undiluted(Settings(amplitudes=(0.5,)), "it")
