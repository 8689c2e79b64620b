"""One step of replica symmetry breaking: literature, thermodynamic identities, stationarity, limits."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize
from scipy.special import ndtr

from statmech import Hopfield
from theory.hopfield import rs
from theory.hopfield.lines import at_temperature
from theory.hopfield.one_rsb import critical_load_one_rsb, critical_point_one_rsb, solve_one_rsb
from theory.hopfield.one_rsb_equations import equations, pack
from theory.root import find_root

# --- literature ---


@pytest.mark.parametrize(
    ("alpha", "energy", "symmetric"),
    [(0.05, -0.489781, -0.496722), (0.1, -0.560759, -0.570623), (0.138, -0.603094, None), (1.0, -1.084407, None)],
)
def test_energy_of_the_glass_at_zero_temperature(alpha, energy, symmetric):
    model = Hopfield(alpha=alpha, T=0)
    glass = solve_one_rsb(model, "spin-glass")
    assert glass.converged
    assert glass.residual <= 1e-12
    assert glass.f == pytest.approx(energy, abs=1e-6)
    assert glass.u == pytest.approx(glass.f, abs=1e-14)
    if symmetric is not None:
        assert rs.spin_glass(model).f == pytest.approx(symmetric, abs=1e-6)


def test_critical_load_at_zero_temperature_is_that_of_steffan_and_kuehn():
    point = critical_point_one_rsb(0.0)
    assert point.model.alpha == pytest.approx(0.138186, abs=1e-6)
    assert point.converged
    assert point.stability == pytest.approx(0.0, abs=1e-6)
    assert critical_load_one_rsb() == point.model.alpha


def test_large_loads_are_the_sherrington_kirkpatrick_model():
    """Parisi's one-step values for unit coupling, energy -0.765259 among them, approached like 1/sqrt(alpha)."""
    one, four = (solve_one_rsb(Hopfield(alpha=alpha, T=0), "spin-glass") for alpha in (2e3, 8e3))
    assert 2 * four.q0 - one.q0 == pytest.approx(0.476784, abs=1e-4)
    assert 2 * four.D * math.sqrt(8e3) - one.D * math.sqrt(2e3) == pytest.approx(1.360821, abs=5e-4)
    assert 2 * four.u / math.sqrt(8e3) - one.u / math.sqrt(2e3) == pytest.approx(-0.765259, abs=1e-4)


def test_coexistence_with_the_one_step_glass_at_zero_temperature():
    def gap(alpha: float) -> float:
        model = Hopfield(alpha=alpha, T=0)
        return solve_one_rsb(model, "retrieval").f - solve_one_rsb(model, "spin-glass").f

    assert optimize.brentq(gap, 0.05, 0.06, xtol=1e-10) == pytest.approx(0.0561416, abs=1e-7)


# --- stationarity of the free energy, by a quadrature of its own ---


def free_energy(
    alpha: float, T: float, m: float, q0: float, q1: float, r0: float, r1: float, D: float, C: float
) -> float:
    """The functional, at T > 0 by plain trapezoid rules, at T = 0 with the closed form of the inner Z."""
    l1 = 1 - C
    l2 = l1 - D * (q1 - q0)
    s0, s1 = math.sqrt(alpha * r0), math.sqrt(alpha * (r1 - r0))
    noise = (T - 1 / D) * math.log(l1) + math.log(l2) / D - q0 / l2
    if T > 0:
        z0, z1 = np.linspace(-9, 9, 2401), np.linspace(-9 - D * s1, 9 + D * s1, 301)
        h = m + s0 * z0[:, None] + s1 * z1
        weight = np.exp(-0.5 * z1**2) / math.sqrt(2 * math.pi)
        L = T * np.logaddexp(h / T, -h / T)
        Z = integrate.trapezoid(weight * np.exp(D * L), z1, axis=1)
        log_Z = integrate.trapezoid(np.exp(-0.5 * z0**2) / math.sqrt(2 * math.pi) * np.log(Z), z0)
    else:

        def log_of_Z(h: float) -> float:
            d = D * s1
            return d * d / 2 + math.log(math.exp(D * h) * ndtr(h / s1 + d) + math.exp(-D * h) * ndtr(d - h / s1))

        log_Z = integrate.quad(
            lambda z: math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) * log_of_Z(m + s0 * z),
            -9, 9, points=[(c * s1 - m) / s0 for c in (-4, 0, 4)], epsabs=1e-14, epsrel=1e-13, limit=400,
        )[0]  # fmt: skip
    conjugate = r1 * C + D * (r1 * q1 - r0 * q0)
    return alpha / 2 + m * m / 2 + alpha / 2 * (noise + conjugate) - log_Z / D


