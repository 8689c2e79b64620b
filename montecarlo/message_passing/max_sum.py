r"""Reinforced max-sum for the binary perceptron: belief propagation in the limit in which maxima replace sums.

The message of pattern :math:`\mu` to weight i is half the difference of the best sums of fields that the other weights
can have while the pattern is stored, for both signs of that weight [1]_. In the gauge of the pattern let
:math:`\psi_j` be the cavity fields of the weights and S the sum of their signs; the pattern needs a sum of at least K,
the smallest integer of the parity of N that is not below :math:`\kappa\sqrt N`. Then

* S > K + 1: it is stored whatever one weight does, and its messages vanish;
* otherwise :math:`n = (K-S)/2`, if that is positive, weights have to be turned: those of the smallest
  :math:`|\psi_j|` among those that disagree. What another flip would cost, the (n+1)-th smallest, is the message to the
  weights that agree and to those that are turned; the n-th smallest is that to the others.

So a pattern has two values of messages, found by a partial sort, O(N). The fields of the weights are the sums of
messages plus their own share of the iteration before, which grows linearly, and cavity fields leave out the message
of the pattern itself:

.. math:: \psi_i^{(k)} = \sum_\mu u_{\mu\to i} + \rho k\, \psi_i^{(k-1)} .

Constraints are hard, so that everything is homogeneous in the fields: they are divided by their largest in every
iteration. Without noise to begin with all would vanish.

References
----------
.. [1] C. Baldassi, A. Braunstein, J. Stat. Mech. P08008 (2015), arXiv:1505.05401.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from montecarlo.engines.perceptron import check_odd, check_stability
from montecarlo.message_passing.attempt import Attempt, attempt
from montecarlo.perceptron.patterns import solves
from statmech.checks import check_real, check_spins
from statmech.streams import check_stream

PATIENCE = 1.5
"""Iterations in units of 1/ρ; from there on the fields are pulled by themselves more than by all patterns."""

REACH = 3.0
"""Weights whose fields are within so many last messages are looked through first."""


@njit(cache=True)
def leave_out(X, turned, low, gap, field, cavity):  # type: ignore[no-untyped-def]
    """Fill `cavity` with the cavity fields of a pattern, in its gauge, from the fields and its message to each."""
    for j in range(field.size):
        cavity[j] = X[j] * field[j] - (low + gap * turned[j])


@njit(cache=True)
def negative(cavity):  # type: ignore[no-untyped-def]
    """Number of weights that disagree."""
    count = 0
    for j in range(cavity.size):
        count += cavity[j] < 0
    return count


@njit(cache=True)
def collect(cavity, reach, against):  # type: ignore[no-untyped-def]
    """Fill `against`, one longer than `cavity`, with the moduli of negative fields up to `reach`; their number."""
    found = 0
    for j in range(cavity.size):
        against[found] = -cavity[j]
        found += (cavity[j] < 0) & (cavity[j] >= -reach)
    return found


@njit(cache=True)
def send(X, turned, low, gap, cavity, total):  # type: ignore[no-untyped-def]
    """Tell which message each weight gets, and add it to `total`."""
    for j in range(cavity.size):
        turned[j] = cavity[j] >= -low
    for j in range(cavity.size):
        total[j] += X[j] * (low + gap * turned[j])


@njit(cache=True)
def pass_messages(X, turned, high, low, field, K, total):  # type: ignore[no-untyped-def]
    """Renew the messages of all patterns from the fields of the weights, and add them up; O(PN).

    One loop for each purpose, which all but that of `collect` are vectorised.

    Parameters
    ----------
    X : array of int8, shape (P, N)
    turned : array of uint8, shape (P, N)
        Whether the message is the larger of the two of its pattern; changed in place.
    high, low : array of float64, shape (P,)
        The two messages of each pattern; changed in place.
    field : array of float64, shape (N,)
        Fields of the weights, messages of all patterns included.
    K : int
        Smallest sum that stores a pattern, of the parity of N.
    total : array of float64, shape (N,)
        Sums of the new messages are added to it.
    """
    P, N = X.shape
    cavity, against = np.empty(N), np.empty(N + 1)
    for mu in range(P):
        leave_out(X[mu], turned[mu], low[mu], high[mu] - low[mu], field, cavity)
        count = negative(cavity)
        n, reach = (K - N) // 2 + count, REACH * high[mu]
        high[mu] = low[mu] = 0.0
        if n < 0 or count == 0:
            continue
        last = min(n, count - 1)
        found = collect(cavity, reach, against)  # few are small enough to matter: those that were, and a margin
        if found <= last:
            found = collect(cavity, np.inf, against)
        smallest = np.partition(against[:found], last)
        if n > 0:
            low[mu] = smallest[: max(last, 1)].max()
        high[mu] = smallest[last]
        send(X[mu], turned[mu], low[mu], high[mu] - low[mu], cavity, total)


def max_sum(
    X: ArrayLike,
    stream: np.random.SeedSequence,
    *,
    kappa: float = 0.0,
    rho: float = 0.003,
) -> Attempt:
    r"""Look for a solution by reinforced max-sum.

    Parameters
    ----------
    X : array of int8, shape (P, N)
        Patterns ±1 multiplied by their labels; N odd.
    stream : numpy.random.SeedSequence
        Of the noise in the fields to begin with.
    kappa : float
        Stability that is asked for, below :math:`\sqrt N` in absolute value.
    rho : float
        :math:`\rho > 0`: the smaller, the slower, and the higher the load at which it succeeds.

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
    rho = check_real("rho", rho, low=0.0, open_low=True)
    K = math.ceil(edge)
    K += (N - K) % 2
    field = np.random.Generator(np.random.PCG64DXSM(check_stream(stream))).normal(size=N)
    turned, high, low = np.zeros((P, N), np.uint8), np.zeros(P), np.zeros(P)
    w = np.ones(N, np.int8)
    for k in range(1, math.ceil(PATIENCE / rho) + 1):
        total = rho * k * field
        pass_messages(patterns, turned, high, low, field, K, total)
        largest = float(np.max(np.abs(total)))
        if largest == 0:  # every pattern is stored with room to spare
            break
        field, high, low = total / largest, high / largest, low / largest
        w = np.where(field < 0, -1, 1).astype(np.int8)
        if solves(patterns, w, edge):
            break
    return attempt("max-sum", patterns, w, kappa, k)
