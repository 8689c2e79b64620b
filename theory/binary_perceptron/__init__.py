"""The binary perceptron: states, capacity, freezing, entropy around a solution."""

from theory.binary_perceptron.centres import local_entropy
from theory.binary_perceptron.freezing import critical_capacity, freezing_load, freezing_temperature
from theory.binary_perceptron.isolation import isolation_distance
from theory.binary_perceptron.potential import franz_parisi_entropy
from theory.binary_perceptron.state_evolution import state_evolution
from theory.binary_perceptron.states import STARTS, solve_binary_perceptron
from theory.state_evolution import StateEvolution

__all__ = [
    "STARTS",
    "StateEvolution",
    "critical_capacity",
    "franz_parisi_entropy",
    "freezing_load",
    "freezing_temperature",
    "isolation_distance",
    "local_entropy",
    "solve_binary_perceptron",
    "state_evolution",
]
