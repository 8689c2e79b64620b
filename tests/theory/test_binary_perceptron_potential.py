"""Entropy around a typical configuration of the binary perceptron: values, an independent functional, its window."""

import math

import numpy as np
import pytest
from scipy.special import log_ndtr, ndtr, ndtri

import theory
from statmech import BinaryPerceptron
from theory.binary_perceptron import critical_capacity, franz_parisi_entropy, isolation_distance

TABLE = [  # alpha, d, s, and q, t, phat where they are known
    (0.4, 0.4, 0.39455461, 0.2484055039, 0.2500954321, 0.3808633449),
    (0.4, 0.2, 0.3234369532, 0.4465255544, 0.2736397178, 0.9245041225),
    (0.4, 0.05, 0.1144270898, 0.8253789839, 0.264093435, 1.844670823),
    (0.6, 0.1, 0.1186865435, 0.7036613968, 0.4104183202, 1.78153495),
    (0.8, 0.2, 0.033086796, 0.570529993, 0.549672802, 2.31073114),
]


@pytest.mark.parametrize(("alpha", "d", "s", "q", "t", "phat"), TABLE)
def test_tabulated_values(alpha, d, s, q, t, phat):
    curve = franz_parisi_entropy(BinaryPerceptron(alpha=alpha), d)
    assert curve.s == pytest.approx(s, abs=5e-9)
    assert [float(curve.q), float(curve.t), float(curve.phat)] == pytest.approx([q, t, phat], abs=2e-8)
    assert curve.u == 0
    assert curve.replicon > 0
    assert curve.residual < 1e-10


def test_curve_at_a_load():
    d, s = (
        [0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01],
        [0.394555, 0.383874, 0.323437, 0.204375, 0.114427, 0.045263, 0.018747],
    )
    assert franz_parisi_entropy(BinaryPerceptron(alpha=0.4), d).s == pytest.approx(s, abs=1e-6)


# --- an independent functional ---

X = np.linspace(-8.5, 8.5, 71)
G = np.exp(-X * X / 2) / np.exp(-X * X / 2).sum()


def log_f(t, T):
    return log_ndtr(t) if T == 0 else np.logaddexp(-1 / T, np.log(-np.expm1(-1 / T)) + log_ndtr(t))


def functional(model, reference, p, q, t, qhat, that, phat):
    """The free entropy with the reference's own field y kept, and its weight in front: three Gaussian integrals.

    At T' = 0 the field is cut at the edge by the substitution y = H^-1(H(u0) v), v uniform.
    """
    q0, qhat0, kappa = reference.q, reference.qhat, model.kappa
    b = (
        math.sqrt(max(qhat - that**2 / qhat0, 0)) * X
        + (that / math.sqrt(qhat0) * X)[:, None]
        + (phat - that) * np.array([1.0, -1.0])[:, None, None]
    )
    h = math.sqrt(qhat0) * X
    up = 1 / (1 + np.exp(-2 * h))
    S = sum(G @ (w * (np.logaddexp(field, -field) @ G)) for w, field in zip((up, 1 - up), b, strict=True))
    rest = 0.0 if reference.model.T == 0 else math.exp(-1 / reference.model.T)
    u0 = (kappa - math.sqrt(q0) * X) / math.sqrt(1 - q0)
    nodes, weights = np.polynomial.legendre.leggauss(100)
    v, wv = (nodes + 1) / 2, weights / 2
    c = q - t * t / q0 - (p - t) ** 2 / (1 - q0)
    E = 0.0
    # of each side of the edge, with the probability that the reference is there
    stored, not_stored = ndtr(-u0), rest * ndtr(u0)
    for side, weight in ((1, stored), (-1, not_stored)):
        if not weight.any():
            continue
        tail = ndtr(-side * u0)[:, None] * v
        y = -side * ndtri(tail)
        M = (t / math.sqrt(q0) * X)[:, None] + (p - t) / math.sqrt(1 - q0) * y
        field = (M[..., None] + math.sqrt(c) * X - kappa) / math.sqrt(1 - q)
        E += G @ (weight / (stored + not_stored) * ((log_f(field, model.T) @ G) @ wv))
    return -qhat * (1 - q) / 2 + t * that - p * phat + S + model.alpha * E


