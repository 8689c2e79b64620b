"""Simulation of Hebbian networks that learn synthetic pictures; see `montecarlo.lessons` for what is measured.

Each disorder sample draws its own archetypes, examples and random load, and asks the network for every class. The only
``start``, ``"retrieval"``, stands for all three: m and success are of an unseen example, m_seen of a learnt one and
m_kept of the archetype. Theory's retrieval (`theory.structured`) is where m_kept ends, if there are examples enough;
see the notes on `statmech.SupervisedHebbian` for few.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from montecarlo.engines.hebbian import warm_engines
from montecarlo.lessons import PICTURES, Lesson, ask, average, check_settings, network
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings
from statmech.datasets import smooth_archetypes, synthetic_pictures
from statmech.models import StructuredHebbian
from statmech.results import Simulation
from statmech.streams import substream


def synthetic_lesson(model: StructuredHebbian, N: int, stream: np.random.SeedSequence) -> Lesson:
    """Draw archetypes of N pixels, their examples, and an unseen one of each.

    Raises
    ------
    ValueError
        If N is not a square number.
    """
    side, M = model.side(N), model.M
    shape, length = (side, side), model.length * side
    archetypes = smooth_archetypes(classes=model.classes, shape=shape, length=length, stream=stream)
    drawn = synthetic_pictures(
        classes=model.classes, examples=M + 1, r=model.r, shape=shape, length=length, stream=stream
    )
    examples = drawn.images.astype(np.int8).reshape(model.classes, M + 1, N)
    return Lesson(
        archetypes=archetypes.reshape(model.classes, N), examples=examples[:, :M], unseen=examples[:, M], r=model.r
    )


@run_sample.register
def _run_sample(model: StructuredHebbian, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Teach one lesson and ask."""
    check_settings(settings, "a network that learns pictures")
    lesson = synthetic_lesson(model, N, substream(stream, PICTURES))
    engine = network(lesson, P=model.P, protocol=model.protocol, K=model.patterns(N), stream=stream)
    return ask(lesson, engine, flipped=model.flipped, T=model.T, settings=settings, stream=stream)


@summarise.register
def _summarise(
    model: StructuredHebbian, N: int, records: Sequence[Mapping[str, Any]], settings: Settings
) -> Simulation:
    """Average the records of disorder samples."""
    return average(model, N, records, settings)


@warm.register
def _warm(model: StructuredHebbian, settings: Settings) -> None:
    """Compile the engines of both protocols, for pairs and for four spins."""
    warm_engines("auto")
    warm_engines("couplings")
    short = replace(settings, sweeps=2 * settings.interval, thermalization=1)
    for protocol, M in (("supervised", 2), ("supervised", 200), ("unsupervised", 2)):
        small = StructuredHebbian(P=4, M=M, r=0.5, protocol=protocol, T=1.0, classes=2)
        run_sample(small, N=16, stream=np.random.SeedSequence(0), settings=short)
