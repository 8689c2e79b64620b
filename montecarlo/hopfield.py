r"""Simulation of the Hopfield model.

Each disorder sample runs two real replicas A and B, the same patterns with different starts and random
numbers. From ``"retrieval"``, A starts at the first pattern and B at a corrupted copy of it, with overlap
`CORRUPTED`: low in energy and high in energy, in the same basin of attraction. From ``"mixture-3"``, the
same about the majority of the first three patterns. From ``"random"``, A starts at a random state (hot) and
B at the local minimum that a descent from another one reaches (cold).

Measured every `interval` sweeps, and averaged over time and (but for q, r, P_q) over both replicas:

m
    Mattis magnetisation of the condensed pattern, with its sign; of a mixture, the mean of its three.
q
    Overlap of the replicas, :math:`q = \tfrac1N \sum_i s_i^A s_i^B`. As A and B are independent, its mean is
    :math:`\tfrac1N \sum_i \langle s_i \rangle^2` without bias. From ``"random"`` the symmetry s → −s leaves
    its sign to chance: there q is the mean of its modulus, biased by :math:`O(N^{-1/2})` where q vanishes.
r
    :math:`\tfrac{N}{K-c} \sum_{\mu > c} m_\mu^A m_\mu^B` over all but the c condensed patterns: N times the
    mean of :math:`\langle m_\mu \rangle^2` without bias, which is the r of the theory. (One replica alone gives
    :math:`\langle m_\mu^2 \rangle`, which thermal noise raises.) From ``"random"`` with the sign of q; NaN if
    there is no other pattern.
u
    Energy per spin, H/N with the H of `statmech.Hopfield`.
m_other
    Largest modulus of the Mattis magnetisations that are not condensed; NaN if there are none.
retrieved
    Fraction of disorder samples in which both replicas kept the state that they started in: their m is at least
    half of the largest m of all samples. Small systems lose it well inside the retrieval phase, and then drag the
    averages along. Not given from ``"random"``.
binder
    :math:`\tfrac12 (3 - [\langle q^4 \rangle] / [\langle q^2 \rangle]^2)`, where [ ] averages over samples.
m_sorted
    Moduli of the time averages of the Mattis magnetisations of all patterns, averaged over the replicas, the
    `LARGEST` largest in decreasing order (NaN where there are fewer patterns): one stands out in retrieval,
    three in a mixture, none in the spin glass.
P_q
    Histogram of the overlap, with its sign, over `montecarlo.measure.OVERLAP_EDGES`: a density.

At T = 0 there is no thermal average: each replica descends until no flip lowers the energy (never longer
than all sweeps of the settings together), and m, u, m_other are those of the fixed point that A arrives at. From
random states that is no equilibrium, and not called so.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.acceptance import Acceptance, acceptance
from montecarlo.autocorrelation import ShortSeriesError, integrated_time
from montecarlo.averages import jackknife, sample_mean
from montecarlo.disorder_sample import Disorder, disorder_sample
from montecarlo.engines import Engine, Overlaps, Walker, overlaps_engine, pattern_overlaps, walker
from montecarlo.equilibration import compare_replicas, judge_descents
from montecarlo.hebbian import choose_engine, hebbian_engine, warm_engines
from montecarlo.measure import OVERLAP_CENTRES, overlap_histogram, replica_overlaps, track_overlaps
from montecarlo.run import advance, descend
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings, check_single
from statmech.disorder import rademacher_patterns
from statmech.models import Hopfield
from statmech.results import Simulation
from statmech.streams import substream

CORRUPTED = 0.8
"""Overlap with the pattern (or mixture) that replica B starts from.

