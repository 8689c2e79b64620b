"""Learning of multitasking networks from examples: both protocols by enumeration, values, limits, thresholds."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

import statmech as sm
import theory
from statmech.models.multitasking_learning import PROTOCOLS
from theory import multitasking as mt
from theory import multitasking_learning as ml
from theory.multitasking_learning.entries import archetype_averages, entries, gain, learning_averages


def network(K, d, T, r, M, protocol="supervised"):
    return sm.MultitaskingLearning(K=K, d=d, T=T, r=r, M=M, protocol=protocol)


def sites(model):
    """Archetypes, examples and weight of every kind of site, for small K and M."""
    K, M, d, r = model.K, int(model.M), model.d, model.r
    kinds = []
    for xi in product((-1, 0, 1), repeat=K):
        for chi in product((-1, 1), repeat=sum(map(abs, xi)) * M):
            flips = iter(chi)
            eta = np.array([[x * next(flips) if x else 0 for _ in range(M)] for x in xi], dtype=float)
            weight = math.prod(d if x == 0 else (1 - d) / 2 for x in xi)
            kinds.append((np.array(xi), eta, weight * math.prod((1 + c * r) / 2 for c in chi)))
    return kinds


def unsupervised_map(model, n):
    """The equations of all overlaps n_{mu a} with single examples, and m, kind of site by kind of site."""
    new, m = np.zeros_like(n), np.zeros(model.K)
    for xi, eta, weight in sites(model):
        h = np.sum(n * eta) / (gain(model) * model.M)
        s = math.tanh(h / model.T) if model.T else np.sign(h)
        new += weight * eta * s
        m += weight * xi * s
    return new, m


# K, d, T, r, M, m, n: from the hierarchical start
EXAMPLES = [
    (2, 0.3, 0.07, 0.4, 5, (0.3846773285, 0.2895931584), (0.2948144379, 0.227658053)),
    (2, 0.3, 0.07, 0.4, 25, (0.6251895281, 0.2588490826), (0.2728183789, 0.1157156579)),
    (2, 0.3, 0.07, 0.4, 50, (0.6837537531, 0.2187755138), (0.2781475027, 0.0901598367)),
    (3, 0.7, 0.03, 0.4, 20, (0.2108717816,) * 3, (0.0974815777,) * 3),
]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("K", "d", "T", "r", "M", "m", "n"), EXAMPLES)
def test_states_learned_from_examples(K, d, T, r, M, m, n, protocol):
    model = network(K, d, T, r, M, protocol)
    found = ml.relax(model, mt.hierarchical_amplitudes(K, d))
    assert found.converged
    assert found.stability > 0
    assert list(found.order.values()) == pytest.approx([*m, *n], abs=1e-10)
    # it is the equilibrium too
    assert theory.solve(model).f == pytest.approx(found.f, abs=1e-13)


def test_three_archetypes_at_zero_temperature():
    found = ml.relax(network(3, 0.3, 0.0, 0.3, 40), mt.hierarchical_amplitudes(3, 0.3))
    assert (found.m_1, found.m_2, found.m_3) == pytest.approx((0.586, 0.273, 0.133), abs=5e-4)
    assert found.s == pytest.approx(math.log(2) * (0.3 + 0.7 * _no_majority(40, 0.3)) ** 3, abs=1e-12)


def _no_majority(M, r):
    return math.comb(M, M // 2) * ((1 - r * r) / 4) ** (M // 2)


def test_noise_of_the_dataset_symmetrizes():
    """At rho = 0.26 the equilibrium is symmetric where it is parallel with distinct amplitudes without noise."""
    model = network(3, 0.7, 0.03, 0.4, 20)
    assert model.rho == pytest.approx(0.2625)
    assert theory.solve(model).state == "symmetric"
    clean = theory.solve(network(3, 0.7, 0.03, 0.4, math.inf))
    assert (clean.m_1, clean.m_2, clean.m_3) == pytest.approx((0.2855, 0.2235, 0.1615), abs=5e-5)


@pytest.mark.parametrize(("K", "M", "T"), [(1, 3, 0.2), (2, 2, 0.1), (2, 3, 0.25), (2, 3, 0.0), (1, 5, 0.0)])
def test_both_protocols_have_the_same_states(K, M, T):
    """Equal overlaps with all examples of an archetype solve the equations of the single examples, enumerated."""
    with_teacher, without = (theory.solve(network(K, 0.4, T, 0.6, M, protocol)) for protocol in PROTOCOLS)
    assert with_teacher.order == without.order
    assert with_teacher.f == without.f
    n = np.repeat([[without.order[f"n_{k}"]] for k in range(1, K + 1)], M, axis=1)
    new, m = unsupervised_map(without.model, n)
    assert new == pytest.approx(n, abs=1e-12)
    assert m == pytest.approx(mt.amplitudes(without), abs=1e-12)


def test_unequal_overlaps_become_equal():
    """From unequal overlaps with the single examples, where the state is stable against them."""
    model = network(1, 0.4, 0.3, 0.6, 4, "unsupervised")
    n = np.array([[0.4, 0.3, 0.2, 0.25]])
    for _ in range(300):
        n, m = unsupervised_map(model, n)
    found = theory.solve(model)
    assert found.stability > 0
    assert np.ptp(n) < 1e-12
    assert (n[0, 0], m[0]) == pytest.approx((found.n_1, found.m_1), abs=1e-11)


def test_few_examples_are_retrieved_one_by_one_without_a_teacher():
    """Two examples at low temperature: the means are left, which only the unsupervised stability knows."""
    with_teacher, without = (theory.solve(network(2, 0.4, 0.2, 0.5, 2, protocol)) for protocol in PROTOCOLS)
    assert with_teacher.stability > 0 > without.stability
    n = np.repeat([[without.n_1], [without.n_2]], 2, axis=1) * np.array([1.0, 1 + 1e-6])
    for _ in range(200):
        n, _ = unsupervised_map(without.model, n)
    assert np.ptp(n, axis=1).max() > 0.01


@pytest.mark.parametrize(("K", "M", "T"), [(1, 3, 0.3), (2, 2, 0.2)])
def test_eigenvalue_against_single_examples(K, M, T):
    """The Jacobian of the equations of the single examples, by differences."""
    model = network(K, 0.4, T, 0.5, M, "unsupervised")
    found = theory.solve(model)
    n = np.repeat([[found.order[f"n_{k}"]] for k in range(1, K + 1)], M, axis=1)
    J = np.empty((K * M, K * M))
    for k in range(K * M):
        step = 1e-5 * np.eye(K * M)[k].reshape(K, M)
        J[:, k] = ((unsupervised_map(model, n + step)[0] - unsupervised_map(model, n - step)[0]) / 2e-5).ravel()
    lowest = np.linalg.eigvals(np.eye(K * M) - J).real.min()
    assert found.stability == pytest.approx(lowest, abs=1e-8)


def test_single_examples_in_the_paramagnet():
    """1 - beta (1-d)(1-r^2)/(Gamma M), above the eigenvalue of the means."""
    model = network(2, 0.3, 0.8, 0.4, 5, "unsupervised")
    eigenvalue = ml.single_example_eigenvalue(model, np.full(2, 1e-9), "exact")
    assert eigenvalue == pytest.approx(1 - 0.7 * (1 - 0.16) / (0.8 * gain(model) * 5), abs=1e-12)
    assert theory.solve(model).stability == pytest.approx(1 - 0.7 / 0.8)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 2), st.integers(1, 3), st.floats(0.0, 0.9), st.floats(0.05, 1.0), st.floats(0.05, 1.1))
def test_averages_agree_with_enumeration(K, M, d, r, t):
    model = network(K, d, t * (1 - d), r, M)
    x = (1 - d) * np.array([0.8, 0.37])[:K]
    scale, T = math.sqrt(gain(model)), model.T
    f, F, m, B = 0.5 * x @ x, np.zeros(K), np.zeros(K), np.zeros((K, K))
    for xi, eta, weight in sites(model):
        entry = eta.mean(axis=1) / scale
        h = x @ entry
        s = math.tanh(h / T)
        f -= weight * T * math.log(2 * math.cosh(h / T))
        F, m = F + weight * entry * s, m + weight * xi * s
        B += weight * np.outer(entry, entry) * (1 - s * s) / T
    got = learning_averages(model, "exact")(x[None], np.array([T]))
    assert got[0][0] == pytest.approx(f, abs=1e-13)
    assert got[1][0] == pytest.approx(F, abs=1e-13)
    assert got[2][0] == pytest.approx(B, abs=1e-11 / T)
    assert archetype_averages(model, x, "exact")[0] == pytest.approx(m, abs=1e-13)


@pytest.mark.parametrize("T", [0.0, 0.1])
def test_gaussian_averages_agree_with_quadrature(T):
    """One and two archetypes: the field of a site is Gaussian given its archetypes."""
    model = network(2, 0.4, T, 0.5, 12)
    x, scale = np.array([0.4, 0.25]), math.sqrt(gain(model))
    noise = model.r * math.sqrt(model.rho) / scale

    def average(xi, g):
        mean, sd = model.r / scale * x @ xi, noise * math.sqrt(np.sum((x * xi) ** 2))
        return integrate.quad(
            lambda z: g(mean + sd * z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi), -9, 9,
            points=[-mean / sd], epsabs=1e-13, limit=400,
        )[0]  # fmt: skip

    m, energy = np.zeros(2), 0.0
    for xi in product((-1, 0, 1), repeat=2):
        xi = np.array(xi)
        if xi.any():
            weight = math.prod(0.4 if x == 0 else 0.3 for x in xi)
            m += weight * xi * average(xi, lambda h: math.tanh(h / T) if T else np.sign(h))
            energy += weight * average(xi, lambda h: T * np.logaddexp(h / T, -h / T) if T else abs(h))
    f = 0.5 * x @ x - energy - T * 0.4**2 * math.log(2)
    averages = learning_averages(model, "gaussian")
    got = averages(x[None], np.array([T]))
    assert archetype_averages(model, x, "gaussian")[0] == pytest.approx(m, abs=1e-11)
    assert got[0][0] == pytest.approx(f, abs=1e-11)
    for k in range(2):
        step = 1e-5 * np.eye(2)[k]
        up, down = (averages((x + s * step)[None], np.array([T])) for s in (1, -1))
        assert (up[0][0] - down[0][0]) / 2e-5 == pytest.approx(x[k] - got[1][0, k], abs=1e-8)
        assert (up[1][0] - down[1][0]) / 2e-5 == pytest.approx(got[2][0, k], abs=1e-7)


def test_gaussian_equations_by_parts():
    """n_mu [1 - (beta r^2 rho / Gamma) E xi_mu^2 sech^2] = r m_mu."""
    model = network(2, 0.3, 0.07, 0.4, 25)
    found = theory.solve(model, dataset="gaussian")
    x = np.array([found.n_1, found.n_2]) / math.sqrt(gain(model))
    _, own = archetype_averages(model, x, "gaussian")
    left = np.array([found.n_1, found.n_2]) * (1 - model.r**2 * model.rho / gain(model) * own)
    assert left == pytest.approx(model.r * mt.amplitudes(found), abs=1e-12)


def test_many_examples_are_gaussian():
    errors = []
    for M in (50, 200, 800):
        model = network(2, 0.3, 0.07, 0.4, M)
        exact, gaussian = (theory.solve(model, dataset=dataset) for dataset in ml.DATASETS)
        errors.append(abs(exact.m_1 - gaussian.m_1))
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-5


@pytest.mark.parametrize("T", [0.0, 0.05])
def test_perfect_teaching_is_the_multitasking_network(T):
    """Infinitely many examples, or copies of the archetype: n = r m and the equations of the patterns themselves."""
    known = theory.states(sm.Multitasking(K=3, d=0.53, T=T))
    assert len(known) == 2
    for r, M in ((0.4, math.inf), (1.0, 4)):
        found = theory.states(network(3, 0.53, T, r, M))
        assert len(found) == len(known)
        for s, pattern in zip(found, known, strict=True):
            assert mt.amplitudes(s) == pytest.approx(mt.amplitudes(pattern), abs=1e-12)
            assert s.n_2 == pytest.approx(r * s.m_2, abs=1e-12)
            assert (s.f, s.u, s.s) == pytest.approx((pattern.f, pattern.u, pattern.s), abs=1e-12)
            assert s.stability == pytest.approx(pattern.stability, abs=1e-10)


def test_one_example_is_learned_by_heart():
    """The examples are the patterns then: n is their amplitude and m = r n."""
    found, known = theory.solve(network(2, 0.5, 0.05, 0.3, 1)), theory.solve(sm.Multitasking(K=2, d=0.5, T=0.05))
    assert (found.n_1, found.n_2) == pytest.approx((known.m_1, known.m_2), abs=1e-13)
    assert (found.m_1, found.m_2) == pytest.approx((0.3 * known.m_1, 0.3 * known.m_2), abs=1e-13)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_critical_temperature_is_that_of_the_archetypes(protocol):
    cold, warm = (theory.solve(network(2, 0.3, T, 0.4, 10, protocol)) for T in (0.69, 0.71))
    assert cold.m_1 == pytest.approx(0.084, abs=5e-4)
    assert (warm.state, warm.m_1) == ("paramagnet", 0.0)
    assert warm.stability > 0


def test_states_by_name():
    model = network(3, 0.5, 0.05, 0.5, 30)
    for start in ("pure", "symmetric", "symmetric-2"):
        found = theory.solve(model, start=start)
        n = {"pure": 1, "symmetric": 3, "symmetric-2": 2}[start]
        assert np.count_nonzero(mt.amplitudes(found)) == n
        assert np.ptp(mt.amplitudes(found)[:n]) < 1e-13
        assert found.stability < 0
    assert theory.solve(model, start="hierarchical").state == "hierarchical"
    missing = theory.solve(network(3, 0.7, 0.03, 0.4, 20), start="hierarchical")
    assert not missing.converged
    assert math.isnan(missing.m_1)
    assert "no minimum of this class" in missing.message
    assert theory.solve(network(2, 0.3, 0.8, 0.4, 5), start="pure").message.startswith("no pure state at T >= T_c")
    for request in ({"dataset": "normal"}, {"ansatz": "1RSB"}, {"start": "retrieval"}):
        with pytest.raises(ValueError, match="is not allowed"):
            theory.solve(model, **request)
    with pytest.raises(ValueError, match="T = 1e-05 is not allowed: T must be 0, or at least"):
        theory.solve(network(2, 0.3, 1e-5, 0.4, 5))


def test_zero_temperature_is_the_limit_of_low_ones():
    cold, cool = (ml.relax(network(2, 0.3, T, 0.4, 25), (0.6, 0.25)) for T in (0.0, 0.004))
    assert mt.amplitudes(cool) == pytest.approx(mt.amplitudes(cold), abs=5e-3)
    gaussian = [ml.relax(network(2, 0.3, T, 0.4, 25), (0.6, 0.25), "gaussian") for T in (0.0, 0.004)]
    assert mt.amplitudes(gaussian[1]) == pytest.approx(mt.amplitudes(gaussian[0]), abs=1e-3)
    assert gaussian[0].s == pytest.approx(0.3**2 * math.log(2))


def test_one_step_from_the_archetypes():
    model = network(2, 0.3, 0.0, 0.4, 20)
    assert ml.one_step(model) == pytest.approx((0.6326882169, 0.2397246949), abs=1e-10)
    assert ml.one_step_gaussian(model) == pytest.approx((0.6389, 0.1993), abs=5e-5)
    # by hand, the mean of the examples of the first archetype alone deciding where it is large
    values, weights, marks = entries(model)
    by_hand = sum(
        p * w * mark * np.sign(round(0.7 * a + 0.21 * b, 12))
        for a, p, mark in zip(values, weights, marks, strict=True)
        for b, w in zip(values, weights, strict=True)
    )
    assert ml.one_step(model)[0] == pytest.approx(by_hand, abs=1e-14)
    assert ml.one_step(network(3, 0.4, 0, 0.5, math.inf)) == pytest.approx(mt.hierarchical_amplitudes(3, 0.4))


def test_threshold_of_learning():
    assert ml.threshold_of_learning(2, 0.3, 0.4) == pytest.approx(5.955976521, abs=1e-9)
    one_step = [ml.one_step(network(2, 0.3, 0, 0.4, M))[0] / 0.7 for M in (6, 7)]
    assert one_step == pytest.approx((0.674, 0.718), abs=5e-4)
    assert one_step[0] < math.erf(math.sqrt(0.5)) < one_step[1]
    assert ml.exact_threshold_of_learning(2, 0.3, 0.4) == 7
    # like r^-2 at low quality, and the condition as stated: rho <= (1/2 Theta^2 - A_1)/(1 + A_1)
    low = ml.threshold_of_learning(2, 0.3, [0.01, 0.02])
    assert low[0] / low[1] == pytest.approx(4, rel=1e-3)
    for d in (0.0, 0.5, 0.8):
        M, A = ml.threshold_of_learning(4, d, 0.3), d**2 * (1 - d**6) / (1 + d)
        assert pytest.approx((1 - A) / (1 + A), rel=1e-12) == (1 - 0.09) / (M * 0.09)
        assert ml.exact_threshold_of_learning(4, d, 0.5) <= 2 * ml.threshold_of_learning(4, d, 0.5) + 4
    assert ml.threshold_of_learning(3, 0.9, 0.4, theta=2.0) == math.inf
    assert ml.exact_threshold_of_learning(2, 0.3, 0.05, limit=20) is None
    with pytest.raises(ValueError, match="r = 0.0 is not allowed"):
        ml.threshold_of_learning(2, 0.3, [0.1, 0.0])


@pytest.mark.parametrize(("M", "limit", "exact"), [(25, 0.680, 0.625), (5, 0.4696, 0.385)])
def test_noise_alone_is_an_upper_estimate(M, limit, exact):
    model = network(2, 0.3, 0.07, 0.4, M)
    assert ml.noise_limit(model) == pytest.approx(limit, abs=5e-4)
    assert theory.solve(model).m_1 == pytest.approx(exact, abs=5e-4)


def test_soft_modes_are_converged():
    found = theory.solve(network(2, 0.4, 0.12, 0.5, 12))
    n, m = np.array([found.n_1, found.n_2]), mt.amplitudes(found)
    model = found.model
    values, weights, marks = entries(model)
    h = np.add.outer(n[0] * values, n[1] * values) / math.sqrt(gain(model))
    s = np.tanh(h / model.T) * np.outer(weights, weights)
    assert n == pytest.approx(
        math.sqrt(gain(model)) * np.array([values @ s.sum(axis=1), values @ s.sum(axis=0)]), abs=1e-12
    )
    assert m == pytest.approx([marks @ s.sum(axis=1), marks @ s.sum(axis=0)], abs=1e-12)


def test_too_many_examples_at_zero_temperature_are_named():
    for K, M, most in ((2, 10**6, "at most 531439, or math.inf,"), (12, 10, "at most 4, or math.inf,")):
        with pytest.raises(ValueError, match=f"M = {M} is not allowed: M must be {most} with K = {K} at T = 0"):
            theory.solve(sm.MultitaskingLearning(K=K, d=0.3, T=0, r=0.5, M=M))
    with pytest.raises(ValueError, match=r"K = 11 is not allowed: K must be at most 10 .*; T >= 0.01 \(1-d\) has any"):
        theory.solve(network(11, 0.3, 0, 0.5, 20), dataset="gaussian")


def test_descents_of_many_archetypes_at_zero_temperature_end() -> None:
    """Newton's steps at a low temperature and plain ones from there, to minima at T = 0 itself."""
    for K, M in ((9, 3), (10, 4)):
        model = network(K, 0.3, 0, 0.4, M)
        found = theory.solve(model)
        x = np.array([found.order[f"n_{k}"] for k in range(1, K + 1)])
        # the same average over sites that are drawn
        generator = np.random.default_rng(1)
        chi = np.sign(generator.random((200_000, K, M)) - 0.5 * (1 - 0.4)).mean(2)
        eta = chi * generator.choice([-1, 0, 1], p=[0.35, 0.3, 0.35], size=chi.shape[:2])
        assert np.abs(np.sign(eta @ x) @ eta / len(eta) - x).max() < 0.006
        near = ml.relax(network(K, 0.3, 0.007, 0.4, M), mt.amplitudes(found))
        assert near.f == pytest.approx(found.f, abs=2e-3)


def test_means_of_worthless_examples_are_retrieved():
    """The overlaps with the archetypes vanish, those with what was stored do not: no paramagnet."""
    found = theory.solve(sm.MultitaskingLearning(K=2, d=0.3, T=0.1, r=1e-9, M=5))
    assert found.state == "hierarchical"
    assert found.m_1 < 1e-8 < 0.2 < found.n_1
