"""Figures of learning from examples: lines and shading are the theory's, losses give energies, pairs fail first."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import statmech as sm
import theory
from figures import learning, learning_experiments
from figures.scan import scan_figures

SUPERVISED = sm.SupervisedHebbian(P=4, gamma=0.0, T=0.0, r=0.5, M=20)
GAMMA, TEMPERATURES, SIZES, SAMPLES = [0.01, 0.04], [0.1, 0.2], [60, 80, 120], 10


@pytest.fixture(autouse=True)
def _no_screen():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def scan_of(model: str, kind) -> xr.Dataset:
    """A scan whose simulation is the theory plus 1/N plus noise of the error that it states."""
    rng = np.random.default_rng(4)
    data = {"P": 4, "r": 0.5, "M": 20}
    truth = np.array([[theory.solve(kind(gamma=g, T=T, **data)).m for T in TEMPERATURES] for g in GAMMA])
    draws = rng.normal(0, 0.01, (len(GAMMA), len(TEMPERATURES), len(SIZES), SAMPLES))
    m = truth[..., None] + 1 / np.array(SIZES) + draws.mean(-1)
    axes = ("gamma", "T", "N")
    return xr.Dataset(
        {
            "m": (axes, m),
            "m_err": (axes, draws.std(-1, ddof=1) / np.sqrt(SAMPLES)),
            "m_theory": (axes[:2], truth),
            "equilibrated": (axes, np.ones(m.shape, bool)),
            "n_samples": (axes, np.full(m.shape, SAMPLES)),
        },
        {"gamma": GAMMA, "T": TEMPERATURES, "N": SIZES},
        {"model": model, "parameters": json.dumps(data)},
    )


def test_lines_of_the_diagram_meet_where_the_theory_says():
    spinodal, coexistence, unstable = learning.learning_lines(SUPERVISED, points=24).values()
    point = theory.solve(sm.SupervisedHebbian(P=4, gamma=0.99 * spinodal.gamma[0], T=0.0, r=0.5, M=20))
    assert point.converged
    assert spinodal.gamma[-1] == pytest.approx(0, abs=1e-6)
    assert coexistence.gamma[-1] < 2e-3
    assert np.all(np.diff(unstable.T) > 0)
    assert unstable.gamma[-1] < spinodal.gamma.max()


def test_planes_of_both_protocols_differ_by_kappa():
    unsupervised = sm.UnsupervisedHebbian(P=4, gamma=0.0, T=0.0, r=0.5, M=20)
    loads = [learning.plane(model).critical_load(0.1) for model in (SUPERVISED, unsupervised)]
    assert loads[0] / loads[1] == pytest.approx(unsupervised.kappa, rel=1e-9)
    assert learning.plane(SUPERVISED).critical_load(0.5) == 0.0


def test_scans_of_both_protocols_are_drawn_by_one_module():
    drawn = scan_figures(scan_of("supervised_hebbian", sm.SupervisedHebbian))
    assert set(drawn) == {"figure", "finite-size"}
    assert "Supervised learning, $P = 4$" in drawn["figure"].get_suptitle()
    results = scan_of("unsupervised_hebbian", sm.UnsupervisedHebbian).drop_vars("m")
    assert set(scan_figures(results)) == {"figure"}  # of the theory alone
    with pytest.raises(ValueError, match="axes = M is not allowed"):
        scan_figures(results.expand_dims(M=[20]))


def test_magnetisation_at_zero_temperature_is_that_of_the_gaussian_form():
    for P in (2, 4):
        loads = np.array([0.01, 0.05])
        m = learning._overlaps(P, 0.1, loads)
        for gamma, each in zip(loads.tolist(), m.tolist(), strict=True):
            model = sm.SupervisedHebbian(P=P, gamma=gamma, T=0.0, r=1 / np.sqrt(1.1), M=1)  # of this entropy
            assert each == pytest.approx(theory.solve(model, examples="gaussian").m, abs=1e-5)
    assert np.isnan(learning._overlaps(4, 0.1, np.array([0.2]))).all()


def test_diagrams_of_the_literature():
    axes = learning.temperature_diagrams(orders=(4,), entropies=(0.0, 0.5)).axes
    ends = [line.get_xdata()[0] for line in axes[0].lines if line.get_label().startswith("$")]
    assert ends == pytest.approx([0.1978601, 0.063731], abs=1e-5)
    ends = learning.entropy_diagrams(orders=(4,)).axes[0].lines[0].get_ydata()
    assert ends[0] == pytest.approx(0.1978601, abs=1e-6)
    left = learning.threshold_diagram(orders=(4,), gamma=0.05).axes[0]
    supervised, unsupervised = (np.interp(0.5, *line.get_data()) for line in left.lines)
    assert supervised == pytest.approx(3.22, rel=0.02)
    assert unsupervised == pytest.approx(89.3, rel=0.02)


@pytest.mark.parametrize("kind", [sm.SupervisedHebbian, sm.UnsupervisedHebbian])
def test_energies_are_functions_of_the_losses_along_retrieval(kind):
    model = kind(P=2, gamma=0.02, T=0.1, r=0.5, M=20)
    how = {"overlap": 0.5, "sweeps": 8, "stream": np.random.SeedSequence(3)}
    seen = learning_experiments.retrieval_trajectory(model, 400, **how)
    assert np.isnan(seen.energy[0])
    np.testing.assert_allclose(seen.energy[1:], seen.from_losses[1:], rtol=1e-10)
    assert seen.archetype[0] == pytest.approx(0.5)
    assert seen.archetype[-1] < 0.15
    assert seen.supervised[-1] < seen.supervised[0]
    np.testing.assert_allclose(np.ptp(seen.unsupervised - seen.supervised), 0, atol=1e-12)  # but for a constant
    with pytest.raises(ValueError, match="P = 4 is not allowed"):
        learning_experiments.retrieval_trajectory(kind(P=4, gamma=0.0, T=0.1, r=0.5, M=2), 40, **how)


def test_figures_by_simulation_show_where_pairs_fail():
    storage = learning_experiments.ultra_storage(60, archetypes=(2, 64), samples=2)
    shallow, deep = (container.lines[0].get_ydata() for container in storage.axes[0].containers)
    assert shallow[1] < 0.5
    assert deep[1] > 0.9
    detection = learning_experiments.ultra_detection(300, 20, qualities=(0.25,), M=100, samples=2)
    shallow, deep = (container.lines[0].get_ydata() for container in detection.axes[0].containers)
    assert shallow[0] < 0.7 < deep[0]
    assert len(learning_experiments.loss_and_energy(N=300, sweeps=4).axes) == 2
