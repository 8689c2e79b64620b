"""Phase lines of dense networks: values, inverses, end points, the Nishimori line."""

import math

import numpy as np
import pytest

import statmech as sm
import theory
from statmech.branch import stationary_points
from theory.dense import (
    at_temperature,
    coexistence_load,
    critical_load,
    critical_temperature,
    dynamical_temperature,
    glass_temperature,
    ground_state_load,
    kauzmann_temperature,
    multicritical_point,
    nishimori_line,
    nishimori_tip,
    retrieval_branch,
    rs,
)
from theory.dense.lines import reentrance
from theory.dense.network import stored
from theory.dense.one_rsb import end_of_breaking

# --- the critical load ---


@pytest.mark.parametrize(
    ("P", "gamma", "y", "m"),
    [
        (4, 0.1978601192, 1.22948, 0.9179219),
        (6, 0.1576795366, 1.46705, 0.9619872),
        (8, 0.1397003327, 1.60024, 0.9763691),
    ],
)
def test_capacity_at_zero_temperature(P, gamma, y, m):
    """The maximum of erf(y)^(2P-2) / 2y², against a plain maximisation of that formula."""
    point = critical_load(0, P=P)
    assert point.gamma == pytest.approx(gamma, abs=1e-9)
    assert point.m == pytest.approx(m, abs=1e-7)
    assert point.m ** (P - 1) / math.sqrt(2 * point.gamma) == pytest.approx(y, abs=1e-5)
    (tip,) = stationary_points(lambda y: math.erf(y) ** (2 * P - 2) / (2 * y * y), np.linspace(0.8, 3, 40))
    assert point.gamma == pytest.approx(tip.control, rel=1e-13)
    # repeated indices: the variance of the field alone counts at T = 0
    odd = math.prod(range(2 * P - 3, 0, -2))
    repeated = critical_load(0, P=P, indices="repeated").gamma
    assert repeated == pytest.approx(point.gamma * math.factorial(P - 1) / odd, rel=1e-13)


@pytest.mark.parametrize(
    ("P", "T", "gamma", "m", "q", "replicon"),
    [
        (4, 0.05, 0.208688, 0.90472, 0.97765, -2.55),
        (4, 0.1, 0.217668, 0.88781, 0.94873, -0.97),
        (4, 0.2, 0.229167, 0.83675, 0.85713, -0.14),
        (4, 0.3, 0.219133, 0.78293, 0.71977, 0.36),
        (4, 0.4, 0.136610, 0.83788, 0.73434, 0.83),
        (6, 0.05, 0.165872, 0.95385, None, -1.85),
        (6, 0.1, 0.172007, 0.94251, None, -0.61),
        (6, 0.2, 0.175689, 0.90360, None, 0.13),
        (6, 0.3, 0.136738, 0.90841, None, 0.75),
        (6, 0.4, 0.030688, 0.94046, None, 0.99),
    ],
)
def test_values_on_the_critical_load(P, T, gamma, m, q, replicon):
    point = critical_load(T, P=P)
    assert point.gamma == pytest.approx(gamma, abs=6e-7)
    assert point.m == pytest.approx(m, abs=6e-6)
    assert q is None or point.q == pytest.approx(q, abs=6e-6)
    assert point.replicon == pytest.approx(replicon, abs=6e-3)
    assert point.stability == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize(("P", "indices"), [(4, "distinct"), (4, "repeated"), (8, "distinct"), (16, "distinct")])
def test_spinodal_is_the_maximum_of_the_branch(P, indices):
    """The root of the determinant, against a plain maximisation of the explicit curve, which knows no derivative."""
    net = stored(P, indices)
    for t in (0.0, 0.3, 0.9):
        T = t * rs.melting(net)[0]
        low, high = rs.free_overlaps(net, T)
        grid = low + (high - low) * np.linspace(0.45, 0.999, 80)
        tip = max(stationary_points(lambda n, T=T: rs.load(net, n, T), grid), key=lambda point: point.control)
        assert critical_load(T, P=P, indices=indices).gamma == pytest.approx(tip.control, rel=1e-12)


