"""Settings are checked when they are made."""

from dataclasses import FrozenInstanceError, asdict

import numpy as np
import pytest

from montecarlo import Settings


def test_defaults_are_plain_data() -> None:
    settings = Settings()
    assert all(type(value) in (int, str) for value in asdict(settings).values())
    with pytest.raises(FrozenInstanceError):
        settings.sweeps = 3  # type: ignore[misc]


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
    ],
)
def test_bad_settings_are_refused(bad: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings(**bad)
