r"""Simulation of a binary perceptron that learns two tasks, with the names that the theory has.

At infinite beta a task is the minimum of its free energy that a quasi-Newton method reaches from small fields, and the
second task begins where the first ended; q and qs are then one. It counts as a minimum where no entry of
:math:`\partial F/\partial\theta` is above 1e-4. That gradient vanishes in every corner of the cube too, so that without
the Kullback–Leibler term, where there is no minimum inside, a descent ends next to a corner and passes: theory gives
no answer there. With ``engine="sgd"`` it is Adam on mini-batches instead, for as many epochs as there are ``sweeps``,
and 0.05 in place of 1e-4.

At finite beta the means are sampled by Metropolis moves under a flat measure. Two replicas share patterns and prior;
the first begins at the minimum of the free energy, or of the second task at the state that the first left, and the
second at means drawn uniformly from [-1, 1]. `q` is their overlap, everything else is averaged over both.

Minimisation multiplies matrices, most quickly with one BLAS thread per process (``OMP_NUM_THREADS=1``).

eps1, eps2, eps1_before and forgetting are functions of the averages of p1 and p2 over samples.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.averages import jackknife, sample_mean
from montecarlo.equilibration import compare_replicas, replica_averages
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings, check_single, check_undiluted
from montecarlo.variational import SMALL, STATES, Task, descend_sgd, draw_tasks, minimise
from montecarlo.variational_sampling import Sampler
from statmech.checks import check_choice, check_integer
from statmech.models import ContinualPerceptron
from statmech.perceptron import generalisation_error
from statmech.results import Estimate, Simulation
from statmech.streams import substream

Array = NDArray[np.float64]

ENGINES = ("auto", "sgd")
JUDGED = ("r", "qs", "loss")
"""Observables by which replicas, and halves of runs, are compared."""
AFTER = {"c12": "c", "p1": "p1", "p2": "p2", "loss": "loss"}
"""Observables of the end, and what the record calls them."""


def observe(m: Array, loss: float, reference: Array, tasks: Sequence[Task], k: int) -> dict[str, float]:
    """Order parameters of the means of one replica during task number k."""
    N = len(m)
    signs = np.where(m >= 0, 1.0, -1.0)
    p1, p2 = (float(signs @ task.teacher) / N for task in tasks)
    r = float(m @ tasks[k].teacher) / N
    return {"r": r, "qs": float(m @ m) / N, "c": float(m @ reference) / N, "p1": p1, "p2": p2, "loss": loss}


def _minimum(
    tasks: Sequence[Task], k: int, theta: Array, settings: Settings, stream: np.random.SeedSequence
) -> tuple[Record, Array]:
    """One task at infinite beta: its record and the fields that it leaves."""
    task, start = tasks[k], small_fields(theta, stream)
    if settings.engine == "sgd":
        found = descend_sgd(task, theta, start, substream(stream, 0), epochs=settings.sweeps)
    else:
        found = minimise(task, theta, start)
    m = np.tanh(found.theta)
    change = found.theta - theta
    divergence = change * m - np.logaddexp(found.theta, -found.theta) + np.logaddexp(theta, -theta)
    patterns = max(1, len(task.Y))
    loss = (found.F - task.gamma * float(divergence.sum())) / patterns
    record: Record = dict(observe(m, loss, np.tanh(theta), tasks, k))
    return record | {"q": record["qs"], "acceptance": 1.0, "converged": found.converged}, found.theta


def _sampled(
    tasks: Sequence[Task], k: int, beta: float, theta: Array, settings: Settings, stream: np.random.SeedSequence
) -> tuple[Record, Array]:
    """One task at finite beta: its record and the fields of the state that the first replica ends in."""
    task, N = tasks[k], len(theta)
    generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, 0)))
    known = np.tanh(theta)
    begin = known if np.any(theta) else np.tanh(minimise(task, theta, small_fields(theta, stream)).theta)
    replicas = [
        Sampler(task, theta, beta, m, substream(stream, 1 + a))
        for a, m in enumerate((0.999 * begin, generator.uniform(-1, 1, N)))
    ]
    for replica in replicas:
        for _ in range(settings.thermalization):
            replica.sweep(adapt=True)
        replica.refresh()
    rows: list[list[dict[str, float]]] = [[], []]
    q, accepted = [], 0
    for _ in range(settings.sweeps // settings.interval):
        for replica, series in zip(replicas, rows, strict=True):
            accepted += sum(replica.sweep() for _ in range(settings.interval))
            series.append(observe(replica.m, -float(np.sum(replica.logs)) / max(1, len(task.Y)), known, tasks, k))
        q.append(float(replicas[0].m @ replicas[1].m) / N)
    record: Record = {"q": float(np.mean(q)), "acceptance": accepted / (2.0 * N * len(q) * settings.interval)}
    for name in rows[0][0]:
        values = np.array([[row[name] for row in series] for series in rows])
        record |= {name: float(values.mean())} | replica_averages(name, values, settings.interval)
    m = replicas[0].m
    return record | {"converged": True}, np.arctanh(np.clip(m, -1 + 1e-15, 1 - 1e-15))


@run_sample.register
def _run_sample(model: ContinualPerceptron, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Learn both tasks of one sample; names end in the number of the task."""
    check_integer("N", N, low=2)
    check_choice("engine", settings.engine, ENGINES)
    if settings.start != Settings.start:
        raise ValueError(
            f"start = {settings.start!r} is not allowed: a perceptron that learns two tasks begins at small fields and "
            "has no choice; its informed state is that of theory.solve"
        )
    if settings.engine == "sgd" and min(model.beta1, model.beta2) < math.inf:
        raise ValueError("engine = 'sgd' is not allowed at finite beta: a descent finds minima")
    check_single(settings, "a perceptron that learns two tasks")
    check_undiluted(settings, "a perceptron that learns two tasks")
    tasks, theta = draw_tasks(model, N, stream), np.zeros(N)
    whole: Record = {}
    for k, beta in enumerate((model.beta1, model.beta2) if model.alpha2 > 0 else (model.beta1,)):
        own = substream(stream, STATES, k)
        if beta == math.inf:
            record, theta = _minimum(tasks, k, theta, settings, own)
        else:
            record, theta = _sampled(tasks, k, beta, theta, settings, own)
        whole |= {_numbered(name, k + 1): value for name, value in record.items()}
    if model.alpha2 == 0:  # nothing changes after the first task
        after = {name: whole[f"{name}_1"] for name in ("q", "qs", "p1", "p2", "loss", "converged", "acceptance")}
        after |= {"c": whole["qs_1"], "r": float(np.tanh(theta) @ tasks[1].teacher) / N}
        whole |= {f"{name}_2": value for name, value in after.items()}
    return whole


