"""The models: control parameters of a system, its Hamiltonian and its disorder, stated once."""

from statmech.models.dense import DenseHebbian
from statmech.models.hopfield import Hopfield
from statmech.models.learning import SupervisedHebbian, UnsupervisedHebbian
from statmech.models.p_spin import PSpin
from statmech.models.random_energy import RandomEnergy
from statmech.models.sherrington_kirkpatrick import SherringtonKirkpatrick
from statmech.models.structured import StructuredHebbian

Model = (
    Hopfield
    | SherringtonKirkpatrick
    | PSpin
    | RandomEnergy
    | DenseHebbian
    | SupervisedHebbian
    | UnsupervisedHebbian
    | StructuredHebbian
)
"""Any model of this package."""

MODELS: dict[str, type[Model]] = {
    "hopfield": Hopfield,
    "sherrington_kirkpatrick": SherringtonKirkpatrick,
    "p_spin": PSpin,
    "random_energy": RandomEnergy,
    "dense": DenseHebbian,
    "supervised_hebbian": SupervisedHebbian,
    "unsupervised_hebbian": UnsupervisedHebbian,
    "structured": StructuredHebbian,
}
"""Model class by name of the system, as scan files and the command line spell it."""

__all__ = [
    "MODELS",
    "DenseHebbian",
    "Hopfield",
    "Model",
    "PSpin",
    "RandomEnergy",
    "SherringtonKirkpatrick",
    "StructuredHebbian",
    "SupervisedHebbian",
    "UnsupervisedHebbian",
]
