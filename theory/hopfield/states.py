"""The states of the Hopfield model by name."""

from statmech.checks import check_choice
from statmech.models import Hopfield
from statmech.results import Solution
from theory.dispatch import solve, states
from theory.hopfield.one_rsb import solve_one_rsb
from theory.hopfield.rs import condensed, paramagnet, spin_glass

STARTS = ("retrieval", "spin-glass", "paramagnet", "mixture-3", "mixture-5")
"""The states that `solve` can be asked for."""

_CONDENSED = {"retrieval": 1, "mixture-3": 3, "mixture-5": 5}


@solve.register
def solve_hopfield(model: Hopfield, *, ansatz: str = "RS", start: str = "retrieval") -> Solution:
    r"""Solve the Hopfield model for one state.

    Order parameters of the replica-symmetric states: m (Mattis magnetisation of each condensed pattern),
    :math:`q = \frac1N\sum_i\langle s_i\rangle^2`, :math:`r = \frac1\alpha\sum_{\mu}\langle m_\mu\rangle^2` over the
    patterns that are not condensed. Equations: `theory.hopfield.rs`; with one step of replica symmetry breaking:
    `theory.hopfield.one_rsb`.

    Parameters
    ----------
    model : Hopfield
        The state point.
    ansatz : str
        ``"RS"``, or ``"1RSB"`` (retrieval and spin glass).
    start : str
        ``"retrieval"``, ``"spin-glass"``, ``"paramagnet"``, ``"mixture-3"`` or ``"mixture-5"``: symmetric mixtures of
        three or five patterns.

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
    >>> theory.solve(sm.Hopfield(alpha=0.05, T=0.3))  # doctest: +ELLIPSIS
    m = 0.991165  q = 0.982961  r = 1.10491  f = -0.501236  u = -0.494278  s = 0.0231928  [RS, ...]
    """
    check_choice("start", start, STARTS)
    if check_choice("ansatz", ansatz, ("RS", "1RSB")) == "1RSB":
        check_choice("start", start, ("retrieval", "spin-glass"))
        return solve_one_rsb(model, start)
    if start == "spin-glass":
        return spin_glass(model)
    if start == "paramagnet":
        return paramagnet(model)
    return condensed(model, start, _CONDENSED[start])


@states.register
def states_hopfield(model: Hopfield, *, ansatz: str = "RS") -> list[Solution]:
    """All states of the Hopfield model at a point, lowest free energy first; see `theory.states`."""
    starts = STARTS if check_choice("ansatz", ansatz, ("RS", "1RSB")) == "RS" else ("retrieval", "spin-glass")
    found = [solve_hopfield(model, ansatz=ansatz, start=start) for start in starts]
    return sorted((state for state in found if state.converged), key=lambda state: state.f)
