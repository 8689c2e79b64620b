"""The states of the multitasking network by name: its minima, their classes, and the stationary ones of one unknown."""

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from statmech.checks import check_choice
from statmech.models import Multitasking
from statmech.results import Solution, no_solution
from theory.dispatch import solve, states
from theory.multitasking.averages import (
    ENUMERATED,
    Array,
    Averages,
    entropy,
    enumerated,
    multitasking_averages,
    ternary,
    tied,
)
from theory.multitasking.descent import TOLERANCE, descend
from theory.multitasking.symmetric import symmetric_amplitude, symmetric_eigenvalues
from theory.multitasking.zero_temperature import ORDERS, dominates, hierarchical_amplitudes, zero_minima

CLASSES = ("paramagnet", "pure", "hierarchical", "symmetric", "parallel", "mixed")
STARTS = ("equilibrium", *CLASSES)
"""The states that `solve` can be asked for, besides ``"symmetric-2"`` to ``"symmetric-K"``."""
RETRIEVED = 1e-7
"""An amplitude over 1 - d below this is zero; at T = 0, where amplitudes are exact, `EXACT`."""
EQUAL = 1e-5
"""Two amplitudes closer than this, relatively, are equal; at T = 0 `EXACT`."""
EXACT = 1e-12
MOST = 30
"""The largest number of patterns whose minima are searched for."""


def letters(m: ArrayLike, d: float, T: float) -> str:
    """Pattern of a state: equal letters for equal amplitudes, 0 for a pattern that is not retrieved.

    Parameters
    ----------
    m : array_like
        Amplitudes, sorted.
    d, T : float
        Dilution and temperature, which set what is equal and what is zero.

    Examples
    --------
    >>> letters([0.24, 0.24, 0.18, 0.0], 0.7, 0.09)
    'aab0'
    """
    zero, equal = (EXACT, EXACT) if T == 0 else (RETRIEVED, EQUAL)
    values = np.asarray(m, dtype=float)
    out, letter = "", -1
    for k, value in enumerate(values):
        if value <= zero * (1 - d):
            return out + "0" * (len(values) - k)
        if k == 0 or values[k - 1] - value > equal * values[k - 1]:
            letter += 1
        out += chr(ord("a") + letter)
    return out


def state_class(m: ArrayLike, d: float, T: float) -> str:
    r"""Class of a state by its sorted amplitudes.

    ``"paramagnet"``: none; ``"pure"``: one pattern retrieved; ``"symmetric"``: several, all equal; ``"hierarchical"``:
    each amplitude exceeds the sum of the smaller ones, so that a site serves the first pattern in which it is not
    blank; ``"parallel"``: any two amplitudes together exceed the largest; ``"mixed"``: neither. Between the last three
    there is no transition by itself: amplitudes may pass through the equality of a sum smoothly. What bifurcates are
    the `letters`.
    """
    values = np.asarray(m, dtype=float)
    label = letters(values, d, T)
    values = values[: len(label.rstrip("0"))]
    if len(values) < 2:
        return CLASSES[len(values)]
    if label[len(values) - 1] == "a":
        return "symmetric"
    if dominates(values):
        return "hierarchical"
    return "parallel" if values[0] < values[-2] + values[-1] else "mixed"


def starting_amplitudes(K: int, d: float, T: float) -> Array:
    """Where the descents to the minima start: states of T = 0, symmetric states, and random amplitudes.

    All of them are moved a little, so that none begins exactly on a saddle; the numbers are always the same. States of
    T = 0 are not moved at T = 0: there the last amplitudes of many patterns are smaller than any such step.
    """
    generator = np.random.default_rng(K)
    known = known_states(K, d)
    more = 4 if K in ORDERS else 2 if K > ENUMERATED else 40 if T == 0 else 8
    saturated = [symmetric_amplitude(n, d, min(T, 0.99 * (1 - d))) * (np.arange(K) < n) for n in range(1, K + 1)]
    random = (1 - d) * generator.random((more * K, K)) ** 2
    move = 1e-3 * (1 - d) * generator.random((len(known) + K + more * K, K))
    if T == 0:
        move[: len(known)] = 0.0
    return np.vstack((known, saturated, random)) + move


