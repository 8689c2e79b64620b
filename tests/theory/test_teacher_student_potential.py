"""Entropy around the teacher: values, identities, an upper bound, refusals."""

import math

import numpy as np
import pytest
from scipy.special import log_ndtr, ndtr

import theory
from statmech import TeacherStudent
from theory.teacher_student import franz_parisi_entropy, learning_branch

Z = np.linspace(-10, 10, 4001)
W = np.exp(-Z * Z / 2) / np.exp(-Z * Z / 2).sum()


@pytest.mark.parametrize(
    ("alpha", "R", "s", "q", "rhat"),
    [
        (0.5, 0.4, 0.364860972, 0.328112585, 0.5376090436),
        (0.5, 0.8, 0.197957, None, None),
        (1.0, 0.4, 0.08612640972, 0.5190810571, 0.7561076109),
        (1.0, 0.6, 0.104947, None, None),
        (1.0, 0.9, 0.01808927966, 0.8568334975, 2.280793258),
    ],
)
def test_tabulated_values(alpha, R, s, q, rhat):
    curve = franz_parisi_entropy(TeacherStudent(alpha=alpha), (1 - R) / 2)
    assert curve.s == pytest.approx(s, abs=1e-6 if q is None else 1e-9)
    if q is not None:
        assert [float(curve.q), float(curve.rhat)] == pytest.approx([q, rhat], abs=1e-9)


@pytest.mark.parametrize(("alpha", "T"), [(0.5, 0.0), (1.0, 0.0), (1.4, 0.0), (1.0, 0.5)])
def test_without_constraint_it_is_the_uninformed_state(alpha, T):
    whole = theory.solve(TeacherStudent(alpha=alpha, T=T))
    d = 0.5 * (1 - whole.r)
    curve = franz_parisi_entropy(TeacherStudent(alpha=alpha, T=T), [d - 1e-3, d, d + 1e-3])
    assert curve.s[1] == pytest.approx(whole.s, abs=1e-12)
    assert curve.u[1] == pytest.approx(whole.u, abs=1e-12)
    assert curve.q[1] == pytest.approx(whole.q, abs=1e-11)
    assert curve.slope[1] == pytest.approx(0, abs=1e-11)
    assert curve.phi[0] < curve.phi[1] > curve.phi[2]


def test_minimum_is_the_unstable_solution():
    """It separates the uninformed state from the teacher."""
    branch = learning_branch(0.0, points=60)
    k = np.flatnonzero(branch.stability < 0)[0] + 2
    d = 0.5 * (1 - branch.r[k])
    curve = franz_parisi_entropy(TeacherStudent(alpha=branch.alpha[k]), [0.98 * d, d, 1.02 * d])
    assert curve.slope[1] == pytest.approx(0, abs=1e-9)
    assert curve.s[0] > curve.s[1] < curve.s[2]
    assert curve.s[1] == pytest.approx(branch.s[k], abs=1e-12)


@pytest.mark.parametrize(("alpha", "T", "R"), [(1.0, 0.0, 0.6), (0.7, 0.4, -0.2), (1.3, 0.3, 0.9)])
def test_free_entropy_is_stationary(alpha, T, R):
    curve = franz_parisi_entropy(TeacherStudent(alpha=alpha, T=T), (1 - R) / 2)

    def phi(q, rhat, qhat):
        t, x = Z * math.sqrt(q / (1 - q)), math.sqrt(qhat) * Z + rhat
        log = log_ndtr(t) if T == 0 else np.logaddexp(-1 / T, np.log(-np.expm1(-1 / T)) + log_ndtr(t))
        examples = 2 * W @ (ndtr(R * Z / math.sqrt(q - R * R)) * log)
        return -R * rhat - qhat * (1 - q) / 2 + W @ np.logaddexp(x, -x) + alpha * examples

    x = np.array([float(curve.q), float(curve.rhat), float(curve.qhat)])
    assert phi(*x) == pytest.approx(float(curve.phi), abs=1e-11)
    for k in range(3):
        h = 1e-5 * np.eye(3)[k]
        assert (phi(*(x + h)) - phi(*(x - h))) / 2e-5 == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("T", [0.0, 0.5])
