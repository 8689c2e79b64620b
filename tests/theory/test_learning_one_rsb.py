"""Pairs that learn from examples, one step of breaking: limits, stationarity, identities, states and lines."""

import math

import numpy as np
import pytest
from scipy.special import log_ndtr

import statmech as sm
import theory
from theory.hopfield import critical_load as hopfield_load
from theory.learning import coexistence_load, critical_load, pairs, pairs_one_rsb
from theory.learning.law import retrieved
from theory.learning.states import solve_learning, states_learning

KINDS = {"supervised": sm.SupervisedHebbian, "unsupervised": sm.UnsupervisedHebbian}
EQUAL = ("m", "q", "q0", "q1", "x", "D", "C", "f", "u", "s", "stability", "replicon")


def learning(protocol, gamma, T, r, M):
    return KINDS[protocol](P=2, gamma=gamma, T=T, r=r, M=M)


# --- limits ---


@pytest.mark.parametrize("protocol", KINDS)
@pytest.mark.parametrize(("r", "M"), [(1.0, 7), (0.3, math.inf)])
@pytest.mark.parametrize(
    ("alpha", "T", "start"),
    [
        (0.1, 0.0, "retrieval"), (0.05, 1e-300, "retrieval"), (0.12, 0.003, "retrieval"), (0.138, 0.0, "retrieval"),
        (0.13815, 0.0, "retrieval"), (0.138, 0.02, "retrieval"), (0.1, 0.3, "retrieval"),
        (0.1, 0.0, "spin-glass"), (0.1, 0.5, "spin-glass"), (1.0, 1.2, "spin-glass"),
    ],
)  # fmt: skip
def test_perfect_or_infinitely_many_examples_are_stored_patterns(protocol, r, M, alpha, T, start):
    found = theory.solve(learning(protocol, alpha, T, r, M), ansatz="1RSB", start=start)
    hopfield = theory.solve(sm.Hopfield(alpha=alpha, T=T), ansatz="1RSB", start=start)
    assert found.converged
    assert hopfield.converged
    for name in EQUAL:
        # a curvature is a difference quotient, large and without digits next to the spinodal
        exact = {"rel": 1e-4 if name == "stability" else 1e-12, "abs": 1e-9}
        assert getattr(found, name) == pytest.approx(getattr(hopfield, name), nan_ok=True, **exact), name
    assert found.n == pytest.approx(found.m, abs=1e-12)


@pytest.mark.parametrize("T", [0.0, 0.003, 0.02507, 0.3])
def test_critical_load_of_perfect_examples_is_that_of_the_hopfield_model(T):
    point = critical_load(T, P=2, r=1.0, M=1, ansatz="1RSB")
    assert point.gamma == pytest.approx(hopfield_load(T, ansatz="1RSB").alpha, abs=1e-9)
    if T == 0:
        assert point.gamma == pytest.approx(0.13818649, abs=5e-9)


@pytest.mark.parametrize("protocol", KINDS)
def test_one_example_is_a_pattern_with_errors(protocol):
    """A law of two values, and without a teacher a second mode that does not occur: n is the magnetisation stored."""
    for alpha, T in ((0.1, 0.0), (0.13, 0.005)):
        found = theory.solve(learning(protocol, alpha, T, 0.7, 1), ansatz="1RSB")
        hopfield = theory.solve(sm.Hopfield(alpha=alpha, T=T), ansatz="1RSB")
        assert found.n == pytest.approx(hopfield.m, abs=1e-11)
        assert found.m == pytest.approx(0.7 * hopfield.m, abs=1e-11)
        for name in ("q0", "q1", "D", "f", "u", "s", "replicon"):
            assert getattr(found, name) == pytest.approx(getattr(hopfield, name), rel=1e-11, abs=1e-11), name


def test_without_load_there_is_no_breaking_and_no_difference():
    one, two = (theory.solve(learning(protocol, 0.0, 0.1, 0.5, 20), ansatz="1RSB") for protocol in KINDS)
    assert one.order == pytest.approx(two.order, nan_ok=True)
    assert one.q0 == one.q1
    assert "replica symmetric" in one.message


# --- stationarity of the functional, by a quadrature of its own ---


