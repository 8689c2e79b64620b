"""Levels of Plefka's expansion: their equations, and exact Monte Carlo on the same disorder site by site."""

import math
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import montecarlo
import statmech as sm
from montecarlo.engines.acceptance import Acceptance, acceptance
from montecarlo.engines.engine import Engine, sweep, walker
from montecarlo.engines.power_sums import PowerSums
from montecarlo.plefka.fields import fields, multilinear
from montecarlo.plefka.levels import TOLERANCE, _means, solve
from montecarlo.plefka.noise import Noise
from montecarlo.plefka.retrieval import LEVELS, Retrieval, _shown, retrieve
from montecarlo.plefka.sample import draw, exact_engine
from montecarlo.sample import sample_key
from montecarlo.settings import Settings
from statmech.disorder import rademacher_patterns
from statmech.results import Estimate
from statmech.streams import substream, unit_stream

HOPFIELD = sm.Hopfield(alpha=0.08, T=0.3)
DENSE = sm.DenseHebbian(P=4, gamma=0.1, T=0.25)

# Loads at most 0.8 of those where retrieval ends at large N; seeds with samples that hold their state at these N.
POINTS = [
    (sm.Hopfield(alpha=0.05, T=0.4), 1000, 1),
    (sm.Hopfield(alpha=0.08, T=0.2), 1000, 1),
    (sm.DenseHebbian(P=4, gamma=0.06, T=0.2), 80, 1),
    (sm.DenseHebbian(P=4, gamma=0.13, T=0.15), 80, 1),
    (sm.DenseHebbian(P=6, gamma=0.03, T=0.15), 34, 1),
    (sm.SupervisedHebbian(P=2, gamma=0.02, T=0.2, r=0.6, M=10), 800, 1),
    (sm.SupervisedHebbian(P=4, gamma=0.02, T=0.1, r=0.5, M=20), 80, 1),
    (sm.UnsupervisedHebbian(P=2, gamma=0.02, T=0.2, r=0.7, M=10), 800, 1),
    (sm.UnsupervisedHebbian(P=4, gamma=0.01, T=0.1, r=0.8, M=5), 100, 1),  # at N = 80 TAP itself is off by 0.012
]


def stream(k: int = 0) -> np.random.SeedSequence:
    return np.random.SeedSequence([7, k])


def explicit_field(xi: np.ndarray, m: np.ndarray) -> np.ndarray:
    """Fields for P = 4 with 3! e_3 of all other sites written out, pattern by pattern; xi has shape (N, K)."""
    x = xi * m[:, None]
    p1, p2, p3 = (np.sum(x**k, 0) - x**k for k in (1, 2, 3))
    N = len(m)
    return np.sum(xi * (p1**3 - 3 * p1 * p2 + 2 * p3), 1) / (6 * math.comb(N - 1, 3))


def heat_bath(patterns: np.ndarray, T: float, sweeps: int, seed: int) -> np.ndarray:
    """Means of spins for P = 4 by single-spin updates from the first pattern: the energy as a function of overlaps."""
    N = patterns.shape[1]
    generator = np.random.default_rng(seed)
    s, M = patterns[0].astype(np.int64), patterns.astype(np.int64) @ patterns[0]

    def energy(M: np.ndarray) -> np.ndarray:
        return -((M**4 - (6 * N - 8) * M**2 + 3 * N * N - 6 * N) / 24).sum(-1) / math.comb(N - 1, 3)

    total = np.zeros(N)
    for done in range(sweeps + 50):
        for i in range(N):
            away = M - 2 * s[i] * patterns[:, i]
            if generator.random() < 1 / (1 + math.exp((energy(away) - energy(M)) / T)):
                s[i], M = -s[i], away
        total += s if done >= 50 else 0
    return total / sweeps


def rms(first: Retrieval, second: Retrieval) -> np.ndarray:
    """Root mean square difference of the magnetisations, of each sample."""
    return np.sqrt(np.mean((first.magnetisations - second.magnetisations) ** 2, 1))


