"""Engines of any interaction: energies against sums over tuples, costs of flips, one trajectory for both."""

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chisquare, combine_pvalues

from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.dense import (
    KERNELS,
    check_room,
    choose_kernel,
    coarse_unit,
    interaction_engine,
    metropolis_acceptance,
    pack,
)
from montecarlo.engines.engine import Engine, fresh_cache, walker
from montecarlo.engines.interactions import dense_interaction
from montecarlo.engines.memory import BYTES_LIMIT
from montecarlo.engines.single_spin import _flip_cost
from montecarlo.run import advance, descend

RULES = ("metropolis", "heat-bath")
ORDERS = ("sequential", "random")


def states(N: int) -> np.ndarray:
    """All states, bit i of the row's number being spin i up."""
    return (2 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1) - 1).astype(np.int8)


def distinct_energies(patterns: np.ndarray, P: int, s: np.ndarray) -> np.ndarray:
    """Energies of states, shape (S, N), from couplings of all tuples of distinct sites."""
    N = patterns.shape[1]
    tuples = np.array(list(combinations(range(N), P)))
    J = patterns[:, tuples].prod(2, dtype=np.int64).sum(0)
    return -(s[:, tuples].prod(2, dtype=np.int64) @ J) / math.comb(N - 1, P - 1)


def repeated_energies(patterns: np.ndarray, P: int, s: np.ndarray) -> np.ndarray:
    """Energies of states from all tuples of sites, and the mean over all states taken off."""
    N = patterns.shape[1]
    everything = np.array([all_tuples_sum(row, P) for row in states(N)[: 2 ** (N - 1)]])  # even in the overlap
    number = (patterns[:, None, :] * s > 0) @ (1 << np.arange(N))
    folded = np.minimum(number, 2**N - 1 - number)
    return -(everything[folded] - everything.mean()).sum(0) / (P * N ** (P - 1))


