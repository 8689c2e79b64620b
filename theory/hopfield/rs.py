r"""Replica-symmetric states of the Hopfield model, at any T ≥ 0, without iteration.

With n condensed patterns of equal overlap m (n = 1 is retrieval, odd n > 1 a symmetric mixture),
:math:`\zeta = \sum_{\mu\le n}\xi^\mu`, :math:`h = m\zeta + \sigma z`, z standard normal and
:math:`\sigma^2 = \alpha r`, the equations of Amit, Gutfreund and Sompolinsky [1]_ are

.. math::

    m = \tfrac1n \mathrm{E}\, \zeta\tanh\beta h, \quad q = \mathrm{E} \tanh^2\beta h, \quad
    r = \frac{q}{(1-C)^2}, \quad C = \beta(1-q).

For any signal-to-noise ratio :math:`y = m/\sigma > 0` and T < 1 exactly one noise :math:`\sigma(y; T)` satisfies the
first equation: its right-hand side is concave in :math:`\sigma` at fixed y, because for n = 1
:math:`\mathrm{E} \tanh k(y+z) = \int_0^\infty \tanh(kg)[\phi(g-y)-\phi(g+y)]\,dg`, and likewise for n > 1. The
others then give the load :math:`\alpha(y; T) = \sigma^2 (1-C)^2/q` explicitly. Its maximum is the spinodal
:math:`\alpha_M(T)`; retrieval states lie above that y, and the unstable solutions that separate them from the glass
below. As T → 0 the curve of n = 1 becomes :math:`\sqrt{2\alpha} = \mathrm{erf}(x)/x - (2/\sqrt\pi)e^{-x^2}`,
:math:`x = y/\sqrt2`.

References
----------
.. [1] D. J. Amit, H. Gutfreund, H. Sompolinsky, Ann. Phys. (N.Y.) 173, 30 (1987), eqs (3.13)-(3.19), (5.1)-(5.6).
"""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numba import njit
from scipy import optimize

from statmech.branch import stationary_points
from statmech.gaussian import field_magnetization, field_moments, field_potential
from statmech.models import Hopfield
from statmech.results import Solution, no_solution

TINY = 1e-15  # relative accuracy that every bracketed root is asked for
TOLERANCE = 1e-12
"""Largest residual of a converged solution."""


