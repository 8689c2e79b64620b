r"""States and critical load of the Hopfield model with one step of replica symmetry breaking, at any T ≥ 0.

Equations and references: `theory.hopfield.one_rsb_equations`.
"""

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy import optimize

from statmech.checks import check_choice, check_real
from statmech.gaussian import field_moments
from statmech.models import Hopfield
from statmech.results import Solution
from theory.hopfield import rs
from theory.hopfield.one_rsb_equations import (
    ORDER,
    absent,
    curvature,
    equations,
    pack,
    solution,
)
from theory.root import Root, Vector, find_root, search

STARTS = ("retrieval", "spin-glass")
"""The states that have a one-step solution."""

_NO_BREAKING = 1e-100  # AT temperatures below are zero for all purposes


def glass_guess(T: float, sigma: float, k: float, t: float) -> Vector:
    r"""The glass to about 10 % in every unknown, from the width :math:`\sigma` of the replica-symmetric field.

    Fitted to solutions between :math:`\alpha = 10^{-6}` and 100, as a function of k, 1 - C of the replica-symmetric
    glass at T = 0, and of t, the temperature in units of :math:`T_g`. Towards :math:`T_g` the noise splits into thirds,
    :math:`r_0 : r_1 - r_0 = 1 : 2`, and D vanishes.
    """
    share = 0.577 + (0.313 - 0.19 * k) * (1 - t) ** 1.8
    slowing = (1 - t) ** 1.5 / (1 + (3.35 - 3.2 * k) * t**0.6)
    D = k * (2.8 - 1.44 * k) / sigma * slowing
    if T > 0:
        D = min(D, 0.9 / T)
    return pack(0.0, share * sigma, math.sqrt(1 - share * share) * sigma, D, T)


def _retrieval_guess(alpha: float, T: float, m: float, sigma: float) -> Vector:
    r"""The retrieval state from its replica-symmetric values, to a few per cent.

    The few spins with fields near zero break replica symmetry, at one energy scale, the AT temperature
    :math:`W = \alpha\beta\,\mathrm{E}\,\mathrm{sech}^4/(1-C)^2`; in its units :math:`\sigma_1` and D are nearly
    universal functions of :math:`t = T/W`.
    """
    _, _, C, C4, *_ = field_moments(m, sigma, T)
    W = alpha * C4 / (1 - C) ** 2
    t = min(T / W, 0.9999)
    s1 = W * math.sqrt(1 - t) * (1.09 + 0.62 * t - 0.13 * t * t)
    D = 0.966 / (W * (1 + 0.93 * t))
    return pack(m, sigma, s1, D, T)


def _solve(model: Hopfield, guess: Vector, free: list[int]) -> Root:
    """The root from a guess and, if that fails, more cautiously from guesses around it."""

    def defect(v: Vector) -> Vector:
        return equations(v, model.alpha, model.T)

    return search(defect, guess, free)


def _merged(symmetric: Solution) -> Solution:
    """The replica-symmetric state as the degenerate one-step solution that it is: any x, q0 = q1."""
    q, r, nan = symmetric.q, symmetric.r, math.nan
    C = field_moments(symmetric.m, math.sqrt(symmetric.model.alpha * r), symmetric.model.T)[2]
    return replace(
        symmetric,
        ansatz="1RSB",
        order=dict(zip(ORDER, (symmetric.m, q, q, q, r, r, r, nan, nan, C), strict=True)),
        message="replica symmetric: no breaking at this point, q0 = q1 and x is arbitrary",
    )


