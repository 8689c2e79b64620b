"""A course: a network learns one task after another, and is tested on all of them after each."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from montecarlo.deep_binary.kernels import moments
from montecarlo.deep_binary.methods import (
    Clock,
    Metaplastic,
    Method,
    Network,
    consolidation,
    end_task,
    inverse_temperature,
    learn_batch,
    new_network,
)
from montecarlo.deep_binary.propagation import draw_noise, forward, layers
from montecarlo.deep_binary.tasks import Task, check_alike, joined
from statmech.checks import check_integer
from statmech.streams import check_stream, substream

EVALUATIONS = ("field", "sampled", "sign")
"""Networks that are tested: Gaussian fields, drawn binary weights, signs of θ."""

DRAWS = 2
"""Fields or weights that are drawn to test; the accuracy is their mean."""

BINS = 20
"""Bins of the variance between 0 and 1."""

INITIAL, ORDER, NOISE, TESTS = range(4)
"""Labels of the streams below that of a course."""


@dataclass(frozen=True, kw_only=True)
class Training:
    """What all methods have in common.

    Attributes
    ----------
    hidden : tuple of int
        Units of the hidden layers, of which there is at least one.
    epochs : int
        Passes through the examples of a task.
    batch : int
        Examples of a step.

    Raises
    ------
    ValueError
        If there is no hidden layer, or a number is below 1.
    """

    hidden: tuple[int, ...] = (100, 100)
    epochs: int = 5
    batch: int = 50

    def __post_init__(self) -> None:
        if not self.hidden:
            raise ValueError(f"hidden = {self.hidden!r} is not allowed: hidden must have at least one layer")
        for units in self.hidden:
            check_integer("hidden", units, low=1)
        check_integer("epochs", self.epochs, low=1)
        check_integer("batch", self.batch, low=1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    r"""What a network was able to do after each lesson.

    Attributes
    ----------
    method : Method
        How it learnt.
    accuracy : mapping of str to array, shape (lessons, tasks)
        Fraction of the test examples of each task that are right after each lesson, for each of `EVALUATIONS`; only for
        signs where the method knows no other weights.
    loss : array, shape (lessons, epochs)
        Mean loss of the batches.
    variance : array, shape (lessons, layers, bins)
        Fractions of a layer's weights whose :math:`1 - \tanh^2` of `montecarlo.deep_binary.methods.consolidation` is in
        each of equal bins of [0, 1], after each lesson.
    flipped : array, shape (bins,)
        Of the weights in a bin after the first lesson, the fraction that have the other sign after the last; NaN where
        there were none.
    """

    method: Method
    accuracy: Mapping[str, NDArray[np.float64]]
    loss: NDArray[np.float64] = field(repr=False)
    variance: NDArray[np.float64] = field(repr=False)
    flipped: NDArray[np.float64] = field(repr=False)


def final_accuracy(accuracy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over all tasks after the last lesson, of arrays of shape (..., lessons, tasks)."""
    return accuracy[..., -1, :].mean(axis=-1)


