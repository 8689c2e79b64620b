"""The Sherrington–Kirkpatrick model: couplings, simulation at one temperature, ground states."""

import json
import math

import numpy as np
import pytest

import montecarlo
import statmech as sm
from montecarlo.disorder_sample import GRID, gaussian_integers, p_spin_link
from montecarlo.engines.engine import fresh_cache
from montecarlo.ground_states import lowest_state
from montecarlo.settings import Settings
from montecarlo.sherrington_kirkpatrick import gaussian_engine, sign_engine
from montecarlo.tempering.temperatures import COLDEST, geometric

PARISI = -0.7631667
"""Ground-state energy per spin for N → ∞."""


def all_states(N: int) -> np.ndarray:
    return (2 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1) - 1).astype(np.int8)


def test_couplings_are_gaussian() -> None:
    N = 400
    engine = gaussian_engine(N, np.random.SeedSequence(1))
    J = engine.unit * engine.J[np.triu_indices(N, 1)] * math.sqrt(N)
    count = len(J)
    assert J.mean() == pytest.approx(0, abs=4 / math.sqrt(count))
    assert J.var() == pytest.approx(1, abs=4 * math.sqrt(2 / count))
    assert np.mean(J**4) == pytest.approx(3, abs=4 * math.sqrt(96 / count))
    assert np.array_equal(engine.J, engine.J.T)
    assert not np.any(np.diagonal(engine.J))
    assert engine.J.dtype == np.int16


def test_signs() -> None:
    engine = sign_engine(50, np.random.SeedSequence(1))
    assert engine.J.dtype == np.int8
    assert engine.fields == np.int16
    assert engine.unit == pytest.approx(50**-0.5)
    assert set(np.unique(engine.J[np.triu_indices(50, 1)])) == {-1, 1}
    held = sign_engine(50, np.random.SeedSequence(1), h=0.3)
    assert held.unit * held.field == pytest.approx(0.3)
    assert np.array_equal(held.J, engine.J)


@pytest.mark.parametrize("h", [0.3, -0.3, 1e-3, 7.0, 0.6 / GRID / 8])
def test_fields_are_multiples_of_the_unit(h: float) -> None:
    engine = gaussian_engine(64, np.random.SeedSequence(1), h=h)
    assert engine.unit * engine.field == pytest.approx(h, rel=1e-14)
    free = gaussian_engine(64, np.random.SeedSequence(1))
    assert np.allclose(engine.unit * engine.J, free.unit * free.J, atol=free.unit + engine.unit)


def test_fields_off_the_grid_are_refused() -> None:
    for h in (1e-9, 1e9):
        with pytest.raises(ValueError, match=f"h = {h}"):
            gaussian_engine(64, np.random.SeedSequence(1), h=h)


def test_couplings_are_the_same_in_real_and_integer_engines() -> None:
    stream = np.random.SeedSequence(1)
    engines = [gaussian_engine(100, stream, h=0.2, engine=name) for name in ("integer-couplings", "couplings")]
    s = np.where(np.random.default_rng(1).random(100) < 0.5, 1, -1).astype(np.int8)
    assert np.array_equal(engines[0].J, engines[1].J)
    assert np.array_equal(fresh_cache(engines[0], s), fresh_cache(engines[1], s))
    records = [
        montecarlo.run_sample(
            sm.SherringtonKirkpatrick(T=0.7, h=0.2), N=60, stream=stream, settings=Settings(sweeps=200, engine=name)
        )
        for name in ("integer-couplings", "couplings")
    ]
    assert [record.pop("engine") for record in records] == ["integer-couplings", "couplings"]
    assert all(np.array_equal(records[0][name], records[1][name], equal_nan=True) for name in records[0])


def test_link_of_pairs() -> None:
    q = (2 * np.arange(51) - 50) / 50
    assert np.allclose(p_spin_link(50, 2), 0.5 * (1 - q**2))


