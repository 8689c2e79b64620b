"""What a model cannot do, or a journal does not hold, is refused by name before anything is written."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from scans.results import dataset

Say = Callable[[list[object]], tuple[int, str, str]]


def test_a_theory_that_is_refused_is_refused_before_computing(tiny: Path, tmp_path: Path, say: Say) -> None:
    tiny.write_text(tiny.read_text().replace("[theory]", '[theory]\nstart = "nowhere"'))
    code, _, err = say(["run", tiny, "--output", tmp_path / "out"])
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith(f"statmech: {tiny}: theory: start = 'nowhere' is not allowed")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[theory]", '[theory]\nansatz = "2RSB"', "theory: ansatz = '2RSB' is not allowed"),
        (
            "sweeps = 40",
            'sweeps = 40\nstart = "mixture-3"',
            "simulation: start = 'mixture-3' is not allowed: it needs 3",
        ),
        ('model = "hopfield"', 'model = "p_spin"', "simulation: engine = 'overlaps' is not allowed"),
    ],
)
def test_what_the_model_cannot_do_is_refused_before_anything_is_written(
    tiny: Path, tmp_path: Path, say: Say, old: str, new: str, message: str
) -> None:
    text = tiny.read_text().replace(old, new)
    if "p_spin" in text:
        text = text.replace("alpha = [0.02, 0.1]", "p = [3]").replace("sweeps = 40", 'sweeps = 40\nengine = "overlaps"')
    good = tiny.read_text()
    tiny.write_text(text)
    code, _, err = say(["run", tiny, "--output", tmp_path / "out"])
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith(f"statmech: {tiny}: {message}")
    assert not (tmp_path / "out").exists()
    tiny.write_text(good)
    assert say(["run", tiny, "--output", tmp_path / "out", "--no-figure"])[0] == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"T = [0.0, 0.3, 0.6]": "T = [0.3, 0.6, 1.5]"}, "hottest = 1.5 is not allowed at T = 1.5: a ladder needs"),
        ({}, "hottest = 1.5 is not allowed at T = 0: a ladder needs 0 < T < hottest"),
        (
            {"sherrington_kirkpatrick": "hopfield", "h = ": "alpha = ", "T = [0.0, ": "T = ["},
            "temperatures = 4 is not allowed: the Hopfield model is simulated at one temperature at a time",
        ),
    ],
)
def test_ladders_that_do_not_fit_a_state_point_are_refused_before_anything_is_written(
    tiny: Path, tmp_path: Path, say: Say, changes: dict[str, str], message: str
) -> None:
    text = tiny.read_text().replace('"hopfield"', '"sherrington_kirkpatrick"').replace("alpha = ", "h = ")
    text = text.replace("[simulation]", "[simulation]\ntemperatures = 4\nhottest = 1.5")
    for old, new in changes.items():
        text = text.replace(old, new)
    tiny.write_text(text)
    code, _, err = say(["run", tiny, "--output", tmp_path / "out"])
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith(f"statmech: {tiny}: simulation: {message}")
    assert not (tmp_path / "out").exists()


def test_a_scan_of_ladders_runs_and_is_read_back(tiny: Path, tmp_path: Path, say: Say) -> None:
    text = tiny.read_text().replace('"hopfield"', '"sherrington_kirkpatrick"').replace("alpha = [0.02, 0.1]\n", "")
    text = text.replace("T = [0.0, ", "T = [").replace("[simulation]", "[simulation]\ntemperatures = 4\nhottest = 1.5")
    tiny.write_text(text)
    out = tmp_path / "out"
    for _ in range(2):  # the second time from the directory's own scan.toml
        assert say(["run", tiny, "--output", out, "--no-figure"])[0] == 0
    assert "hottest = 1.5" in (out / "scan.toml").read_text()
    assert np.all(dataset(out).round_trips >= 0)


def test_another_seed_is_not_put_on_results_that_are_there(tiny: Path, tmp_path: Path, say: Say) -> None:
    out = tmp_path / "out"
    assert say(["run", tiny, "--output", out, "--no-figure"])[0] == 0
    before = (out / "results.h5").read_bytes()
    text = (out / "scan.toml").read_text()
    (out / "scan.toml").write_text(text.replace("seed = 7", "seed = 8"))
    for arguments in (["run", out], ["retry", out], ["status", out], ["plot", out], ["export", out]):
        code, told, err = say(arguments)
        assert (code, told, err.count("\n")) == (2, "", 1)
        assert "scan.toml: seed: 8 there, but the journal beside it was drawn with 7; write seed = 7 there" in err
    assert (out / "results.h5").read_bytes() == before
    (out / "scan.toml").write_text(text)
    assert say(["run", out, "--no-figure"])[0] == 0
