"""Population dynamics of the fields of the extremely diluted network beyond the line of cross-talk."""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from statmech.checks import check_integer, check_real
from statmech.models import ExtremelyDiluted


@njit(cache=True)
def _soft(a: float, b: float, T: float) -> float:
    """T ln(exp(a/T) + exp(b/T)), the larger of the two at T = 0."""
    top = max(a, b)
    if T == 0.0 or top == -np.inf:
        return top
    return top + T * math.log1p(math.exp(-abs(a - b) / T))


@njit(cache=True)
def _sums(fields: np.ndarray, k: int, T: float, W: np.ndarray) -> None:
    """T ln W(S) for S = -k, -k+2, …, k of k spins in given fields, into W; cost k²."""
    W[0] = 0.0
    for j in range(k):
        h = fields[j]
        W[j + 1] = W[j] + h
        for i in range(j, 0, -1):
            W[i] = _soft(W[i] - h, W[i - 1] + h, T)
        W[0] -= h


@njit(cache=True)
def _message(fields: np.ndarray, k: int, T: float, W: np.ndarray) -> float:
    """The field u that a pattern with k other members sends."""
    _sums(fields, k, T, W)
    up = down = -np.inf
    for i in range(k + 1):
        S = 2 * i - k
        up = _soft(up, W[i] + 0.5 * (S + 1) ** 2, T)
        down = _soft(down, W[i] + 0.5 * (S - 1) ** 2, T)
    return 0.5 * (up - down)


@njit(cache=True)
def _square(fields: np.ndarray, k: int, T: float, W: np.ndarray) -> float:
    """<M²> of a pattern whose k members feel given fields of their other patterns."""
    _sums(fields, k, T, W)
    top = -np.inf
    for i in range(k + 1):
        top = max(top, W[i] + 0.5 * (2 * i - k) ** 2)
    norm = mean = 0.0
    for i in range(k + 1):
        x = W[i] + 0.5 * (2 * i - k) ** 2 - top
        w = math.exp(x / T) if T > 0 else (1.0 if x > -1e-12 else 0.0)
        norm += w
        mean += w * (2 * i - k) ** 2
    return mean / norm


@njit(cache=True)
def _sweep(
    h: np.ndarray,
    degrees: np.ndarray,
    sizes: np.ndarray,
    members: np.ndarray,
    signs: np.ndarray,
    own: np.ndarray,
    T: float,
) -> None:
    """Replace every field of the population once, in order; cost of a field is its degree times k²."""
    fields, W = np.empty(sizes.max() + 1), np.empty(sizes.max() + 2)
    pattern = member = 0
    for i in range(h.size):
        total = 0.0
        for _ in range(degrees[i]):
            k = sizes[pattern]
            for j in range(k):
                fields[j] = signs[member] * h[members[member]]
                member += 1
            total += own[pattern] * _message(fields, k, T, W)
            pattern += 1
        h[i] = total


@njit(cache=True)
def _mean_square(h: np.ndarray, sizes: np.ndarray, members: np.ndarray, signs: np.ndarray, T: float) -> float:
    """<M²> averaged over patterns of given sizes, whose members are drawn from the population; cost k² of each."""
    fields, W = np.empty(sizes.max() + 1), np.empty(sizes.max() + 2)
    total = 0.0
    member = 0
    for k in sizes:
        for j in range(k):
            fields[j] = signs[member] * h[members[member]]
            member += 1
        total += _square(fields, k, T, W)
    return total / sizes.size


@dataclass(frozen=True, kw_only=True)
class Population:
    r"""Cavity fields of the extremely diluted network, sampled.

    Attributes
    ----------
    model : ExtremelyDiluted
        The state point.
    fields : numpy.ndarray
        The population after the last sweep.
    h2 : numpy.ndarray
        Mean square of the fields after each sweep.
    q, q_error : float
        :math:`\mathrm{E}\tanh^2\beta h`, one at T = 0 for every field that is not zero, and its standard error over
        blocks of sweeps.
    M2, M2_error : float
        Mean square of :math:`M_\mu` over the patterns, likewise.
    """

    model: ExtremelyDiluted
    fields: NDArray[np.float64]
    h2: NDArray[np.float64]
    q: float
    q_error: float
    M2: float
    M2_error: float


def population(
    model: ExtremelyDiluted, *, size: int = 4000, sweeps: int = 100, burn_in: int = 100, spread: float = 0.5,
    seed: int = 1,
) -> Population:  # fmt: skip
    r"""Population dynamics of the cavity fields, replica symmetric; signs of patterns are averaged over.

    The phase of cross-talk is a spin glass without a field, in which replica symmetry breaks: the energy :math:`-\alpha
    M_2/2` of this solution is somewhat too low there. At T = 0 fields take few values, ties among them.

    Parameters
    ----------
    model : ExtremelyDiluted
        The state point.
    size : int
        Number of fields.
    sweeps, burn_in : int
        Sweeps that are measured, at least 10, and sweeps before them.
    spread : float
        Standard deviation of the initial fields, which are Gaussian.
    seed : int
        Of the random numbers.

    Returns
    -------
    Population

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    size, sweeps = check_integer("size", size, low=2), check_integer("sweeps", sweeps, low=10)
    burn_in = check_integer("burn_in", burn_in, low=0)
    generator = np.random.default_rng(check_integer("seed", seed, low=0))
    h = check_real("spread", spread, low=0.0) * generator.standard_normal(size)
    c, alpha, T = model.c, model.alpha, model.T
    h2, rows = [], []
    for sweep in range(burn_in + sweeps):
        degrees = generator.poisson(alpha * c, size)
        sizes, members, signs = _patterns(int(degrees.sum()), c, size, generator)
        own = 1.0 - 2.0 * generator.integers(2, size=len(sizes))
        _sweep(h, degrees, sizes, members, signs, own, T)
        h2.append(float(np.mean(h * h)))
        if sweep >= burn_in:
            q = np.tanh(h / T) ** 2 if T > 0 else np.abs(h) > 1e-12
            rows.append((float(np.mean(q)), _mean_square(h, *_patterns(size, c, size, generator), T)))
    blocks = np.array([block.mean(axis=0) for block in np.array_split(np.array(rows), 10)])
    (q, M2), (q_error, M2_error) = blocks.mean(axis=0), blocks.std(axis=0, ddof=1) / math.sqrt(10)
    return Population(
        model=model, fields=h, h2=np.array(h2), q=float(q), q_error=float(q_error), M2=float(M2),
        M2_error=float(M2_error),
    )  # fmt: skip


def _patterns(
    number: int, c: float, size: int, generator: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Sizes of patterns, at least one, and their members in a population with the signs of their entries."""
    sizes = generator.poisson(c, max(1, number))
    members = generator.integers(size, size=int(sizes.sum()))
    signs = np.array([1.0, -1.0])[generator.integers(2, size=len(members))]
    return sizes, members, signs
