"""Zero temperature, transition lines and the phase diagram of the multitasking network."""

import math

import numpy as np
import pytest
from scipy import optimize

import statmech as sm
import theory
from theory import multitasking as mt
from theory.multitasking.averages import configurations, enumerated
from theory.multitasking.zero_temperature import ORDERS, dominates, orders


def test_existence_of_the_hierarchical_state():
    """1 - 2d + d^K = 0; the golden ratio for three patterns, 1/2 for many."""
    golden = (math.sqrt(5) - 1) / 2
    values = {2: 1.0, 3: golden, 4: 0.5436890127, 5: 0.5187900637, 6: 0.5086604, 8: 0.5020171, 10: 0.5004931183}
    for K, d in values.items():
        assert mt.existence_dilution(K) == pytest.approx(d, abs=5e-8)
        if K > 2:
            assert 1 - 2 * mt.existence_dilution(K) + mt.existence_dilution(K) ** K == pytest.approx(0, abs=1e-14)
    assert mt.existence_dilution(60) == pytest.approx(0.5, abs=1e-15)
    with pytest.raises(ValueError, match="K = 1 is not allowed"):
        mt.existence_dilution(1)


@pytest.mark.parametrize("K", [3, 4, 5, 6])
def test_hierarchical_state_is_fixed_up_to_there(K):
    for d, exists in ((mt.existence_dilution(K) - 1e-3, True), (mt.existence_dilution(K) + 1e-3, False)):
        m = mt.hierarchical_amplitudes(K, d)
        f, F, _ = enumerated(m[None], np.zeros(1), d=d)
        assert (np.abs(F[0] - m).max() < 1e-14) == exists
        if exists:
            assert f[0] == pytest.approx(mt.hierarchical_energy(K, d), abs=1e-14)
            assert -0.5 * m @ m == pytest.approx(mt.hierarchical_energy(K, d), abs=1e-14)
            assert theory.solve(sm.Multitasking(K=K, d=d, T=0), start="hierarchical").converged
        else:
            assert not theory.solve(sm.Multitasking(K=K, d=d, T=0), start="hierarchical").converged
    assert mt.hierarchical_energy(5, 0.4) == pytest.approx(-0.2142632448, abs=1e-10)


def test_energy_criterion_is_another_one():
    for K, d, digits in ((3, 0.5469181607, 1e-9), (4, 0.518679725, 1e-9), (5, 0.507202423, 1e-9)):
        crossing = mt.energy_dilution(K)
        assert crossing == pytest.approx(d, abs=digits)
        assert crossing < mt.existence_dilution(K)
        for side, best in ((-1e-4, True), (1e-4, False)):
            assert dominates(mt.zero_minima(K, crossing + side)[0]) == best
        # beyond the crossing the hierarchical state is still there
        assert any(dominates(m) for m in mt.zero_minima(K, crossing + 1e-4))
    assert mt.energy_dilution(2) == 1.0
    with pytest.raises(ValueError, match="K = 6 is not allowed: K must be an integer, between 2 and 5"):
        mt.energy_dilution(6)


def test_competitors_just_above_the_crossing():
    four, five = (mt.zero_minima(K, mt.energy_dilution(K) + 5e-6)[0] for K in (4, 5))
    assert four == pytest.approx((0.467903, 0.234150, 0.171825, 0.109499), abs=2e-5)
    assert five == pytest.approx((0.489165, 0.246103, 0.122492, 0.090805, 0.059118), abs=2e-5)
    assert mt.state_class(five, mt.energy_dilution(5), 0) == "mixed"


def test_parallel_state_of_three_patterns():
    assert mt.parallel_amplitudes(0.7) == pytest.approx((0.2865, 0.2235, 0.1605), abs=1e-15)
    for d in (1e-3, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999):
        m = mt.parallel_amplitudes(d)
        assert enumerated(m[None], np.zeros(1), d=d)[1][0] == pytest.approx(m, abs=1e-15)
        assert m[0] < m[1] + m[2]
        assert min(np.abs(found - m).max() for found in mt.zero_minima(3, d)) < 1e-15
    assert mt.parallel_amplitudes(0) == pytest.approx((0.5, 0.5, 0.5))
    assert mt.parallel_amplitudes(1 - 1e-9) / 1e-9 == pytest.approx((1, 1, 1), abs=1e-6)