Ten per cent of its spins are wrong: far enough to see whether the replicas forget their starts, and well inside
the basin of attraction. At 0.9 of the critical load (T = 0, 0.1, 0.3, 0.5; N = 4000, 12 samples each) B arrived
from 0.8 wherever A stayed, and from 0.7 too.
"""

LARGEST = 10
"""Number of Mattis magnetisations that are kept of a sample."""

PATTERNS, STARTS, REPLICA_A, REPLICA_B = range(4)
"""Labels of the streams below a sample's stream."""


@dataclass(frozen=True)
class Series:
    """Measurements of one disorder sample: of each replica, shape (2, n), and of the pair, shape (n,).

    `m_all`, shape (2, K), holds the averages over time of all Mattis magnetisations, `accepted` the number of
    accepted flips.
    """

    m: NDArray[np.float64]
    u: NDArray[np.float64]
    m_other: NDArray[np.float64]
    q: NDArray[np.float64]
    r: NDArray[np.float64]
    m_all: NDArray[np.float64]
    accepted: int = 0

    @classmethod
    def empty(cls, n: int, K: int) -> "Series":
        """Room for n measurements of K patterns."""
        m, u, m_other = np.empty((3, 2, n))
        return cls(m, u, m_other, q=np.empty(n), r=np.empty(n), m_all=np.zeros((2, K)))


