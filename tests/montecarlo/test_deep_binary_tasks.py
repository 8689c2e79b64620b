"""Sequences of tasks: permuted, split, and taught by teachers that change."""

import numpy as np
import pytest

from montecarlo.deep_binary import (
    Metaplastic,
    Training,
    joined,
    permuted_digits,
    permuted_pictures,
    permuted_tasks,
    picture_task,
    split_pictures,
    split_tasks,
    take_course,
    teacher_tasks,
    unrelated_teachers,
)
from statmech.datasets import Pictures, read_pictures, synthetic_pictures

STREAM = np.random.SeedSequence(3)


@pytest.fixture(scope="module")
def task():
    pictures = synthetic_pictures(classes=6, examples=25, r=0.7, shape=(12, 12), stream=STREAM)
    return picture_task(pictures, training=20, held_out=5, stream=STREAM)


def teachers(**changes):
    given = {"N": 101, "hidden": 3, "examples": 50, "tests": 20, "r0": 0.5, "tasks": 3, "stream": STREAM}
    return teacher_tasks(**(given | changes))


def test_pictures_are_learnt_and_tested_apart(task):
    assert (len(task.labels), len(task.test_labels), task.classes) == (120, 30, 6)
    assert np.all(np.abs(task.inputs) == 1)
    assert task.inputs.dtype == np.float32
    np.testing.assert_array_equal(np.bincount(task.labels), 20)
    np.testing.assert_array_equal(np.bincount(task.test_labels), 5)
    assert not {row.tobytes() for row in task.inputs} & {row.tobytes() for row in task.test_inputs}
    assert repr(task) == f"120 examples, 30 to test, N = {task.N} inputs, 6 outputs"


def test_labels_of_pictures_are_numbered_from_zero():
    generator = np.random.default_rng(1)
    pictures = Pictures(images=generator.normal(size=(30, 4, 4)), labels=np.repeat([2, 5, 9], 10))
    task = picture_task(pictures, training=6, held_out=4, stream=STREAM)
    assert (set(task.labels), set(task.test_labels), task.classes) == ({0, 1, 2}, {0, 1, 2}, 3)


def test_permuted_tasks_have_the_same_pixels_in_other_places(task):
    first, second, third = permuted_tasks(task, tasks=3, stream=STREAM)
    assert first is task
    for other in (second, third):
        assert np.any(other.inputs != task.inputs)
        np.testing.assert_array_equal(np.sort(other.inputs, axis=1), np.sort(task.inputs, axis=1))
        np.testing.assert_array_equal(other.inputs @ other.test_inputs.T, task.inputs @ task.test_inputs.T)
        np.testing.assert_array_equal(other.labels, task.labels)
    assert np.any(second.inputs != third.inputs)
    np.testing.assert_array_equal(permuted_tasks(task, tasks=2, stream=STREAM)[1].inputs, second.inputs)


def test_split_tasks_are_the_classes_in_turn(task):
    parts = split_tasks(task, classes=2)
    assert [(len(part.labels), part.classes) for part in parts] == [(40, 2)] * 3
    for k, part in enumerate(parts):
        for label in (0, 1):
            np.testing.assert_array_equal(part.inputs[part.labels == label], task.inputs[task.labels == 2 * k + label])
            own = part.test_inputs[part.test_labels == label]
            np.testing.assert_array_equal(own, task.test_inputs[task.test_labels == 2 * k + label])
    with pytest.raises(ValueError, match="classes = 4 is not allowed: classes must divide the task's 6"):
        split_tasks(task, classes=4)


def test_synthetic_pictures_come_permuted_or_split():
    permuted, parts = (
        permuted_pictures(STREAM, tasks=2, examples=4, tests=2, side=8),
        split_pictures(STREAM, examples=4),
    )
    assert [(len(part.labels), part.classes) for part in permuted] == [(40, 10)] * 2
    assert [(len(part.labels), len(part.test_labels), part.classes) for part in parts] == [(8, 100, 2)] * 5


