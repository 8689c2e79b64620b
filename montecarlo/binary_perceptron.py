"""Simulation of the binary perceptron that stores random labels; what is measured: `montecarlo.perceptron.replicas`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.averages import sample_mean
from montecarlo.disorder_sample import Disorder, disorder_sample
from montecarlo.engines.perceptron import cost_of, perceptron_engine
from montecarlo.perceptron import replicas
from montecarlo.perceptron.patterns import draw_patterns
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings
from montecarlo.tempering.tempered import observables
from statmech.models import BinaryPerceptron
from statmech.results import Estimate, Simulation


@disorder_sample.register
def _disorder_sample(model: BinaryPerceptron, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    """Random patterns; their labels are random, too, and multiplied into them."""
    X, unit = draw_patterns(model, N, engine, stream)
    name = "fields" if engine == "auto" else engine
    return Disorder(perceptron_engine(X, model.kappa, unit=unit, cost=cost_of(engine)), name, symmetric=False)


@run_sample.register
def _run_sample(model: BinaryPerceptron, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Simulate one set of patterns with two replicas."""
    return replicas.run_pair(model, N, stream, settings, planted=False)


@summarise.register
def _summarise(model: BinaryPerceptron, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    return replicas.average(model, N, records, settings)


@observables.register
def _observables(model: BinaryPerceptron, columns: Mapping[str, NDArray[np.float64]]) -> dict[str, Estimate]:
    """Energy, overlap and specific heat at one temperature of a ladder."""
    return {name: sample_mean(columns[name]) for name in ("q", "u", "c")}


@warm.register
def _warm(model: BinaryPerceptron, settings: Settings) -> None:
    """Compile the engine that `settings` choose, and the measurements."""
    replicas.warm_up(model, settings, planted=False)
