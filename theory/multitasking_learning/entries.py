r"""Site averages of the network that learns from examples: exact in M, and with Gaussian noise of the dataset.

In units of :math:`\sqrt\Gamma` the network stores :math:`\hat\eta = \bar\eta/\sqrt\Gamma`, whose entries are
independent and of a symmetric law, and condenses :math:`x_\mu = n_\mu/\sqrt\Gamma`: its averages are those of
`theory.multitasking.averages` with another law of the entries. A non-blank entry of :math:`\bar\eta` is
:math:`\xi\bar\chi` with the mean :math:`\bar\chi` of M signs, of characteristic function

.. math::

    \varphi(u) = \mathrm{E}\,e^{iu\bar\chi} = \Big(\cos\frac uM + i r\sin\frac uM\Big)^M, \qquad
    \text{Gaussian: } \varphi(u) = e^{iru - r^2\rho u^2/2} ,

equal at M = ∞. Then :math:`\mathrm{E}\cos u\bar\eta = d + (1-d)\,\mathrm{Re}\,\varphi` and
:math:`\mathrm{E}\,\xi\sin u\bar\eta = (1-d)\,\mathrm{Im}\,\varphi`, which give the overlaps with the archetypes.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import special, stats

from statmech.models import MultitaskingLearning
from theory.multitasking.averages import (
    COLDEST,
    LARGEST,
    Array,
    Averages,
    configuration_weights,
    configurations,
    convolved,
    split,
    tied,
)

DATASETS = ("exact", "gaussian")
REACH = 9.0
"""Standard deviations of Gaussian noise beyond which there is none."""


def gain(model: MultitaskingLearning) -> float:
    r""":math:`\Gamma = r^2 + (1-r^2)/M`."""
    return model.r**2 + (1 - model.r**2) / model.M


def characteristic(model: MultitaskingLearning, u: Array, dataset: str) -> tuple[Array, Array, Array]:
    r""":math:`\varphi` and its first two derivatives at u, complex."""
    r, M = model.r, model.M
    if dataset == "gaussian" or math.inf == M:
        noise = r * r * model.rho
        phi = np.exp(1j * r * u - 0.5 * noise * u * u)
        slope = 1j * r - noise * u
        return phi, slope * phi, (slope * slope - noise) * phi
    cos, sin = np.cos(u / M), np.sin(u / M)
    base, turned = cos + 1j * r * sin, -sin + 1j * r * cos
    phi, phi_1 = base**M, base ** (M - 1) * turned
    phi_2 = -phi / M
    if M > 1:
        phi_2 = phi_2 + (M - 1) / M * base ** (M - 2) * turned**2
    return phi, phi_1, phi_2


def largest_entry(model: MultitaskingLearning, dataset: str) -> float:
    r"""Largest modulus of an entry of :math:`\hat\eta`."""
    one = dataset == "exact" and math.inf > model.M
    return (1.0 if one else model.r * (1 + REACH * math.sqrt(model.rho))) / math.sqrt(gain(model))


class Entries(NamedTuple):
    """Values of an entry of the mean example, in units of the gain, their probabilities, and E[xi | value]."""

    values: Array
    weights: Array
    marks: Array


def most_examples(K: int) -> int:
    """Largest number of examples whose configurations of half of the archetypes are summed one by one."""
    return int(3 ** (0.5 * LARGEST / ((K + 1) // 2))) - 2


def entries(model: MultitaskingLearning) -> Entries:
    """The discrete law of an entry, exact in M.

    Raises
    ------
    ValueError
        If there are too many examples.
    """
    d, most = model.d, most_examples(model.K)
    if most < model.M < math.inf:
        which = f"at most {most}, or math.inf," if most > 0 else "math.inf"
        raise ValueError(f"M = {model.M} is not allowed: M must be {which} with K = {model.K} at T = 0")
    if math.inf == model.M:
        chi, p = np.array([-1.0, 1.0]), np.array([0.0, 1.0])
        values = chi * model.r
    else:
        count = np.arange(int(model.M) + 1)
        values, p = 2 * count / model.M - 1, stats.binom.pmf(count, int(model.M), 0.5 * (1 + model.r))
    both, odd = 0.5 * (1 - d) * (p + p[::-1]), 0.5 * (1 - d) * (p - p[::-1])
    zero = np.abs(values) < 1e-14
    marks = np.divide(odd, both, out=np.zeros_like(odd), where=both > 0)
    if zero.any():
        both = both + d * zero
    else:
        values, both, marks = np.append(values, 0.0), np.append(both, d), np.append(marks, 0.0)
    return Entries(values / math.sqrt(gain(model)), both, marks)


def free_spins(model: MultitaskingLearning, x: Array, dataset: str) -> tuple[float, float]:
    """Fraction of spins without a field at T = 0, and of those that have an entry of the dataset nevertheless."""
    blank = model.d ** len(x)
    if dataset == "gaussian" and model.rho > 0:
        touched = configurations(len(x))[:, x > 0].any(axis=1)
        return blank + float(configuration_weights(len(x), model.d)[~touched].sum()), 0.0
    values, weights, _ = entries(model)
    nothing = float(weights[values == 0].sum()) ** len(x)
    tie = tied(x, values=values, weights=weights)
    return nothing + tie, tie


def learning_averages(model: MultitaskingLearning, dataset: str) -> Averages:
    """f, F and B of the amplitudes x, by the route that the temperature and the dataset ask for.

    Raises
    ------
    ValueError
        If T is positive, but too small for the convolution.
    """
    scale, d = math.sqrt(gain(model)), model.d
    if 0 < model.T < COLDEST * (1 - d):
        raise ValueError(f"T = {model.T:g} is not allowed: T must be 0, or at least {COLDEST} (1-d)")
    if model.T > 0:

        def law(z: Array) -> tuple[Array, Array, Array]:
            phi, phi_1, phi_2 = (part.real for part in characteristic(model, z / scale, dataset))
            return d + (1 - d) * phi, -(1 - d) * phi_1 / scale, -(1 - d) * phi_2 / scale**2

        largest = largest_entry(model, dataset)
        return lambda x, T: convolved(x, T, law=law, largest=largest)
    if dataset == "gaussian" and model.rho > 0:
        return lambda x, T: _gaussian_at_zero(model, x)
    values, weights, _ = entries(model)
    return lambda x, T: split(x, T, values=values, weights=weights)


def archetype_averages(model: MultitaskingLearning, x: Array, dataset: str) -> tuple[Array, Array]:
    r"""Averages of :math:`\xi_\mu\tanh\beta h`, the overlap, and of :math:`\beta\xi_\mu^2\mathrm{sech}^2\beta h`."""
    scale, d = math.sqrt(gain(model)), model.d
    if model.T > 0:

        def law(z: Array) -> tuple[Array, Array, Array]:
            phi = characteristic(model, z / scale, dataset)[0]
            return d + (1 - d) * phi.real, (1 - d) * phi.imag, (1 - d) * phi.real

        _, m, B = convolved(x[None], np.array([model.T]), law=law, largest=largest_entry(model, dataset))
        return m[0], np.diag(B[0])
    if dataset == "gaussian" and model.rho > 0:
        xi, weights = configurations(len(x)), configuration_weights(len(x), d)
        mean, sd = _field(model, x, xi)
        density = 2 * np.exp(-0.5 * (mean / sd) ** 2) / (math.sqrt(2 * math.pi) * sd)
        return (weights * special.erf(mean / (math.sqrt(2) * sd))) @ xi, (weights * density) @ xi**2
    values, weights, marks = entries(model)
    return split(x[None], np.zeros(1), values=values, weights=weights, marks=marks)[1][0], np.zeros(len(x))


def _field(model: MultitaskingLearning, x: Array, xi: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of the field of each configuration of the archetypes, with Gaussian noise."""
    a = model.r / math.sqrt(gain(model))
    spread = a * math.sqrt(model.rho) * np.sqrt(xi**2 @ x**2)
    # a site of archetypes that are not retrieved has no field; its sign averages to nothing by symmetry
    return a * (xi @ x), np.where(spread > 0, spread, np.inf)


