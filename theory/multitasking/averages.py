r"""Site averages of networks that condense K patterns, K finite: free energy, its gradient and its curvature.

With amplitudes x and independent entries :math:`\xi_\mu` of a symmetric law, :math:`h = \sum_\mu x_\mu\xi_\mu`,

.. math::

    f(x) = \tfrac12 \sum_\mu x_\mu^2 - T\,\mathrm{E}\ln 2\cosh\beta h, \qquad
    F_\mu(x) = \mathrm{E}\,\xi_\mu \tanh\beta h, \qquad
    B_{\mu\nu}(x) = \beta\,\mathrm{E}\,\xi_\mu\xi_\nu\,\mathrm{sech}^2\beta h ,

so that the gradient of f is x - F and its Hessian 1 - B. Every function here returns (f, F, B) for many x at once,
each with a temperature of its own, by one of two routes that know nothing of each other:

* `enumerated`, the sum over the :math:`3^K` ternary configurations of a site, half of them by symmetry, T = 0 included;
* `convolved`, the law of h as the convolution of the K laws of :math:`x_\mu\xi_\mu`, done where a convolution is a
  product. From :math:`\tanh y = \int_0^\infty dk\,\sin(ky)/\sinh(\pi k/2)` the averages are integrals over k of
  products of the characteristic function of the entries. The midpoint rule of step :math:`2\pi/P` replaces tanh by
  the wave :math:`\sum_n (-1)^n\tanh(y - nP)`, which it is to :math:`e^{-2(P-|y|)}`: with :math:`P = 19 + \max|\beta h|`
  the error is that of rounding, at a cost proportional to :math:`K^2 P`.

At T = 0, where tanh is a sign, `split` sums over configurations with half of the patterns at a time. There B = 0, and
`tied` gives the weight of the sites without a field, which a stable state does not have.
"""

import math
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Averages = Callable[[Array, Array], tuple[Array, Array, Array]]
"""From amplitudes of shape (S, K) and temperatures of shape (S,) to f, F, B of shapes (S,), (S, K), (S, K, K)."""
Law = Callable[[Array], tuple[Array, Array, Array]]
r"""From z to :math:`\mathrm{E}\cos z\xi`, :math:`\mathrm{E}\,\xi\sin z\xi`, :math:`\mathrm{E}\,\xi^2\cos z\xi`."""

ENUMERATED = 8
"""Largest number of patterns whose configurations are summed one by one."""
LARGEST = 24
"""Largest number of patterns at T = 0."""
COLDEST = 1e-3
"""Lowest reduced temperature T/(1-d) above zero of a convolution: its cost grows like 1/T."""
TIE = 1e-12
"""Fields below this, relative to the largest, are zero: the resolution of equal sums of amplitudes."""


@lru_cache(maxsize=16)
def configurations(K: int) -> Array:
    """The ternary vectors of K entries whose first entry that is not zero is +1: half of all but the zero vector."""
    rows = [row for row in product((1, 0, -1), repeat=K) if next((x for x in row if x), 0) > 0]
    return np.array(rows, dtype=float)


def configuration_weights(K: int, d: float) -> Array:
    """Probability of each of the `configurations` together with its negative."""
    entries = np.count_nonzero(configurations(K), axis=1)
    return 2 * ((1 - d) / 2) ** entries * d ** (K - entries)


def enumerated(x: Array, T: Array, *, d: float) -> tuple[Array, Array, Array]:
    """Averages over the ternary patterns of dilution d by enumeration."""
    K = x.shape[1]
    xi, weights = configurations(K), configuration_weights(K, d)
    h = x @ xi.T
    size = np.abs(h)
    cold = T[:, None] == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.where(cold, np.where(size > TIE * size.max(axis=1, keepdims=True), np.inf, 0.0), size / T[:, None])
    tanh = np.tanh(a)
    log = np.where(cold, 0.0, np.log1p(np.exp(-2 * a)))
    f = 0.5 * np.sum(x * x, axis=1) - (size + T[:, None] * log) @ weights - T * d**K * math.log(2)
    F = (np.sign(h) * tanh * weights) @ xi
    sech2 = np.where(cold, 0.0, (1 - tanh * tanh) / np.where(cold, 1.0, T[:, None])) * weights
    B = sech2 @ (xi[:, :, None] * xi[:, None, :]).reshape(len(xi), K * K)
    return f, F, B.reshape(-1, K, K)