def test_the_reaction_is_the_derivative_of_the_second_order() -> None:
    """Of beta Phi_2 / 2 with respect to a magnetisation, with opposite sign."""
    noise, T, q, step = Noise(4, 0.13), 0.3, 0.8, 1e-6
    second = [0.13 / 4 * (1 - 4 * x**3 + 3 * x**4) for x in (q + step, q - step)]
    slope = (second[0] - second[1]) / (2 * step) / (2 * T)  # of Phi_2 / N with q, times beta / 2
    m = np.full(50, math.sqrt(q))
    # q changes by 2 m_i / N with m_i, and Phi_2 is N times this.
    assert noise.reaction(m, T) == pytest.approx(-2 * slope, rel=1e-8)


def test_reaction_of_pairs_sums_all_orders() -> None:
    m, T = np.full(40, 0.9), 0.5
    C = (1 - 0.81) / T
    assert Noise(2, 0.1).reaction(m, T) == pytest.approx(0.1 * sum(C**k for k in range(1, 60)))
    g, M = 0.05, 8
    modes = ((1.0, 1.0), (M - 1.0, g))
    exact = 0.1 * sum((1 + (M - 1) * g ** (k + 1)) * C**k for k in range(1, 60))
    assert Noise(2, 0.1, modes).reaction(m, T) == pytest.approx(exact)
    assert Noise(2, 0.1, ((1.0, 1.0), (0.0, 0.3))).replicon(m, T) == pytest.approx(Noise(2, 0.1).replicon(m, T))
    # The replicon eigenvalue of the Hopfield model, (T - 1 + q)^2 > alpha E (1 - m^2)^2.
    assert Noise(2, 0.1).replicon(m, T) == pytest.approx(1 - 0.1 * 0.19**2 / (T - 0.19) ** 2)
    assert math.isnan(Noise(2, 0.1).reaction(np.zeros(3), 0.9))
    assert math.isnan(Noise(2, 0.1).replicon(np.zeros(3), 0.9))


@pytest.mark.parametrize("level", ["TAP", "mean-field"])
def test_solutions_solve_the_equations(level: str) -> None:
    """With fields and reaction written out, in double precision."""
    model, N, seed = DENSE, 60, 3
    answer = retrieve(model, N=N, samples=2, seed=seed, level=level)
    assert answer.converged.all()
    K = model.patterns(N)
    for k, m in enumerate(answer.magnetisations):
        key = sample_key(model, N, k, Settings())
        xi = rademacher_patterns(K, N, substream(unit_stream(seed, key), 0)).T.astype(float)
        assert np.array_equal(xi[:, 0], answer.archetypes[k])
        h, q = explicit_field(xi, m), np.mean(m**2)
        if level == "TAP":
            h -= (K - 1) / math.comb(N - 1, 3) / model.T * 3 * q**2 * (1 - q) * m
        assert np.abs(np.tanh(h / model.T) - m).max() < 2 * TOLERANCE
        assert answer.values["m"][k] == pytest.approx(np.mean(xi[:, 0] * m))
        assert answer.values["q"][k] == pytest.approx(q)


@pytest.mark.parametrize(("model", "N", "seed"), POINTS)
def test_engines_have_the_energy_of_the_fields(model, N: int, seed: int) -> None:
    """Local fields of the exact engine at random spins."""
    sample = draw(model, N, stream(seed))
    s = rademacher_patterns(1, N, stream(5))[0]
    engine = exact_engine(sample.network)
    assert isinstance(engine, PowerSums) == (isinstance(model, sm.SupervisedHebbian) and model.P > 2)
    rule, words = acceptance("metropolis", 1e9, engine.unit), np.zeros(2, np.uint32)
    for i in range(0, N, 7):
        flipped = s.copy()
        flipped[i] *= -1
        energies = [energy(engine, spins, rule, words) for spins in (s, flipped)]
        field = fields(sample.network, s.astype(float), np.float64)[i]
        assert energies[1] - energies[0] == pytest.approx(2 * s[i] * field, rel=1e-6, abs=1e-5)


