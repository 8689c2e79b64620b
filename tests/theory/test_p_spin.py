"""The Ising p-spin model: published values, metastable states, the potential, and identities between them."""

import math

import numpy as np
import pytest
from scipy import integrate
from scipy.optimize import brentq

import theory
from statmech import PSpin
from statmech.gaussian import field_moments, field_potential
from theory.p_spin import (
    complexity,
    covariance,
    dynamical_temperature,
    franz_parisi_potential,
    gardner_temperature,
    kauzmann_temperature,
    parisi_function,
)
from theory.parisi.dynamical import at_ratio, dynamical_ratio, equilibrium, metastable, states_at

TABLE = [  # p, T_d, q_d, T_s, q_s, e0 with one step, D there
    (3, 0.681598, 0.6431436, 0.6513852, 0.8135176, -0.8135350, 1.383564),
    (4, 0.6784111, 0.8147795, 0.6168833, 0.9480883, -0.8254705, 1.546075),
    (6, 0.7274756, 0.9149012, 0.6032958, 0.9925896, -0.8312755, 1.637769),
    (8, 0.7841844, 0.9475964, 0.6011280, 0.9985627, -0.8322868, 1.658037),
]

# --- literature ---


@pytest.mark.parametrize(("p", "T_d", "q_d", "T_s", "q_s", "e0", "D"), TABLE)
def test_published_values(p, T_d, q_d, T_s, q_s, e0, D):
    dynamic, static = dynamical_temperature(p), kauzmann_temperature(p)
    assert T_d == pytest.approx(dynamic.T, abs=1e-6)
    assert q_d == pytest.approx(dynamic.q1, abs=1e-5)
    assert T_s == pytest.approx(static.T, abs=1e-6)
    assert q_s == pytest.approx(static.q1, abs=1e-6)
    assert static.complexity == pytest.approx(0, abs=1e-13)
    ground = theory.solve(PSpin(p=p, T=0))
    assert ground.f == pytest.approx(e0, abs=1e-6)
    assert pytest.approx(D, abs=1e-5) == ground.D


@pytest.mark.parametrize(("p", "T_G"), [(3, 0.24026), (4, 0.12784)])
def test_gardner_temperature(p, T_G):
    point = gardner_temperature(p)
    assert pytest.approx(T_G, abs=2e-5) == point.T
    assert point.replicon == pytest.approx(0, abs=1e-8)
    assert point.x == pytest.approx(point.T * point.D)
    assert gardner_temperature([6, 8]).T[1] < gardner_temperature(6).T < 0.07


# --- independent derivations ---


def replicated_free_energy(p: int, T: float, q: float, x: float) -> float:
    """The one-step functional with q_0 = 0, by adaptive quadrature."""
    s = math.sqrt(p * q ** (p - 1) / 2) / T

    def integrand(z: float) -> float:
        return math.exp(-0.5 * z * z + x * (np.logaddexp(s * z, -s * z) - math.log(2))) / math.sqrt(2 * math.pi)

    reach = 10 + x * s
    norm = integrate.quad(integrand, -reach, reach, points=[0, -x * s, x * s], epsabs=1e-14, limit=400)[0]
    slope, theta = p / 2, (p - 1) / 2
    G = (
        math.log(2) + (slope - slope * q ** (p - 1)) / (2 * T * T) + math.log(norm) / x
        - (x * theta * q**p + theta * (1 - q**p)) / (2 * T * T)
    )  # fmt: skip
    return -T * G


@pytest.mark.parametrize(("p", "T"), [(3, 0.5), (3, 0.3), (5, 0.4)])
def test_one_step_is_stationary(p, T):
    one = theory.solve(PSpin(p=p, T=T))
    assert replicated_free_energy(p, T, one.q1, one.x) == pytest.approx(one.f, abs=1e-12)
    for dq, dx in ((1e-4, 0.0), (0.0, 1e-4)):
        ends = [replicated_free_energy(p, T, one.q1 + s * dq, one.x + s * dx) for s in (1, -1)]
        curvature = abs(sum(ends) - 2 * one.f) / 1e-8
        assert abs(ends[0] - ends[1]) / 2e-4 < 1e-7 * (1 + curvature)


