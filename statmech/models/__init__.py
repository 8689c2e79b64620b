"""The models: control parameters of a system, its Hamiltonian and its disorder, stated once."""

from statmech.models.hopfield import Hopfield

Model = Hopfield
"""Any model of this package."""

MODELS: dict[str, type[Model]] = {model.system: model for model in (Hopfield,)}
"""Model class by name of the system, as scan files and the command line spell it."""

__all__ = ["MODELS", "Hopfield", "Model"]
