"""Replica-symmetric states of the Hopfield model: identities, an independent solver, limits, literature."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import integrate

import statmech as sm
import theory
from statmech.fixed_point import fixed_point
from statmech.gaussian import normal_grid
from theory.hopfield import critical_load


def functional(model, m, q, r, n=1):
    """The replica-symmetric free energy as Amit, Gutfreund and Sompolinsky print it, on a plain trapezoid grid."""
    alpha, T = model.alpha, model.T
    beta, C = 1 / T, (1 - q) / T
    z, w = normal_grid(pole=math.pi * T / (2 * math.sqrt(alpha * r)) if alpha else math.inf)
    zeta = np.array([n - 2 * k for k in range(n + 1)])
    weight = np.array([math.comb(n, k) for k in range(n + 1)]) / 2**n
    h = beta * (m * zeta[:, None] + math.sqrt(alpha * r) * z)
    log = weight @ np.logaddexp(h, -h) @ w
    noise = math.log(1 - C) - beta * q / (1 - C)
    return alpha / 2 + n * m * m / 2 + alpha * T / 2 * noise + alpha * beta / 2 * r * (1 - q) - T * log


def retrieval(alpha, T):
    return theory.solve(sm.Hopfield(alpha=alpha, T=T))


POINTS = st.tuples(st.floats(0.03, 0.99), st.floats(0.02, 0.98))  # fraction of alpha_M, and T


@settings(max_examples=30, deadline=None)
@given(POINTS)
def test_free_energy_is_stationary_and_matches_the_functional(point):
    fraction, T = point
    solution = retrieval(fraction * critical_load(T).alpha, T)
    assert solution.converged
    assert solution.residual <= 1e-12
    model, x = solution.model, np.array([solution.m, solution.q, solution.r])
    assert functional(model, *x) == pytest.approx(solution.f, abs=1e-11)
    for k, scale in enumerate((1.0, max(1 - solution.q, 1e-4), solution.r)):
        h = 1e-4 * scale
        up, down = (functional(model, *(x + s * h * np.eye(3)[k])) for s in (1, -1))
        # each derivative in units of its own variable; the difference quotient is good to about 1e-8
        assert (up - down) / (2 * h) * scale == pytest.approx(0, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(POINTS, st.sampled_from(["retrieval", "spin-glass"]))
def test_entropy_and_energy_are_derivatives_of_the_free_energy(point, state):
    fraction, T = point
    alpha = min(fraction * critical_load(T).alpha, 0.98 * critical_load(min(T * 1.01, 1.0)).alpha)
    h = 2e-4 * T
    assume(alpha > 1e-7)
    here, up, down = (theory.solve(sm.Hopfield(alpha=alpha, T=t), start=state) for t in (T, T + h, T - h))
    assert -(up.f - down.f) / (2 * h) == pytest.approx(here.s, abs=1e-6)
    # u = d(beta f)/d beta = -T^2 d(f/T)/dT
    u = -T * T * (up.f / up.model.T - down.f / down.model.T) / (2 * h)
    assert u == pytest.approx(here.u, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(POINTS)
def test_energy_agrees_with_the_closed_form(point):
    """u = -m^2/2 + (alpha/2)[1 - r - (1-q)/(1-C)], an independent expression."""
    fraction, T = point
    s = retrieval(fraction * critical_load(T).alpha, T)
    C = (1 - s.q) / T
    assert -(s.m**2) / 2 + s.model.alpha / 2 * (1 - s.r - (1 - s.q) / (1 - C)) == pytest.approx(s.u, abs=1e-11)


@pytest.mark.parametrize(
    ("alpha", "T"), [(0.05, 0.2), (0.1, 0.3), (0.02, 0.6), (0.13, 0.05), (0.05, 0.0), (0.137, 0.0)]
)
def test_iteration_of_the_equations_arrives_at_the_same_state(alpha, T):
    """An independent route: the damped iteration of (m, sigma), averages by adaptive quadrature."""

    def average(g, m, sigma):
        def integrand(z):
            return g(m + sigma * z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

        return integrate.quad(integrand, -10, 10, points=[-m / sigma], epsabs=1e-13, limit=300)[0]

    def update(x):
        m, sigma = x
        if T == 0:
            C = math.sqrt(2 / math.pi) / sigma * math.exp(-((m / sigma) ** 2) / 2)
            return np.array([math.erf(m / sigma / math.sqrt(2)), math.sqrt(alpha) / (1 - C)])
        q = average(lambda h: math.tanh(h / T) ** 2, m, sigma)
        C = (1 - q) / T
        return np.array([average(lambda h: math.tanh(h / T), m, sigma), math.sqrt(alpha * q) / (1 - C)])

    found = fixed_point(update, [1.0, math.sqrt(alpha)], tolerance=1e-10)
    assert found.converged
    solution = retrieval(alpha, T)
    assert solution.m == pytest.approx(found.x[0], abs=1e-8)
    assert math.sqrt(alpha * solution.r) == pytest.approx(found.x[1], abs=1e-8)


@pytest.mark.parametrize("state", ["retrieval", "spin-glass", "mixture-3"])
def test_low_temperature_runs_into_zero_temperature(state):
    cold = [theory.solve(sm.Hopfield(alpha=0.01, T=T), start=state) for T in (0.0, 1e-9, 1e-4)]
    for name in ("m", "q", "r", "f", "u", "s"):
        assert getattr(cold[1], name) == pytest.approx(getattr(cold[0], name), abs=1e-8)
        assert getattr(cold[2], name) == pytest.approx(getattr(cold[0], name), abs=1e-3)
    assert cold[0].f == cold[0].u


def test_zero_temperature_spin_glass_in_closed_form():
    for alpha in (0.01, 0.138, 2.0):
        s = theory.solve(sm.Hopfield(alpha=alpha, T=0), start="spin-glass")
        C = 1 / (1 + math.sqrt(math.pi * alpha / 2))
        assert s.r == pytest.approx(1 / (1 - C) ** 2, rel=1e-13)
        assert s.residual <= 1e-12
        # AGS: negative entropy of the replica-symmetric ground state
        assert s.s == pytest.approx(-alpha / 2 * (math.log(1 - C) + C / (1 - C)), rel=1e-12)


def test_curie_weiss_limit():
    """One pattern at alpha = 0 is the Curie-Weiss magnet, and small loads approach it."""
    s = retrieval(0.0, 0.5)
    assert s.m == pytest.approx(math.tanh(2 * s.m), abs=1e-14)
    assert s.f == pytest.approx(s.m**2 / 2 - 0.5 * math.log(2 * math.cosh(2 * s.m)), abs=1e-14)
    near = retrieval(1e-12, 0.5)
    assert near.m == pytest.approx(s.m, abs=1e-10)
    assert retrieval(0.0, 0.0).m == 1.0


def test_mixtures_of_amit_gutfreund_sompolinsky():
    """At alpha = 0, T = 0: m_3 = 1/2, m_5 = 3/8; mixtures appear below T = 0.46 (AGS, Phys. Rev. A 32, 1007, 1985)."""
    for n, m, f, T_stable in ((3, 1 / 2, -3 / 8, 0.460), (5, 3 / 8, -45 / 128, 0.385)):
        cold = theory.solve(sm.Hopfield(alpha=0, T=0), start=f"mixture-{n}")
        assert cold.m == pytest.approx(m, abs=1e-15)
        assert cold.f == pytest.approx(f, abs=1e-15)
        below, above = (
            theory.solve(sm.Hopfield(alpha=0, T=T), start=f"mixture-{n}") for T in (T_stable - 1e-3, T_stable + 1e-3)
        )
        assert below.stability > 0 > above.stability
        assert above.converged
    # at small load the three-pattern mixtures survive up to alpha = 0.03 at T = 0 (AGS 1987)
    assert theory.solve(sm.Hopfield(alpha=0.0299, T=0), start="mixture-3").converged
    assert not theory.solve(sm.Hopfield(alpha=0.0300, T=0), start="mixture-3").converged


@pytest.mark.parametrize("n", [3, 5])
def test_mixture_is_stationary_in_its_functional(n):
    s = theory.solve(sm.Hopfield(alpha=0.004, T=0.15), start=f"mixture-{n}")
    x = np.array([s.m, s.q, s.r])
    assert functional(s.model, *x, n=n) == pytest.approx(s.f, abs=1e-12)
    for k in range(3):
        step = 1e-5 * np.eye(3)[k]
        gradient = (functional(s.model, *(x + step), n=n) - functional(s.model, *(x - step), n=n)) / 2e-5
        assert gradient == pytest.approx(0, abs=1e-6)


def test_spin_glass_is_born_at_its_temperature():
    for alpha in (0.01, 0.5, 3.0):
        T_g = 1 + math.sqrt(alpha)
        below = theory.solve(sm.Hopfield(alpha=alpha, T=T_g * (1 - 1e-6)), start="spin-glass")
        assert below.converged
        assert 0 < below.q < 1e-4
        assert not theory.solve(sm.Hopfield(alpha=alpha, T=T_g), start="spin-glass").converged
        warm, cool = (theory.solve(sm.Hopfield(alpha=alpha, T=T_g * x), start="paramagnet") for x in (1.001, 0.999))
        assert warm.stability > 0 > cool.stability
        assert below.f == pytest.approx(cool.f, rel=1e-3)


def test_absent_states_say_so_and_give_no_numbers():
    for alpha, T, start, why in (
        (0.2, 0.1, "retrieval", "above its spinodal 0.13504"),
        (0.05, 1.0, "retrieval", "T >= 1"),
        (0.05, 0.9, "paramagnet", "T <= 1"),
        (0.05, 1.5, "spin-glass", "T_g"),
        (0.0, 0.5, "spin-glass", "alpha = 0"),
    ):
        s = theory.solve(sm.Hopfield(alpha=alpha, T=T), start=start)
        assert not s.converged
        assert why in s.message
        assert all(math.isnan(x) for x in (s.f, s.u, s.s, *s.order.values()))
        assert s.message in repr(s)


def test_states_are_ranked_by_free_energy():
    ranked = theory.states(sm.Hopfield(alpha=0.01, T=0.2))
    assert [s.state for s in ranked[:2]] == ["retrieval", "spin-glass"]
    assert {s.state for s in ranked} == {"retrieval", "spin-glass", "mixture-3"}
    assert [s.f for s in ranked] == sorted(s.f for s in ranked)
    assert theory.states(sm.Hopfield(alpha=0.1, T=0.2))[0].state == "spin-glass"
    assert theory.states(sm.Hopfield(alpha=0.1, T=2.0))[0].state == "paramagnet"


def test_bad_requests_are_named():
    with pytest.raises(ValueError, match="start = 'ferromagnet' is not allowed"):
        theory.solve(sm.Hopfield(alpha=0.1, T=0.1), start="ferromagnet")
    with pytest.raises(ValueError, match="ansatz = '3RSB' is not allowed"):
        theory.solve(sm.Hopfield(alpha=0.1, T=0.1), ansatz="3RSB")
    with pytest.raises(TypeError, match="no theory for str"):
        theory.solve("hopfield")


def test_stability_changes_sign_at_the_spinodal():
    """On the stable branch the smallest eigenvalue falls to zero at alpha_M like the square root of the distance."""
    alpha_M = critical_load(0.3).alpha
    values = [retrieval(alpha_M * (1 - x), 0.3).stability for x in (1e-2, 1e-4, 1e-6)]
    assert values[0] > values[1] > values[2] > 0
    assert values[1] / values[2] == pytest.approx(10, rel=0.02)
    assert critical_load(0.3).stability == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("alpha", "T", "start"),
    [
        (0.0, 1e-300, "retrieval"),
        (1e-300, 0.0, "retrieval"),
        (1e-300, 0.3, "retrieval"),
        (0.05, 1e-300, "spin-glass"),
        (1e-9, 0.5, "spin-glass"),
        (1e-300, 0.5, "spin-glass"),
        (0.01, 1.1 * (1 - 1e-15), "spin-glass"),
        (1e-16, 0.3, "mixture-5"),
    ],
)
def test_extreme_points_are_solved(alpha, T, start):
    s = theory.solve(sm.Hopfield(alpha=alpha, T=T), start=start)
    assert s.converged
    assert s.residual <= 1e-12
    assert all(math.isfinite(x) for x in (s.f, s.u, s.s, *s.order.values()))


def test_what_rounding_hides_is_not_called_solved():
    """The last double below T = 1: m is of order 1e-8 and 1 - C of order 1e-16."""
    for start in ("retrieval", "mixture-3"):
        s = theory.solve(sm.Hopfield(alpha=0.0, T=1 - 1e-16), start=start)
        assert not s.converged
        assert "not solved to tolerance" in s.message
        assert math.isnan(s.m)


def test_glass_of_vanishing_load_has_its_limit():
    """alpha -> 0 below T = 1: C -> 1, so q -> 1 - T, smoothly down to the smallest loads."""
    for alpha in (1e-6, 1e-9, 1e-12, 1e-20):
        s = theory.solve(sm.Hopfield(alpha=alpha, T=0.4), start="spin-glass")
        assert s.q == pytest.approx(0.6, abs=2 * math.sqrt(alpha) + 1e-14)
        near = theory.solve(sm.Hopfield(alpha=1e-5, T=0.4), start="spin-glass")
        assert s.f == pytest.approx(near.f, abs=3e-3)