def energy(engine: Engine, spins: np.ndarray, rule: Acceptance, words: np.ndarray) -> float:
    """Energy that the engine's kernel finds in its cache, in no sweep."""
    replica, nothing = walker(engine, spins, stream()), np.empty((1, engine.N), np.int8)
    return float(sweep(engine, replica, rule, words, nothing, interval=0)[1][0])


def test_exact_level_against_another_heat_bath() -> None:
    model, N, seed, sweeps = sm.DenseHebbian(P=4, gamma=0.05, T=0.2), 40, 1, 400
    answer = retrieve(model, N=N, samples=1, seed=seed, level="exact", sweeps=4000)
    key = sample_key(model, N, 0, Settings())
    patterns = rademacher_patterns(model.patterns(N), N, substream(unit_stream(seed, key), 0))
    means, exact = heat_bath(patterns, model.T, sweeps, 2), answer.magnetisations[0]
    # The square of the difference is the variance of the shorter run, a few sweeps being needed to forget a spin.
    ratio = np.mean((means - exact) ** 2) / (np.mean(1 - exact**2) / sweeps)
    assert 0.5 < ratio < 5
    assert answer.m.mean == pytest.approx(np.mean(patterns[0] * means), abs=0.003)


@pytest.mark.parametrize(("model", "N", "seed"), POINTS)
def test_levels_agree_with_exact_monte_carlo(model, N: int, seed: int) -> None:
    """On the same disorder, for m, n and q and site by site."""
    runs = {
        level: retrieve(model, N=N, samples=3, seed=seed, level=level, sweeps=sweeps, thermalization=50)
        for level, sweeps in (dict.fromkeys(LEVELS, 200) | {"exact": 1000}).items()
    }
    exact = runs["exact"]
    for level, run in runs.items():
        assert run.level == level
        assert run.message == "", f"{level}: {run}"
        assert np.array_equal(run.archetypes, exact.archetypes)
        assert run.replicon.min() > 0
    for level, allowed in (("TAP", 0.006), ("sampled", 0.006), ("mean-field", 0.015)):
        for name in ("m", "n", "q"):
            off = np.abs(runs[level].values[name] - exact.values[name]).max()
            assert off < allowed * (2 if name == "q" else 1), f"{level} {name}: {off}"
    for level in ("TAP", "sampled"):
        assert rms(runs[level], exact).max() < 0.05
    # Without the reaction states are too well ordered.
    assert runs["mean-field"].q.mean > runs["TAP"].q.mean
    assert abs(runs["TAP"].q.mean - exact.q.mean) < abs(runs["mean-field"].q.mean - exact.q.mean) + 5e-4


def test_any_weight_of_new_spins() -> None:
    exact = retrieve(DENSE, N=60, samples=3, seed=1, level="exact", sweeps=400)
    for weight in (1.0, 0.1):
        run = retrieve(DENSE, N=60, samples=3, seed=1, level="sampled", sweeps=400, weight=weight)
        assert run.message == ""
        assert np.abs(run.values["m"] - exact.values["m"]).max() < 0.01


@pytest.mark.parametrize(
    ("model", "N"), [(sm.Hopfield(alpha=0.2, T=0.1), 500), (sm.DenseHebbian(P=4, gamma=0.35, T=0.2), 70)]
)
@pytest.mark.parametrize("level", ["TAP", "sampled"])
def test_beyond_the_retrieval_phase_the_answer_says_so(model, N: int, level: str) -> None:
    answer = retrieve(model, N=N, samples=3, seed=1, level=level, sweeps=100, thermalization=50)
    assert answer.message.startswith({"TAP": "L2, TAP: ", "sampled": "L3, noise-sampled parallel updates: "}[level])
    assert answer.message.split(": ", 1)[1] in repr(answer)
    assert answer.retrieved.mean < 1
    lost = ~answer.converged
    for values in answer.values.values():
        assert np.array_equal(np.isnan(values), lost)
    assert np.all(np.isnan(answer.magnetisations[lost]))


