"""States of the multitasking network: averages, all minima, values, classes, limits."""

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import statmech as sm
import theory
from theory import multitasking as mt
from theory.multitasking.averages import convolved, enumerated, split, ternary, ternary_law, tied
from theory.multitasking.descent import descend
from theory.multitasking.states import starting_amplitudes


def model(K, d, t):
    return sm.Multitasking(K=K, d=d, T=t * (1 - d))


def plain_equations(m, d, T):
    """The right-hand side of the equations and f, each configuration of a site in turn: the reference of all others."""
    m = np.asarray(m)
    F, f = np.zeros(len(m)), 0.5 * m @ m
    for index in np.ndindex(*(3,) * len(m)):
        xi = np.array(index) - 1
        weight = math.prod((1 - d) / 2 if x else d for x in xi)
        h = float(m @ xi)
        F += weight * xi * (math.tanh(h / T) if T else np.sign(h))
        f -= weight * (T * math.log(2 * math.cosh(h / T)) if T else abs(h))
    return F, f


def lattice_equations(m, d, T):
    """The right-hand side for integer m by convolving the law of the field of the others on the integers."""
    out = []
    for k, own in enumerate(m):
        law = np.ones(1)
        for other in np.delete(m, k):
            step = np.zeros(2 * other + 1)
            step[0] += (1 - d) / 2
            step[other] += d
            step[-1] += (1 - d) / 2
            law = np.convolve(law, step)
        h = np.arange(len(law)) - len(law) // 2
        out.append((1 - d) * law @ np.tanh((own + h) / T))
    return np.array(out)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.floats(0.0, 0.95), st.floats(0.02, 1.2), st.integers(0, 10**6))
def test_three_routes_to_the_averages(K, d, t, seed):
    T = t * (1 - d)
    m = (1 - d) * np.random.default_rng(seed).random(K)
    F, f = plain_equations(m, d, T)
    for route in (partial(enumerated, d=d), partial(convolved, law=partial(ternary_law, d=d))):
        got = route(m[None], np.array([T]))
        assert got[0][0] == pytest.approx(f, abs=1e-14)
        assert got[1][0] == pytest.approx(F, abs=1e-13)
    one, two = (route(m[None], np.array([T]))[2] for route in (partial(enumerated, d=d), route))
    assert one == pytest.approx(two, abs=1e-11 / T)


def test_many_patterns_by_convolution():
    """Eight patterns, d = 0.4, against enumeration; twenty against the lattice of integer amplitudes."""
    m, T = 0.6 * 0.8 ** np.arange(8), np.array([0.06])
    one, two = enumerated(m[None], T, d=0.4), convolved(m[None], T, law=partial(ternary_law, d=0.4))
    for a, b in zip(one, two, strict=True):
        assert a == pytest.approx(b, abs=2e-14)
    whole = np.array([9, 8, 8, 7, 6, 6, 5, 5, 4, 4, 3, 3, 3, 2, 2, 2, 1, 1, 1, 0])
    F = convolved(whole[None].astype(float), np.array([2.5]), law=partial(ternary_law, d=0.7))[1][0]
    assert pytest.approx(lattice_equations(whole, 0.7, 2.5), abs=1e-13) == F


@pytest.mark.parametrize("K", [1, 2, 3, 5])
def test_zero_temperature_averages_by_halves(K):
    m, d = 0.3 * np.array([1.0, 0.61, 0.43, 0.26, 0.19])[:K], 0.3
    F, f = plain_equations(m, d, 0.0)
    got = split(m[None], np.zeros(1), **ternary(d))
    assert got[1][0] == pytest.approx(F, abs=1e-15)
    assert got[0][0] == pytest.approx(f, abs=1e-15)
    assert enumerated(m[None], np.zeros(1), d=d)[1][0] == pytest.approx(F, abs=1e-15)
    assert tied(m, **ternary(d)) == pytest.approx(0, abs=1e-16)


