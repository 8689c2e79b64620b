"""State evolution of teacher and student and of storage: first step in closed form, fixed points, spinodal."""

import math

import numpy as np
import pytest

import theory
from statmech import BinaryPerceptron, TeacherStudent
from theory import binary_perceptron
from theory.teacher_student import spinodal, state_evolution

Z = np.linspace(-9, 9, 4001)
W = np.exp(-Z * Z / 2) / np.exp(-Z * Z / 2).sum()


@pytest.mark.parametrize("T", [0.0, 0.4])
def test_first_step_in_closed_form(T):
    """Without knowledge every example has the same force, the hazard at zero over 1."""
    e = 0.0 if T == 0 else math.exp(-1 / T)
    force = (1 - e) / math.sqrt(2 * math.pi) / (e + 0.5 * (1 - e))
    field = 0.8 * math.sqrt(2 / math.pi) * force + math.sqrt(0.8) * force * Z
    path = state_evolution(TeacherStudent(alpha=0.8, T=T), 1)
    assert [path.r[1], path.q[1]] == pytest.approx([W @ np.tanh(field), W @ np.tanh(field) ** 2], abs=1e-12)
    assert path.eps_bayes[0] == 0.5
    stored = binary_perceptron.state_evolution(BinaryPerceptron(alpha=0.8, T=T), 1)
    assert stored.q[1] == pytest.approx(W @ np.tanh(math.sqrt(0.8) * force * Z) ** 2, abs=1e-12)


@pytest.mark.parametrize(("alpha", "T"), [(0.5, 0.0), (1.2, 0.0), (1.0, 0.5)])
def test_fixed_point_is_the_uninformed_state(alpha, T):
    model = TeacherStudent(alpha=alpha, T=T)
    path, state = state_evolution(model, 120), theory.solve(model)
    assert [path.r[-1], path.q[-1]] == pytest.approx([state.r, state.q], abs=1e-9)
    assert path.eps_bayes[-1] == pytest.approx(state.eps_bayes, abs=1e-9)
    if T == 0:  # Nishimori
        assert path.r == pytest.approx(path.q, abs=1e-12)
        assert np.all(np.diff(path.r) > -1e-12)


def test_beyond_the_spinodal_it_learns_perfectly():
    end = float(spinodal(0).alpha)
    assert state_evolution(TeacherStudent(alpha=end - 0.01), 2000).r[-1] < 0.9
    assert state_evolution(TeacherStudent(alpha=end + 0.01), 2000).r[-1] == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize(("alpha", "kappa", "T"), [(0.5, 0.0, 0.0), (0.3, 0.5, 0.0), (0.7, 0.0, 0.5)])
def test_storage_ends_in_the_replica_symmetric_overlap(alpha, kappa, T):
    model = BinaryPerceptron(alpha=alpha, kappa=kappa, T=T)
    path = binary_perceptron.state_evolution(model, 200)
    assert np.isnan([path.r, path.eps_bayes]).all()
    assert repr(path).startswith("q = ")
    assert path.q[-1] == pytest.approx(theory.solve(model).q, abs=1e-9)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="steps = 0 is not allowed"):
        state_evolution(TeacherStudent(alpha=1), 0)
    with pytest.raises(ValueError, match="steps = 0 is not allowed"):
        binary_perceptron.state_evolution(BinaryPerceptron(alpha=0.5), 0)
