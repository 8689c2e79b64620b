r"""What ladders of k = 1, 2, … steps converge to.

A step function with the best steps is off by :math:`O(1/k)`, its averages over steps by :math:`O(1/k^2)`, and the
functional is stationary, so that with :math:`t = 1/(k + k_0)`

.. math:: f - f_k \simeq a t^4 ,

which three values of f determine with :math:`k_0`. Averages, entropies and the largest overlap are series in
:math:`t^2`; what is read off one step, as the smallest overlap, in t. They are extrapolated by polynomials through the
last values, and the error estimate is the change from the polynomial of one degree less.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Array = NDArray[np.float64]

_POINTS = {1: 4, 2: 3}  # of the polynomials in t and in t²


class Limit(NamedTuple):
    """An extrapolated value and its estimated error."""

    value: float
    error: float


def spacing(f: Array) -> Array | None:
    """The t of the values f_1, f_2, … of free energies that begin with f_0; None where they do not follow the law."""
    k = f.size - 1
    if k < 3:
        return None
    ratio = (f[-2] - f[-3]) / (f[-1] - f[-2])

    def law(shift: float) -> float:
        a, b, c = ((k - j + shift) ** -4.0 for j in (2, 1, 0))
        return (a - b) / (b - c) - ratio

    low, high = max(-0.9, 2.1 - k), 200.0
    if law(low) * law(high) > 0:
        return None
    return 1 / np.maximum(np.arange(1, k + 1) + optimize.brentq(law, low, high, xtol=1e-12), 0.05)


def free_energy_limit(f: Array) -> Limit:
    """Limit of free energies f_0, f_1, …; without a law the last one, with the size of its gain as the error."""
    limits = [_one_limit(values) for values in (f, f[:-1])]
    gain = float(f[-1] - f[-2])
    if limits[0] is None:
        return Limit(float(f[-1]), gain)
    if limits[1] is None:
        return Limit(limits[0], max(gain, limits[0] - float(f[-1])))
    return Limit(limits[0], abs(limits[0] - limits[1]))


def _one_limit(f: Array) -> float | None:
    t = spacing(f)
    if t is None:
        return None
    weight = 1 / ((t[-2] / t[-1]) ** 4 - 1)
    return float(f[-1] + weight * (f[-1] - f[-2]))


def limit(t: Array | None, values: Array, power: int) -> Limit:
    """Limit of values at t as a series in t to the `power`; without a law the last value, with its change as the error.

    Parameters
    ----------
    t : numpy.ndarray or None
        From `spacing`.
    values : numpy.ndarray
        With 1, 2, … steps.
    power : int
        1 or 2.
    """
    if values.size == 1:
        return Limit(float(values[-1]), abs(float(values[-1])))
    if t is None or values.size < 3:
        return Limit(float(values[-1]), abs(float(values[-1] - values[-2])))
    points = min(_POINTS[power], values.size)
    best, lower = (_at_zero(t[-n:] ** power, values[-n:]) for n in (points, points - 1))
    return Limit(best, abs(best - lower))


def _at_zero(x: Array, y: Array) -> float:
    """The polynomial through all points, at zero."""
    others = [np.delete(x, i) for i in range(x.size)]
    return float(sum(value * np.prod(rest / (rest - here)) for here, rest, value in zip(x, others, y, strict=True)))