def test_ties_are_weighed():
    """Equal amplitudes: xi = (1, -1) and its negative; an amplitude that vanishes leaves its pattern's sites free."""
    assert tied(np.array([0.3, 0.3]), **ternary(0.4)) == pytest.approx(0.6**2 / 2, abs=1e-15)
    assert tied(np.array([0.3, 0.0]), **ternary(0.4)) == pytest.approx(0.4 * 0.6, abs=1e-15)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 5), st.floats(0.05, 0.95), st.floats(0.05, 0.98))
def test_gradient_and_hessian_are_derivatives(K, d, t):
    T = np.array([t * (1 - d)])
    m = (1 - d) * np.random.default_rng(K).random(K)
    _, F, B = enumerated(m[None], T, d=d)
    for k in range(K):
        h = 1e-5 * float(T[0])
        up, down = (enumerated((m + s * h * np.eye(K)[k])[None], T, d=d) for s in (1, -1))
        assert (up[0][0] - down[0][0]) / (2 * h) == pytest.approx(m[k] - F[0, k], abs=1e-8)
        assert (up[1][0] - down[1][0]) / (2 * h) == pytest.approx(B[0, k], abs=1e-6 / T[0])


def test_iteration_never_raises_the_free_energy():
    generator = np.random.default_rng(2)
    for K, d, T in ((3, 0.5, 0.05), (5, 0.7, 0.2), (4, 0.2, 0.3)):
        x = (1 - d) * generator.random((20, K))
        before = np.full(20, np.inf)
        for _ in range(30):
            f, x, _ = enumerated(x, np.full(20, T), d=d)
            assert (f <= before + 1e-15).all()
            before = f


# K, d, t, letters, amplitudes, f, smallest eigenvalue of the Hessian
EQUILIBRIUM = [
    (2, 0.3, 0.2, "ab", (0.6996836567, 0.1807816783), -0.2775209193, 0.6037348443),
    (2, 0.8, 0.1, "ab", (0.199150083, 0.1608498832), -0.04168015268, 0.8336268408),
    (2, 0.65, 0.6, "aa", (0.2487583221, 0.2487583221), -0.1608504748, 0.0776381393),
    (3, 0.5, 0.1, "abc", (0.4995837481, 0.2495689039, 0.1245423073), -0.1684688224, 0.877331442),
    (3, 0.7, 0.1, "abc", (0.2855096595, 0.2234797201, 0.1614865176), -0.08605951868, 0.8036236941),
    (3, 0.7, 0.3, "aab", (0.2396208488, 0.2396208488, 0.1829536743), -0.1025713791, 0.007386641484),
    (5, 0.8, 0.2, "aabcc", (0.162722115,) * 2 + (0.1427896308,) + (0.1158045838,) * 2, -0.06136711776, 0.02725548072),
]


@pytest.mark.parametrize(("K", "d", "t", "label", "m", "f", "lowest"), EQUILIBRIUM)
def test_equilibrium_states(K, d, t, label, m, f, lowest):
    s = theory.solve(model(K, d, t))
    assert mt.amplitudes(s) == pytest.approx(m, abs=1e-10)
    assert s.f == pytest.approx(f, abs=1e-10)
    assert s.stability == pytest.approx(lowest, abs=1e-9)
    assert mt.letters(mt.amplitudes(s), d, s.model.T) == label
    F, plain_f = plain_equations(mt.amplitudes(s), d, s.model.T)
    assert pytest.approx(mt.amplitudes(s), abs=1e-14) == F
    assert s.f == pytest.approx(plain_f, abs=1e-14)
    assert s.f == pytest.approx(s.u - s.model.T * s.s, abs=1e-14)


@pytest.mark.parametrize(("d", "t", "letters", "m"), [
    (0.3, 0.1, "ab0", (0.7000, 0.2089, 0)), (0.7, 0.5, "aaa", (0.2039, 0.2039, 0.2039)),
])  # fmt: skip
def test_three_patterns(d, t, letters, m):
    s = theory.solve(model(3, d, t))
    assert mt.amplitudes(s) == pytest.approx(m, abs=5e-5)
    assert mt.letters(mt.amplitudes(s), d, s.model.T) == letters


