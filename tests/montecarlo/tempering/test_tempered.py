"""`temper`: averages over samples, its verdict, and runs that are stopped and continued."""

import math
from dataclasses import asdict

import numpy as np
import pytest

import montecarlo
import statmech as sm
from montecarlo.disorder_sample import disorder_sample
from montecarlo.overlaps import overlap_density
from montecarlo.settings import Settings
from montecarlo.tempering.sample import (
    BLOCKS,
    TOGETHER,
    continue_run,
    run_ends,
    run_from_plain,
    run_record,
    run_to_plain,
    start_run,
)
from montecarlo.tempering.temperatures import COLDEST, DISORDER
from montecarlo.tempering.tempered import summarise_tempering, temper_sample
from statmech.streams import substream

SK = sm.SherringtonKirkpatrick(T=0.4)
LADDER = np.array([0.4, 0.55, 0.7, 0.9, 1.2])
SHORT = Settings(sweeps=203, thermalization=50, interval=2, start="random")


def same(one: dict, two: dict) -> bool:
    """Bit by bit, NaN included."""
    return one.keys() == two.keys() and all(
        np.asarray(one[name]).tobytes() == np.asarray(two[name]).tobytes() for name in one
    )


@pytest.mark.parametrize(
    ("model", "engine"),
    [
        (SK, "auto"),
        (SK, "couplings"),
        (sm.SherringtonKirkpatrick(T=0.4, h=0.3), "auto"),
        (sm.PSpin(p=3, T=0.4), "auto"),
        (sm.PSpin(p=4, T=0.4, h=-0.2), "auto"),
        (sm.RandomEnergy(T=0.4), "auto"),
        (sm.Hopfield(alpha=0.3, T=0.4), "overlaps"),
        (sm.Hopfield(alpha=0.3, T=0.4), "integer-couplings"),
    ],
)
def test_stopped_and_continued_is_uninterrupted(model, engine: str) -> None:
    settings = Settings(sweeps=203, thermalization=50, interval=2, start="random", engine=engine)
    disorder = disorder_sample(model, N=11, stream=np.random.SeedSequence(3), engine=engine)
    records = []
    for steps in ((None,), (1, 24, 3, 60, 200)):
        run = start_run(disorder, LADDER, np.random.SeedSequence(4))
        for rounds in steps:
            # The couplings are drawn again, the run comes from plain arrays.
            disorder = disorder_sample(model, N=11, stream=np.random.SeedSequence(3), engine=engine)
            run = run_from_plain(run_to_plain(run))
            finished = continue_run(disorder, run, settings, rounds)
        assert finished
        records.append(run_record(disorder, run, settings))
    assert same(*records)
    assert records[0]["engine"] == disorder.name


def test_blocks_divide_the_measured_rounds() -> None:
    ends = run_ends(SHORT)
    assert len(ends) == BLOCKS + 1
    assert (ends[0], ends[-1]) == (25, 126)
    assert set(np.diff(ends)) == {3, 4}
    assert set(np.diff(ends[::TOGETHER])) == {12, 13}


def test_hopfield_engines_follow_boltzmann() -> None:
    """The matrix and the patterns give the same trajectories, and the energies of exact enumeration."""
    model, stream = sm.Hopfield(alpha=0.3, T=0.4), np.random.SeedSequence(5)
    matrix = disorder_sample(model, N=10, stream=substream(stream, DISORDER), engine="integer-couplings").engine
    s = 2.0 * ((np.arange(1024)[:, None] >> np.arange(10)) & 1) - 1
    energies = -0.5 * matrix.unit * np.einsum("si,ij,sj->s", s, matrix.J, s)
    weights = np.exp(-(energies - energies.min()) / LADDER[:, None])
    weights /= weights.sum(1, keepdims=True)
    records = []
    for engine in ("overlaps", "integer-couplings"):
        how = Settings(sweeps=20_000, thermalization=200, start="random", engine=engine)
        records.append(temper_sample(model, N=10, temperatures=LADDER, stream=stream, settings=how))
        assert records[-1].pop("engine") == engine
    assert same(*records)
    assert np.allclose(records[0]["u"], weights @ energies / 10, atol=0.01)


@pytest.mark.parametrize("h", [0.0, 0.4])
@pytest.mark.parametrize("N", [64, 128])
def test_energy_and_overlap_of_the_sherrington_kirkpatrick_model(N: int, h: float) -> None:
    """[u] + h[m] = -β/2 (1 - [<q²>]) at every temperature, from dynamics that do not know of it."""
    model = sm.SherringtonKirkpatrick(T=0.5, h=h)
    answer = montecarlo.temper(
        model, N=N, temperatures=7, hottest=1.4, samples=16, seed=3, sweeps=1500, thermalization=500
    )
    assert answer.equilibrated, answer.verdict
    assert "round trips" in answer.verdict
    beta = 1 / answer.temperatures
    gap = answer.mean("u") + h * answer.mean("m") + 0.5 * beta * (1 - answer.mean("q2"))
    assert np.allclose(gap, answer.mean("gap"), atol=1e-10)
    assert np.all(np.abs(gap) < 4 * answer.error("gap"))
    assert np.all(answer.error("gap") < 0.1)
    assert answer[0].model == sm.SherringtonKirkpatrick(T=0.5, h=h)
    assert answer.at(1.4).u.mean > answer.at(0.5).u.mean
    # The specific heat is the slope of the energy.
    slope = np.diff(answer.mean("u")) / np.diff(answer.temperatures)
    middle = 0.5 * (answer.mean("c")[1:] + answer.mean("c")[:-1])
    assert np.allclose(slope, middle, atol=0.04)


