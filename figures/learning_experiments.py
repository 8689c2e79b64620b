"""Figures of learning by simulation: what four spins keep and pairs lose, and losses while a network retrieves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

import montecarlo
import theory
from figures.learning import PROTOCOLS
from figures.style import COLOURS, COLUMN, MARKERS, publication
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Engine, walker
from montecarlo.engines.power_sums_learned import supervised_engine, unsupervised_engine
from montecarlo.learning import EXAMPLES
from montecarlo.plefka.fields import fields, multilinear
from montecarlo.retrieval import PATTERNS, REPLICA_A, STARTS
from montecarlo.run import advance
from statmech import SupervisedHebbian, UnsupervisedHebbian
from statmech.disorder import rademacher_patterns
from statmech.examples import noisy_examples
from statmech.losses import (
    cross_entropy,
    distinct_energy,
    pair_energy,
    squared_losses,
    supervised_losses,
    unsupervised_losses,
)
from statmech.results import Simulation
from statmech.streams import substream
from theory.learning.law import Learning


def load(P: int, N: int, K: int) -> float:
    """Load of K archetypes of N spins."""
    return K / (N if P == 2 else math.comb(N - 1, P - 1))


def ultra_storage(
    N: int = 100, archetypes: Sequence[int] = (2, 4, 8, 16, 32, 64, 256, 1024, 4096, 8192, 16384), *,
    M: int = 20, r: float = 0.5, T: float = 0.1, samples: int = 8,
) -> Figure:  # fmt: skip
    """Number of archetypes that pairs and four spins learn from the same examples of a teacher.

    Pairs fail at a load of a few per cent, K of order N; four spins hold K of order N³.
    """
    with publication():
        figure, ax = plt.subplots(figsize=(1.3 * COLUMN, COLUMN), layout="constrained")
        for k, P in enumerate((2, 4)):
            # pairs are far beyond their limit long before four spins notice
            held = [K for K in archetypes if P == 4 or K <= 64 * N]
            models = [SupervisedHebbian(P=P, gamma=load(P, N, K), T=T, r=r, M=M) for K in held]
            _points(ax, held, models, N, samples, k)
            fine = np.geomspace(archetypes[0], 1.5 * archetypes[-1], 80)
            m = [theory.solve(SupervisedHebbian(P=P, gamma=load(P, N, K), T=T, r=r, M=M)).m for K in fine.tolist()]
            ax.plot(fine, m, color=COLOURS[k])
        ax.set(
            xscale="log", xlabel="archetypes $K$", ylabel="Mattis magnetisation $m$", ylim=(-0.1, 1.05),
            title=f"Ultra-storage: supervised, $N={N}$, $M={M}$, $r={r:g}$, $T={T:g}$",
        )  # fmt: skip
        ax.legend(loc="lower left")
        return figure


def ultra_detection(
    N: int = 400, K: int = 40, qualities: Sequence[float] = (0.12, 0.15, 0.18, 0.2, 0.25, 0.3, 0.4, 0.5), *,
    M: int = 200, T: float = 0.05, samples: int = 4,
) -> Figure:  # fmt: skip
    r"""How poor the examples may be that pairs and four spins learn from, few archetypes and no teacher.

    With K of order N the load of four spins vanishes, and the noise that they bear is left for the examples.
    """
    with publication():
        figure, ax = plt.subplots(figsize=(1.3 * COLUMN, COLUMN), layout="constrained")
        fine = np.linspace(0.9 * qualities[0], qualities[-1], 80)
        for k, P in enumerate((2, 4)):
            models = [UnsupervisedHebbian(P=P, gamma=load(P, N, K), T=T, r=r, M=M) for r in qualities]
            _points(ax, qualities, models, N, samples, k)
            m = [theory.solve(UnsupervisedHebbian(P=P, gamma=load(P, N, K), T=T, r=r, M=M)).m for r in fine.tolist()]
            ax.plot(fine, m, color=COLOURS[k])
        ax.set(
            xlabel="quality of the examples $r$", ylabel="Mattis magnetisation $m$", ylim=(-0.1, 1.05),
            title=f"Ultra-detection: unsupervised, $N={N}$, $K={K}$, $M={M}$, $T={T:g}$",
        )  # fmt: skip
        ax.legend(loc="lower right")
        return figure


def _points(ax: Axes, x: Sequence[float], models: Sequence[Learning], N: int, samples: int, k: int) -> list[Simulation]:
    """Simulated m of models of one order with error bars; the theory's line is drawn by the caller."""
    runs = [montecarlo.simulate(model, N=N, samples=samples, seed=1, sweeps=40, thermalization=40) for model in models]
    ax.errorbar(
        x, [run.m.mean for run in runs], [run.m.error for run in runs], fmt=MARKERS[k], color=COLOURS[k],
        markerfacecolor="white", label=f"$P={models[0].P}$, Monte Carlo; line: RS theory",
    )  # fmt: skip
    return runs


