"""Measurements on snapshots against their definitions."""

import numpy as np
import pytest

from montecarlo.measure import OVERLAP_EDGES, overlap_histogram, replica_overlaps, track_overlaps


def test_tracked_overlaps_are_the_overlaps(random_patterns) -> None:
    xi = np.ascontiguousarray(random_patterns(16, 50, 1).T)
    shots = random_patterns(7, 50, 2)
    spins = random_patterns(1, 50, 3)[0]
    overlaps = (xi.T.astype(np.int32) @ spins.astype(np.int32)).astype(np.int32)
    out = np.empty((7, 16), np.int32)
    track_overlaps(xi, spins, overlaps, shots, out)
    assert np.array_equal(out, shots.astype(int) @ xi.astype(int))
    assert np.array_equal(spins, shots[-1])
    assert np.array_equal(overlaps, out[-1])


def test_replica_overlaps(random_patterns) -> None:
    first, second = random_patterns(5, 300, 1), random_patterns(5, 300, 2)
    out = np.empty(5, np.int32)
    replica_overlaps(first, second, out)
    assert np.array_equal(out, np.sum(first.astype(int) * second, 1))


def test_histogram_is_a_symmetric_density() -> None:
    q = np.concatenate([np.linspace(-1, 1, 201), [1.0, 1.0 + 1e-15]])
    density = overlap_histogram(q)
    assert len(density) == len(OVERLAP_EDGES) - 1
    assert np.sum(density * np.diff(OVERLAP_EDGES)) == pytest.approx(1)
    sample = np.random.default_rng(1).uniform(-1, 1, 1000)
    assert np.allclose(overlap_histogram(-sample)[::-1], overlap_histogram(sample))
