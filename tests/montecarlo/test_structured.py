"""Networks that learn synthetic pictures: they learn what is easy, lose what is hopeless, and are reproducible."""

import numpy as np
import pytest

import montecarlo
import statmech as sm
import theory
from montecarlo.structured import synthetic_lesson
from statmech.datasets import gram_check

PROTOCOLS = ("supervised", "unsupervised")


def simulate(samples=3, N=196, **changes):
    given = {"P": 4, "M": 30, "r": 0.7, "classes": 6} | changes
    return montecarlo.simulate(sm.StructuredHebbian(**given), N=N, samples=samples, seed=2)


def test_a_lesson_shows_archetypes_with_structure_and_examples_of_their_quality():
    model = sm.StructuredHebbian(P=4, M=50, r=0.6, classes=20)
    lesson = synthetic_lesson(model, 784, np.random.SeedSequence(1))
    assert (lesson.examples.shape, lesson.unseen.shape, lesson.r) == ((20, 50, 784), (20, 784), 0.6)
    own = np.einsum("kan,kn->ka", lesson.examples.astype(float), lesson.archetypes) / 784
    assert own.mean() == pytest.approx(0.6, abs=5 * 0.8 / np.sqrt(own.size * 784))
    assert np.all(lesson.archetypes.sum(1) == 0)
    assert not np.any(np.all(lesson.examples == lesson.unseen[:, None], -1))
    rms = [
        np.sqrt(np.mean(gram_check(patterns).gram[np.triu_indices(20, 1)] ** 2))
        for patterns in (
            lesson.archetypes,
            synthetic_lesson(
                sm.StructuredHebbian(P=4, M=1, r=1, classes=20, length=0), 784, np.random.SeedSequence(1)
            ).archetypes,
        )
    ]
    assert rms[0] == pytest.approx(0.13, abs=0.02)
    assert rms[1] == pytest.approx(1 / 28, rel=0.2)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_many_examples_are_learnt_and_unseen_ones_recognised(protocol):
    run = simulate(protocol=protocol)
    assert run.success.mean == 1.0
    assert run.m.mean > 0.995
    assert run.start.mean == pytest.approx(0.7, abs=0.03)
    assert run.r2.mean == pytest.approx(0.49, abs=0.01)
    assert run.equilibrated
    assert "local minimum" in run.verdict


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("P", "N"), [(2, 196), (4, 36)])
def test_too_heavy_a_load_is_lost(protocol, P, N):
    run = simulate(protocol=protocol, P=P, N=N, M=5, gamma=2.0)
    assert run.m_kept.mean < 0.7
    assert run.m.mean < 0.6
    assert run.model.load(N) == pytest.approx(2.0, rel=1e-3)


def test_a_start_without_information_is_recognised_by_chance():
    run = simulate(flipped=0.5, samples=8)
    assert abs(run.start.mean) < 0.05
    assert run.success.mean < 0.6
    assert abs(run.m.mean) < 0.5


def test_single_examples_are_stored_until_there_are_enough_and_never_with_a_teacher():
    """Between the two numbers of examples lies M_ex = 13.1."""
    M_ex = theory.learning.generalization_examples(0.7, P=4)
    few, many = 5, 30
    assert few < M_ex < many
    alone = {M: simulate(protocol="unsupervised", N=784, M=M, samples=2) for M in (few, many)}
    taught = simulate(N=784, M=few, samples=2)
    assert alone[few].m_seen.mean == pytest.approx(0.7, abs=0.03)
    assert alone[few].m.mean > 0.9
    assert alone[many].m_seen.mean > 0.995
    assert taught.m_seen.mean > 0.9


def test_four_spins_tell_archetypes_apart_that_pairs_confuse():
    pairs, quadruples = (simulate(P=P, M=10, N=784, classes=10, samples=4) for P in (2, 4))
    assert quadruples.m.mean > pairs.m.mean + 3 * pairs.m.error
    assert quadruples.success.mean == 1.0 > pairs.success.mean


def test_independent_pixels_follow_the_theory_where_the_load_is_small():
    """At M = 5 examples, whose majority is wrong in 2.7 per cent of the pixels."""
    run = simulate(length=0.0, N=784, M=5, classes=3)
    assert run.m.mean == pytest.approx(theory.solve(run.model).m, abs=0.01)


def test_heat_forgets_and_cold_does_not():
    settings = {"N": 64, "samples": 5, "seed": 3, "sweeps": 100, "thermalization": 20}
    for protocol in PROTOCOLS:
        cold, hot = (
            montecarlo.simulate(sm.StructuredHebbian(P=4, M=20, r=0.8, classes=3, protocol=protocol, T=T), **settings)
            for T in (0.05, 3.0)
        )
        assert cold.m.mean > 0.98
        assert cold.acceptance < 0.05
        assert abs(hot.m.mean) < 0.1
        assert hot.acceptance > 0.4
        assert cold.equilibrated
        assert "m of the halves" in cold.verdict
    alone = montecarlo.simulate(hot.model, **(settings | {"samples": 1}))
    assert not alone.equilibrated
    assert alone.verdict == "too few samples to tell"


def test_it_is_reproducible():
    one, other = (simulate(gamma=0.02, N=64, protocol="unsupervised").to_dict() for _ in range(2))
    assert one == other
    assert simulate(gamma=0.02, N=64).m != simulate(gamma=0.03, N=64).m


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"N": 200}, "N = 200 is not allowed: a picture is square"),
        ({"start": "random"}, "start = 'random' is not allowed"),
        ({"engine": "look-up"}, "engine = 'look-up' is not allowed"),
        ({"temperatures": 3, "hottest": 2.0}, "temperatures = 3 is not allowed"),
    ],
)
def test_what_it_cannot_do_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        montecarlo.simulate(
            sm.StructuredHebbian(P=4, M=2, r=0.7, T=0.5), **({"N": 64, "samples": 1, "seed": 1} | changes)
        )


def test_an_average_takes_a_record():
    model = sm.StructuredHebbian(P=4, M=2, r=0.7)
    with pytest.raises(ValueError, match=r"records = \[\] is not allowed"):
        montecarlo.summarise(model, 64, [], montecarlo.Settings())
    montecarlo.warm(model, montecarlo.Settings())
