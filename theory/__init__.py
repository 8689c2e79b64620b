"""Theory, N → ∞: self-consistency equations of the models, their states and phase lines.

``theory.solve(model)`` and ``theory.states(model)`` answer for any model; the phase lines of a system are functions
of its own module, as ``theory.hopfield.critical_load(T=0)``.
"""

from theory import (
    binary_perceptron,
    continual_perceptron,
    dense,
    diluted_hopfield,
    extremely_diluted,
    hopfield,
    learning,
    multitasking,
    multitasking_learning,
    p_spin,
    parisi,
    random_energy,
    sherrington_kirkpatrick,
    spherical_perceptron,
    structured,
    teacher_student,
)
from theory.dispatch import solve, states

__all__ = [
    "binary_perceptron",
    "continual_perceptron",
    "dense",
    "diluted_hopfield",
    "extremely_diluted",
    "hopfield",
    "learning",
    "multitasking",
    "multitasking_learning",
    "p_spin",
    "parisi",
    "random_energy",
    "sherrington_kirkpatrick",
    "solve",
    "spherical_perceptron",
    "states",
    "structured",
    "teacher_student",
]
