r"""Ways for a network of binary weights to learn one task after another.

`Variational`
    The weights have the law :math:`Q(w) = \prod e^{\beta\theta w}/2\cosh\beta\theta`, and the loss is that of the
    Gaussian fields of `montecarlo.deep_binary.propagation` plus a Kullback–Leibler divergence from an earlier law.
`Elastic`
    The same fields, with a quadratic penalty for leaving the θ at which earlier tasks ended.
`Metaplastic`
    Weights sign θ, learnt by the straight-through estimator; steps towards zero are the shorter the larger θ.

All descend by Adam, whose averages start afresh with every task.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from numpy.typing import NDArray

from montecarlo.deep_binary.kernels import DECAYS, adam_step, add_divergence, add_penalty, metaplastic_step, moments
from montecarlo.deep_binary.propagation import draw_noise, layers, loss_and_slopes, squared_slopes, weight_count
from montecarlo.deep_binary.tasks import Task
from statmech.checks import check_choice, check_real

PRIORS = ("task", "step", "none")
IMPORTANCES = ("fisher", "variance")


@dataclass(frozen=True, kw_only=True)
class Variational:
    r"""Minimise the variational free energy, :math:`C + w\, D(Q_\theta \| Q_\text{prior})` per example.

    With :math:`h` the fields :math:`\beta\theta` of the prior and :math:`\mu = \tanh\beta\theta`,

    .. math::

        D = \sum \big[(\beta\theta - h)\mu - \ln 2\cosh\beta\theta + \ln 2\cosh h\big] , \qquad
        \frac{\partial D}{\partial\theta} = \beta (1 - \mu^2)(\beta\theta - h) .

    Attributes
    ----------
    rate : float
        Adam's step.
    prior : str
        ``"task"``: the law at the end of the task before, uniform before the first, and :math:`w = \gamma/n` with n the
        examples of the task, so that γ = 1 is Bayes' rule. ``"step"``: the law one step earlier, and
        :math:`w = \gamma/B` with B the examples of the step: what is resisted is the last step. ``"none"``: γ is not
        used.
    gamma : float
        Strength of the divergence.
    beta : float
        β; without annealing it is a scale of θ: β and the rate times any factor, and θ over it, are the same but for
        where θ starts.
    annealed : bool
        Whether β grows, :math:`\beta \tanh(0.1 + 2t)` with t the fraction of all epochs of all tasks that is over.
    start : float
        θ is uniform between -start and start before learning.

    References
    ----------
    .. [1] C. V. Nguyen, Y. Li, T. D. Bui, R. E. Turner, arXiv:1710.10628, for the prior of the task before.
    .. [2] C. Li, Z. Huang, W. Zou, H. Huang, Phys. Rev. E 108, 014309 (2023), arXiv:2212.02846, for binary weights.
    """

    rate: float = 0.01
    prior: str = "task"
    gamma: float = 1.0
    beta: float = 1.0
    annealed: bool = False
    start: float = 1.0

    def __post_init__(self) -> None:
        check_real("rate", self.rate, low=0.0, open_low=True)
        check_choice("prior", self.prior, PRIORS)
        check_real("gamma", self.gamma, low=0.0)
        check_real("beta", self.beta, low=0.0, open_low=True)
        check_real("start", self.start, low=0.0, open_low=True)


@dataclass(frozen=True, kw_only=True)
class Elastic:
    r"""Elastic weight consolidation: :math:`\frac\lambda2 \sum_t \sum F^t (\theta - \theta^t)^2` is added to the loss.

    Attributes
    ----------
    rate : float
        Adam's step.
    importance : str
        What F is at the end :math:`\theta^t` of task t: ``"fisher"``, the mean square over its examples of the
        derivative of the log-likelihood of their labels, each at fields drawn anew; ``"variance"``,
        :math:`(1 - \mu^2)/n` with n the examples of the task, the curvature of the divergence from the law of then.
    strength : float
        λ; at 1 both are expansions of Bayes' rule.
    start : float
        θ is uniform between -start and start before learning.

    References
    ----------
    .. [1] J. Kirkpatrick et al., PNAS 114, 3521 (2017), with a penalty for each task.
    """

    rate: float = 0.01
    importance: str = "fisher"
    strength: float = 1.0
    start: float = 1.0

    def __post_init__(self) -> None:
        check_real("rate", self.rate, low=0.0, open_low=True)
        check_choice("importance", self.importance, IMPORTANCES)
        check_real("strength", self.strength, low=0.0)
        check_real("start", self.start, low=0.0, open_low=True)


@dataclass(frozen=True, kw_only=True)
class Metaplastic:
    r"""Straight-through estimator with metaplasticity.

    Adam's step follows the derivative of the loss by the weights at :math:`w = \mathrm{sign}\,\theta`. Where it would
    bring θ nearer to zero it is multiplied by :math:`1 - \tanh^2(m\theta)`.

    Attributes
    ----------
    rate : float
        Adam's step.
    m : float
        Metaplasticity; 0 is the plain estimator.
    start : float
        θ is uniform between -start and start before learning.

    References
    ----------
    .. [1] M. Courbariaux, Y. Bengio, J.-P. David, arXiv:1511.00363.
    .. [2] A. Laborieux, M. Ernoult, T. Hirtzlin, D. Querlioz, Nature Communications 12, 2549 (2021).
    """

    rate: float = 0.01
    m: float = 0.0
    start: float = 0.1

    def __post_init__(self) -> None:
        check_real("rate", self.rate, low=0.0, open_low=True)
        check_real("m", self.m, low=0.0)
        check_real("start", self.start, low=0.0, open_low=True)


Method = Variational | Elastic | Metaplastic


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """Weights of all layers and what goes with them, flat arrays that learning changes in place.

    Attributes
    ----------
    widths : tuple of int
        Inputs, hidden units of each layer, outputs.
    theta : array, shape (weights,)
        Fields of the weights.
    mean, variance : array, shape (weights,)
        Of the weights under the law of the last step; signs, and :math:`1 - \\tanh^2 m\\theta`, for `Metaplastic`.
    slope, first, second : array, shape (weights,)
        Derivatives of the loss by the means, and Adam's averages.
    prior : array, shape (weights,)
        Fields βθ of the prior; for `Metaplastic` room for :math:`\\tanh m\\theta`.
    stiffness, pull : array, shape (weights,)
        Sums of :math:`\\lambda F^t` and of :math:`\\lambda F^t \\theta^t` over the tasks that ended.
    """

    widths: tuple[int, ...]
    theta: NDArray
    mean: NDArray
    variance: NDArray
    slope: NDArray
    first: NDArray
    second: NDArray
    prior: NDArray
    stiffness: NDArray
    pull: NDArray


def new_network(
    widths: Sequence[int], start: float, stream: np.random.SeedSequence, dtype: type = np.float32
) -> Network:
    """A network whose θ are uniform between -start and start."""
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    size = weight_count(widths)
    theta: NDArray = generator.uniform(-start, start, size).astype(dtype)
    names = ("mean", "variance", "slope", "first", "second", "prior", "stiffness", "pull")
    return Network(widths=tuple(widths), theta=theta, **{name: np.zeros_like(theta) for name in names})


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Where learning is: the step of this task from 1, the fraction of all epochs that is over, the task's examples."""

    step: int
    fraction: float
    examples: int


