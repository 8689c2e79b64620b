r"""SBPI, learning inspired by belief propagation: integers behind the weights, and one pattern at a time.

Each weight is the sign of an odd integer :math:`W_i`, its hidden state. Patterns are shown one after the other, and one
with the excess field :math:`\Delta = h - \kappa\sqrt N` changes the hidden states [1]_

* not at all, if it is stored with :math:`\Delta > \theta`;
* where the weight already agrees with the pattern, :math:`W_i \leftarrow W_i + 2X_i`, if it is barely stored,
  :math:`0 \le \Delta \le \theta`: with probability :math:`p_s`, and without any effect on the field;
* everywhere, :math:`W_i \leftarrow W_i + 2X_i`, if it is not stored.

Without the second rule it is the clipped perceptron, which fails at loads that are easy with it. The rule entrenches
weights that agree with what was only just learnt. :math:`\theta` stays of order 1: with
:math:`\theta \sim \sqrt N` many patterns fall under the second rule, and hidden states that are not bounded run away.

References
----------
.. [1] C. Baldassi, A. Braunstein, N. Brunel, R. Zecchina, Proc. Natl. Acad. Sci. USA 104, 11079 (2007),
       arXiv:0704.2735.
"""

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from montecarlo.engines.perceptron import check_odd, check_stability
from montecarlo.message_passing.attempt import Attempt, attempt
from statmech.checks import check_integer, check_real, check_spins
from statmech.streams import check_stream

SWEEPS = 1000
"""Sweeps over all patterns before it gives up."""


@njit(cache=True)
def learn(X, W, w, order, chance, edge, theta, p):  # type: ignore[no-untyped-def]
    """Show all patterns once, in the given order; returns how many were not stored when shown.

    A pattern that is stored costs one integer product of length N, one that is not another pass.

    Parameters
    ----------
    X : array of int8, shape (P, N)
    W : array of int32, shape (N,)
        Hidden states, odd, changed in place.
    w : array of int8, shape (N,)
        Their signs, kept up to date.
    order : array of int, shape (P,)
    chance : array of float64, shape (P,)
        Uniform numbers, for the second rule.
    edge, theta, p : float
        Smallest field that stores a pattern, excess up to which it is barely stored, probability of the second rule.
    """
    wrong = 0
    for k in range(order.size):
        mu = order[k]
        h = np.int32(0)
        for i in range(w.size):
            h += np.int32(X[mu, i]) * np.int32(w[i])
        excess = h - edge
        if excess < 0:
            wrong += 1
            for i in range(w.size):
                W[i] += 2 * X[mu, i]
                w[i] = 1 if W[i] > 0 else -1
        elif excess <= theta and chance[k] < p:
            for i in range(w.size):
                W[i] += X[mu, i] + w[i]
    return wrong


def sbpi(
    X: ArrayLike,
    stream: np.random.SeedSequence,
    *,
    kappa: float = 0.0,
    theta: float = 1.0,
    p: float = 0.3,
    sweeps: int = SWEEPS,
) -> Attempt:
    r"""Look for a solution by SBPI.

    Parameters
    ----------
    X : array of int8, shape (P, N)
        Patterns ±1 multiplied by their labels; N odd.
    stream : numpy.random.SeedSequence
        Random numbers: hidden states ±1 at the start, the order of each sweep, and the second rule.
    kappa : float
        Stability that is asked for.
    theta : float
        Excess field :math:`\theta \ge 0` up to which a pattern is barely stored. Fields are odd: with `kappa` = 0
        the value 1 means the smallest field that there is.
    p : float
        Probability :math:`p_s` of the second rule, in [0, 1].
    sweeps : int
        The most that there may be.

    Returns
    -------
    Attempt

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    patterns = np.ascontiguousarray(check_spins("X", X, dimensions=2))
    P, N = patterns.shape
    edge = check_stability(kappa, check_odd(N))
    theta, p = check_real("theta", theta, low=0.0), check_real("p", p, low=0.0, high=1.0)
    generator = np.random.Generator(np.random.PCG64DXSM(check_stream(stream)))
    w = 2 * generator.integers(0, 2, N, np.int8) - 1
    W = w.astype(np.int32)
    shown, limit = 0, check_integer("sweeps", sweeps, low=1)
    while shown < limit:
        shown += 1
        if learn(patterns, W, w, generator.permutation(P), generator.random(P), edge, theta, p) == 0:
            break
    return attempt("SBPI", patterns, w, kappa, shown)
