r"""Replica-symmetric states of networks of pairs, P = 2, that learn from examples, at any T ≥ 0.

With :math:`\chi` of `theory.learning.law`, :math:`h = n\chi + \sigma z`, z standard normal, :math:`C = \beta(1-q)`,

.. math::

    n = \mathrm{E}\,\chi\tanh\beta h, \qquad m = \mathrm{E}\tanh\beta h, \qquad q = \mathrm{E}\tanh^2\beta h, \qquad
    \sigma^2 = \alpha q \sum_\lambda \frac{\lambda^2}{(1-\lambda C)^2} .

The sum runs over the eigenvalues :math:`\lambda` of the covariance of the fields by which one class acts. With a
teacher there is one, :math:`\lambda = 1`, and the noise is that of the Hopfield model [1]_. Without, the overlaps with
the M examples of a class fluctuate in M directions: :math:`\lambda = 1` along their mean, and M - 1 times
:math:`\lambda = g = (1-r^2)/MR = \rho/(1+\rho)`. The free energy is

.. math::

    f &= \frac{n^2}2 + \frac\alpha2\sum_\lambda\Big[\lambda + T\ln(1-\lambda C) - \frac{\lambda q}{1-\lambda C}\Big]
         + \frac{\sigma^2C}2 - T\,\mathrm{E}\ln2\cosh\beta h , \\
    s &= \mathrm{E}[\ln2\cosh\beta h - \beta h\tanh\beta h]
         - \frac\alpha2\sum_\lambda\Big[\ln(1-\lambda C) + \frac{\lambda C}{1-\lambda C}\Big] , \qquad
    \text{replicon} = 1 - \frac{\sigma^2}{q}\,\beta^2\,\mathrm{E}\,\mathrm{sech}^4\beta h .

As in the Hopfield model (`theory.hopfield.rs`) everything is explicit in the ratio :math:`y = n/\sigma`: for T < 1
exactly one noise :math:`\sigma(y;T)` solves the equation of n, and the load
:math:`\alpha(y;T)` follows. Retrieval is the outer stretch of that curve; its end, the maximum at the largest y, is the
spinodal. With an even number of examples, at low temperatures, it ends with a finite noise, where C = 1: the sites with
as many right examples as wrong ones feel no signal, and order in the other classes, however few. At
:math:`\alpha = 0` there are none, and the answer is that of a single class. With few examples, an odd number, the curve
can have two stretches at low temperatures, the outer one with the sites of the narrowest majority on the right side.

References
----------
.. [1] E. Agliari, F. Alemanno, A. Barra, G. De Marzo, Neural Networks 148, 232 (2022).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from scipy import optimize

from statmech.gaussian import field_moments
from statmech.models import UnsupervisedHebbian
from theory.dense.pattern import Pattern, site_moments, site_overlap, site_potential
from theory.dense.rs import TINY, TOLERANCE, Symmetric
from theory.learning.law import Learning


@dataclass(frozen=True)
class Pairs:
    """A network of pairs in the limit N → ∞, up to its load and temperature.

    Parameters
    ----------
    pattern : Pattern
        Law of what is retrieved.
    modes : tuple of (float, float)
        Eigenvalues, the largest first, which is 1, and how often each occurs.
    """

    pattern: Pattern
    modes: tuple[tuple[float, float], ...] = ((1.0, 1.0),)

    def gain(self, q: float, C: float) -> float:
        """Variance of the noise at unit load."""
        return q * sum(times * (mode / (1 - mode * C)) ** 2 for mode, times in self.modes)

    def gain_C(self, T: float, q: float, C: float) -> float:
        """Its derivative by C, with q = 1 - TC."""
        return sum(
            times * (mode / (1 - mode * C)) ** 2 * (2 * mode * q / (1 - mode * C) - T) for mode, times in self.modes
        )


def pair_network(model: Learning, pattern: Pattern) -> Pairs:
    """The network of a model with P = 2."""
    if isinstance(model, UnsupervisedHebbian) and model.rho > 0 and model.M > 1:
        return Pairs(pattern, ((1.0, 1.0), (model.rho / (1 + model.rho), model.M - 1)))
    return Pairs(pattern)


def symmetric_at(net: Pairs, alpha: float, T: float, n: float, sigma: float) -> Symmetric:
    r"""Everything that follows from an overlap and a noise that solve the equations; see `Symmetric`.

    `stability` is the smallest real part of the eigenvalues of 1 - J, with J the Jacobian of the map of n and
    :math:`\sigma^2`.
    """
    new, q, C, C4, n_k, n_v, C_v = site_moments(*net.pattern.arrays, n, sigma, T)
    L, S = site_potential(*net.pattern.arrays, n, sigma, T)
    f, s, residual, stiffness, coupling = n * n / 2 - L, S, abs(new - n), 0.0, 0.0
    if alpha > 0:
        if not C < 1:
            residual = math.inf
        # the equation of sigma times 1 - C, which may be small
        residual = max(residual, abs(sigma - math.sqrt(alpha * net.gain(q, C))) * (1 - C))
        f += 0.5 * sigma * sigma * C
        for mode, times in net.modes:
            rest = max(1 - mode * C, 1e-300)
            f += 0.5 * alpha * times * (mode + T * math.log(rest) - mode * q / rest)
            s -= 0.5 * alpha * times * (math.log(rest) + mode * C / rest)
        stiffness = alpha * net.gain_C(T, q, C)
        coupling = alpha * net.gain(1.0, C) * C4
    first, second = n_k, stiffness * C_v
    radicand = 0.25 * (first - second) ** 2 + 2 * stiffness * n_v * n_v
    return Symmetric(
        gamma=alpha, T=T, n=n, q=q, C=C, sigma=sigma, f=f, u=f + T * s, s=s, residual=residual,
        stability=1 - 0.5 * (first + second) - math.sqrt(max(radicand, 0.0)),
        replicon=1 - (coupling / T if T > 0 else math.inf if coupling > 0 else 0.0),
    )  # fmt: skip


# --- the curve of retrieval states at one temperature ---


def noise(net: Pairs, y: float, T: float) -> float:
    r"""The :math:`\sigma` at which :math:`n = y\sigma` solves the equation of n; T < 1.

    Unique, because :math:`\mathrm{E}_z\tanh k(y|\chi|+z)` is concave in k; bracketed by its value at T = 0 and, from
    :math:`\tanh x \ge x - x^3/3`, by :math:`\sigma^2 = 3T^2(1-T)/(3 + y^2\mathrm{E}\chi^4)`.
    """
    law, weights = net.pattern.arrays
    high = site_overlap(law, weights, y, 1.0, 0.0) / y
    if T == 0:
        return high
    low = T * math.sqrt(3 * (1 - T) / (3 + y * y * _fourth_moment(net.pattern)))

    def excess(sigma: float) -> float:
        return site_overlap(law, weights, y * sigma, sigma, T) - y * sigma

    if excess(low) <= 0 or excess(high) >= 0:  # T -> 1 or T -> 0, where one bound is the root to rounding
        return low if excess(low) <= 0 else high
    return optimize.brentq(excess, low, high, xtol=1e-300, rtol=TINY)


@lru_cache(maxsize=256)
def _fourth_moment(pattern: Pattern) -> float:
    v = pattern.width**2
    moments = (c**4 + 6 * c * c * v + 3 * v * v for c in pattern.values)
    return sum(w * moment for w, moment in zip(pattern.weights, moments, strict=True))


def load(net: Pairs, y: float, T: float) -> float:
    r"""Load :math:`\alpha(y;T)` of the solution with ratio y; negative where C > 1, where there is none."""
    sigma = noise(net, y, T)
    _, q, C, *_ = site_moments(*net.pattern.arrays, y * sigma, sigma, T)
    return sigma * sigma / net.gain(q, C) if C < 1 else -sigma * sigma * (C - 1)


def _falling(net: Pairs, y: float, T: float) -> float:
    """Positive where the load falls with y and the state is stable, or C > 1: determinant or trace of 1 - J."""
    sigma = noise(net, y, T)
    _, q, C, _, n_k, n_v, C_v = site_moments(*net.pattern.arrays, y * sigma, sigma, T)
    if C >= 1:
        return 1.0
    stiffness = sigma * sigma * net.gain_C(T, q, C) / net.gain(q, C)
    first, second = 1 - n_k, 1 - stiffness * C_v
    return min(first * second - 2 * stiffness * n_v * n_v, first + second)


_STEP = 1.2  # between neighbouring ratios on which maxima of the curve are looked for
_NEAR_CURIE = 1 - 1e-7  # beyond, rounding blurs the curve, whose maximum scales like (1-T)² there


@lru_cache(maxsize=8192)
def spinodal(net: Pairs, T: float) -> tuple[float, float]:
    r"""Ratio y and load :math:`\alpha_M(T)` at the end of retrieval, T < 1: the highest maximum of the curve.

    As :math:`y^2\alpha \le 1`, by Cauchy–Schwarz, one higher than that found first cannot lie far out.
    """
    if T > _NEAR_CURIE:
        y, alpha = spinodal(net, _NEAR_CURIE)
        return y, alpha * ((1 - T) / (1 - _NEAR_CURIE)) ** 2
    y = 0.8
    while _falling(net, y, T) < 0:
        y *= _STEP
    best = _maximum(net, y / _STEP, y, T)
    while y < 1 / math.sqrt(best[1]):
        below, y = y, y * _STEP
        if _falling(net, below, T) < 0 < _falling(net, y, T):
            best = max(best, _maximum(net, below, y, T), key=lambda place: place[1])
    return best


def _maximum(net: Pairs, low: float, high: float, T: float) -> tuple[float, float]:
    y = optimize.brentq(lambda y: _falling(net, y, T), low, high, xtol=1e-14, rtol=TINY)
    return y, load(net, y, T)


# --- states at a given load and temperature ---


_ROUNDING = 1e-13  # a load that is critical to rounding


def retrieval(net: Pairs, alpha: float, T: float) -> tuple[Symmetric | None, int]:
    """The retrieval state of the largest ratio y, and the number of evaluations that it took; None if there is none.

    Newton's method from the archetype; where that does not lead to a stable state, a bracketed root along the curve.
    """
    if T >= 1:
        return None, 0
    n, sigma, evaluations = _newton(net, alpha, T)
    found = symmetric_at(net, alpha, T, n, sigma)
    if n > 0.1 and found.stability > 0.05 and found.residual <= TOLERANCE:
        return found, evaluations
    if alpha == 0:
        return symmetric_at(net, 0.0, T, _without_load(net, T), 0.0), evaluations
    y, limit = spinodal(net, T)
    if alpha > limit:
        return None, evaluations
    if alpha >= limit * (1 - _ROUNDING):
        sigma = noise(net, y, T)
        return symmetric_at(net, alpha, T, y * sigma, sigma), evaluations
    bracket = _outermost(net, alpha, T)
    if bracket is None:
        return None, evaluations
    low, high = bracket
    y, report = optimize.brentq(
        lambda y: load(net, y, T) - alpha, low, high, xtol=TINY, rtol=TINY, full_output=True, disp=False
    )
    sigma = noise(net, y, T)
    return symmetric_at(net, alpha, T, y * sigma, sigma), evaluations + report.function_calls


def _outermost(net: Pairs, alpha: float, T: float) -> tuple[float, float] | None:
    """Two ratios of the outermost falling stretch that passes through the load, on either side of it."""
    high = (1 + 1e-12) / math.sqrt(alpha)
    while True:
        low = high / _STEP
        if _falling(net, low, T) < 0 < _falling(net, high, T):  # a maximum between the two
            low, top = _maximum(net, low, high, T)
            if top < alpha:
                high = low / _STEP
                while _falling(net, high, T) < 0:
                    high /= _STEP
                    if high < 0.1:
                        return None
                continue
        if load(net, low, T) >= alpha:
            return low, high
        if low < 0.1:
            return None
        high = low


_NEWTON_STEPS = 25


def _newton(net: Pairs, alpha: float, T: float) -> tuple[float, float, int]:
    """Overlap and noise by Newton's method for n and the variance; whether they solve the equations the caller asks."""
    n, v = net.pattern.largest, alpha * net.gain(1.0, 0.0)
    best, result = math.inf, (n, math.sqrt(v))
    evaluations = 0
    while evaluations < _NEWTON_STEPS:
        evaluations += 1
        new, q, C, _, n_k, n_v, C_v = site_moments(*net.pattern.arrays, n, math.sqrt(v), T)
        if alpha > 0 and not C < 1:
            break
        in_n, in_v = new - n, alpha * net.gain(q, C) - v if alpha > 0 else 0.0
        size = abs(in_n) + abs(in_v)
        if not size < 2 * best:  # neither converging nor just overshooting
            break
        if size < best:
            best, result = size, (n, math.sqrt(v))
        if size < 1e-15:
            break
        stiffness = alpha * net.gain_C(T, q, C) if alpha > 0 else 0.0
        a, b = 1 - n_k, -n_v
        c, d = -2 * stiffness * n_v, 1 - stiffness * C_v
        det = a * d - b * c
        if det == 0:
            break
        n_step, v_step = (d * in_n - b * in_v) / det, (a * in_v - c * in_n) / det
        n = min(max(n + n_step, 0.5 * n), net.pattern.largest)
        v = max(v + v_step, 0.25 * v)
    return *result, evaluations


