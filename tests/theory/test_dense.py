"""Replica-symmetric states of dense networks: identities, an independent solver, limits, published values."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

import statmech as sm
import theory
from statmech.fixed_point import fixed_point
from statmech.gaussian import normal_grid
from theory.dense import critical_load, rs
from theory.dense.network import Network, stored
from theory.dense.pattern import Pattern

ENDS = {4: 0.495786, 6: 0.422720, 8: 0.386940}  # temperatures at which retrieval ends without load


def dense(P, gamma, T, indices="distinct"):
    return sm.DenseHebbian(P=P, gamma=gamma, T=T, indices=indices)


def noise_covariance(P, indices, q):
    """xi, xi' at unit load, from moments of correlated Gaussians: what (M/sqrt N)^P of two configurations has."""
    if indices == "distinct":
        return q**P / P, q ** (P - 1)
    x, w = np.polynomial.hermite_e.hermegauss(40)
    w = w / w.sum()
    y = q * x[:, None] + math.sqrt(1 - q * q) * x[None, :]
    both = w[:, None] * w[None, :]
    energy = (both * x[:, None] ** P * y**P).sum() - (w @ x**P) ** 2
    field = (both * x[:, None] ** (P - 1) * y ** (P - 1)).sum()
    scale = math.factorial(P - 1)
    return energy / (P * P * scale), field / scale


def functional(model, m, q):
    """The replica-symmetric free energy on a plain trapezoid grid."""
    P, gamma, T = model.P, model.gamma, model.T
    one, _ = noise_covariance(P, model.indices, 1.0)
    xi, slope = noise_covariance(P, model.indices, q)
    sigma = math.sqrt(gamma * slope)
    z, w = normal_grid(pole=math.pi * T / (2 * sigma) if sigma else math.inf)
    h = (m ** (P - 1) + sigma * z) / T
    return (1 - 1 / P) * m**P - gamma / (2 * T) * (one - xi - (1 - q) * slope) - T * np.logaddexp(h, -h) @ w


POINTS = st.tuples(
    st.sampled_from([4, 6, 8]), st.sampled_from(["distinct", "repeated"]), st.floats(0.03, 0.99), st.floats(0.05, 0.97)
)


def retrieval(point):
    P, indices, fraction, t = point
    T = t * ENDS[P]
    return theory.solve(dense(P, fraction * critical_load(T, P=P, indices=indices).gamma, T, indices))


