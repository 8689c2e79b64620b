"""The journal: nothing finished is lost, and nothing damaged is taken for a result."""

import errno
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scans import journal
from scans.errors import ScanError
from scans.journal import Journal, Reader, answers, line_of

RECORDS = [
    {"kind": "done", "key": f"{i:032x}", "seconds": 0.1, "answer": {"m": float(i) / 3, "P": np.arange(i)}}
    for i in range(5)
]


def write(path: Path) -> bytes:
    """A journal of five records."""
    with Journal(path, 0) as log:
        for record in RECORDS:
            log.append(line_of(record))
    return path.read_bytes()


def read(path: Path) -> tuple[list[dict[str, Any]], int, int]:
    """Records, intact and torn bytes of a journal."""
    reader = Reader(path)
    return list(reader), reader.intact, reader.torn


def keys(path: Path) -> list[str]:
    return [record["key"] for record in Reader(path)]


def test_records_come_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    content = write(path)
    assert keys(path) == [record["key"] for record in RECORDS]
    records, intact, torn = read(path)
    assert (intact, torn) == (len(content), 0)
    assert [record["seconds"] for record in records] == [0.1] * 5
    found = list(answers(path, [records[i]["answer"] for i in (3, 1)]))
    assert found[0]["m"] == 1.0
    np.testing.assert_array_equal(found[1]["P"], [0])


def test_a_missing_journal_is_an_empty_one(tmp_path: Path) -> None:
    assert read(tmp_path / "journal") == ([], 0, 0)


def test_a_record_may_be_spelled_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path, 0) as log:
        log.append(line_of({"kind": "dealt", "key": "0"}))
        log.append(line_of({"answer": {"m": 0.5}, "seconds": 1e-06, "key": "0", "kind": "done"}))
        log.append(line_of({"kind": "done", "key": "1", "seconds": 1e-06, "answer": {"m": 0.25}}))
    dealt, *done = Reader(path)
    assert dealt == {"kind": "dealt", "key": "0"}
    assert [(record["kind"], record["key"], record["seconds"]) for record in done] == [
        ("done", key, 1e-06) for key in "01"
    ]
    assert list(answers(path, [record["answer"] for record in done])) == [{"m": 0.5}, {"m": 0.25}]


def test_a_torn_tail_is_cut_wherever_it_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    content = write(path)
    whole = len(line_of(RECORDS[-1]))
    for cut in range(1, whole):
        path.write_bytes(content[:-cut])
        records, intact, torn = read(path)
        assert len(records) == 4
        assert intact == len(content) - whole
        assert torn == whole - cut
    with Journal(path, intact) as log:
        log.append(line_of(RECORDS[-1]))
    assert path.read_bytes() == content


@pytest.mark.parametrize("tail", [b"\0" * 5000, b"garbage\n" * 3, b"\n", b"00000000 {}\n"])
def test_rubbish_at_the_end_is_a_torn_tail(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "journal"
    content = write(path)
    path.write_bytes(content + tail)
    records, intact, _ = read(path)
    assert intact == len(content)
    assert len(records) == 5


def test_damage_before_intact_records_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    content = bytearray(write(path))
    content[len(line_of(RECORDS[0])) + 30] ^= 1
    path.write_bytes(content)
    with pytest.raises(ScanError, match="journal: line 2: damaged.*delete that line"):
        read(path)


def test_every_flipped_bit_of_a_record_is_noticed() -> None:
    line = line_of(RECORDS[1])
    for position in range(len(line)):
        for bit in range(8):
            damaged = bytearray(line)
            damaged[position] ^= 1 << bit
            assert journal._record_of(bytes(damaged), 0) is None


def test_a_full_disk_takes_back_the_part_that_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    genuine = os.write
    calls = []

    def full(file: int, data: bytes) -> int:
        calls.append(data)
        if len(calls) == 1:
            return genuine(file, data[:7])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with Journal(path, 0) as log:
        log.append(line_of(RECORDS[0]))
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(ScanError, match="journal: cannot be written .No space left.*make room and run again"):
            log.append(line_of(RECORDS[1]))
        monkeypatch.setattr(os, "write", genuine)
        log.append(line_of(RECORDS[2]))
    assert keys(path) == [RECORDS[0]["key"], RECORDS[2]["key"]]


def test_the_disk_is_asked_at_most_once_a_period(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(os, "fsync", lambda file: asked.append(file))
    with Journal(tmp_path / "journal", 0, sync_every=1e9) as log:
        before = len(asked)
        for record in RECORDS:
            log.append(line_of(record))
        assert len(asked) == before
    assert len(asked) == before + 1
    with Journal(tmp_path / "journal", 0, sync_every=0.0) as log:
        before = len(asked)
        for record in RECORDS:
            log.append(line_of(record))
        assert len(asked) == before + len(RECORDS)


@pytest.mark.parametrize(
    "text",
    [
        b"[1, 2]",
        b'"text"',
        b"no JSON",
        b"\xff",
        b"{}",
        b'{"kind": ["done"]}',
        b'{"kind": "new"}',
        b'{"kind": "done", "key": "k"}',
        b'{"kind": "session", "x": {"__float__": "zz"}}',
    ],
)
def test_an_intact_line_that_is_no_record_is_named(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "journal"
    write(path)
    with path.open("ab") as file:
        file.write(b"%08x %s\n" % (zlib.crc32(text), text))
    with pytest.raises(ScanError, match="journal: line 6: holds no record of a scan; delete that line"):
        read(path)


def test_a_directory_in_the_place_of_the_journal_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="cannot be read: Is a directory"):
        read(tmp_path)
    with pytest.raises(ScanError, match="cannot be written: Is a directory"):
        Journal(tmp_path, 0)
