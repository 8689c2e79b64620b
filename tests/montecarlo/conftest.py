"""Every engine in every type it comes in, and the brute force that it is compared with."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from montecarlo.engines.dense import interaction_engine
from montecarlo.engines.engine import Couplings, Engine, Walker, couplings_engine, overlaps_engine, walker
from montecarlo.engines.hebbian import hebbian_couplings
from montecarlo.engines.interactions import overlap_range
from montecarlo.engines.perceptron import perceptron_engine
from montecarlo.engines.sparse import sparse_engine

ENGINES = (
    "float32",
    "int8/int16",
    "int8/int32",
    "int16/int16",
    "int16/int32",
    "overlaps/int16",
    "overlaps/int32",
    "look-up",
    "odd-part",
    "sparse",
)
"""Those of Hebbian couplings: one system, one trajectory."""

PERCEPTRONS = {"errors": 0.17, "stability": -0.13, "gaussian": 0.11}
"""Those of perceptrons, and the external fields that they are tried in: with these no flip is free."""

KAPPA = 0.3
"""Stability that the perceptrons are tried at."""


@dataclass(frozen=True)
class Case:
    """An engine, the couplings that it should simulate, and the type of its cache."""

    J: np.ndarray
    engine: Engine
    cache: str

    @property
    def N(self) -> int:
        return len(self.J)

    def start(self, spins: np.ndarray) -> Walker:
        """A walker at `spins` with a cache of this case's type."""
        fresh = walker(self.engine, spins, np.random.SeedSequence(0))
        return Walker(fresh.spins, fresh.cache.astype(self.cache), fresh.words)

    def energy(self, spins: np.ndarray) -> np.ndarray:
        """Energies of states, shape (..., N), from the definition."""
        return -0.5 * np.einsum("...i,ij,...j", spins.astype(float), self.J, spins.astype(float))

    def boltzmann(self, T: float) -> tuple[np.ndarray, np.ndarray]:
        """All states, shape (2^N, N), bit i of the row's number being spin i up, and their probabilities."""
        states = (2 * ((np.arange(2**self.N)[:, None] >> np.arange(self.N)) & 1) - 1).astype(np.int8)
        energies = self.energy(states)
        weights = np.exp(-(energies - energies.min()) / T)
        return states, weights / weights.sum()


@dataclass(frozen=True)
class Perceptron(Case):
    """An engine of fields, and the patterns that it should store."""

    patterns: np.ndarray
    weighted: bool
    field: float

    def energy(self, spins: np.ndarray) -> np.ndarray:
        missing = KAPPA * np.sqrt(self.N) - spins @ self.patterns.T.astype(float)
        cost = np.maximum(missing, 0) / np.sqrt(self.N) if self.weighted else missing > 0
        return cost.sum(-1) - self.field * spins.sum(-1)


def make_perceptron(name: str, patterns: np.ndarray, J: np.ndarray) -> Perceptron:
    """The engine `name` of a perceptron; entries of Gaussian patterns are multiples of 1/2048."""
    unit, cache = 1.0, "int16"
    if name == "gaussian":
        unit, cache = 1 / 2048, "int32"
        patterns = np.rint(np.random.default_rng(patterns.size).normal(size=patterns.shape) / unit).astype(np.int16)
    cost, field = "stability" if name == "stability" else "errors", PERCEPTRONS[name]
    engine = perceptron_engine(patterns, KAPPA, cost=cost, unit=unit, field=field)
    return Perceptron(J, engine, cache, unit * patterns, cost == "stability", field)


def make_case(name: str, patterns: np.ndarray) -> Case:
    """The engine `name` of the Hebbian couplings of `patterns`, or of the perceptron that stores them."""
    N = patterns.shape[1]
    J = patterns.T.astype(float) @ patterns / N
    np.fill_diagonal(J, 0.0)
    if name in PERCEPTRONS:
        return make_perceptron(name, patterns, J)
    if name in ("look-up", "odd-part"):
        pairs = [Fraction(N - M * M, 2 * N) for M in overlap_range(N)]
        return Case(J, interaction_engine(patterns, pairs, name), "int16" if name == "look-up" else "int32")
    if name == "sparse":
        return Case(J, sparse_engine(patterns, 1.0 / N, self_couplings=False), "int32")
    matrix, _, cache = name.partition("/")
    cache = cache or matrix
    if matrix == "overlaps":
        return Case(J, overlaps_engine(patterns), cache)
    return Case(J, Couplings(hebbian_couplings(patterns).astype(matrix), 1.0 / N, np.dtype(cache)), cache)


def make_real_case(J: np.ndarray) -> Case:
    """The engine of real couplings."""
    return Case(J, couplings_engine(J), "float32")


@pytest.fixture
def engine_names() -> tuple[str, ...]:
    """The names of all engines of Hebbian couplings."""
    return ENGINES


@pytest.fixture
def all_names() -> tuple[str, ...]:
    """The names of all engines, those of perceptrons too."""
    return (*ENGINES, *PERCEPTRONS)


@pytest.fixture(params=(*ENGINES, *PERCEPTRONS))
def any_name(request: pytest.FixtureRequest) -> str:
    """Each of them in turn."""
    return request.param


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each of them in turn."""
    return request.param


@pytest.fixture
def case() -> Callable[[str, np.ndarray], Case]:
    """The function that makes a case."""
    return make_case


@pytest.fixture
def real_case() -> Callable[[np.ndarray], Case]:
    """The function that makes a case of real couplings."""
    return make_real_case


@pytest.fixture
def random_patterns() -> Callable[[int, int, int], np.ndarray]:
    """K patterns of N sites from a seed."""

    def draw(K: int, N: int, seed: int) -> np.ndarray:
        return (2 * np.random.default_rng(seed).integers(0, 2, (K, N)) - 1).astype(np.int8)

    return draw


@pytest.fixture
def seed() -> int:
    """Seed of statistical tests: fixed, or that of the environment."""
    return int(os.environ.get("STATMECH_TEST_SEED", "20240501"))
