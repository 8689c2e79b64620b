r"""Simulation of Hebbian networks that learn from examples; see `montecarlo.retrieval` for what is measured.

The condensed pattern is the first archetype. Beside its magnetisation m there is

n
    Overlap with the average of its examples, :math:`\tfrac1{N\sqrt R} \sum_i \bar\eta_i^1 s_i`, averaged as m is, and
    m itself where patterns are stored.

From ``"example"``, the replicas start at the first example of the first archetype and at a corrupted copy of it. With
a teacher, who shows averages only, it is drawn from its law given the average,
:math:`P(\eta_i = \pm1) = \tfrac12 (1 \pm \bar\eta_i)`.

With a teacher and P ≥ 4 the energy of averages is taken through power sums (`montecarlo.engines.power_sums`, which has
the largest M), an attempt costs one pass over K archetypes; without one the K M examples are patterns as any others,
and an attempt costs a pass over all of them. For P = 2 there is a matrix of couplings. At ``r=1`` or ``M=inf`` the
network is that of stored patterns, with the engines and, from the same random numbers, the trajectories of
`statmech.DenseHebbian` or `statmech.Hopfield`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo import retrieval
from montecarlo.dense import dense_engine
from montecarlo.disorder_sample import Disorder, disorder_sample
from montecarlo.engines import power_sums
from montecarlo.engines.dense import KERNELS, OddPart, check_room
from montecarlo.engines.engine import Engine
from montecarlo.engines.hebbian import choose_engine, hebbian_engine, warm_engines
from montecarlo.engines.power_sums_learned import supervised_engine, unsupervised_engine
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings, check_single
from statmech.checks import check_choice
from statmech.disorder import rademacher_patterns
from statmech.examples import example_sums, noisy_examples
from statmech.models import DenseHebbian, SupervisedHebbian, UnsupervisedHebbian
from statmech.results import Simulation
from statmech.streams import substream

Learning = SupervisedHebbian | UnsupervisedHebbian

EXAMPLES = 4
"""Label of the stream of the examples, below a sample's stream (or below that of its disorder)."""

MATRIX_LIMIT = 2**13
"""Largest number of spins of a matrix of couplings."""


@dataclass(frozen=True)
class Learned:
    r"""A network that has learnt.

    Attributes
    ----------
    engine : Engine
        Its energy.
    name : str
        The engine's name.
    archetypes : array of int8, shape (K, N)
        What the examples are noisy copies of.
    average : array, shape (N,)
        The average :math:`\bar\eta^1` of the first archetype's examples.
    first : array of int8, shape (N,), or None
        The first of them, if the network has seen examples and not their average alone.
    """

    engine: Engine
    name: str
    archetypes: NDArray[np.int8]
    average: NDArray[np.float64]
    first: NDArray[np.int8] | None = None


def learn(
    model: Learning,
    N: int,
    patterns: np.random.SeedSequence,
    examples: np.random.SeedSequence,
    *,
    name: str = "auto",
    rule: str = "heat-bath",
) -> Learned:
    """Draw archetypes and examples of a network of N spins and build its engine.

    Parameters
    ----------
    model : SupervisedHebbian or UnsupervisedHebbian
        The network.
    N : int
        Number of spins.
    patterns, examples : numpy.random.SeedSequence
        Random numbers of the archetypes and of the examples.
    name, rule : str
        As in `montecarlo.Settings`. Examples have the engines of patterns; averages and couplings of learnt pairs have
        one each, and want ``"auto"``.

    Raises
    ------
    ValueError
        If an argument is out of its range, or there is more than an engine holds.
    """
    if model.r == 1.0 or math.inf == model.M:
        return _stored(model, N, patterns, name, rule)
    return _learn(model, N, patterns, examples, name, rule)


def _stored(model: Learning, N: int, patterns: np.random.SeedSequence, name: str, rule: str) -> Learned:
    """The network of the archetypes themselves."""
    if model.P == 2:
        K = model.patterns(N)
        check_room(N, K)
        archetypes = rademacher_patterns(K, N, patterns)
        chosen = choose_engine(name, N, K, math.inf)
        return Learned(hebbian_engine(archetypes, chosen), chosen, archetypes, model.r * archetypes[0])
    dense = DenseHebbian(P=model.P, gamma=model.gamma, T=model.T)
    engine, archetypes, chosen = dense_engine(dense, N, patterns, name=name, rule=rule)
    return Learned(engine, chosen, archetypes, model.r * archetypes[0])


@singledispatch
def _learn(
    model: Learning, N: int, patterns: np.random.SeedSequence, examples: np.random.SeedSequence, name: str, rule: str
) -> Learned:
    """Of a finite number of examples with errors."""
    raise ValueError(f"model = {model!r} is not allowed: {type(model).__name__} does not learn from examples")