def forgetting(accuracy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Best accuracy since its lesson minus the final one, averaged over all tasks but the last.

    Shape (..., lessons, tasks); NaN where there are not as many lessons as tasks, or only one.
    """
    lessons, tasks = accuracy.shape[-2:]
    if lessons != tasks or tasks == 1:
        return np.full(accuracy.shape[:-2], math.nan)
    lost = [accuracy[..., k:, k].max(axis=-1) - accuracy[..., -1, k] for k in range(tasks - 1)]
    return np.mean(lost, axis=0)


def last_task(accuracy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Accuracy on the last task after the last lesson: what is left of the ability to learn."""
    return accuracy[..., -1, -1]


def take_course(
    tasks: Sequence[Task],
    method: Method,
    *,
    training: Training | None = None,
    joint: bool = False,
    stream: np.random.SeedSequence,
) -> Course:
    """Let a new network learn tasks in their order.

    Parameters
    ----------
    tasks : sequence of Task
        From `montecarlo.deep_binary.tasks`.
    method : Variational, Elastic or Metaplastic
        How it learns.
    training : Training, optional
        Its size and how long it learns.
    joint : bool
        Whether all tasks are one lesson, in which their examples are mixed.
    stream : numpy.random.SeedSequence
        The stream of the course: methods with the same one start from the same θ and see examples in the same order.

    Returns
    -------
    Course

    Raises
    ------
    ValueError
        If there is no task, they do not have the same inputs and outputs, or `stream` is no stream.

    Examples
    --------
    >>> import numpy as np
    >>> from montecarlo import deep_binary as db
    >>> stream = np.random.SeedSequence(1)
    >>> tasks = db.teacher_tasks(N=51, hidden=1, examples=500, tests=500, r0=0.0, tasks=2, stream=stream)
    >>> course = db.take_course(tasks, db.Variational(), stream=stream)
    >>> course.accuracy["field"].shape
    (2, 2)
    """
    check_alike(tasks)
    check_stream(stream)
    training = training or Training()
    lessons = [joined(tasks)] if joint else list(tasks)
    widths = (tasks[0].N, *training.hidden, tasks[0].classes)
    network = new_network(widths, method.start, substream(stream, INITIAL))
    names = ("sign",) if isinstance(method, Metaplastic) else EVALUATIONS
    accuracy = {name: np.empty((len(lessons), len(tasks))) for name in names}
    loss = np.empty((len(lessons), training.epochs))
    variances, thetas = [], []
    for k, task in enumerate(lessons):
        noise = _generator(stream, NOISE, k)
        for epoch in range(training.epochs):
            fraction = (k + epoch / training.epochs) / len(lessons)
            order = _generator(stream, ORDER, k, epoch).permutation(len(task.labels))
            loss[k, epoch] = _epoch(method, network, task, order, training.batch, fraction, epoch, noise)
        end_task(method, network, task, fraction, noise)
        thetas.append(network.theta.copy())
        variances.append(_variance_fractions(method, network, fraction))
        for name in names:
            for j, asked in enumerate(tasks):
                tests = _generator(stream, TESTS, k, j)
                accuracy[name][k, j] = evaluate(
                    network, asked, inverse_temperature(method, fraction), name=name, generator=tests
                )
    return Course(
        method=method,
        accuracy=accuracy,
        loss=loss,
        variance=np.array(variances),
        flipped=_flipped(method, thetas, (1 - 1 / training.epochs) / len(lessons)),
    )


def evaluate(
    network: Network, task: Task, beta: float, *, name: str = "field", generator: np.random.Generator
) -> float:
    """Fraction of a task's test examples that a network gets right.

    Parameters
    ----------
    network : Network
        The network.
    task : Task
        The task.
    beta : float
        β.
    name : str
        One of `EVALUATIONS`. Fields are drawn for every example, weights for all examples together, each several times.
    generator : numpy.random.Generator
        What they are drawn with.
    """
    moments(network.theta, beta, network.mean, network.variance)
    means, variances = layers(network.mean, network.widths), layers(network.variance, network.widths)
    right = []
    for _ in range(1 if name == "sign" else DRAWS):
        if name == "field":
            noise = draw_noise(generator, len(task.test_labels), network.widths, network.theta.dtype)
            logits = forward(task.test_inputs, means, variances, noise).logits
        elif name == "sampled":
            up = 2 * generator.random(network.theta.size, np.float32) < 1 + network.mean
            weights = np.where(up, 1, -1).astype(network.theta.dtype)
            logits = forward(task.test_inputs, layers(weights, network.widths)).logits
        else:
            weights = np.copysign(1, network.theta)
            logits = forward(task.test_inputs, layers(weights, network.widths)).logits
        right.append(np.mean(logits.argmax(axis=1) == task.test_labels))
    return float(np.mean(right))


def _epoch(
    method: Method,
    network: Network,
    task: Task,
    order: NDArray[np.int64],
    batch: int,
    fraction: float,
    epoch: int,
    noise: np.random.Generator,
) -> float:
    """Pass through the examples in an order and return the mean loss of the batches."""
    steps = math.ceil(len(order) / batch)
    losses = []
    for step in range(steps):
        rows = order[step * batch : (step + 1) * batch]
        clock = Clock(step=epoch * steps + step + 1, fraction=fraction, examples=len(order))
        losses.append(learn_batch(method, network, task.inputs[rows], task.labels[rows], clock, noise))
    return float(np.mean(losses))


def _variance_fractions(method: Method, network: Network, fraction: float) -> NDArray[np.float64]:
    bins = _bins(method, network.theta, fraction)
    counts = [np.bincount(part.ravel(), minlength=BINS) for part in layers(bins, network.widths)]
    return np.array([count / count.sum() for count in counts])


def _flipped(method: Method, thetas: list[NDArray], fraction: float) -> NDArray[np.float64]:
    """By the bin after the first lesson, at its fraction of all epochs, the weights that changed until the last."""
    bins = _bins(method, thetas[0], fraction)
    changed = np.signbit(thetas[0]) != np.signbit(thetas[-1])
    every = np.bincount(bins, minlength=BINS)
    return np.where(every > 0, np.bincount(bins, changed, BINS) / np.maximum(every, 1), np.nan)


def _bins(method: Method, theta: NDArray, fraction: float) -> NDArray[np.int64]:
    variance = 1 - np.tanh(consolidation(method, theta, fraction)) ** 2
    return np.minimum((variance * BINS).astype(np.int64), BINS - 1)


def _generator(stream: np.random.SeedSequence, *labels: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64DXSM(substream(stream, *labels)))
