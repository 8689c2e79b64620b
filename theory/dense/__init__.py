"""Dense Hebbian networks: states (replica symmetric, 1RSB, and full for the glass) and phase lines."""

from theory.dense.coexistence import (
    coexistence_load,
    dynamical_temperature,
    glass_temperature,
    ground_state_load,
    kauzmann_temperature,
)
from theory.dense.lines import at_temperature, critical_load, critical_temperature, retrieval_branch
from theory.dense.nishimori import multicritical_point, nishimori_line, nishimori_tip
from theory.dense.states import STARTS, solve_dense

__all__ = [
    "STARTS",
    "at_temperature",
    "coexistence_load",
    "critical_load",
    "critical_temperature",
    "dynamical_temperature",
    "glass_temperature",
    "ground_state_load",
    "kauzmann_temperature",
    "multicritical_point",
    "nishimori_line",
    "nishimori_tip",
    "retrieval_branch",
    "solve_dense",
]