@settings(max_examples=30, deadline=None)
@given(POINTS)
def test_free_energy_is_stationary_and_matches_the_functional(point):
    solution = retrieval(point)
    assert solution.converged
    assert solution.residual <= 1e-12
    assert solution.stability > 0
    x = np.array([solution.m, solution.q])
    assert functional(solution.model, *x) == pytest.approx(solution.f, abs=1e-11)
    for k, scale in enumerate((1.0, 1 - solution.q)):
        h = 1e-4 * scale * np.eye(2)[k]
        up, down = functional(solution.model, *(x + h)), functional(solution.model, *(x - h))
        # the derivative in units of its own variable
        assert (up - down) / 2e-4 == pytest.approx(0, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(POINTS, st.sampled_from(["retrieval", "spin-glass", "paramagnet"]))
def test_entropy_and_energy_are_derivatives_of_the_free_energy(point, state):
    P, indices, fraction, t = point
    scale = rs.glass_melting(stored(P, indices))[0] if state == "spin-glass" else ENDS[P]
    T = 0.95 * t * scale * (math.sqrt(0.1) if state == "spin-glass" else 1.0)
    limit = critical_load(min(1.01 * T, ENDS[P]), P=P, indices=indices).gamma
    gamma = 0.1 if state == "spin-glass" else 0.98 * fraction * limit + 1e-6
    h = 2e-4 * T
    here, up, down = (theory.solve(dense(P, gamma, x, indices), start=state) for x in (T, T + h, T - h))
    if not up.converged:  # next to where the state ends
        return
    assert -(up.f - down.f) / (2 * h) == pytest.approx(here.s, abs=1e-5)
    # u = d(beta f)/d beta = -T² d(f/T)/dT, and its closed form
    u = -T * T * (up.f / up.model.T - down.f / down.model.T) / (2 * h)
    assert u == pytest.approx(here.u, abs=1e-5)
    xi = [noise_covariance(P, indices, x)[0] for x in (1.0, here.q)]
    assert -(here.m**P) / P - gamma / T * (xi[0] - xi[1]) == pytest.approx(here.u, abs=1e-9)


@pytest.mark.parametrize(
    ("P", "gamma", "T", "indices"),
    [(4, 0.1, 0.2, "distinct"), (4, 0.19, 0.0, "distinct"), (4, 0.07, 0.2, "repeated"), (6, 0.1, 0.2, "distinct")],
)
def test_iteration_of_the_equations_arrives_at_the_same_state(P, gamma, T, indices):
    """An independent route: the damped iteration of (m, q), averages by adaptive quadrature."""

    def average(g, m, sigma):
        k = m ** (P - 1)

        def integrand(z):
            return g(k + sigma * z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

        return integrate.quad(integrand, -10, 10, points=[-k / sigma], epsabs=1e-13, limit=300)[0]

    def update(x):
        m, q = x
        sigma = math.sqrt(gamma * noise_covariance(P, indices, q)[1])
        tanh = (lambda h: math.tanh(h / T)) if T > 0 else np.sign
        return np.array([average(tanh, m, sigma), average(lambda h: tanh(h) ** 2, m, sigma)])

    found = fixed_point(update, [1.0, 1.0], damping=0.3, tolerance=1e-10)
    assert found.converged
    solution = theory.solve(dense(P, gamma, T, indices))
    assert [solution.m, solution.q] == pytest.approx(found.x, abs=1e-8)


@pytest.mark.parametrize(
    ("P", "gamma", "T", "m", "q", "f"),
    [
        (4, 0.1, 0.2, 0.9927420718, 0.9886417496, -0.2508414926),
        (4, 0.05, 0.3, 0.9916055964, 0.9836704055, -0.2512059373),
        (4, 0.15, 0.2, 0.9752267026, None, None),
        (4, 0.12, 0.25, None, 0.9686502828, None),
        (4, 0.17, 0.15, 0.9709913086, None, None),
        (6, 0.1, 0.2, 0.9923249014, None, None),
        (4, 0.2, 0.05, 0.94473, 0.98555, -0.255674),
    ],
)
def test_values(P, gamma, T, m, q, f):
    solution = theory.solve(dense(P, gamma, T))
    for name, value in (("m", m), ("q", q), ("f", f)):
        if value is not None:
            assert getattr(solution, name) == pytest.approx(value, abs=1e-9 if gamma != 0.2 else 6e-6)


@pytest.mark.parametrize("state", ["retrieval", "spin-glass"])
def test_low_temperature_runs_into_zero_temperature(state):
    for indices in ("distinct", "repeated"):
        cold = [theory.solve(dense(4, 0.05, T, indices), start=state) for T in (0.0, 1e-9, 1e-5)]
        for name in ("m", "q", "C", "f", "u", "s"):
            assert getattr(cold[1], name) == pytest.approx(getattr(cold[0], name), abs=1e-7)
            assert getattr(cold[2], name) == pytest.approx(getattr(cold[0], name), abs=2e-3)
        assert cold[0].f == cold[0].u
        assert cold[0].replicon == -math.inf


def test_zero_temperature_in_closed_form():
    """m = erf(y), y² = m^6 / 2 gamma, u = -m^P/P - sqrt(2 gamma/pi) exp(-y²)."""
    s = theory.solve(dense(4, 0.17, 0.0))
    y = s.m**3 / math.sqrt(2 * 0.17)
    assert s.m == pytest.approx(math.erf(y), abs=1e-14)
    assert s.u == pytest.approx(-(s.m**4) / 4 - math.sqrt(2 * 0.17 / math.pi) * math.exp(-y * y), abs=1e-14)
    assert pytest.approx(math.sqrt(2 / (math.pi * 0.17)) * math.exp(-y * y), abs=1e-14) == s.C


def test_without_load_it_is_the_ferromagnet_of_p_spins():
    s = theory.solve(dense(6, 0.0, 0.3))
    assert s.m == pytest.approx(math.tanh(s.m**5 / 0.3), abs=1e-15)
    assert s.f == pytest.approx(5 / 6 * s.m**6 - 0.3 * math.log(2 * math.cosh(s.m**5 / 0.3)), abs=1e-15)
    near = theory.solve(dense(6, 1e-12, 0.3))
    assert near.m == pytest.approx(s.m, abs=1e-10)
    assert theory.solve(dense(4, 0.0, 0.0)).m == 1.0
    assert theory.solve(dense(4, 1e-300, 0.1)).residual < 1e-15


def test_the_paramagnet_is_that_of_the_random_energies():
    s = theory.solve(dense(4, 0.2, 0.6), start="paramagnet")
    assert (s.m, s.q) == (0.0, 0.0)
    assert s.f == pytest.approx(-0.6 * math.log(2) - 0.2 / (8 * 0.6), abs=1e-15)
    assert s.u == pytest.approx(-0.2 / (4 * 0.6), abs=1e-15)
    assert s.stability == s.replicon == 1.0
    # with repeated indices the energy is four times larger, and pairs make it unstable at T² = 1.5 gamma
    s = theory.solve(dense(4, 0.2, 0.6, "repeated"), start="paramagnet")
    assert s.u == pytest.approx(-0.2 / 0.6, abs=1e-15)
    assert s.replicon == pytest.approx(1 - 1.5 * 0.2 / 0.36, abs=1e-14)


def test_the_replica_symmetric_glass_of_distinct_indices_is_unphysical_and_says_so():
    s = theory.solve(dense(4, 0.1, 0.05), start="spin-glass")
    assert s.converged
    assert s.q > 0.8
    assert s.s < 0
    assert s.replicon < 0
    assert "unphysical" in s.message
    # it appears with a finite overlap, as the solution of the P-spin glass at J² = 2 gamma / P
    limit = rs.glass_melting(stored(4))[0] * math.sqrt(0.1)
    edge = theory.solve(dense(4, 0.1, limit * (1 - 1e-9)), start="spin-glass")
    assert edge.q > 0.5
    assert edge.stability == pytest.approx(0, abs=1e-3)
    glass = theory.solve(sm.PSpin(p=4, T=0.05 / math.sqrt(0.05)), ansatz="RS")
    assert glass.q == pytest.approx(s.q, abs=1e-12)
    assert math.sqrt(0.05) * glass.f == pytest.approx(s.f, abs=1e-13)


def test_the_glass_of_repeated_indices_begins_continuously():
    T_g = math.sqrt(1.5 * 0.1)
    below = theory.solve(dense(4, 0.1, T_g * (1 - 1e-5), "repeated"), start="spin-glass")
    assert 0 < below.q < 1e-3
    assert below.message.endswith("continuously")
    assert not theory.solve(dense(4, 0.1, T_g, "repeated"), start="spin-glass").converged
    assert not theory.solve(dense(4, 0.1, T_g * (1 - 1e-16), "repeated"), start="spin-glass").converged


def test_absent_states_say_so_and_give_no_numbers():
    for gamma, T, start, why in (
        (0.22, 0.1, "retrieval", "gamma = 0.22 is above its spinodal 0.2176684 at T = 0.1"),
        (0.05, 0.5, "retrieval", "no retrieval state at T above 0.4957863, whatever the load"),
        (0.05, 0.0, "paramagnet", "no paramagnet at T = 0"),
        (0.1, 0.1, "spin-glass", "no replica-symmetric spin glass at T = 0.1, above 0.08386085"),
        (0.0, 0.1, "spin-glass", "no replica-symmetric spin glass"),
    ):
        s = theory.solve(dense(4, gamma, T), start=start)
        assert not s.converged
        assert why in s.message
        assert all(math.isnan(x) for x in (s.f, s.u, s.s, *s.order.values()))


def test_bad_requests_are_named():
    with pytest.raises(ValueError, match="start = 'mixture-3' is not allowed"):
        theory.solve(dense(4, 0.1, 0.1), start="mixture-3")
    with pytest.raises(ValueError, match="ansatz = '2RSB' is not allowed"):
        theory.solve(dense(4, 0.1, 0.1), ansatz="2RSB")
    with pytest.raises(ValueError, match="start = 'paramagnet' is not allowed"):
        theory.solve(dense(4, 0.1, 0.1), ansatz="1RSB", start="paramagnet")
    with pytest.raises(ValueError, match="start = 'retrieval' is not allowed"):
        theory.solve(dense(4, 0.1, 0.1), ansatz="full")
    with pytest.raises(ValueError, match="ansatz = '2RSB' is not allowed"):
        theory.states(dense(4, 0.1, 0.1), ansatz="2RSB")


def test_next_to_the_spinodal_the_outer_branch_is_found():
    """Where Newton's method from the pattern fails or ends on another branch, the root along the curve is taken."""
    for P, indices in ((4, "distinct"), (4, "repeated"), (8, "distinct"), (20, "distinct")):
        net = stored(P, indices)
        for T in np.array([0.0, 0.02, 0.3, 0.5, 0.9, 1 - 1e-6]) * rs.melting(net)[0]:
            n_M, gamma_M = rs.spinodal(net, float(T))
            for gap in (1e-2, 1e-5, 1e-9, 0.0):
                point, _ = rs.retrieval(net, gamma_M * (1 - gap), float(T))
                assert point.residual <= 1e-12
                assert point.n >= n_M
                assert point.stability > -1e-6
            assert rs.retrieval(net, gamma_M * (1 + 1e-8), float(T))[0] is None


def test_stability_vanishes_at_the_spinodal_like_the_root_of_the_distance():
    gamma_M = critical_load(0.3, P=4).gamma
    values = [theory.solve(dense(4, gamma_M * (1 - x), 0.3)).stability for x in (1e-2, 1e-4, 1e-6)]
    assert values[0] > values[1] > values[2] > 0
    assert values[1] / values[2] == pytest.approx(10, rel=0.02)


@pytest.mark.parametrize(
    ("P", "gamma", "T", "indices", "start"),
    [
        (4, 0.1, 1e-300, "distinct", "retrieval"),
        (4, 0.2, 1e-300, "repeated", "spin-glass"),
        (6, 1e-268, 1e-300, "distinct", "spin-glass"),
        (40, 1.0, 2.0, "repeated", "spin-glass"),
        (4, 0.0, 1e-283, "repeated", "paramagnet"),
        (4, 1e-300, 0.2, "distinct", "paramagnet"),
    ],
)
def test_extreme_points_are_solved(P, gamma, T, indices, start):
    s = theory.solve(dense(P, gamma, T, indices), start=start)
    assert s.converged
    assert s.residual <= 1e-12
    assert all(math.isfinite(x) for x in (s.f, s.u, s.s, *s.order.values()))


def test_extreme_points_are_refused_in_words():
    assert "zero to rounding" in theory.solve(dense(4, 0.1, 1e-200), start="paramagnet").message
    assert "above its spinodal" in theory.solve(dense(4, 0.22, 1e-268)).message


# --- patterns that are not stored themselves ---


def test_laws_of_patterns_are_checked():
    with pytest.raises(ValueError, match="weights = .* is not allowed: there must be one for each value"):
        Pattern((1.0, 2.0), (1.0,))
    with pytest.raises(ValueError, match="weights = .* is not allowed: they and the second moment"):
        Pattern((1.0, 2.0), (0.5, 0.5))


def test_equations_hold_for_a_pattern_of_any_law():
    """Four examples of quality 0.8: n and q by quadrature, and the spinodal at T = 0 from the explicit curve."""
    r, M = 0.8, 4
    R = r * r + (1 - r * r) / M
    chi = (2 * np.arange(M + 1) / M - 1) / math.sqrt(R)
    weight = np.array([math.comb(M, k) * (1 + r) ** k * (1 - r) ** (M - k) for k in range(M + 1)]) / 2**M
    net = Network(4, stored(4).xi, Pattern(tuple(chi.tolist()), tuple(weight.tolist())))
    point, _ = rs.retrieval(net, 0.05, 0.1)
    z, w = normal_grid(pole=math.pi * 0.1 / (2 * point.sigma))
    tanh = np.tanh((point.n**3 * chi[:, None] + point.sigma * z) / 0.1)
    assert (weight * chi) @ (tanh @ w) == pytest.approx(point.n, abs=1e-13)
    assert weight @ (tanh**2 @ w) == pytest.approx(point.q, abs=1e-13)
    assert point.sigma**2 == pytest.approx(0.05 * point.q**3, abs=1e-14)
    # gamma(y) at T = 0: n = E chi erf(y chi), y = n³ / sqrt(2 gamma)
    y = np.linspace(0.3, 6.0, 20001)
    n = (weight * chi) @ np.vectorize(math.erf)(np.outer(chi, y))
    assert rs.spinodal(net, 0.0)[1] == pytest.approx((n**6 / (2 * y * y)).max(), rel=1e-6)