def solve_one_rsb(model: Hopfield, start: str) -> Solution:
    r"""One-step solution of a state of the Hopfield model.

    Parameters
    ----------
    model : Hopfield
        The state point; T = 0 is legal.
    start : str
        ``"retrieval"`` or ``"spin-glass"``.

    Returns
    -------
    Solution
        Order parameters ``m``, ``q0``, ``q1``, ``r0``, ``r1``; ``x``, the block parameter (0 at T = 0), and ``D`` =
        x/T and ``C`` = (1 - q1)/T, which are finite at T = 0; ``q`` = x q0 + (1-x) q1, the mean overlap of two
        replicas, and ``r`` alike. `residual` is the largest undamped defect of m, :math:`\sigma_0`, :math:`\sigma_1`
        and :math:`D\,\partial f/\partial D`. `stability` is :math:`d^2f/dm^2` with everything else stationary, the
        inverse susceptibility to a field along the pattern: zero at the spinodal, :math:`\lambda_2` in the glass.
        `replicon` is the smaller of :math:`\Lambda_1, \Lambda_0`; :math:`-\infty` at T = 0.

        Where replica symmetry is stable (retrieval above its AT temperature) the replica-symmetric state is returned,
        with ``q0`` = ``q1``, NaN for ``x`` and ``D``, its own `stability`, and a message that says so. Within 0.1 %
        below the temperature at which breaking sets in (:math:`T_g` or the AT temperature) the breaking parameter is
        lost to rounding, and the answer is not converged and says so.

    Raises
    ------
    ValueError
        If `start` is neither.

    Examples
    --------
    >>> import statmech as sm
    >>> round(solve_one_rsb(sm.Hopfield(alpha=0.1, T=0), "spin-glass").u, 6)
    -0.560759
    """
    if check_choice("start", start, STARTS) == "spin-glass":
        return _glass(model)
    return _retrieval(model)


def _glass(model: Hopfield) -> Solution:
    symmetric = rs.spin_glass(model)
    if not symmetric.converged:
        return absent(model, "spin-glass", symmetric.message)
    k = 1 - 1 / (1 + math.sqrt(math.pi * model.alpha / 2))
    sigma, t = math.sqrt(model.alpha * symmetric.r), model.T / (1 + math.sqrt(model.alpha))
    guess = glass_guess(model.T, sigma, k, t)
    return solution(model, "spin-glass", _solve(model, guess, [1, 2, 3]))


def _retrieval(model: Hopfield) -> Solution:
    alpha, T = model.alpha, model.T
    symmetric = rs.condensed(model, "retrieval", 1)
    if not symmetric.converged and _end_of_breaking() <= T:
        return absent(model, "retrieval", symmetric.message)
    if symmetric.converged:
        sigma = math.sqrt(alpha * symmetric.r)
        if symmetric.replicon >= 0 or alpha * field_moments(symmetric.m, sigma, T)[3] < _NO_BREAKING:
            return _merged(symmetric)
        found = solution(
            model, "retrieval", _solve(model, _retrieval_guess(alpha, T, symmetric.m, sigma), [0, 1, 2, 3])
        )
        if alpha < _SAFE * rs.spinodal(T)[1] or (found.converged and found.stability > 0):
            return found
    m, limit = _spinodal(T)
    if alpha > limit:
        return absent(
            model,
            "retrieval",
            f"no retrieval state: alpha = {alpha:g} is above the critical load {limit:.7g} at T = {T:g}",
        )
    return solution(model, "retrieval", _near_spinodal(model, m))


# Close to the spinodal the states are found by their m, at which the load follows without ill-conditioning.

_SAFE = 0.99  # fraction of the critical load below which solving at fixed load always works
_BLURRED = 2e-4  # how far below the end of breaking rounding may hide it
_AWAY = 0.006  # how far from the replica-symmetric spinodal m is looked for; the two differ by less than 0.001


@lru_cache(maxsize=1)
def _end_of_breaking() -> float:
    """Temperature, 0.025068, above which the retrieval state is replica symmetric up to its spinodal."""

    def replicon(T: float) -> float:
        y, alpha = rs.spinodal(T)
        sigma = rs.retrieval_noise(y, T)
        return rs.rs_solution(Hopfield(alpha=alpha, T=T), "retrieval", y * sigma, sigma, iterations=1).replicon

    return optimize.brentq(replicon, 0.02, 0.03, xtol=1e-14)


def _at_magnetization(m: float, T: float) -> tuple[Root, float]:
    """The retrieval state with magnetisation m near the spinodal, and its load."""
    y, alpha = rs.spinodal(T)
    sigma = rs.retrieval_noise(y, T)
    start = _retrieval_guess(alpha, T, y * sigma, sigma)
    start[0] = math.log(alpha)

    def defect(w: Vector) -> Vector:
        return equations(np.array([m, *w[1:]]), math.exp(min(w[0], 0.0)), T)

    root = find_root(defect, start, [0, 1, 2, 3], 0.3)
    return replace(root, v=np.array([m, *root.v[1:]])), math.exp(root.v[0])


