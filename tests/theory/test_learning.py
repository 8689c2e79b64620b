"""States of networks that learn from examples: an independent solver, identities, limits, values."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erf

import statmech as sm
import theory
from statmech.gaussian import normal_grid
from theory.dense.one_rsb_equations import site_nested
from theory.dense.pattern import Pattern, site_magnetization, site_moments, site_overlap, site_potential
from theory.learning import critical_load, kappa, pairs
from theory.learning.law import binomial, dense_network, gaussian, retrieved
from theory.learning.states import solve_learning, states_learning

KINDS = {"supervised": sm.SupervisedHebbian, "unsupervised": sm.UnsupervisedHebbian}


def learning(protocol, P, gamma, T, r, M):
    return KINDS[protocol](P=P, gamma=gamma, T=T, r=r, M=M)


def law(r, M, examples):
    """The average of the examples over its root mean square: all values with their probabilities."""
    if examples == "binomial":
        k = np.arange(M + 1)
        weights = np.array([math.comb(M, j) * ((1 + r) / 2) ** j * ((1 - r) / 2) ** (M - j) for j in range(M + 1)])
        return (2 * k / M - 1) / math.sqrt(r * r + (1 - r * r) / M), weights
    rho = (1 - r * r) / (M * r * r)
    g = np.linspace(-9, 9, 721)
    weights = np.exp(-g * g / 2)
    return (1 + math.sqrt(rho) * g) / math.sqrt(1 + rho), weights / weights.sum()


def eigenvalues(model):
    """Of the covariance of the M example overlaps of one class, as they enter the energy of pairs."""
    M, r = int(model.M), model.r
    R = r * r + (1 - r * r) / M
    if isinstance(model, sm.SupervisedHebbian):
        return np.ones(1)
    return np.linalg.eigvalsh((np.full((M, M), r * r) + (1 - r * r) * np.eye(M)) / (M * R))


def variance(model, q):
    """Of the noise, at an overlap q."""
    C, modes = (1 - q) / model.T, eigenvalues(model)
    if model.P == 2:
        return model.gamma * q * np.sum((modes / (1 - modes * C)) ** 2)
    factor = model.kappa if isinstance(model, sm.UnsupervisedHebbian) else 1.0
    return factor * model.gamma * q ** (model.P - 1)


def averages(model, n, v, examples):
    """m, n, q and T E ln 2cosh on a plain product grid."""
    chi, weights = law(model.r, int(model.M), examples)
    z, w = normal_grid(pole=math.pi * model.T / (2 * math.sqrt(v)) if v else math.inf)
    h = (n ** (model.P - 1) * chi[:, None] + math.sqrt(v) * z) / model.T
    tanh = np.tanh(h)
    return (
        weights @ tanh @ w,
        (weights * chi) @ tanh @ w,
        weights @ tanh**2 @ w,
        (model.T * (weights @ np.logaddexp(h, -h) @ w)),
    )


def functional(model, n, q, v, examples):
    """The replica-symmetric free energy; the noise v is a third variable for pairs, else that of q."""
    P, T = model.P, model.T
    logs = averages(model, n, v, examples)[3]
    if P == 2:
        C, modes = (1 - q) / T, eigenvalues(model)
        glass = np.sum(modes + T * np.log(1 - modes * C) - modes * q / (1 - modes * C))
        return n * n / 2 + model.gamma / 2 * glass + v * C / 2 - logs
    load = variance(model, 1.0)
    return (1 - 1 / P) * n**P - load / (2 * P * T) * (1 - P * q ** (P - 1) + (P - 1) * q**P) - logs


CASES = [
    ("supervised", 4, 0.02, 0.1, 0.5, 20),
    ("unsupervised", 4, 0.004, 0.1, 0.5, 20),
    ("unsupervised", 6, 0.004, 0.15, 0.8, 7),
    ("supervised", 2, 0.04, 0.2, 0.5, 20),
    ("unsupervised", 2, 0.02, 0.3, 0.6, 9),
]


@pytest.mark.parametrize("examples", ["binomial", "gaussian"])
@pytest.mark.parametrize("case", CASES)
def test_damped_iteration_on_a_plain_grid_arrives_at_the_same_state(case, examples):
    model = learning(*case)
    n = q = 1.0
    for _ in range(400):
        _, new_n, new_q, _ = averages(model, n, variance(model, q), examples)
        step = max(abs(new_n - n), abs(new_q - q))
        n, q = (n + new_n) / 2, (q + new_q) / 2
        if step < 1e-13:
            break
    m = averages(model, n, variance(model, q), examples)[0]
    found = solve_learning(model, examples=examples)
    assert found.converged
    assert found.stable
    assert [found.m, found.n, found.q, found.v] == pytest.approx([m, n, q, variance(model, q)], abs=1e-11)


POINTS = st.tuples(
    st.sampled_from(["supervised", "unsupervised"]), st.sampled_from([2, 4, 6]), st.floats(0.05, 0.95),
    st.floats(0.1, 0.9), st.floats(0.3, 0.95), st.integers(1, 40), st.sampled_from(["binomial", "gaussian"]),
)  # fmt: skip


def inside(point):
    """A model in its retrieval phase, at a share of the critical load and of the highest temperature."""
    protocol, P, share, t, r, M, examples = point
    pattern = retrieved(learning(protocol, P, 0, 0, r, M), examples)
    T = t * (1.0 if P == 2 else theory.dense.rs.melting(dense_network(P, pattern))[0])
    gamma = share * critical_load(T, P=P, r=r, M=M, protocol=protocol, examples=examples).gamma
    return learning(protocol, P, gamma, T, r, M), examples


@settings(max_examples=25, deadline=None)
@given(POINTS)
def test_free_energy_is_stationary_and_matches_the_functional(point):
    model, examples = inside(point)
    found = solve_learning(model, examples=examples)
    assert found.converged
    assert found.residual <= 1e-12
    assert found.stability > 0
    assert found.n > 0
    x = np.array([found.n, found.q, found.v])
    assert functional(model, *x, examples) == pytest.approx(found.f, abs=2e-11)

    def f(n, q, v):
        return functional(model, n, q, variance(model, q) if model.P > 2 else v, examples)

    # each derivative in units of its own variable; that of q has a pole at C = 1 for pairs
    width = min(1 - found.q, found.q, model.T * (1 - found.C) if model.P == 2 else 1.0)
    for k, scale in enumerate((1.0, width, found.v)[: 2 if model.P > 2 else 3]):
        h = 3e-4 * scale * np.eye(3)[k]
        near, far = f(*(x + h)) - f(*(x - h)), f(*(x + 2 * h)) - f(*(x - 2 * h))
        assert (8 * near - far) / (12 * 3e-4) == pytest.approx(0, abs=1e-8)


@settings(max_examples=25, deadline=None)
@given(POINTS, st.sampled_from(["retrieval", "spin-glass", "paramagnet"]))
def test_entropy_and_energy_are_derivatives_of_the_free_energy(point, state):
    model, examples = inside(point)
    T, gamma = model.T, model.gamma
    if state == "paramagnet":
        T += 1.0
    if state == "spin-glass":
        gamma = 0.3
    h = 1e-4 * T

    def at(T):
        return solve_learning(learning(point[0], model.P, gamma, T, model.r, model.M), start=state, examples=examples)

    here, up, down = at(T), at(T + h), at(T - h)
    if not (up.converged and down.converged):  # next to where the state ends
        return
    assert -(up.f - down.f) / (2 * h) == pytest.approx(here.s, abs=2e-5 * max(1, abs(here.s)))
    assert here.u == pytest.approx(here.f + T * here.s, abs=1e-12)


def test_energy_in_closed_form():
    found = theory.solve(learning("unsupervised", 4, 0.004, 0.1, 0.5, 20))
    load = 0.004 * kappa(0.5, 20, P=4)
    assert found.u == pytest.approx(-(found.n**4) / 4 - load / 0.4 * (1 - found.q**4), abs=1e-13)


@pytest.mark.parametrize(
    ("protocol", "P", "gamma", "M", "r", "T", "m", "n", "q"),
    [
        ("supervised", 4, 0.02, 20, 0.5, 0.1, 0.9686872234143931, 0.9303467754424282, 0.97857636691335),
        ("supervised", 4, 0.03, 10, 0.6, 0.15, 0.9338717766237289, 0.9148143583254217, None),
        ("unsupervised", 4, 0.004, 20, 0.5, 0.1, 0.9613497746525431, 0.9274082716352023, 0.9750098942349807),
        ("unsupervised", 4, 0.008, 10, 0.6, 0.1, None, None, 0.9678483752878453),
        ("unsupervised", 2, 0.01, 10, 0.6, 0.2, 0.9393021564667194, 0.9172076594191585, 0.9439361080027149),
        ("unsupervised", 2, 0.02, 40, 0.4, 0.2, 0.9599185088925275, 0.9285471231851998, None),
        ("supervised", 2, 0.02, 10, 0.6, 0.2, 0.9278239683806635, 0.9116977162298814, None),
        ("supervised", 2, 0.04, 20, 0.5, 0.2, 0.9172142957997966, None, None),
        ("supervised", 2, 0.03, 15, 0.6, 0.15, None, None, 0.9728493060381733),
        ("supervised", 4, 0.0, 20, 0.5, 0.2, 0.9638, 0.9277, None),
        ("unsupervised", 4, 0.002, 20, 0.5, 0.1, 0.9712, None, None),
        ("unsupervised", 4, 0.01, 5, 0.8, 0.1, 0.9728, None, None),
        ("unsupervised", 4, 0.0, 20, 0.5, 0.1, 0.9797, None, None),
        ("unsupervised", 2, 0.02, 10, 0.7, 0.2, 0.9710, 0.9454, None),
    ],
)
def test_values(protocol, P, gamma, M, r, T, m, n, q):
    found = theory.solve(learning(protocol, P, gamma, T, r, M))
    for name, value in (("m", m), ("n", n), ("q", q)):
        if value is not None:
            assert getattr(found, name) == pytest.approx(value, abs=1e-11 if len(str(value)) > 8 else 5.1e-5)


@pytest.mark.parametrize(
    ("gamma", "M", "r", "T", "exact", "many"),
    [(0.02, 20, 0.5, 0.1, 0.9687, 0.9752), (0.03, 10, 0.6, 0.15, 0.9339, 0.9461), (0.01, 5, 0.8, 0.1, 0.9748, 0.9923)],
)
def test_the_gaussian_form_overestimates_few_examples(gamma, M, r, T, exact, many):
    model = learning("supervised", 4, gamma, T, r, M)
    assert solve_learning(model).m == pytest.approx(exact, abs=5.1e-5)
    assert solve_learning(model, examples="gaussian").m == pytest.approx(many, abs=5.1e-5)


# --- limits ---


@pytest.mark.parametrize("examples", ["binomial", "gaussian"])
@pytest.mark.parametrize("protocol", KINDS)
@pytest.mark.parametrize(("r", "M"), [(1.0, 7), (0.3, math.inf)])
def test_perfect_or_infinitely_many_examples_are_stored_patterns(protocol, r, M, examples):
    for start in ("retrieval", "spin-glass", "paramagnet"):
        T = 1.5 if start == "paramagnet" else 0.2
        pair = solve_learning(learning(protocol, 2, 0.05, T, r, M), start=start, examples=examples)
        hopfield = theory.solve(sm.Hopfield(alpha=0.05, T=T), start=start)
        for name in ("m", "q", "f", "u", "s", "stability", "replicon"):
            assert getattr(pair, name) == pytest.approx(getattr(hopfield, name), abs=1e-12)
        assert pair.v == pytest.approx(0.05 * hopfield.r, abs=1e-12)
        many = solve_learning(learning(protocol, 4, 0.1, T, r, M), start=start, examples=examples)
        dense = theory.solve(sm.DenseHebbian(P=4, gamma=0.1, T=T), start=start)
        for name in ("m", "q", "C", "f", "u", "s", "stability", "replicon"):
            assert getattr(many, name) == pytest.approx(getattr(dense, name), abs=1e-12, nan_ok=True)
    assert many.n == many.m
    broken = solve_learning(learning(protocol, 4, 0.2, 0.05, r, M), ansatz="1RSB", examples=examples)
    dense = theory.solve(sm.DenseHebbian(P=4, gamma=0.2, T=0.05), ansatz="1RSB")
    for name in ("m", "q0", "q1", "x", "f", "u", "s"):
        assert getattr(broken, name) == pytest.approx(getattr(dense, name), abs=1e-12)


@pytest.mark.parametrize("P", [2, 4])
@pytest.mark.parametrize("protocol", KINDS)
def test_storage_is_approached_continuously(protocol, P):
    stored = theory.solve(learning(protocol, P, 0.03, 0.2, 1.0, 1))
    for r, M, small in ((1 - 1e-7, 6, 1e-5), (0.9, 10**6, 1e-4)):
        near = theory.solve(learning(protocol, P, 0.03, 0.2, r, M))
        assert near.f == pytest.approx(stored.f, abs=small)
        assert near.m == pytest.approx(stored.m, abs=small)
        assert near.f != stored.f


@pytest.mark.parametrize("protocol", KINDS)
@pytest.mark.parametrize(("P", "gamma"), [(2, 0.05), (4, 0.1), (6, 0.05)])
@pytest.mark.parametrize("T", [0.0, 1e-300, 0.02])
def test_storage_is_exact_at_any_temperature(protocol, P, gamma, T):
    """m, q and f of the stored patterns' theory to 1e-10, down to the smallest temperatures, for either ansatz."""
    stored = sm.Hopfield(alpha=gamma, T=T) if P == 2 else sm.DenseHebbian(P=P, gamma=gamma, T=T)
    for ansatz, (r, M) in itertools.product(("RS", "1RSB"), ((1.0, 1), (0.4, math.inf))):
        mine = theory.solve(learning(protocol, P, gamma, T, r, M), ansatz=ansatz)
        other = theory.solve(stored, ansatz=ansatz)
        assert mine.converged == other.converged
        for name in ("m", "q", "f"):
            assert getattr(mine, name) == pytest.approx(getattr(other, name), abs=1e-10, nan_ok=True)