def known_states(K: int, d: float) -> Array:
    """States of T = 0: all of K ≤ 5 patterns; of more the hierarchical one and some made of those of five.

    On the sites that are blank in the first patterns the others are a network of their own, with fields smaller by a
    factor d for each. So a hierarchy whose last five amplitudes are those of any state of five patterns is a state as
    long as it dominates them. Where noise leaves no more than five patterns, states of these are where to start.
    """
    if K in ORDERS:
        return zero_minima(K, d)
    five = max(ORDERS)
    few = zero_minima(five, d)[: 20 if K <= ENUMERATED else 5]
    upper = np.broadcast_to(hierarchical_amplitudes(K - five, d), (len(few), K - five))
    below = np.hstack((upper, d ** (K - five) * few))
    alone = np.hstack((few, np.zeros((len(few), K - five))))
    return np.vstack((hierarchical_amplitudes(K, d), below, alone))


def find_minima(averages: Averages, starts: Array, T: Array) -> tuple[Array, Array, int]:
    """Minima of f that descents from `starts` lead to, saddles left along their unstable direction.

    Returns
    -------
    x : numpy.ndarray
        Amplitudes, sorted by modulus; NaN where a descent did not end in a minimum.
    lowest : numpy.ndarray
        Smallest eigenvalue of the Hessian at each.
    steps : int
        Largest number of steps.
    """
    x, residual, lowest, steps = descend(averages, starts, T)
    saddle = np.flatnonzero((residual <= TOLERANCE) & (lowest <= 0))
    if saddle.size:
        _, _, B = averages(x[saddle], T[saddle])
        modes = np.linalg.eigh(np.eye(x.shape[1]) - B)[1][:, :, 0]
        moved = x[saddle] + 0.02 * np.abs(x[saddle]).max(axis=1)[:, None] * modes
        x[saddle], residual[saddle], lowest[saddle], more = descend(averages, moved, T[saddle])
        steps += more
    lost = (residual > TOLERANCE) | (lowest <= 0)
    return np.where(lost[:, None], math.nan, -np.sort(-np.abs(x), axis=1)), lowest, steps


def distinct(x: Array, scale: float) -> list[int]:
    """Indices of rows that differ from all before them, NaN rows left out."""
    kept: list[int] = []
    for k, row in enumerate(x):
        if not np.isnan(row[0]) and all(np.abs(row - x[j]).max() > EQUAL * scale for j in kept):
            kept.append(k)
    return kept


def minima(model: Multitasking) -> list[Solution]:
    """All minima of the free energy, lowest first; one of each set that permutations and signs make of it.

    At T = 0 with K ≤ 5 the list is complete by construction (`theory.multitasking.zero_temperature`). Else it is what
    descents find from the states of T = 0, the symmetric states and random amplitudes, besides those with equal
    amplitudes, which have an equation of one unknown and eigenvalues in closed form; of more than 5 patterns some
    metastable ones are missing.

    Raises
    ------
    ValueError
        If there are more than `MOST` patterns below the critical temperature.
    """
    K, d, T = model.K, model.d, model.T
    if 1 - d <= T:
        return [_solution(model, np.zeros(K), 1)]
    if K > MOST:
        raise ValueError(
            f"K = {K} is not allowed: minima are searched for up to K = {MOST}; of more patterns, ask for "
            "start='pure', 'symmetric-n' or 'paramagnet', or for where given amplitudes lead, theory.multitasking.relax"
        )
    if T == 0 and K in ORDERS:
        return [_solution(model, m, 1) for m in zero_minima(K, d)]
    starts = starting_amplitudes(K, d, T)
    averages = multitasking_averages(K, d, T)
    x, _, steps = find_minima(averages, starts, np.full(len(starts), T))
    equal = [_stationary(model, "symmetric", n) for n in range(1, K + 1)]
    found = [state for state in equal if state.converged and state.stability > 0]
    known = np.array([amplitudes(state) for state in found]).reshape(-1, K)
    new = [k - len(known) for k in distinct(np.vstack((known, x)), 1 - d) if k >= len(known)]
    found += [state for k in new if (state := _solution(model, x[k], steps)).converged and state.stability > 0]
    return sorted(found, key=lambda state: state.f)


