r"""Instances of a perceptron as one array: patterns multiplied by their labels, so that a stored one has a large field.

Shape (P, N): row :math:`\mu` is :math:`X^\mu`. In the gauge of the labels a problem of random labels and one of a
teacher's differ in nothing but the law of this array.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statmech.checks import check_integer
from statmech.disorder import rademacher_patterns
from statmech.models import BinaryPerceptron, TeacherStudent
from statmech.streams import substream

Array = NDArray[np.float64]
Spins = NDArray[np.int8]

TEACHER = 1
"""Label of the stream of the teacher, below that of the patterns."""


def storage_patterns(model: BinaryPerceptron, N: int, stream: np.random.SeedSequence) -> Spins:
    """Random patterns ±1 with random labels.

    Parameters
    ----------
    model : BinaryPerceptron
        Its load gives the number of patterns.
    N : int
        Number of weights, odd: fields are odd then, and none vanishes.
    stream : numpy.random.SeedSequence
        The stream that the patterns own.

    Returns
    -------
    array of int8, shape (P, N)

    Raises
    ------
    ValueError
        If N is even.
    """
    check_odd(N)
    return rademacher_patterns(model.patterns(N), N, stream)


def taught_patterns(model: TeacherStudent, N: int, stream: np.random.SeedSequence) -> tuple[Spins, Spins]:
    """Random inputs ±1, each multiplied by the label that a random teacher gives it.

    Parameters
    ----------
    model, N, stream
        As for `storage_patterns`.

    Returns
    -------
    patterns : array of int8, shape (P, N)
    teacher : array of int8, shape (N,)

    Raises
    ------
    ValueError
        If N is even: the teacher would not know what to answer where its field vanishes.
    """
    check_odd(N)
    inputs = rademacher_patterns(model.patterns(N), N, stream)
    teacher = rademacher_patterns(1, N, substream(stream, TEACHER))[0]
    labels = np.where(fields(inputs, teacher) > 0, 1, -1).astype(np.int8)
    return inputs * labels[:, None], teacher


def check_odd(N: int) -> None:
    """Raise if N is not a positive odd integer."""
    if check_integer("N", N, low=1) % 2 == 0:
        raise ValueError(f"N = {N} is not allowed: with patterns ±1 N must be odd, or fields vanish")


def check_patterns(X: ArrayLike) -> NDArray[Any]:
    """Patterns as an array for products: of entries ±1 in single precision, of others in double.

    Sums of entries ±1 are integers below 2^24, which single precision holds exactly.

    Raises
    ------
    ValueError
        If they are no array of shape (P, N), none of them zero, of finite numbers.
    """
    array = np.asarray(X)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"X of shape {array.shape} is not allowed: X must have the shape (P, N), both at least 1")
    if array.dtype == np.int8:
        return array.astype(np.float32)
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError("X is not allowed: every entry must be a finite number")
    return array


def fields(X: NDArray[Any], w: Spins) -> Array:
    r"""Fields :math:`h_\mu = \sum_i X_i^\mu w_i`; of patterns ±1 exact integers."""
    kind = np.float32 if X.dtype in (np.int8, np.float32) else np.float64
    return (X.astype(kind, copy=False) @ w.astype(kind)).astype(np.float64)


def errors(X: NDArray[Any], w: Spins, kappa: float = 0.0) -> int:
    r"""Number of patterns with a field below :math:`\kappa\sqrt N`: the energy of `statmech.BinaryPerceptron`."""
    return int(np.count_nonzero(fields(X, w) < kappa * math.sqrt(X.shape[1])))
