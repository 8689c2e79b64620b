"""The binary perceptron: published values, independent derivations, identities, limits, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_ndtr, ndtr

import theory
from statmech import BinaryPerceptron
from statmech.fixed_point import fixed_point
from theory.binary_perceptron import critical_capacity, freezing_load, freezing_temperature
from theory.binary_perceptron.rs import symmetric_end

Z = np.linspace(-10, 10, 4001)
W = np.exp(-Z * Z / 2) / np.exp(-Z * Z / 2).sum()


def functional(model, q, qhat):
    """The free entropy of Gardner and Derrida as it is printed, on a plain fine grid; q and qhat independent."""
    t = (math.sqrt(q) * Z - model.kappa) / math.sqrt(1 - q)
    x = math.sqrt(qhat) * Z
    log = log_ndtr(t) if model.T == 0 else np.logaddexp(-1 / model.T, np.log(-np.expm1(-1 / model.T)) + log_ndtr(t))
    return -qhat * (1 - q) / 2 + W @ np.logaddexp(x, -x) + model.alpha * (W @ log)


# --- published and tabulated values ---


def test_capacity_of_krauth_and_mezard():
    """Krauth and Mézard 1989: 0.833."""
    point = critical_capacity(0)
    assert point.alpha == pytest.approx(0.8330785997, abs=1e-9)
    assert point.q == pytest.approx(0.563949, abs=1e-6)
    assert point.qhat == pytest.approx(2.576351, abs=1e-6)
    assert point.replicon > 0.4


@pytest.mark.parametrize(("kappa", "alpha"), [(0.5, 0.4556645645), (1.0, 0.2707001)])
def test_capacity_falls_with_the_stability(kappa, alpha):
    assert critical_capacity(kappa).alpha == pytest.approx(alpha, abs=1e-7)


@pytest.mark.parametrize(
    ("alpha", "s"),
    [(0.2, 0.55012011), (0.4, 0.39645505), (0.5, 0.31439007), (0.6, 0.22778496), (0.7, 0.13539967), (0.8, 0.03530572)],
)
def test_entropy_of_the_solutions(alpha, s):
    solution = theory.solve(BinaryPerceptron(alpha=alpha))
    assert solution.s == pytest.approx(s, abs=1e-8)
    assert solution.f == solution.u == 0
    assert solution.state == "liquid"
    assert solution.stable


@pytest.mark.parametrize(
    ("alpha", "T", "q", "e", "s"),
    [
        (0.5, 1.0, 0.061513098, 0.1381167707, 0.6402323787),
        (1.0, 1.0, 0.1127965196, 0.2825766268, 0.5917078026),
        (1.5, 1.0, 0.1566286556, 0.4322775271, 0.5467402347),
    ],
)
def test_thermodynamics_at_finite_temperature(alpha, T, q, e, s):
    solution = theory.solve(BinaryPerceptron(alpha=alpha, T=T))
    assert solution.q == pytest.approx(q, abs=1e-9)
    assert solution.u == pytest.approx(e, abs=1e-9)
    assert solution.s == pytest.approx(s, abs=1e-9)
    assert solution.f == pytest.approx(e - T * s, abs=1e-9)


@pytest.mark.parametrize(("alpha", "beta", "e"), [(1.0, 5.344709067, 0.02626767972), (1.5, 3.359429, 0.14389553)])
def test_ground_states_above_the_capacity(alpha, beta, e):
    solution = theory.solve(BinaryPerceptron(alpha=alpha))
    assert (solution.state, solution.ansatz) == ("frozen", "1RSB")
    assert solution.u == pytest.approx(e, abs=1e-8)
    assert pytest.approx(beta, abs=1e-6) == 1 / freezing_temperature(alpha).T
    assert (solution.x, solution.q1, solution.s) == (0, 1, 0)


# --- independent derivations ---

POINTS = st.tuples(st.floats(0.02, 0.98), st.floats(-1.5, 2.0), st.sampled_from([0.0, 0.1, 0.5, 2.0]))


@settings(max_examples=25, deadline=None)
@given(POINTS)
def test_free_entropy_is_stationary_and_matches_the_functional(point):
    fraction, kappa, T = point
    model = BinaryPerceptron(alpha=fraction * critical_capacity(kappa).alpha, kappa=kappa, T=T)
    solution = theory.solve(model, ansatz="RS")
    assert solution.converged
    assert solution.residual <= 1e-12
    phi = solution.s - (solution.u / T if T else 0)
    q, qhat = solution.q, solution.qhat
    assert functional(model, q, qhat) == pytest.approx(phi, abs=1e-10)
    h = 1e-5 * q
    assert abs(functional(model, q + h, qhat) - functional(model, q - h, qhat)) / (2 * h) * q < 1e-7
    h = 1e-5 * qhat
    assert abs(functional(model, q, qhat + h) - functional(model, q, qhat - h)) / (2 * h) * qhat < 1e-7


@pytest.mark.parametrize(("alpha", "kappa", "T"), [(0.5, 0.0, 0.0), (0.8, 0.0, 0.0), (0.2, 1.0, 0.3), (1.5, 0.0, 0.5)])
def test_iteration_of_the_equations_arrives_at_the_same_state(alpha, kappa, T):
    def update(x):
        q = float(x[0])
        t = (math.sqrt(q) * Z - kappa) / math.sqrt(1 - q)
        rest = math.exp(-1 / T) if T else 0.0
        a = (1 - rest) * np.exp(-t * t / 2) / math.sqrt(2 * math.pi) / (rest + (1 - rest) * ndtr(t))
        return np.array([W @ np.tanh(math.sqrt(alpha / (1 - q) * (W @ a**2)) * Z) ** 2])

    found = fixed_point(update, [0.1])
    assert theory.solve(BinaryPerceptron(alpha=alpha, kappa=kappa, T=T), ansatz="RS").q == pytest.approx(
        found.x[0], abs=1e-10
    )


@pytest.mark.parametrize(("alpha", "T"), [(0.5, 0.4), (1.0, 0.25), (1.0, 2.0)])
def test_entropy_and_energy_are_derivatives(alpha, T):
    h = 1e-3 * T
    here, up, down = (theory.solve(BinaryPerceptron(alpha=alpha, T=t)) for t in (T, T + h, T - h))
    assert -(up.f - down.f) / (2 * h) == pytest.approx(here.s, abs=1e-6)
    assert here.f == pytest.approx(here.u - T * here.s, abs=1e-14)


def test_stability_has_the_sign_of_the_slope_and_replicon_that_of_de_almeida_and_thouless():
    h = 1e-5
    here, up, down = (theory.solve(BinaryPerceptron(alpha=a), ansatz="RS") for a in (0.7, 0.7 + h, 0.7 - h))
    # qhat = alpha F(q(qhat)), so that dqhat/dalpha = F/(1 - alpha F' q') = (qhat/alpha)/stability
    slope = (up.qhat - down.qhat) / (2 * h)
    t = math.sqrt(here.q) * Z / math.sqrt(1 - here.q)
    a = np.exp(-t * t / 2) / math.sqrt(2 * math.pi) / ndtr(t)
    assert slope * here.stability == pytest.approx(here.qhat / 0.7, rel=1e-6)
    square = W @ (a * (t + a)) ** 2 / (1 - here.q) ** 2
    weights = W @ (1 - np.tanh(math.sqrt(here.qhat) * Z) ** 2) ** 2
    assert here.replicon == pytest.approx(1 - 0.7 * square * weights, abs=1e-10)


# --- freezing ---


def test_the_frozen_state_continues_the_liquid():
    T_f = freezing_temperature(1.0).T
    above, below = (theory.solve(BinaryPerceptron(alpha=1.0, T=T)) for T in (T_f * (1 + 1e-7), T_f * (1 - 1e-7)))
    assert (above.state, below.state) == ("liquid", "frozen")
    assert above.f == pytest.approx(below.f, abs=1e-12)
    assert above.u == pytest.approx(below.u, abs=1e-6)
    assert above.s == pytest.approx(0, abs=1e-6)
    assert below.x == pytest.approx(1, abs=1e-6)
    # the replica-symmetric free energy has its maximum there, and falls below the frozen one
    colder = theory.solve(BinaryPerceptron(alpha=1.0, T=0.5 * T_f), ansatz="RS")
    assert colder.s < 0
    assert colder.f < below.f
    assert "frozen" in colder.message


def test_freezing_lines_are_inverse_and_begin_at_the_capacity():
    line = freezing_load([0.0, 0.1, 0.3, 2.0])
    assert line.alpha[0] == pytest.approx(critical_capacity(0).alpha, rel=1e-14)
    assert np.all(np.diff(line.alpha) > 0)
    assert pytest.approx(line.T[1:], rel=1e-11) == freezing_temperature(line.alpha[1:]).T
    assert freezing_temperature(line.alpha[0]).T == 0
    assert np.all(np.diff(line.u) > 0)
    assert np.all(line.replica_symmetric)


def test_states_are_named():
    assert [state.state for state in theory.states(BinaryPerceptron(alpha=0.5))] == ["liquid"]
    assert [state.state for state in theory.states(BinaryPerceptron(alpha=1.0))] == ["frozen"]
    assert [state.state for state in theory.states(BinaryPerceptron(alpha=1.0, T=1.0))] == ["liquid"]
    assert theory.states(BinaryPerceptron(alpha=1.3), ansatz="RS") == []


# --- limits ---


def test_without_patterns_and_at_high_temperature():
    free = theory.solve(BinaryPerceptron(alpha=0))
    assert free.q == 0
    assert free.s == pytest.approx(math.log(2), abs=1e-14)
    # first order in alpha: s = ln 2 + alpha ln Phi(-kappa), q = alpha a(-kappa)²
    few = theory.solve(BinaryPerceptron(alpha=1e-7, kappa=0.6))
    assert (few.s - math.log(2)) / 1e-7 == pytest.approx(log_ndtr(-0.6), rel=1e-6)
    density = math.exp(-0.18) / math.sqrt(2 * math.pi)
    assert few.q / 1e-7 == pytest.approx((density / ndtr(-0.6)) ** 2, rel=1e-6)
    hot = theory.solve(BinaryPerceptron(alpha=0.7, kappa=0.6, T=1e5))
    assert hot.u == pytest.approx(0.7 * ndtr(0.6), rel=1e-5)
    assert hot.s == pytest.approx(math.log(2), abs=1e-9)


def test_low_temperature_runs_into_zero_temperature():
    for alpha in (0.5, 1.0):
        cold = [theory.solve(BinaryPerceptron(alpha=alpha, T=T)) for T in (0.0, 1e-9, 1e-2)]
        for name in ("q", "qhat", "u", "s"):
            assert getattr(cold[1], name) == pytest.approx(getattr(cold[0], name), abs=1e-12)
            assert getattr(cold[2], name) == pytest.approx(getattr(cold[0], name), abs=1e-12)


def test_capacity_at_extreme_stabilities():
    # patterns that are almost always stored restrict the weights independently: alpha_c ln Phi(-kappa) = -ln 2
    assert critical_capacity(-8).alpha * -log_ndtr(8.0) == pytest.approx(math.log(2), rel=1e-9)
    # a large stability is the field of a single direction, stored as well as replica symmetry allows
    assert critical_capacity(8).alpha == pytest.approx(symmetric_end(8), rel=5e-3)
    assert critical_capacity(8).alpha < symmetric_end(8)
    assert np.all(np.diff(critical_capacity(np.linspace(-8, 8, 33)).alpha) < 0)


def test_replica_symmetric_end_is_that_of_the_spherical_perceptron():
    """Gardner and Derrida 1988: q -> 1 at 4/pi, 2/pi times the capacity of spherical weights."""
    assert symmetric_end(0) == pytest.approx(4 / math.pi, rel=1e-15)
    nearly = theory.solve(BinaryPerceptron(alpha=1.2732), ansatz="RS")
    assert 1 - nearly.q < 1e-4
    assert nearly.replicon < 0


# --- refusals ---


def test_absent_states_say_what_exists():
    beyond = theory.solve(BinaryPerceptron(alpha=1.3), ansatz="RS")
    assert not beyond.converged
    assert math.isnan(beyond.s)
    assert "above its end at 1.27324" in beyond.message
    assert "frozen" in beyond.message
    liquid = theory.solve(BinaryPerceptron(alpha=1.0, T=0.1), start="liquid")
    assert "no liquid at T = 0.1 below T_f = 0.187" in liquid.message
    frozen = theory.solve(BinaryPerceptron(alpha=0.5), start="frozen")
    assert "freeze above alpha_c = 0.8330786" in frozen.message
    assert "T_f = 0.187" in theory.solve(BinaryPerceptron(alpha=1.0, T=0.5), start="frozen").message
    assert not theory.solve(BinaryPerceptron(alpha=1.0, T=0.0), ansatz="RS", start="frozen").converged
    assert "not resolved" in theory.solve(BinaryPerceptron(alpha=1.5, T=1e-6), ansatz="RS").message
    assert "not resolved" in theory.solve(BinaryPerceptron(alpha=4 / math.pi - 1e-6), ansatz="RS").message


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="start = 'retrieval' is not allowed"):
        theory.solve(BinaryPerceptron(alpha=0.5), start="retrieval")
    with pytest.raises(ValueError, match="ansatz = 'full' is not allowed"):
        theory.solve(BinaryPerceptron(alpha=0.5), ansatz="full")
    with pytest.raises(ValueError, match=r"kappa = 9.0 is not allowed: kappa must be a real number in \[-8, 8\]"):
        critical_capacity(9.0)
    with pytest.raises(
        ValueError, match=r"alpha = 0.8 is not allowed: alpha must be a real number in \[0.833079, inf\)"
    ):
        freezing_temperature(0.8)
    with pytest.raises(ValueError, match="T = -1 is not allowed"):
        freezing_load(-1)
    with pytest.raises(ValueError, match="kappa = 'a' is not allowed"):
        freezing_load(0.5, kappa="a")


@pytest.mark.parametrize("T", [0.0, 0.3])
def test_freezing_at_enormous_loads_is_refused_with_the_reason(T):
    assert "not resolved" in theory.solve(BinaryPerceptron(alpha=1e100, T=T)).message
