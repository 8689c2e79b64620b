"""Random examples: their law, their streams, and the sums drawn without them."""

import math

import numpy as np
import pytest
from scipy import stats

from statmech import examples
from statmech.disorder import rademacher_patterns
from statmech.examples import example_sums, noisy_examples
from statmech.streams import substream

STREAM = np.random.SeedSequence([3, 14])


def test_examples_have_the_quality_and_nothing_else_in_common():
    K, M, N, r = 20, 30, 500, 0.6
    xi = rademacher_patterns(K, N, substream(STREAM, 0))
    eta = noisy_examples(xi, M=M, r=r, stream=substream(STREAM, 1))
    assert eta.shape == (K, M, N)
    assert eta.dtype == np.int8
    chi = eta * xi[:, None, :]
    assert chi.mean() == pytest.approx(r, abs=5 * math.sqrt((1 - r * r) / chi.size))
    pairs = np.einsum("kmi,kni->kmn", chi.astype(float), chi.astype(float))[:, *np.triu_indices(M, 1)] / N
    assert pairs.mean() == pytest.approx(r * r, abs=5 * math.sqrt(r * r * (1 - r * r) * 4 / (K * M * N)))
    across = np.mean(chi[:, :, 1:] * chi[:, :, :-1])
    assert across == pytest.approx(r * r, abs=5 * math.sqrt((1 - r**4) / chi.size) * 2)


@pytest.mark.parametrize("draw", [noisy_examples, example_sums])
def test_draws_depend_on_the_stream_alone(draw, monkeypatch):
    xi = rademacher_patterns(7, 33, substream(STREAM, 0))
    drawn = draw(xi, M=9, r=0.3, stream=STREAM)
    np.testing.assert_array_equal(drawn, draw(xi, M=9, r=0.3, stream=STREAM))
    assert not np.array_equal(drawn, draw(xi, M=9, r=0.3, stream=substream(STREAM, 1)))
    np.testing.assert_array_equal(drawn[:4], draw(xi[:4], M=9, r=0.3, stream=STREAM))
    gauge = rademacher_patterns(7, 33, substream(STREAM, 2))
    turned = draw(xi * gauge, M=9, r=0.3, stream=STREAM)
    np.testing.assert_array_equal(turned, drawn * (gauge[:, None] if drawn.ndim == 3 else gauge))
    monkeypatch.setattr(examples, "BLOCK", 50)
    np.testing.assert_array_equal(drawn, draw(xi, M=9, r=0.3, stream=STREAM))


def test_perfect_and_useless_examples():
    xi = rademacher_patterns(3, 50, STREAM)
    np.testing.assert_array_equal(noisy_examples(xi, M=4, r=1, stream=STREAM), np.repeat(xi[:, None], 4, axis=1))
    np.testing.assert_array_equal(example_sums(xi, M=100_000, r=1, stream=STREAM), 100_000 * xi.astype(int))
    blind = noisy_examples(xi, M=400, r=0, stream=STREAM) * xi[:, None]
    assert blind.mean() == pytest.approx(0, abs=5 / math.sqrt(blind.size))


@pytest.mark.parametrize(("M", "r"), [(1, 0.3), (6, 0.5), (21, 0.9)])
def test_sums_have_the_binomial_law_of_summed_examples(M, r):
    xi = rademacher_patterns(40, 500, STREAM)
    agreeing = np.arange(M + 1)
    expected = stats.binom.pmf(agreeing, M, (1 + r) / 2) * xi.size
    kept = expected > 5
    for sums in (example_sums(xi, M=M, r=r, stream=STREAM), noisy_examples(xi, M=M, r=r, stream=STREAM).sum(axis=1)):
        seen = np.bincount(((sums * xi + M) // 2).ravel(), minlength=M + 1)
        assert seen.sum() == xi.size
        rest = [xi.size - seen[kept].sum()], [xi.size - expected[kept].sum()]
        few = rest[1][0] < 5
        observed, wanted = (
            (seen[kept], expected[kept])
            if few
            else (np.append(seen[kept], rest[0]), np.append(expected[kept], rest[1]))
        )
        assert np.sum((observed - wanted) ** 2 / wanted) < stats.chi2.ppf(1 - 1e-5, len(wanted))


def test_sums_of_very_many_examples():
    xi = rademacher_patterns(20, 500, STREAM)
    M, r = 100_000, 0.2
    sums = example_sums(xi, M=M, r=r, stream=STREAM)
    assert sums.dtype == np.int32
    scaled = (sums * xi - M * r) / math.sqrt(M * (1 - r * r))
    assert scaled.mean() == pytest.approx(0, abs=5 / math.sqrt(xi.size))
    assert scaled.var() == pytest.approx(1, abs=5 * math.sqrt(2 / xi.size))


def test_bad_arguments_are_named():
    xi = rademacher_patterns(2, 8, STREAM)
    for draw in (noisy_examples, example_sums):
        with pytest.raises(ValueError, match="M = 0 is not allowed"):
            draw(xi, M=0, r=0.5, stream=STREAM)
        with pytest.raises(ValueError, match=r"r = 1.5 is not allowed: r must be a real number in \[0, 1\]"):
            draw(xi, M=2, r=1.5, stream=STREAM)
        with pytest.raises(ValueError, match=r"archetypes of shape \(8,\) is not allowed: .* must have 2 axes"):
            draw(xi[0], M=2, r=0.5, stream=STREAM)
        with pytest.raises(ValueError, match="every entry must be \\+1 or -1"):
            draw(0 * xi, M=2, r=0.5, stream=STREAM)
