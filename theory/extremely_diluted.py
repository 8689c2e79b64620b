r"""The extremely diluted network: patterns as isolated blocks, the line on which they begin to interfere, and beyond.

Spins and patterns form a random graph that is locally a tree; a pattern sends to each of its k members a field u, made
of the fields h of the others, with :math:`S = \sum_{j}\xi_js_j` over them,

.. math::

    u = \frac T2 \ln\frac{\sum_S W(S)\,e^{\beta(S+1)^2/2}}{\sum_S W(S)\,e^{\beta(S-1)^2/2}}, \qquad
    W(S) = \sum_{s:\,\sum\xi s = S} e^{\beta\sum_j h_js_j} ,

and h is the sum of the u of a spin's other patterns. One solution is h = 0: every pattern is a block of its own, all of
them retrieved together, each up to its sign,

.. math::

    P(M|k) \propto \binom{k}{(k+M)/2} e^{\beta M^2/2}, \qquad
    f = -T\ln 2 - \alpha T\,\mathrm{E}_k \ln\big[2^{-k}\textstyle\sum_M\binom{k}{(k+M)/2}e^{\beta M^2/2}\big] ,

with k Poisson of mean c. It is stable as long as the variance of a small field does not grow from one spin to its
neighbours,

.. math:: \alpha c \sum_{k\ge1} \mathrm{Poisson}(k;c)\,k A_{k+1}^2 < 1, \qquad
          A_n = \frac{\langle M^2\rangle_n - n}{n(n-1)} ,

the correlation of two spins of an isolated block of n. At T = 0, where A = 1, this is :math:`\alpha c^2 < 1`: below the
percolation of the graph the patterns are retrieved in parallel at any temperature. Beyond the line their cross-talk is
a distribution of fields, which `population` samples.

References
----------
.. [1] P. Sollich, D. Tantari, A. Annibale, A. Barra, Phys. Rev. Lett. 113, 238106 (2014).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from statmech.checks import check_choice, check_integer, check_real
from statmech.lines import PhaseLine, phase_line
from statmech.models import ExtremelyDiluted
from statmech.results import Solution
from theory.dispatch import solve, states

STARTS = ("parallel",)


def block_moment(n: int, T: float) -> tuple[float, float]:
    r"""One isolated pattern of n entries: :math:`\langle M^2\rangle` and :math:`T\ln 2^{-n}\sum_s e^{\beta M^2/2}`.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> round(block_moment(3, 0.5)[0], 9)
    8.991956991
    """
    n, T = check_integer("n", n, low=0), check_real("T", T, low=0.0)
    if T == 0:
        return float(n * n), n * n / 2
    M, weights = _block_law(n, T)
    total = float(special.logsumexp(weights))
    return float(np.exp(weights - total) @ (M * M)), n * n / 2 + T * total


def _block_law(n: int, T: float) -> tuple[NDArray[np.int64], NDArray[np.floating[Any]]]:
    """The values of M of n spins, and ln of their weights with that of M = n in front of the exponential left out."""
    up = np.arange(n + 1)
    M = 2 * up - n
    log = special.gammaln(n + 1) - special.gammaln(up + 1) - special.gammaln(n - up + 1) - n * math.log(2)
    with np.errstate(over="ignore"):
        return M, log - np.minimum((n * n - M * M) / (2 * T), 1e6)


def _block_entropy(n: int, T: float) -> float:
    """Entropy of an isolated pattern of n entries minus n ln 2, without a difference divided by T."""
    if T == 0:
        return (1 - n) * math.log(2) if n else 0.0
    M, weights = _block_law(n, T)
    total = float(special.logsumexp(weights))
    return total + float(np.exp(weights - total) @ ((n * n - M * M) / (2 * T)))


def block_correlation(n: int, T: float) -> float:
    r"""Correlation :math:`A_n = (\langle M^2\rangle - n)/n(n-1)` of two spins of an isolated pattern of n ≥ 2 entries.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    return (block_moment(check_integer("n", n, low=2), T)[0] - n) / (n * (n - 1))


