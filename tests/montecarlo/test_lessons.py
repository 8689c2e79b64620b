"""Networks that learn lessons: their energies are those of the definition, and what is measured is what is said."""

import math
from itertools import combinations

import numpy as np
import pytest

import statmech as sm
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import walker
from montecarlo.lessons import NOISE, RANDOM, Lesson, ask, network, recall, recognised
from montecarlo.run import advance
from montecarlo.settings import Settings
from montecarlo.structured import synthetic_lesson
from statmech.disorder import rademacher_patterns
from statmech.examples import example_sums, noisy_examples
from statmech.streams import substream

STREAM = np.random.SeedSequence(5)


def lesson_of(M, *, N=16, classes=3, r=0.7):
    return synthetic_lesson(sm.StructuredHebbian(P=4, M=M, r=r, classes=classes), N, STREAM)


def weighted_products(vectors, states, P):
    """Sums over all vectors and sets of P distinct sites, one for each state."""
    sets = np.array(list(combinations(range(states.shape[1]), P)))
    return sum(np.prod((vector * states)[:, sets], -1).sum(-1) for vector in vectors.astype(float))


@pytest.mark.parametrize("P", [2, 4])
@pytest.mark.parametrize("M", [1, 4])
@pytest.mark.parametrize("extra", [0, 6])
@pytest.mark.parametrize("protocol", ["supervised", "unsupervised"])
def test_energies_are_those_of_the_definition(P, M, extra, protocol):
    lesson, N = lesson_of(M), 16
    engine = network(lesson, P=P, protocol=protocol, K=3 + extra, stream=STREAM)
    random = substream(STREAM, NOISE)
    noise = rademacher_patterns(extra, N, substream(STREAM, RANDOM)) if extra else np.empty((0, N), np.int8)
    examples = lesson.examples.astype(float)
    if protocol == "supervised":
        more = example_sums(noise, M=M, r=lesson.r, stream=random) / M if extra else noise
        rows, share = np.concatenate([examples.mean(1), more]), 1.0
    else:
        more = noisy_examples(noise, M=M, r=lesson.r, stream=random).reshape(-1, N) if extra else noise
        rows, share = np.concatenate([examples.reshape(-1, N), more]), 1 / M
    pairs = [a @ b / N for of_class in examples for a, b in combinations(of_class, 2)]
    r2 = np.mean(pairs) if pairs else 1.0
    scale = share * (r2 + (1 - r2) / M) ** (-P / 2) / (N if P == 2 else math.comb(N - 1, P - 1))
    replica = walker(engine, lesson.unseen[0], STREAM)
    block = next(advance(engine, replica, acceptance("metropolis", 3.0, engine.unit), sweeps=40))
    assert block.accepted > 100
    expected = -scale * weighted_products(rows, block.spins, P)
    np.testing.assert_allclose(block.energies, expected, rtol=2e-6, atol=1e-9)


def test_both_protocols_are_one_for_a_single_example_and_for_a_perfect_one():
    for M, r in ((1, 0.6), (3, 1.0)):
        lesson = lesson_of(M, r=r)
        assert pytest.approx(1.0) == lesson.R
        fields = []
        for protocol in ("supervised", "unsupervised"):
            engine = network(lesson, P=4, protocol=protocol, K=3, stream=STREAM)
            replica = walker(engine, lesson.unseen[1], STREAM)
            fields.append(next(advance(engine, replica, acceptance("heat-bath", 0.0, engine.unit), sweeps=1)).energies)
        np.testing.assert_allclose(*fields, rtol=1e-12)


def test_quality_is_estimated_without_bias():
    estimates = [
        synthetic_lesson(sm.StructuredHebbian(P=4, M=3, r=0.3), 400, np.random.SeedSequence(k)).r2 for k in range(40)
    ]
    assert np.mean(estimates) == pytest.approx(0.09, abs=4 * np.std(estimates) / math.sqrt(40))
    assert math.isnan(lesson_of(1).r2)
    contrary = Lesson(
        archetypes=np.ones((1, 4), np.int8), examples=np.array([[[1, 1, 1, 1], [-1, -1, -1, -1]]], np.int8),
        unseen=np.ones((1, 4), np.int8), r=0.5,
    )  # fmt: skip
    assert contrary.r2 == -1.0
    assert contrary.R == 0.5


def test_recognised_is_what_is_closest_with_its_sign():
    overlaps = np.array([[0.5, 0.4, -0.4], [0.2, -0.9, 0.1], [0.3, -0.8, 0.7]])
    assert list(recognised(overlaps)) == [True, False, False]
    assert list(recognised(np.array([[0.1]]))) == [True]
    assert list(recognised(np.array([[-0.1]]))) == [False]


def test_perfect_examples_few_and_without_load_are_recalled_from_all_starts():
    lesson = synthetic_lesson(sm.StructuredHebbian(P=4, M=2, r=1.0, classes=3), 144, STREAM)
    engine = network(lesson, P=4, protocol="supervised", K=3, stream=STREAM)
    record = ask(lesson, engine, flipped=0.2, T=0.0, settings=Settings(), stream=STREAM)
    assert [record[name] for name in ("m", "m_seen", "m_kept", "success")] == [1.0] * 4
    assert record["start"] == pytest.approx(1 - 2 * round(0.2 * 144) / 144)
    assert record["minimum"] is True


def test_halves_of_a_run_are_means_of_its_measured_spins():
    lesson = lesson_of(4)
    engine = network(lesson, P=4, protocol="unsupervised", K=3, stream=STREAM)
    how = Settings(sweeps=9, thermalization=2, interval=2)
    run = recall(engine, lesson.unseen[0], T=0.8, settings=how, stream=STREAM)
    replica = walker(engine, lesson.unseen[0], STREAM)
    rule = acceptance("heat-bath", 0.8, engine.unit)
    for _ in advance(engine, replica, rule, sweeps=2):
        pass
    blocks = list(advance(engine, replica, rule, sweeps=9, interval=2))
    spins = np.concatenate([block.spins for block in blocks])
    np.testing.assert_allclose(run.halves, [spins[:2].mean(0), spins[2:].mean(0)])
    assert run.accepted == sum(block.accepted for block in blocks) / (16 * 8)
    single = recall(engine, lesson.unseen[0], T=0.8, settings=Settings(sweeps=1, thermalization=0), stream=STREAM)
    np.testing.assert_array_equal(*single.halves)


def test_what_does_not_fit_into_memory_is_refused_before_it_is_drawn():
    lesson = lesson_of(4)
    for protocol, what in (("supervised", "sums of examples"), ("unsupervised", "examples of N spins")):
        with pytest.raises(ValueError, match=f"N = 16 is not allowed: .*{what}.* bytes, more than"):
            network(lesson, P=4, protocol=protocol, K=10**9, stream=STREAM)
