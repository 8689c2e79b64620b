r"""The lines of the (α, T) phase diagram of the Hopfield model.

Each is a stationary point or a root along the explicit curve :math:`\alpha(y; T)` of `theory.hopfield.rs`; none
depends on whether an iteration survives. Every function takes a number or an array and returns a
`statmech.lines.PhaseLine` with the state on the line.

The replica-symmetric :math:`\alpha_M(T)` is slightly re-entrant: it rises from 0.1379056 at T = 0 to 0.1381885 at
T = 0.02287 before it falls. That piece lies below the de Almeida–Thouless line of the retrieval state, which
meets :math:`\alpha_M` at T = 0.02507, and with one step of replica symmetry breaking the load stays within 1.1e-5 of
0.13819 there. It is the true behaviour of the replica-symmetric equations and is kept.

References
----------
.. [1] D. J. Amit, H. Gutfreund, H. Sompolinsky, Phys. Rev. Lett. 55, 1530 (1985).
.. [2] D. J. Amit, H. Gutfreund, H. Sompolinsky, Ann. Phys. (N.Y.) 173, 30 (1987).
.. [3] H. Steffan, R. Kühn, Z. Phys. B 95, 249 (1994).
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from statmech.branch import stationary_points
from statmech.checks import check_choice, check_integer, check_real
from statmech.gaussian import field_moments
from statmech.lines import PhaseLine, phase_line
from statmech.models import Hopfield
from statmech.results import Solution
from theory.hopfield import rs
from theory.hopfield.one_rsb import critical_point_one_rsb
from theory.tracing import traced


def critical_load(T: ArrayLike, ansatz: str = "RS") -> PhaseLine:
    r"""Storage capacity :math:`\alpha_M(T)`: the load at which the retrieval states disappear (their spinodal).

    Parameters
    ----------
    T : array_like
        Temperatures in [0, 1]; :math:`\alpha_M(1) = 0`.
    ansatz : str
        ``"RS"``, or ``"1RSB"``, which differs from it below the AT line, T < 0.02507.

    Returns
    -------
    PhaseLine
        With the retrieval state that is about to vanish: its m, q, r and replicon.

    Raises
    ------
    ValueError
        If a temperature or `ansatz` is not allowed.

    Examples
    --------
    >>> round(critical_load(0).alpha, 10)
    0.1379055665
    """
    if check_choice("ansatz", ansatz, ("RS", "1RSB")) == "1RSB":
        return traced(
            "critical load",
            lambda T: critical_point_one_rsb(T) if T < 1 else _critical_end(),
            "T",
            T,
            low=0.0,
            high=1.0,
        )
    return traced("critical load", _critical_point, "T", T, low=0.0, high=1.0)


def _critical_point(T: float) -> Solution:
    if T == 1.0:
        return _critical_end()
    y, alpha = rs.spinodal(T)
    sigma = rs.retrieval_noise(y, T)
    return rs.rs_solution(Hopfield(alpha=alpha, T=T), "retrieval", y * sigma, sigma, iterations=1)


def _critical_end() -> Solution:
    """The point (0, 1) where all lines meet: a Curie point, at which the susceptibility and r diverge."""
    log2 = math.log(2)
    return Solution(
        model=Hopfield(alpha=0.0, T=1.0), ansatz="RS", state="paramagnet", order={"m": 0.0, "q": 0.0, "r": math.inf},
        f=-log2, u=0.0, s=log2, converged=True, residual=0.0, iterations=0, stability=0.0, replicon=0.0,
    )  # fmt: skip


def retrieval_branch(T: float, points: int = 200) -> PhaseLine:
    r"""All retrieval solutions at one temperature, stable and unstable: m, q, r along :math:`\alpha(y; T)`.

    The curve is traced in the signal-to-noise ratio y, evenly in ln y. It begins on the unstable branch at
    :math:`\alpha \to 0`, turns at the spinodal, and ends on the stable branch at :math:`\alpha = 10^{-3}\alpha_M`;
    `stability` tells the branches apart. Basins of attraction are bounded by the unstable one.

    Parameters
    ----------
    T : float
        Temperature in [0, 1).
    points : int
        Number of points.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    T = check_real("T", T, low=0.0, high=1.0, open_high=True)
    points = check_integer("points", points, low=2)
    alpha_M = rs.spinodal(T)[1]
    solutions = []
    for y in np.geomspace(0.2, rs.largest_ratio(1e-3 * alpha_M), points):
        alpha, sigma = rs.retrieval_load(y, T), rs.retrieval_noise(y, T)
        if alpha > 0:
            solutions.append(rs.rs_solution(Hopfield(alpha=alpha, T=T), "retrieval", y * sigma, sigma, iterations=1))
    return phase_line("retrieval branch", solutions)


