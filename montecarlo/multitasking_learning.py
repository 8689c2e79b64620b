r"""Simulation of the multitasking network that learns from examples.

Starts, replicas and observables are those of `montecarlo.multitasking`, of the archetypes: a network is started in
their hierarchical configuration, or in a state of given amplitudes with them. Beside them:

n_1, …, n_K
    Moduli of the averages over time of the overlaps with the means of the examples, in the order of m_1, …, m_K.

The entries of the patterns that the network stores are integers: with a teacher the sums of an archetype's M examples,
in the unit :math:`1/(N \Gamma M^2)`; without one all examples, ±1, in the unit :math:`1/(N \Gamma M)`, and an update
costs M times as much. Infinitely many examples are the archetypes themselves. The self-couplings, up to
:math:`K(1-d)/\Gamma N` of a field without a teacher, are in the energy, and never in the field that decides a flip.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo import retrieval
from montecarlo.disorder_sample import Disorder, disorder_sample
from montecarlo.engines.sparse import Sparse, sparse_engine
from montecarlo.multitasking import (
    CELLS_LIMIT,
    ENGINES,
    amplitude_names,
    draw_patterns,
    named,
    run_pair,
    start_states,
)
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings, check_single
from statmech.checks import check_choice, check_integer
from statmech.models import MultitaskingLearning
from statmech.results import Simulation
from statmech.streams import substream

PATTERNS, EXAMPLES = range(2)
"""Labels of the streams of archetypes and examples below that of the disorder."""


def draw_examples(archetypes: NDArray[np.int8], M: int, r: float, stream: np.random.SeedSequence) -> NDArray[np.int8]:
    """M examples of each archetype, shape (M, K, N): each entry that is not blank right with probability (1 + r)/2.

    Raises
    ------
    ValueError
        If they do not fit into memory.
    """
    if M * archetypes.size > CELLS_LIMIT:
        raise ValueError(
            f"M = {M} is not allowed: {M * archetypes.size} entries of all examples are more than {CELLS_LIMIT}"
        )
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    examples = np.empty((M, *archetypes.shape), np.int8)
    for a in range(M):
        wrong = generator.random(archetypes.shape) >= 0.5 * (1 + r)
        examples[a] = np.where(wrong, -archetypes, archetypes)
    return examples


def learning_engine(
    model: MultitaskingLearning, N: int, how: str, stream: np.random.SeedSequence
) -> tuple[Sparse, NDArray[np.int8], NDArray[np.float64]]:
    """Draw archetypes and examples of a network of N spins and build its engine; both protocols have the same.

    Returns
    -------
    engine : Sparse
    archetypes : array of int8, shape (K, N)
    means : array, shape (K, N)
        Means of the examples.

    Raises
    ------
    ValueError
        If there are too many examples, more than 32767 with a teacher, or too few sites for stratified archetypes.
    """
    archetypes = draw_patterns(model.K, N, model.d, how, substream(stream, PATTERNS))
    r, gain = model.r, model.r**2 * (1 + model.rho)
    if math.isinf(model.M):
        engine = sparse_engine(archetypes, 1.0 / N, self_couplings=True)
        if model.protocol == "unsupervised":
            # Single examples have the self-couplings 1, their infinite mean has r²: in units of r² one is left out.
            engine = Sparse(**{**vars(engine), "constant": -float(engine.own.sum()) * (1 - r**2) / r**2})
        return engine, archetypes, r * archetypes.astype(np.float64)
    M = int(model.M)
    if model.protocol == "supervised" and np.iinfo(np.int16).max < M:
        raise ValueError(f"M = {M} is not allowed: sums of examples are simulated up to M = 32767, or math.inf")
    examples = draw_examples(archetypes, M, r, substream(stream, EXAMPLES))
    sums = examples.sum(0, dtype=np.int32)
    if model.protocol == "supervised":
        engine = sparse_engine(sums, 1.0 / (N * gain * M**2), self_couplings=True)
    else:
        engine = sparse_engine(examples.reshape(-1, N), 1.0 / (N * gain * M), self_couplings=True)
    return engine, archetypes, sums / M


@run_sample.register
def _run_sample(model: MultitaskingLearning, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Simulate one set of examples with two replicas."""
    N = check_integer("N", N, low=2)
    check_single(settings, "a multitasking network")
    check_choice("engine", settings.engine, ENGINES)
    retrieval.count_condensed(settings.start, N, model.K)
    engine, archetypes, means = learning_engine(model, N, settings.patterns, substream(stream, retrieval.PATTERNS))
    starts = start_states(archetypes, model.K, model.T, settings, substream(stream, retrieval.STARTS))
    rows = np.vstack([archetypes, means])
    record: Record = {"engine": "sparse", "K": model.K}
    return record | named(run_pair(engine, starts, rows, model.K, model.T, settings, stream), ("m", "n"))


@disorder_sample.register
def _disorder_sample(model: MultitaskingLearning, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    """Examples of archetypes of independent entries."""
    check_choice("engine", engine, ENGINES)
    return Disorder(learning_engine(model, N, "independent", stream)[0], "sparse", symmetric=True)


@summarise.register
def _summarise(
    model: MultitaskingLearning, N: int, records: Sequence[Mapping[str, Any]], settings: Settings
) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    names = (*amplitude_names("m", model.K), *amplitude_names("n", model.K), "q", "u")
    return retrieval.average(model, N, records, settings, names=names)


@warm.register
def _warm(model: MultitaskingLearning, settings: Settings) -> None:
    """Compile the engine and the measurements."""
    short = Settings(sweeps=2, thermalization=1, start="random")
    small = MultitaskingLearning(K=2, d=0.5, T=0.5, r=0.5, M=2)
    run_sample(small, N=16, stream=np.random.SeedSequence(0), settings=short)