@pytest.mark.parametrize(("t", "m"), [(0.3, (0.3294, 0.2429)), (0.6, (0.2488, 0.2488)), (0.8, (0.1844, 0.1844))])
def test_two_patterns_through_the_reentrance(t, m):
    assert mt.amplitudes(theory.solve(model(2, 0.65, t))) == pytest.approx(m, abs=5e-5)


def test_two_patterns_far_apart():
    assert theory.solve(model(2, 0.8, 0.4)).m_1 == pytest.approx(0.1761, abs=5e-5)


@pytest.mark.parametrize(
    ("K", "d", "t"), [(2, 0.4, 0.3), (3, 0.55, 0.12), (5, 0.6, 0.2), (4, 0.7, 0.5), (5, 0.1, 0.05)]
)
def test_no_descent_from_random_amplitudes_finds_another_minimum(K, d, t):
    """Five times the starts, drawn otherwise, and by plain iteration polished afterwards."""
    found = [mt.amplitudes(s) for s in theory.states(model(K, d, t))]
    x = (1 - d) * np.random.default_rng(99).random((400, K))
    T = np.full(400, t * (1 - d))
    for _ in range(40):
        x = enumerated(x, T, d=d)[1]
    x, residual, lowest, _ = descend(partial(enumerated, d=d), x, T)
    for row in -np.sort(-np.abs(x[(residual <= 1e-12) & (lowest > 1e-9)]), axis=1):
        assert min(np.abs(row - m).max() for m in found) < 1e-6


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 5), st.floats(0.02, 0.95), st.floats(0.03, 0.95))
def test_every_state_is_a_ranked_minimum(K, d, t):
    found = theory.states(model(K, d, t))
    assert found
    assert [s.f for s in found] == sorted(s.f for s in found)
    for s in found:
        m = mt.amplitudes(s)
        assert (np.diff(m) <= 0).all()
        assert s.stability > 0
        assert s.residual <= 1e-12
        assert plain_equations(m, d, s.model.T)[0] == pytest.approx(m, abs=1e-12)
        assert s.state == mt.state_class(m, d, s.model.T)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 4), st.floats(0.05, 0.9), st.floats(0.1, 0.9))
def test_entropy_is_the_slope_of_the_free_energy(K, d, t):
    """Along the equilibrium state: the derivative at fixed amplitudes, for f is stationary in them."""
    s = theory.solve(model(K, d, t))
    m, T = mt.amplitudes(s)[None], s.model.T
    h = 1e-4 * T
    up, down = (enumerated(m, np.array([x]), d=d)[0][0] for x in (T + h, T - h))
    assert -(up - down) / (2 * h) == pytest.approx(s.s, abs=1e-6)


def test_classes_and_letters():
    for m, name, label in (
        ((0, 0, 0), "paramagnet", "000"),
        ((0.4, 0, 0), "pure", "a00"),
        ((0.4, 0.2, 0.1), "hierarchical", "abc"),
        ((0.4, 0.3, 0), "hierarchical", "ab0"),
        ((0.3, 0.3, 0), "symmetric", "aa0"),
        ((0.3, 0.25, 0.2), "parallel", "abc"),
        ((0.3, 0.3, 0.2), "parallel", "aab"),
        ((0.489165, 0.246103, 0.122492, 0.090805, 0.059118), "mixed", "abcde"),
        ((0.18252, 0.16108, 0.14028, 0.1198, 0.09772), "parallel", "abcde"),
    ):
        assert mt.state_class(m, 0.5, 0.1) == name
        assert mt.letters(m, 0.5, 0.1) == label


