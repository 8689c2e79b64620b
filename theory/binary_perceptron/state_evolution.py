r"""State evolution of approximate message passing on random labels: q iteration by iteration, as N → ∞.

From q = 0, :math:`\hat q = \alpha\mathrm{E}\,g^2` and :math:`q = \mathrm{E}\tanh^2(\sqrt{\hat q}z)`, the equations of
`theory.binary_perceptron.rs` read as an iteration. It converges where replica symmetry is stable.
"""

import math

import numpy as np
from numpy.typing import NDArray

from statmech.checks import check_integer
from statmech.gaussian import field_moments
from statmech.models import BinaryPerceptron
from statmech.perceptron import inverse
from theory.perceptron_channel import storage_force


def state_evolution(model: BinaryPerceptron, steps: int) -> NDArray[np.float64]:
    """Overlap q of the means with themselves before the first iteration and after each.

    Parameters
    ----------
    model : BinaryPerceptron
        The state point.
    steps : int
        Number of iterations.

    Returns
    -------
    array, shape (steps + 1,)

    Raises
    ------
    ValueError
        If `steps` is no positive integer.

    Examples
    --------
    >>> import statmech as sm
    >>> round(float(state_evolution(sm.BinaryPerceptron(alpha=0.5), 60)[-1]), 6)
    0.322385
    """
    beta = inverse(model.T)
    q, V = 0.0, 1.0
    path = [q]
    for _ in range(check_integer("steps", steps, low=1)):
        qhat = model.alpha * storage_force(q, V, model.kappa, beta)
        _, q, V, *_ = field_moments(0.0, math.sqrt(qhat), 1.0)
        path.append(q)
    return np.array(path)
