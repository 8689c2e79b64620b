"""Continual learning of two tasks by a variational perceptron: saddle points, branches, lines and planes."""

from theory.continual_perceptron.lines import at_load, coexistence_load, spinodal_load
from theory.continual_perceptron.planes import neutral_overlap, plane
from theory.continual_perceptron.states import STARTS, load_curve, solve_continual_perceptron

__all__ = [
    "STARTS",
    "at_load",
    "coexistence_load",
    "load_curve",
    "neutral_overlap",
    "plane",
    "solve_continual_perceptron",
    "spinodal_load",
]
