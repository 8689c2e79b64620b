"""The ladder of the Parisi functional for any covariance: its start, the bound on what is left, its limits."""

import math

import numpy as np
import pytest
from scipy import optimize

from theory.parisi import Covariance, Ladder, full_solution
from theory.parisi.coarse import coarse_function, one_step_guess, walk_value
from theory.parisi.dynamical import at_ratio, kauzmann_ratio
from theory.parisi.functional import Steps, evaluate
from theory.parisi.ladder import _bounded
from theory.parisi.limits import free_energy_limit, limit
from theory.parisi.minimum import Problem
from theory.parisi.refinement import excess, shortfall
from theory.parisi.states import RESOLVED

SK = Covariance({2: 0.5})
THREE = Covariance({3: 0.5})
TWO_AND_THREE = Covariance({2: 0.25, 3: 0.25})
FOUR_REPEATED = Covariance({4: 1 / 4, 2: 3 / 4})  # the patterns of a network of four-spin products, at load 1
SIX_REPEATED = Covariance({6: 1 / 6, 4: 5 / 4, 2: 15 / 16})

# --- any covariance ---


def one_step_value(xi: Covariance, T: float, q0: float, q1: float, x: float) -> float:
    """f of one step by trapezoid rules in both fields, without any of the functions above."""
    z = np.linspace(-9, 9, 181)
    weight = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()
    h = math.sqrt(xi.slope(q0)) * z[:, None] + math.sqrt(xi.slope(q1) - xi.slope(q0)) * z
    inner = np.log(np.cosh(h / T) ** x @ weight) / x
    gap = xi(1.0) - xi(q1) - (1 - q1) * xi.slope(q1)
    step = x * (xi.theta(q1) - xi.theta(q0))
    return -T * math.log(2) - T * float(weight @ inner) + (step - gap) / (2 * T)


@pytest.mark.parametrize(
    ("xi", "T", "q0"), [(TWO_AND_THREE, 0.3, 0.0), (SIX_REPEATED, 0.7, 0.0), (FOUR_REPEATED, 0.6, 0.2), (SK, 0.5, 0.2)]
)
def test_one_step_of_mixtures_by_another_quadrature(xi, T, q0):
    def value(v: np.ndarray) -> float:
        low, high, x = v if q0 > 0 else (0.0, *v)
        return one_step_value(xi, T, low, high, x) if 0 <= low < high < 1 and 0 < x < 1 else -math.inf

    first = [q0, 0.8, 0.4][0 if q0 > 0 else 1 :]
    best = optimize.minimize(
        lambda v: -value(v), first, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-14, "maxiter": 600}
    )
    rung = full_solution(xi, T, steps=1).rungs[0]
    assert -best.fun == pytest.approx(-rung.value.F, abs=1e-10)
    found = [*rung.steps.q, 1 - T * rung.steps.C, T * rung.steps.gamma[0]]
    np.testing.assert_allclose(found[-len(best.x) :], best.x, atol=1e-4)


def check_ladder(full: Ladder) -> None:
    """What any ladder obeys: order, convergence, and the bound of convexity at every step."""
    assert np.all(np.diff(full.free_energies) > 0)
    assert all(rung.converged for rung in full.rungs)
    assert full.f_error < RESOLVED
    for rung in full.rungs:
        problem = Problem(xi=full.xi, T=full.T, h=abs(full.h), pinned=bool(rung.steps.q[0] == 0))
        missing = full.f + rung.value.F
        assert -1e-12 <= missing <= shortfall(problem, rung.steps) + full.f_error


@pytest.mark.parametrize("xi", [FOUR_REPEATED, SIX_REPEATED], ids=["P=4", "P=6"])
@pytest.mark.parametrize("t", [0.0, 0.1, 0.5, 0.95])
def test_repeated_patterns_at_all_temperatures(xi, t):
    """In units of the temperature at which the paramagnet is unstable."""
    full = full_solution(xi, t * math.sqrt(xi.curvature(0.0)), steps=4)
    assert full.rungs
    check_ladder(full)
    assert full.q_min == 0
    if t == 0:
        assert (full.s, full.C, full.q_EA) == (0, 0, 1)


@pytest.mark.parametrize("a", [0.2, 0.25, 0.35, 0.45])
@pytest.mark.parametrize("T", [0.0, 0.3])
def test_mixtures_of_two_and_three(a, T):
    check_ladder(full_solution(Covariance({2: 0.5 - a, 3: a}), T, steps=4))


