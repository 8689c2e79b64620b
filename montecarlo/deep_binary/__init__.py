"""Deep networks of binary weights that learn one task after another.

The way is from a sequence of tasks (`permuted_tasks`, `split_tasks`, `teacher_tasks`) over a method (`Variational`,
`Elastic`, `Metaplastic`) to `take_course`, and from several of each to `compare`.
"""

from montecarlo.deep_binary.comparison import (
    Comparison,
    Contestant,
    Paired,
    compare,
    contestants,
    load,
    paired,
    save,
)
from montecarlo.deep_binary.course import (
    EVALUATIONS,
    Course,
    Training,
    final_accuracy,
    forgetting,
    last_task,
    take_course,
)
from montecarlo.deep_binary.methods import Elastic, Metaplastic, Method, Variational
from montecarlo.deep_binary.tasks import (
    Task,
    joined,
    permuted_digits,
    permuted_pictures,
    permuted_tasks,
    picture_task,
    split_pictures,
    split_tasks,
    teacher_tasks,
    unrelated_teachers,
)

__all__ = [
    "EVALUATIONS",
    "Comparison",
    "Contestant",
    "Course",
    "Elastic",
    "Metaplastic",
    "Method",
    "Paired",
    "Task",
    "Training",
    "Variational",
    "compare",
    "contestants",
    "final_accuracy",
    "forgetting",
    "joined",
    "last_task",
    "load",
    "paired",
    "permuted_digits",
    "permuted_pictures",
    "permuted_tasks",
    "picture_task",
    "save",
    "split_pictures",
    "split_tasks",
    "take_course",
    "teacher_tasks",
    "unrelated_teachers",
]
