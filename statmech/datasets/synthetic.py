"""Synthetic pictures: smooth random archetypes and noisy examples of them."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from statmech.checks import check_integer, check_real
from statmech.datasets.pictures import Pictures
from statmech.examples import noisy_examples
from statmech.streams import substream

ARCHETYPES, FLIPS, SHIFTS = range(3)
"""Substreams of a set: its archetypes do not change with the number, quality or shifts of the examples."""


def smooth_archetypes(
    *, classes: int = 10, shape: tuple[int, int] = (28, 28), length: float = 2.0, stream: np.random.SeedSequence
) -> NDArray[np.int8]:
    r"""Random pictures of blobs, the signs of smooth Gaussian fields.

    White noise is smoothed by a Gaussian of width `length`, with periodic boundaries, and cut at its median: half of
    the pixels are +1, one more if their number is odd. Neighbouring pixels agree, so two pictures of N pixels have
    overlaps as random ones of far fewer have: their root mean square is 0.13 at the default values, against
    :math:`N^{-1/2} = 0.036`. `statmech.datasets.gram_check` measures it.

    Parameters
    ----------
    classes : int
        Number of archetypes.
    shape : tuple of int
        Rows and columns.
    length : float
        Standard deviation of the smoothing in pixels; 0 leaves the pixels independent but for the balance.
    stream : numpy.random.SeedSequence
        The stream of the whole set: `synthetic_pictures` from the same stream shows examples of these archetypes.

    Returns
    -------
    numpy.ndarray of int8, shape (classes, rows, columns)
        Entries ±1.

    Raises
    ------
    ValueError
        If a parameter is out of range.
    """
    check_integer("classes", classes, low=1)
    rows, columns = (check_integer("shape", side, low=1) for side in shape)
    check_real("length", length, low=0.0)
    generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, ARCHETYPES)))
    noise = generator.standard_normal((classes, rows, columns))
    field = ndimage.gaussian_filter(noise, length, axes=(1, 2), mode="wrap")
    return np.where(field >= np.median(field, axis=(1, 2), keepdims=True), np.int8(1), np.int8(-1))


def synthetic_pictures(
    *,
    classes: int = 10,
    examples: int = 100,
    r: float = 0.8,
    shifts: bool = False,
    shape: tuple[int, int] = (28, 28),
    length: float = 2.0,
    stream: np.random.SeedSequence,
) -> Pictures:
    r"""Examples of `smooth_archetypes`: pixels flipped independently, pictures shifted by up to one pixel if wanted.

    Parameters
    ----------
    classes, shape, length, stream
        As for `smooth_archetypes`.
    examples : int
        Number of examples of each class.
    r : float
        Quality in [0, 1]: a pixel of the archetype survives with probability :math:`(1+r)/2`.
    shifts : bool
        Whether each example is shifted by -1, 0 or 1 pixel along either axis, around the border. The mean overlap with
        the archetype is then below r.

    Returns
    -------
    Pictures
        Intensities -1 and 1; class 0 first.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from statmech import datasets
    >>> datasets.synthetic_pictures(examples=20, stream=np.random.SeedSequence(1))
    200 pictures of 28 × 28 pixels in 10 classes
    """
    check_integer("examples", examples, low=1)
    archetypes = smooth_archetypes(classes=classes, shape=shape, length=length, stream=stream)
    flat = archetypes.reshape(classes, -1)
    noisy = noisy_examples(flat, M=examples, r=r, stream=substream(stream, FLIPS))
    images = noisy.reshape(classes * examples, *archetypes.shape[1:])
    if shifts:
        generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, SHIFTS)))
        steps = generator.integers(-1, 2, (len(images), 2))
        for step in np.unique(steps, axis=0):
            moved = np.all(steps == step, axis=1)
            images[moved] = np.roll(images[moved], step, axis=(1, 2))
    return Pictures(images=images, labels=np.repeat(np.arange(classes), examples))
