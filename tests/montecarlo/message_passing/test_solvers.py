"""Solvers: what they claim is true, max-sum's messages against their definition, traps, success rates."""

import itertools
import math

import numpy as np
import pytest

import statmech as sm
from montecarlo.message_passing import (
    SOLVERS,
    annealed_weights,
    errors,
    max_sum,
    reinforced_amp,
    sbpi,
    storage_patterns,
    success_rates,
)
from montecarlo.message_passing.max_sum import pass_messages


def instance(alpha, N, k=0):
    return storage_patterns(sm.BinaryPerceptron(alpha=alpha), N, np.random.SeedSequence([k, 1]))


LOADS = {
    "reinforced AMP": 0.65,
    "max-sum": 0.5,
    "SBPI": 0.55,
    "annealing, errors": 0.1,
    "annealing, stability": 0.4,
}
"""Where every one of these instances is solved."""


@pytest.mark.parametrize("name", SOLVERS)
def test_solves_well_below_its_threshold(name):
    for k in range(3):
        X = instance(LOADS[name], 501, k)
        w = SOLVERS[name](X, np.random.SeedSequence(k))
        assert (X.astype(int) @ w.astype(int)).min() > 0


@pytest.mark.parametrize(
    "solve",
    [
        lambda X, kappa: reinforced_amp(X, kappa=kappa, gamma=0.99),
        lambda X, kappa: max_sum(X, np.random.SeedSequence(0), kappa=kappa, rho=0.01),
        lambda X, kappa: sbpi(X, np.random.SeedSequence(0), kappa=kappa),
        lambda X, kappa: annealed_weights(X, np.random.SeedSequence(0), kappa=kappa),
    ],
    ids=["reinforced AMP", "max-sum", "SBPI", "annealing"],
)
@pytest.mark.parametrize("kappa", [0.0, 0.4, -0.3])
def test_the_count_of_errors_is_that_of_integer_fields(solve, kappa):
    for alpha in (0.25, 1.5):
        X = instance(alpha, 301)
        found = solve(X, kappa)
        wrong = np.count_nonzero(X.astype(int) @ found.w.astype(int) < kappa * math.sqrt(301))
        assert found.errors == wrong
        assert found.solved == (wrong == 0)
        assert found.solved == (alpha < 1)  # far below capacity it is solved, above nothing can be
        assert ("all patterns stored" if found.solved else f"{wrong} patterns are not stored") in repr(found)


@pytest.mark.parametrize("K", [-1, 1, 3])
def test_messages_of_max_sum_are_differences_of_constrained_maxima(K):
    """Every message of one pattern against a maximum over all weights but one."""
    for k in range(20):
        rng = np.random.default_rng(k)
        X = rng.choice(np.array([-1, 1], np.int8), (1, 7))
        field = rng.normal(size=7)
        turned, high, low, total = np.zeros((1, 7), np.uint8), np.zeros(1), np.zeros(1), np.zeros(7)
        pass_messages(X, turned, high, low, field, K, total)
        states = np.array(list(itertools.product([-1, 1], repeat=7)))
        value = np.where(states @ X[0] >= K, states @ field, -math.inf)
        for i in range(7):
            best = [np.max((value - s * field[i])[states[:, i] == s]) for s in (1, -1)]
            assert total[i] == pytest.approx(0.5 * (best[0] - best[1]), abs=1e-12)


def test_max_sum_leaves_cavity_fields_without_the_message_that_is_renewed():
    """A second pass from fields that hold the first messages gives the messages of the bare fields again."""
    rng = np.random.default_rng(1)
    X = rng.choice(np.array([-1, 1], np.int8), (1, 31))
    bare = rng.normal(size=31)
    turned, high, low = np.zeros((1, 31), np.uint8), np.zeros(1), np.zeros(1)
    first, again = bare.copy(), bare.copy()
    pass_messages(X, turned, high, low, bare, 9, first)
    pass_messages(X, turned, high, low, first, 9, again)
    np.testing.assert_allclose(again, first, atol=1e-12)


