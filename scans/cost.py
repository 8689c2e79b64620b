"""What units cost: seconds of one rank, from those that are finished."""

from collections import Counter
from collections.abc import Iterable, Mapping

from scans.ledger import Ledger
from scans.units import Unit


def means(done: Iterable[Unit], ledger: Ledger) -> dict[int, float]:
    """Mean seconds of the finished units of each size; 0 is the size of theory units."""
    count: Counter[int] = Counter()
    total: dict[int, float] = {}
    for unit in done:
        count[unit.N] += 1
        total[unit.N] = total.get(unit.N, 0.0) + ledger.seconds[unit.key]
    return {N: total[N] / count[N] for N in count}


def seconds(N: int, known: Mapping[int, float]) -> float:
    """Seconds that a unit of size `N` should take, where those of the sizes `known` take so long.

    A sample of a size that is not known is taken to cost in proportion to N², the work of a sweep at fixed load,
    from the nearest size that is. Without any, it is infinity; theory, which takes milliseconds, is then taken to
    cost nothing.
    """
    if N in known:
        return known[N]
    if N == 0:
        return 0.0
    nearest = nearest_size(N, known)
    return known[nearest] * (N / nearest) ** 2 if nearest else float("inf")


def nearest_size(N: int, known: Iterable[int]) -> int:
    """The size among those `known` that is nearest to `N`, 0 if there is none."""
    return min((size for size in known if size), key=lambda size: abs(size - N), default=0)


def seconds_of(units: Iterable[Unit], known: Mapping[int, float]) -> float:
    """Seconds that `units` should take together on one rank; see `seconds`."""
    return sum(number * seconds(N, known) for N, number in Counter(unit.N for unit in units).items())
