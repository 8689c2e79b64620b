"""The spherical perceptron has no simulation, and says so."""

from typing import NoReturn

import numpy as np

from montecarlo.disorder_sample import Disorder, disorder_sample
from montecarlo.sample import Record, run_sample, warm
from montecarlo.settings import Settings
from statmech.models import SphericalPerceptron


def _refuse(model: SphericalPerceptron) -> NoReturn:
    raise ValueError(
        f"model = {model!r} is not allowed: there is no simulation of SphericalPerceptron, whose weights are real "
        "numbers on a sphere and no spins to flip; there is its theory, theory.solve, and the simulation of "
        "BinaryPerceptron"
    )


@disorder_sample.register
def _disorder_sample(model: SphericalPerceptron, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    _refuse(model)


@run_sample.register
def _run_sample(model: SphericalPerceptron, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    _refuse(model)


@warm.register
def _warm(model: SphericalPerceptron, settings: Settings) -> None:
    _refuse(model)
