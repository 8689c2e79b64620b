"""What a run would do and cost, told without doing it: ``statmech run SCAN --dry-run``."""

import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scans import cost, directory
from scans.check import check, warm
from scans.ledger import Ledger
from scans.progress import duration
from scans.scan import Scan
from scans.status import describe
from scans.units import Recipe, Unit, compute, recipe, units

PATIENCE = 30.0
"""Seconds that units tried here may take together, except for the first."""
TRIES = 5
"""Units of a size that are tried at most."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """Units of one size, or of the theory.

    Attributes
    ----------
    N : int
        The size; 0 for the theory.
    total, done, failed : int
        Units in all, finished, and failed, which are left alone until they are asked for again.
    seconds : float
        What a unit should cost.
    source : str
        How that is known.
    """

    N: int
    total: int
    done: int
    failed: int
    seconds: float
    source: str

    @property
    def left(self) -> int:
        """Units that a run would compute."""
        return self.total - self.done - self.failed

    @property
    def core_hours(self) -> float:
        """What these should cost together."""
        return self.left * self.seconds / 3600 if self.left else 0.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run would do.

    Attributes
    ----------
    sizes : tuple of Size
        The units by size, in the order of dealing.
    memory : float
        Peak resident memory of this process in bytes after the units that were tried.
    tried : int
        The largest size among these; 0 if there is none.
    """

    sizes: tuple[Size, ...]
    memory: float
    tried: int

    @property
    def core_hours(self) -> float:
        """Expected cost of what is to do."""
        return sum(size.core_hours for size in self.sizes)

    @property
    def left(self) -> int:
        """Units that a run would compute."""
        return sum(size.left for size in self.sizes)

    def seconds(self, ranks: int) -> float:
        """Expected duration on so many computing ranks, of which the longest unit has but one."""
        return max(3600 * self.core_hours / ranks, *(size.seconds for size in self.sizes if size.left), 0.0)


def plan(scan: Scan, everything: Sequence[Unit], ledger: Ledger) -> Plan:
    """What is left of the units of `scan` after what `ledger` says, and what it should cost.

    The cost of a unit is the mean of the finished ones of its size, where there are any. Else units are tried here
    and now, from the smallest size on, as far as they should take no longer than `PATIENCE` together; beyond, the
    cost of the largest size known grows in proportion to N². Nothing is written.
    """
    groups: dict[int, list[Unit]] = {}
    for unit in everything:
        groups.setdefault(unit.N, []).append(unit)
    done = [unit for unit in everything if unit.key in ledger.answers]
    known = cost.means(done, ledger)
    finished = Counter(unit.N for unit in done)
    failed = Counter(unit.N for unit in everything if unit.key in ledger.failed)
    source = {N: f"mean of {number} finished, by the clock" for N, number in finished.items()}
    tried, spent = 0, 0.0
    largest = max(groups)
    for N in sorted(groups):
        if N in known and largest > N:  # the largest is tried for its memory
            continue
        if spent + cost.seconds(N, known) > PATIENCE and any(known):
            continue
        taken = _try(groups[N], recipe(scan), 1 if N in known else TRIES)
        spent += sum(taken)
        tried = N
        if N not in known and taken:
            known[N] = sum(taken) / len(taken)
            source[N] = f"{len(taken)} tried here, processor time"
    sizes = tuple(
        Size(
            N=N,
            total=len(group),
            done=finished[N],
            failed=failed[N],
            seconds=cost.seconds(N, known),
            source=source.get(N) or _guess(N, known),
        )
        for N, group in groups.items()
    )
    return Plan(sizes=sizes, memory=_peak(), tried=tried)


def _try(group: Sequence[Unit], how: Recipe, tries: int) -> list[float]:
    """Seconds that the first units of `group` take, `tries` of them or a second long; none of those that fail."""
    taken: list[float] = []
    for unit in group[:tries]:
        begin = time.process_time()  # other work on this machine does not count
        outcome = compute(unit, how)
        if not outcome.failed:
            taken.append(time.process_time() - begin)
        if sum(taken) > 1:
            break
    return taken


def _guess(N: int, known: Iterable[int]) -> str:
    """How the cost of a size is guessed that is not known."""
    nearest = cost.nearest_size(N, known) if N else 0
    return f"N² times that of N = {nearest}" if nearest else "nothing: the units tried here failed"


def _peak() -> float:
    """Peak resident memory of this process in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _at_least(seconds: float) -> str:
    """A duration of which something is left also where it is rounded."""
    return "less than a second" if 0 < seconds < 0.5 else duration(seconds)


def report(path: Path, file: Path, scan: Scan, ranks: int) -> str:
    """What a run of `scan`, read from `file`, in the directory `path` on `ranks` computing ranks would do, in words.

    Raises
    ------
    ScanError
        If the directory cannot be made or written, or belongs to a journal drawn with another seed, or theory or
        simulation refuse what is asked.
    """
    directory.check_place(path)
    ledger = directory.ledger(path)
    directory.check_seed(path, scan, ledger)
    if not (path / directory.SCAN).exists():
        check(file, scan)
    everything = units(scan)
    warm(file, scan, everything)
    now = plan(scan, everything, ledger)
    lines = [f"{path}: {describe(scan)}"]
    rows: list[tuple[str, ...]] = [("", "units", "done", "failed", "to do", "s a unit", "core-hours", "known from")]
    for size in now.sizes:
        counts = (size.total, size.done, size.failed, size.left)
        price = (f"{size.seconds:.3g}", f"{size.core_hours:.3g}", size.source)
        rows.append((f"N = {size.N}" if size.N else "theory", *map(str, counts), *price))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *numbers, source in rows:
        cells = [number.rjust(width) for number, width in zip(numbers, widths[1:-1], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *cells, source]))
    hours = f"{now.left} units to do, about {now.core_hours:.3g} core-hours"
    lines.append(f"{hours}: {_at_least(now.seconds(ranks))} on {ranks} computing rank{'s' * (ranks > 1)}")
    if ranks > 1 and ranks > now.left / 10 > 0:
        lines.append("more ranks than a tenth of the units: many will wait for the last ones")
    largest = max((size.N for size in now.sizes), default=0)
    beyond = f"; N = {largest} was not tried and may take more" if now.tried < largest else ""
    upto = f" after units up to N = {now.tried}" if now.tried else ""
    lines.append(f"memory of a rank: {now.memory / 2**20:.0f} MB, the peak of this process{upto}{beyond}")
    lines.append("nothing was computed for good, and nothing written")
    return "\n".join(lines)
