"""One step of replica symmetry breaking in dense networks: values, identities, a second solver, limits."""

import math

import numpy as np
import pytest
from scipy import integrate
from scipy.special import ndtr

import statmech as sm
import theory
from theory.dense import at_temperature, critical_load, nishimori_tip
from theory.dense.network import Network, stored
from theory.dense.one_rsb import at_load, branch, end_of_breaking, spinodal
from theory.dense.one_rsb_equations import bend, chord, point_at, site_nested
from theory.dense.pattern import Pattern
from theory.dense.rs import retrieval
from theory.parisi import Covariance, full_solution


def one_step(P, gamma, T, indices="distinct", start="retrieval"):
    return theory.solve(sm.DenseHebbian(P=P, gamma=gamma, T=T, indices=indices), ansatz="1RSB", start=start)


# --- values ---


@pytest.mark.parametrize(
    ("P", "gamma", "m", "q0", "D"),
    [(4, 0.22917, 0.8183, 0.838, 4.06), (6, 0.17590, 0.9168, 0.926, 5.30), (8, 0.15336, 0.9489, 0.955, 6.09)],
)
def test_capacity_at_zero_temperature(P, gamma, m, q0, D):
    point = critical_load(0, P=P, ansatz="1RSB")
    assert point.gamma == pytest.approx(gamma, abs=6e-6)
    assert point.m == pytest.approx(m, abs=6e-5)
    assert point.q0 == pytest.approx(q0, abs=6e-4)
    assert pytest.approx(D, abs=6e-3) == point.D
    assert point.stability == pytest.approx(0, abs=1e-6)
    # the maximum of the load along the branch, which is smooth in m, without its derivative
    loads = [branch(stored(P), 0.0)(point.m + shift)[1] for shift in (-1e-3, 0.0, 1e-3)]
    assert loads[0] < loads[1] > loads[2]
    assert loads[1] == pytest.approx(point.gamma, rel=1e-14)


def test_points_at_finite_temperature():
    cold = one_step(4, 0.2, 0.05)
    assert (cold.m, cold.q0, cold.q1) == pytest.approx((0.94834, 0.97451, 0.99254), abs=6e-6)
    assert cold.x == pytest.approx(0.346, abs=6e-4)
    assert cold.f == pytest.approx(-0.255622, abs=6e-7)
    beyond = one_step(4, 0.22, 0.1)  # where there is no replica-symmetric state
    assert (beyond.m, beyond.q0, beyond.q1) == pytest.approx((0.90510, 0.93223, 0.97305), abs=6e-6)
    assert beyond.x == pytest.approx(0.430, abs=6e-4)
    assert beyond.f == pytest.approx(-0.259264, abs=6e-7)
    assert not theory.solve(beyond.model).converged
    edge = one_step(4, 0.2, 0.1)  # just below its AT temperature
    assert 0 < edge.q1 - edge.q0 < 1e-3


def test_point_at_zero_temperature():
    point = one_step(4, 0.2163617816251418, 0.0)
    assert point.q0 == pytest.approx(0.95, abs=1e-9)
    assert point.x == 0
    assert point.replicon == -math.inf


# --- stationarity of the free energy, by a quadrature of its own ---


def free_energy(model, m, q0, q1, D, C):
    """The functional, at T > 0 by plain trapezoid rules, at T = 0 with the closed form of the inner Z."""
    P, gamma, T = model.P, model.gamma, model.T
    xi = {"distinct": {P: 1 / P}, "repeated": {2: 0.75, 4: 0.25}}[model.indices]
    value, slope = (
        (lambda q: sum(c * q**p for p, c in xi.items())),
        (lambda q: sum(c * p * q ** (p - 1) for p, c in xi.items())),
    )
    theta = lambda q: q * slope(q) - value(q)  # noqa: E731
    s0, s1 = math.sqrt(gamma * slope(q0)), math.sqrt(gamma * (slope(q1) - slope(q0)))
    k = m ** (P - 1)
    if T > 0:
        z0, z1 = np.linspace(-9, 9, 2401), np.linspace(-9 - D * s1, 9 + D * s1, 301)
        h = k + s0 * z0[:, None] + s1 * z1
        Z = integrate.trapezoid(np.exp(-0.5 * z1**2 + D * T * np.logaddexp(h / T, -h / T)), z1, axis=1)
        log_Z = integrate.trapezoid(np.exp(-0.5 * z0**2) * np.log(Z / math.sqrt(2 * math.pi)), z0)
        log_Z /= math.sqrt(2 * math.pi)
        closing = (value(1) - value(q1) - (1 - q1) * slope(q1)) / (2 * T)
    else:

        def log_of_Z(h):
            d = D * s1
            return d * d / 2 + math.log(math.exp(D * h) * ndtr(h / s1 + d) + math.exp(-D * h) * ndtr(d - h / s1))

        log_Z = integrate.quad(
            lambda z: math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) * log_of_Z(k + s0 * z),
            -9, 9, points=[(c * s1 - k) / s0 for c in (-4, 0, 4)], epsabs=1e-14, epsrel=1e-13, limit=400,
        )[0]  # fmt: skip
        closing = 0.0
    return (1 - 1 / P) * m**P - log_Z / D + gamma * D / 2 * (theta(q1) - theta(q0)) - gamma * closing


