"""Methods against each other: each tuned on a grid of the same size, then all on the same new sequences of tasks."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from itertools import product
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from montecarlo.averages import sample_mean
from montecarlo.deep_binary.course import (
    Course,
    Training,
    final_accuracy,
    forgetting,
    last_task,
    take_course,
)
from montecarlo.deep_binary.methods import Elastic, Metaplastic, Method, Variational
from montecarlo.deep_binary.tasks import Task, permuted_pictures
from statmech.checks import check_choice, check_integer
from statmech.results import Estimate
from statmech.streams import substream

TUNING, TESTS = range(2)
"""Labels of the streams below that of a seed: what is tuned on is never tested on."""

TASKS, COURSE = range(2)
"""Labels of the streams below that of a sequence."""

MEASURES: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "final": final_accuracy, "forgetting": forgetting, "last": last_task,
}  # fmt: skip
"""Numbers of an array of accuracies, and how they are found."""

Sequences = Callable[[np.random.SeedSequence], Sequence[Task]]
"""What draws a sequence of tasks from a stream."""


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """A method with what it is tuned over.

    Attributes
    ----------
    name : str
        Its name.
    grid : tuple of Method
        Its candidates.
    joint : bool
        Whether it learns all tasks together, see `montecarlo.deep_binary.take_course`.

    Raises
    ------
    ValueError
        If `grid` has no candidate.
    """

    name: str
    grid: tuple[Method, ...]
    joint: bool = False

    def __post_init__(self) -> None:
        if not self.grid:
            raise ValueError(f"grid = {self.grid!r} is not allowed: {self.name!r} must have at least one candidate")


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Accuracies of tuned methods on the same sequences of tasks.

    Attributes
    ----------
    chosen : mapping of str to Method
        The candidate of each contestant, by name, that was best on average over the sequences for tuning.
    evaluation : mapping of str to str
        The evaluation in which it was best there, and in which it competes.
    tuning : mapping of str to mapping of str to list of float
        Final accuracies of all candidates there for each evaluation, in the order of the grid.
    accuracy : mapping of str to mapping of str to array, shape (seeds, lessons, tasks)
        For each contestant and evaluation.
    variance : mapping of str to array, shape (lessons, layers, bins)
        Histograms of `montecarlo.deep_binary.Course`, averaged over the seeds.
    flipped : mapping of str to array, shape (bins,)
        Fractions of `montecarlo.deep_binary.Course`, averaged over the seeds that have one.
    """

    chosen: Mapping[str, Method]
    evaluation: Mapping[str, str]
    tuning: Mapping[str, Mapping[str, list[float]]] = field(repr=False)
    accuracy: Mapping[str, Mapping[str, NDArray[np.float64]]] = field(repr=False)
    variance: Mapping[str, NDArray[np.float64]] = field(repr=False)
    flipped: Mapping[str, NDArray[np.float64]] = field(repr=False)

    def values(self, name: str, measure: str, evaluation: str = "own") -> NDArray[np.float64]:
        """One number for each seed: ``"final"``, ``"forgetting"`` or ``"last"`` accuracy of a contestant.

        Raises
        ------
        ValueError
            If there is no such contestant, measure, or evaluation of this contestant.
        """
        check_choice("name", name, tuple(self.accuracy))
        check_choice("measure", measure, tuple(MEASURES))
        check_choice("evaluation", evaluation, ("own", *self.accuracy[name]))
        return MEASURES[measure](self.accuracy[name][self.evaluation[name] if evaluation == "own" else evaluation])

    def estimate(self, name: str, measure: str, evaluation: str = "own") -> Estimate:
        """Mean over the seeds, with its standard error."""
        return sample_mean(self.values(name, measure, evaluation))

    def __repr__(self) -> str:
        rows = [f"{'':32s}  {'final accuracy':>14s}  {'forgetting':>10s}  {'last task':>10s}"]
        for name in self.accuracy:
            row = [f"{self.estimate(name, measure)!r:>10s}" for measure in MEASURES]
            rows.append(f"{f'{name} ({self.evaluation[name]})':32s}  {row[0]:>14s}  {row[1]}  {row[2]}")
        return "\n".join(rows)


@dataclass(frozen=True, kw_only=True)
class Paired:
    """Difference of two contestants on the same sequences.

    Attributes
    ----------
    difference : Estimate
        Mean over the seeds, with its standard error.
    p : float
        Of Student's paired test, two-sided: the probability of a difference as large if the means were the same. NaN
        where they do not differ on any seed.
    """

    difference: Estimate
    p: float

    def __repr__(self) -> str:
        sign = "+" if self.difference.mean >= 0 else ""
        return f"{sign}{self.difference!r}, p = {self.p:.2g}"