def all_tuples_sum(x: np.ndarray, P: int) -> int:
    """Sum of the products of all N^(P/2) times N^(P/2) tuples, one half of the sites after the other."""
    products = x
    for _ in range(P // 2 - 1):
        products = np.multiply.outer(products, x).ravel()
    return int(np.multiply.outer(products, products).sum(dtype=np.int64))


def run(engine: Engine, spins: np.ndarray, T: float, rule: str, order: str, sweeps: int) -> tuple[np.ndarray, ...]:
    """Snapshots, energies and the number of accepted flips."""
    table = acceptance(rule, T, engine.unit)
    blocks = list(advance(engine, walker(engine, spins, np.random.SeedSequence(5)), table, sweeps=sweeps, order=order))
    return (
        np.concatenate([block.spins for block in blocks]),
        np.concatenate([block.energies for block in blocks]),
        np.array(sum(block.accepted for block in blocks)),
    )


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize(
    ("N", "P", "indices"),
    [
        (8, 4, "distinct"),
        (12, 4, "distinct"),
        (9, 6, "distinct"),
        (12, 6, "distinct"),
        (10, 8, "distinct"),
        (8, 4, "repeated"),
        (11, 4, "repeated"),
        (8, 6, "repeated"),
        (6, 6, "repeated"),
    ],
)
def test_energies_of_all_states(N: int, P: int, indices: str, name: str, random_patterns) -> None:
    patterns, s = random_patterns(20, N, 1), states(N)
    energies = (distinct_energies if indices == "distinct" else repeated_energies)(patterns, P, s)
    engine = interaction_engine(patterns, dense_interaction(N, P, indices), name)
    M = s.astype(int) @ patterns.T
    assert np.allclose(engine.unit * engine.F[(M + N) // 2].sum(1), energies, rtol=1e-13, atol=1e-12)
    # The kernel's own sum, of states that a hot run visits.
    spins, seen, _ = run(engine, s[5], 2.0, "heat-bath", "sequential", 50)
    assert np.allclose(seen, energies[(spins > 0) @ (1 << np.arange(N))], rtol=1e-13, atol=1e-12)


@pytest.mark.parametrize("P", [4, 6, 8])
@pytest.mark.parametrize("indices", ["distinct", "repeated"])
def test_costs_of_flips_are_differences_of_energy(P: int, indices: str, random_patterns) -> None:
    N, K = 9, 20
    patterns, s = random_patterns(K, N, 1), states(N)
    values = dense_interaction(N, P, indices)
    table, split = (interaction_engine(patterns, values, name) for name in KERNELS)
    energies = table.F[(s.astype(int) @ patterns.T + N) // 2].sum(1)
    for number in range(0, 2**N, 7):
        caches = [fresh_cache(engine, s[number])[None] for engine in (table, split)]
        costs = energies[number ^ (1 << np.arange(N))] - energies[number]
        for cache in caches:
            found = [_flip_cost(table.costs, table.xi, K, cache, s[number : number + 1], 0, i) for i in range(N)]
            assert found == costs.tolist()
        # Twice the field, in units of F: sum of the even parts, and the odd parts along the patterns.
        even, odd = (split.parts[(caches[1][0, 0, :K] + N) >> 1] >> 32).sum(), caches[1][0, 1, :K].astype(int)
        fields = split.scale * (even + s[number] * (split.xi[:, :K] @ odd))
        assert np.abs(fields - 0.5 * costs).max() <= split.slack


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("indices", ["distinct", "repeated"])
def test_both_kernels_give_the_same_trajectory(rule: str, order: str, indices: str, random_patterns) -> None:
    for N, P, K in ((40, 4, 700), (31, 6, 100), (24, 8, 33)):
        patterns = random_patterns(K, N, 1)
        values = dense_interaction(N, P, indices)
        for T in (0.0, 0.2, 1.0):
            runs = [
                run(interaction_engine(patterns, values, name), patterns[0], T, rule, order, 60) for name in KERNELS
            ]
            assert all(np.array_equal(*pair) for pair in zip(*runs, strict=True))
        assert runs[0][2] > 100


@pytest.mark.parametrize("rule", RULES)
def test_where_rounding_leaves_a_doubt_the_table_decides(rule: str, random_patterns) -> None:
    """Parts so coarse that most attempts are undecided, and copies of one pattern, whose odd parts overflow."""
    N, K = 30, 500
    values = [math.pi * float(value) for value in dense_interaction(N, 4, "distinct")]  # 53 bits
    for patterns, T in ((random_patterns(K, N, 1), 4.0), (np.repeat(random_patterns(1, N, 2), K, 0), 800.0)):
        engine = interaction_engine(patterns, values, "odd-part")
        runs = [run(interaction_engine(patterns, values, "look-up"), patterns[0], T, rule, "sequential", 60)]
        for factor in (1, 2**8, 2**16, 2**24):
            coarse = factor * coarse_unit(engine.F, K)
            parts, scale, slack = pack(engine.F, coarse, K)
            rough = replace(engine, parts=parts, scale=scale, slack=slack)
            runs.append(run(rough, patterns[0], T, rule, "sequential", 60))
        assert all(np.array_equal(one, two) for other in runs[1:] for one, two in zip(runs[0], other, strict=True))
        assert runs[0][2] > 100
    odd = fresh_cache(engine, patterns[0])[1, :K].astype(np.int64)
    assert np.abs(odd).sum() > 2**31


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("indices", ["distinct", "repeated"])
def test_visits_follow_boltzmann(name: str, indices: str, random_patterns, seed: int) -> None:
    N = 6
    patterns, s = random_patterns(8, N, 1), states(N)
    energies = (distinct_energies if indices == "distinct" else repeated_energies)(patterns, 4, s)
    engine = interaction_engine(patterns, dense_interaction(N, 4, indices), name)
    values = []
    for k, (T, rule) in enumerate(((0.8, "heat-bath"), (2.0, "metropolis"))):
        replica = walker(engine, s[3], np.random.SeedSequence(seed + k))
        blocks = advance(engine, replica, acceptance(rule, T, engine.unit), sweeps=200_000, interval=20, order="random")
        numbers = np.concatenate([(block.spins > 0) @ (1 << np.arange(N)) for block in blocks])
        weights = np.exp(-(energies - energies.min()) / T)
        values.append(chisquare(np.bincount(numbers, minlength=2**N), len(numbers) * weights / weights.sum()).pvalue)
    assert combine_pvalues(values).pvalue > 1e-4, values


@pytest.mark.parametrize("name", KERNELS)
def test_any_function_of_the_overlap(name: str, random_patterns) -> None:
    """Values without any symmetry, as floating-point numbers."""
    N, K = 9, 12
    patterns, s = random_patterns(K, N, 1), states(N)
    values = np.random.default_rng(2).normal(size=N + 1)
    engine = interaction_engine(patterns, values, name)
    spins, energies, accepted = run(engine, s[5], 5.0, "metropolis", "random", 200)
    assert accepted > 100
    assert np.allclose(energies, values[(spins.astype(int) @ patterns.T + N) // 2].sum(1), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", KERNELS)
def test_descent_keeps_spins_whose_flip_costs_nothing(name: str, random_patterns) -> None:
    N = 12
    patterns, s = random_patterns(2, N, 3), states(N)
    engine = interaction_engine(patterns, dense_interaction(N, 4, "distinct"), name)
    energies = engine.F[(s.astype(int) @ patterns.T + N) // 2].sum(1)
    costs = energies[np.arange(2**N)[:, None] ^ (1 << np.arange(N))] - energies[:, None]
    resting = s[np.all(costs >= 0, 1) & np.any(costs == 0, 1)]
    assert len(resting) > 10
    for spins in resting:
        replica = walker(engine, spins, np.random.SeedSequence(1))
        assert descend(engine, replica, limit=5)
        assert np.array_equal(replica.spins, spins)


def test_choice_by_acceptance(random_patterns) -> None:
    N, K = 60, 2000
    values = dense_interaction(N, 4, "distinct")
    engine = interaction_engine(random_patterns(K, N, 1), values)
    for T in (1.0, 2.0, 4.0):
        accepted = run(engine, random_patterns(1, N, 2)[0], T, "metropolis", "random", 400)[2] / (400 * N)
        assert accepted == pytest.approx(metropolis_acceptance(values, K, T), abs=0.02)
    choices = {(rule, T): choose_kernel("auto", values, K, rule, T) for rule in RULES for T in (0.0, 0.3, 4.0)}
    assert [key for key, name in choices.items() if name == "look-up"] == [("metropolis", 4.0)]
    assert choose_kernel("look-up", values, K, "heat-bath", 0.1) == "look-up"


def test_refusals(random_patterns) -> None:
    with pytest.raises(ValueError, match="N = 40000 .* 32767"):
        check_room(40_000, 1)
    with pytest.raises(ValueError, match=f"K = 10000000 .* {BYTES_LIMIT}"):
        check_room(200, 10_000_000)
    with pytest.raises(ValueError, match="engine = 'overlaps'"):
        choose_kernel("overlaps", [], 1, "heat-bath", 1.0)
    with pytest.raises(ValueError, match="7 values"):
        interaction_engine(random_patterns(3, 8, 1), [0.0] * 7)
    with pytest.raises(ValueError, match="engine = 'auto'"):
        interaction_engine(random_patterns(3, 8, 1), [0.0] * 9, "auto")
