"""Entropies by integration: exact energies give exact entropies, simulations those of the enumeration."""

import math

import numpy as np
import pytest

import statmech as sm
from montecarlo import enumerate_perceptron, integrated_entropy
from montecarlo.perceptron.entropy import entropies, flat_energy


@pytest.mark.parametrize("kappa", [-0.4, 0.0, 0.5, 1.0])
@pytest.mark.parametrize("N", [9, 13])
def test_energy_at_infinite_temperature(N: int, kappa: float) -> None:
    """It is that of all weights, whatever the patterns ±1 are."""
    model = sm.BinaryPerceptron(alpha=0.6, kappa=kappa)
    X = 2 * np.random.default_rng(N).integers(0, 2, (model.patterns(N), N)) - 1
    exact = enumerate_perceptron(X, kappa).errors.mean() / N
    assert flat_energy(model, N) == pytest.approx(exact, rel=1e-12)


def test_exact_energies_give_exact_entropies() -> None:
    X = 2 * np.random.default_rng(1).integers(0, 2, (13, 13)) - 1
    found = enumerate_perceptron(X)
    T = np.geomspace(0.5, 16.0, 24)
    exact = [found.averages(at) for at in T]
    s = entropies(T, np.array([at["u"] for at in exact]), flat_energy(sm.BinaryPerceptron(alpha=1), 13))
    assert s == pytest.approx([at["s"] for at in exact], abs=2e-5)


@pytest.mark.parametrize("field", [0.0, 0.4])
def test_students_around_the_teacher(field: float) -> None:
    """The mean over samples of s, u and d at N = 11 against enumeration of other samples."""
    model, N = sm.TeacherStudent(alpha=1, T=0.8), 11
    answer = integrated_entropy(
        model, N=N, samples=60, seed=1, temperatures=8, hottest=12.0, field=field, sweeps=1500, thermalization=100
    )
    rng, rows = np.random.default_rng(2), []
    d = np.bitwise_count(np.arange(2**N) ^ (2**N - 1)) / N
    for _ in range(400):
        X = 2 * rng.integers(0, 2, (N, N)) - 1
        errors = enumerate_perceptron(np.where(X.sum(1, keepdims=True) < 0, -X, X)).errors
        H = errors / N - field * (1 - 2 * d)
        p = np.exp(-N * (H - H.min()) / 0.8)
        p /= p.sum()
        rows.append([-p @ np.log(p) / N, p @ errors / N, p @ d])
    for name, values in zip(("s", "u", "d"), np.transpose(rows), strict=True):
        estimate = getattr(answer, name)[0]
        error = math.hypot(estimate.error, np.std(values) / 20)
        assert estimate.mean == pytest.approx(values.mean(), abs=4 * error + 1e-4), name
        assert error < 0.02


def test_the_reference_of_storage_is_one_of_the_model() -> None:
    """A strong field holds the weights at the reference, which has the energy of equilibrium and no entropy left."""
    model = sm.BinaryPerceptron(alpha=0.5, T=1.0)
    held, free = (
        integrated_entropy(model, N=101, samples=8, seed=1, temperatures=8, field=h, sweeps=400, thermalization=200)
        for h in (6.0, 0.0)
    )
    assert held.d[0].mean < 0.01
    assert held.u[0].mean == pytest.approx(free.u[0].mean, abs=5 * math.hypot(held.u[0].error, free.u[0].error))
    assert abs(held.s[0].mean) < 0.03
    assert free.s[0].mean > 0.5
    assert "d = 0.00" in repr(held)
    assert "d = " not in repr(free)


def test_refusals() -> None:
    model = sm.BinaryPerceptron(alpha=0.5, T=1.0)
    with pytest.raises(ValueError, match="engine = 'gaussian-fields'"):
        integrated_entropy(model, N=21, samples=1, seed=1, engine="gaussian-fields")
    with pytest.raises(ValueError, match="hottest = 0.5"):
        integrated_entropy(model, N=21, samples=1, seed=1, hottest=0.5)
    with pytest.raises(ValueError, match="N = 20 is not allowed"):
        integrated_entropy(model, N=20, samples=1, seed=1)
    with pytest.raises(ValueError, match="field = nan"):
        integrated_entropy(model, N=21, samples=1, seed=1, field=math.nan)