def test_a_run_that_is_too_short_says_so() -> None:
    answer = montecarlo.temper(
        sm.SherringtonKirkpatrick(T=0.2), N=256, temperatures=10, hottest=1.4, samples=8, seed=3, sweeps=100,
        thermalization=10,
    )  # fmt: skip
    assert not answer.equilibrated
    assert "NOT equilibrated" in repr(answer)
    assert not answer.at(0.2).equilibrated


def test_overlaps_are_narrow_above_the_transition() -> None:
    """P(q) is a Gaussian of variance 1/(N (1 - β²)) for T > 1, up to corrections of order 1/N."""
    answer = montecarlo.temper(SK, N=128, temperatures=[1.5, 2.0], samples=12, seed=1, sweeps=2000, thermalization=200)
    edges = montecarlo.measure.OVERLAP_EDGES
    centres = 0.5 * (edges[1:] + edges[:-1])
    for simulation in answer:
        variance = 1 / (128 * (1 - simulation.model.T**-2))
        assert simulation.q2.mean == pytest.approx(variance, rel=0.12)
        P = simulation.arrays["P_q"]
        assert P.sum() * (edges[1] - edges[0]) == pytest.approx(1)
        assert P[np.abs(centres) > 0.7].max() < 1e-3
        assert np.allclose(P, P[::-1])
        assert np.all(simulation.arrays["P_q_err"] >= 0)


def test_records_and_summary() -> None:
    records = [
        temper_sample(SK, N=20, temperatures=LADDER, stream=np.random.SeedSequence(k), settings=SHORT) for k in range(3)
    ]
    for record in records:
        assert all(type(value) in (float, int, bool, str, np.ndarray) for value in record.values())
    answer = summarise_tempering(SK, 20, LADDER, records, SHORT)
    assert len(answer) == 5
    assert answer[2].u.mean == pytest.approx(np.mean([record["u"][2] for record in records]))
    assert answer.flow[-1] == 1
    assert answer.flow[0] < 0.5
    plain = answer.to_dict()
    assert plain["u"].shape == plain["u_err"].shape == plain["T"].shape == (5,)
    assert plain["P_q"].shape == (5, 101)
    # What comes back from a journal as lists serves as well.
    lists = [{k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in record.items()} for record in records]
    assert repr(summarise_tempering(SK, 20, LADDER, lists, SHORT)) == repr(answer)
    one = summarise_tempering(SK, 20, LADDER, records[:1], SHORT)
    assert math.isnan(one[0].u.error)
    assert "energy against overlap" not in one.verdict
    assert "one sample by its own blocks" in one.verdict


def test_a_single_sample_is_judged_by_its_own_blocks() -> None:
    """Long runs pass, runs that nothing can be told of do not."""
    ladder = np.geomspace(0.5, 1.6, 6)
    verdicts = {}
    for sweeps in (6, 3000):
        how = Settings(sweeps=sweeps, thermalization=sweeps, start="random")
        records = [
            temper_sample(SK, N=32, temperatures=ladder, stream=np.random.SeedSequence(k), settings=how)
            for k in range(12)
        ]
        verdicts[sweeps] = [summarise_tempering(SK, 32, ladder, [record], how) for record in records]
    assert all(answer.equilibrated for answer in verdicts[3000]), [answer.verdict for answer in verdicts[3000]]
    assert not any(answer.equilibrated for answer in verdicts[6])


@pytest.mark.parametrize(
    ("model", "N", "sweeps"), [(sm.RandomEnergy(T=0.2), 14, 1000), (sm.PSpin(p=3, T=0.2), 32, 1000)]
)
def test_ladders_that_find_different_states_are_not_called_equilibrated(model, N: int, sweeps: int) -> None:
    """Runs 50 times longer find q2 larger by 0.4 and by 0.03, several errors of the average over many such runs."""
    how = Settings(sweeps=1000, thermalization=200, start="random", temperatures=6, hottest=1.2)
    for seed in range(4):
        answer = montecarlo.simulate(model, N=N, samples=16, seed=seed, **asdict(how))
        assert not answer.equilibrated
        assert "spread" in answer.verdict or "energy against overlap" in answer.verdict


