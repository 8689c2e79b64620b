"""Engine of integer entries: energies against sums over tuples, costs of flips, exact caches, limits."""

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chisquare, combine_pvalues

import statmech as sm
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Couplings, fresh_cache, parts_of, sweep, walker
from montecarlo.engines.power_sums import (
    PowerSums,
    elementary_symmetric,
    fresh_sums,
    largest_entry,
    newton_coefficients,
    power_sums_engine,
)
from montecarlo.engines.power_sums_learned import pair_engine, supervised_engine
from montecarlo.engines.single_spin import _exact_field, _field, _field_4, _field_6, sweep_power_sums
from montecarlo.engines.words import fill_words, word_buffer
from montecarlo.settings import Settings
from montecarlo.tempering.ladder import climb, empty_tally, random_ladder
from statmech.examples import example_sums, noisy_examples

ORDERS = ("sequential", "random")


def states(N: int) -> np.ndarray:
    """All states, bit i of the row's number being spin i up."""
    return (2 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1) - 1).astype(np.int8)


def number(spins: np.ndarray) -> np.ndarray:
    """Numbers of states, shape (..., N)."""
    return (spins > 0) @ (1 << np.arange(spins.shape[-1]))


def tuple_sums(rows: np.ndarray, P: int, s: np.ndarray) -> np.ndarray:
    """Sums over rows and tuples of distinct sites of the products of entries and spins, for states (S, N)."""
    tuples = np.array(list(combinations(range(rows.shape[1]), P)))
    return s[:, tuples].prod(2, dtype=np.int64) @ rows.astype(np.int64)[:, tuples].prod(2).sum(0)


def draw(random_patterns, K: int, N: int, M: int) -> np.ndarray:
    return example_sums(random_patterns(K, N, 1), M=M, r=0.6, stream=np.random.SeedSequence(2))


def run(engine: PowerSums, spins: np.ndarray, T: float, sweeps: int, order: str = "sequential", seed: int = 5):
    """The replica at the end, snapshots, energies and the number of accepted flips."""
    replica = walker(engine, spins, np.random.SeedSequence(seed))
    words = word_buffer(2 * engine.N * sweeps)
    fill_words(replica.words, words)
    snapshots = np.empty((sweeps, engine.N), np.int8)
    accepted, energies = sweep(engine, replica, acceptance("heat-bath", T, engine.unit), words, snapshots, order=order)
    return replica, snapshots, energies, accepted


@pytest.mark.parametrize("P", [2, 4, 6, 8])
@pytest.mark.parametrize("M", [1, 3, 10])
def test_energies_of_all_states(P: int, M: int, random_patterns) -> None:
    N, K = 9, 12
    sums, s = draw(random_patterns, K, N, M), states(N)
    engine = power_sums_engine(sums, P, 0.3)
    energies = -0.3 * tuple_sums(sums, P, s)
    seen = [run(engine, spins, 1e-9, 1)[1:3] for spins in s]  # one sweep of descent, to states that are minima or near
    for snapshots, energy in seen:
        assert energy[0] == pytest.approx(energies[number(snapshots[0])], rel=1e-13)
    # and of all states, by a sweep without updates: its kernel sums what is cached, in integers and in floating point
    table = acceptance("heat-bath", 1.0, engine.unit)
    rule = (table.upper[None], table.lower[None], table.bucket, table.slope, table.metropolis, 0)
    cache, energy = np.stack([fresh_sums(engine, spins) for spins in s]), np.empty(1)
    for row in range(len(s)):
        nothing = np.zeros((0, 0), np.int8)
        for parts in (parts_of(engine), parts_of(replace(engine, wide=True))):
            sweep_power_sums(*parts, cache, s, row, np.zeros(1, np.uint32), 0, False, 0, *rule, nothing, energy)
            assert engine.unit * energy[0] == pytest.approx(energies[row], rel=1e-13, abs=1e-12)


@pytest.mark.parametrize("P", [2, 4, 6, 8])
@pytest.mark.parametrize("M", [1, 3, 10])
def test_fields_are_half_the_costs_of_flips(P: int, M: int, random_patterns) -> None:
    """In integers, without rounding; the kernels for P = 4 and 6 agree with Newton's identities for any P."""
    N, K = 9, 12
    sums, s = draw(random_patterns, K, N, M), states(N)
    engine = power_sums_engine(sums, P, 1.0)
    energies = -math.factorial(P - 1) * tuple_sums(engine.A[:, :K].T, P, s)  # in units
    costs = energies[np.arange(2**N)[:, None] ^ (1 << np.arange(N))] - energies[:, None]
    for row in range(0, 2**N, 5):
        cache = fresh_sums(engine, s[row])[None]
        for i in range(N):
            spin, scratch = int(s[row, i]), np.empty(P, np.int64)
            fields = [_field(engine.A, engine.even, engine.newton, cache, spin, 0, i, scratch)]
            if P in (4, 6):
                fields.append((_field_4 if P == 4 else _field_6)(engine.A, engine.even, cache, spin, 0, i))
            assert [2 * field for field in fields] == [costs[row, i]] * len(fields)


