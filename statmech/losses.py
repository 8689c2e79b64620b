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

from statmech.checks import check_integer, check_temperature
from statmech.models.dense import check_order

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


def _chances(targets: ArrayLike) -> tuple[Array, Array]:
    """Probabilities of spin up and down in the target law, each to its own relative accuracy."""
    v = np.asarray(targets, dtype=float)
    if v.size == 0 or not np.all(np.abs(v) <= 1.0):
        raise ValueError("targets are not allowed: there must be some, and every one must be in [-1, 1]")
    return 0.5 * (1.0 + v), 0.5 * (1.0 - v)


def _weighted(weight: Array, value: Array) -> Array:
    """The product, where a weight of zero counts for more than an infinite value."""
    return np.multiply(weight, value, out=np.zeros(np.broadcast(weight, value).shape), where=weight > 0)
