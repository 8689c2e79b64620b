"""``statmech doctor``: whether everything that a scan needs is there and works."""

import base64
import hashlib
import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from importlib.util import find_spec
from pathlib import Path

from scans.provenance import revision, versions
from scans.ranks import environment, mpirun

PACKAGES = ("statmech", "theory", "montecarlo", "figures", "scans")
OPTIONAL = ("mpi4py",)
HELLO = "from mpi4py import MPI; print('rank', MPI.COMM_WORLD.rank, 'of', MPI.COMM_WORLD.size)"

Finding = tuple[bool, str]
"""Whether all is well, and what was found."""


def doctor() -> int:
    """Print what was found; 0 if all is well, 1 if something is to be mended."""
    findings = [*libraries(), *owners(), kernel_cache(), parallel()]
    for well, what in findings:
        print(f"{'ok ' if well else 'BAD'}  {what}")
    return 0 if all(well for well, _ in findings) else 1


def libraries() -> Iterator[Finding]:
    """Versions of this package and of the libraries it stands on."""
    for name, version in versions().items():
        if name == "statmech":
            checkout = f" (checkout at {revision()})" if revision() else ""
            yield True, f"statmech {version or 'not installed, imported from its checkout'}{checkout}"
        elif version or name not in OPTIONAL:
            yield bool(version), f"{name} {version or 'is missing: pip install ' + name}"


def owners() -> Iterator[Finding]:
    """Whether the five packages, whose names are generic, are ours and nobody has written over them."""
    home = Path(__file__).resolve().parent.parent
    installed = packages_distributions()
    for name in PACKAGES:
        try:
            origin = getattr(importlib.import_module(name), "__file__", None)
        except ImportError as error:
            yield False, f"package {name} cannot be imported: {error}"
            continue
        folder = Path(origin).resolve().parent if origin else None
        if folder != home / name:
            yield (
                False,
                f"package {name} is imported from {folder}, not from {home / name}: rename or remove that one",
            )
            continue
        others = sorted(set(installed.get(name, ())) - {"statmech"})
        if others and _same_place(name, others, home):
            yield (
                False,
                f"package {name} is also installed by {', '.join(others)}: pip uninstall it, reinstall statmech",
            )
            continue
        spoiled = _spoiled(name)
        if spoiled:
            yield (
                False,
                f"package {name}: {spoiled[0]} is not the file that was installed: reinstall statmech",
            )
        else:
            yield True, f"package {name} from {folder}"


def kernel_cache() -> Finding:
    """Whether compiled kernels can be kept: without it every rank compiles them at every start."""
    folder = os.environ.get("NUMBA_CACHE_DIR")
    candidates = [Path(folder)] if folder else [Path(__file__).resolve().parent.parent / "montecarlo", Path.home()]
    for candidate in candidates:
        try:
            candidate.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=candidate):
                return True, f"kernel cache can be written below {candidate}"
        except OSError:
            continue
    return (
        False,
        f"no kernel cache can be written in {candidates[-1]}: set NUMBA_CACHE_DIR to a writable directory",
    )


def parallel() -> Finding:
    """Whether `mpirun` starts two ranks that see each other; running alone needs neither it nor mpi4py."""
    program = mpirun()
    if program is None or find_spec("mpi4py") is None:
        missing = "mpirun" if program is None else "mpi4py"
        return True, f"{missing} is not installed: scans run alone (for more: pip install 'statmech[mpi]')"
    command = [str(program), "-n", "2", sys.executable, "-c", HELLO]
    try:
        answer = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, f"{program} does not work: {error}"
    if answer.returncode == 0 and {"rank 0 of 2", "rank 1 of 2"} <= set(answer.stdout.splitlines()):
        return True, f"{program} starts ranks that see each other"
    heard = (answer.stderr.strip() or answer.stdout.strip()).splitlines()
    return (
        False,
        f"{program}: two ranks do not see each other ({heard[0] if heard else 'no output'}): reinstall mpi4py",
    )


def _same_place(name: str, others: list[str], home: Path) -> bool:
    """Whether one of `others` has files in our folder of that name."""
    for other in others:
        for file in distribution(other).files or ():
            if file.parts[:1] == (name,) and Path(str(distribution(other).locate_file(file))).resolve().is_relative_to(
                home
            ):
                return True
    return False


def _spoiled(name: str) -> list[str]:
    """Files of an installed package whose content is not what was installed; none for a checkout."""
    try:
        files = distribution("statmech").files or ()
    except PackageNotFoundError:
        return []
    out = []
    for file in files:
        if file.parts[:1] == (name,) and file.hash is not None and file.suffix == ".py":
            path = Path(str(file.locate()))
            digest = hashlib.new(file.hash.mode, path.read_bytes()).digest() if path.exists() else b""
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
                out.append(str(file))
    return out
