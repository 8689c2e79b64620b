r"""Simulation of the diluted Hopfield model: one pattern, or a few, among extensively many.

Starts and replicas are those of `montecarlo.multitasking`. From ``"retrieval"`` one pattern is condensed, and its blank
sites are random; with the setting `amplitudes`, as many as there are of these, and three from ``"mixture-3"``.

m
    Overlap of the condensed pattern, at most 1 - d. Of several it is m_1, m_2, …: moduli of averages over time, sorted.
q, u, retrieved, binder, P_q
    As in `montecarlo.retrieval`.
r
    :math:`\tfrac{(1-d)N}{K-c} \sum_{\mu > c} m_\mu^A m_\mu^B` over all but the c condensed patterns: as in
    `montecarlo.hopfield`, with the factor that makes :math:`\alpha r` the variance of the noise on a site.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo import retrieval
from montecarlo.disorder_sample import Disorder, disorder_sample
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Engine, Walker, walker
from montecarlo.engines.hebbian import FLIPS, coupling_cost, hebbian_engine, warm_engines
from montecarlo.engines.sparse import sparse_engine
from montecarlo.measure import replica_overlaps
from montecarlo.multitasking import amplitude_names, draw_patterns, named, sorted_amplitudes, start_states
from montecarlo.run import Block, advance
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings, check_single
from statmech.checks import check_choice
from statmech.models import DilutedHopfield
from statmech.results import Simulation
from statmech.streams import substream

ENGINES = ("auto", "sparse", "integer-couplings")
"""All have the same trajectory for the same random words; `choose` takes the faster one for ``"auto"``."""


def choose(name: str, model: DilutedHopfield, N: int, attempts: float) -> str:
    """Engine for a run of so many attempted updates: `name` itself unless it is ``"auto"``.

    As `montecarlo.engines.hebbian.choose_engine`, which knows when a matrix of couplings is faster than overlaps with
    all patterns; here it has to be faster than the entries of a site.
    """
    if check_choice("engine", name, ENGINES) != "auto":
        return name
    K = model.patterns(N)
    entries = (1 - model.d) * K
    sparse = 8 + 0.35 * entries + FLIPS * (20 + 0.4 * entries)
    return "sparse" if sparse < coupling_cost(N, K, attempts) else "integer-couplings"


def build(patterns: NDArray[np.int8], name: str) -> Engine:
    """Build the engine `name` of ternary patterns, without self-couplings."""
    if name == "sparse":
        return sparse_engine(patterns, 1.0 / patterns.shape[1], self_couplings=False)
    return hebbian_engine(patterns, name)


def condensed_patterns(settings: Settings, N: int, K: int) -> int:
    """Number of patterns that the start condenses."""
    if settings.amplitudes is not None:
        return len(settings.amplitudes)
    return retrieval.count_condensed(settings.start, N, K)


@run_sample.register
def _run_sample(model: DilutedHopfield, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Simulate one set of patterns with two replicas; see the module for what is measured."""
    check_single(settings, "the diluted Hopfield model")
    name = choose(settings.engine, model, N, 2.0 * N * (settings.thermalization + settings.sweeps))
    check_choice("patterns", settings.patterns, ("independent",))
    K = model.patterns(N)
    condensed = condensed_patterns(settings, N, K)
    patterns = draw_patterns(K, N, model.d, "independent", substream(stream, retrieval.PATTERNS))
    engine = build(patterns, name)
    starts = start_states(patterns, condensed, model.T, settings, substream(stream, retrieval.STARTS))
    labels = (retrieval.REPLICA_A, retrieval.REPLICA_B)
    replicas = [walker(engine, starts[a], substream(stream, label)) for a, label in enumerate(labels)]
    record: Record = {"engine": name, "K": K}
    return record | _measure(engine, patterns, replicas, condensed, model, settings)


def _measure(
    engine: Engine,
    patterns: NDArray[np.int8],
    replicas: Sequence[Walker],
    condensed: int,
    model: DilutedHopfield,
    settings: Settings,
) -> Record:
    """Run both replicas side by side and reduce what they do to a record."""
    N, K = engine.N, len(patterns)
    if model.T == 0:
        minimum = retrieval.settle(engine, replicas, settings)
        rule = acceptance("heat-bath", 0.0, engine.unit)
        runs: Iterable[tuple[Block, ...]] = [tuple(next(advance(engine, each, rule, sweeps=1)) for each in replicas)]
    else:
        rule = retrieval.thermalise(engine, replicas, model.T, settings)
        runs = retrieval.measured(engine, replicas, rule, settings)
    columns = np.ascontiguousarray(patterns.T, np.float32)  # sums of ±1 below 2^24 are exact in float32
    sums, series, accepted = np.zeros((2, condensed)), [], 0
    for blocks in runs:
        m = np.stack([block.spins.astype(np.float32) @ columns for block in blocks]).astype(np.float64) / N
        common = np.empty(len(blocks[0].energies), np.int32)
        replica_overlaps(blocks[0].spins, blocks[1].spins, common)
        sums += m[:, :, :condensed].sum(1)
        noise = math.nan
        if condensed < K:
            noise = (1 - model.d) * N / (K - condensed) * np.sum(np.prod(m[:, :, condensed:], 0), 1)
        energies = [block.energies / N for block in blocks]
        along = m[:, :, :condensed].mean(2)
        series.append(np.vstack([along, *energies, common / N, np.broadcast_to(noise, common.shape)]))
        accepted += sum(block.accepted for block in blocks)
    m, u, (q, r) = np.split(np.hstack(series), [2, 4])
    means = sums / len(q)
    if model.T == 0:
        record = retrieval.fixed_point(m, u, q, settings.start) | {"minimum": minimum}
        means = means[:1]
    else:
        record = retrieval.time_averages(m, u, q, accepted, settings, N)
    record["r"] = float(np.mean(retrieval.sign_of(q, settings.start) * r))
    return named(record | {"overlaps": sorted_amplitudes(means, condensed)})


@disorder_sample.register
def _disorder_sample(model: DilutedHopfield, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    """Diluted patterns."""
    name = choose(engine, model, N, math.inf)
    patterns = draw_patterns(model.patterns(N), N, model.d, "independent", stream)
    return Disorder(build(patterns, name), name, symmetric=True)


@summarise.register
def _summarise(model: DilutedHopfield, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    condensed = condensed_patterns(settings, N, model.patterns(N))
    amplitudes = ("m",) if condensed == 1 else amplitude_names("m", condensed)
    return retrieval.average(model, N, records, settings, names=(*amplitudes, "q", "r", "u"))


@warm.register
def _warm(model: DilutedHopfield, settings: Settings) -> None:
    """Compile the engines that `settings` can choose, and the measurements."""
    if settings.engine != "sparse":
        warm_engines("integer-couplings")
    short = Settings(sweeps=2, thermalization=1, start="random", engine="sparse")
    run_sample(DilutedHopfield(alpha=0.2, d=0.5, T=0.5), N=16, stream=np.random.SeedSequence(0), settings=short)
