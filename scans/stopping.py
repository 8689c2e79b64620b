"""When to deal no more units: signals, time limits, and the end of a batch job."""

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

GENTLY = "stopping after the units in work; Ctrl-C again to stop at once (nothing finished is lost)"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
Handler = Callable[[int, FrameType | None], None]

_noted: list[int] = []
"""Signals that `noting` and `interruptible` received."""


class Stopped(BaseException):
    """A signal before any unit was dealt: there is nothing to finish. No `Exception`, so that nothing swallows it."""


@dataclass
class Stop:
    """Why, if at all, dealing should end; asked before each unit is dealt.

    Attributes
    ----------
    deadline : float
        When everything must be finished, in seconds of `time.time`; infinity if never.
    longest : float
        Duration of the longest unit so far, in seconds: none is dealt that might not end before the deadline.
    reason : str
        Empty, or why dealing ends.
    """

    deadline: float
    longest: float = 0.0
    reason: str = ""

    def __call__(self) -> str:
        """The reason to stop, empty if there is none."""
        if not self.reason and time.time() + self.longest > self.deadline:
            self.reason = "the time limit is near"
        return self.reason

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Let SIGUSR1, SIGTERM and Ctrl-C end the dealing; a second Ctrl-C ends the process at once."""
        with handling(self._hear):
            yield

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and self.reason:
            os._exit(130)  # the journal needs no goodbye
        if number == signal.SIGINT:
            print(GENTLY, file=sys.stderr, flush=True)
        self.reason = _received(number)


@contextmanager
def handling(handler: Handler) -> Iterator[None]:
    """Have `handler` called for the signals that ask a run to stop."""
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


@contextmanager
def noting(last: bool) -> Iterator[None]:
    """Note signals instead of dying of them, until there is somebody who can act on them.

    If this is the `last` that the process does, signals are ignored afterwards: its exit code is settled.
    """
    _noted.clear()
    if last:
        ignore_signals()  # what is put back at the end
    with handling(_note):
        yield


@contextmanager
def interruptible() -> Iterator[None]:
    """Have a signal, or one noted earlier, end what is done here by `Stopped`."""
    with handling(_interrupt):
        if _noted:
            raise Stopped(_received(_noted[0]))
        yield


def noted() -> bool:
    """Whether a signal was received by `noting` or `interruptible`."""
    return bool(_noted)


def _note(number: int, frame: FrameType | None) -> None:
    if number == signal.SIGINT and _noted:
        os._exit(130)
    _noted.append(number)


def _interrupt(number: int, frame: FrameType | None) -> None:
    first = not _noted
    _note(number, frame)
    if first:
        raise Stopped(_received(number))


def _received(number: int) -> str:
    return f"received {signal.Signals(number).name}"


def ignore_signals() -> None:
    """Leave the decision to rank 0: a signal that `mpirun` sends to all ranks must not kill this one."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def deadline(limit: float | None, margin: float = 30.0) -> float:
    """The earlier of the user's limit and the end of the batch job, in seconds of `time.time`.

    Parameters
    ----------
    limit : float or None
        Seconds from now.
    margin : float
        Seconds kept free before the end of the batch job for writing the results.

    Notes
    -----
    Recent versions of Slurm tell the end of a job in ``SLURM_JOB_END_TIME``; 22.05 does not. Elsewhere pass a
    limit, or have the batch system send SIGUSR1 some time before the end.
    """
    ends = [time.time() + limit] if limit is not None else []
    if os.environ.get("SLURM_JOB_END_TIME", "").isdigit():
        ends.append(float(os.environ["SLURM_JOB_END_TIME"]) - margin)
    return min(ends, default=float("inf"))


def seconds_of(text: str) -> float:
    """Seconds of a duration spelled as seconds, ``MM:SS`` or ``HH:MM:SS``.

    Raises
    ------
    ValueError
        If it is none of these, or not positive.
    """
    if re.fullmatch(r"(\d+:){0,2}\d+(\.\d*)?", text):
        total = 0.0
        for part in text.split(":"):
            total = 60 * total + float(part)
        if total > 0:
            return total
    raise ValueError(f"{text!r} is no duration: give seconds, MM:SS or HH:MM:SS, more than 0")
