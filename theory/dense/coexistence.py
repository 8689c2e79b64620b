r"""Where retrieval, glass and paramagnet of dense networks take over from each other.

Every function takes a number or an array and returns a `statmech.lines.PhaseLine` with the state on the line.

References
----------
.. [1] E. Gardner, J. Phys. A 20, 3453 (1987).
"""

import math
from collections.abc import Callable
from functools import cache, lru_cache

from numpy.typing import ArrayLike
from scipy import optimize

from statmech.checks import check_choice
from statmech.lines import PhaseLine
from statmech.results import Solution
from theory.dense import glass, one_rsb, rs
from theory.dense.lines import model_at
from theory.dense.network import Network, stored
from theory.dense.solutions import absent, broken_solution, selected_glass, symmetric_solution
from theory.dense.states import solve_dense
from theory.parisi import dynamical
from theory.tracing import traced


def coexistence_load(T: ArrayLike, *, P: int, ansatz: str = "RS", indices: str = "distinct") -> PhaseLine:
    r"""Load :math:`\gamma_c(T)` below which retrieval is the global minimum of the free energy.

    There the free energy of retrieval equals that of the paramagnet, or below the static transition of the glass that
    of the glass with one step of breaking (first-order transition); between this line and :math:`\gamma_M(T)` retrieval
    is metastable. With distinct indices it is nearly vertical below the multicritical point on the Nishimori line.

    Parameters
    ----------
    T : array_like
        Temperatures from 0 to that at which the line ends at :math:`\gamma = 0`: 0.362949 for P = 4, 0.240535 for 6,
        0.180341 for 8.
    P : int
        Order of the interactions.
    ansatz : str
        Of the retrieval state, ``"RS"`` or ``"1RSB"``; the glass has one step. ``"full"`` compares one-step retrieval
        with the full glass, which is another one where the glass breaks fully (repeated indices at P = 4); seconds a
        point. At P = 4 and T = 0 replica-symmetric retrieval, which is unstable there, puts the line at 0.190287,
        beyond the multicritical point 0.190273; with one step it stays inside, at 0.189894.
    indices : str
        ``"distinct"`` or ``"repeated"``.

    Returns
    -------
    PhaseLine
        With the retrieval state.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Examples
    --------
    >>> round(coexistence_load(0.25, P=4).gamma, 6)
    0.166856
    """
    net = stored(P, indices)
    check_choice("ansatz", ansatz, ("RS", "1RSB", "full"))
    return traced(
        "coexistence load", lambda T: _coexistence_point(net, T, ansatz), "T", T, low=0.0, high=free_coexistence(net)
    )


def ground_state_load(*, P: int, ansatz: str = "RS", indices: str = "distinct") -> PhaseLine:
    r"""Load at T = 0 up to which the stored patterns are the ground states: retrieval against the 1RSB glass.

    The end of `coexistence_load` at T = 0, with the same parameters.

    Examples
    --------
    >>> round(ground_state_load(P=4).gamma, 6)
    0.190287
    """
    return coexistence_load(0.0, P=P, ansatz=ansatz, indices=indices)


@lru_cache(maxsize=64)
def free_coexistence(net: Network) -> float:
    """Temperature at which retrieval and paramagnet have the same free energy without load."""

    def gap(T: float) -> float:
        point, _ = rs.retrieval(net, 0.0, T)
        assert point is not None
        return point.f + T * math.log(2)

    top = rs.melting(net)[0]
    return float(optimize.brentq(gap, 0.1 * top, top * (1 - 1e-9), xtol=1e-15))


def _coexistence_point(net: Network, T: float, ansatz: str) -> Solution:
    of_glass, ansatz = ("full", "1RSB") if ansatz == "full" else ("1RSB", ansatz)
    if free_coexistence(net) == T:
        return _retrieval(net, 0.0, T, ansatz)

    @cache  # both ends of the bracket are looked at twice
    def gap(gamma: float) -> float:
        return _retrieval(net, gamma, T, ansatz).f - _ergodic_free_energy(net, gamma, T, of_glass)

    accuracy = 1e-13 if of_glass == "1RSB" else 1e-7
    if ansatz == "1RSB":
        gamma = with_breaking(net, T, lambda gamma: _ergodic_free_energy(net, gamma, T, of_glass), accuracy)
        if math.isfinite(gamma):
            return _retrieval(net, gamma, T, ansatz)
    # The 1RSB retrieval state reaches further, and coexistence may lie there.
    low, high = 1e-9 * rs.spinodal(net, T)[1], rs.spinodal(net, T)[1]
    if ansatz == "1RSB" and one_rsb.end_of_breaking(net) > T:
        high = max(high, (1 - 1e-9) * one_rsb.spinodal(net, T)[1])
    ends = gap(low), gap(high)
    if not ends[0] < 0 < ends[1]:
        why = "the glass was not solved to tolerance" if math.isnan(ends[1]) else "no coexistence at this temperature"
        return absent(model_at(net, high, T), ansatz, "retrieval", why)
    gamma = optimize.brentq(gap, low, high, xtol=1e-300, rtol=accuracy)
    return _retrieval(net, gamma, T, ansatz)


