"""The parallel state of the extremely diluted network, and the line on which its patterns begin to interfere."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from statmech.checks import check_choice, check_real, check_temperature
from statmech.lines import PhaseLine, phase_line
from statmech.models import ExtremelyDiluted
from statmech.results import Solution
from theory.dispatch import solve, states
from theory.extremely_diluted.blocks import block_entropy, block_moment, growth, sizes

STARTS = ("parallel",)


@solve.register
def solve_extremely_diluted(model: ExtremelyDiluted, *, ansatz: str = "RS", start: str = "parallel") -> Solution:
    r"""The parallel state of the extremely diluted network, in which every pattern is an isolated block.

    Order parameters: ``M2``, the mean square of :math:`M_\mu` over the patterns, and ``k2``, that of their numbers of
    entries, which it reaches at T = 0. `stability` is one minus the growth of small fields; where it is negative the
    patterns interfere, and `population` has the state. There the free energy and energy given are not those of the
    equilibrium.

    Parameters
    ----------
    model : ExtremelyDiluted
        The state point.
    ansatz : str
        ``"RS"``.
    start : str
        ``"parallel"``.

    Raises
    ------
    ValueError
        If `ansatz` or `start` is not one of these.

    Examples
    --------
    >>> import statmech as sm, theory
    >>> theory.solve(sm.ExtremelyDiluted(c=2, alpha=0.2, T=1))  # doctest: +ELLIPSIS
    M2 = 5.78261  k2 = 6  f = ...  [RS, parallel, converged, residual 0e+00]
    """
    check_choice("ansatz", ansatz, ("RS",))
    check_choice("start", start, STARTS)
    c, alpha, T = model.c, model.alpha, model.T
    k, p = sizes(c)
    blocks = np.array([block_moment(int(n), T) for n in k])
    M2 = float(p @ blocks[:, 0])
    f = -T * math.log(2) - alpha * float(p @ blocks[:, 1])
    u = -alpha * M2 / 2
    s = math.log(2) + alpha * float(p @ [block_entropy(int(n), T) for n in k])
    return Solution(
        model=model, ansatz="RS", state="parallel", order={"M2": M2, "k2": c + c * c}, f=f, u=u, s=s, converged=True,
        residual=0.0, iterations=0, stability=1 - growth(c, alpha, T), replicon=1.0,
    )  # fmt: skip


@states.register
def states_extremely_diluted(model: ExtremelyDiluted, *, ansatz: str = "RS") -> list[Solution]:
    """The parallel state, stable or not; see `theory.states`. The cross-talk state is sampled by `population`."""
    return [solve_extremely_diluted(model, ansatz=ansatz)]


def critical_load(c: float, T: ArrayLike = 0.0) -> PhaseLine:
    r"""Load :math:`\alpha_c(T; c)` up to which all patterns are retrieved in parallel, :math:`1/c^2` at T = 0.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> critical_load(2).alpha
    0.25
    """
    array = np.asarray(T, dtype=float)
    c = check_real("c", c, low=0.0, open_low=True)
    temperatures = [check_temperature(x) for x in array.ravel().tolist()]
    found = [solve_extremely_diluted(ExtremelyDiluted(c=c, alpha=_load(c, x), T=x)) for x in temperatures]
    return phase_line("critical load", found[0] if array.ndim == 0 else found, array.shape)


def _load(c: float, T: float) -> float:
    """Critical load, proportional to T² at high temperatures."""
    factor = growth(c, 1.0, T)
    if factor < 1e-300:
        raise ValueError(f"T = {T:g} is not allowed: at c = {c:g} the load is too large for a number")
    return 1 / factor


def critical_temperature(c: float, alpha: ArrayLike) -> PhaseLine:
    r"""Temperature :math:`T_c(c, \alpha)` below which the patterns interfere.

    Parameters
    ----------
    c : float
        Mean number of entries of a pattern.
    alpha : array_like
        Loads, at least :math:`1/c^2`, the percolation of the graph; at smaller ones there is no such temperature.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> round(critical_temperature(2, 0.5).T, 6)
    2.270754
    """
    array = np.asarray(alpha, dtype=float)
    c = check_real("c", c, low=0.0, open_low=True)
    found = [_critical_point(c, check_real("alpha", x, low=1 / c**2)) for x in array.ravel().tolist()]
    return phase_line("critical temperature", found[0] if array.ndim == 0 else found, array.shape)


def _critical_point(c: float, alpha: float) -> Solution:
    low, high = 0.0, 1.0
    while growth(c, alpha, high) > 1:
        low, high = high, 2 * high
    # at alpha = 1/c² the growth at T = 0 is 1 to rounding
    T = 0.0 if growth(c, alpha, low) <= 1 else optimize.brentq(lambda T: growth(c, alpha, T) - 1, low, high, xtol=1e-13)
    return solve_extremely_diluted(ExtremelyDiluted(c=c, alpha=alpha, T=T))
