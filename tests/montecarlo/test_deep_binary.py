"""Deep binary networks: gradients against finite differences, moments and optimiser against their definitions."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special

from montecarlo.deep_binary import Elastic, Metaplastic, Variational, teacher_tasks
from montecarlo.deep_binary.kernels import adam_step, add_divergence, add_penalty, metaplastic_step, moments
from montecarlo.deep_binary.methods import (
    Clock,
    Network,
    consolidation,
    divergence,
    end_task,
    field_slopes,
    importance,
    inverse_temperature,
    learn_batch,
    new_network,
)
from montecarlo.deep_binary.propagation import (
    cross_entropy,
    draw_noise,
    forward,
    layers,
    loss_and_slopes,
    squared_slopes,
    weight_count,
)

WIDTHS = (7, 5, 4, 3)


@pytest.fixture
def drawn(seed):
    """Fields of the weights, a batch, and noise, in double precision."""
    generator = np.random.default_rng(seed)
    theta = generator.normal(size=weight_count(WIDTHS))
    inputs = generator.choice([-1.0, 1.0], (6, WIDTHS[0])) * generator.uniform(0.5, 1.5, (6, WIDTHS[0]))
    labels = generator.integers(0, WIDTHS[-1], 6)
    return theta, inputs, labels, draw_noise(generator, 6, WIDTHS, np.float64)


def loss(theta, beta, inputs, labels, noise):
    mean = np.tanh(beta * theta)
    passage = forward(inputs, layers(mean, WIDTHS), layers(1 - mean**2, WIDTHS), noise)
    return cross_entropy(passage.logits, labels)[0]


def finite_differences(function, theta, h=1e-5):
    return np.array([(function(theta + h * e) - function(theta - h * e)) / (2 * h) for e in np.eye(len(theta))])


@pytest.mark.parametrize("beta", [1.0, 2.5])
def test_slopes_of_every_weight_at_fixed_noise(drawn, beta):
    theta, inputs, labels, noise = drawn
    mean, variance, slope = (np.empty_like(theta) for _ in range(3))
    moments(theta, beta, mean, variance)
    of_layers = (layers(mean, WIDTHS), layers(variance, WIDTHS), noise)
    found = loss_and_slopes(inputs, labels, *of_layers, slopes=layers(slope, WIDTHS))
    assert found == pytest.approx(loss(theta, beta, inputs, labels, noise), rel=1e-12)
    prior = np.sin(np.arange(theta.size))
    plain = slope.copy()
    add_divergence(slope, theta, variance, prior, beta, 0.0)
    exact = finite_differences(lambda t: loss(t, beta, inputs, labels, noise), theta)
    np.testing.assert_allclose(slope, exact, atol=2e-9)
    with_prior = plain.copy()
    add_divergence(with_prior, theta, variance, prior, beta, 0.3)
    exact += 0.3 * finite_differences(lambda t: divergence(beta * t, prior), theta)
    np.testing.assert_allclose(with_prior, exact, atol=2e-9)
    stiffness, pull = np.cos(prior), np.cos(prior) * prior
    add_penalty(with_prior, theta, stiffness, pull)
    exact += finite_differences(lambda t: np.sum(stiffness * (t - prior) ** 2) / 2, theta)
    np.testing.assert_allclose(with_prior, exact, atol=4e-9)


def test_slopes_of_sharp_weights(drawn):
    theta, inputs, labels, _ = drawn
    slope = np.empty_like(theta)
    loss_and_slopes(inputs, labels, layers(theta, WIDTHS), slopes=layers(slope, WIDTHS))

    def at(weights):
        return cross_entropy(forward(inputs, layers(weights, WIDTHS)).logits, labels)[0]

    np.testing.assert_allclose(slope, finite_differences(at, theta), atol=2e-9)


def test_squared_slopes_are_those_of_every_example(drawn):
    theta, inputs, labels, noise = drawn
    mean = np.tanh(theta)
    means, variances = layers(mean, WIDTHS), layers(1 - mean**2, WIDTHS)
    one, total = np.empty_like(theta), np.zeros_like(theta)
    for b in range(len(labels)):
        row = slice(b, b + 1)
        alone = [eps[row] for eps in noise]
        loss_and_slopes(inputs[row], labels[row], means, variances, alone, slopes=layers(one, WIDTHS))
        total += one**2
    squares = squared_slopes(inputs, labels, means, variances, noise)
    np.testing.assert_allclose(np.concatenate([square.ravel() for square in squares]), total, rtol=1e-10)


def test_fields_have_the_moments_of_sums_of_binary_weights(seed):
    """First layer of a network: mean and variance over drawn weights, and over drawn noise."""
    generator = np.random.default_rng(seed)
    theta, a = generator.normal(size=(40, 3)), generator.normal(size=(1, 40))
    mean = np.tanh(theta)
    weights = np.where(generator.random((20_000, 40, 3)) < (1 + mean) / 2, 1.0, -1.0)
    sums = np.einsum("j,kji->ki", a[0], weights) / np.sqrt(40)
    noise = [generator.standard_normal((20_000, 3))]
    passage = forward(np.repeat(a, 20_000, axis=0), [mean], [1 - mean**2], noise)
    np.testing.assert_allclose(sums.mean(0), passage.logits.mean(0), atol=5 * np.sqrt(2 / 20_000))
    np.testing.assert_allclose(sums.var(0), passage.spreads[0][0] ** 2, rtol=5 * np.sqrt(2 / 20_000))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_moments_keep_their_digits_at_large_fields(dtype):
    theta = np.array([-30.0, -9.0, -0.5, 0.0, 1e-3, 3.0, 12.0, 40.0], dtype)
    mean, variance = np.empty_like(theta), np.empty_like(theta)
    moments(theta, 1.0, mean, variance)
    tolerance = 50 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(mean, np.tanh(theta.astype(float)), atol=tolerance)
    exact = 4 * special.expit(2 * theta.astype(float)) * special.expit(-2 * theta.astype(float))
    np.testing.assert_allclose(variance, exact, rtol=tolerance)
    assert np.all(variance > 0)


def test_adam_is_that_of_its_definition(seed):
    generator = np.random.default_rng(seed)
    theta = generator.normal(size=5)
    slopes = generator.normal(size=(4, 5))
    network = new_network((5, 1), 1.0, np.random.SeedSequence(1), np.float64)
    network.theta[:] = theta
    m = v = np.zeros(5)
    for t, g in enumerate(slopes, 1):
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        theta = theta - 0.02 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
        adam_step(network.theta, g, network.first, network.second, 0.02 / (1 - 0.9**t), 1 / (1 - 0.99**t))
    np.testing.assert_allclose(network.theta, theta, rtol=1e-12)


def test_metaplastic_steps_are_short_towards_zero_and_whole_away_from_it():
    theta = np.array([2.0, 2.0, -2.0, -2.0])
    slope = np.array([1.0, -1.0, 1.0, -1.0])
    after, plasticity = theta.copy(), np.full(4, 0.25)
    metaplastic_step(after, slope, plasticity, np.zeros(4), np.zeros(4), 0.1 / 0.1, 1 / 0.01)
    np.testing.assert_allclose(after - theta, [-0.025, 0.1, -0.1, 0.025], rtol=1e-6)


def batch(N=51):
    (task,) = teacher_tasks(N=N, hidden=1, examples=60, tests=1, r0=0.0, tasks=1, stream=np.random.SeedSequence(5))
    return task


def learnt(method, steps, task=None, fractions=None):
    """A network after some steps on the same batch, all θ before each of them, and the losses."""
    task = task or batch()
    network = new_network((task.N, 8, 2), method.start, np.random.SeedSequence(1), np.float64)
    generator, thetas, losses = np.random.default_rng(2), [], []
    for k in range(steps):
        fraction = 0.0 if fractions is None else fractions[k]
        thetas.append(network.theta.copy())
        clock = Clock(step=k + 1, fraction=fraction, examples=len(task.labels))
        losses.append(learn_batch(method, network, task.inputs.astype(float), task.labels, clock, generator))
    return network, thetas, losses


@pytest.mark.parametrize("method", [Variational(prior="none", rate=0.05), Elastic(rate=0.05), Metaplastic(m=2.0)])
def test_methods_learn_a_batch(method):
    *_, losses = learnt(method, 60)
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])


def test_the_prior_of_the_task_before_holds_back():
    """A strong one brings θ back to the fields of the prior, whatever the data say."""
    free, tied = (learnt(Variational(gamma=gamma, rate=0.02), 300)[0] for gamma in (0.0, 1e4))
    assert np.abs(tied.theta).max() < 0.1 < np.abs(free.theta).max()
    method = Variational(rate=0.02)
    network, *_ = learnt(method, 20)
    end_task(method, network, batch(), 0.0, np.random.default_rng(1))
    np.testing.assert_array_equal(network.prior, network.theta)
    assert not network.first.any()
    assert not network.second.any()


def test_the_prior_of_the_step_before_is_that():
    method = Variational(prior="step", beta=2.0, annealed=True)
    fractions = [0.0, 0.2, 0.4]
    network, thetas, _ = learnt(method, 3, fractions=fractions)
    np.testing.assert_allclose(network.prior, inverse_temperature(method, 0.4) * thetas[-1], rtol=1e-12)
    same, strong = (learnt(Variational(prior="step", gamma=gamma), 1)[0].theta for gamma in (0.0, 1e6))
    np.testing.assert_array_equal(same, strong)


def test_beta_grows_with_the_fraction_of_all_epochs():
    assert inverse_temperature(Variational(beta=3.0), 0.7) == 3.0
    assert inverse_temperature(Variational(beta=10.0, annealed=True), 0.5) == pytest.approx(10 * np.tanh(1.1))
    assert inverse_temperature(Elastic(), 0.5) == 1.0
    theta = np.array([0.3, -2.0])
    np.testing.assert_allclose(consolidation(Metaplastic(m=3.0), theta, 0.5), 3 * theta)
    np.testing.assert_allclose(consolidation(Variational(beta=2.0), theta, 0.5), 2 * theta)


def test_a_constant_beta_is_a_scale():
    """β and the rate times a factor, θ over it, learn the same, but for Adam's ε."""
    one, other = Variational(rate=0.02, gamma=0.1), Variational(rate=0.005, gamma=0.1, beta=4.0, start=0.25)
    np.testing.assert_allclose(learnt(one, 20)[0].theta, 4 * learnt(other, 20)[0].theta, atol=2e-5)