def test_of_one_example_it_is_the_network_of_patterns(random_patterns) -> None:
    """Entries ±1: the dense network's energy is a polynomial of the overlap."""
    N, K = 10, 30
    model = sm.SupervisedHebbian(P=4, gamma=0.36, T=0.5, r=0.7, M=1)
    sums, s = draw(random_patterns, K, N, 1), states(N)
    assert model.R == 1.0
    engine = supervised_engine(sums, 4, M=1, R=model.R)
    overlap = s.astype(np.int64) @ sums.T
    energies = -((overlap**4 - (6 * N - 8) * overlap**2 + 3 * N * N - 6 * N) / 24).sum(1) / math.comb(N - 1, 3)
    _, snapshots, seen, accepted = run(engine, s[7], 1.0, 40)
    assert accepted > 50
    assert np.allclose(seen, energies[number(snapshots)], rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("N", "P", "K", "M"), [(60, 4, 700, 20), (60, 4, 300, 7), (24, 6, 200, 40), (16, 8, 50, 3)])
def test_caches_are_exact(N: int, P: int, K: int, M: int, order: str, random_patterns) -> None:
    patterns = random_patterns(K, N, 1)
    sums = example_sums(patterns, M=M, r=0.5, stream=np.random.SeedSequence(3))
    engine = supervised_engine(sums, P, M=M, R=0.25 + 0.75 / M)
    replica, snapshots, energies, accepted = run(engine, patterns[0], 0.5, 50, order)
    assert accepted > 100
    assert np.array_equal(replica.cache, fresh_sums(engine, replica.spins))
    # The energy from caches is that from scratch, bit by bit: a run at T = 0 from there, which flips nothing of it.
    assert np.array_equal(snapshots[-1], replica.spins)
    again = walker(engine, replica.spins, np.random.SeedSequence(1))
    assert energy_of(engine, again.cache) == energies[-1] == energy_of(engine, replica.cache)
    exact = sum(
        newton_energy(column, P) for column in (engine.A[:, :K].T.astype(object) * replica.spins.astype(object))
    )
    assert energies[-1] == pytest.approx(-engine.unit * float(exact) / P, rel=1e-14)


def energy_of(engine: PowerSums, cache: np.ndarray) -> float:
    """Energy that the kernel finds in a cache, in no sweep."""
    rule = acceptance("heat-bath", 1.0, engine.unit)
    table = (rule.upper[None], rule.lower[None], rule.bucket, rule.slope, rule.metropolis, 0)
    energy, spins = np.empty(1), np.ones((1, engine.N), np.int8)
    nothing = np.zeros((0, 0), np.int8)
    run = (np.zeros(1, np.uint32), 0, False, 0, *table, nothing, energy)
    sweep_power_sums(*parts_of(engine), cache[None], spins, 0, *run)
    return engine.unit * energy[0]


def newton_energy(x: np.ndarray, P: int) -> int:
    """P! e_P of Python integers, by the recursion that adds a site at a time."""
    e = [1] + [0] * P
    for value in x:
        e = [1] + [e[j] + int(value) * e[j - 1] for j in range(1, P + 1)]
    return math.factorial(P) * e[P]


@pytest.mark.parametrize(("P", "M"), [(4, 3), (4, 10), (6, 3), (6, 999)])
def test_visits_follow_boltzmann(P: int, M: int, random_patterns, seed: int) -> None:
    N = 7
    sums, s = draw(random_patterns, 8, N, M), states(N)
    weight = 1.0 / np.std(tuple_sums(sums, P, s))
    engine = power_sums_engine(sums, P, weight)
    assert engine.wide == (M == 999)
    energies = -weight * tuple_sums(sums, P, s)
    values = []
    for k, (T, order) in enumerate(((0.7, "random"), (1.5, "random"), (1.0, "sequential"))):
        snapshots = run(engine, s[3], T, 60_000, order, seed + k)[1][::20]
        weights = np.exp(-(energies - energies.min()) / T)
        counts = np.bincount(number(snapshots), minlength=2**N)
        values.append(chisquare(counts, len(snapshots) * weights / weights.sum()).pvalue)
    assert combine_pvalues(values).pvalue > 1e-4, values


