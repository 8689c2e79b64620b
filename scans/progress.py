"""How far a run is, told by rank 0: a bar on a terminal, else a line a minute."""

import sys
import time
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm


class Progress:
    """Progress of a run, as a context manager.

    Parameters
    ----------
    done, total : int
        Units finished before this run, and of the whole scan.
    style : str
        ``"bar"``, ``"lines"``, ``"none"``, or ``"auto"``: a bar if standard error is a terminal, else lines.
    every : float
        Seconds between lines.
    """

    def __init__(self, done: int, total: int, style: str = "auto", every: float = 60.0) -> None:
        if style == "auto":
            style = "bar" if sys.stderr.isatty() else "lines"
        self.every = every
        self.done, self.total, self.failed = done, total, 0
        self._first, self._begin = done, time.monotonic()
        self._spoken = self._begin if style == "lines" else float("inf")
        self._bar: Any = None
        if style == "bar":
            self._bar = tqdm(total=total, initial=done, unit="unit", smoothing=0.05, dynamic_ncols=True)

    def step(self, failed: bool) -> None:
        """Count one more unit."""
        self.done += not failed
        self.failed += failed
        if self._bar is not None:
            self._bar.update(1)
            if failed:
                self._bar.set_postfix(failed=self.failed)

    def look(self) -> None:
        """Print a line if it is time for one."""
        now = time.monotonic()
        if now - self._spoken >= self.every:
            self._spoken = now
            speed = (self.done + self.failed - self._first) / (now - self._begin)
            left = (self.total - self.done - self.failed) / speed if speed else float("inf")
            failed = f", {self.failed} failed" if self.failed else ""
            print(f"{self.done} of {self.total} units{failed}, about {duration(left)} left", flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()


def duration(seconds: float) -> str:
    """A duration in the two largest units that matter: ``"2 h 5 min"``."""
    if seconds == float("inf"):
        return "an unknown time"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    shown = [f"{number} {name}" for number, name in parts if number][:2]
    return " ".join(shown) or "0 s"
