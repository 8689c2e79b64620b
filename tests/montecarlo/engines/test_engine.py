"""Engines: what they cache is what it should be, and bad couplings are refused."""

import numpy as np
import pytest

from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import couplings_engine, fresh_cache, overlaps_engine, sweep, walker
from montecarlo.run import advance

N = 60


@pytest.mark.parametrize("order", ["sequential", "random"])
@pytest.mark.parametrize("rule", ["metropolis", "heat-bath"])
def test_cached_equals_recomputed(any_name: str, rule: str, order: str, case, random_patterns) -> None:
    this = case(any_name, random_patterns(9, N, 1))
    replica = this.start(random_patterns(1, N, 2)[0])
    assert np.array_equal(replica.cache, fresh_cache(this.engine, replica.spins))
    shots = np.empty((25, N), np.int8)
    words = np.random.default_rng(3).integers(0, 2**32, 4 * 25 * N, np.uint32)
    table = acceptance(rule, 0.8, this.engine.unit)
    accepted, energies = sweep(this.engine, replica, table, words, shots, interval=2, order=order)
    assert accepted > 500
    assert np.array_equal(shots[-1], replica.spins)
    assert np.array_equal(replica.cache, fresh_cache(this.engine, replica.spins))
    assert np.allclose(energies, this.energy(shots), rtol=1e-12)


def test_real_couplings_drift_little(real_case) -> None:
    J = np.triu(np.random.default_rng(1).normal(size=(N, N)) / np.sqrt(N), 1)
    this = real_case(J + J.T)
    replica = this.start(np.ones(N, np.int8))
    rule = acceptance("metropolis", 1.0, 1.0)
    blocks = list(advance(this.engine, replica, rule, sweeps=2000, interval=10))
    assert sum(block.accepted for block in blocks) > 20_000
    assert np.abs(replica.cache - fresh_cache(this.engine, replica.spins)).max() < 1e-4
    spins = np.concatenate([block.spins for block in blocks])
    energies = np.concatenate([block.energies for block in blocks])
    assert np.allclose(energies, this.energy(spins), atol=1e-3)


def test_fields_of_definition(random_patterns) -> None:
    patterns = random_patterns(200, 40, 1)
    spins = random_patterns(1, 40, 2)[0]
    J = patterns.T.astype(int) @ patterns
    np.fill_diagonal(J, 0)
    assert np.array_equal(fresh_cache(couplings_engine(J), spins), J @ spins)
    assert np.array_equal(fresh_cache(overlaps_engine(patterns), spins)[:200], patterns.astype(int) @ spins)


@pytest.mark.parametrize(
    ("largest", "matrix", "fields"),
    [(1, "int8", "int16"), (127, "int8", "int16"), (128, "int16", "int16"), (2000, "int16", "int32")],
)
def test_narrowest_types(largest: int, matrix: str, fields: str) -> None:
    J = np.full((50, 50), -largest)
    np.fill_diagonal(J, 0)
    engine = couplings_engine(J)
    assert (engine.J.dtype, engine.fields) == (np.dtype(matrix), np.dtype(fields))
    assert fresh_cache(engine, np.ones(50, np.int8))[0] == -49 * largest


def test_energy_unit() -> None:
    J = np.array([[0, 1], [1, 0]])
    engine = couplings_engine(J, 0.5)
    replica = walker(engine, np.array([1, 1], np.int8), np.random.SeedSequence(1))
    words = np.full(2, 2**32 - 1, np.uint32)
    energies = sweep(engine, replica, acceptance("heat-bath", 0.1, 0.5), words, np.empty((1, 2), np.int8))[1]
    assert energies.tolist() == [-0.5]


@pytest.mark.parametrize(
    ("J", "message"),
    [
        (np.ones(4), "square"),
        (np.ones((3, 4)), "square"),
        (np.ones((3, 3)), "zero diagonal"),
        (np.triu(np.ones((3, 3)), 1), "symmetric"),
        (np.array([[0, np.nan], [np.nan, 0]]), "finite"),
        (40_000 * (1 - np.eye(3, dtype=int)), "32767"),
    ],
)
def test_bad_couplings_are_refused(J: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        couplings_engine(J)


def test_bad_unit_and_too_many_patterns_are_refused() -> None:
    with pytest.raises(ValueError, match="unit = 0"):
        couplings_engine(1 - np.eye(3, dtype=int), 0)
    with pytest.raises(ValueError, match="N K"):
        overlaps_engine(np.broadcast_to(np.int8(1), (50_000, 50_000)))