@pytest.mark.parametrize("P", [4, 6])
def test_tempering_has_the_mean_energies_of_all_states(P: int, random_patterns, seed: int) -> None:
    N, T, rounds = 7, np.array([0.5, 1.0, 2.0]), 20_000
    sums, s = draw(random_patterns, 8, N, 5), states(N)
    weight = 1.0 / np.std(tuple_sums(sums, P, s))
    energies = -weight * tuple_sums(sums, P, s)
    engine = power_sums_engine(sums, P, weight)
    ladder, tally = random_ladder(engine, T, np.random.SeedSequence(seed)), empty_tally(len(T), N)
    climb(engine, ladder, tally, rounds, Settings(order="random"))
    weights = np.exp(-(energies - energies.min()) / T[:, None])
    exact = weights @ energies / weights.sum(1)
    assert tally.sums[:, :, 0].mean(0) / rounds == pytest.approx(exact, abs=0.03)
    for replica, cache in zip(ladder.spins, ladder.caches, strict=True):
        assert np.array_equal(cache, fresh_sums(engine, replica))


def test_descent_ends_at_a_minimum_and_keeps_ties(random_patterns) -> None:
    N, P, K = 10, 4, 3
    sums, s = draw(random_patterns, K, N, 2), states(N)  # entries -2, 0, 2
    energies = -tuple_sums(sums, P, s)
    costs = energies[np.arange(2**N)[:, None] ^ (1 << np.arange(N))] - energies[:, None]
    resting, ties = np.all(costs >= 0, 1), np.any(costs == 0, 1)
    engine = power_sums_engine(sums, P, 1.0)
    assert np.any(resting & ties)
    for row in range(0, 2**N, 3):
        snapshots = run(engine, s[row], 0.0, 20)[1]
        assert resting[number(snapshots[-1])]
        assert np.array_equal(snapshots[-1], s[row]) == resting[row]


def test_common_divisors_are_taken_out(random_patterns) -> None:
    """An even number of examples has even sums: half of them are stored, with the same energies."""
    sums, s = draw(random_patterns, 12, 9, 10), states(9)
    engine = power_sums_engine(sums, 4, 1.0)
    assert np.abs(engine.A).max() == np.abs(sums).max() // 2
    assert engine.unit == pytest.approx(16 / 6)
    assert run(engine, s[3], 1.0, 3)[2][-1] == pytest.approx(-tuple_sums(sums, 4, run(engine, s[3], 1.0, 3)[1][-1:])[0])


def test_newton_and_elementary_symmetric() -> None:
    assert newton_coefficients(3).tolist() == [[0, 0, 0, 0], [0, 1, 0, 0], [0, 1, -1, 0], [0, 1, -2, 2]]
    x = np.array([[2.0], [3.0], [5.0]])
    assert elementary_symmetric(x, 3).ravel().tolist() == [1, 10, 31, 30]


@pytest.mark.parametrize(("M", "kind"), [(1, np.int16), (4, np.int16), (200, np.float32)])
def test_pairs_are_couplings(M: int, kind: type, random_patterns) -> None:
    N, K = 9, 20
    model = sm.SupervisedHebbian(P=2, gamma=K / N, T=0.5, r=0.6, M=M)
    sums, s = draw(random_patterns, K, N, M), states(N)
    engine = supervised_engine(sums, 2, M=M, R=model.R)
    assert isinstance(engine, Couplings)
    assert engine.fields == kind
    average = sums / (M * math.sqrt(model.R))
    J = average.T @ average / N
    np.fill_diagonal(J, 0.0)
    for spins in s[::37]:
        replica = walker(engine, spins, np.random.SeedSequence(1))
        assert np.allclose(engine.unit * fresh_cache(engine, replica.spins), J @ spins, rtol=1e-6, atol=1e-5)


def test_pairs_of_examples(random_patterns) -> None:
    N, M = 9, 5
    examples = noisy_examples(random_patterns(4, N, 1), M=M, r=0.6, stream=np.random.SeedSequence(2)).reshape(-1, N)
    J = examples.T.astype(int) @ examples
    np.fill_diagonal(J, 0)
    assert np.array_equal(pair_engine(examples, 0.5).J, J)


