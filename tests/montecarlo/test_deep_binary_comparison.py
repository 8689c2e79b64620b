"""Courses and comparisons: what is forgotten, what is paired, and that seeds tell everything."""

import math
from functools import partial

import numpy as np
import pytest
from scipy import stats

from montecarlo.deep_binary import (
    Comparison,
    Contestant,
    Elastic,
    Metaplastic,
    Training,
    Variational,
    compare,
    contestants,
    final_accuracy,
    forgetting,
    last_task,
    load,
    paired,
    permuted_pictures,
    save,
    take_course,
)
from montecarlo.deep_binary.course import BINS, evaluate
from montecarlo.deep_binary.methods import new_network

STREAM = np.random.SeedSequence(3)
SMALL = partial(permuted_pictures, tasks=2, examples=30, tests=20, side=10, r=0.9)
SHORT = Training(hidden=(40,), epochs=6, batch=30)


@pytest.fixture(scope="module")
def compared():
    entrants = (
        Contestant(name="free", grid=(Variational(prior="none", rate=0.001), Variational(prior="none", rate=0.05))),
        Contestant(name="metaplastic", grid=(Metaplastic(m=3.0),)),
        Contestant(name="elastic", grid=(Elastic(rate=0.05),)),
        Contestant(name="joint", grid=(Metaplastic(),), joint=True),
    )
    return compare(entrants, SMALL, training=SHORT, seeds=3, tuning_seeds=1, seed=1)


def test_measures_of_accuracies():
    accuracy = np.array([[0.9, 0.1, 0.2], [0.6, 0.8, 0.3], [0.7, 0.5, 0.9]])
    assert final_accuracy(accuracy) == pytest.approx(0.7)
    assert forgetting(accuracy) == pytest.approx((0.2 + 0.3) / 2)
    assert last_task(accuracy) == 0.9
    late = np.array([[0.5, 0.1], [0.7, 0.8]])
    assert forgetting(late) == 0.0
    np.testing.assert_allclose(forgetting(np.stack([late, late - 0.1])), [0.0, 0.0])
    assert math.isnan(forgetting(accuracy[-1:]))
    assert math.isnan(forgetting(np.array([[0.5]])))


@pytest.mark.parametrize("method", [Variational(prior="none", rate=0.05), Elastic(rate=0.05), Metaplastic()])
def test_a_course_learns_task_after_task_and_forgets(method):
    tasks = SMALL(STREAM)
    course = take_course(tasks, method, training=SHORT, stream=STREAM)
    for accuracy in course.accuracy.values():
        assert accuracy.shape == (2, 2)
        assert accuracy[0, 0] > 0.8
        assert accuracy[1, 1] > 0.8
        assert accuracy[0, 1] < 0.4
        assert accuracy[1, 0] < accuracy[0, 0]
    assert course.loss.shape == (2, 6)
    assert np.all(course.loss[:, -1] < course.loss[:, 0])
    assert course.variance.shape == (2, 2, BINS)
    np.testing.assert_allclose(course.variance.sum(-1), 1.0)
    assert np.all((course.flipped >= 0) | np.isnan(course.flipped))
    again = take_course(tasks, method, training=SHORT, stream=STREAM)
    for name, accuracy in course.accuracy.items():
        np.testing.assert_array_equal(accuracy, again.accuracy[name])


def test_a_strong_penalty_keeps_the_first_task_and_learns_no_other():
    tasks = SMALL(STREAM)
    free, stiff = (
        take_course(tasks, Elastic(rate=0.05, importance="variance", strength=x), training=SHORT, stream=STREAM)
        for x in (0.0, 1e5)
    )
    assert stiff.accuracy["sign"][1, 0] > free.accuracy["sign"][1, 0] + 0.2
    assert stiff.accuracy["sign"][1, 1] < free.accuracy["sign"][1, 1] - 0.2


def test_strong_metaplasticity_does_the_same():
    tasks = SMALL(STREAM)
    free, rigid = (take_course(tasks, Metaplastic(m=m), training=SHORT, stream=STREAM) for m in (0.0, 30.0))
    assert rigid.accuracy["sign"][1, 0] > free.accuracy["sign"][1, 0]
    assert rigid.accuracy["sign"][1, 1] < free.accuracy["sign"][1, 1]


def test_all_tasks_together_are_one_lesson():
    course = take_course(SMALL(STREAM), Metaplastic(), training=SHORT, joint=True, stream=STREAM)
    assert course.accuracy["sign"].shape == (1, 2)
    assert course.accuracy["sign"].min() > 0.8


def test_evaluations_agree_where_weights_are_certain():
    (task, _) = SMALL(STREAM)
    network = new_network((task.N, 20, 10), 1.0, STREAM)
    network.theta[:] = 50 * np.sign(network.theta)
    values = [evaluate(network, task, 1.0, name=name, generator=np.random.default_rng(1))
              for name in ("field", "sampled", "sign")]  # fmt: skip
    assert values[1] == values[2]
    assert values[0] == pytest.approx(values[2], abs=0.01)  # logits of binary weights can be tied, fields cannot
    network.theta[:] = 0.0
    chance = evaluate(network, task, 1.0, name="sampled", generator=np.random.default_rng(1))
    assert chance < 0.3