def test_energy_identity_by_enumeration() -> None:
    """The identity between energy and overlap, exact thermal averages, many 6-spin samples, with and without field."""
    N, T = 6, 0.8
    s = all_states(N).astype(float)
    q = s @ s.T / N
    link = p_spin_link(N, 2)[np.rint(N * (q + 1) / 2).astype(int)]
    for h in (0.0, 0.5):
        gaps = []
        for k in range(3000):
            values, unit, field = gaussian_integers(15, N**-0.5, h, np.random.SeedSequence(k))
            J = np.zeros((N, N))
            J[np.triu_indices(N, 1)] = unit * values
            energies = -np.einsum("si,ij,sj->s", s, J, s) - unit * field * s.sum(1)
            p = np.exp(-(energies - energies.min()) / T)
            p /= p.sum()
            gaps.append(p @ energies / N + h * (p @ s).mean() + p @ link @ p / T)
        assert abs(np.mean(gaps)) < 4 * np.std(gaps) / math.sqrt(3000)
        assert np.std(gaps) / math.sqrt(3000) < 0.01


def test_one_temperature_against_enumeration() -> None:
    N, model = 8, sm.SherringtonKirkpatrick(T=0.9, h=0.3)
    stream = np.random.SeedSequence(7)
    record = montecarlo.run_sample(model, N=N, stream=stream, settings=Settings(sweeps=60_000, order="random"))
    engine = gaussian_engine(N, np.random.SeedSequence(7, spawn_key=(0,)), h=0.3)
    s = all_states(N).astype(float)
    energies = -engine.unit * (0.5 * np.einsum("si,ij,sj->s", s, engine.J, s) + engine.field * s.sum(1))
    p = np.exp(-(energies - energies.min()) / model.T)
    p /= p.sum()
    assert record["u"] == pytest.approx(p @ energies / N, abs=0.01)
    assert record["m"] == pytest.approx((p @ s).mean(), abs=0.01)
    assert record["q"] == pytest.approx(np.mean((p @ s) ** 2), abs=0.01)
    assert record["q2"] == pytest.approx(np.mean((s.T * p @ s) ** 2), abs=0.01)


def test_simulation_above_the_transition() -> None:
    answer = montecarlo.simulate(sm.SherringtonKirkpatrick(T=1.5), N=200, samples=12, seed=1, sweeps=1500)
    assert answer.equilibrated, answer.verdict
    assert answer.u.mean == pytest.approx(-1 / 3, abs=4 * answer.u.error + 0.005)
    assert abs(answer.gap.mean) < 4 * answer.gap.error
    assert answer.q2.mean == pytest.approx(1 / (200 * (1 - 1.5**-2)), rel=0.15)
    assert answer.arrays["P_q"].sum() * 2 / 101 == pytest.approx(1)
    assert 0 < answer.arrays["P_q_err"].max() < 0.2 * answer.arrays["P_q"].max()


def test_simulation_deep_in_the_glass_is_not_called_equilibrated() -> None:
    answer = montecarlo.simulate(sm.SherringtonKirkpatrick(T=0.2), N=256, samples=16, seed=1, sweeps=300)
    assert not answer.equilibrated


def test_zero_temperature_is_descent() -> None:
    answer = montecarlo.simulate(sm.SherringtonKirkpatrick(T=0.0), N=200, samples=6, seed=1)
    assert not answer.equilibrated
    assert answer.verdict == "T = 0: local minimum of a descent, not equilibrium"
    assert answer.verdict in repr(answer)
    assert PARISI < answer.u.mean < -0.6
    short = montecarlo.simulate(sm.SherringtonKirkpatrick(T=0.0), N=200, samples=2, seed=1, sweeps=1, thermalization=0)
    assert not short.equilibrated


def test_records_come_back_from_text() -> None:
    model, settings = sm.SherringtonKirkpatrick(T=0.8), Settings(sweeps=50)
    record = montecarlo.run_sample(model, N=30, stream=np.random.SeedSequence(1), settings=settings)
    text = json.dumps({k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in record.items()})
    assert len(text) < 4000
    answers = [montecarlo.summarise(model, 30, [one] * 2, settings) for one in (record, json.loads(text))]
    assert repr(answers[0].to_dict()) == repr(answers[1].to_dict())


def test_refusals() -> None:
    model = sm.SherringtonKirkpatrick(T=0.8)
    with pytest.raises(ValueError, match="mixture-3"):
        montecarlo.simulate(model, N=30, samples=1, seed=1, start="mixture-3")
    with pytest.raises(ValueError, match="overlaps"):
        montecarlo.simulate(model, N=30, samples=1, seed=1, engine="overlaps")
    with pytest.raises(ValueError, match="records"):
        montecarlo.summarise(model, 30, [], Settings())