def law(model, examples):
    """Values and weights of the average of the examples; of its Gaussian form on a grid."""
    M, r = int(model.M), model.r
    if examples == "gaussian":
        g = np.linspace(-9, 9, 91)
        w = np.exp(-0.5 * g**2)
        return (1 + math.sqrt(model.rho) * g) / math.sqrt(1 + model.rho), w / w.sum()
    k = np.arange(M + 1)
    weights = np.array([math.comb(M, j) * ((1 + r) / 2) ** j * ((1 - r) / 2) ** (M - j) for j in range(M + 1)])
    return (2 * k / M - 1) / math.sqrt(model.R), weights


def eigenvalues(model):
    """Of the covariance of the M example overlaps of one class, as they enter the energy."""
    M, r = int(model.M), model.r
    if isinstance(model, sm.SupervisedHebbian):
        return np.ones(1)
    return np.linalg.eigvalsh((np.full((M, M), r * r) + (1 - r * r) * np.eye(M)) / (M * model.R))


def free_energy(model, examples, n, q0, q1, v0, v1, D, C):
    """The functional; at T = 0, where q1 = 1, as a function of C, else C = (1 - q1)/T."""
    T, modes = model.T, eigenvalues(model)
    C = C if T == 0 else (1 - q1) / T
    l1 = 1 - modes * C
    l2 = l1 - modes * D * (q1 - q0)
    noise = np.sum(modes + T * np.log(l1) + np.log(l2 / l1) / D - modes * q0 / l2)
    chi, weights = law(model, examples)
    z0 = np.linspace(-9, 9, 2401 if T == 0 else 401)
    outer = np.exp(-0.5 * z0**2) / np.exp(-0.5 * z0**2).sum()
    s1, total = math.sqrt(v1), 0.0
    for value, weight in zip(chi.tolist(), weights.tolist(), strict=True):
        h0 = n * value + math.sqrt(v0) * z0
        if T == 0:
            d = D * s1
            log_Z = np.logaddexp(D * h0 + log_ndtr(d + h0 / s1), -D * h0 + log_ndtr(d - h0 / s1)) + 0.5 * d * d
        else:
            z1 = np.linspace(-9, 9, 61)
            inner = np.exp(-0.5 * z1**2) / np.exp(-0.5 * z1**2).sum()
            h = (h0[:, None] + s1 * z1) / T
            log_Z = np.log(np.exp(D * T * np.logaddexp(h, -h)) @ inner)
        total += weight * (outer @ log_Z)
    alpha = model.gamma
    return n * n / 2 + alpha / 2 * noise + ((v0 + v1) * C + D * ((v0 + v1) * q1 - v0 * q0)) / 2 - total / D


@pytest.mark.parametrize("examples", ["binomial", "gaussian"])
@pytest.mark.parametrize(
    ("protocol", "alpha", "T", "r", "M"),
    [("supervised", 0.066, 0.02, 0.8, 5), ("unsupervised", 0.064, 0.02, 0.8, 5), ("unsupervised", 0.03, 0.0, 0.7, 6)],
)
def test_free_energy_is_stationary_and_matches_the_functional(protocol, alpha, T, r, M, examples):
    model = learning(protocol, alpha, T, r, M)
    found = solve_learning(model, ansatz="1RSB", examples=examples)
    assert found.converged
    assert found.residual <= 1e-12
    assert found.q1 > found.q0
    modes, C, D = eigenvalues(model), found.C, found.D
    l1 = 1 - modes * C
    l2 = l1 - modes * D * (found.q1 - found.q0)
    v0 = model.gamma * found.q0 * np.sum((modes / l2) ** 2)
    v1 = model.gamma * (found.q1 - found.q0) * np.sum(modes**2 / (l1 * l2))
    x = np.array([found.n, found.q0, found.q1, v0, v1, D, C])
    assert free_energy(model, examples, *x) == pytest.approx(found.f, abs=1e-9)
    scales = np.array([0.1, found.q1 - found.q0, 1 - found.q1, 0.1 * v0, v1, D, C])
    for k, scale in enumerate(scales.tolist()):
        if scale == 0 or (T > 0 and k == 6):  # q1 = 1 at T = 0, where C takes its place
            continue
        h = 1e-3 * scale * np.eye(7)[k]
        near = free_energy(model, examples, *(x + h)) - free_energy(model, examples, *(x - h))
        far = free_energy(model, examples, *(x + 2 * h)) - free_energy(model, examples, *(x - 2 * h))
        assert (8 * near - far) / 12e-3 == pytest.approx(0, abs=2e-8), k