def _spinodal_bracket(T: float) -> tuple[float, float]:
    """Magnetisations on both sides of the spinodal, the upper one short of where the breaking vanishes."""
    y, _ = rs.spinodal(T)
    m = y * rs.retrieval_noise(y, T)

    def replicon(y: float) -> float:
        sigma = rs.retrieval_noise(y, T)
        _, q, _, C4, *_ = field_moments(y * sigma, sigma, T)
        return T - sigma * sigma * C4 / q

    if T == 0 or replicon(2 * y) < 0:
        return m - _AWAY, m + _AWAY
    edge = optimize.brentq(replicon, y, 2 * y, xtol=1e-14)
    return m - _AWAY, min(m + _AWAY, m + 0.8 * (edge * rs.retrieval_noise(edge, T) - m))


@lru_cache(maxsize=256)
def _spinodal(T: float) -> tuple[float, float]:
    """Magnetisation and load at the one-step spinodal: the maximum of the load along the branch, where d²f/dm² = 0."""

    def stiffness(m: float) -> float:
        root, alpha = _at_magnetization(m, T)
        return curvature(root, alpha, T)

    low, high = _spinodal_bracket(T)
    m = optimize.brentq(stiffness, low, high, xtol=1e-12)
    return m, _at_magnetization(m, T)[1]


def _near_spinodal(model: Hopfield, spinodal: float) -> Root:
    """The stable state between the spinodal and the loads at which solving at fixed load works."""
    high = _spinodal_bracket(model.T)[1]
    m = optimize.brentq(lambda m: _at_magnetization(m, model.T)[1] - model.alpha, spinodal, high, xtol=1e-15)
    return _at_magnetization(m, model.T)[0]


def critical_point_one_rsb(T: float = 0.0) -> Solution:
    r"""The retrieval state at its spinodal, with one step of replica symmetry breaking.

    Along the branch of retrieval states, parametrised by m, the load has its maximum where :math:`d^2f/dm^2 = 0`,
    everything else being stationary. At T = 0 :math:`\alpha_c = 0.13818649`. The line is nearly vertical, with
    0.138197 at T = 0.013: the re-entrance of the replica-symmetric line, 2.8e-4 in the load, shrinks to 1.1e-5. From
    T = 0.025068 on, where the AT line ends on the spinodal, the state is replica symmetric. In the last 2e-4 below that
    temperature the breaking can be lost to rounding; the replica-symmetric point is then returned with a message, whose
    load is smaller by less than 2e-8.

    Parameters
    ----------
    T : float
        Temperature in [0, 1).

    Returns
    -------
    Solution
        Its ``model.alpha`` is the critical load.

    Raises
    ------
    ValueError
        If `T` is out of range.
    """
    check_real("T", T, low=0.0, high=1.0, open_high=True)
    end = _end_of_breaking()
    if end - _BLURRED < T < end:
        try:
            m, alpha = _spinodal(T)
            found = solution(Hopfield(alpha=alpha, T=T), "retrieval", _at_magnetization(m, T)[0])
        except ValueError:  # the load along the branch is not smooth to rounding
            found = None
        if found is not None and found.converged:
            return found
    elif end > T:
        m, alpha = _spinodal(T)
        return solution(Hopfield(alpha=alpha, T=T), "retrieval", _at_magnetization(m, T)[0])
    y, alpha = rs.spinodal(T)
    sigma = rs.retrieval_noise(y, T)
    merged = _merged(rs.rs_solution(Hopfield(alpha=alpha, T=T), "retrieval", y * sigma, sigma, iterations=1))
    return merged if end <= T else replace(merged, message="the breaking is lost to rounding: replica-symmetric values")


def critical_load_one_rsb(T: float = 0.0) -> float:
    r"""Storage capacity :math:`\alpha_c(T)` with one step of replica symmetry breaking; see `critical_point_one_rsb`.

    Examples
    --------
    >>> round(critical_load_one_rsb(), 6)
    0.138186
    """
    return critical_point_one_rsb(T).model.alpha
