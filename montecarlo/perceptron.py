r"""Simulation of binary perceptrons: what storage and teacher and student have in common.

Patterns are multiplied by their labels. Two replicas of each disorder sample, as in `montecarlo.glass`, but for their
starts. A half of the thermalization brings each to the temperature, in the other half both stay there.

A
    is annealed from a random state down to the temperature: it comes from high energies.
B, storage
    is annealed from another random state down to T = 0, and then put to the temperature: it comes from the lowest
    energies that annealing finds. These are not typical solutions, which are isolated and which no local search finds;
    nor is there another way to plant one, since patterns drawn around given weights are another ensemble. Where
    annealing itself gets stuck above the energy of equilibrium, B comes from above as A does, and what tells is that
    the two are stuck at different energies.
B, teacher and student
    starts from a state with overlap `montecarlo.retrieval.CORRUPTED` with the teacher, or with ``start="random"``
    as in storage. Not from the teacher: nothing leaves it. One flip violates of the order of :math:`\alpha\sqrt N`
    examples, so that perfect learning is metastable at every load and temperature, and survives any run. Where A
    finds it and B too, or neither does, the verdict is on that state; that the other has less weight is for the
    theory to say, from the free energies.

The verdict is that of `montecarlo.glass`: the energies of the replicas, those of the halves of the run, and whether
the replicas stay at different energies through many blocks of it. Deep in the glass, as at :math:`\alpha = 1`,
:math:`\beta = 2`, single flips do not equilibrate, and the verdict says so.

Measured are u, the number of errors per weight, and q, the overlap of the replicas.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo import glass
from montecarlo.acceptance import acceptance
from montecarlo.annealing import anneal
from montecarlo.disorder_sample import gaussian_integers
from montecarlo.engines import Engine, Walker, fresh_cache, walker
from montecarlo.perceptron_engine import perceptron_engine
from montecarlo.retrieval import CORRUPTED
from montecarlo.run import relax
from montecarlo.sample import Record
from montecarlo.settings import Settings
from statmech.checks import check_choice, check_integer
from statmech.disorder import rademacher_patterns
from statmech.models import BinaryPerceptron, TeacherStudent
from statmech.results import Simulation
from statmech.streams import substream

ENGINES = ("auto", "fields", "gaussian-fields")
"""``"auto"`` is ``"fields"``, patterns ±1."""

HOTTEST = 2.0
"""Temperature that annealing begins at, in units of an error's energy."""

MARGIN = 0.2
"""What the stability that `annealed_weights` anneals at exceeds the one that is asked for by."""

CELLS_LIMIT = 2**30
"""Largest number of pattern entries, N P."""

PLANTED = 5
"""Label of the planted start's stream, after those of `montecarlo.glass`."""

Perceptron = BinaryPerceptron | TeacherStudent


def check_size(model: Perceptron, N: int, engine: str) -> tuple[int, int]:
    """Return the numbers of patterns and weights.

    Raises
    ------
    ValueError
        If N is even and patterns are ±1, there is no pattern, or they do not fit into memory.
    """
    gaussian = check_choice("engine", engine, ENGINES) == "gaussian-fields"
    N = check_integer("N", N, low=2)
    if not gaussian and N % 2 == 0:
        raise ValueError(
            f"N = {N} is not allowed: with patterns ±1 fields vanish at even N, and have no sign; N must be odd, "
            "or engine='gaussian-fields', which takes any N"
        )
    if model.alpha * N < 0.5:
        raise ValueError(
            f"alpha = {model.alpha} is not allowed at N = {N}: there is no pattern, and all weights have u = 0; "
            f"alpha must be at least {0.5 / N:.3g}"
        )
    P = model.patterns(N)
    if N * P > CELLS_LIMIT:
        raise ValueError(f"N = {N} is not allowed: P = {P} patterns of N entries take more than {CELLS_LIMIT} bytes")
    return P, N


def draw_patterns(
    model: Perceptron, N: int, engine: str, stream: np.random.SeedSequence
) -> tuple[NDArray[np.int8] | NDArray[np.int16], float]:
    """Patterns of independent entries, shape (P, N), in multiples of a unit, and the unit.

    Raises
    ------
    ValueError
        As for `check_size`.
    """
    P, N = check_size(model, N, engine)
    if engine == "gaussian-fields":
        values, unit, _ = gaussian_integers(P * N, 1.0, 0.0, stream)
        return values.reshape(P, N), unit
    return rademacher_patterns(P, N, stream), 1.0