def test_two_solvers_of_one_step_agree():
    """The minimisation of the functional, and the root of the complexity."""
    for T in (0.0, 0.2, 0.6):
        state, one = equilibrium(covariance(3), T), theory.solve(PSpin(p=3, T=T))
        assert one.f == pytest.approx(state.f, abs=1e-12)
        assert one.q1 == pytest.approx(state.q, abs=1e-10)
        assert pytest.approx(state.D, abs=1e-9) == one.D
        assert one.s == pytest.approx(state.s, abs=1e-9)


def test_the_replicon_vanishes_at_the_dynamical_temperature():
    for p in (3, 5):
        xi = covariance(p)
        assert at_ratio(xi, dynamical_ratio(xi)).replicon == pytest.approx(0, abs=1e-6)


# --- thermodynamics ---


@pytest.mark.parametrize(("p", "T"), [(3, 0.3), (3, 0.6), (4, 0.2), (8, 0.5)])
def test_entropy_is_the_derivative_of_the_free_energy(p, T):
    h = 1e-3 * T
    f = {k: theory.solve(PSpin(p=p, T=T + k * h)).f for k in (-2, -1, 0, 1, 2)}
    slope = (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12 * h)
    one = theory.solve(PSpin(p=p, T=T))
    assert one.s == pytest.approx(-slope, abs=1e-8)
    assert one.u == pytest.approx(-0.5 / T * (1 - (1 - one.x) * one.q1**p), abs=1e-10)


def test_glass_and_paramagnet_meet_at_the_kauzmann_temperature():
    T = kauzmann_temperature(3).T
    glass = theory.solve(PSpin(p=3, T=T - 1e-5))
    para = theory.solve(PSpin(p=3, T=T - 1e-5), ansatz="RS", start="paramagnet")
    assert glass.x == pytest.approx(1, abs=1e-4)
    assert glass.f == pytest.approx(para.f, abs=1e-9)
    assert glass.f > para.f
    assert glass.s == pytest.approx(para.s, abs=1e-4)


# --- states ---


def test_states_through_the_transitions():
    def names(T: float, ansatz: str = "1RSB") -> list[str]:
        return [state.state for state in theory.states(PSpin(p=3, T=T), ansatz=ansatz)]

    assert names(0.7) == ["paramagnet"]
    assert names(0.66) == ["paramagnet", "spin-glass"]
    assert names(0.5) == ["spin-glass", "paramagnet"]
    assert names(0.0) == ["spin-glass"]
    assert names(0.5, "RS") == ["paramagnet"]
    assert names(0.1, "RS") == ["paramagnet", "spin-glass"]


def test_metastable_states_between_the_transitions():
    glass, para = theory.states(PSpin(p=3, T=0.66))[::-1]
    assert glass.x == 1
    assert glass.f == pytest.approx(para.f, abs=1e-14)
    assert glass.s == pytest.approx(para.s, abs=1e-12)
    assert 0 < glass.complexity < 0.03
    assert "metastable" in glass.message
    assert not theory.solve(PSpin(p=3, T=0.69)).converged
    assert not theory.solve(PSpin(p=3, T=0.66), ansatz="full").converged


def test_full_solution_above_and_below_the_gardner_temperature():
    one, full = (theory.solve(PSpin(p=3, T=0.4), ansatz=ansatz) for ansatz in ("1RSB", "full"))
    assert full.f == one.f
    ladder = parisi_function(PSpin(p=3, T=0.1), steps=3)
    assert np.all(np.diff(ladder.free_energies[1:]) > 0)


@pytest.mark.parametrize(("p", "T"), [(3, 0.235), (4, 0.12), (6, 0.0), (10, 0.0)])
def test_full_solution_close_to_the_gardner_temperature(p, T):
    one, full = (theory.solve(PSpin(p=p, T=T), ansatz=ansatz) for ansatz in ("1RSB", "full"))
    assert full.converged
    assert one.replicon < full.replicon == 0
    assert one.f <= full.f + full.f_error
    assert full.f == pytest.approx(one.f, abs=1e-6)
    assert full.f_error < 1e-7


def test_transitions_of_many_spins_approach_the_random_energy_model():
    static = kauzmann_temperature(200)
    assert pytest.approx(1 / (2 * math.sqrt(math.log(2))), abs=1e-9) == static.T
    with pytest.raises(ValueError, match="at least one value"):
        kauzmann_temperature([])


