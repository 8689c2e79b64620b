"""What all glasses share: parallel tempering as a setting of `simulate`, and verdicts at T = 0."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import montecarlo
import statmech as sm
from montecarlo import Settings, run_sample, sample_key, summarise
from montecarlo.disorder_sample import disorder_sample
from montecarlo.engines.single_spin import temper_rounds
from montecarlo.equilibration import JUDGED
from montecarlo.glass import DISORDER, LADDERS
from montecarlo.sherrington_kirkpatrick import gaussian_engine
from montecarlo.tempering.sample import continue_run, run_record, start_run
from montecarlo.tempering.temperatures import geometric
from statmech.streams import substream, unit_stream

SK = sm.SherringtonKirkpatrick(T=0.4)
LADDER = Settings(sweeps=203, thermalization=50, interval=2, temperatures=5, hottest=1.2)


def same(one: dict, two: dict) -> bool:
    """Bit by bit, NaN included."""
    return one.keys() == two.keys() and all(
        np.asarray(one[name]).tobytes() == np.asarray(two[name]).tobytes() for name in one
    )


@pytest.mark.parametrize("h", [0.0, 0.3])
def test_lowest_temperature_of_a_ladder_against_enumeration(h: float) -> None:
    """At T = 0.25 two replicas of 8 spins at one temperature hardly leave their valleys."""
    N, model, stream = 8, sm.SherringtonKirkpatrick(T=0.25, h=h), np.random.SeedSequence(7)
    how = Settings(sweeps=60_000, order="random", temperatures=5, hottest=1.5)
    record = run_sample(model, N=N, stream=stream, settings=how)
    engine = gaussian_engine(N, substream(stream, DISORDER), h=h)
    s = 2.0 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1) - 1
    energies = -engine.unit * (0.5 * np.einsum("si,ij,sj->s", s, engine.J, s) + engine.field * s.sum(1))
    p = np.exp(-(energies - energies.min()) / model.T)
    p /= p.sum()
    assert record["u"] == pytest.approx(p @ energies / N, abs=0.005)
    assert record["m"] == pytest.approx((p @ s).mean(), abs=0.01)
    assert record["q2"] == pytest.approx(np.mean((s.T * p @ s) ** 2), abs=0.01)
    assert record["c"] == pytest.approx((p @ energies**2 - (p @ energies) ** 2) / (N * model.T**2), rel=0.05)


def test_the_record_is_that_of_the_lowest_rung() -> None:
    """Temperatures at a constant ratio from the model's; runs and their streams are those of `montecarlo.temper`."""
    stream = np.random.SeedSequence(3)
    record = run_sample(SK, N=20, stream=stream, settings=LADDER)
    disorder = disorder_sample(SK, N=20, stream=substream(stream, DISORDER), engine="auto")
    run = start_run(disorder, geometric(0.4, 1.2, 5), substream(stream, LADDERS))
    continue_run(disorder, run, LADDER, 60)
    continue_run(disorder, run, LADDER)
    whole = run_record(disorder, run, LADDER)
    for name in ("u", "m", "q", "q2", "q4", "c", "gap", "acceptance", "u_drift", "q2_sigma", "u_apart"):
        assert record[name] == whole[name][0], name
    assert np.array_equal(record["P_q"], whole["P_q"][0])
    assert record["swap_rate"] == whole["swap_rates"].min()
    assert record["round_trips"] == whole["trips"]
    for name in JUDGED:
        assert np.array_equal(record[f"{name}_ladder"], whole[name]), name


@pytest.mark.parametrize(
    "model",
    [SK, sm.SherringtonKirkpatrick(T=0.4, h=0.2), sm.PSpin(p=3, T=0.4), sm.PSpin(p=4, T=0.4), sm.RandomEnergy(T=0.4)],
)
def test_records_are_small_plain_data(model) -> None:
    records = [run_sample(model, N=12, stream=np.random.SeedSequence(k), settings=LADDER) for k in (3, 3, 4)]
    assert same(*records[:2])
    assert not same(*records[1:])
    assert all(type(value) in (float, int, bool, str, np.ndarray) for value in records[0].values())
    text = json.dumps({k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in records[0].items()})
    assert len(text) < 4000
    answers = [summarise(model, 12, [one] * 2, LADDER) for one in (records[0], json.loads(text))]
    assert repr(answers[0].to_dict()) == repr(answers[1].to_dict())


