r"""The Sherrington–Kirkpatrick model: its states from replica symmetric to Parisi's solution, and the AT line.

The equations are those of `theory.parisi` with :math:`\xi(q) = q^2/2`.

References
----------
.. [1] D. Sherrington, S. Kirkpatrick, Phys. Rev. Lett. 35, 1792 (1975).
.. [2] J. R. L. de Almeida, D. J. Thouless, J. Phys. A 11, 983 (1978).
.. [3] G. Parisi, Phys. Rev. Lett. 43, 1754 (1979); J. Phys. A 13, 1101 (1980).
.. [4] R. Oppermann, M. J. Schmidt, Phys. Rev. E 78, 061124 (2008).
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from statmech.checks import check_choice, check_real
from statmech.gaussian import field_moments
from statmech.lines import PhaseLine, phase_line
from statmech.models import SherringtonKirkpatrick
from statmech.results import Solution
from theory.dispatch import solve, states
from theory.parisi.covariance import Covariance
from theory.parisi.ladder import Ladder, full_solution
from theory.parisi.states import absent, broken_solution, symmetric_solution
from theory.parisi.symmetric import symmetric_overlaps

STARTS = ("spin-glass", "paramagnet")
ANSATZE = ("RS", "1RSB", "full")
COVARIANCE = Covariance({2: 0.5})

_ALIGNED = 1e-13  # temperature below which the overlap in a field is 1 to rounding
_STRONG = 8.0  # field beyond which the de Almeida–Thouless line is its asymptote to rounding


@solve.register
def solve_sherrington_kirkpatrick(
    model: SherringtonKirkpatrick, *, ansatz: str = "RS", start: str = "spin-glass"
) -> Solution:
    r"""Solve the Sherrington–Kirkpatrick model.

    Order parameters: the mean overlap ``q`` of two replicas, ``C`` = :math:`\beta(1-q_{EA})`, which is finite at
    T = 0, and the magnetisation ``m``; with one step of breaking ``q0``, ``q1``, ``x`` and ``D`` = x/T; in the full
    solution the smallest and the largest overlap ``q_min`` and ``q_EA``, ``x_max``, the x just below q_EA, and the
    estimated error ``f_error`` of f. The full solution as a function, and the errors of its overlaps, are those of
    `parisi_function`.

    Parameters
    ----------
    model : SherringtonKirkpatrick
        The state point.
    ansatz : str
        ``"RS"``, ``"1RSB"`` or ``"full"``.
    start : str
        ``"spin-glass"``, the state of the largest overlap, or ``"paramagnet"``, that of the smallest, replica symmetric
        alone. In a field there is one replica-symmetric state, and both mean it.

    Returns
    -------
    Solution
        `stability` is that of the iteration of q, and with breaking the smallest curvature of the functional;
        `replicon` that of the innermost step, zero in the full solution, which is marginal. Where breaking vanishes
        the replica-symmetric state is returned, with a message that says so.

    Raises
    ------
    ValueError
        If `ansatz` or `start` is not one of these.

    Examples
    --------
    >>> import statmech as sm, theory
    >>> round(theory.solve(sm.SherringtonKirkpatrick(T=0), ansatz="full").f, 6)
    -0.763167
    """
    check_choice("start", start, STARTS)
    if check_choice("ansatz", ansatz, ANSATZE) != "RS":
        check_choice("start", start, ("spin-glass",))
    if start == "spin-glass" and model.h == 0 and model.T >= 1:
        message = "no spin glass at T >= 1 without field: the state there is ansatz='RS', start='paramagnet'"
        return absent(model, ansatz, start, message)
    if ansatz != "RS":
        return broken_solution(model, ansatz, parisi_function(model, steps=1 if ansatz == "1RSB" else 6))
    if start == "paramagnet" and model.h == 0 and model.T == 0:
        return absent(model, ansatz, start, "no paramagnet without field at T = 0")
    overlaps = symmetric_overlaps(COVARIANCE, model.T, abs(model.h))
    return symmetric_solution(model, COVARIANCE, start, overlaps[0 if start == "paramagnet" else -1])


@states.register
def states_sherrington_kirkpatrick(model: SherringtonKirkpatrick, *, ansatz: str = "RS") -> list[Solution]:
    """The states of the model at a point, the equilibrium one first; see `theory.states`.

    Of the replica-symmetric states it is the spin glass, although its free energy is the higher one: in the limit of no
    replicas the free energy is maximised.
    """
    if check_choice("ansatz", ansatz, ANSATZE) != "RS":
        found = [solve_sherrington_kirkpatrick(model, ansatz=ansatz)]
    elif model.h != 0:
        found = [solve_sherrington_kirkpatrick(model)]
    else:
        found = [solve_sherrington_kirkpatrick(model, start=start) for start in STARTS]
    return [state for state in found if state.converged]


def parisi_function(model: SherringtonKirkpatrick, steps: int = 8) -> Ladder:
    """The full solution with all its steps: q(x), P(q), free energy against the number of steps.

    Parameters
    ----------
    model : SherringtonKirkpatrick
        The state point.
    steps : int
        The most steps of replica symmetry breaking.
    """
    return full_solution(COVARIANCE, model.T, model.h, steps=steps)


def at_field(T: ArrayLike) -> PhaseLine:
    r"""De Almeida–Thouless field :math:`h_{AT}(T)`, below which replica symmetry is broken.

    .. math:: T^2 = \mathrm{E}\,\mathrm{sech}^4\beta(h + \sqrt q z), \qquad q = \mathrm{E}\tanh^2\beta(h + \sqrt q z).

    Parameters
    ----------
    T : array_like
        Temperatures in (0, 1]; the line diverges as T → 0 and ends at h = 0, T = 1.

    Raises
    ------
    ValueError
        If a temperature is not allowed.

    Examples
    --------
    >>> round(at_field(0.5).h, 6)
    0.569934
    """
    return _line(lambda t: SherringtonKirkpatrick(T=t, h=_at_field(t)), "T", T, 1.0)


def at_temperature(h: ArrayLike) -> PhaseLine:
    """De Almeida–Thouless temperature of a field, the inverse of `at_field`; even in h, and 1 at h = 0.

    Parameters
    ----------
    h : array_like
        Fields between -30 and 30.

    Raises
    ------
    ValueError
        If a field is not allowed.
    """
    return _line(lambda h: SherringtonKirkpatrick(T=_at_temperature(abs(h)), h=h), "h", h, 30.0, -30.0)


def _overlap(T: float, h: float) -> float:
    """The only replica-symmetric overlap in a field."""

    def ratio(q: float) -> float:
        return field_moments(h, math.sqrt(q), T)[1] - q

    if T < _ALIGNED or ratio(1.0) >= 0:  # 1 to rounding
        return 1.0
    return float(optimize.brentq(ratio, 1e-16, 1.0, xtol=1e-300, rtol=1e-15))


def _replicon(T: float, h: float) -> float:
    return 1 - field_moments(h, math.sqrt(_overlap(T, h)), T)[3] / T


def _at_field(T: float) -> float:
    if T == 1.0:
        return 0.0
    # near T = 1, h² = 4/3 (1-T)³; at low T the line grows like a logarithm
    guess = math.sqrt(4 / 3 * (1 - T) ** 3) * (1 + 2 * math.sqrt(max(0.0, -math.log(T))))
    low, high = guess, guess
    while _replicon(T, low) > 0:
        low /= 2
    while _replicon(T, high) < 0:
        high *= 1.5
    return float(optimize.brentq(lambda h: _replicon(T, h), low, high, xtol=1e-300, rtol=1e-13))


def _at_temperature(h: float) -> float:
    if h == 0:
        return 1.0
    if h > _STRONG:
        return 4 / 3 * math.exp(-0.5 * h * h) / math.sqrt(2 * math.pi)
    low, high = 0.5, 1.0
    while _replicon(low, h) > 0:
        low, high = low / 4, low
    return math.exp(optimize.brentq(lambda t: _replicon(math.exp(t), h), math.log(low), math.log(high), xtol=1e-14))


def _line(
    point: Callable[[float], SherringtonKirkpatrick],
    axis: str,
    values: ArrayLike,
    high: float,
    low: float = 0.0,
) -> PhaseLine:
    array = np.asarray(values, dtype=float)
    if array.size == 0:
        raise ValueError(f"{axis} = {values!r} is not allowed: at least one value is needed")
    checked = [check_real(axis, value, low=low, high=high, open_low=low == 0) for value in array.ravel().tolist()]
    found = []
    for value in checked:
        model = point(value)
        q = _overlap(model.T, abs(model.h)) if model.h else 0.0
        found.append(symmetric_solution(model, COVARIANCE, "spin-glass", q))
    name = "de Almeida–Thouless line"
    return phase_line(name, found[0] if array.ndim == 0 else found, array.shape)
