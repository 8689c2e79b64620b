"""Simulation of perceptrons: exact averages at small N, verdicts, starts, and what is refused."""

import math

import numpy as np
import pytest

import montecarlo
import statmech as sm
import theory
from montecarlo import Settings, enumerate_perceptron, run_sample
from montecarlo.binary_perceptron import disorder_sample
from montecarlo.glass import DISORDER
from montecarlo.ground_states import sample_stream
from montecarlo.perceptron.patterns import draw_patterns
from montecarlo.tempering.temperatures import DISORDER as LADDER_DISORDER
from montecarlo.tempering.temperatures import plan
from montecarlo.tempering.tempered import _stream, observables, temper_sample
from statmech.streams import substream

MODELS = [sm.BinaryPerceptron(alpha=0.8, kappa=0.2, T=0.7), sm.TeacherStudent(alpha=0.9, T=0.7)]


def enumerated(model, N: int, stream: np.random.SeedSequence, engine: str = "auto"):
    """All states of the sample that owns `stream`, from the patterns that its engine holds."""
    fields = disorder_sample(model, N=N, stream=stream, engine=engine).engine
    grid = 1.0 if fields.X.dtype == np.int8 else 1 / 2048
    return enumerate_perceptron(grid * fields.X[:, : fields.K].T.astype(float), getattr(model, "kappa", 0.0))


def teacher_overlap(found, T: float) -> float:
    """Exact mean overlap with the weights +1."""
    p = np.exp(-found.errors / T)
    return float(p @ (2.0 * np.bitwise_count(np.arange(2**found.N)) - found.N) / p.sum() / found.N)


@pytest.mark.parametrize("engine", ["fields", "gaussian-fields"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.system)
def test_one_sample_against_enumeration(model, engine: str) -> None:
    stream = np.random.SeedSequence(3)
    settings = Settings(sweeps=60_000, thermalization=1000, engine=engine)
    record = run_sample(model, N=13, stream=stream, settings=settings)
    found = enumerated(model, 13, substream(stream, DISORDER), engine)
    exact = found.averages(model.T)
    for name, error in (("u", record["u_sigma"] / 2), ("m", record["m_sigma"] / 2)):
        value = exact["u"] if name == "u" else teacher_overlap(found, model.T)
        assert record[name] == pytest.approx(value, abs=4 * error), name
        assert error < 0.01
    assert record["q"] == pytest.approx(exact["q"], abs=0.02)
    assert record["engine"] == engine


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.system)
def test_tempering_against_enumeration(model) -> None:
    T, stream = np.array([0.3, 0.6, 1.2]), np.random.SeedSequence(6)
    settings = Settings(sweeps=30_000, thermalization=300, start="random")
    record = temper_sample(model, N=11, temperatures=T, stream=stream, settings=settings)
    found = enumerated(model, 11, substream(stream, LADDER_DISORDER))
    for k in range(3):
        exact = found.averages(T[k])
        assert record["u"][k] == pytest.approx(exact["u"], abs=0.006)
        assert record["q"][k] == pytest.approx(exact["q"], abs=0.02)
        assert record["m"][k] == pytest.approx(teacher_overlap(found, T[k]), abs=0.02)


def test_ground_states_against_enumeration() -> None:
    model, ladder = sm.BinaryPerceptron(alpha=1.5), [0.2, 0.4, 0.8]
    answer = montecarlo.ground_states(model, N=15, temperatures=ladder, samples=4, seed=1, sweeps=400)
    assert answer.agreed.all()
    run = plan(model, N=15, temperatures=ladder, samples=4, seed=1, hottest=None, settings={"sweeps": 400})
    for k, energy in enumerate(answer.energies):
        found = enumerated(model, 15, substream(sample_stream(model, run, k), LADDER_DISORDER))
        assert energy == pytest.approx(found.errors.min() / 15)
    assert answer.energies.max() > 0


def test_the_teacher_makes_no_errors() -> None:
    for engine in ("fields", "gaussian-fields"):
        stream = np.random.SeedSequence(1)
        fields = disorder_sample(sm.TeacherStudent(alpha=2), N=51, stream=stream, engine=engine).engine
        assert np.all(fields.X[:, : fields.K].sum(0, dtype=int) > 0)


def test_alpha_one_equilibrates_when_warm_and_says_so_when_cold() -> None:
    """At beta = 1 there is a liquid; at beta = 2 runs of any affordable length freeze."""
    warm, cold = (
        montecarlo.simulate(
            sm.BinaryPerceptron(alpha=1, T=T), N=801, samples=n, seed=5, sweeps=sweeps, thermalization=800, interval=5
        )
        for T, n, sweeps in ((1.0, 5, 3000), (0.5, 4, 1500))
    )
    assert warm.equilibrated, warm.verdict
    assert warm.u.mean == pytest.approx(0.28258, abs=4 * warm.u.error)
    assert not cold.equilibrated
    assert "in different states in" in cold.verdict
    assert cold.u.mean > theory.solve(cold.model).u + 3 * cold.u.error


