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
from montecarlo.acceptance import acceptance
from montecarlo.engines import Engine, walker
from montecarlo.learning import EXAMPLES
from montecarlo.power_sums_learned import pair_engine
from montecarlo.retrieval import PATTERNS, REPLICA_A, STARTS
from montecarlo.run import advance
from statmech import SupervisedHebbian, UnsupervisedHebbian
from statmech.disorder import rademacher_patterns
from statmech.examples import noisy_examples
from statmech.losses import pair_energy, squared_losses, supervised_losses, unsupervised_losses
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
    """Losses and energies of a network of pairs during retrieval, after every sweep, the start included.

    Attributes
    ----------
    archetype, supervised, unsupervised : array, shape (sweeps + 1,)
        Squared losses with respect to the archetype, the average of its examples, and the examples.
    energy : array, shape (sweeps + 1,)
        Energy per spin, as the engine keeps it.
    from_losses : array, shape (sweeps + 1,)
        The same from the losses of all targets, see `statmech.losses.pair_energy`.
    """

    archetype: NDArray[np.float64]
    supervised: NDArray[np.float64]
    unsupervised: NDArray[np.float64]
    energy: NDArray[np.float64]
    from_losses: NDArray[np.float64]


def retrieval_trajectory(
    model: Learning, N: int, *, overlap: float, sweeps: int, stream: np.random.SeedSequence
) -> Trajectory:
    """Follow one network of pairs that learns its examples to its memory.

    Parameters
    ----------
    model : SupervisedHebbian or UnsupervisedHebbian
        At P = 2.
    N : int
        Number of spins.
    overlap : float
        Overlap of the start with the archetype.
    sweeps : int
        Sweeps.
    stream : numpy.random.SeedSequence
        Random numbers.

    Raises
    ------
    ValueError
        If P is not 2.
    """
    if model.P != 2:
        raise ValueError(f"P = {model.P} is not allowed: energies follow from the losses of averages at P = 2 alone")
    K, M = model.patterns(N), int(model.M)
    archetypes = rademacher_patterns(K, N, substream(stream, PATTERNS))
    examples = noisy_examples(archetypes, M=M, r=model.r, stream=substream(stream, EXAMPLES))
    sums = examples.sum(1, dtype=np.int32)
    if isinstance(model, SupervisedHebbian):
        targets, rows, weight = sums / (M * math.sqrt(model.R)), sums, 1 / (N * M * M * model.R)
    else:
        targets, weight = examples.reshape(K * M, N) / math.sqrt(M * model.R), 1 / (N * M * model.R)
        rows = examples.reshape(K * M, N)
    start = archetypes[0].copy()
    generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, STARTS)))
    start[generator.permutation(N)[: round(N * (1 - overlap) / 2)]] *= -1
    spins, energy = _run(pair_engine(rows, weight), start, model.T, sweeps, substream(stream, REPLICA_A))
    return Trajectory(
        archetype=squared_losses(archetypes[:1], spins)[0][:, 0],
        supervised=supervised_losses(sums[:1], M, spins)[:, 0],
        unsupervised=unsupervised_losses(examples[:1], spins)[:, 0],
        energy=energy,
        from_losses=pair_energy(*squared_losses(targets, spins), N),
    )


def _run(
    engine: Engine, start: NDArray[np.int8], T: float, sweeps: int, stream: np.random.SeedSequence
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """States after every sweep with the start, and their energies per spin but that of the start, which is NaN."""
    rule = acceptance("heat-bath", T, engine.unit)
    blocks = list(advance(engine, walker(engine, start, stream), rule, sweeps=sweeps, order="random"))
    spins = np.concatenate([start[None], *(block.spins for block in blocks)])
    return spins, np.concatenate([[math.nan], *(block.energies / engine.N for block in blocks)])


def loss_and_energy(
    N: int = 2000, *, alpha: float = 0.02, M: int = 20, r: float = 0.5, T: float = 0.1, overlap: float = 0.35,
    sweeps: int = 12,
) -> Figure:  # fmt: skip
    """Losses and energy during retrieval: they fall together, and the energy is a function of the losses."""
    with publication():
        figure, (left, right) = plt.subplots(1, 2, figsize=(2.1 * COLUMN, 0.95 * COLUMN), layout="constrained")
        time = np.arange(sweeps + 1)
        for k, (name, kind) in enumerate(PROTOCOLS.items()):
            model = kind(P=2, gamma=alpha, T=T, r=r, M=M)
            seen = retrieval_trajectory(model, N, overlap=overlap, sweeps=sweeps, stream=np.random.SeedSequence(1))
            left.plot(time, seen.archetype, color=COLOURS[k], label=f"{name}: archetype")
            own = seen.supervised if kind is SupervisedHebbian else seen.unsupervised
            left.plot(time, own, color=COLOURS[k], linestyle="--", label=f"{name}: its own loss")
            right.plot(time, seen.from_losses, color=COLOURS[k], label=f"{name}: from the losses")
            right.plot(
                time, seen.energy, marker=MARKERS[k], markersize=6 - 3 * k, color=COLOURS[k], linestyle="none",
                markerfacecolor="white", label=f"{name}: engine",
            )  # fmt: skip
            bottom = theory.solve(model).u
            right.axhline(bottom, color=COLOURS[k], linewidth=0.6, linestyle=":")
        left.set(xlabel="sweeps", ylabel=r"squared loss $|v - s|^2/2N$", ylim=(0, None))
        right.set(xlabel="sweeps", ylabel="energy per spin $u$")
        left.legend(loc="best")
        right.legend(loc="best")
        figure.suptitle(
            rf"Retrieval by pairs, $N={N}$, $\alpha={alpha:g}$, $M={M}$, $r={r:g}$, $T={T:g}$ (dotted: RS energy)",
            fontsize=8,
        )
        return figure