@pytest.mark.parametrize("start", ["retrieval", "spin-glass"])
@pytest.mark.parametrize("protocol", KINDS)
def test_entropy_energy_and_magnetisation_are_derivatives(protocol, start):
    h, T = 1e-4, 0.02

    def at(T):
        return theory.solve(learning(protocol, 0.05, T, 0.6, 20), ansatz="1RSB", start=start)

    here = at(T)
    assert -(at(T + h).f - at(T - h).f) / (2 * h) == pytest.approx(here.s, abs=1e-6)
    assert here.u == pytest.approx(here.f + T * here.s, abs=1e-13)


def test_magnetisation_of_the_archetype_from_the_equations_of_the_gaussian_form():
    """Integration by parts: n sqrt(1 + rho) = m + rho n (C + D (q1 - q0)) / sqrt(1 + rho)."""
    model = learning("unsupervised", 0.04, 0.01, 0.5, 20)
    found = solve_learning(model, ansatz="1RSB", examples="gaussian")
    spread = found.C + found.D * (found.q1 - found.q0)
    root = math.sqrt(1 + model.rho)
    assert found.n * root == pytest.approx(found.m + model.rho * found.n * spread / root, abs=1e-11)


# --- no Hopfield model at another load, once replica symmetry breaks ---


def as_hopfield(model, found):
    """Load and temperature of the Hopfield model with the same fields up to a scale, which is returned first."""
    scale = 1 + model.rho * (1 - found.C)
    imperfection = model.rho / (1 + model.rho) * ((1 - found.C) * found.n) ** 2
    return scale, sm.Hopfield(alpha=(1 + model.rho) ** 2 * (model.gamma + imperfection / found.q), T=scale * model.T)


@pytest.mark.parametrize(("alpha", "T"), [(0.01, 0.1), (0.04, 0.2), (0.05, 0.0)])
def test_the_symmetric_states_of_the_gaussian_form_are_those_of_a_hopfield_model(alpha, T):
    model = learning("supervised", alpha, T, 0.6, 20)
    found = solve_learning(model, examples="gaussian")
    scale, hopfield = as_hopfield(model, found)
    same = theory.solve(hopfield)
    assert (same.m, same.q) == pytest.approx((found.m, found.q), abs=1e-11)
    field = found.v + model.rho / (1 + model.rho) * found.n**2
    assert hopfield.alpha * same.r == pytest.approx(scale**2 * field, abs=1e-11)


def test_the_broken_ones_are_not():
    model = learning("supervised", 0.06, 0.0, 0.6, 20)
    found = solve_learning(model, ansatz="1RSB", examples="gaussian")
    spread = found.C + found.D * (found.q1 - found.q0)
    scale = 1 + model.rho * (1 - spread)
    # the load that the noise between the blocks asks for, and that inside
    between = (1 + model.rho) ** 2 * (
        model.gamma + model.rho / (1 + model.rho) * ((1 - spread) * found.n) ** 2 / found.q0
    )
    inside = model.gamma * (1 + model.rho) * (scale - found.C) / (1 - found.C)
    assert abs(between - inside) > 0.01


# --- states and lines ---


@pytest.mark.parametrize(
    ("protocol", "r", "M", "examples"),
    [("supervised", 0.5, 20, "gaussian"), ("unsupervised", 0.5, 20, "binomial"), ("unsupervised", 0.9, 2, "binomial")],
)
def test_the_branch_ends_at_its_critical_load(protocol, r, M, examples):
    how = {"P": 2, "r": r, "M": M, "protocol": protocol, "examples": examples}
    point, symmetric = critical_load(0.01, ansatz="1RSB", **how), critical_load(0.01, **how)
    assert point.gamma > symmetric.gamma
    assert point.gamma < 1.04 * symmetric.gamma
    assert point.stability == pytest.approx(0, abs=1e-5)
    gaps = []
    for below in (1e-3, 1e-5):
        near = solve_learning(
            learning(protocol, (1 - below) * point.gamma, 0.01, r, M), ansatz="1RSB", examples=examples
        )
        assert near.converged
        assert near.stability > 0
        gaps.append(near.n - point.n)
    assert gaps[0] / gaps[1] == pytest.approx(10, rel=0.05)  # a square root, as at a spinodal
    beyond = solve_learning(learning(protocol, (1 + 1e-7) * point.gamma, 0.01, r, M), ansatz="1RSB", examples=examples)
    assert not beyond.converged
    assert "above the critical load" in beyond.message