def test_ground_states_of_many_patterns():
    for K, d, m, e in (
        (5, 0.5, 0.5 ** np.arange(1, 6), None),
        (5, 0.55, (0.428472, 0.235825, 0.171436, 0.123962, 0.085658), -0.1456477656),
        (5, 0.8, (0.18252, 0.16108, 0.14028, 0.11980, 0.09772), -0.0514200168),
        (4, 0.8, (0.1896, 0.1640, 0.1384, 0.1120), -0.04727136),
    ):
        found = mt.zero_minima(K, d)
        best = found[np.argmin(np.abs(found - m).max(axis=1))]
        assert best == pytest.approx(m, abs=5e-7)
        assert -0.5 * best @ best == pytest.approx(-0.5 * found[0] @ found[0], abs=1e-14)
        assert theory.solve(sm.Multitasking(K=K, d=d, T=0)).f == pytest.approx(e or -0.5 * best @ best, abs=1e-10)


@pytest.mark.parametrize(("K", "d"), [(5, 0.8), (4, 0.8), (4, 0.7)])
def test_degenerate_ground_states(K, d):
    energies = -0.5 * np.sum(mt.zero_minima(K, d)[:2] ** 2, axis=1)
    assert energies[0] == pytest.approx(energies[1], abs=1e-15)
    pairs = {(5, 0.8): (0.18284, 0.16076, 0.14028, 0.11948, 0.09804), (4, 0.8): (0.1900, 0.1636, 0.1380, 0.1124)}
    if (K, d) in pairs:
        assert min(np.abs(m - pairs[K, d]).max() for m in mt.zero_minima(K, d)[:2]) < 1e-12


def test_orders_are_complete_and_different():
    """Random amplitudes never have an order that is not in the list, and every listed one occurs."""
    generator = np.random.default_rng(3)
    for K, (number, _) in ORDERS.items():
        listed = {row.tobytes() for row in (orders(K) > 0)}
        assert len(listed) == number
        m = -np.sort(-generator.random((4000, K)), axis=1)
        drawn = {row.tobytes() for row in (m @ configurations(K).T > 0)}
        assert drawn <= listed
        if K < 5:
            assert drawn == listed


@pytest.mark.parametrize(("K", "d"), [(3, 0.4), (4, 0.52), (5, 0.55), (5, 0.8)])
def test_no_quench_finds_another_state_at_zero_temperature(K, d):
    known = mt.zero_minima(K, d)
    x = (1 - d) * np.random.default_rng(4).random((1500, K))
    for _ in range(30):
        x = enumerated(x, np.zeros(len(x)), d=d)[1]
    settled = np.abs(enumerated(x, np.zeros(len(x)), d=d)[1] - x).max(axis=1) < 1e-14
    assert settled.mean() > 0.99
    for m in np.unique(np.round(-np.sort(-np.abs(x[settled]), axis=1), 10), axis=0):
        assert np.abs(known - m).max(axis=1).min() < 1e-9


def test_hierarchical_state_of_many_patterns_at_zero_temperature():
    for K in (9, 12):
        s = mt.relax(sm.Multitasking(K=K, d=0.45, T=0), mt.hierarchical_amplitudes(K, 0.45))
        assert mt.amplitudes(s) == pytest.approx(mt.hierarchical_amplitudes(K, 0.45), abs=1e-14)
        assert s.stability == 1
        assert s.s == pytest.approx(0.45**K * math.log(2), abs=1e-15)


def test_low_temperature_runs_into_zero_temperature():
    for K, d in ((2, 0.5), (3, 0.5), (3, 0.7), (5, 0.55)):
        cold, colder = (theory.solve(sm.Multitasking(K=K, d=d, T=T)) for T in (0.0, 1e-9))
        assert mt.amplitudes(colder) == pytest.approx(mt.amplitudes(cold), abs=1e-14)
        assert (colder.f, colder.s) == pytest.approx((cold.f, cold.s), abs=1e-9)
        assert cold.stability == colder.stability == 1
        assert cold.f == pytest.approx(cold.u, abs=1e-15)


def test_symmetric_states_have_ties_at_zero_temperature():
    assert theory.solve(sm.Multitasking(K=3, d=0.7, T=0), start="symmetric").stability == -math.inf
    assert theory.solve(sm.Multitasking(K=2, d=0.3, T=0), start="pure").stability == -math.inf
    assert theory.solve(sm.Multitasking(K=1, d=0.3, T=0), start="pure").stability == 1


