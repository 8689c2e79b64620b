"""Labelled pictures: what every source of data gives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from statmech.checks import check_integer
from statmech.streams import substream


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Pictures:
    """Grey-scale pictures with their classes.

    Attributes
    ----------
    images : numpy.ndarray, shape (examples, rows, columns)
        Intensities, integer or real, finite.
    labels : numpy.ndarray of int64, shape (examples,)
        Class of each picture, 0, 1, …; not all classes need occur.

    Raises
    ------
    ValueError
        If the arrays have other shapes or do not match, are empty, or a value is not allowed.
    """

    images: NDArray[np.integer | np.floating]
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        images, labels = np.asarray(self.images), np.asarray(self.labels)
        real = images.dtype.kind in "iu" or (images.dtype.kind == "f" and bool(np.isfinite(images).all()))
        if images.ndim != 3 or images.size == 0 or not real:
            raise ValueError(
                f"images of shape {images.shape} and type {images.dtype} are not allowed: images must be finite real "
                "numbers of shape (examples, rows, columns), at least one"
            )
        if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu" or labels.min() < 0:
            raise ValueError(
                f"labels of shape {labels.shape} and type {labels.dtype} are not allowed: labels must be integers from "
                f"0 up, one for each of the {len(images)} images"
            )
        object.__setattr__(self, "images", images)
        object.__setattr__(self, "labels", labels.astype(np.int64))

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        _, rows, columns = self.images.shape
        return f"{len(self)} pictures of {rows} × {columns} pixels in {np.unique(self.labels).size} classes"


def split(
    pictures: Pictures, *, training: int, held_out: int, stream: np.random.SeedSequence
) -> tuple[Pictures, Pictures]:
    """Draw disjoint sets for training and for testing, with as many pictures of every class.

    The held-out pictures do not depend on `training`, and the training sets of the same stream are nested: what is
    learnt from more examples is tested on the same ones.

    Parameters
    ----------
    pictures : Pictures
        Where to draw from.
    training, held_out : int
        Pictures of each class in the two sets.
    stream : numpy.random.SeedSequence
        The stream that the split owns.

    Returns
    -------
    training, held_out : Pictures
        Class by class, in increasing order of the label.

    Raises
    ------
    ValueError
        If a number is below 1, or a class has fewer pictures than both together.
    """
    check_integer("training", training, low=1)
    check_integer("held_out", held_out, low=1)
    chosen = []
    for label in np.unique(pictures.labels):
        members = np.flatnonzero(pictures.labels == label)
        if len(members) < training + held_out:
            raise ValueError(
                f"training + held_out = {training + held_out} is not allowed: class {label} has {len(members)} pictures"
            )
        generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, int(label))))
        chosen.append(generator.permutation(members)[: held_out + training])
    rows = np.array(chosen)
    first, second = rows[:, held_out:].ravel(), rows[:, :held_out].ravel()
    return (
        Pictures(images=pictures.images[first], labels=pictures.labels[first]),
        Pictures(images=pictures.images[second], labels=pictures.labels[second]),
    )
