"""The journal: one append-only text file that holds every finished unit of a scan.

A record is a line: the CRC-32 of the text in eight hexadecimal digits, a space, the text (JSON, see
`scans.plain`), a newline. Only rank 0 writes it.

*What a crash can cost.* A record goes to the operating system in one `write` as soon as it exists, so
killing processes, by whatever signal, loses no record; at worst the last line is torn, and it is cut off
when the journal is opened next. Only a failing machine can lose what the system had not yet put on disk:
`fsync` is called at most once per `sync_every` seconds (1 by default) and when the journal is closed, so
that thousands of short units do not wait for the disk one by one. A unit lost that way is computed again.

*Damage.* Damaged lines at the end are a torn tail. A damaged line with intact ones after it is no trace of
a crash: the file was altered, and reading it raises `ScanError` rather than dropping a result silently.
"""

import os
import re
import struct
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

from scans.errors import ScanError
from scans.plain import decode, encode

FORMAT = 1
"""Version of what the records say, kept with each session."""
FIELDS: dict[str, set[str]] = {
    "session": {"ranks"},
    "dealt": {"key"},
    "done": {"key", "seconds", "answer"},
    "failed": {"key", "error", "traceback"},
}
"""What a record of each kind has at least."""


PLAIN = re.compile(
    rb'\{"kind":"(?:(dealt)","key":"([0-9a-f]+)"|done","key":"([0-9a-f]+)","seconds":([0-9.e+-]+),"answer":\{.*\})\}'
)
"""How nearly all records are spelled: read without their answers, which are most of a journal."""


class Place(NamedTuple):
    """Where a record stands in its journal: a million of these fit into memory where the answers do not.

    Attributes
    ----------
    start, length : int
        First byte of the text of the record, and number of bytes.
    """

    start: int
    length: int


def line_of(record: Mapping[str, Any]) -> bytes:
    """The line that stores `record`."""
    text = encode(record).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


class Reader:
    """The records of a journal one by one, in the order of writing, without changing it; a missing file has none.

    The ``answer`` of a ``done`` record is its `Place`; see `answers`.

    Parameters
    ----------
    path : Path
        The file.

    Attributes
    ----------
    intact, torn : int
        Bytes of the intact part that has been read, and once all is read, of the torn tail after it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.intact = self.torn = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Read on from the beginning.

        Raises
        ------
        ScanError
            If a line is damaged that intact lines follow, holds no record, or the file cannot be read.
        """
        position = damaged = 0
        if not self.path.exists():
            return
        with _opened(self.path) as file:
            for number, line in enumerate(file, 1):
                try:
                    record = _record_of(line, position)
                except ValueError as error:
                    raise ScanError(f"{self.path}: line {number}: {error}; delete that line and run again") from None
                position += len(line)
                if record is None:
                    damaged = damaged or number
                elif damaged:
                    raise ScanError(
                        f"{self.path}: line {damaged}: damaged, and intact records follow, so this is no interrupted "
                        "write; delete that line and run again: its unit is computed anew, bit by bit the same"
                    )
                else:
                    self.intact = position
                    yield record
        self.torn = position - self.intact


def answers(path: Path, places: Iterable[Place]) -> Iterator[Any]:
    """The answers of the ``done`` records that stand at `places` of the journal at `path`."""
    with _opened(path) as file:
        for place in places:
            yield decode(os.pread(file.fileno(), place.length, place.start))["answer"]


def _record_of(line: bytes, position: int) -> dict[str, Any] | None:
    """The record of an intact line that begins at byte `position`, else None.

    Raises
    ------
    ValueError
        If an intact line holds no record: no crash leaves such a line.
    """
    if not line.endswith(b"\n") or line[8:9] != b" ":
        return None
    text = line[9:-1]
    if line[:8] != b"%08x" % zlib.crc32(text):
        return None
    place = Place(position + 9, len(text))
    if plain := PLAIN.fullmatch(text):
        dealt, dealt_key, key, seconds = plain.groups()
        if dealt:
            return {"kind": "dealt", "key": dealt_key.decode()}
        return {"kind": "done", "key": key.decode(), "seconds": float(seconds), "answer": place}
    try:
        record = decode(text)
    except (ValueError, TypeError, AttributeError, struct.error):
        record = None
    match record:
        case {"kind": str(kind)} if kind in FIELDS and FIELDS[kind] <= record.keys():
            return record | {"answer": place} if kind == "done" else record
    raise ValueError("holds no record of a scan")


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ScanError(f"{path}: cannot be read: {error.strerror}; it must be a file of yours") from None


class Journal:
    """A journal open for appending; a context manager that synchronises and closes it.

    Parameters
    ----------
    path : Path
        The file; created if missing.
    intact : int
        Bytes to keep, from a `Reader`: what follows is a torn tail and is cut off.
    sync_every : float
        Seconds between calls of `fsync` at most.
    """

    def __init__(self, path: Path, intact: int, sync_every: float = 1.0) -> None:
        self.path = path
        self.sync_every = sync_every
        self._length = intact
        self._synced = time.monotonic()
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
        except OSError as error:
            raise ScanError(f"{path}: cannot be written: {error.strerror}; it must be a file of yours") from None
        os.ftruncate(self._file, intact)
        os.lseek(self._file, intact, os.SEEK_SET)
        self.sync()
        sync_directory(path.parent)

    def append(self, line: bytes) -> None:
        """Write one line, made by `line_of`.

        Raises
        ------
        ScanError
            If the line cannot be written whole (a full disk); a part of it is taken back.
        """
        try:
            written = os.write(self._file, line)
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError as error:
            os.ftruncate(self._file, self._length)
            os.lseek(self._file, self._length, os.SEEK_SET)
            raise ScanError(
                f"{self.path}: cannot be written ({error.strerror}); nothing finished is lost: make room and run again"
            ) from error
        self._length += len(line)
        if time.monotonic() - self._synced >= self.sync_every:
            self.sync()

    def sync(self) -> None:
        """Have the operating system put everything written so far on disk."""
        os.fsync(self._file)
        self._synced = time.monotonic()

    def close(self) -> None:
        """Synchronise and close."""
        self.sync()
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def sync_directory(path: Path) -> None:
    """Have the operating system put the names in directory `path` on disk."""
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