def run_pair(model: Perceptron, N: int, stream: np.random.SeedSequence, settings: Settings, *, planted: bool) -> Record:
    """Simulate one set of patterns with two replicas; see the module.

    Parameters
    ----------
    model, N, stream, settings
        As for `montecarlo.sample.run_sample`.
    planted : bool
        Whether there is a teacher, at the weights +1, for replica B to start near.
    """
    check_choice("start", settings.start, ("retrieval", "random"))

    def prepare(engine: Engine, replicas: Sequence[Walker]) -> None:
        first, second = replicas
        early = settings.thermalization // 2
        anneal(engine, first, model.T, hottest=HOTTEST, sweeps=early, settings=settings)
        if planted and settings.start == "retrieval":
            generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, PLANTED)))
            second.spins[:] = 1
            second.spins[generator.permutation(N)[: round(N * (1 - CORRUPTED) / 2)]] = -1
            second.cache[:] = fresh_cache(engine, second.spins)
        else:
            anneal(engine, second, 0.0, hottest=HOTTEST, sweeps=early, settings=settings)
        if model.T > 0:
            rule = acceptance(settings.rule, model.T, engine.unit)
            for replica in replicas:
                relax(engine, replica, rule, settings.thermalization - early, settings.order)

    return glass.run_replicas(model, N, stream, settings, prepare)


def average(model: Perceptron, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    simulation = glass.average(model, N, records, settings)
    kept = {name: value for name, value in simulation.estimates.items() if name not in ("m", "q2", "binder")}
    return replace(simulation, estimates=kept)


def warm_up(model: Perceptron, settings: Settings, *, planted: bool) -> None:
    """Compile what a run under `settings` needs, by a tiny one."""
    short = replace(settings, sweeps=2 * settings.interval, thermalization=2)
    at = 1.0 if settings.hottest is None else 0.5 * settings.hottest
    run_pair(replace(model, alpha=1.0, T=at), 9, np.random.SeedSequence(0), short, planted=planted)


def annealed_weights(
    X: NDArray[Any],
    *,
    kappa: float = 0.0,
    margin: float = MARGIN,
    sweeps: int = 2000,
    stream: np.random.SeedSequence,
) -> tuple[NDArray[np.int8], int]:
    r"""Look for weights that store patterns, by simulated annealing of the stability-weighted cost to T = 0.

    Annealing the number of errors, or the cost at the stability that is asked for, gets stuck with a few errors even at
    low load: typical solutions are isolated. At a stability a little higher the cost leads to where many solutions are.
    Of four sets of patterns at N = 401 and :math:`\kappa = 0`, 1000 sweeps with a margin of 0.2 solved all at
    :math:`\alpha = 0.3` and three at 0.5, without it two and none; at 0.65 neither solved any, and 4 and 13 errors
    were left on average.

    Parameters
    ----------
    X : array of integers, shape (P, N)
        Patterns multiplied by their labels.
    kappa : float
        Stability.
    margin : float
        What the cost's stability exceeds `kappa` by.
    sweeps : int
        Sweeps of the annealing.
    stream : numpy.random.SeedSequence
        Random numbers.

    Returns
    -------
    weights : array of int8, shape (N,)
    errors : int
        Patterns that they do not store; 0 is a solution.

    Raises
    ------
    ValueError
        As for `montecarlo.perceptron_engine.perceptron_engine`.

    Examples
    --------
    >>> import numpy as np
    >>> X = 2 * np.random.default_rng(1).integers(0, 2, (40, 101)) - 1
    >>> annealed_weights(X, stream=np.random.SeedSequence(1))[1]
    0
    """
    engine = perceptron_engine(np.asarray(X), kappa + margin, cost="stability")
    generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, 0)))
    replica = walker(engine, 2 * generator.integers(0, 2, engine.N, np.int8) - 1, substream(stream, 1))
    sweeps = check_integer("sweeps", sweeps, low=1)
    anneal(engine, replica, 0.0, hottest=HOTTEST, sweeps=sweeps, settings=Settings(sweeps=sweeps))
    return replica.spins, int(np.sum(np.asarray(X) @ replica.spins.astype(np.int64) < kappa * math.sqrt(engine.N)))