def test_the_load_is_a_scale_of_energy():
    strong, weak = (
        full_solution(Covariance({4: g / 4, 2: 3 * g / 4}), 0.4 * math.sqrt(g), steps=3) for g in (1.0, 0.04)
    )
    np.testing.assert_allclose(0.2 * strong.free_energies, weak.free_energies, rtol=1e-11)
    np.testing.assert_allclose(strong.overlaps, weak.overlaps, rtol=1e-6)


def test_six_repeated_indices_freeze_discontinuously():
    """Their static transition lies above the temperature at which the paramagnet is unstable; with four it does not."""
    static = at_ratio(SIX_REPEATED, kauzmann_ratio(SIX_REPEATED))
    assert 1.01 * math.sqrt(SIX_REPEATED.curvature(0.0)) < static.T
    below, above = (full_solution(SIX_REPEATED, static.T + d) for d in (-1e-4, 1e-4))
    assert not above.rungs
    assert below.q_EA == pytest.approx(static.q, abs=1e-3)
    assert below.x_max == pytest.approx(1, abs=1e-3)
    four = full_solution(FOUR_REPEATED, 0.99 * math.sqrt(1.5), steps=2)
    assert 0 < four.q_EA < 0.03
    assert not full_solution(FOUR_REPEATED, 1.001 * math.sqrt(1.5)).rungs


def test_a_jump_above_continuous_breaking():
    """A pair coupling under one of many spins: x(q) is continuous from 0, has a plateau, and a jump at the end."""
    full = full_solution(Covariance({2: 0.5, 12: 0.2}), 0.3, steps=5)
    check_ladder(full)
    gaps = np.diff(full.overlaps)
    assert gaps[-1] > 4 * gaps[:-1].max()


# --- where the steps come from, and the bound on what is left ---


@pytest.mark.parametrize(("xi", "T"), [(SK, 0.4), (THREE, 0.2), (TWO_AND_THREE, 0.3), (SIX_REPEATED, 0.5)])
def test_coarse_minimum_is_that_of_all_functions(xi, T):
    """Within the resolution of the walk it agrees with the full solution, on either side of it."""
    problem = Problem(xi=xi, T=T, h=0.0, pinned=False)
    F, q, x = coarse_function(problem, 0.0, 1.0)
    assert np.all(np.diff(x) > -1e-12)
    assert pytest.approx(full_solution(xi, T, steps=4).f, abs=1e-3) == -F
    guess = one_step_guess(problem)
    assert guess.q[0] < q[-1]


def test_gradient_and_convexity_of_the_walk():
    q = np.sqrt(np.linspace(0.04, 0.9, 9))
    rng = np.random.default_rng(3)
    one, two = (np.sort(rng.uniform(0.1, 2.0, 8)) for _ in range(2))
    F, slopes = walk_value(THREE, 0.4, 0.2, q, one)
    for l in range(8):
        ends = [walk_value(THREE, 0.4, 0.2, q, one + sign * 1e-5 * np.eye(8)[l])[0] for sign in (1, -1)]
        assert slopes[l] == pytest.approx((ends[0] - ends[1]) / 2e-5, abs=1e-9)
    middle = walk_value(THREE, 0.4, 0.2, q, 0.5 * (one + two))[0]
    assert middle < 0.5 * (F + walk_value(THREE, 0.4, 0.2, q, two)[0])


@pytest.mark.parametrize(("xi", "T", "h"), [(SK, 0.5, 0.0), (SK, 0.3, 0.3), (THREE, 0.1, 0.0)])
def test_excess_is_the_integral_of_the_derivative(xi, T, h):
    full = full_solution(xi, T, h, steps=2)
    steps = full.rungs[-1].steps
    q, G = excess(Problem(xi=xi, T=T, h=h, pinned=False), steps)
    own = np.isin(q, full.overlaps)
    np.testing.assert_allclose(G[own], 0, atol=1e-12)
    assert G.max() > 0
    # a step at q of another height changes the functional in proportion to G
    inside = (q > steps.q[1]) & (q < full.overlaps[-1])
    place = q[inside][np.argmax(np.abs(G[inside]))]
    split = Steps(q=np.append(steps.q, place), gamma=np.append(steps.gamma, steps.gamma[-1]), C=steps.C)
    ends = [
        evaluate(xi, T, h, Steps(q=split.q, gamma=split.gamma + np.array([0, d, 0]), C=split.C)).F
        for d in (-1e-5, 1e-5)
    ]
    assert (ends[1] - ends[0]) / 2e-5 == pytest.approx(G[q == place][0], rel=1e-3)