def contestants() -> tuple[Contestant, ...]:
    """Ten methods, and two that learn all tasks together.

    Each has nine candidates, three rates by three strengths or nine rates where there is no strength. The ranges are
    for `permuted_pictures`, and were placed by a few runs on sequences that are used nowhere else.
    """
    rates = (0.003, 0.01, 0.03)
    nine = (0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3)
    slow = (0.0001, 0.0002, 0.0003, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.01)
    fast = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05)
    annealed: dict[str, Any] = {"beta": 10.0, "annealed": True}

    def variational(prior: str, gammas: Sequence[float]) -> tuple[Method, ...]:
        return tuple(Variational(rate=rate, prior=prior, gamma=g) for rate, g in product(rates, gammas))

    def cooled(prior: str, rates: Sequence[float], gammas: Sequence[float]) -> tuple[Method, ...]:
        pairs = product(rates, gammas)
        return tuple(Variational(rate=rate, prior=prior, gamma=g, **annealed) for rate, g in pairs)

    def elastic(importance: str, strengths: Sequence[float]) -> tuple[Method, ...]:
        return tuple(Elastic(rate=rate, importance=importance, strength=x) for rate, x in product(rates, strengths))

    without = tuple(Variational(rate=rate, prior="none") for rate in nine)
    return (
        Contestant(name="task before", grid=variational("task", (0.03, 0.1, 0.3))),
        Contestant(name="task before, annealed", grid=cooled("task", (0.02, 0.04, 0.08), (0.01, 0.03, 0.1))),
        Contestant(name="step before", grid=variational("step", (0.1, 0.3, 1.0))),
        Contestant(name="step before, annealed", grid=cooled("step", (0.04, 0.08, 0.16), (0.3, 1.0, 3.0))),
        Contestant(name="no prior", grid=without),
        Contestant(
            name="no prior, annealed", grid=tuple(Variational(rate=rate, prior="none", **annealed) for rate in nine)
        ),
        Contestant(name="elastic, Fisher", grid=elastic("fisher", (30.0, 150.0, 750.0))),
        Contestant(name="elastic, variance", grid=elastic("variance", (0.01, 0.03, 0.1))),
        Contestant(
            name="metaplastic",
            grid=tuple(Metaplastic(rate=rate, m=m) for rate, m in product((0.0003, 0.001, 0.003), (10.0, 20.0, 30.0))),
        ),
        Contestant(name="straight-through", grid=tuple(Metaplastic(rate=rate) for rate in slow)),
        Contestant(name="joint, fields", grid=without, joint=True),
        Contestant(name="joint, signs", grid=tuple(Metaplastic(rate=rate) for rate in fast), joint=True),
    )


def compare(
    entrants: Sequence[Contestant] | None = None,
    sequences: Sequences = permuted_pictures,
    *,
    training: Training | None = None,
    seeds: int = 8,
    tuning_seeds: int = 2,
    seed: int,
) -> Comparison:
    """Tune each method on sequences of its own seeds, then let all take the same courses.

    On a seed all methods have the same tasks, order of examples and, up to its scale, start. Of each grid that
    candidate is chosen, with that evaluation of it, which has the best final accuracy averaged over the seeds for
    tuning.

    Parameters
    ----------
    entrants : sequence of Contestant, optional
        Those of `contestants` if not given.
    sequences : callable
        Draws a sequence of tasks from a stream.
    training : Training, optional
        Sizes and lengths, the same for all; two hidden layers of 200 and 100 units if not given.
    seeds, tuning_seeds : int
        Sequences to test, at least two for an error, and to tune.
    seed : int
        Seed of all random numbers.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If `seeds` is below 2, `tuning_seeds` below 1 or `seed` negative, there are no entrants or two of one name, or
        the tasks of a sequence do not have the same inputs and outputs.
    """
    entrants = contestants() if entrants is None else entrants
    training = training or Training(hidden=(200, 100))
    stream = np.random.SeedSequence(check_integer("seed", seed, low=0))
    check_integer("seeds", seeds, low=2)
    check_integer("tuning_seeds", tuning_seeds, low=1)
    names = [entrant.name for entrant in entrants]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"entrants = {names} is not allowed: there must be at least one, each of a name of its own")
    best: dict[str, Method] = {}
    evaluation: dict[str, str] = {}
    tuning: dict[str, dict[str, list[float]]] = {}
    courses: dict[str, list[Course]] = {}
    for entrant in entrants:
        trials = [_courses(entrant, one, sequences, training, tuning_seeds, stream, TUNING) for one in entrant.grid]
        scores = {
            way: [float(np.mean([final_accuracy(course.accuracy[way]) for course in trial])) for trial in trials]
            for way in trials[0][0].accuracy
        }
        way = max(scores, key=lambda way: max(scores[way]))
        tuning[entrant.name], evaluation[entrant.name] = scores, way
        best[entrant.name] = entrant.grid[int(np.argmax(scores[way]))]
        courses[entrant.name] = _courses(entrant, best[entrant.name], sequences, training, seeds, stream, TESTS)
    return Comparison(
        chosen=best,
        evaluation=evaluation,
        tuning=tuning,
        accuracy={
            name: {way: np.array([one.accuracy[way] for one in taken]) for way in taken[0].accuracy}
            for name, taken in courses.items()
        },
        variance={name: np.mean([one.variance for one in taken], axis=0) for name, taken in courses.items()},
        flipped={name: _known_mean([one.flipped for one in taken]) for name, taken in courses.items()},
    )


