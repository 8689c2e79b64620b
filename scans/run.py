"""Running a scan: begin it, go on with it, ask for more samples, retry what failed."""

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from scans import directory, figure, journal, lock, results
from scans.check import warm
from scans.deal import AHEAD, deal
from scans.errors import ScanError
from scans.journal import Journal, line_of
from scans.ledger import Ledger
from scans.progress import Progress
from scans.provenance import machine, revision, versions
from scans.ranks import EARLY
from scans.scan import Scan
from scans.stopping import Stop, deadline
from scans.units import Outcome, Unit, recipe, units

DONE, SOME_FAILED = 0, 1


@dataclass(frozen=True, kw_only=True)
class Options:
    """How, not what, to run.

    Attributes
    ----------
    time_limit : float or None
        Seconds after which everything should be finished.
    progress : str
        See `scans.progress.Progress`.
    retry : bool
        Whether to compute failed units again.
    draw : bool
        Whether to draw the figure of a scan that is through.
    """

    time_limit: float | None = None
    progress: str = "auto"
    retry: bool = False
    draw: bool = True


def run(path: Path, settle: Callable[[], Scan], who: tuple[Executor, int], options: Options) -> int:
    """Run a scan in directory `path`; rank 0 calls this inside `scans.deal.crew`, the others `scans.deal.serve`.

    Parameters
    ----------
    path : Path
        The output directory.
    settle : callable
        Called under the directory's lock: settles which scan the directory holds, and returns it.
    who : tuple
        Who computes: what `scans.deal.crew` gives.
    options : Options
        How to run.

    Returns
    -------
    int
        0 if every unit is finished, 1 if some failed, 75 if dealing ended early and the same
        command goes on with it.

    Raises
    ------
    ScanError
        For anything that the user can mend.
    """
    stop = Stop(deadline(options.time_limit))
    directory.make(path)
    directory.check_room(path, 0)
    with lock.hold(path):
        return _run_here(path, settle(), who, stop, options)


def _run_here(path: Path, scan: Scan, who: tuple[Executor, int], stop: Stop, options: Options) -> int:
    """Compute what is missing, with the lock held."""
    ledger = directory.ledger(path)
    directory.check_seed(path, scan, ledger)
    everything = units(scan)
    skip = ledger.answers.keys() if options.retry else ledger.answers.keys() | ledger.failed.keys()
    missing = [unit for unit in everything if unit.key not in skip]
    directory.check_room(path, len(missing))
    done = sum(unit.key in ledger.answers for unit in everything)
    executor, ranks = who
    where = f"{ranks} rank{'s' * (ranks > 1)}"
    print(f"{path}: {len(missing)} of {len(everything)} units to compute on {where}", flush=True)
    reason = ""
    if missing:
        warm(path / directory.SCAN, scan, missing)
    with stop.listening():  # up to here a signal ends the run at once
        with Journal(path / directory.JOURNAL, ledger.intact) as log:
            if missing:
                log.append(line_of(_session(ranks, scan.seed)))
                with Progress(done, done + len(missing), options.progress) as progress:
                    reason = _compute(missing, scan, executor, ranks, stop, log, ledger, progress)
        return _finish(path, everything, ledger, reason, options.draw)


def _compute(
    missing: list[Unit],
    scan: Scan,
    executor: Executor,
    ranks: int,
    stop: Stop,
    log: Journal,
    ledger: Ledger,
    progress: Progress,
) -> str:
    """Deal the missing units; returns the reason of an early end."""

    def dealt(unit: Unit) -> None:
        log.append(line_of({"kind": "dealt", "key": unit.key}))

    def receive(unit: Unit, outcome: Outcome) -> None:
        log.append(outcome.line)
        if outcome.failed:
            ledger.failed[unit.key] = {}
        else:
            ledger.seconds[unit.key] = outcome.seconds
            ledger.failed.pop(unit.key, None)
        stop.longest = max(stop.longest, outcome.seconds)
        progress.step(outcome.failed)

    return deal(
        missing,
        recipe(scan),
        executor,
        ahead=AHEAD * ranks,
        stop=stop,
        dealt=dealt,
        receive=receive,
        idle=progress.look,
    )


def _finish(path: Path, everything: list[Unit], ledger: Ledger, reason: str, draw: bool) -> int:
    """Write the results, draw the figure of a scan that is through, and say how it ended."""
    file = results.write(path)
    failed = sum(unit.key in ledger.failed for unit in everything)
    if reason:
        left = sum(unit.key not in ledger.seconds and unit.key not in ledger.failed for unit in everything)
        print(f"stopped early: {reason}; {left} units are left, the same command goes on with them")
        print(f"results: {file}", flush=True)
        return EARLY
    print(f"results: {file}", flush=True)
    if draw:
        try:
            print(f"figure: {figure.draw(path)}", flush=True)
        except ScanError as error:
            print(f"no figure: {error}; draw it again by: statmech plot {path}", flush=True)
    if failed:
        print(f"{failed} units failed: see statmech status {path}; compute them again by statmech retry {path}")
    return SOME_FAILED if failed else DONE


def _session(ranks: int, seed: int) -> dict[str, object]:
    begun = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    return {
        "kind": "session",
        "format": journal.FORMAT,
        "begun": begun,
        "seed": seed,
        "ranks": ranks,
        "revision": revision(),
        "versions": versions(),
        **machine(),
    }
