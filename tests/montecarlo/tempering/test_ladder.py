"""Parallel tempering: swaps in detailed balance, exact joint distribution, and states that can be saved."""

import io
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2, combine_pvalues

import montecarlo.tempering.ladder
from montecarlo.engines.engine import Engine, couplings_engine, fresh_cache
from montecarlo.engines.single_spin import swaps
from montecarlo.settings import Settings
from montecarlo.tempering.ladder import (
    Ladder,
    Tally,
    check_temperatures,
    climb,
    empty_tally,
    from_plain,
    random_ladder,
    swap_rates,
    to_plain,
)

ROUND = Settings()


def pair_engine(N: int, seed: int, kind: str = "integer") -> tuple[Engine, np.ndarray]:
    """Sherrington–Kirkpatrick couplings and the energies of all states (of small systems)."""
    J = np.triu(np.random.default_rng(seed).integers(-300, 301, (N, N)), 1)
    J = J + J.T
    unit = 1 / (170 * np.sqrt(N))
    engine = couplings_engine(J if kind == "integer" else J.astype(float), unit)
    if N > 12:
        return engine, np.empty(0)
    s = 2.0 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1) - 1
    return engine, -0.5 * unit * np.einsum("si,ij,sj->s", s, J, s)


def accepted_words(cold: float, hot: float, E_cold: float, E_hot: float) -> int:
    """How many of the 2^32 words accept a swap: acceptance falls with the word, so bisection finds it."""
    low, high = 0, 2**32
    while low < high:
        middle = (low + high) // 2
        if swaps(cold, hot, E_cold, E_hot, np.uint32(middle)):
            low = middle + 1
        else:
            high = middle
    return low


def test_swaps_are_in_detailed_balance() -> None:
    """No statistics: all pairs of levels of an 8-spin system, probabilities counted in words."""
    energies = np.unique(pair_engine(8, 3)[1].round(12))[::7]
    cold, hot = 1 / 0.6, 1 / 1.1
    for E in energies:
        for other in energies:
            forth = accepted_words(cold, hot, E, other) / 2**32
            back = accepted_words(cold, hot, other, E) / 2**32
            # Weights of (E at cold, other at hot) and of the swapped pair, each times the way to the other.
            ratio = np.exp(-cold * E - hot * other + cold * other + hot * E)
            assert ratio * forth == pytest.approx(back, abs=2.0**-31 * max(1.0, ratio))
            assert max(forth, back) == 1


def joint_p_value(rule: str, stream: np.random.SeedSequence) -> float:
    """p-value of the states seen at two temperatures at once, against the product of the Boltzmann distributions."""
    engine, energies = pair_engine(8, 3)
    T = np.array([0.7, 1.3])
    weights = np.exp(-(energies - energies.min())[None, :] / T[:, None])
    weights /= weights.sum(1, keepdims=True)
    ladder, tally = random_ladder(engine, T, stream), empty_tally(2, 8)
    seen: list[int] = []
    for _ in range(12_000):
        climb(engine, ladder, tally, 8, Settings(rule=rule, order="random"), measured=False)
        numbers = (ladder.spins > 0) @ (1 << np.arange(8))
        seen += [int(256 * numbers[c[0]] + numbers[c[1]]) for c in ladder.holder]
    assert swap_rates(tally)[0] > 0.3
    return pooled_chi_square(np.array(seen), np.outer(*weights).ravel())


def pooled_chi_square(seen: np.ndarray, expected: np.ndarray) -> float:
    """p-value of visits, rare states pooled until twenty are expected in every bin."""
    order = np.argsort(expected)
    sums = np.cumsum(expected[order]) * len(seen)
    bins = np.empty(len(expected), int)
    bins[order] = np.unique(np.floor((sums - 1e-9) / 20), return_inverse=True)[1]
    hoped = np.bincount(bins, expected * len(seen))
    found = np.bincount(bins[seen], minlength=len(hoped))
    return float(chi2.sf(np.sum((found - hoped) ** 2 / hoped), len(hoped) - 1))


@pytest.mark.parametrize("rule", ["heat-bath", "metropolis"])
def test_joint_distribution_of_two_temperatures(rule: str, seed: int) -> None:
    """States of an 8-spin system at two temperatures at once are independent and follow Boltzmann."""
    values = [joint_p_value(rule, np.random.SeedSequence([seed, k])) for k in range(2)]
    assert combine_pvalues(values).pvalue > 1e-4, values


