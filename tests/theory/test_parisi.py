"""The Parisi functional and its ladder of steps: other quadratures, gradients, bounds, identities, limits."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline

from theory.parisi import Covariance, full_solution, symmetric_at, symmetric_overlaps
from theory.parisi.functional import Steps, Unresolved, evaluate, layout
from theory.parisi.minimum import Problem, minimum, pack, unpack

SK = Covariance({2: 0.5})
THREE = Covariance({3: 0.5})
MIXED = Covariance({2: 0.3, 4: 0.4})

# --- the covariance ---


def test_covariance_is_its_polynomial():
    q = np.linspace(0, 1, 7)
    np.testing.assert_allclose(MIXED(q), 0.3 * q**2 + 0.4 * q**4, rtol=1e-14)
    np.testing.assert_allclose(MIXED.slope(q), 0.6 * q + 1.6 * q**3, rtol=1e-14)
    np.testing.assert_allclose(MIXED.curvature(q), 0.6 + 4.8 * q**2, rtol=1e-14)
    np.testing.assert_allclose(MIXED.theta(q), 0.3 * q**2 + 1.2 * q**4, rtol=1e-13)
    gap = MIXED(1.0) - MIXED(q) - (1 - q) * MIXED.slope(q)
    np.testing.assert_allclose(MIXED.remainder(q) * (1 - q) ** 2, gap, atol=1e-15)
    assert MIXED.remainder(1.0) == pytest.approx(MIXED.curvature(1.0) / 2)
    assert hash(MIXED) == hash(Covariance({4: 0.4, 2: 0.3}))


@pytest.mark.parametrize("terms", [{}, {2: 0.0}, {1: 0.5}, {2: -0.5}, {2.5: 1.0}, {2: math.nan}])
def test_bad_covariances_are_refused(terms):
    with pytest.raises(ValueError, match="is not allowed"):
        Covariance(terms)


# --- the functional at any point, not only at its minimum ---

POINTS = [
    (SK, 0.4, 0.0, Steps(q=np.array([0.15, 0.45]), gamma=np.array([0.5, 1.1]), C=0.8)),
    (SK, 0.0, 0.3, Steps(q=np.array([0.3, 0.8]), gamma=np.array([0.7, 2.5]), C=0.2)),
    (MIXED, 0.3, 0.2, Steps(q=np.array([0.2, 0.5]), gamma=np.array([0.6, 1.4]), C=0.9)),
    (THREE, 0.15, 0.0, Steps(q=np.array([0.0, 0.9]), gamma=np.array([1.3, 2.4]), C=0.15)),
    (MIXED, 0.02, 0.0, Steps(q=np.array([0.3]), gamma=np.array([1.2]), C=0.3)),
]


def brute_force(xi: Covariance, T: float, h: float, steps: Steps) -> float:
    """F by splines of every level on one mesh of fields, averaged over a fine mesh in z."""
    q = np.append(steps.q, 1 - T * steps.C)
    sigma = np.sqrt(np.diff(xi.slope(q), prepend=0.0))
    z = np.linspace(-8, 8, 2001)
    weight = np.exp(-z * z / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    fields = np.linspace(-14, 14, 1401)

    def phi(h: np.ndarray) -> np.ndarray:
        return T * np.logaddexp(h / T, -h / T) if T > 0 else np.abs(h)

    for gamma, width in zip(steps.gamma[::-1], sigma[:0:-1], strict=True):
        values = np.log(np.exp(gamma * phi(fields[:, None] + width * z)) @ weight) / gamma
        phi = CubicSpline(fields, values)
    first = phi(h + sigma[0] * z) @ weight
    return float(first + 0.5 * T * steps.C**2 * xi.remainder(q[-1]) - 0.5 * steps.gamma @ np.diff(xi.theta(q)))


@pytest.mark.parametrize(("xi", "T", "h", "steps"), POINTS)
def test_functional_agrees_with_brute_force(xi, T, h, steps):
    assert pytest.approx(brute_force(xi, T, h, steps), abs=1e-5 if T == 0 else 1e-7) == evaluate(xi, T, h, steps).F


@pytest.mark.parametrize(("xi", "T", "h", "steps"), POINTS)
def test_grids_are_fine_enough(xi, T, h, steps):
    coarse, fine = (evaluate(xi, T, h, steps, layout(xi, T, h, steps, refine=r)) for r in (1.0, 1.7))
    assert pytest.approx(fine.F, abs=1e-11) == coarse.F
    np.testing.assert_allclose(coarse.m2, fine.m2, atol=1e-10)
    np.testing.assert_allclose(coarse.F_gamma, fine.F_gamma, atol=1e-10)
    assert pytest.approx(fine.C, abs=1e-9) == coarse.C


@pytest.mark.parametrize(("xi", "T", "h", "steps"), POINTS)
def test_gradient_is_the_derivative_of_the_functional(xi, T, h, steps):
    value = evaluate(xi, T, h, steps)
    gamma_below = np.append(0.0, steps.gamma[:-1])
    F_q = 0.5 * xi.curvature(steps.q) * (gamma_below - steps.gamma) * (value.m2 - steps.q)
    # a wrong innermost susceptibility costs free energy in proportion to T
    F_C = 0.5 * xi.curvature(1 - T * steps.C) * (1 - T * steps.gamma[-1]) * T * (steps.C - value.C)

    def slope(**arrays) -> float:
        ends = []
        for sign in (1, -1):
            moved = {name: getattr(steps, name) + sign * 1e-5 * shift for name, shift in arrays.items()}
            q, gamma, C = (moved.get(name, getattr(steps, name)) for name in ("q", "gamma", "C"))
            ends.append(evaluate(xi, T, h, Steps(q=q, gamma=gamma, C=C)).F)
        return (ends[0] - ends[1]) / 2e-5

    for l in range(steps.gamma.size):
        unit = np.eye(steps.gamma.size)[l]
        assert slope(gamma=unit) == pytest.approx(value.F_gamma[l], abs=2e-8)
        if steps.q[l] > 0:
            assert slope(q=unit) == pytest.approx(F_q[l], abs=2e-7)
    assert slope(C=1.0) == pytest.approx(F_C, abs=1e-8)


def test_coinciding_overlaps_are_not_resolved():
    with pytest.raises(Unresolved):
        evaluate(SK, 0.3, 0.0, Steps(q=np.array([0.5, 0.5]), gamma=np.array([0.5, 1.0]), C=0.5))
    with pytest.raises(Unresolved):
        evaluate(SK, 0.3, 0.0, Steps(q=np.array([0.5, 0.5 + 1e-12]), gamma=np.array([0.5, 1.0]), C=0.5))


def test_unknowns_round_trip():
    steps = POINTS[0][3]
    problem = Problem(xi=SK, T=0.4, h=0.0, pinned=False)
    back = unpack(pack(steps, problem), 2, problem)
    np.testing.assert_allclose(back.q, steps.q, rtol=1e-14)
    np.testing.assert_allclose(back.gamma, steps.gamma, rtol=1e-14)
    assert pytest.approx(steps.C, rel=1e-13) == back.C


# --- the ladder: literature and bounds ---


def test_ground_state_of_sk_at_every_level():
    """Oppermann and Schmidt give -0.763166726 for the full solution."""
    energies = full_solution(SK, 0.0).free_energies
    assert energies[0] == pytest.approx(-math.sqrt(2 / math.pi), abs=1e-14)
    assert energies[1] == pytest.approx(-0.7652594, abs=1e-7)
    assert energies[2] == pytest.approx(-0.763608, abs=1e-6)
    assert energies[4] == pytest.approx(-0.763229, abs=1e-6)
    assert energies.size == 9
    assert np.all(np.diff(energies) > 0)
    assert energies[-1] < -0.763166726


def test_ground_state_energy_of_sk():
    full = full_solution(SK, 0.0)
    assert full.f == pytest.approx(-0.763166726, abs=3 * full.f_error)
    assert full.f_error < 3e-8
    assert full.u == pytest.approx(full.f, abs=1e-15)
    assert full.s == pytest.approx(0, abs=1e-4)


def test_values_approach_the_limit_like_the_fourth_power_of_the_number_of_steps():
    energies = full_solution(SK, 0.0).free_energies
    roots = (-0.763166726 - energies[2:]) ** -0.25
    np.testing.assert_allclose(np.diff(roots), np.diff(roots).mean(), rtol=0.01)


def test_one_step_of_sk_at_zero_temperature():
    rung = full_solution(SK, 0.0, steps=1).rungs[0]
    assert rung.steps.q[0] == pytest.approx(0.476784, abs=1e-6)
    assert rung.steps.gamma[0] == pytest.approx(1.360821, abs=1e-6)
    assert rung.residual < 1e-10


@pytest.mark.parametrize(("T", "f"), [(0.8, -0.8651145), (0.5, -0.7911776), (0.3, -0.7695152)])
def test_free_energy_of_sk(T, f):
    assert full_solution(SK, T, steps=6).f == pytest.approx(f, abs=2e-6)


@given(T=st.one_of(st.just(0.0), st.floats(1e-9, 0.95)), h=st.sampled_from([0.0, 0.1]))
@settings(max_examples=12, deadline=None)
def test_free_energies_increase_with_the_number_of_steps(T, h):
    full = full_solution(SK, T, h, steps=3)
    assert np.all(np.diff(full.free_energies) > 0)
    assert all(rung.converged for rung in full.rungs)
    assert full.f >= full.free_energies[-1] - 1e-13


# --- thermodynamics at every level ---


@pytest.mark.parametrize(("xi", "T", "h"), [(SK, 0.5, 0.0), (SK, 0.3, 0.3), (MIXED, 0.25, 0.0), (THREE, 0.15, 0.0)])
def test_entropy_and_energy_at_every_level(xi, T, h):
    d = 1e-3 * T
    full = full_solution(xi, T, h, steps=3)
    f = {t: full_solution(xi, T + t * d, h, steps=3).free_energies for t in (-2, -1, 1, 2)}
    slope = (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12 * d)
    np.testing.assert_allclose(full.entropies, -slope, atol=1e-8)
    # The energy from the overlaps: -beta [xi(1) - <xi(q)>] - h m.
    for k, rung in enumerate(full.rungs, start=1):
        q = np.append(rung.steps.q, 1 - T * rung.steps.C)
        weights = np.diff(np.concatenate([[0.0], T * rung.steps.gamma, [1.0]]))
        u = -(xi(1.0) - weights @ xi(q)) / T - h * rung.value.m
        assert u == pytest.approx(full.free_energies[k] + T * full.entropies[k], abs=1e-9)


def test_magnetisation_is_the_derivative_by_the_field():
    up, down = (full_solution(SK, 0.4, 0.3 + d, steps=2).free_energies[2] for d in (1e-4, -1e-4))
    assert full_solution(SK, 0.4, 0.3, steps=2).m == pytest.approx(-(up - down) / 2e-4, abs=1e-8)
    assert full_solution(SK, 0.4, -0.3, steps=2).m == -full_solution(SK, 0.4, 0.3, steps=2).m


@pytest.mark.parametrize("T", [0.3, 0.6, 0.9])
def test_susceptibility_of_sk_is_one_below_its_transition(T):
    """The mean overlap of the full solution without field is 1 - T."""
    errors = [abs(full_solution(SK, T, steps=k).mean_overlap - (1 - T)) for k in (2, 4)]
    assert errors[1] < 0.35 * errors[0]
    assert errors[1] < 1.5e-3


def test_parisi_function_of_sk_close_to_its_transition():
    """x = 2q/(1 + 3τ) and q_EA = τ + τ² to leading orders."""
    tau = 0.05
    full = full_solution(SK, 1 - tau, steps=4)
    q, gamma = full.curve()
    np.testing.assert_allclose(full.T * gamma, 2 * q / (1 + 3 * tau), rtol=0.01)
    assert full.q_EA == pytest.approx(tau + tau**2, abs=3 * tau**3)


@pytest.mark.parametrize(
    ("xi", "T", "h", "peaks"), [(SK, 0.5, 0.0, 1), (SK, 0.3, 0.3, 2), (THREE, 0.1, 0.0, 3), (THREE, 0.4, 0.0, 2)]
)
def test_overlap_distribution_is_a_distribution(xi, T, h, peaks):
    full = full_solution(xi, T, h, steps=6)
    assert full.weights.sum() == pytest.approx(1)
    assert np.all(full.weights > 0)
    assert len(full.peaks) == peaks
    assert full.peaks[-1][0] == pytest.approx(full.q_EA)
    q, gamma = full.curve()
    assert np.all(np.diff(q) > 0)
    assert np.all(np.diff(gamma) >= 0)
    grid = np.linspace(q[0], q[-1], 2001) if q.size else np.zeros(1)
    continuous, weights = full.density(grid), sum(weight for _, weight in full.peaks)
    assert np.trapezoid(continuous, grid) + weights == pytest.approx(1, abs=1e-5)
    first = np.trapezoid(grid * continuous, grid) + sum(place * weight for place, weight in full.peaks)
    assert first == pytest.approx(full.mean_overlap, abs=3e-4)
    assert np.all(continuous >= 0)
    assert full.density(np.array([0.999])) == 0


def test_overlap_distribution_of_sk_at_zero_overlap():
    """P(0) = T/0.743368 as T → 0 (Oppermann and Schmidt), and hardly more at T = 0.2."""
    assert full_solution(SK, 0.2).density(np.zeros(1))[0] == pytest.approx(0.2 / 0.743368, rel=0.02)


# --- limits ---


def test_low_temperature_is_continuous_with_zero():
    zero = full_solution(SK, 0.0, 0.1, steps=3)
    cold = full_solution(SK, 1e-6, 0.1, steps=3)
    np.testing.assert_allclose(cold.free_energies, zero.free_energies, atol=1e-6)
    np.testing.assert_allclose(cold.gamma, zero.gamma, rtol=1e-4)
    np.testing.assert_allclose(cold.entropies, zero.entropies, atol=1e-5)
    assert pytest.approx(zero.rungs[-1].steps.C, rel=1e-4) == cold.rungs[-1].steps.C


def test_only_the_ratio_of_temperature_and_coupling_counts():
    doubled = full_solution(Covariance({2: 2.0}), 0.8, 0.2, steps=2)
    plain = full_solution(SK, 0.4, 0.1, steps=2)
    np.testing.assert_allclose(doubled.free_energies, 2 * plain.free_energies, rtol=1e-11)
    np.testing.assert_allclose(doubled.overlaps, plain.overlaps, rtol=1e-7)


def test_there_is_no_breaking_where_replica_symmetry_is_stable():
    for T, h in ((1.2, 0.0), (0.5, 0.6), (0.9, 1.0)):
        full = full_solution(SK, T, h)
        assert full.rungs == ()
        assert full.f == full.symmetric.f
        assert full.symmetric.replicon > 0
        assert full.weights.tolist() == [1.0]
        assert full.curve()[0].size == 0


def test_the_one_step_phase_of_the_three_spin_model_has_one_step():
    full = full_solution(THREE, 0.4)
    assert len(full.rungs) == 1
    assert full.f_error < 1e-12
    assert full.q_min == 0
    problem = Problem(xi=THREE, T=0.4, h=0.0, pinned=True)
    assert full.rungs[0].replicon(problem) > 0
    split = minimum(problem, Steps(q=np.array([0.0, 0.85]), gamma=np.array([1.2, 1.6]), C=0.15))
    assert full.f + 1e-10 >= -split.value.F


def test_the_three_spin_model_breaks_further_below_its_gardner_temperature():
    full = full_solution(THREE, 0.1, steps=3)
    gains = np.diff(full.free_energies[1:])
    assert gains[0] > 5e-5
    assert gains[1] > 1e-7
    assert full.q_min == 0


def test_ladder_refuses_bad_arguments():
    with pytest.raises(ValueError, match="T = -1"):
        full_solution(SK, -1.0)
    with pytest.raises(ValueError, match="steps = 0"):
        full_solution(SK, 0.5, steps=0)


# --- the replica-symmetric solution ---


def test_replica_symmetric_entropy_of_sk_at_zero_temperature():
    zero = symmetric_at(SK, 0.0, 0.0, 1.0)
    assert zero.s == pytest.approx(-1 / (2 * math.pi), abs=1e-14)
    with pytest.raises(ValueError, match="T = 0"):
        symmetric_at(SK, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(("xi", "T", "h"), list(itertools.product([SK, MIXED, THREE], [0.2, 0.9], [0.0, 0.4])))
def test_replica_symmetric_identities(xi, T, h):
    there = [symmetric_overlaps(xi, T + d, h) for d in (-1e-5, 0.0, 1e-5)]
    assert len({len(overlaps) for overlaps in there}) == 1
    for below, q, above in zip(*there, strict=True):
        flat = symmetric_at(xi, T, h, q)
        assert flat.residual < 1e-13
        assert flat.u == pytest.approx(-(xi(1.0) - xi(q)) / T - h * flat.m, abs=1e-12)
        slope = (symmetric_at(xi, T + 1e-5, h, above).f - symmetric_at(xi, T - 1e-5, h, below).f) / 2e-5
        assert flat.s == pytest.approx(-slope, abs=1e-7)


def test_nothing_breaks_at_the_critical_temperature_itself():
    """T = 1 of the Sherrington–Kirkpatrick model to rounding: q = 0 and f = -ln 2 - 1/4."""
    at = full_solution(Covariance({2: 0.5}), 1.0)
    assert at.f == pytest.approx(-math.log(2) - 0.25, abs=1e-12)
    assert len(at.rungs) == 0


@pytest.mark.parametrize("h", [20.0, 1000.0])
def test_strong_fields_align_every_spin(h):
    aligned = full_solution(SK, 0.5, h)
    assert aligned.f == pytest.approx(-h, abs=0.6)
    assert aligned.q_EA == pytest.approx(1, abs=1e-12)
