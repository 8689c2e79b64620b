"""Theory of two tasks in sequence: averages against quadrature, tables, identities, limits, branches."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, optimize
from scipy.special import log_ndtr, ndtr

import statmech as sm
import theory
from theory.continual_perceptron import examples, weights
from theory.continual_perceptron.task import BLANK, Conditions, handed_on, solve_task

# task 1: alpha, beta, gamma | q, r, qs, p, loss, AT; with dense quadrature in the layer around the teacher's boundary
FIRST = [
    (0.5, 20, 0, 0.5395259, 0.3789743, 0.6797674, 0.4387163, 0.0758905, 0.4065671),
    (0.5, 20, 1, 0.1211884, 0.1837156, 0.1604935, 0.3943151, 0.3414968, 0.0498326),
    (1.0, 20, 0, 0.8490571, 0.6053516, 0.9117506, 0.6307233, 0.0450760, 2.5919517),
    (2.0, 20, 1, 0.5289220, 0.6618879, 0.5458709, 0.8873210, 0.2279271, 0.1440709),
    (1.0, 100, 1, 0.2614135, 0.3621136, 0.2681891, 0.6446319, 0.2952473, 0.0948688),
    (2.0, 100, 1, 0.6114871, 0.7220843, 0.6148312, 0.9167448, 0.1936565, 0.1724558),
    (2.0, 20, 0, 0.9782379, 0.9889991, 0.9783937, 0.9999913, 0.0518734, 0.0162063),
]
# task 2: alpha1, beta1, alpha2, r0, gamma2 at gamma1 = 1, beta2 = 20 | q2, r2, qs2, p1, p2, c12, AT
SECOND = [
    (2, 100, 0.5, -0.5, 1, 0.437649, -0.157071, 0.457330, 0.667967, -0.238280, 0.440163, 0.055230),
    (2, 100, 2.0, -0.5, 1, 0.383678, 0.215431, 0.400343, 0.198032, 0.268347, 0.189799, 0.120962),
    (2, 100, 1.0, 0.0, 1, 0.474632, 0.240635, 0.491606, 0.625813, 0.275460, 0.422987, 0.085000),
    (2, 100, 0.5, 0.5, 1, 0.558008, 0.428203, 0.574302, 0.834684, 0.521332, 0.546558, 0.049873),
    (2, 100, 2.0, 0.5, 1, 0.666526, 0.698692, 0.675871, 0.654142, 0.808597, 0.466357, 0.130016),
    (1, 20, 0.5, -0.5, 1, 0.264523, 0.017027, 0.294916, 0.303298, 0.019897, 0.197119, 0.053196),
    (1, 20, 0.5, 0.0, 0.1, 0.490155, 0.349982, 0.599086, 0.118277, 0.420604, 0.080812, 0.308010),
]
# both tasks at beta = 400, gamma = 1: alpha1, alpha2, r0 | r1, qs1, r2, qs2, p1, p2
COLD = [
    (1, 1, 0, 0.3643, 0.2662, 0.3196, 0.3782, 0.3479, 0.4463),
    (2, 1, -0.5, 0.7376, 0.6338, -0.0293, 0.4354, 0.5218, -0.0757),
    (2, 2, 0.5, 0.7376, 0.6338, 0.7387, 0.7335, 0.6500, 0.8211),
]


def task(alpha, beta, gamma, start="uninformed", prior=BLANK):
    return solve_task(prior, Conditions(alpha=float(alpha), beta=float(beta), gamma=float(gamma)), start).saddle


@pytest.mark.parametrize("row", FIRST)
def test_first_task(row):
    alpha, beta, gamma, *expected = row
    start = "informed" if expected[3] > 0.99 else "uninformed"
    found = theory.solve(sm.ContinualPerceptron(alpha1=alpha, beta1=beta, gamma1=gamma), start=start)
    names = ("q1", "r1", "qs1", "p1", "loss", "at1")
    np.testing.assert_allclose([found.order[name] for name in names], expected, atol=2e-7)
    assert found.eps1 == pytest.approx(math.acos(found.p1) / math.pi, abs=1e-15)
    assert found.replicon == 1 - found.at1
    assert ("replica symmetry fails in task 1" in found.message) == (found.at1 > 1)


@pytest.mark.parametrize("row", SECOND)
def test_second_task(row):
    """The tabled values come from interpolation between fields, good to a few 1e-6."""
    alpha1, beta1, alpha2, r0, gamma2, *expected = row
    model = sm.ContinualPerceptron(alpha1=alpha1, alpha2=alpha2, r0=r0, beta1=beta1, beta2=20, gamma2=gamma2)
    found = theory.solve(model)
    names = ("q2", "r2", "qs2", "p1", "p2", "c12", "at2")
    np.testing.assert_allclose([found.order[name] for name in names], expected, atol=1e-5)
    assert found.state == "uninformed"
    assert found.residual < 1e-11
    assert found.stability > 0


@pytest.mark.parametrize("row", COLD)
def test_two_cold_tasks(row):
    alpha1, alpha2, r0, *expected = row
    found = theory.solve(sm.ContinualPerceptron(alpha1=alpha1, alpha2=alpha2, r0=r0, beta1=400, beta2=400))
    names = ("r1", "qs1", "r2", "qs2", "p1", "p2")
    np.testing.assert_allclose([found.order[name] for name in names], expected, atol=6e-5)


def test_infinite_beta_is_the_limit():
    """What is left of the difference at beta = 400 after Richardson's step from 100 is of second order."""
    warm, cold, limit = (
        theory.solve(sm.ContinualPerceptron(alpha1=1, alpha2=1, beta1=beta, beta2=beta)).order
        for beta in (100, 400, math.inf)
    )
    for name in ("q1", "r1", "qs1", "q2", "r2", "c12", "p1", "p2", "loss", "at1", "at2"):
        assert (4 * cold[name] - warm[name]) / 3 == pytest.approx(limit[name], abs=2e-4), name
        assert abs(cold[name] - limit[name]) < abs(warm[name] - limit[name]) + 1e-9


