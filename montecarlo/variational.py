r"""Tasks of a variational perceptron at finite N: data, free energy with its gradient, and its minimisation.

The free energy of `statmech.ContinualPerceptron`, in the fields :math:`\theta`, with
:math:`a_\mu = y_\mu\sum_i X_i^\mu m_i`, :math:`S = \sum_i (1-m_i^2)`, :math:`t_\mu = a_\mu/\sqrt S` and the hazard
:math:`R = \Phi'/\Phi`, has the gradient

.. math::

    \frac{\partial F}{\partial\theta_i} = (1-m_i^2)\Bigl[-\sum_\mu R(t_\mu)\Bigl(\frac{y_\mu X_i^\mu}{\sqrt S}
        + \frac{m_i a_\mu}{S^{3/2}}\Bigr) + \gamma(\theta_i-\theta^0_i)\Bigr] .
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import log_ndtr

from statmech.models import ContinualPerceptron
from statmech.streams import substream

Array = NDArray[np.float64]

TEACHERS, PATTERNS, STATES = 0, 1, 2
"""Labels of the streams of a sample."""
SMALL = 0.01
"""Standard deviation of the fields that minimisation begins with."""
CERTAIN = 1e-12
"""Sum of variances below which no field is resolved: a corner."""


@dataclass(frozen=True)
class Task:
    """A task: patterns times labels, shape (P, N), teacher and weight of the Kullback–Leibler term."""

    Y: Array
    teacher: Array
    gamma: float


def draw_tasks(model: ContinualPerceptron, N: int, stream: np.random.SeedSequence) -> list[Task]:
    """The tasks of one sample, one or two: teachers that differ in exactly ``model.flips(N)`` bits, fair patterns.

    With odd N no field of a teacher vanishes; where one does, the label is +1.
    """
    generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, TEACHERS)))
    teacher = generator.choice([-1.0, 1.0], N)
    other = teacher.copy()
    other[generator.permutation(N)[: model.flips(N)]] *= -1
    tasks = []
    for k, (P, B, gamma) in enumerate(
        zip(model.patterns(N), (teacher, other), (model.gamma1, model.gamma2), strict=True)
    ):
        if k == 1 and model.alpha2 == 0:
            break
        signs = np.random.Generator(np.random.PCG64DXSM(substream(stream, PATTERNS, k)))
        X = signs.integers(0, 2, (P, N), np.int8) * 2.0 - 1.0
        tasks.append(Task(X * np.where(X @ B >= 0, 1.0, -1.0)[:, None], B, gamma))
    if len(tasks) == 1:
        tasks.append(Task(np.empty((0, N)), other, 0.0))
    return tasks


def free_energy(theta: Array, task: Task, prior: Array) -> tuple[float, Array]:
    """F of the fields, and its gradient."""
    m = np.tanh(theta)
    variance = 1 / np.cosh(np.clip(theta, -350, 350)) ** 2
    S = max(float(variance.sum()), CERTAIN)
    a = task.Y @ m
    t = a / math.sqrt(S)
    log = log_ndtr(t)
    R = np.exp(-0.5 * t * t - 0.5 * math.log(2 * math.pi) - log)
    change = theta - prior
    divergence = change * m - np.logaddexp(theta, -theta) + np.logaddexp(prior, -prior)
    slope = -(R @ task.Y) / math.sqrt(S) - m * float(R @ a) / S**1.5 + task.gamma * change
    return float(-log.sum() + task.gamma * divergence.sum()), variance * slope


@dataclass(frozen=True)
class Minimum:
    """Where a minimisation ended: fields, free energy, evaluations, and whether it is a minimum."""

    theta: Array
    F: float
    evaluations: int
    converged: bool


def minimise(task: Task, prior: Array, start: Array) -> Minimum:
    """Minimise the free energy over the fields by a quasi-Newton method (L-BFGS) on all patterns."""
    found = optimize.minimize(
        free_energy, start, (task, prior), method="L-BFGS-B", jac=True,
        options={"maxiter": 5000, "maxfun": 10000, "ftol": 1e-12, "gtol": 1e-5, "maxcor": 20},
    )  # fmt: skip
    return Minimum(found.x, float(found.fun), int(found.nfev), bool(np.max(np.abs(found.jac)) < 1e-4))


@njit(cache=True)
def _hazard(t):  # type: ignore[no-untyped-def]
    """The hazard Phi'/Phi at t."""
    if t > -30.0:
        return 0.7978845608028654 * math.exp(-0.5 * t * t) / math.erfc(-t * 0.7071067811865476)
    s = 1.0 / (t * t)
    return -t / (1.0 - s * (1.0 - 3.0 * s * (1.0 - 5.0 * s)))