def convolved(x: Array, T: Array, *, law: Law, largest: float = 1.0) -> tuple[Array, Array, Array]:
    """Averages over entries of any symmetric law by the product of their characteristic functions; T > 0.

    Parameters
    ----------
    x, T : numpy.ndarray
        Amplitudes, shape (S, K), and temperatures, shape (S,).
    law : callable
        See `Law`.
    largest : float
        Largest modulus of an entry.
    """
    rows = [_convolved(row, float(t), law, largest) for row, t in zip(x, T, strict=True)]
    f, F, B = zip(*rows, strict=True)
    return np.array(f), np.array(F), np.array(B)


def _convolved(x: Array, T: float, law: Law, largest: float) -> tuple[float, Array, Array]:
    """f, F and B for one x."""
    K = len(x)
    y = x / T
    period = 19.0 + largest * float(np.abs(y).sum())
    step = 2 * math.pi / period
    k = step * (np.arange(math.ceil(25.0 / step)) + 0.5)
    c = step / np.sinh(0.5 * math.pi * k)
    cos, sin, square = law(y[:, None] * k)
    without = _leave_one_out(cos)
    f = 0.5 * float(x @ x) - T * (math.log(2) + float((1 - without[0] * cos[0]) @ (c / k)))
    B = np.diag((square * without) @ (c * k))
    for m in range(K if K > 1 else 0):
        others = [n for n in range(K) if n != m]
        B[m, others] = -(_leave_one_out(cos[others]) * sin[others] * sin[m]) @ (c * k)
    return f, (sin * without) @ c, B / T


def _leave_one_out(factors: Array) -> Array:
    """Products over the rows of all factors but one, without dividing."""
    left, right = np.ones_like(factors), np.ones_like(factors)
    left[1:] = np.cumprod(factors[:-1], axis=0)
    right[:-1] = np.cumprod(factors[:0:-1], axis=0)[::-1]
    return left * right


def ternary_law(z: Array, *, d: float) -> tuple[Array, Array, Array]:
    """The `Law` of patterns of dilution d."""
    cos = (1 - d) * np.cos(z)
    return d + cos, (1 - d) * np.sin(z), cos


def split(
    x: Array, T: Array, *, values: Array, weights: Array, marks: Array | None = None
) -> tuple[Array, Array, Array]:
    """Averages at T = 0 over entries of any discrete law, half of the patterns at a time.

    The signs of all sums of a value from one half and one from the other follow from the order of either half's sums.

    Parameters
    ----------
    x, T : numpy.ndarray
        Amplitudes, shape (S, K); the temperatures, all 0, give the shape only.
    values, weights : numpy.ndarray
        Values of an entry and their probabilities.
    marks : numpy.ndarray, optional
        Average these, numbers that go with the values, instead of the values themselves: F is then not the gradient.
    """
    F = np.array([_signed(row, values, weights, values if marks is None else marks)[0] for row in x])
    return 0.5 * np.sum(x * x, axis=1) - np.sum(x * F, axis=1), F, np.zeros((*x.shape, x.shape[1]))


def tied(x: Array, *, values: Array, weights: Array) -> float:
    """Probability that a site with an entry that is not zero has no field at all, for one x."""
    blank = float(weights[values == 0].sum()) ** len(x)
    return _signed(x, values, weights, values)[1] - blank


