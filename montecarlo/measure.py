"""Measurements on snapshots of the spins: overlaps with patterns and between replicas."""

import numpy as np
from numba import int32, njit
from numpy.typing import NDArray

OVERLAP_EDGES: NDArray[np.float64] = np.linspace(-1.0, 1.0, 102)
"""Bin edges of overlap histograms: 101 bins, so that overlap 0 and, by symmetry, ±q are treated alike."""

OVERLAP_CENTRES: NDArray[np.float64] = 0.5 * (OVERLAP_EDGES[1:] + OVERLAP_EDGES[:-1])
"""Centres of these bins."""


@njit(cache=True)
def track_overlaps(xi, spins, overlaps, snapshots, out):  # type: ignore[no-untyped-def]
    """Follow the integer overlaps with all patterns through a stack of snapshots: O(K) per changed spin.

    Parameters
    ----------
    xi : array of int8, shape (N, K')
        Patterns, site by site.
    spins : array of int8, shape (N,)
        Spins that `overlaps` belongs to; changed to the last snapshot.
    overlaps : array of int32, shape (K',)
        Overlaps ``xi.T @ spins``; changed to those of the last snapshot.
    snapshots : array of int8, shape (S, N)
        Spins at each measurement.
    out : array of int32, shape (S, K')
        Filled with the overlaps of each snapshot.
    """
    for shot in range(snapshots.shape[0]):
        for i in range(spins.size):
            if snapshots[shot, i] != spins[i]:
                spins[i] = snapshots[shot, i]
                step = int32(2 * spins[i])
                for mu in range(overlaps.size):
                    overlaps[mu] += step * int32(xi[i, mu])
        out[shot] = overlaps


@njit(cache=True)
def replica_overlaps(first, second, out):  # type: ignore[no-untyped-def]
    """Fill `out`, shape (S,), with the integer overlaps of two stacks of snapshots, shape (S, N)."""
    for shot in range(first.shape[0]):
        total = int32(0)
        for i in range(first.shape[1]):
            total += int32(first[shot, i] * second[shot, i])
        out[shot] = total


def overlap_histogram(q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Histogram of overlaps over `OVERLAP_EDGES`, as a density (it integrates to one)."""
    return np.histogram(np.clip(q, -1.0, 1.0), OVERLAP_EDGES, density=True)[0]
