r"""Parallel tempering of any system: `temper`, as `simulate` but at a whole ladder of temperatures.

Measured after every round, at every temperature, and averaged over time, both ladders and disorder samples:

u, m, c
    Energy and magnetisation per spin; specific heat :math:`(\langle H^2 \rangle - \langle H \rangle^2)/(N T^2)`.
q, q2, binder, P_q
    As in `montecarlo.glass`, with replicas from the two ladders. Without a field, where a flip of all spins leaves
    the energy as it is, P_q is symmetrised. ``P_q_err`` is its standard error over disorder samples. Of perceptrons
    there are q and P_q alone, and no m.
r, eps_gibbs, eps_bayes
    Of teacher and student, as in `montecarlo.teacher_student`.
gap
    :math:`u + h m + \beta L`, which vanishes in equilibrium: of Gaussian couplings only.

The verdict
-----------
At each temperature the gap, and second minus first half of u and of q2, must vanish on average over disorder
samples within their errors (Student's test at `montecarlo.equilibration.LEVEL`, divided by the number of
comparisons made at once). From random states the energy approaches its mean from above and q2 from below,
so the gap approaches zero from above. Of a single sample the gap says nothing: there the halves, and the energies of
the two ladders, are compared within the errors that the blocks of its own run tell.
At low temperatures the gap of a few samples is noisy. The difference of the energies of the two ladders is not: it
vanishes in each sample, and where the ladders find different states, or one of them a state of low energy long
after the other, it keeps its sign through many blocks of the run; see `montecarlo.equilibration.judge_states`. A run
shorter than about twenty autocorrelation times of this difference is not called equilibrated.
A temperature passes if it and all hotter ones do, where its replicas come from.
A ladder that nobody travels cannot be trusted either: each replica must on average have made
`montecarlo.equilibration.TRIPS` round trips, and in no sample's ladder fewer than one.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.averages import sample_mean
from montecarlo.disorder_sample import disorder_sample
from montecarlo.equilibration import JUDGED, judge_ladder, judge_travels
from montecarlo.glass import binder
from montecarlo.measure import OVERLAP_CENTRES
from montecarlo.overlaps import average_density
from montecarlo.sample import Record
from montecarlo.settings import Settings, key_parts
from montecarlo.tempering.ladder import check_temperatures
from montecarlo.tempering.sample import continue_run, run_record, start_run
from montecarlo.tempering.temperatures import DISORDER, DYNAMICS, Plan, plan
from statmech.models import Model, at_temperature
from statmech.results import Estimate, Simulation
from statmech.streams import substream, unit_key, unit_stream

OBSERVED = ("q", "u", "m", "q2", "q4", "c", "gap")
"""What is measured of each sample at each temperature, and estimates are made of."""


@dataclass(frozen=True, kw_only=True)
class Tempered:
    """A simulation at each temperature of a ladder, and how replicas travelled.

    Attributes
    ----------
    temperatures : array, shape (R,)
        Increasing.
    simulations : tuple of Simulation
        One for each temperature, with verdicts of their own.
    swap_rates : tuple of Estimate
        Fraction of swaps done between each temperature and the next.
    round_trips : Estimate
        Round trips for each replica, in all measured rounds.
    flow : array, shape (R,)
        Fraction of replicas at each temperature that were last at the hottest: from 0 to 1, evenly if nothing is
        in the way.
    equilibrated : bool
    verdict : str
        The largest deviation of all temperatures.
    """

    temperatures: NDArray[np.float64]
    simulations: tuple[Simulation, ...]
    swap_rates: tuple[Estimate, ...]
    round_trips: Estimate
    flow: NDArray[np.float64]
    equilibrated: bool
    verdict: str

    def __len__(self) -> int:
        return len(self.simulations)

    def __getitem__(self, rung: int) -> Simulation:
        return self.simulations[rung]

    def at(self, T: float) -> Simulation:
        """Return the simulation at temperature `T`.

        Raises
        ------
        ValueError
            If it is not among the temperatures.
        """
        for simulation in self.simulations:
            if math.isclose(simulation.model.T, T, rel_tol=1e-9):
                return simulation
        raise ValueError(f"T = {T} is not allowed: the temperatures are {self.temperatures.tolist()}")

    def mean(self, name: str) -> NDArray[np.float64]:
        """Means of an observable at all temperatures, shape (R,)."""
        return np.array([getattr(simulation, name).mean for simulation in self.simulations])

    def error(self, name: str) -> NDArray[np.float64]:
        """Errors of an observable at all temperatures, shape (R,)."""
        return np.array([getattr(simulation, name).error for simulation in self.simulations])

    def to_dict(self) -> dict[str, Any]:
        """Plain data: arrays over the temperatures under the names of `Simulation.to_dict`, and the travels."""
        rows = [simulation.to_dict() for simulation in self.simulations]
        one = {name: rows[0][name] for name in ("N", "samples", "engine")}
        many = {name: np.array([row[name] for row in rows]) for name in rows[0] if name not in (*one, "verdict")}
        return {"T": self.temperatures, **one, **many} | {
            "swap_rates": np.array([rate.mean for rate in self.swap_rates]),
            "round_trips": self.round_trips.mean,
            "flow": self.flow,
            "verdict": self.verdict,
        }

    def __repr__(self) -> str:
        rates = [rate.mean for rate in self.swap_rates]
        head = [
            f"T = {self.temperatures[0]:.4g} … {self.temperatures[-1]:.4g}: {len(self)} temperatures",
            f"swap rates {min(rates):.2f} … {max(rates):.2f}",
            f"{self.round_trips!r} round trips a replica",
            "equilibrated" if self.equilibrated else f"NOT equilibrated: {self.verdict}",
        ]
        rows = [
            f"T = {simulation.model.T:<8.4g}"
            + "  ".join(f"{name} = {value!r}" for name, value in simulation.estimates.items())
            for simulation in self.simulations
        ]
        return "\n".join([", ".join(head), *rows])


def temper(
    model: Model,
    *,
    N: int,
    temperatures: Sequence[float] | int,
    samples: int,
    seed: int,
    hottest: float | None = None,
    **settings: Any,
) -> Tempered:
    """Simulate disorder samples of `model` at many temperatures at once, by parallel tempering.

    Parameters
    ----------
    model : Model
        The system. Its own temperature is used only if the ladder is to be chosen: it is the coldest, or if it is 0
        the coldest is `montecarlo.tempering.temperatures.COLDEST` times `hottest`.
    N : int
        Number of spins.
    temperatures : sequence of float, or int
        The ladder, increasing; or how many temperatures to choose between ``model.T`` and `hottest`. They are then
        adapted to equal swap rates on four disorder samples of their own, with the rounds of a thermalization, and
        fixed before the simulation begins.
    samples : int
        Number of disorder samples, at least 1.
    seed : int
        Seed of all random numbers.
    hottest : float, optional
        Hottest temperature of a ladder that is to be chosen.
    **settings
        The fields of `Settings`: `interval` sweeps are one round, which ends with a measurement and swaps. Replicas
        start from random states, whatever `start` is.

    Raises
    ------
    ValueError
        If an argument is out of its range, or the system has no disorder samples.
    TypeError
        If a setting does not exist.

    Examples
    --------
    >>> import statmech as sm, montecarlo
    >>> glass = sm.SherringtonKirkpatrick(T=0.5)
    >>> montecarlo.temper(glass, N=32, temperatures=6, hottest=1.5, samples=4, seed=1, sweeps=400).at(0.5).N
    32
    """
    run = plan(model, N=N, temperatures=temperatures, samples=samples, seed=seed, hottest=hottest, settings=settings)
    records = [
        temper_sample(
            model, N=run.N, temperatures=run.temperatures, stream=_stream(model, run, sample), settings=run.settings
        )
        for sample in range(run.samples)
    ]
    return summarise_tempering(model, run.N, run.temperatures, records, run.settings)


def _stream(model: Model, run: Plan, sample: int) -> np.random.SeedSequence:
    """Stream of a disorder sample; the temperature that the model came with does not matter."""
    parts = {"N": run.N, "sample": sample, "temperatures": run.temperatures.tolist(), **key_parts(run.settings)}
    return unit_stream(run.seed, unit_key(at_temperature(model, float(run.temperatures[0])), "tempering", parts))


def temper_sample(
    model: Model,
    *,
    N: int,
    temperatures: Sequence[float] | NDArray[np.float64],
    stream: np.random.SeedSequence,
    settings: Settings,
) -> Record:
    """Run one disorder sample from beginning to end; see `montecarlo.tempering.sample` for stopping in between.

    Returns
    -------
    dict
        Plain data, arrays over the temperatures: all that `summarise_tempering` needs.
    """
    ladder = check_temperatures(temperatures)
    disorder = disorder_sample(model, N=N, stream=substream(stream, DISORDER), engine=settings.engine)
    run = start_run(disorder, ladder, substream(stream, DYNAMICS))
    continue_run(disorder, run, settings)
    return run_record(disorder, run, settings)


def summarise_tempering(
    model: Model,
    N: int,
    temperatures: NDArray[np.float64],
    records: Sequence[Mapping[str, Any]],
    settings: Settings,
) -> Tempered:
    """Average the records of disorder samples and judge equilibration.

    Raises
    ------
    ValueError
        If there is no record.
    """
    if not records:
        raise ValueError("records = [] is not allowed: a simulation has at least one disorder sample")
    columns = {name: np.array([record[name] for record in records]) for name in records[0] if name != "engine"}
    travelled, travels = judge_travels(columns["trips"], columns["fewest_trips"], len(temperatures))
    judged = {name: columns[name] for name in JUDGED}
    judgements = judge_ladder(judged, temperatures, blocks=int(columns["blocks"].min()))
    simulations = []
    for k, (T, judgement) in enumerate(zip(temperatures, judgements, strict=True)):
        simulations.append(
            Simulation(
                model=at_temperature(model, float(T)),
                N=N,
                samples=len(records),
                estimates=observables(model, {name: columns[name][:, k] for name in OBSERVED}),
                acceptance=float(columns["acceptance"][:, k].mean()),
                equilibrated=travelled and judgement.excess <= 1,
                verdict=f"{judgement.verdict}; {travels}",
                engine=f"{records[0]['engine']}, {settings.rule}, {settings.order}, tempering",
                arrays=average_density(columns["P_q"][:, k]),
                bins={"P_q": OVERLAP_CENTRES},
            )
        )
    return Tempered(
        temperatures=np.array(temperatures),
        simulations=tuple(simulations),
        swap_rates=tuple(sample_mean(rates) for rates in columns["swap_rates"].T),
        round_trips=sample_mean(columns["trips"]),
        flow=columns["flow"].mean(0),
        equilibrated=all(simulation.equilibrated for simulation in simulations),
        verdict=simulations[0].verdict,
    )


@singledispatch
def observables(model: Model, columns: Mapping[str, NDArray[np.float64]]) -> dict[str, Estimate]:
    """Estimates at one temperature; systems whose simulation measures others register their own.

    Parameters
    ----------
    model : Model
        The system.
    columns : mapping of str to array, shape (n,)
        What was measured of each disorder sample: `OBSERVED`.
    """
    estimates = {name: sample_mean(columns[name]) for name in ("q", "u", "m", "q2", "c")}
    estimates["binder"] = binder(columns["q2"], columns["q4"])
    if not np.all(np.isnan(columns["gap"])):
        estimates["gap"] = sample_mean(columns["gap"])
    return estimates
