"""Distribution of the overlap from counts of equal spins."""

import math

import numpy as np
from numpy.typing import NDArray

from montecarlo.measure import OVERLAP_EDGES


def overlap_values(N: int) -> NDArray[np.float64]:
    """Overlaps of two states with 0, 1, …, N equal spins, shape (N + 1,)."""
    return (2.0 * np.arange(N + 1) - N) / N


def overlap_density(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Density of the overlap over `OVERLAP_EDGES` from counts of equal spins, shape (..., N + 1).

    An overlap of N spins is a multiple of 2/N: each is spread evenly over its share of [-1, 1], so that bins do
    not take turns in holding more and fewer of them.

    Returns
    -------
    array, shape (..., 101)
        Integrates to one.
    """
    N = counts.shape[-1] - 1
    cells = np.clip(np.concatenate([overlap_values(N) - 1.0 / N, [1.0]]), -1.0, 1.0)
    below = np.concatenate([np.zeros((*counts.shape[:-1], 1)), np.cumsum(counts, -1)], -1)
    flat = below.reshape(-1, N + 2)
    at_edges = np.stack([np.interp(OVERLAP_EDGES, cells, row / row[-1]) for row in flat])
    density = np.diff(at_edges, axis=1) / np.diff(OVERLAP_EDGES)
    return density.reshape(*counts.shape[:-1], -1)


def average_density(densities: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """``P_q``, mean of the densities of n disorder samples, shape (n, bins), and ``P_q_err``, its standard error."""
    n, bins = densities.shape
    error = densities.std(0, ddof=1) / math.sqrt(n) if n > 1 else np.full(bins, math.nan)
    return {"P_q": densities.mean(0), "P_q_err": error}
