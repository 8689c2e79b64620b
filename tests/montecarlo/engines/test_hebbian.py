"""Hebbian couplings and the choice of their engine."""

import numpy as np
import pytest

from montecarlo.engines.engine import Couplings, Overlaps
from montecarlo.engines.hebbian import choose_engine, hebbian_couplings, hebbian_engine, warm_engines


@pytest.mark.parametrize(("K", "dtype"), [(1, np.int8), (127, np.int8), (128, np.int16), (300, np.int16)])
def test_couplings_are_the_sums(K: int, dtype: type, random_patterns) -> None:
    patterns = random_patterns(K, 700, 1)
    patterns[:, 1] = patterns[:, 0]  # a coupling of the largest size
    J = hebbian_couplings(patterns)
    direct = patterns.T.astype(int) @ patterns
    np.fill_diagonal(direct, 0)
    assert J.dtype == dtype
    assert np.array_equal(J, direct)
    assert J[0, 1] == K


def test_forced_engines(random_patterns) -> None:
    patterns = random_patterns(5, 30, 1)
    integer, real = hebbian_engine(patterns, "integer-couplings"), hebbian_engine(patterns, "couplings")
    assert isinstance(integer, Couplings)
    assert isinstance(real, Couplings)
    assert (integer.J.dtype, real.J.dtype) == (np.int8, np.float32)
    assert isinstance(hebbian_engine(patterns, "overlaps"), Overlaps)
    assert all(choose_engine(name, 10, 3, 1.0) == name for name in ("couplings", "overlaps", "integer-couplings"))
    with pytest.raises(ValueError, match="engine = 'auto'"):
        hebbian_engine(patterns, "auto")


@pytest.mark.parametrize(
    ("N", "K", "attempts", "best"),
    [
        (1000, 100, 1e9, "integer-couplings"),  # O(1) attempts beat O(K)
        (4000, 40, 1e9, "overlaps"),  # cheap attempts, long rows
        (2000, 200, 1e4, "overlaps"),  # too short a run to pay for the matrix
        (100_000, 10_000, 1e12, "overlaps"),  # 20 GB of matrix
    ],
)
def test_choice(N: int, K: int, attempts: float, best: str) -> None:
    assert choose_engine("auto", N, K, attempts) == best


def test_too_many_patterns_are_refused() -> None:
    with pytest.raises(ValueError, match="K = 40000"):
        hebbian_couplings(np.ones((40_000, 2), np.int8))


@pytest.mark.parametrize("name", ["auto", "couplings", "integer-couplings", "overlaps"])
def test_warming_compiles_what_a_run_needs(name: str, random_patterns) -> None:
    from montecarlo.engines.acceptance import acceptance
    from montecarlo.engines.engine import sweep, walker
    from montecarlo.engines.single_spin import sweep_couplings, sweep_overlaps

    warm_engines(name)
    before = len(sweep_couplings.signatures) + len(sweep_overlaps.signatures)
    for K in (3, 150):
        patterns = random_patterns(K, 64, 1)
        kinds = ("integer-couplings", "overlaps") if name == "auto" else (name,)
        for kind in kinds:
            engine = hebbian_engine(patterns, kind)
            replica = walker(engine, patterns[0], np.random.SeedSequence(1))
            words = np.zeros(128, np.uint32)
            sweep(engine, replica, acceptance("metropolis", 1.0, 1 / 64), words, np.empty((1, 64), np.int8))
    assert len(sweep_couplings.signatures) + len(sweep_overlaps.signatures) == before
