"""Results print as physics and become plain data under common names."""

import math

import pytest

import statmech as sm
from statmech.results import Estimate, Simulation, with_error


@pytest.mark.parametrize(
    ("mean", "error", "text"),
    [
        (0.99123, 0.00042, "0.9912(4)"),
        (0.99123, 0.0012, "0.9912(12)"),
        (0.9916, 0.0096, "0.992(10)"),
        (-0.4999, 0.02, "-0.50(2)"),
        (123.4, 15.0, "123(15)"),
        (5.0, 0.0, "5(0)"),
        (0.32982888033043789, 7.9e-17, "0.329829(0)"),
        (0.0, 0.0, "0(0)"),
        (-1e-9, 4e-10, "-0.0000000010(4)"),
        (0.5, math.nan, "0.5(?)"),
    ],
)
def test_value_with_error(mean, error, text):
    assert with_error(mean, error) == text


def test_a_load_that_is_rounded_far_is_told():
    far = simulation(model=sm.Hopfield(alpha=0.05, T=0.3), N=2)
    assert "[N = 2, alpha = 0.5 in place of 0.05, 20 samples" in repr(far)
    assert "in place" not in repr(simulation(model=sm.Hopfield(alpha=0.05, T=0.3), N=100))
    assert "in place" not in repr(simulation(model=sm.Hopfield(alpha=0.0, T=0.3), N=100))
    assert "alpha = 0 in place of 0.1" in repr(simulation(model=sm.BinaryPerceptron(alpha=0.1, T=0.3), N=4))
    assert "in place" not in repr(simulation(model=sm.Multitasking(K=2, d=0.3, T=0.1), N=4))
    examples = sm.SupervisedHebbian(P=2, gamma=0.05, T=0.1, r=0.5, M=4)
    assert "gamma = 0.1 in place of 0.05" in repr(simulation(model=examples, N=10))
    for indices, load in (("distinct", 0.1), ("repeated", 6 / 216)):
        dense = sm.DenseHebbian(P=4, gamma=0.001, T=0.1, indices=indices)
        assert f"gamma = {load:.3g} in place of 0.001" in repr(simulation(model=dense, N=6))


def simulation(**changes):
    given = {
        "model": sm.Hopfield(alpha=0.05, T=0.3),
        "N": 2000,
        "samples": 20,
        "estimates": {"m": Estimate(mean=0.9912, error=0.0004, tau=1.3, samples=20)},
        "acceptance": 0.01,
        "equilibrated": True,
        "verdict": "agrees",
        "engine": "couplings",
    }
    return Simulation(**{**given, **changes})


def test_simulation_prints_as_physics():
    assert repr(simulation()) == "m = 0.9912(4)  [N = 2000, 20 samples, τ = 1.3, equilibrated]"
    assert "NOT equilibrated: 5 sigma apart" in repr(simulation(equilibrated=False, verdict="5 sigma apart"))


def test_simulation_is_plain_data_under_the_names_of_theory():
    data = simulation(arrays={"P_q": [0.5, 0.5]}).to_dict()
    assert data["m"] == 0.9912
    assert data["m_err"] == 0.0004
    assert data["P_q"] == [0.5, 0.5]
    assert simulation().m.error == 0.0004
    with pytest.raises(AttributeError, match="no observable 'x'"):
        _ = simulation().x
