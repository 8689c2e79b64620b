r"""Averages of one weight of a variational perceptron in a field, and over the fields of all of them.

A weight has :math:`m = \tanh u` in [-1, 1] with the density
:math:`e^{\beta(a m^2 + h m + \gamma\,\mathrm{ent}(m))}\,dm`, ent the binary entropy of (1+m)/2 in nats: the
Kullback–Leibler term is linear in the field of the prior, which adds to h. So one number h per weight holds the
examples, the teacher and the prior together, and all averages are of functions of h, over its distribution: a mixture
of Gaussians of one width, one for each field that the prior may have. Fields, like everything here, are per
:math:`\beta`. At :math:`\beta=\infty` m is where the exponent is largest, :math:`\gamma u - 2 a\tanh u = h`, which
has one root as long as :math:`2a < \gamma`. Beyond, the mean jumps at h = 0 from one maximum to the other, by
:math:`2m_0`: that adds :math:`2 m_0 p(0)` to the response, p the density of the fields, and makes its square, the AT
value, infinite.

Bits of the teacher are taken out by a gauge: h and m are along them.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import erf

Array = NDArray[np.float64]

_FAR = 20.0
"""Fields u up to here: beyond, 1 - m is below the resolution of m."""
_ORDER = 12
"""Gauss–Legendre nodes of a panel."""
_REACH = 8.5
"""A Gaussian is cut this many widths from its centre."""
_DIGITS = 34.0
"""Logarithm of the accuracy of a trapezoid sum."""


@dataclass(frozen=True, kw_only=True)
class Fields:
    r"""The prior's part of the fields: :math:`\gamma\theta^0` along the teacher's bits, and how likely it is.

    Attributes
    ----------
    centres, weights : array, shape (n,)
    """

    centres: Array
    weights: Array


@dataclass(frozen=True, kw_only=True)
class Overlaps:
    r"""Averages over weights.

    Attributes
    ----------
    r : float
        :math:`\mathrm{E}\langle m\rangle` along the teacher.
    V : float
        :math:`1-q_s = \mathrm{E}\langle 1-m^2\rangle`.
    chi : float
        :math:`\beta\,\mathrm{E}(\langle m^2\rangle-\langle m\rangle^2)`.
    D : float
        :math:`q-r^2`, the variance of :math:`\langle m\rangle` along the teacher.
    """

    r: float
    V: float
    chi: float
    D: float


def narrowest(a: float, beta: float, gamma: float) -> float:
    """Width in u that the density of one weight has at least."""
    return 1.0 / math.sqrt(1.0 + beta * (gamma + 2 * abs(a)))


def u_panels(width: float, longest: float = 1.0) -> tuple[Array, Array]:
    """Gauss–Legendre nodes and weights in u > 0, in panels that resolve a Gaussian in m of that width.

    An edge lies at u = 0, where the sign of m changes.
    """
    edges = [0.0]
    while edges[-1] < _FAR:
        edges.append(edges[-1] + min(longest, 3 * width * math.cosh(edges[-1])))
    x, w = np.polynomial.legendre.leggauss(_ORDER)
    half, middle = 0.5 * np.diff(edges)[:, None], 0.5 * (np.array(edges[1:]) + edges[:-1])[:, None]
    return (middle + half * x).ravel(), (half * w).ravel()


def entropy(u: Array) -> Array:
    """Binary entropy of (1 + tanh u)/2, in nats."""
    x = np.abs(u)
    return np.log1p(np.exp(-2 * x)) + 2 * x / (1 + np.exp(2 * x))


def log_density(u: Array, w: Array, a: float, beta: float, gamma: float) -> Array:
    r""":math:`\beta(a m^2 + \gamma\,\mathrm{ent}(m))` at nodes u with weights w of du, the logarithm of dm included."""
    x = np.abs(u)
    jacobian = 2 * (math.log(2) - x - np.log1p(np.exp(-2 * x)))
    return beta * (a * np.tanh(u) ** 2 + gamma * entropy(u)) + jacobian + np.log(w)


@njit(cache=True)
def weight_averages(h, m, fall, base, ent, beta, out):  # type: ignore[no-untyped-def]
    """Averages of one weight in fields h; m < 0 are the nodes' mirror images.

    Parameters
    ----------
    h : array, shape (n,)
        Fields.
    m, fall, base, ent : array, shape (k,)
        At the nodes u > 0: tanh u, 1 - tanh u, what `log_density` gives there, and the entropy.
    beta : float
        Inverse temperature.
    out : array, shape (6, n)
        Filled with 1 - <m>, <1 - m^2>, β(<m^2> - <m>^2), <sign m>, ln of the integral over β, <ent>.
    """
    for i in range(h.size):
        sign = 1.0 if h[i] >= 0.0 else -1.0
        field = beta * abs(h[i])
        top = -np.inf
        for j in range(m.size):
            top = max(top, base[j] + field * m[j])
        along = against = lost = short = far = ents = rest = 0.0
        for j in range(m.size):
            x = base[j] + field * m[j] - top
            if x < -42.0:
                continue
            p = math.exp(x)
            n = p * math.exp(-2.0 * field * m[j])
            along += p
            against += n
            lost += p * fall[j]
            rest += n * fall[j]
            short += (p + n) * fall[j] * (1.0 + m[j])
            ents += (p + n) * ent[j]
        total = along + against
        mean = (along - against - lost + rest) / total
        for j in range(m.size):
            x = base[j] + field * m[j] - top
            if x < -42.0:
                continue
            p = math.exp(x)
            far += p * ((m[j] - mean) ** 2 + math.exp(-2.0 * field * m[j]) * (m[j] + mean) ** 2)
        gap = (2.0 * against + lost - rest) / total
        out[0, i] = gap if sign > 0.0 else 2.0 - gap
        out[1, i] = short / total
        out[2, i] = beta * far / total
        out[3, i] = sign * (along - against) / total
        out[4, i] = (top + math.log(total)) / beta
        out[5, i] = ents / total


def most_likely(h: Array, a: float, gamma: float) -> Array:
    r"""The u, at most 300, with the largest :math:`a m^2 + h m + \gamma\,\mathrm{ent}(m)`; at h = 0 not negative."""
    field = np.abs(h)
    u = (field + 2 * max(a, 0.0)) / gamma  # at or beyond the root, from where Newton's method is monotone if a > 0
    for _ in range(100):
        m = np.tanh(u)
        slope = gamma - 2 * a * (1 - m * m)
        change = np.divide(gamma * u - 2 * a * m - field, slope, out=np.zeros_like(u), where=slope > 0)
        u = u - np.clip(change, -2, 2)
        if np.max(np.abs(change), initial=0.0) < 1e-14:
            break
    return np.clip(np.where(h < 0, -u, u), -300, 300)


def response(h: Array, a: float, beta: float, gamma: float) -> Array:
    """What `weight_averages` fills `out` with, at any β; <sign m> is the sign of h at β = ∞."""
    out = np.empty((6, h.size))
    if beta < math.inf:
        u, w = u_panels(narrowest(a, beta, gamma))
        weight_averages(
            h, np.tanh(u), 2 / (1 + np.exp(2 * u)), log_density(u, w, a, beta, gamma), entropy(u), beta, out
        )
        return out
    u = most_likely(h, a, gamma)
    out[0] = 2 / (1 + np.exp(2 * u))
    out[1] = 1 / np.cosh(u) ** 2
    out[2] = out[1] / (gamma - 2 * a * out[1])
    out[3], out[5] = np.sign(h), entropy(u)
    out[4] = a * np.tanh(u) ** 2 + h * np.tanh(u) + gamma * out[5]
    return out


@dataclass(frozen=True, kw_only=True)
class Law:
    r"""The law of the fields and the responses to them.

    Attributes
    ----------
    h, p : array, shape (n,)
        Fields along the teacher, and their weights, which sum to one.
    averages : array, shape (6, n)
        See `weight_averages`.
    kernel : array, shape (n, k)
        The weights by the prior's fields, whose product with ``Fields.weights`` is p.
    jump : float
        What the jump of m at h = 0 adds to the mean response; 0 where there is none.
    """

    h: Array
    p: Array
    averages: Array
    kernel: Array
    jump: float = 0.0

    def mean(self, values: Array) -> float:
        """Average of a function of the field."""
        return float(self.p @ values)

    def overlaps(self) -> Overlaps:
        """The order parameters."""
        gap = self.mean(self.averages[0])
        return Overlaps(
            r=1 - gap, V=self.mean(self.averages[1]), chi=self.mean(self.averages[2]) + self.jump,
            D=self.mean((self.averages[0] - gap) ** 2),
        )  # fmt: skip


def uniform(low: float, high: float, step: float) -> tuple[Array, Array]:
    """Nodes and weights of the trapezoid rule, at multiples of a step."""
    h = step * np.arange(math.floor(low / step), math.ceil(high / step) + 1, dtype=float)
    return h, np.full_like(h, step)


def fanned(low: float, high: float, pole: float, sigma: float, farthest: float) -> tuple[Array, Array]:
    r"""Nodes and weights of the trapezoid rule in t, :math:`h = p\sinh t`, for Gaussians and poles at :math:`\pm ip`.

    At :math:`t = x + iy` a Gaussian of width sigma around c is at most
    :math:`\exp[\sin^2 y\,(c^2/\cos 2y + p^2)/2\sigma^2]`: the step is what makes this times
    :math:`e^{-2\pi y/\Delta t}` negligible for one y below :math:`\pi/4`, farther out than which no c is.
    """
    y = min(0.63, 8 / max(farthest / sigma, 1e-300))
    growth = 0.5 * math.sin(y) ** 2 * (farthest**2 / math.cos(2 * y) + pole**2) / sigma**2
    t, dt = uniform(math.asinh(low / pole), math.asinh(high / pole), 2 * math.pi * y / (_DIGITS + growth))
    return pole * np.sinh(t), dt * pole * np.cosh(t)


def split(low: float, high: float, scale: float, sigma: float) -> tuple[Array, Array]:
    """Gauss–Legendre nodes and weights for what jumps at 0 and varies on a scale next to it, elsewhere on sigma."""
    x, w = np.polynomial.legendre.leggauss(_ORDER)
    edges = [0.0]
    while edges[-1] < max(high, -low):
        edges.append(edges[-1] + min(scale + edges[-1], 0.8 * sigma))
    both = np.concatenate([-np.array(edges[:0:-1]), edges])
    both = both[np.searchsorted(both, low, "right") - 1 : np.searchsorted(both, high) + 1]
    half, middle = 0.5 * np.diff(both)[:, None], 0.5 * (both[1:] + both[:-1])[:, None]
    return (middle + half * x).ravel(), (half * w).ravel()


def nearest_pole(a: float, beta: float, gamma: float) -> float:
    r"""How far from the real axis the averages have no pole in the field h, or a little less.

    At :math:`\beta = \infty` and 0 < 2a < gamma the root u of :math:`\gamma u - 2a\tanh u = h` has branch points at
    :math:`h = \pm i(\gamma v - 2a\tan v)`, :math:`\cos^2 v = 2a/\gamma`; at finite :math:`\beta` the zeros of the
    integral over m, on the imaginary axis too (Lee and Yang), lie beyond that. For negative a all are beyond
    :math:`\tfrac\pi2\gamma`, but not on the axis.
    """
    thermal = 0.5 * math.pi / beta
    if 2 * a >= gamma:
        return thermal
    if a <= 0:
        return thermal + 0.5 * math.pi * max(gamma, math.sqrt((gamma - 2 * a) / beta))
    v = math.acos(math.sqrt(2 * a / gamma))
    return thermal + gamma * v - 2 * a * math.tan(v)


def field_law(x: Array, prior: Fields, beta: float, gamma: float, *, finest: float = math.inf) -> Law:
    r"""The law of the fields :math:`h = \hat r + \sqrt{\hat q}\,z + \gamma\theta^0`.

    The trapezoid rule on a uniform grid over all of the mixture, whose step resolves both a Gaussian of it and the
    responses, see `nearest_pole`. With poles on the imaginary axis alone, a grid that is fine at h = 0 does with fewer
    nodes, see `fanned`; where m jumps there, panels end at it.

    Parameters
    ----------
    x : array, shape (3,)
        Mean :math:`\hat r` and variance :math:`\hat q` of what the patterns add, along the teacher, and a, the
        coefficient of :math:`m^2`.
    prior : Fields
        The fields of the prior.
    beta, gamma : float
        Of the task; gamma is positive at infinite beta.
    finest : float
        Largest step anywhere, for functions of the field that vary faster than the means.
    """
    pull, force, a = x.tolist()
    centres = prior.centres + pull
    if force == 0:
        return Law(h=centres, p=prior.weights, averages=response(centres, a, beta, gamma), kernel=np.eye(centres.size))
    sigma = math.sqrt(force)
    low, high = centres.min() - _REACH * sigma, centres.max() + _REACH * sigma
    jump, pole = 0.0, nearest_pole(a, beta, gamma)
    if pole == 0:
        limit = math.acosh(math.sqrt(2 * a / gamma))  # the end of the other maximum is as far as its field
        h, dh = split(low, high, max(2 * a * math.tanh(limit) - gamma * limit, 1e-9), sigma)
        density = np.exp(-0.5 * (centres / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
        jump = 2 * float(prior.weights @ density) * math.tanh(float(most_likely(np.zeros(1), a, gamma)[0]))
    else:
        h, dh = uniform(low, high, min(0.4 * sigma, pole / 5, finest))
        if a > 0 and finest == math.inf:
            fan = fanned(low, high, pole, sigma, float(np.max(np.abs(centres))))
            h, dh = min((h, dh), fan, key=lambda grid: grid[0].size)
    kernel = np.exp(-0.5 * ((h[:, None] - centres) / sigma) ** 2) * (dh / (sigma * math.sqrt(2 * math.pi)))[:, None]
    p = kernel @ prior.weights
    seen = p > 1e-19
    h, p, kernel = h[seen], p[seen], kernel[seen]
    return Law(h=h, p=p, averages=response(h, a, beta, gamma), kernel=kernel, jump=jump)


def sharpest(a: float, beta: float, gamma: float) -> float:
    """Step in the field that resolves the density of m as a function of it."""
    return 1 / beta + 0.4 * math.sqrt(max(gamma - 2 * a, 0.0) / beta)


def sign_overlap(x: Array, prior: Fields, beta: float, gamma: float, signs: Array) -> float:
    r"""Average of <sign m> times `signs`, one for each of the prior's fields.

    At large :math:`\beta` it turns from -1 to 1 within :math:`\sqrt{(\gamma-2a)/\beta}`, and is a sign at
    :math:`\beta = \infty`, whose Gaussian average is known.
    """
    pull, force, a = x.tolist()
    with_signs = prior.weights * signs
    if beta == math.inf:
        if force == 0:
            return float(with_signs @ np.sign(prior.centres + pull))
        return float(with_signs @ erf((prior.centres + pull) / math.sqrt(2 * force)))
    finest = sharpest(a, beta, gamma) if 2 * a < gamma else math.inf
    law = field_law(x, prior, beta, gamma, finest=finest)
    return float((law.averages[3] @ law.kernel) @ with_signs)
