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
