"""The Sherrington–Kirkpatrick model: published values, the AT line, which states there are."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize

import theory
from statmech import SherringtonKirkpatrick
from theory.sherrington_kirkpatrick import (
    at_field,
    at_temperature,
    parisi_function,
    solve_sherrington_kirkpatrick,
)

# --- literature ---


@pytest.mark.parametrize(
    ("ansatz", "energy", "tolerance"),
    [("RS", -0.7978845608, 1e-10), ("1RSB", -0.765259, 1e-6), ("full", -0.763166726, 2e-7)],
)
def test_ground_state_energy(ansatz, energy, tolerance):
    ground = theory.solve(SherringtonKirkpatrick(T=0), ansatz=ansatz)
    assert ground.converged
    assert ground.f == pytest.approx(energy, abs=tolerance)
    assert ground.u == pytest.approx(ground.f, abs=1e-15)


def test_replica_symmetric_entropy_is_negative_at_zero_temperature():
    assert theory.solve(SherringtonKirkpatrick(T=0)).s == pytest.approx(-1 / (2 * math.pi), abs=1e-14)


def test_one_step_at_zero_temperature():
    one = theory.solve(SherringtonKirkpatrick(T=0), ansatz="1RSB")
    assert one.q0 == pytest.approx(0.476784, abs=1e-6)
    assert pytest.approx(1.360821, abs=1e-6) == one.D
    assert one.replicon == -math.inf


def test_one_step_is_stationary_by_adaptive_quadrature():
    """The T = 0 functional with the closed form of its inner average, maximised by another method."""

    def f(x: np.ndarray) -> float:
        q0, D = x
        a, b = math.sqrt(q0), math.sqrt(1 - q0)

        def log_z(z: float) -> float:
            up, down = (math.erfc(-(D * b + sign * a * z / b) / math.sqrt(2)) for sign in (1, -1))
            return D * D * b * b / 2 + math.log(0.5 * math.exp(D * a * z) * up + 0.5 * math.exp(-D * a * z) * down)

        inner = integrate.quad(lambda z: math.exp(-z * z / 2) / math.sqrt(2 * math.pi) * log_z(z), -9, 9, epsabs=1e-13)
        return -inner[0] / D + 0.25 * D * (1 - q0 * q0)

    best = optimize.minimize(lambda x: -f(x), [0.4, 1.2], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-15})
    one = theory.solve(SherringtonKirkpatrick(T=0), ansatz="1RSB")
    assert one.f == pytest.approx(-best.fun, abs=1e-12)
    np.testing.assert_allclose([one.q0, one.D], best.x, atol=1e-5)


def test_points_of_the_at_line():
    assert at_field(0.5).h == pytest.approx(0.569934, abs=1e-6)
    assert pytest.approx(0.5, abs=1e-6) == at_temperature(0.569934).T


# --- the AT line ---


@given(T=st.floats(1e-3, 0.995))
@settings(max_examples=25, deadline=None)
def test_field_and_temperature_are_inverse(T):
    point = at_field(T)
    assert point.replicon == pytest.approx(0, abs=1e-9)
    assert pytest.approx(T, rel=1e-7) == at_temperature(point.h).T


def test_line_close_to_the_critical_point():
    """h² = 4/3 τ³ to leading order."""
    for tau in (1e-2, 1e-3):
        assert at_field(1 - tau).h ** 2 == pytest.approx(4 / 3 * tau**3, rel=4 * tau)
    assert at_field(1.0).h == 0
    assert at_temperature(0.0).T == 1


def test_line_at_low_temperature():
    """T = 4/3 sqrt(1/2π) exp(-h²/2) as T → 0."""
    h = 4.0
    assert pytest.approx(4 / (3 * math.sqrt(2 * math.pi)) * math.exp(-h * h / 2), rel=0.01) == at_temperature(h).T
    np.testing.assert_array_equal(at_temperature([-1.0, 1.0]).T, [at_temperature(1.0).T] * 2)


def test_breaking_begins_at_the_line():
    h = at_field(0.6).h
    inside = parisi_function(SherringtonKirkpatrick(T=0.6, h=0.8 * h), steps=2)
    outside = parisi_function(SherringtonKirkpatrick(T=0.6, h=1.01 * h), steps=2)
    assert inside.rungs
    assert inside.f > inside.symmetric.f
    assert not outside.rungs


def test_line_in_strong_fields():
    """Beyond h = 8 its asymptote is exact to rounding, and the two pieces meet."""
    close = at_temperature([8 - 1e-9, 8 + 1e-9]).T
    assert close[1] == pytest.approx(close[0], rel=1e-7)
    assert pytest.approx(-450, abs=1) == math.log(at_temperature(30.0).T)


def test_temperatures_off_the_line_are_refused():
    with pytest.raises(ValueError, match="at least one value"):
        at_field([])
    with pytest.raises(ValueError, match="T = 1.2"):
        at_field(1.2)
    with pytest.raises(ValueError, match="T = 0.0"):
        at_field(0)


# --- states ---


@pytest.mark.parametrize("h", [0.0, 0.2])
def test_free_energy_increases_from_ansatz_to_ansatz(h):
    model = SherringtonKirkpatrick(T=0.4, h=h)
    symmetric, one, full = (theory.solve(model, ansatz=ansatz) for ansatz in ("RS", "1RSB", "full"))
    assert symmetric.f < one.f < full.f
    assert symmetric.replicon < one.replicon < full.replicon == 0
    assert full.f_error < 1e-8
    assert full.f == pytest.approx(full.u - 0.4 * full.s, abs=1e-14)
    for solution in (symmetric, one, full):
        assert solution.converged
        assert solution.residual < 1e-9
        assert solution.stability > 0


def test_energy_of_the_full_solution_is_that_of_its_overlaps():
    """u = -β(1 - <q²>)/2 without field, and the mean overlap is 1 - T."""
    full = parisi_function(SherringtonKirkpatrick(T=0.5))
    assert full.u == pytest.approx(-(1 - full.weights @ full.overlaps**2), abs=1e-6)
    assert full.mean_overlap == pytest.approx(0.5, abs=3e-4)


def test_states_without_field():
    below = theory.states(SherringtonKirkpatrick(T=0.8))
    assert [state.state for state in below] == ["spin-glass", "paramagnet"]
    assert not any(state.stable for state in below)
    (above,) = theory.states(SherringtonKirkpatrick(T=1.1))
    assert above.state == "paramagnet"
    assert above.stable
    assert above.f == pytest.approx(-1.1 * math.log(2) - 1 / 4.4, abs=1e-14)
    (ground,) = theory.states(SherringtonKirkpatrick(T=0))
    assert ground.state == "spin-glass"
    (full,) = theory.states(SherringtonKirkpatrick(T=0.8), ansatz="1RSB")
    assert full.ansatz == "1RSB"


def test_where_there_is_no_state():
    hot = theory.solve(SherringtonKirkpatrick(T=1.0), ansatz="full")
    assert not hot.converged
    assert math.isnan(hot.f)
    assert "T >= 1" in hot.message
    assert "start='paramagnet'" in hot.message
    assert not theory.solve(SherringtonKirkpatrick(T=0), start="paramagnet").converged


@pytest.mark.parametrize(("T", "h"), [(0.999, 0.0), (0.998, 0.0), (0.99, 0.0), (0.0, 3.0), (0.0, 4.0), (0.5, 0.5699)])
def test_where_breaking_is_lost_to_rounding(T, h):
    full = theory.solve(SherringtonKirkpatrick(T=T, h=h), ansatz="full")
    assert full.converged
    assert full.f_error < 1e-7
    assert full.f == pytest.approx(theory.solve(SherringtonKirkpatrick(T=T, h=h)).f, abs=1e-7)
    assert "nan" not in repr(full)


def test_beyond_the_line_every_ansatz_is_replica_symmetric():
    model = SherringtonKirkpatrick(T=0.5, h=0.7)
    symmetric, one, full = (theory.solve(model, ansatz=ansatz) for ansatz in ("RS", "1RSB", "full"))
    assert one.q0 == one.q1 == full.q_EA == symmetric.q
    assert one.f == full.f == symmetric.f
    assert "replica symmetric" in one.message


def test_the_sign_of_the_field_is_that_of_the_magnetisation():
    up, down = (theory.solve(SherringtonKirkpatrick(T=0.5, h=h)) for h in (0.3, -0.3))
    assert up.m == pytest.approx(-down.m, abs=1e-15)
    assert up.f == pytest.approx(down.f, abs=1e-15)


def test_unknown_ansatz_and_start_are_refused():
    with pytest.raises(ValueError, match="ansatz = '2RSB' is not allowed"):
        theory.solve(SherringtonKirkpatrick(T=0.5), ansatz="2RSB")
    with pytest.raises(ValueError, match="start = 'retrieval' is not allowed"):
        theory.solve(SherringtonKirkpatrick(T=0.5), start="retrieval")
    with pytest.raises(ValueError, match="start = 'paramagnet' is not allowed"):
        solve_sherrington_kirkpatrick(SherringtonKirkpatrick(T=0.5), ansatz="full", start="paramagnet")


def test_parameters_of_a_full_solution_carry_their_errors():
    full = theory.solve(SherringtonKirkpatrick(T=0.5), ansatz="full")
    assert set(full.errors) == {"q_min", "q_EA", "x_max", "C", "f", "u", "s"}
    assert full.q_EA == pytest.approx(0.638162, abs=5 * full.q_EA_error)
    assert full.to_dict()["x_max_error"] == full.x_max_error > 0
    assert "x_max = 0.48" in repr(full)
