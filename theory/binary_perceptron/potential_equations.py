r"""Equations of the Franz–Parisi entropy of the binary perceptron; see `theory.binary_perceptron.potential`.

Fields of the reference :math:`\tilde w` and of a weight vector w held at overlap p with it are jointly normal given the
field z that all copies of the reference share. With :math:`V_0 = 1 - q_0`, :math:`V = 1 - q`,
:math:`\sigma^2 = q - t^2/q_0` and m standard normal, w has the mean field

.. math::

    \omega = \frac{t}{\sqrt{q_0}} z + \sigma m, \qquad
    \rho = \frac{p - t}{\sigma\sqrt{V_0}} \text{ the correlation of m with the field of the reference given z,}

so that the reference is integrated out in closed form, with f' its channel at T' and
:math:`t_0(z) = (\sqrt{q_0}z-\kappa)/\sqrt{V_0}`,

.. math::

    \langle F \rangle = \mathrm{E}_z \mathrm{E}_m\, \frac{f'\bigl((t_0 + \rho m)/\sqrt{1-\rho^2}\bigr)}{f'(t_0)}\,
    F\Bigl(\frac{\omega - \kappa}{\sqrt V}\Bigr) .

Nothing has an edge, and next to the reference, where :math:`1-\rho^2` and V vanish together, the integrand lives in a
layer around :math:`\omega = \kappa` of which the nodes are chosen. A weight feels the field
:math:`b = (\hat t/\sqrt{\hat q_0}) z + \sqrt{\hat q - \hat t^2/\hat q_0}\, x + (\hat p - \hat t)\tilde w`, and
:math:`\tilde w = \pm 1` with probability :math:`e^{\pm h}/2\cosh h`, :math:`h = \sqrt{\hat q_0} z`. By symmetry
:math:`\tilde w = 1` with the weight :math:`1 + \tanh h` stands for both.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from statmech.gaussian import Z_MAX, field_moments, field_potential, normal_grid
from statmech.perceptron import error_rate, hazard, log_weight
from theory.perceptron_channel import normal_step, panels, pattern_entropy, storage_grid, zeros

Array = NDArray[np.float64]

_STEP = 2 * math.pi / 42.0  # over the distance of a zero of f: accuracy exp(-42)
_LAYER = 9.5
_NODES = 3000  # at most; more would be needed where V is a tiny part of what the distance leaves


@dataclass(frozen=True, kw_only=True)
class Reference:
    r"""The reference configuration: its replica-symmetric solution and the field z that its copies share.

    Attributes
    ----------
    q, qhat, beta, kappa : float
        Overlap of two references, its conjugate, inverse temperature T' and stability.
    z, weight : numpy.ndarray
        Nodes and weights of the average over z in the channel.
    """

    q: float
    qhat: float
    beta: float
    kappa: float
    z: Array
    weight: Array

    @property
    def V(self) -> float:
        """1 - q of the reference."""
        return 1 - self.q

    @property
    def t(self) -> Array:
        r""":math:`t_0(z)`."""
        return (math.sqrt(self.q) * self.z - self.kappa) / math.sqrt(self.V)


def reference(q: float, qhat: float, beta: float, kappa: float) -> Reference:
    """A reference with the nodes that its channel needs."""
    z, weight = storage_grid(q, 1 - q, kappa, beta)
    return Reference(q=q, qhat=qhat, beta=beta, kappa=kappa, z=z, weight=weight)


@dataclass(frozen=True, kw_only=True)
class Around:
    r"""Averages over the patterns at given overlaps, each per pattern.

    Attributes
    ----------
    log, error, entropy, force, response : float
        As in `theory.perceptron_channel.Storage`, of the weights around the reference.
    cross : float
        :math:`\langle g\, g_0\rangle`, so that :math:`\hat t = \alpha\langle g\,g_0\rangle` with :math:`g_0` the force
        on the reference.
    pull : float
        Derivative of `log` with respect to p at fixed q and t: g where the reference is on the edge of being stored.
    resolved : bool
        Whether the grid is as fine as the averages need.
    """

    log: float
    error: float
    entropy: float
    force: float
    cross: float
    response: float
    pull: float
    resolved: bool


def _spacing(scale: float, beta: float) -> float:
    """Step of a standard normal variable for functions of f whose argument moves by 1 as it moves by `scale`."""
    return min(0.4, min(_STEP * scale * zero.imag for zero in zeros(beta)))


def patterns_around(ref: Reference, p: float, q: float, V: float, t: float, beta: float, full: bool = True) -> Around:
    r"""Averages over the patterns of a weight vector at overlap p with a reference.

    Parameters
    ----------
    ref : Reference
        The reference.
    p, q, t : float
        Overlaps of w with its reference, with another such w, and with another reference.
    V : float
        1 - q, given on its own for q near 1.
    beta : float
        Inverse temperature of w.
    full : bool
        Whether all of them are wanted, or `force` and `cross` alone, which the equations need.
    """
    sigma = math.sqrt(max(q - t * t / ref.q, 0.0))
    rho = min(1.0, max(-1.0, (p - t) / (sigma * math.sqrt(ref.V)))) if sigma > 1e-9 else 0.0
    rest = math.sqrt(max(1 - rho * rho, 1e-16))
    t0, centre = ref.t, t / math.sqrt(ref.q) * ref.z
    low, high = _window(ref, t0, centre, sigma, rho, rest, V, beta)
    m, dm, resolved = _nodes(low, high, -t0 / rho if rho else t0, math.sqrt(V) / max(sigma, 1e-9), rest, beta)
    tilt = log_weight((t0[:, None] + rho * m) / rest, ref.beta) - log_weight(t0, ref.beta)[:, None]
    w = np.exp(tilt - 0.5 * m * m) * dm * (ref.weight / math.sqrt(2 * math.pi))[:, None]
    v = (centre[:, None] + sigma * m - ref.kappa) / math.sqrt(V)
    a = hazard(v, beta)
    g0 = hazard(t0, ref.beta) / math.sqrt(ref.V)
    force = float(np.sum(w * a * a)) / V
    cross = float(g0 @ np.sum(w * a, axis=1)) / math.sqrt(V)
    nan = math.nan
    if not full:
        return Around(
            log=nan, error=nan, entropy=nan, force=force, cross=cross, response=nan, pull=nan, resolved=resolved
        )
    return Around(
        log=float(np.sum(w * log_weight(v, beta))),
        error=float(np.sum(w * error_rate(v, beta))),
        entropy=float(np.sum(w * pattern_entropy(v, beta))),
        force=force,
        cross=cross,
        response=float(np.sum(w * (a * (v + a)) ** 2)) / V**2,
        pull=_pull(ref, centre, rho * sigma, rest * sigma, V, beta),
        resolved=resolved,
    )


def _window(
    ref: Reference, t0: Array, centre: Array, sigma: float, rho: float, rest: float, V: float, beta: float
) -> tuple[Array, Array]:
    """Where the integrand over m lives, for each z: inside the normal weight, and in the layer next to the edge."""
    drift = rho * np.maximum(-t0, 0.0) if ref.beta == math.inf else np.zeros_like(t0)
    low, high = np.minimum(drift, 0.0) - Z_MAX, np.maximum(drift, 0.0) + Z_MAX
    if sigma > 1e-9:
        high = np.minimum(high, (ref.kappa - centre + _LAYER * math.sqrt(V)) / sigma)
        if rho > 0 and ref.beta == math.inf:
            low = np.maximum(low, (-t0 - _LAYER * rest) / rho)
    return low, high


def _nodes(low: Array, high: Array, edge: Array, scale: float, rest: float, beta: float) -> tuple[Array, Array, bool]:
    """Nodes of m for each z, their weights, and whether they suffice: f varies on `scale`, the reference on `rest`.

    Where the reference all but fixes m at its edge, panels around the edge; else one step for all.
    """
    if rest < 0.02 * min(1.0, scale):
        wide = 0.4 * min(1.0, scale * min(zero.imag for zero in zeros(beta)))
        y, dy = panels(float(np.min(low - edge)), float(np.max(high - edge)), rest, wide)
        return edge[:, None] + y, dy, y.size <= _NODES
    width = max(0.0, float(np.max(high - low)))
    wanted = min(_spacing(scale, beta), normal_step(rest))
    h = max(wanted, width / _NODES)
    m = low[:, None] + h * np.arange(math.ceil(width / h) + 1)
    return m, np.full(1, h), h == wanted


def _pull(ref: Reference, centre: Array, slope: float, noise: float, V: float, beta: float) -> float:
    """E_z g_0 E_x g at the edge of the reference, where its field given z is that of a stability kappa."""
    edge = centre - slope * ref.t
    h = max(_spacing(math.sqrt(V) / noise, beta) if noise > 1e-12 else 0.4, 2 * Z_MAX / _NODES)
    x, weight = normal_grid(pole=5 * h)
    v = (edge[:, None] + noise * x - ref.kappa) / math.sqrt(V)
    inner = hazard(v, beta) @ weight / math.sqrt(V)
    return float((ref.weight * hazard(ref.t, ref.beta) / math.sqrt(ref.V)) @ inner)


@dataclass(frozen=True, kw_only=True)
class Weights:
    r"""Averages over the weights in the fields of the conjugate parameters.

    Attributes
    ----------
    log : float
        :math:`\mathrm{E}\ln 2\cosh b`.
    V, t, C4 : float
        :math:`\mathrm{E}(1-\tanh^2 b)`, which is 1 - q and :math:`dp/d\hat p`,
        :math:`\mathrm{E}\tanh h\tanh b` and :math:`\mathrm{E}(1-\tanh^2 b)^2`.
    """

    log: float
    V: float
    t: float
    C4: float


@njit(cache=True)
def _averages(
    shift: float, z: Array, weight: Array, tanh: Array, slope: float, sigma: float
) -> tuple[float, float, float, float]:
    """E ln 2cosh b, 1 - q, t, C4; two field averages a node."""
    log = V = t = C4 = 0.0
    for j in range(z.size):
        mean = shift + slope * z[j]
        m, _, c, c4, _, _ = field_moments(mean, sigma, 1.0)
        log += weight[j] * field_potential(mean, sigma, 1.0)[0]
        V += weight[j] * c
        t += weight[j] * tanh[j] * m
        C4 += weight[j] * c4
    return log, V, t, C4


@njit(cache=True)
def _holding(p: float, shift: float, z: Array, weight: Array, slope: float, sigma: float) -> float:
    """The uniform field at which E tanh b = p: Newton's method inside a bracket, one field average a node and step."""
    low, high = -np.inf, np.inf
    for _ in range(100):
        overlap = V = 0.0
        for j in range(z.size):
            m, _, c, _, _, _ = field_moments(shift + slope * z[j], sigma, 1.0)
            overlap += weight[j] * m
            V += weight[j] * c
        if overlap < p:
            low = shift
        else:
            high = shift
        reach = 1.0 + sigma  # beyond, the tanh is saturated and its slope says nothing
        step = min(reach, max(-reach, (p - overlap) / max(V, 1e-300)))
        if abs(step) <= 1e-14 * (1.0 + abs(shift)):
            return shift + step
        if not low < shift + step < high:
            step = 0.5 * (low + high) - shift
        shift += step
    return shift


def weights_around(ref: Reference, p: float, qhat: float, that: float, guess: float) -> tuple[float, Weights]:
    r"""The :math:`\hat p` that holds the overlap p, and the averages there.

    Parameters
    ----------
    ref : Reference
        The reference.
    p : float
        Overlap, inside (-1, 1).
    qhat, that : float
        Conjugates of q and t.
    guess : float
        Where :math:`\hat p` is looked for first.
    """
    slope = that / math.sqrt(ref.qhat)
    sigma = math.sqrt(max(qhat - slope * slope, 0.0))
    # averaging over the field's own noise moves the poles of the tanh away
    steepest = max(math.sqrt(ref.qhat), abs(slope) / max(1.0, sigma))
    z, weight = normal_grid(pole=0.5 * math.pi / steepest)
    tanh = np.tanh(math.sqrt(ref.qhat) * z)
    weight = weight * (1 + tanh)
    shift = _holding(p, guess - that, z, weight, slope, sigma)
    log, V, t, C4 = _averages(shift, z, weight, tanh, slope, sigma)
    return shift + that, Weights(log=log, V=V, t=t, C4=C4)