def test_importance_is_the_empirical_fisher_or_the_variance():
    task, method = batch(), Elastic(strength=3.0)
    network, *_ = learnt(method, 10)
    moments(network.theta, 1.0, network.mean, network.variance)
    np.testing.assert_allclose(
        importance(replace(method, importance="variance"), network, task, np.random.default_rng(1)),
        (1 - np.tanh(network.theta) ** 2) / 60,
        rtol=1e-9,
    )
    fisher = importance(method, network, task, np.random.default_rng(1))
    noise = draw_noise(np.random.default_rng(1), 60, network.widths, np.float64)
    total, slope = np.zeros_like(fisher), np.empty_like(fisher)
    for b in range(60):
        row = slice(b, b + 1)
        loss_and_slopes(
            task.inputs[row].astype(float), task.labels[row], layers(network.mean, network.widths),
            layers(network.variance, network.widths), [eps[row] for eps in noise],
            slopes=layers(slope, network.widths),
        )  # fmt: skip
        total += (slope * network.variance) ** 2
    np.testing.assert_allclose(fisher, total / 60, rtol=1e-4)
    end_task(method, network, task, 0.0, np.random.default_rng(1))
    np.testing.assert_allclose(network.stiffness, 3 * fisher)
    np.testing.assert_allclose(network.pull, 3 * fisher * network.theta)