@njit(cache=True)
def condensed_magnetization(n: int, m: float, sigma: float, T: float) -> float:
    r""":math:`\frac1n \mathrm{E}_{\zeta,z}\, \zeta\tanh\beta(m\zeta+\sigma z)`, n odd: what a root finder calls."""
    M = 0.0
    weight = 2.0 ** (1 - n)  # of zeta = n together with -n
    for k in range((n + 1) // 2):
        M += weight * (n - 2 * k) * field_magnetization(m * (n - 2 * k), sigma, T)
        weight *= (n - k) / (k + 1)
    return M / n


@njit(cache=True)
def condensed_moments(
    n: int, m: float, sigma: float, T: float
) -> tuple[float, float, float, float, float, float, float]:
    r"""Averages over the sites of a symmetric mixture of n patterns (n odd), :math:`h = m\zeta + \sigma z`.

    :math:`\zeta = \sum_{\mu\le n}\xi^\mu` takes the values n, n-2, …, -n with binomial weights.

    Returns
    -------
    M, q, C, C4 : float
        :math:`\frac1n\mathrm{E}\zeta\tanh\beta h`, :math:`\mathrm{E}\tanh^2\beta h`,
        :math:`\beta\mathrm{E}\,\mathrm{sech}^2\beta h`, :math:`\beta\mathrm{E}\,\mathrm{sech}^4\beta h`.
    M_m, M_v, C_v : float
        :math:`\partial M/\partial m`, and derivatives with respect to :math:`\sigma^2`; note
        :math:`\partial C/\partial m = 2n\,\partial M/\partial(\sigma^2)`.
    """
    M = q = C = C4 = M_m = M_v = C_v = 0.0
    weight = 2.0 ** (1 - n)
    for k in range((n + 1) // 2):
        zeta = n - 2 * k
        a, b, c, d, e, g = field_moments(m * zeta, sigma, T)
        M += weight * zeta * a
        q += weight * b
        C += weight * c
        C4 += weight * d
        M_m += weight * zeta * zeta * c
        M_v += weight * zeta * e
        C_v += weight * g
        weight *= (n - k) / (k + 1)
    return M / n, q, C, C4, M_m / n, M_v / n, C_v


def retrieval_noise(y: float, T: float, n: int = 1) -> float:
    r"""The :math:`\sigma` at which :math:`m = y\sigma` solves the equation of m; T < 1.

    Both ends of the bracket are bounds: the T = 0 value from above, since the right-hand side falls with T, and
    from below, by :math:`\tanh x \ge x - x^3/3`, :math:`\sigma^2 = 3T^2(1-T)/(3 + (3n-2)y^2)`, because
    :math:`\mathrm{E}\zeta^2 = n` and :math:`\mathrm{E}\zeta^4 = n(3n-2)`.
    """
    high = condensed_magnetization(n, y, 1.0, 0.0) / y
    if T == 0:
        return high
    low = T * math.sqrt(3 * (1 - T) / (3 + (3 * n - 2) * y * y))

    def excess(sigma: float) -> float:
        return condensed_magnetization(n, y * sigma, sigma, T) - y * sigma

    return _bracketed(excess, low, high)


def _bracketed(falling: Callable[[float], float], low: float, high: float) -> float:
    """Root of a function that is positive at `low` and negative at `high`, up to rounding at a bound that is sharp."""
    try:
        return optimize.brentq(falling, low, high, xtol=1e-300, rtol=TINY)
    except ValueError:  # no change of sign: T -> 0 or T -> 1, where one bound is the root
        return high if falling(high) >= 0 else low


def retrieval_load(y: float, T: float, n: int = 1) -> float:
    r"""Load :math:`\alpha(y; T)` at which a solution has signal-to-noise ratio y; negative where C > 1.

    Where :math:`C > 1` the equations have no physical solution; the sign of :math:`1-C` is passed on, so that the
    curve goes monotonically through zero there.
    """
    sigma = retrieval_noise(y, T, n)
    _, q, C, *_ = condensed_moments(n, y * sigma, sigma, T)
    return math.copysign((sigma * (1 - C)) ** 2 / q, 1 - C)


def _load_slope(y: float, T: float, n: int) -> float:
    """Minus the determinant of 1 - J along the curve, times 1 - C > 0: has the sign of the slope of the load."""
    sigma = retrieval_noise(y, T, n)
    _, q, C, _, M_m, M_v, C_v = condensed_moments(n, y * sigma, sigma, T)
    gain = sigma * sigma * (2 / (1 - C) - T / q)  # d(alpha q / (1-C)^2) / dC at the load of the curve
    return (C - 1) * ((1 - M_m) * (1 - gain * C_v) - 2 * n * gain * M_v * M_v)


def largest_ratio(alpha: float) -> float:
    r"""Upper bound of the signal-to-noise ratio at load :math:`\alpha`, wide of it by more than rounding.

    :math:`y^2\alpha(y) = m^2(1-C)^2/q \le m^2/q \le 1` on the whole curve, by Cauchy–Schwarz for m and because
    :math:`C \ge 0`; with little noise it is sharp to the last digit.
    """
    return (1 + 1e-12) / math.sqrt(alpha)


BEYOND_SPINODAL = 2.138
"""A signal-to-noise ratio on the stable branch of retrieval at every temperature, next to the spinodal's."""
NEAR_CURIE = 1 - 1e-7
"""Beyond this temperature rounding blurs the curve; its maximum scales like (1-T)² there, to a relative 1e-7."""


@lru_cache(maxsize=8192)
def spinodal(T: float, n: int = 1) -> tuple[float, float]:
    r"""Signal-to-noise ratio :math:`y_M` and load :math:`\alpha_M(T)` at the spinodal, 0 ≤ T < 1.

    The stationary point of the curve :math:`\alpha(y; T)` at the largest y: from there to y = ∞ runs the branch
    that is connected to :math:`\alpha = 0`. For retrieval it is the only one, and moves only from y = 2.137 at T = 0 to
    2.091 as T → 1; mixtures have up to three at intermediate temperatures.
    """
    if T > NEAR_CURIE:
        y, load = spinodal(NEAR_CURIE, n)
        return y, load * ((1 - T) / (1 - NEAR_CURIE)) ** 2
    grid = (2.085, 2.14) if n == 1 else np.geomspace(0.3, 4.0, 24)
    last = stationary_points(lambda y: retrieval_load(y, T, n), grid, lambda y: _load_slope(y, T, n))[-1]
    return last.parameter, last.control


def rs_solution(model: Hopfield, state: str, m: float, sigma: float, iterations: int, n: int = 1) -> Solution:
    r"""The `Solution` at given m and :math:`\sigma`, with everything that follows from them.

    For n condensed patterns of equal m, and :math:`h = m\zeta + \sigma z`,

    .. math::

        f &= \frac\alpha2 + \frac{n m^2}2 + \frac{\alpha}{2}\Big[T\ln(1-C) - \frac{q}{1-C} + rC\Big]
             - T\,\mathrm{E}\ln 2\cosh\beta h, \\
        s &= -\frac\alpha2\Big[\ln(1-C) + \frac{C}{1-C}\Big]
             + \mathrm{E}[\ln 2\cosh\beta h - \beta h\tanh\beta h], \qquad u = f + Ts .

    `stability` is the smallest real part of the eigenvalues of :math:`1 - J`, where J is the Jacobian of the map
    :math:`(m, \sigma^2) \to (\frac1n\mathrm{E}\zeta\tanh\beta h, \alpha q/(1-C)^2)`, and, for a mixture, of the
    eigenvalue :math:`1 - C + \beta\,\mathrm{E}[\xi^1\xi^2\mathrm{sech}^2\beta h]` that belongs to the condensed
    patterns becoming unequal. `replicon` is :math:`1 - \alpha\beta^2\,\mathrm{E}\,\mathrm{sech}^4\beta h/(1-C)^2`,
    which is :math:`-\infty` at T = 0 whenever there is noise: replica symmetry always breaks there.
    """
    alpha, T = model.alpha, model.T
    M, q, C, C4, M_m, M_v, C_v = condensed_moments(n, m, sigma, T)
    # 1 - C, from the equation of r where there is noise: at small loads the glass has C = 1 to rounding
    gap = math.sqrt(alpha * q) / sigma if sigma > 0 and q > 0 else 1 - C
    residual = max(abs(M - m), abs(sigma * (1 - C) - math.sqrt(alpha * q)))
    if not (gap > 0 and residual <= TOLERANCE):
        return absent(model, state, f"not solved to tolerance: residual {residual:.1e}, 1 - C = {1 - C:.1e}")
    r = sigma * sigma / alpha if alpha > 0 else q / gap**2
    L, S = _condensed_potential(n, m, sigma, T)
    f = alpha / 2 + n * m * m / 2 + alpha / 2 * (T * math.log(gap) - q / gap + r * C) - L
    s = S - alpha / 2 * (math.log(gap) + C / gap)

    gain = alpha * (2 * q / gap - T) / gap**2  # d(alpha q / (1-C)^2) / dC, with dq = -T dC
    mean = 1 - (M_m + gain * C_v) / 2
    spread = (M_m - gain * C_v) ** 2 / 4 + 2 * n * gain * M_v * M_v
    stability = mean - math.sqrt(max(spread, 0.0))
    if n > 1:
        stability = min(stability, 1 - C + (M_m - C) / (n - 1))
    coupling = alpha * C4 / gap**2
    replicon = 1 - (coupling / T if T > 0 else math.inf if coupling > 0 else 0.0)
    return Solution(
        model=model,
        ansatz="RS",
        state=state,
        order={"m": m, "q": q, "r": r},
        f=f,
        u=f + T * s,
        s=s,
        converged=True,
        residual=residual,
        iterations=iterations,
        stability=stability,
        replicon=replicon,
    )


def _condensed_potential(n: int, m: float, sigma: float, T: float) -> tuple[float, float]:
    """`field_potential` averaged over the binomial law of zeta."""
    L = S = 0.0
    for k in range((n + 1) // 2):
        weight = math.comb(n, k) * 2.0 ** (1 - n)
        a, b = field_potential(m * (n - 2 * k), sigma, T)
        L += weight * a
        S += weight * b
    return L, S


def condensed(model: Hopfield, state: str, n: int) -> Solution:
    """The state with n equally condensed patterns (n = 1 is retrieval) on its outer branch, or why there is none."""
    alpha, T = model.alpha, model.T
    if T >= 1:
        return absent(model, state, f"no {state} state at T >= 1: every field is too weak to sustain it")
    if alpha == 0:
        m = _without_load(T, n)
        return rs_solution(model, state, m, 0.0, iterations=1, n=n)
    low = BEYOND_SPINODAL
    if n > 1 or retrieval_load(low, T) < alpha:
        low, alpha_M = spinodal(T, n)
        if alpha > alpha_M:
            why = f"alpha = {alpha:.7g} is above its spinodal {alpha_M:.7g} at T = {T:.7g}"
            return absent(model, state, f"no {state} state: {why}")
    if retrieval_load(low, T, n) <= alpha:  # at the spinodal to rounding
        sigma = retrieval_noise(low, T, n)
        return rs_solution(model, state, low * sigma, sigma, 1, n)
    y, report = optimize.brentq(
        lambda y: retrieval_load(y, T, n) - alpha,
        low,
        largest_ratio(alpha),
        xtol=TINY,
        rtol=TINY,
        full_output=True,
    )
    sigma = retrieval_noise(y, T, n)
    return rs_solution(model, state, y * sigma, sigma, report.function_calls, n)


def _without_load(T: float, n: int) -> float:
    """Positive root of m = E zeta tanh(m zeta / T) / n, T < 1, bracketed as in `retrieval_noise`."""
    high = condensed_magnetization(n, 1.0, 0.0, 0.0)
    if T == 0:
        return high
    low = T * math.sqrt(3 * (1 - T) / (3 * n - 2))

    def excess(m: float) -> float:
        return condensed_magnetization(n, m, 0.0, T) - m

    return _bracketed(excess, low, high)


def spin_glass(model: Hopfield) -> Solution:
    r"""The spin-glass state, m = 0 and q > 0, which exists below :math:`T_g = 1+\sqrt\alpha`.

    Root in :math:`\sigma` of :math:`1 - C - \sqrt{\alpha q}/\sigma`, between a value where it is negative and
    :math:`\sqrt\alpha + \sqrt{2/\pi}`, where it is not, because :math:`C \le \sqrt{2/\pi}/\sigma` and
    :math:`q \le 1`. At T = 0 the upper bound is the root.
    """
    alpha, T = model.alpha, model.T
    if alpha == 0 or 1 + math.sqrt(alpha) <= T:
        return absent(model, "spin-glass", f"no spin-glass state at T >= T_g = {1 + math.sqrt(alpha):.7g} or alpha = 0")
    high = math.sqrt(alpha) + math.sqrt(2 / math.pi)
    if T == 0:
        return rs_solution(model, "spin-glass", 0.0, high, iterations=1)

    def excess(sigma: float) -> float:
        _, q, C, *_ = field_moments(0.0, sigma, T)
        return 1 - C - math.sqrt(alpha * q) / sigma

    if excess(high) <= 0:  # T -> 0, to rounding
        return rs_solution(model, "spin-glass", 0.0, high, iterations=1)
    low = 0.25 * high
    while excess(low) >= 0:
        low *= 0.25
        if low < 1e-8 * high:
            return absent(model, "spin-glass", f"T = {T!r} is the glass temperature to rounding: q = 0")
    # close to T_g rounding may leave no digit of sigma to converge to; rs_solution judges what was found
    sigma, report = optimize.brentq(excess, low, high, xtol=1e-300, rtol=TINY, full_output=True, disp=False)
    return rs_solution(model, "spin-glass", 0.0, sigma, report.function_calls)


def paramagnet(model: Hopfield) -> Solution:
    r"""The paramagnet, m = q = 0, a solution for every T > 1 and stable above :math:`T_g = 1+\sqrt\alpha`."""
    if model.T <= 1:
        return absent(model, "paramagnet", "no paramagnetic solution at T <= 1: its susceptibility diverges at T = 1")
    return rs_solution(model, "paramagnet", 0.0, 0.0, iterations=1)


def absent(model: Hopfield, state: str, message: str) -> Solution:
    """The answer where there is none: every value NaN, and the reason."""
    return no_solution(model, "RS", state, message, ("m", "q", "r"))
