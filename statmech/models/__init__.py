"""The models: control parameters of a system, its Hamiltonian and its disorder, stated once."""

from statmech.models.binary_perceptron import BinaryPerceptron
from statmech.models.dense import DenseHebbian
from statmech.models.hopfield import Hopfield
from statmech.models.p_spin import PSpin
from statmech.models.random_energy import RandomEnergy
from statmech.models.sherrington_kirkpatrick import SherringtonKirkpatrick
from statmech.models.spherical_perceptron import SphericalPerceptron
from statmech.models.teacher_student import TeacherStudent

Model = (
    Hopfield
    | SherringtonKirkpatrick
    | PSpin
    | RandomEnergy
    | DenseHebbian
    | BinaryPerceptron
    | SphericalPerceptron
    | TeacherStudent
)
"""Any model of this package."""

MODELS: dict[str, type[Model]] = {
    "hopfield": Hopfield,
    "sherrington_kirkpatrick": SherringtonKirkpatrick,
    "p_spin": PSpin,
    "random_energy": RandomEnergy,
    "dense": DenseHebbian,
    "binary_perceptron": BinaryPerceptron,
    "spherical_perceptron": SphericalPerceptron,
    "teacher_student": TeacherStudent,
}
"""Model class by name of the system, as scan files and the command line spell it."""

__all__ = [
    "MODELS",
    "BinaryPerceptron",
    "DenseHebbian",
    "Hopfield",
    "Model",
    "PSpin",
    "RandomEnergy",
    "SherringtonKirkpatrick",
    "SphericalPerceptron",
    "TeacherStudent",
]
