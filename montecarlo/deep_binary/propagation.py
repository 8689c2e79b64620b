r"""Propagation of data through a network of random binary weights, and of gradients back.

A layer has weights ±1 of means :math:`\mu_{ji}` and variances :math:`\sigma_{ji}^2`, from n units j to units i. A sum
of many of them is a Gaussian field, which is drawn instead of the weights, for each unit and example anew [1]_, [2]_:

.. math::

    z_i = \frac{1}{\sqrt n} \sum_j \mu_{ji} a_j + \epsilon_i v_i, \qquad
    v_i^2 = \frac1n \sum_j \sigma_{ji}^2 a_j^2 , \qquad \epsilon_i \sim \mathcal N(0, 1) .

Hidden units are :math:`a = \max(z, 0)`, the outputs are the logits of a softmax, and the loss C is the mean
cross-entropy. Without variances the weights are sharp and the same functions propagate through their network.

References
----------
.. [1] D. P. Kingma, T. Salimans, M. Welling, arXiv:1506.02557, for the local reparametrisation.
.. [2] C. Li, Z. Huang, W. Zou, H. Huang, Phys. Rev. E 108, 014309 (2023), arXiv:2212.02846.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Layers = Sequence[NDArray]
"""One array for each layer of weights."""

SMALLEST = 1e-12
"""Added to the variances of fields, which vanish where all weights are sharp or all units silent."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Passage:
    """What a batch of B examples left in the network.

    Attributes
    ----------
    activities : list of array, each of shape (B, n)
        What entered each layer of weights.
    spreads : list of array, each of shape (B, units)
        Standard deviations v of the fields; none for sharp weights.
    logits : array, shape (B, classes)
        Fields of the outputs.
    """

    activities: list[NDArray]
    spreads: list[NDArray]
    logits: NDArray


def layers(flat: NDArray, widths: Sequence[int]) -> list[NDArray]:
    """Views into a flat array of all weights, of shape (n, units) for each layer."""
    found, end = [], 0
    for n, units in pairwise(widths):
        found.append(flat[end : end + n * units].reshape(n, units))
        end += n * units
    return found


def weight_count(widths: Sequence[int]) -> int:
    """Number of weights between layers of these widths."""
    return sum(n * units for n, units in pairwise(widths))


def draw_noise(generator: np.random.Generator, batch: int, widths: Sequence[int], dtype: np.dtype) -> list[NDArray]:
    """Normal numbers for every unit beyond the inputs and every example."""
    return [generator.standard_normal((batch, units), np.dtype(dtype).type) for units in widths[1:]]


def forward(inputs: NDArray, means: Layers, variances: Layers = (), noise: Layers = ()) -> Passage:
    """Propagate a batch of inputs, shape (B, n); two matrix products a layer, one for sharp weights."""
    activities, spreads = [], []
    a = inputs
    for layer, mean in enumerate(means):
        n = len(mean)
        activities.append(a)
        z = a @ mean
        z /= math.sqrt(n)
        if variances:
            v = (a * a) @ variances[layer]
            v /= n
            v += SMALLEST
            np.sqrt(v, out=v)
            spreads.append(v)
            z += noise[layer] * v
        a = np.maximum(z, 0)
    return Passage(activities=activities, spreads=spreads, logits=z)


def cross_entropy(logits: NDArray, labels: NDArray) -> tuple[float, NDArray]:
    """Mean cross-entropy of the labels and its derivatives by the logits of each example, times their number."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    total = e.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = float(np.mean(np.log(total[:, 0]) - shifted[rows, labels]))
    e /= total
    e[rows, labels] -= 1
    return loss, e


def loss_and_slopes(
    inputs: NDArray,
    labels: NDArray,
    means: Layers,
    variances: Layers = (),
    noise: Layers = (),
    *,
    slopes: Layers,
) -> float:
    r"""Loss of a batch; its total derivatives by the means are written into `slopes`.

    With :math:`\delta_i = \partial C/\partial z_i` and :math:`S_i = \epsilon_i \delta_i/v_i`, and the variance bound to
    the mean by :math:`\sigma^2 = 1 - \mu^2`,

    .. math::

        \frac{dC}{d\mu_{ji}} =
        \Big\langle \frac{\delta_i a_j}{\sqrt n} - S_i a_j^2 \frac{\mu_{ji}}{n} \Big\rangle , \qquad
        \delta_j = \Theta(z_j)
        \Big[ \frac{1}{\sqrt n} \sum_i \mu_{ji} \delta_i + \frac{a_j}{n} \sum_i \sigma_{ji}^2 S_i \Big] ,

    averaged over the batch. For sharp weights (no `variances`) S is zero: these are the slopes at the weights
    themselves, as the straight-through estimator takes them. Four matrix products a layer, two for sharp weights.
    """
    loss = 0.0
    for layer, found, delta, S, a in _backwards(inputs, labels, means, variances, noise):
        loss = found
        n, B = len(means[layer]), len(labels)
        slope = slopes[layer]
        np.matmul(a.T, delta, out=slope)
        slope *= 1 / (math.sqrt(n) * B)
        if S is not None:
            second = (a * a).T @ S
            second *= means[layer]
            second *= 1 / (n * B)
            slope -= second
    return loss


def squared_slopes(inputs: NDArray, labels: NDArray, means: Layers, variances: Layers, noise: Layers) -> list[NDArray]:
    r"""Squares of the derivatives by the means of each example's loss, summed over the examples.

    The square of an example's derivative, see `loss_and_slopes`, is
    :math:`\delta^2 a^2/n - 2\delta S a^3 \mu/n^{3/2} + S^2 a^4 \mu^2/n^2`: three matrix products a layer instead of a
    loop over the examples.
    """
    out: list[NDArray] = [np.empty(0)] * len(means)
    for layer, _, delta, S, a in _backwards(inputs, labels, means, variances, noise):
        n, mean, a2 = len(means[layer]), means[layer], a * a
        square = a2.T @ (delta * delta) / n
        if S is not None:
            square -= (a2 * a).T @ (delta * S) * mean * (2 / n**1.5)
            square += (a2 * a2).T @ (S * S) * (mean / n) ** 2
        out[layer] = square
    return out


def _backwards(
    inputs: NDArray, labels: NDArray, means: Layers, variances: Layers, noise: Layers
) -> Iterator[tuple[int, float, NDArray, NDArray | None, NDArray]]:
    """From the last layer to the first: its number, the loss, δ and S of every example, and what entered it."""
    passage = forward(inputs, means, variances, noise)
    loss, delta = cross_entropy(passage.logits, labels)
    for layer in reversed(range(len(means))):
        a = passage.activities[layer]
        S = noise[layer] * delta / passage.spreads[layer] if variances else None
        yield layer, loss, delta, S, a
        if layer:
            n = len(means[layer])
            back = delta @ means[layer].T
            back *= 1 / math.sqrt(n)
            if S is not None:
                back += a * (S @ variances[layer].T) * (1 / n)
            back *= a > 0
            delta = back