@pytest.mark.parametrize(
    ("P", "T_M", "m", "T_c"),
    [(4, 0.495786, 0.88944, 0.362949), (6, 0.422720, None, 0.240535), (8, 0.386940, None, 0.180341)],
)
def test_ends_of_the_lines_without_load(P, T_M, m, T_c):
    """T_M(0) is the maximum of m^(P-1)/artanh m; at T_c(0) the free energy is -T ln 2."""
    end = rs.melting(stored(P))[0]
    assert end == pytest.approx(T_M, abs=6e-7)
    point = critical_load(end, P=P)
    assert point.gamma == 0
    assert m is None or point.m == pytest.approx(m, abs=6e-6)
    for indices in ("distinct", "repeated"):
        near = [critical_load(end * (1 - x), P=P, indices=indices).gamma for x in (1e-6, 1e-8, 1e-10)]
        assert near[0] / near[1] == pytest.approx(100, rel=1e-3)
        assert near[1] / near[2] == pytest.approx(100, rel=1e-2)
    T = theory.dense.coexistence.free_coexistence(stored(P))
    assert pytest.approx(T_c, abs=6e-7) == T
    assert coexistence_load(T, P=P).gamma == 0
    assert theory.solve(sm.DenseHebbian(P=P, gamma=0, T=T)).f == pytest.approx(-T * math.log(2), abs=1e-14)
    with pytest.raises(ValueError, match="T = .* is not allowed"):
        coexistence_load(T_c + 1e-4, P=P)


def test_critical_temperature_is_the_inverse_on_both_branches():
    for P, indices in ((4, "distinct"), (6, "repeated")):
        lowest, highest = critical_load(0, P=P, indices=indices).gamma, reentrance(stored(P, indices))[1]
        both = lowest + (highest - lowest) * np.array([0.0, 0.3, 0.9, 1.0])
        upper = critical_temperature(both, P=P, indices=indices)
        lower = critical_temperature(both, P=P, indices=indices, branch="lower")
        for line in (upper, lower):
            assert critical_load(line.T, P=P, indices=indices).gamma == pytest.approx(both, rel=1e-12)
        assert np.all(np.diff(upper.T) < 0)
        assert np.all(np.diff(lower.T) > 0)
        assert lower.T[0] == 0
        assert lower.T[-1] == pytest.approx(upper.T[-1], abs=1e-5)
        assert pytest.approx(rs.melting(stored(P))[0], rel=1e-11) == critical_temperature(0, P=P, indices=indices).T
        with pytest.raises(ValueError, match="gamma = .* is not allowed"):
            critical_temperature(0.5 * lowest, P=P, indices=indices, branch="lower")
        with pytest.raises(ValueError, match="gamma = .* is not allowed"):
            critical_temperature(1.01 * highest, P=P, indices=indices)


@pytest.mark.parametrize("T", [0.0, 0.1, 0.3, 0.45])
def test_branch_turns_at_the_spinodal_and_changes_stability_there(T):
    branch = retrieval_branch(T, P=4, points=60)
    gamma_M = critical_load(T, P=4).gamma
    turn = branch.gamma.argmax()
    assert branch.gamma[turn] == pytest.approx(gamma_M, rel=1e-12)
    assert np.all(np.diff(branch.m) > -1e-8)
    assert np.all(branch.stability[turn + 1 :] > 0)
    assert branch.stability[turn - 1] < 0
    assert branch.gamma[-1] == pytest.approx(1e-3 * gamma_M, rel=1e-12)


# --- the de Almeida–Thouless line ---


@pytest.mark.parametrize(
    ("P", "gamma", "T"),
    [
        (4, 0.12, 0.00951), (4, 0.15, 0.02768), (4, 0.18, 0.06251), (4, 0.2, 0.10023), (4, 0.22, 0.16000),
        (6, 0.1, 0.00616), (6, 0.13, 0.02631), (6, 0.15, 0.05648), (6, 0.17, 0.11895),
    ],
)  # fmt: skip
def test_at_line(P, gamma, T):
    point = at_temperature(gamma, P=P)
    assert pytest.approx(T, abs=6e-6) == point.T
    state = theory.solve(sm.DenseHebbian(P=P, gamma=gamma, T=point.T))
    assert state.m == pytest.approx(point.m, abs=1e-12)
    assert state.replicon == pytest.approx(0, abs=1e-9)


