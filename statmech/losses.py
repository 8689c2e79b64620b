r"""Hamiltonians of associative memories as loss functions of machine learning: exact identities.

For target vectors :math:`v^\mu` (archetypes, examples or their averages) and spins with :math:`|s|^2 = N`, the overlap
is :math:`n_\mu = v^\mu \cdot s/N` and the squared losses of the spins and of their negative are

.. math::

    L_\pm^\mu = \frac{|v^\mu \mp s|^2}{2N} = \frac12\Bigl(1 + \frac{|v^\mu|^2}{N}\Bigr) \mp n_\mu , \qquad
    n_\mu^2 = \Bigl(\frac{L_+^\mu + L_-^\mu}{2}\Bigr)^2 - L_+^\mu L_-^\mu ,

so that a Hamiltonian that is an even function of the overlaps is one of the losses: where one of the two is small, the
energy is low. For Boolean targets :math:`L_\pm = 1 \mp m_\mu` and :math:`m_\mu^2 = 1 - L_+ L_-`.

Pair energies are such functions for any targets (`pair_energy`). With more than two distinct indices only those of
Boolean targets are (`distinct_energy`): patterns, and examples one by one, as `statmech.UnsupervisedHebbian` stores
them. Of real targets, as the averages in `statmech.SupervisedHebbian`, the sum over distinct indices contains the power
sums :math:`\sum_i (v_i s_i)^k` of all odd k below P, which no loss tells.

References
----------
.. [1] E. Agliari et al., Dense Hebbian neural networks: a replica symmetric picture of supervised learning,
   arXiv:2212.00606.
.. [2] E. Agliari et al., Dense Hebbian neural networks: a replica symmetric picture of unsupervised learning,
   arXiv:2211.14067.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from statmech.checks import check_integer, check_real, check_temperature
from statmech.gaussian import Z_MAX, normal_grid
from statmech.models.dense import check_order, mean_power

Array = NDArray[np.float64]

BOOLEAN = 1e-9
"""Largest difference from 2 of the sum of a state's losses with respect to entries ±1, and to their negative."""


def squared_losses(targets: ArrayLike, spins: ArrayLike) -> tuple[Array, Array]:
    r"""Losses :math:`L_\pm^\mu = |v^\mu \mp s|^2/2N` of configurations with respect to each target.

    Parameters
    ----------
    targets : array_like, shape (K, N)
        Target vectors :math:`v^\mu`, Boolean or real.
    spins : array_like, shape (..., N)
        Configurations ±1.

    Returns
    -------
    plus, minus : numpy.ndarray, shape (..., K)
        The overlap is half their difference, :math:`n_\mu = (L_- - L_+)/2`.
    """
    v = np.asarray(targets, dtype=float)
    s = np.asarray(spins, dtype=float)
    N = v.shape[-1]
    n = s @ v.T / N
    middle = 0.5 * (1.0 + np.sum(v * v, axis=-1) / N)
    return middle - n, middle + n


def supervised_losses(sums: ArrayLike, M: int, spins: ArrayLike) -> Array:
    r"""Loss of supervised learning, on the average of a class's examples: :math:`|\bar\eta^\mu - s|^2/2N`.

    Parameters
    ----------
    sums : array_like, shape (K, N)
        Sums of the examples, :math:`M \bar\eta^\mu`, as `statmech.examples.example_sums` draws them.
    M : int
        Examples of each class.
    spins : array_like, shape (..., N)
        Configurations ±1.

    Returns
    -------
    numpy.ndarray, shape (..., K)
        In the mean over the examples' noise :math:`\frac12(1+R) - \sqrt{R}\, n_\mu` with
        :math:`R = r^2 + (1-r^2)/M` and :math:`n_\mu = \bar\eta^\mu \cdot s/N\sqrt{R}`.
    """
    return squared_losses(np.asarray(sums, dtype=float) / check_integer("M", M, low=1), spins)[0]


def unsupervised_losses(examples: ArrayLike, spins: ArrayLike) -> Array:
    r"""Loss of unsupervised learning, averaged over a class's examples: :math:`\frac1M \sum_a |\eta^{\mu,a} - s|^2/2N`.

    It is :math:`1 - \bar\eta^\mu \cdot s/N`, the supervised loss but for a constant,
    :math:`\frac12(1 - |\bar\eta^\mu|^2/N)`. The pair energies of the two protocols differ by more, by the variance
    of the overlap across the examples.

    Parameters
    ----------
    examples : array_like, shape (K, M, N)
        Examples ±1.
    spins : array_like, shape (..., N)
        Configurations ±1.

    Returns
    -------
    numpy.ndarray, shape (..., K)
    """
    eta = np.asarray(examples)
    averages = eta.mean(axis=1, dtype=float)
    return 1.0 - np.asarray(spins, dtype=float) @ averages.T / eta.shape[-1]


