r"""Simulation of a spin glass at one state point: what all glasses have in common.

Each disorder sample runs two real replicas: A starts from a random state (hot), B from the local minimum that a
descent from another one reaches (cold). There are no patterns to start from: the setting `start` may be
``"random"`` or keep its default, which mean the same here. Deep in the glass phase single-spin flips do not
equilibrate; parallel tempering does. With the setting `temperatures` above 1 the replicas are those of two ladders at
their lowest temperature, the model's, and start from random states; `montecarlo.temper` answers at all temperatures
at once. Averaged over time and samples:

u
    Energy per spin, H/N.
m
    Magnetisation per spin.
q
    Overlap of the replicas, :math:`q = \tfrac1N \sum_i s_i^A s_i^B`. Where flipping all spins leaves the energy as
    it is, its sign is left to chance and q is the mean of its modulus.
q2
    Its square: the spin-glass susceptibility is N q2.
binder
    :math:`\tfrac12 (3 - [\langle q^4 \rangle] / [\langle q^2 \rangle]^2)`.
gap
    :math:`u + h m + \beta L`, with the function L(q) of `montecarlo.disorder_sample.Disorder`: zero in equilibrium.
P_q
    Histogram of the overlap over `montecarlo.measure.OVERLAP_EDGES`: a density. ``P_q_err`` is its standard error over
    disorder samples.
c, round_trips, swap_rate
    With tempering: the specific heat, round trips through the ladder for each replica, and the smallest swap rate
    between neighbouring temperatures. The verdict is that of `montecarlo.tempering.tempered`, on the whole ladder.

At T = 0 both replicas descend from random states to local minima; u and m are averages over the two. This is no
equilibrium, and is not called so: see `montecarlo.ground_states`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.autocorrelation import time_and_error
from montecarlo.averages import jackknife, sample_mean
from montecarlo.disorder_sample import Disorder, disorder_sample
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Engine, Walker, walker
from montecarlo.equilibration import (
    BLOCKS,
    JUDGED,
    compare_replicas,
    judge_descents,
    judge_ladder,
    judge_states,
    judge_travels,
    spread,
    zero_mean,
)
from montecarlo.measure import OVERLAP_CENTRES, replica_overlaps
from montecarlo.overlaps import average_density, overlap_density
from montecarlo.run import advance, descend, relax
from montecarlo.sample import Record
from montecarlo.settings import Settings, check_point, check_undiluted
from montecarlo.tempering.sample import coldest_rung, continue_run, run_record, start_run
from montecarlo.tempering.temperatures import geometric
from statmech.checks import check_choice, check_integer
from statmech.models import Model, at_temperature
from statmech.results import Estimate, Simulation
from statmech.streams import substream

DISORDER, STARTS, REPLICA_A, REPLICA_B, LADDERS = range(5)
"""Labels of the streams below a sample's stream."""

Prepare = Callable[[Engine, Sequence[Walker]], None]
"""Brings replicas from random states to where they are measured."""


