"""Simulation of multitasking networks: starts, amplitudes, exact averages at small N, and what is refused."""

import itertools
import math

import numpy as np
import pytest

import montecarlo
import statmech as sm
from montecarlo import Settings, retrieval
from montecarlo.diluted_hopfield import choose
from montecarlo.disorder_sample import disorder_sample
from montecarlo.engines.engine import fresh_cache
from montecarlo.engines.sparse import sparse_engine
from montecarlo.multitasking import (
    draw_patterns,
    hierarchical_state,
    run_pair,
    sorted_amplitudes,
    start_states,
    state_of_amplitudes,
)
from montecarlo.multitasking_learning import draw_examples, learning_engine
from montecarlo.tempering.temperatures import DISORDER
from montecarlo.tempering.tempered import temper_sample
from statmech.disorder import stratified_patterns
from statmech.streams import substream

SEED = np.random.SeedSequence(3)
SYSTEMS = (
    sm.Multitasking(K=3, d=0.4, T=0.2),
    sm.MultitaskingLearning(K=2, d=0.3, T=0.1, r=0.5, M=4),
    sm.MultitaskingLearning(K=2, d=0.3, T=0.1, r=0.5, M=4, protocol="unsupervised"),
    sm.DilutedHopfield(alpha=0.02, d=0.2, T=0.2),
    sm.ExtremelyDiluted(c=2, alpha=0.5, T=1.0),
)


def all_states(N: int) -> np.ndarray:
    return (2 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1) - 1).astype(np.int8)


def definition(model, N: int, stream: np.random.SeedSequence, s: np.ndarray) -> np.ndarray:
    """Energies of states from the Hamiltonian of the model's docstring."""
    if isinstance(model, sm.MultitaskingLearning):
        archetypes = draw_patterns(
            model.K, N, model.d, "independent", np.random.SeedSequence(stream.entropy, spawn_key=(0,))
        )
        examples = draw_examples(archetypes, model.M, model.r, np.random.SeedSequence(stream.entropy, spawn_key=(1,)))
        gain = model.r**2 + (1 - model.r**2) / model.M
        n = s @ examples.astype(float).transpose(0, 2, 1) / N  # (M, states, K)
        if model.protocol == "supervised":
            return -N / (2 * gain) * np.sum(n.mean(0) ** 2, 1)
        return -N / (2 * gain * model.M) * np.sum(n**2, (0, 2))
    engine = disorder_sample(model, N=N, stream=stream, engine="sparse").engine
    patterns = np.zeros((engine.K, N))
    patterns[engine.index, np.repeat(np.arange(N), np.diff(engine.first).astype(int))] = engine.value
    M = s @ patterns.T
    if isinstance(model, sm.ExtremelyDiluted):
        return -0.5 * np.sum(M**2, 1)
    energies = -0.5 * np.sum(M**2, 1) / N
    return energies + (0.5 * np.sum(patterns**2) / N if isinstance(model, sm.DilutedHopfield) else 0.0)