def test_lines_meet_where_breaking_ends():
    how = {"P": 2, "r": 0.5, "M": 20, "protocol": "unsupervised"}
    model = learning("unsupervised", 0.0, 0.0, 0.5, 20)
    end = pairs_one_rsb.end_of_breaking(pairs.pair_network(model, retrieved(model, "binomial")))
    gaps = [
        critical_load(t * end, ansatz="1RSB", **how).gamma - critical_load(t * end, **how).gamma for t in (0, 0.5, 1)
    ]
    assert gaps[0] > gaps[1] > gaps[2] == 0
    above = theory.solve(learning("unsupervised", 0.03, 2 * end, 0.5, 20), ansatz="1RSB")
    symmetric = theory.solve(learning("unsupervised", 0.03, 2 * end, 0.5, 20))
    assert (above.q0, above.q1, above.f) == (symmetric.q, symmetric.q, symmetric.f)
    # re-entrance: the symmetric line rises with temperature by more than ten times as much as the corrected one
    loads = {a: critical_load(np.array([0.0, 0.5, 1.0]) * end, ansatz=a, **how).gamma for a in ("RS", "1RSB")}
    assert np.ptp(loads["RS"]) > 10 * np.ptp(loads["1RSB"])


def test_coexistence_with_the_glass_of_one_step():
    assert coexistence_load(0.0, P=2, r=1.0, M=1, ansatz="1RSB").gamma == pytest.approx(0.0561416, abs=1e-7)
    loads = [
        coexistence_load(0.05, P=2, r=0.6, M=20, ansatz=ansatz, protocol="unsupervised").gamma
        for ansatz in ("RS", "1RSB")
    ]
    assert loads[1] > loads[0]  # breaking raises the energy of the glass
    retrieval, glass = (
        solve_learning(learning("unsupervised", loads[1], 0.05, 0.6, 20), ansatz="1RSB", start=start)
        for start in ("retrieval", "spin-glass")
    )
    assert retrieval.f == pytest.approx(glass.f, abs=1e-12)


def test_strong_breaking_of_poor_data_is_followed_to_its_end():
    """Four spins, where the replicon at the replica-symmetric spinodal is far below zero."""
    T, how = 0.1777343590041816, {"P": 4, "r": 0.5, "M": 6}
    end = critical_load(T, ansatz="1RSB", examples="gaussian", **how)
    symmetric = critical_load(T, examples="gaussian", **how).gamma
    assert end.gamma > 1.01 * symmetric
    assert end.q1 - end.q0 > 0.4
    near = [
        solve_learning(sm.SupervisedHebbian(gamma=gamma, T=T, **how), ansatz="1RSB", examples="gaussian")
        for gamma in (0.97 * end.gamma, 0.985 * end.gamma, (1 - 1e-9) * end.gamma)
    ]
    assert all(state.converged for state in near)
    assert np.all(np.diff([state.m for state in near]) < 0)
    assert near[-1].m == pytest.approx(end.m, abs=1e-3)
    assert near[-1].stability < near[0].stability / 100


def test_states_are_ranked_with_one_step():
    names = [s.state for s in states_learning(learning("supervised", 0.005, 0.1, 0.6, 20), ansatz="1RSB")]
    assert names == ["retrieval", "spin-glass"]
    glass, retrieval = states_learning(learning("supervised", 0.06, 0.1, 0.6, 20), ansatz="1RSB")
    assert (glass.state, retrieval.state) == ("spin-glass", "retrieval")
    assert glass.ansatz == "1RSB"
    assert glass.f > theory.solve(learning("supervised", 0.06, 0.1, 0.6, 20), start="spin-glass").f


def test_absent_states_say_so():
    hot = solve_learning(learning("supervised", 0.2, 0.3, 0.6, 20), ansatz="1RSB")
    assert not hot.converged
    assert "above its spinodal" in hot.message
    molten = solve_learning(learning("supervised", 0.1, 1.5, 0.6, 20), ansatz="1RSB", start="spin-glass")
    assert "no spin-glass state" in molten.message
    assert math.isnan(molten.f)
