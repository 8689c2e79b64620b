r"""Approximate message passing for the binary perceptron: mean weights and their entropy, instance by instance.

With patterns X in the gauge of their labels, :math:`F = X/\sqrt N`, and g of `statmech.perceptron`, one iteration is

.. math::

    V = 1 - \tfrac1N \sum_i a_i^2, \qquad \omega = F a - V g, \qquad g \leftarrow g(\omega, V), \qquad
    A = -\tfrac1N \sum_\mu \partial_\omega g_\mu, \qquad a \leftarrow \tanh(F^\mathsf{T} g + A a) ,

where the g and the a that are subtracted and added are those of the iteration before: Onsager's reaction, without
which the fields of a dense system remember what they have caused. The equations are those of Thouless, Anderson and
Palmer for this model [1]_, with the indices of time that make the iteration follow its state evolution [2]_, from
a = 0 step by step. Of order 1/√N are the fluctuations around it, and the errors of an instance.

A solution is a stationary point of the Bethe free entropy,

.. math::

    N \phi = \sum_i H(a_i) + \sum_\mu \Bigl[\ln f(\omega_\mu, V) + \tfrac12 V g_\mu^2\Bigr],

H the entropy of a spin of mean a: by :math:`\partial_V f = \tfrac12 \partial_\omega^2 f` its derivatives with respect
to g and a are the equations above. The energy u is the sum of the probabilities of errors over N, and
:math:`s = \phi + \beta u`.

Fields of finite systems are discrete. Where V falls below 1/N, the variance of one weight that is free, no pattern is
left at the edge, and means would fall back to zero for want of information: V is kept at 1/N. A teacher that is found
is kept then. What is left is one weight vector: its energy is counted, and its entropy is zero.

References
----------
.. [1] M. Mézard, J. Phys. A 22, 2181 (1989).
.. [2] D. L. Donoho, A. Maleki, A. Montanari, Proc. Natl. Acad. Sci. USA 106, 18914 (2009), arXiv:0907.3574;
       E. Bolthausen, Commun. Math. Phys. 325, 333 (2014), arXiv:1201.2891.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

from montecarlo.engines.perceptron import check_stability
from montecarlo.perceptron.patterns import Array, Patterns, Spins, combined, errors, prepared
from statmech.checks import check_integer, check_real, check_spins, check_temperature
from statmech.perceptron import error_rate, generalisation_error, hazard, inverse, log_weight

TOLERANCE = 1e-5
"""Largest undamped change of a mean at which the iteration has converged: single precision moves some by 1e-6."""

ITERATIONS = 1000
"""Iterations before it is said that there is no convergence."""


class Step(NamedTuple):
    """What an iteration computes from means and forces: fields of the weights, the forces, t and V of the channel."""

    field: Array
    g: Array
    t: Array
    V: float


def step(X: Patterns, a: Array, g: Array, kappa: float, beta: float) -> Step:
    """One iteration up to the tanh; two products with X, O(PN)."""
    N = a.size
    V = max(N - float(a @ a), 1.0) / N  # less than that of one free weight is none: no pattern would tell anything
    t = (combined(X.columns, a) / math.sqrt(N) - V * g - kappa) / math.sqrt(V)
    strength = hazard(t, beta)
    g = strength / math.sqrt(V)
    reaction = float(strength @ (t + strength)) / (V * N)
    return Step(combined(X.rows, g) / math.sqrt(N) + reaction * a, g, t, V)


def bethe(a: Array, now: Step, beta: float) -> float:
    r"""Bethe free entropy :math:`\phi` at means a and the forces that they have."""
    spins = float(np.sum(entr(0.5 * (1 + a)) + entr(0.5 * (1 - a))))
    return (spins + float(np.sum(log_weight(now.t, beta) + 0.5 * now.V * now.g**2))) / a.size


class Iterated(NamedTuple):
    """The end of an iteration: means, their last step, whether they solve the equations, and all overlaps."""

    a: Array
    last: Step
    residual: float
    iterations: int
    overlaps: Array


def iterate(
    X: Patterns, kappa: float, beta: float, a: Array, teacher: Spins | None, update: Callable[[Array], Array],
    damping: float, iterations: int, tolerance: float,
) -> Iterated:  # fmt: skip
    """Iterate from a with `update` from fields to means, until the undamped change of all is below `tolerance`."""
    P, N = X.rows.shape
    g = np.zeros(P)

    def overlap(means: Array) -> tuple[float, float]:
        return math.nan if teacher is None else float(means @ teacher) / N, float(means @ means) / N

    overlaps = [overlap(a)]
    for _ in range(iterations):
        now = step(X, a, g, kappa, beta)
        new = update(now.field)
        residual = float(np.max(np.abs(new - a)))
        overlaps.append(overlap(new))
        if not residual > tolerance:
            break
        a, g = damping * a + (1 - damping) * new, now.g
    return Iterated(a, now, residual, len(overlaps) - 1, np.array(overlaps))


@dataclass(frozen=True, kw_only=True)
class Messages:
    r"""A solution of the equations of approximate message passing on one instance; all NaN where there is none.

    Attributes
    ----------
    N, P : int
        Numbers of weights and patterns.
    kappa, T : float
        Stability that is asked for, and temperature.
    a : array, shape (N,)
        Mean weights.
    q : float
        Overlap of two weight vectors, :math:`\tfrac1N\sum_i a_i^2`.
    r : float
        Overlap with the teacher, :math:`\tfrac1N\sum_i B_i a_i`; NaN without one.
    eps_bayes : float
        Generalisation error of the sign of the mean field, :math:`\arccos(r/\sqrt q)/\pi`: at T = 0 the vote of the
        version space, the best there is.
    eps_clipped : float
        That of the one binary vector of the signs of the means.
    phi, u, s : float
        Bethe free entropy, energy and entropy per weight.
    r_t, q_t : array
        Overlaps before the first iteration and after each, whether it converged or not.
    converged : bool
        Whether the undamped residual is below the tolerance, and at T = 0 means that are all ±1 are a solution.
    residual : float
        Largest undamped change of a mean in the last iteration.
    iterations : int
    message : str
        Empty, or why there is no answer, or that the entropy of the answer is negative.
    """

    N: int
    P: int
    kappa: float
    T: float
    a: Array
    q: float
    r: float
    eps_bayes: float
    eps_clipped: float
    phi: float
    u: float
    s: float
    r_t: Array
    q_t: Array
    converged: bool
    residual: float
    iterations: int
    message: str = ""

    def __repr__(self) -> str:
        size = f"N = {self.N}, P = {self.P}"
        if not self.converged:
            return f"no mean weights: {self.message}  [{size}]"
        values = {name: getattr(self, name) for name in ("r", "q", "eps_bayes", "s", "u")}
        text = "  ".join(f"{name} = {value:.6g}" for name, value in values.items() if not math.isnan(value))
        note = f", {self.message}" if self.message else ""
        return f"{text}  [{size}, converged in {self.iterations}, residual {self.residual:.0e}{note}]"


def amp(
    X: ArrayLike,
    *,
    kappa: float = 0.0,
    T: float = 0.0,
    teacher: Spins | None = None,
    start: ArrayLike | None = None,
    damping: float = 0.0,
    iterations: int = ITERATIONS,
    tolerance: float = TOLERANCE,
) -> Messages:
    """Mean weights of an instance, from no knowledge at all, a = 0, or from other means.

    At T = 0 over the weights without errors, at T > 0 over the Boltzmann measure.

    Parameters
    ----------
    X : array_like, shape (P, N)
        Patterns multiplied by their labels, with entries of mean square 1; see `montecarlo.perceptron.patterns`.
    kappa, T : float
        Stability that is asked for, and temperature.
    teacher : array of int8, shape (N,), optional
        Weights that made the labels: compared with, not used.
    start : array_like, shape (N,), optional
        Means to begin with, in [-1, 1]; from the teacher's weights message passing finds out whether it would leave
        them.
    damping : float
        Share of the old means in the new ones, in [0, 1). Only without it is there a state evolution.
    iterations : int
        The most that there may be.
    tolerance : float
        Largest undamped change of a mean at convergence.

    Returns
    -------
    Messages

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> import numpy as np, statmech as sm
    >>> from montecarlo.message_passing import amp, taught_patterns
    >>> X, teacher = taught_patterns(sm.TeacherStudent(alpha=1), 2001, np.random.SeedSequence(1))
    >>> result = amp(X, teacher=teacher)
    >>> result.converged, abs(result.r - 0.5607) < 0.05
    (True, True)
    """
    patterns = prepared(X)
    P, N = patterns.rows.shape
    kappa, beta = check_stability(kappa, N) / math.sqrt(N), inverse(check_temperature(T))
    damping = check_real("damping", damping, low=0.0, high=1.0, open_high=True)
    limit, accuracy = check_integer("iterations", iterations, low=1), check_real("tolerance", tolerance, low=0.0)
    truth = None if teacher is None else check_weights("teacher", teacher, N)
    end = iterate(patterns, kappa, beta, _means(start, N), truth, np.tanh, damping, limit, accuracy)
    converged = end.residual <= accuracy
    message = "" if converged else f"residual {end.residual:.1e} after {end.iterations} iterations"
    phi = bethe(end.a, end.last, beta)
    u = float(np.sum(error_rate(end.last.t, beta))) / N
    if N - float(end.a @ end.a) < 1:  # one weight vector is left
        wrong = errors(patterns.rows, signs(end.a).astype(np.int8), kappa)
        u, phi = wrong / N, -beta * wrong / N if T else 0.0
        if converged and wrong and not T:
            converged, message = False, f"the means point to one weight vector, which has {wrong} errors"
    s = phi + (beta * u if T else 0.0)
    if converged and s < -1e-12:
        message = "negative entropy: fewer than one weight vector"
    a = end.a if converged else np.full(N, math.nan)
    phi, u, s = (phi, u, s) if converged else (math.nan, math.nan, math.nan)
    q, r = float(a @ a) / N, math.nan if truth is None else float(a @ truth) / N
    return Messages(
        N=N, P=P, kappa=kappa, T=T, a=a, q=q, r=r, eps_bayes=generalisation_error(r / math.sqrt(q) if q else 0.0),
        eps_clipped=generalisation_error(math.nan if truth is None else float(signs(a) @ truth) / N),
        phi=phi, u=u, s=s, r_t=end.overlaps[:, 0], q_t=end.overlaps[:, 1],
        converged=converged, residual=end.residual, iterations=end.iterations,
        message=message,
    )  # fmt: skip


def _means(start: ArrayLike | None, N: int) -> Array:
    """Means to begin with, or raise if these are not N numbers in [-1, 1]."""
    means = np.zeros(N) if start is None else np.array(start, np.float64)
    if means.shape != (N,) or not np.all(np.abs(means) <= 1):
        raise ValueError(f"start of shape {means.shape} is not allowed: start must be N = {N} means in [-1, 1]")
    return means


def check_weights(name: str, weights: ArrayLike, N: int) -> Spins:
    """Return weights as an array of ±1, or raise if there are not N."""
    array = check_spins(name, weights, dimensions=1)
    if array.size != N:
        raise ValueError(f"{name} of {array.size} weights is not allowed: the patterns have {N}")
    return array


def signs(a: Array) -> Array:
    """The binary vector nearest to the means, NaN where these are."""
    return np.where(np.isnan(a), math.nan, np.where(a < 0, -1.0, 1.0))
