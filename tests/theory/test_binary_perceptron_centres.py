"""Local entropy of the binary perceptron: the free sum over centres, an independent functional, convexity, refusals."""

import math

import numpy as np
import pytest
from scipy.special import log_ndtr

import theory
from statmech import BinaryPerceptron
from theory.binary_perceptron import centres, franz_parisi_entropy, local_entropy

X = np.linspace(-9.5, 9.5, 221)
W = np.exp(-X * X / 2) / np.exp(-X * X / 2).sum()


@pytest.mark.parametrize(("alpha", "d"), [(0.4, 0.1), (0.7, 0.2)])
def test_the_free_sum_over_centres_counts_all_pairs(alpha, d):
    """At y = 1 every solution has as many centres as there are configurations at that distance."""
    pairs = local_entropy(BinaryPerceptron(alpha=alpha), d, y=1)
    solution = theory.solve(BinaryPerceptron(alpha=alpha))
    assert pairs.phi == pytest.approx(solution.s - d * math.log(d) - (1 - d) * math.log(1 - d), abs=1e-11)
    assert pairs.q0 == pytest.approx(solution.q, abs=1e-9)
    assert pairs.phat == pytest.approx(math.atanh(1 - 2 * d), abs=1e-9)


def functional(model, p, y, q0, q1, qhat0, qhat1, phat):
    """The free entropy on plain fine grids in both integrals."""
    b = math.sqrt(qhat0) * X[:, None] + math.sqrt(qhat1 - qhat0) * X
    b = np.array([b + phat, b - phat])
    prior = W @ np.log(np.exp(y * np.logaddexp(b, -b)).sum(axis=0) @ W)
    t = (math.sqrt(q0) * X[:, None] + math.sqrt(q1 - q0) * X - model.kappa) / math.sqrt(1 - q1)
    examples = W @ np.log(np.exp(y * log_ndtr(t)) @ W)
    overlaps = qhat1 * (1 - q1) + y * (qhat1 * q1 - qhat0 * q0)
    return -y / 2 * overlaps - y * p * phat + prior + model.alpha * examples


@pytest.mark.parametrize(
    ("alpha", "kappa", "d", "y"), [(0.4, 0.0, 0.1, 2.5), (0.6, 0.0, 0.05, 4.0), (0.2, 0.5, 0.15, 3.0)]
)
def test_free_entropy_is_stationary_and_matches_the_functional(alpha, kappa, d, y):
    model = BinaryPerceptron(alpha=alpha, kappa=kappa)
    one = local_entropy(model, d, y=y)
    assert one.residual < 1e-10
    x = np.array([one.q0, one.q1, one.qhat0, one.qhat1, one.phat])
    assert functional(model, 1 - 2 * d, y, *x) == pytest.approx(one.phi, abs=1e-9)
    for k in range(5):
        h = 1e-4 * np.eye(5)[k]
        up, down = (functional(model, 1 - 2 * d, y, *(x + s * h)) for s in (1, -1))
        assert (up - down) / 2e-4 == pytest.approx(0, abs=1e-6)


def test_local_entropy_is_the_derivative_and_trades_against_the_number_of_centres():
    model, h = BinaryPerceptron(alpha=0.6), 1e-3
    low, here, high = (local_entropy(model, 0.05, y=3 + k * h) for k in (-1, 0, 1))
    assert (high.phi - low.phi) / (2 * h) == pytest.approx(here.s, abs=1e-6)
    assert (high.centres - low.centres) / (high.s - low.s) == pytest.approx(-3, abs=1e-5)
    assert high.s > here.s > low.s


def test_dense_regions_where_typical_solutions_are_isolated():
    """alpha = 0.7: at distances without solutions around a typical one, some centres have exponentially many."""
    model, d = BinaryPerceptron(alpha=0.7), 0.02
    typical = franz_parisi_entropy(model, d).s
    dense = local_entropy(model, d)
    assert typical < 0
    assert dense.s > 0.04
    assert dense.centres == pytest.approx(0, abs=1e-9)
    assert dense.replicon > 0
    # never more than there are configurations
    assert dense.s < -d * math.log(d) - (1 - d) * math.log(1 - d)


def test_dense_regions_thin_out_with_the_load():
    s = [local_entropy(BinaryPerceptron(alpha=alpha), 0.1, y=5).s for alpha in (0.5, 0.65, 0.75)]
    assert s[0] > s[1] > s[2] > 0


def test_centres_without_end_are_seen():
    dense = local_entropy(BinaryPerceptron(alpha=0.2), 0.1)
    assert dense.y == 50
    assert "centres are left at the largest y, 50" in repr(dense)
    assert dense.centres > 0


def test_a_lower_bound_says_so():
    """At large distances the typical solution, one centre of many, has more around it than what y = 50 selects."""
    model = BinaryPerceptron(alpha=0.6)
    bound = local_entropy(model, 0.3)
    assert "a lower bound of the largest: centres are left" in bound.message
    assert bound.s < franz_parisi_entropy(model, 0.3).s
    assert not local_entropy(model, 0.1).message


@pytest.mark.parametrize(("alpha", "d"), [(0.75, 0.022), (0.78, 0.06)])
def test_high_loads_are_followed_where_the_solution_at_low_y_has_ended(alpha, d):
    model = BinaryPerceptron(alpha=alpha)
    assert "the replica-symmetric solution ends at d = 0.0" in local_entropy(model, d, y=4).message
    dense = local_entropy(model, d)
    assert dense.centres == pytest.approx(0, abs=1e-9)
    assert 0 < dense.s < -d * math.log(d) - (1 - d) * math.log(1 - d)
    assert dense.replicon > 0
    assert dense.residual < 1e-10
    assert ("another solution than the one followed from larger d" in repr(dense)) == (alpha == 0.78)


def test_what_was_not_found_says_so(monkeypatch):
    lost = local_entropy(BinaryPerceptron(alpha=0.8), 0.01)
    assert math.isnan(lost.s)
    assert "the replica-symmetric solution ends at d = 0.08" in repr(lost)
    monkeypatch.setattr(centres, "_NODES", 1000)
    lost = local_entropy(BinaryPerceptron(alpha=0.6), 0.05)
    assert math.isnan(lost.s)
    assert "not resolved numerically" in repr(lost)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"alpha = 0.9 is not allowed: alpha must be a real number in \(0, 0.833079\)"):
        local_entropy(BinaryPerceptron(alpha=0.9), 0.1)
    with pytest.raises(ValueError, match="T = 0.1 is not allowed: solutions are counted .* at T = 0"):
        local_entropy(BinaryPerceptron(alpha=0.5, T=0.1), 0.1)
    with pytest.raises(ValueError, match=r"d = 0.5 is not allowed"):
        local_entropy(BinaryPerceptron(alpha=0.5), 0.5)
    with pytest.raises(ValueError, match=r"y = 0.5 is not allowed: y must be a real number in \[1, 50\]"):
        local_entropy(BinaryPerceptron(alpha=0.5), 0.1, y=0.5)