def test_states_by_name():
    at = model(3, 0.55, 0.1)
    hierarchical, parallel = (theory.solve(at, start=start) for start in ("hierarchical", "parallel"))
    assert hierarchical.m_1 > hierarchical.m_2 + hierarchical.m_3
    assert parallel.m_1 < parallel.m_2 + parallel.m_3
    assert [s.state for s in theory.states(at)] == ["parallel", "hierarchical"]
    assert theory.solve(at) == parallel
    pure = theory.solve(at, start="pure")
    assert pure.m_2 == 0
    assert pure.stability < 0
    assert theory.solve(at, start="symmetric").stability < 0
    pair = theory.solve(at, start="symmetric-2")
    assert (pair.m_1, pair.m_3) == (pair.m_2, 0)
    assert theory.solve(at, start="paramagnet").stability == pytest.approx(1 - 1 / 0.1)


def test_what_descent_from_given_amplitudes_finds():
    at = model(3, 0.55, 0.1)
    assert mt.relax(at, mt.hierarchical_amplitudes(3, 0.55)).state == "hierarchical"
    assert mt.relax(at, [0.2, -0.25, 0.15]).state == "parallel"  # signs do not matter
    assert mt.relax(model(3, 0.62, 0.0), mt.hierarchical_amplitudes(3, 0.62)).state == "parallel"
    with pytest.raises(ValueError, match="must be K = 3 numbers"):
        mt.relax(at, [0.5, 0.25])


def test_absent_states_say_so():
    for at, start, why in (
        (model(3, 0.5, 1.0), "pure", "T >= T_c = 0.5"),
        (model(3, 0.7, 0.05), "hierarchical", "no minimum of this class"),
        (model(3, 0.3, 0.5), "parallel", "no minimum of this class"),
    ):
        s = theory.solve(at, start=start)
        assert not s.converged
        assert why in s.message
        assert all(math.isnan(x) for x in (s.f, s.u, s.s, *s.order.values()))
    with pytest.raises(ValueError, match="start = 'symmetric-4' is not allowed"):
        theory.solve(model(3, 0.5, 0.1), start="symmetric-4")
    with pytest.raises(ValueError, match="ansatz = '1RSB' is not allowed"):
        theory.solve(model(3, 0.5, 0.1), ansatz="1RSB")
    with pytest.raises(ValueError, match="T must be 0, or at least"):
        theory.solve(model(12, 0.5, 1e-4))
    with pytest.raises(ValueError, match="K = 25 is not allowed: K must be at most 24 at T = 0"):
        theory.solve(model(25, 0.5, 0.0))


def test_without_blanks_it_is_the_hopfield_model_at_low_storage():
    """Pure states and the symmetric mixtures of Amit, Gutfreund and Sompolinsky (Phys. Rev. A 32, 1007, 1985)."""
    for T in (0.0, 0.2, 0.6):
        hopfield = theory.solve(sm.Hopfield(alpha=0, T=T))
        s = theory.solve(sm.Multitasking(K=4, d=0, T=T))
        assert s.state == "pure"
        for name in ("f", "u", "s"):
            assert getattr(s, name) == pytest.approx(getattr(hopfield, name), abs=1e-13)
        assert s.m_1 == pytest.approx(hopfield.m, abs=1e-13)
    for n, T in ((3, 0.3), (5, 0.3), (5, 0.43)):
        mixture = theory.solve(sm.Hopfield(alpha=0, T=T), start=f"mixture-{n}")
        s = theory.solve(sm.Multitasking(K=5, d=0, T=T), start=f"symmetric-{n}")
        assert s.m_1 == pytest.approx(mixture.m, abs=1e-13)
        assert s.f == pytest.approx(mixture.f, abs=1e-13)
        # of the five patterns those left out do not matter: their eigenvalue is larger
        assert s.stability == pytest.approx(mixture.stability, abs=1e-11)


