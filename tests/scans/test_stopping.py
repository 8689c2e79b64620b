"""Signals at any moment: before there is anybody to listen, while the units are made, and at the very end."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scans import journal
from scans.command import main
from scans.ranks import EARLY
from scans.stopping import SIGNALS, Stopped, interruptible, noting

Start = Callable[..., subprocess.Popen]

AT_A_MOMENT = """
import os, signal, sys
{before}
def strike(*arguments, **named):
    if os.environ.get("OMPI_COMM_WORLD_RANK", "0") == "0":
        os.kill(os.getpid(), signal.{signal})
    return genuine(*arguments, **named)
{target} = strike
from scans.command import main
sys.exit(main())
"""
MOMENTS = {
    "first of all": ("import scans.command as c; genuine = c.one_thread_each", "c.one_thread_each"),
    "while the units are made": ("import scans.run as r; genuine = r.units", "r.units"),
    "while kernels are compiled": ("import montecarlo as m; genuine = m.warm", "m.warm"),
    "while the scan is checked": ("import scans.check as k; genuine = k.check", "k.check"),
}


@pytest.mark.parametrize("ranks", [0, 2])
@pytest.mark.parametrize("moment", list(MOMENTS))
def test_a_signal_before_dealing_ends_the_run_at_once(
    tiny: Path, tmp_path: Path, start: Start, moment: str, ranks: int
) -> None:
    before, target = MOMENTS[moment]
    program = tmp_path / "driver.py"
    program.write_text(AT_A_MOMENT.format(before=before, target=target, signal="SIGUSR1" if ranks else "SIGTERM"))
    out = tmp_path / "out"
    child = start("run", tiny, "--output", out, "--no-figure", ranks=ranks, program=(str(program),))
    told, complaints = child.communicate(timeout=60)
    assert child.returncode == EARLY
    assert "stopped early: received SIG" in told
    assert "Traceback" not in complaints
    assert list(journal.Reader(out / "journal")) == []
    assert main(["run", str(tiny), "--output", str(out), "--no-figure"]) == 0


def test_a_signal_after_the_end_changes_no_exit_code(tiny: Path, tmp_path: Path, start: Start) -> None:
    program = tmp_path / "driver.py"
    program.write_text(
        "import os, signal, sys\nfrom scans.command import main\ncode = main()\n"
        "os.kill(os.getpid(), signal.SIGUSR1)\nsys.exit(code)\n"
    )
    child = start("run", tiny, "--output", tmp_path / "out", "--no-figure", program=(str(program),))
    told, complaints = child.communicate(timeout=60)
    assert (child.returncode, complaints) == (0, "")
    assert "results: " in told


def test_a_noted_signal_is_acted_on_when_that_is_safe() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with noting(last=False):
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Stopped, match="received SIGTERM"), interruptible():
            pytest.fail("was begun")
    with noting(last=False), interruptible():
        with pytest.raises(Stopped, match="received SIGUSR1"):
            os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR1)  # a second one does not disturb the tidying up
    assert [signal.getsignal(number) for number in SIGNALS] == before
