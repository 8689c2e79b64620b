"""Ends and crossing of the branches of a perceptron that learns two tasks, and where replica symmetry fails."""

import math
from dataclasses import replace

import pytest

import statmech as sm
import theory
from theory import continual_perceptron


def test_replica_symmetry_fails_without_much_of_a_prior():
    line = continual_perceptron.at_load(sm.ContinualPerceptron(alpha1=1, beta1=20, gamma1=0))
    assert line.alpha1 == pytest.approx(0.728926, abs=1e-6)
    assert line.replicon == pytest.approx(0, abs=1e-9)
    for alpha, valid in ((0.72, True), (0.74, False)):
        found = theory.solve(sm.ContinualPerceptron(alpha1=alpha, beta1=20, gamma1=0))
        assert (found.replicon > 0) == valid
        assert ("replica symmetry fails" in found.message) != valid


def test_spinodal_and_coexistence_of_the_minimum():
    model = sm.ContinualPerceptron(alpha1=1)
    end = continual_perceptron.spinodal_load(model)
    assert abs(end.stability) < 1e-6
    below, above = (theory.solve(sm.ContinualPerceptron(alpha1=end.alpha1 * x)).state for x in (0.999, 1.001))
    assert (below, above) == ("uninformed", "informed")
    crossing = continual_perceptron.coexistence_load(model)
    at = theory.solve(sm.ContinualPerceptron(alpha1=crossing.alpha1))
    assert at.f == pytest.approx(math.log(2), abs=1e-8)


@pytest.mark.parametrize(("alpha2", "load", "other"), [(0, "alpha1", "alpha2"), (1, "alpha2", "alpha1")])
def test_a_line_that_does_not_exist_has_no_load(alpha2, load, other):
    model = sm.ContinualPerceptron(alpha1=1, alpha2=alpha2)
    lines = {
        "informed state, the teacher itself, has no end": continual_perceptron.spinodal_load(model, "informed"),
        "replica symmetry holds up to the spinodal": continual_perceptron.at_load(model),
    }
    for message, line in lines.items():
        assert math.isnan(line.points[load])
        assert math.isnan(line.p1)
        assert line.points[other] == getattr(model, other)
        assert message in line.message
        assert message in repr(line)


@pytest.mark.slow
def test_branches_without_a_prior():
    """An iteration leaves the uninformed state at a load of 1.78, long before its end."""
    model = sm.ContinualPerceptron(alpha1=1, beta1=20, gamma1=0)
    ends = [continual_perceptron.spinodal_load(model, branch) for branch in ("informed", "uninformed")]
    assert [end.alpha1 for end in ends] == pytest.approx([1.498898, 1.905803], abs=1e-6)
    assert max(abs(end.stability) for end in ends) < 1e-6
    crossing = continual_perceptron.coexistence_load(model).alpha1
    assert crossing == pytest.approx(1.650220, abs=1e-6)
    one, other = theory.states(replace(model, alpha1=crossing))
    assert one.f == pytest.approx(other.f, abs=1e-9)
    for load, names in (
        (1.4985, ["uninformed"]), (1.4995, ["uninformed", "informed"]),
        (1.9055, ["informed", "uninformed"]), (1.9065, ["informed"]),
    ):  # fmt: skip
        found = theory.states(replace(model, alpha1=load))
        assert [one.state for one in found] == names
        assert all(one.residual < 1e-11 and one.stability > 0 for one in found)
    assert theory.solve(replace(model, alpha1=1.85)).state == "uninformed"
    found = theory.solve(replace(model, alpha1=1.95), start="uninformed")
    assert found.message == "the uninformed state ends at a load of 1.9058"


def test_a_state_that_the_iteration_leaves_is_on_the_curve():
    found = theory.solve(sm.ContinualPerceptron(alpha1=1.85, beta1=20, gamma1=0))
    assert (found.state, found.residual < 1e-11, found.stability > 0) == ("uninformed", True, True)
    assert found.eps1 == pytest.approx(0.2063552, abs=1e-7)


def test_replica_symmetry_fails_early_at_low_temperature():
    line = continual_perceptron.at_load(sm.ContinualPerceptron(alpha1=1, beta1=100, gamma1=0))
    assert line.alpha1 == pytest.approx(0.4830, abs=1e-4)


def test_frozen_weights_are_not_the_informed_state():
    """At a small weight of the prior the curve goes on from the uninformed state to one that is not the teacher's."""
    model = sm.ContinualPerceptron(alpha1=0.85, beta1=100, gamma1=0.3)
    assert continual_perceptron.spinodal_load(model).alpha1 == pytest.approx(0.778872, abs=1e-6)
    why = "begin at 0.777601: their sign overlap with it is 0.559 there"
    for line in (continual_perceptron.spinodal_load(model, "informed"), continual_perceptron.coexistence_load(model)):
        assert math.isnan(line.alpha1)
        assert why in line.message
    (frozen,) = theory.states(model)
    assert (frozen.state, frozen.p1) == ("frozen", pytest.approx(0.556567, abs=1e-6))
    assert theory.solve(model).order == frozen.order
    for start, message in (("uninformed", "the uninformed state ends at a load of 0.778872"), ("informed", why)):
        found = theory.solve(model, start=start)
        assert not found.converged
        assert message in found.message
    one, other = theory.states(replace(model, alpha1=1.5))
    assert (one.state, other.state) == ("frozen", "informed")
    assert other.p1 > 0.99
    assert theory.solve(replace(model, alpha1=0.75)).state == "uninformed"


def test_nothing_holds_the_weights_of_the_minimum():
    unbound = continual_perceptron.spinodal_load(sm.ContinualPerceptron(alpha1=1, gamma1=0))
    assert math.isnan(unbound.alpha1)
    assert "there is no minimum inside the cube" in unbound.message


@pytest.mark.slow
def test_first_order_transition_at_a_low_temperature():
    model = sm.ContinualPerceptron(alpha1=1, beta1=100)
    ends = [continual_perceptron.spinodal_load(model, branch) for branch in ("informed", "uninformed")]
    assert [end.alpha1 for end in ends] == pytest.approx([1.500163, 2.215772], abs=1e-6)
    assert max(abs(end.stability) for end in ends) < 1e-6
    crossing = continual_perceptron.coexistence_load(model).alpha1
    one, other = theory.states(sm.ContinualPerceptron(alpha1=crossing, beta1=100))
    assert one.f == pytest.approx(other.f, abs=1e-9)


def test_spinodal_of_the_second_task():
    model = sm.ContinualPerceptron(alpha1=1, alpha2=1, r0=-0.5)
    end = continual_perceptron.spinodal_load(model)
    assert end.alpha2 > continual_perceptron.spinodal_load(sm.ContinualPerceptron(alpha1=1)).alpha1
    assert abs(end.stability) < 1e-6


def test_refusals():
    with pytest.raises(ValueError, match="branch = 'both' is not allowed"):
        continual_perceptron.spinodal_load(sm.ContinualPerceptron(alpha1=1), "both")
    with pytest.raises(ValueError, match="alpha1 = 3.0 is not allowed: task 1 has no state"):
        continual_perceptron.spinodal_load(sm.ContinualPerceptron(alpha1=3, alpha2=1))
