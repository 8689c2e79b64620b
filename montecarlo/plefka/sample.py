"""One disorder sample of a Hebbian network, as the levels of Plefka's expansion and exact Monte Carlo both take it."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import singledispatch

import numpy as np
from numpy.typing import NDArray

from montecarlo.engines.dense import interaction_engine
from montecarlo.engines.engine import Engine
from montecarlo.engines.interactions import elementary_symmetric
from montecarlo.engines.memory import check_bytes
from montecarlo.engines.power_sums import power_sums_engine
from montecarlo.engines.power_sums_learned import pair_engine
from montecarlo.learning import EXAMPLES
from montecarlo.plefka.fields import Multilinear, multilinear
from montecarlo.plefka.noise import Noise
from montecarlo.retrieval import PATTERNS
from statmech.disorder import rademacher_patterns
from statmech.examples import example_sums, noisy_examples
from statmech.models import DenseHebbian, Hopfield, Model, SupervisedHebbian, UnsupervisedHebbian
from statmech.streams import substream


@dataclass(frozen=True)
class Sample:
    r"""A disorder sample.

    Attributes
    ----------
    network : Multilinear
        Its energy.
    noise : Noise
        The statistics of all classes but the first.
    archetype : array of int8, shape (N,)
        The first archetype or pattern, to be retrieved.
    teacher : array, shape (N,)
        The average of its examples over :math:`\sqrt R`; the pattern itself where there are none.
    M : int or None
        Number of examples that the network's entries are sums of; None where they are patterns or examples.
    """

    network: Multilinear
    noise: Noise
    archetype: NDArray[np.int8]
    teacher: NDArray[np.float64]
    M: int | None = None


@singledispatch
def draw(model: Model, N: int, stream: np.random.SeedSequence) -> Sample:
    """Draw a disorder sample from the stream of a sample of `montecarlo.simulate`.

    Raises
    ------
    ValueError
        If the model has no multilinear Hebbian energy, or the sample does not fit into memory.
    """
    raise ValueError(f"model = {model!r} is not allowed: there is no Plefka expansion of {type(model).__name__}")


@draw.register
def _hopfield(model: Hopfield, N: int, stream: np.random.SeedSequence) -> Sample:
    return _of_patterns(_patterns(model.patterns(N), N, stream), 2)


@draw.register
def _dense(model: DenseHebbian, N: int, stream: np.random.SeedSequence) -> Sample:
    if model.indices != "distinct":
        raise ValueError(
            f"indices = {model.indices!r} is not allowed: powers of the overlaps are not linear in each spin, and have "
            "no exact fields on magnetisations; indices must be 'distinct'"
        )
    return _of_patterns(_patterns(model.patterns(N), N, stream), model.P)


@draw.register
def _supervised(model: SupervisedHebbian, N: int, stream: np.random.SeedSequence) -> Sample:
    archetypes = _patterns(model.patterns(N), N, stream)
    if model.r == 1.0 or math.inf == model.M:
        return _of_patterns(archetypes, model.P)
    M = int(model.M)
    sums = example_sums(archetypes, M=M, r=model.r, stream=substream(stream, EXAMPLES))
    scale = 1.0 / (M * math.sqrt(model.R))
    network = multilinear(sums, model.P, weight=_weight(N, model.P), scale=scale)
    return Sample(network, _noise(model.P, len(sums), N), archetypes[0], scale * sums[0], M)


@draw.register
def _unsupervised(model: UnsupervisedHebbian, N: int, stream: np.random.SeedSequence) -> Sample:
    P, K = model.P, model.patterns(N)
    archetypes = _patterns(K, N, stream)
    if model.r == 1.0 or math.inf == model.M:
        return _of_patterns(archetypes, P)
    M = int(model.M)
    _check_room(N, K * M)
    examples = noisy_examples(archetypes, M=M, r=model.r, stream=substream(stream, EXAMPLES))
    network = multilinear(examples.reshape(K * M, N), P, weight=_weight(N, P) / (M * model.R ** (P / 2)))
    g = (1.0 - model.r**2) / (M * model.R)
    noise = _noise(P, K, N, model.kappa, ((1.0, 1.0), (M - 1.0, g)))
    return Sample(network, noise, archetypes[0], examples[0].mean(0) / math.sqrt(model.R))


def _of_patterns(patterns: NDArray[np.int8], P: int) -> Sample:
    K, N = patterns.shape
    network = multilinear(patterns, P, weight=_weight(N, P))
    return Sample(network, _noise(P, K, N), patterns[0], patterns[0].astype(np.float64))


def _patterns(K: int, N: int, stream: np.random.SeedSequence) -> NDArray[np.int8]:
    _check_room(N, K)
    return rademacher_patterns(K, N, substream(stream, PATTERNS))


def _check_room(N: int, rows: int) -> None:
    check_bytes(N, N * rows, f"{rows:.6g} patterns or examples of N spins")


def _weight(N: int, P: int) -> float:
    """Weight of a product of P entries: an aligned pattern exerts the field 1, up to 1/N for P = 2."""
    return 1.0 / (N if P == 2 else math.comb(N - 1, P - 1))


def _noise(P: int, K: int, N: int, kappa: float = 1.0, modes: tuple[tuple[float, float], ...] = ((1.0, 1.0),)) -> Noise:
    """Noise of K - 1 classes."""
    load = (K - 1) * _weight(N, P)
    return Noise(P, load if P == 2 else kappa * load, modes)


def exact_engine(network: Multilinear, M: int | None = None) -> Engine:
    """Engine of exact Monte Carlo with the energy of `network`: overlaps where entries are ±1, or power sums.

    Raises
    ------
    ValueError
        If entries are too large for power sums, naming the M examples that they are sums of.
    """
    weight = network.weight * network.scale**network.P
    if network.P == 2:
        return pair_engine(network.A.T, weight)
    if not network.signs:
        return power_sums_engine(network.A.T, network.P, weight, M=M)
    energies = [Fraction(-value) for value in elementary_symmetric(network.N, network.P)]
    engine = interaction_engine(network.A.T, energies)
    return replace(engine, unit=weight * engine.unit)
