"""Figures and tables of scans of any shape: what cannot be drawn costs one line and no result."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scans.ranks import EARLY

Say = Callable[[list[object]], tuple[int, str, str]]


POINT = "[axes]\nalpha = [0.02, 0.1]\nT = [0.0, 0.3, 0.6]"
SHAPES = {
    "T fixed": ("T = [0.0, 0.3, 0.6]", "[parameters]\nT = 0.3"),
    "alpha fixed": (POINT, "[parameters]\nalpha = 0.05\n[axes]\nT = [0.3, 0.6]"),
    "no axes": (POINT, "[parameters]\nalpha = 0.05\nT = 0.3"),
    "theory alone": ("[simulation]\nN = [32, 64]\nsamples = 3\nsweeps = 40\nthermalization = 5\n", ""),
    "simulation alone": ("[theory]\n", ""),
}


@pytest.mark.parametrize("shape", list(SHAPES))
def test_scans_of_any_shape_end_well(tiny: Path, tmp_path: Path, say: Say, shape: str) -> None:
    old, new = SHAPES[shape]
    text = tiny.read_text().partition("[quick")[0]
    assert old in text
    tiny.write_text(text.replace(old, new))
    out = tmp_path / "out"
    code, told, err = say(["run", tiny, "--output", out, "--progress", "none"])
    assert (code, err) == (0, "")
    assert told.splitlines()[-2] == f"results: {out / 'results.h5'}"
    assert told.splitlines()[-1] == f"figure: {out / 'figure.png'}"
    assert say(["plot", out]) == (0, f"figure: {out / 'figure.png'}\n", "")
    assert say(["export", out])[0] == 0
    assert (out / "results.csv").read_text().count("\n") > 1


@pytest.mark.parametrize("shape", [None, *SHAPES])
def test_a_scan_with_nothing_finished_is_told_and_exported(
    tiny: Path, tmp_path: Path, say: Say, shape: str | None
) -> None:
    old, new = SHAPES[shape] if shape else ("", "")
    tiny.write_text(tiny.read_text().partition("[quick")[0].replace(old, new, 1))
    out = tmp_path / "out"
    assert say(["run", tiny, "--output", out, "--time-limit", "0.000001"])[0] == EARLY
    code, told, err = say(["plot", out])
    assert (code, told, err) == (2, "", f"statmech: {out}: nothing is finished yet that could be drawn\n")
    code, told, _ = say(["export", out])
    assert (code, told) == (0, f"{out / 'results.csv'}\n{out / 'results.nc'}\n")


def test_a_figure_that_fails_costs_one_line(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say
) -> None:
    def broken(results: object) -> None:
        raise KeyError("no\nsuch axis")

    monkeypatch.setattr("figures.scan.scan_figures", broken)
    out = tmp_path / "out"
    code, told, err = say(["run", tiny, "--output", out, "--progress", "none"])
    assert (code, err) == (0, "")
    assert told.splitlines()[-2] == f"results: {out / 'results.h5'}"
    assert told.splitlines()[-1].startswith(f"no figure: {out}: the figure could not be drawn: KeyError: ")
    assert told.endswith(f"draw it again by: statmech plot {out}\n")
    code, told, err = say(["plot", out])
    assert (code, told, err.count("\n")) == (2, "", 1)
    assert "the figure could not be drawn: KeyError" in err


def test_a_scan_of_a_glass_by_tempering_ends_in_its_figures_if_there_are_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say
) -> None:
    file = tmp_path / "glass.toml"
    file.write_text(
        'model = "p_spin"\n[parameters]\np = 3\n[axes]\nT = [0.5, 0.8]\n[theory]\n[simulation]\nN = [8, 12]\n'
        "samples = 3\nsweeps = 40\nthermalization = 5\ntemperatures = 3\nhottest = 1.2\n"
    )
    out = tmp_path / "out"
    code, told, err = say(["run", file, "--output", out, "--progress", "none"])
    assert (code, told.splitlines()[-1], err) == (0, f"figure: {out / 'figure.png'}", "")
    drawn = {path.stem for path in out.glob("*.png")}
    assert drawn == {path.stem for path in out.glob("*.pdf")} == {"figure", "overlaps", "potential"}
    monkeypatch.setattr("figures.scan.scan_figures", lambda results: {})
    line = f"figure: none is drawn of scans of p_spin; statmech export {out} gives tables"
    assert say(["plot", out]) == (0, f"{line}\n", "")
