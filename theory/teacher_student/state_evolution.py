r"""State evolution: the overlaps of approximate message passing, iteration by iteration, as N → ∞.

The means that message passing has after k iterations on examples of a teacher are, each, those of a weight in a normal
field. Their overlaps r with the teacher and q with themselves follow the equations of
`theory.teacher_student.curve`, read as an iteration from r = q = 0: overlaps to conjugates, conjugates to overlaps. At
T = 0, r = q in every step.
"""

import math

import numpy as np

from statmech.checks import check_integer
from statmech.models import TeacherStudent
from statmech.perceptron import inverse
from theory.perceptron_channel import UnresolvedError, taught_forces
from theory.state_evolution import StateEvolution
from theory.teacher_student.curve import overlaps

LEARNT = 1e-9
"""Where 1 - q falls below, learning is perfect to all digits, and the iteration stays there."""


def state_evolution(model: TeacherStudent, steps: int) -> StateEvolution:
    """Iterate the equations from r = q = 0.

    Parameters
    ----------
    model : TeacherStudent
        The state point.
    steps : int
        Number of iterations.

    Returns
    -------
    StateEvolution

    Raises
    ------
    ValueError
        If `steps` is no positive integer.

    Examples
    --------
    >>> import statmech as sm
    >>> state_evolution(sm.TeacherStudent(alpha=1), 40)  # doctest: +ELLIPSIS
    r = 0.560715  q = 0.560715  [state evolution, 40 steps of TeacherStudent(alpha=1.0, T=0.0)]
    """
    beta = inverse(model.T)
    r, q, V, D = 0.0, 0.0, 1.0, 0.0
    path = [(r, q)]
    for _ in range(check_integer("steps", steps, low=1)):
        if V > LEARNT:
            try:
                force, pull = taught_forces(q, r, V, D, beta)
            except UnresolvedError:
                path.append((math.nan, math.nan))
                continue
            r, q, V, D = overlaps(model.alpha * (force if beta == math.inf else pull), model.alpha * force)
        path.append((r, q))
    return StateEvolution(model=model, r=np.array(path)[:, 0], q=np.array(path)[:, 1])
