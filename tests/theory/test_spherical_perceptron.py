"""The spherical perceptron: the closed form of the capacity as a check of the channel, identities, limits."""

import math

import numpy as np
import pytest
from scipy import integrate
from scipy.special import log_ndtr, ndtr

import theory
from statmech import SphericalPerceptron
from theory.spherical_perceptron import critical_capacity, load

Z = np.linspace(-10, 10, 4001)
W = np.exp(-Z * Z / 2) / np.exp(-Z * Z / 2).sum()


@pytest.mark.parametrize(("kappa", "alpha"), [(0.0, 2.0), (0.5, 0.9612050528), (1.0, 0.5195722)])
def test_capacity_of_gardner(kappa, alpha):
    assert critical_capacity(kappa).alpha == pytest.approx(alpha, abs=1e-7)


@pytest.mark.parametrize("kappa", [-8.0, -1.0, 0.0, 0.5, 8.0])
def test_capacity_in_closed_form_is_its_integral(kappa):
    def integrand(z):
        return (z + kappa) ** 2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    integral = integrate.quad(integrand, -kappa, max(12.0, -kappa + 12), epsabs=0, epsrel=1e-13, limit=200)[0]
    assert critical_capacity(kappa).alpha == pytest.approx(1 / integral, rel=1e-11)


@pytest.mark.parametrize("kappa", [-1.0, 0.0, 0.5, 1.0, 5.0])
def test_equations_run_into_the_closed_form_as_q_tends_to_one(kappa):
    """The channel where it is hardest: hazards on a scale sqrt(1-q)."""
    gaps = [1 - load(ratio, kappa, math.inf) / critical_capacity(kappa).alpha for ratio in (1e4, 1e6, 1e8)]
    assert gaps[2] < 1e-6
    assert gaps[0] > gaps[1] > gaps[2] > 0


@pytest.mark.parametrize(("alpha", "kappa", "T"), [(1.0, 0.0, 0.0), (1.9, 0.0, 0.0), (0.3, 1.0, 0.0), (3.0, 0.2, 0.5)])
def test_free_entropy_is_stationary_and_matches_the_functional(alpha, kappa, T):
    one = theory.solve(SphericalPerceptron(alpha=alpha, kappa=kappa, T=T))

    def phi(q):
        t = (math.sqrt(q) * Z - kappa) / math.sqrt(1 - q)
        log = log_ndtr(t) if T == 0 else np.logaddexp(-1 / T, np.log(-np.expm1(-1 / T)) + log_ndtr(t))
        return 0.5 * (math.log1p(-q) + q / (1 - q)) + alpha * (W @ log)

    assert one.s - (one.u / T if T else 0) == pytest.approx(phi(one.q), abs=1e-11)
    h = 1e-5 * (1 - one.q)
    assert (phi(one.q + h) - phi(one.q - h)) / (2 * h) * (1 - one.q) == pytest.approx(0, abs=1e-7)
    assert one.qhat == pytest.approx(one.q / (1 - one.q) ** 2, rel=1e-12)
    assert one.stable


def test_one_pattern_in_a_thousand():
    """First order in alpha: every pattern cuts off its own part of the sphere."""
    few = theory.solve(SphericalPerceptron(alpha=1e-7, kappa=0.4))
    assert few.s / 1e-7 == pytest.approx(log_ndtr(-0.4), rel=1e-6)
    assert theory.solve(SphericalPerceptron(alpha=0)).s == 0


def test_entropy_is_a_derivative_at_finite_temperature():
    T, h = 0.5, 1e-3
    here, up, down = (theory.solve(SphericalPerceptron(alpha=3, T=t)) for t in (T, T + h, T - h))
    assert -(up.f - down.f) / (2 * h) == pytest.approx(here.s, abs=1e-5)
    assert 0 < here.u < 1.5


def test_replica_symmetry_is_marginal_at_the_capacity_without_stability():
    line = critical_capacity([-1.0, 0.0, 1.0])
    assert line.replicon[1] == 0
    assert line.replicon[0] < 0 < line.replicon[2]
    assert line.replicon == pytest.approx(1 - line.alpha * ndtr(line.kappa))
    # on the way there: the replicon falls to its value at the capacity
    near = theory.solve(SphericalPerceptron(alpha=line.alpha[2] * (1 - 1e-5), kappa=1.0))
    assert near.replicon == pytest.approx(line.replicon[2], abs=1e-2)


def test_no_weights_above_the_capacity():
    for alpha in (2.0, 5.0):
        beyond = theory.solve(SphericalPerceptron(alpha=alpha))
        assert not beyond.converged
        assert "the capacity is 2" in beyond.message
        assert theory.states(SphericalPerceptron(alpha=alpha)) == []
    assert "not resolved" in theory.solve(SphericalPerceptron(alpha=2 - 1e-12)).message
    with pytest.raises(ValueError, match="start"):
        theory.solve(SphericalPerceptron(alpha=1), start="frozen")
    with pytest.raises(ValueError, match="ansatz"):
        theory.solve(SphericalPerceptron(alpha=1), ansatz="1RSB")
