"""Tables of interactions against sums over tuples of sites, in exact arithmetic."""

import math
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest

from montecarlo.engines.interactions import dense_interaction, elementary_symmetric, on_grid, overlap_range


def signs(N: int, k: int) -> list[int]:
    """A state with k spins up."""
    return [1] * k + [-1] * (N - k)


@pytest.mark.parametrize("N", [8, 9, 12])
@pytest.mark.parametrize("P", [1, 2, 4, 6, 8])
def test_elementary_symmetric_polynomials_are_sums_over_tuples(N: int, P: int) -> None:
    sums = [sum(map(math.prod, combinations(signs(N, k), P))) for k in range(N + 1)]
    assert elementary_symmetric(N, P) == sums


def test_values_beyond_64_bits() -> None:
    values = elementary_symmetric(1000, 8)
    assert values[-1] == values[0] == math.comb(1000, 8) > 2**63
    assert values[500] == math.comb(500, 4)  # (1 - x²)^500


@pytest.mark.parametrize("P", [4, 6, 8])
def test_dense_interactions(P: int) -> None:
    N = 12
    distinct, repeated = (dense_interaction(N, P, indices) for indices in ("distinct", "repeated"))
    assert distinct[-1] == Fraction(-N, P)  # a pattern's own energy, and its field 1 on each of its spins
    assert distinct[-2] - distinct[-1] == 2
    for values in (distinct, repeated):
        assert values == values[::-1]
        assert sum(math.comb(N, k) * values[k] for k in range(N + 1)) == 0
    assert repeated[-1] - repeated[N // 2] == Fraction(-N, P)


def test_repeated_indices_are_sums_over_all_tuples() -> None:
    N, P = 6, 4
    values = dense_interaction(N, P, "repeated")
    sums = [sum(map(math.prod, product(signs(N, k), repeat=P))) for k in range(N + 1)]
    assert [(value - values[3]) * P * N ** (P - 1) for value in values] == [sums[3] - total for total in sums]


@pytest.mark.parametrize(
    ("N", "P", "K", "indices"),
    [
        (160, 4, 10**5, "distinct"),
        (160, 4, 10**5, "repeated"),
        (1000, 4, 10**4, "distinct"),
        (1000, 4, 10**4, "repeated"),
        (60, 6, 10**6, "distinct"),
        (60, 6, 10**6, "repeated"),
        (60, 8, 10**5, "distinct"),
    ],
)
def test_common_tables_are_not_rounded(N: int, P: int, K: int, indices: str) -> None:
    values = dense_interaction(N, P, indices)
    table, unit = on_grid(values, K)
    assert K * int(np.abs(table).max()) < 2**61
    ratios = {value / int(step) for value, step in zip(values, table, strict=True) if step}
    assert len(ratios) == 1
    assert float(ratios.pop()) == unit


def test_rounding_is_bounded() -> None:
    K, N = 10**5, 500
    values = dense_interaction(N, 8, "distinct")
    table, unit = on_grid(values, K)
    assert 2**60 <= K * max(map(abs, values)) / Fraction(unit) + K <= 2**61 + K
    assert math.frexp(unit)[0] == 0.5
    assert max(abs(value - int(step) * Fraction(unit)) for value, step in zip(values, table, strict=True)) <= unit / 2


def test_any_function_can_be_tabulated() -> None:
    values = [math.exp(0.3 * M) for M in overlap_range(40)]
    table, unit = on_grid(values, 100)
    assert np.allclose(table * unit, values, rtol=0, atol=unit)
    assert on_grid([0.0] * 9, 5)[0].tolist() == [0] * 9
    table, unit = on_grid([3.0, -1.5, 6.0], 7)
    assert (table.tolist(), unit) == ([2, -1, 4], 1.5)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="finite"):
        on_grid([0.0, math.nan], 3)
    with pytest.raises(ValueError, match="N = 3"):
        dense_interaction(3, 4, "distinct")
    with pytest.raises(ValueError, match="indices = 'all'"):
        dense_interaction(8, 4, "all")
