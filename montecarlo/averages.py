"""Averages over disorder samples and their errors."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from statmech.results import Estimate


def sample_mean(values: NDArray[np.float64], taus: NDArray[np.float64] | None = None) -> Estimate:
    """Mean of one value for each disorder sample, with its standard error (NaN for a single sample)."""
    n = len(values)
    error = float(np.std(values, ddof=1) / math.sqrt(n)) if n > 1 else math.nan
    return Estimate(mean=float(np.mean(values)), error=error, tau=_mean_of_known(taus), samples=n)


def jackknife(
    function: Callable[[NDArray[np.float64]], float],
    values: NDArray[np.float64],
    taus: NDArray[np.float64] | None = None,
) -> Estimate:
    r"""Function of means over disorder samples, as a ratio of two, with its bias of order 1/n removed.

    With :math:`f_k` the function of the means without sample k, the estimate is
    :math:`n f - (n-1) \bar f` and its error :math:`\sqrt{\tfrac{n-1}{n} \sum_k (f_k - \bar f)^2}`.

    Parameters
    ----------
    function : callable
        Of an array of p means.
    values : array, shape (n, p)
        p values for each of n disorder samples.
    taus : array, optional
        Autocorrelation times to be averaged into the result.
    """
    n = len(values)
    mean = np.mean(values, 0)
    whole = function(mean)
    if n == 1:
        return Estimate(mean=whole, error=math.nan, tau=_mean_of_known(taus), samples=1)
    left_out = np.array([function(row) for row in (n * mean - values) / (n - 1)])
    error = math.sqrt((n - 1) / n * float(np.sum((left_out - left_out.mean()) ** 2)))
    return Estimate(mean=n * whole - (n - 1) * float(left_out.mean()), error=error, tau=_mean_of_known(taus), samples=n)


def _mean_of_known(taus: NDArray[np.float64] | None) -> float:
    """Mean over the samples that could tell their autocorrelation time; NaN if fewer than half could."""
    if taus is None:
        return math.nan
    known = taus[np.isfinite(taus)]
    return float(np.mean(known)) if len(known) and 2 * len(known) >= len(taus) else math.nan