def _without_load(net: Pairs, T: float) -> float:
    """Positive root of n = E chi tanh(n chi / T), T < 1, bracketed as in `noise`."""
    law, weights = net.pattern.arrays
    high = net.pattern.largest
    if T == 0:
        return high
    low = T * math.sqrt(3 * (1 - T) / _fourth_moment(net.pattern))

    def excess(n: float) -> float:
        return site_overlap(law, weights, n, 0.0, T) - n

    if excess(low) <= 0 or excess(high) >= 0:
        return low if excess(low) <= 0 else high
    return optimize.brentq(excess, low, high, xtol=1e-300, rtol=TINY)


def glass_temperature(net: Pairs, alpha: float) -> float:
    r"""Temperature :math:`T_g` of the continuous transition from paramagnet to glass.

    :math:`1 = \alpha\sum_\lambda\lambda^2/(T_g-\lambda)^2`; with a teacher :math:`T_g = 1 + \sqrt\alpha`.
    """
    if alpha == 0:
        return 1.0
    root = math.sqrt(alpha)
    if len(net.modes) == 1:
        return 1 + root

    def excess(above: float) -> float:  # as a function of T - 1, of which all digits count at small loads
        return alpha * sum(times * (mode / (above + 1 - mode)) ** 2 for mode, times in net.modes) - 1

    high = math.sqrt(alpha * net.gain(1.0, 0.0))
    return 1 + optimize.brentq(excess, (1 - 1e-9) * root, (1 + 1e-9) * high, xtol=1e-300, rtol=TINY)