def with_breaking(net: Network, T: float, ergodic: Callable[[float], float], accuracy: float) -> float:
    """Load at which retrieval that breaks replica symmetry has the free energy `ergodic` of the load; NaN for none.

    By the overlap along the branch, where the state costs one root: at a load it has to be searched for.
    """
    if one_rsb.end_of_breaking(net) <= T:
        return math.nan
    at = one_rsb.branch(net, T)

    def gap(n: float) -> float:
        root, gamma = at(n)
        return broken_solution(model_at(net, gamma, T), net, root).f - ergodic(gamma)

    try:
        ends = one_rsb.spinodal(net, T)[0], one_rsb.beginning(net, T)
        return at(float(optimize.brentq(gap, *ends, xtol=1e-300, rtol=accuracy)))[1]
    except ValueError:  # no change of sign, or a state that is lost to rounding
        return math.nan


def _retrieval(net: Network, gamma: float, T: float, ansatz: str) -> Solution:
    return solve_dense(model_at(net, gamma, T), ansatz=ansatz)


def _ergodic_free_energy(net: Network, gamma: float, T: float, ansatz: str) -> float:
    """Of what is at equilibrium without retrieval: the paramagnet, or the glass below its transition."""
    if glass.reduced_temperature(gamma, T) < glass.transitions(net)[1]:
        one_step = solve_dense(model_at(net, gamma, T), ansatz=ansatz, start="spin-glass")
        # next to a continuous transition the breaking is lost to rounding, and with it any difference
        return one_step.f if one_step.converged else solve_dense(model_at(net, gamma, T), start="spin-glass").f
    return rs.paramagnet(net, gamma, T).f


# --- transitions of the glass ---


def dynamical_temperature(gamma: ArrayLike, *, P: int, indices: str = "distinct") -> PhaseLine:
    r"""Dynamical temperature :math:`T_d = \sqrt\gamma\,T_d(1)` of the glass, below which metastable states trap it.

    For distinct indices :math:`\sqrt{2\gamma/P}` times that of the P-spin glass.

    Parameters
    ----------
    gamma : array_like
        Loads > 0.
    P, indices : int, str
        As of `coexistence_load`; the glass of repeated indices at P = 4 begins continuously and has no such transition.

    Raises
    ------
    ValueError
        If an argument is not allowed, or the glass begins continuously.

    Examples
    --------
    >>> round(dynamical_temperature(0.25, P=4).T, 6)
    0.239855
    """
    net = _discontinuous(P, indices)
    ratio = dynamical.dynamical_ratio(net.xi)
    return traced("dynamical temperature", lambda g: _at_ratio(net, ratio, g), "gamma", gamma, low=0.0, open_low=True)


def kauzmann_temperature(gamma: ArrayLike, *, P: int, indices: str = "distinct") -> PhaseLine:
    r"""Static transition :math:`T_s` of a discontinuous glass, where its complexity vanishes.

    Parameters and errors as of `dynamical_temperature`.

    Examples
    --------
    >>> round(kauzmann_temperature(0.25, P=4).T, 6)
    0.218101
    """
    net = _discontinuous(P, indices)
    ratio = dynamical.kauzmann_ratio(net.xi)
    return traced("Kauzmann temperature", lambda g: _at_ratio(net, ratio, g), "gamma", gamma, low=0.0, open_low=True)


def glass_temperature(gamma: ArrayLike, *, P: int, indices: str = "distinct") -> PhaseLine:
    r"""Temperature at which the glass takes over from the paramagnet at equilibrium, whatever the kind of transition.

    For repeated indices at P = 4 it is continuous, at :math:`\sqrt{\gamma\,\xi''(0)} = \sqrt{3\gamma/2}`; the line then
    carries the paramagnet, whose replicon vanishes. Else it is `kauzmann_temperature`. For repeated indices at P = 6
    that is :math:`1.38522\sqrt\gamma`, above :math:`\sqrt{\gamma\,\xi''(0)} = 1.36931\sqrt\gamma`.

    Parameters
    ----------
    gamma : array_like
        Loads > 0.
    P, indices : int, str
        As of `coexistence_load`.

    Raises
    ------
    ValueError
        If an argument is not allowed.
    """
    net = stored(P, indices)
    if glass.is_discontinuous(net):
        return kauzmann_temperature(gamma, P=P, indices=indices)

    def point(gamma: float) -> Solution:
        T = math.sqrt(gamma) * glass.transitions(net)[1]
        return symmetric_solution(model_at(net, gamma, T), "paramagnet", rs.paramagnet(net, gamma, T), 1)

    return traced("glass temperature", point, "gamma", gamma, low=0.0, open_low=True)


def _discontinuous(P: int, indices: str) -> Network:
    net = stored(P, indices)
    if not glass.is_discontinuous(net):
        raise ValueError(
            f"indices = {indices!r} is not allowed at P = {P}: this glass begins continuously, at glass_temperature"
        )
    return net


def _at_ratio(net: Network, ratio: float, gamma: float) -> Solution:
    state = dynamical.at_ratio(net.xi, ratio)
    return selected_glass(model_at(net, gamma, math.sqrt(gamma) * state.T), net, state)