def test_single_precision_learns_the_same(seed):
    task = batch()
    slopes = []
    for dtype in (np.float32, np.float64):
        network = new_network((task.N, 8, 2), 1.0, np.random.SeedSequence(1), dtype)
        network.theta[:] = new_network((task.N, 8, 2), 1.0, np.random.SeedSequence(1)).theta
        noise = [np.ones((60, units), dtype) for units in network.widths[1:]]
        moments(network.theta, 1.0, network.mean, network.variance)
        loss_and_slopes(
            task.inputs.astype(dtype), task.labels, layers(network.mean, network.widths),
            layers(network.variance, network.widths), noise, slopes=layers(network.slope, network.widths),
        )  # fmt: skip
        assert network.slope.dtype == dtype
        slopes.append(network.slope)
    np.testing.assert_allclose(*slopes, atol=2e-6)


def test_slopes_at_new_fields_average_to_those_of_all_fields(seed):
    """The means of two halves of the draws agree within their errors."""
    task = batch()
    network = new_network((task.N, 8, 2), 1.0, np.random.SeedSequence(1), np.float64)
    generator = np.random.default_rng(seed)
    drawn = []
    for _ in range(400):
        field_slopes(network, 1.0, task.inputs.astype(float), task.labels, generator)
        drawn.append(network.slope.copy())
    first, second = np.split(np.array(drawn), 2)
    error = np.sqrt((first.var(0) + second.var(0)) / 200)
    assert np.sqrt(np.mean(((first.mean(0) - second.mean(0)) / error) ** 2)) < 1.3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Variational(rate=0.0), "rate = 0.0 is not allowed"),
        (lambda: Variational(prior="first"), "prior = 'first' is not allowed: prior must be one of 'task', 'step'"),
        (lambda: Variational(gamma=-1.0), "gamma = -1.0 is not allowed"),
        (lambda: Variational(beta=0.0), "beta = 0.0 is not allowed"),
        (lambda: Elastic(importance="hessian"), "importance = 'hessian' is not allowed"),
        (lambda: Elastic(strength=-1.0), "strength = -1.0 is not allowed"),
        (lambda: Metaplastic(m=-1.0), "m = -1.0 is not allowed"),
        (lambda: Metaplastic(start=0.0), "start = 0.0 is not allowed"),
    ],
)
def test_what_is_no_method_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_only_methods_learn():
    network = Network(**{name: np.zeros(0) for name in Network.__dataclass_fields__})
    with pytest.raises(TypeError, match="it must be Variational, Elastic or Metaplastic"):
        learn_batch("adam", network, np.zeros((1, 1)), np.zeros(1, int), Clock(step=1, fraction=0.0, examples=1), None)
