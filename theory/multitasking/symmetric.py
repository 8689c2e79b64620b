r"""States with n equal amplitudes, and the lines on which they lose stability, from equations of one unknown.

With n amplitudes m, the others zero, and :math:`S_n` the sum of n entries,

.. math:: m = \frac1n \mathrm{E}\,|S_n| \tanh\beta m|S_n| ,

whose right-hand side is concave: one solution m > 0 for each n at T < 1 - d. The Hessian has three kinds of
eigenvalues. With :math:`A = \mathrm{E}\,\xi_1^2\,\mathrm{sech}^2\beta m S_n`, :math:`B =
\mathrm{E}\,\xi_1\xi_2\,\mathrm{sech}^2\beta m S_n` and :math:`Z = (1-d)\,\mathrm{E}\,\mathrm{sech}^2\beta m S_n`,

.. math::

    \lambda_\perp = 1 - \beta(A - B), \qquad \lambda_\parallel = 1 - \beta(A + (n-1)B), \qquad
    \lambda_{\text{new}} = 1 - \beta Z ,

n - 1 of the first (the amplitudes become unequal), one of the second, K - n of the third (another pattern joins in).
Along :math:`a = \beta m` the temperature :math:`T(a) = \mathrm{E}|S_n|\tanh(a|S_n|)/na` is explicit. (Never iterate the
equations of K unknowns here: where :math:`\lambda_\perp < 0` rounding errors grow and break the symmetry.)
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from statmech.branch import stationary_points
from statmech.checks import check_choice, check_dilution, check_integer, check_real
from theory.multitasking.averages import Array

CURIE = 2 / 3
"""Dilution below which the pure state, and above which the symmetric state of all patterns, appears at T_c = 1 - d."""


class Eigenvalues(NamedTuple):
    """Eigenvalues of the Hessian at a state with n equal amplitudes; NaN where there is none of the kind."""

    perpendicular: float
    parallel: float
    new: float


@lru_cache(maxsize=256)
def _law(n: int, d: float) -> Array:
    """Probabilities of |S_n| = 0, 1, …, n for n ternary entries of dilution d."""
    law = np.ones(1)
    for _ in range(n):
        law = np.convolve(law, [(1 - d) / 2, d, (1 - d) / 2])
    folded = law[n:].copy()
    folded[1:] *= 2
    return folded


def _slope(n: int, d: float, a: float) -> float:
    """E|S| tanh(a|S|) / na: the temperature of the symmetric state of that a."""
    s = np.arange(n + 1)
    return float(_law(n, d) @ (s * np.tanh(a * s))) / (n * a)


def symmetric_amplitude(n: int, d: float, T: float) -> float:
    r"""The amplitude of n equally retrieved patterns, 0 at :math:`T \ge T_c = 1-d`.

    Parameters
    ----------
    n : int
        Number of retrieved patterns, at least 1: the pure state.
    d, T : float
        Dilution, in [0, 1), and temperature.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> round(symmetric_amplitude(3, 0.7, 0.15), 4)
    0.2039
    """
    n, d, T = check_integer("n", n, low=1), check_dilution(d), check_real("T", T, low=0.0)
    law, s = _law(n, d), np.arange(n + 1)
    saturated = float(law @ s) / n
    if 1 - d <= T:
        return 0.0
    if T == 0:
        return saturated
    # between tanh x >= x - x^3/3 and tanh x <= 1
    low = T * math.sqrt(max(3 * (1 - d - T) * n / float(law @ s**4), 1e-300))

    def excess(m: float) -> float:
        return float(law @ (s * np.tanh(m / T * s))) / n - m

    if excess(saturated) >= 0 or excess(low) <= 0:  # T -> 0 or T -> T_c, where one bound is the root
        return saturated if excess(saturated) >= 0 else low
    return optimize.brentq(excess, low, saturated, xtol=1e-300, rtol=1e-15)


def symmetric_eigenvalues(K: int, n: int, d: float, T: float) -> Eigenvalues:
    r"""Eigenvalues of the Hessian at the state of n equal amplitudes among K patterns.

    At T = 0 a state with ties is infinitely unstable: for 0 < d < 1 every one but that of all K = 1 patterns.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    n = check_integer("n", n, low=1, high=check_integer("K", K, low=1))
    return eigenvalues_at(K, n, check_dilution(d), check_real("T", T, low=0.0), symmetric_amplitude(n, d, T))


def eigenvalues_at(K: int, n: int, d: float, T: float, m: float) -> Eigenvalues:
    """The eigenvalues at a given amplitude; T = 0 as the limit."""
    law, s, nan = _law(n, d), np.arange(n + 1), math.nan
    sech2 = np.where(s > 0, 0.0, 1.0) if T == 0 else 1 - np.tanh(m / T * s) ** 2
    # E xi_1^2 and E xi_1 xi_2 given S_n = s, from the law of the other entries
    one, two = _entry_moments(n, d)
    A, B, Z = float(one @ sech2), float(two @ sech2), (1 - d) * float(law @ sech2)

    def eigenvalue(coupling: float) -> float:
        if T > 0:
            return 1 - coupling / T
        return -math.inf if coupling > 1e-15 else 1.0

    return Eigenvalues(
        eigenvalue(A - B) if n > 1 else nan, eigenvalue(A + (n - 1) * B), eigenvalue(Z) if n < K else nan
    )


@lru_cache(maxsize=256)
def _entry_moments(n: int, d: float) -> tuple[Array, Array]:
    """E xi_1^2 and E xi_1 xi_2 together with the event |S_n| = s, for s = 0, 1, …, n."""
    rest = np.ones(1)
    for _ in range(n - 1):
        rest = np.convolve(rest, [(1 - d) / 2, d, (1 - d) / 2])
    one = np.convolve(rest, [(1 - d) / 2, 0.0, (1 - d) / 2])[n:].copy()
    one[1:] *= 2
    # sum over all pairs: S^2 = sum xi^2 + n (n-1) xi_1 xi_2 on average at given S
    square = _law(n, d) * np.arange(n + 1) ** 2
    two = (square - n * one) / (n * (n - 1)) if n > 1 else np.zeros(n + 1)
    return one, two


