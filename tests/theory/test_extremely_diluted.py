"""The extremely diluted network: blocks, trees by enumeration, the critical line, population dynamics."""

import math
from itertools import product

import numpy as np
import pytest

import statmech as sm
import theory
from theory.extremely_diluted import (
    block_correlation,
    block_moment,
    critical_load,
    critical_temperature,
    growth,
    population,
)
from theory.extremely_diluted.sampling import _message, _square


def enumerated(patterns, N, T):
    """Partition sum over all configurations and <M²> of each pattern, given as {site: entry}."""
    log, squares = [], []
    for s in product((-1, 1), repeat=N):
        M = np.array([sum(x * s[i] for i, x in pattern.items()) for pattern in patterns])
        log.append(M @ M / (2 * T))
        squares.append(M * M)
    weights = np.exp(np.array(log) - max(log))
    return -T * (math.log(weights.sum()) + max(log)), weights @ np.array(squares) / weights.sum()


def test_one_block():
    assert block_moment(3, 0.5)[0] == pytest.approx(8.991956991, abs=1e-9)
    for n, T in ((1, 0.7), (2, 0.7), (5, 2.0)):
        free, squares = enumerated([dict.fromkeys(range(n), 1)], n, T)
        M2, log = block_moment(n, T)
        assert pytest.approx(squares[0], abs=1e-12) == M2
        assert -T * n * math.log(2) - log == pytest.approx(free, abs=1e-12)
    assert block_moment(7, 0.0) == (49.0, 24.5)
    assert block_moment(7, 1e-3)[0] == pytest.approx(49)
    assert block_moment(0, 0.3) == pytest.approx((0.0, 0.0))


def test_correlation_of_two_spins_of_a_block():
    assert block_correlation(2, 1.3) == pytest.approx(math.tanh(1 / 1.3), abs=1e-14)
    assert block_correlation(6, 0.0) == 1.0
    assert block_correlation(4, 1e4) == pytest.approx(1e-4, rel=1e-3)
    for n, T in ((3, 0.4), (6, 2.0), (41, 15.0)):
        assert block_correlation(n, T) == pytest.approx((block_moment(n, T)[0] - n) / (n * (n - 1)), rel=1e-12)
    with pytest.raises(ValueError, match="n = 1 is not allowed"):
        block_correlation(1, 1.0)


def test_blocks_on_a_tree_do_not_interfere():
    """Four patterns that share single spins: the partition sum is a product and each M is that of its block."""
    patterns = [{0: 1, 1: -1, 2: 1}, {2: -1, 3: 1}, {2: 1, 4: 1, 5: -1}, {5: 1, 6: -1}]
    T = 0.8
    free, squares = enumerated(patterns, 7, T)
    blocks = [block_moment(len(pattern), T) for pattern in patterns]
    assert squares == pytest.approx([block[0] for block in blocks], abs=1e-12)
    assert free == pytest.approx(-7 * T * math.log(2) - sum(block[1] for block in blocks), abs=1e-12)
    # one cycle, and they do
    closed = [*patterns, {0: 1, 6: 1}]
    assert np.abs(enumerated(closed, 7, T)[1][:4] - squares).max() > 1e-3


@pytest.mark.parametrize("T", [0.0, 0.3, 2.0])
def test_message_and_moment_against_enumeration(T):
    """The field that a pattern exerts on a member, from the two partition sums of the others in their fields."""
    fields, W = np.array([0.4, -0.9, 0.15]), np.empty(6)

    def total(own):
        levels = [np.dot(fields, s) + 0.5 * (sum(s) + own) ** 2 for s in product((-1, 1), repeat=3)]
        return T * np.logaddexp.reduce(np.array(levels) / T) if T else max(levels)

    assert _message(fields, 3, T, W) == pytest.approx(0.5 * (total(1) - total(-1)), abs=1e-14)
    levels = np.array([np.dot(fields, s) + 0.5 * sum(s) ** 2 for s in product((-1, 1), repeat=3)])
    squares = np.array([sum(s) ** 2 for s in product((-1, 1), repeat=3)])
    weights = np.exp((levels - levels.max()) / T) if T else (levels == levels.max()).astype(float)
    assert _square(fields, 3, T, W) == pytest.approx(weights @ squares / weights.sum(), abs=1e-13)
    assert _message(fields, 0, T, W) == 0.0


@pytest.mark.parametrize(
    ("c", "alpha", "T"),
    [
        (1, 2, 1.693627762), (2, 0.3, 1.233548), (2, 0.5, 2.270753997), (2, 1, 3.412828694),
        (3, 0.12, 1.171576676), (3, 0.2, 2.639187), (3, 0.5, 4.396804),
    ],
)  # fmt: skip
def test_critical_temperature(c, alpha, T):
    point = critical_temperature(c, alpha)
    assert pytest.approx(T, abs=1e-9 if len(str(T)) > 8 else 5e-7) == point.T
    assert point.stability == pytest.approx(0, abs=1e-11)
    assert critical_load(c, point.T).alpha == pytest.approx(alpha, rel=1e-12)


def test_percolation_at_zero_temperature():
    """alpha c² = 1; below it the patterns are retrieved in parallel at any temperature."""
    for c in (0.5, 2.0, 5.0):
        assert critical_load(c).alpha == pytest.approx(1 / c**2, rel=1e-12)
        assert growth(c, 0.9 / c**2, 0.0) == pytest.approx(0.9, rel=1e-12)
    assert critical_temperature(2, 0.25).T == 0
    with pytest.raises(ValueError, match=r"alpha = 0.2 is not allowed: alpha must be a real number in \[0.25"):
        critical_temperature(2, 0.2)
    line = critical_load(2, [0.0, 0.5, 1.0, 3.0])
    assert (np.diff(line.alpha) > 0).all()


