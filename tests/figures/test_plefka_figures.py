"""Figure of Plefka's levels: what is drawn is the difference of runs on the same disorder."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import statmech as sm
from figures import plefka
from montecarlo.plefka import LEVELS, retrieve


@pytest.fixture(autouse=True)
def _no_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def test_differences_are_of_the_same_samples():
    model = sm.Hopfield(alpha=0.02, T=0.3)
    tap, exact = (retrieve(model, N=100, samples=3, seed=1, level=level) for level in ("TAP", "exact"))
    off = plefka.differences(tap, exact)
    np.testing.assert_allclose(off.m, tap.values["m"] - exact.values["m"])
    np.testing.assert_allclose(off.sites[1], np.std(tap.magnetisations[1] - exact.magnetisations[1]), rtol=0.2)
    assert np.all(np.abs(off.m) <= off.sites)
    with pytest.raises(ValueError, match="exact is not allowed: it must have the disorder samples"):
        plefka.differences(tap, retrieve(model, N=100, samples=3, seed=2, level="exact"))


def test_noise_is_the_error_of_the_exact_run():
    """Against two independent runs of the same disorder: of different lengths, so of different random numbers."""
    model = sm.Hopfield(alpha=0.02, T=0.3)
    short, long = (
        retrieve(model, N=400, samples=3, seed=1, level="exact", sweeps=sweeps, thermalization=50)
        for sweeps in (100, 4000)
    )
    estimated = plefka.noise(short)
    seen = plefka.differences(short, long)
    np.testing.assert_allclose(estimated.sites, seen.sites, rtol=0.5)
    np.testing.assert_allclose(estimated.m, estimated.sites / 20)


def test_figure_has_every_level_at_two_sizes():
    name = "pairs, supervised"
    loads = (0.2, 0.5, 2.0)
    figure = plefka.accuracy_figure((name,), loads, samples=2, sweeps=200, parallel=50, sizes={2: (60, 200)})
    sites, m, fraction = figure.axes
    for ax in (sites, m, fraction):
        assert len([line for line in ax.lines if len(line.get_xdata()) == len(loads)]) >= 2 * len(LEVELS)
        assert ax.get_xlim()[1] > 2
    assert fraction.get_ylabel() == "fraction retrieved"
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [f"L{level}, {size} $N$" for size in ("smaller", "larger") for level in range(4)]
    assert sites.get_title().endswith("$N = 60, 200$")
    kept = dict(zip(labels, (line.get_ydata() for line in fraction.lines), strict=True))
    assert kept["L2, larger $N$"][0] == 1
    assert kept["L2, larger $N$"][-1] < 1
    lines = {line.get_label(): line.get_ydata() for line in m.lines}
    mean_field, tap = lines["L1, larger $N$"], lines["L2, larger $N$"]
    assert tap[0] < 0.02
    assert mean_field[0] < 0.05
    assert m.get_yscale() == "log"