@_learn.register
def _supervised(
    model: SupervisedHebbian,
    N: int,
    patterns: np.random.SeedSequence,
    examples: np.random.SeedSequence,
    name: str,
    rule: str,
) -> Learned:
    K, M = model.patterns(N), int(model.M)
    check_choice("engine", name, ("auto",))
    power_sums.check_room(N, K, model.P, np.dtype(np.int32).itemsize)
    _check_matrix(model.P, N)
    archetypes = rademacher_patterns(K, N, patterns)
    sums = example_sums(archetypes, M=M, r=model.r, stream=examples)
    engine = supervised_engine(sums, model.P, M=M, R=model.R)
    return Learned(engine, "couplings" if model.P == 2 else "power-sums", archetypes, sums[0] / M)


@_learn.register
def _unsupervised(
    model: UnsupervisedHebbian,
    N: int,
    patterns: np.random.SeedSequence,
    examples: np.random.SeedSequence,
    name: str,
    rule: str,
) -> Learned:
    P, K, M = model.P, model.patterns(N), int(model.M)
    check_choice("engine", name, ("auto",) if P == 2 else ("auto", *KERNELS))
    check_room(N, K * M)
    _check_matrix(P, N)
    archetypes = rademacher_patterns(K, N, patterns)
    drawn = noisy_examples(archetypes, M=M, r=model.r, stream=examples)
    engine = unsupervised_engine(drawn.reshape(K * M, N), P, M=M, R=model.R, name=name, rule=rule, T=model.T)
    chosen = "couplings" if P == 2 else "odd-part" if isinstance(engine, OddPart) else "look-up"
    return Learned(engine, chosen, archetypes, drawn[0].mean(0), drawn[0, 0])


def _check_matrix(P: int, N: int) -> None:
    if P == 2 and N > MATRIX_LIMIT:
        raise ValueError(f"N = {N} is not allowed: couplings are held as a matrix, N must be at most {MATRIX_LIMIT}")


def first_example(network: Learned, stream: np.random.SeedSequence) -> NDArray[np.int8]:
    """An example of the first archetype: the first that was learnt, or, of averages, one that they could have had."""
    if network.first is not None:
        return network.first
    draws = np.random.Generator(np.random.PCG64DXSM(stream)).random(len(network.average))
    return np.where(draws < 0.5 * (1 + network.average), 1, -1).astype(np.int8)


@run_sample.register(SupervisedHebbian)
@run_sample.register(UnsupervisedHebbian)
def _run_sample(model: Learning, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Simulate one set of archetypes and examples with two replicas."""
    check_single(settings, "a network that learns from examples")
    if settings.start != "example":
        retrieval.count_condensed(settings.start, N, model.patterns(N))
    examples = substream(stream, EXAMPLES)
    network = learn(model, N, substream(stream, retrieval.PATTERNS), examples, name=settings.engine, rule=settings.rule)
    example = first_example(network, substream(examples, 0)) if settings.start == "example" else None
    record: Record = {"engine": network.name, "K": len(network.archetypes)}
    return record | retrieval.run_pair(
        network.engine, network.archetypes, model.T, settings, stream, example=example,
        directions={"n": network.average / math.sqrt(model.R)},
    )  # fmt: skip


@disorder_sample.register(SupervisedHebbian)
@disorder_sample.register(UnsupervisedHebbian)
def _disorder_sample(model: Learning, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    """Random archetypes and examples; P is even: a flip of all spins leaves the energy as it is."""
    network = learn(model, N, stream, substream(stream, EXAMPLES), name=engine)
    return Disorder(network.engine, network.name, symmetric=True)


@summarise.register(SupervisedHebbian)
@summarise.register(UnsupervisedHebbian)
def _summarise(model: Learning, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    return retrieval.average(model, N, records, settings, names=("m", "n", "q", "u"))


@warm.register(SupervisedHebbian)
@warm.register(UnsupervisedHebbian)
def _warm(model: Learning, settings: Settings) -> None:
    """Compile the engines that `settings` can choose, and the measurements."""
    short = replace(settings, sweeps=2 * settings.interval, thermalization=1, start="random")
    if model.P == 2:
        warm_engines("auto")
        warm_engines("couplings")
    for M in (2.0, 601.0) if model.P > 2 and isinstance(model, SupervisedHebbian) else (2.0,):
        small = replace(model, gamma=0.01, T=1.0, r=0.5, M=M)  # entries of 8 and of 16 bits, wider ones are rare
        run_sample(small, N=16, stream=np.random.SeedSequence(0), settings=short)
