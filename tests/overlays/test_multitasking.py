"""Theory against simulation of multitasking networks, within the stated error bars.

Stratified patterns leave no noise of order N^{-1/2} between patterns, so that amplitudes are compared one by one, up to
what sorting and 1/N leave. With independent entries what remains between samples is in the error bars.
"""

import math

import numpy as np
import pytest
from scipy import stats

import montecarlo
import statmech as sm
import theory


def assert_agrees(run, solution, names, slack):
    """Student's t at a level of 1e-4 for each order parameter, beside an allowance for finite N."""
    assert solution.converged
    t = stats.t.isf(0.5e-4, run.samples - 1)
    for name in names:
        found, expected = run.estimates[name], getattr(solution, name)
        bound = t * found.error + slack
        assert abs(found.mean - expected) < bound, f"{name}: {found} of {run}, theory {expected}"


STRATIFIED = [
    (2, 0.8, 0.4, 0.004),
    (3, 0.3, 0.1, 0.004),
    (3, 0.7, 0.1, 0.002),
    (3, 0.5, 0.1, 0.002),
    (2, 0.3, 0.2, 0.002),
    (3, 0.7, 0.5, 0.004),
    (5, 0.8, 0.5, 0.008),
]
"""K, d, t = T/(1-d), and what sorting leaves at N = 8000; symmetric states are soft."""


@pytest.mark.parametrize(("K", "d", "t", "slack"), STRATIFIED)
def test_amplitudes_of_stratified_patterns(K, d, t, slack):
    model = sm.Multitasking(K=K, d=d, T=t * (1 - d))
    run = montecarlo.simulate(model, N=8000, samples=3, seed=3, sweeps=150, thermalization=100, patterns="stratified")
    solution = theory.solve(model)
    for name, value in solution.order.items():
        assert abs(run.estimates[name].mean - value) < slack, (name, run, solution)
    assert run.u.mean == pytest.approx(solution.u, abs=5e-4)


@pytest.mark.parametrize(("K", "d", "t"), [(3, 0.7, 0.1), (3, 0.5, 0.1), (2, 0.3, 0.2)])
def test_amplitudes_of_independent_patterns(K, d, t):
    model = sm.Multitasking(K=K, d=d, T=t * (1 - d))
    run = montecarlo.simulate(model, N=4000, samples=12, seed=1, sweeps=100, thermalization=60)
    assert run.equilibrated, run.verdict
    assert_agrees(run, theory.solve(model), [f"m_{k}" for k in range(1, K + 1)], 0.002)


def test_independent_patterns_split_a_symmetric_state():
    """Equal amplitudes in the theory, visibly unequal ones in samples of independent entries, none in stratified."""
    model = sm.Multitasking(K=3, d=0.7, T=0.15)
    assert theory.solve(model).state == "symmetric"
    how = {"N": 4000, "samples": 6, "seed": 1, "sweeps": 100, "thermalization": 100}
    gaps = [
        run.m_1.mean - run.m_3.mean
        for run in (montecarlo.simulate(model, patterns=name, **how) for name in ("independent", "stratified"))
    ]
    assert gaps[0] > 0.05 > 0.015 > gaps[1]


def test_states_of_zero_temperature():
    hierarchical = montecarlo.simulate(
        sm.Multitasking(K=3, d=0.3, T=0), N=8000, samples=4, seed=1, patterns="stratified"
    )
    expected = theory.multitasking.hierarchical_amplitudes(3, 0.3)
    found = [hierarchical.estimates[f"m_{k}"].mean for k in (1, 2, 3)]
    assert found == pytest.approx(expected.tolist(), abs=1e-3)
    parallel = montecarlo.simulate(
        sm.Multitasking(K=3, d=0.7, T=0), N=8000, samples=6, seed=1, patterns="stratified", start="random"
    )
    found = [parallel.estimates[f"m_{k}"].mean for k in (1, 2, 3)]
    assert found == pytest.approx(theory.multitasking.parallel_amplitudes(0.7).tolist(), abs=5e-3)


