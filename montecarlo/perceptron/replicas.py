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

`montecarlo.temper` and `montecarlo.ground_states` have another energy as well, with ``engine="stability-fields"``: what
the fields lack, see `montecarlo.engines.perceptron`. It vanishes at the same weights, and u and c are those of this
energy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from montecarlo import glass
from montecarlo.annealing import anneal
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Engine, Walker, fresh_cache
from montecarlo.engines.perceptron import cost_of
from montecarlo.perceptron.patterns import Perceptron
from montecarlo.retrieval import CORRUPTED
from montecarlo.run import relax
from montecarlo.sample import Record
from montecarlo.settings import Settings
from statmech.checks import check_choice
from statmech.results import Simulation
from statmech.streams import substream

HOTTEST = 2.0
"""Temperature that annealing begins at, in units of an error's energy."""

PLANTED = 5
"""Label of the planted start's stream, after those of `montecarlo.glass`."""


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
    if cost_of(settings.engine) != "errors":
        raise ValueError(
            f"engine = {settings.engine!r} is not allowed: a simulation has the energy of the theory, the number of "
            "errors; montecarlo.temper and montecarlo.ground_states have the other cost"
        )

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
