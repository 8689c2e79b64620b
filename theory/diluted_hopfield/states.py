"""The states of the diluted Hopfield model by name, its capacity, and how many patterns it retrieves together."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from statmech.checks import check_choice, check_dilution, check_real
from statmech.lines import PhaseLine, phase_line
from statmech.models import DilutedHopfield, Hopfield
from statmech.results import Solution
from theory.diluted_hopfield.branches import (
    SYMMETRIC_GRID,
    end_of_hierarchy,
    end_of_symmetry,
    hierarchy,
    retrieval_load,
    retrieved,
    symmetric_curve,
    symmetric_state,
)
from theory.diluted_hopfield.equations import Array, absent, number_of_patterns, rs_solution
from theory.dispatch import solve, states
from theory.hopfield import rs

MOST = 4
"""Largest number of patterns of a state."""
NUMBERED = tuple(f"{kind}-{n}" for n in range(2, MOST + 1) for kind in ("hierarchical", "symmetric"))
STARTS = ("retrieval", *NUMBERED, "spin-glass", "paramagnet")
"""The states that `solve` can be asked for."""


def end_of(state: str, d: float, T: float) -> tuple[float, float]:
    """Signal-to-noise ratio and load at which a state ends, zero load where there is none."""
    n = number_of_patterns(state)
    return end_of_symmetry(n, d, T) if state.startswith("symmetric") else end_of_hierarchy(n, d, T)


@solve.register
def solve_diluted_hopfield(model: DilutedHopfield, *, ansatz: str = "RS", start: str = "retrieval") -> Solution:
    r"""Solve the diluted Hopfield model for one state, replica symmetric.

    Order parameters m (or m_1, m_2, … of several patterns retrieved together), q and r; equations in
    `theory.diluted_hopfield`.

    Parameters
    ----------
    model : DilutedHopfield
        The state point.
    ansatz : str
        ``"RS"``.
    start : str
        ``"retrieval"``, one pattern; ``"hierarchical-2"`` to ``"hierarchical-4"`` and ``"symmetric-2"`` to
        ``"symmetric-4"``, several patterns with decreasing or equal amplitudes; ``"spin-glass"`` or ``"paramagnet"``.

    Raises
    ------
    ValueError
        If `ansatz` or `start` is not one of these.

    Examples
    --------
    >>> import statmech as sm, theory
    >>> theory.solve(sm.DilutedHopfield(alpha=0.02, d=0.2, T=0.25))  # doctest: +ELLIPSIS
    m = 0.789528  q = 0.845273  r = 2.12232  f = -0.36353  u = ...  s = ...  [RS, retrieval, ...]
    """
    check_choice("ansatz", ansatz, ("RS",))
    check_choice("start", start, STARTS)
    if start in ("spin-glass", "paramagnet"):
        return _without_retrieval(model, start)
    return _condensed(model, start)


def _condensed(model: DilutedHopfield, start: str) -> Solution:
    """The state of one or more patterns on its outer branch, or why there is none."""
    alpha, d, T, v = model.alpha, model.d, model.T, 1 - model.d
    n = number_of_patterns(start)
    if v <= T:
        return absent(model, start, f"no {start} state at T >= 1 - d = {v:g}: every field is too weak to sustain it")
    if alpha == 0:
        if n > 1:
            return absent(model, start, "finitely many patterns: statmech.Multitasking has their states")
        one = rs.condensed(Hopfield(alpha=0.0, T=T / v), "retrieval", 1)
        return rs_solution(model, start, np.array([v * one.m]), 0.0)
    y_end, alpha_end = end_of(start, d, T)
    if alpha > alpha_end:
        why = f"alpha = {alpha:.7g} is above its spinodal {alpha_end:.7g} at d = {d:g}, T = {T:.7g}"
        return absent(model, start, f"no {start} state: {why}")
    beyond = _doubled(y_end, alpha * v) if n == 1 else [y for y in _grid(start, d, T) if y > y_end]

    def excess(y: float) -> float:
        return _load(start, y, d, T) - alpha

    last = next((y for y in beyond if excess(y) <= 0), None)
    if last is None:
        return absent(model, start, f"alpha = {alpha:.7g} is too small: its signal-to-noise ratio is not followed")
    # at the smallest loads 1 - vC vanishes to rounding, and most steps are bisections
    y = optimize.brentq(excess, y_end, last, xtol=1e-15, rtol=1e-14, maxiter=10_000)
    return rs_solution(model, start, *_state(start, y, d, T))


def _doubled(y: float, bound: float) -> list[float]:
    r"""Ratios beyond y, each twice the last, up to the largest of one pattern.

    On the whole curve :math:`\alpha y^2 = m^2(1-vC)^2/v^2q \le 1/v`, by Cauchy–Schwarz for m; at low temperatures it
    turns negative long before.
    """
    high = (1 + 1e-12) / math.sqrt(bound)
    steps = max(1, math.ceil(math.log2(max(high / y, 2.0))))
    return [min(y * 2.0**k, high) for k in range(1, steps + 1)]


def _state(start: str, y: float, d: float, T: float) -> tuple[Array, float]:
    """Amplitudes and noise of a state at signal-to-noise ratio y."""
    n = number_of_patterns(start)
    if n == 1:
        return retrieved(y, d, T)
    return symmetric_state(y, n, d, T) if start.startswith("symmetric") else hierarchy(n, d, T).at(y)


def _load(start: str, y: float, d: float, T: float) -> float:
    """Load of a state at signal-to-noise ratio y."""
    n = number_of_patterns(start)
    if n == 1:
        return retrieval_load(y, d, T)
    return symmetric_curve(y, n, d, T)[0] if start.startswith("symmetric") else hierarchy(n, d, T).load(y)


def _grid(start: str, d: float, T: float) -> list[float]:
    """Increasing signal-to-noise ratios at which the curve of a state is known."""
    if start.startswith("symmetric"):
        return SYMMETRIC_GRID.tolist()
    return [y for y, _ in hierarchy(number_of_patterns(start), d, T).known[::-1]]


def _without_retrieval(model: DilutedHopfield, start: str) -> Solution:
    """Spin glass and paramagnet: those of the Hopfield model at T/(1-d), all fields 1 - d times as large."""
    v, nothing = 1 - model.d, np.zeros(1)
    if start == "paramagnet":
        if v >= model.T:
            return absent(model, start, f"no paramagnetic solution at T <= 1 - d = {v:g}: the susceptibility diverges")
        return rs_solution(model, start, nothing, 0.0)
    glass = rs.spin_glass(Hopfield(alpha=model.alpha, T=model.T / v))
    if not glass.converged:
        T_g = v * (1 + math.sqrt(model.alpha))
        return absent(model, start, f"no spin-glass state at T >= T_g = {T_g:.7g} or alpha = 0")
    return rs_solution(model, start, nothing, v * math.sqrt(model.alpha * glass.r))


@states.register
def states_diluted_hopfield(model: DilutedHopfield, *, ansatz: str = "RS") -> list[Solution]:
    """All states of the model at a point, lowest free energy first; see `theory.states`."""
    check_choice("ansatz", ansatz, ("RS",))
    found = [solve_diluted_hopfield(model, start=start) for start in STARTS]
    return sorted((state for state in found if state.converged), key=lambda state: state.f)


def critical_load(d: ArrayLike, T: float = 0.0, state: str = "retrieval") -> PhaseLine:
    r"""Load up to which a state exists: the capacity :math:`\alpha_c(d; T)` for ``"retrieval"``.

    Parameters
    ----------
    d : array_like
        Dilutions in [0, 1).
    T : float
        Temperature.
    state : str
        ``"retrieval"``, or ``"hierarchical-2"``, …, ``"symmetric-4"`` for several patterns together.

    Returns
    -------
    PhaseLine
        With the state that is about to vanish; a load of 0, and no state, where it exists at none.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> round(critical_load(0.2).alpha, 6)
    0.053668
    """
    check_choice("state", state, ("retrieval", *NUMBERED))
    T, array = check_real("T", T, low=0.0), np.asarray(d, dtype=float)
    dilutions = [check_dilution(x) for x in array.ravel().tolist()]
    found = [_end_point(state, x, T) for x in dilutions]
    return phase_line("critical load", found[0] if array.ndim == 0 else found, array.shape)


def _end_point(state: str, d: float, T: float) -> Solution:
    y, alpha = end_of(state, d, T)
    model = DilutedHopfield(alpha=alpha, d=d, T=T)
    if alpha == 0:
        return absent(model, state, "no load at which the state exists")
    return rs_solution(model, state, *_state(state, y, d, T))


def retrieved_together(alpha: float, d: float, T: float = 0.0) -> int:
    """Largest number of patterns, up to 4, that a state at this load retrieves together, 0 if not even one.

    Hierarchical states count, and beyond d = 1/2 symmetric ones; at small dilution these are the spurious mixtures of
    the Hopfield model.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> [retrieved_together(alpha, 0.3) for alpha in (0.03, 0.01, 0.002, 0.0002)]
    [0, 1, 2, 3]
    """
    model = DilutedHopfield(alpha=alpha, d=d, T=T)
    counted = [state for state in NUMBERED if state.startswith("hierarchical") or model.d > 0.5]
    exist = [state for state in ("retrieval", *counted) if model.alpha <= end_of(state, model.d, model.T)[1] > 0]
    return max((number_of_patterns(state) for state in exist), default=0)
