"""Figures of entropies around solutions: curves are the theory's, points what they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import statmech as sm
from figures.perceptron_potential import Counted, isolation, local_entropies, potential
from montecarlo.message_passing import Around
from theory import binary_perceptron


@pytest.fixture(autouse=True)
def _no_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def test_potential_is_dotted_where_there_is_nothing():
    curve = binary_perceptron.franz_parisi_entropy(sm.BinaryPerceptron(alpha=0.6), np.geomspace(5e-3, 0.4, 12))
    points = Counted(N=19, alpha=0.6, d=np.array([0.2]), s=np.array([0.21]), error=np.array([0.01]))
    solid, dotted, counted, *_ = potential([curve], [points]).get_lines()
    shown = np.isfinite(solid.get_ydata())
    assert shown[-1]
    assert not shown[0]
    assert np.array_equal(np.isfinite(dotted.get_ydata()), ~shown & np.isfinite(curve.s))
    assert counted.get_ydata().tolist() == [0.21]


def test_isolation_ends_where_typical_pairs_are():
    pairs, nearest, *_ = isolation(points=4).get_lines()
    assert np.all(nearest.get_ydata() < pairs.get_ydata())
    assert nearest.get_ydata()[-1] == pytest.approx(pairs.get_ydata()[-1], rel=0.02)


def test_measured_entropies_are_between_the_curves():
    nothing = np.zeros(1)
    found = [
        Around(N=1001, P=601, d=np.array([0.05]), s=np.array([s]), q=nothing, residual=nothing, iterations=nothing)
        for s in (0.1, 0.12)
    ]
    largest, typical, points, *_ = local_entropies(0.6, 0.05, {"some": found}).get_lines()
    assert typical.get_ydata()[0] < points.get_ydata()[0] < largest.get_ydata()[0]
    assert points.get_ydata()[0] == pytest.approx(0.11)


def test_lower_bounds_of_the_largest_are_marked_and_not_joined():
    largest, typical, bound, *_ = local_entropies(0.6, [0.1, 0.3], {}).get_lines()
    assert np.isfinite(largest.get_ydata()).tolist() == [True, False]
    assert bound.get_xdata().tolist() == [0.3]
    assert bound.get_ydata()[0] == typical.get_ydata()[1]