@pytest.mark.parametrize("P", [2, 4, 8])
def test_without_load_a_teacher_makes_no_difference(P):
    one, two = (theory.solve(learning(protocol, P, 0.0, 0.1, 0.5, 20)) for protocol in KINDS)
    assert one.order == two.order
    assert (one.f, one.u, one.s) == (two.f, two.u, two.s)


def test_one_example_is_a_pattern_with_errors():
    """M = 1: the network stores the examples; n is their magnetisation, and m = r n."""
    for protocol in KINDS:
        for P, stored in ((2, sm.Hopfield(alpha=0.05, T=0.2)), (4, sm.DenseHebbian(P=4, gamma=0.1, T=0.2))):
            found = theory.solve(learning(protocol, P, 0.05 if P == 2 else 0.1, 0.2, 0.7, 1))
            same = theory.solve(stored)
            assert found.n == pytest.approx(same.m, abs=1e-12)
            assert found.m == pytest.approx(0.7 * same.m, abs=1e-12)
            assert found.f == pytest.approx(same.f, abs=1e-12)


@pytest.mark.parametrize("P", [2, 4])
def test_the_gaussian_form_is_reached_at_many_examples(P):
    gaps = []
    for M in (100, 400, 1600):
        r = 1 / math.sqrt(1 + 0.1 * M)  # the entropy of the dataset stays 0.1
        model = learning("supervised", P, 0.03, 0.1, r, M)
        gaps.append(abs(theory.solve(model).m - solve_learning(model, examples="gaussian").m))
    assert gaps[0] < 0.01
    assert gaps[0] / gaps[1] == pytest.approx(4, rel=0.2)
    assert gaps[1] / gaps[2] == pytest.approx(4, rel=0.2)


