"""Simulations of networks that learn from examples against enumeration, definitions and the storage of patterns."""

import itertools
import math

import numpy as np
import pytest

import montecarlo
import statmech as sm
from montecarlo import Settings, run_sample, simulate, warm
from montecarlo.disorder_sample import disorder_sample
from montecarlo.ground_states import lowest_state
from montecarlo.learning import EXAMPLES, first_example, learn
from montecarlo.plefka.sample import draw
from montecarlo.retrieval import PATTERNS
from montecarlo.tempering.tempered import DISORDER, temper_sample
from statmech.disorder import rademacher_patterns
from statmech.examples import example_sums, noisy_examples
from statmech.streams import substream

PROTOCOLS = (sm.SupervisedHebbian, sm.UnsupervisedHebbian)
SHORT = Settings(sweeps=30, thermalization=10)


def states(N: int) -> np.ndarray:
    """All states, bit i of the row's number being spin i up."""
    return (2 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1) - 1).astype(np.int8)


def load(P: int, N: int, K: int) -> float:
    """The load of K archetypes."""
    return K / (N if P == 2 else math.comb(N - 1, P - 1))


def averages(model, N: int, patterns, examples) -> tuple[np.ndarray, np.ndarray]:
    """Archetypes that the streams draw, and the vectors that the energy is made of, over the root of R."""
    archetypes = rademacher_patterns(model.patterns(N), N, patterns)
    M = int(model.M)
    if isinstance(model, sm.SupervisedHebbian):
        rows = example_sums(archetypes, M=M, r=model.r, stream=examples)[:, None] / M
    else:
        rows = noisy_examples(archetypes, M=M, r=model.r, stream=examples)
    return archetypes, rows / math.sqrt(model.R)


def enumerated(model, N: int, patterns, examples) -> np.ndarray:
    """Energies of all states from the definition, a product of P spins at a time."""
    rows = averages(model, N, patterns, examples)[1]
    s, energies = states(N).astype(float), np.zeros(2**N)
    for sites in itertools.combinations(range(N), model.P):
        coupling = rows[:, :, sites].prod(2).mean(1).sum()
        energies -= coupling * s[:, sites].prod(1)
    return energies / (N if model.P == 2 else math.comb(N - 1, model.P - 1))


def boltzmann(energies: np.ndarray, T: float) -> np.ndarray:
    weights = np.exp(-(energies - energies.min()) / T)
    return weights / weights.sum()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("P", [2, 4, 6])
@pytest.mark.parametrize("rule", ["heat-bath", "metropolis"])
def test_small_samples_agree_with_enumeration(protocol, P: int, rule: str, seed: int) -> None:
    N = 9
    model = protocol(P=P, gamma=load(P, N, 5), T=1.7, r=0.6, M=4)
    settings = Settings(sweeps=20_000, start="random", rule=rule)
    pulls = []
    for k in range(3):
        stream = np.random.SeedSequence([seed, P, k])
        record = run_sample(model, N=N, stream=stream, settings=settings)
        energies = enumerated(model, N, substream(stream, PATTERNS), substream(stream, EXAMPLES))
        p, s = boltzmann(energies, model.T), states(N).astype(float)
        pulls.append((record["u"] - p @ energies / N) / (0.5 * record["u_sigma"]))
        assert record["q2"] == pytest.approx(np.mean((s.T * p @ s) ** 2), abs=0.02)
    assert np.sum(np.square(pulls)) < 22  # 3 degrees of freedom: probability 7e-5


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("P", [2, 4])
def test_magnetisation_and_overlap_with_the_average_against_enumeration(protocol, P: int, seed: int) -> None:
    """One archetype and a temperature at which the state lasts: all others have next to no weight but its negative."""
    N, M = 14, 3
    model = protocol(P=P, gamma=0.0, T=0.15 if P == 2 else 0.12, r=0.8, M=M)
    stream = np.random.SeedSequence([seed, P])
    patterns, examples = substream(stream, PATTERNS), substream(stream, EXAMPLES)
    record = run_sample(model, N=N, stream=stream, settings=Settings(sweeps=10_000))
    archetypes, rows = averages(model, N, patterns, examples)
    s = states(N).astype(float)
    m, n = s @ archetypes[0] / N, s @ rows[0].mean(0) / N
    p = boltzmann(enumerated(model, N, patterns, examples), model.T)
    p[n < 0] = 0
    p /= p.sum()
    assert p[n < 0.3].sum() < 1e-3
    assert record["m"] == pytest.approx(p @ m, abs=0.004)
    assert record["n"] == pytest.approx(p @ n, abs=0.004)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("P", [2, 4])