def test_a_field_shifts_the_lowest_overlap():
    one = theory.solve(PSpin(p=3, T=0.5, h=0.3))
    assert one.converged
    assert 0 < one.q0 < one.q1
    up, down = (theory.solve(PSpin(p=3, T=0.5, h=0.3 + d)).f for d in (1e-4, -1e-4))
    assert one.m == pytest.approx(-(up - down) / 2e-4, abs=1e-7)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="p = 2"):
        dynamical_temperature(2)
    with pytest.raises(ValueError, match="start"):
        theory.solve(PSpin(p=3, T=0.5), start="retrieval")
    with pytest.raises(ValueError, match="reference_T"):
        franz_parisi_potential(PSpin(p=3, T=0.5), reference_T=0.6)
    with pytest.raises(ValueError, match="h = 0.1"):
        complexity(PSpin(p=3, T=0.5, h=0.1))


# --- complexity ---


@pytest.mark.parametrize("T", [0.0, 0.5, 0.66])
def test_complexity_curve(T):
    curve = complexity(PSpin(p=3, T=T), points=25)
    f, sigma, D = (np.array([getattr(state, name) for state in curve]) for name in ("f", "complexity", "D"))
    assert np.all(np.diff(f) > 0)
    assert np.all(np.diff(sigma) > 0)
    assert sigma[0] == pytest.approx(0, abs=1e-12)
    # the slope of the complexity is D: by chords, at the middle of each
    chords = np.diff(sigma) / np.diff(f)
    assert np.all((chords < D[:-1]) & (chords > D[1:]))
    np.testing.assert_allclose(chords, 0.5 * (D[1:] + D[:-1]), rtol=5e-3)
    if T < kauzmann_temperature(3).T:
        assert f[0] == pytest.approx(theory.solve(PSpin(p=3, T=T)).f, abs=1e-10)


def test_complexity_at_x_one_is_that_of_the_explicit_curve():
    there, state = metastable(covariance(4), 0.65), states_at(covariance(4), 0.65, 1 / 0.65)
    assert state.q == pytest.approx(there.q, abs=1e-12)
    assert state.complexity == pytest.approx(there.complexity, abs=1e-12)
    assert state.f == pytest.approx(there.f, abs=1e-12)
    assert state.s == pytest.approx(there.s, abs=1e-12)


def test_there_are_no_states_at_high_temperature():
    assert states_at(covariance(3), 0.9, 1 / 0.9) is None
    assert metastable(covariance(3), 0.9) is None


# --- the Franz–Parisi potential ---


@pytest.mark.parametrize("p", [3, 4])
def test_minimum_appears_at_the_dynamical_temperature(p):
    T_d = dynamical_temperature(p).T
    assert franz_parisi_potential(PSpin(p=p, T=T_d * 1.0005)).minimum is None
    overlap, height = franz_parisi_potential(PSpin(p=p, T=T_d * 0.9995)).minimum
    assert overlap == pytest.approx(dynamical_temperature(p).q1, abs=0.05)
    assert height > 0


@pytest.mark.parametrize("T", [0.655, 0.67, 0.68])
def test_height_of_the_minimum_is_the_complexity(T):
    state = metastable(covariance(3), T)
    overlap, height = franz_parisi_potential(PSpin(p=3, T=T)).minimum
    assert overlap == pytest.approx(state.q, abs=1e-10)
    assert height == pytest.approx(T * state.complexity, abs=1e-13)


def test_minimum_touches_zero_at_the_kauzmann_temperature():
    static = kauzmann_temperature(3)
    overlap, height = franz_parisi_potential(PSpin(p=3, T=static.T)).minimum
    assert height == pytest.approx(0, abs=1e-12)
    assert overlap == pytest.approx(static.q1, abs=1e-10)


@pytest.mark.parametrize(("T", "reference_T"), [(0.67, None), (0.6, 0.66), (0.75, 0.66)])
def test_slope_is_the_derivative_of_the_potential(T, reference_T):
    V = franz_parisi_potential(PSpin(p=3, T=T), reference_T=reference_T, points=400)
    assert V.overlap[0] == 0
    assert V.V[0] == pytest.approx(0, abs=1e-14)
    inside = V.overlap < 0.95  # the slope diverges at 1
    chords = np.diff(V.V[inside]) / np.diff(V.overlap[inside])
    middle = 0.5 * (V.slope[inside][1:] + V.slope[inside][:-1])
    np.testing.assert_allclose(chords, middle, atol=2e-4)