def test_one_pattern_is_a_magnet_on_its_own_sites():
    s = theory.solve(sm.Multitasking(K=1, d=0.4, T=0.3))
    assert s.m_1 == pytest.approx(0.6 * math.tanh(s.m_1 / 0.3), abs=1e-14)
    assert theory.solve(sm.Multitasking(K=1, d=0.4, T=0)).m_1 == pytest.approx(0.6, abs=1e-15)


@pytest.mark.parametrize("K", [2, 5])
def test_critical_temperature_does_not_depend_on_the_number_of_patterns(K):
    for d in (0.3, 0.8):
        below, at = theory.solve(model(K, d, 1 - 1e-4)), theory.solve(model(K, d, 1.0))
        assert below.m_1 > 0
        assert below.state == ("pure" if d < 2 / 3 else "symmetric")
        assert (at.state, at.m_1, at.s) == ("paramagnet", 0.0, math.log(2))


def test_larger_numbers_of_patterns():
    """The route changes between K = 8 and 9: further patterns that are not retrieved change nothing."""
    eight, nine = (theory.solve(model(K, 0.4, 0.2)) for K in (8, 9))
    twelve = mt.relax(model(12, 0.4, 0.2), mt.hierarchical_amplitudes(12, 0.4))
    for s in (nine, twelve):
        assert mt.amplitudes(s)[:8] == pytest.approx(mt.amplitudes(eight), abs=1e-11)
        assert s.f == pytest.approx(eight.f, abs=1e-13)
        assert s.s == pytest.approx(eight.s, abs=1e-12)


def test_starts_do_not_begin_on_saddles():
    starts = starting_amplitudes(3, 0.7, 0.05)
    assert len(np.unique(starts, axis=0)) == len(starts)
    assert np.abs(np.diff(starts, axis=1)).min() > 1e-8


@pytest.mark.parametrize(
    ("K", "d", "T"),
    [
        (3, 0.5, 1e-300), (3, 1 - 1e-9, 1e-10), (3, 1 - 1e-9, 0.0), (3, 1e-9, 0.0), (5, 1e-4, 0.0),
        (3, 0.5, 0.5 - 1e-12), (4, 0.999, 5e-4), (2, 2 / 3, 0.3), (3, 0.5, 1e150),
    ],
)  # fmt: skip
def test_extreme_points_are_solved(K, d, T):
    s = theory.solve(sm.Multitasking(K=K, d=d, T=T))
    assert s.converged
    assert all(math.isfinite(x) for x in (s.f, s.u, s.s))
    if T == 0 and d < 0.5:
        assert s.state == "hierarchical"


@pytest.mark.parametrize(("K", "d"), [(6, 0.5), (10, 0.3), (12, 0.5)])
def test_many_patterns_at_zero_temperature_have_their_hierarchy(K, d):
    """Its last amplitudes are far below any step that a start could be moved by."""
    found = theory.solve(sm.Multitasking(K=K, d=d, T=0))
    assert found.state == "hierarchical"
    assert theory.multitasking.amplitudes(found) == pytest.approx(theory.multitasking.hierarchical_amplitudes(K, d))


def test_hierarchy_over_any_state_of_five_that_it_dominates():
    """K = 6 at d = 0.4: one upper pattern over states of five on the sites that it leaves blank."""
    states = theory.states(sm.Multitasking(K=6, d=0.4, T=0))
    listed = np.array([theory.multitasking.amplitudes(state) for state in states])
    dominated = [below for below in theory.multitasking.zero_minima(5, 0.4)[:20] if 0.4 * below.sum() < 0.6]
    assert len(dominated) > 5
    for below in dominated:
        assert np.abs(listed - np.append(0.6, 0.4 * below)).max(axis=1).min() < 1e-12


def test_number_of_patterns_whose_minima_are_searched_for_is_bounded():
    model = sm.Multitasking(K=31, d=0.3, T=0.1)
    with pytest.raises(ValueError, match="K = 31 is not allowed: minima are searched for up to K = 30"):
        theory.solve(model)
    assert theory.solve(model, start="symmetric-3").converged
