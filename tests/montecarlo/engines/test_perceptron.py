"""The engine of perceptrons: thresholds, both costs, types, and runs that are stopped and continued."""

import numpy as np
import pytest

from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import fresh_cache, parts_of, sweep, walker
from montecarlo.engines.perceptron import check_stability, perceptron_engine
from montecarlo.engines.single_spin import kernel_of, sweep_fields
from montecarlo.run import advance, descend, is_minimum
from montecarlo.settings import Settings
from montecarlo.tempering.ladder import Ladder, climb, empty_tally, from_plain, random_ladder, to_plain


def test_a_field_at_the_threshold_is_stored() -> None:
    """θ(0) = 0: at N = 9 and κ = 1 the threshold is the field 3 itself."""
    X = np.ones((1, 9), np.int8)
    engine = perceptron_engine(X, 1.0)
    assert (engine.threshold, engine.slack, engine.fields) == (3, 0.0, np.dtype(np.int16))
    assert kernel_of(parts_of(engine)) is sweep_fields
    words = np.full(9, 2**32 - 1, np.uint32)
    for up, errors in ((6, 0.0), (5, 1.0)):
        spins = np.where(np.arange(9) < up, 1, -1).astype(np.int8)
        replica = walker(engine, spins, np.random.SeedSequence(1))
        assert replica.cache[0] == 2 * up - 9
        shots = np.empty((1, 9), np.int8)
        rule = acceptance("heat-bath", 1e-6, engine.unit)
        energy = sweep(engine, replica, rule, words, shots)[1][0]
        assert energy == errors * (not np.any(shots[0] != spins))


@pytest.mark.parametrize("cost", ["errors", "stability"])
@pytest.mark.parametrize("kappa", [-1.3, 0.0, 0.7])
@pytest.mark.parametrize("kind", ["signs", "grid"])
def test_energies_of_the_definition(kind: str, kappa: float, cost: str) -> None:
    rng = np.random.default_rng(1)
    N, P = 51, 77
    unit = 1.0 if kind == "signs" else 1 / 2048
    X = 2 * rng.integers(0, 2, (P, N)) - 1 if kind == "signs" else np.rint(rng.normal(size=(P, N)) / unit).astype(int)
    engine = perceptron_engine(X, kappa, cost=cost, unit=unit, field=0.03)
    assert engine.X.dtype == (np.int8 if kind == "signs" else np.int16)
    replica = walker(engine, np.ones(N, np.int8), np.random.SeedSequence(2))
    rule = acceptance("metropolis", 0.9, engine.unit)
    blocks = list(advance(engine, replica, rule, sweeps=200, order="random"))
    spins = np.concatenate([block.spins for block in blocks]).astype(float)
    missing = kappa * np.sqrt(N) - unit * spins @ X.T
    expected = (missing > 0).sum(1) if cost == "errors" else np.maximum(missing, 0).sum(1) / np.sqrt(N)
    energies = np.concatenate([block.energies for block in blocks])
    assert np.allclose(energies, expected - 0.03 * spins.sum(1), rtol=1e-12, atol=1e-12)
    assert np.array_equal(replica.cache, fresh_cache(engine, replica.spins))
    assert len(np.unique(energies)) > 20


def test_fields_of_many_weights_are_wider() -> None:
    N = 40_001
    engine = perceptron_engine((2 * np.random.default_rng(1).integers(0, 2, (3, N)) - 1).astype(np.int8))
    assert engine.fields == np.int32
    replica = walker(engine, np.where(engine.X[:, 0] > 0, 1, -1).astype(np.int8), np.random.SeedSequence(2))
    assert replica.cache[0] == N
    next(advance(engine, replica, acceptance("heat-bath", 1.0, 1.0), sweeps=1))
    assert np.array_equal(replica.cache, fresh_cache(engine, replica.spins))


@pytest.mark.parametrize("order", ["sequential", "random"])
def test_both_costs_vanish_at_the_same_weights(order: str) -> None:
    X = 2 * np.random.default_rng(3).integers(0, 2, (30, 101)) - 1
    engine = perceptron_engine(X, 0.1, cost="stability")
    replica = walker(engine, np.ones(101, np.int8), np.random.SeedSequence(3))
    assert descend(engine, replica, limit=100, order=order)
    assert is_minimum(engine, replica)
    energy = next(advance(engine, replica, acceptance("heat-bath", 0.0, engine.unit), sweeps=1)).energies[0]
    assert (energy == 0) == np.all(X @ replica.spins >= 0.1 * np.sqrt(101))


def test_saved_and_continued_is_uninterrupted() -> None:
    X = 2 * np.random.default_rng(4).integers(0, 2, (60, 61)) - 1
    engine, settings = perceptron_engine(X, field=0.1), Settings(interval=2, order="random")
    ladders = [random_ladder(engine, [0.5, 0.8, 1.3], np.random.SeedSequence(5)) for _ in range(2)]
    tallies = [empty_tally(3, 61) for _ in range(2)]
    climb(engine, ladders[0], tallies[0], 50, settings)
    climb(engine, ladders[1], tallies[1], 19, settings)
    again = from_plain(Ladder, to_plain(ladders[1]))
    climb(engine, again, tallies[1], 31, settings)
    for one, other in ((ladders[0], again), (tallies[0], tallies[1])):
        assert all(np.array_equal(values, to_plain(other)[name]) for name, values in to_plain(one).items())
    assert np.array_equal(ladders[0].caches, [fresh_cache(engine, state) for state in ladders[0].spins])
    assert tallies[0].exchanges[1].min() > 5


def test_what_cannot_be_held_is_refused() -> None:
    signs = np.ones((2, 9), np.int8)
    for X in (np.ones(9, int), np.ones((0, 9), int), np.ones((2, 9))):
        with pytest.raises(ValueError, match=r"holds integers, shape \(P, N\)"):
            perceptron_engine(X)
    with pytest.raises(ValueError, match="N = 8 is not allowed: with patterns ±1"):
        perceptron_engine(signs[:, :8])
    with pytest.raises(ValueError, match="cost = 'volume'"):
        perceptron_engine(signs, cost="volume")
    with pytest.raises(ValueError, match="unit = 0"):
        perceptron_engine(signs, unit=0)
    with pytest.raises(ValueError, match="exceed 16 or 31 bits"):
        perceptron_engine(40_000 * np.ones((2, 9), int))
    wide = np.broadcast_to(np.int16(30_000), (300, 301))
    assert perceptron_engine(wide).fields == np.int32
    with pytest.raises(ValueError, match="with 300 patterns"):
        perceptron_engine(wide, cost="stability")
    with pytest.raises(ValueError, match="kappa = 3.0 is not allowed at N = 9: no pattern can be stored"):
        check_stability(3.0, 9)
    with pytest.raises(ValueError, match="all patterns are stored"):
        perceptron_engine(signs, -3.1)