def _gaussian_at_zero(model: MultitaskingLearning, x: Array) -> tuple[Array, Array, Array]:
    """Averages at T = 0 with Gaussian noise, where every field is smooth: no sign is ever tied."""
    K = x.shape[1]
    xi, weights = configurations(K), configuration_weights(K, model.d)
    a = model.r / math.sqrt(gain(model))
    b = a * a * model.rho
    f, F, B = np.empty(len(x)), np.empty_like(x), np.empty((len(x), K, K))
    for k, row in enumerate(x):
        mean, sd = _field(model, row, xi)
        density = 2 * np.exp(-0.5 * (mean / sd) ** 2) / (math.sqrt(2 * math.pi) * sd)
        sign = special.erf(mean / (math.sqrt(2) * sd))
        F[k] = (weights * sign) @ (a * xi) + (weights * density) @ (b * xi**2) * row
        # given h = 0 the entries are Gaussian with this mean and covariance
        center = a * xi - b * xi**2 * row * (mean / sd**2)[:, None]
        direction = b * xi**2 * row / sd[:, None]
        B[k] = np.einsum("c,ci,cj->ij", weights * density, center, center)
        B[k] += np.diag((weights * density) @ (b * xi**2)) - (direction.T * (weights * density)) @ direction
        f[k] = 0.5 * row @ row - row @ F[k]
    return f, F, B