@pytest.mark.parametrize("level", LEVELS)
def test_paramagnet_is_no_retrieval(level: str) -> None:
    """Far above the transition the equations have a solution, without the archetype: it is 0, and is said to be."""
    for model, N in ((sm.DenseHebbian(P=4, gamma=0.05, T=1.0), 50), (sm.DenseHebbian(P=4, gamma=0.05, T=1e150), 8)):
        answer = retrieve(model, N=N, samples=2, seed=1, level=level, sweeps=300)
        assert answer.converged.all()
        assert answer.retrieved.mean == 0
        assert "2 of 2 samples converged to the paramagnet, m ≈ 0" in answer.message
        if level in ("TAP", "mean-field"):
            assert not answer.magnetisations.any()
            assert repr(answer).startswith("m = 0(0)  n = 0(0)  q = 0(0)  retrieved = 0(0)  [")
        else:
            assert not re.search("[0-9]e-", repr(answer))
            assert np.abs(answer.values["q"]).max() < 0.01


def test_printed_numbers_end_where_the_solution_does() -> None:
    tiny = Estimate(mean=-3e-17, error=2e-18, samples=2)
    assert [repr(_shown(value)) for value in (tiny, replace(tiny, error=math.nan))] == ["0(0)", "0(?)"]
    assert repr(_shown(Estimate(mean=0.03733333333, error=3e-18, samples=2))) == "0.037333(0)"
    assert repr(_shown(Estimate(mean=0.99123, error=0.00042, samples=2))) == "0.9912(4)"


@pytest.mark.parametrize("N", [4, 6, 9, 10])
def test_smallest_networks_retrieve(N: int) -> None:
    """The overlap of a random state is not small against 1: one half is asked for."""
    for level in LEVELS:
        answer = retrieve(sm.DenseHebbian(P=4, gamma=0.0, T=0.2), N=N, samples=2, seed=1, level=level, sweeps=300)
        assert answer.retrieved.mean == 1
        assert answer.message == ""


@pytest.mark.parametrize("T", [1e-300, 1e-20, 1e-6, 1e8, 1e150])
@pytest.mark.parametrize("level", LEVELS)
def test_any_temperature_has_an_answer_or_a_reason(level: str, T: float) -> None:
    """The reaction, β(1 - q), and its part in stability must not overflow unnoticed."""
    for model in (
        sm.Hopfield(alpha=0.1, T=T),
        sm.SupervisedHebbian(P=4, gamma=0.01, T=T, r=0.5, M=10),
        sm.UnsupervisedHebbian(P=2, gamma=0.05, T=T, r=0.5, M=10),
    ):
        answer = retrieve(model, N=30, samples=2, seed=1, level=level, sweeps=30, thermalization=20)
        assert np.array_equal(np.isnan(answer.values["m"]), ~answer.converged)
        assert bool(answer.message) == (answer.retrieved.mean < 1 or np.any(answer.replicon < 0))
        assert not np.isnan(answer.residual).any()


def test_is_there_after_the_import_of_the_package() -> None:
    code = "import montecarlo; assert callable(montecarlo.plefka.retrieve)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_too_few_sweeps_are_no_answer() -> None:
    answer = retrieve(DENSE, N=60, samples=2, seed=1, sweeps=2, thermalization=1)
    assert not answer.converged.any()
    assert answer.sweeps.tolist() == [3, 3]
    assert np.isnan([answer.m.mean, answer.n.mean, answer.q.mean]).all()
    assert answer.retrieved.mean == 0
    assert "2 of 2 samples did not converge" in repr(answer)