def test_eigenvalues_of_symmetric_states():
    """Closed form against the Hessian; the first as published with the model's notes on K = 3, n = 2."""
    K, n, d, T = 3, 2, 0.7, 0.15
    values = mt.symmetric_eigenvalues(K, n, d, T)
    # lambda_new, lambda_perp, lambda_par to six digits, the new one from the 1-D equation as well
    assert values.parallel == pytest.approx(0.779713, abs=1e-6)
    assert values.perpendicular == pytest.approx(0.183910, abs=1e-6)
    assert values.new == pytest.approx(-0.200284, abs=1e-6)
    for K, n, d, T in ((3, 2, 0.7, 0.15), (5, 3, 0.4, 0.2), (4, 4, 0.8, 0.05), (3, 1, 0.5, 0.3)):
        m = mt.symmetric_amplitude(n, d, T) * (np.arange(K) < n)
        _, F, B = enumerated(m[None], np.array([T]), d=d)
        assert F[0] == pytest.approx(m, abs=1e-14)
        values = mt.symmetric_eigenvalues(K, n, d, T)
        expected = [values.perpendicular] * (n - 1) + [values.parallel] + [values.new] * (K - n)
        assert np.linalg.eigvalsh(np.eye(K) - B[0]) == pytest.approx(np.sort(expected), abs=1e-12)


def test_symmetric_state_of_eight_patterns():
    d, T = 0.9, 0.03
    assert mt.symmetric_amplitude(8, d, T) == pytest.approx(0.0728012422, abs=1e-10)
    values = mt.symmetric_eigenvalues(8, 8, d, T)
    assert values.perpendicular == pytest.approx(0.1986645875, abs=1e-8)
    assert values.parallel == pytest.approx(0.9474941625, abs=1e-8)


def test_pure_state_loses_its_stability():
    line = {0.1: 0.09000000668, 0.3: 0.212763135, 0.5: 0.287209736, 0.6: 0.3160300626, 0.65: 0.3291289}
    assert mt.pure_temperature(list(line)) == pytest.approx(list(line.values()), abs=5e-8)
    for d, T in line.items():
        assert mt.pure_temperature(d) == pytest.approx(T, abs=1e-9 if d < 0.65 else 5e-8)
        for K in (2, 4):
            above, below = (mt.symmetric_eigenvalues(K, 1, d, mt.pure_temperature(d) * x) for x in (1.001, 0.999))
            assert above.new > 0 > below.new
    assert mt.pure_temperature(1e-3) == pytest.approx(1e-3 * (1 - 1e-3), rel=1e-12)
    assert mt.pure_temperature(2 / 3) == pytest.approx(1 / 3)
    assert mt.pure_temperature(0.666) == pytest.approx(0.334, rel=3e-3)
    with pytest.raises(ValueError, match="d = 0.7 is not allowed"):
        mt.pure_temperature(0.7)


def test_pure_and_symmetric_states_meet_at_two_thirds():
    """The quartic term (1-d)[1-3(1-d)] sum m^4 changes its sign there, whatever K."""
    for d, n in ((0.66, 1), (0.68, 5)):
        stable = [k for k in range(1, 6) if min(v for v in mt.symmetric_eigenvalues(5, k, d, 0.995 * (1 - d))
                                                if not math.isnan(v)) > 0]  # fmt: skip
        assert stable == [n]


def test_symmetric_state_loses_its_stability():
    for K, values in {
        2: (0.09376436687, 0.0400806, 0.01000000202),
        3: (0.1049795656, 0.0486487, 0.01350049356),
        5: (0.1100403437, 0.0568451, 0.0184289),
    }.items():
        assert mt.symmetric_temperature(K, [0.7, 0.8, 0.9]) == pytest.approx(values, abs=5e-8)
    assert mt.symmetric_temperature(2, 0.7) == pytest.approx(0.09376436687, abs=1e-10)
    # dilute limit: the weight of tied sites, (1-d)^2 and (3/2) d (1-d)^2
    assert mt.symmetric_temperature(2, 0.99) == pytest.approx(1e-4, rel=1e-10)
    assert mt.symmetric_temperature(3, 0.99) == pytest.approx(1.5 * 0.99e-4, rel=1e-10)
    assert math.isnan(mt.symmetric_temperature(2, 0.6))
    assert math.isnan(mt.symmetric_temperature(2, 0.7, "upper"))
    with pytest.raises(ValueError, match="branch = 'left' is not allowed"):
        mt.symmetric_temperature(2, 0.7, "left")