def test_low_temperature_runs_into_zero_temperature():
    for protocol, P, M in itertools.product(KINDS, (2, 4), (15, 20)):
        cold = [theory.solve(learning(protocol, P, 0.01, T, 0.5, M)) for T in (0.0, 1e-9)]
        for name in ("m", "n", "q", "C", "v", "f", "u", "s"):
            assert getattr(cold[1], name) == pytest.approx(getattr(cold[0], name), abs=1e-6)


@pytest.mark.parametrize("protocol", KINDS)
def test_zero_temperature_in_closed_form(protocol):
    """m = E erf(k chi / sigma sqrt 2), and with it n and C; the energy by hand."""
    found = theory.solve(learning(protocol, 4, 0.01, 0.0, 0.5, 20))
    chi, weights = law(0.5, 20, "binomial")
    load = 0.01 * (kappa(0.5, 20, P=4) if protocol == "unsupervised" else 1.0)
    y = found.n**3 * chi / math.sqrt(load)
    assert found.m == pytest.approx(weights @ erf(y / math.sqrt(2)), abs=1e-13)
    assert found.n == pytest.approx((weights * chi) @ erf(y / math.sqrt(2)), abs=1e-13)
    C = math.sqrt(2 / (math.pi * load)) * (weights @ np.exp(-y * y / 2))
    assert pytest.approx(C, abs=1e-13) == found.C
    assert found.u == pytest.approx(-(found.n**4) / 4 - load * C, abs=1e-13)