def test_metastable_state_of_given_amplitudes():
    """K = 3 at d = 0.55, beyond d_E and below d_c: both the hierarchical and the parallel state stay at T = 0."""
    model = sm.Multitasking(K=3, d=0.55, T=0.0)
    for solution in theory.states(model)[:2]:
        amplitudes = tuple(theory.multitasking.amplitudes(solution))
        run = montecarlo.simulate(model, N=8000, samples=2, seed=1, patterns="stratified", amplitudes=amplitudes)
        for name, value in solution.order.items():
            assert run.estimates[name].mean == pytest.approx(value, abs=2e-3)


@pytest.mark.parametrize("protocol", ["supervised", "unsupervised"])
@pytest.mark.parametrize("M", [5, 25, 50])
def test_learning(M, protocol):
    model = sm.MultitaskingLearning(K=2, d=0.3, T=0.07, r=0.4, M=M, protocol=protocol)
    sweeps = 60 if protocol == "unsupervised" else 100
    run = montecarlo.simulate(model, N=3000, samples=8, seed=4, sweeps=sweeps, thermalization=40, patterns="stratified")
    assert run.equilibrated, run.verdict
    assert_agrees(run, theory.solve(model), ("m_1", "m_2", "n_1", "n_2", "u"), 0.003)


@pytest.mark.parametrize(
    ("alpha", "d", "T", "slack"), [(0.02, 0.2, 0.25, 0.004), (0.01, 0.2, 0.4, 0.004), (0.05, 0.0, 0.3, 0.001)]
)
def test_extensive_load(alpha, d, T, slack):
    model = sm.DilutedHopfield(alpha=alpha, d=d, T=T)
    run = montecarlo.simulate(model, N=2000, samples=8, seed=2, sweeps=80, thermalization=40)
    assert run.equilibrated, run.verdict
    assert_agrees(run, theory.solve(model), ("m", "q", "u"), slack)
    assert abs(run.r.mean - theory.solve(model).r) < 5 * run.r.error + 0.1 * run.r.mean


def test_two_patterns_at_extensive_load():
    model = sm.DilutedHopfield(alpha=0.002, d=0.3, T=0.0)
    solution = theory.solve(model, start="hierarchical-2")
    amplitudes = (solution.m_1, solution.m_2)
    run = montecarlo.simulate(model, N=8000, samples=8, seed=2, amplitudes=amplitudes)
    assert_agrees(run, solution, ("m_1", "m_2"), 0.002)


@pytest.mark.slow
def test_two_patterns_at_extensive_load_and_temperature():
    """Where replica symmetry holds amplitudes, the noise of the others and the energy agree as well."""
    model = sm.DilutedHopfield(alpha=0.001, d=0.3, T=0.08)
    solution = theory.solve(model, start="hierarchical-2")
    run = montecarlo.simulate(
        model, N=8000, samples=8, seed=2, sweeps=100, thermalization=60, amplitudes=(solution.m_1, solution.m_2)
    )
    assert_agrees(run, solution, ("m_1", "m_2", "q", "u"), 0.002)


def test_the_depth_of_the_hierarchy_is_a_logarithm_of_the_size():
    """Amplitudes at T = 0 leave the power law where the noise of independent patterns takes over, deeper with ln N."""
    d, K, sizes = 0.4, 10, np.array([500, 4000, 32_000])
    power_law = theory.multitasking.hierarchical_amplitudes(K, d)
    depths = []
    for N in sizes.tolist():
        run = montecarlo.simulate(sm.Multitasking(K=K, d=d, T=0), N=N, samples=16, seed=1)
        excess = np.array([run.estimates[f"m_{k}"].mean for k in range(1, K + 1)]) / power_law
        beyond = int(np.argmax(excess > 1.5))
        depths.append(np.interp(math.log(1.5), np.log(excess[[beyond - 1, beyond]]), [beyond, beyond + 1]))
    slope = np.polyfit(np.log(sizes), depths, 1)[0]
    assert slope == pytest.approx(0.5 / math.log(1 / d), abs=0.1)
    predicted = [theory.multitasking.hierarchy_depth(N, d).noise for N in sizes.tolist()]
    assert np.ptp(np.array(predicted) - depths) < 0.5