def _signed(x: Array, values: Array, weights: Array, marks: Array) -> tuple[Array, float]:
    """E[mark sign h] for each pattern, and the probability of h = 0."""
    K = len(x)
    if len(values) ** ((K + 1) // 2) > 3 ** (LARGEST // 2):
        raise ValueError(f"K = {K} is not allowed: K must be at most {LARGEST} at T = 0")
    # where an amplitude vanishes there is nothing to order; its average is zero by symmetry
    nonzero = np.flatnonzero(np.abs(x) > TIE * np.abs(x).max())
    halves = nonzero[::2], nonzero[1::2]
    average, zero = np.zeros(K), 0.0
    tie = TIE * float(np.abs(x).sum()) * float(np.abs(values).max())
    sums = [_sums(x[half], values, weights) for half in halves]
    orders = [np.argsort(field) for field, _ in sums]
    for k, own in enumerate(halves):
        (here, p), (field, weight) = sums[k], sums[1 - k]
        order = orders[1 - k]
        field, below = field[order], np.concatenate(([0.0], np.cumsum(weight[order])))
        sought = -here[orders[k]]  # in order, they are found several times as fast
        up, down = np.searchsorted(field, sought + tie, side="right"), np.searchsorted(field, sought - tie, side="left")
        signed = np.empty_like(p)
        signed[orders[k]] = p[orders[k]] * ((below[-1] - below[up]) - below[down])
        zero = float(p[orders[k]] @ (below[up] - below[down]))
        shaped = signed.reshape((len(values),) * len(own))
        for axis, pattern in enumerate(own):
            rest = tuple(a for a in range(len(own)) if a != axis)
            average[pattern] = shaped.sum(axis=rest) @ marks
    return average, zero


def _sums(x: Array, values: Array, weights: Array) -> tuple[Array, Array]:
    """All sums of x times entries, and their probabilities; the last pattern runs fastest."""
    field, p = np.zeros(1), np.ones(1)
    for amplitude in x:
        field = (field[:, None] + amplitude * values).ravel()
        p = (p[:, None] * weights).ravel()
    return field, p


def multitasking_averages(K: int, d: float, T: float) -> Averages:
    """The route for K patterns of dilution d: enumeration while it is short, convolution or split halves beyond.

    Raises
    ------
    ValueError
        If T is too small for a convolution, or K too large for T = 0.
    """
    if K <= ENUMERATED:
        return partial(enumerated, d=d)
    if T == 0:
        return partial(split, **ternary(d))
    if COLDEST * (1 - d) > T:
        raise ValueError(f"T = {T:g} is not allowed: T must be 0, or at least {COLDEST} (1-d) with K > {ENUMERATED}")
    return partial(convolved, law=partial(ternary_law, d=d))


def entropy(x: Array, d: float, T: float) -> float:
    r"""Entropy per spin, :math:`\mathrm{E}[\ln 2\cosh\beta h - \beta h\tanh\beta h]`, for one x.

    Summed as such where the configurations are enumerated, else from the difference of energy and free energy.
    """
    K = len(x)
    if K > ENUMERATED:
        if T == 0:
            return math.log(2) * (tied(x, **ternary(d)) + d**K)
        f, F, _ = multitasking_averages(K, d, T)(x[None], np.array([T]))
        return float(0.5 * x @ x - x @ F[0] - f[0]) / T
    h = np.abs(configurations(K) @ x)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        a = np.where(h > TIE * h.max(), h / T, 0.0)
    e = np.exp(-2 * np.minimum(a, 400.0))
    s = np.log1p(e) + 2 * np.minimum(a, 400.0) * e / (1 + e)
    return float(configuration_weights(K, d) @ s) + d**K * math.log(2)


def ternary(d: float) -> dict[str, Array]:
    """Values and weights of an entry of dilution d."""
    return {"values": np.array([-1.0, 0.0, 1.0]), "weights": np.array([(1 - d) / 2, d, (1 - d) / 2])}
