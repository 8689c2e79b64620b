r"""Retrieval at finite N: what simulations of all associative memories have in common.

Each disorder sample runs two real replicas A and B, the same patterns with different starts and random
numbers. From ``"retrieval"``, A starts at the first pattern and B at a corrupted copy of it, with overlap
`CORRUPTED`: low in energy and high in energy, in the same basin of attraction. From ``"mixture-3"``, the
same about the majority of the first three patterns; from ``"example"`` about an example of the first, in
networks that learn from examples. From ``"random"``, A starts at a random state (hot) and
B at the local minimum that a descent from another one reaches (cold).

Measured every `interval` sweeps, and averaged over time and (but for q, P_q) over both replicas:

m
    Mattis magnetisation of the condensed pattern, with its sign; of a mixture, the mean of its three.
q
    Overlap of the replicas, :math:`q = \tfrac1N \sum_i s_i^A s_i^B`. As A and B are independent, its mean is
    :math:`\tfrac1N \sum_i \langle s_i \rangle^2` without bias. From ``"random"`` the symmetry s → −s leaves
    its sign to chance: there q is the mean of its modulus, biased by :math:`O(N^{-1/2})` where q vanishes.
u
    Energy per spin, H/N.
retrieved
    Fraction of disorder samples in which both replicas kept the state that they started in: their m is at least
    half of the largest m of all samples. Small systems lose it well inside the retrieval phase, and then drag the
    averages along. Not given from ``"random"`` and ``"example"``, which are not states to be kept.
binder
    :math:`\tfrac12 (3 - [\langle q^4 \rangle] / [\langle q^2 \rangle]^2)`, where [ ] averages over samples.
P_q
    Histogram of the overlap, with its sign, over `montecarlo.measure.OVERLAP_EDGES`: a density.

At T = 0 there is no thermal average: each replica descends until no flip lowers the energy (never longer
than all sweeps of the settings together), and m, u are those of the fixed point that A arrives at. From
random states that is no equilibrium, and not called so.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.autocorrelation import time_and_error
from montecarlo.averages import jackknife, sample_mean
from montecarlo.engines.acceptance import Acceptance, acceptance
from montecarlo.engines.engine import Engine, Walker, walker
from montecarlo.equilibration import compare_replicas, judge_descents, replica_averages
from montecarlo.measure import OVERLAP_CENTRES, overlap_histogram, replica_overlaps
from montecarlo.run import Block, advance, descend
from montecarlo.sample import Record
from montecarlo.settings import Settings
from statmech.models import Model
from statmech.results import Simulation
from statmech.streams import substream

CORRUPTED = 0.8
"""Overlap with the pattern (or mixture) that replica B starts from.

Ten per cent of its spins are wrong: far enough to see whether the replicas forget their starts, and well inside
the basin of attraction. At 0.9 of the critical load of the Hopfield model (T = 0, 0.1, 0.3, 0.5; N = 4000, 12 samples
each) B arrived from 0.8 wherever A stayed, and from 0.7 too.
"""

PATTERNS, STARTS, REPLICA_A, REPLICA_B = range(4)
"""Labels of the streams below a sample's stream."""

NOTHING: Mapping[str, NDArray[np.float64]] = MappingProxyType({})
"""No direction beside the condensed pattern."""


def count_condensed(start: str, N: int, K: int) -> int:
    """Number of patterns that `start` condenses: three in a mixture, else one.

    Raises
    ------
    ValueError
        If there are not as many, or `start` is an example: stored patterns have none.
    """
    if start == "example":
        raise ValueError("start = 'example' is not allowed: networks that do not learn from examples have none")
    if start == "mixture-3" and K < 3:
        raise ValueError(f"start = 'mixture-3' is not allowed: it needs 3 patterns and N = {N} stores K = {K}")
    return 3 if start == "mixture-3" else 1


def start_states(
    patterns: NDArray[np.int8], start: str, stream: np.random.SeedSequence, example: NDArray[np.int8] | None = None
) -> NDArray[np.int8]:
    """Starts of the two replicas, shape (2, N), before any descent."""
    N = patterns.shape[1]
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    if start == "random":
        return (2 * generator.integers(0, 2, (2, N), np.int8) - 1).astype(np.int8)
    if example is not None:
        state = example
    else:
        state = patterns[0] if start == "retrieval" else np.sign(patterns[:3].sum(0, dtype=np.int8))
    corrupted = state.copy()
    corrupted[generator.permutation(N)[: round(N * (1 - CORRUPTED) / 2)]] *= -1
    return np.stack([state, corrupted])


