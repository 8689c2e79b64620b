r"""State evolution of approximate message passing on random labels: q iteration by iteration, as N → ∞.

From q = 0, :math:`\hat q = \alpha\mathrm{E}\,g^2` and :math:`q = \mathrm{E}\tanh^2(\sqrt{\hat q}z)`, the equations of
`theory.binary_perceptron.rs` read as an iteration. It converges where replica symmetry is stable.
"""

import math

import numpy as np

from statmech.checks import check_integer
from statmech.gaussian import field_moments
from statmech.models import BinaryPerceptron
from statmech.perceptron import inverse
from theory.perceptron_channel import storage_force
from theory.state_evolution import StateEvolution


def state_evolution(model: BinaryPerceptron, steps: int) -> StateEvolution:
    """Iterate the equations from q = 0.

    Parameters
    ----------
    model : BinaryPerceptron
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
    >>> state_evolution(sm.BinaryPerceptron(alpha=0.5), 60)  # doctest: +ELLIPSIS
    q = 0.322385  [state evolution, 60 steps of BinaryPerceptron(alpha=0.5, ...)]
    """
    beta = inverse(model.T)
    q, V = 0.0, 1.0
    path = [q]
    for _ in range(check_integer("steps", steps, low=1)):
        qhat = model.alpha * storage_force(q, V, model.kappa, beta)
        _, q, V, *_ = field_moments(0.0, math.sqrt(qhat), 1.0)
        path.append(q)
    return StateEvolution(model=model, r=np.full(len(path), math.nan), q=np.array(path))
