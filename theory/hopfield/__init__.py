"""The Hopfield model: states (replica symmetric and 1RSB) and phase lines."""

from theory.hopfield.lines import (
    at_temperature,
    coexistence_load,
    critical_load,
    critical_temperature,
    glass_temperature,
    retrieval_branch,
)
from theory.hopfield.states import STARTS, solve_hopfield

__all__ = [
    "STARTS",
    "at_temperature",
    "coexistence_load",
    "critical_load",
    "critical_temperature",
    "glass_temperature",
    "retrieval_branch",
    "solve_hopfield",
]