@pytest.mark.parametrize("P", [2, 4])
def test_without_load_and_temperature_it_is_the_majority_vote(P):
    chi, weights = law(0.5, 20, "binomial")
    tie = weights[10]
    found = theory.solve(learning("supervised", P, 0.0, 0.0, 0.5, 20))
    assert found.m == pytest.approx(weights @ np.sign(chi), abs=1e-14)
    assert found.n == pytest.approx(weights @ np.abs(chi), abs=1e-14)
    assert found.q == pytest.approx(1 - tie, abs=1e-14)
    assert found.s == pytest.approx(tie * math.log(2), abs=1e-14)
    assert found.u == pytest.approx(-(found.n**P) / P, abs=1e-14)


# --- pairs ---


def test_the_paramagnet_of_pairs_is_a_gaussian_integral():
    """Averaged over Gaussian example overlaps x of covariance S: E exp(beta x.x / 2 M R) is a determinant."""
    model = learning("unsupervised", 2, 0.1, 2.0, 0.4, 6)
    found = theory.solve(model, start="paramagnet")
    log_det = np.log(1 - eigenvalues(model) / 2.0).sum()
    R = 0.4**2 + (1 - 0.4**2) / 6
    assert found.f == pytest.approx(-2 * math.log(2) + 0.1 * (2 * log_det + 1 / R) / 2, abs=1e-14)


