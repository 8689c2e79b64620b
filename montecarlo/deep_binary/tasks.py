"""Sequences of tasks for one network: pictures with permuted pixels, classes two by two, and teachers that change."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from statmech.checks import check_integer, check_real
from statmech.datasets import Pictures, binarise_by_median, binarise_like, load_digits, split, synthetic_pictures
from statmech.disorder import rademacher_patterns
from statmech.streams import substream

SPLIT, PERMUTATIONS, TEACHERS, FLIPS, INPUTS = range(5)
"""Labels of the streams below that of a sequence of tasks."""

PICTURES, CHOICE, ORDERS = range(3)
"""Labels of the streams below that of a sequence of tasks of synthetic pictures."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Task:
    """What is learnt at a time, and what it is tested on.

    Attributes
    ----------
    inputs, test_inputs : array of float32, shape (examples, N)
        Entries ±1.
    labels, test_labels : array of int64, shape (examples,)
        0, …, classes - 1.
    classes : int
        Number of outputs that the network has.
    """

    inputs: NDArray[np.float32]
    labels: NDArray[np.int64]
    test_inputs: NDArray[np.float32]
    test_labels: NDArray[np.int64]
    classes: int

    @property
    def N(self) -> int:
        """Number of inputs."""
        return self.inputs.shape[1]

    def __repr__(self) -> str:
        return (
            f"{len(self.labels)} examples, {len(self.test_labels)} to test, N = {self.N} inputs, {self.classes} outputs"
        )


def picture_task(pictures: Pictures, *, training: int, held_out: int, stream: np.random.SeedSequence) -> Task:
    """Pictures to learn and others to test, binarised by the medians of the former.

    Parameters
    ----------
    pictures : Pictures
        From `statmech.datasets`.
    training, held_out : int
        Pictures of each class to learn, and to test.
    stream : numpy.random.SeedSequence
        The stream that chooses them.

    Raises
    ------
    ValueError
        As `statmech.datasets.split` and `statmech.datasets.binarise_by_median`.
    """
    first, second = split(pictures, training=training, held_out=held_out, stream=substream(stream, SPLIT))
    learnt = binarise_by_median(first)
    classes, labels = np.unique(learnt.labels, return_inverse=True)
    return Task(
        inputs=learnt.spins.astype(np.float32),
        labels=labels,
        test_inputs=binarise_like(second, learnt).spins.astype(np.float32),
        test_labels=np.searchsorted(classes, second.labels),
        classes=len(classes),
    )


def permuted_tasks(task: Task, *, tasks: int, stream: np.random.SeedSequence) -> list[Task]:
    """The same pictures with their pixels permuted, differently in every task but the first, which is as given.

    The tasks are equally difficult for a network without knowledge of neighbourhood, and the labels are the same.

    Raises
    ------
    ValueError
        If `tasks` is below 1.
    """
    found = [task]
    for k in range(1, check_integer("tasks", tasks, low=1)):
        generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, PERMUTATIONS, k)))
        order = generator.permutation(task.N)
        found.append(
            Task(
                inputs=task.inputs[:, order],
                labels=task.labels,
                test_inputs=task.test_inputs[:, order],
                test_labels=task.test_labels,
                classes=task.classes,
            )
        )
    return found


def split_tasks(task: Task, *, classes: int = 2) -> list[Task]:
    """The classes of a task a few at a time, in order; labels count the classes of each task from 0.

    The same outputs serve all tasks, and nothing tells the network of which task an example is.

    Raises
    ------
    ValueError
        If `classes` is below 2 or does not divide the number of classes.
    """
    classes = check_integer("classes", classes, low=2, high=task.classes)
    if task.classes % classes:
        raise ValueError(f"classes = {classes} is not allowed: classes must divide the task's {task.classes}")
    found = []
    for low in range(0, task.classes, classes):
        learnt, tested = task.labels // classes == low // classes, task.test_labels // classes == low // classes
        found.append(
            Task(
                inputs=task.inputs[learnt],
                labels=task.labels[learnt] - low,
                test_inputs=task.test_inputs[tested],
                test_labels=task.test_labels[tested] - low,
                classes=classes,
            )
        )
    return found


def permuted_pictures(
    stream: np.random.SeedSequence,
    *,
    tasks: int = 5,
    examples: int = 150,
    tests: int = 50,
    side: int = 16,
    r: float = 0.6,
) -> list[Task]:
    """`permuted_tasks` of synthetic pictures: ten blobs, noisy and shifted by up to a pixel.

    Parameters
    ----------
    stream : numpy.random.SeedSequence
        The stream that draws archetypes, examples and permutations.
    tasks : int
        Number of tasks.
    examples, tests : int
        Pictures of each class to learn, and to test.
    side : int
        Pixels along an axis.
    r : float
        Quality of an example before it is shifted.

    Raises
    ------
    ValueError
        If a parameter is out of range.
    """
    return permuted_tasks(_blobs(stream, examples, tests, side, r), tasks=tasks, stream=substream(stream, ORDERS))


def split_pictures(
    stream: np.random.SeedSequence, *, examples: int = 150, tests: int = 50, side: int = 16, r: float = 0.35
) -> list[Task]:
    """`split_tasks` of the same pictures, five of two classes each, of a quality at which two classes are not too easy.

    Parameters
    ----------
    stream, examples, tests, side, r
        As for `permuted_pictures`.

    Raises
    ------
    ValueError
        If a parameter is out of range.
    """
    return split_tasks(_blobs(stream, examples, tests, side, r))


