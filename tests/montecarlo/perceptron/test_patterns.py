"""Patterns of perceptrons: labels, products of bytes, exact fields."""

import numpy as np
import pytest

import statmech as sm
from montecarlo.perceptron.patterns import (
    combined,
    draw_patterns,
    errors,
    fields,
    prepared,
    solves,
    storage_patterns,
    taught,
    taught_patterns,
)

SEED = np.random.SeedSequence(1)


def test_simulation_and_message_passing_draw_the_same_patterns():
    for model in (sm.BinaryPerceptron(alpha=0.5), sm.TeacherStudent(alpha=0.5)):
        X, unit = draw_patterns(model, 101, "auto", SEED)
        assert (X.shape, X.dtype, unit) == ((50, 101), np.dtype(np.int8), 1.0)
        drawn = storage_patterns(model, 101, SEED) if isinstance(model, sm.BinaryPerceptron) else taught(X)
        again, teacher = taught_patterns(sm.TeacherStudent(alpha=0.5), 101, SEED)
        assert np.array_equal(np.abs(drawn), np.abs(X))
        assert np.array_equal(np.sort(np.abs(again @ teacher.astype(int))), np.sort(np.abs(X @ teacher.astype(int))))
    assert np.array_equal(storage_patterns(sm.BinaryPerceptron(alpha=0.5), 101, SEED), X)


def test_a_teacher_stores_its_examples():
    X, teacher = taught_patterns(sm.TeacherStudent(alpha=2), 301, SEED)
    assert np.all(X.astype(int) @ teacher.astype(int) > 0)
    assert X.dtype == teacher.dtype == np.int8
    assert abs(teacher.mean()) < 0.3


def test_other_models_and_numbers_for_streams_are_refused():
    storage, teacher = sm.BinaryPerceptron(alpha=0.5), sm.TeacherStudent(alpha=0.5)
    with pytest.raises(ValueError, match=r"model = TeacherStudent\(.*\) is not allowed: .* taught_patterns"):
        storage_patterns(teacher, 101, SEED)
    with pytest.raises(ValueError, match=r"model = BinaryPerceptron\(.*\) is not allowed: .* storage_patterns"):
        taught_patterns(storage, 101, SEED)
    for draw, model in ((storage_patterns, storage), (taught_patterns, teacher)):
        with pytest.raises(ValueError, match="stream = 1 is not allowed: stream must be a numpy.random.SeedSequence"):
            draw(model, 101, 1)


@pytest.mark.parametrize("P", [1, 7, 8, 9, 203])
def test_products_of_bytes(P):
    """Against double precision, for numbers of rows with any remainder by eight."""
    rng = np.random.default_rng(P)
    X = rng.choice(np.array([-1, 1], np.int8), (P, 101))
    a, g = rng.normal(size=101), rng.normal(size=P)
    both = prepared(X)
    np.testing.assert_allclose(combined(both.columns, a), X @ a, atol=2e-5)
    np.testing.assert_allclose(combined(both.rows, g), g @ X, atol=2e-5)
    exact = prepared(X.astype(float))
    np.testing.assert_allclose(combined(exact.columns, a), X @ a, atol=1e-12)
    np.testing.assert_allclose(combined(exact.rows, g), g @ X, atol=1e-12)


@pytest.mark.parametrize("kind", [np.int8, np.int16, float])
def test_solutions_are_told_from_fields_at_the_edge(kind):
    X = np.array([[1, 1, 1], [1, -1, 1], [1, 1, -1]]).astype(kind)
    w = np.array([1, 1, 1], np.int8)
    assert fields(X, w).tolist() == [3, 1, 1]
    assert solves(X, w, 1.0)
    assert not solves(X, w, 1.01)
    assert [errors(X, w, kappa) for kappa in (1 / np.sqrt(3), 0.6, 1.7)] == [0, 2, 2]
    assert errors(X, np.array([-1, 1, 1], np.int8)) == 2
    with pytest.raises(ValueError, match="N = 2 is not allowed: with patterns ±1"):
        errors(X[:, :2], w[:2])
