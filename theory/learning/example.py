r"""States that resemble one single example, of networks that learn without a teacher: over-fitting.

One example has the overlap :math:`n_1 = \frac1N\sum_i\eta^1_is_i`, the M - 1 others of its class the same smaller one,
:math:`n_2`. With :math:`\chi^1` the example and :math:`\chi'` the mean of the others on a site, in the gauge of the
archetype,

.. math::

    h = \frac{n_1^{P-1}\chi^1 + (M-1)\,n_2^{P-1}\chi'}{M R^{P/2}} + \sigma z, \qquad
    n_1 = \mathrm{E}\,\chi^1\tanh\beta h, \qquad n_2 = \mathrm{E}\,\chi'\tanh\beta h ,

and q and :math:`\sigma` as for retrieval. Symmetric overlaps, :math:`n_1 = n_2 = n\sqrt R`, are retrieval itself. At
low load and temperature the state exists at small M. For P ≥ 4 it ends somewhat before
:math:`M_\mathrm{ex} = 1 + r^{-(2P-1)}` (`theory.learning.generalization_examples`), where the mean field of the others
turns the wrong spins of the example: where the others agree by chance they turn some of them before, and these take
more along. At P = 4, r = 0.6, without load and temperature, it exists up to M = 23, while :math:`M_\mathrm{ex} = 36.7`.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from statmech.fixed_point import fixed_point
from statmech.gaussian import field_moments, field_potential
from statmech.models import UnsupervisedHebbian
from statmech.results import Solution
from theory.dense.rs import TOLERANCE
from theory.learning.law import binomial, effective_load, gaussian
from theory.learning.pairs import pair_network
from theory.learning.solutions import absent
from theory.parisi.covariance import Covariance
from theory.root import jacobian

Array = NDArray[np.float64]
_APART = 0.1  # of the difference of the overlaps at the example itself; a state with less is that of the archetype


@njit(cache=True)
def _sites(h: Array, sigma: float, T: float) -> Array:
    """Magnetisation, q, C, C4, free energy and entropy of the spins in each mean field."""
    out = np.empty((6, h.size))
    for j in range(h.size):
        out[0, j], out[1, j], out[2, j], out[3, j], _, _ = field_moments(h[j], sigma, T)
        out[4, j], out[5, j] = field_potential(h[j], sigma, T)
    return out


def example_state(model: UnsupervisedHebbian) -> Solution:
    r"""The state next to one example, by damped iteration from the example itself; or why there is none.

    Order parameters: those of retrieval, n of the average of all examples, and ``n_example``, :math:`n_1`. `stability`
    is the smallest real part of the eigenvalues of 1 - J, with J the Jacobian of the map of
    :math:`(n_1, n_2, \sigma^2)`.
    """
    P, T, r, M = model.P, model.T, model.r, model.M
    if not 1 < M < math.inf or r == 1:
        return absent(model, "RS", "example", "no single example to tell from the others: M = 1, M = ∞ or r = 1")
    others = binomial(r, M - 1)
    mean = np.array(others.values) * math.sqrt(r * r + (1 - r * r) / (M - 1))
    first, rest = np.repeat([1.0, -1.0], mean.size), np.tile(mean, 2)
    weights = np.concatenate([np.array(others.weights) * (1 + sign * r) / 2 for sign in (1, -1)])
    scale = M * model.R ** (P / 2)

    def sites(x: Array) -> Array:
        pull = np.sign(x[:2]) * np.abs(x[:2]) ** (P - 1)
        return _sites((pull[0] * first + (M - 1) * pull[1] * rest) / scale, math.sqrt(max(x[2], 0.0)), T)

    def update(x: Array) -> Array:
        tanh, q, C = sites(x)[:3]
        return np.array([weights * first @ tanh, weights * rest @ tanh, _variance(model, weights @ q, weights @ C)])

    start = np.array([1.0, r * r, _variance(model, 1.0, 0.0)])
    found = fixed_point(update, start, damping=0.3, tolerance=TOLERANCE)
    if not found.converged:
        return absent(model, "RS", "example", f"the iteration did not converge: residual {found.residual:.1e}")
    n1, n2, v = found.x.tolist()
    if n1 - n2 < _APART * (1 - r * r):
        return absent(model, "RS", "example", "the example leads to the archetype, or to a glass")
    tanh, q, C, C4, L, S = (float(weights @ values) for values in sites(found.x))
    signal = (n1**P + (M - 1) * n2**P) / scale
    f, s, coupling = _energies(model, (1 - 1 / P) * signal - L, S, q, C, v)
    slopes = np.eye(3) - jacobian(update, found.x, [0, 1, 2]) if v > 0 or T > 0 else np.eye(3)
    order = {"m": tanh, "n": (n1 + (M - 1) * n2) / (M * math.sqrt(model.R)), "n_example": n1, "q": q, "C": C, "v": v}
    return Solution(
        model=model, ansatz="RS", state="example", order=order, f=f, u=f + T * s, s=s, converged=True,
        residual=found.residual, iterations=found.iterations,
        stability=float(np.linalg.eigvals(slopes).real.min()),
        replicon=1 - (coupling * C4 / T if T > 0 else math.inf if coupling * C4 > 0 else 0.0),
    )  # fmt: skip


def _variance(model: UnsupervisedHebbian, q: float, C: float) -> float:
    """Of the noise of the other classes; without bound where C >= 1 for pairs."""
    if model.gamma == 0:
        return 0.0
    if model.P == 2:
        return model.gamma * pair_network(model, gaussian(0.0)).gain(q, min(C, 1 - 1e-9))
    return effective_load(model) * q ** (model.P - 1)


def _energies(
    model: UnsupervisedHebbian, f: float, s: float, q: float, C: float, v: float
) -> tuple[float, float, float]:
    """Free energy and entropy with the noise, and T (1 - replicon) over the mean of sech to the fourth."""
    P, T, gamma = model.P, model.T, effective_load(model)
    if model.gamma == 0:
        return f, s, 0.0
    if P > 2:
        closing = 0.5 * gamma * C * C * Covariance({P: 1 / P}).remainder(q)
        return f - T * closing, s - closing, gamma * (P - 1) * q ** (P - 2)
    f += 0.5 * v * C
    net = pair_network(model, gaussian(0.0))
    for mode, times in net.modes:
        rest = 1 - mode * C
        f += 0.5 * model.gamma * times * (mode + T * math.log(rest) - mode * q / rest)
        s -= 0.5 * model.gamma * times * (math.log(rest) + mode * C / rest)
    return f, s, model.gamma * net.gain(1.0, C)