@pytest.mark.parametrize("protocol", KINDS)
def test_the_glass_of_pairs_begins_where_the_paramagnet_ends(protocol):
    model = learning(protocol, 2, 0.1, 0.5, 0.4, 6)
    T_g = pairs.glass_temperature(pairs.pair_network(model, gaussian(0.1)), 0.1)
    assert (T_g == pytest.approx(1 + math.sqrt(0.1), abs=1e-14)) == (protocol == "supervised")
    at = theory.solve(learning(protocol, 2, 0.1, T_g, 0.4, 6), start="paramagnet")
    assert at.replicon == pytest.approx(0, abs=1e-12)
    below = theory.solve(learning(protocol, 2, 0.1, T_g - 1e-4, 0.4, 6), start="spin-glass")
    assert 0 < below.q < 1e-3
    assert not theory.solve(learning(protocol, 2, 0.1, T_g, 0.4, 6), start="spin-glass").converged


def test_glass_temperature_of_few_classes():
    """At the smallest loads all digits of T_g - 1 are needed: of the two modes the first one alone counts."""
    net = pairs.pair_network(learning("unsupervised", 2, 0.1, 0.5, 0.5, 20), gaussian(0.15))
    for alpha in (1e-4, 1e-8, 1e-13):
        g, above = 0.15 / 1.15, pairs.glass_temperature(net, alpha) - 1
        second = 0.5 * 19 * alpha * (g / (1 - g)) ** 2  # of the other modes, relatively
        assert above == pytest.approx(math.sqrt(alpha) * (1 + second), rel=1e-5 if alpha > 1e-5 else 3e-9)


def test_two_stretches_of_retrieval_with_few_examples():
    """The outer one, with every narrow majority right, where it exists; the critical load is that of the higher one."""
    outer = critical_load(P=2, r=0.3, M=5)
    assert outer.gamma == pytest.approx(0.0124, abs=1e-4)
    for gamma in (0.002, 0.01, 0.012):
        found = theory.solve(learning("supervised", 2, gamma, 0.0, 0.3, 5))
        assert found.stability > 0
        assert found.n / math.sqrt(found.v) > 5
    inner = critical_load(P=2, r=0.4, M=7)
    assert inner.gamma == pytest.approx(0.007545, abs=1e-5)
    for gamma, high in ((0.006, True), (0.0072, False)):
        found = theory.solve(learning("supervised", 2, gamma, 0.0, 0.4, 7))
        assert found.stability > 0
        assert (found.n / math.sqrt(found.v) > 5) == high


