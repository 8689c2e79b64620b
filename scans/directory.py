"""The output directory of a scan: its files, and whether a scan may be run in it.

``scan.toml``
    The scan with every default spelled out.
``journal``
    Every finished unit (`scans.journal`); all else can be made from these two.
``results.h5``, ``figure.png``, ``figure.pdf``
    What `scans.results` and the figures make of them.
``lock``
    Who runs the scan (`scans.lock`).
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scans import journal
from scans.errors import ScanError
from scans.ledger import Ledger, ledger_of
from scans.scan import Scan, differences
from scans.scanfile import dump, load
from scans.units import Unit, units

SCAN, JOURNAL, RESULTS, FIGURE = "scan.toml", "journal", "results.h5", "figure"
BYTES_PER_UNIT = 4096
"""Room that a unit may take in journal and results, on the safe side."""


def make(path: Path) -> None:
    """Make the directory.

    Raises
    ------
    ScanError
        If it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ScanError(f"{path}: cannot be made: {error.strerror}; choose another --output") from None


def check_place(path: Path) -> None:
    """Refuse, without writing anything, a directory that `make` and `check_room` would refuse.

    Raises
    ------
    ScanError
        If something else is in its way, or it may not be written.
    """
    there = next(folder for folder in (path, *path.parents) if os.path.lexists(folder))
    if not there.is_dir():
        code = errno.EEXIST if there == path else errno.ENOTDIR
    elif not os.access(there, os.W_OK | os.X_OK):
        code = errno.EACCES
    else:
        return
    raise ScanError(f"{path}: cannot be made or written: {os.strerror(code)}; choose another --output")


def check_room(path: Path, missing: int) -> None:
    """Refuse a directory that cannot be written or has no room for the results of `missing` units.

    Raises
    ------
    ScanError
        If a file of the expected size cannot be made there.
    """
    probe = path / ".room"
    size = 2**16 + BYTES_PER_UNIT * missing
    try:
        file = os.open(probe, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file, 0, size)
            else:
                os.write(file, bytes(2**16))
            os.fsync(file)
        finally:
            os.close(file)
            probe.unlink()
    except OSError as error:
        raise ScanError(
            f"{path}: {size / 2**20:.1f} MB cannot be written there: {error.strerror}; "
            "make room or choose another --output"
        ) from None


def check_same(path: Path, scan: Scan) -> None:
    """Refuse a directory that belongs to another scan.

    Raises
    ------
    ScanError
        The message says what differs.
    """
    changed = differences(load(path / SCAN), scan) if (path / SCAN).exists() else {}
    if not changed:
        return
    key, (there, here) = next(iter(changed.items()))
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    remedy = f"choose another --output, or go on with what is there by: statmech run {path}"
    if set(changed) == {"simulation.samples"}:
        remedy = f"go on with it by: statmech run {path}"
        if here > there:
            remedy = f"for more samples use: statmech extend {path} --samples {here}"
    raise ScanError(f"{path / SCAN}: {key}: {there!r} there, {here!r} here{more}; {remedy}")


def settle(path: Path, scan: Scan) -> None:
    """Write ``scan.toml``, or make sure that the one there is the same scan.

    Raises
    ------
    ScanError
        If the directory belongs to another scan.
    """
    check_same(path, scan)
    if not (path / SCAN).exists():
        write_scan(path, scan)


def write_scan(path: Path, scan: Scan) -> None:
    """Write ``scan.toml`` whole."""
    replace(path / SCAN, dump(scan).encode())


def replace(path: Path, content: bytes | memoryview) -> None:
    """Replace a file whole: whatever happens, it is the old one or the new one."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write to, put on disk and in the place of `path` at the end: there is an old file or a new one.

    Raises
    ------
    ScanError
        If it cannot be written; the old file stays.
    """
    temporary = path.with_name(f".{path.name}.new")
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        journal.sync_directory(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise ScanError(
            f"{path}: cannot be written: {error.strerror}; nothing finished is lost: make room and try again"
        ) from error


def open_scan(path: Path) -> Scan:
    """The scan of an output directory.

    Raises
    ------
    ScanError
        If it is none.
    """
    if not (path / SCAN).is_file():
        raise ScanError(f"{path}: no output directory of a scan: it has no {SCAN}; start one by: statmech run SCAN")
    return load(path / SCAN)


def state(path: Path) -> tuple[Scan, list[Unit], Ledger]:
    """Scan, units and ledger of an output directory, read without the lock and without changing anything."""
    scan = open_scan(path)
    found = ledger(path)
    check_seed(path, scan, found)
    return scan, units(scan), found


def ledger(path: Path) -> Ledger:
    """What the journal of an output directory says; nothing if there is none."""
    reader = journal.Reader(path / JOURNAL)
    found = ledger_of(reader)
    found.intact = reader.intact
    return found


def check_seed(path: Path, scan: Scan, told: Ledger) -> None:
    """Refuse a journal whose samples were drawn with another seed: the keys of units do not tell.

    Raises
    ------
    ScanError
        If a session of the journal had another seed than the scan.
    """
    for session in told.sessions:
        drawn = session.get("seed", scan.seed)  # early journals do not say
        if drawn != scan.seed:
            raise ScanError(
                f"{path / SCAN}: seed: {scan.seed} there, but the journal beside it was drawn with {drawn}; "
                f"write seed = {drawn} there, and for another seed choose another --output"
            )