def relax(model: Multitasking, amplitudes: Sequence[float] | Array) -> Solution:
    """The minimum that descent from given amplitudes leads to: where a network started there goes.

    Parameters
    ----------
    model : Multitasking
        The state point.
    amplitudes : array_like
        K amplitudes. Equal ones stay equal up to rounding, whether that is stable or not.

    Returns
    -------
    Solution
        Not necessarily of the class that the amplitudes suggest: see its `state`.

    Raises
    ------
    ValueError
        If there are not K amplitudes.
    """
    start = np.asarray(amplitudes, dtype=float)
    if start.shape != (model.K,):
        raise ValueError(f"amplitudes = {amplitudes!r} is not allowed: amplitudes must be K = {model.K} numbers")
    if 1 - model.d <= model.T:
        return _solution(model, np.zeros(model.K), 1)
    averages = multitasking_averages(model.K, model.d, model.T)
    x, _, steps = find_minima(averages, start[None], np.array([model.T]))
    if np.isnan(x[0, 0]):
        return absent(model, "equilibrium", "descent from these amplitudes ends in no stable state")
    return _solution(model, x[0], steps)


def _solution(model: Multitasking, m: Array, steps: int, stability: float | None = None) -> Solution:
    """The `Solution` with given sorted amplitudes."""
    K, d, T = model.K, model.d, model.T
    m = np.where(m > (EXACT if T == 0 else RETRIEVED) * (1 - d), m, 0.0)
    f, F, B = multitasking_averages(K, d, T)(m[None], np.array([T]))
    residual = float(np.abs(m - F[0]).max())
    name = state_class(m, d, T)
    if residual > TOLERANCE:
        return absent(model, name, f"not solved to tolerance: residual {residual:.1e}")
    if stability is None:
        stability = float(np.linalg.eigvalsh(np.eye(K) - B[0])[0])
        if T == 0 and (not m.any() or tied(m, **ternary(d)) > EXACT):
            stability = -math.inf
    u = -0.5 * float(m @ m) + 0.0
    return Solution(
        model=model, ansatz="RS", state=name, order=order_parameters(m),
        f=float(f[0]), u=u, s=entropy(m, d, T) if m.any() else math.log(2), converged=True, residual=residual,
        iterations=steps, stability=stability, replicon=1.0,
    )  # fmt: skip


def order_parameters(m: Array, symbol: str = "m") -> dict[str, float]:
    """Amplitudes under the names m_1, m_2, …, the largest first."""
    return {f"{symbol}_{k}": float(value) for k, value in enumerate(m, 1)}


def amplitudes(solution: Solution) -> Array:
    """The amplitudes :math:`m_1 \\ge \\dots \\ge m_K` of a solution as an array."""
    return np.array([value for name, value in solution.order.items() if name.startswith("m_")])


def absent(model: Multitasking, state: str, message: str) -> Solution:
    """The answer where there is none: every value NaN, and the reason."""
    return no_solution(model, "RS", state, message, order_parameters(np.full(model.K, math.nan)))


