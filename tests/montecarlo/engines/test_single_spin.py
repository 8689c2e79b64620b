"""The sweep's transition matrix, without statistics; zero temperature; engines and gauges."""

from collections.abc import Callable

import numpy as np
import pytest

from montecarlo.engines.acceptance import Acceptance, acceptance
from montecarlo.engines.engine import sweep

N = 6
STATES = (2 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1) - 1).astype(np.int8)
LAST = 2**32 - 1
RULES = ("metropolis", "heat-bath")
ORDERS = ("sequential", "random")


def one_sweep(case, rule: Acceptance, order: str, spins: np.ndarray, words: np.ndarray) -> np.ndarray:
    """State after one sweep with these words."""
    out = np.empty((1, len(spins)), np.int8)
    sweep(case.engine, case.start(spins), rule, words.astype(np.uint32), out, order=order)
    return out[0]


def rejected_from(flips: Callable[[int], bool]) -> float:
    """Bisect for the smallest word that does not flip; its fraction of 2^32 is the probability of a flip."""
    low, high = 0, 2**32
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if flips(middle) else (low, middle)
    return low / 2**32


def update_matrices_sequential(case, rule: Acceptance) -> list[np.ndarray]:
    """Matrices of the updates of each site, read off whole sweeps along every path that a sweep can take.

    A sequential sweep visits each site once, so the spin of a site after the sweep tells what its update did.
    """
    matrices = [np.eye(2**N) for _ in range(N)]
    paths = {int(state): (int(state), np.full(N, LAST)) for state in range(2**N)}
    for i in range(N):
        after: dict[int, tuple[int, np.ndarray]] = {}
        for before, (start, words) in paths.items():

            def flips(word: int, start: int = start, words: np.ndarray = words, i: int = i) -> bool:
                trial = words.copy()
                trial[i] = word
                # The site is updated once, from the spin that it starts with.
                return bool(one_sweep(case, rule, "sequential", STATES[start], trial)[i] != STATES[start, i])

            p = rejected_from(flips)
            flipped = before ^ (1 << i)
            matrices[i][before, before] = 1 - p
            matrices[i][before, flipped] = p
            for state, chosen, possible in ((flipped, 0, p > 0), (before, LAST, p < 1)):
                if possible:
                    path = words.copy()
                    path[i] = chosen
                    after[state] = (start, path)
        paths = after
    return matrices


