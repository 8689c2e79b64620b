r"""The minimum of the Parisi functional over functions of k steps.

Unknowns without constraints stand for the ordered overlaps and :math:`\gamma` of a step function:

.. math::

    1 - q_l = (1 - q_{l-1})\,\frac{1}{1 + e^{a_l}}, \qquad
    \gamma_l = \frac{g_l}{1 + T g_l}, \quad g_l = \sum_{j \le l} e^{b_j}, \qquad
    C = (1 - q_{k-1})\,\frac{e^c}{1 + T e^c} .

A quasi-Newton minimisation with the analytic gradient finds the basin, Newton's method on the equations themselves

.. math::

    \mathrm{E}_l m_l^2 = q_l, \qquad \partial F/\partial\gamma_l = 0, \qquad
    C = \beta\,\mathrm{E}_k\,\mathrm{sech}^2\beta h

the minimum to rounding.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

from theory.parisi.covariance import Covariance
from theory.parisi.functional import Layout, Steps, Unresolved, Value, evaluate, layout

Array = NDArray[np.float64]

TOLERANCE = 1e-9
"""On the undamped residual of a converged minimum."""

_NEWTON_STEPS = 20


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is minimised: a covariance at a temperature and a field.

    Attributes
    ----------
    xi : Covariance
        Of the Hamiltonian.
    T, h : float
        Temperature and field.
    pinned : bool
        Whether q_0 = 0 is imposed: without a field it is a solution where the covariance has no quadratic term, as
        in the p-spin model with p > 2, and then the equilibrium one.
    """

    xi: Covariance
    T: float
    h: float
    pinned: bool


@dataclass(frozen=True, kw_only=True)
class Minimum:
    r"""The minimum of the functional over functions of k steps.

    Attributes
    ----------
    steps : Steps
        Where it lies.
    value : Value
        The functional and its averages there.
    residual : float
        Largest undamped defect of the equations, each relative to the scale of its unknown.
    curvature : float
        Smallest eigenvalue of the second derivatives of F by the unconstrained unknowns; positive at a minimum.
    evaluations : int
        Of the functional.
    """

    steps: Steps
    value: Value
    residual: float
    curvature: float
    evaluations: int

    @property
    def converged(self) -> bool:
        """Whether this is a minimum to the tolerance."""
        return self.residual <= TOLERANCE and self.curvature > 0

    def replicon(self, problem: Problem) -> float:
        r"""Innermost replicon :math:`1 - \beta^2\xi''(q_k)\,\mathrm{E}_k\,\mathrm{sech}^4`, -inf at T = 0."""
        T = problem.T
        return 1 - problem.xi.curvature(1 - T * self.steps.C) * self.value.C4 / T if T > 0 else -math.inf


def minimum(problem: Problem, guess: Steps) -> Minimum:
    """Minimise the functional over functions with as many steps as `guess`, starting there.

    Parameters
    ----------
    problem : Problem
        Covariance and state point.
    guess : Steps
        First step function; its q_0 is ignored where the problem pins it.

    Returns
    -------
    Minimum

    Raises
    ------
    Unresolved
        If two overlaps come too close to each other.
    """
    k = guess.gamma.size
    evaluations = 0

    def values(v: Array, grids: Layout | None = None) -> tuple[Steps, Value]:
        nonlocal evaluations
        evaluations += 1
        steps = unpack(v, k, problem)
        return steps, evaluate(problem.xi, problem.T, problem.h, steps, grids)

    def objective(v: Array) -> tuple[float, Array]:
        try:
            steps, value = values(v)
        except (Unresolved, FloatingPointError):
            return math.inf, np.zeros_like(v)
        return value.F, _gradient(v, steps, value, problem)

    def defect(v: Array) -> Array:
        return _defect(*values(v), problem)

    def jacobian(v: Array) -> Array:
        grids = layout(problem.xi, problem.T, problem.h, unpack(v, k, problem))
        return _jacobian(lambda v: _defect(*values(v, grids), problem), v)

    def settled(v: Array) -> Array:
        """C follows from the rest almost explicitly, while at low T the functional hardly depends on it."""
        for _ in range(2):
            steps, value = values(v)
            if 0 < problem.T * value.C < 0.95 * (1 - steps.q[-1]) or problem.T == 0:
                v = pack(replace(steps, C=value.C), problem)
        return v

    with np.errstate(over="raise", invalid="raise", divide="raise"):
        start = settled(pack(guess, problem))
        found = _newton(defect, jacobian, start)
        if found.residual > TOLERANCE or _curvature(found, k, problem) <= 0:
            again = _newton(defect, jacobian, settled(_descend(objective, start)))
            found = min(found, again, key=lambda root: root.residual)
        steps, value = values(found.v)
    return Minimum(
        steps=steps,
        value=value,
        residual=found.residual,
        curvature=_curvature(found, k, problem),
        evaluations=evaluations,
    )


def _descend(objective: Callable[[Array], tuple[float, Array]], start: Array) -> Array:
    """Into the basin of the minimum, by the functional and its gradient alone."""
    scale = max(float(np.abs(objective(start)[1]).max()), 1e-300)

    def scaled(v: Array) -> tuple[float, Array]:
        F, gradient = objective(v)
        return F / scale, gradient / scale

    return optimize.minimize(scaled, start, jac=True, method="BFGS", options={"gtol": 1e-5, "maxiter": 80}).x


def pack(steps: Steps, problem: Problem) -> Array:
    """Unconstrained unknowns of a step function: a (without a_0 where q_0 is pinned), b, c."""
    q, T = steps.q, problem.T
    log_rest = -np.log1p(-q)
    increments = np.diff(log_rest, prepend=0.0)[1 if problem.pinned else 0 :]
    g = steps.gamma / (1 - T * steps.gamma)
    C = steps.C / ((1 - q[-1]) - T * steps.C)
    return np.concatenate([np.log(np.expm1(increments)), np.log(np.diff(g, prepend=0.0)), [math.log(C)]])