@njit(cache=True)
def sgd_epoch(Y, order, theta, prior, gamma, batch, rate, decay1, decay2, first, second, step):  # type: ignore[no-untyped-def]
    """One epoch of Adam on mini-batches; a pattern costs O(N), a batch O(N) more.

    Parameters
    ----------
    Y : array, shape (P, N)
        Patterns times labels.
    order : array of int, shape (P,)
        Order in which they are seen.
    theta : array, shape (N,)
        Fields, changed in place.
    prior : array, shape (N,)
        Fields of the prior.
    gamma : float
        Weight of the Kullback–Leibler term, of which a batch has its share.
    batch : int
        Patterns in a batch.
    rate, decay1, decay2 : float
        Step, and decay of the averages of the gradient and of its square.
    first, second : array, shape (N,)
        These averages, changed in place.
    step : int
        Batches seen before.

    Returns
    -------
    int
        Batches seen now.
    """
    P, N = Y.shape
    m, slope = np.empty(N), np.empty(N)
    for begin in range(0, P, batch):
        end = min(begin + batch, P)
        S = 0.0
        for i in range(N):
            m[i] = math.tanh(theta[i])
            S += 1.0 - m[i] * m[i]
            slope[i] = gamma * (theta[i] - prior[i]) * (end - begin) / P
        root = math.sqrt(max(S, CERTAIN))
        common = 0.0
        for k in range(begin, end):
            row = order[k]
            a = 0.0
            for i in range(N):
                a += Y[row, i] * m[i]
            R = _hazard(a / root)
            common += R * a
            pull = R / root
            for i in range(N):
                slope[i] -= pull * Y[row, i]
        common /= root**3
        step += 1
        scale1, scale2 = 1.0 - decay1**step, 1.0 - decay2**step
        for i in range(N):
            g = (1.0 - m[i] * m[i]) * (slope[i] - common * m[i])
            first[i] = decay1 * first[i] + (1.0 - decay1) * g
            second[i] = decay2 * second[i] + (1.0 - decay2) * g * g
            theta[i] -= rate * (first[i] / scale1) / (math.sqrt(second[i] / scale2) + 1e-8)
    return step


def descend_sgd(
    task: Task,
    prior: Array,
    start: Array,
    stream: np.random.SeedSequence,
    *,
    epochs: int = 500,
    batch: int = 64,
    rate: float = 0.02,
) -> Minimum:
    """Minimise the free energy on mini-batches by Adam, the rate annealed to zero along half a cosine.

    Without a weight decay on the fields, which would be another prior.
    """
    theta = start.copy()
    first, second = np.zeros((2, len(theta)))
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    step = 0
    for epoch in range(epochs):
        now = 0.5 * rate * (1 + math.cos(math.pi * epoch / epochs))
        order = generator.permutation(len(task.Y))
        step = sgd_epoch(task.Y, order, theta, prior, task.gamma, batch, now, 0.9, 0.999, first, second, step)
    F, slope = free_energy(theta, task, prior)
    return Minimum(theta, F, epochs, bool(np.max(np.abs(slope)) < 0.05))