def _numbered(name: str, k: int) -> str:
    """The name of an entry of the record of task k: r_A becomes r_1_A."""
    first, _, rest = name.partition("_")
    return f"{first}_{k}_{rest}" if rest else f"{first}_{k}"


def small_fields(theta: Array, stream: np.random.SeedSequence) -> Array:
    """Where a minimisation begins: small fields, or those of the first task."""
    if np.any(theta):
        return theta
    return SMALL * np.random.Generator(np.random.PCG64DXSM(stream)).standard_normal(len(theta))


@summarise.register
def _summarise(
    model: ContinualPerceptron, N: int, records: Sequence[Mapping[str, Any]], settings: Settings
) -> Simulation:
    """Average the records of samples and judge equilibration, or convergence to minima."""
    if not records:
        raise ValueError("records = [] is not allowed: a simulation has at least one disorder sample")

    def column(name: str) -> Array:
        return np.array([record[name] for record in records], np.float64)

    def mean(name: str) -> Estimate:
        return sample_mean(column(name), column(f"{name}_tau") if f"{name}_tau" in records[0] else None)

    estimates = {f"{name}{k}": mean(f"{name}_{k}") for k in (1, 2) for name in ("q", "r", "qs")}
    estimates |= {name: mean(f"{place}_2") for name, place in AFTER.items()}
    overlaps = np.stack([column("p1_1"), column("p1_2"), column("p2_2")], 1)
    functions = {
        "eps1_before": lambda p: generalisation_error(p[0]),
        "eps1": lambda p: generalisation_error(p[1]),
        "eps2": lambda p: generalisation_error(p[2]),
        "forgetting": lambda p: generalisation_error(p[1]) - generalisation_error(p[0]),
    }
    estimates |= {name: jackknife(function, overlaps) for name, function in functions.items()}
    judged = [k for k, beta in ((1, model.beta1), (2, model.beta2)) if beta < math.inf and (k == 1 or model.alpha2 > 0)]
    left = sum(not (record["converged_1"] and record["converged_2"]) for record in records)
    if left:
        equilibrated, verdict = False, f"{left} of {len(records)} samples did not arrive at a minimum"
    elif not judged:
        equilibrated, verdict = True, "minima of the free energy"
    else:
        names = [f"{name}_{k}" for k in judged for name in JUDGED]
        equilibrated, verdict = compare_replicas(records, names, N, split=f"r_{judged[-1]}")
    return Simulation(
        model=model, N=N, samples=len(records), estimates=estimates, acceptance=float(np.mean(column("acceptance_2"))),
        equilibrated=equilibrated, verdict=verdict,
        engine=" then ".join(_engine(beta, settings) for beta in (model.beta1, model.beta2)),
    )  # fmt: skip


def _engine(beta: float, settings: Settings) -> str:
    """What learns a task."""
    return "Metropolis" if beta < math.inf else "mini-batches" if settings.engine == "sgd" else "L-BFGS"


@warm.register
def _warm(model: ContinualPerceptron, settings: Settings) -> None:
    """Compile the sweep, which finite temperatures need, or the epoch."""
    short, sgd = Settings(sweeps=2, thermalization=1), settings.engine == "sgd"
    small = ContinualPerceptron(alpha1=0.5, beta1=math.inf if sgd else 1.0)
    run_sample(small, N=8, stream=np.random.SeedSequence(0), settings=replace(short, engine=settings.engine))