def inverse_temperature(method: Method, fraction: float) -> float:
    """β at a fraction of all epochs; 1 for a method that has none."""
    if not isinstance(method, Variational):
        return 1.0
    return method.beta * math.tanh(0.1 + 2 * fraction) if method.annealed else method.beta


def consolidation(method: Method, theta: NDArray, fraction: float) -> NDArray:
    r"""Fields whose :math:`1 - \tanh^2` is a weight's variance, for `Metaplastic` the factor of its steps to zero."""
    return theta * (method.m if isinstance(method, Metaplastic) else inverse_temperature(method, fraction))


def divergence(fields: NDArray, prior: NDArray) -> float:
    """Kullback–Leibler divergence of the law of binary weights in given fields from that in other fields."""
    logs = np.logaddexp(prior, -prior) - np.logaddexp(fields, -fields)
    return float(np.sum((fields - prior) * np.tanh(fields) + logs))


@singledispatch
def learn_batch(
    method: Method, network: Network, inputs: NDArray, labels: NDArray, clock: Clock, generator: np.random.Generator
) -> float:
    """Change the network by one step on a batch and return the loss before it.

    Raises
    ------
    TypeError
        If `method` is not one of this module's.
    """
    raise TypeError(f"method = {method!r} is not allowed: it must be Variational, Elastic or Metaplastic")


