"""Figures of the algorithms of perceptrons: lines are the theory's, points what they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import statmech as sm
from figures.perceptron_algorithms import algorithms_figure, evolution, padded, success
from montecarlo.message_passing import SuccessRates, amp, taught_patterns
from theory import binary_perceptron, teacher_student


@pytest.fixture(autouse=True)
def _no_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.fixture
def rates():
    alpha = np.array([0.5, 0.7])
    return [
        SuccessRates(N=N, instances=8, alpha=alpha, solved={"one": np.array([8, k]), "other": np.array([7, 0])})
        for N, k in ((101, 5), (1001, 1))
    ]


def test_success_rates_are_drawn_with_the_capacity(rates):
    ax = success(rates)
    lines = [line for line in ax.get_lines() if len(line.get_xdata()) == 2 and line.get_marker() not in ("None", "_")]
    assert [line.get_ydata().tolist() for line in lines] == [[1, 0.625], [0.875, 0], [1, 0.125], [0.875, 0]]
    marks = [line.get_xdata()[0] for line in ax.get_lines() if np.ptp(line.get_xdata()) == 0]
    assert float(binary_perceptron.critical_capacity(0).alpha) in marks
    assert lines[0].get_color() == lines[2].get_color() != lines[1].get_color()
    assert lines[2].get_markerfacecolor() == "white" != lines[0].get_markerfacecolor()


def test_state_evolution_is_under_the_means_of_runs(rates):
    model, runs = sm.TeacherStudent(alpha=0.5), []
    for k in range(3):
        X, teacher = taught_patterns(model, 201, np.random.SeedSequence(k))
        runs.append(amp(X, teacher=teacher))
    path = teacher_student.state_evolution(model, 25)
    ax = evolution({201: runs}, path)
    np.testing.assert_array_equal(ax.get_lines()[0].get_ydata(), path.r)
    expected = np.mean([padded(run.r_t, 25) for run in runs], axis=0)
    np.testing.assert_allclose(ax.get_lines()[1].get_ydata(), expected)
    assert expected[-1] == pytest.approx(np.mean([run.r for run in runs]), abs=1e-4)
    assert len(algorithms_figure(rates, [({201: runs}, path)]).axes) == 2
