"""Teacher and student: states, learning curves and their lines, entropy around the teacher."""

from theory.state_evolution import StateEvolution
from theory.teacher_student.lines import learning_branch, spinodal, thermodynamic_transition
from theory.teacher_student.potential import franz_parisi_entropy
from theory.teacher_student.state_evolution import state_evolution
from theory.teacher_student.states import STARTS, solve_teacher_student

__all__ = [
    "STARTS",
    "StateEvolution",
    "franz_parisi_entropy",
    "learning_branch",
    "solve_teacher_student",
    "spinodal",
    "state_evolution",
    "thermodynamic_transition",
]