def test_cycles_are_damped() -> None:
    """Two sites that oppose each other: undamped, signs alternate for ever."""
    rows = np.array([[1, -1]], np.int8)
    network = multilinear(rows, 2, weight=1.0)
    start = np.array([0.9, 0.2])
    answer = solve(network, Noise(2, 0.0), start, 0.7, reaction=False, limit=300)
    assert answer.converged
    m = answer.first
    assert np.allclose(m, np.tanh(-m[::-1] / 0.7), atol=3e-5)
    assert abs(m[0]) > 0.5
    few = solve(network, Noise(2, 0.0), start, 0.7, reaction=False, limit=8)
    assert not few.converged
    assert few.residual > 0.1


def test_runs_that_alternate_or_drift_are_not_stationary() -> None:
    archetype = np.ones(50, np.int8)
    steady = np.full((100, 50), 0.9, np.float32)
    assert _means(steady, archetype, 100, cycles=True).converged
    alternating = steady.copy()
    alternating[::2, :5] *= -1
    assert not _means(alternating, archetype, 100, cycles=True).converged
    drifting = steady.copy()
    drifting[50:] -= 0.03
    assert not _means(drifting, archetype, 100, cycles=False).converged


@pytest.mark.parametrize(
    ("model", "N"),
    [
        (sm.Hopfield(alpha=0.1, T=0), 500),
        (sm.DenseHebbian(P=4, gamma=0.15, T=0), 60),
        (sm.SupervisedHebbian(P=4, gamma=0.02, T=0, r=0.5, M=20), 80),
    ],
)
def test_zero_temperature(model, N: int) -> None:
    """Mean-field solutions are states in which no flip lowers the energy; other levels have a reason to refuse."""
    answer = retrieve(model, N=N, samples=3, seed=1, level="mean-field")
    descent = retrieve(model, N=N, samples=3, seed=1, level="exact", sweeps=50)
    assert answer.message == descent.message == ""
    assert np.isnan(answer.replicon).all()
    for k, m in enumerate(answer.magnetisations):
        assert np.all(np.abs(m) == 1)
        sample = draw(model, N, unit_stream(1, sample_key(model, N, k, Settings())))
        assert np.all(m * fields(sample.network, m, np.float64) >= 0)
    for level in ("TAP", "sampled"):
        with pytest.raises(ValueError, match=f"T = 0 is not allowed at level = '{level}'"):
            retrieve(model, N=N, samples=1, seed=1, level=level)


def test_patterns_are_those_of_simulations() -> None:
    """Exact magnetisations and a simulation of the same samples differ by much less than samples do."""
    model, how = sm.Hopfield(alpha=0.05, T=0.4), {"N": 500, "samples": 4, "seed": 5}
    answer, simulation = retrieve(model, level="exact", **how), montecarlo.simulate(model, **how)
    assert answer.m.mean == pytest.approx(simulation.m.mean, abs=0.001)
    assert answer.m.error == pytest.approx(simulation.m.error, rel=0.2)
    assert np.ptp(answer.values["m"]) > 0.005


@pytest.mark.parametrize("protocol", [sm.SupervisedHebbian, sm.UnsupervisedHebbian])
@pytest.mark.parametrize("changes", [{"M": math.inf, "r": 0.5}, {"M": 3, "r": 1.0}])
def test_perfect_data_are_the_patterns(protocol, changes: dict) -> None:
    for P, plain in ((2, sm.Hopfield(alpha=0.1, T=0.2)), (4, sm.DenseHebbian(P=4, gamma=0.1, T=0.2))):
        learned, stored = draw(protocol(P=P, gamma=0.1, T=0.2, **changes), 20, stream()), draw(plain, 20, stream())
        assert np.array_equal(learned.network.A, stored.network.A)
        assert learned.network.weight == stored.network.weight
        assert learned.noise == stored.noise
        assert np.array_equal(learned.teacher, stored.archetype)