def run_replicas(
    model: Model, N: int, stream: np.random.SeedSequence, settings: Settings, prepare: Prepare | None = None
) -> Record:
    """Simulate one disorder sample with two replicas; see the module for what is measured.

    Parameters
    ----------
    model, N, stream, settings
        As for `montecarlo.sample.run_sample`.
    prepare : callable, optional
        What brings the replicas of an engine from random states to where they are measured, or at T = 0 descend from,
        instead of the descent and the thermalization of the module.
    """
    N = check_integer("N", N, low=2)
    check_choice("start", settings.start, ("retrieval", "random"))
    check_point(settings, model.T)
    check_undiluted(settings, "a glass")
    disorder = disorder_sample(model, N=N, stream=substream(stream, DISORDER), engine=settings.engine)
    if settings.hottest is not None:
        ladder = geometric(model.T, settings.hottest, settings.temperatures)
        return _coldest(disorder, ladder, substream(stream, LADDERS), settings)
    generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, STARTS)))
    spins = (2 * generator.integers(0, 2, (2, N), np.int8) - 1).astype(np.int8)
    labels = (REPLICA_A, REPLICA_B)
    replicas = [walker(disorder.engine, spins[a], substream(stream, label)) for a, label in enumerate(labels)]
    limit = settings.thermalization + settings.sweeps
    if prepare is not None:
        prepare(disorder.engine, replicas)
    if model.T == 0:
        return _minima(disorder, replicas, limit, settings)
    rule = acceptance(settings.rule, model.T, disorder.engine.unit)
    if prepare is None:
        descend(disorder.engine, replicas[1], limit=limit, order=settings.order)
        for replica in replicas:
            relax(disorder.engine, replica, rule, settings.thermalization, settings.order)
    runs = [
        advance(
            disorder.engine, replica, rule, sweeps=settings.sweeps, interval=settings.interval, order=settings.order
        )
        for replica in replicas
    ]
    rows, accepted = [], 0
    for first, second in zip(*runs, strict=True):
        common = np.empty(len(first.energies), np.int32)
        replica_overlaps(first.spins, second.spins, common)
        m = [block.spins.mean(1) for block in (first, second)]
        rows.append(np.stack([first.energies / N, second.energies / N, *m, common]))
        accepted += first.accepted + second.accepted
    series = np.concatenate(rows, 1)
    times = {"q": series[4] / N, "u": series[0], "m": series[2]}
    return _averages(disorder, series, model.T) | {
        "acceptance": accepted / (2.0 * N * series.shape[1] * settings.interval),
        **{f"{name}_tau": settings.interval * time_and_error(values)[0] for name, values in times.items()},
        "u_sigma": math.hypot(*(time_and_error(series[a])[1] for a in range(2))),
        "m_sigma": math.hypot(*(time_and_error(series[a])[1] for a in (2, 3))),
        "u_spread": _spread(series[0] - series[1]),
    }


