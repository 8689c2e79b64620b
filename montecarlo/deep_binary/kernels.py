"""Kernels of deep binary networks: what is done to every weight of all layers, in one pass each.

All weights of a network are one flat array of float32 or float64, as are the others that go with it. Numbers have the
type of the arrays, and division by zero is NumPy's: a pass then takes several weights at a time, 0.3 to 0.9 ns for a
weight of float32, a tenth of what it takes in double precision with Python's division.

Adam is that of Kingma and Ba [1]_ with the decays 0.9 and 0.99 and ε = 1e-8; the corrections of its averages for their
start at zero are in the step and in the factor of the squares that are passed.

References
----------
.. [1] D. P. Kingma, J. Ba, arXiv:1412.6980.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

DECAYS = (0.9, 0.99)
"""Decays of Adam's averages of gradients and of their squares."""

EPSILON = 1e-8
"""Added to the root of the latter: weights whose gradients are smaller hardly move."""

FAST: dict[str, Any] = {"cache": True, "error_model": "numpy"}


def moments(theta: NDArray, beta: float, mean: NDArray, variance: NDArray) -> None:
    r"""Mean :math:`\mu = \tanh\beta\theta` and variance :math:`1 - \mu^2` of binary weights in the fields θ, in place.

    The variance is :math:`4e/(1+e)^2` with :math:`e = e^{-2\beta|\theta|}`, which stays positive where
    :math:`1 - \mu^2` has no digit left.
    """
    np.abs(theta, out=variance)
    variance *= -2 * beta
    np.exp(variance, out=variance)
    _moments_of_exponentials(theta, mean, variance)


@njit(**FAST)
def _moments_of_exponentials(theta: NDArray, mean: NDArray, variance: NDArray) -> None:
    """Means and variances from the exponentials e that `variance` holds. 0.5 ns a weight."""
    one = theta.dtype.type(1)
    four = theta.dtype.type(4)
    for k in range(theta.size):
        e = variance[k]
        mean[k] = np.copysign((one - e) / (one + e), theta[k])
        variance[k] = four * e / ((one + e) * (one + e))


@njit(**FAST)
def add_divergence(
    slope: NDArray, theta: NDArray, variance: NDArray, prior: NDArray, beta: float, weight: float
) -> None:
    r"""Make of slopes by the means those by θ, :math:`\beta\sigma^2 [\partial C/\partial\mu + w (\beta\theta - h)]`.

    The second term is that of the Kullback–Leibler divergence from the law in the fields h. 0.2 ns a weight.
    """
    beta, weight = theta.dtype.type(beta), theta.dtype.type(weight)
    for k in range(theta.size):
        slope[k] = beta * variance[k] * (slope[k] + weight * (beta * theta[k] - prior[k]))


@njit(**FAST)
def add_penalty(slope: NDArray, theta: NDArray, stiffness: NDArray, pull: NDArray) -> None:
    """Add the slopes kθ - p of a quadratic penalty of stiffness k that is least at p/k. 0.2 ns a weight."""
    for k in range(theta.size):
        slope[k] += stiffness[k] * theta[k] - pull[k]


@njit(**FAST)
def adam_step(theta: NDArray, slope: NDArray, first: NDArray, second: NDArray, step: float, factor: float) -> None:
    """Adam's step down the slopes, in place. 0.4 ns a weight."""
    real = theta.dtype.type
    one, epsilon, a, b = real(1), real(EPSILON), real(DECAYS[0]), real(DECAYS[1])
    step, factor = real(step), real(factor)
    for k in range(theta.size):
        first[k] = a * first[k] + (one - a) * slope[k]
        second[k] = b * second[k] + (one - b) * slope[k] * slope[k]
        theta[k] -= step * first[k] / (np.sqrt(second[k] * factor) + epsilon)


@njit(**FAST)
def metaplastic_step(
    theta: NDArray, slope: NDArray, plasticity: NDArray, first: NDArray, second: NDArray, step: float, factor: float
) -> None:
    """As `adam_step`, but a step towards zero is multiplied by the plasticity of the weight. 0.4 ns a weight."""
    real = theta.dtype.type
    zero, one, epsilon, a, b = real(0), real(1), real(EPSILON), real(DECAYS[0]), real(DECAYS[1])
    step, factor = real(step), real(factor)
    for k in range(theta.size):
        first[k] = a * first[k] + (one - a) * slope[k]
        second[k] = b * second[k] + (one - b) * slope[k] * slope[k]
        change = step * first[k] / (np.sqrt(second[k] * factor) + epsilon)
        theta[k] -= change * plasticity[k] if change * theta[k] > zero else change
