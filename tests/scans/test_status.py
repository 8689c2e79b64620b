"""What a status counts, and how it estimates the time left."""

from pathlib import Path

import pytest

from scans import directory, journal
from scans.ledger import Ledger, ledger_of
from scans.progress import Progress, duration
from scans.scanfile import load
from scans.status import count, report
from scans.units import Unit, units


@pytest.fixture
def made(tiny: Path) -> list[Unit]:
    """6 theory units, 18 samples at N = 64, 18 at N = 32."""
    return units(load(tiny))


def done(unit: Unit, seconds: float) -> dict[str, object]:
    return {"kind": "done", "key": unit.key, "seconds": seconds, "answer": {}}


def test_every_unit_is_counted_once(made: list[Unit]) -> None:
    ledger = ledger_of(
        [
            {"kind": "session", "ranks": 3},
            *({"kind": "dealt", "key": unit.key} for unit in made[:10]),
            *(done(unit, 0.5) for unit in made[:7]),
            {"kind": "failed", "key": made[7].key, "seconds": 1.0, "error": "e", "traceback": "t"},
        ]
    )
    now = count(made, ledger, {"host": "here", "pid": 1, "since": "then"})
    assert (now.total, now.done, now.running, now.failed, now.waiting) == (42, 7, 2, 1, 32)
    assert now.ranks == 3
    dead = count(made, ledger, None)
    assert (dead.running, dead.waiting) == (0, 34)


def test_a_new_session_forgets_what_the_last_one_dealt(made: list[Unit]) -> None:
    records = [{"kind": "session", "ranks": 1}, {"kind": "dealt", "key": made[0].key}, {"kind": "session", "ranks": 1}]
    assert ledger_of(records).dealt == set()


def test_a_unit_that_failed_and_then_finished_is_done(made: list[Unit]) -> None:
    failed = {"kind": "failed", "key": made[0].key, "seconds": 1.0, "error": "e", "traceback": "t"}
    ledger = ledger_of([failed, done(made[0], 1.0)])
    assert ledger.failed == {}
    assert made[0].key in ledger.answers


def test_a_failed_unit_in_work_once_more_is_running(made: list[Unit]) -> None:
    failed = {"kind": "failed", "key": made[0].key, "seconds": 1.0, "error": "e", "traceback": "t"}
    again = [{"kind": "session", "ranks": 1}, {"kind": "dealt", "key": made[0].key}]
    ledger = ledger_of([failed, *(done(unit, 2.0) for unit in made[1:]), *again])
    now = count(made, ledger, {"host": "here", "pid": 1, "since": "then"})
    assert (now.done, now.running, now.failed, now.waiting) == (41, 1, 0, 0)
    assert now.left > 0
    dead = count(made, ledger, None)
    assert (dead.done, dead.running, dead.failed, dead.waiting) == (41, 0, 1, 0)


def test_finished_units_of_another_scan_are_told(tiny: Path, tmp_path: Path, made: list[Unit]) -> None:
    out = tmp_path / "out"
    directory.make(out)
    directory.settle(out, load(tiny))
    with journal.Journal(out / directory.JOURNAL, 0) as log:
        for unit in made:
            log.append(journal.line_of(done(unit, 1.0)))
    assert "in the journal" not in report(out)
    (out / directory.SCAN).write_text((out / directory.SCAN).read_text().replace("sweeps = 40", "sweeps = 41"))
    told = report(out)
    assert "6 of 42 units done" in told
    assert f"36 more units are finished in the journal, and none of this scan: was {out / 'scan.toml'} changed?" in told


def test_of_many_failed_units_the_first_are_told(tiny: Path, tmp_path: Path, made: list[Unit]) -> None:
    out = tmp_path / "out"
    directory.make(out)
    directory.settle(out, load(tiny))
    failed = {"kind": "failed", "seconds": 1.0, "error": "e", "traceback": "t"}
    with journal.Journal(out / directory.JOURNAL, 0) as log:
        for unit in made:
            log.append(journal.line_of({**failed, "key": unit.key}))
    told = report(out)
    assert "0 of 42 units done, 0 running, 42 failed, 0 waiting" in told
    assert told.count("failed: ") == 10
    assert f"and 32 more: statmech status {out} --tracebacks tells all" in told
    everything = report(out, tracebacks=True)
    assert everything.count("failed: ") == 42
    assert " more: " not in everything


def test_the_time_left_follows_from_finished_units_of_the_same_size(made: list[Unit]) -> None:
    nothing = count(made, Ledger(), None)
    assert nothing.left == float("inf")
    # all theory and ten samples at N = 64 done, none at 32: those are taken to cost a quarter
    ledger = ledger_of([{"kind": "session", "ranks": 2}, *(done(unit, 8.0) for unit in made[:16])])
    assert count(made, ledger, None).left == pytest.approx((8 * 8.0 + 18 * 2.0) / 2)
    everything = ledger_of(done(unit, 8.0) for unit in made)
    assert count(made, everything, None).left == 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.6, "1 min"),
        (90, "1 min 30 s"),
        (7500, "2 h 5 min"),
        (200000, "2 d 7 h"),
        (float("inf"), "an unknown time"),
    ],
)
def test_durations_in_words(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_lines_of_progress_come_once_a_period(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(10, 20, "lines", every=0.0) as progress:
        progress.step(failed=False)
        progress.step(failed=True)
        progress.look()
    assert capsys.readouterr().out.startswith("11 of 20 units, 1 failed, about ")
    with Progress(10, 20, "lines", every=1e9) as progress:
        progress.step(failed=False)
        progress.look()
    with Progress(10, 20, "none", every=0.0) as progress:
        progress.look()
    assert capsys.readouterr().out == ""


def test_the_bar_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(1, 3, "bar") as progress:
        progress.step(failed=False)
        progress.step(failed=True)
        progress.look()
    heard = capsys.readouterr()
    assert heard.out == ""
    assert "3/3" in heard.err
    assert "failed=1" in heard.err
