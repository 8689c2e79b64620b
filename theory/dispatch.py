"""The two questions that theory answers for any model; each system registers its own implementation."""

from functools import singledispatch

from statmech.models import Model
from statmech.results import Solution


@singledispatch
def solve(model: Model, *, ansatz: str = "RS", start: str = "retrieval") -> Solution:
    """Solve the self-consistency equations of `model` for one state, N → ∞.

    Parameters
    ----------
    model : Model
        The state point, for example ``statmech.Hopfield(alpha=0.05, T=0.3)``; ``T=0`` is legal.
    ansatz : str
        ``"RS"`` (replica symmetric), ``"1RSB"`` (one step of replica symmetry breaking) or ``"full"`` (Parisi's
        solution), as far as the system has it.
    start : str
        The state that is asked for: ``"retrieval"``, ``"spin-glass"``, ``"paramagnet"``, and what else
        the system has; see the solver of the system, as `theory.hopfield.solve_hopfield`. Each system has defaults of
        its own: those shown are of the networks.

    Returns
    -------
    Solution
        With `converged` False and a message where there is no such state at this point.

    Raises
    ------
    TypeError
        If there is no theory for this kind of model.
    ValueError
        If `ansatz` or `start` is not one that the system has.
    """
    raise TypeError(f"no theory for {type(model).__name__}; statmech.MODELS lists the models")


@singledispatch
def states(model: Model, *, ansatz: str = "RS") -> list[Solution]:
    """All solutions of `model` at its state point, lowest free energy first.

    The phase is the first of them; the metastable ones follow. A solution may be unstable: see its
    `stability` and `replicon`.

    Parameters
    ----------
    model : Model
        The state point.
    ansatz : str
        As in `solve`.

    Returns
    -------
    list of Solution
        The converged ones only.

    Raises
    ------
    TypeError
        If there is no theory for this kind of model.
    """
    raise TypeError(f"no theory for {type(model).__name__}; statmech.MODELS lists the models")