def pattern_by_quadrature(w, chi, beta):
    """ln Z/β, G, dG/dω, <Rt>, <ln Phi> at V = 1 by adaptive quadrature."""
    width = math.sqrt(chi / beta)
    x = np.linspace(-12, 130, 80001)
    t = w + width * x
    log = beta * log_ndtr(t) - 0.5 * x * x
    p = np.exp(log - log.max())
    Z = integrate.trapezoid(p, x)
    R = np.exp(-0.5 * t * t - 0.5 * math.log(2 * math.pi) - log_ndtr(t))
    mean = [integrate.trapezoid(p * f, x) / Z for f in (R, R * R, R * (t + R), R * t, log_ndtr(t))]
    log_Z = (log.max() + math.log(Z / math.sqrt(2 * math.pi))) / beta
    return log_Z, mean[0], beta * (mean[1] - mean[0] ** 2) - mean[2], mean[3], mean[4]


@pytest.mark.parametrize("beta", [2.0, 20.0, 300.0])
@pytest.mark.parametrize("chi", [0.05, 1.0, 15.0])
def test_averages_of_a_pattern(chi, beta):
    w = np.array([-9.0, -2.0, 0.0, 1.0, 4.0])
    out = np.empty((5, w.size))
    examples.pattern_averages(w, chi, beta, out)
    for k, at in enumerate(w):
        np.testing.assert_allclose(out[:, k], pattern_by_quadrature(at, chi, beta), rtol=2e-9, atol=1e-12)


