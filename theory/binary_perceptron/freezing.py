r"""Freezing of the binary perceptron: capacity, freezing temperature, ground states above the capacity.

Distinct solutions lie far apart, so that a state is a single configuration: one step of breaking with overlap
:math:`q_1 = 1` inside and :math:`q_0 = q` between states, the replica-symmetric overlap. Such a glass freezes where the
replica-symmetric entropy vanishes [1]_, at a temperature :math:`T_f(\alpha)`, and keeps below what it has there,

.. math:: s = 0, \qquad f = u = u_\mathrm{RS}(T_f), \qquad q = q_\mathrm{RS}(T_f), \qquad x = T/T_f .

At T = 0 this is the capacity :math:`\alpha_c(\kappa)`: without entropy there are no weights without errors, and at a
higher load :math:`u_\mathrm{RS}(T_f)` is the energy of the ground states. Along the curve
:math:`\alpha(\hat q; \kappa, T)` of `theory.binary_perceptron.rs` the entropy falls, so that the point is a bracketed
root.

References
----------
.. [1] W. Krauth, M. Mézard, J. Phys. (France) 50, 3057 (1989).
"""

from dataclasses import replace
from functools import lru_cache

from numpy.typing import ArrayLike
from scipy import optimize

from statmech.checks import check_real
from statmech.lines import PhaseLine
from statmech.models import BinaryPerceptron
from statmech.models.binary_perceptron import KAPPA_MAX
from statmech.perceptron import inverse
from statmech.results import Solution
from theory.binary_perceptron.rs import TINY, load, symmetric_solution, zero_entropy_field
from theory.tracing import traced

COLDEST = 1e-4
"""Below this temperature the freezing load is that of T = 0 to rounding."""


@lru_cache(maxsize=8192)
def load_of_freezing(T: float, kappa: float) -> tuple[float, float]:
    r"""The :math:`\sqrt{\hat q}` and the load at which the replica-symmetric entropy vanishes at a temperature."""
    beta = inverse(T)
    field = zero_entropy_field(kappa, beta)
    return field, load(field, kappa, beta)


@lru_cache(maxsize=8192)
def temperature_of_freezing(alpha: float, kappa: float) -> float:
    """Temperature below which the weights are frozen; 0 at and below the capacity."""
    if alpha <= load_of_freezing(0.0, kappa)[1]:
        return 0.0
    low = high = 1.0
    while load_of_freezing(high, kappa)[1] < alpha:
        low, high = high, 2 * high
    while load_of_freezing(low, kappa)[1] >= alpha:
        low, high = low / 2, low
        if low < COLDEST:
            return 0.0
    if high == low:
        return low
    return float(optimize.brentq(lambda T: load_of_freezing(T, kappa)[1] - alpha, low, high, xtol=1e-300, rtol=TINY))


def critical_capacity(kappa: ArrayLike = 0.0) -> PhaseLine:
    r"""Capacity :math:`\alpha_c(\kappa)`: the load above which no weights store all patterns (zero entropy at T = 0).

    Parameters
    ----------
    kappa : array_like
        Stabilities in [-8, 8].

    Returns
    -------
    PhaseLine
        With q and :math:`\hat q` there, the replicon, and ``u`` = 0.

    Raises
    ------
    ValueError
        If a stability is not allowed.

    Examples
    --------
    >>> round(critical_capacity(0).alpha, 7)
    0.8330786
    """
    return traced("critical capacity", lambda k: _frozen_point(0.0, k), "kappa", kappa, low=-KAPPA_MAX, high=KAPPA_MAX)


def freezing_load(T: ArrayLike, kappa: float = 0.0) -> PhaseLine:
    r"""Load :math:`\alpha_f(T)` at which the weights freeze; :math:`\alpha_f(0) = \alpha_c`.

    Parameters
    ----------
    T : array_like
        Temperatures, :math:`T \ge 0`.
    kappa : float
        Stability.

    Returns
    -------
    PhaseLine
        Its ``u`` is the energy of the ground states at that load.

    Raises
    ------
    ValueError
        If an argument is not allowed.
    """
    kappa = check_real("kappa", kappa, low=-KAPPA_MAX, high=KAPPA_MAX)
    return traced("freezing load", lambda t: _frozen_point(t, kappa), "T", T, low=0.0)


def freezing_temperature(alpha: ArrayLike, kappa: float = 0.0) -> PhaseLine:
    r"""Temperature :math:`T_f(\alpha)` below which the weights are frozen: the inverse of `freezing_load`.

    Parameters
    ----------
    alpha : array_like
        Loads of at least the capacity: below it the weights do not freeze.
    kappa : float
        Stability.

    Returns
    -------
    PhaseLine
        Its ``u`` is the energy of the ground states at that load.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Examples
    --------
    >>> line = freezing_temperature(1.0)
    >>> round(1 / line.T, 6), round(line.u, 8)
    (5.344709, 0.02626768)
    """
    kappa = check_real("kappa", kappa, low=-KAPPA_MAX, high=KAPPA_MAX)
    lowest = load_of_freezing(0.0, kappa)[1]
    return traced(
        "freezing temperature", lambda a: _frozen_point(temperature_of_freezing(a, kappa), kappa), "alpha", alpha,
        low=lowest,
    )  # fmt: skip


def _frozen_point(T: float, kappa: float) -> Solution:
    """The replica-symmetric solution on the line, its energy among the order parameters."""
    field, alpha = load_of_freezing(T, kappa)
    point = symmetric_solution(BinaryPerceptron(alpha=alpha, kappa=kappa, T=T), field)
    return replace(point, order={**point.order, "u": point.u}, s=0.0, message="")


def frozen(model: BinaryPerceptron, T_f: float) -> Solution:
    """The frozen state at a temperature below that of freezing."""
    field, _ = load_of_freezing(T_f, model.kappa)
    point = symmetric_solution(replace(model, T=T_f), field)
    x = model.T / T_f
    return replace(
        point, model=model, ansatz="1RSB", state="frozen", order={**point.order, "q1": 1.0, "x": x}, f=point.u, s=0.0,
        message=f"frozen at T_f = {T_f:.7g}",
    )  # fmt: skip


def liquid(point: Solution) -> Solution:
    """A replica-symmetric solution as the one-step solution that it is: states of one configuration, x = 1."""
    return replace(point, ansatz="1RSB", order={**point.order, "q1": 1.0, "x": 1.0})
