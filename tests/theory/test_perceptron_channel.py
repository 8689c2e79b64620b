"""Output channel of the perceptrons: against adaptive quadrature, tails, derivatives, limits."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate
from scipy.special import log_ndtr, ndtr, wofz

from statmech.perceptron import error_rate, hazard, log_weight
from theory.perceptron_channel import UnresolvedError, pattern_entropy, storage, storage_grid, taught, zeros

BETAS = (0.01, 1.0, 5.0, 30.0, math.inf)


def average(g, points=()):
    """Standard normal average by adaptive quadrature in pieces."""
    edges = np.unique([-11.0, -4.0, 0.0, 4.0, 11.0, *(p for p in points if abs(p) < 11)])

    def integrand(z):
        return float(g(np.array([z]))[0]) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    return sum(integrate.quad(integrand, a, b, epsabs=1e-14, epsrel=1e-12, limit=400)[0] for a, b in pairwise(edges))


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize(("q", "kappa"), [(0.0, 0.7), (0.02, -1.0), (0.56, 0.0), (0.9, 0.5), (0.995, 1.0), (0.5, 6.0)])
def test_storage_against_adaptive_quadrature(q, kappa, beta):
    found = storage(q, 1 - q, kappa, beta)

    def t(z):
        return (math.sqrt(q) * z - kappa) / math.sqrt(1 - q)

    scale = math.sqrt((1 - q) / q) if q else 1.0
    edge = kappa / math.sqrt(q) if q else 0.0
    kink = edge - scale * math.sqrt(2 * beta) if beta < math.inf else edge
    points = (edge, kink, edge - 3 * scale, edge + 3 * scale, kink - scale, kink + scale)
    assert found.log == pytest.approx(average(lambda z: log_weight(t(z), beta), points), rel=1e-10, abs=1e-13)
    assert found.error == pytest.approx(average(lambda z: error_rate(t(z), beta), points), rel=1e-9, abs=1e-13)
    force = average(lambda z: hazard(t(z), beta) ** 2, points) / (1 - q)
    assert found.force == pytest.approx(force, rel=1e-10, abs=1e-13)
    energy = beta * found.error if beta < math.inf else 0.0
    assert found.entropy == pytest.approx(found.log + energy, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("beta", [0.5, 4.0, math.inf])
def test_derivatives_of_storage_by_finite_differences(beta):
    q, kappa, h = 0.4, 0.3, 1e-5
    here, up, down = (storage(x, 1 - x, kappa, beta) for x in (q, q + h, q - h))
    # d/dq of E ln f is -force/2: the order parameter is an average of g², by the heat equation
    assert (up.log - down.log) / (2 * h) == pytest.approx(-here.force / 2, abs=1e-8)
    assert (up.force - down.force) / (2 * h) == pytest.approx(here.slope, abs=1e-8)


@pytest.mark.parametrize(
    ("q", "r", "beta"),
    [(0.3, 0.3, math.inf), (0.9, 0.9, math.inf), (0.3, 0.45, 1.0), (0.5, -0.3, 6.0), (0.8, 0.89442, 2.0)],
)
def test_taught_against_quadrature_and_its_derivatives(q, r, beta):
    def at(q, r):
        return taught(q, r, 1 - q, q - r * r, beta)

    V, D = 1 - q, q - r * r
    here = at(q, r)

    def weighted(g):
        return 2 * average(lambda z: ndtr(r * z / math.sqrt(D)) * g(z * math.sqrt(q / V)), (0.01, -0.01, 0.1, -0.1))

    assert here.log == pytest.approx(weighted(lambda t: log_weight(t, beta)), rel=1e-11)
    assert here.force == pytest.approx(weighted(lambda t: hazard(t, beta) ** 2) / V, rel=1e-11)
    assert here.error == pytest.approx(weighted(lambda t: error_rate(t, beta)), rel=1e-10)
    h = 0.01 * min(V, D, 1e-3)
    to_r = {name: (getattr(at(q, r + h), name) - getattr(at(q, r - h), name)) / (2 * h) for name in vars(here)}
    to_q = {name: (getattr(at(q + h, r), name) - getattr(at(q - h, r), name)) / (2 * h) for name in vars(here)}
    assert to_r["log"] == pytest.approx(here.pull, rel=1e-5)
    assert to_q["log"] == pytest.approx(-here.force / 2, rel=1e-5)
    assert to_r["pull"] == pytest.approx(here.rr, rel=1e-4)
    assert to_q["pull"] == pytest.approx(here.rq, rel=1e-4)
    assert to_r["force"] == pytest.approx(-2 * here.rq, rel=1e-4)
    assert to_q["force"] == pytest.approx(here.qq, rel=1e-4)


def test_tails_keep_their_digits():
    t = np.array([-300.0, -40.0, -8.0, 0.0, 8.0, 40.0])
    a = hazard(t, math.inf)
    # the hazard is -t + 1/|t| - 2/|t|³ far below, the normal density far above
    assert a[:2] == pytest.approx(-t[:2] - 1 / t[:2] + 2 / t[:2] ** 3, rel=1e-6)
    assert a[4] == pytest.approx(math.exp(-32) / math.sqrt(2 * math.pi), rel=1e-12)
    assert a[5] == pytest.approx(0, abs=1e-300)
    np.testing.assert_allclose(log_weight(t, math.inf), log_ndtr(t))
    # at a finite temperature the price is bounded, and 1 - f is not lost where it is small
    f = log_weight(t, 2.0)
    assert f[0] == pytest.approx(-2.0, rel=1e-15)
    assert f[4] == pytest.approx(math.expm1(-2.0) * ndtr(-8.0), rel=1e-12)
    assert pattern_entropy(t, 2.0)[4] == pytest.approx((1 - math.exp(-2) * (1 + 2)) * -ndtr(-8.0), rel=1e-8)


def test_zeros_are_where_they_are_said_to_be():
    def f(t, beta):
        z = -t / math.sqrt(2)
        gain = -math.expm1(-beta)
        return math.exp(-beta) + gain * 0.5 * np.exp(-z * z) * wofz(1j * z)

    assert abs(f(zeros(math.inf)[0], math.inf)) < 1e-7
    # no zeros below the line that the steps rely on: the argument of f turns nowhere along it
    for beta in (0.1, 1.0, 10.0, 50.0):
        height = min(zero.imag for zero in zeros(beta)) * 0.999
        x = np.linspace(-15, 8, 20001)
        values = f(x + 1j * height, beta)
        turns = np.sum(np.angle(values[1:] / values[:-1])) / (2 * math.pi)
        assert abs(turns) < 0.5


def test_too_many_nodes_are_refused():
    with pytest.raises(UnresolvedError, match="nodes"):
        storage_grid(1 - 1e-9, 1e-9, 0.0, 1e4)