@dataclass(frozen=True)
class Trajectory:
    """Losses and energies during retrieval, after every sweep, the start included.

    Attributes
    ----------
    archetype, supervised, unsupervised : array, shape (sweeps + 1,)
        Squared losses with respect to the archetype, the average of its examples, and the examples.
    cross_entropy : array, shape (sweeps + 1,)
        Of the law that predicts each spin from its field, against the archetype, in nats per spin.
    energy : array, shape (sweeps + 1,)
        Energy per spin, as the engine keeps it.
    from_losses : array, shape (sweeps + 1,)
        The same from the losses of all targets, by `statmech.losses.pair_energy` or `statmech.losses.distinct_energy`;
        NaN with a teacher and P ≥ 4, where products of averages are not a function of squared losses.
    """

    archetype: NDArray[np.float64]
    supervised: NDArray[np.float64]
    unsupervised: NDArray[np.float64]
    cross_entropy: NDArray[np.float64]
    energy: NDArray[np.float64]
    from_losses: NDArray[np.float64]


def retrieval_trajectory(
    model: Learning, N: int, *, overlap: float, sweeps: int, stream: np.random.SeedSequence
) -> Trajectory:
    """Follow one network that learns its examples to its memory.

    Parameters
    ----------
    model : SupervisedHebbian or UnsupervisedHebbian
        At finite M.
    N : int
        Number of spins.
    overlap : float
        Overlap of the start with the archetype.
    sweeps : int
        Sweeps.
    stream : numpy.random.SeedSequence
        Random numbers.
    """
    P, R, K, M = model.P, model.R, model.patterns(N), int(model.M)
    archetypes = rademacher_patterns(K, N, substream(stream, PATTERNS))
    examples = noisy_examples(archetypes, M=M, r=model.r, stream=substream(stream, EXAMPLES))
    sums, every = examples.sum(1, dtype=np.int32), examples.reshape(K * M, N)
    weight = 1 / (N if P == 2 else math.comb(N - 1, P - 1))
    engine: Engine
    if isinstance(model, SupervisedHebbian):
        engine = supervised_engine(sums, P, M=M, R=R)
        network = multilinear(sums, P, weight=weight, scale=1 / (M * math.sqrt(R)))
    else:
        engine = unsupervised_engine(every, P, M=M, R=R, name="auto", rule="heat-bath", T=model.T)
        network = multilinear(every, P, weight=weight / (M * R ** (P / 2)))
    start = archetypes[0].copy()
    generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, STARTS)))
    start[generator.permutation(N)[: round(N * (1 - overlap) / 2)]] *= -1
    spins, energy = _run(engine, start, model.T, sweeps, substream(stream, REPLICA_A))
    laws = [cross_entropy(fields(network, s, np.float64), archetypes[0], model.T) for s in spins.astype(np.float64)]
    return Trajectory(
        archetype=squared_losses(archetypes[:1], spins)[0][:, 0],
        supervised=supervised_losses(sums[:1], M, spins)[:, 0],
        unsupervised=unsupervised_losses(examples[:1], spins)[:, 0],
        cross_entropy=np.array(laws),
        energy=energy,
        from_losses=_from_losses(model, sums, every, spins),
    )