def test_coexistence_is_noticed() -> None:
    """Between the transition and the spinodal some replicas find the teacher, and others do not."""
    model = sm.TeacherStudent(alpha=4.6, T=2)
    assert [state.state for state in theory.states(model)] == ["perfect", "uninformed"]
    run = montecarlo.simulate(model, N=201, samples=5, seed=2, sweeps=500, thermalization=600)
    assert not run.equilibrated
    assert "in different states in" in run.verdict


def test_perfect_learning_beyond_the_spinodal() -> None:
    model = sm.TeacherStudent(alpha=7, T=2)
    run = montecarlo.simulate(model, N=101, samples=5, seed=2, sweeps=500, thermalization=600, start="random")
    assert run.equilibrated, run.verdict
    assert run.r.mean > 0.999
    assert 0 <= run.eps_bayes.mean <= run.eps_gibbs.mean < 0.01


@pytest.mark.parametrize("model", [sm.BinaryPerceptron(alpha=0.4), sm.TeacherStudent(alpha=0.4)])
def test_zero_temperature_is_a_descent(model) -> None:
    run = montecarlo.simulate(model, N=101, samples=3, seed=1, sweeps=200, thermalization=1000)
    assert run.verdict == "T = 0: local minimum of a descent, not equilibrium"
    assert run.u.mean < 0.05
    if isinstance(model, sm.TeacherStudent):
        assert math.isnan(run.eps_bayes.mean)
        assert run.eps_gibbs.mean > 0


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.system)
def test_a_ladder_inside_simulate(model) -> None:
    run = montecarlo.simulate(model, N=51, samples=6, seed=1, sweeps=1500, temperatures=6, hottest=1.6)
    assert run.equilibrated, run.verdict
    assert run.swap_rate.mean > 0.2
    solution = theory.solve(model)
    assert run.u.mean == pytest.approx(solution.u, abs=4 * run.u.error + 0.01)
    montecarlo.warm(model, Settings(temperatures=6, hottest=1.6, sweeps=200))


def test_errors_of_generalisation_follow_from_the_overlaps() -> None:
    run = montecarlo.simulate(sm.TeacherStudent(alpha=1, T=1.0), N=101, samples=1, seed=1, sweeps=300)
    assert run.eps_gibbs.mean == pytest.approx(math.acos(run.r.mean) / math.pi)
    assert run.eps_bayes.mean == pytest.approx(math.acos(run.r.mean / math.sqrt(run.q.mean)) / math.pi)
    assert set(run.estimates) == {"u", "q", "r", "eps_gibbs", "eps_bayes"}


def test_patterns_of_both_kinds() -> None:
    model = sm.BinaryPerceptron(alpha=0.5)
    X, unit = draw_patterns(model, 1001, "auto", np.random.SeedSequence(1))
    assert (X.shape, X.dtype, unit) == ((500, 1001), np.dtype(np.int8), 1.0)
    X, unit = draw_patterns(model, 1000, "gaussian-fields", np.random.SeedSequence(1))
    assert np.std(unit * X) == pytest.approx(1, abs=0.005)


def simulated(model, N=101, **settings):
    return montecarlo.simulate(model, N=N, samples=1, seed=1, **settings)


@pytest.mark.parametrize("kind", [sm.BinaryPerceptron, sm.TeacherStudent])
def test_refusals(kind) -> None:
    with pytest.raises(ValueError, match="N = 100 is not allowed: with patterns ±1 .* N must be odd, or engine='gauss"):
        simulated(kind(alpha=0.5, T=1), N=100)
    with pytest.raises(
        ValueError, match="alpha = 0.004 is not allowed at N = 101: there is no pattern, .* must exceed 0"
    ):
        simulated(kind(alpha=0.004, T=1))
    with pytest.raises(ValueError, match="alpha = -0.5"):
        kind(alpha=-0.5)
    with pytest.raises(ValueError, match="engine = 'overlaps'"):
        simulated(kind(alpha=0.5, T=1), engine="overlaps")
    with pytest.raises(ValueError, match="start = 'mixture-3'"):
        simulated(kind(alpha=0.5, T=1), start="mixture-3")
    with pytest.raises(ValueError, match="patterns = 'stratified'"):
        simulated(kind(alpha=0.5, T=1), patterns="stratified")
    with pytest.raises(ValueError, match="more than 1073741824 bytes"):
        simulated(kind(alpha=1.0, T=1), N=100_001)
    for run in (montecarlo.temper, montecarlo.ground_states):
        for engine in ("auto", "stability-fields"):
            with pytest.raises(ValueError, match="N = 100 is not allowed"):
                run(kind(alpha=0.5), N=100, temperatures=[0.5, 1.0], samples=1, seed=1, engine=engine)
    with pytest.raises(ValueError, match="engine = 'stability-fields' .* a simulation .*montecarlo.temper"):
        simulated(kind(alpha=0.5, T=1), engine="stability-fields")


