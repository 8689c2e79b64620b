"""Figures of the spin glasses: what they draw is what theory and simulation say."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import montecarlo
import statmech as sm
import theory
from figures.p_spin import franz_parisi
from figures.scan import scan_figures
from figures.sherrington_kirkpatrick import energy_and_overlap, folded, ladder_convergence, overlap_distribution
from theory.parisi import Covariance, full_solution

SK = Covariance({2: 0.5})


@pytest.fixture(autouse=True)
def _no_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def tempered():
    return montecarlo.temper(
        sm.SherringtonKirkpatrick(T=0.5),
        N=64,
        temperatures=[0.5, 0.7, 0.9, 1.2],
        samples=6,
        seed=1,
        sweeps=400,
        thermalization=200,
    )


def test_overlap_distribution(tempered):
    solution = full_solution(SK, 0.5, steps=4)
    axes = overlap_distribution([tempered[0]], solution)
    q, density, error = folded(tempered[0])
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), np.stack([q, density], 1))
    assert np.all(error >= 0)
    # folding keeps the weight, but for the bin around zero that it leaves out
    assert np.sum(density) * (q[1] - q[0]) == pytest.approx(1, abs=0.05)


def test_energy_and_overlap_against_temperature(tempered):
    solutions = [full_solution(SK, T, steps=2) for T in (0.5, 1.2)]
    left, right = energy_and_overlap(solutions, {64: tempered})
    np.testing.assert_allclose(left.lines[0].get_ydata(), [s.u for s in solutions])
    np.testing.assert_allclose(right.lines[0].get_ydata(), [s.q_EA for s in solutions])
    assert len(left.containers) == len(right.containers) == 1


def test_steps_of_the_ladder_come_closer():
    axes = ladder_convergence(full_solution(SK, 0.5, steps=4))
    assert np.all(np.diff(axes.lines[0].get_ydata()) < 0)


def test_franz_parisi_potential_has_a_minimum_between_its_transitions():
    at = [theory.p_spin.franz_parisi_potential(sm.PSpin(p=3, T=T)) for T in (0.75, 0.665)]
    axes = franz_parisi(at)
    minima = [line for line in axes.lines if line.get_marker() == "o"]
    assert len(minima) == 1
    assert minima[0].get_ydata()[0] == pytest.approx(at[1].minimum[1])


@pytest.mark.parametrize("model", ["sherrington_kirkpatrick", "random_energy"])
def test_scans_of_glasses_have_no_figure_and_say_so(model):
    with pytest.raises(ValueError, match=f"model = '{model}' is not allowed: scans of this system have no figure"):
        scan_figures(xr.Dataset(attrs={"model": model}))
