"""The models: control parameters of a system, its Hamiltonian and its disorder, stated once."""

from dataclasses import replace

from statmech.models.binary_perceptron import BinaryPerceptron
from statmech.models.continual_perceptron import ContinualPerceptron
from statmech.models.dense import DenseHebbian
from statmech.models.diluted_hopfield import DilutedHopfield
from statmech.models.extremely_diluted import ExtremelyDiluted
from statmech.models.hopfield import Hopfield
from statmech.models.learning import SupervisedHebbian, UnsupervisedHebbian
from statmech.models.multitasking import Multitasking
from statmech.models.multitasking_learning import MultitaskingLearning
from statmech.models.p_spin import PSpin
from statmech.models.random_energy import RandomEnergy
from statmech.models.sherrington_kirkpatrick import SherringtonKirkpatrick
from statmech.models.spherical_perceptron import SphericalPerceptron
from statmech.models.structured import StructuredHebbian
from statmech.models.teacher_student import TeacherStudent

Model = (
    Hopfield
    | SherringtonKirkpatrick
    | PSpin
    | RandomEnergy
    | DenseHebbian
    | SupervisedHebbian
    | UnsupervisedHebbian
    | StructuredHebbian
    | Multitasking
    | MultitaskingLearning
    | DilutedHopfield
    | ExtremelyDiluted
    | BinaryPerceptron
    | SphericalPerceptron
    | TeacherStudent
    | ContinualPerceptron
)
"""Any model of this package."""


def at_temperature(model: Model, T: float) -> Model:
    """The same model at another temperature.

    Raises
    ------
    ValueError
        If temperature is none of its parameters.
    """
    if isinstance(model, ContinualPerceptron):
        raise ValueError(f"model = {model!r} is not allowed: each of its tasks has a temperature of its own")
    return replace(model, T=T)


MODELS: dict[str, type[Model]] = {
    "hopfield": Hopfield,
    "sherrington_kirkpatrick": SherringtonKirkpatrick,
    "p_spin": PSpin,
    "random_energy": RandomEnergy,
    "dense": DenseHebbian,
    "supervised_hebbian": SupervisedHebbian,
    "unsupervised_hebbian": UnsupervisedHebbian,
    "structured": StructuredHebbian,
    "multitasking": Multitasking,
    "multitasking_learning": MultitaskingLearning,
    "diluted_hopfield": DilutedHopfield,
    "extremely_diluted": ExtremelyDiluted,
    "binary_perceptron": BinaryPerceptron,
    "spherical_perceptron": SphericalPerceptron,
    "teacher_student": TeacherStudent,
    "continual_perceptron": ContinualPerceptron,
}
"""Model class by name of the system, as scan files and the command line spell it."""

__all__ = [
    "MODELS",
    "BinaryPerceptron",
    "ContinualPerceptron",
    "DenseHebbian",
    "DilutedHopfield",
    "ExtremelyDiluted",
    "Hopfield",
    "Model",
    "Multitasking",
    "MultitaskingLearning",
    "PSpin",
    "RandomEnergy",
    "SherringtonKirkpatrick",
    "SphericalPerceptron",
    "StructuredHebbian",
    "SupervisedHebbian",
    "TeacherStudent",
    "UnsupervisedHebbian",
    "at_temperature",
]