@pytest.mark.parametrize(
    ("P", "gamma", "T", "indices", "start"),
    [
        (4, 0.2, 0.05, "distinct", "retrieval"),
        (4, 0.22, 0.1, "distinct", "retrieval"),
        (4, 0.225, 0.0, "distinct", "retrieval"),
        (6, 0.17, 0.05, "distinct", "retrieval"),
        (4, 0.081, 0.05, "repeated", "retrieval"),
        (4, 0.1, 0.15, "repeated", "spin-glass"),
        (4, 0.1, 0.0, "repeated", "spin-glass"),
    ],
)
def test_the_free_energy_is_stationary(P, gamma, T, indices, start):
    one = one_step(P, gamma, T, indices, start)
    at = {name: one.order[name] for name in ("m", "q0", "q1", "D")}

    def f(**change):
        return free_energy(one.model, C=one.C, **{**at, **change})

    assert f() == pytest.approx(one.f, abs=1e-11)
    for name in ("m", "q0", "q1", "D"):
        if T == 0 and name == "q1":
            continue  # q1 = 1 is no variable there
        step = 1e-5 * (1 - one.q1 if name == "q1" else 1)
        slope = (f(**{name: at[name] + step}) - f(**{name: at[name] - step})) / (2 * step)
        curvature = abs(f(**{name: at[name] + step}) + f(**{name: at[name] - step}) - 2 * f()) / step**2
        assert abs(slope) < 1e-7 * max(1, curvature), name


@pytest.mark.parametrize(
    ("P", "gamma", "T", "indices", "start"),
    [
        (4, 0.2, 0.05, "distinct", "retrieval"),
        (6, 0.165, 0.06, "distinct", "retrieval"),
        (4, 0.079, 0.05, "repeated", "retrieval"),
        (4, 0.1, 0.2, "repeated", "spin-glass"),
        (4, 0.1, 0.1, "distinct", "spin-glass"),
        (6, 0.02, 0.1, "repeated", "spin-glass"),
        (4, 0.1, 0.14, "distinct", "spin-glass"),
    ],
)
def test_entropy_and_energy_are_derivatives_of_the_free_energy(P, gamma, T, indices, start):
    h = 2e-3 * T
    f = {k: one_step(P, gamma, T + k * h, indices, start).f for k in (-2, -1, 1, 2)}
    slope = (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12 * h)
    here = one_step(P, gamma, T, indices, start)
    assert here.s == pytest.approx(-slope, abs=1e-8)
    assert here.f == pytest.approx(here.u - T * here.s, abs=1e-14)
    xi = stored(P, indices).xi
    energy = -(here.m**P) / P - gamma / T * (xi(1.0) - xi(here.q1)) - gamma * here.D * (xi(here.q1) - xi(here.q0))
    assert here.u == pytest.approx(energy, abs=1e-12)


# --- a second solver: the ladder of Parisi's theory, in the field of the pattern ---


def test_the_glass_is_that_of_the_general_theory():
    for T in (0.0, 0.1, 0.3):
        glass = theory.solve(sm.PSpin(p=4, T=T))
        here = one_step(4, 0.1, T * math.sqrt(0.05), start="spin-glass")
        assert here.f == pytest.approx(math.sqrt(0.05) * glass.f, abs=1e-12)
        assert here.q1 == pytest.approx(glass.q1, abs=1e-10)
        assert here.D * math.sqrt(0.05) == pytest.approx(glass.D, abs=1e-8)
        assert here.replicon == pytest.approx(glass.replicon, abs=1e-8) or T == 0
    between = one_step(4, 0.1, 0.14, start="spin-glass")
    glass = theory.solve(sm.PSpin(p=4, T=0.14 / math.sqrt(0.05)))
    assert between.complexity == pytest.approx(glass.complexity, abs=1e-12)
    assert between.x == 1
    assert "metastable" in between.message