@solve.register
def solve_multitasking(model: Multitasking, *, ansatz: str = "RS", start: str = "equilibrium") -> Solution:
    r"""Solve the multitasking network for one state, :math:`m_\mu = \mathrm{E}\,\xi_\mu\tanh(\beta m\cdot\xi)`.

    Order parameters ``m_1`` ≥ … ≥ ``m_K``, the amplitudes (moduli of the Mattis magnetisations), sorted. With a finite
    number of patterns the free energy

    .. math:: f(m) = \tfrac12 \sum_\mu m_\mu^2 - T\,\mathrm{E}_\xi \ln 2\cosh(\beta m\cdot\xi)

    is exact; there are no replicas to break. `stability` is the smallest eigenvalue of its Hessian.

    Parameters
    ----------
    model : Multitasking
        The state point.
    ansatz : str
        ``"RS"``.
    start : str
        ``"equilibrium"``, the minimum of lowest free energy; ``"hierarchical"``, ``"parallel"`` or ``"mixed"``, the
        lowest minimum of that class (`state_class`); ``"pure"``, ``"symmetric"`` or ``"symmetric-n"``, the stationary
        states in which one, all or n patterns have the same amplitude, and ``"paramagnet"``, stable or not.

    Returns
    -------
    Solution
        Residual at most 1e-12 where it is converged.

    Raises
    ------
    ValueError
        If `ansatz` or `start` is not one of these.

    Examples
    --------
    >>> import statmech as sm, theory
    >>> theory.solve(sm.Multitasking(K=3, d=0.5, T=0.05))  # doctest: +ELLIPSIS
    m_1 = 0.499584  m_2 = 0.249569  m_3 = 0.124542  f = -0.168469  u = -0.16369  s = 0.0955...  [RS, hierarchical, ...]
    """
    check_choice("ansatz", ansatz, ("RS",))
    numbered = {f"symmetric-{n}": n for n in range(2, model.K + 1)}
    check_choice("start", start, (*STARTS, *numbered))
    if start == "paramagnet":
        return _solution(model, np.zeros(model.K), 1, stability=_paramagnet_stability(model))
    counted = {"pure": 1, "symmetric": model.K, **numbered}
    if start in counted:
        return _stationary(model, start, counted[start])
    found = minima(model)
    if not found:
        return absent(model, start, "no descent of the free energy converged to a minimum at this point")
    named = [state for state in found if start in ("equilibrium", state.state)]
    return named[0] if named else absent(model, start, f"no {start} state: no minimum of this class at this point")


def _paramagnet_stability(model: Multitasking) -> float:
    return 1 - (1 - model.d) / model.T if model.T > 0 else -math.inf


def _stationary(model: Multitasking, start: str, n: int) -> Solution:
    """The state of n equal amplitudes, with the eigenvalues of its Hessian in closed form."""
    K, d, T = model.K, model.d, model.T
    if 1 - d <= T:
        return absent(model, start, f"no {start} state at T >= T_c = {1 - d:g}: only the paramagnet")
    m = symmetric_amplitude(n, d, T)
    eigenvalues = [value for value in symmetric_eigenvalues(K, n, d, T) if not math.isnan(value)]
    return _solution(model, m * (np.arange(K) < n), 1, stability=min(eigenvalues))


@states.register
def states_multitasking(model: Multitasking, *, ansatz: str = "RS") -> list[Solution]:
    """All minima of the free energy at a point, lowest first; see `theory.states` and `minima`."""
    check_choice("ansatz", ansatz, ("RS",))
    return minima(model)


def column_of_minima(K: int, d: float, T: Array) -> tuple[Array, Array, Array]:
    """All descents of `minima` at many temperatures of one dilution in one go, K ≤ 8, 0 < T < 1 - d.

    Returns
    -------
    x, f, lowest : numpy.ndarray
        Sorted amplitudes of shape (temperatures, starts, K), NaN where a descent was lost; free energies and smallest
        eigenvalues of the Hessian.
    """
    starts = np.stack([starting_amplitudes(K, d, float(t)) for t in T])
    number = starts.shape[1]
    averages = partial(enumerated, d=d)
    temperatures = np.repeat(T, number)
    x, lowest, _ = find_minima(averages, starts.reshape(-1, K), temperatures)
    f = averages(np.nan_to_num(x), temperatures)[0]
    shape = (len(T), number)
    return x.reshape(*shape, K), np.where(np.isnan(x[:, 0]), math.nan, f).reshape(shape), lowest.reshape(shape)
