r"""Simulated annealing as a solver: down to T = 0 in the number of errors, or in what fields lack.

Annealing the number of errors, or the other cost at the stability that is asked for, gets stuck with a few errors even
at low load: typical solutions are isolated. At a stability a little higher the costs lead to where many solutions are.
Of four sets of patterns at N = 401 and :math:`\kappa = 0`, 1000 sweeps of what fields lack with a margin of 0.2 solved
all at :math:`\alpha = 0.3` and three at 0.5, without it two and none; at 0.65 neither solved any, and 4 and 13 errors
were left on average.
"""

import numpy as np
from numpy.typing import ArrayLike

from montecarlo.annealing import anneal
from montecarlo.engines.engine import walker
from montecarlo.engines.perceptron import check_fields, perceptron_engine
from montecarlo.message_passing.attempt import Attempt, attempt
from montecarlo.perceptron.replicas import HOTTEST
from montecarlo.settings import Settings
from statmech.checks import check_integer, check_real
from statmech.disorder import rademacher_patterns
from statmech.streams import check_stream, substream

MARGIN = 0.2
"""What the stability that is annealed at exceeds the one that is asked for by."""


def annealed_weights(
    X: ArrayLike,
    stream: np.random.SeedSequence,
    *,
    kappa: float = 0.0,
    cost: str = "stability",
    margin: float = MARGIN,
    sweeps: int = 2000,
) -> Attempt:
    """Look for a solution by simulated annealing.

    Parameters
    ----------
    X : array of integers, shape (P, N)
        Patterns multiplied by their labels; ±1 with N odd.
    stream : numpy.random.SeedSequence
        Random numbers.
    kappa : float
        Stability that is asked for.
    cost : str
        ``"errors"`` or ``"stability"``; see `montecarlo.engines.perceptron`.
    margin : float
        What the cost's stability exceeds `kappa` by.
    sweeps : int
        Sweeps of the annealing.

    Returns
    -------
    Attempt

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> import numpy as np, statmech as sm
    >>> from montecarlo.message_passing import annealed_weights, storage_patterns
    >>> X = storage_patterns(sm.BinaryPerceptron(alpha=0.4), 101, np.random.SeedSequence(1))
    >>> annealed_weights(X, np.random.SeedSequence(1)).solved
    True
    """
    patterns, sweeps = np.asarray(X), check_integer("sweeps", sweeps, low=1)
    kappa, margin = check_real("kappa", kappa), check_real("margin", margin)
    engine = perceptron_engine(patterns, kappa + margin, cost=cost)
    check_fields(patterns)
    check_stream(stream)
    replica = walker(engine, rademacher_patterns(1, engine.N, substream(stream, 0))[0], substream(stream, 1))
    anneal(engine, replica, 0.0, hottest=HOTTEST, sweeps=sweeps, settings=Settings(sweeps=sweeps))
    return attempt(f"annealing of {cost}", patterns, replica.spins, kappa, sweeps)