def _averages(disorder: Disorder, series: NDArray[np.float64], T: float) -> Record:
    """Averages over time of the rows u of A, u of B, m of A, m of B, N q."""
    N, n = disorder.engine.N, series.shape[1]
    q = series[4] / N
    counts = np.bincount((series[4].astype(np.int64) + N) // 2, minlength=N + 1)
    u, m = float(series[:2].mean()), float(series[2:4].mean())
    link = math.nan if disorder.link is None or T == 0 else float(disorder.link @ counts) / n / T
    return {
        "engine": disorder.name,
        "u": u,
        "u_A": float(series[0].mean()),
        "u_B": float(series[1].mean()),
        "u_drift": float(series[:2, n // 2 :].mean() - series[:2, : n // 2].mean()) if n > 1 else math.nan,
        "m": m,
        "m_A": float(series[2].mean()),
        "m_B": float(series[3].mean()),
        "m_drift": float(series[2:4, n // 2 :].mean() - series[2:4, : n // 2].mean()) if n > 1 else math.nan,
        "q": float(np.mean(np.abs(q) if disorder.symmetric else q)),
        "q2": float(np.mean(q**2)),
        "q4": float(np.mean(q**4)),
        "gap": u + disorder.h * m + link,
        "P_q": overlap_density(counts),
    }


def _coldest(
    disorder: Disorder, ladder: NDArray[np.float64], stream: np.random.SeedSequence, settings: Settings
) -> Record:
    """Record of a sample at the lowest temperature of two ladders."""
    run = start_run(disorder, ladder, stream)
    continue_run(disorder, run, settings)
    unknown: Record = {f"{name}_tau": math.nan for name in ("u", "q")}
    return coldest_rung(run_record(disorder, run, settings)) | unknown


def _minima(disorder: Disorder, replicas: Sequence[Walker], limit: int, settings: Settings) -> Record:
    """Record of a sample at T = 0: the local minima that both replicas arrive at."""
    N = disorder.engine.N
    settled = [descend(disorder.engine, replica, limit=limit, order=settings.order) for replica in replicas]
    rule = acceptance("heat-bath", 0.0, disorder.engine.unit)
    blocks = [next(advance(disorder.engine, replica, rule, sweeps=1)) for replica in replicas]
    a, b = (block.spins[-1].astype(np.int64) for block in blocks)
    row = [*(block.energies[-1] / N for block in blocks), a.mean(), b.mean(), float(a @ b)]
    unknown: Record = {f"{name}_tau": math.nan for name in ("u", "q")}
    record = _averages(disorder, np.array(row)[:, None], 0.0)
    return record | unknown | {"acceptance": 0.0, "minimum": all(settled)}


def _spread(differences: NDArray[np.float64]) -> float:
    """`montecarlo.equilibration.spread` of a series, NaN if it is too short."""
    if len(differences) < BLOCKS:
        return math.nan
    return float(spread(np.array([part.mean() for part in np.array_split(differences, BLOCKS)])))


def average(model: Model, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    if not records:
        raise ValueError("records = [] is not allowed: a simulation has at least one disorder sample")

    def column(name: str) -> NDArray[np.float64]:
        return np.array([record[name] for record in records], np.float64)

    estimates = {name: sample_mean(column(name), column(f"{name}_tau")) for name in ("q", "u")}
    estimates |= {name: sample_mean(column(name)) for name in ("m", "q2")}
    estimates["binder"] = binder(column("q2"), column("q4"))
    if not np.all(np.isnan(column("gap"))):
        estimates["gap"] = sample_mean(column("gap"))
    if settings.temperatures > 1:
        estimates |= {name: sample_mean(column(name)) for name in ("c", "round_trips", "swap_rate")}
    equilibrated, verdict = _judge(model, N, records, settings)
    how = [records[0]["engine"], settings.rule, settings.order, *["tempering"] * (settings.temperatures > 1)]
    return Simulation(
        model=model,
        N=N,
        samples=len(records),
        estimates=estimates,
        acceptance=float(np.mean(column("acceptance"))),
        equilibrated=equilibrated,
        verdict=verdict,
        engine=", ".join(how),
        arrays=average_density(column("P_q")),
        bins={"P_q": OVERLAP_CENTRES},
    )


def _judge(model: Model, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> tuple[bool, str]:
    """Whether the records of disorder samples are of equilibrium, and the comparison in words."""
    if settings.temperatures > 1:
        return _judge_tempering(model, records, settings)
    if model.T == 0:
        return judge_descents(records)
    equilibrated, verdict = compare_replicas(records, ("u",), N, split=None)
    gaps = np.array([record["gap"] for record in records])
    if len(records) > 1 and not np.all(np.isnan(gaps)):
        score, limit = zero_mean(gaps)
        equilibrated = equilibrated and score <= limit
        verdict += f"; energy and overlap differ by {score:.1f} standard errors"
    states = judge_states(np.array([record.get("u_spread", math.nan) for record in records]))
    return equilibrated and states.excess <= 1, f"{verdict}; {states.verdict}"


def _judge_tempering(model: Model, records: Sequence[Mapping[str, Any]], settings: Settings) -> tuple[bool, str]:
    """The verdict on the whole ladder, of which the lowest temperature is measured."""
    trips, fewest = (np.array([record[name] for record in records]) for name in ("round_trips", "fewest_trips"))
    travelled, travels = judge_travels(trips, fewest, settings.temperatures)
    if any(f"{name}_ladder" not in record for record in records for name in JUDGED):
        return False, f"records of an earlier version, which say too little of the ladder; {travels}"
    columns = {name: np.array([record[f"{name}_ladder"] for record in records], np.float64) for name in JUDGED}
    ladder = geometric(model.T, settings.hottest, settings.temperatures)
    judgement = judge_ladder(columns, ladder, blocks=min(record["blocks"] for record in records))[0]
    return travelled and judgement.excess <= 1, f"{judgement.verdict}; {travels}"


def binder(q2: NDArray[np.float64], q4: NDArray[np.float64]) -> Estimate:
    """Binder ratio of the overlap from one value of the moments for each sample; NaN where the overlap vanishes."""
    with np.errstate(invalid="ignore"):
        return jackknife(lambda means: 0.5 * (3.0 - means[1] / means[0] ** 2), np.stack([q2, q4], 1))


def warm_up(model: Model, N: int, settings: Settings) -> None:
    """Compile what a run of `model` under `settings` needs, by a tiny one."""
    short = replace(settings, sweeps=2 * settings.interval, thermalization=settings.interval, start="random")
    at = 1.0 if settings.hottest is None else 0.5 * settings.hottest
    run_replicas(at_temperature(model, at), N, np.random.SeedSequence(0), short)
