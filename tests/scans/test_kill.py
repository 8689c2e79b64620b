"""SIGKILL at random moments: nothing finished is lost or repeated, and the result is the same to the bit.

The moments follow from a seed; the environment variable ``STATMECH_TEST_SEED`` chooses another.
"""

import os
import random
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scans import journal

Content = Callable[[Path], dict[str, object]]
Finished = Callable[[Path], list[str]]
Run = Callable[..., subprocess.CompletedProcess]
Start = Callable[..., subprocess.Popen]
Until = Callable[[Callable[[], object]], None]

KILLS = 2
UNITS = 126


def ranks_below(mpirun: int) -> list[int]:
    """Process ids of the ranks of a running `mpirun`, rank 0 first."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            variables = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if parent == mpirun:
            mine = [variable for variable in variables if variable.startswith(b"OMPI_COMM_WORLD_RANK=")]
            found += [(int(variable.partition(b"=")[2]), int(process.name)) for variable in mine]
    return [pid for _, pid in sorted(found)]


def gone(pid: int) -> bool:
    """Whether a process is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.fixture
def reference(slow: Path, tmp_path: Path, statmech: Run, content: Content) -> dict[str, object]:
    """The results of an undisturbed run of one process."""
    assert statmech("run", slow, "--output", tmp_path / "reference", "--no-figure").returncode == 0
    return content(tmp_path / "reference" / "results.h5")


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds the ranks in /proc")
def test_killed_runs_go_on_to_the_same_bits(
    slow: Path,
    tmp_path: Path,
    start: Start,
    statmech: Run,
    until: Until,
    content: Content,
    finished: Finished,
    reference: dict[str, object],
) -> None:
    moments = random.Random(int(os.environ.get("STATMECH_TEST_SEED", "1")))
    out = tmp_path / "out"
    for victim in ("mpirun", "rank 0", "worker") * KILLS:
        before = finished(out)
        child = start("run", slow, "--output", out, "--no-figure", ranks=3)
        aim = len(before) + moments.randint(1, 12)
        until(lambda aim=aim, child=child: len(finished(out)) >= aim or child.poll() is not None)
        assert child.poll() is None, child.communicate()
        ranks = ranks_below(child.pid)
        assert len(ranks) == 3
        safe = finished(out)
        os.kill({"mpirun": child.pid, "rank 0": ranks[0], "worker": moments.choice(ranks[1:])}[victim], signal.SIGKILL)
        child.communicate(timeout=60)
        assert child.returncode != 0
        until(lambda ranks=ranks: all(map(gone, ranks)))
        assert finished(out)[: len(safe)] == safe
        assert len(finished(out)) == len(set(finished(out)))
    with (out / "journal").open("ab") as file:  # and a tail torn by hand, as no kill can be timed to tear one
        file.write(b'0123abcd {"kind":"done","key":"')
    left = UNITS - len(finished(out))
    ended = statmech("run", slow, "--output", out, "--no-figure", ranks=2)
    assert ended.returncode == 0
    assert f"{left} of {UNITS} units to compute" in ended.stdout
    assert len(finished(out)) == len(set(finished(out))) == UNITS
    assert content(out / "results.h5") == reference


def test_a_killed_launcher_takes_its_ranks_along(
    slow: Path, tmp_path: Path, start: Start, until: Until, finished: Finished
) -> None:
    out = tmp_path / "out"
    child = start("run", slow, "--output", out, "--no-figure", "--ranks", 2)
    until(lambda: len(finished(out)) > 10)
    session = next(record for record in journal.Reader(out / "journal") if record["kind"] == "session")
    child.kill()
    child.wait()
    until(lambda: gone(session["pid"]))
    assert len(finished(out)) < UNITS


def test_a_killed_rank_is_told_in_words(
    slow: Path, tmp_path: Path, start: Start, until: Until, finished: Finished
) -> None:
    out = tmp_path / "out"
    child = start("run", slow, "--output", out, "--no-figure", "--ranks", 2)
    until(lambda: len(finished(out)) > 10)
    session = next(record for record in journal.Reader(out / "journal") if record["kind"] == "session")
    os.kill(session["pid"], signal.SIGKILL)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 128 + signal.SIGKILL
    assert err.endswith("nothing finished is lost: the same command goes on\n")
    assert "Traceback" not in err