@pytest.mark.parametrize(("N", "kind"), [(12, "gaussian"), (16, "gaussian"), (18, "gaussian"), (16, "signs")])
def test_ground_states_against_enumeration(N: int, kind: str) -> None:
    s = all_states(N)[: 2 ** (N - 1)].astype(np.float32)
    for k in range(4):
        engine = (gaussian_engine if kind == "gaussian" else sign_engine)(N, np.random.SeedSequence(k))
        exact = -0.5 * engine.unit * np.einsum("si,si->s", s @ engine.J.astype(np.float32), s, dtype=np.float64).max()
        settings = Settings(sweeps=200)
        found = lowest_state(engine, geometric(0.2, 1.2, 6), np.random.SeedSequence(k), settings)
        assert found.agreed
        assert found.energy == pytest.approx(exact, rel=1e-6)
        assert -0.5 * engine.unit * (found.spins @ engine.J.astype(int) @ found.spins) == pytest.approx(exact, rel=1e-6)


def test_ground_states_of_samples() -> None:
    answer = montecarlo.ground_states(
        sm.SherringtonKirkpatrick(T=0.15), N=64, temperatures=10, hottest=1.3, samples=24, seed=1, sweeps=640
    )
    assert answer.agreed.mean() > 0.9
    assert answer.u.mean == pytest.approx(PARISI + 0.70 * 64 ** (-2 / 3), abs=4 * answer.u.error)
    assert answer.model.T == 0
    assert "24 samples solved" in repr(answer)
    given = montecarlo.ground_states(
        sm.SherringtonKirkpatrick(T=0.9), N=10, temperatures=[0.2, 1.0], samples=2, seed=1, sweeps=10
    )
    assert given.energies.shape == (2,)


def test_ground_states_of_a_model_at_zero_temperature() -> None:
    arguments = {"N": 16, "temperatures": 6, "hottest": 1.5, "samples": 3, "seed": 1, "sweeps": 100}
    zero = montecarlo.ground_states(sm.SherringtonKirkpatrick(T=0.0), **arguments)
    assert zero.agreed.all()
    # The ladder begins where it does for a model at a tenth of the hottest temperature: so do all random numbers.
    above = montecarlo.ground_states(sm.SherringtonKirkpatrick(T=COLDEST * 1.5), **arguments)
    assert np.array_equal(zero.energies, above.energies)
    for bad, message in (
        ({"hottest": None}, "hottest = None is not allowed at T = 0"),
        ({"hottest": -1.0}, "hottest = -1.0"),
        ({"temperatures": 1}, "temperatures = 1"),
        ({"samples": 0}, "samples = 0"),
        ({"temperatures": [0.3, 1.0]}, "hottest = 1.5 is not allowed: the temperatures are given"),
    ):
        with pytest.raises(ValueError, match=message):
            montecarlo.ground_states(sm.SherringtonKirkpatrick(T=0.0), **{**arguments, **bad})


@pytest.mark.slow
def test_ground_states_extrapolate_to_parisi() -> None:
    """E0(N) = e0 + a N^(-2/3): e0 is that of the full Parisi solution and a near 0.70."""
    plan = {64: (12, 1000, 600), 128: (14, 2000, 300), 256: (18, 6000, 120), 512: (24, 12_000, 60)}
    x, y, error = [], [], []
    for N, (rungs, sweeps, samples) in plan.items():
        found = montecarlo.ground_states(
            sm.SherringtonKirkpatrick(T=0.12), N=N, temperatures=rungs, hottest=1.3, samples=samples, seed=1,
            sweeps=sweeps,
        )  # fmt: skip
        print(found)
        assert found.agreed.mean() > 0.95
        x.append(N ** (-2 / 3))
        y.append(found.u.mean)
        error.append(found.u.error)
    (slope, e0), covariance = np.polyfit(x, y, 1, w=1 / np.array(error), cov="unscaled")
    print(f"e0 = {e0:.5f} ± {math.sqrt(covariance[1, 1]):.5f}, slope = {slope:.3f} ± {math.sqrt(covariance[0, 0]):.3f}")
    assert abs(e0 - PARISI) < 3 * math.sqrt(covariance[1, 1])
    assert math.sqrt(covariance[1, 1]) < 0.003
    assert abs(slope - 0.70) < 3 * math.sqrt(covariance[0, 0]) + 0.05