@pytest.mark.parametrize(
    ("alpha", "T", "start", "step"),
    [
        (0.1, 0.3, "spin-glass", 1e-5),
        (1.0, 0.9, "spin-glass", 1e-5),
        (0.1, 0.0, "spin-glass", 1e-5),
        (0.1379, 0.012, "retrieval", 1e-6),
        (0.1379, 0.0, "retrieval", 1e-5),
    ],
)
def test_the_free_energy_is_stationary(alpha, T, start, step):
    one = solve_one_rsb(Hopfield(alpha=alpha, T=T), start)
    at = {name: one.order[name] for name in ("m", "q0", "r0", "r1", "D", "C")}

    def f(**change: float) -> float:
        values = {**at, **change}
        return free_energy(alpha, T, q1=1 - T * values["C"], **values)

    assert f() == pytest.approx(one.f, abs=1e-11)
    for name, value in at.items():
        slope = (f(**{name: value + step}) - f(**{name: value - step})) / (2 * step)
        curvature = abs(f(**{name: value + step}) + f(**{name: value - step}) - 2 * f()) / step**2
        assert abs(slope) < 1e-7 * max(1, curvature), name


def test_the_functional_is_replica_symmetric_at_equal_overlaps():
    model = Hopfield(alpha=0.1, T=0.3)
    symmetric = rs.spin_glass(model)
    q, r = symmetric.q, symmetric.r
    for D in (0.3, 2.0):
        value = free_energy(0.1, 0.3, 0.0, q, q, r, r * (1 + 1e-15), D, (1 - q) / 0.3)
        assert value == pytest.approx(symmetric.f, abs=1e-12)


def test_the_glass_is_the_maximum_over_q0():
    """At q0 = 0 (with r0 = 0) there is another solution, with a lower free energy."""
    one = solve_one_rsb(Hopfield(alpha=0.1, T=0), "spin-glass")
    assert rs.spin_glass(one.model).f < -0.562868 < one.f


@pytest.mark.parametrize(("alpha", "T"), [(0.1379, 0.0), (0.137, 0.008)])
def test_stability_is_the_curvature_of_the_free_energy_in_m(alpha, T):
    """df/dm = m - E<tanh> at given m, with the other equations solved there."""
    one = solve_one_rsb(Hopfield(alpha=alpha, T=T), "retrieval")
    fields = math.sqrt(alpha * one.r0), math.sqrt(alpha * (one.r1 - one.r0))

    def force(m: float) -> float:
        rest = find_root(lambda v: equations(v, alpha, T), pack(m, *fields, one.D, T), free=[1, 2, 3], reach=0.5)
        return -float(equations(rest.v, alpha, T)[0])

    assert force(one.m) == pytest.approx(0, abs=1e-12)
    assert (force(one.m + 1e-5) - force(one.m - 1e-5)) / 2e-5 == pytest.approx(one.stability, rel=1e-4)


# --- thermodynamics ---

GLASS = [(0.05, 0.1), (0.1, 0.4), (0.138, 1.0), (1.0, 0.02), (3.0, 1.5)]
RETRIEVAL = [(0.1, 0.0008), (0.13, 0.004), (0.1379, 0.015), (0.1379, 0.002), (0.137, 0.01)]


