r"""Patterns of binary perceptrons as one array, multiplied by their labels, so that a stored one has a large field.

Shape (P, N): row :math:`\mu` is :math:`X^\mu`. In the gauge of the labels a problem of random labels and one of a
teacher's differ in nothing but the law of this array. Simulation, message passing and solvers draw it here, and all of
them count errors by the exact fields :math:`h_\mu = \sum_i X_i^\mu w_i`.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from montecarlo.disorder_sample import gaussian_integers
from montecarlo.engines.perceptron import check_fields, check_odd
from statmech.checks import check_choice, check_integer
from statmech.disorder import rademacher_patterns
from statmech.models import BinaryPerceptron, TeacherStudent
from statmech.streams import check_stream, substream

Array = NDArray[np.float64]
Spins = NDArray[np.int8]
Perceptron = BinaryPerceptron | TeacherStudent

ENGINES = ("auto", "fields", "gaussian-fields", "stability-fields")
"""``"auto"`` is ``"fields"``, patterns ±1; ``"stability-fields"`` are those with the other cost."""

CELLS_LIMIT = 2**30
"""Largest number of pattern entries, N P."""

TEACHER = 1
"""Label of the stream of the teacher, below that of the patterns."""


def check_size(model: Perceptron, N: int, engine: str) -> tuple[int, int]:
    """Return the numbers of patterns and weights.

    Raises
    ------
    ValueError
        If N is even and patterns are ±1, there is no pattern, or they do not fit into memory.
    """
    gaussian = check_choice("engine", engine, ENGINES) == "gaussian-fields"
    N = check_integer("N", N, low=2) if gaussian else check_odd(N)
    P = model.patterns(N)
    if P == 0:
        raise ValueError(
            f"alpha = {model.alpha} is not allowed at N = {N}: there is no pattern, and all weights have u = 0; "
            f"alpha must exceed {0.5 / N:.3g}"
        )
    if N * P > CELLS_LIMIT:
        raise ValueError(f"N = {N} is not allowed: P = {P} patterns of N entries take more than {CELLS_LIMIT} bytes")
    return P, N


def draw_patterns(
    model: Perceptron, N: int, engine: str, stream: np.random.SeedSequence
) -> tuple[NDArray[np.int8] | NDArray[np.int16], float]:
    """Patterns of independent entries, shape (P, N), in multiples of a unit, and the unit.

    Raises
    ------
    ValueError
        As for `check_size`.
    """
    P, N = check_size(model, N, engine)
    if engine == "gaussian-fields":
        values, unit, _ = gaussian_integers(P * N, 1.0, 0.0, stream)
        return values.reshape(P, N), unit
    return rademacher_patterns(P, N, stream), 1.0


def taught(X: NDArray[Any]) -> NDArray[Any]:
    """Patterns multiplied by the labels that a teacher of weights +1 gives them."""
    return np.where(X.sum(1, keepdims=True, dtype=np.int64) < 0, -X, X)


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
        As for `check_size`, or if it is another model, or no stream.
    """
    if not isinstance(model, BinaryPerceptron):
        raise ValueError(
            f"model = {model!r} is not allowed: a BinaryPerceptron has random labels; taught_patterns draws a teacher's"
        )
    return draw_patterns(model, N, "fields", check_stream(stream))[0].astype(np.int8, copy=False)


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
        As for `check_size`, or if it is another model, or no stream.
    """
    if not isinstance(model, TeacherStudent):
        raise ValueError(
            f"model = {model!r} is not allowed: a TeacherStudent has a teacher; storage_patterns draws random labels"
        )
    inputs, _ = draw_patterns(model, N, "fields", check_stream(stream))
    teacher = rademacher_patterns(1, N, substream(stream, TEACHER))[0]
    return taught(inputs * teacher) * teacher, teacher


class Patterns(NamedTuple):
    """Patterns in both orders, for products with them: those ±1 as bytes, others in double precision.

    Attributes
    ----------
    rows : array, shape (P, N)
    columns : array, shape (N, P)
    """

    rows: NDArray[Any]
    columns: NDArray[Any]


def prepared(X: ArrayLike) -> Patterns:
    """Patterns for products.

    Raises
    ------
    ValueError
        If they are no array of shape (P, N), none of them zero, of finite numbers, or are ±1 and N is even.
    """
    array = np.asarray(X)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"X of shape {array.shape} is not allowed: X must have the shape (P, N), both at least 1")
    check_fields(array)
    if array.dtype == np.int8:
        return Patterns(np.ascontiguousarray(array), np.ascontiguousarray(array.T))
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError("X is not allowed: every entry must be a finite number")
    return Patterns(array, array.T)


@njit(cache=True)
def add_up(rows, c, total):  # type: ignore[no-untyped-def]
    """Add the rows, of int8 and shape (K, n), with coefficients c, to `total`, of float32: O(Kn), n by n.

    Products with large patterns are as fast as memory is, and bytes are a quarter of what single precision reads. Eight
    rows at a time leave an eighth of the loads of the sums, and of their rounding.
    """
    K, n = rows.shape
    whole = K - K % 8
    for k in range(0, whole, 8):
        c0, c1, c2, c3, c4, c5, c6, c7 = c[k], c[k + 1], c[k + 2], c[k + 3], c[k + 4], c[k + 5], c[k + 6], c[k + 7]
        for i in range(n):
            first = c0 * np.float32(rows[k, i]) + c1 * np.float32(rows[k + 1, i])
            second = c2 * np.float32(rows[k + 2, i]) + c3 * np.float32(rows[k + 3, i])
            third = c4 * np.float32(rows[k + 4, i]) + c5 * np.float32(rows[k + 5, i])
            fourth = c6 * np.float32(rows[k + 6, i]) + c7 * np.float32(rows[k + 7, i])
            total[i] += (first + second) + (third + fourth)
    for k in range(whole, K):
        for i in range(n):
            total[i] += c[k] * np.float32(rows[k, i])


def combined(rows: NDArray[Any], coefficients: Array) -> Array:
    r"""Sum of rows with coefficients, :math:`\sum_k c_k X_k`; of bytes in single precision.

    Of the columns of patterns with means a these are the fields X a, of their rows with forces g the sums Xᵀ g.
    """
    if rows.dtype != np.int8:
        return np.asarray(coefficients @ rows)
    total = np.zeros(rows.shape[1], np.float32)
    add_up(rows, coefficients.astype(np.float32), total)
    return total.astype(np.float64)


@njit(cache=True)
def first_below(X, w, edge):  # type: ignore[no-untyped-def]
    """Number of the first pattern whose field is below `edge`, P if there is none; O(N) a pattern looked at.

    Far from a solution the first patterns tell. Integer products of int8, shapes (P, N) and (N,).
    """
    for mu in range(X.shape[0]):
        h = np.int32(0)
        for i in range(w.size):
            h += np.int32(X[mu, i]) * np.int32(w[i])
        if h < edge:
            return mu
    return X.shape[0]


def solves(X: NDArray[Any], w: Spins, edge: float) -> bool:
    """Whether all fields are at least `edge`."""
    if X.dtype == np.int8:
        return bool(first_below(X, w, edge) == len(X))
    return bool(np.all(fields(X, w) >= edge))


def fields(X: NDArray[Any], w: Spins) -> Array:
    r"""Fields :math:`h_\mu = \sum_i X_i^\mu w_i`; of integer patterns exact integers.

    Single precision holds sums of entries ±1 exactly, double those of larger integers.
    """
    kind = np.float32 if X.dtype == np.int8 else np.float64
    return (X.astype(kind, copy=False) @ w.astype(kind)).astype(np.float64)


def errors(X: NDArray[Any], w: Spins, kappa: float = 0.0) -> int:
    r"""Number of patterns with a field below :math:`\kappa\sqrt N`: the energy of `statmech.BinaryPerceptron`.

    Raises
    ------
    ValueError
        If patterns are ±1 and N is even.
    """
    check_fields(X)
    return int(np.count_nonzero(fields(X, w) < kappa * math.sqrt(X.shape[1])))
