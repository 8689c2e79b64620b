r"""Parallel tempering of one disorder sample: a run that can be stopped, saved and continued, and its record.

A run discards the rounds of its thermalization and divides the measured ones into `BLOCKS` blocks of equal
length, which tell whether the ladders stay in different states. Taken together by `TOGETHER` they tell drifts
and, of a single sample, errors: these blocks are longer, and better independent of each other.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.disorder_sample import Disorder
from montecarlo.equilibration import BLOCKS, JUDGED, spread
from montecarlo.overlaps import overlap_density, overlap_values
from montecarlo.sample import Record
from montecarlo.settings import Settings
from montecarlo.tempering.ladder import (
    Ladder,
    Tally,
    added,
    climb,
    empty_tally,
    from_plain,
    random_ladder,
    swap_rates,
    to_plain,
)

TOGETHER = 4
"""Blocks that make one of those for drifts and errors."""


@dataclass(frozen=True)
class Run:
    """State of a run: two ladders, what the thermalization did, and what each block measured.

    Attributes
    ----------
    ladder : Ladder
        Its clock counts all rounds, those of the thermalization first.
    thermalization : Tally
        Swaps and flips before the measurements.
    blocks : tuple of Tally
        One for each of `BLOCKS` blocks.
    """

    ladder: Ladder
    thermalization: Tally
    blocks: tuple[Tally, ...]


def start_run(disorder: Disorder, temperatures: NDArray[np.float64], stream: np.random.SeedSequence) -> Run:
    """Run from random states, nothing done yet."""
    tallies = [empty_tally(len(temperatures), disorder.engine.N) for _ in range(BLOCKS + 1)]
    return Run(random_ladder(disorder.engine, temperatures, stream), tallies[0], tuple(tallies[1:]))


def run_ends(settings: Settings) -> NDArray[np.int64]:
    """Rounds after which the thermalization and each block end, shape (BLOCKS + 1,)."""
    discarded, measured = settings.thermalization // settings.interval, settings.sweeps // settings.interval
    return np.array([discarded + measured * b // BLOCKS for b in range(BLOCKS + 1)])


def continue_run(disorder: Disorder, run: Run, settings: Settings, rounds: int | None = None) -> bool:
    """Continue `run` in place by at most `rounds` (default: to its end), and say whether it is finished.

    Where a run is stopped, saved and continued makes no difference to its results.
    """
    ends = run_ends(settings)
    left = int(ends[-1]) if rounds is None else rounds
    for part, end in enumerate(ends):
        now = int(run.ladder.clock[0])
        count = min(left, int(end) - now)
        if count > 0:
            tally = run.thermalization if part == 0 else run.blocks[part - 1]
            climb(disorder.engine, run.ladder, tally, count, settings, measured=part > 0)
            left -= count
    return bool(run.ladder.clock[0] == ends[-1])


def run_to_plain(run: Run) -> dict[str, NDArray[Any]]:
    """Copy of a run as arrays under names, which `numpy.savez` and any other format hold."""
    plain = {f"ladder.{name}": values for name, values in to_plain(run.ladder).items()}
    for b, tally in enumerate((run.thermalization, *run.blocks)):
        plain |= {f"tally{b}.{name}": values for name, values in to_plain(tally).items()}
    return plain


def run_from_plain(plain: Mapping[str, Any]) -> Run:
    """Run from what `run_to_plain` returned."""

    def below(prefix: str) -> dict[str, Any]:
        return {name[len(prefix) :]: plain[name] for name in plain if name.startswith(prefix)}

    tallies = [from_plain(Tally, below(f"tally{b}.")) for b in range(BLOCKS + 1)]
    return Run(from_plain(Ladder, below("ladder.")), tallies[0], tuple(tallies[1:]))


def run_record(disorder: Disorder, run: Run, settings: Settings) -> Record:
    """Record of a finished run: plain data, arrays over the temperatures."""
    N, T = disorder.engine.N, run.ladder.temperatures
    R = len(T)
    q = overlap_values(N)
    total = added(run.blocks)
    weights = total.counts / total.rounds[0]
    means = total.sums.mean(0) / total.rounds[0]
    u, m = means[:, 0] / N, means[:, 2] / N
    filled = [
        long for long in (added(run.blocks[b : b + TOGETHER]) for b in range(0, BLOCKS, TOGETHER)) if long.rounds[0]
    ]
    series = {
        "u": np.array([tally.sums[:, :, 0].mean(0) / tally.rounds[0] / N for tally in filled]),
        "q2": np.array([tally.counts @ q**2 / tally.rounds[0] for tally in filled]),
    }
    # Squares of either ladder's own mean: their difference is no fluctuation of energy.
    squares = np.mean(total.sums[:, :, 1] / total.rounds[0] - (total.sums[:, :, 0] / total.rounds[0]) ** 2, 0)
    link = np.full(R, math.nan) if disorder.link is None else weights @ disorder.link
    visits = total.flow.sum(0)
    record: Record = {
        "engine": disorder.name,
        "u": u,
        "m": m,
        "c": squares / (N * T**2),
        "q": weights @ (np.abs(q) if disorder.symmetric else q),
        "q2": weights @ q**2,
        "q4": weights @ q**4,
        "gap": u + disorder.h * m + link / T,
        "P_q": overlap_density(total.counts + total.counts[:, ::-1] if disorder.symmetric else total.counts),
        "acceptance": total.accepted / (2.0 * N * settings.interval * total.rounds[0]),
        "swap_rates": swap_rates(total),
        "flow": total.flow[0] / np.where(visits > 0, visits, math.nan),
        "trips": float(total.trips.sum() / (2 * R)),
        "fewest_trips": int(total.trips.min()),
    }
    for name, values in series.items():
        record |= {f"{name}_drift": _drift(values)[0], f"{name}_sigma": _drift(values)[1]}
    apart = np.array([(tally.sums[0, :, 0] - tally.sums[1, :, 0]) / tally.rounds[0] / N for tally in filled])
    known = len(filled) > 1
    record["u_apart"] = apart.mean(0)
    record["u_apart_sigma"] = apart.std(0, ddof=1) / math.sqrt(len(filled)) if known else np.full(R, math.nan)
    with np.errstate(invalid="ignore"):
        short = np.array([(tally.sums[0, :, 0] - tally.sums[1, :, 0]) / tally.rounds[0] for tally in run.blocks])
    record["u_spread"] = spread(short)
    return record | {"blocks": len(filled)}


def coldest_rung(record: Record) -> Record:
    """Record of the lowest temperature alone, with the smallest swap rate on the way to it.

    What equilibration is judged from is kept at all temperatures, under names that end in ``_ladder``.
    """
    out: Record = {f"{name}_ladder": record[name] for name in JUDGED}
    for name, value in record.items():
        if not isinstance(value, np.ndarray):
            out["round_trips" if name == "trips" else name] = value
        elif name == "swap_rates":
            out["swap_rate"] = float(value.min())
        elif name != "flow":
            out[name] = value[0] if value.ndim > 1 else float(value[0])
    return out


def _drift(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Second minus first half of the blocks, shape (B, R), and its error from the scatter within the halves."""
    half = len(values) // 2
    if half < 2:
        unknown = np.full(values.shape[1], math.nan)
        return unknown, unknown
    first, second = values[:half], values[len(values) - half :]
    scatter = np.sqrt((first.var(0, ddof=1) + second.var(0, ddof=1)) / half)
    return second.mean(0) - first.mean(0), scatter