@pytest.mark.parametrize(("N", "P", "M"), [(100, 6, 100), (100, 6, 598), (40, 4, 9001), (30, 8, 101)])
def test_wide_fields_are_those_of_python_integers(N: int, P: int, M: int, random_patterns) -> None:
    """Beyond 64 bits, where the state is an archetype, and within, where it is random: rounded to double precision."""
    K = 60
    patterns = random_patterns(K, N, 1)
    sums = example_sums(patterns, M=M, r=0.6, stream=np.random.SeedSequence(2))
    engine = supervised_engine(sums, P, M=M, R=0.36 + 0.64 / M)
    assert engine.wide
    largest, smallest = 0, 2**70
    for k, spins in enumerate((patterns[0], random_patterns(1, N, 9)[0])):
        cache = fresh_sums(engine, spins)
        x = engine.A[:, :K].T.astype(object) * spins.astype(object)
        exact = sum(newton_energy(column, P) for column in x)
        assert energy_of(engine, cache) == pytest.approx(-engine.unit * float(exact) / P, rel=1e-11)
        for i in range(0, N, 7):
            field = sum(int(column[i]) * (newton_energy(np.delete(column, i), P - 1)) for column in x)
            scratch = np.empty(P, np.int64), np.empty(P)
            site = np.uint64(i)  # as in the sweep, or all is compiled once more
            seen = _exact_field(*parts_of(engine)[:4], True, cache[None], int(spins[i]), 0, site, *scratch)
            assert seen == pytest.approx(float(field), rel=4e-16, abs=0)
            if k == 0:
                largest = max(largest, abs(field))
            else:
                smallest = min(smallest, abs(field))
    assert largest > 2**62
    assert smallest < 2**62 or P > 4


def test_limits_are_refused_beforehand(random_patterns) -> None:
    with pytest.raises(ValueError, match=r"sums up to 90020 are not allowed at P = 6, N = 30, K = 40.* to 14620 are"):
        power_sums_engine(draw(random_patterns, 40, 30, 9) * 10000 + 20, 6, 1.0)
    with pytest.raises(ValueError, match="M = 9999, .* at P = 6, N = 30, K = 40: .*731 if odd, 1462 if even"):
        supervised_engine(draw(random_patterns, 40, 30, 9999), 6, M=9999, R=0.36)
    with pytest.raises(ValueError, match="P = 3 .* even"):
        power_sums_engine(np.ones((1, 9), int), 3, 1.0)
    with pytest.raises(ValueError, match="P = 10 .* between 2 and 9"):
        power_sums_engine(np.ones((1, 9), int), 10, 1.0)
    with pytest.raises(ValueError, match="weight = 0"):
        power_sums_engine(np.ones((1, 9), int), 4, 0.0)
    with pytest.raises(ValueError, match="weight = -1"):
        pair_engine(np.ones((1, 9), int), -1.0)
    with pytest.raises(ValueError, match="all of them are zero"):
        power_sums_engine(np.zeros((1, 9), int), 4, 1.0)
    with pytest.raises(ValueError, match=r"N = 3000 .* bytes, more than 1073741824"):
        power_sums_engine(np.broadcast_to(np.int32(1), (400_000, 3000)), 4, 1.0)


@pytest.mark.parametrize(("N", "K", "P"), [(40, 3, 4), (100, 1000, 6), (20, 7, 8), (9, 10**6, 6)])
def test_any_entries_up_to_the_limit_are_accepted(N: int, K: int, P: int) -> None:
    largest = largest_entry(N, K, P)
    rounding = 2**115 // (K * (K + 4 * P**2) * math.prod(range(N, N + P - 1)))
    assert largest**P < min(2**62 / N, rounding) < (largest + 2) ** P
    if K > 1000:
        assert rounding < 2**62 / N
        return
    entries = np.full((K, N), largest)
    entries[0, 0] = 1 - largest
    assert power_sums_engine(entries, P, 1.0).wide
    with pytest.raises(ValueError, match=f"sums up to {largest + 2} are not allowed .* to {largest} are always"):
        power_sums_engine(np.where(entries == largest, largest + 2, 1), P, 1.0)


def test_near_the_limit_of_integers_nothing_overflows(random_patterns) -> None:
    """Entries as large as they may be in 64 bits: the field of the aligned state, the largest, is that of integers."""
    N, P, K = 40, 4, 3
    sums = draw(random_patterns, K, N, 99).astype(np.int64)
    sums[:] = sums[0]  # all in the same direction
    factor = 1
    while not power_sums_engine(np.abs(2 * factor * sums) + 1, P, 1.0).wide:
        factor *= 2
    large = np.abs(factor * sums) + 1
    engine = power_sums_engine(large, P, 1.0)
    assert not engine.wide
    cache = fresh_sums(engine, np.ones(N, np.int8))[None]
    e = [1, 0, 0, 0]
    for value in engine.A[1:, 0].astype(object):
        e = [1] + [e[j] + int(value) * e[j - 1] for j in range(1, 4)]
    assert _field_4(engine.A, engine.even, cache, 1, 0, 0) == 6 * e[3] * int(engine.A[0, 0]) * K
    assert 6 * e[3] * int(engine.A[0, 0]) * K > 2**53
