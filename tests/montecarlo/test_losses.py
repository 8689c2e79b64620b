"""The identity between energy and losses, to rounding, and what falls when."""

import numpy as np
import pytest

import statmech as sm
from montecarlo.losses import energy_of_losses, losses, trajectory
from statmech.disorder import ternary_patterns


@pytest.mark.parametrize("d", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("K", [1, 3, 8])
def test_energy_is_a_sum_of_products_of_losses(K: int, d: float) -> None:
    N = 500
    patterns = ternary_patterns(K, N, d, np.random.SeedSequence(1))
    spins = (2 * np.random.default_rng(2).integers(0, 2, (20, N)) - 1).astype(np.int8)
    c, m = np.mean(patterns**2, 1), spins.astype(float) @ patterns.T / N
    these = losses(patterns, spins)
    np.testing.assert_allclose(these.minus, 0.5 * (1 + c) - m, rtol=0, atol=1e-15)
    np.testing.assert_allclose(these.plus, 0.5 * (1 + c) + m, rtol=0, atol=1e-15)
    np.testing.assert_allclose(energy_of_losses(these, c), -0.5 * np.sum(m**2, 1), rtol=0, atol=1e-15 * K)
    assert np.all(these.minus >= 0.5 * (1 - c) - 1e-15)


@pytest.mark.parametrize("T", [0.0, 0.05, 1.0])
def test_along_a_run(T: float) -> None:
    run = trajectory(sm.Multitasking(K=3, d=0.5, T=T), N=2000, sweeps=12, seed=2)
    assert run.u.shape == (13,)
    c = (run.losses.minus + run.losses.plus - 1)[0]
    np.testing.assert_allclose(run.u, energy_of_losses(run.losses, c), rtol=0, atol=1e-14)
    np.testing.assert_allclose(run.losses.minus, 0.5 * (1 + c) - run.m, rtol=0, atol=1e-14)
    assert np.all(np.diff(run.m[-1]) <= 0)
    assert run.m[-1, -1] >= 0
    if T == 0:
        assert np.all(np.diff(run.u) <= 0)


def first_half(run) -> np.ndarray:
    """Sweep in which each loss has done half of its fall."""
    fallen = run.losses.minus[0] - run.losses.minus
    return np.argmax(fallen > 0.5 * fallen[-5:].mean(0), axis=0)


def test_losses_fall_together_in_parallel_and_one_after_the_other_in_a_hierarchy() -> None:
    parallel = trajectory(sm.Multitasking(K=3, d=0.8, T=0.01), N=27_000, sweeps=15, seed=1)
    assert np.ptp(first_half(parallel)) <= 1
    hierarchical = trajectory(sm.Multitasking(K=3, d=0.5, T=0.1), N=59_049, sweeps=30, seed=1, cue=0.15)
    assert np.all(np.diff(first_half(hierarchical)) >= 2)
    assert hierarchical.m[0, 0] == pytest.approx(0.075, abs=0.02)


def test_refusals() -> None:
    model = sm.Multitasking(K=3, d=0.5, T=0.1)
    with pytest.raises(ValueError, match="cue = 2"):
        trajectory(model, N=100, sweeps=1, seed=1, cue=2)
    with pytest.raises(ValueError, match="sweeps = 0"):
        trajectory(model, N=100, sweeps=0, seed=1)
    with pytest.raises(ValueError, match="N = 20 is not allowed"):
        trajectory(model, N=20, sweeps=1, seed=1)
