"""The dealer: every unit once, a bounded number ahead, and an early end that loses nothing."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from scans.deal import crew, deal
from scans.scanfile import load
from scans.stopping import Stop, deadline, seconds_of
from scans.units import Outcome, Unit, recipe, units


class Table:
    """Notes of what the dealer did."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.dealt: list[str] = []
        self.back: list[str] = []
        self.most = 0
        self.stop_after = stop_after

    def deal(self, unit: Unit) -> None:
        self.dealt.append(unit.key)
        self.most = max(self.most, len(self.dealt) - len(self.back))

    def receive(self, unit: Unit, outcome: Outcome) -> None:
        assert unit.key == outcome.key
        self.back.append(unit.key)

    def stop(self) -> str:
        return "enough" if len(self.back) >= self.stop_after else ""


def play(path: Path, table: Table, ahead: int, workers: int = 2) -> str:
    """Deal a scan to threads."""
    scan = load(path)
    with ThreadPoolExecutor(workers) as pool:
        return deal(
            units(scan),
            recipe(scan),
            pool,
            ahead=ahead,
            stop=table.stop,
            dealt=table.deal,
            receive=table.receive,
            idle=lambda: None,
        )


@pytest.mark.parametrize("ahead", [1, 4, 1000])
def test_every_unit_comes_back_once(tiny: Path, ahead: int) -> None:
    table = Table()
    assert play(tiny, table, ahead) == ""
    keys = [unit.key for unit in units(load(tiny))]
    assert table.dealt == keys
    assert sorted(table.back) == sorted(keys)
    assert table.most <= ahead


def test_a_stop_takes_back_what_nobody_has_begun(tiny: Path) -> None:
    table = Table(stop_after=5)
    assert play(tiny, table, ahead=8, workers=1) == "enough"
    assert 5 <= len(table.back) <= 5 + 8
    assert len(table.dealt) < 42


def test_a_stop_before_the_first_unit_deals_none(tiny: Path) -> None:
    table = Table(stop_after=0)
    assert play(tiny, table, ahead=2) == "enough"
    assert table.dealt == []


def test_a_stop_when_all_is_dealt_is_no_early_end(tiny: Path) -> None:
    table = Table(stop_after=42)
    assert play(tiny, table, ahead=1000) == ""


def test_an_exception_of_the_dealer_is_not_swallowed() -> None:
    def play() -> None:
        with crew() as who:
            assert who is not None
            future: Future[int] = who[0].submit(int, "1")
            assert future.result() == 1
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        play()


def test_no_unit_is_dealt_that_might_not_end_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1000.0)
    assert Stop(deadline=1001.0)() == ""
    assert Stop(deadline=1001.0, longest=2.0)() == "the time limit is near"
    assert Stop(deadline=float("inf"), longest=2.0)() == ""
    assert Stop(deadline=float("inf"), reason="a signal")() == "a signal"


def test_the_deadline_is_the_earlier_of_limit_and_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1000.0)
    monkeypatch.delenv("SLURM_JOB_END_TIME", raising=False)
    assert deadline(None) == float("inf")
    assert deadline(60.0) == 1060.0
    monkeypatch.setenv("SLURM_JOB_END_TIME", "1050")
    assert deadline(60.0) == 1020.0
    assert deadline(None) == 1020.0
    assert deadline(5.0) == 1005.0


@pytest.mark.parametrize(("text", "seconds"), [("90", 90.0), ("1.5", 1.5), ("2:30", 150.0), ("01:00:01", 3601.0)])
def test_durations(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "x", "0", "-5", "1:2:3:4", "inf", "nan"])
def test_durations_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration: give seconds"):
        seconds_of(text)