def pure_temperature(d: ArrayLike) -> Any:
    r"""Temperature :math:`T_P(d)` below which the pure state is unstable: a second pattern is retrieved.

    .. math:: T = (1-d)[1 - (1-d)\tau^2], \qquad \tau = \tanh\beta(1-d)\tau ,

    whatever K > 1. With :math:`a = \beta(1-d)\tau` the line is explicit, :math:`1 - d = (1-\tau/a)/\tau^2`; it runs
    from d(1-d) at small dilution to :math:`T_c` at d = 2/3.

    Parameters
    ----------
    d : array_like
        Dilutions in [0, 2/3].

    Raises
    ------
    ValueError
        If a dilution is not in this range.

    Examples
    --------
    >>> round(pure_temperature(0.5), 7)
    0.2872097
    """

    def excess(a: float, v: float) -> float:
        tau = math.tanh(a)
        return (1 - tau / a) / tau**2 - v

    def one(d: float) -> float:
        d = check_real("d", d, low=0.0, high=CURIE)
        if d == 0:
            return 0.0
        if d >= CURIE - 1e-9:
            return 1 - d
        a = optimize.brentq(excess, 1e-4, 2 / d + 2, args=(1 - d,), xtol=1e-300, rtol=1e-15)
        return (1 - d) * math.tanh(a) / a

    return _mapped(one, d)


def symmetric_temperature(K: int, d: ArrayLike, branch: str = "lower") -> Any:
    r"""Temperature :math:`T_S(K, d)` at which the symmetric state of all K patterns loses its stability.

    Parameters
    ----------
    K : int
        Number of patterns, at least 2.
    d : array_like
        Dilutions between that of `symmetric_tip` and 1, end points excluded.
    branch : str
        ``"lower"``: below it the amplitudes are unequal. For d < 2/3 the state is stable in a window only, which ends
        at the ``"upper"`` branch.

    Returns
    -------
    float or numpy.ndarray
        NaN where the branch does not exist: left of the tip, and the upper one from d = 2/3 on, where the state is
        stable up to :math:`T_c = 1-d`.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> [round(symmetric_temperature(2, 0.65, branch), 7) for branch in ("lower", "upper")]
    [0.1369815, 0.327252]
    """
    K = check_integer("K", K, low=2)
    upper = check_choice("branch", branch, ("lower", "upper")) == "upper"
    tip = symmetric_tip(K)[0]

    def one(d: float) -> float:
        d = check_real("d", d, low=0.0, high=1.0, open_low=True, open_high=True)
        if d < tip or (upper and d >= CURIE):
            return math.nan
        top = _stiffest(K, d)
        if upper:
            a = optimize.brentq(lambda a: _perpendicular(K, d, a), SMALL, top, xtol=1e-300, rtol=1e-15)
        else:
            tie = _tie(K, d)  # lambda_perp < 1 - tie/T is negative where T(a) is below it
            end = 1.01 * float(_law(K, d) @ np.arange(K + 1)) / (K * tie) + 1
            a = optimize.brentq(lambda a: _perpendicular(K, d, a), top, end, xtol=1e-300, rtol=1e-15)
        return _slope(K, d, a)

    return _mapped(one, d)


SMALL = 1e-3
"""An a next to the critical temperature, where expansions in it hold to 1e-6."""


def _perpendicular(K: int, d: float, a: float) -> float:
    """The eigenvalue against unequal amplitudes along the symmetric branch."""
    T = _slope(K, d, a)
    return eigenvalues_at(K, K, d, T, a * T).perpendicular


def _tie(K: int, d: float) -> float:
    r""":math:`\mathrm{E}[(\xi_1-\xi_2)^2/2;\, S_K = 0]`, the low-temperature limit of T_S as its sites freeze last."""
    one, two = _entry_moments(K, d)
    return float(one[0] - two[0])


@lru_cache(maxsize=512)
def _stiffest(K: int, d: float) -> float:
    """The a at which the eigenvalue against unequal amplitudes has its maximum, NaN where it falls all the way."""
    points = stationary_points(lambda a: _perpendicular(K, d, a), np.geomspace(SMALL, 10.0, 60))
    maxima = [point for point in points if point.kind == "maximum"]
    return max(maxima, key=lambda point: point.control).parameter if maxima else math.nan


@lru_cache(maxsize=32)
def symmetric_tip(K: int) -> tuple[float, float]:
    """Dilution and temperature of the tip of the region in which the symmetric state of all K patterns is stable.

    Between this dilution and 2/3 it is stable in a window of temperatures: the phase diagram is re-entrant.

    Raises
    ------
    ValueError
        If K < 2.

    Examples
    --------
    >>> round(symmetric_tip(2)[0], 5)
    0.60159
    """
    check_integer("K", K, low=2)

    def largest(d: float) -> float:
        a = _stiffest(K, d)
        return -1.0 if math.isnan(a) else _perpendicular(K, d, a)

    d = optimize.brentq(largest, 0.5, CURIE, xtol=1e-13)
    return d, _slope(K, d, _stiffest(K, d))


def _mapped(one: Callable[[float], float], values: ArrayLike) -> Any:
    """Apply a function of a number to a number or to every entry of an array."""
    array = np.asarray(values, dtype=float)
    if array.ndim == 0:
        return one(float(array))
    return np.array([one(float(value)) for value in array.ravel()]).reshape(array.shape)
