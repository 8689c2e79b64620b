"""The states of the binary perceptron by name."""

from statmech.checks import check_choice
from statmech.models import BinaryPerceptron
from statmech.results import Solution
from theory.binary_perceptron.freezing import frozen, liquid, load_of_freezing, temperature_of_freezing
from theory.binary_perceptron.rs import absent, solve_symmetric
from theory.dispatch import solve, states
from theory.perceptron_channel import UnresolvedError

STARTS = ("equilibrium", "liquid", "frozen")
"""The states that `solve` can be asked for; at equilibrium is one of the two others."""

ANSATZE = ("RS", "1RSB")


@solve.register
def solve_binary_perceptron(model: BinaryPerceptron, *, ansatz: str = "1RSB", start: str = "equilibrium") -> Solution:
    r"""Solve the binary perceptron for one state.

    Order parameters: q, overlap of two weight vectors of different states, and its conjugate ``qhat``; with one step
    of breaking also ``q1`` = 1, the overlap within a state, since a state is a single configuration, and the weight
    ``x`` of finding two different ones: 1 in the liquid, which has exponentially many, :math:`T/T_f` when frozen.
    Equations: `theory.binary_perceptron.rs`, `theory.binary_perceptron.freezing`.

    At T = 0 f and u are the energy of the ground states, and s is the logarithm of their number: of the weights without
    errors (Gardner's volume) up to the capacity, zero above it.

    Parameters
    ----------
    model : BinaryPerceptron
        The state point.
    ansatz : str
        ``"1RSB"``, or ``"RS"``, the replica-symmetric solution also where its entropy is negative.
    start : str
        ``"equilibrium"``, ``"liquid"`` or ``"frozen"``.

    Returns
    -------
    Solution
        Residual of q at most 1e-12 where it is converged. `stability` and `replicon` as of
        `theory.binary_perceptron.rs.symmetric_solution`, of a frozen state at its :math:`T_f`.

    Raises
    ------
    ValueError
        If `ansatz` or `start` is not one of these.

    Examples
    --------
    >>> import statmech as sm, theory
    >>> theory.solve(sm.BinaryPerceptron(alpha=0.5), ansatz="RS")  # doctest: +ELLIPSIS
    q = 0.322385  qhat = 0.668035  f = 0  u = 0  s = 0.31439  [RS, liquid, ...]
    >>> round(theory.solve(sm.BinaryPerceptron(alpha=1)).u, 8)
    0.02626768
    """
    check_choice("start", start, STARTS)
    if check_choice("ansatz", ansatz, ANSATZE) == "RS":
        if start == "frozen":
            return absent(model, ansatz, start, "no frozen state that is replica symmetric; ask for ansatz='1RSB'")
        return solve_symmetric(model)
    try:
        T_f = temperature_of_freezing(model.alpha, model.kappa)
    except UnresolvedError:
        return absent(model, ansatz, start, f"not resolved: the freezing temperature at alpha = {model.alpha:.7g}")
    if T_f > model.T:
        if start == "liquid":
            why = f"no liquid at T = {model.T:.7g} below T_f = {T_f:.7g}; its continuation is ansatz='RS'"
            return absent(model, ansatz, start, why)
        return frozen(model, T_f)
    if start == "frozen":
        capacity = load_of_freezing(0.0, model.kappa)[1]
        why = f"T_f = {T_f:.7g}" if T_f > 0 else f"the weights freeze above alpha_c = {capacity:.7g} only"
        return absent(model, ansatz, start, f"not frozen at alpha = {model.alpha:.7g}, T = {model.T:.7g}: {why}")
    return liquid(solve_symmetric(model))


@states.register
def states_binary_perceptron(model: BinaryPerceptron, *, ansatz: str = "1RSB") -> list[Solution]:
    """The states of the binary perceptron at a point: the liquid or the frozen one; see `theory.states`."""
    found = solve_binary_perceptron(model, ansatz=ansatz)
    return [found] if found.converged else []
