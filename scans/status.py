"""What a scan has done and has still to do, told from its journal without disturbing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scans import lock
from scans.cost import means, seconds_of
from scans.directory import SCAN, state
from scans.ledger import Ledger
from scans.progress import duration
from scans.scan import Scan
from scans.units import Unit

SHOWN = 10
"""Failed units that are told of one by one, unless all are asked for."""


@dataclass(frozen=True, kw_only=True)
class Status:
    """Counts of units, and the time that is left.

    Attributes
    ----------
    total, done, running, failed, waiting : int
        Units; `running` are those dealt to the ranks of a live run and not yet back.
    left : float
        Estimated seconds until everything is done, from the durations of finished units of the same size;
        infinity if there are none.
    ranks : int
        Computing ranks that the estimate counts on: those of the latest run.
    holder : str
        Who is running the scan, empty if nobody.
    """

    total: int
    done: int
    running: int
    failed: int
    waiting: int
    left: float
    ranks: int
    holder: str


def status(directory: Path) -> Status:
    """The status of an output directory.

    Raises
    ------
    ScanError
        If the directory holds no scan, or its journal is damaged.
    """
    _, units, ledger = state(directory)
    return count(units, ledger, lock.holder(directory))


def count(units: Sequence[Unit], ledger: Ledger, holder: dict[str, object] | None) -> Status:
    """The status that a ledger tells; a unit dealt in a run that has died is waiting again."""
    done = [unit for unit in units if unit.key in ledger.answers]
    running = [unit for unit in units if holder and unit.key in ledger.dealt]
    failed = _failed(units, ledger, holder)
    waiting = len(units) - len(done) - len(failed) - len(running)
    ranks = int(ledger.sessions[-1]["ranks"]) if ledger.sessions else 1
    settled = ledger.answers.keys() | {unit.key for unit in failed}
    remaining = [unit for unit in units if unit.key not in settled]
    return Status(
        total=len(units),
        done=len(done),
        running=len(running),
        failed=len(failed),
        waiting=waiting,
        left=seconds_of(remaining, means(done, ledger)) / ranks,
        ranks=ranks,
        holder=f"process {holder['pid']} on {holder['host']} since {holder['since']}" if holder else "",
    )


def _failed(units: Sequence[Unit], ledger: Ledger, holder: dict[str, object] | None) -> list[Unit]:
    """Units that failed and are not in work once more."""
    again = ledger.dealt if holder else set()
    return [unit for unit in units if unit.key in ledger.failed and unit.key not in again]


def report(directory: Path, tracebacks: bool = False) -> str:
    """The status in words; the first failed units with their errors and one traceback, or all with all."""
    scan, units, ledger = state(directory)
    holder = lock.holder(directory)
    now = count(units, ledger, holder)
    lines = [f"{directory}: {describe(scan)}"]
    lines.append(
        f"{now.done} of {now.total} units done, {now.running} running, {now.failed} failed, {now.waiting} waiting"
    )
    if now.running + now.waiting:
        lines.append(f"estimated time left: {duration(now.left)} on {now.ranks} rank{'s' * (now.ranks > 1)}")
    lines.append(f"run by {now.holder}" if now.holder else "nobody is running it")
    if strange := len(ledger.answers) - now.done:
        changed = directory / SCAN
        lines.append(f"{strange} more units are finished in the journal, and none of this scan: was {changed} changed?")
    failed = _failed(units, ledger, holder)
    told = len(failed) if tracebacks else SHOWN
    for number, unit in enumerate(failed[:told]):
        record = ledger.failed[unit.key]
        lines.append(f"failed: {unit} [{unit.key}]: {record['error']}")
        if tracebacks or number == 0:
            lines += ["    " + line for line in record["traceback"].splitlines()]
    if failed[told:]:
        lines.append(f"and {len(failed) - told} more: statmech status {directory} --tracebacks tells all")
    if failed:
        lines.append(f"compute them again by: statmech retry {directory}")
    return "\n".join(lines)


def describe(scan: Scan) -> str:
    """A scan in one line: the model, its axes with their lengths, sizes and samples."""
    parts = [f"{scan.model}", *(f"{name} ({len(values)})" for name, values in scan.axes.items())]
    if scan.simulation is not None:
        parts.append(f"N = {', '.join(map(str, scan.sizes))}")
        parts.append(f"{scan.samples} samples")
    if scan.theory is not None:
        parts.append(f"{scan.theory.ansatz} theory")
    return ", ".join(parts)
