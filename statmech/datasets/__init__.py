"""Data to learn from: pictures from files or made here, as Ising spins, with estimates of what theory needs to know.

The way is from a source (`synthetic_pictures`, `read_pictures`, `load_digits`) over `split` and `binarise_by_median` to
the archetypes, their `class_quality` and the `gram_check`. Random streams are passed as `numpy.random.SeedSequence`.
"""

from statmech.datasets.archetypes import (
    GramCheck,
    Quality,
    class_archetypes,
    class_quality,
    class_sums,
    decorrelate,
    gram_check,
    pooled_quality,
)
from statmech.datasets.digits import load_digits
from statmech.datasets.idx import read_idx, read_pictures
from statmech.datasets.pictures import Pictures, split
from statmech.datasets.spins import SpinPictures, binarise, binarise_by_median, binarise_like, flip_fraction
from statmech.datasets.synthetic import smooth_archetypes, synthetic_pictures

__all__ = [
    "GramCheck",
    "Pictures",
    "Quality",
    "SpinPictures",
    "binarise",
    "binarise_by_median",
    "binarise_like",
    "class_archetypes",
    "class_quality",
    "class_sums",
    "decorrelate",
    "flip_fraction",
    "gram_check",
    "load_digits",
    "pooled_quality",
    "read_idx",
    "read_pictures",
    "smooth_archetypes",
    "split",
    "synthetic_pictures",
]