def test_second_rule_of_sbpi_is_what_makes_it_work():
    X = instance(0.5, 1001)
    assert sbpi(X, np.random.SeedSequence(1)).solved
    assert not sbpi(X, np.random.SeedSequence(1), p=0.0, sweeps=200).solved


def test_annealing_what_fields_lack_above_the_stability_asked_for_beats_both_others():
    """Instances without an error at the end, of eight at a load where the number of errors leads nowhere."""
    ways = ({"cost": "errors", "margin": 0.0}, {"margin": 0.0}, {})
    left = [
        [
            annealed_weights(instance(0.4, 401, k), np.random.SeedSequence(k), sweeps=1000, **way).errors
            for k in range(8)
        ]
        for way in ways
    ]
    assert np.sum(left[0]) > np.sum(left[1]) > np.sum(left[2])
    assert left[2].count(0) >= 6
    assert left[0].count(0) == 0


def test_reinforcement_that_is_too_fast_fails_where_a_slower_one_does_not():
    solved = [sum(reinforced_amp(instance(0.7, 501, k), gamma=gamma).solved for k in range(6)) for gamma in (0.8, 0.99)]
    assert solved[0] < solved[1]


def test_success_rates_count_exact_solutions_of_the_same_instances():
    asked = []

    def cheat(X, stream):
        asked.append(X)
        return np.ones(X.shape[1], np.int8)

    rates = success_rates([0.02, 0.9], N=101, instances=3, seed=1, solvers={"cheat": cheat, "SBPI": SOLVERS["SBPI"]})
    assert rates.solved["cheat"].tolist() == [sum(errors(X, np.ones(101, np.int8)) == 0 for X in asked[:3]), 0]
    assert rates.solved["SBPI"].tolist() == [3, 0]
    low, high = rates.interval("SBPI")
    assert 0.5 < low[0] < high[0] == 1
    assert 0 == low[1] < high[1] < 0.5
    assert "SBPI: 3 at 0.02, 0 at 0.9" in repr(rates)
    alone = success_rates(0.02, N=101, instances=3, seed=1, solvers={"cheat": cheat})
    assert np.array_equal(asked[-1], asked[2])
    assert alone.solved["cheat"][0] == rates.solved["cheat"][0]


def test_bad_arguments_are_named():
    X = instance(0.3, 101)
    with pytest.raises(ValueError, match=r"gamma = 1.0 is not allowed: gamma must be a real number in \(0, 1\)"):
        reinforced_amp(X, gamma=1.0)
    for solve in (max_sum, sbpi, annealed_weights, lambda X, _: reinforced_amp(X)):
        with pytest.raises(ValueError, match="N = 100 is not allowed"):
            solve(X[:, :100], np.random.SeedSequence(0))
    with pytest.raises(ValueError, match="X is not allowed: every entry must be"):
        max_sum(np.zeros((3, 5)), np.random.SeedSequence(0))
    with pytest.raises(ValueError, match="rho = 0 is not allowed"):
        max_sum(X, np.random.SeedSequence(0), rho=0)
    for solve in (max_sum, sbpi, annealed_weights, lambda X, _, kappa: reinforced_amp(X, kappa=kappa)):
        with pytest.raises(ValueError, match=r"kappa = 11(\.\d)? is not allowed"):
            solve(X, np.random.SeedSequence(0), kappa=11)
    for solve in (max_sum, sbpi, annealed_weights):
        with pytest.raises(ValueError, match="stream = 1 is not allowed: stream must be a numpy.random.SeedSequence"):
            solve(X, 1)
    with pytest.raises(ValueError, match="cost = 'energy'"):
        annealed_weights(X, np.random.SeedSequence(0), cost="energy")
    with pytest.raises(ValueError, match="alpha = 0.004 is not allowed at N = 101: there is no pattern"):
        instance(0.004, 101)
    with pytest.raises(ValueError, match="instances = 0 is not allowed"):
        success_rates(0.3, N=101, instances=0, seed=1)
    with pytest.raises(ValueError, match=r"alpha = \[\] is not allowed"):
        success_rates([], N=101, instances=1, seed=1)
