r"""The Parisi functional of k steps, with its gradient, uniformly in T, T = 0 included.

For a Gaussian Hamiltonian with covariance :math:`\xi` (`theory.parisi.covariance`) in a field h,

.. math::

    f = -\inf_\gamma \Bigl\{ \varphi(0, h) - \frac12 \int_0^1 q\, \xi''(q)\, \gamma(q)\, dq \Bigr\}, \qquad
    \partial_q \varphi = -\frac{\xi''}{2} \bigl(\partial_h^2\varphi + \gamma\, (\partial_h\varphi)^2\bigr), \qquad
    \varphi(1, h) = T \ln 2\cosh\frac hT ,

over nondecreasing :math:`\gamma(q) = x(q)/T \le 1/T`; here x(q) is Parisi's function, the probability that two replicas
have an overlap below q. At T = 0 :math:`\varphi(1,h) = |h|` and :math:`\gamma` is unbounded [1]_ [2]_ [3]_.

For a step function, :math:`\gamma = 0` on :math:`[0, q_0]`, :math:`\gamma_l` on :math:`[q_{l-1}, q_l]` for
:math:`l = 1 \dots k`, and :math:`1/T` on :math:`[q_k, 1]`, each step is a Gaussian average,

.. math::

    \varphi_{l-1}(h) = \frac1{\gamma_l} \ln \mathrm{E}_z\, e^{\gamma_l \varphi_l(h + \sigma_l z)}, \qquad
    \sigma_l^2 = \xi'(q_l) - \xi'(q_{l-1}),

and on the last interval :math:`\varphi_k = T\ln2\cosh(h/T) + \tfrac12\beta[\xi'(1) - \xi'(q_k)]`. The last overlap is
written :math:`q_k = 1 - TC`: the susceptibility C stays finite as :math:`T \to 0`, and everything with it.

With :math:`\mathrm{E}_l` the average over the field at :math:`q_l` under the tilted measure and
:math:`m_l = \partial_h\varphi_l`, the derivatives of the functional F (so that f = -F) are

.. math::

    \frac{\partial F}{\partial q_l} = \tfrac12 \xi''(q_l)\, (\gamma_l - \gamma_{l+1}) (\mathrm{E}_l m_l^2 - q_l), \qquad
    \frac{\partial F}{\partial \gamma_l} = \mathrm{E}_{l-1}\Bigl[\frac{\langle\varphi_l\rangle - \varphi_{l-1}}
    {\gamma_l}\Bigr] - \tfrac12 [\theta(q_l) - \theta(q_{l-1})] .

*Quadrature.* The innermost average is that of `theory.nested.inner_averages`, in closed form at T = 0. The
others are trapezoid rules on uniform grids of fields, discrete convolutions, which converge spectrally. Each level has
the step that its own average needs, a power of two of that of the level above it, so that nothing is interpolated.
Outside of the grid, where fields have a probability below 1e-16, :math:`\varphi` is continued linearly.

References
----------
.. [1] G. Parisi, J. Phys. A 13, 1101 (1980).
.. [2] F. Guerra, Commun. Math. Phys. 233, 1 (2003); M. Talagrand, Ann. Math. 163, 221 (2006).
.. [3] A. Auffinger, W.-K. Chen, Commun. Math. Phys. 335, 1429 (2015), for uniqueness of the minimum.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from statmech.gaussian import Z_MAX
from theory.nested import Inner, inner_averages
from theory.parisi.covariance import Covariance

Array = NDArray[np.float64]

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_LARGEST_HALF = 6_000
_MOST_PRODUCTS = 2e7  # of all convolutions of an evaluation
_MOST_OWN_NODES = 50
_LARGEST_EXPONENT = 300.0


@dataclass(frozen=True, kw_only=True)
class Steps:
    r"""A step function :math:`\gamma(q)`: k steps of replica symmetry breaking, :math:`k \ge 1`.

    Attributes
    ----------
    q : numpy.ndarray
        :math:`q_0 \le q_1 \le \dots \le q_{k-1}`, k values.
    gamma : numpy.ndarray
        :math:`0 < \gamma_1 \le \dots \le \gamma_k`, k values.
    C : float
        :math:`(1 - q_k)/T`, finite at T = 0.
    """

    q: Array
    gamma: Array
    C: float


class Value(NamedTuple):
    """The functional at a step function.

    Attributes
    ----------
    F : float
        The functional: an upper bound of -f.
    m2 : numpy.ndarray
        Tilted averages of the squared magnetisation at each of q_0 … q_{k-1}, which equal these q where F is
        stationary.
    F_gamma : numpy.ndarray
        Derivatives of F with respect to the gammas.
    C : float
        The average that equals C where F is stationary.
    C4 : float
        Innermost average of sech⁴(βh)/T.
    S : float
        Innermost average of the entropy of a free spin in its field.
    m : float
        Magnetisation.
    """

    F: float
    m2: Array
    F_gamma: Array
    C: float
    C4: float
    S: float
    m: float


class Unresolved(ArithmeticError):
    """Two overlaps are too close to each other for any grid of fields."""


class _Level(NamedTuple):
    """φ at one of the overlaps, with its field derivative, on the nodes of the level."""

    phi: Array
    m: Array
    slope: Array  # of φ with respect to the gamma of the step from the level above


class _Average(NamedTuple):
    """A step from one level to the one below, for the way back: tilts on the nodes above, norms on those below."""

    kernel: Array
    tilt: Array
    norm: Array
    stride: int  # of the nodes below among those above


class Layout(NamedTuple):
    """Grids of fields: steps and half numbers of nodes, in z for the outermost average and in h for the others.

    The step in h is that of the innermost level; `strides` are those of the levels 0 … k-1 in units of it, with 0 where
    the outermost level has nodes of its own, in z.
    """

    z_step: float
    z_half: int
    h_step: float
    h_half: int
    strides: tuple[int, ...]


def layout(xi: Covariance, T: float, h: float, steps: Steps, *, refine: float = 1.0) -> Layout:
    """Grids that serve a step function and those close to it.

    Parameters
    ----------
    xi, T, h, steps
        As in `evaluate`.
    refine : float
        Divides the steps: for checks of the accuracy.

    Raises
    ------
    Unresolved
        If two overlaps are so close that the grid would have to be enormous.
    """
    slopes, sigma = _field_scales(xi, T, steps)
    width, sigma0 = max(float(sigma[0]), 0.4 * T), math.sqrt(slopes[0])
    z_step = min(0.4, 0.5 * width / math.hypot(sigma0, width), 0.25 / max(steps.gamma[0] * sigma0, 1e-300)) / refine
    z_half = math.ceil(Z_MAX / z_step) if sigma0 > 0 else 0
    if sigma.size == 1:
        if z_half > _LARGEST_HALF:
            raise Unresolved(f"overlaps {steps.q} are too close to each other for a grid of fields")
        return Layout(z_step=z_step, z_half=z_half, h_step=math.inf, h_half=0, strides=(0,))
    reach = h + 8.5 * math.sqrt(slopes[-1]) + float(steps.gamma @ np.square(sigma))
    # The integrands are a Gaussian times what wider averages have smoothed, with zeros of Z at distance pi/2gamma.
    above = np.maximum(np.sqrt(slopes[-1] - slopes[1:-1]), 0.4 * T)
    scale = np.minimum(0.6 * sigma[:-1] * above / np.hypot(sigma[:-1], above), 0.28 / steps.gamma[1:]) / refine
    allowed = np.minimum.accumulate(scale)
    h_step = float(allowed[-1])
    strides = [2 ** math.floor(math.log2(step / h_step) + 1e-9) for step in allowed.tolist()]
    steps_h = h_step * np.array(strides)
    products = 2 * reach * Z_MAX * float((sigma[:-1] / np.square(steps_h)).sum())
    if reach / h_step > _LARGEST_HALF or products > _MOST_PRODUCTS:
        raise Unresolved(f"overlaps {steps.q} are too close to each other for a grid of fields")
    outer = 0
    if z_half > _MOST_OWN_NODES and z_step * sigma0 >= steps_h[0]:
        outer = 2 ** math.floor(math.log2(z_step * sigma0 / h_step))
    largest = max(outer, *strides)
    return Layout(
        z_step=z_step, z_half=z_half, h_step=h_step, h_half=math.ceil(reach / (h_step * largest)) * largest,
        strides=(outer, *strides),
    )  # fmt: skip


def _field_scales(xi: Covariance, T: float, steps: Steps) -> tuple[Array, Array]:
    """Variance of the field up to each overlap, and standard deviation of each step."""
    slopes = xi.slope(np.append(steps.q, 1 - T * steps.C))
    variance = np.diff(slopes)
    if not (np.all(variance > 0) and np.all(np.isfinite(steps.gamma)) and np.all(steps.gamma > 0)):
        raise Unresolved(f"overlaps {steps.q} do not increase")
    return slopes, np.sqrt(variance)


def evaluate(xi: Covariance, T: float, h: float, steps: Steps, grids: Layout | None = None) -> Value:
    """The functional of k steps and its derivatives.

    Parameters
    ----------
    xi : Covariance
        Of the Hamiltonian.
    T, h : float
        Temperature and field, not negative.
    steps : Steps
        The step function.
    grids : Layout, optional
        By default that of `layout`; differences of values are smooth only on fixed grids.

    Returns
    -------
    Value

    Raises
    ------
    Unresolved
        If two overlaps are too close to each other.
    """
    grids = grids if grids is not None else layout(xi, T, h, steps)
    gamma = steps.gamma
    slopes, sigma = _field_scales(xi, T, steps)
    averages: list[_Average] = []
    outer, weight = _outer_nodes(h, math.sqrt(slopes[0]), grids)
    if gamma.size == 1:
        inner = _inner(outer, sigma[0], gamma[0], T)
        levels = [_innermost(inner, gamma[0])]
    else:
        inner = _inner(_grid(grids, 1), sigma[-1], gamma[-1], T)
        levels, averages = _backward(inner, grids, h, outer, sigma, gamma)
    densities = _forward(averages, weight)
    theta = np.diff(xi.theta(np.append(steps.q, 1 - T * steps.C)))
    closing = 0.5 * T * steps.C**2 * xi.remainder(1 - T * steps.C)
    return Value(
        F=float(weight @ levels[0].phi + closing - 0.5 * (gamma @ theta)),
        m2=np.array([p @ np.square(level.m) for p, level in zip(densities, levels, strict=True)]),
        F_gamma=np.array([p @ level.slope for p, level in zip(densities, levels, strict=True)]) - 0.5 * theta,
        C=float(densities[-1] @ inner.C),
        C4=float(densities[-1] @ inner.C4),
        S=float(densities[-1] @ inner.S),
        m=float(weight @ levels[0].m),
    )


def _grid(grids: Layout, stride: int) -> Array:
    half = grids.h_half // stride
    return np.arange(-half, half + 1) * np.float64(grids.h_step * stride)


def _outer_nodes(h: float, sigma0: float, grids: Layout) -> tuple[Array, Array]:
    """Fields at q_0 with their weights: few nodes of their own where they suffice, else a grid as of the others."""
    if grids.strides[0] > 0:
        grid = _grid(grids, grids.strides[0])
        return grid, _normal(grid - h, sigma0, grids.h_step * grids.strides[0])
    if grids.z_half == 0:
        return np.array([h]), np.ones(1)
    z: Array = np.arange(-grids.z_half, grids.z_half + 1) * np.float64(grids.z_step)
    return h + sigma0 * z, _normal(z, 1.0, grids.z_step)


def _inner(h: Array, sigma: float, gamma: float, T: float) -> Inner:
    """The innermost average; at large fields a spin is aligned whatever T, and the closed form of T = 0 holds."""
    near = np.abs(h) <= 20 * T + Z_MAX * sigma + gamma * sigma**2
    if T == 0 or near.all():
        return inner_averages(h, sigma, gamma, T)
    parts = inner_averages(h[near], sigma, gamma, T), inner_averages(h[~near], sigma, gamma, 0.0)
    merged = np.empty((len(parts[0]), h.size))
    merged[:, near], merged[:, ~near] = parts
    return Inner(*merged)


def _innermost(inner: Inner, gamma: float) -> _Level:
    return _Level(inner.F, inner.M, -inner.K / gamma**2)


def _backward(
    inner: Inner, grids: Layout, h: float, outer: Array, sigma: Array, gamma: Array
) -> tuple[list[_Level], list[_Average]]:
    """From φ at q_{k-1}, on its grid, down to φ at q_0, on the outer nodes; both lists in the order of q."""
    levels, averages = [_innermost(inner, gamma[-1])], []
    for l in range(gamma.size - 2, -1, -1):
        above, step = levels[-1], grids.h_step * grids.strides[l + 1]
        # phi is measured from its value where the fields are: small gammas cost no digits
        highest = float(above.phi.max())
        center = float(above.phi[min(above.phi.size - 1, above.phi.size // 2 + round(h / step))])
        if gamma[l] * (highest - center) > _LARGEST_EXPONENT:
            center = 0.5 * (highest + float(above.phi.min()))
        phi, m = above.phi - center, above.m
        if grids.strides[l] > 0:
            window = math.ceil((Z_MAX * sigma[l] + gamma[l] * sigma[l] ** 2) / step)
            kernel = _normal(step * np.arange(-window, window + 1), sigma[l], step)
            phi, m = _extended(phi, m, step, window)
            stride = grids.strides[l] // grids.strides[l + 1]
        else:
            kernel = _normal(outer[:, None] - _grid(grids, grids.strides[1]), sigma[0], step)  # all pairs of nodes
            stride, window = 1, 0
        tilt = np.exp(gamma[l] * phi)
        norm = _smooth(kernel, tilt)
        # The kernel sums to 1, and the logarithm of one plus what is left keeps its digits where that is small.
        excess = _smooth(kernel, np.expm1(gamma[l] * phi))
        small = np.abs(excess) < 0.5
        new = np.where(small, np.log1p(np.where(small, excess, 0.0)), np.log(norm)) / gamma[l]
        slope = (_smooth(kernel, tilt * phi) / norm - new) / gamma[l]
        m = _smooth(kernel, tilt * m) / norm
        averages.append(_Average(kernel, tilt[window : tilt.size - window], norm[::stride], stride))
        levels.append(_Level(new[::stride] + center, m[::stride], slope[::stride]))
    return levels[::-1], averages[::-1]


def _forward(averages: list[_Average], weight: Array) -> list[Array]:
    """Masses of the tilted field distribution on the nodes of each level."""
    densities = [weight]
    for kernel, tilt, norm, stride in averages:
        ratio = densities[-1] / norm
        if kernel.ndim == 2:
            spread = ratio @ kernel
        else:
            masses = np.zeros(tilt.size)
            masses[::stride] = ratio
            spread = _centered(masses, kernel)
        densities.append(spread * tilt)
    return densities


def _normal(x: Array, sigma: float, step: float) -> Array:
    return np.exp(-0.5 * np.square(x / sigma) - _HALF_LOG_2PI) * (step / sigma)


def _smooth(kernel: Array, values: Array) -> Array:
    """Average `values` with `kernel`: a matrix onto arbitrary nodes, or a window along the grid."""
    return kernel @ values if kernel.ndim == 2 else np.convolve(values, kernel, "valid")


def _centered(values: Array, kernel: Array) -> Array:
    """Convolution of the length of `values`, however wide the kernel."""
    full = np.convolve(values, kernel, "full")
    half = kernel.size // 2
    return full[half : half + values.size]


def _extended(phi: Array, m: Array, step: float, window: int) -> tuple[Array, Array]:
    """φ and its derivative continued beyond both ends of the grid."""
    far = step * np.arange(1, window + 1)
    left, right = phi[0] - m[0] * far[::-1], phi[-1] + m[-1] * far
    m_left, m_right = np.full(window, m[0]), np.full(window, m[-1])
    return np.concatenate([left, phi, right]), np.concatenate([m_left, m, m_right])
