"""What a solver of the binary perceptron answers: weights, and whether exact fields confirm them as a solution."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from montecarlo.perceptron.patterns import Spins, errors


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One run of a solver on one instance.

    Attributes
    ----------
    solver : str
        Name of the algorithm.
    N, P : int
        Numbers of weights and patterns.
    w : array of int8, shape (N,)
        The weights it ended with.
    errors : int
        Number of patterns that they do not store, from their fields as integers; the solver's word is not taken for it.
    iterations : int
        Products with all patterns, or sweeps over them.
    """

    solver: str
    N: int
    P: int
    w: Spins
    errors: int
    iterations: int

    @property
    def solved(self) -> bool:
        """Whether all patterns are stored."""
        return self.errors == 0

    def __repr__(self) -> str:
        verdict = "all patterns stored" if self.solved else f"not solved: {self.errors} patterns are not stored"
        return f"{verdict}  [{self.solver}, N = {self.N}, P = {self.P}, {self.iterations} iterations]"


def attempt(solver: str, X: NDArray[Any], w: Spins, kappa: float, iterations: int) -> Attempt:
    """The answer of a solver, its errors counted."""
    P, N = X.shape
    return Attempt(solver=solver, N=N, P=P, w=w, errors=errors(X, w, kappa), iterations=iterations)
