"""Success rates: the fraction of instances that solvers of the binary perceptron solve, against the load."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest

from montecarlo.engines.perceptron import check_odd
from montecarlo.message_passing.annealed import annealed_weights
from montecarlo.message_passing.max_sum import max_sum
from montecarlo.message_passing.reinforced import reinforced_amp
from montecarlo.message_passing.sbpi import sbpi
from montecarlo.perceptron.patterns import Spins, errors, storage_patterns
from statmech.checks import check_integer, check_spins
from statmech.models import BinaryPerceptron
from statmech.streams import substream, unit_key, unit_stream

Solver = Callable[[Spins, np.random.SeedSequence], Spins]

SOLVERS: Mapping[str, Solver] = {
    "reinforced AMP": lambda X, stream: reinforced_amp(X).w,
    "max-sum": lambda X, stream: max_sum(X, stream).w,
    "SBPI": lambda X, stream: sbpi(X, stream).w,
    "annealing, errors": lambda X, stream: annealed_weights(X, stream, cost="errors", margin=0.0).w,
    "annealing, stability": lambda X, stream: annealed_weights(X, stream).w,
}
"""The solvers of this package for labels that are random, at κ = 0."""

SOLVING = 1
"""Label of the stream of the first solver, below that of the instance."""


@dataclass(frozen=True, kw_only=True)
class SuccessRates:
    """How many instances each solver solved.

    Attributes
    ----------
    N, instances : int
        Number of weights, and of instances at each load.
    alpha : array, shape (A,)
    solved : mapping of str to array of int, shape (A,)
        By solver, the number of solved instances.
    """

    N: int
    instances: int
    alpha: NDArray[np.float64]
    solved: Mapping[str, NDArray[np.int64]]

    def interval(self, solver: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Wilson's interval of the probability of success, at the confidence of one standard deviation."""
        tests = [binomtest(int(k), self.instances) for k in self.solved[solver]]
        bounds = [test.proportion_ci(confidence_level=0.683, method="wilson") for test in tests]
        return np.array([bound.low for bound in bounds]), np.array([bound.high for bound in bounds])

    def __repr__(self) -> str:
        rows = [
            f"{name}: " + ", ".join(f"{k} at {a:.4g}" for k, a in zip(solved, self.alpha, strict=True))
            for name, solved in self.solved.items()
        ]
        return f"of {self.instances} instances of N = {self.N} solved by\n" + "\n".join(rows)


def success_rates(
    alpha: ArrayLike,
    *,
    N: int,
    instances: int,
    seed: int,
    solvers: Mapping[str, Solver] = SOLVERS,
) -> SuccessRates:
    """Let every solver try the same instances of random labels at κ = 0.

    Parameters
    ----------
    alpha : array_like
        Loads.
    N : int
        Number of weights, odd.
    instances : int
        Number of instances at each load.
    seed : int
        The instances of a load depend on it and on N, not on the other loads or on the solvers.
    solvers : mapping of str to callable
        By name, functions of patterns of shape (P, N) and of a stream, which return weights: whether these store all
        patterns is found out here, from exact fields.

    Returns
    -------
    SuccessRates

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    check_odd(N)
    loads, count = np.atleast_1d(np.asarray(alpha, float)), check_integer("instances", instances, low=1)
    if loads.size == 0:
        raise ValueError("alpha = [] is not allowed: alpha must have at least one load")
    check_integer("seed", seed, low=0)
    solved = {name: np.zeros(loads.size, np.int64) for name in solvers}
    for j, load in enumerate(loads.tolist()):
        model = BinaryPerceptron(alpha=load)
        for k in range(count):
            stream = unit_stream(seed, unit_key(model, "instance", {"N": N, "sample": k}))
            X = storage_patterns(model, N, stream)
            for label, (name, solver) in enumerate(solvers.items()):
                w = check_spins("w", solver(X, substream(stream, SOLVING + label)), dimensions=1)
                solved[name][j] += errors(X, w) == 0
    return SuccessRates(N=N, instances=count, alpha=loads, solved=solved)
