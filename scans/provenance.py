"""Where a result comes from: versions, revision, machine."""

import os
import platform
import socket
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = (
    "numpy",
    "scipy",
    "numba",
    "llvmlite",
    "h5py",
    "xarray",
    "h5netcdf",
    "matplotlib",
    "tqdm",
    "mpi4py",
)


def versions() -> dict[str, str]:
    """Versions of statmech, Python and the libraries; empty where one is not installed."""
    out = {"python": platform.python_version()}
    for name in ("statmech", *LIBRARIES):
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            out[name] = ""
    return out


def revision() -> str:
    """``git describe`` of the checkout that the packages are imported from, empty if it is none."""
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--tags"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def machine() -> dict[str, str | int]:
    """This host and process."""
    return {"host": socket.gethostname(), "platform": platform.platform(), "pid": os.getpid()}
