r"""Lessons: what a Hebbian network is taught and what it is asked, whatever the pictures are.

A lesson has a number of classes, each with an archetype, M examples to learn and one that is not learnt. The network is
that of `statmech.SupervisedHebbian` or `statmech.UnsupervisedHebbian` on the examples of all classes and of random
archetypes beside them. It is asked once for every class and start: the measurements are

m, success
    From the unseen example: the final overlap with the archetype, and the fraction of classes where it is larger than
    the modulus of the overlap with every other archetype.
start
    The overlap with the archetype that this started from.
m_seen
    As m, from an example that was learnt. A network that stores examples instead of what they have in common, as one
    without a teacher does if they are few, stays at it: m_seen is the quality of the examples.
m_kept
    As m, from the archetype itself.
r2
    Estimate of :math:`r^2` from the examples of the classes, without bias; NaN for a single example.

At T = 0 the network descends until no flip lowers the energy (never longer than all sweeps of the settings together);
at T > 0 the overlaps are those of the mean spins of the measured sweeps. All starts are corrupted alike.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.averages import sample_mean
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Couplings, Engine, walker
from montecarlo.engines.memory import check_bytes
from montecarlo.engines.power_sums_learned import supervised_engine, unsupervised_engine
from montecarlo.equilibration import judge_descents, zero_mean
from montecarlo.run import advance, descend
from montecarlo.sample import Record
from montecarlo.settings import Settings, check_single
from statmech.checks import check_choice
from statmech.datasets import class_quality, flip_fraction, pooled_quality
from statmech.disorder import rademacher_patterns
from statmech.examples import example_sums, noisy_examples
from statmech.models import StructuredHebbian
from statmech.results import Simulation
from statmech.streams import substream

NAMES = ("m", "success", "start", "m_seen", "m_kept", "r2")
"""The measurements."""

PICTURES, RANDOM, NOISE, FLIPS, REPLICAS = range(5)
"""Labels of the streams below a sample's stream."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """What a network is taught and asked.

    Attributes
    ----------
    archetypes : array of int8, shape (K, N)
        What is to be found.
    examples : array of int8, shape (K, M, N)
        What is learnt.
    unseen : array of int8, shape (K, N)
        What is asked.
    r : float
        Quality of the examples of random archetypes.
    """

    archetypes: NDArray[np.int8]
    examples: NDArray[np.int8]
    unseen: NDArray[np.int8]
    r: float

    @property
    def r2(self) -> float:
        """Unbiased estimate of the squared quality of the examples; NaN for a single example of each class."""
        K, M, N = self.examples.shape
        if M == 1:
            return math.nan
        classes = class_quality(self.examples.reshape(K * M, N), np.repeat(np.arange(K), M))
        return pooled_quality(classes.values()).r2.mean

    @property
    def R(self) -> float:
        """Estimate of the mean square of an average of examples, which is 1 for a single one."""
        M = self.examples.shape[1]
        r2 = 1.0 if M == 1 else max(self.r2, 0.0)
        return r2 + (1 - r2) / M


def network(lesson: Lesson, *, P: int, protocol: str, K: int, stream: np.random.SeedSequence) -> Engine:
    """Engine of the network that has learnt a lesson, and the examples of random archetypes beside it.

    Parameters
    ----------
    lesson : Lesson
        The lesson.
    P : int
        Number of interacting spins.
    protocol : str
        ``"supervised"`` or ``"unsupervised"``.
    K : int
        Number of archetypes, the lesson's and random ones; none of the latter if it is not larger than the lesson's.
    stream : numpy.random.SeedSequence
        The sample's random numbers.

    Raises
    ------
    ValueError
        If the network does not fit into memory.
    """
    classes, M, N = lesson.examples.shape
    rows, itemsize = (K, 4) if protocol == "supervised" else (K * M, 1)
    check_bytes(
        N, rows * N * itemsize, f"{rows:.6g} {'sums of ' if protocol == 'supervised' else ''}examples of N spins"
    )
    noise, below = None, substream(stream, NOISE)
    if classes < K:
        noise = rademacher_patterns(K - classes, N, substream(stream, RANDOM))
    if protocol == "supervised":
        sums = lesson.examples.sum(1, dtype=np.int32)
        if noise is not None:
            sums = np.concatenate([sums, example_sums(noise, M=M, r=lesson.r, stream=below)])
        return supervised_engine(sums, P, M=M, R=lesson.R)
    examples = lesson.examples.reshape(-1, N)
    if noise is not None:
        learnt = noisy_examples(noise, M=M, r=lesson.r, stream=below)
        examples = np.concatenate([examples, learnt.reshape(-1, N)])
    return unsupervised_engine(examples, P, M=M, R=lesson.R)


@dataclass(frozen=True, kw_only=True, eq=False)
class Recall:
    """Where a network went from one start.

    Attributes
    ----------
    halves : array of float, shape (2, N)
        Mean spins over the two halves of the measured sweeps; at T = 0 the final state, twice.
    minimum : bool
        Whether a descent arrived, at T = 0.
    accepted : float
        Fraction of the updates that flipped a spin, at T > 0.
    """

    halves: NDArray[np.float64]
    minimum: bool = True
    accepted: float = 0.0

    @property
    def spins(self) -> NDArray[np.float64]:
        """Mean spins, shape (N,)."""
        return self.halves.mean(0)


def recall(
    engine: Engine, start: NDArray[np.int8], *, T: float, settings: Settings, stream: np.random.SeedSequence
) -> Recall:
    """Let a network run from a start."""
    replica = walker(engine, start, stream)
    if T == 0:
        limit = settings.thermalization + settings.sweeps
        minimum = descend(engine, replica, limit=limit, order=settings.order)
        return Recall(halves=np.stack([replica.spins, replica.spins]).astype(float), minimum=minimum)
    rule = acceptance(settings.rule, T, engine.unit)
    for _ in advance(engine, replica, rule, sweeps=settings.thermalization, order=settings.order):
        pass
    shots = settings.sweeps // settings.interval
    sums, done, accepted = np.zeros((2, engine.N)), 0, 0
    for block in advance(
        engine, replica, rule, sweeps=settings.sweeps, interval=settings.interval, order=settings.order
    ):
        second = np.arange(done, done + len(block.spins)) >= shots // 2
        sums += [block.spins[~second].sum(0), block.spins[second].sum(0)]
        done += len(block.spins)
        accepted += block.accepted
    if shots == 1:
        sums[0] = sums[1]
    halves = sums / np.array([[max(1, shots // 2)], [shots - shots // 2]])
    return Recall(halves=halves, accepted=accepted / (engine.N * shots * settings.interval))


def ask(
    lesson: Lesson, engine: Engine, *, flipped: float, T: float, settings: Settings, stream: np.random.SeedSequence
) -> Record:
    """Ask a network for every class from every start; see the module for what is measured."""
    N = engine.N
    starts = np.stack([lesson.unseen, lesson.examples[:, 0], lesson.archetypes])
    starts = flip_fraction(starts, flipped, substream(stream, FLIPS))
    runs = [
        [
            recall(engine, start, T=T, settings=settings, stream=substream(stream, REPLICAS, kind, label))
            for label, start in enumerate(of_kind)
        ]
        for kind, of_kind in enumerate(starts)
    ]
    halves = np.array([[run.halves for run in of_kind] for of_kind in runs])  # kinds, classes, 2, N
    overlaps = halves @ lesson.archetypes.T.astype(float) / N
    own = np.einsum("klhl->khl", overlaps)  # with the archetype that was asked for: kinds, 2, classes
    m = own.mean((1, 2))
    flat = [run for of_kind in runs for run in of_kind]
    return {
        "engine": engine_name(engine),
        "m": float(m[0]),
        "success": float(np.mean(recognised(overlaps[0].mean(1)))),
        "start": float(np.mean(np.sum(starts[0] * lesson.archetypes.astype(float), 1) / N)),
        "m_seen": float(m[1]),
        "m_kept": float(m[2]),
        "r2": lesson.r2,
        "drift": float(np.mean(own[:, 1] - own[:, 0])),
        "minimum": all(run.minimum for run in flat),
        "acceptance": float(np.mean([run.accepted for run in flat])),
    }


def recognised(overlaps: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether the overlap with the own archetype exceeds the modulus of all others, of a matrix (asked, archetype)."""
    others = np.abs(overlaps)
    np.fill_diagonal(others, -1.0)
    return np.diagonal(overlaps) > np.maximum(others.max(1), 0.0)


