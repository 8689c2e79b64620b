"""Every engine, rule and order against the exactly enumerated Boltzmann distribution.

Independent draws, thinned by the measured autocorrelation time, are compared by chi-square; p-values are combined.
"""

import numpy as np
import pytest
from scipy.stats import chi2, combine_pvalues

from montecarlo.autocorrelation import integrated_time
from montecarlo.engines.acceptance import acceptance
from montecarlo.run import advance

N = 10
TEMPERATURES = (0.7, 1.0, 2.0)
DRAWS = 20_000


def draw(this, T: float, rule: str, order: str, draws: int, seed: int) -> np.ndarray:
    """Numbers of visited states, thinned to four autocorrelation times of the slowest quantity watched."""
    table = acceptance(rule, T, this.engine.unit)
    replica = this.start(np.ones(this.N, np.int8))
    replica.words[:] = np.random.SeedSequence(seed).generate_state(4, np.uint64)

    def run(count: int, interval: int) -> np.ndarray:
        blocks = advance(this.engine, replica, table, sweeps=count * interval, interval=interval, order=order)
        return np.concatenate([block.spins for block in blocks])

    pilot = run(10_000, 1).astype(float)
    watched = [*pilot.T, np.einsum("ti,ij,tj->t", pilot, this.J, pilot)]
    interval = int(np.ceil(4 * max(integrated_time(series).tau for series in watched)))
    return (run(draws, interval) > 0) @ (1 << np.arange(this.N))


def chi_square(numbers: np.ndarray, probabilities: np.ndarray) -> float:
    """p-value of the visits, rare states pooled until ten visits are expected in every bin."""
    order = np.argsort(probabilities)
    expected = probabilities[order] * len(numbers)
    bins = np.unique(np.floor(np.cumsum(expected) / 10).astype(int), return_inverse=True)[1]
    expected = np.bincount(bins, expected)
    seen = np.bincount(bins[np.argsort(order)][numbers], minlength=len(expected))
    kept = expected > 0
    value = np.sum((seen[kept] - expected[kept]) ** 2 / expected[kept])
    return float(chi2.sf(value, kept.sum() - 1))


def p_values(this, rule: str, order: str, draws: int, seed: int) -> list[float]:
    return [
        chi_square(draw(this, T, rule, order, draws, seed + k), this.boltzmann(T)[1])
        for k, T in enumerate(TEMPERATURES)
    ]


@pytest.mark.parametrize("order", ["sequential", "random"])
@pytest.mark.parametrize("rule", ["metropolis", "heat-bath"])
def test_visits_follow_boltzmann(
    any_name: str, rule: str, order: str, case, random_patterns, seed: int, all_names
) -> None:
    this = case(any_name, random_patterns(4, N, 8))
    values = p_values(this, rule, order, DRAWS, seed + 1000 * all_names.index(any_name))
    assert combine_pvalues(values).pvalue > 1e-4, values


@pytest.mark.parametrize("rule", ["metropolis", "heat-bath"])
def test_real_couplings_follow_boltzmann(rule: str, real_case, seed: int) -> None:
    J = np.triu(np.random.default_rng(1).normal(size=(N, N)) / np.sqrt(N), 1)
    values = p_values(real_case(J + J.T), rule, "sequential", DRAWS, seed + 10_000)
    assert combine_pvalues(values).pvalue > 1e-4, values


def test_a_wrong_temperature_is_noticed(case, random_patterns, seed: int) -> None:
    this = case("int8/int16", random_patterns(4, N, 8))
    numbers = draw(this, 0.8, "heat-bath", "sequential", DRAWS, seed)
    assert chi_square(numbers, this.boltzmann(0.9)[1]) < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("order", ["sequential", "random"])
@pytest.mark.parametrize("rule", ["metropolis", "heat-bath"])
def test_visits_follow_boltzmann_at_length(
    any_name: str, rule: str, order: str, case, random_patterns, seed: int, all_names
) -> None:
    this = case(any_name, random_patterns(4, 12, 8))
    values = p_values(this, rule, order, 500_000, seed + 1000 * all_names.index(any_name))
    assert combine_pvalues(values).pvalue > 1e-4, values