def test_minimum_of_a_pattern_is_the_limit():
    w = np.linspace(-5, 4, 19)
    limit, cold = np.empty((2, 5, w.size))
    examples.pattern_averages(w, 0.7, math.inf, limit)
    examples.pattern_averages(w, 0.7, 1e7, cold)
    np.testing.assert_allclose(cold, limit, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize(
    ("a", "beta", "gamma"), [(-0.3, 20, 1), (0.7, 5, 0), (0.4, 60, 0.1), (-5.0, 100, 1), (0.1, 3, 2)]
)
def test_averages_of_a_weight(a, beta, gamma):
    h = np.array([-1.3, -0.1, 0.0, 0.02, 0.7, 4.0])
    out = weights.response(h, a, beta, gamma)

    def exponent(m, at):
        ent = -sum(0 if x <= 0 else x * math.log(x) for x in ((1 + m) / 2, (1 - m) / 2))
        return beta * (a * m * m + at * m + gamma * ent), ent

    for k, at in enumerate(h):
        top = max(exponent(m, at)[0] for m in np.linspace(-1, 1, 2001))

        def mean(f, at=at, top=top):
            def integrand(y):
                e, ent = exponent(y, at)
                return math.exp(e - top) * f(y, ent)

            edges = np.linspace(-1, 1, 41)
            return sum(integrate.quad(integrand, *ends, epsabs=1e-14)[0] for ends in pairwise(edges))

        Z = mean(lambda m, ent: 1.0)
        m1, m2 = mean(lambda m, ent: m) / Z, mean(lambda m, ent: m * m) / Z
        expected = [
            1 - m1, 1 - m2, beta * (m2 - m1**2), mean(lambda m, ent: math.copysign(1, m)) / Z,
            (top + math.log(Z)) / beta, mean(lambda m, ent: ent) / Z,
        ]  # fmt: skip
        np.testing.assert_allclose(out[:, k], expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("beta", [20.0, math.inf])
@pytest.mark.parametrize("one", [(0.35, 0.3, 0.6), (0.02, 0.95, 0.05)], ids=["uninformed", "informed"])
def test_forces_are_the_derivatives_of_the_free_entropy(one, beta):
    """The forms integrated by parts against differences of what they are derivatives of."""
    D, r, V = one
    chi = 0.4

    def log(r, q, qs):
        spread = beta * (qs - q) if beta < math.inf else chi
        return examples.forces(1 - qs, spread, q - r * r, r, beta).log

    there = examples.forces(V, chi, D, r, beta)
    q, h = D + r * r, 1e-5
    qs = 1 - V
    if beta < math.inf:
        qs = q + chi / beta
        there = examples.forces(1 - qs, chi, D, r, beta)
        pull, minus_force, rest = (
            (log(*(np.array([r, q, qs]) + e)) - log(*(np.array([r, q, qs]) - e))) / (2 * h) for e in h * np.eye(3)
        )
        assert minus_force == pytest.approx(-0.5 * beta * there.force, rel=1e-6)
        assert rest == pytest.approx(0.5 * beta * there.force + there.bend, rel=1e-6)
    else:

        def cold(r, V, chi):
            return examples.forces(V, chi, 1 - V - r * r, r, beta).log

        V, r = 0.5, 0.4
        there = examples.forces(V, chi, 1 - V - r * r, r, beta)
        pull, minus_bend, half_force = (
            (cold(*(np.array([r, V, chi]) + e)) - cold(*(np.array([r, V, chi]) - e))) / (2 * h) for e in h * np.eye(3)
        )
        assert minus_bend == pytest.approx(-there.bend, rel=1e-6)
        assert half_force == pytest.approx(0.5 * there.force, rel=1e-6)
    assert pull == pytest.approx(there.pull, rel=1e-6)


def test_layer_around_the_teachers_boundary_is_resolved():
    """Next to the teacher the label turns within 0.01 of z: against Gauss–Legendre panels graded towards it."""
    one = task(2, 20, 0).overlaps
    q = one.D + one.r**2
    edges = 1e-3 * np.sinh(np.linspace(0, math.asinh(9e3), 60))
    x, w = np.polynomial.legendre.leggauss(10)
    z = (0.5 * (edges[1:] + edges[:-1])[:, None] + 0.5 * np.diff(edges)[:, None] * x).ravel()
    dz = (0.5 * np.diff(edges)[:, None] * w).ravel() * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    z, dz = np.concatenate([-z, z]), np.concatenate([dz, dz])
    out = np.empty((5, z.size))
    examples.pattern_averages(z * math.sqrt(q / one.V), one.chi / one.V, 20.0, out)
    there = examples.forces(one.V, one.chi, one.D, one.r, 20.0)
    share = 2 * dz * ndtr(z * one.r / math.sqrt(one.D))
    assert share @ out[1] ** 2 / one.V == pytest.approx(there.force, rel=1e-11)
    assert -share @ out[4] == pytest.approx(there.loss, rel=1e-11)


@pytest.mark.parametrize("gamma", [0.0, 1.0])
def test_energy_is_the_derivative_of_the_free_energy(gamma):
    h = 1e-3
    above, one, below = (task(0.7, 20 + step, gamma) for step in (h, 0, -h))
    assert ((20 + h) * above.f - (20 - h) * below.f) / (2 * h) == pytest.approx(one.u, abs=1e-7)
    prior = handed_on(task(1, 30, 1), 0.3)
    above, one, below = (task(0.7, 20 + step, gamma, prior=prior) for step in (h, 0, -h))
    assert ((20 + h) * above.f - (20 - h) * below.f) / (2 * h) == pytest.approx(one.u, abs=1e-7)


def test_free_energy_is_the_energy_of_the_minimum():
    found = theory.solve(sm.ContinualPerceptron(alpha1=1, alpha2=1, r0=0.4))
    assert found.f == pytest.approx(found.u, abs=1e-12)


def test_second_task_without_prior_is_a_first_one():
    """gamma2 = 0: nothing is kept but what the teachers have in common."""
    both = theory.solve(sm.ContinualPerceptron(alpha1=1, alpha2=0.5, r0=0.6, beta1=20, beta2=20, gamma2=0))
    alone = theory.solve(sm.ContinualPerceptron(alpha1=0.5, beta1=20, gamma1=0))
    for name in ("q", "r", "qs"):
        assert both.order[f"{name}2"] == pytest.approx(alone.order[f"{name}1"], abs=1e-9)
    assert both.p1 == pytest.approx(0.6 * both.p2, abs=1e-9)


@pytest.mark.parametrize("beta", [50, math.inf])
def test_gauge_symmetry_of_equal_and_of_opposite_teachers(beta):
    one, other = (
        theory.solve(sm.ContinualPerceptron(alpha1=1, alpha2=1, r0=r0, beta1=beta, beta2=beta)) for r0 in (1, -1)
    )
    assert one.p1 == pytest.approx(one.p2, abs=1e-10)
    assert other.p1 == pytest.approx(-other.p2, abs=1e-10)
    assert one.forgetting < 0 < other.forgetting


def test_little_of_a_second_task_changes_little_at_the_minimum():
    first = theory.solve(sm.ContinualPerceptron(alpha1=1))
    then = theory.solve(sm.ContinualPerceptron(alpha1=1, alpha2=1e-3, r0=0.5))
    for name in ("q2", "r2", "qs2", "c12"):
        expected = 0.5 * first.r1 if name == "r2" else first.qs1
        assert then.order[name] == pytest.approx(expected, abs=1e-3)
    assert then.eps1 == pytest.approx(first.eps1, abs=4e-3)  # weights near zero turn: as the root of alpha2


def test_uninformed_and_informed_state():
    states = theory.states(sm.ContinualPerceptron(alpha1=1.9, beta1=100))
    assert [one.state for one in states] == ["uninformed", "informed"]
    states = theory.states(sm.ContinualPerceptron(alpha1=2.1, beta1=100))
    assert [one.state for one in states] == ["informed", "uninformed"]
    assert states[0].eps1 < 3e-4
    assert theory.solve(sm.ContinualPerceptron(alpha1=2.3, beta1=100)).state == "informed"
    for alpha, start, why in (
        (2.3, "uninformed", "uninformed state ends at a load of 2.21577"),
        (1.4, "informed", "informed state begins at a load of 1.50016"),
    ):
        found = theory.solve(sm.ContinualPerceptron(alpha1=alpha, beta1=100), start=start)
        assert not found.converged
        assert why in found.message


def jumping_mean(x, prior, gamma):
    """r, V, chi and D at β = ∞ by adaptive quadrature over the field; chi as the mean of h - c times m, over q̂."""
    pull, force, a = x
    sigma = math.sqrt(force)

    def m(h):
        u = optimize.brentq(lambda u: gamma * u - 2 * a * math.tanh(u) - abs(h), math.acosh((2 * a / gamma) ** 0.5)
                            if 2 * a > gamma else 0, (abs(h) + 2 * abs(a)) / gamma + 1)  # fmt: skip
        return math.copysign(math.tanh(u), h)

    def mean(f):
        total = 0.0
        for centre, weight in zip(prior.centres + pull, prior.weights, strict=True):
            for low, high in ((centre - 9 * sigma, 0.0), (0.0, centre + 9 * sigma)):
                total += weight * integrate.quad(
                    lambda h, c=centre: f(h, c) * math.exp(-0.5 * ((h - c) / sigma) ** 2), low, high, epsabs=1e-12
                )[0] / (sigma * math.sqrt(2 * math.pi))  # fmt: skip
        return total

    r, q = mean(lambda h, c: m(h)), mean(lambda h, c: m(h) ** 2)
    return r, 1 - q, mean(lambda h, c: (h - c) * m(h)) / force, q - r * r


@pytest.mark.parametrize(("a", "gamma"), [(0.1, 0.5), (0.24, 0.5), (0.27, 0.5), (0.6, 0.1)])
def test_weights_with_two_maxima(a, gamma):
    """The jump of m is in the response: by Gaussian partial integration it is a mean without a derivative."""
    x = np.array([0.2, 0.09, a])
    prior = weights.Fields(centres=np.array([-0.3, 0.4]), weights=np.array([0.4, 0.6]))
    law = weights.field_law(x, prior, math.inf, gamma)
    assert (law.jump > 0) == (2 * a > gamma)
    w = law.overlaps()
    np.testing.assert_allclose((w.r, w.V, w.chi, w.D), jumping_mean(x, prior, gamma), rtol=1e-8, atol=1e-14)


def test_two_maxima_are_the_limit():
    """What is left of the difference goes like the root of the temperature, by which the jump is smooth."""
    model = sm.ContinualPerceptron(alpha1=0.6, gamma1=0.1)
    limit = theory.solve(model)
    assert limit.at1 == math.inf
    assert "replica symmetry fails in task 1 (Lambda = inf)" in limit.message
    cold, colder = (theory.solve(replace(model, beta1=beta)).order for beta in (100.0, 400.0))
    for name in ("q1", "r1", "qs1", "eps1", "loss"):
        assert abs(colder[name] - limit.order[name]) < 0.6 * abs(cold[name] - limit.order[name])


def test_informed_state_of_the_minimum_is_the_teacher():
    found = theory.solve(sm.ContinualPerceptron(alpha1=1), start="informed")
    assert (found.r1, found.eps1, found.f) == (1, 0, math.log(2))
    cold = theory.solve(sm.ContinualPerceptron(alpha1=2, beta1=1000), start="informed")
    assert cold.f == pytest.approx(math.log(2), abs=0.015)
    both = theory.solve(sm.ContinualPerceptron(alpha1=1, alpha2=5, r0=0.2))
    assert (both.state, both.p1, both.p2) == ("informed", 0.2, 1)
    cold = theory.solve(sm.ContinualPerceptron(alpha1=1, alpha2=5, r0=0.2, beta1=math.inf, beta2=200))
    assert cold.f == pytest.approx(both.f, abs=0.07)
    assert cold.c12 == pytest.approx(both.c12, abs=1e-4)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (sm.ContinualPerceptron(alpha1=1, gamma1=0), "without the Kullback-Leibler term"),
        (sm.ContinualPerceptron(alpha1=2.5, alpha2=1, gamma2=0), "task 1: it ends in a corner"),
        (sm.ContinualPerceptron(alpha1=1, alpha2=1, gamma2=0), "task 2: .*without the Kullback"),
        (sm.ContinualPerceptron(alpha1=3, gamma1=0.1), "the iteration saturates: .* not decided whether they freeze"),
    ],
)
def test_absent_solutions_say_why(model, why):
    found = theory.solve(model)
    assert not found.converged
    assert math.isnan(found.eps1)
    with pytest.raises(AssertionError, match=why):
        raise AssertionError(found.message)


