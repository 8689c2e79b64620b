"""The real command under a real mpirun: the ranks change nothing, and no end leaves anybody waiting."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scans import lock
from scans.status import report

Content = Callable[[Path], dict[str, object]]
Finished = Callable[[Path], list[str]]
Run = Callable[..., subprocess.CompletedProcess]
Start = Callable[..., subprocess.Popen]
Until = Callable[[Callable[[], object]], None]


def test_results_are_the_same_bits_for_any_number_of_ranks(
    tiny: Path, tmp_path: Path, statmech: Run, content: Content, finished: Finished
) -> None:
    found = {}
    for name, ranks, extra in (
        ("alone", 0, ()),
        ("one", 1, ()),
        ("two", 2, ()),
        ("three", 3, ()),
        ("started", 0, ("--ranks", 2)),
    ):
        out = tmp_path / name
        ended = statmech("run", tiny, "--output", out, "--no-figure", *extra, ranks=ranks)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert len(finished(out)) == len(set(finished(out))) == 42
        found[name] = content(out / "results.h5")
    assert "m" in found["alone"]
    assert all(result == found["alone"] for result in found.values())


@pytest.mark.parametrize("how", ["alone", "under mpirun", "with --ranks"])
def test_a_signal_ends_the_dealing_and_the_same_command_goes_on(
    slow: Path, tmp_path: Path, start: Start, statmech: Run, until: Until, finished: Finished, how: str
) -> None:
    out = tmp_path / "out"
    extra = ("--ranks", 2) if how == "with --ranks" else ()
    child = start("run", slow, "--output", out, "--no-figure", *extra, ranks=3 if how == "under mpirun" else 0)
    until(lambda: len(finished(out)) > 10)
    told = report(out)
    assert "estimated time left" in told
    assert "run by process" in told
    child.send_signal(signal.SIGUSR1 if how == "under mpirun" else signal.SIGTERM)
    heard, complaints = child.communicate(timeout=60)
    assert child.returncode == 75
    assert "stopped early: received SIG" in heard
    assert "Traceback" not in complaints
    assert (out / "results.h5").exists()
    before = finished(out)
    assert 10 < len(before) < 126
    assert lock.holder(out) is None
    assert "nobody is running it" in report(out)
    again = statmech("run", out, "--no-figure", ranks=3)
    assert again.returncode == 0
    assert f"{126 - len(before)} of 126 units to compute" in again.stdout
    assert finished(out)[: len(before)] == before
    assert len(finished(out)) == len(set(finished(out))) == 126


def test_a_time_limit_ends_the_dealing(tiny: Path, tmp_path: Path, statmech: Run, finished: Finished) -> None:
    out = tmp_path / "out"
    ended = statmech("run", tiny, "--output", out, "--time-limit", "0.001", "--no-figure")
    assert ended.returncode == 75
    assert "stopped early: the time limit is near; 42 units are left" in ended.stdout
    assert finished(out) == []
    assert statmech("run", tiny, "--output", out, "--time-limit", "10:00", "--no-figure").returncode == 0


def test_a_second_run_of_a_directory_is_refused(
    slow: Path, tmp_path: Path, start: Start, statmech: Run, until: Until, finished: Finished
) -> None:
    out = tmp_path / "out"
    slow.write_text(slow.read_text().replace("sweeps = 20000", "sweeps = 500000"))
    child = start("run", slow, "--output", out, "--no-figure", ranks=2)
    until(lambda: len(finished(out)) > 5)
    refused = statmech("run", slow, "--output", out)
    assert child.poll() is None, "the first run was over too early for this test"
    assert refused.returncode == 2
    assert "is being run by process" in refused.stderr
    assert refused.stderr.count("\n") == 1
    child.send_signal(signal.SIGUSR1)
    assert child.wait(timeout=60) == 75
    assert len(finished(out)) == len(set(finished(out)))


DEALER_BREAKS = """
import sys
from scans import run
def broken(*arguments):
    raise RuntimeError("the dealer broke")
run.Progress.step = broken
from scans.command import main
sys.exit(main())
"""
WORKER_BREAKS = """
import os, sys
import montecarlo
genuine = montecarlo.run_sample
def fatal(model, *, N, stream, settings):
    if N == 32:
        {way}
    return genuine(model, N=N, stream=stream, settings=settings)
montecarlo.run_sample = fatal
from scans.command import main
sys.exit(main())
"""


@pytest.mark.parametrize(
    "driver",
    [
        DEALER_BREAKS,
        WORKER_BREAKS.format(way="os._exit(3)"),
        WORKER_BREAKS.format(way="raise SystemExit('not for units')"),
    ],
    ids=["dealer raises", "worker exits", "worker leaves"],
)
def test_a_broken_rank_ends_the_job_instead_of_hanging_it(
    tiny: Path, tmp_path: Path, statmech: Run, finished: Finished, driver: str
) -> None:
    program = tmp_path / "driver.py"
    program.write_text(driver)
    out = tmp_path / "out"
    broken = statmech("run", tiny, "--output", out, "--no-figure", ranks=3, program=(str(program),))
    assert broken.returncode not in (0, 75)
    before = finished(out)
    assert len(before) < 42
    assert statmech("run", tiny, "--output", out, "--no-figure").returncode == 0
    assert finished(out)[: len(before)] == before
    assert len(finished(out)) == len(set(finished(out))) == 42


def test_ranks_under_mpirun_are_refused(tiny: Path, statmech: Run) -> None:
    refused = statmech("run", tiny, "--ranks", 2, ranks=2)
    assert refused.returncode == 2
    assert "--ranks: this process was started by mpirun already; leave out --ranks" in refused.stderr


def test_without_mpirun_the_message_says_what_to_install(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from scans import ranks
    from scans.command import main

    monkeypatch.setattr(ranks, "mpirun", lambda: None)
    assert main(["run", str(tiny), "--output", str(tiny.parent / "out"), "--ranks", "2"]) == 2
    assert "--ranks 2: mpirun was not found: pip install 'statmech[mpi]'" in capsys.readouterr().err


def test_a_run_alone_never_imports_mpi4py(tiny: Path, tmp_path: Path, statmech: Run) -> None:
    program = tmp_path / "driver.py"
    program.write_text(
        "import sys\nsys.modules['mpi4py'] = None\nfrom scans.command import main\ncode = main()\n"
        "assert sys.modules['mpi4py'] is None\nsys.exit(code)\n"
    )
    ended = statmech("run", tiny, "--output", tmp_path / "out", "--no-figure", program=(str(program),))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert os.path.exists(tmp_path / "out" / "results.h5")
    under = statmech("run", tiny, "--output", tmp_path / "out", "--no-figure", program=(str(program),), ranks=2)
    assert under.returncode == 2
    assert "started under MPI, but mpi4py is missing: pip install 'statmech[mpi]'" in under.stderr
