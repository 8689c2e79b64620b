"""Damaged files: whatever happened to a scan file or a journal is named, or did no harm; nothing false is accepted."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scans.errors import ScanError
from scans.journal import Journal, Reader, answers, line_of
from scans.scan import tables
from scans.scanfile import SPACINGS, TABLES, dump, load, shipped

T = TypeVar("T")
FILES = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, derandomize=True
)
DONE = [
    {"kind": "done", "key": f"{i:032x}", "seconds": 0.1, "answer": {"m": i / 3, "q": float("nan"), "P": np.arange(i)}}
    for i in range(6)
]
FAILED = {"kind": "failed", "key": "f" * 32, "error": "ValueError: no", "traceback": "line 1\nline 2"}
RECORDS = [{"kind": "session", "ranks": 2, "seed": 7}, *DONE, FAILED]
LINES = [line_of(record) for record in RECORDS]
WHOLE = b"".join(LINES)


def attempt(call: Callable[[], T]) -> tuple[T | None, str]:
    """What `call` returns, or its refusal; any other exception is a defect."""
    try:
        return call(), ""
    except ScanError as error:
        return None, str(error)


def read(path: Path) -> tuple[list[dict[str, Any]], int, int]:
    """Records of a journal with the answers in them, and its intact and torn bytes."""
    reader = Reader(path)
    found = [dict(record) for record in reader]
    done = [record for record in found if record["kind"] == "done"]
    for record, answer in zip(done, answers(path, [record["answer"] for record in done]), strict=True):
        record["answer"] = answer
    return found, reader.intact, reader.torn


@st.composite
def damage(draw: st.DrawFn) -> bytes:
    """The journal after bits were flipped, pieces cut out, zeroed, doubled or put in, and the end torn off."""
    content = bytearray(WHOLE)
    for _ in range(draw(st.integers(1, 4))):
        if not content:
            break
        at = draw(st.integers(0, len(content) - 1))
        length = draw(st.integers(1, 200))
        match draw(st.sampled_from(["flip", "cut", "zero", "double", "insert", "tear"])):
            case "flip":
                content[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del content[at : at + length]
            case "zero":
                content[at : at + length] = bytes(len(content[at : at + length]))
            case "double":
                content[at:at] = content[at : at + length]
            case "insert":
                content[at:at] = draw(st.binary(min_size=1, max_size=80))
            case "tear":
                del content[at:]
    return bytes(content)


@FILES
@given(content=damage())
def test_a_damaged_journal_gives_written_records_or_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(content)
    contents, refusal = attempt(lambda: read(path))
    if contents is None:
        assert re.match(rf"{re.escape(str(path))}: line \d+: ", refusal)
        return
    found, intact, torn = contents
    back = [line_of(record) for record in found]
    assert set(back) <= set(LINES)  # bit by bit what was written, though some may be missing
    assert b"".join(back) == content[:intact]
    assert intact + torn == len(content)
    with Journal(path, intact) as log:
        log.append(LINES[0])
    assert [line_of(record) for record in read(path)[0]] == [*back, LINES[0]]


NAMES = ["title", "model", "seed", *TABLES, "quick", "N", "samples", "sweeps", "start", "alpha", "T", *SPACINGS]
KEYS = st.one_of(st.sampled_from(NAMES), st.text(max_size=5))
SCALARS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.sampled_from([-1, 0, 1, 2, 3, 100, 0.5, 1e-300, "RS", "retrieval", "random", "hopfield", "dense_hebbian"]),
    st.floats(),
    st.booleans(),
    st.text(max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=6,
)
SHIPPED = {name: tomllib.loads(path.read_text()) for name, path in shipped().items()}


@st.composite
def altered(draw: st.DrawFn) -> dict[str, Any]:
    """A shipped scan file with up to three values or keys replaced, removed or added, at any depth."""
    whole = SHIPPED[draw(st.sampled_from(sorted(SHIPPED)))]
    raw = {name: dict(item) if isinstance(item, dict) else item for name, item in whole.items()}
    for _ in range(draw(st.integers(1, 3))):
        inner = [name for name, item in raw.items() if isinstance(item, dict)]
        where = draw(st.sampled_from(["", *inner]))
        table = raw[where] if where else raw
        key = draw(st.one_of(st.sampled_from(sorted(table)), KEYS) if table else KEYS)
        if key in table and draw(st.booleans()):
            del table[key]
        else:
            table[key] = draw(VALUES)
    return raw


def toml(table: dict[str, Any]) -> str:
    """TOML text of any table, by inline tables."""

    def spell(value: Any) -> str:
        match value:
            case bool():
                return str(value).lower()
            case str():
                return '"' + "".join(f"\\U{ord(letter):08x}" for letter in value) + '"'
            case list():
                return f"[{', '.join(map(spell, value))}]"
            case dict():
                return "{" + ", ".join(f"{spell(key)} = {spell(item)}" for key, item in value.items()) + "}"
        return repr(value)

    return "\n".join(f"{spell(key)} = {spell(value)}" for key, value in table.items())


@FILES
@given(raw=altered(), quick=st.booleans())
def test_an_altered_scan_file_means_something_or_is_refused(tmp_path: Path, raw: dict[str, Any], quick: bool) -> None:
    path, again = tmp_path / "scan.toml", tmp_path / "again.toml"
    path.write_text(toml(raw), encoding="utf-8")
    scan, refusal = attempt(lambda: load(path, quick=quick))
    if scan is None:
        assert refusal.startswith(f"{path}: ")
        return
    again.write_text(dump(scan), encoding="utf-8")
    assert tables(load(again)) == tables(scan)


@FILES
@given(rubbish=st.binary(min_size=1, max_size=300), name=st.sampled_from(sorted(SHIPPED)), at=st.floats(0, 1))
def test_rubbish_in_a_scan_file_is_refused(tmp_path: Path, rubbish: bytes, name: str, at: float) -> None:
    path = tmp_path / "scan.toml"
    good = shipped()[name].read_bytes()
    cut = int(at * len(good))
    path.write_bytes(good[:cut] + b"\n= " + rubbish + good[cut:])
    scan, refusal = attempt(lambda: load(path))
    assert scan is None
    assert refusal.startswith(f"{path}: ")
