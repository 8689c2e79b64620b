r"""The random energy model: exact enumeration and single-flip dynamics; see `montecarlo.glass` for what is measured.

All :math:`2^N` energies are drawn and held, N up to 24. `enumerate_states` needs no simulation.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from montecarlo import glass
from montecarlo.averages import sample_mean
from montecarlo.disorder_sample import Disorder, disorder_sample
from montecarlo.engines.many_spin import TABLE_LIMIT, Table, table_engine
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings
from statmech.checks import check_choice, check_integer, check_real
from statmech.models import RandomEnergy
from statmech.results import Estimate, Simulation
from statmech.streams import unit_key, unit_stream


def gaussian_levels(N: int, stream: np.random.SeedSequence) -> NDArray[np.float64]:
    r"""Energies of all :math:`2^N` states, independent with variance N/2.

    Raises
    ------
    ValueError
        If N is not between 2 and 24.
    """
    N = check_integer("N", N, low=2, high=TABLE_LIMIT)
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    return math.sqrt(N / 2) * generator.standard_normal(2**N)


@dataclass(frozen=True)
class Exact:
    """Exact averages over the states of disorder samples, at one temperature.

    Attributes
    ----------
    f, u, s : Estimate
        Free energy, energy and entropy per spin.
    same : Estimate
        Probability that two real replicas are in the same state, overlap 1: the weight 1 - x of the frozen phase.
    ground : Estimate
        Lowest energy per spin.
    """

    f: Estimate
    u: Estimate
    s: Estimate
    same: Estimate
    ground: Estimate


def level_averages(energies: NDArray[np.float64], T: float) -> dict[str, float]:
    """Averages over enumerated levels, shape (2^N,), per spin: f, u, s, same, ground; T = 0 is the ground state.

    Raises
    ------
    ValueError
        If T is negative.
    """
    N = len(energies).bit_length() - 1
    ground = float(energies.min()) / N
    if check_real("T", T, low=0.0) == 0:
        return {"f": ground, "u": ground, "s": 0.0, "same": 1.0, "ground": ground}
    log_Z = float(logsumexp(-energies / T))
    weights = np.exp(-energies / T - log_Z)
    u = float(weights @ energies) / N
    f = -T * log_Z / N
    return {"f": f, "u": u, "s": (u - f) / T, "same": float(weights @ weights), "ground": ground}


def enumerate_states(model: RandomEnergy, *, N: int, samples: int, seed: int) -> Exact:
    """Exact averages of `samples` disorder samples at size N; the same levels at every temperature.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    samples = check_integer("samples", samples, low=1)
    seed = check_integer("seed", seed, low=0)
    N = check_integer("N", N, low=2, high=TABLE_LIMIT)
    rows = []
    for sample in range(samples):
        key = unit_key(RandomEnergy(T=0.0), "levels", {"N": N, "sample": sample})
        rows.append(level_averages(gaussian_levels(N, unit_stream(seed, key)), model.T))
    return Exact(**{name: sample_mean(np.array([row[name] for row in rows])) for name in rows[0]})


@disorder_sample.register
def _disorder_sample(model: RandomEnergy, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    """Enumerated levels."""
    check_choice("engine", engine, ("auto",))
    levels: Table = table_engine(gaussian_levels(N, stream))
    # Levels are independent: by parts, [u] = -β/2 (1 - [probability that two replicas are in the same state]).
    link = np.full(N + 1, 0.5)
    link[N] = 0.0
    return Disorder(levels, "enumerated", symmetric=False, link=link)


@run_sample.register
def _run_sample(model: RandomEnergy, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Simulate one set of levels with two replicas at one temperature."""
    return glass.run_replicas(model, N, stream, settings)


@summarise.register
def _summarise(model: RandomEnergy, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    return glass.average(model, N, records, settings)


@warm.register
def _warm(model: RandomEnergy, settings: Settings) -> None:
    """Compile the engine that `settings` choose, and the measurements."""
    glass.warm_up(model, 8, settings)