def test_at_line_at_its_ends():
    """It vanishes like exp(-1/2 gamma), and ends on the spinodal; for distinct indices at the Nishimori tip."""
    logs = [gamma * math.log(at_temperature(gamma, P=4).T) for gamma in (0.01, 0.001)]
    assert logs == pytest.approx([-0.5, -0.5], abs=0.03)
    assert logs[1] == pytest.approx(-0.5, abs=3e-3)
    for P in (4, 6, 8):
        tip = nishimori_tip(P=P)
        assert end_of_breaking(stored(P)) == pytest.approx(tip.T, rel=1e-12)
        assert pytest.approx(tip.T, rel=1e-4) == at_temperature(tip.gamma * (1 - 1e-12), P=P).T
        with pytest.raises(ValueError, match="gamma = .* is not allowed"):
            at_temperature(tip.gamma * (1 + 1e-9), P=P)
    # for repeated indices the line bends beyond the meeting point, slightly
    T = end_of_breaking(stored(4, "repeated"))
    meeting = critical_load(T, P=4, indices="repeated")
    assert meeting.replicon == pytest.approx(0, abs=1e-12)
    near = at_temperature(meeting.gamma, P=4, indices="repeated")
    assert 0.97 * T < near.T < T
    assert near.replicon == pytest.approx(0, abs=1e-9)
    with pytest.raises(ValueError, match="gamma = .* is not allowed"):
        at_temperature(meeting.gamma * (1 + 4e-5), P=4, indices="repeated")


# --- the Nishimori line ---


@pytest.mark.parametrize(
    ("P", "tip", "m_tip", "multi", "m_multi"),
    [
        (4, 0.23012077967, 0.81477948776, 0.19027249644, 0.9480882725),
        (6, 0.17640690366, 0.91490119, 0.12132194528, 0.9925896133),
        (8, 0.15373628551, 0.9475963962, 0.09033872084, 0.9985626610),
    ],
)
def test_tip_and_multicritical_point(P, tip, m_tip, multi, m_multi):
    """From the line itself, from the transitions of the P-spin glass, and as the maximum of the critical load."""
    top, meeting = nishimori_tip(P=P), multicritical_point(P=P)
    assert top.gamma == pytest.approx(tip, abs=2e-11)
    assert top.m == pytest.approx(m_tip, abs=5e-8)
    assert top.replicon == pytest.approx(0, abs=1e-12)
    assert meeting.gamma == pytest.approx(multi, abs=2e-11)
    assert meeting.m == pytest.approx(m_multi, abs=2e-10)
    dynamic, static = theory.p_spin.dynamical_temperature(P), theory.p_spin.kauzmann_temperature(P)
    assert top.gamma == pytest.approx(2 * dynamic.T**2 / P, rel=1e-12)
    assert top.m == pytest.approx(dynamic.q1, abs=1e-6)
    assert meeting.gamma == pytest.approx(2 * static.T**2 / P, rel=1e-12)
    assert meeting.m == pytest.approx(static.q1, abs=1e-10)
    assert reentrance(stored(P)) == (pytest.approx(top.T, abs=1e-7), pytest.approx(top.gamma, rel=1e-14))
    assert pytest.approx(meeting.T, rel=1e-12) == kauzmann_temperature(meeting.gamma, P=P).T
    assert coexistence_load(meeting.T, P=P).gamma == pytest.approx(meeting.gamma, rel=1e-10)


@pytest.mark.parametrize("P", [4, 6, 8])
def test_identities_on_the_nishimori_line(P):
    """m = q and u = -1/P for the retrieval state and the paramagnet, whichever solver finds them."""
    top = nishimori_tip(P=P).gamma
    loads = top * np.array([0.05, 0.3, 0.6, 0.9, 0.999])
    line = nishimori_line(loads, P=P)
    assert line.m == pytest.approx(line.q, abs=1e-12)
    for gamma, m in zip(loads, line.m, strict=True):
        state = theory.solve(sm.DenseHebbian(P=P, gamma=gamma, T=gamma))
        assert state.m == pytest.approx(m, abs=1e-12)
        assert state.m == pytest.approx(state.q, abs=1e-12)
        assert state.u == pytest.approx(-1 / P, abs=1e-12)
        assert state.replicon > 0
        para = theory.solve(sm.DenseHebbian(P=P, gamma=gamma, T=gamma), start="paramagnet")
        assert para.u == pytest.approx(-1 / P, abs=1e-14)
    assert nishimori_line(top, P=P).m == nishimori_tip(P=P).m
    assert nishimori_line(1e-3, P=P).m == pytest.approx(1.0, abs=1e-15)
    for bad in (0.0, top * (1 + 1e-9)):
        with pytest.raises(ValueError, match="gamma = .* is not allowed"):
            nishimori_line(bad, P=P)


