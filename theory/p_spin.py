r"""The Ising p-spin model: states, transitions, complexity and Franz–Parisi potential.

The equations are those of `theory.parisi` with :math:`\xi(q) = q^p/2`. Without field the paramagnet q = 0 is a locally
stable solution at all T > 0. At the dynamical temperature :math:`T_d` exponentially many metastable states appear; at
the Kauzmann temperature :math:`T_s` their number at equilibrium ceases to be exponential, and one step of breaking sets
in with a finite overlap; below the Gardner temperature :math:`T_G` each state breaks further, continuously.

References
----------
.. [1] E. Gardner, Nucl. Phys. B 257, 747 (1985).
.. [2] T. R. Kirkpatrick, D. Thirumalai, Phys. Rev. B 36, 5388 (1987).
.. [3] A. Montanari, F. Ricci-Tersenghi, Eur. Phys. J. B 33, 339 (2003).
.. [4] S. Franz, G. Parisi, J. Phys. I (France) 5, 1401 (1995).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from statmech.checks import check_choice, check_integer, check_real
from statmech.lines import PhaseLine, phase_line
from statmech.models import PSpin
from statmech.results import Solution
from theory.dispatch import solve, states
from theory.parisi import dynamical
from theory.parisi.covariance import Covariance
from theory.parisi.dynamical import State
from theory.parisi.ladder import Ladder, full_solution
from theory.parisi.potential import Potential, potential
from theory.parisi.states import absent, broken_solution, selected_solution, symmetric_solution
from theory.parisi.symmetric import symmetric_overlaps

STARTS = ("spin-glass", "paramagnet")
ANSATZE = ("RS", "1RSB", "full")


def covariance(p: int) -> Covariance:
    r""":math:`\xi(q) = q^p/2`."""
    return Covariance({check_integer("p", p, low=3): 0.5})


@solve.register
def solve_p_spin(model: PSpin, *, ansatz: str = "1RSB", start: str = "spin-glass") -> Solution:
    r"""Solve the Ising p-spin model.

    Order parameters as of `theory.sherrington_kirkpatrick`. Without field, between :math:`T_s` and :math:`T_d` the
    one-step answer is that of the metastable states, x = 1, with their ``complexity`` as a further order parameter: all
    of them together have the free energy of the paramagnet.

    Parameters
    ----------
    model : PSpin
        The state point.
    ansatz : str
        ``"RS"``, ``"1RSB"`` or ``"full"``, which differs from ``"1RSB"`` below the Gardner temperature.
    start : str
        ``"spin-glass"`` or ``"paramagnet"``, replica symmetric alone. A replica-symmetric spin glass, the solution of
        the largest overlap, exists at low temperatures only and is unphysical.

    Returns
    -------
    Solution
        `stability` and `replicon` as of `theory.sherrington_kirkpatrick`.

    Raises
    ------
    ValueError
        If `ansatz` or `start` is not one of these.

    Examples
    --------
    >>> import statmech as sm, theory
    >>> round(theory.solve(sm.PSpin(p=3, T=0)).f, 6)
    -0.813535
    """
    check_choice("start", start, STARTS)
    xi = covariance(model.p)
    if check_choice("ansatz", ansatz, ANSATZE) == "RS":
        return _symmetric(model, xi, start)
    check_choice("start", start, ("spin-glass",))
    if model.h == 0 and model.T >= kauzmann_temperature(model.p).T:
        state = dynamical.metastable(xi, model.T)
        if state is None or ansatz == "full":
            limit = "T_d" if ansatz == "1RSB" else "T_s"
            message = f"no spin glass of this ansatz above {limit}: ansatz='RS', start='paramagnet' is the state there"
            return absent(model, ansatz, start, message)
        return selected_solution(model, state)
    found = parisi_function(model, steps=1 if ansatz == "1RSB" else 5)
    if not found.rungs and model.h == 0:
        return absent(model, ansatz, start, "the equations were not solved to tolerance")
    return broken_solution(model, ansatz, found)


def _symmetric(model: PSpin, xi: Covariance, start: str) -> Solution:
    if model.T == 0 and model.h == 0 and start == "paramagnet":
        return absent(model, "RS", start, "no paramagnet without field at T = 0")
    overlaps = symmetric_overlaps(xi, model.T, abs(model.h))
    if start == "spin-glass" and overlaps == [0.0]:
        return absent(model, "RS", start, f"no replica-symmetric spin glass at T = {model.T:g}")
    return symmetric_solution(model, xi, start, overlaps[0 if start == "paramagnet" else -1])


@states.register
def states_p_spin(model: PSpin, *, ansatz: str = "1RSB") -> list[Solution]:
    """The states of the model at a point, the equilibrium one first; see `theory.states`.

    With breaking these are the spin glass, if it exists, and the paramagnet; the former is at equilibrium below the
    Kauzmann temperature although its free energy is the higher one.
    """
    if check_choice("ansatz", ansatz, ANSATZE) == "RS":
        found = [solve_p_spin(model, ansatz="RS", start=start) for start in STARTS[::-1]]
    else:
        glass = solve_p_spin(model, ansatz=ansatz)
        found = [glass, solve_p_spin(model, ansatz="RS", start="paramagnet")]
        if "complexity" in glass.order:
            found.reverse()
    return [state for state in found if state.converged]


def parisi_function(model: PSpin, steps: int = 5) -> Ladder:
    """The solution with all its steps: q(x), P(q), free energy against the number of steps; see `theory.parisi`."""
    return full_solution(covariance(model.p), model.T, model.h, steps=steps)


def dynamical_temperature(p: ArrayLike) -> PhaseLine:
    r"""Dynamical temperature :math:`T_d`, below which metastable states trap the dynamics, with their overlap there.

    Parameters
    ----------
    p : array_like of int
        At least 3.

    Raises
    ------
    ValueError
        If a p is not allowed.

    Examples
    --------
    >>> round(dynamical_temperature(3).T, 6)
    0.681598
    """
    return _line("dynamical temperature", lambda xi: dynamical.at_ratio(xi, dynamical.dynamical_ratio(xi)), p)


def kauzmann_temperature(p: ArrayLike) -> PhaseLine:
    r"""Static transition :math:`T_s`, where the complexity at equilibrium vanishes; see `dynamical_temperature`.

    Examples
    --------
    >>> round(kauzmann_temperature(3).T, 6)
    0.651385
    """
    return _line("Kauzmann temperature", lambda xi: dynamical.at_ratio(xi, dynamical.kauzmann_ratio(xi)), p)


def gardner_temperature(p: ArrayLike) -> PhaseLine:
    r"""Gardner temperature :math:`T_G`, below which the states break further; see `dynamical_temperature`.

    Examples
    --------
    >>> round(gardner_temperature(3).T, 5)
    0.24026
    """
    return _line("Gardner temperature", _gardner_state, p)


def _gardner_state(xi: Covariance) -> State:
    state = dynamical.equilibrium(xi, dynamical.gardner_temperature(xi))
    assert state is not None
    return state


def _line(name: str, state_of: Callable[[Covariance], State], p: ArrayLike) -> PhaseLine:
    array = np.asarray(p)
    if array.size == 0:
        raise ValueError(f"p = {p!r} is not allowed: at least one value is needed")
    points = []
    for power in array.ravel().tolist():
        state = state_of(covariance(power))
        points.append(selected_solution(PSpin(p=power, T=state.T), state))
    return phase_line(name, points[0] if array.ndim == 0 else points, array.shape)


def complexity(model: PSpin, points: int = 60) -> list[State]:
    r"""Complexity :math:`\Sigma(f)` of the metastable states at a temperature, T = 0 included, without field.

    Parameters
    ----------
    model : PSpin
        The state point.
    points : int
        Number of points on the curve.

    Returns
    -------
    list of theory.parisi.dynamical.State
        From the states of vanishing complexity, of the lowest free energy, to those of the largest free energy; each
        with ``f``, ``complexity``, ``q``, ``D``, :math:`= d\Sigma/df`, and ``replicon``: the states are stable where it
        is positive. Empty above the temperature at which states exist.

    Raises
    ------
    ValueError
        If `model` has a field, or `points` is below 2.
    """
    check_real("h", model.h, low=0.0, high=0.0)
    check_integer("points", points, low=2)
    xi = covariance(model.p)
    scale = kauzmann_temperature(model.p).D
    found: list[State] = []
    for D in scale * np.linspace(3.0, 0.02, 40 * points):
        state = dynamical.states_at(xi, model.T, float(D))
        if state is None or (len(found) > 1 and state.f < found[-1].f):
            break
        if state.complexity >= 0:
            found.append(state)
    if not found:
        return []
    low, high = found[-1].D, _last_positive(xi, found[0], scale)
    curve = [dynamical.states_at(xi, model.T, float(D)) for D in np.linspace(high, low, points)]
    return [state for state in curve if state is not None]


def _last_positive(xi: Covariance, state: State, scale: float) -> float:
    """The D at which the complexity vanishes, just above that of the last state with a positive one."""
    low, high = state.D, state.D + 0.1 * scale
    for _ in range(60):
        middle = 0.5 * (low + high)
        there = dynamical.states_at(xi, state.T, middle)
        if there is not None and there.complexity >= 0:
            low = middle
        else:
            high = middle
    return low


def franz_parisi_potential(model: PSpin, reference_T: float | None = None, points: int = 200) -> Potential:
    r"""The Franz–Parisi potential V(q) with an equilibrium configuration; equations in `theory.parisi.potential`.

    Parameters
    ----------
    model : PSpin
        The state point of the system, T > 0 without field.
    reference_T : float, optional
        Temperature of the reference, at least the Kauzmann temperature (to 1e-6); by default that of the system.
    points : int
        Number of points on the curve.

    Returns
    -------
    Potential
        Its ``minimum`` is the secondary one, None where there is none. Following a reference far down in
        temperature, the replica-symmetric state ends where its ``replicon`` is negative.

    Raises
    ------
    ValueError
        If the model has a field or T = 0, or the reference is too cold.
    """
    check_real("h", model.h, low=0.0, high=0.0)
    check_real("T", model.T, low=0.0, open_low=True)
    cold = kauzmann_temperature(model.p).T - 1e-6
    reference = check_real("reference_T", model.T if reference_T is None else reference_T, low=cold)
    return potential(covariance(model.p), model.T, reference, check_integer("points", points, low=10))