def paired(
    comparison: Comparison, one: str, other: str, measure: str, evaluation: str = "own", other_evaluation: str = "own"
) -> Paired:
    """Test whether two contestants differ, on the same sequences.

    Parameters
    ----------
    comparison : Comparison
        Both of them.
    one, other : str
        Their names; the difference is that of the first minus the second.
    measure : str
        ``"final"``, ``"forgetting"`` or ``"last"``.
    evaluation, other_evaluation : str
        How each is evaluated: ``"own"``, or one of `montecarlo.deep_binary.EVALUATIONS`.

    Raises
    ------
    ValueError
        If there is no such contestant, measure, or evaluation of this contestant, or both are the same.
    """
    if (one, evaluation) == (other, other_evaluation):
        raise ValueError(f"other = {other!r} is not allowed: it is compared with itself, in the same evaluation")
    first = comparison.values(one, measure, evaluation)
    second = comparison.values(other, measure, other_evaluation)
    difference = sample_mean(first - second)
    p = float(stats.ttest_rel(first, second).pvalue) if np.any(first != second) else math.nan
    return Paired(difference=difference, p=p)


def save(comparison: Comparison, path: str | PathLike[str]) -> None:
    """Write a comparison as JSON, accuracies to 6 digits."""
    plain = {
        "chosen": {name: {"method": type(one).__name__, **asdict(one)} for name, one in comparison.chosen.items()},
        "evaluation": dict(comparison.evaluation),
        "tuning": {name: dict(ways) for name, ways in comparison.tuning.items()},
        "accuracy": {
            name: {way: array.tolist() for way, array in ways.items()} for name, ways in comparison.accuracy.items()
        },
        "variance": {name: array.tolist() for name, array in comparison.variance.items()},
        "flipped": {
            name: [None if math.isnan(x) else x for x in array.tolist()] for name, array in comparison.flipped.items()
        },
    }
    rounded = json.loads(json.dumps(plain, allow_nan=False), parse_float=lambda text: round(float(text), 6))
    Path(path).write_text(json.dumps(rounded, separators=(",", ":")) + "\n")


def load(path: str | PathLike[str]) -> Comparison:
    """Read what `save` wrote.

    Raises
    ------
    ValueError
        If the file is something else.
    """
    plain = json.loads(Path(path).read_text())
    parts = [part.name for part in fields(Comparison)]
    if not isinstance(plain, dict) or not set(parts) <= set(plain):
        raise ValueError(f"path = {str(path)!r} is not allowed: a comparison has {', '.join(parts)}")
    known = {kind.__name__: kind for kind in (Variational, Elastic, Metaplastic)}
    return Comparison(
        chosen={
            name: known[one["method"]](**{key: value for key, value in one.items() if key != "method"})
            for name, one in plain["chosen"].items()
        },
        evaluation=plain["evaluation"],
        tuning=plain["tuning"],
        accuracy={
            name: {way: np.array(values) for way, values in ways.items()} for name, ways in plain["accuracy"].items()
        },
        variance={name: np.array(values) for name, values in plain["variance"].items()},
        flipped={name: np.array(values, dtype=float) for name, values in plain["flipped"].items()},
    )


def _courses(
    entrant: Contestant,
    method: Method,
    sequences: Sequences,
    training: Training,
    seeds: int,
    stream: np.random.SeedSequence,
    label: int,
) -> list[Course]:
    """The courses of a method, one for each seed."""
    return [
        take_course(
            sequences(substream(stream, label, k, TASKS)),
            method,
            training=training,
            joint=entrant.joint,
            stream=substream(stream, label, k, COURSE),
        )
        for k in range(seeds)
    ]


def _known_mean(rows: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Mean over the rows that have a value, column by column; NaN where none has."""
    array = np.array(rows)
    known = ~np.isnan(array)
    return np.where(known.any(0), np.where(known, array, 0).sum(0) / np.maximum(known.sum(0), 1), np.nan)
