r"""Simulation of multitasking networks: states of several diluted patterns at once, at finite N.

Two replicas of each disorder sample, as in `montecarlo.retrieval`; what is theirs alone:

Starts. ``"retrieval"`` is the hierarchical configuration: each spin follows the first pattern in which its site is
not blank, spins that are blank in all are random. With the setting `amplitudes` it is a state of given
:math:`a_\mu`, as the theory has them: independent spins with the weights :math:`e^{s_i \sum_\mu a_\mu \xi_i^\mu / T}`.
``"mixture-3"`` is the one with equal amplitudes at T = 0 of three patterns. Replica B starts from a copy with overlap
`montecarlo.retrieval.CORRUPTED`. From ``"random"``, as there.

Patterns. Independent entries make every pattern a little different, and the states in which several amplitudes are
equal are soft: there a difference between the patterns of order :math:`N^{-1/2}` splits what N → ∞ has equal.
``patterns="stratified"`` takes this noise out, see `statmech.disorder.stratified_patterns`. Where the smallest
eigenvalue of the theory's Hessian is small, compare the energy: :math:`u = -\tfrac12 \sum_\mu m_\mu^2`.

Observables:

m_1, …, m_K
    Amplitudes: moduli of the averages over time of the overlaps :math:`\tfrac1N \sum_i \xi_i^\mu s_i`, in decreasing
    order; averaged over the replicas, and over samples. Sorted after the average over the run: sorted at every
    measurement, equal amplitudes would fan out by their thermal noise.
q, u, retrieved, binder, P_q
    As in `montecarlo.retrieval`. The energy has the self-couplings that the model's Hamiltonian has. A sample retrieved
    if in both replicas the largest overlap at a time is, on average, at least half of that of all samples. Replicas
    are compared by this overlap and by their energies.

Free spins, with no field on them, are turned by every second heat-bath update at T > 0, and kept at T = 0, where as
everywhere amplitudes and energy are those of the minimum that replica A arrives at.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from montecarlo import retrieval
from montecarlo.disorder_sample import Disorder, disorder_sample
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Engine, walker
from montecarlo.engines.sparse import sparse_engine
from montecarlo.measure import replica_overlaps
from montecarlo.run import Block, advance
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings, check_single
from statmech.checks import check_choice, check_integer
from statmech.disorder import stratified_patterns, ternary_patterns
from statmech.models import Multitasking
from statmech.results import Simulation
from statmech.streams import substream

ENGINES = ("auto", "sparse")
"""``"auto"`` is ``"sparse"``."""

CELLS_LIMIT = 2**30
"""Bytes of the largest patterns, N K."""


def draw_patterns(K: int, N: int, d: float, how: str, stream: np.random.SeedSequence) -> NDArray[np.int8]:
    """Diluted patterns, shape (K, N), ``"independent"`` or ``"stratified"``.

    Raises
    ------
    ValueError
        If they do not fit into memory, or there are too few sites for stratified ones.
    """
    if N * K > CELLS_LIMIT:
        raise ValueError(f"N = {N} is not allowed: K = {K} patterns of N sites take more than {CELLS_LIMIT} bytes")
    return (stratified_patterns if how == "stratified" else ternary_patterns)(K, N, d, stream)


def hierarchical_state(patterns: NDArray[np.int8], free: NDArray[np.int8]) -> NDArray[np.int8]:
    """The spins that follow the first pattern in which they are not blank, and `free`, shape (N,), where there is none.

    Parameters
    ----------
    patterns : array of int8, shape (K, N)
    free : array of int8, shape (N,)
    """
    first = np.argmax(patterns != 0, 0)
    state = np.take_along_axis(patterns, first[None], 0)[0]
    return np.where(state == 0, free, state).astype(np.int8)


def state_of_amplitudes(
    patterns: NDArray[np.int8], amplitudes: Sequence[float], T: float, u: NDArray[np.float64]
) -> NDArray[np.int8]:
    """Independent spins in the fields of a state with these amplitudes: a state of the theory as a configuration.

    Parameters
    ----------
    patterns : array of int8, shape (K, N)
    amplitudes : sequence of float
        Amplitudes of the first patterns; those of the others are zero.
    T : float
        Temperature; at T = 0 spins follow their fields, and are random where these vanish.
    u : array, shape (N,)
        Uniform random numbers.

    Raises
    ------
    ValueError
        If there are more amplitudes than patterns.
    """
    n = len(amplitudes)
    if n > len(patterns):
        raise ValueError(f"amplitudes = {amplitudes!r} is not allowed: there are only K = {len(patterns)} patterns")
    fields = np.asarray(amplitudes) @ patterns[:n]
    up = expit(2 * fields / T) if T > 0 else 0.5 * (1 + np.sign(np.where(np.abs(fields) < 1e-12, 0.0, fields)))
    return np.where(u < up, 1, -1).astype(np.int8)


def start_states(
    patterns: NDArray[np.int8], condensed: int, T: float, settings: Settings, stream: np.random.SeedSequence
) -> NDArray[np.int8]:
    """Starts of the two replicas, shape (2, N), before any descent; see the module.

    Parameters
    ----------
    patterns : array of int8, shape (K, N)
    condensed : int
        Number of patterns of the hierarchical state.
    T : float
        Temperature of a state with given amplitudes.
    settings : Settings
        Start and amplitudes.
    stream : numpy.random.SeedSequence
        Random numbers.
    """
    N = patterns.shape[1]
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    free = (2 * generator.integers(0, 2, (2, N), np.int8) - 1).astype(np.int8)
    if settings.start == "random":
        return free
    if settings.amplitudes is not None:
        state = state_of_amplitudes(patterns, settings.amplitudes, T, np.asarray(generator.random(N)))
    elif settings.start == "mixture-3":
        state = state_of_amplitudes(patterns, (1.0, 1.0, 1.0), 0.0, np.asarray(generator.random(N)))
    else:
        state = hierarchical_state(patterns[:condensed], free[0])
    corrupted = state.copy()
    corrupted[generator.permutation(N)[: round(N * (1 - retrieval.CORRUPTED) / 2)]] *= -1
    return np.stack([state, corrupted])


def run_pair(
    engine: Engine,
    starts: NDArray[np.int8],
    rows: NDArray[Any],
    K: int,
    T: float,
    settings: Settings,
    stream: np.random.SeedSequence,
) -> Record:
    """Simulate one disorder sample of a few patterns.

    Parameters
    ----------
    engine : Engine
        The network.
    starts : array of int8, shape (2, N)
        States of the replicas to begin with.
    rows : array, shape (K + …, N)
        What overlaps are measured with: K patterns, whose amplitudes are sorted, and any number of sets of K more,
        which follow the order of the first.
    K : int
        Number of patterns.
    T : float
        Temperature.
    settings : Settings
        How to run.
    stream : numpy.random.SeedSequence
        The sample's random numbers.

    Returns
    -------
    dict
        That of `montecarlo.retrieval.time_averages`, with the largest overlap as m, and ``overlaps``, shape
        (…, K).
    """
    N = engine.N
    labels = (retrieval.REPLICA_A, retrieval.REPLICA_B)
    replicas = [walker(engine, starts[a], substream(stream, label)) for a, label in enumerate(labels)]
    if T == 0:
        minimum = retrieval.settle(engine, replicas, settings)
        rule = acceptance("heat-bath", 0.0, engine.unit)
        runs: Iterable[tuple[Block, ...]] = [tuple(next(advance(engine, each, rule, sweeps=1)) for each in replicas)]
    else:
        rule = retrieval.thermalise(engine, replicas, T, settings)
        runs = retrieval.measured(engine, replicas, rule, settings)
    columns = np.ascontiguousarray(rows.T, np.float64) / N
    sums = np.zeros((2, len(rows)))
    series, accepted = [], 0
    for blocks in runs:
        overlaps = np.stack([block.spins.astype(np.float64) @ columns for block in blocks])
        sums += overlaps.sum(1)
        common = np.empty(len(blocks[0].energies), np.int32)
        replica_overlaps(blocks[0].spins, blocks[1].spins, common)
        largest = np.abs(overlaps[:, :, :K]).max(2)
        series.append(np.vstack([largest, *(block.energies / N for block in blocks), common / N]))
        accepted += sum(block.accepted for block in blocks)
    m, u, q = np.split(np.hstack(series), [2, 4])
    means = sums / len(q[0])
    if T == 0:
        record = retrieval.fixed_point(m, u, q[0], settings.start) | {"minimum": minimum}
        return record | {"overlaps": sorted_amplitudes(means[:1], K)}
    record = retrieval.time_averages(m, u, q[0], accepted, settings, N)
    return record | {"overlaps": sorted_amplitudes(means, K)}


def sorted_amplitudes(means: NDArray[np.float64], K: int) -> NDArray[np.float64]:
    """Moduli of averaged overlaps, in decreasing order of the first K of each replica, averaged over replicas.

    Parameters
    ----------
    means : array, shape (replicas, n K)
    K : int

    Returns
    -------
    array, shape (n, K)
    """
    moduli = np.abs(means).reshape(len(means), -1, K)
    order = np.argsort(-moduli[:, :1], axis=2, kind="stable")
    return np.take_along_axis(moduli, order, 2).mean(0)


def named(record: Record, symbols: Sequence[str] = ("m",)) -> Record:
    """The record with its overlaps under the names m_1, m_2, …"""
    overlaps = np.asarray(record.pop("overlaps"))
    names: Record = {
        f"{symbol}_{k}": float(value)
        for symbol, row in zip(symbols, overlaps, strict=True)
        for k, value in enumerate(row, 1)
    }
    return record | names


@run_sample.register
def _run_sample(model: Multitasking, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Simulate one set of patterns with two replicas; see the module for what is measured."""
    N = check_integer("N", N, low=2)
    check_single(settings, "a multitasking network")
    check_choice("engine", settings.engine, ENGINES)
    retrieval.count_condensed(settings.start, N, model.K)
    patterns = draw_patterns(model.K, N, model.d, settings.patterns, substream(stream, retrieval.PATTERNS))
    engine = sparse_engine(patterns, 1.0 / N, self_couplings=True)
    starts = start_states(patterns, model.K, model.T, settings, substream(stream, retrieval.STARTS))
    record: Record = {"engine": "sparse", "K": model.K}
    return record | named(run_pair(engine, starts, patterns, model.K, model.T, settings, stream))


@disorder_sample.register
def _disorder_sample(model: Multitasking, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    """Patterns of independent entries."""
    check_choice("engine", engine, ENGINES)
    patterns = draw_patterns(model.K, N, model.d, "independent", stream)
    return Disorder(sparse_engine(patterns, 1.0 / N, self_couplings=True), "sparse", symmetric=True)


@summarise.register
def _summarise(model: Multitasking, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    return retrieval.average(model, N, records, settings, names=(*amplitude_names("m", model.K), "q", "u"))


def amplitude_names(symbol: str, K: int) -> tuple[str, ...]:
    """m_1, …, m_K."""
    return tuple(f"{symbol}_{k}" for k in range(1, K + 1))


@warm.register
def _warm(model: Multitasking, settings: Settings) -> None:
    """Compile the engine and the measurements."""
    short = Settings(sweeps=2, thermalization=1, start="random")
    run_sample(Multitasking(K=2, d=0.5, T=0.5), N=16, stream=np.random.SeedSequence(0), settings=short)