@run_sample.register
def _run_sample(model: Hopfield, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Simulate one set of patterns with two replicas; see the module for what is measured."""
    check_single(settings, "the Hopfield model")
    K = model.patterns(N)
    if N * K >= 2**31:
        raise ValueError(
            f"alpha = {model.alpha:g} is not allowed at N = {N}: it asks for K = {K:.6g} patterns, and N K must be "
            "below 2^31"
        )
    condensed = 3 if settings.start == "mixture-3" else 1
    if condensed > K:
        raise ValueError(f"start = 'mixture-3' is not allowed: it needs 3 patterns and N = {N} stores K = {K}")
    patterns = rademacher_patterns(K, N, substream(stream, PATTERNS))
    limit = settings.thermalization + settings.sweeps
    name = choose_engine(settings.engine, N, K, 2.0 * N * limit)
    engine = hebbian_engine(patterns, name)
    spins = start_states(patterns, settings.start, substream(stream, STARTS))
    replicas = [walker(engine, spins[a], substream(stream, label)) for a, label in enumerate((REPLICA_A, REPLICA_B))]
    record: Record = {"engine": name, "K": K}
    if model.T == 0:
        settled = [descend(engine, replica, limit=limit, order=settings.order) for replica in replicas]
        return record | {"minimum": all(settled)} | _fixed_point(_measure_once(patterns, replicas, condensed), settings)
    if settings.start == "random":
        descend(engine, replicas[1], limit=limit, order=settings.order)
    rule = acceptance(settings.rule, model.T, engine.unit)
    for replica in replicas:
        for _ in advance(engine, replica, rule, sweeps=settings.thermalization, order=settings.order):
            pass
    return record | _time_averages(_measure(engine, patterns, replicas, rule, condensed, settings), settings, N)


@disorder_sample.register
def _disorder_sample(model: Hopfield, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    """Couplings of random patterns, for runs that are so long that building a matrix costs nothing."""
    K = model.patterns(N)
    name = choose_engine(engine, N, K, math.inf)
    return Disorder(hebbian_engine(rademacher_patterns(K, N, stream), name), name, symmetric=True)


def start_states(patterns: NDArray[np.int8], start: str, stream: np.random.SeedSequence) -> NDArray[np.int8]:
    """Starts of the two replicas, shape (2, N), before any descent."""
    N = patterns.shape[1]
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    if start == "random":
        return (2 * generator.integers(0, 2, (2, N), np.int8) - 1).astype(np.int8)
    state = patterns[0] if start == "retrieval" else np.sign(patterns[:3].sum(0, dtype=np.int8))
    corrupted = state.copy()
    corrupted[generator.permutation(N)[: round(N * (1 - CORRUPTED) / 2)]] *= -1
    return np.stack([state, corrupted])


def _measure(
    engine: Engine,
    patterns: NDArray[np.int8],
    replicas: Sequence[Walker],
    rule: Acceptance,
    condensed: int,
    settings: Settings,
) -> Series:
    """Run both replicas side by side through the measured sweeps."""
    n = settings.sweeps // settings.interval
    site_major = engine.xi if isinstance(engine, Overlaps) else overlaps_engine(patterns).xi
    series = Series.empty(n, len(patterns))
    spins = [replica.spins.copy() for replica in replicas]
    overlaps = [pattern_overlaps(site_major, replica.spins) for replica in replicas]
    runs = [
        advance(engine, replica, rule, sweeps=settings.sweeps, interval=settings.interval, order=settings.order)
        for replica in replicas
    ]
    done = accepted = 0
    for blocks in zip(*runs, strict=True):
        rows = slice(done, done + len(blocks[0].energies))
        M = np.empty((2, len(blocks[0].energies), site_major.shape[1]), np.int32)
        for a, block in enumerate(blocks):
            track_overlaps(site_major, spins[a], overlaps[a], block.spins, M[a])
            accepted += block.accepted
        fill_rows(series, rows, blocks[0].spins, blocks[1].spins, M[:, :, : len(patterns)], condensed)
        done = rows.stop
    return replace(series, accepted=accepted)


def _measure_once(patterns: NDArray[np.int8], replicas: Sequence[Walker], condensed: int) -> Series:
    """Measure the present states of both replicas."""
    series = Series.empty(1, len(patterns))
    M = np.stack([patterns.astype(np.int32) @ replica.spins.astype(np.int32) for replica in replicas])[:, None, :]
    fill_rows(series, slice(0, 1), replicas[0].spins[None], replicas[1].spins[None], M, condensed)
    return series


def fill_rows(
    series: Series,
    rows: slice,
    first: NDArray[np.int8],
    second: NDArray[np.int8],
    M: NDArray[np.int32],
    condensed: int,
) -> None:
    """Fill `rows` of the series from snapshots, shape (S, N), and integer overlaps, shape (2, S, K)."""
    N, K = first.shape[1], M.shape[2]
    m = M / N
    series.m_all[:] += m.sum(1) / len(series.q)
    series.m[:, rows] = m[:, :, :condensed].mean(2)
    series.u[:, rows] = 0.5 * (K / N - np.sum(m**2, 2))
    common = np.empty(len(first), np.int32)
    replica_overlaps(first, second, common)
    series.q[rows] = common / N
    if condensed < K:
        others = m[:, :, condensed:]
        series.m_other[:, rows] = np.abs(others).max(2)
        series.r[rows] = N / (K - condensed) * np.sum(others[0] * others[1], 1)
    else:
        series.m_other[:, rows] = series.r[rows] = math.nan


def _pair_averages(q: NDArray[np.float64], r: NDArray[np.float64], start: str) -> Record:
    """Averages of what the replicas have in common; from random states the sign of q is left to chance."""
    sign = np.where(q < 0, -1.0, 1.0) if start == "random" else 1.0
    return {
        "q": float(np.mean(sign * q)),
        "q2": float(np.mean(q**2)),
        "q4": float(np.mean(q**4)),
        "r": float(np.mean(sign * r)),
        "P_q": overlap_histogram(q),
    }


def _time_averages(series: Series, settings: Settings, N: int) -> Record:
    """Reduce the series of one disorder sample to its record."""
    n = len(series.q)
    record = _pair_averages(series.q, series.r, settings.start)
    record |= {
        "m": float(np.mean(series.m)),
        "u": float(np.mean(series.u)),
        "m_other": float(np.mean(series.m_other)),
        "m_sorted": _largest(series.m_all),
        "acceptance": series.accepted / (2.0 * N * n * settings.interval),
        "q_tau": _time(series.q)[0] * settings.interval,
    }
    # From random states the sign of m is left to chance too, and replicas are compared without it.
    compared = {"m": np.abs(series.m) if settings.start == "random" else series.m, "u": series.u}
    for name, values in compared.items():
        times = [_time(values[a]) for a in range(2)]
        halves = values[:, n // 2 :].mean() - values[:, : n // 2].mean() if n > 1 else math.nan
        record |= {
            f"{name}_A": float(np.mean(values[0])),
            f"{name}_B": float(np.mean(values[1])),
            f"{name}_drift": float(halves),
            f"{name}_sigma": math.hypot(times[0][1], times[1][1]),
            f"{name}_tau": settings.interval * 0.5 * (times[0][0] + times[1][0]),
        }
    return record


def _largest(m_all: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest moduli of the averaged Mattis magnetisations, in decreasing order, padded with NaN."""
    moduli = np.sort(np.abs(m_all).mean(0))[::-1][:LARGEST]
    return np.pad(moduli, (0, LARGEST - len(moduli)), constant_values=math.nan)


def _time(series: NDArray[np.float64]) -> tuple[float, float]:
    """Autocorrelation time and error of the mean of a series, both NaN if it is too short to tell."""
    if len(series) < 2:
        return math.nan, math.nan
    try:
        answer = integrated_time(series)
    except ShortSeriesError:
        return math.nan, math.nan
    return answer.tau, answer.error


def _fixed_point(series: Series, settings: Settings) -> Record:
    """Record of a sample at T = 0: the fixed points that the replicas arrived at."""
    values: Record = {
        "m": float(series.m[0, 0]),
        "u": float(series.u[0, 0]),
        "m_other": float(series.m_other[0, 0]),
        "m_sorted": _largest(series.m_all[:1]),
        "m_B": float(series.m[1, 0]),
        "u_B": float(series.u[1, 0]),
        "acceptance": 0.0,
    }
    taus: Record = {f"{name}_tau": math.nan for name in ("m", "u", "q")}
    return _pair_averages(series.q, series.r, settings.start) | values | taus


@summarise.register
def _summarise(model: Hopfield, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    if not records:
        raise ValueError("records = [] is not allowed: a simulation has at least one disorder sample")

    def column(name: str) -> NDArray[np.float64]:
        return np.array([record[name] for record in records], np.float64)

    estimates = {name: sample_mean(column(name), column(f"{name}_tau")) for name in ("m", "q")}
    estimates["r"] = sample_mean(column("r"))
    estimates["u"] = sample_mean(column("u"), column("u_tau"))
    estimates["m_other"] = sample_mean(column("m_other"))
    if settings.start != "random":
        estimates["retrieved"] = sample_mean(_kept(records, "m" if model.T == 0 else "m_A"))
    estimates["binder"] = jackknife(
        lambda means: 0.5 * (3.0 - means[1] / means[0] ** 2), np.stack([column("q2"), column("q4")], 1)
    )
    if model.T == 0:
        equilibrated, verdict = judge_descents(records, kept=settings.start != "random")
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
        arrays={name: np.mean([np.asarray(record[name]) for record in records], 0) for name in ("P_q", "m_sorted")},
        bins={"P_q": OVERLAP_CENTRES},
    )


def _kept(records: Sequence[Mapping[str, Any]], name: str) -> NDArray[np.float64]:
    """1 for each sample in which both replicas kept at least half of the largest magnetisation of all, else 0."""
    m = np.array([[record[name], record["m_B"]] for record in records])
    return (m.min(1) >= 0.5 * m.max()).astype(np.float64)


@warm.register
def _warm(model: Hopfield, settings: Settings) -> None:
    """Compile the engines that `settings` can choose, and the measurements."""
    warm_engines(settings.engine)
    short = Settings(sweeps=2, thermalization=1, start="random", engine="integer-couplings")
    run_sample(Hopfield(alpha=0.25, T=1.0), N=16, stream=np.random.SeedSequence(0), settings=short)
