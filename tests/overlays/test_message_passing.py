"""Message passing over theory: state evolution step by step, entropies of instances, entropy around solutions."""

import math

import numpy as np
import pytest

import statmech as sm
import theory
from montecarlo.message_passing import amp, entropy_around, reinforced_amp, sbpi, storage_patterns, taught_patterns
from statmech.perceptron import generalisation_error
from theory import binary_perceptron, teacher_student

INSTANCES = 16


def streams(N, instances=INSTANCES):
    return [np.random.SeedSequence([N, k, 9]) for k in range(instances)]


def pulls(values, expected):
    values = np.array(values)
    return (values.mean(0) - expected) / (values.std(0, ddof=1) / math.sqrt(len(values)))


@pytest.mark.parametrize(("alpha", "T"), [(1.0, 0.0), (0.6, 0.5)])
@pytest.mark.parametrize("N", [501, 2001])
def test_amp_follows_state_evolution_iteration_by_iteration(alpha, T, N):
    steps, model = 8, sm.TeacherStudent(alpha=alpha, T=T)
    path = teacher_student.state_evolution(model, steps)
    runs = []
    for stream in streams(N):
        X, teacher = taught_patterns(model, N, stream)
        runs.append(amp(X, teacher=teacher, T=T, iterations=steps, tolerance=0.0))
    assert np.max(np.abs(pulls([run.r_t[1:] for run in runs], path.r[1:]))) < 3.5
    assert np.max(np.abs(pulls([run.q_t[1:] for run in runs], path.q[1:]))) < 3.5


def test_amp_of_random_labels_follows_its_state_evolution():
    model = sm.BinaryPerceptron(alpha=0.6)
    path = binary_perceptron.state_evolution(model, 10)
    runs = [amp(storage_patterns(model, 1001, stream), iterations=10, tolerance=0.0) for stream in streams(1001)]
    assert np.max(np.abs(pulls([run.q_t[1:] for run in runs], path.q[1:]))) < 3.5


@pytest.mark.parametrize(("alpha", "kappa", "T"), [(0.5, 0.0, 0.0), (0.2, 0.5, 0.0), (0.8, 0.0, 0.4)])
def test_entropy_of_instances_is_the_replica_symmetric_one(alpha, kappa, T):
    model = sm.BinaryPerceptron(alpha=alpha, kappa=kappa, T=T)
    found = [amp(storage_patterns(model, 1001, stream), kappa=kappa, T=T) for stream in streams(1001)]
    expected = theory.solve(model)
    assert all(one.converged for one in found)
    assert abs(pulls([one.s for one in found], expected.s)) < 3.5
    assert abs(pulls([one.q for one in found], expected.q)) < 3.5
    if T:
        assert abs(pulls([one.u for one in found], expected.u)) < 3.5


@pytest.mark.parametrize(("T", "before", "between", "after"), [(0.0, 1.0, 1.3, 1.9), (1.0, 1.6, 2.5, 3.4)])
def test_generalisation_errors_jump_at_the_spinodal(T, before, between, after):
    """Both errors, and free entropies of both sides of the transition; the teacher is kept on either side of it."""
    for alpha in (before, between, after):
        model, rows = sm.TeacherStudent(alpha=alpha, T=T), []
        for stream in streams(1001, 8):
            X, teacher = taught_patterns(model, 1001, stream)
            found, kept = amp(X, teacher=teacher, T=T), amp(X, teacher=teacher, T=T, start=teacher)
            assert found.converged
            assert kept.r > 1 - 1e-6
            assert kept.phi == 0
            rows.append((generalisation_error(found.r), found.eps_bayes, found.phi))
        if alpha == after:
            assert np.max(np.abs(rows)) < math.sqrt(2e-5) / math.pi  # means are solved for to 1e-5
            continue
        expected = theory.solve(sm.TeacherStudent(alpha=len(X) / 1001, T=T))
        phi = -expected.f / T if T else expected.s
        assert (phi > 0) == (alpha == before)
        assert np.max(np.abs(pulls(rows, [expected.eps_gibbs, expected.eps_bayes, phi]))) < 5  # Student's t of 7


def test_entropy_around_the_teacher():
    """Many small instances: what they differ by is the strength of the teacher's own fields."""
    model, d = sm.TeacherStudent(alpha=0.5), np.array([0.02, 0.1, 0.3])
    rows = []
    for stream in streams(501, 80):
        X, teacher = taught_patterns(model, 501, stream)
        rows.append(entropy_around(X, teacher, d).s)
    assert np.max(np.abs(pulls(rows, teacher_student.franz_parisi_entropy(model, d).s))) < 3.5


def test_solvers_end_in_dense_regions():
    """Around what they find there is more than around typical solutions, also where those are isolated; not more than
    the largest local entropy."""
    model, d = sm.BinaryPerceptron(alpha=0.6), [0.01, 0.05]
    typical = binary_perceptron.franz_parisi_entropy(model, d).s
    largest = binary_perceptron.local_entropy(model, d[1]).s
    assert typical[0] < 0
    for solve in (lambda X, stream: reinforced_amp(X, gamma=0.98), sbpi):
        rows = []
        for stream in streams(1001, 5):
            X = storage_patterns(model, 1001, stream)
            found = solve(X, stream)
            assert found.solved
            rows.append(entropy_around(X, found.w, d).s)
        assert np.min(rows) > 0
        assert np.all(pulls(rows, typical) > 5)
        assert pulls(rows, largest)[1] < 2