def test_a_corner_lets_no_weight_turn():
    found = theory.solve(sm.ContinualPerceptron(alpha1=2.5, alpha2=0.5, r0=0.5))
    assert (found.eps1, found.forgetting, found.p1, found.c12) == (0, 0, 1, 1)
    assert found.eps2 == pytest.approx(1 / 3, abs=1e-15)
    assert "lets no weight turn" in found.message
    assert len(theory.states(found.model)) == 1


def test_requests_that_are_refused():
    model = sm.ContinualPerceptron(alpha1=1)
    with pytest.raises(ValueError, match="ansatz = '1RSB' is not allowed"):
        theory.solve(model, ansatz="1RSB")
    with pytest.raises(ValueError, match="start = 'retrieval' is not allowed"):
        theory.solve(model, start="retrieval")


def sampled_forces(samples, generator, alpha=1.0, beta=20.0):
    """Conjugates as a sampled x gives them: nodes in z as before, averages over draws of a normal variable."""
    one = task(alpha, beta, 0).overlaps
    q, width = one.D + one.r**2, math.sqrt(one.chi / beta)
    z = np.linspace(-6, 6, 61)
    dz = np.exp(-0.5 * z * z) * 0.2 / math.sqrt(2 * math.pi)

    def G(w):
        t = w[:, None] + width / math.sqrt(one.V) * generator.standard_normal((len(w), samples))
        log = log_ndtr(t)
        p = np.exp(beta * (log - log.max(1, keepdims=True)))
        R = np.exp(-0.5 * t * t - 0.5 * math.log(2 * math.pi) - log)
        return (p * R).sum(1) / p.sum(1) / math.sqrt(one.V)

    force = 2 * (dz * ndtr(z * one.r / math.sqrt(one.D))) @ G(z * math.sqrt(q / one.V)) ** 2
    pull = 2 / math.sqrt(2 * math.pi) * dz @ G(z * math.sqrt(one.D / one.V))
    return alpha * beta * pull, alpha * beta**2 * force