def engine_name(engine: Engine) -> str:
    """Name of the engine of a network."""
    if isinstance(engine, Couplings):
        return "couplings" if engine.J.dtype == np.float32 else "integer-couplings"
    return {"PowerSums": "power-sums", "OddPart": "odd-part"}[type(engine).__name__]


def check_settings(settings: Settings, system: str) -> None:
    """Refuse settings that mean nothing here.

    Raises
    ------
    ValueError
        If there is tempering, another start than from the pictures, or an engine by name.
    """
    check_single(settings, system)
    check_choice("start", settings.start, ("retrieval",))
    check_choice("engine", settings.engine, ("auto",))


def average(model: StructuredHebbian, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of several lessons.

    Raises
    ------
    ValueError
        If there is no record.
    """
    if not records:
        raise ValueError("records = [] is not allowed: a simulation has at least one disorder sample")
    columns = {name: np.array([record[name] for record in records], float) for name in (*NAMES, "drift", "acceptance")}
    if model.T == 0:
        equilibrated, verdict = judge_descents(records, kept=True)
    else:
        score, limit = zero_mean(columns["drift"])
        equilibrated = bool(score <= limit)
        verdict = "too few samples to tell" if math.isnan(score) else f"m of the halves: {score:.1f} standard errors"
    return Simulation(
        model=model,
        N=N,
        samples=len(records),
        estimates={name: sample_mean(columns[name]) for name in NAMES},
        acceptance=float(np.mean(columns["acceptance"])),
        equilibrated=equilibrated,
        verdict=verdict,
        engine=f"{records[0]['engine']}, {settings.rule}, {settings.order}",
    )
