"""Ladders: equal swap rates between fixed ends."""

import numpy as np
import pytest

from montecarlo.settings import Settings
from montecarlo.sherrington_kirkpatrick import gaussian_engine
from montecarlo.tempering.ladder import climb, empty_tally, random_ladder, swap_rates
from montecarlo.tempering.temperatures import adapted, equalised, geometric


def test_geometric() -> None:
    assert np.allclose(geometric(0.5, 2.0, 3), [0.5, 1.0, 2.0])
    for bad in ((1.0, 1.0, 3), (0.0, 1.0, 3), (0.5, 1.0, 1)):
        with pytest.raises(ValueError, match="is not allowed"):
            geometric(*bad)


def test_equal_rates_stay_where_they_are() -> None:
    T = np.array([0.3, 0.5, 0.8, 1.4])
    moved = equalised(T, np.full(3, 0.6))
    assert np.allclose(moved, T)
    assert moved[0] == T[0]
    assert moved[-1] == T[-1]


def test_temperatures_gather_where_swaps_are_rejected() -> None:
    T = np.array([1.0, 2.0, 3.0, 4.0])
    moved = equalised(T, np.array([0.9, np.nan, 0.9]))
    assert np.all(np.diff(moved) > 0)
    assert 2.0 < moved[1] < moved[2] < 3.0
    assert np.all(np.diff(equalised(T, np.ones(3))) > 0)


def test_adapted_rates_are_equal() -> None:
    engines = [gaussian_engine(64, np.random.SeedSequence(k)) for k in range(3)]
    start = geometric(0.2, 1.6, 8)
    settings = Settings(thermalization=2000)
    T = adapted(engines, start, np.random.SeedSequence(9), settings)
    spread = []
    for ladder_T in (start, T):
        rates = []
        for k, engine in enumerate(engines):
            ladder, tally = random_ladder(engine, ladder_T, np.random.SeedSequence(k)), empty_tally(8, 64)
            climb(engine, ladder, tally, 3000, settings, measured=False)
            rates.append(swap_rates(tally))
        spread.append(np.ptp(np.mean(rates, 0)))
    assert spread[0] > 0.2
    assert spread[1] < 0.1
    assert np.array_equal(T, adapted(engines, start, np.random.SeedSequence(9), settings))
