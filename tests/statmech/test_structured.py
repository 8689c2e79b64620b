"""Networks that learn pictures state themselves, and the network of random archetypes that they are held against."""

import math

import pytest

import statmech as sm


def test_it_states_its_parameters_and_the_random_network_beside_it():
    model = sm.StructuredHebbian(P=4, M=20, r=0.7, gamma=0.05, protocol="unsupervised", T=0.1)
    assert model.unstructured == sm.UnsupervisedHebbian(P=4, gamma=0.05, T=0.1, r=0.7, M=20)
    assert sm.StructuredHebbian(P=2, M=3, r=1).unstructured == sm.SupervisedHebbian(P=2, gamma=0, T=0, r=1, M=3)


@pytest.mark.parametrize(("P", "couplings"), [(2, 100), (4, math.comb(99, 3))])
def test_its_classes_are_part_of_the_load(P, couplings):
    model = sm.StructuredHebbian(P=P, M=20, r=0.7, gamma=0.2, classes=5)
    assert model.patterns(100) == round(0.2 * couplings)
    assert model.load(100) == pytest.approx(0.2, abs=1 / couplings)
    empty = sm.StructuredHebbian(P=P, M=20, r=0.7, classes=5)
    assert (empty.patterns(100), empty.load(100)) == (5, 5 / couplings)


def test_pictures_are_square():
    model = sm.StructuredHebbian(P=4, M=20, r=0.7)
    assert model.side(784) == 28
    with pytest.raises(ValueError, match="N = 800 is not allowed: .* as 784 or 841"):
        model.side(800)
    with pytest.raises(ValueError, match="N = 1 is not allowed"):
        model.side(1)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("P", 3), ("P", 0), ("M", 0), ("M", 2.0), ("M", math.inf), ("r", 0.0), ("r", 1.2), ("protocol", "none"),
        ("gamma", -0.1), ("flipped", 1.1), ("T", -1), ("classes", 0), ("length", math.nan),
    ],
)  # fmt: skip
def test_bad_parameters_are_named(name, bad):
    with pytest.raises(ValueError, match=f"{name} = .* is not allowed|{name} must be"):
        sm.StructuredHebbian(**{"P": 4, "M": 20, "r": 0.7, name: bad})