def pair_energy(plus: ArrayLike, minus: ArrayLike, N: int) -> Array:
    r"""Energy per spin of Hebbian pair couplings, from the losses,

    .. math::

        \frac{H}{N} = -\frac{1}{2N^2} \sum_\mu \sum_{i \neq j} v_i^\mu v_j^\mu s_i s_j
            = -\frac12 \sum_\mu \Bigl[\Bigl(\frac{L_+^\mu + L_-^\mu}{2}\Bigr)^2 - L_+^\mu L_-^\mu\Bigr]
              + \frac{1}{2N} \sum_\mu (L_+^\mu + L_-^\mu - 1) ,

    which for Boolean targets, :math:`L_+ + L_- = 2`, is
    :math:`-\frac12 \sum_\mu (1 - L_+^\mu L_-^\mu) + K/2N`, that of `statmech.Hopfield`.

    Parameters
    ----------
    plus, minus : array_like, shape (..., K)
        Losses, see `squared_losses`. Supervised learning has the targets :math:`\bar\eta^\mu/\sqrt{R}`,
        unsupervised learning the KM targets :math:`\eta^{\mu,a}/\sqrt{MR}`.
    N : int
        Number of spins.

    Returns
    -------
    numpy.ndarray, shape (...)
    """
    plus, minus, N = _losses(plus, minus, N)
    middle = 0.5 * (plus + minus)
    return -0.5 * np.sum(middle * middle - plus * minus, axis=-1) + np.sum(middle - 0.5, axis=-1) / N


