"""The multitasking network that learns from examples: states of both protocols, thresholds of learning."""

from theory.multitasking_learning.entries import DATASETS
from theory.multitasking_learning.states import (
    minima,
    relax,
    single_example_eigenvalue,
    solve_multitasking_learning,
)
from theory.multitasking_learning.threshold import (
    exact_threshold_of_learning,
    noise_limit,
    one_step,
    one_step_gaussian,
    threshold_of_learning,
)

__all__ = [
    "DATASETS",
    "exact_threshold_of_learning",
    "minima",
    "noise_limit",
    "one_step",
    "one_step_gaussian",
    "relax",
    "single_example_eigenvalue",
    "solve_multitasking_learning",
    "threshold_of_learning",
]
