"""Hebbian networks that learn from examples: states, phase lines, and how many examples it takes."""

from theory.learning.lines import (
    at_temperature,
    coexistence_load,
    critical_load,
    critical_load_of_entropy,
    glass_temperature,
)
from theory.learning.states import STARTS, solve_learning
from theory.learning.thresholds import (
    critical_examples,
    dataset_entropy,
    examples_for_magnetization,
    generalization_examples,
    kappa,
    one_step_examples,
    one_step_magnetization,
)

__all__ = [
    "STARTS",
    "at_temperature",
    "coexistence_load",
    "critical_examples",
    "critical_load",
    "critical_load_of_entropy",
    "dataset_entropy",
    "examples_for_magnetization",
    "generalization_examples",
    "glass_temperature",
    "kappa",
    "one_step_examples",
    "one_step_magnetization",
    "solve_learning",
]
