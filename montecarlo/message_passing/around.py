r"""Entropy around given weights: Bethe entropy of an instance at a fixed distance from a centre.

Counted are the weights without errors at overlap p = 1 - 2d with a centre :math:`\tilde w`, a solution or not. Message
passing as in `montecarlo.message_passing.amp`, with one more field along the centre that is chosen in every iteration
so that the means have that overlap,

.. math:: a = \tanh(b + \hat p \tilde w), \qquad \tfrac1N \sum_i \tilde w_i a_i = p .

The constraint has no weight of its own: the Bethe entropy at the solution is that of the weights at this distance. It
can be taken around any solution that an algorithm finds, and be compared with what is typical, with the most there can
be (`franz_parisi_entropy` and `local_entropy` of `theory.binary_perceptron`), and around a teacher
(`theory.teacher_student.franz_parisi_entropy`).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from montecarlo.engines.perceptron import check_stability
from montecarlo.message_passing.amp import ITERATIONS, TOLERANCE, bethe, check_weights, iterate
from montecarlo.perceptron.patterns import Array, Spins, prepared
from statmech.checks import check_real


@dataclass(frozen=True, kw_only=True)
class Around:
    """Entropy of the weights without errors at distances from a centre; NaN where message passing did not converge.

    Attributes
    ----------
    N, P : int
        Numbers of weights and patterns.
    d : array
        Distances.
    s : array
        Bethe entropy per weight.
    q : array
        Overlap of two weight vectors at that distance from the centre.
    residual : array
        Largest undamped change of a mean in the last iteration.
    iterations : array of int
    """

    N: int
    P: int
    d: Array
    s: Array
    q: Array
    residual: Array
    iterations: NDArray[np.int64]

    def __repr__(self) -> str:
        known = np.isfinite(self.s)
        if not known.any():
            return f"s(d) not converged at any of {self.d.size} distances  [N = {self.N}, P = {self.P}]"
        values = "  ".join(f"s({d:.4g}) = {s:.5g}" for d, s in zip(self.d[known], self.s[known], strict=True))
        return f"{values}  [N = {self.N}, P = {self.P}, {known.sum()} of {self.d.size} converged]"


def entropy_around(X: ArrayLike, centre: Spins, d: ArrayLike, *, kappa: float = 0.0, damping: float = 0.0) -> Around:
    """Bethe entropy at T = 0 at distances from a centre.

    Parameters
    ----------
    X : array_like, shape (P, N)
        Patterns multiplied by their labels.
    centre : array of int8, shape (N,)
        The weights in the middle.
    d : array_like
        Distances in (0, 1).
    kappa : float
        Stability that is asked for.
    damping : float
        Share of the old means in the new ones, in [0, 1).

    Returns
    -------
    Around

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    patterns = prepared(X)
    P, N = patterns.rows.shape
    middle = check_weights("centre", centre, N).astype(np.float64)
    kappa = check_stability(kappa, N) / math.sqrt(N)
    damping = check_real("damping", damping, low=0.0, high=1.0, open_high=True)
    distances = np.array(
        [check_real("d", x, low=0.0, high=1.0, open_low=True, open_high=True) for x in np.atleast_1d(d).tolist()]
    )
    rows = []
    for distance in distances.tolist():

        def held(field: Array, p: float = 1 - 2 * distance) -> Array:
            return np.tanh(field + holding(field * middle, p) * middle)

        end = iterate(patterns, kappa, math.inf, np.zeros(N), None, held, damping, ITERATIONS, TOLERANCE)
        converged = end.residual <= TOLERANCE
        s, q = (bethe(end.a, end.last, math.inf), end.overlaps[-1, 1]) if converged else (math.nan, math.nan)
        rows.append((s, q, end.residual, end.iterations))
    s, q, residual, iterations = np.array(rows).T
    return Around(N=N, P=P, d=distances, s=s, q=q, residual=residual, iterations=iterations.astype(int))


def holding(field: Array, p: float) -> float:
    r"""The :math:`\hat p` at which means in these fields, along the centre, have the mean p."""

    def excess(phat: float) -> float:
        return float(np.mean(np.tanh(field + phat))) - p

    reach = 20.0 + float(np.max(np.abs(field)))
    return float(optimize.brentq(excess, -reach, reach, xtol=1e-12, rtol=1e-12))