def _from_losses(
    model: Learning, sums: NDArray[np.int32], examples: NDArray[np.int8], spins: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Energy per spin of each state from the losses of the averages or of all examples, where it follows from them."""
    N, M, R = spins.shape[1], model.M, model.R
    supervised = isinstance(model, SupervisedHebbian)
    if model.P == 2:
        targets = sums / (M * math.sqrt(R)) if supervised else examples / math.sqrt(M * R)
        return pair_energy(*squared_losses(targets, spins), N)
    if supervised:
        return np.full(len(spins), math.nan)
    return distinct_energy(*squared_losses(examples, spins), N, model.P) / (M * R ** (model.P / 2))


def _run(
    engine: Engine, start: NDArray[np.int8], T: float, sweeps: int, stream: np.random.SeedSequence
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """States after every sweep with the start, and their energies per spin but that of the start, which is NaN."""
    rule = acceptance("heat-bath", T, engine.unit)
    blocks = list(advance(engine, walker(engine, start, stream), rule, sweeps=sweeps, order="random"))
    spins = np.concatenate([start[None], *(block.spins for block in blocks)])
    return spins, np.concatenate([[math.nan], *(block.energies / engine.N for block in blocks)])


def loss_and_energy(
    networks: Sequence[tuple[int, int, float, float]] = ((2, 2000, 0.02, 0.35), (4, 200, 0.005, 0.8)), *, M: int = 20,
    r: float = 0.5, T: float = 0.1, sweeps: int = 12,
) -> Figure:  # fmt: skip
    """Losses, cross-entropy and energy during retrieval: they fall together, and the energy follows from the losses.

    Parameters
    ----------
    networks : sequence of (int, int, float, float)
        Of each row P, N, the load and the overlap of the start with the archetype.
    M, r, T, sweeps
        Examples of each archetype, their quality, temperature, length of the run.
    """
    with publication():
        figure, panels = plt.subplots(
            len(networks), 3, figsize=(2.1 * COLUMN, 0.85 * COLUMN * len(networks)), layout="constrained", squeeze=False
        )
        for row, (P, N, gamma, overlap) in zip(panels, networks, strict=True):
            for k, (name, kind) in enumerate(PROTOCOLS.items()):
                model = kind(P=P, gamma=gamma, T=T, r=r, M=M)
                seen = retrieval_trajectory(model, N, overlap=overlap, sweeps=sweeps, stream=np.random.SeedSequence(1))
                _draw_trajectory(row, seen, model, name, k)
            row[0].set(title=f"$P = {P}$, $N = {N}$, load {gamma:g}", ylim=(0, None))
            row[0].set_ylabel(r"squared loss $|v - s|^2/2N$")
            row[1].set(ylabel="cross-entropy (nats per spin)", yscale="log")
            row[2].set(ylabel="energy per spin $u$")
        for ax in panels[-1]:
            ax.set_xlabel("sweeps")
        for ax in panels[0]:
            ax.legend(loc="best", fontsize=5.5)
        figure.suptitle(rf"Retrieval, $M={M}$, $r={r:g}$, $T={T:g}$ (dotted: RS energy)", fontsize=8)
        return figure


def _draw_trajectory(row: NDArray[np.object_], seen: Trajectory, model: Learning, name: str, k: int) -> None:
    """Losses, cross-entropy and energy of one network in its three panels."""
    time = np.arange(seen.energy.size)
    own = seen.supervised if isinstance(model, SupervisedHebbian) else seen.unsupervised
    row[0].plot(time, seen.archetype, color=COLOURS[k], label=f"{name}: archetype")
    row[0].plot(time, own, color=COLOURS[k], linestyle="--", label=f"{name}: its own loss")
    row[1].plot(time, seen.cross_entropy, color=COLOURS[k], label=name)
    row[2].plot(time, seen.from_losses, color=COLOURS[k], label=f"{name}: from the losses")
    row[2].plot(
        time, seen.energy, marker=MARKERS[k], markersize=6 - 3 * k, color=COLOURS[k], linestyle="none",
        markerfacecolor="white", label=f"{name}: engine",
    )  # fmt: skip
    row[2].axhline(theory.solve(model).u, color=COLOURS[k], linewidth=0.6, linestyle=":")
