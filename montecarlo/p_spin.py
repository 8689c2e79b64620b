"""Simulation of the Ising p-spin glass; see `montecarlo.glass` for what is measured."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from montecarlo import glass
from montecarlo.disorder_sample import Disorder, disorder_sample, gaussian_integers, p_spin_link
from montecarlo.engines.many_spin import TUPLES_LIMIT, Triplets, Tuples, triplets_engine, tuples_engine
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings
from statmech.checks import check_choice, check_integer
from statmech.models import PSpin
from statmech.results import Simulation

ENGINES = ("auto", "integer-couplings")
"""Both are the same: couplings on a grid, exact fields."""


def gaussian_engine(p: int, N: int, stream: np.random.SeedSequence, *, h: float = 0.0) -> Triplets | Tuples:
    r"""Engine of Gaussian couplings of variance :math:`p!/(2 N^{p-1})`, on the grid of `gaussian_integers`.

    For p = 3 a tensor: N up to 812. For other p a list of all tuples: N up to 119 for p = 4, 63 for p = 5,
    44 for p = 6.

    Parameters
    ----------
    p, N : int
        Number of interacting spins and of all spins, ``N >= p``.
    stream : numpy.random.SeedSequence
        The couplings' random numbers.
    h : float
        External field.

    Raises
    ------
    ValueError
        If an argument is out of its range, or there are too many couplings to hold.
    """
    p = check_integer("p", p, low=2)
    N = check_integer("N", N, low=p)
    count = math.comb(N, p)
    if p != 3 and count > TUPLES_LIMIT:
        raise ValueError(f"N = {N} is not allowed: it has {count} tuples of {p} spins, more than {TUPLES_LIMIT}")
    values, unit, field = gaussian_integers(count, math.sqrt(math.factorial(p) / (2 * N ** (p - 1))), h, stream)
    return triplets_engine(values, N, unit, field) if p == 3 else tuples_engine(values, N, p, unit, field)


@disorder_sample.register
def _disorder_sample(model: PSpin, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    """Gaussian couplings of all p-tuples."""
    check_choice("engine", engine, ENGINES)
    couplings = gaussian_engine(model.p, N, stream, h=model.h)
    symmetric = model.h == 0 and model.p % 2 == 0
    return Disorder(couplings, "integer-couplings", symmetric, p_spin_link(N, model.p), model.h)


@run_sample.register
def _run_sample(model: PSpin, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Simulate one set of couplings with two replicas at one temperature."""
    return glass.run_replicas(model, N, stream, settings)


@summarise.register
def _summarise(model: PSpin, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    return glass.average(model, N, records, settings)


@warm.register
def _warm(model: PSpin, settings: Settings) -> None:
    """Compile the engine that `settings` choose, and the measurements."""
    glass.warm_up(model, max(8, model.p), settings)
