"""The random energy model: enumeration, its limits, and single-flip dynamics."""

import math

import numpy as np
import pytest

import montecarlo
import statmech as sm
from montecarlo.random_energy import enumerate_states, gaussian_levels, level_averages
from montecarlo.settings import Settings
from montecarlo.tempering.temperatures import DISORDER
from montecarlo.tempering.tempered import temper_sample
from statmech.streams import substream

CRITICAL = 1 / (2 * math.sqrt(math.log(2)))


def test_levels() -> None:
    energies = gaussian_levels(16, np.random.SeedSequence(1))
    assert energies.shape == (65536,)
    assert energies.var() == pytest.approx(8, rel=0.03)
    for N in (1, 25):
        with pytest.raises(ValueError, match=f"N = {N}"):
            gaussian_levels(N, np.random.SeedSequence(1))


def test_averages_of_levels() -> None:
    energies = np.array([0.0, 1.0, 1.0, 3.0])
    T = 0.7
    Z = np.exp(-energies / T).sum()
    answer = level_averages(energies, T)
    assert answer["f"] == pytest.approx(-T * math.log(Z) / 2)
    assert answer["u"] == pytest.approx((energies * np.exp(-energies / T)).sum() / Z / 2)
    assert answer["s"] == pytest.approx((answer["u"] - answer["f"]) / T)
    assert answer["same"] == pytest.approx((np.exp(-2 * energies / T)).sum() / Z**2)
    assert level_averages(energies, 0.0) == {"f": 0.0, "u": 0.0, "s": 0.0, "same": 1.0, "ground": 0.0}
    assert level_averages(energies, 1e-3)["u"] == pytest.approx(0)
    with pytest.raises(ValueError, match="T = -1"):
        level_averages(energies, -1.0)


def test_enumeration_approaches_the_exact_solution() -> None:
    """Above the transition f = -T ln 2 - β/4 and u = -β/2; below, two replicas meet with probability 1 - T/Tc."""
    hot = enumerate_states(sm.RandomEnergy(T=1.5), N=18, samples=12, seed=1)
    assert hot.f.mean == pytest.approx(-1.5 * math.log(2) - 0.25 / 1.5, abs=0.003)
    assert hot.u.mean == pytest.approx(-1 / 3, abs=0.005)
    assert hot.same.mean < 0.05
    cold = enumerate_states(sm.RandomEnergy(T=0.5 * CRITICAL), N=12, samples=600, seed=1)
    assert cold.same.mean == pytest.approx(0.5, abs=4 * cold.same.error + 0.06)
    assert cold.f.mean > -math.sqrt(math.log(2))
    # The same levels at every temperature.
    zero = enumerate_states(sm.RandomEnergy(T=0.0), N=12, samples=600, seed=1)
    assert zero.ground == cold.ground


def test_energy_identity_by_enumeration() -> None:
    gaps = []
    for k in range(2000):
        answer = level_averages(gaussian_levels(8, np.random.SeedSequence(k)), 0.8)
        gaps.append(answer["u"] + 0.5 / 0.8 * (1 - answer["same"]))
    assert abs(np.mean(gaps)) < 4 * np.std(gaps) / math.sqrt(2000)


def test_single_flips_and_tempering_follow_enumeration() -> None:
    T, stream = np.array([0.5, 0.8, 1.3]), np.random.SeedSequence(5)
    settings = Settings(sweeps=40_000, thermalization=200, start="random")
    record = temper_sample(sm.RandomEnergy(T=0.5), N=8, temperatures=T, stream=stream, settings=settings)
    energies = gaussian_levels(8, substream(stream, DISORDER))
    for k in range(3):
        exact = level_averages(energies, T[k])
        assert record["u"][k] == pytest.approx(exact["u"], abs=0.015)
        assert record["gap"][k] == pytest.approx(exact["u"] + 0.5 / T[k] * (1 - exact["same"]), abs=0.05)
    single = montecarlo.run_sample(
        sm.RandomEnergy(T=1.3), N=8, stream=stream, settings=Settings(sweeps=40_000, order="random")
    )
    assert single["u"] == pytest.approx(level_averages(energies, 1.3)["u"], abs=0.015)


def test_simulation() -> None:
    answer = montecarlo.simulate(sm.RandomEnergy(T=1.2), N=12, samples=20, seed=1, sweeps=4000)
    assert answer.equilibrated, answer.verdict
    assert answer.u.mean == pytest.approx(-0.5 / 1.2, abs=4 * answer.u.error + 0.01)
    zero = montecarlo.simulate(sm.RandomEnergy(T=0.0), N=12, samples=4, seed=1)
    assert zero.verdict == "T = 0: local minimum of a descent, not equilibrium"
    with pytest.raises(ValueError, match="N = 30"):
        montecarlo.simulate(sm.RandomEnergy(T=1.2), N=30, samples=1, seed=1)
