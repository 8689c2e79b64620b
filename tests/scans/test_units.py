"""Units: their identity, their order, and that a scan can be drawn again in a notebook."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

import montecarlo
from scans import units as module
from scans.plain import decode
from scans.scanfile import load
from scans.units import compute, recipe, units


def test_units_are_told_apart_by_key(tiny: Path) -> None:
    scan = load(tiny)
    made = units(scan)
    assert len(made) == 6 + 6 * 2 * 3
    assert len({unit.key for unit in made}) == len(made)


def test_theory_comes_first_then_the_longest_samples(tiny: Path) -> None:
    made = units(load(tiny))
    assert [unit.kind for unit in made] == ["theory"] * 6 + ["sample"] * 36
    order = [(-unit.N, unit.sample, unit.key) for unit in made[6:]]
    assert order == sorted(order)


def test_more_samples_keep_the_units_that_were_there(tiny: Path) -> None:
    scan = load(tiny)
    before = {unit.key for unit in units(scan)}
    after = {unit.key for unit in units(replace(scan, samples=5))}
    assert before < after
    assert len(after - before) == 6 * 2 * 2


def test_a_scan_of_one_point_or_of_theory_alone(tiny: Path) -> None:
    scan = replace(load(tiny), axes={}, parameters={"alpha": 0.1, "T": 0.5})
    assert len(units(scan)) == 1 + 2 * 3
    assert [unit.kind for unit in units(replace(scan, simulation=None, sizes=(), samples=0))] == ["theory"]
    assert {unit.kind for unit in units(replace(scan, theory=None))} == {"sample"}


def test_a_notebook_draws_the_same_samples(tiny: Path) -> None:
    scan = load(tiny)
    assert scan.simulation is not None
    chosen = [unit for unit in units(scan) if unit.N == 64 and unit.point == 4]
    records = [decode(compute(unit, recipe(scan)).line[9:]) for unit in chosen]
    answers = [record["answer"] for record in records]
    ours = montecarlo.summarise(chosen[0].model, 64, answers, scan.simulation)
    theirs = montecarlo.simulate(chosen[0].model, N=64, samples=3, seed=7, sweeps=40, thermalization=5)
    assert ours.m == theirs.m
    assert repr(ours) == repr(theirs)


def test_a_unit_that_raises_is_a_record_with_its_traceback(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*arguments: object, **settings: object) -> None:
        raise FloatingPointError("no such\nnumber")

    monkeypatch.setattr(montecarlo, "run_sample", explode)
    scan = load(tiny)
    outcome = compute(units(scan)[-1], recipe(scan))
    record = decode(outcome.line[9:])
    assert outcome.failed
    assert record["kind"] == "failed"
    assert record["error"] == "FloatingPointError: no such number"
    assert "explode" in record["traceback"]


def test_an_answer_that_cannot_be_journaled_fails_alone(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_answer", lambda unit, how: {"m": math.nan, "f": open})
    scan = load(tiny)
    assert compute(units(scan)[0], recipe(scan)).failed


def test_units_say_what_they_are(tiny: Path) -> None:
    made = units(load(tiny))
    assert str(made[0]) == "theory of Hopfield(alpha=0.02, T=0.0)"
    assert str(made[6]) == f"{made[6].model}, N = 64, sample 0"