@pytest.mark.parametrize("model", [sm.BinaryPerceptron(alpha=1.3, kappa=0.2), sm.TeacherStudent(alpha=1.3)])
def test_tempering_and_ground_states_of_what_fields_lack(model) -> None:
    """Against all states of each disorder sample at N = 11."""
    run = plan(
        model, N=11, temperatures=[0.3, 0.6, 1.2], samples=6, seed=5, hottest=None,
        settings={"engine": "stability-fields", "sweeps": 4000, "thermalization": 200},
    )  # fmt: skip
    lowest, means = [], []
    for sample in range(run.samples):
        costs = [costs_of_all_states(model, stream(model, run, sample)) for stream in (sample_stream, _stream)]
        lowest.append(costs[0].min())
        means.append([weighted_mean(costs[1], T) for T in run.temperatures])
    arguments = {"N": 11, "temperatures": [0.3, 0.6, 1.2], "samples": 6, "seed": 5, "engine": "stability-fields"}
    found = montecarlo.ground_states(model, sweeps=4000, thermalization=200, **arguments)
    np.testing.assert_allclose(found.energies, np.array(lowest) / 11, atol=1e-12)
    assert found.agreed.all()
    tempered = montecarlo.temper(model, sweeps=4000, thermalization=200, **arguments)
    np.testing.assert_allclose(tempered.mean("u"), np.mean(means, 0) / 11, rtol=0.02)


def costs_of_all_states(model, stream) -> np.ndarray:
    """What fields lack, of every state of one disorder sample."""
    X = disorder_sample(model, N=11, stream=substream(stream, LADDER_DISORDER), engine="fields").engine
    patterns = X.X[:, : X.K].T.astype(float)
    states = 2.0 * ((np.arange(2**11)[:, None] >> np.arange(11)) & 1) - 1
    edge = getattr(model, "kappa", 0.0) * np.sqrt(11)
    return np.maximum(edge - states @ patterns.T, 0).sum(1) / np.sqrt(11)


def weighted_mean(costs: np.ndarray, T: float) -> float:
    weights = np.exp(-(costs - costs.min()) / T)
    return float(costs @ weights / weights.sum())


def test_the_verdict_names_the_overlap_with_the_teacher() -> None:
    run = simulated(sm.TeacherStudent(alpha=0.5, T=1))
    assert "; of the overlap with the teacher: largest difference" in run.verdict
    assert run.verdict.split("teacher: ")[1].split(", ")[1].startswith("r of the ")


def test_stabilities_that_no_weights_reach_are_refused() -> None:
    with pytest.raises(ValueError, match="kappa = 5.0 is not allowed at N = 21: no pattern can be stored"):
        simulated(sm.BinaryPerceptron(alpha=0.5, kappa=5, T=1), N=21)
    with pytest.raises(ValueError, match="kappa = 9"):
        sm.BinaryPerceptron(alpha=0.5, kappa=9)


def test_the_spherical_perceptron_says_what_exists() -> None:
    model = sm.SphericalPerceptron(alpha=1, T=0.5)
    there = "there is no simulation of SphericalPerceptron, .* theory.solve, and the simulation of BinaryPerceptron"
    with pytest.raises(ValueError, match=there):
        simulated(model)
    with pytest.raises(ValueError, match=there):
        montecarlo.temper(model, N=21, temperatures=[0.5, 1.0], samples=1, seed=1)
    with pytest.raises(ValueError, match=there):
        montecarlo.warm(model, Settings())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.system)
def test_a_ladder_measures_what_a_simulation_does(model) -> None:
    ladder = montecarlo.temper(model, N=51, temperatures=[0.7, 1.0, 1.4], samples=4, seed=1, sweeps=400)
    alone = montecarlo.simulate(model, N=51, samples=4, seed=1, sweeps=400)
    for one in ladder:
        assert set(one.estimates) == {*alone.estimates, "c"}
    if isinstance(model, sm.TeacherStudent):
        first, solution = ladder.at(0.7), theory.solve(model)
        assert first.r.mean == pytest.approx(solution.r, abs=4 * first.r.error + 0.02)
        assert first.eps_gibbs.mean == pytest.approx(math.acos(first.r.mean) / math.pi, abs=first.eps_gibbs.error)
        assert np.all(ladder.mean("eps_bayes") < ladder.mean("eps_gibbs"))


def test_a_vote_that_does_not_exist_is_no_error_of_zero() -> None:
    """Students cannot be nearer to the teacher than to each other: r at most the root of q."""
    q = np.full(4, 0.3)
    for r, known in ((0.5, True), (0.6, False)):
        columns = {"m": np.full(4, r), "q": q, "u": q, "c": q}
        vote = observables(sm.TeacherStudent(alpha=1, T=1.0), columns)["eps_bayes"]
        assert math.isnan(vote.mean) != known
        assert math.isnan(vote.error) != known
    whole = observables(sm.TeacherStudent(alpha=9, T=1.0), {"m": np.ones(4), "q": np.ones(4), "u": 0 * q, "c": 0 * q})
    assert whole["eps_bayes"].mean == 0