def test_reentrance():
    assert mt.symmetric_temperature(2, 0.65) == pytest.approx(0.1369814929, abs=1e-9)
    assert mt.symmetric_temperature(2, 0.65, "upper") == pytest.approx(0.3272519723, abs=1e-9)
    t_P, t_high, t_low = (
        T / 0.35 for T in (
            mt.pure_temperature(0.65), mt.symmetric_temperature(2, 0.65, "upper"), mt.symmetric_temperature(2, 0.65)
        )
    )  # fmt: skip
    assert (t_P, t_high, t_low) == pytest.approx((0.9404, 0.9350, 0.3914), abs=5e-5)
    sequence = ((1.001, "00"), (0.999, "a0"), (0.5 * (t_P + t_high), "ab"), (0.934, "aa"), (0.392, "aa"), (0.391, "ab"))
    for t, label in sequence:
        assert mt.phase_diagram(2, 0.65, t).letters[0, 0] == label


def test_tip_of_the_symmetric_region():
    for K, d in {2: 0.6015925, 3: 0.6209046, 5: 0.6385686, 8: 0.64845}.items():
        tip, T = mt.symmetric_tip(K)
        assert tip == pytest.approx(d, abs=5e-6 if K == 8 else 1e-6)
        assert mt.symmetric_eigenvalues(K, K, tip, T).perpendicular == pytest.approx(0, abs=1e-9)
    assert mt.symmetric_tip(2)[1] / (1 - mt.symmetric_tip(2)[0]) == pytest.approx(0.612, abs=5e-4)


# equilibrium letters against d (columns) and t (rows)
DIAGRAMS = {
    2: ([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.8, 0.9], """
        .97  a0 a0 a0 a0 a0 a0 a0 aa aa aa
        .80  a0 a0 a0 a0 a0 a0 aa aa aa aa
        .60  a0 a0 a0 a0 a0 ab aa aa aa aa
        .50  a0 a0 a0 a0 ab ab aa aa aa aa
        .40  a0 a0 a0 ab ab ab aa aa aa aa
        .30  a0 a0 ab ab ab ab ab ab aa aa
        .20  a0 ab ab ab ab ab ab ab ab aa"""),
    3: ([0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9], """
        .90  a00 a00 a00 a00 a00 a00 a00 aa0 aaa aaa aaa
        .70  a00 a00 a00 a00 a00 a00 ab0 aaa aaa aaa aaa
        .60  a00 a00 a00 a00 a00 ab0 abc aaa aaa aaa aaa
        .50  a00 a00 a00 a00 ab0 ab0 aab aaa aaa aaa aaa
        .40  a00 a00 a00 ab0 ab0 abc abc aab aaa aaa aaa
        .30  a00 a00 ab0 ab0 abc abc abc abc aab aaa aaa
        .20  a00 ab0 ab0 ab0 abc abc abc abc abc abc aaa
        .10  ab0 ab0 ab0 abc abc abc abc abc abc abc abc"""),
    5: ([0.2, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9], """
        .90  a0000 a0000 a0000 a0000 a0000 aa000 aaaaa aaaaa aaaaa
        .60  a0000 a0000 a0000 ab000 abc00 aaaaa aaaaa aaaaa aaaaa
        .50  a0000 a0000 ab000 ab000 aabc0 aaaaa aaaaa aaaaa aaaaa
        .40  a0000 ab000 ab000 abc00 aabb0 aaaab aaaaa aaaaa aaaaa
        .30  a0000 ab000 abc00 abcd0 aabbc aaabb aaabb aaaaa aaaaa
        .20  ab000 ab000 abc00 abcde abcdd aabcc aabcc aabcc aaaaa
        .10  ab000 abc00 abcd0 abcde abcde abcde abcde abcde aabcc"""),
}  # fmt: skip


@pytest.mark.parametrize("K", list(DIAGRAMS))
def test_phase_diagram(K):
    d, text = DIAGRAMS[K]
    rows = [line.split() for line in text.strip().splitlines()]
    regions = mt.phase_diagram(K, d, [float(row[0]) for row in rows])
    np.testing.assert_array_equal(regions.letters, [row[1:] for row in rows])
    assert (regions.stability > 0).all()
    assert (regions.minima >= 1).all()
    assert regions.amplitudes.shape == (len(rows), len(d), K)


def test_two_patterns_are_hierarchical_at_low_temperature_everywhere():
    regions = mt.phase_diagram(2, [0.12, 0.3, 0.5, 0.65, 0.8, 0.89], [0.1, 0.0])
    assert (regions.letters == "ab").all()
    assert (regions.state == "hierarchical").all()


