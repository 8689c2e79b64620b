"""The language of the package: models, disorder, Gaussian averages, fixed points and results.

Theory (`theory`) and simulation (`montecarlo`) speak it and never import each other.
"""

from importlib.metadata import PackageNotFoundError, version

from statmech.models import (
    MODELS,
    BinaryPerceptron,
    ContinualPerceptron,
    DenseHebbian,
    DilutedHopfield,
    ExtremelyDiluted,
    Hopfield,
    Model,
    Multitasking,
    MultitaskingLearning,
    PSpin,
    RandomEnergy,
    SherringtonKirkpatrick,
    SphericalPerceptron,
    StructuredHebbian,
    SupervisedHebbian,
    TeacherStudent,
    UnsupervisedHebbian,
)
from statmech.results import Estimate, Simulation, Solution

try:
    __version__ = version("statmech")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0+unknown"

__all__ = [
    "MODELS",
    "BinaryPerceptron",
    "ContinualPerceptron",
    "DenseHebbian",
    "DilutedHopfield",
    "Estimate",
    "ExtremelyDiluted",
    "Hopfield",
    "Model",
    "Multitasking",
    "MultitaskingLearning",
    "PSpin",
    "RandomEnergy",
    "SherringtonKirkpatrick",
    "Simulation",
    "Solution",
    "SphericalPerceptron",
    "StructuredHebbian",
    "SupervisedHebbian",
    "TeacherStudent",
    "UnsupervisedHebbian",
    "__version__",
]
