"""Figures of continual learning: what is drawn is what was measured."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from figures.deep_binary import (
    consolidation_figure,
    course_panel,
    courses_figure,
    measure_points,
    measures_figure,
    variance_histogram,
)
from montecarlo.deep_binary import Comparison, Metaplastic, Variational

NAMES = ("fields", "signs", "together")


@pytest.fixture(autouse=True)
def _no_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.fixture
def comparison():
    generator = np.random.default_rng(1)
    flipped = np.linspace(0, 0.5, 20)
    flipped[3] = np.nan
    return Comparison(
        chosen={"fields": Variational(), "signs": Metaplastic(m=1.0), "together": Metaplastic()},
        evaluation={"fields": "field", "signs": "sign", "together": "sign"},
        tuning={name: {"sign": [0.5]} for name in NAMES},
        accuracy={
            "fields": {way: generator.random((4, 3, 3)) for way in ("field", "sampled", "sign")},
            "signs": {"sign": generator.random((4, 3, 3))},
            "together": {"sign": generator.random((4, 1, 3))},
        },
        variance={name: generator.dirichlet(np.ones(20), (1 if name == "together" else 3, 2)) for name in NAMES},
        flipped=dict.fromkeys(NAMES, flipped),
    )


def test_every_task_is_drawn_from_its_lesson_on(comparison):
    assert len(courses_figure(comparison).axes) == 2
    figure = courses_figure(comparison, NAMES, columns=2)
    assert [panel.get_title() for panel in figure.axes] == ["fields\n(fields)", "signs\n(signs)", "together\n(signs)"]
    _, ax = plt.subplots()
    lines = course_panel(comparison, "fields", ax)
    mean = comparison.accuracy["fields"]["field"].mean(0)
    for k, line in enumerate(lines):
        np.testing.assert_array_equal(line.get_xdata(), np.arange(k + 1, 4))
        np.testing.assert_allclose(line.get_ydata(), mean[k:, k])
    together = course_panel(comparison, "together", ax)
    assert [len(line.get_xdata()) for line in together] == [1, 1, 1]


def test_points_are_estimates_with_errors(comparison):
    assert len(measures_figure(comparison).axes) == 3
    _, ax = plt.subplots()
    points = measure_points(comparison, NAMES, "final", ax)
    drawn = [(float(point.lines[0].get_xdata()[0]), float(point.lines[0].get_ydata()[0])) for point in points]
    ways = [("fields", "field"), ("fields", "sampled"), ("fields", "sign"), ("signs", "sign"), ("together", "sign")]
    expected = [comparison.estimate(name, "final", way) for name, way in ways]
    assert [x for x, _ in drawn] == pytest.approx([one.mean for one in expected])
    assert len({y for _, y in drawn}) == 5
    ends = points[0].lines[2][0].get_segments()[0][:, 0]
    assert ends[1] - ends[0] == pytest.approx(2 * expected[0].error)


def test_histograms_show_every_lesson(comparison):
    figure = consolidation_figure(comparison, ["fields", "signs"])
    assert len(figure.axes) == 2 * 3
    _, ax = plt.subplots()
    lines = variance_histogram(comparison, "fields", 1, ax)
    assert len(lines) == 3
    np.testing.assert_allclose(lines[2].get_ydata(), comparison.variance["fields"][2, 1])
    assert lines[0].get_xdata()[0] == pytest.approx(0.025)
