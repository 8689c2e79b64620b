"""Hebbian networks that learn pictures from files: lessons drawn from them, and what `montecarlo.lessons` measures.

.. code-block:: python

    source = prepare(datasets.read_pictures("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"), seed=1)
    source                                                        # N, quality, overlaps of the classes
    experiment(source, P=4, M=20, seed=1)                         # learning: for several M
    experiment(source, P=2, M=20, gamma=0.1, seed=1)              # storing: for several gamma
    experiment(source, P=4, M=20, flipped=0.2, seed=1)            # the basin: for several flipped

`figures.structured.gather` makes labelled arrays of several runs, and `structured_figure` there draws them.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.lessons import PICTURES, Lesson, ask, average, check_settings, network
from montecarlo.settings import settings_of
from statmech.checks import check_integer
from statmech.datasets import (
    GramCheck,
    Pictures,
    Quality,
    SpinPictures,
    binarise_by_median,
    binarise_like,
    class_archetypes,
    class_quality,
    gram_check,
    pooled_quality,
    split,
)
from statmech.models import StructuredHebbian
from statmech.results import Simulation
from statmech.streams import substream

SPLIT, TIES, SAMPLES = range(3)
"""Labels of the streams below that of a seed."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Source:
    """Pictures made ready for lessons.

    Attributes
    ----------
    pool : SpinPictures
        What can be learnt, as many pictures of every class, class by class.
    unseen : array of int8, shape (K, tests, N)
        Pictures of each class that never are.
    archetypes : array of int8, shape (K, N)
        Majority of the pool of each class.
    quality : Quality
        Of the pool, over all classes.
    gram : GramCheck
        Overlaps of the archetypes, against those of random ones.
    """

    pool: SpinPictures
    unseen: NDArray[np.int8]
    archetypes: NDArray[np.int8]
    quality: Quality
    gram: GramCheck

    @property
    def N(self) -> int:
        """Number of spins: pixels that were kept."""
        return self.pool.N

    @property
    def size(self) -> int:
        """Pictures of each class in the pool."""
        return len(self.pool.labels) // len(self.archetypes)

    def __repr__(self) -> str:
        return (
            f"{self.pool!r}: r = {self.quality.r!r}, overlaps of archetypes up to {self.gram.largest:.2g} (random "
            f"ones {self.gram.threshold:.2g})"
        )


def prepare(pictures: Pictures, *, seed: int, tests: int = 20) -> Source:
    """Set pictures aside that are never learnt, binarise all by those that may be, and find the archetypes.

    The archetype of a class is the majority of all its pictures that may be learnt, however few a lesson has: real
    pictures have no other.

    Parameters
    ----------
    pictures : Pictures
        From `statmech.datasets`.
    seed : int
        Seed of the choice and of ties.
    tests : int
        Pictures of each class to set aside, as many as there can be samples.

    Raises
    ------
    ValueError
        If a class has fewer than two pictures more than `tests`, or no pixel is balanced enough to be kept.
    """
    stream = np.random.SeedSequence(check_integer("seed", seed, low=0))
    labels, counts = np.unique(pictures.labels, return_counts=True)
    least = int(counts.min())
    rarest = f"class {labels[np.argmin(counts)]} has {least} of the {len(pictures)} pictures"
    if least < 3:
        raise ValueError(f"pictures are not allowed: {rarest}, and each needs 3: one to ask for, two to learn")
    try:
        tests = check_integer("tests", tests, low=1, high=least - 2)
    except ValueError as error:
        raise ValueError(f"{error}, because {rarest}, two of which are to be learnt") from None
    first, second = split(pictures, training=least - tests, held_out=tests, stream=substream(stream, SPLIT))
    try:
        pool = binarise_by_median(first)
    except ValueError:
        raise ValueError(
            f"pictures = {pictures!r} are not allowed: no pixel is brighter than its median in a quarter to three "
            "quarters of those to be learnt"
        ) from None
    archetypes = class_archetypes(pool.spins, pool.labels, substream(stream, TIES))
    return Source(
        pool=pool,
        unseen=binarise_like(second, pool).spins.reshape(len(labels), tests, pool.N),
        archetypes=archetypes,
        quality=pooled_quality(class_quality(pool.spins, pool.labels).values()),
        gram=gram_check(archetypes),
    )


def draw_lesson(source: Source, *, M: int, sample: int, stream: np.random.SeedSequence) -> Lesson:
    """The lesson of a sample: M examples of each class, the first of those for a larger M, and its own unseen pictures.

    Raises
    ------
    ValueError
        If there are not as many pictures.
    """
    M = check_integer("M", M, low=1, high=source.size)
    sample = check_integer("sample", sample, low=0, high=source.unseen.shape[1] - 1)
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    classes = source.pool.spins.reshape(len(source.archetypes), source.size, source.N)
    examples = np.stack([of_class[generator.permutation(source.size)[:M]] for of_class in classes])
    return Lesson(
        archetypes=source.archetypes, examples=examples, unseen=source.unseen[:, sample], r=source.quality.r.mean
    )


def experiment(
    source: Source,
    *,
    P: int,
    M: int,
    protocol: str = "supervised",
    gamma: float = 0.0,
    flipped: float = 0.0,
    T: float = 0.0,
    samples: int = 5,
    seed: int,
    **settings: Any,
) -> Simulation:
    """Teach a network lessons from pictures, and random archetypes beside them, and ask it for unseen pictures.

    Parameters
    ----------
    source : Source
        The pictures, from `prepare`.
    P, M, protocol, gamma, flipped, T
        As of `statmech.StructuredHebbian`; the load's examples are of the quality of the pictures.
    samples : int
        Number of lessons, each with examples, unseen pictures and a load of its own.
    seed : int
        Seed of all random numbers. Lessons with the same seed are comparable: more examples are more of the same.
    **settings
        The fields of `montecarlo.Settings`.

    Returns
    -------
    Simulation
        Its model is that with independent pixels (``length = 0``) and the quality of the pictures, which theory
        compares with. The verdict ends with the number of archetypes and the load that it is: of few pixels the classes
        alone can be too many for pairs.

    Raises
    ------
    ValueError
        If an argument is out of its range, there are not enough pictures, or those of a class have nothing in common.
    """
    how = settings_of(settings)
    check_settings(how, "a network that learns pictures")
    samples = check_integer("samples", samples, low=1, high=source.unseen.shape[1])
    seed = check_integer("seed", seed, low=0)
    if source.quality.r2.mean <= 0:
        raise ValueError(
            f"source = {source!r} is not allowed: pictures of a class have nothing in common, r^2 = "
            f"{source.quality.r2.mean:.2g} must be above 0"
        )
    model = StructuredHebbian(
        P=P,
        M=M,
        r=source.quality.r.mean,
        protocol=protocol,
        gamma=gamma,
        flipped=flipped,
        T=T,
        classes=len(source.archetypes),
        length=0.0,
    )
    records = []
    for sample in range(samples):
        stream = substream(np.random.SeedSequence(seed), SAMPLES, sample)
        lesson = draw_lesson(source, M=model.M, sample=sample, stream=substream(stream, PICTURES))
        engine = network(lesson, P=P, protocol=protocol, K=model.patterns(source.N), stream=stream)
        records.append(ask(lesson, engine, flipped=flipped, T=model.T, settings=how, stream=stream))
    answer = average(model, source.N, records, how)
    load = f"K = {model.patterns(source.N)} archetypes, load {model.load(source.N):.2g}"
    return replace(answer, verdict=f"{answer.verdict}; {load}")