@learn_batch.register
def _learn_variational(
    method: Variational,
    network: Network,
    inputs: NDArray,
    labels: NDArray,
    clock: Clock,
    generator: np.random.Generator,
) -> float:
    beta = inverse_temperature(method, clock.fraction)
    loss = field_slopes(network, beta, inputs, labels, generator)
    fields = beta * network.theta
    if method.prior == "step" and clock.step == 1 and clock.fraction == 0:
        network.prior[:] = fields  # there was no step before the first
    weight = {"task": method.gamma / clock.examples, "step": method.gamma / len(labels), "none": 0.0}[method.prior]
    add_divergence(network.slope, network.theta, network.variance, network.prior, beta, weight)
    _descend(network, method.rate, clock.step)
    if method.prior == "step":
        network.prior[:] = fields
    return loss


@learn_batch.register
def _learn_elastic(
    method: Elastic, network: Network, inputs: NDArray, labels: NDArray, clock: Clock, generator: np.random.Generator
) -> float:
    loss = field_slopes(network, 1.0, inputs, labels, generator)
    add_divergence(network.slope, network.theta, network.variance, network.prior, 1.0, 0.0)
    add_penalty(network.slope, network.theta, network.stiffness, network.pull)
    _descend(network, method.rate, clock.step)
    return loss


@learn_batch.register
def _learn_metaplastic(
    method: Metaplastic,
    network: Network,
    inputs: NDArray,
    labels: NDArray,
    clock: Clock,
    generator: np.random.Generator,
) -> float:
    np.copysign(1, network.theta, out=network.mean)
    views = layers(network.slope, network.widths)
    loss = loss_and_slopes(inputs, labels, layers(network.mean, network.widths), slopes=views)
    moments(network.theta, method.m, network.prior, network.variance)
    metaplastic_step(
        network.theta, network.slope, network.variance, network.first, network.second, *_adam(method.rate, clock.step)
    )
    return loss


def end_task(method: Method, network: Network, task: Task, fraction: float, generator: np.random.Generator) -> None:
    """Keep what the method needs to remember of a task, and let Adam forget."""
    network.first[:] = 0
    network.second[:] = 0
    if isinstance(method, Variational) and method.prior == "task":
        network.prior[:] = inverse_temperature(method, fraction) * network.theta
    if isinstance(method, Elastic):
        stiffness = method.strength * importance(method, network, task, generator)
        network.stiffness[:] += stiffness
        network.pull[:] += stiffness * network.theta


def importance(method: Elastic, network: Network, task: Task, generator: np.random.Generator) -> NDArray:
    """What a task's penalty weighs the weights by, see `Elastic`."""
    moments(network.theta, 1.0, network.mean, network.variance)
    n = len(task.labels)
    if method.importance == "variance":
        return network.variance / n
    means, variances = layers(network.mean, network.widths), layers(network.variance, network.widths)
    total = np.zeros_like(network.theta)
    for low in range(0, n, 500):
        inputs, labels = task.inputs[low : low + 500], task.labels[low : low + 500]
        noise = draw_noise(generator, len(labels), network.widths, network.theta.dtype)
        squares = squared_slopes(inputs, labels, means, variances, noise)
        total += np.concatenate([square.ravel() for square in squares])
    return total * network.variance**2 / n


def field_slopes(
    network: Network, beta: float, inputs: NDArray, labels: NDArray, generator: np.random.Generator
) -> float:
    """Loss of a batch at new fields; the moments at β and its derivatives by the means are in the network's arrays."""
    moments(network.theta, beta, network.mean, network.variance)
    return loss_and_slopes(
        inputs,
        labels,
        layers(network.mean, network.widths),
        layers(network.variance, network.widths),
        draw_noise(generator, len(labels), network.widths, network.theta.dtype),
        slopes=layers(network.slope, network.widths),
    )


def _descend(network: Network, rate: float, count: int) -> None:
    adam_step(network.theta, network.slope, network.first, network.second, *_adam(rate, count))


def _adam(rate: float, count: int) -> tuple[float, float]:
    """Adam's step and factor of the squares at the count-th step, which correct averages that started at zero."""
    return rate / (1 - DECAYS[0] ** count), 1 / (1 - DECAYS[1] ** count)