def permuted_digits(
    stream: np.random.SeedSequence, *, tasks: int = 5, examples: int = 120, tests: int = 50
) -> list[Task]:
    """`permuted_tasks` of the handwritten digits that come with scikit-learn.

    Parameters
    ----------
    stream : numpy.random.SeedSequence
        The stream that chooses digits and permutations.
    tasks : int
        Number of tasks.
    examples, tests : int
        Digits of each class to learn, and to test; there are at least 174.

    Raises
    ------
    ValueError
        If a parameter is out of range.
    ImportError
        Without scikit-learn.
    """
    task = picture_task(load_digits(), training=examples, held_out=tests, stream=substream(stream, CHOICE))
    return permuted_tasks(task, tasks=tasks, stream=substream(stream, ORDERS))


def unrelated_teachers(
    stream: np.random.SeedSequence, *, tasks: int = 3, examples: int = 2000, tests: int = 1000
) -> list[Task]:
    """`teacher_tasks` of committees of three perceptrons on 101 inputs without overlap.

    Parameters
    ----------
    stream, tasks, examples, tests
        As of `teacher_tasks`.

    Raises
    ------
    ValueError
        If a parameter is out of range.
    """
    return teacher_tasks(N=101, hidden=3, examples=examples, tests=tests, r0=0.0, tasks=tasks, stream=stream)


def _blobs(stream: np.random.SeedSequence, examples: int, tests: int, side: int, r: float) -> Task:
    pictures = synthetic_pictures(
        examples=examples + tests, r=r, shifts=True, shape=(side, side), length=1.5 * side / 16,
        stream=substream(stream, PICTURES),
    )  # fmt: skip
    return picture_task(pictures, training=examples, held_out=tests, stream=substream(stream, CHOICE))


def teacher_tasks(
    *,
    N: int,
    hidden: int,
    examples: int,
    tests: int,
    r0: float,
    tasks: int,
    stream: np.random.SeedSequence,
) -> list[Task]:
    r"""Random inputs and the answers of two-layer teachers, each of which is similar to the one before.

    A teacher is a committee, :math:`y = \mathrm{sign} \sum_k \mathrm{sign}(B_k \cdot x)`, of K perceptrons with weights
    :math:`B_k \in \{\pm1\}^N`. Those of the next one are the same but for a fraction :math:`(1 - r_0)/2` in each
    perceptron, exactly and at random, which has the other sign: their overlap is :math:`r_0`.

    Parameters
    ----------
    N, hidden : int
        Inputs and perceptrons of the teacher, both odd: no sum of them is zero.
    examples, tests : int
        Of each task.
    r0 : float
        Overlap of successive teachers, in [-1, 1], up to the rounding of the number of other signs.
    tasks : int
        Number of teachers.
    stream : numpy.random.SeedSequence
        The stream of the sequence.

    Raises
    ------
    ValueError
        If a parameter is out of range, or `N` or `hidden` is even.
    """
    for name, value in (("N", N), ("hidden", hidden)):
        if check_integer(name, value, low=1) % 2 == 0:
            raise ValueError(f"{name} = {value} is not allowed: {name} must be odd")
    check_integer("examples", examples, low=1)
    check_integer("tests", tests, low=1)
    flips = math.floor(N * (1 - check_real("r0", r0, low=-1.0, high=1.0)) / 2 + 0.5)
    teacher = rademacher_patterns(hidden, N, substream(stream, TEACHERS))
    found = []
    for k in range(check_integer("tasks", tasks, low=1)):
        if k:
            generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, FLIPS, k)))
            other = np.tile(np.arange(N) < flips, (hidden, 1))
            teacher = np.where(generator.permuted(other, axis=1), -teacher, teacher)
        inputs = rademacher_patterns(examples + tests, N, substream(stream, INPUTS, k)).astype(np.float32)
        votes = np.sign(inputs @ teacher.T.astype(np.float32)).sum(axis=1)
        labels = (votes > 0).astype(np.int64)
        found.append(
            Task(
                inputs=inputs[:examples],
                labels=labels[:examples],
                test_inputs=inputs[examples:],
                test_labels=labels[examples:],
                classes=2,
            )
        )
    return found


def joined(tasks: Sequence[Task]) -> Task:
    """All tasks in one: what a network learns that need not remember.

    Raises
    ------
    ValueError
        If there is no task, or they do not have the same inputs and outputs.
    """
    check_alike(tasks)
    return Task(
        inputs=np.concatenate([task.inputs for task in tasks]),
        labels=np.concatenate([task.labels for task in tasks]),
        test_inputs=np.concatenate([task.test_inputs for task in tasks]),
        test_labels=np.concatenate([task.test_labels for task in tasks]),
        classes=tasks[0].classes,
    )


def check_alike(tasks: Sequence[Task]) -> None:
    """Raise if there is no task, or a network for one does not fit the others."""
    shapes = sorted({(task.N, task.classes) for task in tasks})
    if len(shapes) != 1:
        raise ValueError(
            f"tasks with (inputs, outputs) = {shapes} are not allowed: they must have the same, and be at least one"
        )