# --- coexistence and the glass ---


@pytest.mark.parametrize(
    ("P", "T", "gamma", "m"),
    [
        (4, 0.2, 0.189681, 0.94647), (4, 0.25, 0.166856, None), (4, 0.3, 0.110770, 0.97221), (4, 0.35, 0.026052, None),
        (6, 0.2, 0.067888, None),
    ],
)  # fmt: skip
def test_coexistence_with_the_paramagnet(P, T, gamma, m):
    point = coexistence_load(T, P=P)
    assert point.gamma == pytest.approx(gamma, abs=6e-7)
    assert m is None or point.m == pytest.approx(m, abs=6e-6)
    para = theory.solve(sm.DenseHebbian(P=P, gamma=point.gamma, T=T), start="paramagnet")
    retrieval = theory.solve(sm.DenseHebbian(P=P, gamma=point.gamma, T=T))
    assert retrieval.f == pytest.approx(para.f, abs=1e-13)
    for x, first in ((0.999, "retrieval"), (1.001, "paramagnet")):
        assert theory.states(sm.DenseHebbian(P=P, gamma=x * point.gamma, T=T))[0].state == first


@pytest.mark.parametrize(("P", "gamma"), [(4, 0.190287), (6, 0.121272), (8, 0.090330)])
def test_the_patterns_are_ground_states_up_to_a_load(P, gamma):
    """The energy of retrieval equals sqrt(2 gamma/P) times that of the P-spin glass."""
    point = ground_state_load(P=P)
    assert point.gamma == pytest.approx(gamma, abs=6e-7)
    energy = theory.solve(sm.PSpin(p=P, T=0)).f
    state = theory.solve(sm.DenseHebbian(P=P, gamma=point.gamma, T=0))
    assert state.u == pytest.approx(math.sqrt(2 * point.gamma / P) * energy, abs=1e-10)
    # one step of breaking raises the energy of retrieval; both lie within 0.3 % of the multicritical load
    broken = ground_state_load(P=P, ansatz="1RSB").gamma
    multicritical = multicritical_point(P=P).gamma
    assert 0.997 * multicritical < broken < point.gamma
    assert point.gamma == pytest.approx(multicritical, rel=1e-3)


def test_coexistence_is_continuous_where_the_glass_begins():
    T = multicritical_point(P=4).T + np.array([-1e-5, 1e-5])
    below, above = coexistence_load(T, P=4).gamma
    assert below == pytest.approx(above, abs=1e-6)
    # with a continuous transition the line is smooth
    loads = coexistence_load([0.0, 0.05, 0.1, 0.2, 0.3], P=4, indices="repeated").gamma
    assert np.ptp(loads[:3]) < 4e-4
    assert np.all(np.diff(loads[1:]) < 0)


def test_transitions_of_the_glass():
    for P, T_d, T_s in ((4, 0.479709, 0.436202), (6, 0.420008, 0.348313), (8, 0.392092, 0.300564)):
        dynamic, static = dynamical_temperature([0.04, 0.25], P=P), kauzmann_temperature([0.04, 0.25], P=P)
        assert pytest.approx([0.2 * T_d, 0.5 * T_d], abs=4e-7) == dynamic.T
        assert pytest.approx([0.2 * T_s, 0.5 * T_s], abs=4e-7) == static.T
        assert dynamic.stability == pytest.approx([0, 0], abs=1e-6)
        assert pytest.approx(static.T, rel=1e-15) == glass_temperature([0.04, 0.25], P=P).T


