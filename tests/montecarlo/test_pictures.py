"""Lessons from pictures of a user: what is set aside is never learnt, and easy pictures are learnt."""

import numpy as np
import pytest

from montecarlo.pictures import draw_lesson, experiment, prepare
from statmech.datasets import Pictures, smooth_archetypes, synthetic_pictures

STREAM = np.random.SeedSequence(3)


@pytest.fixture(scope="module")
def source():
    pictures = synthetic_pictures(classes=6, examples=60, r=0.7, shape=(20, 20), length=1.4, stream=STREAM)
    return prepare(pictures, seed=1, tests=8)


def test_pictures_are_prepared(source):
    assert (source.size, source.unseen.shape) == (52, (6, 8, source.N))
    assert source.quality.r.mean == pytest.approx(0.7, abs=0.01)
    truth = smooth_archetypes(classes=6, shape=(20, 20), length=1.4, stream=STREAM)[:, source.pool.kept]
    assert np.mean(truth == source.archetypes) > 0.999
    assert f"r = {source.quality.r!r}, overlaps of archetypes up to" in repr(source)


def test_lessons_are_nested_and_ask_what_they_did_not_teach(source):
    small, large = (draw_lesson(source, M=M, sample=2, stream=STREAM) for M in (5, 20))
    np.testing.assert_array_equal(small.examples, large.examples[:, :5])
    np.testing.assert_array_equal(small.unseen, large.unseen)
    assert not np.any(np.all(large.examples == large.unseen[:, None], -1))
    whole = draw_lesson(source, M=source.size, sample=0, stream=STREAM)
    assert len({row.tobytes() for row in whole.examples[0]}) == source.size
    with pytest.raises(ValueError, match="M = 53 is not allowed: M must be an integer, between 1 and 52"):
        draw_lesson(source, M=53, sample=0, stream=STREAM)


@pytest.mark.parametrize("protocol", ["supervised", "unsupervised"])
def test_it_learns_them_and_loses_them_under_load(source, protocol):
    learnt = experiment(source, P=4, M=30, protocol=protocol, flipped=0.1, samples=3, seed=1)
    assert learnt.success.mean == 1.0
    assert learnt.m.mean > 0.98
    assert source.N == learnt.N
    assert (learnt.model.classes, learnt.model.r) == (6, source.quality.r.mean)
    lost = experiment(source, P=2, M=5, protocol=protocol, gamma=1.0, samples=3, seed=1)
    assert lost.m_kept.mean < 0.7
    again = experiment(source, P=2, M=5, protocol=protocol, gamma=1.0, samples=3, seed=1)
    assert again.to_dict() == lost.to_dict()


def test_there_are_only_so_many_pictures(source):
    with pytest.raises(ValueError, match="samples = 9 is not allowed: samples must be an integer, between 1 and 8"):
        experiment(source, P=4, M=5, samples=9, seed=1)
    many = synthetic_pictures(classes=2, examples=10, stream=STREAM)
    few = Pictures(images=many.images[:13], labels=many.labels[:13])
    with pytest.raises(ValueError, match=r"tests = 3 is not allowed: .* between 1 and 1, because class 1 has 3"):
        prepare(few, seed=1, tests=3)
    assert prepare(few, seed=1, tests=1).size == 2
    fewer = Pictures(images=many.images[:12], labels=many.labels[:12])
    with pytest.raises(ValueError, match="pictures are not allowed: class 1 has 2 of the 12 .* needs 3"):
        prepare(fewer, seed=1, tests=1)
    with pytest.raises(ValueError, match="seed = -1 is not allowed"):
        prepare(many, seed=-1)


def test_pictures_without_balance_or_likeness_are_named():
    dark = Pictures(images=np.zeros((8, 3, 3)), labels=np.repeat([0, 1], 4))
    with pytest.raises(ValueError, match="pictures = 8 pictures of 3 × 3 pixels .* are not allowed: no pixel"):
        prepare(dark, seed=1, tests=1)
    opposite = np.tile([[[1, -1], [1, -1]], [[-1, 1], [-1, 1]], [[1, 1], [-1, -1]], [[-1, -1], [1, 1]]], (2, 1, 1))
    unlike = prepare(Pictures(images=opposite, labels=np.repeat([0, 1], 4)), seed=1, tests=1)
    with pytest.raises(ValueError, match=r"source = .* is not allowed: pictures of a class have nothing in common"):
        experiment(unlike, P=4, M=2, samples=1, seed=1)


def test_digits_are_harder_for_pairs_than_for_four_spins():
    pytest.importorskip("sklearn", reason="the extra data is not installed")
    from statmech.datasets import load_digits

    source = prepare(load_digits(), seed=1, tests=5)
    pairs, quadruples = (experiment(source, P=P, M=50, samples=5, seed=1) for P in (2, 4))
    assert quadruples.success.mean > pairs.success.mean + 3 * pairs.success.error
    assert quadruples.m.mean > pairs.m.mean