def test_slope_is_the_derivative(T):
    h = 1e-5
    for d in (0.05, 0.3, 0.6):
        curve = franz_parisi_entropy(TeacherStudent(alpha=0.6, T=T), [d - h, d, d + h])
        assert (curve.phi[2] - curve.phi[0]) / (2 * h) == pytest.approx(curve.slope[1], abs=1e-6)


@pytest.mark.parametrize("alpha", [0.3, 1.0, 2.0])
def test_fewer_than_the_mean_number(alpha):
    """Jensen: the entropy is at most that of the mean number, which vanishes with slope -∞ at the teacher."""
    d = np.geomspace(1e-3, 0.7, 40)
    curve = franz_parisi_entropy(TeacherStudent(alpha=alpha), d)
    bound = -d * np.log(d) - (1 - d) * np.log(1 - d) + alpha * np.log(1 - np.arccos(1 - 2 * d) / math.pi)
    known = np.isfinite(curve.s)
    assert known.any()
    assert np.all(curve.s[known] <= bound[known])


def test_around_the_teacher_there_is_a_window_and_its_slope_is_infinite():
    d = np.geomspace(1e-6, 0.1, 60)
    cold, warm = (franz_parisi_entropy(TeacherStudent(alpha=0.5, T=T), d) for T in (0.0, 0.5))
    known = np.isfinite(cold.s)
    assert not known[0]
    assert cold.s[known][0] < 0 < cold.s[-1]
    # at T > 0 the branch goes on to the teacher: a gain of -d ln d, a loss of the order of sqrt(d)
    assert np.all(np.isfinite(warm.phi))
    assert warm.slope[0] < -100
    loss = (warm.slope + np.log(d)) * np.sqrt(d)
    assert loss[0] == pytest.approx(loss[20], rel=0.25)


def test_close_to_hot_it_is_the_number_of_configurations():
    d = np.array([0.01, 0.2, 0.5, 0.8])
    curve = franz_parisi_entropy(TeacherStudent(alpha=0.7, T=1e6), d)
    assert curve.s == pytest.approx(-d * np.log(d) - (1 - d) * np.log(1 - d), abs=1e-9)
    assert curve.u == pytest.approx(0.7 * np.arccos(1 - 2 * d) / math.pi, rel=1e-5)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="d = 1.5 is not allowed"):
        franz_parisi_entropy(TeacherStudent(alpha=1), 1.5)
    with pytest.raises(ValueError, match="alpha = 0.0 is not allowed"):
        franz_parisi_entropy(TeacherStudent(alpha=0), 0.1)
    with pytest.raises(ValueError, match="reference_T = 0.5 is not allowed: the reference is the teacher"):
        franz_parisi_entropy(TeacherStudent(alpha=1), 0.1, reference_T=0.5)


def test_a_curve_without_points_says_why_and_what_there_is():
    nothing = franz_parisi_entropy(TeacherStudent(alpha=5), [0.05, 0.2])
    assert nothing.message.startswith("no replica-symmetric solution at 2 of 2 distances: q reaches 1")
    assert "there is one at T > 0" in repr(nothing)
    some = franz_parisi_entropy(TeacherStudent(alpha=2), [0.01, 0.05, 0.1])
    assert some.message.endswith("; found at d = 0.05 … 0.1")
    assert "replica symmetry unstable at 2" in repr(some)
    whole = franz_parisi_entropy(TeacherStudent(alpha=5, T=0.2), [0.05, 0.2])
    assert whole.message == ""
    plain = whole.to_dict()
    assert plain["s"] is whole.s
    assert plain["rhat"] is whole.rhat
    assert (plain["reference_T"], plain["message"]) == (0.0, "")
