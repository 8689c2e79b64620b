"""The nested averages against adaptive quadrature of their definitions."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate

from theory.nested import inner_averages, nested_averages

# m, sigma_0, sigma_1, D, T: glass and retrieval, on both sides of sigma_1 = 2T, T = 0, nearly merged blocks
POINTS = [
    (0.0, 0.5, 0.5, 1.3, 0.1),
    (0.0, 0.6, 0.75, 0.15, 0.8),
    (0.97, 0.44, 0.02, 30.0, 0.005),
    (0.97, 0.44, 0.015, 23.0, 0.016),
    (0.97, 0.44, 0.003, 20.0, 0.021),
    (0.0, 0.93, 0.59, 0.57, 0.0),
    (0.97, 0.44, 0.022, 43.0, 0.0),
]


def modulus(h: float, T: float) -> float:
    return abs(h) + (T * math.log1p(math.exp(-2 * abs(h) / T)) if T > 0 else 0.0)


def quadrature(h0: float, s1: float, D: float, T: float) -> dict[str, float]:
    """Inner averages of tanh, tanh², L and (at T > 0) the rest, by quad on pieces split at the small fields."""
    width = 10 * s1 + D * s1**2
    cuts = sorted({h0 - width, *(c for c in (-20 * T, -3 * T, 0.0, 3 * T, 20 * T) if abs(c - h0) < width), h0 + width})

    def average(g):
        def integrand(h: float) -> float:
            tilt = D * (modulus(h, T) - abs(h0)) - 0.5 * ((h - h0) / s1) ** 2
            return g(h) * math.exp(tilt) / (math.sqrt(2 * math.pi) * s1)

        pieces = pairwise(cuts)
        return sum(integrate.quad(integrand, a, b, epsabs=1e-14, epsrel=1e-12, limit=200)[0] for a, b in pieces)

    def tanh(h: float) -> float:
        return math.tanh(h / T) if T > 0 else math.copysign(1.0, h)

    Z = average(lambda h: 1.0)
    M = average(tanh) / Z
    L = average(lambda h: modulus(h, T)) / Z
    log_Z = math.log(Z) + D * abs(h0)
    out = {"F": log_Z / D, "K": log_Z - D * L, "M": M, "V": average(lambda h: (tanh(h) - M) ** 2) / Z}
    if T > 0:
        sech2 = lambda h: 1 - math.tanh(h / T) ** 2  # noqa: E731
        out["C"] = average(sech2) / Z / T
        out["C4"] = average(lambda h: sech2(h) ** 2) / Z / T
        out["S"] = average(lambda h: modulus(h, T) / T - h / T * math.tanh(h / T)) / Z
    return out


@pytest.mark.parametrize(("m", "s0", "s1", "D", "T"), POINTS)
def test_inner_averages_are_those_of_adaptive_quadrature(m, s0, s1, D, T):
    for h0 in (0.0, 0.4 * s1 + 0.3 * T, -2.5 * s1, 6 * s1 + T):
        inner = inner_averages(np.array([h0]), s1, D, T)
        for name, value in quadrature(h0, s1, D, T).items():
            assert getattr(inner, name)[0] == pytest.approx(value, rel=2e-10, abs=2e-11), (name, h0)


@pytest.mark.parametrize(("m", "s0", "s1", "D", "T"), POINTS)
def test_outer_averages_are_those_of_adaptive_quadrature(m, s0, s1, D, T):
    nested = nested_averages(m, s0, s1, D, T)
    scale = 8 * (s1 + T)
    cuts = sorted(
        {m - 9 * s0, m + 9 * s0, *(c for c in (-scale, -scale / 4, 0.0, scale / 4, scale) if abs(c - m) < 9 * s0)}
    )

    def outer(g):
        def integrand(h0: float) -> float:
            density = math.exp(-0.5 * ((h0 - m) / s0) ** 2) / (math.sqrt(2 * math.pi) * s0)
            return density * float(g(inner_averages(np.array([h0]), s1, D, T))[0])

        pieces = pairwise(cuts)
        return sum(integrate.quad(integrand, a, b, epsabs=1e-13, epsrel=1e-11, limit=100)[0] for a, b in pieces)

    q1 = 1 - T * nested.C
    assert pytest.approx(outer(lambda i: i.F), abs=1e-11) == nested.F
    assert pytest.approx(outer(lambda i: i.M), abs=1e-11) == nested.M
    assert pytest.approx(outer(lambda i: i.V), abs=1e-11) == nested.V
    assert pytest.approx(outer(lambda i: i.K) + 0.5 * (D * s1) ** 2 * q1, abs=1e-11) == nested.K
    assert pytest.approx(outer(lambda i: (i.C + D * i.V) ** 2), abs=1e-9) == nested.X2


@pytest.mark.parametrize(("m", "s0", "s1", "D", "T"), POINTS)
def test_a_finer_grid_changes_nothing(m, s0, s1, D, T):
    coarse = nested_averages(m, s0, s1, D, T)
    fine = nested_averages(m, s0, s1, D, T, refine=1.7)
    for name in coarse._fields:
        assert getattr(coarse, name) == pytest.approx(getattr(fine, name), rel=1e-10, abs=1e-14), name


def test_a_breaking_in_a_tiny_window_of_fields_keeps_its_digits():
    """Deep in the tail the averages are density at zero field times a universal number, whatever the window's width."""
    ratios = []
    for s1 in (1e-8, 1e-20):
        nested = nested_averages(1.0, 0.1, s1, 1.0 / s1, 0.0)
        ratios.append(nested.V / s1)
        assert nested.C + 1.0 / s1 * nested.V == pytest.approx(
            2 * math.exp(-50) / (0.1 * math.sqrt(2 * math.pi)), rel=1e-10
        )
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-10)