def test_a_one_step_phase_leaves_nothing():
    full = full_solution(THREE, 0.4)
    assert shortfall(Problem(xi=THREE, T=0.4, h=0.0, pinned=True), full.rungs[0].steps) < 1e-12


@pytest.mark.parametrize(("p", "T"), [(3, 0.23), (3, 0.239), (4, 0.1), (4, 0.12), (6, 0.0), (10, 0.0)])
def test_states_break_up_below_the_gardner_temperature(p, T):
    full = full_solution(Covariance({p: 0.5}), T, steps=3)
    check_ladder(full)
    assert full.f_error < 1e-6
    assert full.q_min == 0
    if len(full.rungs) > 1:  # x(q) jumps from its plateau to the narrow continuous part
        assert full.gamma[1] > 1.3 * full.gamma[0]
        assert full.overlaps[1] > 0.9


# --- what the ladder converges to ---


@pytest.mark.parametrize(("xi", "T", "h"), [(SK, 0.3, 0.3), (THREE, 0.1, 0.0), (FOUR_REPEATED, 0.8, 0.0)])
def test_errors_cover_what_more_steps_change(xi, T, h):
    few, many = (full_solution(xi, T, h, steps=k) for k in (5, 8))
    for name in ("f", "u", "s", "C", "q_EA", "q_min", "x_max"):
        error = getattr(few, name + "_error")
        assert abs(getattr(few, name) - getattr(many, name)) <= 3 * error
        assert getattr(many, name + "_error") <= error


def test_largest_overlap_and_its_x():
    full = full_solution(SK, 0.5)
    assert full.q_EA == pytest.approx(0.63816, abs=1e-5)
    assert full.x_max == pytest.approx(0.48161, abs=5e-5)
    assert full.mean_overlap == pytest.approx(0.5, abs=1e-5)


def test_facts_at_zero_temperature():
    for full in (
        full_solution(SK, 0.0, steps=3),
        full_solution(SK, 0.0, 0.5, steps=3),
        full_solution(THREE, 0.0, steps=3),
    ):
        assert (full.s, full.C, full.q_EA) == (0, 0, 1)
        assert math.isnan(full.x_max)
        assert (full.q_min > 0) == (full.h > 0)


def test_limits_of_series():
    k = np.arange(9)
    f = -0.7 - 0.1 / (k + 0.6) ** 4
    assert free_energy_limit(f).value == pytest.approx(-0.7, abs=1e-10)
    t = 1 / (k[1:] + 0.6)
    assert limit(f, 2 + t - 3 * t**2 + t**3, 1).value == pytest.approx(2, abs=1e-8)
    assert limit(f, 2 + t**2 - 3 * t**4, 2).value == pytest.approx(2, abs=1e-8)
    bent = limit(f, 2 + t**2 + t**6, 2)
    assert abs(bent.value - 2) < bent.error
    assert free_energy_limit(np.array([-0.8, -0.75])) == pytest.approx((-0.75, 0.05))


def test_ladders_print_physics():
    text = repr(full_solution(SK, 0.5, steps=5))
    assert text.startswith("T = 0.5  f = -0.79117757")
    assert "q_EA = 0.6381" in text
    assert "5 steps" in text
    assert "nan" not in repr(full_solution(SK, 0.0, steps=2))
    assert "replica symmetric" in repr(full_solution(SK, 1.2))


def test_steps_that_follow_their_law_are_not_cut_by_an_estimate_of_what_is_left():
    """At T = 0 what is left is an estimate, below the truth from 13 steps on; few steps need it."""
    f = -0.763 - 0.05 * (np.arange(14) + 1.2) ** -4.0
    cut = _bounded(free_energy_limit(f), float(f[-1]), 1e-8)
    assert cut.value == pytest.approx(-0.763, abs=1e-11)
    few = _bounded(free_energy_limit(f[:3]), float(f[2]), 1e-8)
    assert few.value <= f[2] + 1e-8
    assert few.error <= 1e-8
