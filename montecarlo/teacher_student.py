r"""Simulation of teacher and student; see `montecarlo.perceptron.replicas` for what is measured.

The weights are gauged by those of the teacher, :math:`w_i \to w_i B_i`: it is at the weights +1, and the mean weight
is the student's overlap with it. Measured beside u and q:

r
    Overlap with the teacher.
eps_gibbs, eps_bayes
    Generalisation errors of one student, :math:`\arccos(r)/\pi`, and of the vote of many,
    :math:`\arccos(r/\sqrt q)/\pi`, from r and q averaged over samples. The latter is NaN after descents at
    T = 0, and where :math:`r > \sqrt q` or q < 0: of so few samples, or out of equilibrium, there is no such vote.

In the verdict r takes part as the energy does.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.averages import jackknife, sample_mean
from montecarlo.disorder_sample import Disorder, disorder_sample
from montecarlo.engines.perceptron import cost_of, perceptron_engine
from montecarlo.equilibration import compare_replicas
from montecarlo.perceptron import replicas
from montecarlo.perceptron.patterns import draw_patterns, taught
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings
from montecarlo.tempering.tempered import observables
from statmech.models import TeacherStudent
from statmech.perceptron import generalisation_error
from statmech.results import Estimate, Simulation

EXCESS = 1e-6
"""What r over the root of q may exceed 1 by, an error of 5e-4, where by chance of nearly perfect students it does."""


@disorder_sample.register
def _disorder_sample(model: TeacherStudent, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    """Examples of a teacher at the weights +1."""
    X, unit = draw_patterns(model, N, engine, stream)
    name = "fields" if engine == "auto" else engine
    return Disorder(perceptron_engine(taught(X), unit=unit, cost=cost_of(engine)), name, symmetric=False)


@run_sample.register
def _run_sample(model: TeacherStudent, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Simulate one set of examples with two replicas."""
    return replicas.run_pair(model, N, stream, settings, planted=True)


@summarise.register
def _summarise(model: TeacherStudent, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    simulation = replicas.average(model, N, records, settings)
    columns = {name: np.array([record[name] for record in records], np.float64) for name in ("m", "q")}
    taus = np.array([record.get("m_tau", math.nan) for record in records])
    estimates = {**simulation.estimates, **_learned(model.T, columns["m"], columns["q"], taus)}
    equilibrated, verdict = simulation.equilibrated, simulation.verdict
    if model.T > 0 and settings.temperatures == 1:
        overlaps = [{f"r{name[1:]}": record[name] for name in record if name.startswith("m_")} for record in records]
        agreed, words = compare_replicas(overlaps, ("r",), N, split="r")
        equilibrated, verdict = equilibrated and agreed, f"{verdict}; of the overlap with the teacher: {words}"
    return replace(simulation, estimates=estimates, equilibrated=equilibrated, verdict=verdict)


@observables.register
def _observables(model: TeacherStudent, columns: Mapping[str, NDArray[np.float64]]) -> dict[str, Estimate]:
    """What `simulate` measures, and the specific heat, at one temperature of a ladder, which is positive."""
    estimates = {name: sample_mean(columns[name]) for name in ("q", "u", "c")}
    return estimates | _learned(math.inf, columns["m"], columns["q"])


def _learned(
    T: float, r: NDArray[np.float64], q: NDArray[np.float64], taus: NDArray[np.float64] | None = None
) -> dict[str, Estimate]:
    """Overlap with the teacher and generalisation errors, from overlaps of each sample."""
    pairs = np.stack([r, q], 1)
    cosine = float(r.mean()) / math.sqrt(q.mean()) if q.mean() > 0 else math.nan
    vote = jackknife(lambda means: generalisation_error(means[0] / math.sqrt(means[1])) if means[1] > 0 else 0.5, pairs)
    # The bias that the jackknife takes off leads below zero where nearly all students are the teacher.
    vote = replace(vote, mean=max(0.0, vote.mean))
    # Two local minima are no vote, and nothing is nearer to the teacher than to its like, but by noise or out of
    # equilibrium.
    if T == 0 or not cosine <= 1 + EXCESS:
        vote = replace(vote, mean=math.nan, error=math.nan)
    return {
        "r": sample_mean(r, taus),
        "eps_gibbs": jackknife(lambda means: generalisation_error(means[0]), pairs),
        "eps_bayes": vote,
    }


@warm.register
def _warm(model: TeacherStudent, settings: Settings) -> None:
    """Compile the engine that `settings` choose, and the measurements."""
    replicas.warm_up(model, settings, planted=True)
