r"""Ground states by parallel tempering and descent.

Two ladders run independently on each disorder sample. Now and then the replicas in their colder halves are copied,
and the copies descend to local minima; the lowest that each ladder has met is kept. Finding a state proves nothing,
but the ground state is the one that both ladders must find: samples in which their lowest energies differ are
not solved, and counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.averages import sample_mean
from montecarlo.disorder_sample import disorder_sample
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Engine, walker
from montecarlo.run import advance, descend
from montecarlo.settings import Settings, key_parts
from montecarlo.tempering.ladder import Ladder, check_temperatures, climb, empty_tally, random_ladder
from montecarlo.tempering.temperatures import DISORDER, DYNAMICS, Plan, plan
from statmech.models import Model, at_temperature
from statmech.results import Estimate
from statmech.streams import substream, unit_key, unit_stream

QUENCHES = 32
"""Times that the colder replicas are copied and descend."""

DESCENT = 1000
"""Sweeps that a descent may take; it takes about ten."""


@dataclass(frozen=True)
class Lowest:
    """Lowest state that two ladders found.

    Attributes
    ----------
    energy : float
        Its energy, of the whole system.
    spins : array of int8, shape (N,)
        The state.
    agreed : bool
        Whether the lowest energies of the two ladders are the same.
    """

    energy: float
    spins: NDArray[np.int8]
    agreed: bool


@dataclass(frozen=True, kw_only=True)
class GroundStates:
    """Ground-state energies of disorder samples.

    Attributes
    ----------
    model : Model
        The system.
    N : int
        Number of spins.
    u : Estimate
        Energy per spin, averaged over samples.
    energies : array, shape (n,)
        Energy per spin of each sample.
    agreed : array of bool, shape (n,)
        Whether both ladders of a sample found it.
    """

    model: Model
    N: int
    u: Estimate
    energies: NDArray[np.float64]
    agreed: NDArray[np.bool_]

    def __repr__(self) -> str:
        solved = f"{int(self.agreed.sum())} of {len(self.agreed)} samples solved"
        return f"u = {self.u!r}  [ground states, N = {self.N}, {solved}]"


def lowest_state(
    engine: Engine,
    temperatures: Sequence[float] | NDArray[np.float64],
    stream: np.random.SeedSequence,
    settings: Settings,
) -> Lowest:
    """Look for the ground state of one disorder sample.

    Parameters
    ----------
    engine : Engine
        The couplings.
    temperatures : sequence of float
        The ladder, increasing.
    stream : numpy.random.SeedSequence
        Random numbers.
    settings : Settings
        Its `sweeps`, in rounds of `interval`, are divided among `QUENCHES` descents.

    Raises
    ------
    ValueError
        If the temperatures are not positive and increasing.
    """
    ladder = random_ladder(engine, check_temperatures(temperatures), stream)
    tally = empty_tally(len(ladder.temperatures), engine.N)
    rounds = settings.sweeps // settings.interval
    best = [(np.inf, ladder.spins[0])] * 2
    for quench in range(1, QUENCHES + 1):
        count = rounds * quench // QUENCHES - int(ladder.clock[0])
        if count == 0:
            continue
        climb(engine, ladder, tally, count, settings, measured=False)
        best = [min(best[c], *_minima(engine, ladder, c), key=lambda found: found[0]) for c in range(2)]
    agreed = bool(np.isclose(best[0][0], best[1][0], rtol=1e-9))
    energy, spins = min(best, key=lambda found: found[0])
    return Lowest(float(energy), spins, agreed)


def _minima(engine: Engine, ladder: Ladder, c: int) -> list[tuple[float, NDArray[np.int8]]]:
    """Local minima below the replicas in the colder half of a ladder, with their energies."""
    rule = acceptance("heat-bath", 0.0, engine.unit)
    unused = np.random.SeedSequence(0)  # descents in sequential order draw words but do not look at them
    found = []
    for k in ladder.holder[c, : (len(ladder.temperatures) + 1) // 2]:
        copy = walker(engine, ladder.spins[k], unused)
        descend(engine, copy, limit=DESCENT)
        block = next(advance(engine, copy, rule, sweeps=1))
        found.append((float(block.energies[0]), block.spins[0]))
    return found


def ground_states(
    model: Model,
    *,
    N: int,
    temperatures: Sequence[float] | int,
    samples: int,
    seed: int,
    hottest: float | None = None,
    **settings: Any,
) -> GroundStates:
    """Ground states of `samples` disorder samples by parallel tempering and descent.

    Parameters
    ----------
    model, N, temperatures, samples, seed, hottest, **settings
        As for `montecarlo.temper`; all sweeps are searched, there is no thermalization to discard. A ladder that is
        chosen begins at ``model.T``, or at `montecarlo.tempering.temperatures.COLDEST` times `hottest` if that is 0.

    Raises
    ------
    ValueError
        If an argument is out of its range, or the system has no disorder samples.
    """
    run = plan(model, N=N, temperatures=temperatures, samples=samples, seed=seed, hottest=hottest, settings=settings)
    found = []
    for sample in range(run.samples):
        stream = sample_stream(model, run, sample)
        disorder = disorder_sample(model, N=run.N, stream=substream(stream, DISORDER), engine=run.settings.engine)
        found.append(lowest_state(disorder.engine, run.temperatures, substream(stream, DYNAMICS), run.settings))
    energies = np.array([state.energy / run.N for state in found])
    agreed = np.array([state.agreed for state in found])
    return GroundStates(
        model=at_temperature(model, 0.0), N=run.N, u=sample_mean(energies), energies=energies, agreed=agreed
    )


def sample_stream(model: Model, run: Plan, sample: int) -> np.random.SeedSequence:
    """Stream of a disorder sample of `ground_states`; its couplings are those of the substream `DISORDER`."""
    parts = {"N": run.N, "sample": sample, "temperatures": run.temperatures.tolist(), **key_parts(run.settings)}
    return unit_stream(run.seed, unit_key(at_temperature(model, 0.0), "ground state", parts))
