"""Figures of learning from examples: lines and shading are the theory's, losses give energies, pairs fail first."""

import itertools
import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import statmech as sm
import theory
from figures import learning, learning_experiments
from figures.scan import scan_figures
from montecarlo.learning import EXAMPLES
from montecarlo.retrieval import PATTERNS
from statmech.disorder import rademacher_patterns
from statmech.examples import noisy_examples
from statmech.losses import pair_energy, squared_losses
from statmech.streams import substream

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
    spinodal, symmetric, coexistence, unstable, glass = learning.learning_lines(SUPERVISED, points=24).values()
    for line, ansatz in ((spinodal, "1RSB"), (symmetric, "RS")):
        point = sm.SupervisedHebbian(P=4, gamma=0.99 * line.gamma[0], T=0.0, r=0.5, M=20)
        assert theory.solve(point, ansatz=ansatz).converged
    assert spinodal.gamma[0] > symmetric.gamma[0]
    assert symmetric.gamma[-1] == pytest.approx(spinodal.gamma[list(spinodal.T).index(symmetric.T[-1])], abs=1e-9)
    assert spinodal.gamma[-1] == pytest.approx(0, abs=1e-6)
    assert coexistence.gamma[-1] < 2e-3
    assert np.all(np.diff(unstable.T[unstable.gamma < 0.9 * unstable.gamma[-1]]) > 0)
    assert unstable.gamma[-1] < spinodal.gamma.max()
    assert unstable.T[-1] == pytest.approx(symmetric.T[-1], abs=1e-3)
    static = theory.dense.kauzmann_temperature(glass.gamma, P=4)
    np.testing.assert_allclose(glass.T, static.T, rtol=1e-12)


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
    for P, (protocol, kind) in itertools.product((2, 4), learning.PROTOCOLS.items()):
        loads = np.array([0.002, 0.01])
        m = learning._overlaps(P, 0.15, loads, protocol, 0.5)
        for gamma, each in zip(loads.tolist(), m.tolist(), strict=True):
            model = kind(P=P, gamma=gamma, T=0.0, r=0.5, M=20)  # of this entropy
            assert each == pytest.approx(theory.solve(model, examples="gaussian").m, abs=1e-5)
    assert np.isnan(learning._overlaps(4, 0.1, np.array([0.2]), "supervised", 0.5)).all()


@pytest.mark.slow
def test_planes_at_several_entropies():
    supervised, unsupervised = learning.temperature_diagrams(orders=(4,), numbers=(20,)).axes[:2]
    ends = [[line.get_xdata()[0] for line in ax.lines] for ax in (supervised, unsupervised)]
    assert ends[0][1] == pytest.approx(0.112014, abs=1e-6)
    assert ends[0][0] > 1.3 * ends[0][1]
    how = {"P": 4, "r": 0.5, "M": 20, "protocol": "unsupervised", "examples": "gaussian"}
    assert ends[1][0] == pytest.approx(theory.learning.critical_load(ansatz="1RSB", **how).gamma, rel=1e-9)
    assert ends[1][1] == pytest.approx(theory.learning.critical_load(**how).gamma, rel=1e-9)
    assert ends[1][2] == pytest.approx(theory.learning.coexistence_load(0.0, ansatz="1RSB", **how).gamma, rel=1e-6)


def test_diagrams_of_the_literature():
    axes = learning.entropy_diagrams(orders=(2,), numbers=(np.inf, 20, 3)).axes
    for ax, limit in zip(axes[:2], (0.052233, 0.046749), strict=True):
        symmetric, broken = ax.lines
        assert symmetric.get_ydata()[0] == pytest.approx(0.1379056, abs=1e-7)
        assert broken.get_ydata()[0] == pytest.approx(0.1381865, abs=1e-7)
        assert np.interp(0.15, *symmetric.get_data()) == pytest.approx(limit, rel=2e-3)
        assert broken.get_ydata()[1] > limit
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


@pytest.mark.parametrize("kind", [sm.SupervisedHebbian, sm.UnsupervisedHebbian])
def test_losses_of_four_spins_along_retrieval(kind):
    """Without a teacher the energy is a function of the losses, those of Boolean examples."""
    model = kind(P=4, gamma=0.002, T=0.1, r=0.6, M=10)
    how = {"overlap": 0.8, "sweeps": 4, "stream": np.random.SeedSequence(3)}
    seen = learning_experiments.retrieval_trajectory(model, 80, **how)
    if kind is sm.UnsupervisedHebbian:
        np.testing.assert_allclose(seen.energy[1:], seen.from_losses[1:], rtol=1e-10)
    else:
        assert np.isnan(seen.from_losses).all()
    assert seen.archetype[-1] < seen.archetype[0]


def test_cross_entropy_is_that_of_the_heat_bath():
    """The predicted law of each spin by its two Boltzmann weights, from the energies of both its values."""
    model = sm.SupervisedHebbian(P=2, gamma=0.1, T=0.5, r=0.6, M=4)
    stream = np.random.SeedSequence(5)
    seen = learning_experiments.retrieval_trajectory(model, 30, overlap=1.0, sweeps=1, stream=stream)
    archetypes = rademacher_patterns(3, 30, substream(stream, PATTERNS))
    examples = noisy_examples(archetypes, M=4, r=0.6, stream=substream(stream, EXAMPLES))
    targets = examples.sum(1) / (4 * np.sqrt(model.R))
    losses = []
    for i in range(30):
        both = np.array([archetypes[0], archetypes[0]])  # the start has all of its overlap
        both[1, i] *= -1
        energies = 30 * pair_energy(*squared_losses(targets, both), 30) / model.T
        losses.append(np.logaddexp(0.0, energies[0] - energies[1]))
    assert seen.cross_entropy[0] == pytest.approx(np.mean(losses), rel=1e-10)


def test_figures_by_simulation_show_where_pairs_fail():
    storage = learning_experiments.ultra_storage(60, archetypes=(2, 64), samples=2)
    shallow, deep = (container.lines[0].get_ydata() for container in storage.axes[0].containers)
    assert shallow[1] < 0.5
    assert deep[1] > 0.9
    detection = learning_experiments.ultra_detection(300, 20, qualities=(0.25,), M=100, samples=2)
    shallow, deep = (container.lines[0].get_ydata() for container in detection.axes[0].containers)
    assert shallow[0] < 0.7 < deep[0]
    rows = ((2, 300, 0.02, 0.5), (4, 60, 0.002, 0.8))
    assert len(learning_experiments.loss_and_energy(rows, sweeps=3).axes) == 6
