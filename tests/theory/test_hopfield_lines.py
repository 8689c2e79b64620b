"""Phase lines of the Hopfield model: values, inverses, end points, asymptotes."""

import math

import numpy as np
import pytest

import statmech as sm
import theory
from statmech.branch import stationary_points
from theory.hopfield import (
    at_temperature,
    coexistence_load,
    critical_load,
    critical_temperature,
    glass_temperature,
    retrieval_branch,
)
from theory.hopfield.rs import retrieval_load


def test_storage_capacity_at_zero_temperature():
    """AGS 1985: alpha_c = 0.138, m = 0.967."""
    point = critical_load(0)
    assert point.alpha == pytest.approx(0.1379055665, abs=1e-10)
    assert point.m == pytest.approx(0.96741712, abs=1e-8)
    assert point.replicon == -math.inf
    assert repr(point).startswith("alpha = 0.1379055665  T = 0  m = 0.967417")


@pytest.mark.parametrize("T", [0.0, 0.02, 0.1, 0.3, 0.6, 0.9, 0.999])
def test_spinodal_is_the_maximum_of_the_branch(T):
    """The root of the determinant, against a plain maximisation of the explicit curve, which knows no derivative."""
    (tip,) = stationary_points(lambda y: retrieval_load(y, T), np.linspace(0.5, 6, 30))
    assert critical_load(T).alpha == pytest.approx(tip.control, rel=1e-12)


def test_capacity_falls_as_the_literature_says():
    """Near T = 1, 1 - T_M = 1.95 sqrt(alpha) and 1 - T_c = 2.6 sqrt(alpha) (AGS 1987)."""
    T = 0.9999
    assert (1 - T) / math.sqrt(critical_load(T).alpha) == pytest.approx(1.95, abs=0.01)
    assert (1 - T) / math.sqrt(coexistence_load(T).alpha) == pytest.approx(2.6, abs=0.05)


def test_reentrance_is_kept():
    T = np.linspace(0, 0.05, 51)
    line = critical_load(T)
    assert T[line.alpha.argmax()] == pytest.approx(0.0229, abs=1e-3)
    assert line.alpha.max() == pytest.approx(0.1381885, abs=1e-7)
    assert line.alpha[0] < line.alpha[10] < line.alpha.max() > line.alpha[-1]
    # all of the re-entrant piece is unstable against replica symmetry breaking
    assert not line.replica_symmetric[T < 0.025].any()
    assert line.replica_symmetric[T > 0.0251].all()


@pytest.mark.parametrize("alpha", [0.001, 0.05, 0.1379, 0.13818])
def test_critical_temperature_is_the_inverse(alpha):
    T = critical_temperature(alpha).T
    assert critical_load(T).alpha == pytest.approx(alpha, rel=1e-12)
    assert theory.solve(sm.Hopfield(alpha=alpha, T=T * (1 - 1e-6))).converged
    assert not theory.solve(sm.Hopfield(alpha=alpha, T=T * (1 + 1e-6))).converged


def test_lower_branch_of_the_reentrance():
    lower, upper = critical_temperature(0.138, branch="lower").T, critical_temperature(0.138).T
    assert 0 < lower < 0.0229 < upper
    assert critical_load([lower, upper]).alpha == pytest.approx([0.138, 0.138], rel=1e-12)
    with pytest.raises(ValueError, match="alpha = 0.1 is not allowed"):
        critical_temperature(0.1, branch="lower")


@pytest.mark.parametrize(
    ("T", "alpha"), [(0.0, 0.0518543309), (0.1, 0.053092), (0.3, 0.045031), (0.5, 0.028076), (0.7, 0.011482)]
)
def test_coexistence(T, alpha):
    """The T = 0 value is AGS's 0.051."""
    line = coexistence_load(T)
    assert line.alpha == pytest.approx(alpha, abs=1e-6)
    states = [theory.solve(sm.Hopfield(alpha=line.alpha, T=T), start=s) for s in ("retrieval", "spin-glass")]
    assert states[0].f == pytest.approx(states[1].f, abs=1e-12)
    below, above = (theory.states(sm.Hopfield(alpha=line.alpha * x, T=T))[0].state for x in (0.999, 1.001))
    assert (below, above) == ("retrieval", "spin-glass")


def test_at_line_of_retrieval():
    for alpha, T in ((0.12, 0.00498793), (0.13, 0.009472977), (0.1379, 0.02134987)):
        assert pytest.approx(T, abs=1e-8) == at_temperature(alpha).T
        assert at_temperature(alpha).replicon == pytest.approx(0, abs=1e-8)
    # sqrt(8 alpha / 9 pi) exp(-1 / 2 alpha) (AGS 1987), exact as alpha -> 0, down to 1e-219
    for alpha, rel in ((0.05, 5e-3), (0.02, 1e-8), (0.001, 1e-11)):
        asymptote = math.sqrt(8 * alpha / (9 * math.pi)) * math.exp(-1 / (2 * alpha))
        assert pytest.approx(asymptote, rel=rel) == at_temperature(alpha).T


def test_lines_and_states_hold_where_bounds_are_sharp_to_rounding():
    """At small loads y = 1/sqrt(alpha) is the solution to the last digit."""
    for alpha in np.geomspace(1e-3, 0.05, 150):
        assert at_temperature(alpha).alpha == alpha
        for T in (0.0, 0.01, 0.1):
            assert theory.solve(sm.Hopfield(alpha=alpha, T=T)).residual < 1e-12


