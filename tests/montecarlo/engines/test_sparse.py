"""The engine of patterns with blanks: energies and updates against the definition, for any integers as entries."""

import numpy as np
import pytest
from scipy.stats import chisquare, combine_pvalues

from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import fresh_cache, parts_of, walker
from montecarlo.engines.single_spin import kernel_of, sweep_sparse
from montecarlo.engines.sparse import Sparse, sparse_engine
from montecarlo.extremely_diluted import scattered_engine
from montecarlo.run import advance, descend
from statmech import ExtremelyDiluted

RULES = ("metropolis", "heat-bath")
ORDERS = ("sequential", "random")


def states(N: int) -> np.ndarray:
    """All states, bit i of the row's number being spin i up."""
    return (2 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1) - 1).astype(np.int8)


def diluted(K: int, N: int, largest: int, seed: int) -> np.ndarray:
    """Patterns of entries up to `largest`, half of them blank; the last site blank in all."""
    rng = np.random.default_rng(seed)
    patterns = rng.integers(-largest, largest + 1, (K, N)) * rng.integers(0, 2, (K, N))
    patterns[:, -1] = 0
    return patterns


def energies_of(patterns: np.ndarray, s: np.ndarray, unit: float, self_couplings: bool) -> np.ndarray:
    """Energies from the matrix of couplings."""
    J = unit * patterns.T.astype(float) @ patterns
    if not self_couplings:
        np.fill_diagonal(J, 0.0)
    return -0.5 * np.einsum("...i,ij,...j", s.astype(float), J, s.astype(float))


def run(engine: Sparse, spins: np.ndarray, T: float, rule: str, order: str, sweeps: int):
    """Snapshots, energies, and the walker after them."""
    replica = walker(engine, spins, np.random.SeedSequence(5))
    blocks = list(advance(engine, replica, acceptance(rule, T, engine.unit), sweeps=sweeps, order=order))
    return np.concatenate([b.spins for b in blocks]), np.concatenate([b.energies for b in blocks]), replica


def test_lists_of_entries() -> None:
    patterns = np.array([[1, 0, 0, -1], [0, 0, 5, -1]])
    engine = sparse_engine(patterns, 0.25, self_couplings=False)
    assert (engine.N, engine.K, engine.constant) == (4, 2, 28.0)
    assert engine.first.tolist() == [0, 1, 1, 2, 4]
    assert engine.index.tolist() == [0, 1, 0, 1]
    assert engine.value.tolist() == [1, 5, -1, -1]
    assert engine.own.tolist() == [1, 0, 25, 2]
    assert kernel_of(parts_of(engine)) is sweep_sparse


@pytest.mark.parametrize("self_couplings", [True, False])
@pytest.mark.parametrize("largest", [1, 40])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("rule", RULES)
def test_cached_equals_recomputed(rule: str, order: str, largest: int, self_couplings: bool) -> None:
    N = 60
    patterns = diluted(7, N, largest, 1)
    engine = sparse_engine(patterns, 1 / (N * largest**2), self_couplings=self_couplings)
    spins, energies, replica = run(engine, np.ones(N, np.int8), 0.4, rule, order, 100)
    assert np.array_equal(replica.cache, fresh_cache(engine, replica.spins))
    assert np.array_equal(replica.cache, patterns @ replica.spins.astype(int))
    assert np.allclose(energies, energies_of(patterns, spins, engine.unit, self_couplings), rtol=1e-12, atol=1e-12)
    assert len(np.unique(energies)) > 50


def test_self_couplings_change_no_trajectory() -> None:
    patterns = diluted(7, 60, 3, 2)
    one, other = (
        run(sparse_engine(patterns, 0.01, self_couplings=on), np.ones(60, np.int8), 0.7, "heat-bath", "random", 50)
        for on in (True, False)
    )
    assert np.array_equal(one[0], other[0])
    assert np.allclose(other[1] - one[1], 0.005 * np.sum(patterns**2), rtol=1e-12)


@pytest.mark.parametrize("N", [8, 12])
@pytest.mark.parametrize("largest", [1, 5])
def test_visits_follow_boltzmann(largest: int, N: int, seed: int) -> None:
    patterns, s = diluted(4, N, largest, 3), states(N)
    engine = sparse_engine(patterns, 1 / (N * largest**2), self_couplings=True)
    energies = energies_of(patterns, s, engine.unit, True)
    values = []
    for k, (T, rule, order) in enumerate(((0.5, "heat-bath", "sequential"), (1.0, "metropolis", "random"))):
        replica = walker(engine, s[3], np.random.SeedSequence(seed + k))
        blocks = advance(engine, replica, acceptance(rule, T, engine.unit), sweeps=400_000, interval=20, order=order)
        numbers = np.concatenate([(block.spins > 0) @ (1 << np.arange(N)) for block in blocks])
        weights = np.exp(-(energies - energies.min()) / T)
        # States in order of energy, pooled into bins of equal expectation.
        order_of = np.argsort(energies, kind="stable")
        share = np.cumsum(weights[order_of]) / weights.sum()
        bins = np.empty(2**N, int)
        bins[order_of] = np.minimum((60 * (share - 0.5 * np.diff(share, prepend=0))).astype(int), 59)
        expected = np.bincount(bins, weights, 60) * len(numbers) / weights.sum()
        seen = np.bincount(bins[numbers], minlength=60)
        values.append(chisquare(seen[expected > 0], expected[expected > 0]).pvalue)
    assert combine_pvalues(values).pvalue > 1e-4, values


def test_free_spins_are_kept_at_zero_temperature_and_turned_above() -> None:
    N = 12
    patterns, s = diluted(3, N, 1, 3), states(N)
    engine = sparse_engine(patterns, 1 / N, self_couplings=True)
    energies = np.round(N * energies_of(patterns, s, 1 / N, False))
    costs = energies[np.arange(2**N)[:, None] ^ (1 << np.arange(N))] - energies[:, None]
    assert np.all(costs[:, -1] == 0)
    resting = s[np.all(costs >= 0, 1)]
    assert len(resting) > 10
    for spins in resting:
        replica = walker(engine, spins, np.random.SeedSequence(1))
        assert descend(engine, replica, limit=5)
        assert np.array_equal(replica.spins, spins)
    free = run(engine, s[0], 1e-6, "heat-bath", "sequential", 4000)[0][:, -1]
    assert abs(free.mean()) < 5 / np.sqrt(4000)


def test_patterns_of_few_entries() -> None:
    engine = scattered_engine(ExtremelyDiluted(c=3, alpha=0.5, T=1), 200, np.random.SeedSequence(2))
    patterns = np.zeros((100, 200), int)
    patterns[engine.index, np.repeat(np.arange(200), np.diff(engine.first).astype(int))] = engine.value
    assert np.sum(patterns != 0) == len(engine.value)
    spins, energies, replica = run(engine, np.ones(200, np.int8), 1.0, "heat-bath", "sequential", 50)
    assert np.array_equal(replica.cache, patterns @ replica.spins)
    assert np.allclose(energies, energies_of(patterns, spins, 1.0, True), rtol=1e-12)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="unit = 0"):
        sparse_engine(np.ones((1, 4), int), 0.0, self_couplings=True)
    with pytest.raises(ValueError, match="hold 40000"):
        sparse_engine(np.full((1, 4), 40_000), 1.0, self_couplings=True)
    with pytest.raises(ValueError, match="31 bits"):
        sparse_engine(np.full((1, 80_000), 32_000), 1.0, self_couplings=True)