@pytest.mark.parametrize(
    ("alpha", "kappa", "T", "reference_T", "d"),
    [(0.4, 0.0, 0.0, 0.0, 0.2), (0.2, 0.5, 0.0, 0.0, 0.15), (0.6, 0.0, 0.3, 0.3, 0.2), (0.6, 0.0, 0.3, 0.8, 0.3)],
)
def test_free_entropy_is_stationary_and_matches_three_integrals(alpha, kappa, T, reference_T, d):
    model = BinaryPerceptron(alpha=alpha, kappa=kappa, T=T)
    reference = theory.solve(BinaryPerceptron(alpha=alpha, kappa=kappa, T=reference_T))
    curve = franz_parisi_entropy(model, d, reference_T=reference_T)
    x = np.array([float(getattr(curve, name)) for name in ("q", "t", "qhat", "that", "phat")])
    p = 1 - 2 * d
    # y = H^-1 has a weak singularity where its uniform variable ends: the quadrature is good to 1e-7
    assert functional(model, reference, p, *x) == pytest.approx(float(curve.phi), abs=1e-6)
    for k in range(5):
        h = 1e-4 * np.eye(5)[k]
        up, down = (functional(model, reference, p, *(x + s * h)) for s in (1, -1))
        assert (up - down) / 2e-4 == pytest.approx(0, abs=2e-5)


# --- identities ---


@pytest.mark.parametrize(("alpha", "T"), [(0.4, 0.0), (0.8, 0.0), (0.6, 0.5), (1.5, 0.4)])
def test_without_constraint_it_is_the_entropy_of_all(alpha, T):
    """At p = q0 the entropy is that of the replica-symmetric solution, and stationary."""
    model = BinaryPerceptron(alpha=alpha, T=T)
    whole = theory.solve(model)
    d = 0.5 * (1 - whole.q)
    curve = franz_parisi_entropy(model, [d - 1e-3, d, d + 1e-3])
    assert curve.s[1] == pytest.approx(whole.s, abs=1e-10)
    assert curve.u[1] == pytest.approx(whole.u, abs=1e-10)
    assert curve.phi[1] == pytest.approx(whole.s - (whole.u / T if T else 0), abs=1e-12)
    assert curve.slope[1] == pytest.approx(0, abs=1e-9)
    assert curve.phi[0] < curve.phi[1] > curve.phi[2]
    assert [float(curve.q[1]), float(curve.t[1])] == pytest.approx([whole.q, whole.q], abs=1e-9)


@pytest.mark.parametrize(
    ("T", "reference_T", "d"), [(0.0, 0.0, 0.1), (0.5, 0.5, 0.2), (0.2, 0.6, 0.2), (0.6, 0.0, 0.3)]
)
def test_slope_and_energy_are_derivatives(T, reference_T, d):
    h = 1e-4
    curve = franz_parisi_entropy(BinaryPerceptron(alpha=0.5, T=T), [d - h, d, d + h], reference_T=reference_T)
    assert (curve.phi[2] - curve.phi[0]) / (2 * h) == pytest.approx(curve.slope[1], abs=1e-5)
    if T:
        beta = 1 / T
        phi = [
            franz_parisi_entropy(BinaryPerceptron(alpha=0.5, T=1 / b), d, reference_T=reference_T).phi
            for b in (beta + h, beta - h)
        ]
        assert -(phi[0] - phi[1]) / (2 * h) == pytest.approx(curve.u[1], abs=1e-7)
        assert curve.phi[1] == pytest.approx(curve.s[1] - beta * curve.u[1], abs=1e-13)


def test_few_patterns_leave_the_number_of_configurations():
    d = np.array([0.1, 0.3, 0.5, 0.7])
    entropy = -d * np.log(d) - (1 - d) * np.log(1 - d)
    few = franz_parisi_entropy(BinaryPerceptron(alpha=1e-7), d)
    assert few.s == pytest.approx(entropy, abs=1e-6)
    # to first order, ln Phi averaged over a normal pair of correlation p of which one is positive
    eps = np.arccos(1 - 2 * d) / math.pi
    z, w = np.polynomial.legendre.leggauss(200)
    y, wy = 4.5 * (z + 1), 4.5 * w
    p = 1 - 2 * d
    hot = franz_parisi_entropy(BinaryPerceptron(alpha=1e-6, T=1e4), d, reference_T=0.0)
    assert hot.u == pytest.approx(1e-6 * eps, rel=1e-3)
    field = p[:, None] * y / np.sqrt(1 - p[:, None] ** 2)
    log = (log_ndtr(field) * np.exp(-y * y / 2) * 2 / math.sqrt(2 * math.pi)) @ wy
    assert (few.s - entropy) / 1e-7 == pytest.approx(log, rel=1e-4)


# --- the window around a solution ---


@pytest.mark.parametrize(("alpha", "d"), [(0.5, 0.00700255), (0.6, 0.01578), (0.7, 0.03693669)])
def test_isolation(alpha, d):
    line = isolation_distance(alpha)
    assert line.d == pytest.approx(d, rel=5e-4)
    assert line.replicon > 0
    around = franz_parisi_entropy(BinaryPerceptron(alpha=alpha), [0.99 * line.d, line.d, 1.01 * line.d])
    assert around.s[0] < 0 < around.s[2]
    assert around.s[1] == pytest.approx(0, abs=1e-10)