@pytest.mark.parametrize(
    ("alpha", "T", "start"), [(*p, "spin-glass") for p in GLASS] + [(*p, "retrieval") for p in RETRIEVAL]
)
def test_entropy_and_energy_are_derivatives_of_the_free_energy(alpha, T, start):
    h = 1e-3 * T

    def f(t: float) -> float:
        return solve_one_rsb(Hopfield(alpha=alpha, T=t), start).f

    here = solve_one_rsb(Hopfield(alpha=alpha, T=T), start)
    slope = (8 * (f(T + h) - f(T - h)) - (f(T + 2 * h) - f(T - 2 * h))) / (12 * h)
    assert here.s == pytest.approx(-slope, abs=1e-9 + 1e-15 / h)
    # d(beta f)/d beta = f - T df/dT
    assert here.u == pytest.approx(here.f - T * slope, abs=1e-9)
    assert here.f == pytest.approx(here.u - T * here.s, abs=1e-13)


@given(log_alpha=st.floats(-4, 1.5), t=st.one_of(st.just(0.0), st.floats(1e-6, 0.97)))
@settings(max_examples=30, deadline=None)
def test_the_glass_lies_above_its_replica_symmetric_free_energy(log_alpha, t):
    alpha = 10.0**log_alpha
    model = Hopfield(alpha=alpha, T=t * (1 + math.sqrt(alpha)))
    one, symmetric = solve_one_rsb(model, "spin-glass"), rs.spin_glass(model)
    assert one.converged
    assert one.residual <= 1e-12
    assert one.f >= symmetric.f - 1e-14
    assert one.s >= symmetric.s
    assert 0 < one.q0 < one.q1 <= 1
    assert 0 <= one.x < 1
    assert one.stability > 0
    assert symmetric.replicon < one.replicon < 0 or t == 0
    assert one.f == pytest.approx(one.u - model.T * one.s, abs=1e-12 * (1 + abs(one.u)))


@given(alpha=st.floats(0.02, 0.1378), t=st.one_of(st.just(0.0), st.floats(1e-6, 0.98)))
@settings(max_examples=20, deadline=None)
def test_retrieval_below_its_at_temperature(alpha, t):
    model = Hopfield(alpha=alpha, T=t * at_temperature(alpha).T)
    one, symmetric = solve_one_rsb(model, "retrieval"), rs.condensed(model, "retrieval", 1)
    assert one.converged
    assert one.residual <= 1e-12
    assert one.q0 <= one.q1
    assert one.r0 <= one.r1
    assert 0 <= one.x < 0.51
    assert one.stability > 0
    assert one.f >= symmetric.f - 1e-14
    assert one.s >= symmetric.s - 1e-14


# --- limits ---


@pytest.mark.parametrize(
    ("alpha", "start", "scale"), [(0.1, "spin-glass", 1.0), (1.0, "spin-glass", 1.0), (0.13, "retrieval", 0.0095)]
)
def test_low_temperature_is_continuous_with_zero(alpha, start, scale):
    """Linear in T over the temperature at which breaking sets in."""
    zero = solve_one_rsb(Hopfield(alpha=alpha, T=0), start)
    for t in (1e-3, 1e-5):
        T = t * scale
        cold = solve_one_rsb(Hopfield(alpha=alpha, T=T), start)
        for name in ("m", "q0", "q1", "r0", "r1", "D", "C"):
            assert cold.order[name] == pytest.approx(zero.order[name], rel=10 * t, abs=2 * t), name
        assert cold.f == pytest.approx(zero.f - T * zero.s, abs=2 * t * T + 1e-14)
        assert cold.s == pytest.approx(zero.s, abs=2 * t)
    assert zero.x == 0
    assert zero.replicon == -math.inf


