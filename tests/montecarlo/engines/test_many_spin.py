"""Engines of three and more spins, external fields and enumerated energies, against their definitions."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chisquare, combine_pvalues

from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Engine, couplings_engine, fresh_cache, sweep, walker
from montecarlo.engines.many_spin import all_tuples, state_number, table_engine, triplets_engine, tuples_engine
from montecarlo.run import advance, descend

N = 9
UNIT = 0.01
NAMES = ("pairs", "pairs, float32", "triplets", "3-tuples", "4-tuples", "5-tuples", "table")


@dataclass(frozen=True)
class System:
    """An engine and the energies of all of its states by definition."""

    engine: Engine
    energies: np.ndarray


def states(count: int) -> np.ndarray:
    """All states, bit i of the row's number being spin i up."""
    return (2 * ((np.arange(2**count)[:, None] >> np.arange(count)) & 1) - 1).astype(np.int8)


def system(name: str, field: int, seed: int = 1, count: int = N) -> System:
    """A small system with integer couplings of about 30 units and a field."""
    generator = np.random.default_rng(seed)
    s = states(count).astype(float)
    if name == "table":
        energies = generator.normal(0, 1.5, 2**count) - UNIT * field * s.sum(1)
        return System(table_engine(energies), energies)
    p = 2 if name.startswith("pairs") else 3 if name == "triplets" else int(name[0])
    J = generator.integers(-40, 41, len(list(combinations(range(count), p))))
    energies = -UNIT * field * s.sum(1)
    for value, sites in zip(J, combinations(range(count), p), strict=True):
        energies -= UNIT * value * s[:, sites].prod(1)
    if p == 2:
        matrix = np.zeros((count, count), int)
        matrix[np.triu_indices(count, 1)] = J
        matrix += matrix.T
        kind = float if name == "pairs, float32" else int
        return System(couplings_engine(matrix.astype(kind), UNIT, field), energies)
    if name == "triplets":
        return System(triplets_engine(J, count, UNIT, field), energies)
    return System(tuples_engine(J, count, p, UNIT, field), energies)


@pytest.mark.parametrize("field", [0, 35])
@pytest.mark.parametrize("order", ["sequential", "random"])
@pytest.mark.parametrize("name", NAMES)
def test_energies_and_caches(name: str, order: str, field: int) -> None:
    this = system(name, field)
    replica = walker(this.engine, np.ones(N, np.int8), np.random.SeedSequence(1))
    words = np.random.default_rng(3).integers(0, 2**32, 4 * 200 * N, np.uint32)
    shots = np.empty((200, N), np.int8)
    rule = acceptance("metropolis", 1.0, this.engine.unit)
    accepted, energies = sweep(this.engine, replica, rule, words, shots, interval=2, order=order)
    numbers = (shots > 0) @ (1 << np.arange(N))
    assert accepted > 200
    assert np.allclose(energies, this.energies[numbers], rtol=1e-12, atol=1e-12)
    assert np.array_equal(replica.cache, fresh_cache(this.engine, replica.spins))


@pytest.mark.parametrize("name", NAMES)
def test_fields_are_costs_of_flips(name: str) -> None:
    this = system(name, 35)
    if name == "table":
        assert [fresh_cache(this.engine, s)[0] for s in states(N)] == list(range(2**N))
        return
    for s in states(N)[::17]:
        flipped = state_number(s) ^ (1 << np.arange(N))
        cost = this.energies[flipped] - this.energies[state_number(s)]
        assert np.allclose(2 * this.engine.unit * fresh_cache(this.engine, s) * s, cost, atol=1e-12)


@pytest.mark.parametrize("field", [0, 35])
@pytest.mark.parametrize("name", NAMES)
def test_visits_follow_boltzmann(name: str, field: int, seed: int) -> None:
    this = system(name, field, count=5)
    values = []
    for k, T in enumerate((1.0, 2.0)):
        replica = walker(this.engine, np.ones(5, np.int8), np.random.SeedSequence(seed + k))
        rule = acceptance("heat-bath", T, this.engine.unit)
        run = advance(this.engine, replica, rule, sweeps=200_000, interval=10, order="random")
        numbers = np.concatenate([(block.spins > 0) @ (1 << np.arange(5)) for block in run])
        weights = np.exp(-(this.energies - this.energies.min()) / T)
        values.append(chisquare(np.bincount(numbers, minlength=32), len(numbers) * weights / weights.sum()).pvalue)
    assert combine_pvalues(values).pvalue > 1e-4, values


def test_triplets_and_tuples_are_the_same_system() -> None:
    paths = []
    for name in ("triplets", "3-tuples"):
        this = system(name, 20)
        replica = walker(this.engine, np.ones(N, np.int8), np.random.SeedSequence(1))
        blocks = advance(this.engine, replica, acceptance("heat-bath", 1.0, UNIT), sweeps=300)
        paths.append(np.concatenate([block.spins for block in blocks]))
    assert np.array_equal(*paths)


@pytest.mark.parametrize("name", NAMES)
def test_descent_ends_where_no_flip_lowers_the_energy(name: str) -> None:
    this = system(name, 0)
    for k in range(5):
        replica = walker(this.engine, states(N)[100 * k], np.random.SeedSequence(k))
        assert descend(this.engine, replica, limit=100)
        number = state_number(replica.spins)
        assert np.all(this.energies[number ^ (1 << np.arange(N))] >= this.energies[number] - 1e-12)


def test_a_field_between_units_makes_fields_real() -> None:
    engine = couplings_engine(np.ones((4, 4), int) - np.eye(4, dtype=int), 0.5, 0.3)
    assert engine.fields == np.float32
    assert np.allclose(fresh_cache(engine, np.ones(4, np.int8)), 3.3)
    assert couplings_engine(np.ones((4, 4), int) - np.eye(4, dtype=int), 0.5, 2.0).fields == np.int16


def test_all_tuples_are_in_order() -> None:
    assert all_tuples(6, 4).tolist() == [list(sites) for sites in combinations(range(6), 4)]


def test_what_cannot_be_held_is_refused() -> None:
    with pytest.raises(ValueError, match="N = 200 is not allowed: it has"):
        all_tuples(200, 5)
    with pytest.raises(ValueError, match="N = 900"):
        triplets_engine(np.zeros(0, int), 900, 1.0)
    with pytest.raises(ValueError, match=r"2\^31"):
        triplets_engine(np.full(120, 2**13), 10, 1.0, 2**31)
    with pytest.raises(ValueError, match="energies of 12 states"):
        table_engine(np.zeros(12))
    with pytest.raises(ValueError, match="finite"):
        table_engine(np.array([0.0, 1.0, np.nan, 0.0]))
    with pytest.raises(ValueError, match="field"):
        couplings_engine(np.zeros((3, 3), int), 1.0, np.inf)
