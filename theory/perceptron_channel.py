r"""Output channel of a perceptron: Gaussian averages of the weight of one pattern, with stable tails at any T ≥ 0.

A pattern whose field has mean :math:`\omega` and variance V over the weights is stored, field at least
:math:`\kappa`, with probability :math:`\Phi(t)`, :math:`t = (\omega-\kappa)/\sqrt V`, and costs one unit of energy
if it is not. With the normal density G and distribution function :math:`\Phi`, its partition function and what follows
from it are

.. math::

    f(t) = e^{-\beta} + (1-e^{-\beta})\Phi(t), \qquad
    g = \partial_\omega \ln f = \frac{a}{\sqrt V}, \quad a(t) = \frac{(1-e^{-\beta})G(t)}{f(t)}, \qquad
    \partial_\omega g = -\frac{a(t+a)}{V} .

At T = 0, :math:`f = \Phi` and a is the hazard of the normal distribution,
:math:`\sqrt{2/\pi}/\mathrm{erfcx}(-t/\sqrt2)`. Order parameters enter as averages of :math:`g^2`, and of g where the
teacher's field vanishes, never as derivatives of the averages themselves: those contain :math:`(q-r^2)^{-3/2}` and
cancel. Derivatives of averages follow from the heat equation :math:`\partial_V f = \tfrac12\partial_\omega^2 f`.

Every integral is a trapezoid sum. Its step follows from the zeros of f that are nearest to the real axis: at
:math:`t = 1.92 \pm 2.82 i` for T = 0, and next to the kink at :math:`t \approx -\sqrt{2\beta}`, where
:math:`\Phi(t) = e^{-\beta}`, at a distance of at least :math:`\pi/\sqrt{2\beta+1}` for T > 0.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_ndtr, ndtr

from statmech.gaussian import Z_MAX, normal_grid
from statmech.perceptron import error_rate, hazard, log_gain, log_weight

Array = NDArray[np.float64]

_ZERO = 1.91599086 + 2.81635942j  # of the normal distribution function, the nearest to the real axis
_DIGITS = 42.0  # logarithm of the accuracy that a step is chosen for: zeros of f are poles of fourth order
_NODES = 400_000
_LAYER = 9.5  # reach of the hazard, and of the normal distribution function on its other side


class UnresolvedError(ArithmeticError):
    """An average that would need too many nodes: overlap next to 1 at a temperature next to 0."""


def mean_square_shortfall(kappa: float) -> float:
    r""":math:`\int_{-\kappa}^\infty Dz\,(z+\kappa)^2`, the limit of :math:`V^2\mathrm{E}g^2` for :math:`q \to 1`."""
    density = math.exp(-0.5 * kappa * kappa) / math.sqrt(2 * math.pi)
    return density * ((1 + kappa * kappa) / float(hazard(np.array([kappa]), math.inf)[0]) + kappa)


def pattern_entropy(t: Array, beta: float) -> Array:
    r""":math:`\ln f + \beta e^{-\beta}\Phi(-t)/f`, what a pattern adds to the entropy; small terms are never lost."""
    if beta == math.inf:
        return log_ndtr(t)
    log_p = log_ndtr(t)
    y = log_p + beta + log_gain(beta)  # f = exp(-beta) (1 + exp(y))
    far = np.logaddexp(0.0, y) - beta * expit(log_p - log_ndtr(-t) + beta)
    return np.where((t < 0) & (y < 0), far, log_weight(t, beta) + beta * error_rate(t, beta))


def zeros(beta: float) -> tuple[complex, ...]:
    """Bounds of the zeros of f nearest to the real axis: each lies further from it than the value given here."""
    if beta == math.inf:
        return (_ZERO,)
    kink = min(0.0, 0.6 - math.sqrt(2 * beta))
    return _ZERO, complex(kink, min(_ZERO.imag, math.pi / math.sqrt(2 * beta + 1)))


def step(scale: float, offset: float, beta: float) -> float:
    """Step of the trapezoid rule in a standard normal z for functions of f at t = (z - offset)/scale.

    A zero of f matters as far as the normal weight reaches it.
    """
    h = 0.4
    for zero in zeros(beta):
        z = offset + scale * zero.real
        distance = min(scale * zero.imag, 6.0)  # a strip wide enough for the largest step
        wanted = _DIGITS - 0.5 * z * z + 0.5 * distance * distance
        if wanted > 0:
            h = min(h, 2 * math.pi * distance / wanted)
    return h


def window_grid(low: float, high: float, h: float) -> tuple[Array, Array]:
    """Nodes and normal weights between low and high, at multiples of a step of at most h; both ends are tails.

    Raises
    ------
    UnresolvedError
        If there would be too many.
    """
    first, last = math.floor(low / h), math.ceil(high / h)
    if last - first > _NODES:
        raise UnresolvedError(f"{last - first} nodes")
    z = h * np.arange(first, last + 1, dtype=float)
    return z, np.exp(-0.5 * z * z) * (h / math.sqrt(2 * math.pi))


def storage_grid(q: float, V: float, kappa: float, beta: float) -> tuple[Array, Array]:
    r"""Nodes and weights for the average over z of functions of f at :math:`t = (\sqrt q z - \kappa)/\sqrt V`."""
    if q == 0:
        return normal_grid()
    scale, offset = math.sqrt(V / q), kappa / math.sqrt(q)
    kink_in_reach = offset - scale * math.sqrt(2 * beta) > -Z_MAX - scale if beta < math.inf else False
    if scale > 0.15 or kink_in_reach or abs(offset) > 8.3:
        return window_grid(-Z_MAX, Z_MAX, step(scale, offset, beta if kink_in_reach else math.inf))
    # f varies on the scale of t near t = 0, on that of ln t far out: the nodes are uniform in arcsinh t
    low, high = (math.asinh((z - offset) / scale) for z in (-Z_MAX, Z_MAX))
    y = np.linspace(low, high, math.ceil((high - low) / 0.05) + 1)
    z = offset + scale * np.sinh(y)
    return z, np.exp(-0.5 * z * z) * np.cosh(y) * (scale * (y[1] - y[0]) / math.sqrt(2 * math.pi))


@dataclass(frozen=True, kw_only=True)
class Storage:
    r"""Averages over the patterns of random labels, each per pattern.

    Attributes
    ----------
    log : float
        :math:`\mathrm{E}\ln f`.
    error : float
        :math:`\mathrm{E}\,e^{-\beta}\Phi(-t)/f`, the fraction of patterns that are not stored.
    entropy : float
        :math:`\mathrm{E}\ln f` plus :math:`\beta` times that fraction.
    force : float
        :math:`\mathrm{E}\,g^2`, so that :math:`\hat q = \alpha \mathrm{E}\,g^2`.
    response : float
        :math:`\mathrm{E}(\partial_\omega g)^2`, of the replicon.
    slope : float
        :math:`\frac{d}{dq}\mathrm{E}\,g^2` at V = 1 - q, which is
        :math:`\mathrm{E}[(\partial_\omega g)^2 - 2 g^2 \partial_\omega g]`.
    """

    log: float
    error: float
    entropy: float
    force: float
    response: float
    slope: float


def storage(q: float, V: float, kappa: float, beta: float) -> Storage:
    r"""Averages over :math:`\omega = \sqrt q z` of the channel with variance V = 1 - q, given on its own for q near 1.

    Parameters
    ----------
    q, V : float
        Overlap of two weight vectors and :math:`1 - q > 0`.
    kappa : float
        Stability that is asked for.
    beta : float
        Inverse temperature, ``math.inf`` at T = 0.
    """
    z, w = storage_grid(q, V, kappa, beta)
    t = (math.sqrt(q) * z - kappa) / math.sqrt(V)
    a = hazard(t, beta)
    bend = a * (t + a)
    response = float(w @ bend**2) / V**2
    return Storage(
        log=float(w @ log_weight(t, beta)),
        error=float(w @ error_rate(t, beta)),
        entropy=float(w @ pattern_entropy(t, beta)),
        force=float(w @ (a * a)) / V,
        response=response,
        slope=response + 2 * float(w @ (a * a * bend)) / V**2,
    )


def storage_force(q: float, V: float, kappa: float, beta: float) -> float:
    r""":math:`\mathrm{E}\,g^2` alone: what a root finder calls. See `storage`."""
    z, w = storage_grid(q, V, kappa, beta)
    return float(w @ hazard((math.sqrt(q) * z - kappa) / math.sqrt(V), beta) ** 2) / V


@dataclass(frozen=True, kw_only=True)
class Taught:
    r"""Averages over examples labelled by a teacher, of a student at overlap r with it; each per example.

    Attributes
    ----------
    log, error, entropy, force, response : float
        As of `Storage`.
    pull : float
        :math:`\frac{2}{\sqrt{2\pi}}\mathrm{E}\,g(\sqrt{q-r^2}\,z)`, g where the teacher's field vanishes, so that
        :math:`\hat r = \alpha` times it.
    rr, rq, qq : float
        Derivatives of `pull` with respect to r and q, and of `force` with respect to q, at V = 1 - q. That of `force`
        with respect to r is -2 `rq`.
    """

    log: float
    error: float
    entropy: float
    force: float
    response: float
    pull: float
    rr: float
    rq: float
    qq: float


def taught_forces(q: float, r: float, V: float, D: float, beta: float) -> tuple[float, float]:
    """`force` and `pull` of `taught` alone: what a root finder calls."""
    z, w = taught_grid(q, r, V, D, beta)
    force = 2 * float(w @ hazard(z * math.sqrt(q / V), beta) ** 2) / V
    t, w = edge_grid(V, D, beta)
    return force, 2 / math.sqrt(2 * math.pi * V) * float(w @ hazard(t, beta))


def taught(q: float, r: float, V: float, D: float, beta: float) -> Taught:
    r"""Averages over :math:`\omega = \sqrt q z`, a teacher's label given, with the weight :math:`2\Phi(rz/\sqrt{D})`.

    Parameters
    ----------
    q, r : float
        Overlap of two students and of a student with the teacher.
    V, D : float
        :math:`1-q > 0` and :math:`q-r^2 > 0`, given on their own where they are small.
    beta : float
        Inverse temperature, ``math.inf`` at T = 0.
    """
    z, w = taught_grid(q, r, V, D, beta)
    t = z * math.sqrt(q / V)
    a = hazard(t, beta)
    bend = a * (t + a)
    response = 2 * float(w @ bend**2) / V**2
    edge, e = edge_grid(V, D, beta)
    b = hazard(edge, beta)
    slope = edge + b
    curvature = b * (slope**2 + b * slope - 1)
    norm = 2 / math.sqrt(2 * math.pi)
    return Taught(
        log=2 * float(w @ log_weight(t, beta)),
        error=2 * float(w @ error_rate(t, beta)),
        entropy=2 * float(w @ pattern_entropy(t, beta)),
        force=2 * float(w @ (a * a)) / V,
        response=response,
        pull=norm * float(e @ b) / math.sqrt(V),
        rr=-norm * r * float(e @ curvature) / V**1.5,
        rq=norm * float(e @ (b * b * slope)) / V**1.5,
        qq=response + 4 * float(w @ (a * a * bend)) / V**2,
    )


def taught_grid(q: float, r: float, V: float, D: float, beta: float) -> tuple[Array, Array]:
    r"""Nodes and weights, :math:`\Phi(rz/\sqrt D)` among them, where neither it nor a vanish."""
    if q == 0:
        z, w = normal_grid()
        return z, 0.5 * w
    scale, width = math.sqrt(V / q), math.sqrt(D) / max(abs(r), 1e-300)
    low, high = -Z_MAX, min(Z_MAX, _LAYER * scale)
    if r > 0:
        low = max(low, -_LAYER * width)
    else:
        high = min(high, _LAYER * width)
    if width < 0.02 * min(1.0, scale):
        z, w = panels(low, high, width, 0.4 * min(1.0, scale * min(zero.imag for zero in zeros(beta))))
        w *= np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    else:
        z, w = window_grid(low, high, min(step(scale, 0.0, beta), normal_step(math.sqrt(D / q))))
    return z, w * ndtr(z * (r / math.sqrt(D)))


def panels(low: float, high: float, width: float, wide: float) -> tuple[Array, Array]:
    """Gauss–Legendre nodes and weights for what varies on `width` around 0, and on `wide` elsewhere."""
    layer = _LAYER * width
    steps = np.arange(1, math.ceil((max(high, -low) - layer) / wide) + 1)
    outer = layer + wide * steps
    edges = np.concatenate([-outer[::-1], np.linspace(-layer, layer, 12), outer])
    edges = edges[(edges >= low - wide) & (edges <= high + wide)]
    x, w = np.polynomial.legendre.leggauss(16)
    half, middle = 0.5 * np.diff(edges)[:, None], 0.5 * (edges[1:] + edges[:-1])[:, None]
    return (middle + half * x).ravel(), (half * w).ravel()


def edge_grid(V: float, D: float, beta: float) -> tuple[Array, Array]:
    """Arguments t of f and weights where the teacher's field vanishes."""
    if D == 0:
        return np.zeros(1), np.ones(1)
    scale = math.sqrt(V / D)
    z, w = window_grid(-Z_MAX, min(Z_MAX, _LAYER * scale), step(scale, 0.0, beta))
    return z / scale, w


def normal_step(width: float) -> float:
    """Step of the trapezoid rule that resolves a normal density of that width."""
    return math.pi * math.sqrt(2 / _DIGITS) * width