def site_word(i: int) -> int:
    """The smallest word that draws site i."""
    return -(-(i << 32) // N)


def update_matrices_random(case, rule: Acceptance) -> list[np.ndarray]:
    """Matrices of the updates of each site, read off the last update of a sweep in random order.

    The N - 1 updates before it are made to leave the state as it is: an update that costs energy is rejected
    by the largest word; in a state where none does, one site goes down, is held there, and comes back up.
    """
    energies = case.energy(STATES)
    matrices = [np.eye(2**N) for _ in range(N)]
    for state in range(2**N):
        costs = [energies[state ^ (1 << j)] - energies[state] for j in range(N)]
        j = int(np.argmax(costs))
        idle = [LAST] * (N - 1) if costs[j] > 0 else [0, *[LAST] * (N - 3), 0]
        for i in range(N):

            def flips(word: int, state: int = state, i: int = i, j: int = j, idle: list = idle) -> bool:
                words = np.array([w for word_ in idle for w in (site_word(j), word_)] + [site_word(i), word])
                return bool(one_sweep(case, rule, "random", STATES[state], words)[i] != STATES[state, i])

            p = rejected_from(flips)
            matrices[i][state, state] = 1 - p
            matrices[i][state, state ^ (1 << i)] = p
    return matrices


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("rule", RULES)
def test_sweep_keeps_the_boltzmann_vector(any_name: str, rule: str, order: str, case, random_patterns) -> None:
    this = case(any_name, random_patterns(3, N, 4))
    T = 0.45
    table = acceptance(rule, T, this.engine.unit)
    weights = this.boltzmann(T)[1]
    matrices = (update_matrices_sequential if order == "sequential" else update_matrices_random)(this, table)
    if order == "sequential":
        whole = np.linalg.multi_dot(matrices)
        assert np.abs(np.linalg.matrix_power(whole, 10**5) - weights).max() < 1e-6  # and no other vector
    else:
        whole = np.mean(matrices, 0)
        for matrix in matrices:
            flow = weights[:, None] * matrix
            assert np.abs(flow - flow.T).max() < 1e-9  # detailed balance
    assert np.abs(whole.sum(1) - 1).max() < 1e-12
    assert np.abs(weights @ whole - weights).max() < 1e-8


@pytest.mark.parametrize("rule", RULES)
def test_real_couplings_keep_their_boltzmann_vector(rule: str, real_case) -> None:
    # Multiples of 2^-12, so that float32 fields are exact sums.
    J = np.triu(np.round(np.random.default_rng(3).normal(size=(N, N)) * 2**12) / 2**12, 1)
    this = real_case(J + J.T)
    T = 1.1
    whole = np.linalg.multi_dot(update_matrices_sequential(this, acceptance(rule, T, 1.0)))
    weights = this.boltzmann(T)[1]
    assert np.abs(weights @ whole - weights).max() < 1e-8


def test_sites_are_drawn_evenly(any_name: str, case, random_patterns) -> None:
    this = case(any_name, random_patterns(3, N, 4))
    table = acceptance("heat-bath", 1e6, this.engine.unit)  # word 0 accepts, the largest rejects
    start = STATES[11]
    for i in range(N):
        for word, site in ((site_word(i), i), (site_word(i + 1) - 1, i)):
            words = np.array([word, 0] + [0, LAST] * (N - 1))
            assert np.flatnonzero(one_sweep(this, table, "random", start, words) != start).tolist() == [site]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("rule", RULES)
def test_all_engines_give_the_same_trajectory(rule: str, order: str, case, random_patterns, engine_names) -> None:
    patterns = random_patterns(7, 50, 1)
    spins = random_patterns(1, 50, 2)[0]
    words = np.random.default_rng(3).integers(0, 2**32, 50 * 2 * 40, np.uint32)
    seen = []
    for name in engine_names:
        this = case(name, patterns)
        shots = np.empty((40, 50), np.int8)
        table = acceptance(rule, 0.6, this.engine.unit)
        accepted, energies = sweep(this.engine, this.start(spins), table, words, shots, order=order)
        seen.append((accepted, energies, shots))
        assert accepted > 100
    assert all(accepted == seen[0][0] for accepted, _, _ in seen)
    assert all(np.array_equal(shots, seen[0][2]) for _, _, shots in seen)
    assert all(np.allclose(energies, seen[0][1], rtol=1e-14) for _, energies, _ in seen)


@pytest.mark.parametrize("order", ORDERS)
def test_gauge_and_permutation_of_patterns(engine_name: str, order: str, case, random_patterns) -> None:
    n = 30
    patterns = random_patterns(5, n, 1)
    spins, gauge = random_patterns(2, n, 2)
    words = np.random.default_rng(3).integers(0, 2**32, n * 2 * 20, np.uint32)
    table = acceptance("metropolis", 0.7, 1 / n)
    runs = []
    for these, start in ((patterns, spins), (patterns * gauge, spins * gauge), (patterns[::-1], spins)):
        this = case(engine_name, np.ascontiguousarray(these))
        shots = np.empty((20, n), np.int8)
        accepted, _ = sweep(this.engine, this.start(start), table, words, shots, order=order)
        runs.append((accepted, shots))
    assert runs[0][0] == runs[1][0] == runs[2][0] > 0
    assert np.array_equal(runs[0][1] * gauge, runs[1][1])
    assert np.array_equal(runs[0][1], runs[2][1])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("rule", RULES)
def test_descent_lowers_the_energy_and_keeps_spins_at_zero_field(
    engine_name: str, rule: str, order: str, case, random_patterns
) -> None:
    n = 40
    patterns = random_patterns(2, n, 6)  # of an even number of patterns, many fields are zero
    this = case(engine_name, patterns)
    replica = this.start(random_patterns(1, n, 7)[0])
    table = acceptance(rule, 0.0, this.engine.unit)
    words = np.random.default_rng(8).integers(0, 2**32, 2 * n * 30, np.uint32)
    shots = np.empty((30, n), np.int8)
    _, energies = sweep(this.engine, replica, table, words, shots, order=order)
    assert np.all(np.diff(energies) <= 0)
    fields = (shots[-1].astype(int) @ patterns.T.astype(int)) @ patterns - 2 * shots[-1]
    assert np.all(fields * shots[-1] >= 0)


def test_spins_at_zero_field_stay(engine_name: str, case, random_patterns) -> None:
    this = case(engine_name, random_patterns(4, N, 15))
    aligned = np.round(N * STATES * (STATES @ this.J))
    resting = STATES[np.all(aligned >= 0, 1) & np.any(aligned == 0, 1)]
    assert len(resting) > 0
    words = np.zeros(N, np.uint32)
    for order in ORDERS:
        for spins in resting:
            after = one_sweep(this, acceptance("metropolis", 0.0, 1 / N), order, spins, np.tile(words, 2))
            assert np.array_equal(after, spins)
