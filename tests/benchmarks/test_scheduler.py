"""What dealing costs: units a second, a thousand simulated ranks, a journal of a million units, memory, two cores.

Run with ``pytest tests/benchmarks/test_scheduler.py -n 0 -s -o addopts=--import-mode=importlib``; results are recorded
in docs/benchmarks.md. ``STATMECH_BENCHMARK_UNITS`` sets the size of the journal (a million takes some minutes).
"""

import json
import os
import resource
import subprocess
import sys
import time
import zlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scans import directory, results
from scans.journal import Journal, line_of
from scans.ledger import Ledger
from scans.progress import Progress
from scans.ranks import environment, mpirun
from scans.run import _compute
from scans.scan import Scan
from scans.scanfile import load
from scans.status import report
from scans.stopping import Stop
from scans.units import Outcome, Unit, compute, recipe, units

BUDGET = 1e-3
"""Seconds of rank 0 that a unit may cost."""
SCAN = """
title = "scheduler"
model = "hopfield"
seed = 7
[axes]
alpha = { linspace = [0.01, 0.1, 10] }
T = { linspace = [0.1, 1.0, 10] }
[simulation]
N = [32, 64]
samples = 5
sweeps = 20
thermalization = 5
"""

# Units that sleep for N microseconds, in the whole command; rank 0 notes its clocks at each finished unit.
SLEEPING = """
import json, sys, time
import montecarlo
from scans import run
from scans.command import main
from scans.ranks import rank

def sleep(model, *, N, stream, settings):
    if N > 2:
        time.sleep(N * 1e-6)
    return {"m": 0.5}

montecarlo.run_sample = sleep
montecarlo.warm = lambda model, settings: None
run._finish = lambda *arguments: 0
notes = []
genuine = run.Progress.step

def step(self, failed):
    notes.append((self.done, time.perf_counter(), time.process_time()))
    genuine(self, failed)

run.Progress.step = step
code = main(sys.argv[2:])
if notes:
    open(sys.argv[1], "w").write(json.dumps(notes))
sys.exit(code)
"""
LENGTHS = (10_000, 1000, 2)
"""Microseconds that a unit sleeps; 2 stands for none."""
COUNT = 400
"""Units of each length."""


def launch(folder: Path, ranks: int, program: str, *arguments: object) -> None:
    """Run a Python program alone (0 ranks) or under mpirun."""
    file = folder / "program.py"
    file.write_text(program)
    command = [sys.executable, str(file), *map(str, arguments)]
    if ranks:
        command = [str(mpirun()), "-n", str(ranks), *command]
    subprocess.run(command, cwd=folder, env=environment(), check=True, stdout=subprocess.DEVNULL, timeout=600)


@pytest.mark.parametrize("ranks", [0, 2, 3], ids=["alone", "one and the dealer", "two and the dealer"])
def test_units_a_second(tmp_path: Path, ranks: int) -> None:
    computing = max(1, ranks - 1)
    head = SCAN.partition("[axes]")[0]
    scan = f"{head}[parameters]\nalpha = 0.1\nT = 0.5\n[simulation]\nN = {list(LENGTHS)}\nsamples = {COUNT}\n"
    (tmp_path / "scan.toml").write_text(scan)
    launch(tmp_path, ranks, SLEEPING, tmp_path / "notes", "run", "scan.toml", "--output", "out", "--progress", "none")
    notes = json.loads((tmp_path / "notes").read_text())
    for i, length in enumerate(LENGTHS):  # longest first
        (_, begin, before), (_, end, after) = notes[i * COUNT], notes[(i + 1) * COUNT - 1]
        rate, cost = (COUNT - 1) / (end - begin), (after - before) / (COUNT - 1)
        share = f"{rate * 1e-6 * length / computing:4.0%} of the time in units" if length > 2 else ""
        told = (
            f"{rate:7.1f} a second, {1e6 * cost:4.0f} us of rank 0 {share}"  # while it waits, mpi4py looks and sleeps
        )
        print(f"\n{computing} computing, {length:6d} us a unit: {told}", end="", flush=True)
    assert cost < BUDGET


