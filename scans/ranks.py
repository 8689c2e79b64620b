"""Processes: which one this is, how `mpirun` is started, and that none outlives its job."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import traceback
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

from scans.errors import ScanError
from scans.stopping import GENTLY, handling, noted

STARTED_BY_MPI = (
    "OMPI_COMM_WORLD_SIZE",
    "PMI_SIZE",
    "PMI_RANK",
    "PMIX_RANK",
    "MV2_COMM_WORLD_SIZE",
    "PALS_RANKID",
)
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
LAUNCHER = "STATMECH_LAUNCHER"
EARLY = 75
"""Exit code of a run that stopped early and can be gone on with (``EX_TEMPFAIL``)."""
EXIT_CODE = "STATMECH_EXIT_CODE"


def one_thread_each() -> None:
    """Keep linear algebra and kernels to one thread a rank, unless the user has said otherwise.

    The ranks are the parallelism; and sums must not depend on how many threads a machine offers. It has an
    effect only before NumPy is imported.
    """
    for name in THREADS:
        os.environ.setdefault(name, "1")


@cache
def world() -> Any:
    """MPI's world communicator, or None in a process that no MPI launcher started.

    mpi4py is imported only in the former case: a run alone neither needs nor starts MPI.

    Raises
    ------
    ScanError
        If an MPI launcher started this process and mpi4py is missing.
    """
    if not any(name in os.environ for name in STARTED_BY_MPI):
        return None
    try:
        from mpi4py import MPI
    except ImportError:
        raise ScanError("started under MPI, but mpi4py is missing: pip install 'statmech[mpi]'") from None
    return MPI.COMM_WORLD


def rank() -> int:
    """This process's rank, 0 in a run alone."""
    comm = world()
    return 0 if comm is None else comm.rank


def size() -> int:
    """Number of ranks, 1 in a run alone."""
    comm = world()
    return 1 if comm is None else comm.size


def die_with_the_job(every: float = 0.2) -> None:
    """End this rank as soon as the process that started it is gone.

    Open MPI leaves the ranks of a killed `mpirun` waiting for messages that never come; and a killed
    ``statmech run --ranks`` should not leave an `mpirun` behind. A thread looks after both. Dying at once is
    safe, as the journal needs no goodbye.
    """
    parent = os.getppid()
    host, _, launcher = os.environ.get(LAUNCHER, ":0").rpartition(":")
    pid = int(launcher) if host == socket.gethostname() else 0

    def watch() -> None:
        while os.getppid() == parent and _exists(pid):
            time.sleep(every)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="die with the job").start()


def _exists(pid: int) -> bool:
    """Whether process `pid` exists on this host; 0 stands for a process on another host or none."""
    if pid == 0:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def mpirun() -> Path | None:
    """The `mpirun` beside this interpreter (the PyPI wheel of Open MPI puts it there), else that of the PATH."""
    beside = Path(sys.executable).parent / "mpirun"
    if beside.exists():
        return beside
    found = shutil.which("mpirun")
    return Path(found) if found else None


def environment() -> dict[str, str]:
    """Environment for `mpirun` on one machine: also as root, also with more ranks than cores, unbound.

    Unbound and oversubscribed because rank 0 sleeps nearly always and needs no core of its own. Settings of
    one MPI mean nothing to another, so all can be given.
    """
    ours = {
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
        "PRTE_MCA_hwloc_default_binding_policy": "none",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
        "OMPI_MCA_hwloc_base_binding_policy": "none",
        LAUNCHER: f"{socket.gethostname()}:{os.getpid()}",
    }
    home = str(Path(__file__).resolve().parent.parent)
    if home not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        # a checkout that was not installed: the ranks import the packages that this process did
        ours["PYTHONPATH"] = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**ours, **os.environ, **{name: ours[name] for name in (LAUNCHER, "PYTHONPATH") if name in ours}}


def launch(arguments: Sequence[str], ranks: int) -> int:
    """Run the command with `arguments` on `ranks` computing ranks and one that deals; return its exit code.

    Ctrl-C, SIGTERM and SIGUSR1 ask rank 0 to deal no more units (through SIGUSR1, as `mpirun` passes that on,
    but gives its ranks no time after the others); a second Ctrl-C ends the job at once.

    Raises
    ------
    ScanError
        If `mpirun` or mpi4py is missing.
    """
    program = mpirun()
    if program is None or find_spec("mpi4py") is None:
        missing = "mpirun" if program is None else "mpi4py"
        raise ScanError(f"--ranks {ranks}: {missing} was not found: pip install 'statmech[mpi]', or leave out --ranks")
    command = [str(program), "-n", str(ranks + 1), sys.executable, "-P", "-m", "scans", *arguments]
    with tempfile.TemporaryDirectory(prefix="statmech-") as folder:
        note = Path(folder) / "exit-code"
        child: subprocess.Popen[bytes] | None = None
        interrupts, asked = 0, False

        def pass_on(number: int, frame: FrameType | None) -> None:
            nonlocal interrupts, asked
            interrupts += number == signal.SIGINT
            if number == signal.SIGINT and interrupts == 1:
                print(GENTLY, file=sys.stderr, flush=True)
            asked = True
            if child is not None:
                child.send_signal(signal.SIGTERM if interrupts > 1 else signal.SIGUSR1)

        with handling(pass_on):
            if asked or noted():
                return EARLY
            child = subprocess.Popen(
                command,
                env=environment() | {EXIT_CODE: str(note)},
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches this process alone, which passes it on gently
            )
            if asked:  # while it was being started
                child.send_signal(signal.SIGUSR1)
            code = child.wait()
        if note.exists():
            return int(note.read_text())
        if interrupts > 1:
            return 130
        if asked:  # before the ranks could listen: nothing was lost, so it is an early stop like any other
            return EARLY
        print(
            "statmech: mpirun or a rank was killed, perhaps for lack of memory, or failed as told above; "
            "nothing finished is lost: the same command goes on",
            file=sys.stderr,
            flush=True,
        )
        return 128 - code if code < 0 else code or 1


def leave(code: int) -> int:
    """The exit code of this rank when the job ends with `code`.

    Under `launch` it is left in a file and the rank ends with 0: `mpirun` would comment any other code at
    length as an accident.
    """
    try:
        comm = world()
    except ScanError:
        return code
    if comm is None:
        return code
    code = comm.bcast(code)
    if EXIT_CODE not in os.environ:
        return code
    if comm.rank == 0:
        Path(os.environ[EXIT_CODE]).write_text(str(code))
    return 0


def abort() -> None:
    """End the whole MPI job on an uncaught exception, instead of letting the other ranks wait for ever.

    Alone it does nothing, and the exception takes its course.
    """
    comm = world()
    if comm is not None and comm.size > 1:
        traceback.print_exc()
        sys.stderr.flush()
        comm.Abort(1)