def test_what_the_teacher_shows() -> None:
    """The average of examples over the root of R has unit mean square; archetypes correlate with it."""
    for protocol in (sm.SupervisedHebbian, sm.UnsupervisedHebbian):
        model = protocol(P=2, gamma=0.001, T=0.1, r=0.6, M=10)
        sample = draw(model, 4000, stream())
        assert np.mean(sample.teacher**2) == pytest.approx(1.0, abs=0.03)
        assert np.mean(sample.teacher * sample.archetype) == pytest.approx(1 / math.sqrt(1 + model.rho), abs=0.02)
    model = sm.UnsupervisedHebbian(P=4, gamma=0.01, T=0.1, r=0.8, M=5)
    sample = draw(model, 30, stream())
    K = model.patterns(30)
    assert sample.network.A.shape == (30, 5 * K)
    assert np.allclose(sample.network.A[:, :5].mean(1) / math.sqrt(model.R), sample.teacher)
    assert sample.noise.load == pytest.approx(model.kappa * (K - 1) / math.comb(29, 3))


def test_what_a_result_says() -> None:
    answer = retrieve(HOPFIELD, N=200, samples=2, seed=1)
    assert "[L2, TAP: solver of retrieval, no sampler, N = 200" in repr(answer)
    assert "all converged" in repr(answer)
    for level, said in (
        ("exact", "L0, exact Monte Carlo: samples the Boltzmann distribution"),
        ("mean-field", "L1, naive mean field: solver of retrieval, no sampler"),
        ("sampled", "L3, noise-sampled parallel updates: solver of retrieval, no sampler"),
    ):
        assert said in repr(retrieve(HOPFIELD, N=50, samples=1, seed=1, level=level, sweeps=10))
    plain = answer.to_dict()
    assert plain["m"] == answer.m.mean
    assert plain["q_err"] == answer.q.error
    assert np.array_equal(plain["n_samples"], answer.values["n"])
    assert plain["level"] == "TAP"
    with pytest.raises(AttributeError, match="no observable 'u'"):
        _ = answer.u


def test_refusals() -> None:
    with pytest.raises(ValueError, match="indices = 'repeated'"):
        retrieve(sm.DenseHebbian(P=4, gamma=0.1, T=0.2, indices="repeated"), N=30, samples=1, seed=1)
    with pytest.raises(ValueError, match="no Plefka expansion of SherringtonKirkpatrick"):
        retrieve(sm.SherringtonKirkpatrick(T=0.2), N=30, samples=1, seed=1)
    with pytest.raises(ValueError, match=r"N = 2000 is not allowed: 1.32.*e\+08 patterns"):
        retrieve(sm.DenseHebbian(P=4, gamma=0.1, T=0.2), N=2000, samples=1, seed=1)
    many = sm.SupervisedHebbian(P=6, gamma=0.0, T=0.2, r=0.5, M=20_000)
    assert retrieve(many, N=20, samples=1, seed=1).converged.all()
    with pytest.raises(ValueError, match="M = 20000, .* is not allowed at P = 6, N = 20, K = 1"):
        retrieve(many, N=20, samples=1, seed=1, level="exact")
    for bad in ({"level": "L2"}, {"weight": 0.0}, {"sweeps": 1}, {"samples": 0}, {"seed": -1}):
        with pytest.raises(ValueError, match=f"{next(iter(bad))} = "):
            retrieve(HOPFIELD, **({"N": 50, "samples": 1, "seed": 1} | bad))


def test_disorder_does_not_depend_on_the_length_of_the_run():
    model = sm.SupervisedHebbian(P=4, gamma=0.01, T=0.25, r=0.6, M=10)
    short, long = (retrieve(model, N=40, samples=1, seed=2, level="exact", sweeps=s) for s in (50, 60))
    np.testing.assert_array_equal(short.archetypes, long.archetypes)
