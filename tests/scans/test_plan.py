"""A dry run: it counts what is left, says how it knows the cost, and leaves no trace."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scans import cost, plan
from scans.ledger import ledger_of
from scans.scanfile import load
from scans.units import Outcome, Unit, units

Say = Callable[[list[object]], tuple[int, str, str]]


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[Unit]:
    """The units that are tried, which cost (N / 32)² of the patience."""
    made: list[Unit] = []
    clock = [0.0]

    def compute(unit: Unit, how: object) -> Outcome:
        made.append(unit)
        clock[0] += plan.PATIENCE * (unit.N / 32) ** 2
        return Outcome(unit.key, unit.model.T == 0.0, 0.0, b"")

    monkeypatch.setattr(plan, "compute", compute)
    monkeypatch.setattr(plan.time, "process_time", lambda: clock[0])
    return made


def rows(told: str) -> dict[str, list[str]]:
    """The table of a report: name of the row to its cells."""
    lines = [line for line in told.splitlines() if line.startswith(("theory ", "N = "))]
    return {line[:8].strip(): line[8:].split(maxsplit=6) for line in lines}


def test_a_dry_run_leaves_no_trace(tiny: Path, tmp_path: Path, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, told, _ = say(["run", tiny, "--dry-run"])
    assert code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny.toml"]
    table = rows(told)
    assert [cells[:4] for cells in table.values()] == [["6", "0", "0", "6"]] + 2 * [["18", "0", "0", "18"]]
    assert all(cells[6] == "5 tried here, processor time" for cells in table.values())
    assert "42 units to do, about " in told
    assert "on 1 computing rank\n" in told
    assert "the peak of this process after units up to N = 64" in told


def test_finished_units_tell_the_cost_of_the_others(
    tiny: Path, tmp_path: Path, say: Say, finished: Callable[[Path], list[str]]
) -> None:
    out = tmp_path / "out"
    assert say(["run", tiny, "--quick", "--output", out, "--no-figure"])[0] == 0
    (out / "scan.toml").write_text((out / "scan.toml").read_text().replace("samples = 1", "samples = 3"))
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    code, told, _ = say(["run", out, "--dry-run", "--ranks", 3])
    assert code == 0
    table = rows(told)
    assert table["theory"][:4] == ["6", "6", "0", "0"]
    assert table["N = 32"][:4] == table["N = 64"][:4] == ["18", "6", "0", "12"]
    assert table["N = 32"][6] == table["N = 64"][6] == "mean of 6 finished, by the clock"
    assert "24 units to do" in told
    assert "on 3 computing ranks\n" in told
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_sizes_too_large_to_try_follow_from_the_largest_that_was(tiny: Path, tries: list[Unit]) -> None:
    tiny.write_text(tiny.read_text().replace("N = [32, 64]", "N = [32, 64, 128]"))
    scan = load(tiny)
    made = units(scan)
    now = plan.plan(scan, made, ledger_of([]))
    assert {unit.N for unit in tries} == {0, 32}
    assert now.tried == 32
    by_size = {size.N: size for size in now.sizes}
    assert by_size[128].seconds == 4 * by_size[64].seconds == 16 * by_size[32].seconds == 16 * plan.PATIENCE
    assert by_size[128].source == by_size[64].source == "N² times that of N = 32"
    assert now.core_hours == pytest.approx(18 * 21 * plan.PATIENCE / 3600)


def test_units_that_fail_tell_nothing_and_are_not_counted_as_left(tiny: Path, tries: list[Unit]) -> None:
    tiny.write_text(tiny.read_text().replace("T = [0.0, 0.3, 0.6]", "T = [0.0]"))
    scan = load(tiny)
    made = units(scan)
    failed = {"kind": "failed", "key": made[-1].key, "error": "e", "traceback": "t"}
    now = plan.plan(scan, made, ledger_of([failed]))
    by_size = {size.N: size for size in now.sizes}
    assert (by_size[32].failed, by_size[32].left) == (1, 5)
    assert by_size[32].seconds == float("inf")
    assert by_size[32].source == by_size[64].source == by_size[0].source == "nothing: the units tried here failed"


def test_no_number_of_ranks_is_faster_than_the_longest_unit(tiny: Path, tries: list[Unit]) -> None:
    now = plan.plan(load(tiny), units(load(tiny)), ledger_of([]))
    longest = max(size.seconds for size in now.sizes)
    assert now.seconds(1) == pytest.approx(3600 * now.core_hours)
    assert now.seconds(10**9) == longest == 4 * plan.PATIENCE


def test_more_ranks_than_a_tenth_of_the_units_are_warned_of(tiny: Path, say: Say) -> None:
    _, few, _ = say(["run", tiny, "--dry-run", "--ranks", 4])
    _, many, _ = say(["run", tiny, "--dry-run", "--ranks", 10**9])
    warning = "more ranks than a tenth of the units"
    assert warning not in few
    assert warning in many
    assert "core-hours: 0 s" not in many


def test_a_dry_run_refuses_an_output_directory_that_cannot_be(tiny: Path, tmp_path: Path, say: Say) -> None:
    (tmp_path / "taken").touch()
    for name, why in (("taken", "File exists"), ("taken/below", "Not a directory")):
        code, told, err = say(["run", tiny, "--output", tmp_path / name, "--dry-run"])
        assert (code, told) == (2, "")
        assert err == f"statmech: {tmp_path / name}: cannot be made or written: {why}; choose another --output\n"


def test_a_dry_run_finds_mistakes_and_other_directories(tiny: Path, tmp_path: Path, say: Say) -> None:
    out = tmp_path / "out"
    tiny.write_text(tiny.read_text().replace("sweeps = 40", 'sweeps = 40\nengine = "sparse"'))
    code, told, err = say(["run", tiny, "--output", out, "--dry-run"])
    assert (code, told) == (2, "")
    assert err.startswith(f"statmech: {tiny}: simulation: engine = 'sparse' is not allowed")
    assert not out.exists()


def test_costs_of_unknown_sizes(tiny: Path) -> None:
    assert cost.seconds(100, {50: 2.0, 400: 1.0}) == 8.0
    assert cost.seconds(100, {0: 2.0}) == float("inf")
    assert cost.seconds(0, {100: 2.0}) == 0.0
    some = units(load(tiny))
    assert cost.seconds_of(some, {0: 1.0, 32: 2.0}) == 6 * 1.0 + 18 * 2.0 + 18 * 8.0