def critical_temperature(alpha: ArrayLike, branch: str = "upper") -> PhaseLine:
    r"""Temperature :math:`T_M(\alpha)` above which there is no retrieval state: the inverse of `critical_load`.

    Parameters
    ----------
    alpha : array_like
        Loads between 0 and the maximum of :math:`\alpha_M(T)`, 0.1381885.
    branch : str
        Between :math:`\alpha_M(0) = 0.1379056` and that maximum the line is re-entrant: ``"lower"`` gives the
        temperature below which the replica-symmetric retrieval state is absent again.

    Raises
    ------
    ValueError
        If a load lies outside the range of the branch.
    """
    low, high = _reentrance()
    if check_choice("branch", branch, ("upper", "lower")) == "lower":
        return traced(
            "critical temperature",
            lambda a: _on_spinodal(a, 0.0, low),
            "alpha",
            alpha,
            low=rs.spinodal(0.0)[1],
            high=high,
        )
    return traced("critical temperature", lambda a: _on_spinodal(a, low, 1.0), "alpha", alpha, low=0.0, high=high)


def _on_spinodal(alpha: float, low: float, high: float) -> Solution:
    if alpha == 0.0:
        return _critical_point(1.0)

    def excess(T: float) -> float:
        return (rs.spinodal(T)[1] if T < 1 else 0.0) - alpha

    if excess(low) * excess(high) >= 0:  # an end of the branch, to rounding
        return _critical_point(min((low, high), key=lambda T: abs(excess(T))))
    return _critical_point(optimize.brentq(excess, low, high, xtol=1e-15, rtol=rs.TINY))


@lru_cache(maxsize=1)
def _reentrance() -> tuple[float, float]:
    """Temperature and load of the maximum of the replica-symmetric critical load."""
    best = optimize.minimize_scalar(
        lambda T: -rs.spinodal(T)[1], bounds=(0.01, 0.04), method="bounded", options={"xatol": 1e-10}
    )
    return float(best.x), float(-best.fun)


def coexistence_load(T: ArrayLike) -> PhaseLine:
    r"""Load :math:`\alpha_c(T)` below which retrieval is the global minimum of the free energy.

    There the replica-symmetric free energies of the retrieval and the spin-glass state are equal (first-order
    transition); between it and :math:`\alpha_M(T)` retrieval is metastable. With the 1RSB energy of the glass instead,
    :math:`\alpha_c(0)` rises from 0.051854 to 0.05614: state which glass is meant.

    Parameters
    ----------
    T : array_like
        Temperatures in [0, 1]; :math:`\alpha_c(1) = 0`.

    Raises
    ------
    ValueError
        If a temperature is not allowed.
    """
    return traced("coexistence load", _coexistence_point, "T", T, low=0.0, high=1.0)


def _coexistence_point(T: float) -> Solution:
    if T == 1.0:
        return _critical_point(T)

    return rs.condensed(Hopfield(alpha=_coexistence(T), T=T), "retrieval", 1)


NEAR_CURIE = 1 - 2e-5
"""Beyond this temperature rounding blurs the difference of the free energies; the load scales like (1-T)² there."""


@lru_cache(maxsize=1024)
def _coexistence(T: float) -> float:
    """Load at which the free energies are equal; beyond `NEAR_CURIE` to a relative 1e-5."""
    if T > NEAR_CURIE:
        return _coexistence(NEAR_CURIE) * ((1 - T) / (1 - NEAR_CURIE)) ** 2

    def retrieval_minus_glass(alpha: float) -> float:
        model = Hopfield(alpha=alpha, T=T)
        return rs.condensed(model, "retrieval", 1).f - rs.spin_glass(model).f

    alpha_M = rs.spinodal(T)[1]
    # The ratio of the two lines runs from 0.376 at T = 0 to 0.567 as T -> 1.
    return float(optimize.brentq(retrieval_minus_glass, 0.2 * alpha_M, alpha_M, xtol=1e-300, rtol=1e-13))