def test_a_teacher_of_one_perceptron_changes_by_its_overlap():
    """The labels of one teacher on the other's inputs differ on a fraction arccos(r0)/π."""
    first, second = teachers(hidden=1, tasks=2, examples=20_000, tests=1)
    # many random examples tell the weights of a perceptron by their sum
    weights = [np.sign((2 * task.labels - 1) @ task.inputs) for task in (first, second)]
    assert weights[0] @ weights[1] / 101 == pytest.approx(0.5, abs=0.01)
    answers = [np.sign(second.inputs @ w) for w in weights]
    np.testing.assert_array_equal(answers[1] > 0, second.labels == 1)
    assert np.mean(answers[0] != answers[1]) == pytest.approx(np.arccos(0.5) / np.pi, abs=0.03)


def test_teachers_are_a_chain_of_committees():
    tasks = teachers()
    assert [(len(task.labels), len(task.test_labels), task.classes, task.N) for task in tasks] == [(50, 20, 2, 101)] * 3
    for r0, low, high in ((1.0, 0.75, 1.0), (-1.0, 0.0, 0.25)):
        pair = teachers(hidden=1, r0=r0, tasks=2, examples=1000, tests=1000)
        for task in pair:
            assert np.mean(task.labels) == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(1000))
        course = take_course(pair, Metaplastic(), training=Training(hidden=(20,)), stream=STREAM)
        assert low < course.accuracy["sign"][0, 1] < high


def test_joined_tasks_are_all_of_them(task):
    parts = split_tasks(task)
    whole = joined(parts)
    assert (len(whole.labels), len(whole.test_labels), whole.classes) == (120, 30, 2)
    with pytest.raises(ValueError, match=r"tasks with \(inputs, outputs\) = .* are not allowed"):
        joined([task, parts[0]])
    with pytest.raises(ValueError, match=r"tasks with \(inputs, outputs\) = \[\] are not allowed"):
        joined([])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"N": 100}, "N = 100 is not allowed: N must be odd"),
        ({"hidden": 2}, "hidden = 2 is not allowed: hidden must be odd"),
        ({"r0": 1.5}, "r0 = 1.5 is not allowed"),
        ({"tasks": 0}, "tasks = 0 is not allowed"),
        ({"examples": 0}, "examples = 0 is not allowed"),
        ({"tests": 0}, "tests = 0 is not allowed"),
    ],
)
def test_impossible_teachers_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        teachers(**changes)


def test_files_in_the_idx_format_make_a_course(tmp_path):
    """From files as those of MNIST, written here, to the accuracy of a network that learns their tasks."""
    pictures = synthetic_pictures(classes=4, examples=20, r=0.9, shape=(8, 8), stream=STREAM)
    images = np.where(pictures.images > pictures.images.mean(), 255, 0).astype(np.uint8)
    for name, array in (("images", images), ("labels", pictures.labels.astype(np.uint8))):
        sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
        (tmp_path / name).write_bytes(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes())
    source = read_pictures(tmp_path / "images", tmp_path / "labels")
    task = picture_task(source, training=15, held_out=5, stream=STREAM)
    training = Training(hidden=(20,), epochs=15, batch=10)
    for tasks in (permuted_tasks(task, tasks=2, stream=STREAM), split_tasks(task, classes=2)):
        course = take_course(tasks, Metaplastic(rate=0.01), training=training, stream=STREAM)
        assert course.accuracy["sign"].shape == (2, 2)
        assert np.diag(course.accuracy["sign"]).min() > 0.75


def test_sequences_of_the_comparison():
    pytest.importorskip("sklearn")
    digits = permuted_digits(STREAM)
    assert len(digits) == 5
    assert repr(digits[0]).startswith("1200 examples, 500 to test")
    assert not np.array_equal(digits[0].inputs, digits[1].inputs)
    found = unrelated_teachers(STREAM)
    assert [repr(task) for task in found] == ["2000 examples, 1000 to test, N = 101 inputs, 2 outputs"] * 3