def test_next_to_the_spinodal_the_outer_branch_is_found():
    for protocol, T, (r, M) in itertools.product(KINDS, (0.0, 0.05, 0.6), ((0.5, 20), (0.2, 4), (0.8, 3))):
        net = pairs.pair_network(learning(protocol, 2, 0, T, r, M), binomial(r, M))
        y, limit = pairs.spinodal(net, T)
        for gap in (1e-2, 1e-5, 1e-9):
            point, _ = pairs.retrieval(net, limit * (1 - gap), T)
            assert point.residual <= 1e-12
            assert point.n / point.sigma >= y
            assert point.stability > 0
        assert pairs.retrieval(net, limit * (1 + 1e-8), T)[0] is None


# --- the law of the examples ---


def test_skipping_values_of_a_smooth_law_costs_nothing():
    thin = binomial(0.5, 1000)
    plain = Pattern(thin.values, thin.weights)
    for k, sigma, T in itertools.product((0.0, 0.3, 1.0), (0.0, 0.05, 0.15, 0.6), (0.0, 0.1, 0.5)):
        if k == sigma == T == 0:
            continue
        for average in (site_magnetization, site_overlap, site_moments, site_potential):
            one, all_ = (np.array(average(*pattern.arrays, k, sigma, T)) for pattern in (thin, plain))
            assert one == pytest.approx(all_, rel=1e-12, abs=2e-14)
    assert len(list(thin.terms(0.3, 0.15))) < 0.2 * len(thin.values)


def test_a_width_is_a_gaussian_average():
    smooth = gaussian(0.3)
    g, w = np.polynomial.hermite_e.hermegauss(60)
    grid = Pattern(tuple((1 + math.sqrt(0.3) * g) / math.sqrt(1.3)), tuple(w / w.sum()))
    for k, sigma, T in ((0.7, 0.4, 0.3), (0.7, 0.6, 0.0), (0.2, 0.5, 0.1)):
        for average in (site_magnetization, site_overlap, site_moments, site_potential):
            one, other = (np.array(average(*pattern.arrays, k, sigma, T)) for pattern in (smooth, grid))
            assert one == pytest.approx(other, rel=1e-8, abs=1e-8)
        nested = [site_nested(pattern, k, sigma, 0.3, 1.1, T) for pattern in (smooth, grid)]
        assert nested[0] == pytest.approx(nested[1], abs=1e-8)
    chi, weights = law(1 / math.sqrt(1.3), 1, "gaussian")
    assert smooth.largest == pytest.approx(np.abs(chi) @ weights, abs=1e-4)


def test_the_amplification_of_noise_is_a_variance():
    """kappa: of the mean over a of the products of P spins of example a, over the square of that with a teacher."""
    r, M, P = 0.6, 2, 4
    total = 0.0
    for spins in itertools.product((1, -1), repeat=M * P):
        chi = np.array(spins).reshape(M, P)
        weight = np.prod((1 + r * chi) / 2)
        total += weight * np.mean(chi.prod(axis=1)) ** 2
    R = r * r + (1 - r * r) / M
    assert kappa(r, M, P=P) == pytest.approx(total / R**P, abs=1e-13)
    assert kappa(0.3, 1, P=P) == pytest.approx(1, abs=1e-13)
    assert kappa(0.3, math.inf, P=P) == 1


# --- one step of breaking, and all states of a point ---


@pytest.mark.parametrize("examples", ["gaussian", "binomial"])
def test_one_step_retrieval_solves_the_equations_of_one_step(examples):
    model = learning("supervised", 4, 0.1, 0.01, 0.6, 6)
    found = solve_learning(model, ansatz="1RSB", examples=examples)
    symmetric = solve_learning(model, examples=examples)
    assert found.converged
    assert not symmetric.converged  # beyond the replica-symmetric critical load
    net = dense_network(4, retrieved(model, examples))
    s0, s1 = math.sqrt(0.1 * found.q0**3), math.sqrt(0.1 * (found.q1**3 - found.q0**3))
    nested = site_nested(net.pattern, found.n**3, s0, s1, found.D, 0.01)
    assert pytest.approx(found.n, abs=1e-11) == nested.M
    assert pytest.approx(found.q1 - found.q0, abs=1e-11) == nested.V
    # the magnetisation of the archetype is the derivative of the free energy by a field along it
    h = 1e-5
    F = []
    for shift in (h, -h):
        chi, weights = np.array(net.pattern.values), np.array(net.pattern.weights)
        k, width = found.n**3, net.pattern.width
        noise = math.hypot(s0, k * width)
        F.append(
            sum(
                w * theory.nested.nested_averages(k * c + shift, noise, s1, found.D, 0.01).F
                for c, w in zip(chi, weights, strict=True)
            )
        )
    assert (F[0] - F[1]) / (2 * h) == pytest.approx(found.m, abs=1e-7)


