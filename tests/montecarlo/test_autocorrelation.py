"""Integrated autocorrelation times against AR(1) series of known τ, emcee and pyerrors."""

import math

import numpy as np
import pytest
from scipy.signal import lfilter

from montecarlo.autocorrelation import ShortSeriesError, autocorrelation, integrated_time


def ar1(tau: float, n: int, seed: int) -> np.ndarray:
    """Stationary series of unit variance, ρ(t) = a^t, τ = (1 + a) / (2 (1 - a))."""
    a = (2 * tau - 1) / (2 * tau + 1)
    noise = np.random.default_rng(seed).normal(size=n)
    noise[1:] *= math.sqrt(1 - a * a)
    return lfilter([1.0], [1.0, -a], noise)


@pytest.mark.parametrize("tau", [0.5, 1.0, 5.0, 40.0])
def test_known_time(tau: float, seed: int) -> None:
    answers = [integrated_time(ar1(tau, 60_000, seed + k)) for k in range(8)]
    mean = np.mean([answer.tau for answer in answers])
    error = np.mean([answer.tau_error for answer in answers]) / math.sqrt(8)
    assert abs(mean - tau) < 4 * error + 0.02 * tau
    pulls = np.array([answer.mean / answer.error for answer in answers])
    assert np.sum(pulls**2) < 30  # 8 degrees of freedom: probability 2e-4
    assert answers[0].error == pytest.approx(math.sqrt(2 * tau / 60_000), rel=0.2)


@pytest.mark.parametrize("tau", [2.0, 12.0])
def test_agrees_with_emcee(tau: float, seed: int) -> None:
    emcee = pytest.importorskip("emcee")
    series = ar1(tau, 40_000, seed)
    ours = integrated_time(series)
    # Its τ is twice ours, and its window is five of them.
    theirs = float(emcee.autocorr.integrated_time(series, c=5)[0]) / 2
    assert abs(ours.tau - theirs) < 2 * ours.tau_error


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("tau", [1.0, 2.0, 12.0])
def test_agrees_with_pyerrors(tau: float, seed: int) -> None:
    pe = pytest.importorskip("pyerrors")
    series = ar1(tau, 20_000, seed)
    theirs = pe.Obs([series], ["chain"])
    theirs.gamma_method(S=1.5)
    ours = integrated_time(series)
    assert ours.tau == pytest.approx(theirs.e_tauint["chain"], rel=5e-3)
    assert ours.error == pytest.approx(theirs.dvalue, rel=5e-3)
    assert ours.tau_error == pytest.approx(theirs.e_dtauint["chain"], rel=0.05)
    assert ours.window == theirs.e_windowsize["chain"]


def test_short_series_is_refused_with_what_it_tells() -> None:
    series = ar1(40.0, 800, 1)
    with pytest.raises(ShortSeriesError, match="at least") as caught:
        integrated_time(series)
    error = caught.value
    assert error.length == 800
    assert error.needed == pytest.approx(50 * error.tau)
    assert 800 < error.needed < 50 * 120
    assert integrated_time(series, shortest=1).tau == error.tau


@pytest.mark.parametrize("n", [2, 14, 24])
def test_a_handful_is_refused_whatever_it_suggests(n: int) -> None:
    for k in range(20):
        with pytest.raises(ShortSeriesError) as caught:
            integrated_time(np.random.default_rng(k).normal(size=n))
        assert caught.value.needed >= 25


def test_endless_alternation_is_refused() -> None:
    with pytest.raises(ShortSeriesError):
        integrated_time(np.resize([1.0, -1.0], 1000))


def test_frozen_series_is_refused() -> None:
    with pytest.raises(ShortSeriesError) as caught:
        integrated_time(np.full(10_000, 0.3))
    assert math.isinf(caught.value.tau)


@pytest.mark.parametrize("tau", [0.05, 0.2, 0.4])
def test_alternating_series_has_a_time_below_one_half(tau: float, seed: int) -> None:
    """As magnetisations under sequential Metropolis updates at high temperature."""
    answers = [integrated_time(ar1(tau, 60_000, seed + k)) for k in range(4)]
    assert np.mean([answer.tau for answer in answers]) == pytest.approx(tau, abs=0.03)


@pytest.mark.parametrize("series", [np.zeros((3, 3)), np.array([1.0]), np.array([1.0, np.nan, 2.0])])
def test_bad_series_is_refused(series: np.ndarray) -> None:
    with pytest.raises(ValueError, match="not allowed"):
        integrated_time(series)


def test_autocovariance_is_the_direct_sum() -> None:
    series = np.random.default_rng(1).normal(size=101)
    x = series - series.mean()
    direct = [x[: 101 - t] @ x[t:] / (101 - t) for t in range(101)]
    assert np.allclose(autocorrelation(series), direct, atol=1e-12)


def test_shift_and_scale_do_not_matter(seed: int) -> None:
    series = ar1(4.0, 5000, seed)
    one, two = integrated_time(series), integrated_time(7.0 - 3.0 * series)
    assert two.tau == pytest.approx(one.tau, rel=1e-9)
    assert two.error == pytest.approx(3 * one.error, rel=1e-9)
