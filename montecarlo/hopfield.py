r"""Simulation of the Hopfield model.

Starts, replicas and most observables are those of `montecarlo.retrieval`. Beside them:

r
    :math:`\tfrac{N}{K-c} \sum_{\mu > c} m_\mu^A m_\mu^B` over all but the c condensed patterns: N times the
    mean of :math:`\langle m_\mu \rangle^2` without bias, which is the r of the theory. (One replica alone gives
    :math:`\langle m_\mu^2 \rangle`, which thermal noise raises.) From ``"random"`` with the sign of q; NaN if
    there is no other pattern.
m_other
    Largest modulus of the Mattis magnetisations that are not condensed; NaN if there are none.
m_sorted
    Moduli of the time averages of the Mattis magnetisations of all patterns, averaged over the replicas, the
    `LARGEST` largest in decreasing order (NaN where there are fewer patterns): one stands out in retrieval,
    three in a mixture, none in the spin glass.

At T = 0 m_other is that of the fixed point that A arrives at, as m and u are.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo import retrieval
from montecarlo.disorder_sample import Disorder, disorder_sample
from montecarlo.engines.acceptance import Acceptance
from montecarlo.engines.engine import Engine, Overlaps, Walker, overlaps_engine, pattern_overlaps
from montecarlo.engines.hebbian import choose_engine, hebbian_engine, warm_engines
from montecarlo.measure import replica_overlaps, track_overlaps
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings, check_single, check_undiluted
from statmech.disorder import rademacher_patterns
from statmech.models import Hopfield
from statmech.results import Simulation
from statmech.streams import substream

LARGEST = 10
"""Number of Mattis magnetisations that are kept of a sample."""


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
    check_undiluted(settings, "the Hopfield model")
    K = model.patterns(N)
    if N * K >= 2**31:
        raise ValueError(
            f"alpha = {model.alpha:g} is not allowed at N = {N}: it asks for K = {K:.6g} patterns, and N K must be "
            "below 2^31"
        )
    condensed = retrieval.count_condensed(settings.start, N, K)
    patterns = rademacher_patterns(K, N, substream(stream, retrieval.PATTERNS))
    name = choose_engine(settings.engine, N, K, 2.0 * N * (settings.thermalization + settings.sweeps))
    engine = hebbian_engine(patterns, name)
    replicas = retrieval.start_replicas(engine, patterns, settings, stream)
    record: Record = {"engine": name, "K": K}
    if model.T == 0:
        record["minimum"] = retrieval.settle(engine, replicas, settings)
        return record | _fixed_point(_measure_once(patterns, replicas, condensed), settings)
    rule = retrieval.thermalise(engine, replicas, model.T, settings)
    return record | _time_averages(_measure(engine, patterns, replicas, rule, condensed, settings), settings, N)


@disorder_sample.register
def _disorder_sample(model: Hopfield, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    """Couplings of random patterns, for runs that are so long that building a matrix costs nothing."""
    K = model.patterns(N)
    name = choose_engine(engine, N, K, math.inf)
    return Disorder(hebbian_engine(rademacher_patterns(K, N, stream), name), name, symmetric=True)


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
    done = accepted = 0
    for blocks in retrieval.measured(engine, replicas, rule, settings):
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


def _time_averages(series: Series, settings: Settings, N: int) -> Record:
    """Reduce the series of one disorder sample to its record."""
    record = retrieval.time_averages(series.m, series.u, series.q, series.accepted, settings, N)
    record["r"] = _mean_r(series, settings.start)
    return record | {"m_other": float(np.mean(series.m_other)), "m_sorted": _largest(series.m_all)}


def _mean_r(series: Series, start: str) -> float:
    """Average of r, with the sign that q is taken with."""
    return float(np.mean(retrieval.sign_of(series.q, start) * series.r))


def _largest(m_all: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest moduli of the averaged Mattis magnetisations, in decreasing order, padded with NaN."""
    moduli = np.sort(np.abs(m_all).mean(0))[::-1][:LARGEST]
    return np.pad(moduli, (0, LARGEST - len(moduli)), constant_values=math.nan)


def _fixed_point(series: Series, settings: Settings) -> Record:
    """Record of a sample at T = 0: the fixed points that the replicas arrived at."""
    record = retrieval.fixed_point(series.m, series.u, series.q, settings.start)
    record["r"] = _mean_r(series, settings.start)
    return record | {"m_other": float(series.m_other[0, 0]), "m_sorted": _largest(series.m_all[:1])}


@summarise.register
def _summarise(model: Hopfield, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    names, arrays = ("m", "q", "r", "u", "m_other"), ("P_q", "m_sorted")
    return retrieval.average(model, N, records, settings, names=names, arrays=arrays)


@warm.register
def _warm(model: Hopfield, settings: Settings) -> None:
    """Compile the engines that `settings` can choose, and the measurements."""
    warm_engines(settings.engine)
    short = Settings(sweeps=2, thermalization=1, start="random", engine="integer-couplings")
    run_sample(Hopfield(alpha=0.25, T=1.0), N=16, stream=np.random.SeedSequence(0), settings=short)
