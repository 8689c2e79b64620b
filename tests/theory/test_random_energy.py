"""The random energy model: closed forms, their derivatives, and the p-spin model at large p."""

import math

import pytest

import theory
from statmech import PSpin, RandomEnergy
from theory.random_energy import CRITICAL_TEMPERATURE, GROUND_STATE_ENERGY, complexity


def test_published_values():
    assert pytest.approx(0.6005612043932249, abs=1e-15) == CRITICAL_TEMPERATURE
    assert pytest.approx(-0.8325546111576977, abs=1e-15) == GROUND_STATE_ENERGY


@pytest.mark.parametrize("T", [0.0, 0.2, 0.6])
def test_frozen_phase(T):
    frozen = theory.solve(RandomEnergy(T=T))
    assert frozen.f == frozen.u == GROUND_STATE_ENERGY
    assert frozen.s == 0
    assert frozen.x == pytest.approx(T / CRITICAL_TEMPERATURE)
    assert frozen.q == 1 - frozen.x
    assert theory.solve(RandomEnergy(T=T), ansatz="full").q_EA == 1
    # the energy is that of one step of breaking: -β ξ(1) (1 - <q>), with x = 1 - <q>
    if T > 0:
        assert frozen.u == pytest.approx(-0.5 / T * frozen.x)


@pytest.mark.parametrize("T", [0.7, 1.5])
def test_paramagnet_counts_its_levels(T):
    state = theory.states(RandomEnergy(T=T))[0]
    assert state.state == "paramagnet"
    assert state.s == pytest.approx(complexity(state.u))
    assert state.f == pytest.approx(state.u - T * state.s)
    # the temperature is the inverse of the slope of the complexity
    assert (complexity(state.u + 1e-6) - complexity(state.u - 1e-6)) / 2e-6 == pytest.approx(1 / T, abs=1e-8)


def test_the_transition_is_continuous_in_free_energy_and_entropy():
    T = CRITICAL_TEMPERATURE
    para = theory.solve(RandomEnergy(T=T), start="paramagnet")
    assert para.f == pytest.approx(GROUND_STATE_ENERGY, abs=1e-14)
    assert para.s == pytest.approx(0, abs=1e-14)
    assert complexity(GROUND_STATE_ENERGY) == pytest.approx(0, abs=1e-15)


def test_states_and_absences():
    assert [state.state for state in theory.states(RandomEnergy(T=0.5))] == ["spin-glass", "paramagnet"]
    assert [state.state for state in theory.states(RandomEnergy(T=0))] == ["spin-glass"]
    assert [state.state for state in theory.states(RandomEnergy(T=0.7), ansatz="RS")] == ["paramagnet"]
    assert not theory.solve(RandomEnergy(T=0.7)).converged
    assert not theory.solve(RandomEnergy(T=0.3), ansatz="RS").converged
    assert math.isnan(theory.solve(RandomEnergy(T=0.7)).f)
    with pytest.raises(ValueError, match="ansatz"):
        theory.solve(RandomEnergy(T=0.3), ansatz="2RSB")


@pytest.mark.parametrize("T", [0.0, 0.3])
def test_it_is_the_limit_of_many_spin_interactions(T):
    errors = [theory.solve(PSpin(p=p, T=T)).f - theory.solve(RandomEnergy(T=T)).f for p in (6, 12, 24)]
    assert errors[0] > 20 * errors[1] > 400 * errors[2] > 0