def test_a_wrong_swap_is_noticed(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chi-square sees a ladder that swaps whatever the energies are."""
    right = montecarlo.tempering.ladder.temper_rounds

    def wrong(*arguments: Any) -> None:
        right(*arguments[:13], 0.0 * arguments[13], *arguments[14:])

    monkeypatch.setattr(montecarlo.tempering.ladder, "temper_rounds", wrong)
    assert joint_p_value("heat-bath", np.random.SeedSequence(seed)) < 1e-6


def test_measurements_are_exact_averages() -> None:
    """Energies, their squares and overlaps of 8 spins at four temperatures, against enumeration."""
    engine, energies = pair_engine(8, 5)
    T = np.array([0.5, 0.7, 1.0, 1.5])
    ladder, tally = random_ladder(engine, T, np.random.SeedSequence(1)), empty_tally(4, 8)
    climb(engine, ladder, tally, 200, ROUND, measured=False)
    tally = empty_tally(4, 8)
    climb(engine, ladder, tally, 40_000, ROUND)
    s = 2.0 * ((np.arange(256)[:, None] >> np.arange(8)) & 1) - 1
    q = (2 * np.arange(9) - 8) / 8
    for t in range(4):
        p = np.exp(-(energies - energies.min()) / T[t])
        p /= p.sum()
        assert tally.sums[:, t, 0].mean() / 40_000 == pytest.approx(p @ energies, abs=0.05)
        assert tally.sums[:, t, 1].mean() / 40_000 == pytest.approx(p @ energies**2, rel=0.02)
        assert tally.counts[t] @ q**2 / 40_000 == pytest.approx(np.mean((s.T * p @ s) ** 2), abs=0.015)
        assert abs(tally.sums[:, t, 2].mean() / 40_000) < 0.3


@pytest.mark.parametrize("kind", ["integer", "real"])
@pytest.mark.parametrize("interval", [1, 3])
def test_caches_stay_what_they_should_be(kind: str, interval: int) -> None:
    engine = pair_engine(30, 1, kind)[0]
    ladder, tally = random_ladder(engine, [0.3, 0.6, 1.0], np.random.SeedSequence(1)), empty_tally(3, 30)
    climb(engine, ladder, tally, 300, Settings(sweeps=3, interval=interval))
    fresh = np.array([fresh_cache(engine, state) for state in ladder.spins])
    # These couplings are integers in either engine, below 2^24: exact in float32 too.
    assert np.array_equal(fresh, ladder.caches)
    assert sorted(ladder.holder[0]) == [0, 1, 2]
    assert sorted(ladder.holder[1]) == [3, 4, 5]
    assert tally.rounds[0] == 300
    assert tally.counts.sum(1).tolist() == [300] * 3


@pytest.mark.parametrize("order", ["sequential", "random"])
def test_saved_and_continued_is_uninterrupted(order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An odd number of words in a round, several blocks, and a file in between."""
    engine = pair_engine(31, 1)[0]
    settings = Settings(interval=1, order=order)
    T = [0.2, 0.4, 0.6, 0.9, 1.3]

    def start() -> tuple[Ladder, Tally]:
        return random_ladder(engine, T, np.random.SeedSequence(9)), empty_tally(5, 31)

    whole = start()
    climb(engine, *whole, 500, settings)
    monkeypatch.setattr(montecarlo.tempering.ladder, "WORDS", 5000)
    parts = start()
    for count in (1, 2, 137, 360):
        climb(engine, *parts, count, settings)
        file = io.BytesIO()
        np.savez(file, **{f"{k}{name}": v for k, state in enumerate(parts) for name, v in to_plain(state).items()})
        file.seek(0)
        back = np.load(file)
        plain = [{name[1:]: back[name] for name in back if name[0] == str(k)} for k in range(2)]
        parts = from_plain(Ladder, plain[0]), from_plain(Tally, plain[1])
    for one, two in zip(whole, parts, strict=True):
        for name, values in to_plain(one).items():
            assert values.dtype == to_plain(two)[name].dtype
            assert np.array_equal(values, to_plain(two)[name]), name


def test_real_fields_are_refreshed_on_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    J = np.triu(np.random.default_rng(1).normal(size=(20, 20)), 1)
    engine = couplings_engine(J + J.T)
    monkeypatch.setattr(montecarlo.tempering.ladder, "REFRESH", 20 * 50)
    runs = []
    for counts in ((200,), (30, 120, 50)):
        ladder = random_ladder(engine, [5.0, 10.0], np.random.SeedSequence(1))
        for count in counts:
            climb(engine, ladder, empty_tally(2, 20), count, ROUND)
        assert np.array_equal(ladder.caches, [fresh_cache(engine, state) for state in ladder.spins])
        runs.append(ladder.spins)
    assert np.array_equal(*runs)


def test_integer_fields_are_exact_and_never_refreshed(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = pair_engine(20, 1)[0]
    ladder = random_ladder(engine, [0.5, 1.0], np.random.SeedSequence(1))

    def refresh(*_: Any) -> None:
        raise AssertionError("computed afresh")

    monkeypatch.setattr(montecarlo.tempering.ladder, "fresh_cache", refresh)
    monkeypatch.setattr(montecarlo.tempering.ladder, "REFRESH", 20)
    for count in (30, 1, 30, 61):
        climb(engine, ladder, empty_tally(2, 20), count, ROUND)
    assert ladder.clock[0] == 122


def test_round_trips_and_flow() -> None:
    """Free spins swap always: every replica marches to the end and back in 2 R rounds."""
    engine = couplings_engine(np.zeros((4, 4), int))
    ladder, tally = random_ladder(engine, [1.0, 2.0, 3.0, 4.0], np.random.SeedSequence(1)), empty_tally(4, 4)
    climb(engine, ladder, tally, 8000, ROUND)
    assert np.all(swap_rates(tally) == 1)
    assert np.all(np.abs(tally.trips - 4000) <= 4)
    flow = tally.flow[0] / tally.flow.sum(0)
    assert np.allclose(flow, [0, 0.5, 0.5, 1], atol=0.01)


@pytest.mark.parametrize("bad", [[1.0], [1.0, 1.0], [2.0, 1.0], [0.0, 1.0], [1.0, np.inf]])
def test_bad_temperatures_are_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="temperatures = "):
        check_temperatures(bad)
