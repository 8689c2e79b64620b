"""What the examples of a class have in common: archetypes, quality, and how far classes are from random patterns."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, stats

from statmech.checks import check_spins
from statmech.results import Estimate

LEVEL = 0.01
"""Probability at which random patterns are mistaken for others."""


def class_sums(
    spins: NDArray[np.int8], labels: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    r"""Sums over the examples of each class, :math:`A_i^\mu = \sum_a \eta_i^{\mu,a}`.

    Parameters
    ----------
    spins : array of int8, shape (examples, N)
        Examples ±1.
    labels : array of int, shape (examples,)
        Their classes.

    Returns
    -------
    classes : array of int64, shape (K,)
        Labels that occur, increasing.
    counts : array of int64, shape (K,)
        Examples of each.
    sums : array of int32, shape (K, N)

    Raises
    ------
    ValueError
        If `spins` is not an array ±1 of shape (examples, N), or `labels` does not match it.
    """
    spins, labels = _checked(spins, labels)
    classes, counts = np.unique(labels, return_counts=True)
    sums = np.array([spins[labels == label].sum(axis=0, dtype=np.int32) for label in classes])
    return classes, counts, sums


def class_archetypes(
    spins: NDArray[np.int8], labels: NDArray[np.int64], stream: np.random.SeedSequence
) -> NDArray[np.int8]:
    r"""Estimate of each class's archetype by majority, :math:`\hat\xi_i^\mu = \mathrm{sign} \sum_a \eta_i^{\mu,a}`.

    Parameters
    ----------
    spins, labels
        As for `class_sums`.
    stream : numpy.random.SeedSequence
        The stream that decides ties, which an even number of examples can have.

    Returns
    -------
    numpy.ndarray of int8, shape (K, N)
        In increasing order of the label.

    Raises
    ------
    ValueError
        As `class_sums`.
    """
    *_, sums = class_sums(spins, labels)
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    coins = 2 * generator.integers(0, 2, sums.shape, np.int8) - np.int8(1)
    return np.where(sums == 0, coins, np.sign(sums).astype(np.int8))


@dataclass(frozen=True, kw_only=True)
class Quality:
    r"""How well the examples of a class agree with each other, and with the archetype behind them.

    Attributes
    ----------
    r2 : Estimate
        Unbiased estimate of :math:`r^2`, the mean overlap of two different examples; it may come out negative. The
        error is the jackknife's over the examples, which assumes nothing about the pixels; NaN for fewer than three
        examples, and too large for few of bad quality (by 1.4 at M = 5, r = 0.3; by 1.02 at M = 20, r = 0.6).
    M : float
        Examples; the harmonic mean over the classes where several are pooled.
    """

    r2: Estimate
    M: float

    @property
    def r(self) -> Estimate:
        r"""Quality :math:`r = \sqrt{\max(r^2, 0)}`; the error, by linear propagation, is NaN where that is zero."""
        r = math.sqrt(max(self.r2.mean, 0.0))
        return Estimate(mean=r, error=self.r2.error / (2 * r) if r else math.nan, samples=self.r2.samples)

    @property
    def rho(self) -> Estimate:
        r"""Entropy of the dataset, :math:`\rho = (1 - r^2)/(M r^2)`; infinite where :math:`r^2` is not positive."""
        r2 = self.r2.mean
        if r2 <= 0:
            return Estimate(mean=math.inf, error=math.nan, samples=self.r2.samples)
        return Estimate(mean=(1 - r2) / (self.M * r2), error=self.r2.error / (self.M * r2**2), samples=self.r2.samples)

    def __repr__(self) -> str:
        return f"r = {self.r}  rho = {self.rho}  [M = {self.M:.6g}]"


def class_quality(spins: NDArray[np.int8], labels: NDArray[np.int64]) -> dict[int, Quality]:
    r"""Quality of the examples of each class, without knowing the archetypes.

    Two different examples of a class have the mean overlap :math:`r^2`, so that its mean over all pairs,

    .. math::

        \hat r^2 = \frac{1}{M(M-1)} \sum_{a \neq b} \frac1N \eta^a \cdot \eta^b
                 = \frac{|\sum_a \eta^a|^2/N - M}{M(M-1)} ,

    has no bias. (The mean overlap of the examples with their majority has one, upwards: the majority contains each of
    them. At M = 5 and r = 0.3 it gives 0.44.)

    Parameters
    ----------
    spins, labels
        As for `class_sums`, at least two examples of each class.

    Returns
    -------
    dict of int to Quality
        For each label that occurs, in increasing order.

    Raises
    ------
    ValueError
        As `class_sums`, or if a class has a single example.

    Examples
    --------
    >>> import numpy as np
    >>> from statmech import datasets
    >>> pictures = datasets.synthetic_pictures(examples=20, r=0.6, stream=np.random.SeedSequence(1))
    >>> data = datasets.binarise(pictures, 0)
    >>> datasets.pooled_quality(datasets.class_quality(data.spins, data.labels).values())
    r = 0.598(2)  rho = 0.0900(10)  [M = 20]
    """
    spins, labels = _checked(spins, labels)
    return {int(label): _quality(int(label), spins[labels == label]) for label in np.unique(labels)}


def _quality(label: int, examples: NDArray[np.int8]) -> Quality:
    M, N = examples.shape
    if M < 2:
        raise ValueError(f"labels are not allowed: class {label} has a single example, its quality takes two")
    total = examples.sum(axis=0, dtype=np.float64)
    pairs = float(total @ total) / N - M
    r2 = pairs / (M * (M - 1))
    error = math.nan
    if M > 2:  # leaving out an example changes the sum over pairs by twice its overlap with all others
        error = 2 * float(np.std(examples @ total)) / (N * math.sqrt(M - 1) * (M - 2))
    return Quality(r2=Estimate(mean=r2, error=error, samples=M), M=float(M))


def pooled_quality(classes: Iterable[Quality]) -> Quality:
    r"""Quality of several classes together: :math:`r^2` averaged with the number of pairs of examples as the weight.

    Raises
    ------
    ValueError
        If there is no class.
    """
    every = list(classes)
    if not every:
        raise ValueError("classes = [] is not allowed: pooling takes at least one class")
    M = np.array([one.M for one in every])
    weights = M * (M - 1) / np.sum(M * (M - 1))
    mean = float(weights @ np.array([one.r2.mean for one in every]))
    error = math.hypot(*(weights * np.array([one.r2.error for one in every])))
    samples = sum(one.r2.samples for one in every)
    return Quality(r2=Estimate(mean=mean, error=error, samples=samples), M=float(1 / np.mean(1 / M)))


@dataclass(frozen=True, kw_only=True, eq=False)
class GramCheck:
    """Overlaps between patterns, against those of random ones.

    Attributes
    ----------
    gram : numpy.ndarray, shape (K, K)
        Overlaps, 1 on the diagonal.
    threshold : float
        The largest overlap of as many random patterns is above it, by modulus, with a probability of half `LEVEL`.
    pairs : tuple of (int, int)
        Patterns with a larger overlap, by modulus.
    mean_square, limit : float
        Mean square of the overlaps times N, which is 1 on average for random patterns, and what it exceeds for them
        with a probability of half `LEVEL`.
    """

    gram: NDArray[np.float64] = field(repr=False)
    threshold: float
    pairs: tuple[tuple[int, int], ...]
    mean_square: float
    limit: float

    @property
    def largest(self) -> float:
        """Largest overlap of two patterns, by modulus; 0 for a single one."""
        return float(np.max(np.abs(np.triu(self.gram, 1))))

    @property
    def like_random(self) -> bool:
        """Whether neither one overlap nor all together are too large: a test at the level 0.01, whatever K."""
        return not self.pairs and self.mean_square <= self.limit


def gram_check(patterns: NDArray[np.int8]) -> GramCheck:
    r"""Overlaps :math:`G_{\mu\nu} = \xi^\mu \cdot \xi^\nu/N` of patterns, and whether random ones have such overlaps.

    Those of random patterns are independent in pairs, and :math:`N(1 + G_{\mu\nu})/2` is binomial. Two tests share the
    level p, `LEVEL`. The largest of the :math:`n = K(K-1)/2` overlaps, which sees two patterns that are alike, may be
    above its threshold with the probability p/2, so each by modulus with :math:`1 - (1 - p/2)^{1/n}`. The sum
    :math:`N \sum_{\mu<\nu} G_{\mu\nu}^2`, which sees what all have in common, has the law :math:`\chi^2_n` at large N.

    The theory is that of independent patterns. Archetypes of real pictures are not: leaving out biased pixels
    (`binarise_by_median`) removes their common mean, `decorrelate` what remains.

    Parameters
    ----------
    patterns : array of int8, shape (K, N)
        Patterns ±1.

    Returns
    -------
    GramCheck

    Raises
    ------
    ValueError
        If `patterns` is not an array ±1 of shape (K, N).
    """
    patterns = check_spins("patterns", patterns, dimensions=2)
    K, N = patterns.shape
    gram = _gram(patterns.astype(float))
    n = max(1, math.comb(K, 2))
    each = -math.expm1(math.log1p(-LEVEL / 2) / n)
    threshold = 2 * float(stats.binom.isf(each / 2, N, 0.5)) / N - 1
    overlaps = np.triu(gram, 1)
    large = np.argwhere(np.abs(overlaps) > threshold + 1 / N)  # overlaps are 2/N apart
    return GramCheck(
        gram=gram,
        threshold=threshold,
        pairs=tuple((int(a), int(b)) for a, b in large),
        mean_square=N * float(np.sum(overlaps**2)) / n,
        limit=float(stats.chi2.isf(LEVEL / 2, n)) / n,
    )


def decorrelate(patterns: NDArray[np.int8]) -> NDArray[np.float64]:
    r"""Orthogonal vectors closest to the patterns, :math:`v^\mu = \sum_\nu (G^{-1/2})_{\mu\nu}\, \xi^\nu`.

    They have the overlaps :math:`v^\mu \cdot v^\nu/N = \delta_{\mu\nu}`, and the Hebbian couplings of pairs,
    :math:`\frac1N \sum_\mu v_i^\mu v_j^\mu = \frac1N \sum_{\mu\nu} \xi_i^\mu (G^{-1})_{\mu\nu} \xi_j^\nu`, are those of
    the projection rule, which holds any linearly independent patterns. Their entries are real: interactions of more
    spins need power sums, as averages of examples do.

    Parameters
    ----------
    patterns : array of int8, shape (K, N)
        Patterns ±1, linearly independent.

    Returns
    -------
    numpy.ndarray of float, shape (K, N)

    Raises
    ------
    ValueError
        If `patterns` is not an array ±1 of shape (K, N), or its rows are linearly dependent.

    References
    ----------
    .. [1] L. Personnaz, I. Guyon, G. Dreyfus, J. Physique Lett. 46, L359 (1985).
    .. [2] I. Kanter, H. Sompolinsky, Phys. Rev. A 35, 380 (1987).
    """
    values = check_spins("patterns", patterns, dimensions=2).astype(float)
    eigenvalues, modes = linalg.eigh(_gram(values))
    if eigenvalues[0] < 1e-10:
        raise ValueError(
            f"patterns are not allowed: they are linearly dependent (smallest eigenvalue of their overlaps "
            f"{eigenvalues[0]:.1g}), and only independent ones can be decorrelated"
        )
    return (modes / np.sqrt(eigenvalues)) @ (modes.T @ values)


def _gram(patterns: NDArray[np.float64]) -> NDArray[np.float64]:
    return patterns @ patterns.T / patterns.shape[1]


def _checked(spins: NDArray[np.int8], labels: NDArray[np.int64]) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    spins = check_spins("spins", spins, dimensions=2)
    labels = np.asarray(labels)
    if labels.shape != spins.shape[:1] or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels of shape {labels.shape} and type {labels.dtype} are not allowed: labels must be integers, one for "
            f"each of the {len(spins)} examples"
        )
    return spins, labels