def test_isolated_blocks_of_extreme_dilution():
    """Below the percolation of the graph: by the ratio to k2, whose fluctuations between samples they share."""
    model = sm.ExtremelyDiluted(c=2, alpha=0.2, T=1.5)
    run = montecarlo.simulate(model, N=10_000, samples=6, seed=1, sweeps=150, thermalization=50)
    solution = theory.solve(model)
    assert run.equilibrated, run.verdict
    assert run.M2.mean / run.k2.mean == pytest.approx(solution.M2 / solution.k2, abs=0.006)
    assert run.q2.mean < 6e-4


def test_crosstalk_of_extreme_dilution():
    """Well above the line of cross-talk blocks are isolated, below it fields lower M2, as the population has it."""
    hot, cold = (sm.ExtremelyDiluted(c=2, alpha=0.6, T=T) for T in (4.0, 1.5))
    line = theory.extremely_diluted.critical_temperature(2, 0.6)
    assert cold.T < line.T < hot.T
    run = montecarlo.simulate(hot, N=5000, samples=6, seed=1, sweeps=150, thermalization=50)
    assert run.equilibrated, run.verdict
    assert run.M2.mean == pytest.approx(theory.solve(hot).M2, abs=5 * run.M2.error + 0.01)
    run = montecarlo.simulate(cold, N=5000, samples=8, seed=1, sweeps=300, thermalization=150)
    sampled = theory.extremely_diluted.population(cold, size=4000, sweeps=40, burn_in=60)
    assert run.M2.mean == pytest.approx(sampled.M2, abs=5 * math.hypot(run.M2.error, sampled.M2_error))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("d", "t", "soft"), [(0.65, 0.3, False), (0.65, 0.6, True), (0.65, 0.8, True), (0.7, 0.3, True)]
)
def test_window_of_the_symmetric_state_with_long_statistics(d, t, soft):
    """K = 2 at d = 0.65 enters the symmetric state on cooling and leaves it again; soft states by their energy."""
    model = sm.Multitasking(K=2, d=d, T=t * (1 - d))
    run = montecarlo.simulate(
        model, N=20_000, samples=8, seed=1, sweeps=3000, thermalization=500, patterns="stratified"
    )
    solution = theory.solve(model)
    assert run.u.mean == pytest.approx(solution.u, abs=4 * run.u.error + 2e-4)
    if not soft:
        assert_agrees(run, solution, ("m_1", "m_2"), 5e-4)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["supervised", "unsupervised"])
def test_learning_with_long_statistics(protocol):
    model = sm.MultitaskingLearning(K=3, d=0.3, T=0.0, r=0.3, M=40, protocol=protocol)
    solution = theory.multitasking_learning.relax(model, theory.multitasking.hierarchical_amplitudes(3, 0.3))
    run = montecarlo.simulate(model, N=30_000, samples=8, seed=1, patterns="stratified")
    assert_agrees(run, solution, ("m_1", "m_2", "m_3"), 0.004)
    noisy = sm.MultitaskingLearning(K=3, d=0.7, T=0.03, r=0.4, M=20, protocol=protocol)
    run = montecarlo.simulate(
        noisy, N=20_000, samples=8, seed=1, sweeps=1000, thermalization=300, patterns="stratified"
    )
    symmetric = theory.solve(noisy)
    assert symmetric.state == "symmetric"
    assert run.u.mean == pytest.approx(symmetric.u, abs=4 * run.u.error + 5e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "d", "T"), [(0.02, 0.2, 0.25), (0.01, 0.2, 0.4), (0.005, 0.4, 0.1)])
def test_extensive_load_with_long_statistics(alpha, d, T):
    """Extrapolated in 1/N."""
    model = sm.DilutedHopfield(alpha=alpha, d=d, T=T)
    sizes = np.array([2000, 4000, 8000])
    runs = [montecarlo.simulate(model, N=N, samples=24, seed=5, sweeps=400, thermalization=100) for N in sizes]
    solution = theory.solve(model)
    for name in ("m", "q", "u"):
        mean, error = (np.array([getattr(run.estimates[name], x) for run in runs]) for x in ("mean", "error"))
        solve = np.linalg.pinv(np.stack([1 / error, 1 / (sizes * error)], axis=1)) / error
        limit, sigma = solve[0] @ mean, math.sqrt(np.sum((solve[0] * error) ** 2))
        assert abs(limit - getattr(solution, name)) < 4.5 * sigma, (name, limit, sigma, solution)
