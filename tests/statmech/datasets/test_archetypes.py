"""Archetypes, qualities and overlaps between classes, estimated from examples whose archetypes are known."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from statmech import datasets
from statmech.datasets import archetypes
from statmech.disorder import rademacher_patterns
from statmech.examples import noisy_examples
from statmech.streams import substream

STREAM = np.random.SeedSequence(33)


def classes_of_examples(K, M, N, r):
    """Archetypes, and examples of them in one array with their labels."""
    xi = rademacher_patterns(K, N, substream(STREAM, 0))
    eta = noisy_examples(xi, M=M, r=r, stream=substream(STREAM, 1))
    return xi, eta.reshape(K * M, N), np.repeat(np.arange(K), M)


def test_archetypes_are_majorities_with_fair_ties():
    xi, spins, labels = classes_of_examples(6, 4, 2000, 0.4)
    order = np.random.default_rng(0).permutation(len(labels))
    classes, counts, sums = datasets.class_sums(spins[order], 3 * labels[order] + 1)
    np.testing.assert_array_equal(classes, [1, 4, 7, 10, 13, 16])
    np.testing.assert_array_equal(counts, 4)
    np.testing.assert_array_equal(sums, spins.reshape(6, 4, 2000).sum(axis=1))
    found = datasets.class_archetypes(spins, labels, STREAM)
    assert found.dtype == np.int8
    np.testing.assert_array_equal(found[sums != 0], np.sign(sums[sums != 0]))
    ties = found[sums == 0]
    assert set(ties) == {-1, 1}
    assert abs(ties.mean()) < 5 / math.sqrt(ties.size)
    np.testing.assert_array_equal(found, datasets.class_archetypes(spins, labels, STREAM))
    assert not np.array_equal(found, datasets.class_archetypes(spins, labels, substream(STREAM, 7)))
    # a majority of 3 out of 4, and half of the ties, are right with known probabilities
    p = 0.7
    right = p**4 + 4 * p**3 * (1 - p) + 3 * (p * (1 - p)) ** 2
    assert np.mean(found == xi) == pytest.approx(right, abs=5 * math.sqrt(right * (1 - right) / xi.size))


def test_quality_is_the_mean_overlap_of_pairs_and_its_jackknife():
    _, spins, labels = classes_of_examples(1, 6, 200, 0.5)
    quality = datasets.class_quality(spins, labels)[0]

    def pairs(rows):
        return np.mean([a @ b / 200 for a, b in itertools.combinations(rows.astype(float), 2)])

    left_out = [pairs(np.delete(spins, a, axis=0)) for a in range(6)]
    assert quality.r2.mean == pytest.approx(pairs(spins), abs=1e-14)
    assert quality.r2.error == pytest.approx(math.sqrt(5 * np.var(left_out)), abs=1e-14)
    assert quality.r.mean == pytest.approx(math.sqrt(quality.r2.mean))
    assert quality.r.error == pytest.approx(quality.r2.error / (2 * quality.r.mean))
    assert quality.rho.mean == pytest.approx((1 - quality.r2.mean) / (6 * quality.r2.mean))
    h = 1e-6
    slope = ((1 - quality.r2.mean - h) / (quality.r2.mean + h) - (1 - quality.r2.mean) / quality.r2.mean) / 6 / h
    assert quality.rho.error == pytest.approx(-slope * quality.r2.error, rel=1e-4)


@pytest.mark.parametrize(("M", "r", "naive"), [(5, 0.3, 0.4416), (5, 0.6, 0.629), (20, 0.6, 0.6001)])
def test_quality_has_no_bias_where_the_overlap_with_the_majority_has(M, r, naive):
    K, N = 400, 784
    _, spins, labels = classes_of_examples(K, M, N, r)
    qualities = datasets.class_quality(spins, labels)
    r2 = np.array([one.r2.mean for one in qualities.values()])
    assert r2.mean() == pytest.approx(r * r, abs=4 * r2.std() / math.sqrt(K))
    majority = datasets.class_archetypes(spins, labels, STREAM)
    overlaps = np.mean(spins * majority[labels], axis=1)
    assert overlaps.mean() == pytest.approx(naive, abs=0.002)
    # the exact variance of a mean over pairs; the jackknife is conservative where the pairs' own noise rules
    own, pair = r * r * (1 - r * r) / N, (1 - r**4) / N
    spread = math.sqrt((4 * (M - 2) * own + 2 * pair) / (M * (M - 1)))
    assert r2.std() == pytest.approx(spread, rel=5 / math.sqrt(2 * K))
    jackknife = math.sqrt(np.mean([one.r2.error**2 for one in qualities.values()]))
    assert jackknife == pytest.approx(math.sqrt(4 * (pair + (M - 4) * own) / (M * (M - 2))), rel=5 / math.sqrt(2 * K))
    pooled = datasets.pooled_quality(qualities.values())
    assert pooled.r.mean == pytest.approx(r, abs=4 * pooled.r.error)
    assert pooled.r2.mean == pytest.approx(r2.mean(), abs=1e-14)
    assert pooled.r2.error == pytest.approx(jackknife / math.sqrt(K), rel=1e-12)
    assert pooled.rho.mean == pytest.approx((1 - r * r) / (M * r * r), abs=4 * pooled.rho.error)


def test_pooling_weighs_classes_by_their_pairs():
    _, spins, labels = classes_of_examples(2, 10, 300, 0.5)
    keep = np.r_[0:10, 10:14]
    qualities = datasets.class_quality(spins[keep], labels[keep])
    pooled = datasets.pooled_quality(qualities.values())
    assert pooled.r2.mean == pytest.approx((90 * qualities[0].r2.mean + 12 * qualities[1].r2.mean) / 102)
    assert pytest.approx(2 / (1 / 10 + 1 / 4)) == pooled.M
    assert pooled.r2.samples == 14
    with pytest.raises(ValueError, match="pooling takes at least one class"):
        datasets.pooled_quality([])


def test_quality_of_few_and_of_unrelated_examples():
    _, spins, labels = classes_of_examples(1, 2, 100, 0.9)
    pair = datasets.class_quality(spins, labels)[0]
    assert pair.r2.mean == pytest.approx(spins[0] @ spins[1].astype(int) / 100)
    assert math.isnan(pair.r2.error)
    opposite = datasets.class_quality(np.array([[1, 1, -1], [-1, -1, 1]]), np.array([4, 4]))[4]
    assert opposite.r2.mean == -1
    assert opposite.r.mean == 0
    assert math.isnan(opposite.r.error)
    assert opposite.rho.mean == math.inf
    with pytest.raises(ValueError, match="class 0 has a single example"):
        datasets.class_quality(spins[:1], labels[:1])
    with pytest.raises(ValueError, match=r"labels of shape \(1,\) .* one for each of the 2 examples"):
        datasets.class_quality(spins, labels[:1])
    with pytest.raises(ValueError, match="spins is not allowed: every entry must be"):
        datasets.class_sums(2 * spins, labels)


def test_overlaps_of_random_patterns_pass_and_those_of_alike_ones_do_not():
    xi = rademacher_patterns(5, 900, STREAM)
    check = datasets.gram_check(xi)
    np.testing.assert_allclose(check.gram, xi.astype(int) @ xi.T / 900, atol=1e-15)
    above = 10 * stats.binom.sf(450 * (1 + check.threshold), 900, 0.5) * 2  # any of the ten pairs
    assert 0.7 * 0.005 < above <= 0.005 * 1.003
    assert check.mean_square == pytest.approx(np.mean(900 * check.gram[np.triu_indices(5, 1)] ** 2))
    assert check.like_random
    assert check.largest == pytest.approx(np.abs(check.gram - np.eye(5)).max())
    alike = xi.copy()
    alike[3] = -alike[1]
    alike[3, :370] *= -1
    assert datasets.gram_check(alike).pairs == ((1, 3),)
    assert not datasets.gram_check(alike).like_random
    assert "gram" not in repr(check)
    alone = datasets.gram_check(xi[:1])
    assert (alone.largest, alone.mean_square, alone.like_random) == (0, 0, True)


@pytest.mark.parametrize(("K", "N"), [(2, 400), (10, 64), (40, 100), (100, 100)])
def test_random_patterns_pass_at_the_stated_level_whatever_their_number(K, N):
    trials, generator = 200, np.random.default_rng(K)
    sets = (2 * generator.integers(0, 2, (K, N), np.int8) - 1 for _ in range(trials))
    alarms = sum(not datasets.gram_check(patterns).like_random for patterns in sets)
    assert alarms <= stats.binom.isf(1e-4, trials, archetypes.LEVEL)


def test_structure_is_seen_in_one_pair_and_in_all_together():
    generator = np.random.default_rng(1)
    seen = {"all": 0, "one": 0, "smooth": 0}
    for trial in range(20):
        checks = {
            # a mean spin of 0.2: overlaps of 0.04, next to a scatter of 0.036
            "all": datasets.gram_check(np.where(generator.random((10, 784)) < 0.6, 1, -1)),
            "smooth": datasets.gram_check(datasets.smooth_archetypes(stream=substream(STREAM, trial)).reshape(10, -1)),
        }
        alike = rademacher_patterns(40, 784, substream(STREAM, 6, trial))
        alike[7] = np.where(generator.random(784) < 0.25, alike[3], alike[7])
        checks["one"] = datasets.gram_check(alike)
        for name, check in checks.items():
            seen[name] += not check.like_random
    assert seen["smooth"] == 20
    assert min(seen["all"], seen["one"]) > 0.7 * 20
    assert (3, 7) in checks["one"].pairs


def test_decorrelated_archetypes_have_the_couplings_of_the_projection_rule():
    smooth = datasets.smooth_archetypes(classes=8, length=3, stream=STREAM).reshape(8, -1)
    assert not datasets.gram_check(smooth).like_random
    v = datasets.decorrelate(smooth)
    np.testing.assert_allclose(v @ v.T / 784, np.eye(8), atol=1e-13)
    J = v.T @ v / 784
    np.testing.assert_allclose(J @ smooth.T, smooth.T, atol=1e-12)  # the projector onto the archetypes
    orthogonal = np.array([[1, 1, 1, 1], [1, -1, 1, -1]])
    np.testing.assert_allclose(datasets.decorrelate(orthogonal), orthogonal, atol=1e-14)
    with pytest.raises(ValueError, match="linearly dependent"):
        datasets.decorrelate(np.array([[1, 1, -1], [-1, -1, 1]]))