def repeated_energy(plus: ArrayLike, minus: ArrayLike, N: int, P: int) -> Array:
    r"""Energy per spin of a dense network with repeated indices, from the losses with respect to Boolean targets.

    .. math::

        \frac{H}{N} = -\frac1P \sum_\mu \Bigl[(1 - L_+^\mu L_-^\mu)^{P/2} - \frac{\mathrm{E}\,M^P}{N^P}\Bigr] ,

    that of `statmech.DenseHebbian` with ``indices="repeated"``; :math:`\mathrm{E}\,M^P` is the mean over random
    patterns.

    Parameters
    ----------
    plus, minus : array_like, shape (..., K)
        Losses, see `squared_losses`; with respect to entries ±1 their sum is 2.
    N, P : int
        Number of spins, order of the interaction.

    Returns
    -------
    numpy.ndarray, shape (...)

    Raises
    ------
    ValueError
        If `P` is not even or below 4, or losses do not add up to 2: their targets are not Boolean.
    """
    plus, minus, N = _boolean_losses(plus, minus, N)
    P = check_order(P)
    return -np.sum((1.0 - plus * minus) ** (P // 2) - mean_power(N, P) / N**P, axis=-1) / P


def distinct_energy(plus: ArrayLike, minus: ArrayLike, N: int, P: int) -> Array:
    r"""Energy per spin of a dense network with distinct indices, from the losses with respect to Boolean targets.

    The sum over distinct indices is a polynomial in the overlap :math:`M_\mu = N(L_-^\mu - L_+^\mu)/2` alone,

    .. math::

        \frac{H}{N} = -\frac1N \binom{N-1}{P-1}^{-1} \sum_\mu e_P(M_\mu) , \qquad
        (j+1)\, e_{j+1} = M e_j - (N-j+1)\, e_{j-1} , \quad e_0 = 1, \; e_1 = M ,

    that of `statmech.DenseHebbian`. At low loss it is :math:`-\frac1P (1 - L_+ L_-)^{P/2}` up to terms of order 1/N.

    Parameters
    ----------
    plus, minus : array_like, shape (..., K)
        Losses, see `squared_losses`; with respect to entries ±1 their sum is 2.
    N, P : int
        Number of spins, order of the interaction.

    Returns
    -------
    numpy.ndarray, shape (...)

    Raises
    ------
    ValueError
        If `P` is not even or below 4, `N` is below P, or losses do not add up to 2: their targets are not Boolean.
    """
    plus, minus, N = _boolean_losses(plus, minus, N)
    P = check_order(P)
    check_integer("N", N, low=P)
    m = 0.5 * (minus - plus)
    before, here = np.ones_like(m), m  # e_j/C(N, j), of order one: e_j itself overflows for large N and P
    for j in range(1, P):
        before, here = here, (N * m * here - j * before) / (N - j)
    return -np.sum(here, axis=-1) / P


def _losses(plus: ArrayLike, minus: ArrayLike, N: int) -> tuple[Array, Array, int]:
    return np.asarray(plus, dtype=float), np.asarray(minus, dtype=float), check_integer("N", N, low=1)


def _boolean_losses(plus: ArrayLike, minus: ArrayLike, N: int) -> tuple[Array, Array, int]:
    """Losses with respect to entries ±1."""
    plus, minus, N = _losses(plus, minus, N)
    sums = plus + minus
    if not np.all(np.abs(sums - 2.0) < BOOLEAN):
        worst = sums.flat[np.argmax(np.where(np.isnan(sums), math.inf, np.abs(sums - 2.0)))]
        raise ValueError(
            f"plus + minus = {worst:.6g} is not allowed: energies of more than two indices are functions of the "
            "losses for targets of entries +1 and -1 alone, with respect to which plus + minus must be 2"
        )
    return plus, minus, N


def mean_squared_loss(m: ArrayLike, q: ArrayLike) -> Array:
    r"""Squared loss of magnetisations, :math:`\frac{1}{2N} \sum_i (\xi_i - \langle s_i \rangle)^2 = (1 - 2m + q)/2`.

    Parameters
    ----------
    m, q : array_like
        :math:`m = \frac1N \sum_i \xi_i \langle s_i \rangle`, :math:`q = \frac1N \sum_i \langle s_i \rangle^2`.
    """
    return 0.5 * (1.0 - 2.0 * np.asarray(m, dtype=float) + np.asarray(q, dtype=float))


def thermal_squared_loss(m: ArrayLike) -> Array:
    r"""Thermal mean of the squared loss, :math:`\frac{1}{2N} \langle \sum_i (\xi_i - s_i)^2 \rangle = 1 - m`."""
    return 1.0 - np.asarray(m, dtype=float)


def cross_entropy(fields: ArrayLike, targets: ArrayLike, T: float) -> float:
    r"""Cross-entropy of the law :math:`p_i(s) = e^{s h_i/T}/2\cosh(h_i/T)` predicted by fields, in nats per spin.

    Against the law :math:`(1 + v_i s)/2` of the target it is

    .. math::

        \mathrm{CE} = -\frac1N \sum_i \sum_{s=\pm} \frac{1 + v_i s}{2} \ln p_i(s)
            = \frac1N \sum_i \Bigl[\ln 2\cosh\frac{h_i}{T} - v_i \frac{h_i}{T}\Bigr] .

    It is summed as :math:`\ln(1 + e^{\mp 2h/T})`, which keeps its relative accuracy where the prediction is nearly
    certain. Divide by ln 2 for bits.

    Parameters
    ----------
    fields, targets : array_like, shape (N,)
        Local fields :math:`h_i`, and targets :math:`v_i` in [-1, 1].
    T : float
        Temperature. At ``T=0`` a prediction is certain unless the field vanishes.

    Returns
    -------
    float
        Infinite where a prediction is certain and can be wrong.

    Raises
    ------
    ValueError
        If a target is outside [-1, 1], a field is not a number, there are none, or `T` is no temperature.
    """
    h, (up, down) = np.asarray(fields, dtype=float), _chances(targets)
    if h.size == 0 or np.any(np.isnan(h)):
        raise ValueError("fields are not allowed: there must be some, and every one a number")
    T = check_temperature(T)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        x = 2.0 * np.where(h == 0.0, 0.0, h / T)  # infinite at T = 0, and where it overflows
        return float(np.mean(_weighted(up, np.logaddexp(0.0, -x)) + _weighted(down, np.logaddexp(0.0, x))))


def cross_entropy_of_magnetizations(magnetizations: ArrayLike, targets: ArrayLike) -> float:
    r"""Cross-entropy of the law :math:`p_i(s) = (1 + m_i s)/2` predicted by magnetisations, in nats per spin.

    The same as `cross_entropy` for :math:`m_i = \tanh(h_i/T)`, as exactly as :math:`1 - |m_i|` is known: prefer the
    fields where there are any.

    Parameters
    ----------
    magnetizations, targets : array_like, shape (N,)
        Magnetisations :math:`m_i` and targets :math:`v_i`, in [-1, 1].

    Returns
    -------
    float
        Infinite where a prediction is certain and can be wrong.

    Raises
    ------
    ValueError
        If a value is outside [-1, 1], or there are none.
    """
    m, (up, down) = np.asarray(magnetizations, dtype=float), _chances(targets)
    if m.size == 0 or not np.all(np.abs(m) <= 1.0):
        raise ValueError("magnetizations are not allowed: there must be some, and every one must be in [-1, 1]")
    return float(np.mean(math.log(2.0) - special.xlog1py(up, m) - special.xlog1py(down, -m)))


def rs_cross_entropy(mean: float, sigma: float, T: float) -> float:
    r"""Cross-entropy per spin of the replica-symmetric law against the archetype, in nats.

    With the field :math:`h = \mathrm{mean} + \sigma z`, z standard normal, in the gauge in which the archetype is +1,

    .. math::

        \mathrm{CE} = \mathrm{E}_z\Bigl[\ln 2\cosh\frac{h}{T} - \frac{h}{T}\Bigr]
                    = \mathrm{E}_z \ln\bigl(1 + e^{-2h/T}\bigr)
                    = \frac2T \int \frac{dx}{2\cosh^2 x}\, \mathrm{E}_z (Tx - h)_+ .

    The first is summed for smooth fields, :math:`\sigma \le 2T`, the last for sharp ones, where the Gaussian average is
    :math:`\sigma[\phi(g) - g\,\Phi(-g)]`, :math:`g = (\mathrm{mean} - Tx)/\sigma`. No term is negative: nothing cancels
    at low temperature.

    Parameters
    ----------
    mean, sigma, T : float
        Mean and standard deviation of the field along the archetype, temperature. For pairs the mean is m and
        :math:`\sigma = \sqrt{\alpha r}`; for interactions of P spins :math:`m^{P-1}` and :math:`\sqrt{\gamma q^{P-1}}`.

    Returns
    -------
    float
        To a relative accuracy of 1e-12 as long as it is above 1e-100. At ``T=0`` infinite if any field can be
        negative, zero if none is, and ln 2 for a spin without field.

    Raises
    ------
    ValueError
        If `sigma` is negative or `T` is no temperature.
    """
    mean = check_real("mean", mean)
    sigma = check_real("sigma", sigma, low=0.0)
    T = check_temperature(T)
    if T == 0.0 and sigma == 0.0 and mean == 0.0:
        return math.log(2.0)
    if T == 0.0:
        return 0.0 if sigma == 0.0 and mean > 0.0 else math.inf
    with np.errstate(over="ignore", under="ignore"):
        if sigma <= 2 * T:
            z, weight = normal_grid(0.5 * math.pi * T / sigma if sigma > 0 else math.inf, reach=Z_MAX + 4.0)
            return float(weight @ np.logaddexp(0.0, -2.0 * (mean / T + sigma / T * z)))
        x = np.linspace(-20.0, 20.0, 201)
        return float(0.2 / T * np.sum(_mean_ramp(T * x - mean, sigma) / np.cosh(x) ** 2))


def _mean_ramp(x: Array, sigma: float) -> Array:
    """Mean of the positive part of x + σ z, z standard normal, without cancellation for x far below zero."""
    g = np.clip(-x / sigma, -1e3, 1e3)
    normal = np.exp(-0.5 * g * g) / math.sqrt(2 * math.pi)
    below = (
        sigma
        * normal
        * np.maximum(1.0 - g * math.sqrt(math.pi / 2) * special.erfcx(np.maximum(g, 0.0) / math.sqrt(2)), 0)
    )
    return np.where(g > 0, below, sigma * normal + x * special.ndtr(-g))


def _chances(targets: ArrayLike) -> tuple[Array, Array]:
    """Probabilities of spin up and down in the target law, each to its own relative accuracy."""
    v = np.asarray(targets, dtype=float)
    if v.size == 0 or not np.all(np.abs(v) <= 1.0):
        raise ValueError("targets are not allowed: there must be some, and every one must be in [-1, 1]")
    return 0.5 * (1.0 + v), 0.5 * (1.0 - v)


def _weighted(weight: Array, value: Array) -> Array:
    """The product, where a weight of zero counts for more than an infinite value."""
    return np.multiply(weight, value, out=np.zeros(np.broadcast(weight, value).shape), where=weight > 0)
