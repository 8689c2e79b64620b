"""Simulations of dense Hebbian networks against enumeration, definitions and known limits."""

import math

import numpy as np
import pytest

import montecarlo
import statmech as sm
from montecarlo import Settings, run_sample, simulate, warm
from montecarlo.dense import dense_engine
from montecarlo.disorder_sample import disorder_sample
from montecarlo.engines.engine import fresh_cache
from montecarlo.engines.interactions import dense_interaction
from montecarlo.ground_states import lowest_state
from montecarlo.retrieval import CORRUPTED, PATTERNS
from montecarlo.tempering.tempered import DISORDER, temper_sample
from statmech.disorder import rademacher_patterns
from statmech.streams import substream

CASES = (
    (4, "distinct", "look-up"),
    (4, "distinct", "odd-part"),
    (6, "repeated", "odd-part"),
    (8, "distinct", "odd-part"),
)


def states(N: int) -> np.ndarray:
    """All states, bit i of the row's number being spin i up."""
    return (2 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1) - 1).astype(np.int8)


def enumerated(model: sm.DenseHebbian, N: int, stream: np.random.SeedSequence) -> tuple[np.ndarray, np.ndarray]:
    """Patterns that the stream draws, and the energies of all states."""
    patterns = rademacher_patterns(model.patterns(N), N, stream)
    values = np.array(dense_interaction(N, model.P, model.indices), float)
    return patterns, values[(states(N).astype(int) @ patterns.T + N) // 2].sum(1)


def boltzmann(energies: np.ndarray, T: float) -> np.ndarray:
    weights = np.exp(-(energies - energies.min()) / T)
    return weights / weights.sum()


@pytest.mark.parametrize(("P", "indices", "engine"), CASES)
@pytest.mark.parametrize("rule", ["metropolis", "heat-bath"])
def test_small_samples_agree_with_enumeration(P: int, indices: str, engine: str, rule: str, seed: int) -> None:
    N = 10
    model = sm.DenseHebbian(P=P, gamma=12 / math.comb(N - 1, P - 1), T=2.0, indices=indices)
    settings = Settings(sweeps=20_000, start="random", engine=engine, rule=rule)
    pulls = []
    for k in range(3):
        stream = np.random.SeedSequence([seed, P, k])
        record = run_sample(model, N=N, stream=stream, settings=settings)
        energies = enumerated(model, N, substream(stream, PATTERNS))[1]
        p, s = boltzmann(energies, model.T), states(N).astype(float)
        pulls.append((record["u"] - p @ energies / N) / (0.5 * record["u_sigma"]))
        assert record["q2"] == pytest.approx(np.mean((s.T * p @ s) ** 2), abs=0.02)
    assert np.sum(np.square(pulls)) < 22  # 3 degrees of freedom: probability 7e-5


@pytest.mark.parametrize(("P", "indices", "engine"), CASES)
def test_tempering_against_enumeration(P: int, indices: str, engine: str) -> None:
    N, T = 9, np.array([0.7, 1.2, 2.5])
    model = sm.DenseHebbian(P=P, gamma=10 / math.comb(N - 1, P - 1), T=0.7, indices=indices)
    stream = np.random.SeedSequence(6)
    settings = Settings(sweeps=10_000, thermalization=200, start="random", engine=engine)
    record = temper_sample(model, N=N, temperatures=T, stream=stream, settings=settings)
    energies = enumerated(model, N, substream(stream, DISORDER))[1]
    s = states(N).astype(float)
    for k in range(3):
        p = boltzmann(energies, T[k])
        assert record["u"][k] == pytest.approx(p @ energies / N, abs=0.02)
        assert record["c"][k] == pytest.approx((p @ energies**2 - (p @ energies) ** 2) / (N * T[k] ** 2), rel=0.06)
        assert record["q2"][k] == pytest.approx(np.mean((s.T * p @ s) ** 2), abs=0.03)


@pytest.mark.parametrize("engine", ["look-up", "odd-part"])
def test_ground_states_against_enumeration(engine: str) -> None:
    model, N, T = sm.DenseHebbian(P=4, gamma=0.3, T=0.0), 12, [0.2, 0.4, 0.7, 1.2]
    for k in range(3):
        stream = np.random.SeedSequence([1, k])
        network = disorder_sample(model, N=N, stream=stream, engine=engine).engine
        found = lowest_state(network, T, np.random.SeedSequence(2), Settings(sweeps=400))
        energies = enumerated(model, N, stream)[1]
        assert found.agreed
        assert found.energy == pytest.approx(energies.min())
        assert energies[(found.spins > 0) @ (1 << np.arange(N))] == pytest.approx(energies.min())
    answer = montecarlo.ground_states(model, N=N, temperatures=T, samples=2, seed=1, sweeps=400, engine=engine)
    assert answer.agreed.all()


def test_both_engines_give_the_same_sample() -> None:
    for T, start in ((0.0, "random"), (0.3, "retrieval"), (0.5, "mixture-3")):
        records = [
            run_sample(
                sm.DenseHebbian(P=4, gamma=0.1, T=T),
                N=40,
                stream=np.random.SeedSequence(2),
                settings=Settings(sweeps=50, engine=engine, start=start),
            )
            for engine in ("look-up", "odd-part")
        ]
        for name in records[0].keys() - {"engine"}:
            assert np.array_equal(records[0][name], records[1][name], equal_nan=True), name


def test_measurements_follow_their_definitions() -> None:
    """At T = 0 the record is about two states, which can be found again: A of them is the pattern's minimum."""
    model, N, stream = sm.DenseHebbian(P=4, gamma=0.05, T=0.0), 30, np.random.SeedSequence(4)
    record = run_sample(model, N=N, stream=stream, settings=Settings())
    engine, patterns, _ = dense_engine(model, N, substream(stream, PATTERNS))
    assert record["K"] == len(patterns) == model.patterns(N)
    spins = patterns[0].copy()
    moved = True
    while moved:
        moved = False
        for i in range(N):
            both = [
                engine.F[(fresh_cache(engine, spins * sign)[0, : len(patterns)] + N) // 2].sum() for sign in flip(N, i)
            ]
            if both[1] < both[0]:
                spins[i], moved = -spins[i], True
    M = patterns.astype(int) @ spins
    values = np.array(dense_interaction(N, 4, "distinct"), float)
    assert record["minimum"] is True
    assert record["m"] == M[0] / N
    assert record["u"] == pytest.approx(values[(M + N) // 2].sum() / N)


def flip(N: int, i: int) -> np.ndarray:
    """Signs that leave a state as it is, and that turn spin i."""
    signs = np.ones((2, N), np.int8)
    signs[1, i] = -1
    return signs


def test_one_pattern_is_the_infinite_range_ferromagnet_of_four_spins(seed: int) -> None:
    """K = 1: P(M) is a binomial times exp(-F(M)/T); well below the spinodal the state stays."""
    N, T = 200, 0.3
    M = np.arange(-N, N + 1, 2)
    up = (N + M) // 2
    log_weights = (
        np.array([math.log(math.comb(N, k)) for k in up]) - np.array(dense_interaction(N, 4, "distinct"), float) / T
    )
    retrieval = M > N // 2  # the paramagnet is a state of its own
    weights = np.where(retrieval, np.exp(log_weights - log_weights[retrieval].max()), 0.0)
    weights /= weights.sum()
    result = simulate(sm.DenseHebbian(P=4, gamma=0.0, T=T), N=N, samples=10, seed=seed, sweeps=2000)
    assert result.m.mean == pytest.approx(float(weights @ M) / N, abs=5 * result.m.error)
    assert result.q.mean == pytest.approx(result.m.mean**2, abs=5 * result.q.error)
    assert result.equilibrated, result.verdict


def test_retrieval_and_its_loss() -> None:
    kept = simulate(sm.DenseHebbian(P=4, gamma=0.05, T=0.15), N=60, samples=8, seed=1, sweeps=300)
    assert kept.m.mean > 0.98
    assert kept.equilibrated, kept.verdict
    assert list(kept.estimates) == ["m", "q", "u", "retrieved", "binder"]
    assert kept.engine == "odd-part, heat-bath, sequential"
    assert 0 < kept.acceptance < 0.01
    assert kept.arrays["P_q"].shape == (101,)
    lost = simulate(sm.DenseHebbian(P=4, gamma=0.05, T=0.8), N=60, samples=8, seed=1, sweeps=300)
    assert abs(lost.m.mean) < 0.1
    assert lost.retrieved.mean < 0.5


def test_energy_on_the_nishimori_line() -> None:
    """At T = γ the energy per spin is -1/P in every phase, at N → ∞; here within the errors at N = 60."""
    run = simulate(sm.DenseHebbian(P=4, gamma=0.1, T=0.1), N=60, samples=40, seed=3, sweeps=100, thermalization=50)
    assert run.u.mean == pytest.approx(-0.25, abs=4 * run.u.error)
    assert run.u.error < 0.004
    assert run.m.mean == pytest.approx(run.q.mean, abs=0.05)


def test_hot_metropolis_runs_choose_look_up() -> None:
    model = sm.DenseHebbian(P=4, gamma=0.1, T=3.0)
    hot = simulate(model, N=30, samples=2, seed=1, sweeps=100, start="random", rule="metropolis")
    assert hot.engine.startswith("look-up")
    assert hot.acceptance > 0.6
    assert disorder_sample(model, N=30, stream=np.random.SeedSequence(1), engine="auto").name == "odd-part"


def test_a_hundred_thousand_patterns() -> None:
    model = sm.DenseHebbian(P=4, gamma=0.15, T=0.1)
    assert model.patterns(160) == 98_604
    run = simulate(model, N=160, samples=1, seed=1, sweeps=2, thermalization=1)
    assert run.m.mean > 0.9


def test_starts() -> None:
    """Replica B starts from a corrupted pattern, ten per cent of its spins wrong."""
    model, N = sm.DenseHebbian(P=4, gamma=0.0, T=1e-3), 50
    record = run_sample(
        model, N=N, stream=np.random.SeedSequence(1), settings=Settings(sweeps=1, thermalization=0, interval=1)
    )
    assert record["m_A"] == 1
    assert record["m_B"] >= CORRUPTED
    with pytest.raises(ValueError, match="needs 3 patterns"):
        simulate(model, N=N, samples=1, seed=1, start="mixture-3")


def test_what_cannot_be_run_is_refused() -> None:
    with pytest.raises(ValueError, match=r"N = 700 is not allowed: K = 5\d* patterns .* more than 1073741824"):
        simulate(sm.DenseHebbian(P=4, gamma=0.1, T=0.1), N=700, samples=1, seed=1)
    with pytest.raises(ValueError, match="N = 40000 .* 16 bits"):
        simulate(sm.DenseHebbian(P=4, gamma=0.0, T=0.1), N=40_000, samples=1, seed=1)
    with pytest.raises(ValueError, match="N = 5"):
        simulate(sm.DenseHebbian(P=6, gamma=0.1, T=0.1), N=5, samples=1, seed=1)
    with pytest.raises(ValueError, match="engine = 'overlaps'"):
        simulate(sm.DenseHebbian(P=4, gamma=0.1, T=0.1), N=20, samples=1, seed=1, engine="overlaps")
    with pytest.raises(ValueError, match="one temperature"):
        simulate(sm.DenseHebbian(P=4, gamma=0.1, T=0.1), N=20, samples=1, seed=1, temperatures=3, hottest=1.0)


def test_warm_leaves_nothing_to_compile() -> None:
    from montecarlo import measure
    from montecarlo.engines import single_spin, words

    kernels = (single_spin.sweep_look_up, single_spin.sweep_odd_part, measure.replica_overlaps, words.fill_words)
    warm(sm.DenseHebbian(P=6, gamma=0.05, T=0.4), Settings())
    before = [len(kernel.signatures) for kernel in kernels]
    for P, N, T, how in (
        (4, 30, 0.4, {"rule": "heat-bath", "order": "sequential"}),
        (6, 21, 0.0, {"rule": "metropolis", "order": "random"}),
        (8, 20, 9.0, {"rule": "metropolis", "order": "random", "engine": "look-up"}),
    ):
        simulate(sm.DenseHebbian(P=P, gamma=0.01, T=T), N=N, samples=1, seed=1, sweeps=20, **how)
    assert [len(kernel.signatures) for kernel in kernels] == before
