"""Dealing units to whoever computes: the ranks of an MPI job, or this process alone.

The dealer is one loop over `concurrent.futures`. Under MPI the futures come from
`mpi4py.futures.MPICommExecutor`: rank 0 deals and writes, all others compute; while it waits, rank 0 sleeps.
A process of its own computes in one thread. In both cases only a few units are dealt ahead, so that a stop
takes effect at once, and every result is received in the dealer's thread.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any

from scans.errors import ScanError
from scans.ranks import abort, world
from scans.stopping import Stopped, ignore_signals
from scans.units import Outcome, Recipe, Unit, compute

AHEAD = 2
"""Units dealt per computing rank: one in work, one on the way."""
POLL = 0.2
"""Seconds between two looks at the reasons to stop while no unit comes back."""


@contextmanager
def crew() -> Iterator[tuple[Executor, int] | None]:
    """Who computes: an executor and its number of computing ranks on rank 0, None on the other ranks.

    The other ranks compute inside this context until rank 0 leaves it. If the dealer fails, units that nobody
    has begun are forgotten; unless it failed by a `ScanError` or was `Stopped`, the whole MPI job ends at once.
    """
    comm = world()
    if comm is None or comm.size == 1:
        with ThreadPoolExecutor(1) as alone, _cancelling(alone):
            yield alone, 1
        return
    from mpi4py.futures import MPICommExecutor

    context: Any = MPICommExecutor(comm, root=0)
    with context as pool:
        if pool is None:
            yield None
        else:
            with _cancelling(pool):
                yield pool, comm.size - 1


@contextmanager
def _cancelling(executor: Executor) -> Iterator[None]:
    """Have units that nobody has begun forgotten when the dealer fails."""
    try:
        yield
    except (ScanError, Stopped):
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    except BaseException:
        abort()
        executor.shutdown(wait=False, cancel_futures=True)
        raise


def serve() -> int:
    """Compute what rank 0 deals until it deals no more; every other rank calls this. Returns 0, an exit code."""
    ignore_signals()
    with crew():
        return 0


def deal(
    queue: Iterable[Unit],
    how: Recipe,
    executor: Executor,
    *,
    ahead: int,
    stop: Callable[[], str],
    dealt: Callable[[Unit], None],
    receive: Callable[[Unit, Outcome], None],
    idle: Callable[[], None],
) -> str:
    """Have the units of `queue` computed.

    Parameters
    ----------
    queue : iterable of Unit
        The units in the order of dealing.
    how : Recipe
        What the computing ranks must know.
    executor : Executor
        Who computes.
    ahead : int
        Units that may be dealt and not yet back.
    stop : callable
        The reason to deal no more, empty to go on. Units that nobody has begun are then taken back, and those
        in work are waited for.
    dealt, receive, idle : callable
        Called for each unit dealt, for each that comes back, and every now and then.

    Returns
    -------
    str
        The reason why dealing ended early, empty if every unit came back.
    """
    pending: dict[Future[Outcome], Unit] = {}
    back: SimpleQueue[Future[Outcome]] = SimpleQueue()  # what a result costs must not grow with the number of ranks
    units = iter(queue)
    exhausted = False
    while True:
        while not exhausted and len(pending) < ahead and not stop():
            unit = next(units, None)
            if unit is None:
                exhausted = True
            else:
                dealt(unit)
                future = executor.submit(compute, unit, how)
                pending[future] = unit
                future.add_done_callback(back.put)
        if not exhausted and stop():
            for future in [future for future in pending if future.cancel()]:
                del pending[future]
        if not pending:
            return "" if exhausted else stop()
        with suppress(Empty):
            future = back.get(timeout=POLL)
            if future in pending:  # and not taken back
                receive(pending.pop(future), future.result())
        idle()