def _sizes(c: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Numbers of entries of a pattern, and their Poisson probabilities, as far as these matter."""
    k = np.arange(math.ceil(c + 12 * math.sqrt(c) + 30))
    return k, stats.poisson.pmf(k, c)


def growth(c: float, alpha: float, T: float) -> float:
    r"""Factor :math:`\alpha c\,\mathrm{E}_k\,kA_{k+1}^2` by which the variance of small fields grows in one step."""
    k, p = _sizes(c)
    A = np.array([block_correlation(int(n) + 1, T) for n in k[1:]])
    return alpha * c * float((p[1:] * k[1:]) @ A**2)


@solve.register
def solve_extremely_diluted(model: ExtremelyDiluted, *, ansatz: str = "RS", start: str = "parallel") -> Solution:
    r"""The parallel state of the extremely diluted network, in which every pattern is an isolated block.

    Order parameters: ``M2``, the mean square of :math:`M_\mu` over the patterns, and ``k2``, that of their numbers of
    entries, which it reaches at T = 0. `stability` is one minus the growth of small fields; where it is negative the
    patterns interfere, and `population` has the state. There the free energy and energy given are not those of the
    equilibrium.

    Parameters
    ----------
    model : ExtremelyDiluted
        The state point.
    ansatz : str
        ``"RS"``.
    start : str
        ``"parallel"``.

    Raises
    ------
    ValueError
        If `ansatz` or `start` is not one of these.

    Examples
    --------
    >>> import statmech as sm, theory
    >>> theory.solve(sm.ExtremelyDiluted(c=2, alpha=0.2, T=1))  # doctest: +ELLIPSIS
    M2 = 5.78261  k2 = 6  f = ...  [RS, parallel, converged, residual 0e+00]
    """
    check_choice("ansatz", ansatz, ("RS",))
    check_choice("start", start, STARTS)
    c, alpha, T = model.c, model.alpha, model.T
    k, p = _sizes(c)
    blocks = np.array([block_moment(int(n), T) for n in k])
    M2 = float(p @ blocks[:, 0])
    f = -T * math.log(2) - alpha * float(p @ blocks[:, 1])
    u = -alpha * M2 / 2
    s = math.log(2) + alpha * float(p @ [_block_entropy(int(n), T) for n in k])
    return Solution(
        model=model, ansatz="RS", state="parallel", order={"M2": M2, "k2": c + c * c}, f=f, u=u, s=s, converged=True,
        residual=0.0, iterations=0, stability=1 - growth(c, alpha, T), replicon=1.0,
    )  # fmt: skip


@states.register
def states_extremely_diluted(model: ExtremelyDiluted, *, ansatz: str = "RS") -> list[Solution]:
    """The parallel state, stable or not; see `theory.states`. The cross-talk state is sampled by `population`."""
    return [solve_extremely_diluted(model, ansatz=ansatz)]


def critical_load(c: float, T: ArrayLike = 0.0) -> PhaseLine:
    r"""Load :math:`\alpha_c(T; c)` up to which all patterns are retrieved in parallel, :math:`1/c^2` at T = 0.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> critical_load(2).alpha
    0.25
    """
    array = np.asarray(T, dtype=float)
    c = check_real("c", c, low=0.0, open_low=True)
    temperatures = [check_real("T", x, low=0.0) for x in array.ravel().tolist()]
    found = [solve_extremely_diluted(ExtremelyDiluted(c=c, alpha=1 / growth(c, 1.0, x), T=x)) for x in temperatures]
    return phase_line("critical load", found[0] if array.ndim == 0 else found, array.shape)


def critical_temperature(c: float, alpha: ArrayLike) -> PhaseLine:
    r"""Temperature :math:`T_c(c, \alpha)` below which the patterns interfere.

    Parameters
    ----------
    c : float
        Mean number of entries of a pattern.
    alpha : array_like
        Loads, at least :math:`1/c^2`, the percolation of the graph; at smaller ones there is no such temperature.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> round(critical_temperature(2, 0.5).T, 6)
    2.270754
    """
    array = np.asarray(alpha, dtype=float)
    c = check_real("c", c, low=0.0, open_low=True)
    found = [_critical_point(c, check_real("alpha", x, low=1 / c**2)) for x in array.ravel().tolist()]
    return phase_line("critical temperature", found[0] if array.ndim == 0 else found, array.shape)


def _critical_point(c: float, alpha: float) -> Solution:
    low, high = 0.0, 1.0
    while growth(c, alpha, high) > 1:
        low, high = high, 2 * high
    # at alpha = 1/c² the growth at T = 0 is 1 to rounding
    T = 0.0 if growth(c, alpha, low) <= 1 else optimize.brentq(lambda T: growth(c, alpha, T) - 1, low, high, xtol=1e-13)
    return solve_extremely_diluted(ExtremelyDiluted(c=c, alpha=alpha, T=T))


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
