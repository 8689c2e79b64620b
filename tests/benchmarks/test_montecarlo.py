"""Nanoseconds per attempted update, ours and others', in one process on the same couplings.

Run with ``pytest tests/benchmarks``; results are recorded in docs/benchmarks.md. Couplings are those of the
Sherrington–Kirkpatrick model, ±1/√N, at T = 0.5, from the same random start. Of every sampler a long and a
short run are timed and their difference divided by the difference in attempted updates, so that building and
converting the model drop out. Times are those of the process's thread, which other load disturbs less.
"""

import time
from collections.abc import Callable

import numpy as np
import pytest

from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Engine, couplings_engine, overlaps_engine, walker
from montecarlo.run import advance

pytest.importorskip("pytest_benchmark")

T = 0.5
SIZES = (1000, 2000, 4000)
SHORT = 100
"""Sweeps of the short run; also what the start relaxes in."""


def signs(N: int) -> np.ndarray:
    """Symmetric couplings ±1 with zero diagonal."""
    upper = np.triu(2 * np.random.default_rng(1).integers(0, 2, (N, N), np.int8) - 1, 1)
    return (upper + upper.T).astype(np.int8)


def start(N: int) -> np.ndarray:
    return (2 * np.random.default_rng(2).integers(0, 2, N) - 1).astype(np.int8)


def slope(run: Callable[[int], float], N: int, repeats: int = 5) -> float:
    """Nanoseconds per attempted update from `run`, which returns the seconds that so many sweeps took."""
    long = SHORT + 1_000_000 // N
    run(SHORT)
    best = [min(run(sweeps) for _ in range(repeats)) for sweeps in (SHORT, long)]
    return 1e9 * (best[1] - best[0]) / ((long - SHORT) * N)


def ours(engine: Engine, rule: str, order: str = "sequential") -> Callable[[int], float]:
    """Sweeps of an engine, random numbers included, measuring every tenth."""
    table = acceptance(rule, T, engine.unit)

    def run(sweeps: int) -> float:
        replica = walker(engine, start(engine.N), np.random.SeedSequence(3))
        begin = time.thread_time()
        for _ in advance(engine, replica, table, sweeps=sweeps, interval=10, order=order):
            pass
        return time.thread_time() - begin

    return run


def openjij(N: int) -> Callable[[int], float]:
    """OpenJij's dense single-spin-flip Metropolis sampler, called without its Python front end."""
    core = pytest.importorskip("openjij.cxxjij", reason="the extra 'bench' is not installed")
    graph = core.graph.Dense(N)
    matrix = np.zeros((N + 1, N + 1))
    matrix[:N, :N] = np.triu(-signs(N) / np.sqrt(N), 1)
    matrix[N, N] = 1
    graph.set_interaction_matrix(matrix)
    spins = start(N).tolist()

    def run(sweeps: int) -> float:
        system = core.system.make_classical_ising(spins, graph)
        begin = time.thread_time()
        core.algorithm.Algorithm_SingleSpinFlip_run(system, 3, [(1 / T, sweeps)])
        return time.thread_time() - begin

    return run


def dwave(N: int, rule: str) -> Callable[[int], float]:
    """dwave-samplers' simulated annealing at constant temperature; its own clock."""
    dimod = pytest.importorskip("dimod", reason="the extra 'bench' is not installed")
    samplers = pytest.importorskip("dwave.samplers", reason="the extra 'bench' is not installed")
    i, j = np.triu_indices(N, 1)
    model = dimod.BinaryQuadraticModel.from_numpy_vectors(
        np.zeros(N), (i, j, -signs(N)[i, j] / np.sqrt(N)), 0.0, "SPIN"
    )
    sampler = samplers.SimulatedAnnealingSampler()

    def run(sweeps: int) -> float:
        answer = sampler.sample(
            model,
            num_reads=1,
            beta_schedule_type="custom",
            beta_schedule=[1 / T],
            num_sweeps_per_beta=sweeps,
            seed=3,
            initial_states=(start(N)[None, :], list(range(N))),
            proposal_acceptance_criteria=rule,
        )
        return answer.info["timing"]["sampling_ns"] * 1e-9

    return run


