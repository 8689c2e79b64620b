"""Fields on magnetisations against sums over tuples of sites."""

import math
from itertools import combinations

import numpy as np
import pytest

from montecarlo.engines.power_sums import fresh_sums, power_sums_engine
from montecarlo.engines.single_spin import _field
from montecarlo.plefka import fields as plefka_fields
from montecarlo.plefka.fields import fields, multilinear
from statmech.examples import example_sums


def draw(random_patterns, C: int, N: int, M: int) -> np.ndarray:
    return example_sums(random_patterns(C, N, 1), M=M, r=0.6, stream=np.random.SeedSequence(2))


def brute_force(a: np.ndarray, P: int, m: np.ndarray) -> np.ndarray:
    """Derivatives of the sum over columns and P-tuples of products of entries and magnetisations, tuple by tuple."""
    h = np.zeros(len(m))
    for sites in combinations(range(len(m)), P):
        entries = a[list(sites)].prod(0).sum()
        for i in sites:
            h[i] += entries * np.prod([m[j] for j in sites if j != i])
    return h


@pytest.mark.parametrize("P", [2, 4, 6, 8])
@pytest.mark.parametrize("M", [1, 2, 7])
@pytest.mark.parametrize("C", [3, 40])
def test_fields_are_the_derivatives(P: int, M: int, C: int, random_patterns) -> None:
    N = 9
    rows, m = draw(random_patterns, C, N, M), np.random.default_rng(3).uniform(-1, 1, N)
    network = multilinear(rows, P, weight=0.7, scale=1.0 if M == 1 else 0.31)
    assert network.signs == (M == 1)
    assert (network.J is not None) == (P == 2 and C > N / 2)
    exact = 0.7 * brute_force(network.scale * rows.T, P, m)
    assert np.allclose(fields(network, m, np.float64), exact, rtol=1e-12, atol=1e-12 * np.abs(exact).max())


@pytest.mark.parametrize("P", [2, 4, 6])
@pytest.mark.parametrize("M", [1, 20])
def test_single_precision(P: int, M: int, random_patterns) -> None:
    """Near a retrieved pattern, among many others: to a millionth of the field of the pattern."""
    N = 60
    rows = draw(random_patterns, 2000, N, M)
    m = np.tanh(np.random.default_rng(3).normal(2.0, 1.0, N)) * np.sign(rows[0] + 0.5)
    network = multilinear(rows, P, weight=1.0, scale=1.0 if M == 1 else 0.1)
    exact = fields(network, m, np.float64)
    assert np.allclose(fields(network, m), exact, rtol=0, atol=2e-6 * np.abs(exact).max())


@pytest.mark.parametrize("P", [4, 6])
@pytest.mark.parametrize("M", [1, 5])
def test_at_spins_they_are_half_the_costs_of_flips(P: int, M: int, random_patterns) -> None:
    N = 24
    rows, s = draw(random_patterns, 50, N, M), random_patterns(1, N, 8)[0]
    engine = power_sums_engine(rows, P, 1e-3)
    cache, scratch = fresh_sums(engine, s)[None], np.empty(P, np.int64)
    exact = [_field(engine.A, engine.even, engine.newton, cache, int(s[i]), 0, i, scratch) for i in range(N)]
    network = multilinear(rows, P, weight=1e-3)
    assert np.allclose(s * fields(network, s.astype(float), np.float64), engine.unit * np.array(exact), rtol=1e-11)


@pytest.mark.parametrize("M", [1, 4])
def test_blocks_do_not_matter(M: int, random_patterns, monkeypatch) -> None:
    N = 20
    rows, m = draw(random_patterns, 101, N, M), np.random.default_rng(3).uniform(-1, 1, N)
    for P in (2, 4):
        whole = fields(multilinear(rows, P, weight=1.0), m, np.float64)
        monkeypatch.setattr(plefka_fields, "BLOCK", 7 * N)
        assert np.allclose(fields(multilinear(rows, P, weight=1.0), m, np.float64), whole, rtol=1e-12)
        monkeypatch.undo()


def test_the_field_of_one_pattern_on_itself_is_one(random_patterns) -> None:
    """At the normalisation of the models: w = 1 over the number of tuples that a site belongs to."""
    for N, P in ((50, 4), (30, 6)):
        xi = random_patterns(1, N, 1)
        network = multilinear(xi, P, weight=1.0 / math.comb(N - 1, P - 1))
        assert np.allclose(fields(network, xi[0].astype(float), np.float64), xi[0], rtol=1e-10)


def test_refusals(random_patterns) -> None:
    xi = random_patterns(3, 8, 1)
    for bad, match in (({"P": 3}, "P = 3 .* even"), ({"P": 10}, "between 2 and 8")):
        with pytest.raises(ValueError, match=match):
            multilinear(xi, **bad, weight=1.0)
    for name in ("weight", "scale"):
        with pytest.raises(ValueError, match=f"{name} = 0.0"):
            multilinear(xi, 4, **{"weight": 1.0, name: 0.0})