def unpack(v: Array, k: int, problem: Problem) -> Steps:
    """The step function of unconstrained unknowns."""
    a, b, c = v[: -k - 1], v[-k - 1 : -1], v[-1]
    q = -np.expm1(-np.cumsum(np.logaddexp(0, a)))
    if problem.pinned:
        q = np.append(0.0, q)
    g = np.cumsum(np.exp(b))
    C = (1 - q[-1]) * math.exp(c) / (1 + problem.T * math.exp(c))
    return Steps(q=q, gamma=g / (1 + problem.T * g), C=C)


def _slopes(v: Array, steps: Steps, problem: Problem) -> Array:
    """Derivatives of (q, gamma, C) by the unknowns, as a matrix."""
    k, T = steps.gamma.size, problem.T
    a, b, c = v[: -k - 1], v[-k - 1 : -1], v[-1]
    n = a.size
    share = 1 / (1 + np.exp(-a))
    g = np.cumsum(np.exp(b))
    matrix = np.zeros((n + k + 1, n + k + 1))
    matrix[:n, :n] = np.tril(np.outer(1 - steps.q[-n:] if n else a, share))
    matrix[n:-1, n:-1] = np.tril(np.outer(1 / (1 + T * g) ** 2, np.exp(b)))
    matrix[-1, :n] = -steps.C * share
    matrix[-1, -1] = steps.C / (1 + T * math.exp(c))
    return matrix


def _weights(steps: Steps, problem: Problem) -> Array:
    """What the defects are to be multiplied with to give the derivatives of F by (q, gamma, C)."""
    xi, T, gamma = problem.xi, problem.T, steps.gamma
    first = 1 if problem.pinned else 0
    by_q = 0.5 * xi.curvature(steps.q) * np.diff(gamma, prepend=0.0)
    by_C = -0.5 * xi.curvature(1 - T * steps.C) * (1 - T * gamma[-1]) * T
    return np.concatenate([by_q[first:], np.ones(gamma.size), [by_C]])


def _raw_defect(steps: Steps, value: Value, problem: Problem) -> Array:
    first = 1 if problem.pinned else 0
    return np.concatenate([(steps.q - value.m2)[first:], value.F_gamma, [value.C - steps.C]])


def _defect(steps: Steps, value: Value, problem: Problem) -> Array:
    """Defects of the equations relative to the scales of overlaps, of F_gamma and of C."""
    raw = _raw_defect(steps, value, problem)
    scale = np.ones(raw.size)
    k = steps.gamma.size
    scale[-k - 1 : -1] = np.diff(problem.xi.theta(np.append(steps.q, 1 - problem.T * steps.C)))
    scale[-1] = steps.C
    scale[: -k - 1] = steps.q[1 if problem.pinned else 0 :]
    return raw / scale


def _gradient(v: Array, steps: Steps, value: Value, problem: Problem) -> Array:
    return (_weights(steps, problem) * _raw_defect(steps, value, problem)) @ _slopes(v, steps, problem)


def _to_gradient(v: Array, steps: Steps, problem: Problem) -> Array:
    """Matrix that turns relative defects into the gradient by the unknowns."""
    k = steps.gamma.size
    scale = np.ones(v.size)
    scale[-k - 1 : -1] = np.diff(problem.xi.theta(np.append(steps.q, 1 - problem.T * steps.C)))
    scale[-1] = steps.C
    scale[: -k - 1] = steps.q[1 if problem.pinned else 0 :]
    return _slopes(v, steps, problem).T * (_weights(steps, problem) * scale)


def _curvature(root: "_Root", k: int, problem: Problem) -> float:
    """Smallest eigenvalue of the second derivatives; C is no variable of the functional at T = 0."""
    hessian = _to_gradient(root.v, unpack(root.v, k, problem), problem) @ root.jacobian
    size = len(hessian) - (problem.T == 0)
    return float(linalg.eigvalsh(0.5 * (hessian + hessian.T)[:size, :size])[0])


@dataclass(frozen=True)
class _Root:
    v: Array
    residual: float
    jacobian: Array


def _newton(defect: Callable[[Array], Array], slopes: Callable[[Array], Array], v: Array) -> _Root:
    """Newton's method, backtracking where a step does not lower the largest defect, until no step does."""
    value, size = defect(v), math.inf
    for _ in range(_NEWTON_STEPS):
        size = float(np.abs(value).max())
        jacobian = slopes(v)
        step = np.linalg.lstsq(jacobian, -value, rcond=1e-14)[0]
        step *= min(1.0, 2.0 / float(np.abs(step).max() + 1e-300))
        for shorter in (1.0, 0.5, 0.25, 0.1, 0.03):
            new = _attempt(defect, v + shorter * step)
            if np.abs(new).max() < size:
                break
        else:
            return _Root(v, size, jacobian)
        v, value = v + shorter * step, new
        if size < 1e-8:  # the last step was quadratic and reached rounding
            return _Root(v, float(np.abs(value).max()), jacobian)
    return _Root(v, float(np.abs(value).max()), jacobian)


def _attempt(defect: Callable[[Array], Array], v: Array) -> Array:
    try:
        return defect(v)
    except (Unresolved, FloatingPointError):
        return np.array([math.inf])


def _jacobian(defect: Callable[[Array], Array], v: Array, step: float = 1e-5) -> Array:
    """By central differences."""
    shifts = step * np.eye(v.size)
    return np.array([(defect(v + shift) - defect(v - shift)) / (2 * step) for shift in shifts]).T