@pytest.mark.parametrize(("gamma", "T", "indices"), [(0.2, 0.05, "distinct"), (0.078, 0.04, "repeated")])
def test_retrieval_is_a_glass_in_the_field_of_its_pattern(gamma, T, indices):
    one = one_step(4, gamma, T, indices)
    field = one.m**3
    xi = Covariance({power: gamma * value for power, value in stored(4, indices).xi.terms.items()})
    ladder = full_solution(xi, T, field, steps=1)
    assert ladder.m == pytest.approx(one.m, abs=1e-8)
    assert ladder.overlaps == pytest.approx([one.q0, one.q1], abs=1e-8)
    assert ladder.gamma == pytest.approx([one.D], rel=1e-6)
    assert ladder.free_energies[-1] + 0.75 * one.m**4 == pytest.approx(one.f, abs=1e-12)


def full(P, gamma, T, indices="distinct"):
    return theory.solve(sm.DenseHebbian(P=P, gamma=gamma, T=T, indices=indices), ansatz="full", start="spin-glass")


def test_full_breaking_of_the_glass():
    """Where the glass begins continuously it breaks fully; else one step is all, above the Gardner temperature."""
    whole = full(4, 0.1, 0.3, "repeated")
    one = one_step(4, 0.1, 0.3, "repeated", "spin-glass")
    assert whole.converged
    assert list(whole.order) == ["m", "q", "q_min", "q_EA", "x_max", "C"]
    assert 0 <= whole.f_error < 1e-4
    assert one.f < whole.f < one.f + 1e-5
    assert whole.s > one.s
    for P, gamma, T, indices in ((4, 0.1, 0.05, "distinct"), (6, 0.02, 0.1, "repeated")):
        whole, one = full(P, gamma, T, indices), one_step(P, gamma, T, indices, "spin-glass")
        assert whole.f == pytest.approx(one.f, abs=1e-12)
        assert whole.q_EA == pytest.approx(one.q1, abs=1e-9)
    assert "no spin-glass state at T >= 0.1379393" in full(4, 0.1, 0.14).message


def test_states_are_ranked_by_the_one_that_is_at_equilibrium():
    def names(P, gamma, T, indices="distinct", ansatz="RS"):
        found = theory.states(sm.DenseHebbian(P=P, gamma=gamma, T=T, indices=indices), ansatz=ansatz)
        assert all(state.converged for state in found)
        return [(state.state, state.ansatz) for state in found]

    retrieval, glass, para = ("retrieval", "RS"), ("spin-glass", "1RSB"), ("paramagnet", "RS")
    assert names(4, 0.1, 0.5) == [para]
    assert names(4, 0.1, 0.2) == [retrieval, para]
    assert names(4, 0.1, 0.145) == [retrieval, para, glass]  # metastable glass
    assert names(4, 0.1, 0.1) == [retrieval, glass, para]
    assert names(4, 0.195, 0.05) == [glass, retrieval, para]  # although the paramagnet's free energy is the lowest
    assert names(4, 0.1, 0.0) == [retrieval, glass]
    assert names(4, 0.05, 0.2, "repeated") == [glass, retrieval, para]
    assert names(4, 0.21, 0.05, ansatz="1RSB") == [glass, ("retrieval", "1RSB"), para]
    assert names(4, 0.1, 0.1, ansatz="full")[1] == ("spin-glass", "full")
    assert names(6, 0.01, 0.1, "repeated")[0] == glass


# --- thermodynamics and limits ---


@pytest.mark.parametrize(("P", "indices"), [(4, "distinct"), (8, "distinct"), (4, "repeated")])
def test_retrieval_below_its_at_temperature(P, indices):
    limit = critical_load(0, P=P, indices=indices, ansatz="1RSB").gamma
    for fraction in (0.5, 0.88, 0.97, 0.9999):
        model = sm.DenseHebbian(P=P, gamma=fraction * limit, T=0.0, indices=indices)
        one, symmetric = theory.solve(model, ansatz="1RSB"), theory.solve(model)
        assert one.converged
        assert one.residual <= 1e-12
        assert one.stability > 0
        assert one.q0 < one.q1 == 1
        if symmetric.converged:
            assert one.f >= symmetric.f
            assert one.s >= symmetric.s


def test_low_temperature_is_continuous_with_zero():
    zero, cold = one_step(4, 0.22, 0.0), one_step(4, 0.22, 1e-6)
    for name in ("m", "q0", "q1", "D", "C"):
        assert cold.order[name] == pytest.approx(zero.order[name], rel=1e-4), name
    assert cold.f == pytest.approx(zero.f, abs=1e-8)


def test_exponentially_small_breaking_is_resolved():
    one = one_step(4, 0.01, 0.0)
    assert one.converged
    assert 1e20 < one.D < 1e24
    assert one.f == pytest.approx(-0.25, abs=1e-15)
    assert "no breaking" in one_step(4, 0.001, 0.0).message  # less than the smallest doubles can say