def spin_glass(net: Pairs, alpha: float, T: float) -> tuple[Symmetric | None, int]:
    r"""The glass, n = 0 and q > 0, below `glass_temperature`.

    Root in :math:`\sigma` of the equation of the noise times 1 - C, between values where it is negative and positive:
    the upper one because :math:`C \le \sqrt{2/\pi}/\sigma` and :math:`q \le 1`.
    """
    if alpha == 0 or glass_temperature(net, alpha) <= T:
        return None, 0
    high = math.sqrt(2 / math.pi) + math.sqrt(alpha * net.gain(1.0, 0.0))

    def excess(sigma: float) -> float:
        _, q, C, *_ = field_moments(0.0, sigma, T)
        scaled = sum(times * (mode * (1 - C) / (1 - mode * C)) ** 2 for mode, times in net.modes) if C < 1 else 1.0
        return 1 - C - math.sqrt(alpha * q * scaled) / sigma

    low = 0.25 * high
    while excess(low) >= 0:
        low *= 0.25
        if low < 1e-8 * high:
            return None, 0
    if excess(high) <= 0:  # sharp to rounding, with one mode, as T -> 0
        return symmetric_at(net, alpha, T, 0.0, high), 1
    sigma, report = optimize.brentq(excess, low, high, xtol=1e-300, rtol=TINY, full_output=True, disp=False)
    return symmetric_at(net, alpha, T, 0.0, sigma), report.function_calls


# --- the de Almeida–Thouless line of retrieval ---


def marginal(net: Pairs, y: float) -> tuple[float, float, float]:
    r"""Load, temperature and noise of the solution of ratio y on the curve with a vanishing replicon.

    There :math:`T = (\sigma^2/q)\,\beta\,\mathrm{E}\,\mathrm{sech}^4\beta h`.
    """

    def wanted(T: float) -> float:
        sigma = noise(net, y, T)
        _, q, _, C4, *_ = site_moments(*net.pattern.arrays, y * sigma, sigma, T)
        return sigma * sigma * C4 / q

    low = high = wanted(0.0)
    while wanted(high) > high:
        low, high = high, 1.2 * high
    while wanted(low) < low:
        low /= 2
    T = optimize.brentq(lambda T: T - wanted(T), low, high, xtol=1e-300, rtol=1e-14) if low < high else low
    return load(net, y, T), T, noise(net, y, T)
