"""Figures of networks that learn pictures: panels for what varies, theory where there is one, and what is retrieved."""

import json
import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import montecarlo
import statmech as sm
import theory
from figures.scan import scan_figures
from figures.structured import gather, retrieved_pictures, structured_figure
from montecarlo.lessons import PICTURES
from montecarlo.structured import synthetic_lesson
from statmech.streams import substream


@pytest.fixture(autouse=True)
def _no_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def runs(**axes):
    models = [{"r": 0.8, "classes": 3}]
    for name, values in axes.items():
        models = [{**model, name: value} for model in models for value in values]
    return [
        montecarlo.simulate(sm.StructuredHebbian(**({"P": 4, "M": 4} | model)), N=36, samples=2, seed=1)
        for model in models
    ]


def test_runs_are_gathered_by_their_parameters():
    every = runs(P=[2, 4], M=[2, 5], protocol=["unsupervised"])
    data = gather(every)
    assert dict(data.sizes) == {"P": 2, "protocol": 1, "M": 2, "gamma": 1, "flipped": 1, "N": 1}
    for run in every:
        point = data.sel(P=run.model.P, M=run.model.M).squeeze()
        assert (float(point.m), float(point.success_err)) == (run.m.mean, run.success.error)
    assert np.isnan(gather(every[:3]).m.sel(P=4, M=5)).all()
    with pytest.raises(ValueError, match=r"runs = \[\] is not allowed"):
        gather([])
    other = montecarlo.simulate(sm.StructuredHebbian(P=2, M=2, r=0.5, classes=3), N=36, samples=2, seed=1)
    with pytest.raises(ValueError, match="they differ in r, T, classes or length"):
        gather([*every, other])


def test_there_are_two_panels_for_each_parameter_that_varies():
    figure = structured_figure(gather(runs(M=[2, 6], flipped=[0.0, 0.2], gamma=[0.0, 0.01])))
    assert len(figure.axes) == 6
    assert len(structured_figure(gather(runs(gamma=[0.0, 0.01]))).axes) == 2
    with pytest.raises(ValueError, match="none of M, flipped and gamma has more than one value"):
        structured_figure(gather(runs(M=[2])))


def test_theory_of_random_archetypes_is_drawn_up_to_its_critical_load():
    figure = structured_figure(gather(runs(gamma=[0.0, 0.01])))
    ends = [max(line.get_xdata()) for line in figure.axes[0].get_lines() if len(line.get_xdata()) > 50]
    broken = theory.learning.critical_load(P=4, r=0.8, M=4, ansatz="1RSB")
    assert ends == [pytest.approx(float(broken.gamma))]
    K = round(float(broken.gamma) * math.comb(35, 3))
    assert f"where the lines fall: {K} ($P = 4$, supervised)\nFinite" in figure.get_suptitle()
    pairs = structured_figure(gather(runs(P=[2], gamma=[0.0, 0.01])))
    ends = [max(line.get_xdata()) for line in pairs.axes[0].get_lines() if len(line.get_xdata()) > 50]
    assert ends == [pytest.approx(float(theory.learning.critical_load(P=2, r=0.8, M=4).gamma))]
    limits = structured_figure(gather(runs(M=[2, 6]))).axes[1].get_lines()
    assert 1 + 0.8**-7 in [pytest.approx(line.get_xdata()[0]) for line in limits]


def test_points_that_did_not_equilibrate_are_crosses():
    data = gather(runs(flipped=[0.0, 0.2, 0.4]))
    assert data.equilibrated.min() == 1
    data["equilibrated"][..., 1, 0] = 0  # the middle one of flipped
    figure = structured_figure(data)
    crosses = [line for line in figure.axes[0].get_lines() if line.get_marker() == "X" and len(line.get_xdata())]
    assert [line.get_xdata().tolist() for line in crosses] == [[0.2]]
    (bars,) = figure.axes[0].containers
    assert bars.lines[0].get_markevery().tolist() == [True, False, True]
    assert "not equilibrated" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_a_scan_is_drawn_with_pictures():
    data = gather(runs(P=[2, 4], M=[2, 6]))
    data.attrs |= {"seed": 3}
    drawn = scan_figures(data)
    assert set(drawn) == {"figure", "pictures"}
    assert "3 classes beside 2 random archetypes" in drawn["pictures"].get_suptitle()
    assert "$r = 0.8$, $N = 36$" in drawn["figure"].get_suptitle()
    fixed = data.isel(P=1).drop_vars("P")
    fixed.attrs |= {"parameters": json.dumps(json.loads(data.attrs["parameters"]) | {"P": 4})}
    assert len(structured_figure(fixed).axes) == 2
    with pytest.raises(ValueError, match="axes = r is not allowed"):
        structured_figure(data.expand_dims(r=[0.8]))
    with pytest.raises(ValueError, match="nothing of the scan is finished yet"):
        structured_figure(xr.Dataset(attrs=data.attrs))


def test_pictures_show_what_is_retrieved():
    stream = np.random.SeedSequence(1)
    model = sm.StructuredHebbian(P=4, M=20, r=0.8, classes=2)
    lesson = synthetic_lesson(model, 100, substream(stream, PICTURES))
    figure = retrieved_pictures(lesson, lambda spins: spins.reshape(10, 10), flipped=0.1, stream=stream)
    assert len(figure.axes) == 2 * 7
    shown = [panel.get_images()[0].get_array() for panel in figure.axes[7:14]]
    np.testing.assert_array_equal(shown[0], lesson.archetypes[1].reshape(10, 10))
    np.testing.assert_array_equal(shown[5], shown[0])
    assert figure.axes[12].get_xlabel() == "$m = 1.00$"
    assert figure.axes[9].get_xlabel() != "$m = 1.00$"