def test_transitions_of_the_glass_of_repeated_indices():
    """At P = 4 it is continuous; from P = 6 on quartets outweigh pairs, and a finite overlap comes first."""
    line = glass_temperature([0.1, 0.2], P=4, indices="repeated")
    assert pytest.approx(np.sqrt(1.5 * np.array([0.1, 0.2])), rel=1e-14) == line.T
    assert line.replicon == pytest.approx([0, 0], abs=1e-14)
    for transition in (dynamical_temperature, kauzmann_temperature):
        with pytest.raises(ValueError, match="indices = 'repeated' is not allowed at P = 4: this glass begins contin"):
            transition(0.1, P=4, indices="repeated")
    for P in (6, 8):
        xi = stored(P, "repeated").xi
        static, dynamic = (t(1.0, P=P, indices="repeated").T for t in (kauzmann_temperature, dynamical_temperature))
        assert math.sqrt(xi.curvature(0.0)) < static < dynamic
        assert static == glass_temperature(1.0, P=P, indices="repeated").T
    assert pytest.approx(1.385222, abs=1e-6) == kauzmann_temperature(1.0, P=6, indices="repeated").T
    with pytest.raises(ValueError, match="gamma = 0.0 is not allowed"):
        glass_temperature(0.0, P=4)


# --- arguments ---


def test_lines_take_arrays_and_keep_their_shape():
    T = np.array([[0.0, 0.2], [0.3, 0.35]])
    for line in (critical_load(T, P=4), coexistence_load(T, P=4)):
        assert line.gamma.shape == (2, 2)
        np.testing.assert_array_equal(line.T, T)
    assert isinstance(critical_load(0.3, P=4).gamma, float)


@pytest.mark.parametrize("bad", [-0.1, 1.5, math.nan, True, "a", [], None])
def test_bad_arguments_are_named(bad):
    for line in (critical_load, coexistence_load):
        with pytest.raises(ValueError, match="T = .* is not allowed"):
            line(bad, P=4)
    with pytest.raises(ValueError, match="gamma = .* is not allowed"):
        at_temperature(bad, P=4)
    with pytest.raises(ValueError, match="P = 2 is not allowed"):
        critical_load(0, P=2)
    with pytest.raises(ValueError, match="indices = 'both' is not allowed"):
        critical_load(0, P=4, indices="both")
    with pytest.raises(ValueError, match="ansatz = 'full' is not allowed"):
        critical_load(0, P=4, ansatz="full")
    with pytest.raises(ValueError, match="branch = 'left' is not allowed"):
        critical_temperature(0.1, P=4, branch="left")
    with pytest.raises(ValueError, match="points = 1 is not allowed"):
        retrieval_branch(0.1, P=4, points=1)


@pytest.mark.parametrize("ansatz", ["RS", "1RSB"])
def test_the_phase_of_repeated_indices_changes_on_the_coexistence_line(ansatz):
    point = theory.dense.coexistence_load(0.1, P=4, indices="repeated", ansatz=ansatz)
    for x, first in ((0.999, "retrieval"), (1.001, "spin-glass")):
        model = sm.DenseHebbian(P=4, gamma=x * point.gamma, T=0.1, indices="repeated")
        assert theory.states(model, ansatz=ansatz)[0].state == first


@pytest.mark.slow
def test_full_glass_lets_retrieval_of_repeated_indices_be_global_at_larger_loads():
    """At T = 0 the energy of the full glass is its value at unit load times the root of the load."""
    full = theory.dense.ground_state_load(P=4, indices="repeated", ansatz="full").gamma
    one = theory.dense.ground_state_load(P=4, indices="repeated", ansatz="1RSB").gamma
    assert one == pytest.approx(0.0492863, abs=2e-6)
    assert full == pytest.approx(0.049497, abs=2e-6)


def test_one_step_retrieval_keeps_coexistence_inside_of_the_multicritical_load():
    multicritical = theory.dense.multicritical_point(P=4).gamma
    loads = theory.dense.coexistence_load([0.0, 0.1, 0.18], P=4, ansatz="1RSB").gamma
    assert np.all(np.diff([*loads, multicritical]) > 0)
    assert theory.dense.coexistence_load(0.0, P=4).gamma > multicritical