def test_a_state_of_the_reference_is_followed_in_temperature():
    """Cooled below the temperature of the reference the state contracts, heated it widens, then melts."""
    overlaps = [franz_parisi_potential(PSpin(p=3, T=T), reference_T=0.66).minimum[0] for T in (0.62, 0.66, 0.68)]
    assert overlaps[0] > overlaps[1] > overlaps[2]
    assert overlaps[1] == pytest.approx(metastable(covariance(3), 0.66).q, abs=1e-10)
    assert franz_parisi_potential(PSpin(p=3, T=0.9), reference_T=0.66).minimum is None


@pytest.mark.parametrize("T", [0.5332, 0.45, 0.3])
def test_far_down_the_potential_is_the_highest_of_its_branches(T: float) -> None:
    """Against the largest value over a grid of q at the same overlap: the bound holds at any q."""
    xi, reference_T = covariance(3), 0.6665
    V = franz_parisi_potential(PSpin(p=3, T=T), reference_T=reference_T)
    assert np.all(np.diff(V.overlap) > 0)
    assert np.all(np.diff(V.q) > 0)
    kink = int(np.argmax(np.diff(V.q)))
    for k in (1, kink, kink + 1, kink + 5, len(V.q) - 20):
        p, heights = V.overlap[k], []
        for q in np.linspace(1e-5, 0.99, 300):
            sigma = math.sqrt(xi.slope(q))
            eta = brentq(lambda eta, sigma=sigma, p=p: field_moments(eta, sigma, T)[0] - p, -1e-9, 100.0)
            inside = 0.5 / T * (xi(1.0) - xi(q) - (1 - q) * xi.slope(q))
            heights.append(eta * p - field_potential(eta, sigma, T)[0] - inside)
        highest = max(heights) - xi(p) / reference_T + T * math.log(2) + xi(1.0) / (2 * T)
        assert highest <= V.V[k] + 1e-10
        assert highest == pytest.approx(V.V[k], abs=2e-5)


@pytest.mark.parametrize(
    ("p", "T", "h"), [(3, 0.6, 1e-6), (3, 0.4, 1e-4), (3, 0.0, 1e-5), (4, 0.5, 3e-4), (6, 0.5, 3e-3), (10, 0.3, 3e-2)]
)
def test_weak_field_does_not_lose_the_discontinuous_glass(p, T, h):
    """The replica-symmetric solution is stable there, by its replicon, and has a negative entropy."""
    full = theory.solve(PSpin(p=p, T=T, h=h), ansatz="full")
    without = theory.solve(PSpin(p=p, T=T), ansatz="full")
    assert full.s >= 0
    assert full.q_EA == pytest.approx(without.q_EA, abs=1e-4)
    # the susceptibility m/h is constant, and f = f(0) - h m / 2, to second order in the field
    assert full.f - without.f == pytest.approx(-0.5 * h * full.m, rel=5e-3, abs=without.f_error + 1e-13)


@pytest.mark.parametrize(("T", "h"), [(0.0, 1e-300), (0.5, 1e-12), (0.5, -1e-8), (0.66, 1e-8)])
def test_faint_fields_magnetise_and_change_nothing_else(T, h):
    """The overlap of blocks, (susceptibility times h)², is lost next to 1, and the magnetisation is linear."""
    faint, weak = (theory.solve(PSpin(p=3, T=T, h=x)) for x in (h, 1e-6))
    assert faint.converged
    assert faint.f == pytest.approx(weak.f, abs=1e-11)
    assert faint.q == pytest.approx(weak.q, abs=1e-11)
    assert faint.m == pytest.approx(weak.m * (h / 1e-6), rel=1e-4, abs=1e-17)


@pytest.mark.parametrize("h", [20.0, -100.0, 1e10, 1e140])
def test_a_strong_field_aligns_all_spins_at_zero_temperature(h):
    solution = theory.solve(PSpin(p=3, T=0, h=h))
    assert solution.converged
    assert solution.m == pytest.approx(np.sign(h), abs=1e-12)
    assert solution.f == pytest.approx(-abs(h), rel=1e-12)
