"""Running replicas: blocks are a matter of memory, and descents end in minima."""

from collections.abc import Callable

import numpy as np
import pytest

import montecarlo.run
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Walker, fresh_cache
from montecarlo.run import Block, advance, descend, is_minimum


@pytest.mark.parametrize("order", ["sequential", "random"])
@pytest.mark.parametrize("words", [40, 150, 900])
def test_blocks_do_not_matter(words: int, order: str, case, random_patterns, monkeypatch: pytest.MonkeyPatch) -> None:
    this = case("int8/int16", random_patterns(3, 40, 1))
    rule = acceptance("heat-bath", 0.9, this.engine.unit)

    def run() -> list[Block]:
        replica = this.start(np.ones(40, np.int8))
        return list(advance(this.engine, replica, rule, sweeps=23, interval=5, order=order))

    whole = run()
    monkeypatch.setattr(montecarlo.run, "WORDS", words)
    pieces = run()
    assert len(whole) == 1
    for name in ("spins", "energies"):
        joined = np.concatenate([getattr(block, name) for block in pieces])
        assert len(joined) == 4
        assert np.array_equal(joined, getattr(whole[0], name))
    assert sum(block.accepted for block in pieces) == whole[0].accepted


def test_real_fields_are_refreshed(real_case, monkeypatch: pytest.MonkeyPatch) -> None:
    J = np.triu(np.random.default_rng(1).normal(size=(30, 30)), 1)
    this = real_case(J + J.T)
    for flips, drifts in ((10**9, True), (1, False)):
        monkeypatch.setattr(montecarlo.run, "REFRESH", flips)
        replica = this.start(np.ones(30, np.int8))
        for _ in advance(this.engine, replica, acceptance("metropolis", 20.0, 1.0), sweeps=500):
            pass
        assert np.any(replica.cache != fresh_cache(this.engine, replica.spins)) == drifts


@pytest.mark.parametrize("order", ["sequential", "random"])
def test_descent_ends_in_a_minimum(engine_name: str, order: str, case, random_patterns) -> None:
    this = case(engine_name, random_patterns(10, 80, 1))
    replica = this.start(random_patterns(1, 80, 2)[0])
    assert not is_minimum(this.engine, replica)
    assert descend(this.engine, replica, limit=200, order=order)
    assert is_minimum(this.engine, replica)
    assert np.all(replica.spins * np.round(80 * this.J @ replica.spins) >= 0)


def test_unfinished_descent_says_so(case, random_patterns) -> None:
    this = case("overlaps/int16", random_patterns(10, 80, 1))
    replica = this.start(random_patterns(1, 80, 2)[0])
    assert not descend(this.engine, replica, limit=1)


def test_asking_for_a_minimum_changes_nothing(case: Callable, random_patterns: Callable) -> None:
    this = case("int8/int16", random_patterns(10, 80, 1))
    replica = this.start(random_patterns(1, 80, 2)[0])
    before = Walker(replica.spins.copy(), replica.cache.copy(), replica.words.copy())
    is_minimum(this.engine, replica)
    assert all(np.array_equal(getattr(replica, name), getattr(before, name)) for name in vars(before))