def test_one_step_merges_with_replica_symmetry_above_its_instability():
    model = learning("unsupervised", 4, 0.004, 0.1, 0.5, 20)
    one, symmetric = solve_learning(model, ansatz="1RSB"), solve_learning(model)
    assert one.q0 == one.q1 == symmetric.q
    assert (one.m, one.n, one.f) == pytest.approx((symmetric.m, symmetric.n, symmetric.f), abs=1e-14)


def test_glass_and_paramagnet_are_those_of_the_effective_load():
    model = learning("unsupervised", 4, 0.03, 0.1, 0.6, 10)
    load = 0.03 * kappa(0.6, 10, P=4)
    same = sm.DenseHebbian(P=4, gamma=load, T=0.1)
    for ansatz, start in (("RS", "spin-glass"), ("1RSB", "spin-glass"), ("RS", "paramagnet")):
        mine, theirs = solve_learning(model, ansatz=ansatz, start=start), theory.solve(same, ansatz=ansatz, start=start)
        assert (mine.f, mine.s, mine.q) == pytest.approx((theirs.f, theirs.s, theirs.q), nan_ok=True)
        assert mine.model is model
        assert (mine.n, mine.m) == (0.0, 0.0) or not mine.converged


def test_states_are_ranked():
    names = [s.state for s in theory.states(learning("supervised", 4, 0.05, 0.1, 0.6, 20))]
    assert names[0] == "retrieval"
    assert set(names) == {"retrieval", "spin-glass", "paramagnet"}
    names = [s.state for s in theory.states(learning("unsupervised", 4, 0.05, 0.1, 0.5, 20))]
    assert names == ["spin-glass", "paramagnet"]
    two = states_learning(learning("unsupervised", 2, 0.005, 0.2, 0.6, 10))
    assert [s.state for s in two] == ["retrieval", "spin-glass"]
    assert two[0].f < two[1].f


def test_absent_states_say_so_and_give_no_numbers():
    for protocol, P, gamma, T, start, why in (
        ("unsupervised", 4, 0.05, 0.1, "retrieval", "gamma = 0.05 is above its spinodal"),
        ("unsupervised", 4, 0.01, 0.45, "retrieval", "no retrieval state at T of 0.3839"),
        ("supervised", 4, 0.01, 0.0, "paramagnet", "no paramagnet at T = 0"),
        ("supervised", 2, 0.06, 0.2, "retrieval", "gamma = 0.06 is above its spinodal 0.0481"),
        ("supervised", 2, 0.01, 1.0, "retrieval", "no retrieval state at T of 1 or above"),
        ("unsupervised", 2, 0.01, 0.9, "paramagnet", "no paramagnetic solution at T <= 1"),
        ("supervised", 2, 0.0, 0.9, "spin-glass", "no spin-glass state"),
    ):
        found = theory.solve(learning(protocol, P, gamma, T, 0.5, 20), start=start)
        assert not found.converged
        assert why in found.message
        assert all(math.isnan(x) for x in (found.f, found.u, found.s, *found.order.values()))
    broken = solve_learning(learning("unsupervised", 4, 0.05, 0.1, 0.5, 20), ansatz="1RSB", examples="gaussian")
    assert "at the effective load 0.3930804: no retrieval state" in broken.message


def test_bad_requests_are_named():
    model = learning("supervised", 4, 0.05, 0.1, 0.5, 20)
    with pytest.raises(ValueError, match="start = 'mixture-3' is not allowed"):
        theory.solve(model, start="mixture-3")
    with pytest.raises(ValueError, match="ansatz = 'full' is not allowed"):
        theory.solve(model, ansatz="full")
    with pytest.raises(ValueError, match="examples = 'poisson' is not allowed"):
        solve_learning(model, examples="poisson")
    with pytest.raises(ValueError, match="start = 'paramagnet' is not allowed"):
        theory.solve(model, ansatz="1RSB", start="paramagnet")
