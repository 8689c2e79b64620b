"""The diluted Hopfield model: equations, values, closed-form capacity, several patterns, the Hopfield limit."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

import statmech as sm
import theory
from statmech.gaussian import normal_grid
from theory.diluted_hopfield import NUMBERED, STARTS, critical_load, retrieved_together, zero_temperature_load
from theory.hopfield import critical_load as hopfield_critical_load


def functional(model, m, q, r):
    """The replica-symmetric free energy on a plain trapezoid grid over all configurations of the condensed patterns."""
    alpha, d, T, v = model.alpha, model.d, model.T, 1 - model.d
    D = 1 - v * (1 - q) / T
    z, w = normal_grid(pole=math.pi * T / (2 * math.sqrt(alpha * r)))
    log = 0.0
    for xi in product((-1, 0, 1), repeat=len(m)):
        h = (np.dot(m, xi) + math.sqrt(alpha * r) * z) / T
        log += math.prod(v / 2 if x else d for x in xi) * (w @ np.logaddexp(h, -h))
    noise = alpha * T / 2 * (math.log(D) - v * q / (T * D)) + alpha / (2 * T) * r * (1 - q) + alpha * v / 2
    return np.dot(m, m) / 2 + noise - T * log


def solution(alpha, d, T, start="retrieval"):
    return theory.solve(sm.DilutedHopfield(alpha=alpha, d=d, T=T), start=start)


def amplitudes(s):
    return np.array([value for name, value in s.order.items() if name.startswith("m")])


@pytest.mark.parametrize(
    ("d", "alpha", "T", "m", "q", "r", "f"),
    [
        (0.2, 0.02, 0.25, 0.7895275775, 0.8452730143, 2.1223234652, -0.3635303674),
        (0.2, 0.01, 0.4, 0.7540790787, 0.7339108017, 2.1461630203, -0.3855173777),
        (0.0, 0.05, 0.3, 0.9911649957, 0.9829609502, 1.1049070994, -0.5012361699),
        (0.5, 0.001, 0.15, 0.4679330937, 0.7189013708, 45.2757053455, -0.1885647322),
        (0.2, 0.02, 0.05, 0.7991821068, 0.9665933477, 2.8549362566, -0.3487814787),
    ],
)
def test_retrieval_states(d, alpha, T, m, q, r, f):
    s = solution(alpha, d, T)
    assert (s.m, s.q, s.f) == pytest.approx((m, q, f), abs=1e-9)
    assert s.r == pytest.approx(r, abs=1e-8)
    assert s.residual <= 1e-11


def test_retrieval_at_and_near_zero_temperature():
    cold, cool = solution(0.02, 0.2, 0.0), solution(0.02, 0.2, 0.01)
    assert (cold.m, math.sqrt(cold.r), cold.f) == pytest.approx((0.7991915194, 1.7189464116, -0.3482882519), abs=1e-9)
    C = (1 - 0.8 / math.sqrt(cold.r)) / 0.8  # r = v² q / (1-vC)²
    assert pytest.approx(0.6682482984, abs=1e-9) == C
    assert (cool.m, cool.r, cool.f) == pytest.approx((0.79920, 2.9425, -0.348277), abs=5e-5)
    assert solution(0.02, 0.2, 1e-9).f == pytest.approx(cold.f, abs=1e-9)
    assert cold.f == cold.u
    # the energy as printed for T = 0, site by site
    s, sd = np.array([0.0, cold.m]), math.sqrt(0.02 * cold.r)
    sites = s * special.erf(s / (math.sqrt(2) * sd)) + sd * math.sqrt(2 / math.pi) * np.exp(-(s**2) / (2 * sd**2))
    e = cold.m**2 / 2 - 0.01 * 0.8 / (1 - 0.8 * C) + 0.01 * cold.r * C - np.dot((0.2, 0.8), sites) + 0.01 * 0.8
    assert cold.f == pytest.approx(e, abs=1e-13)
    # negative entropy of the replica-symmetric ground state
    assert cold.s < 0


def test_further_points():
    assert solution(0.01, 0.3, 0.3).m == pytest.approx(0.66885, abs=5e-6)
    pair = solution(0.002, 0.3, 0.0, "hierarchical-2")
    assert (pair.m_1, pair.m_2) == pytest.approx((0.7000, 0.2050), abs=5e-5)


@pytest.mark.parametrize(
    ("alpha", "d", "T", "start"),
    [
        (0.02, 0.2, 0.25, "retrieval"),
        (0.02, 0.2, 0.25, "spin-glass"),
        (0.0015, 0.3, 0.05, "hierarchical-2"),
        (0.01, 0.05, 0.15, "symmetric-3"),
    ],
)
def test_states_are_stationary_in_the_functional(alpha, d, T, start):
    s = solution(alpha, d, T, start)
    assert s.converged
    m = amplitudes(s)
    x = np.concatenate((m, [s.q, s.r]))
    model = s.model
    assert functional(model, m, s.q, s.r) == pytest.approx(s.f, abs=1e-11)
    for k in range(len(x)):
        step = 1e-5 * max(abs(x[k]), 0.1) * np.eye(len(x))[k]
        up, down = (functional(model, y[: len(m)], y[-2], y[-1]) for y in (x + step, x - step))
        assert (up - down) / (2 * step[k]) == pytest.approx(0, abs=1e-6)
    h = 1e-4 * T
    warm, cool = (solution(alpha, d, t, start) for t in (T + h, T - h))
    assert -(warm.f - cool.f) / (2 * h) == pytest.approx(s.s, abs=1e-5)
    assert s.u == pytest.approx(s.f + T * s.s, abs=1e-14)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.02, 0.98), st.just(0.0) | st.floats(1e-300, 0.98))
def test_without_blanks_it_is_the_hopfield_model(fraction, T):
    alpha = fraction * hopfield_critical_load(T).alpha
    for start in ("retrieval", "spin-glass"):
        one, other = (
            theory.solve(model, start=start)
            for model in (sm.DilutedHopfield(alpha=alpha, d=0, T=T), sm.Hopfield(alpha=alpha, T=T))
        )
        for name in ("m", "q", "f", "u", "s"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-10)
        if T > 0:
            assert one.replicon == pytest.approx(other.replicon, rel=1e-11, abs=1e-9)
        assert one.stability <= other.stability + 1e-9
    assert critical_load(0.0, T).alpha == pytest.approx(hopfield_critical_load(T).alpha, rel=1e-9)


def test_mixtures_of_the_hopfield_model():
    one = solution(0.01, 0.0, 0.1, "symmetric-3")
    other = theory.solve(sm.Hopfield(alpha=0.01, T=0.1), start="mixture-3")
    assert (one.m_1, one.q, one.r, one.f) == pytest.approx((other.m, other.q, other.r, other.f), abs=1e-11)
    assert critical_load(0, state="symmetric-3").alpha == pytest.approx(0.0299418, abs=1e-6)


@pytest.mark.parametrize("T", [0.0, 0.2, 0.7])
def test_glass_and_paramagnet_are_those_of_the_hopfield_model_scaled(T):
    """All fields of the other patterns are 1 - d times as large."""
    for start in ("spin-glass", "paramagnet"):
        one = theory.solve(sm.DilutedHopfield(alpha=0.3, d=0.4, T=0.6 * (T + 0.5)), start=start)
        other = theory.solve(sm.Hopfield(alpha=0.3, T=T + 0.5), start=start)
        assert one.converged == other.converged
        if one.converged:
            assert one.f == pytest.approx(0.6 * other.f, abs=1e-12)
            assert (one.s, one.q, one.replicon) == pytest.approx((other.s, other.q, other.replicon), abs=1e-10)


CAPACITY = {
    0.0: 0.1379055665, 0.05: 0.112706, 0.1: 0.09030147903, 0.2: 0.0536680249, 0.3: 0.02746892321, 0.4: 0.01087541599,
    0.5: 0.002531715715, 0.6: 0.000111,
}  # fmt: skip


@pytest.mark.parametrize(("d", "alpha"), list(CAPACITY.items()))
def test_capacity_is_the_maximum_of_the_closed_form(d, alpha):
    point = critical_load(d)
    assert point.alpha == pytest.approx(alpha, abs=5e-7 if d in (0.05, 0.6) else 2e-11)
    x = point.m / math.sqrt(2 * point.alpha * point.r)
    best = optimize.minimize_scalar(
        lambda x: -zero_temperature_load(x, d), bounds=(0.5 * x, 1.3 * x), method="bounded", options={"xatol": 1e-10}
    )
    assert max(zero_temperature_load(y, d) for y in np.linspace(0.01, 4, 400)) <= point.alpha
    assert point.alpha == pytest.approx(-best.fun, rel=1e-9)
    assert best.x == pytest.approx(x, abs=1e-5)
    assert solution(point.alpha * (1 - 1e-6), d, 0.0).converged
    beyond = solution(point.alpha * (1 + 1e-6), d, 0.0)
    assert not beyond.converged
    assert "above its spinodal" in beyond.message
    assert math.isnan(beyond.m)


def test_capacity_vanishes_at_two_thirds():
    """The bracket is (2/sqrt pi) x² (2/3 - d) at small x."""
    line = critical_load([0.64, 0.65, 0.66, 2 / 3, 0.7, 0.9])
    assert (line.alpha[:3] > 0).all()
    assert (np.diff(line.alpha[:4]) < 0).all()
    assert (line.alpha[3:] == 0).all()
    assert np.isnan(line.m[3:]).all()
    x = 0.01
    assert math.sqrt(2 * zero_temperature_load(x, 0.6)) == pytest.approx(
        2 / math.sqrt(math.pi) * x * x * (2 / 3 - 0.6), rel=1e-3
    )


@pytest.mark.parametrize(("alpha", "d", "T"), [(0.05, 0.2, 0.0), (0.02, 0.3, 0.1), (0.002, 0.3, 0.0)])
def test_iteration_of_the_equations_arrives_at_the_same_state(alpha, d, T):
    """An independent route: u = sqrt r by u <- v (sqrt q + u beta (1-q)), on a dense trapezoid grid."""
    v, m, u = 1 - d, 1 - d, 2.0
    z = np.linspace(-9, 9, 3601)
    w = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()
    for _ in range(4000):
        sd = u * math.sqrt(alpha)
        if T == 0:
            new = v * math.erf(m / (math.sqrt(2) * sd))
            A = math.sqrt(2 / math.pi) / math.sqrt(alpha) * (d + v * math.exp(-((m / sd) ** 2) / 2))
            m, u = new, 0.5 * u + 0.5 * v * (1 + A)
        else:
            signal, blank = np.tanh((m + sd * z) / T), np.tanh(sd * z / T)
            q = v * w @ signal**2 + d * w @ blank**2
            m, u = v * float(w @ signal), 0.5 * u + 0.5 * v * (math.sqrt(q) + u * (1 - q) / T)
    s = solution(alpha, d, T)
    assert (s.m, math.sqrt(s.r)) == pytest.approx((m, u), abs=1e-9)


SEVERAL = [
    ("hierarchical-2", 0.1, 9.03e-4, 5e-7), ("hierarchical-2", 0.2, 2.146583694e-3, 2e-7),
    ("hierarchical-2", 0.3, 2.471837716e-3, 2e-7), ("hierarchical-2", 0.5, 2.573e-4, 2e-7),
    ("hierarchical-3", 0.1, 9.0e-6, 5e-8), ("hierarchical-3", 0.2, 8.58e-5, 1e-7),
    ("hierarchical-3", 0.3, 2.22e-4, 5e-7), ("hierarchical-3", 0.5, 2.7e-5, 5e-7),
    ("symmetric-2", 0.6, 4.5e-5, 1e-6),
]  # fmt: skip


@pytest.mark.parametrize(("state", "d", "alpha", "digits"), SEVERAL)
def test_several_patterns_end_at_tiny_loads(state, d, alpha, digits):
    end = critical_load(d, state=state)
    assert end.alpha == pytest.approx(alpha, abs=digits)
    inside = solution(0.98 * end.alpha, d, 0.0, state)
    assert inside.converged
    assert inside.stability > 0
    assert (np.diff(amplitudes(inside)) <= 0).all()
    assert not solution(1.001 * end.alpha, d, 0.0, state).converged
    assert abs(end.stability) < 1e-3


def test_blank_blocks_are_self_similar():
    """For d ≤ 0.3 the loads are d^{2(n-1)} of the capacity to three digits; at d = 0.5 they are 2.4 times smaller."""
    for n, d in ((2, 0.1), (2, 0.3), (3, 0.2)):
        ratio = critical_load(d, state=f"hierarchical-{n}").alpha / (d ** (2 * (n - 1)) * critical_load(d).alpha)
        assert ratio == pytest.approx(1, abs=5e-4)
    assert 0.25 * critical_load(0.5).alpha / critical_load(0.5, state="hierarchical-2").alpha == pytest.approx(
        2.46, abs=0.01
    )


def test_one_pattern_is_stable_against_a_second():
    """1 - vC > 0 wherever the state exists: retrieval of two patterns does not grow out of it."""
    for alpha, d, T in ((0.02, 0.2, 0.25), (1e-5, 0.5, 0.1), (1e-3, 0.3, 0.0)):
        assert solution(alpha, d, T).stability > 0


def test_how_many_patterns_together():
    assert [retrieved_together(alpha, 0.3) for alpha in (0.03, 0.01, 0.002, 0.0002, 1e-5)] == [0, 1, 2, 3, 4]
    assert [retrieved_together(alpha, 0.6) for alpha in (1e-3, 1e-4, 4e-5)] == [0, 1, 2]
    assert retrieved_together(0.01, 0.0) == 1
    assert retrieved_together(1e-3, 0.3, T=0.8) == 0


def test_states_are_ranked():
    found = theory.states(sm.DilutedHopfield(alpha=0.002, d=0.3, T=0.02))
    assert [s.f for s in found] == sorted(s.f for s in found)
    assert {s.state for s in found} == {"retrieval", "hierarchical-2", "spin-glass"}
    assert found[0].state == "retrieval"


def test_one_pattern_without_load():
    s = solution(0.0, 0.4, 0.3)
    pure = theory.solve(sm.Multitasking(K=2, d=0.4, T=0.3), start="pure")
    assert (s.m, s.f, s.u, s.s) == pytest.approx((pure.m_1, pure.f, pure.u, pure.s), abs=1e-13)
    assert s.stability == pytest.approx(pure.stability, abs=1e-12)
    assert "statmech.Multitasking" in solution(0.0, 0.4, 0.3, "hierarchical-2").message


def test_small_loads_approach_the_network_of_few_patterns():
    """Above T_P, where the pure state of a finite number of patterns is stable."""
    near, few = solution(1e-9, 0.3, 0.4), theory.solve(sm.Multitasking(K=3, d=0.3, T=0.4))
    assert (near.m, near.f) == pytest.approx((few.m_1, few.f), abs=1e-7)


def test_bad_requests_are_named():
    assert set(NUMBERED) < set(STARTS)
    with pytest.raises(ValueError, match="start = 'retrieval-2' is not allowed"):
        solution(0.1, 0.1, 0.1, "retrieval-2")
    with pytest.raises(ValueError, match="ansatz = '1RSB' is not allowed"):
        theory.solve(sm.DilutedHopfield(alpha=0.1, d=0.1, T=0.1), ansatz="1RSB")
    with pytest.raises(ValueError, match="d = 1.0 is not allowed"):
        critical_load([0.1, 1.0])
    with pytest.raises(ValueError, match="state = 'spin-glass' is not allowed"):
        critical_load(0.1, state="spin-glass")
    assert solution(0.01, 0.4, 0.7).message.startswith("no retrieval state at T >= 1 - d")


@pytest.mark.parametrize(
    ("alpha", "d", "T"),
    [(1e-300, 0.3, 0.0), (1e-300, 0.3, 0.4), (1e-300, 0.0, 0.3), (1e-12, 0.3, 0.1), (0.05, 0.2, 1e-300)],
)
def test_extreme_points_are_solved(alpha, d, T):
    s = solution(alpha, d, T)
    assert s.converged
    assert all(math.isfinite(x) for x in (s.m, s.q, s.f, s.u, s.s))


def test_curves_are_followed_to_their_ends() -> None:
    """The branch turns sharply here: its fold needs small steps; equal amplitudes take over where two patterns end."""
    line = critical_load([0.54, 0.55], 0.02, "hierarchical-3")
    assert np.all(line.alpha > 1e-6)
    assert np.abs(line.stability).max() < 1e-6
    kinds = ("hierarchical-2", "symmetric-2")
    below, above = ([critical_load(d, 0.1, kind).alpha for kind in kinds] for d in (0.59, 0.6))
    assert below == [pytest.approx(4.78e-5, rel=1e-3), 0.0]
    assert above == [0.0, pytest.approx(4.80e-5, rel=1e-3)]


@pytest.mark.parametrize("alpha", [1e-300, 1e-100, 1e-20])
def test_retrieval_at_the_smallest_loads(alpha):
    """The blank sites freeze however small the load is: α → 0 is not α = 0."""
    few = theory.solve(sm.DilutedHopfield(alpha=alpha, d=0.2, T=0.1))
    assert few.converged
    assert few.f == pytest.approx(theory.solve(sm.DilutedHopfield(alpha=1e-12, d=0.2, T=0.1)).f, abs=1e-6)
