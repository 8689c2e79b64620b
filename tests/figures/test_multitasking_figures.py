"""Figures of multitasking networks: labels are those of the theory, and scans are drawn over it."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import statmech as sm
import theory
from figures import multitasking as drawing
from figures.diluted_hopfield import capacity
from figures.multitasking import region_diagram, resolved_letters
from figures.scan import scan_figures

D, TEMPERATURES, N = [0.3, 0.8], [0.02, 0.1], [3000]


@pytest.fixture(autouse=True)
def _no_screen(monkeypatch):
    plt.switch_backend("agg")
    monkeypatch.setattr(drawing, "GRIDS", dict.fromkeys((2, 3), (12, 9)))
    drawing.regions.cache_clear()
    yield
    drawing.regions.cache_clear()
    plt.close("all")


def dataset(model: str, parameters: dict, variables: dict, coords: dict) -> xr.Dataset:
    return xr.Dataset(
        variables, coords, {"model": model, "parameters": json.dumps(parameters), "axes": " ".join(coords)}
    )


@pytest.fixture
def results():
    """A scan whose simulation is the theory, but for one state without its second pattern."""
    truth = np.array(
        [
            [theory.multitasking.amplitudes(theory.solve(sm.Multitasking(K=2, d=d, T=T))) for T in TEMPERATURES]
            for d in D
        ]
    )
    m = truth[..., None].copy()
    m[0, 0, 1] = 0.0
    axes = ("d", "T", "N")
    variables = {f"m_{k + 1}_theory": (axes[:2], truth[..., k]) for k in range(2)}
    variables |= {f"m_{k + 1}": (axes, m[..., k, :]) for k in range(2)}
    variables |= {f"m_{k + 1}_err": (axes, np.full((2, 2, 1), 0.001)) for k in range(2)}
    variables |= {"n_samples": (axes, np.full((2, 2, 1), 4)), "theory_stability": (axes[:2], np.full((2, 2), 0.5))}
    return dataset("multitasking", {"K": 2}, variables, {"d": D, "T": TEMPERATURES, "N": N})


@pytest.mark.parametrize(
    ("m", "d", "expected"),
    [
        ([0.9, 0.001], 0.1, "a0"),
        ([0.25, 0.248, 0.18], 0.7, "aab"),
        ([0.01, 0.001, 0.0], 0.1, "000"),
        ([0.5, 0.25, 0.12, 0.0, 0.0], 0.5, "abc00"),
        ([0.1, 0.098, 0.096, 0.094, 0.092], 0.8, "aaaaa"),
    ],
)
def test_letters_at_a_resolution(m, d, expected):
    assert resolved_letters(np.array(m), d) == expected


def test_labels_of_the_plane():
    ax = region_diagram(3, points=(60, 44))
    written = {text.get_text() for text in ax.texts}
    assert {"a00", "ab0", "abc", "aab", "aaa", "000"} <= written
    for text in ax.texts:
        d, t = text.get_position()
        assert theory.multitasking.phase_diagram(3, d, t).letters[0, 0] == text.get_text()


def test_scan_over_the_plane(results):
    drawn = scan_figures(results)
    assert set(drawn) == {"figure", "amplitudes", "losses"}
    ax = drawn["figure"].axes[0]
    points = {line.get_label(): len(line.get_xdata()) for line in ax.lines if "Monte Carlo" in str(line.get_label())}
    assert points == {"Monte Carlo: as theory": 3, "Monte Carlo: other label": 1}
    assert "a0" in {text.get_text() for text in ax.texts}
    with pytest.raises(ValueError, match="axes = .* needs the axes d and T"):
        scan_figures(results.isel(d=0))
    with pytest.raises(ValueError, match="compares simulation with theory"):
        scan_figures(results.drop_vars("m_1_theory"))
    with pytest.raises(ValueError, match="nothing of the scan"):
        scan_figures(results.drop_vars(list(results.data_vars)))


def test_labels_of_soft_states_are_not_read(results):
    """The softest mode of 3000 spins at T = 0.02 moves amplitudes by sqrt(T/N lambda), against 0.04 (1 - d)."""
    results["theory_stability"][:] = 1e-4
    ax = region_diagram(2, results, points=(6, 5))
    points = {line.get_label(): len(line.get_xdata()) for line in ax.lines if line.get_linestyle() == "None"}
    assert points == {"Monte Carlo: as theory": 3, "too soft to tell": 1}
    assert drawing.is_soft(3000, 0.02, 0.3, 1e-4, 4)
    assert not drawing.is_soft(300_000, 0.02, 0.3, 1e-4, 4)
    assert drawing.is_soft(300_000, 0.02, 0.3, 0.0, 4)


def test_learning_curves():
    coords = {"M": [2, 20], "protocol": ["supervised", "unsupervised"], "N": N}
    values = {f"m_{k}{end}": (tuple(coords), np.full((2, 2, 1), 0.1)) for k in (1, 2) for end in ("", "_err")}
    scan = dataset("multitasking_learning", {"K": 2, "d": 0.3, "T": 0.07, "r": 0.4}, values, coords)
    ax = scan_figures(scan)["figure"].axes[0]
    line = ax.lines[0]
    model = sm.MultitaskingLearning(K=2, d=0.3, T=0.07, r=0.4, M=int(line.get_xdata()[-1]))
    assert line.get_ydata()[-1] == pytest.approx(theory.solve(model).m_1, rel=1e-12)
    one = dataset(
        "multitasking_learning", {"K": 2, "d": 0.3, "T": 0.07, "r": 0.4, "protocol": "supervised"},
        dict(scan.isel(protocol=0, drop=True).data_vars), {"M": [2, 20], "N": N},
    )  # fmt: skip
    assert set(scan_figures(one)) == {"figure"}
    with pytest.raises(ValueError, match="of M and protocol"):
        scan_figures(scan.expand_dims(d=[0.3]))
    with pytest.raises(ValueError, match="no simulation"):
        scan_figures(scan.drop_vars("m_1"))


def test_capacity():
    ax = capacity(points=12, states=("retrieval",))
    line = ax.lines[0]
    assert line.get_ydata()[0] == pytest.approx(0.137906, abs=1e-6)
    assert np.all(np.diff(line.get_ydata()) < 0)
    frozen, warm = capacity(points=6, T=0.1, states=("retrieval",)).lines[:2]
    assert np.array_equal(frozen.get_ydata(), theory.diluted_hopfield.critical_load(frozen.get_xdata()).alpha)
    assert warm.get_ydata()[0] < frozen.get_ydata()[0]


def test_scan_of_the_diluted_hopfield_model(monkeypatch):
    monkeypatch.setattr("figures.diluted_hopfield.POINTS", 4)
    coords = {"d": [0.1, 0.3], "alpha": [0.005, 0.02], "N": [1000]}
    values = {name: (tuple(coords), np.full((2, 2, 1), 0.5)) for name in ("m", "m_err")}
    values["n_samples"] = (tuple(coords), np.full((2, 2, 1), 3))
    scan = dataset("diluted_hopfield", {"T": 0.1}, values, coords)
    figure = scan_figures(scan)["figure"]
    assert len(figure.axes) == 3
    first = sm.DilutedHopfield(alpha=1e-4 * theory.diluted_hopfield.critical_load(0.1, 0.1).alpha, d=0.1, T=0.1)
    assert figure.axes[1].lines[0].get_ydata()[0] == pytest.approx(theory.solve(first).m)
    with pytest.raises(ValueError, match="of d and alpha"):
        scan_figures(scan.expand_dims(T=[0.1]))
    with pytest.raises(ValueError, match="no simulation"):
        scan_figures(scan.drop_vars("m"))


def test_scan_of_the_extremely_diluted_network(monkeypatch):
    monkeypatch.setattr("figures.extremely_diluted.POPULATION", {"size": 200, "sweeps": 10, "burn_in": 5})
    coords = {"alpha": [0.2, 0.5], "T": [1.0, 3.0], "N": [1000]}
    values = {name: (tuple(coords), np.full((2, 2, 1), x)) for name, x in (("M2", 5.0), ("M2_err", 0.1), ("k2", 6.0))}
    values |= {f"{name}_theory": (("alpha", "T"), np.full((2, 2), 5.5)) for name in ("M2", "k2")}
    scan = dataset("extremely_diluted", {"c": 2}, values, coords)
    left, right, _ = scan_figures(scan)["figure"].axes
    line = left.lines[0]
    assert (line.get_xdata()[0], line.get_ydata()[0]) == (0.25, 0.0)
    assert line.get_ydata()[-1] == theory.extremely_diluted.critical_temperature(2, line.get_xdata()[-1]).T
    # of the load below percolation there is no line of the population
    blocks, (population,) = right.lines[0], [line for line in right.lines if len(line.get_xdata()) == 8]
    assert blocks.get_ydata()[0] == theory.solve(sm.ExtremelyDiluted(c=2, alpha=1, T=blocks.get_xdata()[0])).M2 / 6
    assert population.get_xdata()[-1] == theory.extremely_diluted.critical_temperature(2, 0.5).T
    with pytest.raises(ValueError, match="of alpha and T"):
        scan_figures(scan.expand_dims(d=[0.1]))
    with pytest.raises(ValueError, match="compares them"):
        scan_figures(scan.drop_vars("M2"))