def test_counts_of_temperatures_of_any_integer_type() -> None:
    answers = [
        montecarlo.temper(SK, N=16, temperatures=count, hottest=1.2, samples=2, seed=1, sweeps=20)
        for count in (4, np.int64(4))
    ]
    assert repr(answers[0]) == repr(answers[1])


def test_temper_does_not_depend_on_the_models_temperature() -> None:
    answers = [
        montecarlo.temper(sm.SherringtonKirkpatrick(T=T), N=16, temperatures=[0.5, 1.0], samples=2, seed=1, sweeps=20)
        for T in (0.0, 0.7)
    ]
    assert repr(answers[0]) == repr(answers[1])


def test_a_point_mass_of_overlap_is_spread_over_its_share() -> None:
    counts = np.zeros((2, 11), int)
    counts[0, 5] = counts[1, 10] = 4
    density = overlap_density(counts)
    width = 2 / 101
    assert np.allclose(density.sum(1) * width, 1)
    assert density[0, 50] == pytest.approx(5)
    assert density[1, -1] == pytest.approx(10)


def test_every_bin_has_its_share_of_a_flat_distribution() -> None:
    for N in (10, 100, 101, 333):
        density = overlap_density(np.full(N + 1, 7))
        assert np.allclose(density[10:-10], density[50])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"temperatures": [0.5]}, r"temperatures = \[0.5\] are not allowed: two or more, in increasing order"),
        ({"temperatures": [1.0, 0.5]}, r"temperatures = \[1.0, 0.5\] are not allowed"),
        ({"temperatures": [0.5, 0.5, 1.0]}, r"temperatures = \[0.5, 0.5, 1.0\] are not allowed"),
        ({"temperatures": [True, 2.0]}, "temperatures = True"),
        ({"temperatures": 0.5, "hottest": 1.0}, "temperatures = 0.5 is not allowed: temperatures must be an integer"),
        ({"temperatures": True, "hottest": 1.0}, "temperatures = True"),
        ({"temperatures": None, "hottest": 1.0}, "temperatures = None"),
        ({"temperatures": "45", "hottest": 1.0}, "temperatures = '45'"),
        ({"temperatures": 4}, "hottest = None"),
        ({"temperatures": 4, "hottest": 0.1}, "hottest = 0.1"),
        ({"temperatures": 1, "hottest": 1.0}, "temperatures = 1"),
        ({"temperatures": [0.5, 1.0], "hottest": 1.0}, "hottest"),
        ({"temperatures": [0.5, 1.0], "samples": 0}, "samples = 0"),
        ({"temperatures": [0.5, 1.0], "N": 1}, "N = 1"),
        ({"temperatures": [0.5, 1.0], "engine": "overlaps"}, "engine = 'overlaps'"),
        ({"temperatures": [0.5, 1.0], "patterns": "stratified"}, "patterns = 'stratified' is not allowed: tempering"),
        ({"temperatures": 4, "hottest": 2.0, "amplitudes": (0.5,)}, r"amplitudes = \(0.5,\) is not allowed"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        montecarlo.temper(SK, **{"N": 16, "samples": 1, "seed": 1, **arguments})


def test_settings_and_engines_that_do_not_exist_are_refused_in_the_words_of_temper() -> None:
    arguments = {"N": 16, "temperatures": [0.5, 1.0], "samples": 1, "seed": 1}
    with pytest.raises(TypeError, match="temper and ground_states have no setting 'foo': their settings are sweeps, "):
        montecarlo.temper(SK, **arguments, foo=1)
    with pytest.raises(
        ValueError,
        match="engine = 'bad' is not allowed: engine must be one of 'auto', 'couplings', 'integer-couplings'$",
    ):
        montecarlo.temper(SK, **arguments, engine="bad")
    with pytest.raises(ValueError, match="engine = 'bad' is not allowed: engine must be one of 'auto'$"):
        montecarlo.temper(sm.RandomEnergy(T=0.5), **{**arguments, "N": 8}, engine="bad")


def test_a_ladder_for_a_model_at_zero_temperature_begins_at_a_tenth_of_the_hottest() -> None:
    model = sm.SherringtonKirkpatrick(T=0.0)
    answer = montecarlo.temper(model, N=16, temperatures=4, hottest=1.0, samples=1, seed=1, sweeps=40)
    assert answer.temperatures[[0, -1]].tolist() == [COLDEST, 1.0]


def test_other_refusals() -> None:
    with pytest.raises(ValueError, match="records"):
        summarise_tempering(SK, 20, LADDER, [], SHORT)
    with pytest.raises(ValueError, match="no disorder sample of int"):
        disorder_sample(3, N=10, stream=np.random.SeedSequence(1), engine="auto")
    answer = montecarlo.temper(SK, N=16, temperatures=[0.5, 1.0], samples=1, seed=1, sweeps=20)
    with pytest.raises(ValueError, match=r"T = 0.7"):
        answer.at(0.7)