def test_tempering_against_enumeration(protocol, P: int) -> None:
    N, T = 9, np.array([0.7, 1.2, 2.5])
    model = protocol(P=P, gamma=load(P, N, 4), T=0.7, r=0.6, M=3)
    stream = np.random.SeedSequence(6)
    settings = Settings(sweeps=10_000, thermalization=200, start="random")
    record = temper_sample(model, N=N, temperatures=T, stream=stream, settings=settings)
    disorder = substream(stream, DISORDER)
    energies = enumerated(model, N, disorder, substream(disorder, EXAMPLES))
    s = states(N).astype(float)
    for k in range(3):
        p = boltzmann(energies, T[k])
        assert record["u"][k] == pytest.approx(p @ energies / N, abs=0.02)
        assert record["q2"][k] == pytest.approx(np.mean((s.T * p @ s) ** 2), abs=0.03)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_ground_states_against_enumeration(protocol) -> None:
    model, N, T = protocol(P=4, gamma=0.05, T=0.0, r=0.6, M=3), 11, [0.2, 0.4, 0.7, 1.2]
    stream = np.random.SeedSequence(1)
    network = disorder_sample(model, N=N, stream=stream, engine="auto").engine
    found = lowest_state(network, T, np.random.SeedSequence(2), Settings(sweeps=400))
    energies = enumerated(model, N, stream, substream(stream, EXAMPLES))
    assert found.agreed
    assert found.energy == pytest.approx(energies.min())


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("P", [2, 4])
def test_fixed_points_follow_their_definitions(protocol, P: int) -> None:
    """At T = 0 the record is about the minimum that the archetype descends to, site after site."""
    N, stream = 14, np.random.SeedSequence(4)
    model = protocol(P=P, gamma=load(P, N, 3), T=0.0, r=0.7, M=5)
    record = run_sample(model, N=N, stream=stream, settings=SHORT)
    patterns, examples = substream(stream, PATTERNS), substream(stream, EXAMPLES)
    archetypes, rows = averages(model, N, patterns, examples)
    energies = enumerated(model, N, patterns, examples)
    state, moved = int((archetypes[0] > 0) @ (1 << np.arange(N))), True
    while moved:
        moved = False
        for i in range(N):
            if energies[state ^ (1 << i)] < energies[state] - 1e-12:
                state, moved = state ^ (1 << i), True
    s = states(N)[state].astype(float)
    assert record["minimum"] is True
    assert record["m"] == pytest.approx(s @ archetypes[0] / N)
    assert record["n"] == pytest.approx(s @ rows[0].mean(0) / N)
    assert record["u"] == pytest.approx(energies[state] / N, rel=1e-6)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("changes", [{"r": 1.0, "M": 5}, {"r": 0.4, "M": math.inf}])
@pytest.mark.parametrize("P", [2, 4])
def test_perfect_data_give_the_trajectories_of_stored_patterns(protocol, changes: dict, P: int) -> None:
    N, stream = 40, np.random.SeedSequence(3)
    plain = sm.Hopfield(alpha=0.1, T=0.3) if P == 2 else sm.DenseHebbian(P=P, gamma=0.02, T=0.3)
    model = protocol(P=P, gamma=0.1 if P == 2 else 0.02, T=0.3, **changes)
    for start in ("retrieval", "random"):
        settings = Settings(sweeps=40, thermalization=5, start=start)
        learned, stored = (run_sample(each, N=N, stream=stream, settings=settings) for each in (model, plain))
        for name in ("m", "q", "m_A", "m_B", "acceptance"):
            assert learned[name] == stored[name], name
        assert learned["u"] == pytest.approx(stored["u"])
        assert learned["n"] == pytest.approx(learned["m"])


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("P", [2, 4])
def test_disorder_is_that_of_plefkas_levels(protocol, P: int) -> None:
    N, stream = 25, np.random.SeedSequence(8)
    model = protocol(P=P, gamma=load(P, N, 20), T=0.2, r=0.5, M=6)
    sample = draw(model, N, stream)
    network = learn(model, N, substream(stream, PATTERNS), substream(stream, EXAMPLES))
    assert np.array_equal(sample.archetype, network.archetypes[0])
    np.testing.assert_allclose(sample.teacher, network.average / math.sqrt(model.R))


def test_without_load_the_examples_of_a_teacher_are_one_pattern(seed: int) -> None:
    """K = 1: spins feel averages alone, and n is at most its mean modulus."""
    model = sm.SupervisedHebbian(P=4, gamma=0.0, T=0.05, r=0.5, M=20)
    run = simulate(model, N=200, samples=6, seed=seed, sweeps=100)
    assert run.engine == "power-sums, heat-bath, sequential"
    assert 0.85 < run.n.mean < run.m.mean < 1
    assert list(run.estimates) == ["m", "n", "q", "u", "retrieved", "binder"]


