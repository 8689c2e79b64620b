"""Gaussian averages against adaptive quadrature in extended precision, at any temperature."""

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statmech.gaussian import field_magnetization, field_moments, field_potential, normal_grid

POINTS = [
    (0.97, 0.22, 0.2),  # smooth: z-grid
    (0.3, 0.5, 1.2),
    (0.5, 0.4, 0.1999),  # either side of the switch between the grids
    (0.5, 0.4, 0.2001),
    (0.97, 0.3, 0.05),  # sharp tanh: x-grid
    (0.0, 0.7, 0.01),
    (1.0, 0.3, 1e-3),
    (0.9, 0.1, 0.04),  # weak noise under a sharp tanh: all averages but the sign are in the tail
]


def by_quadrature(m, sigma, T):
    """The eight averages by adaptive quadrature in 30 digits, cut where the integrands change scale."""
    with mp.workdps(30):
        m, sigma, T = map(mp.mpf, (m, sigma, T))
        cuts = {m + k * sigma for k in (-12, -6, -3, 0, 3, 6, 12)}
        cuts |= {k * T for k in (-40, -20, -10, -5, -2, 0, 2, 5, 10, 20, 40) if abs(k * T - m) < 12 * sigma}

        def average(g):
            weight = 1 / (sigma * mp.sqrt(2 * mp.pi))
            return float(mp.quad(lambda h: g(h / T) * weight * mp.exp(-(((h - m) / sigma) ** 2) / 2), sorted(cuts)))

        return [
            average(mp.tanh),
            average(lambda x: mp.tanh(x) ** 2),
            average(lambda x: mp.sech(x) ** 2 / T),
            average(lambda x: mp.sech(x) ** 4 / T),
            average(lambda x: -mp.tanh(x) * mp.sech(x) ** 2 / T**2),
            average(lambda x: (3 * mp.tanh(x) ** 2 - 1) * mp.sech(x) ** 2 / T**3),
            average(lambda x: T * mp.log(2 * mp.cosh(x))),
            average(lambda x: mp.log(2 * mp.cosh(x)) - x * mp.tanh(x)),
        ]


@pytest.mark.parametrize("point", POINTS)
def test_averages_agree_with_extended_precision_quadrature(point):
    _, sigma, _ = point
    values = [*field_moments(*point), *field_potential(*point)]
    scales = np.array([1, 1, 1 / sigma, 1 / sigma, 1 / sigma**2, 1 / sigma**3, 1, 1])
    errors = np.abs(np.array(values) - by_quadrature(*point)) / scales
    assert errors.max() < 1e-13
    assert field_magnetization(*point) == pytest.approx(values[0], abs=1e-15)


def test_zero_temperature_is_the_closed_form_and_the_limit():
    m, sigma = 0.8, 0.35
    y = m / sigma
    density = math.exp(-y * y / 2) / math.sqrt(2 * math.pi)
    M, q, C, C4, M_v, C_v = field_moments(m, sigma, 0.0)
    assert pytest.approx(math.erf(y / math.sqrt(2)), rel=1e-14) == M
    assert q == 1.0
    assert pytest.approx(2 * density / sigma, rel=1e-14) == C
    assert pytest.approx(2 / 3 * 2 * density / sigma, rel=1e-14) == C4
    assert M_v == pytest.approx(-y * density / sigma**2, rel=1e-14)
    assert C_v == pytest.approx((y * y - 1) * density / sigma**3, rel=1e-13)
    L, S = field_potential(m, sigma, 0.0)
    assert pytest.approx(m * math.erf(y / math.sqrt(2)) + 2 * sigma * density, rel=1e-14) == L
    assert S == 0.0
    # the first correction is of order T^2: nothing blows up on the way
    near = field_moments(m, sigma, 1e-8)
    np.testing.assert_allclose(near, [M, 1.0, C, C4, M_v, C_v], rtol=3e-8)


def test_susceptibility_keeps_its_digits_in_the_tail():
    """sigma = 0.04 and m = 1 at T = 0: the weight at zero field is 1e-135, and is known to 13 digits."""
    for T in (0.0, 1e-5):
        *_, C = field_moments(1.0, 0.04, T)[:3]
        assert pytest.approx(2 / 0.04 * math.exp(-312.5) / math.sqrt(2 * math.pi), rel=1e-3 if T else 1e-12) == C


def test_noiseless_spin():
    assert field_moments(0.5, 0.0, 0.0) == (1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    assert field_potential(-0.5, 0.0, 0.0) == (0.5, 0.0)
    assert field_moments(0.0, 0.0, 0.0)[2] == math.inf
    M, q, C, *_ = field_moments(0.5, 0.0, 0.4)
    assert pytest.approx(math.tanh(1.25), rel=1e-14) == M
    assert pytest.approx((1 - q) / 0.4, rel=1e-13) == C


@settings(max_examples=60, deadline=None)
@given(m=st.floats(-1.5, 1.5), sigma=st.floats(0.05, 2.0), T=st.floats(0.02, 2.0))
def test_derivatives_are_those_of_the_averages(m, sigma, T):
    """C = dM/dm, M_v = dM/dv, C_v = dC/dv with v = sigma^2, and the potential generates them: dL/dm = M."""
    h = 1e-3 * max(T, sigma)
    up, down = field_moments(m + h, sigma, T), field_moments(m - h, sigma, T)
    here = field_moments(m, sigma, T)
    curvature = 1 / min(T, 10.0) ** 3 + 1 / sigma**3
    assert (up[0] - down[0]) / (2 * h) == pytest.approx(here[2], abs=h * h * curvature * 2 + 1e-9)
    slope = (field_potential(m + h, sigma, T)[0] - field_potential(m - h, sigma, T)[0]) / (2 * h)
    assert slope == pytest.approx(here[0], abs=h * h * curvature * 2 + 1e-9)
    v, k = sigma**2, 1e-4 * sigma**2
    more, less = (field_moments(m, math.sqrt(x), T) for x in (v + k, v - k))
    assert (more[0] - less[0]) / (2 * k) == pytest.approx(here[4], abs=1e-6 / v)
    assert (more[2] - less[2]) / (2 * k) == pytest.approx(here[5], abs=1e-5 / (v * sigma))


def test_normal_grid_integrates_polynomials_tilts_and_poles():
    z, w = normal_grid()
    assert w @ z**6 == pytest.approx(15, rel=1e-12)
    z, w = normal_grid(reach=9 + 4)
    assert w @ np.exp(4 * z) == pytest.approx(math.exp(8), rel=1e-12)
    z, w = normal_grid(pole=math.pi / 40)  # tanh of slope 20, where 200 Gauss-Hermite nodes are wrong by 1e-3
    with mp.workdps(25):
        exact = mp.quad(lambda x: mp.tanh(3 + 20 * x) ** 2 * mp.npdf(x), [-9, -1, -0.3, -0.15, 0, 0.3, 1, 9])
    assert w @ np.tanh(3 + 20 * z) ** 2 == pytest.approx(float(exact), abs=1e-12)