class Ranks(Executor):
    """Computing ranks on a simulated clock; the clock of rank 0 runs by its own processor time.

    A rank that has finished is given the next unit as soon as rank 0 looks, and `message` seconds of rank 0 are
    charged for it: what mpi4py takes to receive one result and to send one unit.
    """

    def __init__(self, ranks: int, seconds: Callable[[Unit], float], message: float, line: bytes) -> None:
        self.free, self.seconds, self.message, self.line = ranks, seconds, message, line
        self.now = self.used = self.worked = 0.0
        self.waiting: deque[tuple[Future[Outcome], Unit]] = deque()
        self.busy: list[tuple[float, int, Future[Outcome], Unit]] = []
        self.given = self.unseen = 0
        self._mark = time.thread_time()

    def submit(self, function: Any, /, *arguments: Any, **settings: Any) -> Future[Outcome]:
        self._charge()
        future: Future[Outcome] = Future()
        self.waiting.append((future, arguments[0]))
        self._give()
        self._mark = time.thread_time()
        return future

    def advance(self) -> None:
        """Let time go on to the next result, if rank 0 has none left to look at."""
        self._charge()
        if self.busy and not self.unseen:
            self.now = max(self.now, self.busy[0][0])
        while self.busy and self.busy[0][0] <= self.now:
            _, _, future, unit = heappop(self.busy)
            self.free += 1
            self.unseen += 1
            self._spend(self.message)
            self._give()
            future.set_result(Outcome(unit.key, False, self.seconds(unit), self.line))
        self._mark = time.thread_time()

    def _give(self) -> None:
        while self.free and self.waiting:
            future, unit = self.waiting.popleft()
            self.free -= 1
            self.given += 1
            self.worked += self.seconds(unit)
            future.set_running_or_notify_cancel()
            heappush(self.busy, (self.now + self.seconds(unit), self.given, future, unit))

    def _charge(self) -> None:
        self._spend(time.thread_time() - self._mark)

    def _spend(self, seconds: float) -> None:
        self.now += seconds
        self.used += seconds


class Clock(Progress):
    """Rank 0 counts each result and then looks at its progress: when it has seen all, simulated time goes on."""

    ranks: Ranks

    def step(self, failed: bool) -> None:
        super().step(failed)
        self.ranks.unseen -= 1

    def look(self) -> None:
        super().look()
        self.ranks.advance()


MESSAGE = 3e-4
"""Seconds of rank 0 charged for sending one unit and receiving its result; `test_units_a_second` measures it all."""


def simulated(folder: Path, made: list[Unit], scan: Scan, ranks: int, mean: float) -> tuple[float, float, float]:
    """Share of the ranks' time that is spent in units, seconds of rank 0 a unit, and share of its time."""
    spread = np.random.default_rng(1).lognormal(-0.02, 0.2, len(made))
    seconds = {unit.key: mean * float(factor) for unit, factor in zip(made, spread, strict=True)}
    line = compute(made[0], recipe(scan)).line
    crew = Ranks(ranks, lambda unit: seconds[unit.key], MESSAGE, line)
    with Journal(folder / f"journal-{ranks}-{mean}", 0) as log, Clock(0, len(made), "none") as progress:
        progress.ranks = crew
        assert _compute(made, scan, crew, ranks, Stop(float("inf")), log, Ledger(), progress) == ""
        assert progress.done == len(made)
    return crew.worked / (ranks * crew.now), crew.used / len(made), crew.used / crew.now


def test_a_thousand_simulated_ranks(tmp_path: Path) -> None:
    (tmp_path / "scan.toml").write_text(SCAN)
    scan = replace(load(tmp_path / "scan.toml"), samples=100)
    made = units(scan)
    costs = {}
    for ranks, mean in ((10, 1.0), (100, 1.0), (1000, 0.1), (1000, 1.0), (1000, 10.0), (1000, 60.0)):
        efficiency, cost, busy = simulated(tmp_path, made, scan, ranks, mean)
        costs[ranks] = cost
        told = f"efficiency {efficiency:6.1%}, rank 0 {1e6 * cost:4.0f} us a unit, busy {busy:6.1%}"
        print(f"\n{ranks:5d} ranks, {len(made)} units of {mean:5.1f} s: {told}", end="")
    assert max(costs.values()) < BUDGET
    assert costs[1000] < 2 * costs[10]