def test_sampled_averages_miss_the_tail():
    """Draws of a normal x do not reach the mode of Phi^beta, 6 to 20 standard deviations out: both forces too large."""
    one = task(1, 20, 0)
    exact = 20 * one.x[0], 400 * one.x[1]
    np.testing.assert_allclose(exact, (7.37, 66.4), rtol=1e-3)
    few, many = (np.array(sampled_forces(n, np.random.default_rng(1))) / exact for n in (200, 5000))
    assert np.all(few > many)
    assert np.all(many > 1.03), many


def test_replaced_load_is_the_same_solution():
    """Solutions do not depend on the order in which they were asked for, nor on what is kept of a first task."""
    model = sm.ContinualPerceptron(alpha1=1, alpha2=0.7, r0=0.2, beta1=30, beta2=30)
    first = theory.solve(model)
    theory.solve(replace(model, r0=-0.2))
    assert theory.solve(model).order == first.order


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("beta1", 5e-324), ("beta1", 1e-12), ("beta1", 1e20), ("beta2", 5e-324), ("beta2", 1e300), ("alpha1", 1e-300),
        ("alpha1", 1e-12), ("alpha2", 1e-300), ("alpha2", 1e-8),
    ],
)  # fmt: skip
def test_extreme_points_are_refused_with_the_reason(name, value):
    model = sm.ContinualPerceptron(**({"alpha1": 1, "alpha2": 2, "r0": 0.5} | {name: value}))
    solution = theory.solve(model)
    assert not solution.converged
    assert "not resolved" in solution.message
