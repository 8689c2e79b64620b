"""Simulation of dense Hebbian networks; see `montecarlo.retrieval` for what is measured.

Single-spin flips through the overlaps with the patterns (`montecarlo.engines.dense`): no coupling of P spins is ever
formed, an attempt costs one pass over the K patterns.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from montecarlo import retrieval
from montecarlo.disorder_sample import Disorder, disorder_sample
from montecarlo.engines.dense import KERNELS, LookUp, OddPart, check_room, choose_kernel, interaction_engine
from montecarlo.engines.interactions import dense_interaction
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings, check_single, check_undiluted
from statmech.disorder import rademacher_patterns
from statmech.models import DenseHebbian
from statmech.results import Simulation
from statmech.streams import substream


def dense_engine(
    model: DenseHebbian, N: int, stream: np.random.SeedSequence, *, name: str = "auto", rule: str = "heat-bath"
) -> tuple[LookUp | OddPart, np.ndarray, str]:
    """Draw the patterns of a network of N spins and build its engine.

    Parameters
    ----------
    model : DenseHebbian
        The network.
    N : int
        Number of spins.
    stream : numpy.random.SeedSequence
        The patterns' random numbers.
    name, rule : str
        As in `montecarlo.Settings`; the rule matters for the choice of the engine alone.

    Returns
    -------
    engine : LookUp or OddPart
    patterns : array of int8, shape (K, N)
    name : str
        The engine's name.

    Raises
    ------
    ValueError
        If an argument is out of its range, or there are more patterns than an engine holds.
    """
    K = model.patterns(N)
    check_room(N, K)
    values = dense_interaction(N, model.P, model.indices)
    chosen = choose_kernel(name, values, K, rule, model.T)
    patterns = rademacher_patterns(K, N, stream)
    return interaction_engine(patterns, values, chosen), patterns, chosen


@run_sample.register
def _run_sample(model: DenseHebbian, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Simulate one set of patterns with two replicas."""
    check_single(settings, "a dense network")
    check_undiluted(settings, "a dense network")
    retrieval.count_condensed(settings.start, N, model.patterns(N))
    engine, patterns, name = dense_engine(
        model, N, substream(stream, retrieval.PATTERNS), name=settings.engine, rule=settings.rule
    )
    record: Record = {"engine": name, "K": len(patterns)}
    return record | retrieval.run_pair(engine, patterns, model.T, settings, stream)


@disorder_sample.register
def _disorder_sample(model: DenseHebbian, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    """Random patterns; for all even P a flip of all spins leaves the energy as it is."""
    network, _, name = dense_engine(model, N, stream, name=engine)
    return Disorder(network, name, symmetric=True)


@summarise.register
def _summarise(model: DenseHebbian, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    return retrieval.average(model, N, records, settings)


@warm.register
def _warm(model: DenseHebbian, settings: Settings) -> None:
    """Compile the engines that `settings` can choose, and the measurements."""
    small = DenseHebbian(P=4, gamma=0.1, T=1.0)
    for name in KERNELS if settings.engine == "auto" else (settings.engine,):
        short = Settings(sweeps=2, thermalization=1, start="random", engine=name)
        run_sample(small, N=16, stream=np.random.SeedSequence(0), settings=short)