def test_a_comparison_tunes_and_pairs(compared):
    assert compared.chosen["free"].rate == 0.05
    scores = compared.tuning["free"]
    assert set(scores) == {"field", "sampled", "sign"}
    assert scores[compared.evaluation["free"]][1] == max(max(values) for values in scores.values())
    assert set(compared.accuracy["free"]) == {"field", "sampled", "sign"}
    assert set(compared.accuracy["joint"]) == {"sign"}
    assert compared.accuracy["free"]["field"].shape == (3, 2, 2)
    assert compared.accuracy["joint"]["sign"].shape == (3, 1, 2)
    assert compared.evaluation["joint"] == "sign"
    np.testing.assert_array_equal(
        compared.values("free", "final"), final_accuracy(compared.accuracy["free"][compared.evaluation["free"]])
    )
    found = paired(compared, "joint", "free", "final")
    values = [compared.values(name, "final") for name in ("joint", "free")]
    assert found.difference.mean == pytest.approx(np.mean(values[0] - values[1]))
    assert found.difference.mean > 5 * found.difference.error
    assert found.p == pytest.approx(stats.ttest_rel(*values).pvalue)
    assert found.p < 0.02
    assert repr(found).startswith("+0.")
    with pytest.raises(ValueError, match="other = 'free' is not allowed: it is compared with itself"):
        paired(compared, "free", "free", "final")
    assert "joint" in repr(compared).splitlines()[-1]
    assert compared.estimate("free", "forgetting").mean > 0.1
    with pytest.raises(ValueError, match="measure = 'speed' is not allowed"):
        compared.values("free", "speed")
    for names in (("free", "nobody"), ("nobody", "free")):
        with pytest.raises(ValueError, match="name = 'nobody' is not allowed: name must be one of 'free'"):
            paired(compared, *names, "final")
    with pytest.raises(ValueError, match="'field' is not allowed: evaluation must be one of 'own', 'sign'$"):
        paired(compared, "free", "joint", "final", other_evaluation="field")


def test_methods_see_the_same_tasks_and_seeds_do_not_change_with_the_entrants(compared):
    entrants = [Contestant(name="metaplastic", grid=(Metaplastic(m=3.0),))]
    alone = compare(entrants, SMALL, training=SHORT, seeds=2, tuning_seeds=1, seed=1)
    assert alone.tuning["metaplastic"] == compared.tuning["metaplastic"]
    both = compared.accuracy["metaplastic"]["sign"]
    np.testing.assert_array_equal(alone.accuracy["metaplastic"]["sign"], both[:2])


def test_a_comparison_is_kept_as_plain_data(compared, tmp_path):
    path = tmp_path / "comparison.json"
    save(compared, path)
    again = load(path)
    assert isinstance(again, Comparison)
    assert again.chosen == compared.chosen
    assert repr(again) == repr(compared)
    np.testing.assert_allclose(again.variance["free"], compared.variance["free"], atol=1e-6)
    np.testing.assert_allclose(again.flipped["free"], compared.flipped["free"], atol=1e-6)


@pytest.mark.parametrize("text", ['{"a": 1}', "[]"])
def test_a_file_of_something_else_is_refused(text, tmp_path):
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="other.json' is not allowed: a comparison has chosen, evaluation"):
        load(path)


def test_all_contestants_have_grids_of_the_same_size():
    assert {len(entrant.grid) for entrant in contestants()} == {9}
    assert len({entrant.name for entrant in contestants()}) == len(contestants())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": 0}, "seeds = 0 is not allowed"),
        ({"seeds": 1}, "seeds = 1 is not allowed: seeds must be an integer, at least 2"),
        ({"tuning_seeds": 0}, "tuning_seeds = 0"),
        ({"seed": -1}, "seed = -1"),
    ],
)
def test_impossible_comparisons_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        compare((), SMALL, **({"seed": 1} | changes))


def test_contestants_that_cannot_compete_are_refused():
    one = Contestant(name="metaplastic", grid=(Metaplastic(),))
    for entrants in ((), (one, one)):
        with pytest.raises(ValueError, match=r"entrants = \[.*\] is not allowed: there must be at least one"):
            compare(entrants, SMALL, seed=1)
    with pytest.raises(ValueError, match=r"grid = \(\) is not allowed: 'none' must have"):
        Contestant(name="none", grid=())


def test_a_number_is_no_stream():
    with pytest.raises(ValueError, match="stream = 4 is not allowed"):
        take_course(SMALL(STREAM), Metaplastic(), training=SHORT, stream=4)


@pytest.mark.parametrize("changes", [{"hidden": (0,)}, {"epochs": 0}, {"batch": 0}])
def test_impossible_trainings_are_refused(changes):
    with pytest.raises(ValueError, match=f"{next(iter(changes))} = 0 is not allowed"):
        Training(**changes)


def test_a_network_has_a_hidden_layer():
    with pytest.raises(ValueError, match=r"hidden = \(\) is not allowed"):
        Training(hidden=())
