r"""One more step: where the functional asks for it, and how far a function of k steps can be from the minimum at most.

The derivative of the functional with respect to the function :math:`\gamma` at q is
:math:`\tfrac12\xi''(q)\,[\mathrm{E}_q m^2 - q]`. Its integral G, from :math:`q_0` up and down, vanishes at all overlaps
of the best function of k steps. Where :math:`G(q) > 0` a new step at q lowers the functional; where :math:`G \le 0`
everywhere the function is the minimum over all functions. As the functional is convex, and :math:`\gamma \le 1/T`,

.. math:: f_k \le f \le f_k + \max_q G(q)/T .
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from theory.parisi.covariance import Covariance
from theory.parisi.functional import Steps, Unresolved, evaluate
from theory.parisi.minimum import Problem

Array = NDArray[np.float64]

_FRACTIONS = (
    np.array([1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 7 / 8, 15 / 16, 31 / 32]),
    np.array([1 / 8, 1 / 4, 1 / 2, 3 / 4, 7 / 8]),
    np.array([1 / 2]),
)
_SHARPEST = 1e-11  # smallest distance of the largest overlap to 1 that rounding leaves
_CLOSEST = 1e-4  # variances of the field between overlaps where G is asked for, relative to the whole
_NEAR_TOP = np.array([0.03, 0.1, 0.3, 0.9])  # in the distance of the largest overlap to 1, or in C at T = 0
_ATTEMPTS = 3
_JUMP = 2.5  # smallest ratio of the distance between the first two overlaps to the mean of the others
_WIDTHS = (0.8, 0.4, 0.2, 0.1, 0.05, 0.02, 0.008, 0.003)  # of breaking at the largest overlap, in its distance to 1
_RISES = (0.03, 0.1, 0.3, 1.0)  # of gamma there, in 1/C


def excess(problem: Problem, steps: Steps) -> tuple[Array, Array]:
    r"""The integral G of the derivative of the functional, on overlaps between those of a step function and on them.

    Parameters
    ----------
    problem : Problem
        Covariance and state point.
    steps : Steps
        The best ones of their number.

    Returns
    -------
    q, G : numpy.ndarray
        Both empty where the overlaps are too close to each other.
    """
    xi, T = problem.xi, problem.T
    if 0 < T * steps.C < _SHARPEST:
        return np.empty(0), np.empty(0)
    edges, levels = np.append(steps.q, 1 - T * steps.C), steps.gamma
    top = edges[-1] - _NEAR_TOP * _top_range(steps, T)
    if edges[0] > 0:
        edges, levels = np.append(0.0, edges), np.append(1e-7 / math.sqrt(xi.slope(1.0)), levels)
    if T > 0:
        edges, levels = np.append(edges, 1.0), np.append(levels, 1 / T)
    for fractions in _FRACTIONS:
        q = (edges[:-1, None] + np.diff(edges)[:, None] * np.append(0.0, fractions)).ravel()
        q = _apart(xi, np.unique(np.concatenate([q, top])), edges)
        gamma = levels[np.searchsorted(edges, q, side="right") - 1]
        finest = Steps(q=q, gamma=gamma, C=steps.C)
        if T > 0:
            finest = Steps(q=q[:-1], gamma=gamma[:-1], C=(1 - q[-1]) / T)
        try:
            G = np.append(0.0, np.cumsum(evaluate(xi, T, problem.h, finest).F_gamma))[:-1]
        except (Unresolved, FloatingPointError):
            continue
        own = np.append(steps.q, 1 - T * steps.C) if 0 < T * steps.gamma[-1] < 1 - 1e-12 else steps.q
        own = own[own <= finest.q[-1]]  # G vanishes there but for rounding and quadrature
        return finest.q, G - np.interp(finest.q, own, G[np.searchsorted(finest.q, own)])
    return np.empty(0), np.empty(0)


def _apart(xi: Covariance, q: Array, edges: Array) -> Array:
    """Without those of the overlaps, but for the edges, that are too close in the field to their neighbours."""
    slopes, closest = xi.slope(q), _CLOSEST * xi.slope(1.0)
    kept = [0]
    for i in range(1, q.size):
        if q[i] in edges:
            while len(kept) > 1 and q[kept[-1]] not in edges and slopes[i] - slopes[kept[-1]] < closest:
                kept.pop()
            kept.append(i)
        elif slopes[i] - slopes[kept[-1]] >= closest:
            kept.append(i)
    return q[kept]


def shortfall(problem: Problem, steps: Steps) -> float:
    r"""How far the free energy of the best functions of k steps may be below the full one.

    The bound where T is not too low for it; an estimate of the order of :math:`\xi''(1)^2 C^3` else, T = 0 included:
    the instability sets in where :math:`\xi'' C` is of the order of T, with an entropy of the order of its square.
    """
    xi, T = problem.xi, problem.T
    estimate = float(xi.curvature(1.0)) ** 2 * steps.C**3
    if T == 0:
        return estimate
    q, G = excess(problem, steps)
    top = 1 - T * steps.C
    resolved = np.count_nonzero((q < top) & (q > top - _top_range(steps, T))) > 1
    return min(max(0.0, float(G.max())) / T, estimate) if resolved else estimate


def _top_range(steps: Steps, T: float) -> float:
    """Of overlaps below the largest one, within which it may break up."""
    return min(steps.C * max(T, 1.0 - T), 1 - T * steps.C - float(steps.q[-1]))


def refinements(problem: Problem, steps: Steps) -> Iterator[Steps]:
    """Guesses of the best function of one more step: the continuous one first, then those of the lowest functional."""
    if steps.q.size > 1 or not problem.pinned:
        yield finer(steps, problem)
    yield from lowest(problem, [*_within(problem, steps), *_at_the_top(problem, steps)])


def first_steps(problem: Problem, q: float, C: float) -> Iterator[Steps]:
    """Guesses of the best function of one step, from a replica-symmetric solution that is unstable."""
    rest = problem.T * C if problem.T > 0 else C
    guesses = [
        Steps(
            q=np.array([q - width * min(rest, q)]), gamma=np.array([g / (1 + problem.T * g)]), C=C * (1 - 0.5 * width)
        )
        for width in _WIDTHS
        for g in (0.3 / C, 1 / C, 2 / C)
    ]
    yield from lowest(problem, guesses)


def lowest(problem: Problem, guesses: list[Steps]) -> Iterator[Steps]:
    """The few of the guesses that have the lowest functional."""
    values = [_value(problem, guess) for guess in guesses]
    for i in np.argsort(values)[:_ATTEMPTS]:
        if math.isfinite(values[i]):
            yield guesses[i]


def _value(problem: Problem, steps: Steps) -> float:
    try:
        return evaluate(problem.xi, problem.T, problem.h, steps).F
    except (Unresolved, FloatingPointError):
        return math.inf


def _within(problem: Problem, steps: Steps) -> list[Steps]:
    """A new overlap in an interval, where its G is largest, at the cost of half of the interval's step."""
    q, G = excess(problem, steps)
    guesses = []
    for l, level in enumerate(steps.gamma):
        high = steps.q[l + 1] if l + 1 < steps.q.size else 1 - problem.T * steps.C
        inside = (q > steps.q[l]) & (q < high)
        if not inside.any() or G[inside].max() <= 0:
            continue
        new = q[inside][np.argmax(G[inside])]
        below = steps.gamma[l - 1] if l > 0 else 0.0
        above = steps.gamma[l + 1] if l + 1 < steps.gamma.size else (1 / problem.T if problem.T > 0 else 2 * level)
        for part in (0.4, 0.1):
            pair = [level - part * (level - below), level + part * (above - level)]
            guesses.append(
                Steps(
                    q=np.insert(steps.q, l + 1, new),
                    gamma=np.concatenate([steps.gamma[:l], pair, steps.gamma[l + 1 :]]),
                    C=steps.C,
                )
            )
    return guesses