@pytest.mark.parametrize("model", SYSTEMS, ids=repr)
def test_disorder_samples_have_the_energies_of_the_model(model) -> None:
    N = 10
    s = all_states(N)
    engine = disorder_sample(model, N=N, stream=SEED, engine="sparse").engine
    M = np.array([fresh_cache(engine, spins) for spins in s], float)
    energies = -0.5 * engine.unit * (np.sum(M**2, 1) - engine.constant)
    assert np.allclose(energies, definition(model, N, SEED, s), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("protocol", ["supervised", "unsupervised"])
def test_infinitely_many_examples_are_the_limit_of_many(protocol: str) -> None:
    N, r = 10, 0.7
    s = all_states(N)
    energies = []
    for M in (math.inf, 4000):
        model = sm.MultitaskingLearning(K=2, d=0.3, T=0.1, r=r, M=M, protocol=protocol)
        engine = learning_engine(model, N, "independent", SEED)[0]
        overlaps = np.array([fresh_cache(engine, spins) for spins in s], float)
        energies.append(-0.5 * engine.unit * (np.sum(overlaps**2, 1) - engine.constant))
    assert np.abs(energies[0] - energies[1]).max() < 0.1
    # the self-couplings of single examples are those of all their entries
    diagonal = [float(np.mean(each)) for each in energies]
    assert diagonal[0] == pytest.approx(diagonal[1], rel=0.03)


@pytest.mark.parametrize("rule", ["heat-bath", "metropolis"])
def test_averages_of_small_networks_are_exact(rule: str, seed: int) -> None:
    """Mean energy of the run against enumeration, at N = 8 and 12."""
    for N, model in itertools.product((8, 12), SYSTEMS):
        hot = sm.__dict__[type(model).__name__](**{**vars(model), "T": 3 * model.T})
        settings = Settings(sweeps=20_000, thermalization=100, rule=rule, start="random")
        stream = np.random.SeedSequence(seed)
        record = montecarlo.run_sample(hot, N=N, stream=stream, settings=settings)
        patterns = np.random.SeedSequence(stream.entropy, spawn_key=(retrieval.PATTERNS,))
        if isinstance(model, sm.MultitaskingLearning):
            engine = learning_engine(hot, N, "independent", patterns)[0]
        else:
            engine = disorder_sample(hot, N=N, stream=patterns, engine="sparse").engine
        M = np.array([fresh_cache(engine, spins) for spins in all_states(N)], float)
        energies = -0.5 * engine.unit * (np.sum(M**2, 1) - engine.constant)
        weights = np.exp(-(energies - energies.min()) / hot.T)
        exact = float(weights @ energies / weights.sum()) / N
        sigma = 0.5 * float(record["u_sigma"])
        assert abs(record["u"] - exact) < 5 * sigma, (N, hot, record["u"], exact, sigma)


def test_hierarchical_configuration_follows_the_first_entry() -> None:
    patterns = np.array([[1, 0, 0, 0], [-1, -1, 0, 0], [1, 1, 1, 0]], np.int8)
    assert hierarchical_state(patterns, np.array([-1, -1, -1, -1], np.int8)).tolist() == [1, -1, 1, -1]
    many = stratified_patterns(4, 8100, 0.3, SEED)
    m = many @ hierarchical_state(many, np.ones(8100, np.int8)).astype(int) / 8100
    assert np.abs(m - 0.7 * 0.3 ** np.arange(4)).max() < 81 / 8100


def test_state_of_amplitudes_is_a_product_of_heat_baths() -> None:
    N = 40_000
    patterns = stratified_patterns(3, N, 0.4, SEED)
    u = np.random.default_rng(1).random(N)
    a, T = np.array([0.4, 0.2]), 0.3
    state = state_of_amplitudes(patterns, a, T, u)
    assert patterns @ state.astype(int) / N == pytest.approx(patterns @ np.tanh(a @ patterns[:2] / T) / N, abs=0.02)
    at_zero = state_of_amplitudes(patterns, (0.5, 0.2), 0.0, u)
    fields = np.sign(2 * patterns[0] + patterns[1])
    assert np.array_equal(at_zero[fields != 0], fields[fields != 0])
    assert abs(at_zero[fields == 0].mean()) < 0.1
    with pytest.raises(ValueError, match="there are only K = 3 patterns"):
        state_of_amplitudes(patterns, (0.1,) * 4, 0.0, u)


def test_starts_of_the_replicas() -> None:
    N, patterns = 1000, draw_patterns(3, 1000, 0.5, "independent", SEED)
    for settings in (Settings(), Settings(start="mixture-3"), Settings(amplitudes=(0.3, 0.3))):
        first, second = start_states(patterns, 3, 0.0, settings, SEED)
        assert first @ second.astype(int) == round(N * retrieval.CORRUPTED)
    assert np.array_equal(
        start_states(patterns, 3, 0.0, Settings(), SEED)[0][patterns[0] != 0], patterns[0][patterns[0] != 0]
    )
    hot = start_states(patterns, 3, 0.0, Settings(start="random"), SEED)
    assert abs(np.mean(hot[0] * hot[1])) < 0.2


def test_amplitudes_are_sorted_after_the_average_and_further_rows_follow() -> None:
    means = np.array([[0.1, -0.4, 0.2, 7.0, 8.0, 9.0], [0.5, 0.1, 0.3, -1.0, -2.0, -3.0]])
    assert np.allclose(sorted_amplitudes(means, 3), [[0.45, 0.25, 0.1], [4.5, 6.0, 4.5]])


def test_amplitudes_of_a_pure_state_do_not_fan_out() -> None:
    """The two patterns that are not retrieved fluctuate by N^{-1/2} = 0.022, their averages over the run much less."""
    run = montecarlo.simulate(
        sm.Multitasking(K=3, d=0.1, T=0.45), N=2187, samples=2, seed=1, sweeps=2000, patterns="stratified"
    )
    assert run.m_1.mean == pytest.approx(0.9 * math.tanh(run.m_1.mean / 0.45), abs=0.002)
    assert run.m_1.mean > 0.8
    assert run.m_3.mean <= run.m_2.mean < 0.005


def test_starts_that_are_states_stay(seed: int) -> None:
    model = sm.Multitasking(K=3, d=0.3, T=0.0)
    N, patterns = 2700, stratified_patterns(3, 2700, 0.3, SEED)
    engine = sparse_engine(patterns, 1 / N, self_couplings=True)
    starts = start_states(patterns, 3, 0.0, Settings(), np.random.SeedSequence(seed))
    record = run_pair(engine, starts, patterns, 3, 0.0, Settings(), np.random.SeedSequence(seed))
    assert record["minimum"]
    assert record["overlaps"][0] == pytest.approx([0.7, 0.21, 0.063], abs=0.01)
    assert record["u"] == pytest.approx(-0.5 * np.sum(record["overlaps"][0] ** 2), rel=1e-12)
    run = montecarlo.simulate(model, N=2000, samples=2, seed=1, amplitudes=(0.5, 0.5, 0.5))
    assert run.m_1.mean < 0.62  # the mixture is a minimum too


@pytest.mark.parametrize("model", SYSTEMS, ids=repr)
@pytest.mark.parametrize("T", [None, 0.0])
def test_simulate(model, T: float | None) -> None:
    model = model if T is None else sm.__dict__[type(model).__name__](**{**vars(model), "T": T})
    settings = {"sweeps": 60, "thermalization": 20}
    run = montecarlo.simulate(model, N=300, samples=6, seed=1, **settings)
    again = montecarlo.simulate(model, N=300, samples=6, seed=1, **settings)
    assert repr(run) == repr(again)
    names = {
        "multitasking": {"m_1", "m_2", "m_3", "q"},
        "multitasking_learning": {"m_1", "m_2", "n_1", "n_2", "q"},
        "diluted_hopfield": {"m", "q", "r"},
        "extremely_diluted": {"M2", "k2", "q2"},
    }[model.system]
    assert names | {"u"} <= set(run.estimates)
    assert ("couplings" if model.system == "diluted_hopfield" else "sparse") in run.engine
    assert all(math.isfinite(value.mean) and value.error >= 0 for value in run.estimates.values())
    if T is None:
        assert 0 < run.acceptance < 1
    montecarlo.warm(model, Settings(**settings))


def test_energies_and_order_parameters_of_the_extremely_diluted() -> None:
    model = sm.ExtremelyDiluted(c=3, alpha=0.1, T=0.5)
    run = montecarlo.simulate(model, N=2000, samples=4, seed=1, sweeps=200)
    assert run.u.mean == pytest.approx(-0.05 * run.M2.mean, rel=1e-12)
    assert run.M2.mean < run.k2.mean
    with pytest.raises(ValueError, match="c = 300 is not allowed: patterns of N = 200 sites"):
        montecarlo.simulate(sm.ExtremelyDiluted(c=300, alpha=0.1, T=1), N=200, samples=1, seed=1)
    with pytest.raises(ValueError, match="amplitudes"):
        montecarlo.simulate(model, N=200, samples=1, seed=1, amplitudes=(0.5,))
    with pytest.raises(ValueError, match="records = "):
        montecarlo.summarise(model, 100, [], Settings())


@pytest.mark.parametrize("T", [0.0, 0.3])
def test_engines_of_the_diluted_hopfield_model_have_one_trajectory(T: float) -> None:
    model, names = sm.DilutedHopfield(alpha=0.2, d=0.4, T=T), ("sparse", "integer-couplings")
    one, two = (
        montecarlo.run_sample(model, N=200, stream=SEED, settings=Settings(sweeps=40, engine=name)) for name in names
    )
    assert (one.pop("engine"), two.pop("engine")) == names
    assert repr(one) == repr(two)


def test_the_matrix_is_chosen_where_it_is_faster() -> None:
    many, few = sm.DilutedHopfield(alpha=0.1, d=0.2, T=0.2), sm.DilutedHopfield(alpha=0.002, d=0.2, T=0.2)
    attempts = 2.0 * 4000 * 600
    assert choose("auto", many, 4000, attempts) == "integer-couplings"
    assert choose("auto", few, 4000, attempts) == "sparse"
    assert choose("auto", many, 100_000, attempts) == "sparse"
    assert choose("sparse", many, 4000, attempts) == "sparse"


def test_several_condensed_patterns_of_the_diluted_hopfield_model() -> None:
    model = sm.DilutedHopfield(alpha=0.002, d=0.3, T=0.0)
    run = montecarlo.simulate(model, N=3000, samples=3, seed=1, amplitudes=(0.7, 0.21))
    assert run.m_1.mean == pytest.approx(0.70, abs=0.02)
    assert run.m_2.mean == pytest.approx(0.205, abs=0.03)
    mixed = montecarlo.simulate(model, N=1500, samples=3, seed=1, start="mixture-3")
    assert set(mixed.estimates) >= {"m_1", "m_2", "m_3"}


@pytest.mark.parametrize(
    ("model", "bad", "message"),
    [
        (SYSTEMS[0], {"engine": "overlaps"}, "engine = 'overlaps'"),
        (SYSTEMS[0], {"temperatures": 3, "hottest": 2.0}, "temperatures = 3"),
        (SYSTEMS[0], {"amplitudes": (0.1, 0.1, 0.1, 0.1)}, "only K = 3"),
        (sm.Multitasking(K=2, d=0.5, T=0.1), {"start": "mixture-3"}, "needs 3 patterns"),
        (sm.Multitasking(K=6, d=0.5, T=0.1), {"patterns": "stratified"}, "N >= 3\\^6 = 729"),
        (SYSTEMS[3], {"patterns": "stratified"}, "patterns = 'stratified'"),
        (SYSTEMS[4], {"start": "mixture-3"}, "start = 'mixture-3'"),
        (sm.Hopfield(alpha=0.1, T=0.1), {"amplitudes": (0.5,)}, "amplitudes"),
        (sm.SherringtonKirkpatrick(T=0.5), {"patterns": "stratified"}, "a glass has no blank"),
    ],
)
def test_refusals(model, bad: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        montecarlo.simulate(model, N=300, samples=1, seed=1, **bad)


def test_memory_is_refused_before_it_is_taken() -> None:
    with pytest.raises(ValueError, match="N = 1000000 is not allowed: K = 20000 patterns"):
        draw_patterns(20_000, 1_000_000, 0.5, "independent", SEED)
    with pytest.raises(ValueError, match="M = 1000000 is not allowed"):
        draw_examples(np.ones((2, 5000), np.int8), 1_000_000, 0.5, SEED)
    with pytest.raises(ValueError, match="M = 40000 is not allowed: sums of examples"):
        montecarlo.simulate(sm.MultitaskingLearning(K=2, d=0.3, T=0.1, r=0.4, M=40_000), N=2000, samples=1, seed=1)


@pytest.mark.parametrize("model", [SYSTEMS[0], SYSTEMS[3], SYSTEMS[4]], ids=repr)
def test_tempering_of_sparse_patterns(model) -> None:
    """Energies at three temperatures against enumeration of the same disorder sample."""
    N, ladder, settings = 10, [0.5, 1.0, 2.0], Settings(sweeps=20_000, thermalization=200)
    record = temper_sample(model, N=N, temperatures=ladder, stream=SEED, settings=settings)
    engine = disorder_sample(model, N=N, stream=substream(SEED, DISORDER), engine="sparse").engine
    M = np.array([fresh_cache(engine, spins) for spins in all_states(N)], float)
    energies = -0.5 * engine.unit * (np.sum(M**2, 1) - engine.constant)
    for u, T in zip(record["u"], ladder, strict=True):
        weights = np.exp(-(energies - energies.min()) / T)
        assert u == pytest.approx(weights @ energies / weights.sum() / N, abs=0.01)