def test_the_window_is_open_at_every_load_and_ends_at_the_distance_of_solutions():
    line = isolation_distance([0.4, 0.8, critical_capacity().alpha * (1 - 1e-9)])
    assert np.all(np.diff(line.d) > 0)
    assert np.all(line.d > 0)
    assert line.d[-1] == pytest.approx(0.5 * (1 - critical_capacity().q), abs=1e-4)
    # d ln² d ~ alpha² at small loads
    few = isolation_distance([0.15, 0.3])
    scaled = few.d * np.log(few.d) ** 2
    assert scaled[1] / scaled[0] == pytest.approx(4, rel=0.25)


def test_no_entropy_is_given_where_replica_symmetry_has_ended():
    curve = franz_parisi_entropy(BinaryPerceptron(alpha=0.5), np.geomspace(1e-4, 0.3, 12))
    given = np.isfinite(curve.s)
    assert not given[0]
    assert given[-1]
    # the values that are missing are all on the near side, deep in the window
    assert np.all(np.diff(given.astype(int)) >= 0)
    assert curve.s[given][0] < 0
    assert curve.replicon[given][0] < 0
    assert f"replica symmetry unstable at {np.sum(curve.replicon < 0)}; no replica-symmetric" in repr(curve)
    assert math.isnan(franz_parisi_entropy(BinaryPerceptron(alpha=0.8), 0.9).s)


def test_the_slope_next_to_the_reference_is_infinite():
    """At T > 0, where the branch goes on to d = 0: the loss is of the order of sqrt(d), the gain of -d ln d."""
    d = np.array([1e-3, 1e-4, 1e-5])
    curve = franz_parisi_entropy(BinaryPerceptron(alpha=0.6, T=0.5), d, reference_T=0.0)
    assert np.all(np.diff(curve.slope) < 0)
    assert curve.slope[2] < -20


def test_at_zero_temperature_the_branch_ends_inside_the_window_and_an_energy_takes_over():
    """At T = 0 there is no slope next to the reference: no solutions are, and as T → 0 weights there have errors."""
    d = np.array([1e-4, 3e-4, 1.5e-3, 1e-2])
    ground = franz_parisi_entropy(BinaryPerceptron(alpha=0.5), d)
    cold = franz_parisi_entropy(BinaryPerceptron(alpha=0.5, T=0.02), d, reference_T=0.0)
    assert np.isnan(ground.slope).tolist() == [True, True, False, False]
    assert ground.s[2] < 0 < ground.s[3]
    assert ground.replicon[2] < 0 < ground.replicon[3]
    assert np.all(cold.u[:2] > 1e-4)
    assert np.all(cold.u[2:] < 1e-20)
    assert cold.s[2:] == pytest.approx(ground.s[2:], abs=1e-12)
    assert franz_parisi_entropy(BinaryPerceptron(alpha=0.5), 5.7e-4).slope > 1  # the last before the end


# --- refusals ---


def test_bad_arguments_are_named():
    model = BinaryPerceptron(alpha=0.5)
    for bad in (0.0, 1.0, -0.1, math.nan):
        with pytest.raises(ValueError, match=r"d = .* is not allowed: d must be a real number in \(0, 1\)"):
            franz_parisi_entropy(model, [0.1, bad])
    with pytest.raises(ValueError, match="d = 'a' is not allowed"):
        franz_parisi_entropy(model, "a")
    with pytest.raises(
        ValueError, match=r"reference_T = 0 is not allowed at alpha = 1: .*capacity 0.8330786.*temperature 0.187"
    ):
        franz_parisi_entropy(BinaryPerceptron(alpha=1.0), 0.1)
    with pytest.raises(ValueError, match="alpha = 0.0 is not allowed"):
        franz_parisi_entropy(BinaryPerceptron(alpha=0), 0.1)
    with pytest.raises(ValueError, match=r"alpha = 0.9 is not allowed: alpha must be a real number in \(0, 0.833079\]"):
        isolation_distance(0.9)
    with pytest.raises(ValueError, match=r"alpha = 0.001 .* at least 0.04165393; the window is open at lower loads"):
        isolation_distance(0.001)
    with pytest.raises(AttributeError, match="this curve has t, qhat, that, phat"):
        _ = franz_parisi_entropy(model, 0.1).rhat
    assert "largest s - u/T at d = 0.3" in repr(franz_parisi_entropy(model, [0.1, 0.3]))
