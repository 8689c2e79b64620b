"""Pictures as Ising spins: binarised, reduced to the pixels that carry information, and corrupted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from statmech.checks import check_real
from statmech.datasets.pictures import Pictures


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SpinPictures:
    """Binarised pictures.

    Attributes
    ----------
    spins : numpy.ndarray of int8, shape (examples, N)
        Pixels that were kept, ±1, row by row of the picture.
    labels : numpy.ndarray of int64, shape (examples,)
        Class of each picture.
    kept : numpy.ndarray of bool, shape (rows, columns)
        Which pixels were kept, N of them.
    thresholds : numpy.ndarray of float, shape (rows, columns)
        A pixel is +1 where its intensity is larger.
    """

    spins: NDArray[np.int8]
    labels: NDArray[np.int64]
    kept: NDArray[np.bool_]
    thresholds: NDArray[np.float64]

    @property
    def N(self) -> int:
        """Number of spins."""
        return self.spins.shape[1]

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns of a picture."""
        return self.kept.shape

    @property
    def mean_spin(self) -> float:
        """Mean over all spins of all pictures: zero for patterns without bias."""
        return float(self.spins.mean(dtype=np.float64))

    def picture(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """Draw `values`, of shape (..., N), as pictures of shape (..., rows, columns); pixels not kept are NaN."""
        values = np.asarray(values, dtype=float)
        if values.shape[-1:] != (self.N,):
            raise ValueError(f"values of shape {values.shape} are not allowed: the last axis must have N = {self.N}")
        pictures = np.full((*values.shape[:-1], *self.shape), np.nan)
        pictures[..., self.kept] = values
        return pictures

    def __repr__(self) -> str:
        return (
            f"{len(self.labels)} examples in {np.unique(self.labels).size} classes, N = {self.N} of {self.kept.size} "
            f"pixels, mean spin = {self.mean_spin:.3g}"
        )


def binarise(pictures: Pictures, threshold: float) -> SpinPictures:
    """Spins +1 where the intensity is above a global threshold; all pixels are kept.

    Pictures with a dark background have a strongly negative mean spin then, and all classes are alike; see
    `binarise_by_median`.

    Raises
    ------
    ValueError
        If `threshold` is not a finite number.
    """
    shape = pictures.images.shape[1:]
    thresholds = np.full(shape, check_real("threshold", threshold))
    return _binarised(pictures, thresholds, np.ones(shape, bool))


def binarise_by_median(pictures: Pictures, *, low: float = 0.25, high: float = 0.75) -> SpinPictures:
    """Spins +1 where the intensity is above the pixel's own median over the pictures; biased pixels are left out.

    The median itself counts as above where that leaves the pixel nearer to balance: one that is fully bright in most
    pictures would never be +1 otherwise. This cannot balance a pixel that is dark in most pictures, because its median
    is dark, too. So only those pixels are kept whose fraction of +1 over the pictures lies in [low, high].

    Parameters
    ----------
    pictures : Pictures
        The training set. Binarise held-out pictures by `binarise_like`.
    low, high : float
        Allowed fraction of +1.

    Returns
    -------
    SpinPictures
        Its representation tells the surviving N and the mean spin.

    Raises
    ------
    ValueError
        If not ``0 <= low <= high <= 1``, or if no pixel is left.

    Examples
    --------
    >>> import numpy as np
    >>> from statmech import datasets
    >>> pictures = datasets.synthetic_pictures(stream=np.random.SeedSequence(1))
    >>> datasets.binarise_by_median(pictures)
    1000 examples in 10 classes, N = 778 of 784 pixels, mean spin = 0.000923
    """
    check_real("low", low, low=0.0, high=1.0)
    check_real("high", high, low=low, high=1.0)
    median = np.median(pictures.images, axis=0).astype(float)
    above, from_there_on = (pictures.images > median).mean(axis=0), (pictures.images >= median).mean(axis=0)
    inclusive = np.abs(from_there_on - 0.5) < np.abs(above - 0.5)
    thresholds = np.where(inclusive, np.nextafter(median, -np.inf), median)
    fraction = np.where(inclusive, from_there_on, above)
    kept = (fraction >= low) & (fraction <= high)
    if not kept.any():
        raise ValueError(
            f"low = {low!r}, high = {high!r} are not allowed: no pixel can be +1 in such a fraction of these "
            f"pictures (the fractions are {fraction.min():.3g} to {fraction.max():.3g})"
        )
    return _binarised(pictures, thresholds, kept)


def binarise_like(pictures: Pictures, reference: SpinPictures) -> SpinPictures:
    """Binarise other pictures by the thresholds and the pixels of `reference`: held-out ones by those of the training.

    Raises
    ------
    ValueError
        If the pictures have another shape than those of `reference`.
    """
    if pictures.images.shape[1:] != reference.shape:
        raise ValueError(
            f"pictures of shape {pictures.images.shape[1:]} are not allowed: those of reference have {reference.shape}"
        )
    return _binarised(pictures, reference.thresholds, reference.kept)


def _binarised(pictures: Pictures, thresholds: NDArray[np.float64], kept: NDArray[np.bool_]) -> SpinPictures:
    bright = pictures.images[:, kept] > thresholds[kept]
    spins = 2 * bright.view(np.int8) - np.int8(1)
    return SpinPictures(spins=spins, labels=pictures.labels, kept=kept, thresholds=thresholds)


def flip_fraction(spins: NDArray[np.int8], fraction: float, stream: np.random.SeedSequence) -> NDArray[np.int8]:
    r"""Corrupt pictures: flip a fraction d of the spins of each, chosen at random.

    Exactly :math:`\mathrm{round}(dN)` spins are flipped, so that the overlap with the original is 1 minus twice their
    fraction.

    Parameters
    ----------
    spins : array of int8, shape (..., N)
        One or more pictures.
    fraction : float
        d in [0, 1].
    stream : numpy.random.SeedSequence
        The stream that chooses.

    Returns
    -------
    numpy.ndarray of int8, of the same shape

    Raises
    ------
    ValueError
        If `fraction` is out of range.
    """
    spins = np.asarray(spins, np.int8)
    flips = np.zeros(spins.shape, bool)
    flips[..., : round(check_real("fraction", fraction, low=0.0, high=1.0) * spins.shape[-1])] = True
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    return np.where(generator.permuted(flips, axis=-1), -spins, spins)
