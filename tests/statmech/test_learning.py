"""Models that learn from examples: their parameters, and the limits of what they accept."""

import math

import numpy as np
import pytest

import montecarlo
import statmech as sm
import theory

LEARNING = (sm.SupervisedHebbian, sm.UnsupervisedHebbian)


def given(kind, **changes):
    return kind(**({"P": 4, "gamma": 0.05, "T": 0.1, "r": 0.5, "M": 20} | changes))


@pytest.mark.parametrize("kind", LEARNING)
def test_the_number_of_examples_is_an_integer_or_infinite(kind):
    assert repr(given(kind)) == f"{kind.__name__}(P=4, gamma=0.05, T=0.1, r=0.5, M=20)"
    assert given(kind, M=20.0) == given(kind, M=np.int64(20)) == given(kind)
    assert repr(given(kind, M=2**31 - 1)).endswith("M=2147483647)")
    assert repr(given(kind, M=math.inf)).endswith("M=inf)")
    assert math.inf == given(kind, M=np.inf).M
    assert given(kind, M=2**31 - 1).rho > 0
    for bad in (0, 2.5, True, math.nan, "20", 2**31, 10**400, 1e300):
        with pytest.raises(ValueError, match=r"M = .* is not allowed: .* between 1 and 2147483647, or infinity"):
            given(kind, M=bad)


@pytest.mark.parametrize("kind", LEARNING)
def test_pairs_or_any_even_number_of_spins_interact(kind):
    assert [given(kind, P=P).P for P in (2, 4, np.int64(6))] == [2, 4, 6]
    for bad, range_ in ((3, "must be even"), (0, "between 2 and"), (True, "an integer"), (2.0, "an integer")):
        with pytest.raises(ValueError, match=f"P = {bad} is not allowed: .*{range_}"):
            given(kind, P=bad)


@pytest.mark.parametrize("M", [1, 20, 2**31 - 1, math.inf])
@pytest.mark.parametrize("P", [2, 4, 8, 100])
def test_the_least_quality_has_finite_noise_and_a_smaller_one_is_refused(P, M):
    least = 10 ** (-100 / P)
    poor = given(sm.UnsupervisedHebbian, P=P, M=M, r=1.001 * least)
    assert all(math.isfinite(value) for value in (poor.rho, poor.R, poor.rho_P, poor.kappa))
    assert poor.kappa > 0
    for bad in (0.999 * least, 1e-200, 0.0):
        with pytest.raises(ValueError, match=r"r = .* is not allowed: r must be a real number in \[.*, 1\]"):
            given(sm.UnsupervisedHebbian, P=P, M=M, r=bad)


@pytest.mark.parametrize("P", [2, 4, 8])
@pytest.mark.parametrize("protocol", ["supervised", "unsupervised"])
def test_thresholds_of_the_poorest_examples_follow_their_powers_of_the_quality(P, protocol):
    """M ~ r^-2 with a teacher and r^-2P without one, over the whole range of r."""
    learning, power = theory.learning, 2 if protocol == "supervised" else 2 * P
    r = np.array([1.01 * 10 ** (-100 / P), 1e-6])
    for threshold in (learning.one_step_examples, learning.critical_examples):
        M = threshold(r, P=P, gamma=0.05, protocol=protocol)
        assert np.log(M[0] / M[1]) == pytest.approx(power * np.log(r[1] / r[0]), abs=1e-3)
    with pytest.raises(ValueError, match=r"r = 1e-200 is not allowed: .* in \[.*, 1\]"):
        learning.one_step_examples(1e-200, P=P, gamma=0.05, protocol=protocol)
    assert 1 < learning.one_step_examples(0.5, P=P, gamma=1 - 1e-16, protocol=protocol) < 1e21


def test_numbers_of_examples_that_are_no_numbers_are_named():
    for bad in (10**400, "many", 0.5):
        with pytest.raises(ValueError, match=r"M = .* is not allowed: M must be at least 1, or infinity"):
            theory.learning.kappa(0.5, bad, P=4)


@pytest.mark.parametrize(
    ("kind", "M", "branch", "place"),
    [
        (sm.SupervisedHebbian, 1, 0.6, 0.6),
        (sm.SupervisedHebbian, 2, 0.6, 0.6 + 0.32),  # sites where two examples tie
        (sm.SupervisedHebbian, 5, 0.8842, 0.8842),
        (sm.UnsupervisedHebbian, 1, 0.6, 0.6),
        (sm.UnsupervisedHebbian, 5, 0.8842, 0.8842),
    ],
)
def test_retrieval_is_a_branch_in_theory_and_a_place_in_simulations(kind, M, branch, place):
    model = given(kind, gamma=0.0, T=0.0, r=0.6, M=M)
    assert theory.solve(model).m == pytest.approx(branch, abs=1e-4)
    run = montecarlo.simulate(model, N=400, samples=6, seed=1)
    assert run.m.mean == pytest.approx(place, abs=5 * math.sqrt((1 - place**2) / 2400))
