"""One run per directory, and no lock outlives its process."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from scans import lock
from scans.errors import ScanError

HOLD = """
import sys, time
from pathlib import Path
from scans import lock
with lock.hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path: Path) -> subprocess.Popen:
    """Another process that holds the lock of `tmp_path`."""
    path = os.pathsep.join([str(Path(lock.__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", "")])
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    yield child
    child.kill()
    child.communicate()


def pretend(directory: Path, **holder: object) -> None:
    """Leave a lock file that names somebody."""
    named = {"host": socket.gethostname(), "pid": 1, "start": "", "job": "", "since": "then"}
    (directory / lock.NAME).write_text(json.dumps(named | holder))


def test_the_holder_is_named_while_it_holds(tmp_path: Path) -> None:
    assert lock.holder(tmp_path) is None
    with lock.hold(tmp_path):
        named = lock.holder(tmp_path)
        assert named is not None
        assert named["pid"] == os.getpid()
    assert lock.holder(tmp_path) is None


def test_a_live_holder_is_refused_by_name(tmp_path: Path, other: subprocess.Popen) -> None:
    with (
        pytest.raises(ScanError, match=f"is being run by process {other.pid} on host .*another --output"),
        lock.hold(tmp_path, patience=0.2),
    ):
        pass


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path: Path, other: subprocess.Popen) -> None:
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert (tmp_path / lock.NAME).read_text()
    assert lock.holder(tmp_path) is None
    with lock.hold(tmp_path, patience=0.0):
        assert lock.holder(tmp_path) is not None


def test_a_holder_about_to_die_is_waited_for(tmp_path: Path, other: subprocess.Popen) -> None:
    other.send_signal(signal.SIGKILL)
    with lock.hold(tmp_path, patience=30.0):
        assert lock.holder(tmp_path) is not None


def test_a_later_process_of_the_same_id_is_not_the_holder(tmp_path: Path) -> None:
    pretend(tmp_path, pid=os.getpid(), start="1")
    assert lock.holder(tmp_path) is None
    with lock.hold(tmp_path):
        assert lock.holder(tmp_path) is not None


def test_a_holder_on_another_host_is_refused_with_the_remedy(tmp_path: Path) -> None:
    pretend(tmp_path, host="elsewhere", pid=4711)
    assert lock.holder(tmp_path) is not None
    with (
        pytest.raises(ScanError, match="process 4711 on host elsewhere.*delete .*lock and run again"),
        lock.hold(tmp_path),
    ):
        pass


def test_a_requeued_job_takes_over_from_its_earlier_self(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(tmp_path, host="elsewhere", job="SLURM_JOB_ID=12")
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    with lock.hold(tmp_path):
        assert lock.holder(tmp_path) is not None


def named(pid: object) -> str:
    return json.dumps({"host": socket.gethostname(), "pid": pid, "since": "then"})


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"host": "x"}', '"text"', "\0", *map(named, ("a", None, 1.5, -1, 0, 10**30))],
)
def test_a_lock_file_whose_writer_died_early_names_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / lock.NAME).write_text(content)
    assert lock.holder(tmp_path) is None
    with lock.hold(tmp_path):
        assert lock.holder(tmp_path) is not None


def test_a_directory_in_the_place_of_the_lock_is_named(tmp_path: Path) -> None:
    (tmp_path / lock.NAME).mkdir()
    assert lock.holder(tmp_path) is None
    with pytest.raises(ScanError, match="lock: cannot be opened: Is a directory; remove it"), lock.hold(tmp_path):
        pass


def test_without_locks_of_the_system_the_names_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(file: int, operation: int) -> None:
        raise OSError(lock.errno.ENOTSUP, "not supported")

    monkeypatch.setattr(lock.fcntl, "flock", unsupported)
    with lock.hold(tmp_path), pytest.raises(ScanError, match="is being run by"), lock.hold(tmp_path, patience=0.0):
        pass
    pretend(tmp_path, pid=os.getpid(), start="1")
    with lock.hold(tmp_path):
        assert lock.holder(tmp_path) is not None
