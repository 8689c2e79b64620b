r"""Integrated autocorrelation time by the windowed Γ method.

For a stationary series with normalised autocorrelation :math:`\rho(t)` the error of its mean is
:math:`\sqrt{2 \tau \sigma^2 / n}` with :math:`\tau = \tfrac12 + \sum_{t \ge 1} \rho(t)`, so independent
measurements have τ = 1/2. The sum is cut at the window W that balances the bias :math:`e^{-W/\tau}` against
the noise :math:`2\sqrt{W/n}` (Wolff).

References
----------
.. [1] U. Wolff, Comput. Phys. Commun. 156, 143 (2004). https://arxiv.org/abs/hep-lat/0306017
.. [2] A. D. Sokal, in Functional Integration, Springer (1997), p. 131.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

SHORTEST = 50
"""A series must be this many autocorrelation times long to tell its autocorrelation time."""

STEEPNESS = 1.5
"""Wolff's S: the assumed ratio of the exponential to the integrated autocorrelation time."""


class ShortSeriesError(ValueError):
    """The series is too short to tell its autocorrelation time.

    Attributes
    ----------
    tau : float
        What the series suggests nevertheless, most likely too small; infinite if it does not move at all.
    length : int
        Number of measurements there are.
    needed : float
        Number of measurements that `tau`, if it were right (and at least 1/2), would need.
    """

    def __init__(self, tau: float, length: int, shortest: float) -> None:
        self.tau, self.length, self.needed = tau, length, shortest * max(tau, 0.5)
        super().__init__(
            f"{length} measurements are fewer than {shortest:g} autocorrelation times: "
            f"τ = {tau:.3g} so far, at least {self.needed:.3g} measurements are needed"
        )


@dataclass(frozen=True)
class IntegratedTime:
    """Integrated autocorrelation time of a series.

    Attributes
    ----------
    tau : float
        In units of the interval between measurements; 1/2 if they are independent.
    tau_error : float
        Its statistical error.
    window : int
        Where the sum over the autocorrelation function was cut.
    mean, error : float
        Mean of the series and its standard error, autocorrelation included.
    """

    tau: float
    tau_error: float
    window: int
    mean: float
    error: float


def autocorrelation(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Autocovariance of a series about its mean at all lags, each divided by its number of terms."""
    n = len(series)
    size = next_fast_len(2 * n, real=True)
    spectrum = rfft(series - np.mean(series), size)
    return irfft(spectrum * np.conj(spectrum), size)[:n] / np.arange(n, 0, -1)


def integrated_time(series: NDArray[np.float64], *, shortest: float = SHORTEST) -> IntegratedTime:
    """Integrated autocorrelation time of `series`, with the error of its mean.

    Parameters
    ----------
    series : array, shape (n,)
        Equally spaced measurements of a stationary process.
    shortest : float
        Refuse a series shorter than this many autocorrelation times.

    Raises
    ------
    ShortSeriesError
        If the series is too short, or does not move at all. It carries the partial answer.
    ValueError
        If the series is not one-dimensional and finite, or has fewer than 2 entries.
    """
    series = np.asarray(series, np.float64)
    n = len(series)
    if series.ndim != 1 or n < 2 or not np.all(np.isfinite(series)):
        raise ValueError(f"series of shape {series.shape} is not allowed: at least 2 finite numbers in a row")
    if np.all(series == series[0]):
        raise ShortSeriesError(math.inf, n, shortest)
    gamma = autocorrelation(series)
    rho = gamma / gamma[0]
    lags = np.arange(n // 2)
    sums = np.cumsum(rho[: n // 2]) - 0.5
    # Wolff's condition for the window, with the exponential time that the sum so far implies. A series that
    # alternates, as under sequential Metropolis updates at high T, is followed by its moduli until they decay.
    reach = sums if n < 4 or rho[1] >= 0 else np.cumsum(np.abs(rho[: n // 2])) - 0.5
    with np.errstate(invalid="ignore", divide="ignore"):
        slow = np.where(reach > 0.5, STEEPNESS / np.log((2 * reach + 1) / (2 * reach - 1)), 1e-10)
    balance = np.exp(-lags / slow) - slow / np.sqrt(np.maximum(lags, 1) * n)
    stops = np.flatnonzero((balance < 0) & (lags > 0))
    window = int(stops[0]) if len(stops) else int(lags[-1])
    # The mean is taken from the same series, which lowers the whole autocovariance by 2 τ σ² / n.
    tau = float(sums[window] * (1 + (2 * window + 1) / n))
    # Independent measurements have 1/2; what is not even positive is noise.
    if n < shortest * max(tau, 0.5) or tau <= 0 or not len(stops):
        raise ShortSeriesError(tau, n, shortest)
    tau_error = 2 * tau * math.sqrt(max(window + 0.5 - tau, 0.0) / n)
    error = math.sqrt(2 * tau * gamma[0] / n)
    return IntegratedTime(tau, tau_error, window, float(np.mean(series)), error)


def time_and_error(series: NDArray[np.float64]) -> tuple[float, float]:
    """Autocorrelation time and error of the mean of a series, both NaN if it is too short to tell."""
    if len(series) < 2:
        return math.nan, math.nan
    try:
        answer = integrated_time(series)
    except ShortSeriesError:
        return math.nan, math.nan
    return answer.tau, answer.error