def test_it_merges_with_the_replica_symmetric_state_at_the_at_line():
    T_R = at_temperature(0.18, P=4).T
    gaps = []
    for t in (0.9, 0.99, 0.998):
        one = one_step(4, 0.18, t * T_R)
        gaps.append(one.q1 - one.q0)
        assert one.converged
    assert gaps[0] > 5 * gaps[1] > 20 * gaps[2] > 0
    above = one_step(4, 0.18, 1.001 * T_R)
    assert above.q0 == above.q1 == above.q
    assert math.isnan(above.x)
    assert "replica symmetric" in above.message
    assert above.replicon > 0


def test_states_that_are_absent_say_so():
    beyond = one_step(4, 0.2300, 0.0)
    assert not beyond.converged
    assert "gamma = 0.23 is above the critical load 0.2291717 at T = 0" in beyond.message
    assert math.isnan(beyond.m)
    assert "whatever the load" in one_step(4, 0.01, 0.6).message
    assert "above its spinodal" in one_step(4, 0.2, 0.4).message
    assert "no spin-glass state at T >= 0.1516973" in one_step(4, 0.1, 0.2, start="spin-glass").message
    assert not one_step(4, 0.0, 0.2, start="spin-glass").converged
    assert not one_step(4, 0.1, math.sqrt(0.15) * (1 - 1e-6), "repeated", "spin-glass").converged
    assert not one_step(4, 0.1, math.sqrt(0.15) * (1 - 1e-16), "repeated", "spin-glass").converged


# --- the critical load ---


def test_one_step_all_but_straightens_the_capacity():
    """Below the tip of the Nishimori line it cannot pass to larger loads than the tip's."""
    tip = nishimori_tip(P=4)
    line = critical_load([0.0, 0.1, 0.2, 0.2299, 0.3], P=4, ansatz="1RSB")
    symmetric = critical_load(line.T, P=4)
    assert np.all(line.gamma[:4] <= tip.gamma)
    assert np.all(np.diff(line.gamma[:4]) > 0)
    assert np.ptp(line.gamma[:4]) < 1e-3 < 0.03 < np.ptp(symmetric.gamma[:4])
    assert line.gamma[4] == symmetric.gamma[4]
    assert np.all(line.gamma >= symmetric.gamma)
    assert end_of_breaking(stored(4)) == pytest.approx(tip.T, rel=1e-12)


def test_the_line_reaches_its_end_even_where_breaking_is_lost_to_rounding():
    end = end_of_breaking(stored(4, "repeated"))
    line = critical_load(end * (1 - np.array([1e-3, 1e-6, 1e-9, 0.0])), P=4, indices="repeated", ansatz="1RSB")
    assert np.all(np.isfinite(line.gamma))
    assert line.gamma == pytest.approx(critical_load(line.T, P=4, indices="repeated").gamma, abs=1e-7)


# --- pieces ---


def test_divided_differences_of_the_covariance():
    net = Network(4, Covariance({2: 0.75, 4: 0.25, 5: 0.1}))
    xi, (q0, q1) = net.xi, (0.6, 0.9)
    assert chord(net, q0, q1) == pytest.approx((xi.slope(q1) - xi.slope(q0)) / 0.3, rel=1e-14)
    assert bend(net, q0, q1) == pytest.approx((xi(q1) - xi(q0) - 0.3 * xi.slope(q0)) / 0.09, rel=1e-13)
    assert chord(net, q0, q0) == pytest.approx(xi.curvature(q0), rel=1e-15)
    assert 2 * bend(net, q0, q0) == pytest.approx(xi.curvature(q0), rel=1e-15)


def test_equations_of_a_pattern_of_any_law():
    """Two values of chi: averages are sums, and the root solves the equations as they are written."""
    pattern = Pattern((1.25, 0.25), (0.625, 0.375))
    net = Network(4, stored(4).xi, pattern)
    point, _ = retrieval(net, 0.03, 0.02)
    assert point.replicon < 0
    root = at_load(net, 0.03, 0.02, point)
    one = point_at(net, root.v, 0.02)
    assert root.step < 1e-9
    parts = [site_nested(stored(4).pattern, one.n**3 * chi, one.s0, one.s1, one.D, 0.02) for chi in pattern.values]
    weights = np.array(pattern.weights)
    assert weights * pattern.values @ [part.M for part in parts] == pytest.approx(one.n, abs=1e-12)
    assert weights @ [part.V for part in parts] == pytest.approx(one.q1 - one.q0, abs=1e-12)
    assert one.s0**2 == pytest.approx(0.03 * one.q0**3, abs=1e-12)
    assert one.s1**2 == pytest.approx(0.03 * (one.q1**3 - one.q0**3), abs=1e-12)


def test_the_spinodal_of_one_step_lies_beyond_the_replica_symmetric_one():
    for T in (0.0, 0.15):
        n, gamma = spinodal(stored(4), T)
        symmetric = critical_load(T, P=4)
        assert gamma > symmetric.gamma
        assert n < symmetric.m
