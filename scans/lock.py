"""One run per directory: a lock that a dead process cannot keep.

The file ``lock`` is locked by the operating system (`flock`) for as long as the process that runs the scan
(rank 0) lives, and tells in plain JSON who that is: host, process id, start of the process, batch job. The
system's lock vanishes with its process, so the lock of a process that died on this host is simply taken
over.

A directory on a network file system may carry the name of a process on another host while no system lock is
seen here, because some such file systems keep locks to one host. That process cannot be examined from here,
so the lock is refused with a message that says what to do, unless it belongs to the same batch job: a job
that was requeued onto another node is the only survivor of its earlier self.
"""

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scans.errors import ScanError

NAME = "lock"
JOB_VARIABLES = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID")


@contextmanager
def hold(directory: Path, patience: float = 3.0) -> Iterator[None]:
    """Hold the lock of `directory`.

    Parameters
    ----------
    directory : Path
        The output directory; it must exist.
    patience : float
        Seconds to wait for a holder that is about to die, as the ranks of a killed `mpirun` are.

    Raises
    ------
    ScanError
        If a live process holds the lock, or one on another host may.
    """
    path = directory / NAME
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise ScanError(f"{path}: cannot be opened: {error.strerror}; remove it and run again") from None
    try:
        _acquire(file, path, time.monotonic() + patience)
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps(_myself()).encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(file, 0)
    finally:
        os.close(file)


def holder(directory: Path) -> dict[str, Any] | None:
    """Who runs a scan in `directory` now, as far as can be told without touching the lock; None if nobody."""
    text = _read(directory / NAME)
    if text is None or (text["host"] == socket.gethostname() and not _alive(text)):
        return None
    return text


def _acquire(file: int, path: Path, deadline: float) -> None:
    """Take the system's lock, or refuse."""
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            by_system = True
            break
        except OSError as error:
            if error.errno in (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK):
                by_system = False  # a file system without locks: the names in the file must do
                break
            if time.monotonic() > deadline:
                raise ScanError(_refusal(path, _read(path))) from None
            time.sleep(0.1)
    other = _read(path)
    if other is None or _same_job(other):
        return
    if other["host"] != socket.gethostname():
        raise ScanError(
            f"{path}: locked by process {other['pid']} on host {other['host']}, which cannot be examined from "
            f"{socket.gethostname()}; if nothing runs there any more, delete {path} and run again"
        )
    if not by_system and _alive(other):
        raise ScanError(_refusal(path, other))


def _refusal(path: Path, other: dict[str, Any] | None) -> str:
    who = f"process {other['pid']} on host {other['host']} since {other['since']}" if other else "another process"
    return f"{path.parent}: is being run by {who}; wait for it, stop it, or choose another --output"


def _myself() -> dict[str, Any]:
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "start": _start_of(os.getpid()),
        "job": _job(),
        "since": time.strftime("%Y-%m-%d %H:%M:%S"),
    }


def _read(path: Path) -> dict[str, Any] | None:
    """Who the lock file names; None if nobody, as when its writer died before it was whole."""
    try:
        named = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    match named:
        case {"host": str(), "pid": int(pid), "since": str()} if 0 < pid < 2**31:
            return named
    return None


def _job() -> str:
    """Name of the batch job that this process belongs to, empty outside one."""
    return next((f"{name}={os.environ[name]}" for name in JOB_VARIABLES if name in os.environ), "")


def _same_job(other: dict[str, Any]) -> bool:
    return bool(_job()) and other.get("job") == _job()


def _alive(process: dict[str, Any]) -> bool:
    """Whether the named process of this host lives; its start tells it from a later one of the same id."""
    try:
        os.kill(process["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _start_of(process["pid"]) == process.get("start", "")


def _start_of(pid: int) -> str:
    """Start of a process in the kernel's clock ticks; empty where there is no /proc, "zombie" for a dead one."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "zombie" if fields[0] == "Z" else fields[19]
    except (OSError, IndexError):
        return ""
