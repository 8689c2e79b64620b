"""The interface that scans and notebooks use."""

import json
import math
from dataclasses import asdict

import numpy as np
import pytest

import montecarlo
import statmech as sm
from montecarlo import Settings, run_sample, sample_key, simulate, summarise
from statmech.streams import unit_stream

MODEL = sm.Hopfield(alpha=0.05, T=0.4)
SHORT = Settings(sweeps=40, thermalization=10)


def same(one: dict, two: dict) -> bool:
    """Bit by bit, NaN included."""
    return one.keys() == two.keys() and all(
        np.asarray(one[name]).tobytes() == np.asarray(two[name]).tobytes() for name in one
    )


def test_a_sample_is_a_function_of_its_arguments() -> None:
    for order in ("sequential", "random"):
        settings = Settings(**{**asdict(SHORT), "order": order})
        runs = [run_sample(MODEL, N=200, stream=np.random.SeedSequence(3), settings=settings) for _ in range(2)]
        assert same(*runs)
    other = run_sample(MODEL, N=200, stream=np.random.SeedSequence(4), settings=SHORT)
    assert other["u"] != runs[0]["u"]


@pytest.mark.parametrize("T", [0.0, 0.4])
@pytest.mark.parametrize("start", ["retrieval", "random", "mixture-3"])
def test_records_are_small_plain_data(T: float, start: str) -> None:
    settings = Settings(sweeps=40, thermalization=10, start=start)
    record = run_sample(sm.Hopfield(alpha=0.05, T=T), N=200, stream=np.random.SeedSequence(3), settings=settings)
    for value in record.values():
        assert type(value) in (float, int, bool, str, np.ndarray)
    text = json.dumps({k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in record.items()})
    assert len(text) < 4000
    # What comes back from a journal serves as well as what went in.
    back = summarise(sm.Hopfield(alpha=0.05, T=T), 200, [json.loads(text)] * 2, settings)
    direct = summarise(sm.Hopfield(alpha=0.05, T=T), 200, [record] * 2, settings)
    assert repr(back.to_dict()) == repr(direct.to_dict())


def test_simulate_is_its_samples() -> None:
    whole = simulate(MODEL, N=100, samples=3, seed=5, sweeps=40, thermalization=10)
    records = [
        run_sample(MODEL, N=100, stream=unit_stream(5, sample_key(MODEL, 100, k, SHORT)), settings=SHORT)
        for k in range(3)
    ]
    again = summarise(MODEL, 100, records, SHORT)
    assert repr(whole.to_dict()) == repr(again.to_dict())
    assert whole.m.mean == pytest.approx(np.mean([record["m"] for record in records]))
    assert whole.samples == whole.m.samples == 3


def test_keys_tell_units_apart() -> None:
    keys = {
        sample_key(MODEL, 100, 0, SHORT),
        sample_key(MODEL, 100, 1, SHORT),
        sample_key(MODEL, 200, 0, SHORT),
        sample_key(MODEL, 100, 0, Settings(sweeps=41, thermalization=10)),
        sample_key(sm.Hopfield(alpha=0.05, T=0.5), 100, 0, SHORT),
    }
    assert len(keys) == 5


def test_one_sample_is_legal() -> None:
    result = simulate(MODEL, N=100, samples=1, seed=1, sweeps=400)
    assert math.isnan(result.m.error)
    assert math.isfinite(result.m.mean)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"N": 1}, "N = 1 "),
        ({"samples": 0}, "samples = 0"),
        ({"seed": -1}, "seed = -1"),
        ({"N": 10.5}, "N = 10.5"),
    ],
)
def test_bad_arguments_are_refused(bad: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simulate(MODEL, **{"N": 100, "samples": 1, "seed": 1, **bad})


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(TypeError, match="sweps"):
        simulate(MODEL, N=100, samples=1, seed=1, sweps=100)


def test_unknown_models_and_no_records_are_refused() -> None:
    for call in (
        lambda: run_sample(3, N=10, stream=np.random.SeedSequence(1), settings=SHORT),
        lambda: summarise(3, 10, [], SHORT),
        lambda: montecarlo.warm(3, SHORT),
    ):
        with pytest.raises(ValueError, match="no simulation of int"):
            call()
    with pytest.raises(ValueError, match="at least one"):
        summarise(MODEL, 10, [], SHORT)