def test_few_examples_are_stored_and_many_are_generalised() -> None:
    """From an example, without a teacher: below M_ex = 36.7 it stays, beyond the state is the archetype."""
    found = {}
    for M in (5, 60):
        model = sm.UnsupervisedHebbian(P=4, gamma=0.0, T=0.0, r=0.6, M=M)
        run = simulate(model, N=400, samples=4, seed=1, start="example")
        assert run.equilibrated is False
        assert "retrieved" not in run.estimates
        found[M] = run.m.mean
    assert found[5] == pytest.approx(0.6, abs=0.05)
    assert found[60] > 0.99
    taught = simulate(
        sm.SupervisedHebbian(P=4, gamma=0.0, T=0.0, r=0.6, M=5), N=400, samples=4, seed=1, start="example"
    )
    assert taught.m.mean > 0.75  # a teacher's network has no states at single examples


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_examples_to_start_from(protocol) -> None:
    N, stream = 4000, np.random.SeedSequence(2)
    for M in (1, 9, math.inf):
        network = learn(protocol(P=2, gamma=0.0, T=0.1, r=0.4, M=M), N, substream(stream, 0), substream(stream, 4))
        example = first_example(network, substream(stream, 4, 0))
        assert example @ network.archetypes[0].astype(float) / N == pytest.approx(0.4, abs=5 / math.sqrt(N))
        if math.isfinite(M):
            expected = 1.0 if M == 1 else 0.4**2 + (1 - 0.4**2) / M  # with the average: the example is one of M
            assert example @ network.average / N == pytest.approx(expected, abs=5 / math.sqrt(N))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("P", [2, 4, 6])
def test_the_same_seed_is_the_same_sample(protocol, P: int) -> None:
    N = 20
    model = protocol(P=P, gamma=load(P, N, 6), T=0.3, r=0.6, M=4)
    first, second = (run_sample(model, N=N, stream=np.random.SeedSequence(5), settings=SHORT) for _ in range(2))
    other = run_sample(model, N=N, stream=np.random.SeedSequence(6), settings=SHORT)
    for name in first.keys() - {"engine"}:
        assert np.array_equal(first[name], second[name], equal_nan=True), name
    assert first["u"] != other["u"]


def test_both_engines_of_examples_give_the_same_sample() -> None:
    model = sm.UnsupervisedHebbian(P=4, gamma=0.02, T=0.2, r=0.6, M=5)
    records = [
        run_sample(model, N=30, stream=np.random.SeedSequence(2), settings=Settings(sweeps=40, engine=engine))
        for engine in ("look-up", "odd-part")
    ]
    for name in records[0].keys() - {"engine"}:
        assert np.array_equal(records[0][name], records[1][name], equal_nan=True), name


def test_mixtures_and_tempering_of_the_whole() -> None:
    model = sm.SupervisedHebbian(P=4, gamma=0.01, T=0.2, r=0.7, M=8)
    assert simulate(model, N=40, samples=2, seed=1, sweeps=30, start="mixture-3").samples == 2
    curve = montecarlo.temper(model, N=16, temperatures=[0.2, 0.6, 1.2], samples=2, seed=1, sweeps=200)
    u = curve.mean("u")
    assert u[0] < u[-1] < 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_cannot_be_run_is_refused(protocol) -> None:
    easy = protocol(P=4, gamma=0.01, T=0.1, r=0.6, M=4)
    with pytest.raises(ValueError, match="N = 900 is not allowed"):
        simulate(protocol(P=4, gamma=0.1, T=0.1, r=0.5, M=20), N=900, samples=1, seed=1)
    with pytest.raises(ValueError, match="N = 9000 .* at most 8192"):
        simulate(protocol(P=2, gamma=0.001, T=0.1, r=0.5, M=20), N=9000, samples=1, seed=1)
    with pytest.raises(ValueError, match="engine = 'overlaps'"):
        simulate(easy, N=20, samples=1, seed=1, engine="overlaps")
    with pytest.raises(ValueError, match="engine = 'look-up'"):
        simulate(protocol(P=2, gamma=0.1, T=0.1, r=0.6, M=4), N=20, samples=1, seed=1, engine="look-up")
    with pytest.raises(ValueError, match="one temperature"):
        simulate(easy, N=20, samples=1, seed=1, temperatures=3, hottest=1.0)
    with pytest.raises(ValueError, match="needs 3 patterns"):
        simulate(protocol(P=4, gamma=0.0, T=0.1, r=0.6, M=4), N=20, samples=1, seed=1, start="mixture-3")
    with pytest.raises(ValueError, match="start = 'example' is not allowed"):
        simulate(sm.Hopfield(alpha=0.1, T=0.1), N=20, samples=1, seed=1, start="example")


def test_warm_leaves_nothing_to_compile() -> None:
    from montecarlo import measure
    from montecarlo.engines import single_spin, words

    kernels = (single_spin.sweep_power_sums, single_spin.sweep_couplings, measure.replica_overlaps, words.fill_words)
    for P in (2, 4):
        warm(sm.SupervisedHebbian(P=P, gamma=0.05, T=0.4, r=0.5, M=20), Settings())
    before = [len(kernel.signatures) for kernel in kernels]
    for P, M in ((2, 3), (2, 3000), (4, 3), (4, 301), (6, 20)):
        simulate(sm.SupervisedHebbian(P=P, gamma=0.01, T=0.4, r=0.5, M=M), N=20, samples=1, seed=1, sweeps=20)
    assert [len(kernel.signatures) for kernel in kernels] == before
