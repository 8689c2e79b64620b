"""What the tests of scans share: tiny scans, the real command in processes of its own, and how to compare files."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

import scans
from scans import journal
from scans.command import main
from scans.ranks import environment, mpirun

TINY = """
title = "tiny"
model = "hopfield"
seed = 7
[axes]
alpha = [0.02, 0.1]
T = [0.0, 0.3, 0.6]
[simulation]
N = [32, 64]
samples = 3
sweeps = 40
thermalization = 5
[theory]
[quick.simulation]
samples = 1
"""

Start = Callable[..., subprocess.Popen]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A scan file of a few milliseconds: 6 theory units and 36 samples."""
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A scan file whose samples take some 25 ms each, 126 units in all: long enough to be interrupted."""
    path = tmp_path / "slow.toml"
    text = TINY.replace("sweeps = 40", "sweeps = 20000").replace("samples = 3", "samples = 10")
    path.write_text(text.replace("T = [0.0, 0.3, 0.6]", "T = [0.3, 0.6, 0.9]"))
    return path


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start ``statmech`` with arguments, under ``mpirun -n ranks`` if asked; what still runs at the end is killed."""
    children = []

    def begin(*arguments: object, ranks: int = 0, program: tuple[str, ...] = ("-m", "scans")) -> subprocess.Popen:
        command = [sys.executable, *program, *map(str, arguments)]
        if ranks:
            launcher = mpirun()
            assert launcher is not None, "these tests need mpirun: pip install 'statmech[mpi]'"
            command = [str(launcher), "-n", str(ranks), *command]
        inherited = {name: value for name, value in environment().items() if not name.startswith("STATMECH_")}
        paths = [str(Path(scans.__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", "")]
        child = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=inherited | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        children.append(child)
        return child

    yield begin
    for child in children:
        if child.poll() is None:
            child.kill()
        child.communicate()


@pytest.fixture
def statmech(start: Start) -> Callable[..., subprocess.CompletedProcess]:
    """Run ``statmech`` to its end."""

    def finish(*arguments: object, **how: object) -> subprocess.CompletedProcess:
        child = start(*arguments, **how)
        out, err = child.communicate(timeout=120)
        return subprocess.CompletedProcess(child.args, child.returncode, out, err)

    return finish


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[list[object]], tuple[int, str, str]]:
    """Exit code, output and errors of ``statmech`` in this process."""

    def call(arguments: list[object]) -> tuple[int, str, str]:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def content() -> Callable[[Path], dict[str, object]]:
    """All bytes of a result file that must not depend on how it was computed."""

    def read(path: Path) -> dict[str, object]:
        out: dict[str, object] = {}
        with h5py.File(path) as file:
            for name, item in file.items():
                values = item[()]
                raw = values.tolist() if values.dtype.kind == "O" else np.ascontiguousarray(values).tobytes()
                out[name] = (str(item.dtype), item.shape, raw)
            out |= {name: value for name, value in file.attrs.items() if name in ("scan", "units_done", "seed")}
        return out

    return read


@pytest.fixture
def finished() -> Callable[[Path], list[str]]:
    """Keys of the ``done`` records of an output directory, in the order of the journal."""

    def keys(directory: Path) -> list[str]:
        records = journal.Reader(directory / "journal")
        return [record["key"] for record in records if record["kind"] == "done"]

    return keys


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait until something is true, or fail after a minute."""

    def wait(condition: Callable[[], object]) -> None:
        for _ in range(6000):
            if condition():
                return
            time.sleep(0.01)
        pytest.fail("waited a minute in vain")

    return wait