def start_replicas(
    engine: Engine,
    patterns: NDArray[np.int8],
    settings: Settings,
    stream: np.random.SeedSequence,
    example: NDArray[np.int8] | None = None,
) -> list[Walker]:
    """Replicas A and B at their starts, of the sample that owns `stream`."""
    spins = start_states(patterns, settings.start, substream(stream, STARTS), example)
    return [walker(engine, spins[a], substream(stream, label)) for a, label in enumerate((REPLICA_A, REPLICA_B))]


def settle(engine: Engine, replicas: Sequence[Walker], settings: Settings) -> bool:
    """Let both replicas descend to fixed points of T = 0, and say whether they arrived."""
    limit = settings.thermalization + settings.sweeps
    settled = [descend(engine, replica, limit=limit, order=settings.order) for replica in replicas]
    return all(settled)


def thermalise(engine: Engine, replicas: Sequence[Walker], T: float, settings: Settings) -> Acceptance:
    """Run both replicas through the sweeps before the measured ones, and return the rule that they follow."""
    if settings.start == "random":
        limit = settings.thermalization + settings.sweeps
        descend(engine, replicas[1], limit=limit, order=settings.order)
    rule = acceptance(settings.rule, T, engine.unit)
    for replica in replicas:
        for _ in advance(engine, replica, rule, sweeps=settings.thermalization, order=settings.order):
            pass
    return rule


def measured(
    engine: Engine, replicas: Sequence[Walker], rule: Acceptance, settings: Settings
) -> Iterator[tuple[Block, ...]]:
    """Run both replicas side by side through the measured sweeps, a block of each at a time."""
    runs = [
        advance(engine, replica, rule, sweeps=settings.sweeps, interval=settings.interval, order=settings.order)
        for replica in replicas
    ]
    return zip(*runs, strict=True)


def pair_averages(q: NDArray[np.float64], start: str) -> Record:
    """Averages of the overlap; from random states its sign is left to chance."""
    return {
        "q": float(np.mean(sign_of(q, start) * q)),
        "q2": float(np.mean(q**2)),
        "q4": float(np.mean(q**4)),
        "P_q": overlap_histogram(q),
    }


def sign_of(q: NDArray[np.float64], start: str) -> NDArray[np.float64] | float:
    """Sign that averages over a pair of replicas are taken with."""
    return np.where(q < 0, -1.0, 1.0) if start == "random" else 1.0


def time_averages(
    m: NDArray[np.float64], u: NDArray[np.float64], q: NDArray[np.float64], accepted: int, settings: Settings, N: int
) -> Record:
    """Reduce the series of one disorder sample: of each replica, shape (2, n), and of the pair, shape (n,)."""
    n = len(q)
    record = pair_averages(q, settings.start)
    record |= {
        "m": float(np.mean(m)),
        "u": float(np.mean(u)),
        "acceptance": accepted / (2.0 * N * n * settings.interval),
        "q_tau": time_and_error(q)[0] * settings.interval,
    }
    # From random states the sign of m is left to chance too, and replicas are compared without it.
    compared = {"m": np.abs(m) if settings.start == "random" else m, "u": u}
    for name, values in compared.items():
        record |= replica_averages(name, values, settings.interval)
    return record


def direction_averages(series: Mapping[str, NDArray[np.float64]], interval: int) -> Record:
    """Averages of further overlaps, each of shape (2, n), and their autocorrelation times."""
    record: Record = {}
    for name, values in series.items():
        record[name] = float(np.mean(values))
        record[f"{name}_tau"] = interval * 0.5 * sum(time_and_error(of_replica)[0] for of_replica in values)
    return record


def fixed_point(m: NDArray[np.float64], u: NDArray[np.float64], q: NDArray[np.float64], start: str) -> Record:
    """Record of a sample at T = 0, from the series of length 1 of the states that the replicas arrived at."""
    values: Record = {
        "m": float(m[0, 0]),
        "u": float(u[0, 0]),
        "m_B": float(m[1, 0]),
        "u_B": float(u[1, 0]),
        "acceptance": 0.0,
    }
    taus: Record = {f"{name}_tau": math.nan for name in ("m", "u", "q")}
    return pair_averages(q, start) | values | taus