def test_diagram_agrees_with_single_points():
    regions = mt.phase_diagram(4, [0.3, 0.6], [1.1, 0.5, 1 - 1e-7, 0.0])
    for i, t in enumerate(regions.t):
        for j, d in enumerate(regions.d):
            s = theory.solve(sm.Multitasking(K=4, d=d, T=t * (1 - d)))
            assert (s.state, s.f) == (regions.state[i, j], pytest.approx(regions.f[i, j], abs=1e-14))
    with pytest.raises(ValueError, match="K = 9 is not allowed"):
        mt.phase_diagram(9, 0.5, 0.5)


def test_first_order_line_of_three_patterns():
    for t, d in ((0.05, 0.546917), (0.1, 0.5468316014), (0.14, 0.547145)):
        assert mt.coexistence_dilution(t) == pytest.approx(d, abs=1e-6 if t != 0.1 else 1e-9)
    assert mt.coexistence_dilution(0) == mt.energy_dilution(3)
    # descents below t = 0.05 and the curve of stationary states above meet
    near = mt.coexistence_dilution([1e-3, 0.0499999])
    assert near == pytest.approx([mt.energy_dilution(3), mt.coexistence_dilution(0.05)], abs=1e-9)


@pytest.mark.parametrize("t", [0.1, 0.16])
def test_coexistence_ends_at_the_spinodals(t):
    """Inside, both minima; outside, one: as the enumeration of minima finds them."""
    low, high = (mt.spinodal_dilution(t, state) for state in ("parallel", "hierarchical"))
    assert low < mt.coexistence_dilution(t) < high
    edge = 1e-5
    for d, names in (
        (low - edge, {"hierarchical"}),
        (low + edge, {"hierarchical", "parallel"}),
        (high - edge, {"hierarchical", "parallel"}),
        (high + edge, {"parallel"}),
    ):
        assert {s.state for s in theory.states(sm.Multitasking(K=3, d=d, T=t * (1 - d)))} == names


def test_critical_point_of_three_patterns():
    d, t = mt.critical_point()
    assert (d, t) == pytest.approx((0.548031, 0.169261), abs=1e-6)
    assert mt.spinodal_dilution(0.999 * t, "hierarchical") == pytest.approx(d, abs=1e-4)
    assert math.isnan(mt.coexistence_dilution(1.001 * t))
    assert math.isnan(mt.spinodal_dilution(1.001 * t, "parallel"))
    # there the softest mode costs nothing to second and to third order
    s = theory.solve(sm.Multitasking(K=3, d=d, T=0.9999 * t * (1 - d)))
    assert 0 < s.stability < 2e-3
    with pytest.raises(ValueError, match="t = 0.01 is not allowed"):
        mt.spinodal_dilution(0.01, "parallel")
    with pytest.raises(ValueError, match="state = 'pure' is not allowed"):
        mt.spinodal_dilution(0.1, "pure")


def test_power_laws_of_the_information_content():
    assert mt.information_content(4, 0.3) == pytest.approx(mt.hierarchical_amplitudes(4, 0.3))
    cold = theory.solve(sm.Multitasking(K=4, d=0.3, T=0))
    assert mt.power_law_exponents(cold) == pytest.approx([0, 1, 2, 3], abs=1e-12)
    warm = theory.solve(sm.Multitasking(K=4, d=0.3, T=0.02))
    assert mt.power_law_exponents(warm)[:3] == pytest.approx([0, 1, 2], abs=0.02)
    assert mt.power_law_exponents(theory.solve(sm.Multitasking(K=4, d=0.3, T=0.1)))[3] == math.inf
    # raised with the same strength: the leading amplitudes share one exponent above T_S
    symmetric = theory.solve(sm.Multitasking(K=3, d=0.7, T=0.15))
    assert np.ptp(mt.power_law_exponents(symmetric)) == 0
    with pytest.raises(ValueError, match="d = 0.0 is not allowed"):
        mt.power_law_exponents(theory.solve(sm.Multitasking(K=2, d=0, T=0.1)))


def test_depth_of_the_hierarchy_grows_like_the_logarithm_of_the_size():
    small, large = mt.hierarchy_depth(20000, 0.4), mt.hierarchy_depth(20000 * 2500, 0.4)
    assert large.noise - small.noise == pytest.approx(math.log(50) / math.log(2.5))
    # the last pattern that has a site of its own, and the last above the noise
    k = optimize.brentq(lambda k: 20000 * 0.6 * 0.4 ** (k - 1) - 1, 1, 30)
    assert small.sites == pytest.approx(k)
    assert 0.6 * 0.4 ** (small.noise - 1) == pytest.approx(math.sqrt(0.6 / 20000))