def test_at_line_ends_next_to_the_spinodal():
    with pytest.raises(ValueError, match=r"alpha = 0.1382 is not allowed.*0\.138186"):
        at_temperature(0.1382)
    end = at_temperature(0.1381859)
    assert pytest.approx(0.02494, abs=1e-5) == end.T
    # the meeting point itself: zero replicon on the spinodal
    assert critical_load(0.0250683717).alpha == pytest.approx(0.13818591496, abs=1e-10)
    assert critical_load(0.0250683717).replicon == pytest.approx(0, abs=1e-8)


def test_replica_symmetric_glass_is_unstable_everywhere():
    for alpha in (0.01, 0.3, 2.0):
        T_g = glass_temperature(alpha).T
        assert at_temperature(alpha, "spin-glass").T == T_g == 1 + math.sqrt(alpha)
        for T in np.linspace(0.02, 0.99, 12) * T_g:
            assert theory.solve(sm.Hopfield(alpha=alpha, T=T), start="spin-glass").replicon < 0


def test_lines_take_arrays_and_keep_their_shape():
    T = np.array([[0.0, 0.5], [0.9, 1.0]])
    for line in (critical_load(T), coexistence_load(T)):
        assert line.alpha.shape == (2, 2)
        np.testing.assert_array_equal(line.T, T)
        assert line.alpha[1, 1] == 0.0
        assert np.all(np.diff(line.alpha.ravel()) < 0)
    assert isinstance(critical_load(0.3).alpha, float)


@pytest.mark.parametrize("bad", [-0.1, 1.5, math.nan])
def test_bad_arguments_are_named(bad):
    for line in (critical_load, coexistence_load):
        with pytest.raises(ValueError, match="T = .* is not allowed"):
            line(bad)
    with pytest.raises(ValueError, match="alpha = .* is not allowed"):
        critical_temperature(bad)
    with pytest.raises(AttributeError, match="this line has alpha, T, m, q, r"):
        _ = critical_load(0.1).chi


def test_one_step_of_breaking_all_but_straightens_the_capacity():
    """Steffan and Kuehn 1994: 0.138186 at T = 0 with one step, 0.138187 with two."""
    broken = critical_load([0.0, 0.01, 0.02, 0.025, 0.3, 1.0], ansatz="1RSB")
    assert broken.alpha[0] == pytest.approx(0.138186, abs=1e-6)
    symmetric = critical_load(broken.T)
    # the re-entrance of 3e-4 shrinks to 3e-5 with one step; it is not gone
    assert np.ptp(broken.alpha[:4]) < 4e-5 < 2e-4 < np.ptp(symmetric.alpha[:4])
    np.testing.assert_allclose(broken.alpha[4:], symmetric.alpha[4:], rtol=1e-12)


@pytest.mark.parametrize("T", [0.0, 0.1, 0.5, 0.95])
def test_branch_turns_at_the_spinodal_and_changes_stability_there(T):
    branch = retrieval_branch(T, points=101)
    turn = branch.alpha.argmax()
    assert branch.alpha[turn] == pytest.approx(critical_load(T).alpha, rel=2e-3)
    assert branch.alpha.max() <= critical_load(T).alpha
    assert np.all(branch.stability[: turn - 1] < 0)
    assert np.all(branch.stability[turn + 1 :] > 0)
    assert np.all(np.diff(branch.m) > -1e-15)
    # the stable part is what solve finds
    k = turn + 10
    assert theory.solve(sm.Hopfield(alpha=branch.alpha[k], T=T)).m == pytest.approx(branch.m[k], rel=1e-10)


@pytest.mark.parametrize("points", [5, pytest.param(41, marks=pytest.mark.slow)])
def test_one_step_line_runs_into_the_replica_symmetric_one_without_a_gap(points):
    T = np.linspace(0.0249, 0.0251, points)
    broken, symmetric = critical_load(T, ansatz="1RSB").alpha, critical_load(T).alpha
    assert np.all(np.isfinite(broken))
    assert np.all((broken - symmetric > -1e-15) & (broken - symmetric < 2e-8))


def test_lines_at_extreme_arguments():
    assert coexistence_load(1e-300).alpha == pytest.approx(coexistence_load(0).alpha, rel=1e-12)
    # 1 - T_M = 1.954 sqrt(alpha), far beyond what the curve itself resolves
    for alpha in (1e-12, 1e-14, 1e-16):
        assert (1 - critical_temperature(alpha).T) / math.sqrt(alpha) == pytest.approx(1.95408, rel=2e-5)


@pytest.mark.parametrize("bad", [True, "a", [], [True, False], None])
def test_arguments_that_are_no_numbers_are_named(bad):
    with pytest.raises(ValueError, match="T = .* is not allowed: T must be one or more real numbers"):
        critical_load(bad)


@pytest.mark.parametrize("gap", [1e-5, 1e-7, 1e-8, 1e-12, 2.0**-53])
def test_coexistence_load_next_to_the_curie_point(gap):
    """The free energies differ by less than rounding there; the ratio of the lines is that of T → 1."""
    T = 1 - gap
    line = coexistence_load(T)
    assert line.alpha / critical_load(T).alpha == pytest.approx(0.56665, rel=2e-5)
    assert 0 < line.m < 2 * (1 - T) ** 0.5
