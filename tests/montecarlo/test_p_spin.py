"""The p-spin glass: couplings, the energy–overlap identity, simulations against enumeration."""

import math
from itertools import combinations

import numpy as np
import pytest

import montecarlo
import statmech as sm
from montecarlo.disorder_sample import disorder_sample, gaussian_integers, p_spin_link
from montecarlo.engines.many_spin import all_tuples
from montecarlo.ground_states import sample_stream
from montecarlo.p_spin import gaussian_engine
from montecarlo.settings import Settings
from montecarlo.tempering.temperatures import DISORDER, plan
from montecarlo.tempering.tempered import temper_sample
from statmech.streams import substream


def all_states(N: int) -> np.ndarray:
    return (2 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1) - 1).astype(np.int8)


def enumerated(p: int, N: int, stream: np.random.SeedSequence, h: float = 0.0) -> np.ndarray:
    """Energies of all states by definition, with the couplings of `gaussian_engine`."""
    deviation = math.sqrt(math.factorial(p) / (2 * N ** (p - 1)))
    values, unit, field = gaussian_integers(math.comb(N, p), deviation, h, stream)
    s = all_states(N)
    energies = -unit * field * s.sum(1).astype(float)
    for value, sites in zip(values, combinations(range(N), p), strict=True):
        energies -= unit * value * s[:, sites].prod(1)
    return energies


@pytest.mark.parametrize("p", [2, 3, 4, 5])
def test_link_is_a_mean_over_tuples(p: int) -> None:
    """The polynomial in the number of equal spins against products over tuples."""
    N = 8
    link = p_spin_link(N, p)
    tuples = all_tuples(N, p)
    for k in range(N + 1):
        same = np.where(np.arange(N) < k, 1, -1)
        mean = same[tuples].prod(1).mean()
        scale = math.factorial(p) * math.comb(N, p) / (2 * N**p)
        assert link[k] == pytest.approx(scale * (1 - mean), abs=1e-14)


def test_link_approaches_a_power() -> None:
    N, p = 4000, 3
    q = (2 * np.arange(N + 1) - N) / N
    assert np.allclose(p_spin_link(N, p), 0.5 * (1 - q**3), atol=2e-3)


@pytest.mark.parametrize(("p", "h"), [(3, 0.0), (3, 0.4), (4, 0.0)])
def test_energy_identity_by_enumeration(p: int, h: float) -> None:
    N, T = 7, 0.7
    s = all_states(N).astype(float)
    link = p_spin_link(N, p)[np.rint((s @ s.T + N) / 2).astype(int)]
    gaps = []
    for k in range(1500):
        energies = enumerated(p, N, np.random.SeedSequence(k), h)
        w = np.exp(-(energies - energies.min()) / T)
        w /= w.sum()
        gaps.append(w @ energies / N + h * (w @ s).mean() + w @ link @ w / T)
    assert abs(np.mean(gaps)) < 4 * np.std(gaps) / math.sqrt(1500)
    assert np.std(gaps) / math.sqrt(1500) < 0.015


def test_variance_of_the_energy() -> None:
    """Energies of a state have the variance N ξ(1), up to coinciding sites, which are missing."""
    for p, N in ((3, 40), (4, 20)):
        engine = disorder_sample(sm.PSpin(p=p, T=1.0), N=N, stream=np.random.SeedSequence(1), engine="auto").engine
        J = engine.J if p == 4 else engine.J[tuple(all_tuples(N, 3).T)]
        count = math.comb(N, p)
        expected = math.factorial(p) / (2 * N ** (p - 1))
        assert np.var(engine.unit * J.astype(float)) == pytest.approx(expected, rel=5 * math.sqrt(2 / count))


@pytest.mark.parametrize(("p", "h"), [(3, 0.0), (3, 0.4), (4, 0.0), (5, -0.3)])
def test_tempering_against_enumeration(p: int, h: float) -> None:
    N, T = 9, np.array([0.4, 0.7, 1.2])
    model, stream = sm.PSpin(p=p, T=0.4, h=h), np.random.SeedSequence(6)
    settings = Settings(sweeps=20_000, thermalization=200, start="random")
    record = temper_sample(model, N=N, temperatures=T, stream=stream, settings=settings)
    energies = enumerated(p, N, substream(stream, DISORDER), h)
    s = all_states(N).astype(float)
    for k in range(3):
        w = np.exp(-(energies - energies.min()) / T[k])
        w /= w.sum()
        assert record["u"][k] == pytest.approx(w @ energies / N, abs=0.02)
        assert record["m"][k] == pytest.approx((w @ s).mean(), abs=0.03)
        assert record["q2"][k] == pytest.approx(np.mean((s.T * w @ s) ** 2), abs=0.03)


def test_tempering_satisfies_the_identity() -> None:
    answer = montecarlo.temper(
        sm.PSpin(p=3, T=0.6), N=40, temperatures=6, hottest=1.4, samples=16, seed=2, sweeps=1000, thermalization=500
    )
    assert answer.equilibrated, answer.verdict
    assert np.all(np.abs(answer.mean("gap")) < 4 * answer.error("gap"))
    # Above the transition the energy is that of the paramagnet, -β/2, for N → ∞.
    assert answer[5].u.mean == pytest.approx(-0.5 / 1.4 * (39 * 38) / 40**2, abs=4 * answer[5].u.error + 0.01)


def test_one_temperature() -> None:
    answer = montecarlo.simulate(sm.PSpin(p=3, T=1.2), N=32, samples=10, seed=1, sweeps=1000)
    assert answer.equilibrated, answer.verdict
    assert abs(answer.gap.mean) < 4 * answer.gap.error
    zero = montecarlo.simulate(sm.PSpin(p=4, T=0.0), N=16, samples=3, seed=1)
    assert zero.verdict == "T = 0: local minimum of a descent, not equilibrium"


def test_ground_states_against_enumeration() -> None:
    answer = montecarlo.ground_states(
        sm.PSpin(p=3, T=0.3), N=12, temperatures=[0.2, 0.4, 0.7, 1.2], samples=3, seed=1, sweeps=400
    )
    assert answer.agreed.all()
    run = plan(
        sm.PSpin(p=3, T=0.3), N=12, temperatures=[0.2, 0.4, 0.7, 1.2], samples=3, seed=1, hottest=None,
        settings={"sweeps": 400},
    )  # fmt: skip
    for k, found in enumerate(answer.energies):
        stream = sample_stream(sm.PSpin(p=3, T=0.3), run, k)
        assert found == pytest.approx(enumerated(3, 12, substream(stream, DISORDER)).min() / 12)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="N = 200"):
        gaussian_engine(4, 200, np.random.SeedSequence(1))
    with pytest.raises(ValueError, match="N = 2"):
        gaussian_engine(3, 2, np.random.SeedSequence(1))
    with pytest.raises(ValueError, match="engine"):
        montecarlo.simulate(sm.PSpin(p=3, T=1.0), N=10, samples=1, seed=1, engine="couplings")