def record(benchmark, name: str, run: Callable[[int], float], N: int) -> float:
    """Measure a slope under pytest-benchmark and keep it with its results."""
    value = slope(run, N)
    benchmark.extra_info["ns per attempted update"] = round(value, 2)
    benchmark.pedantic(run, args=(SHORT,), rounds=1)
    show(name, N, value)
    return value


def show(name: str, N: int, value: float, ratio: float | None = None) -> None:
    """Print a line of the table."""
    print(f"\n{name:42s} N = {N:6d} {value:8.2f} ns" + (f", ratio {ratio:.1f}" if ratio else ""))


@pytest.mark.parametrize("N", SIZES)
@pytest.mark.parametrize("order", ["sequential", "random"])
@pytest.mark.parametrize("rule", ["metropolis", "heat-bath"])
@pytest.mark.parametrize("kind", ["int8", "float32"])
def test_couplings(benchmark, kind: str, rule: str, order: str, N: int) -> None:
    J = signs(N) if kind == "int8" else signs(N).astype(np.float32)
    engine = couplings_engine(J, 1 / np.sqrt(N))
    assert record(benchmark, f"{kind} couplings, {rule}, {order}", ours(engine, rule, order), N) > 0


@pytest.mark.parametrize("rule", ["metropolis", "heat-bath"])
@pytest.mark.parametrize(("N", "K"), [(1000, 50), (4000, 50), (4000, 200), (100_000, 50)])
def test_overlaps(benchmark, N: int, K: int, rule: str) -> None:
    patterns = (2 * np.random.default_rng(1).integers(0, 2, (K, N), np.int8) - 1).astype(np.int8)
    assert record(benchmark, f"overlaps, K = {K}, {rule}", ours(overlaps_engine(patterns), rule), N) > 0


@pytest.mark.parametrize("N", SIZES)
def test_against_openjij(benchmark, N: int) -> None:
    """The same rule, the same couplings, one after the other: at least 3 times faster, 4 times at N = 4000."""
    theirs = slope(openjij(N), N)
    mine = record(
        benchmark,
        "int8 couplings, metropolis",
        ours(couplings_engine(signs(N), 1 / np.sqrt(N)), "metropolis"),
        N,
    )
    benchmark.extra_info |= {"OpenJij": round(theirs, 2), "ratio": round(theirs / mine, 2)}
    show("OpenJij Dense, Metropolis", N, theirs, theirs / mine)
    assert theirs / mine > (4 if N == 4000 else 3)


@pytest.mark.parametrize("N", SIZES)
@pytest.mark.parametrize(("rule", "name"), [("metropolis", "Metropolis"), ("heat-bath", "Gibbs")])
def test_against_dwave(benchmark, rule: str, name: str, N: int) -> None:
    """The same rule, the same couplings, one after the other."""
    theirs = slope(dwave(N, name), N)
    mine = record(benchmark, f"int8 couplings, {rule}", ours(couplings_engine(signs(N), 1 / np.sqrt(N)), rule), N)
    benchmark.extra_info |= {"dwave-samplers": round(theirs, 2), "ratio": round(theirs / mine, 2)}
    show(f"dwave-samplers, {name}", N, theirs, theirs / mine)
    assert theirs > mine


@pytest.mark.parametrize(("N", "alpha"), [(1000, 0.05), (4000, 0.05)])
def test_whole_sample(benchmark, N: int, alpha: float) -> None:
    """One disorder sample with both replicas, set-up and measurements included."""
    import statmech as sm
    from montecarlo import Settings, run_sample

    settings = Settings(sweeps=1000, thermalization=200)
    model = sm.Hopfield(alpha=alpha, T=0.3)
    answer = benchmark.pedantic(
        run_sample,
        args=(model,),
        kwargs={"N": N, "stream": np.random.SeedSequence(1), "settings": settings},
        rounds=5,
        warmup_rounds=1,
    )
    attempts = 2 * N * (settings.sweeps + settings.thermalization)
    each = 1e9 * benchmark.stats.stats.min / attempts
    show(f"whole sample, {answer['engine']}", N, each)
    assert answer["m"] > 0.9
