r"""Reinforced message passing: marginals that are pulled towards themselves until they point to one solution.

To the field of each weight in `montecarlo.message_passing.amp` a growing share of that of the iteration before is
added [1]_,

.. math:: b^{(k)} = F^\mathsf{T} g + A a + (1-\gamma^k)\, b^{(k-1)}, \qquad a = \tanh b ,

a term that forgets nothing in the end, so that all means become ±1. The schedule has to leave time for it: after
:math:`k \gg 1/(1-\gamma)` iterations. It ends as soon as the signs of the means store all patterns.

References
----------
.. [1] A. Braunstein, R. Zecchina, Phys. Rev. Lett. 96, 030201 (2006), arXiv:cond-mat/0511159.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from montecarlo.engines.perceptron import check_stability
from montecarlo.message_passing.amp import step
from montecarlo.message_passing.attempt import Attempt, attempt
from montecarlo.perceptron.patterns import prepared, solves
from statmech.checks import check_real

FIELD_MAX = 30.0
"""Largest field: beyond, the tanh is 1 to rounding, and a weight could not turn any more."""

PATIENCE = 4.0
"""Iterations in units of 1/(1-γ). Where it succeeds it takes from one to two."""


def reinforced_amp(X: ArrayLike, *, kappa: float = 0.0, gamma: float = 0.995) -> Attempt:
    r"""Look for a solution by reinforced approximate message passing; nothing in it is random.

    Parameters
    ----------
    X : array_like, shape (P, N)
        Patterns multiplied by their labels.
    kappa : float
        Stability that is asked for.
    gamma : float
        :math:`\gamma` in (0, 1): the nearer to 1, the slower, and the higher the load at which it succeeds.

    Returns
    -------
    Attempt

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    patterns = prepared(X)
    P, N = patterns.rows.shape
    edge = check_stability(kappa, N)
    gamma = check_real("gamma", gamma, low=0.0, high=1.0, open_low=True, open_high=True)
    a, g, b = np.zeros(N), np.zeros(P), np.zeros(N)
    w = np.ones(N, np.int8)
    iterations = math.ceil(PATIENCE / (1 - gamma))
    for k in range(1, iterations + 1):
        now = step(patterns, a, g, edge / math.sqrt(N), math.inf)
        b = np.clip(now.field + (1 - gamma**k) * b, -FIELD_MAX, FIELD_MAX)
        a, g = np.tanh(b), now.g
        w = np.where(b < 0, -1, 1).astype(np.int8)
        if solves(patterns.rows, w, edge):
            break
    return attempt("reinforced AMP", patterns.rows, w, kappa, k)