def megabytes() -> float:
    """Peak resident memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_a_large_journal(tmp_path: Path) -> None:
    count = int(os.environ.get("STATMECH_BENCHMARK_UNITS", "100000"))
    (tmp_path / "scan.toml").write_text(SCAN)
    scan = replace(load(tmp_path / "scan.toml"), samples=count // 200)
    directory.write_scan(tmp_path, scan)
    clock = time.process_time

    def took(what: str, begin: float) -> None:
        seconds = clock() - begin
        print(
            f"\n{what}: {seconds:.1f} s, {1e6 * seconds / len(made):.0f} us a unit; {megabytes():.0f} MB",
            end="",
            flush=True,
        )

    begin = clock()
    made = units(scan)
    took(f"{len(made)} units named", begin)
    texts = [compute(unit, recipe(scan)).line[9:-1] for unit in made[:20]]
    key = made[0].key.encode()
    texts = [text.replace(unit.key.encode(), key) for text, unit in zip(texts, made, strict=False)]
    begin = clock()
    with Journal(tmp_path / "journal", 0) as log:
        log.append(line_of({"kind": "session", "ranks": 1000}))
        for i, unit in enumerate(made):
            log.append(line_of({"kind": "dealt", "key": unit.key}))
            text = texts[i % 20].replace(key, unit.key.encode())
            log.append(b"%08x %s\n" % (zlib.crc32(text), text))
    took("written", begin)
    print(f"; {(tmp_path / 'journal').stat().st_size / len(made):.0f} bytes a unit", end="")
    begin = clock()
    ledger = directory.ledger(tmp_path)
    assert sum(unit.key in ledger.answers for unit in made) == len(made)
    took("read to resume", begin)
    begin = clock()
    assert f"{len(made)} of {len(made)} units done" in report(tmp_path)
    status = clock() - begin
    took("status", begin)
    begin = clock()
    results.write(tmp_path)
    took("results.h5", begin)
    assert status / len(made) < 1e-4
    (tmp_path / "journal").unlink()


MEASURED = """
import resource, sys, time
from scans import run
from scans.command import main
from scans.ranks import rank
genuine, elapsed = run._compute, 0.0

def timed(*arguments):
    global elapsed
    begin = time.perf_counter()
    reason = genuine(*arguments)
    elapsed = time.perf_counter() - begin
    return reason

run._compute = timed
code = main(sys.argv[1:])
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(memory, elapsed, file=open(f"rank-{rank()}", "w"))
sys.exit(code)
"""


def test_memory_of_a_rank_and_strong_scaling(tmp_path: Path) -> None:
    text = SCAN.replace("N = [32, 64]", "N = [2000]").replace("samples = 5", "samples = 1")
    (tmp_path / "scan.toml").write_text(text.replace("sweeps = 20", "sweeps = 400"))
    elapsed = {}
    for computing in (1, 2):
        out = tmp_path / str(computing)
        launch(tmp_path, computing + 1, MEASURED, "run", "scan.toml", "--output", out, "--no-figure")
        told = [(tmp_path / f"rank-{i}").read_text().split() for i in range(computing + 1)]
        elapsed[computing] = float(told[0][1])
        inside = sum(directory.ledger(out).seconds.values()) / (computing * elapsed[computing])
        print(f"\n{computing} computing: {elapsed[computing]:.1f} s, {inside:.1%} of it in units; ", end="")
        print("MB of the ranks:", *(memory for memory, _ in told), end="")
        assert inside > 0.8
    print(f"\nspeed-up {elapsed[1] / elapsed[2]:.2f}")