def run_pair(
    engine: Engine,
    patterns: NDArray[np.int8],
    T: float,
    settings: Settings,
    stream: np.random.SeedSequence,
    *,
    example: NDArray[np.int8] | None = None,
    directions: Mapping[str, NDArray[np.float64]] = NOTHING,
) -> Record:
    r"""Simulate one disorder sample whose engine has exact energies: all that this module's head names, and no more.

    Parameters
    ----------
    engine : Engine
        The network.
    patterns : array of int8, shape (≥ 1, N) or (≥ 3, N) for mixtures
        What the replicas start from, and what m is measured with.
    T : float
        Temperature.
    settings : Settings
        How to run.
    stream : numpy.random.SeedSequence
        The sample's random numbers.
    example : array of int8, shape (N,), optional
        What the replicas start from with ``start="example"``.
    directions : mapping of str to array, shape (N,)
        Further vectors v whose overlaps :math:`v \cdot s / N` are measured and averaged as m is.
    """
    N = engine.N
    replicas = start_replicas(engine, patterns, settings, stream, example)
    if T == 0:
        minimum = settle(engine, replicas, settings)
        rule = acceptance("heat-bath", 0.0, engine.unit)
        runs: Iterable[tuple[Block, ...]] = [tuple(next(advance(engine, each, rule, sweeps=1)) for each in replicas)]
    else:
        runs = measured(engine, replicas, thermalise(engine, replicas, T, settings), settings)
    # Sums of ±1 are exact in floating point, and its matrix products are fast.
    condensed = patterns[: count_condensed(settings.start, N, len(patterns))] if example is None else patterns[:1]
    direction = condensed.sum(0, dtype=np.float64)
    others = np.array([v / N for v in directions.values()]).reshape(len(directions), N)
    rows, accepted = [], 0
    for blocks in runs:
        along = [block.spins.astype(np.float64) @ direction / (N * len(condensed)) for block in blocks]
        further = [others @ block.spins.astype(np.float64).T for block in blocks]
        common = np.empty(len(along[0]), np.int32)
        replica_overlaps(blocks[0].spins, blocks[1].spins, common)
        rows.append(np.vstack([*along, *(block.energies / N for block in blocks), common / N, *further]))
        accepted += sum(block.accepted for block in blocks)
    series = np.concatenate(rows, 1)
    m, u, q = series[:2], series[2:4], series[4]
    rest = dict(zip(directions, series[5:].reshape(2, len(directions), series.shape[1]).swapaxes(0, 1), strict=True))
    if T == 0:
        along_others: Record = {name: float(values[0, 0]) for name, values in rest.items()}
        return fixed_point(m, u, q, settings.start) | {"minimum": minimum} | along_others
    return time_averages(m, u, q, accepted, settings, N) | direction_averages(rest, settings.interval)


def average(
    model: Model,
    N: int,
    records: Sequence[Mapping[str, Any]],
    settings: Settings,
    *,
    names: Sequence[str] = ("m", "q", "u"),
    arrays: Sequence[str] = ("P_q",),
) -> Simulation:
    """Average the records of disorder samples and judge equilibration.

    Parameters
    ----------
    model, N, records, settings
        As for `montecarlo.sample.summarise`.
    names, arrays : sequence of str
        Entries of the records to be averaged: numbers (with their autocorrelation times, where there are any), and
        arrays.

    Raises
    ------
    ValueError
        If there is no record.
    """
    if not records:
        raise ValueError("records = [] is not allowed: a simulation has at least one disorder sample")

    def column(name: str) -> NDArray[np.float64]:
        return np.array([record[name] for record in records], np.float64)

    timed = [name for name in names if f"{name}_tau" in records[0]]
    estimates = {name: sample_mean(column(name), column(f"{name}_tau") if name in timed else None) for name in names}
    kept = settings.start not in ("random", "example")
    if kept:
        estimates["retrieved"] = sample_mean(_kept(records, "m" if model.T == 0 else "m_A"))
    estimates["binder"] = jackknife(
        lambda means: 0.5 * (3.0 - means[1] / means[0] ** 2), np.stack([column("q2"), column("q4")], 1)
    )
    if model.T == 0:
        equilibrated, verdict = judge_descents(records, kept=kept)
    else:
        equilibrated, verdict = compare_replicas(records, ("m", "u"), N)
    return Simulation(
        model=model,
        N=N,
        samples=len(records),
        estimates=estimates,
        acceptance=float(np.mean(column("acceptance"))),
        equilibrated=equilibrated,
        verdict=verdict,
        engine=f"{records[0]['engine']}, {settings.rule}, {settings.order}",
        arrays={name: np.mean([np.asarray(record[name]) for record in records], 0) for name in arrays},
        bins={"P_q": OVERLAP_CENTRES},
    )


def _kept(records: Sequence[Mapping[str, Any]], name: str) -> NDArray[np.float64]:
    """1 for each sample in which both replicas kept at least half of the largest magnetisation of all, else 0."""
    m = np.array([[record[name], record["m_B"]] for record in records])
    return (m.min(1) >= 0.5 * m.max()).astype(np.float64)