def test_above_the_at_line_it_is_the_replica_symmetric_state():
    model = Hopfield(alpha=0.05, T=0.2)
    one, symmetric = solve_one_rsb(model, "retrieval"), rs.condensed(model, "retrieval", 1)
    assert one.converged
    assert one.ansatz == "1RSB"
    assert (one.m, one.q0, one.q1, one.r0, one.f) == (symmetric.m, symmetric.q, symmetric.q, symmetric.r, symmetric.f)
    assert math.isnan(one.x)
    assert "replica symmetric" in one.message
    assert one.replicon == symmetric.replicon > 0


def test_it_merges_with_the_replica_symmetric_state_at_the_at_line():
    T_R = at_temperature(0.13).T
    gaps, replicons = [], []
    for t in (0.9, 0.99, 0.999):
        one = solve_one_rsb(Hopfield(alpha=0.13, T=t * T_R), "retrieval")
        gaps.append(one.q1 - one.q0)
        replicons.append(one.replicon)
    assert gaps[0] > 5 * gaps[1] > 25 * gaps[2] > 0
    assert replicons == pytest.approx([0, 0, 0], abs=4e-3)
    assert abs(replicons[2]) < 1e-6


def test_towards_the_glass_temperature_the_noise_splits_into_thirds():
    one = solve_one_rsb(Hopfield(alpha=0.1, T=0.995 * (1 + math.sqrt(0.1))), "spin-glass")
    assert one.q0 / one.q1 == pytest.approx(1 / 3, abs=2e-3)
    assert one.r0 / one.r1 == pytest.approx(1 / 3, abs=2e-3)


def test_exponentially_small_breaking_is_resolved():
    one = solve_one_rsb(Hopfield(alpha=0.01, T=0), "retrieval")
    assert one.converged
    assert pytest.approx(1.05 / (1.09 * at_temperature(0.01).T), rel=0.01) == one.D
    assert one.f == pytest.approx(-0.5, abs=1e-15)


# --- the critical load ---


@pytest.mark.parametrize("alpha", [0.138, 0.13818, 0.1381864])
def test_retrieval_beyond_the_replica_symmetric_capacity(alpha):
    model = Hopfield(alpha=alpha, T=0)
    assert not rs.condensed(model, "retrieval", 1).converged
    one = solve_one_rsb(model, "retrieval")
    assert one.converged
    assert one.stability > 0


def test_no_retrieval_above_the_critical_load():
    one = solve_one_rsb(Hopfield(alpha=0.1382, T=0), "retrieval")
    assert not one.converged
    assert math.isnan(one.m)
    assert math.isnan(one.D)
    assert "above the critical load" in one.message
    hot = solve_one_rsb(Hopfield(alpha=0.05, T=0.9), "retrieval")
    assert not hot.converged


def test_the_line_is_continuous_where_breaking_ends():
    below, above = critical_point_one_rsb(0.0248), critical_point_one_rsb(0.0251)
    assert below.converged
    assert below.model.alpha == pytest.approx(above.model.alpha, abs=1e-6)
    assert 0 < below.q1 - below.q0 < 1e-4
    assert above.q1 == above.q0


def test_the_line_is_nearly_vertical():
    loads = [critical_load_one_rsb(T) for T in (0.0, 0.005, 0.01)]
    assert np.ptp(loads) < 1.2e-5
    assert np.ptp([rs.spinodal(T)[1] for T in (0.0, 0.01)]) > 1.5e-4


# --- refusals ---


def test_unknown_states_are_refused():
    with pytest.raises(ValueError, match="start = 'paramagnet' is not allowed"):
        solve_one_rsb(Hopfield(alpha=0.1, T=0), "paramagnet")
    with pytest.raises(ValueError, match="T = 1"):
        critical_point_one_rsb(1.0)


def test_there_is_no_glass_above_its_temperature():
    assert not solve_one_rsb(Hopfield(alpha=0.1, T=1.4), "spin-glass").converged
    assert not solve_one_rsb(Hopfield(alpha=0.0, T=0.5), "spin-glass").converged
