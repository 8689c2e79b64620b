r"""Simulation of the extremely diluted network: patterns of a few entries each, a sparse random graph.

No start is a memory: replica A begins in the hierarchical configuration of `montecarlo.multitasking` (cold), replica B
in a random state (hot); from ``"random"`` A is random and B the local minimum that a descent from another random state
reaches. Averaged over time, both replicas and samples:

M2
    Mean of :math:`M_\mu^2` over the patterns, :math:`M_\mu = \sum_i \xi_i^\mu s_i`: up to its sign, how well all of
    them are retrieved at once.
k2
    Mean square of their numbers of entries, which it cannot exceed.
u
    Energy per spin, :math:`-\tfrac{K}{2N} M_2`, self-couplings included.
q2, P_q
    Mean square of the overlap of the replicas, and its distribution as in `montecarlo.retrieval`: as long as the
    patterns do not interfere, each has a sign of its own and the overlap vanishes as N grows.

At T = 0 replicas descend to local minima, which is no equilibrium and not called so.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from montecarlo import retrieval
from montecarlo.averages import sample_mean
from montecarlo.disorder_sample import Disorder, disorder_sample
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import walker
from montecarlo.engines.sparse import Sparse, listed_engine
from montecarlo.equilibration import compare_replicas, judge_descents
from montecarlo.measure import OVERLAP_CENTRES, replica_overlaps
from montecarlo.multitasking import ENGINES
from montecarlo.run import advance
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings, check_single
from statmech.checks import check_choice
from statmech.disorder import scattered_entries
from statmech.models import ExtremelyDiluted
from statmech.results import Simulation
from statmech.streams import substream


def scattered_engine(model: ExtremelyDiluted, N: int, stream: np.random.SeedSequence) -> Sparse:
    """Draw the entries of a network of N spins and build its engine; memory and time go with their number.

    Raises
    ------
    ValueError
        If patterns are to have more entries than there are sites.
    """
    K = model.patterns(N)
    if model.c > N:
        raise ValueError(f"c = {model.c:g} is not allowed: patterns of N = {N} sites have at most N entries")
    sites, patterns, values = scattered_entries(K, N, model.c / N, stream)
    return listed_engine(sites, patterns, values, N, K, 1.0, self_couplings=True)


def start_states(engine: Sparse, start: str, stream: np.random.SeedSequence) -> np.ndarray:
    """Starts of the two replicas, shape (2, N): the first entry of each site, or random."""
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    states = (2 * generator.integers(0, 2, (2, engine.N), np.int8) - 1).astype(np.int8)
    if start != "random":
        filled = np.diff(engine.first) > 0
        states[0, filled] = engine.value[engine.first[:-1][filled]]
    return states


@run_sample.register
def _run_sample(model: ExtremelyDiluted, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Simulate one set of patterns with two replicas; see the module for what is measured."""
    check_single(settings, "the extremely diluted network")
    check_choice("engine", settings.engine, ENGINES)
    check_choice("patterns", settings.patterns, ("independent",))
    check_choice("start", settings.start, ("retrieval", "random"))
    if settings.amplitudes is not None:
        raise ValueError(f"amplitudes = {settings.amplitudes} is not allowed: no few patterns are condensed here")
    engine = scattered_engine(model, N, substream(stream, retrieval.PATTERNS))
    spins = start_states(engine, settings.start, substream(stream, retrieval.STARTS))
    labels = (retrieval.REPLICA_A, retrieval.REPLICA_B)
    replicas = [walker(engine, spins[a], substream(stream, label)) for a, label in enumerate(labels)]
    record: Record = {
        "engine": "sparse",
        "K": engine.K,
        "k2": float(np.mean(np.bincount(engine.index, minlength=engine.K) ** 2.0)),
    }
    if model.T == 0:
        record["minimum"] = retrieval.settle(engine, replicas, settings)
        rule = acceptance("heat-bath", 0.0, engine.unit)
        runs = iter([tuple(next(advance(engine, each, rule, sweeps=1)) for each in replicas)])
    else:
        runs = retrieval.measured(engine, replicas, retrieval.thermalise(engine, replicas, model.T, settings), settings)
    rows, accepted = [], 0
    for blocks in runs:
        common = np.empty(len(blocks[0].energies), np.int32)
        replica_overlaps(blocks[0].spins, blocks[1].spins, common)
        rows.append(np.vstack([*(block.energies / N for block in blocks), common / N]))
        accepted += sum(block.accepted for block in blocks)
    u, (q,) = np.split(np.hstack(rows), [2])
    if model.T == 0:
        record |= retrieval.fixed_point(np.abs(u), u, q, settings.start) | {"u": float(u.mean())}
    else:
        record |= retrieval.time_averages(np.abs(u), u, q, accepted, settings, N)
    return record | {"M2": -2 * N / engine.K * float(record["u"])}


@disorder_sample.register
def _disorder_sample(model: ExtremelyDiluted, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    """Patterns of a few entries."""
    check_choice("engine", engine, ENGINES)
    return Disorder(scattered_engine(model, N, stream), "sparse", symmetric=True)


@summarise.register
def _summarise(model: ExtremelyDiluted, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    if not records:
        raise ValueError("records = [] is not allowed: a simulation has at least one disorder sample")
    columns = {name: np.array([record[name] for record in records]) for name in ("M2", "k2", "u", "q2", "u_tau")}
    estimates = {
        name: sample_mean(columns[name], columns["u_tau"] if name in ("M2", "u") else None)
        for name in ("M2", "k2", "u", "q2")
    }
    if model.T == 0:
        equilibrated, verdict = judge_descents(records)
    else:
        equilibrated, verdict = compare_replicas(records, ("u",), N, split=None)
    return Simulation(
        model=model,
        N=N,
        samples=len(records),
        estimates=estimates,
        acceptance=float(np.mean([record["acceptance"] for record in records])),
        equilibrated=equilibrated,
        verdict=verdict,
        engine=f"sparse, {settings.rule}, {settings.order}",
        arrays={"P_q": np.mean([np.asarray(record["P_q"]) for record in records], 0)},
        bins={"P_q": OVERLAP_CENTRES},
    )


@warm.register
def _warm(model: ExtremelyDiluted, settings: Settings) -> None:
    """Compile the engine and the measurements."""
    short = Settings(sweeps=2, thermalization=1, start="random")
    run_sample(ExtremelyDiluted(c=2, alpha=0.5, T=1.0), N=16, stream=np.random.SeedSequence(0), settings=short)