def glass_temperature(alpha: ArrayLike) -> PhaseLine:
    r"""Temperature :math:`T_g = 1+\sqrt\alpha` of the continuous transition from the paramagnet to the spin glass.

    Parameters
    ----------
    alpha : array_like
        Loads :math:`\ge 0`.

    Raises
    ------
    ValueError
        If a load is negative.
    """
    return traced("glass temperature", lambda a: _glass_point(a), "alpha", alpha, low=0.0)


def _glass_point(alpha: float) -> Solution:
    model = Hopfield(alpha=alpha, T=1 + math.sqrt(alpha))
    return _critical_end() if alpha == 0 else rs.rs_solution(model, "paramagnet", 0.0, 0.0, iterations=1)


def at_temperature(alpha: ArrayLike, state: str = "retrieval") -> PhaseLine:
    r"""De Almeida–Thouless temperature :math:`T_R(\alpha)` below which replica symmetry breaks in a state.

    .. math:: T (1-C)^2 = \alpha\beta\,\mathrm{E}\,\mathrm{sech}^4\beta h .

    The replica-symmetric spin glass is unstable wherever it exists, so its line is :math:`T_g`. For retrieval
    :math:`T_R \simeq \sqrt{8\alpha/9\pi}\,e^{-1/2\alpha}` as :math:`\alpha \to 0`; the line is followed down to the
    smallest doubles. It meets :math:`\alpha_M(T)` at T = 0.025068; its largest load, 0.13818599, lies 7e-8 beyond that
    point, and the piece between the two is left out.

    Parameters
    ----------
    alpha : array_like
        Loads; for retrieval from 0.001 to the end point.
    state : str
        ``"retrieval"`` or ``"spin-glass"``.

    Raises
    ------
    ValueError
        If a load or `state` is not allowed.
    """
    if check_choice("state", state, ("retrieval", "spin-glass")) == "spin-glass":
        return traced("de Almeida–Thouless temperature", _glass_point, "alpha", alpha, low=0.0)
    return traced("de Almeida–Thouless temperature", _at_point, "alpha", alpha, low=0.001, high=_at_tip()[1])


def _at_point(alpha: float) -> Solution:
    y_tip, alpha_tip = _at_tip()
    if alpha == alpha_tip:
        y = y_tip
    else:
        high = rs.largest_ratio(alpha)
        y = optimize.brentq(lambda y: _at_load(y) - alpha, y_tip, high, xtol=rs.TINY, rtol=rs.TINY)
    return rs.condensed(Hopfield(alpha=alpha, T=_at_on_curve(y)), "retrieval", 1)


def _at_load(y: float) -> float:
    """Load at which the AT line passes through signal-to-noise ratio y."""
    return rs.retrieval_load(y, _at_on_curve(y))


def _at_on_curve(y: float) -> float:
    r"""Temperature at which the retrieval solution of signal-to-noise ratio y satisfies the AT condition.

    With :math:`\alpha = \sigma^2(1-C)^2/q` on the curve the condition is
    :math:`Tq = \sigma^2 \beta\mathrm{E}\,\mathrm{sech}^4`.
    """

    def wanted(T: float) -> float:
        sigma = rs.retrieval_noise(y, T)
        _, q, _, C4, *_ = field_moments(y * sigma, sigma, T)
        return sigma * sigma * C4 / q

    low = high = wanted(0.0)
    while wanted(high) > high:
        high *= 2
    while wanted(low) < low:
        low /= 2
    return optimize.brentq(lambda T: T - wanted(T), low, high, xtol=1e-300, rtol=1e-14) if low < high else low


@lru_cache(maxsize=1)
def _at_tip() -> tuple[float, float]:
    """Signal-to-noise ratio and load of the point of the AT line with the largest load."""
    T_end = optimize.brentq(lambda T: _critical_point(T).replicon, 0.02, 0.05, xtol=1e-14)
    y_end = rs.spinodal(T_end)[0]
    (tip,) = stationary_points(_at_load, np.linspace(y_end, y_end + 0.003, 7))
    return tip.parameter, tip.control