def test_samples_of_a_ladder_have_keys_of_their_own() -> None:
    single = Settings(sweeps=203, thermalization=50, interval=2)
    other = Settings(sweeps=203, thermalization=50, interval=2, temperatures=6, hottest=1.2)
    assert len({sample_key(SK, 20, 0, how) for how in (single, LADDER, other)}) == 3
    whole = montecarlo.simulate(
        SK, N=20, samples=2, seed=5, sweeps=203, thermalization=50, interval=2, temperatures=5, hottest=1.2
    )
    records = [
        run_sample(SK, N=20, stream=unit_stream(5, sample_key(SK, 20, k, LADDER)), settings=LADDER) for k in range(2)
    ]
    assert repr(whole.to_dict()) == repr(summarise(SK, 20, records, LADDER).to_dict())


def test_a_ladder_equilibrates_where_one_temperature_does_not() -> None:
    model, arguments = sm.SherringtonKirkpatrick(T=0.2), {"N": 64, "samples": 12, "seed": 1, "sweeps": 3000}
    stuck = montecarlo.simulate(model, **arguments)
    assert not stuck.equilibrated
    free = montecarlo.simulate(model, **arguments, thermalization=1000, temperatures=10, hottest=1.5)
    assert free.equilibrated, free.verdict
    assert "round trips a replica" in free.verdict
    assert free.engine == stuck.engine + ", tempering"
    assert abs(free.gap.mean) < 4 * free.gap.error
    assert free.gap.error < 0.3
    assert free.u.mean < stuck.u.mean
    assert free.round_trips.mean > 1
    assert 0.1 < free.swap_rate.mean < 1
    short = montecarlo.simulate(model, **{**arguments, "sweeps": 40}, thermalization=0, temperatures=10, hottest=1.5)
    assert not short.equilibrated


def test_records_that_say_nothing_of_the_hotter_rungs_are_read_and_not_trusted() -> None:
    """As those of journals from before the whole ladder was judged."""
    record = run_sample(SK, N=20, stream=np.random.SeedSequence(3), settings=LADDER)
    old = {name: value for name, value in record.items() if not name.endswith(("_ladder", "_spread"))}
    answer = summarise(SK, 20, [old] * 3, LADDER)
    assert not answer.equilibrated
    assert "earlier version" in answer.verdict
    assert answer.u.mean == pytest.approx(record["u"])


@pytest.mark.parametrize("model", [SK, sm.PSpin(p=3, T=0.4), sm.RandomEnergy(T=0.4)])
def test_what_cannot_be_tempered_is_refused(model) -> None:
    for T, hottest in ((0.0, 1.2), (1.2, 1.2), (1.3, 1.2)):
        with pytest.raises(ValueError, match=f"hottest = {hottest} is not allowed at T = {T:g}"):
            montecarlo.simulate(replace(model, T=T), N=12, samples=1, seed=1, temperatures=4, hottest=hottest)
    with pytest.raises(ValueError, match="mixture-3"):
        montecarlo.simulate(model, N=12, samples=1, seed=1, temperatures=4, hottest=1.2, start="mixture-3")


def test_the_default_start_is_the_random_one() -> None:
    for ladder in ({}, {"temperatures": 4, "hottest": 1.2}):
        records = [
            run_sample(SK, N=16, stream=np.random.SeedSequence(1), settings=Settings(sweeps=20, start=start, **ladder))
            for start in ("retrieval", "random")
        ]
        assert same(*records)


def test_hopfield_refuses_a_ladder() -> None:
    with pytest.raises(ValueError, match="temperatures = 4 is not allowed: the Hopfield model"):
        montecarlo.simulate(sm.Hopfield(alpha=0.1, T=0.3), N=20, samples=1, seed=1, temperatures=4, hottest=1.2)


def test_descents_from_random_states_are_no_equilibrium() -> None:
    glass = montecarlo.simulate(sm.PSpin(p=3, T=0.0), N=16, samples=2, seed=1)
    quench, kept = (
        montecarlo.simulate(sm.Hopfield(alpha=0.05, T=0.0), N=100, samples=2, seed=1, start=start)
        for start in ("random", "retrieval")
    )
    for answer in (glass, quench):
        assert not answer.equilibrated
        assert repr(answer).endswith("T = 0: local minimum of a descent, not equilibrium]")
    assert kept.equilibrated
    assert repr(kept).endswith("T = 0: local minimum of a descent from the state]")
    assert math.isnan(kept.m.tau)


def test_warming_compiles_what_a_ladder_needs() -> None:
    for model in (SK, sm.PSpin(p=3, T=0.4), sm.RandomEnergy(T=0.4)):
        montecarlo.warm(model, LADDER)
        compiled = len(temper_rounds.signatures)
        run_sample(model, N=12, stream=np.random.SeedSequence(1), settings=LADDER)
        assert len(temper_rounds.signatures) == compiled > 0
