"""The multitasking network at low storage: states, their transitions and the phase diagram."""

from theory.multitasking.coexistence import coexistence_dilution, critical_point, spinodal_dilution
from theory.multitasking.content import hierarchy_depth, information_content, power_law_exponents
from theory.multitasking.diagram import Regions, phase_diagram
from theory.multitasking.states import (
    CLASSES,
    STARTS,
    amplitudes,
    letters,
    minima,
    relax,
    solve_multitasking,
    state_class,
)
from theory.multitasking.symmetric import (
    pure_temperature,
    symmetric_amplitude,
    symmetric_eigenvalues,
    symmetric_temperature,
    symmetric_tip,
)
from theory.multitasking.zero_temperature import (
    energy_dilution,
    existence_dilution,
    hierarchical_amplitudes,
    hierarchical_energy,
    parallel_amplitudes,
    zero_minima,
)

__all__ = [
    "CLASSES",
    "STARTS",
    "Regions",
    "amplitudes",
    "coexistence_dilution",
    "critical_point",
    "energy_dilution",
    "existence_dilution",
    "hierarchical_amplitudes",
    "hierarchical_energy",
    "hierarchy_depth",
    "information_content",
    "letters",
    "minima",
    "parallel_amplitudes",
    "phase_diagram",
    "power_law_exponents",
    "pure_temperature",
    "relax",
    "solve_multitasking",
    "spinodal_dilution",
    "state_class",
    "symmetric_amplitude",
    "symmetric_eigenvalues",
    "symmetric_temperature",
    "symmetric_tip",
    "zero_minima",
]