def test_parallel_state():
    s = theory.solve(sm.ExtremelyDiluted(c=2, alpha=0.2, T=1))
    by_hand = sum(math.exp(-2) * 2**k / math.factorial(k) * block_moment(k, 1.0)[0] for k in range(40))
    assert pytest.approx(by_hand, abs=1e-12) == s.M2
    assert s.u == pytest.approx(-0.1 * s.M2)
    assert s.f == pytest.approx(s.u - s.s, abs=1e-14)
    assert s.stable
    assert not theory.solve(sm.ExtremelyDiluted(c=2, alpha=0.5, T=1)).stable
    assert [x.state for x in theory.states(s.model)] == ["parallel"]
    h = 1e-4
    warm, cool = (theory.solve(sm.ExtremelyDiluted(c=2, alpha=0.2, T=1 + x)) for x in (h, -h))
    assert -(warm.f - cool.f) / (2 * h) == pytest.approx(s.s, abs=1e-8)


def test_parallel_state_at_zero_temperature():
    """Every pattern is aligned: <M²> = E k² = c + c², and one bit of entropy is left for each component."""
    cold, cool = (theory.solve(sm.ExtremelyDiluted(c=2, alpha=0.2, T=T)) for T in (0.0, 0.01))
    assert (cold.M2, cold.f, cold.u) == pytest.approx((6, -0.6, -0.6), abs=1e-12)
    assert cold.s == pytest.approx(math.log(2) * (1 + 0.2 * (1 - math.exp(-2)) - 0.4))
    assert (cool.f + 0.01 * cool.s, cool.s) == pytest.approx((cold.f, cold.s), abs=1e-9)


@pytest.mark.parametrize(("c", "alpha"), [(2, 1), (2, 0.5), (3, 0.2)])
def test_small_fields_grow_below_the_critical_temperature(c, alpha):
    T = critical_temperature(c, alpha).T
    models = (sm.ExtremelyDiluted(c=c, alpha=alpha, T=x * T) for x in (0.93, 1.07))
    below, above = (population(model, spread=0.05, burn_in=40, sweeps=10) for model in models)
    assert below.h2[-1] > 3 * below.h2[0]
    assert above.h2[-1] < 0.01 * above.h2[0]


def test_population_without_cross_talk_is_the_parallel_state():
    quiet = population(sm.ExtremelyDiluted(c=2, alpha=0.2, T=1.0), burn_in=60, sweeps=100)
    s = theory.solve(quiet.model)
    assert quiet.q < 1e-10
    assert pytest.approx(s.M2, abs=4 * quiet.M2_error) == quiet.M2
    frozen = population(sm.ExtremelyDiluted(c=2, alpha=0.1, T=0.0), burn_in=60, sweeps=20)
    assert frozen.q == 0


def test_cross_talk_costs_overlap():
    loud = population(sm.ExtremelyDiluted(c=2, alpha=0.5, T=1.0), sweeps=200)
    assert loud.q == pytest.approx(0.251, abs=0.01)
    assert theory.solve(loud.model).M2 - 2 * loud.M2_error > loud.M2
    again = population(sm.ExtremelyDiluted(c=2, alpha=0.5, T=1.0), sweeps=200)
    np.testing.assert_array_equal(again.fields, loud.fields)


def test_bad_requests_are_named():
    model = sm.ExtremelyDiluted(c=2, alpha=0.2, T=1)
    with pytest.raises(ValueError, match="start = 'retrieval' is not allowed"):
        theory.solve(model, start="retrieval")
    with pytest.raises(ValueError, match="ansatz = 'full' is not allowed"):
        theory.solve(model, ansatz="full")
    with pytest.raises(ValueError, match="sweeps = 5 is not allowed"):
        population(model, sweeps=5)
    with pytest.raises(ValueError, match="c = 0.0 is not allowed"):
        critical_load(0.0)


def test_entropy_is_not_a_difference_over_the_temperature():
    cold = theory.solve(sm.ExtremelyDiluted(c=2, alpha=0.2, T=0))
    for T in (1e-300, 1e-9):
        assert theory.solve(sm.ExtremelyDiluted(c=2, alpha=0.2, T=T)).s == pytest.approx(cold.s, abs=1e-12)
    for T in (0.3, 1.0, 10.0):
        s = theory.solve(sm.ExtremelyDiluted(c=2, alpha=0.2, T=T))
        assert s.s == pytest.approx((s.u - s.f) / T, abs=1e-13)


def test_critical_load_at_high_temperatures_is_that_of_free_spins() -> None:
    """A = (1/T)(1 + (n-2)/T + ...): no digits are lost in it, and the load grows like T²/c²."""
    for T in (1e8, 1e12, 1e140):
        assert block_correlation(6, T) == pytest.approx(1 / T + 4 / T**2, rel=1e-15)
        # E k (1 + 2 (k-1)/T) = c + 2 c²/T
        assert critical_load(2, T).alpha == pytest.approx(T**2 / (4 * (1 + 4 / T)), rel=1e-14)
    assert critical_load(300, 1e9).alpha == pytest.approx(1e18 / 9e4, rel=2e-6)
    with pytest.raises(ValueError, match=r"T = 1e\+150 is not allowed: at c = 1e-10 the load is too large"):
        critical_load(1e-10, 1e150)


@pytest.mark.parametrize("c", [2001, 1e5, 1e12])
def test_patterns_that_are_too_long_to_be_summed_over_are_refused(c):
    with pytest.raises(ValueError, match=r"c = .* is not allowed: c must be a real number in \[0, 2000\]"):
        theory.solve(sm.ExtremelyDiluted(c=c, alpha=0.5, T=1))