def _at_the_top(problem: Problem, steps: Steps) -> list[Steps]:
    """The largest overlap replaced by two, as a state does that breaks up, within a range that may be narrow."""
    T, C, last = problem.T, steps.C, float(steps.gamma[-1])
    rest = T * C if T > 0 else C
    guesses = []
    for width in _WIDTHS:
        new = 1 - T * C - width * min(rest, 1 - float(steps.q[-1]))
        if new <= steps.q[-1]:
            continue
        for rise in _RISES:
            g = last / (1 - T * last) + rise / C
            gamma = np.append(steps.gamma, g / (1 + T * g))
            guesses.append(Steps(q=np.append(steps.q, new), gamma=gamma, C=C * (1 - 0.5 * width)))
    return guesses


def finer(steps: Steps, problem: Problem) -> Steps:
    r"""Guess of the best function of one more step, for continuous breaking.

    Overlaps and gammas alternate along the function, and are interpolated in their place t between 0 and 1; near the
    end gamma grows like a power of 1/(1 - t) at low temperatures. An overlap below a jump stays where it is.
    """
    T = problem.T
    first = 1 if has_jump(steps, T) else 0
    q, gamma = np.append(steps.q, 1 - T * steps.C)[first:], steps.gamma[first:]
    k = gamma.size
    t_q, t_gamma = np.arange(1, 2 * k + 2, 2) / (2 * k + 1), np.arange(2, 2 * k + 1, 2) / (2 * k + 1)
    t_q_new, t_gamma_new = np.arange(1, 2 * k + 4, 2) / (2 * k + 3), np.arange(2, 2 * k + 3, 2) / (2 * k + 3)
    origin = problem.h == 0 and not first  # without a field the function begins at q = 0 and gamma = 0
    lowest = 0.0 if origin else max(0.0, 1.5 * q[0] - 0.5 * q[1])
    q_new = PchipInterpolator(np.append(0.0, t_q), np.append(lowest, q))(t_q_new)
    growth = (1 - T * gamma[-1]) ** 2  # 1 at T = 0, where gamma diverges
    tame = gamma * (1 - t_gamma) ** growth
    if k > 1 or origin:
        start = 0.0 if origin else float(np.clip(2 * tame[0] - tame[1], 0.7 * tame[0], tame[0]))
        tame, t_gamma = np.append(start, tame), np.append(0.0, t_gamma)
    new = np.interp(t_gamma_new, t_gamma, tame) / (1 - t_gamma_new) ** growth
    ceiling = 0.5 * (gamma[-1] + 1 / T) if T > 0 else math.inf
    rises = 1 + 1e-3 * np.arange(k + 1) / (k + 1)  # equal values are no steps
    new = np.maximum.accumulate(np.minimum(new, ceiling)) * rises / rises[-1]
    sharp = (1 - T * steps.C / (1 - steps.q[-1])) ** 4  # 1 at T = 0, where C falls fast with k
    return Steps(
        q=np.append(steps.q[:first], q_new[:-1]),
        gamma=np.append(steps.gamma[:first], new),
        C=steps.C * ((k + 0.2) / (k + 1.3)) ** sharp,
    )


def has_jump(steps: Steps, T: float) -> bool:
    """Whether the smallest overlap stands apart from the others."""
    q = np.append(steps.q, 1 - T * steps.C)
    return q.size > 2 and float(q[1] - q[0]) > _JUMP * float(q[-1] - q[1]) / (q.size - 2)
