"""Phase lines of networks that learn from examples, and how many examples it takes."""

import itertools
import math

import numpy as np
import pytest

import statmech as sm
import theory
from theory import dense, hopfield
from theory.dense import rs
from theory.learning import (
    at_temperature,
    coexistence_load,
    critical_examples,
    critical_load,
    critical_load_of_entropy,
    dataset_entropy,
    examples_for_magnetization,
    generalization_examples,
    kappa,
    one_step_examples,
    one_step_magnetization,
    zero_temperature,
)
from theory.learning.law import dense_network, gaussian
from theory.learning.states import solve_learning

KINDS = {"supervised": sm.SupervisedHebbian, "unsupervised": sm.UnsupervisedHebbian}

# --- the critical load at T = 0, Gaussian form ---


@pytest.mark.parametrize(
    ("P", "rho", "gamma", "m"),
    [
        (4, 0.0, 0.197860, 0.91792), (4, 0.05, 0.15745433687579832, 0.88160), (4, 0.1, 0.13057829883661493, 0.84512),
        (4, 0.15, 0.112014371672279, 0.81082), (4, 0.5, 0.06373088073725496, 0.64502), (4, 1.0, 0.048919, 0.52497),
        (6, 0.0, 0.157680, 0.96199), (6, 0.05, 0.107112, 0.93743), (6, 0.1, 0.07710902272277714, 0.90890),
        (6, 0.15, 0.058564, 0.87937), (6, 0.5, 0.020948, 0.71525), (6, 1.0, 0.013044, 0.58448),
        (2, 0.0, 0.137906, 0.96742), (2, 0.05, 0.09914869351257184, 0.94874), (2, 0.1, 0.07154129673856637, 0.92437),
        (2, 0.2, 0.03875975488381121, 0.86728), (2, 0.5, 0.009069, 0.71667),
    ],
)  # fmt: skip
def test_critical_load_at_zero_temperature(P, rho, gamma, m):
    point = critical_load_of_entropy(rho, P=P)
    assert point.gamma == pytest.approx(gamma, abs=1e-9 if len(str(gamma)) > 9 else 5.1e-7)
    assert point.m == pytest.approx(m, abs=5.1e-6)
    # against the maximum of the curve that is explicit in y
    r = 1 / math.sqrt(1 + rho)
    y = np.linspace(1e-3, zero_temperature.largest_argument(rho), 20001)[:-1]
    curve = [zero_temperature.load(one, P, r, 1.0, "supervised") for one in y.tolist()]
    assert point.gamma == pytest.approx(max(curve), rel=1e-6)
    slope = np.sign(np.diff(curve))
    assert np.sum(slope[:-1] > slope[1:]) == 1  # one maximum
    assert zero_temperature.critical_load(P, r, 1.0, "supervised") == pytest.approx(point.gamma, rel=1e-12)
    assert point.m < math.erf(1 / math.sqrt(2 * rho)) if rho else True


@pytest.mark.parametrize(("P", "limit"), [(4, 0.0382), (6, 0.00857)])
def test_bad_examples_leave_the_average_of_the_examples(P, limit):
    closed = (2 / math.pi) ** (P - 1) * (P - 2) ** (P - 2) / (P - 1) ** (P - 1)
    assert closed == pytest.approx(limit, abs=5e-5)
    far = critical_load_of_entropy(1e8, P=P)
    assert far.gamma == pytest.approx(closed, rel=1e-7)
    assert far.m < 1e-3


@pytest.mark.parametrize(
    ("r", "M", "load"),
    [
        (0.6, 10, 0.041378561234218965),
        (0.5, 20, 0.046748742193509066),
        (0.5, 100, 0.1076980358410944),
        (0.3, 100, 0.052621),
        (0.8, 5, 0.064873),
    ],
)
def test_critical_load_of_pairs_without_a_teacher(r, M, load):
    point = critical_load(P=2, r=r, M=M, protocol="unsupervised", examples="gaussian")
    assert point.gamma == pytest.approx(load, abs=2e-9 if len(str(load)) > 9 else 5.1e-7)
    assert zero_temperature.critical_load(2, r, M, "unsupervised") == pytest.approx(point.gamma, rel=1e-12)


@pytest.mark.parametrize(
    ("P", "r", "M", "value"),
    [
        (4, 0.5, 20, 7.861607126904209), (4, 0.6, 10, 3.561839259228937), (4, 0.8, 5, 1.3004974591200842),
        (4, 0.4, 50, 21.126524), (4, 0.3, 100, 104.35594), (6, 0.6, 20, 14.350070028938486),
    ],
)  # fmt: skip
def test_amplification(P, r, M, value):
    assert kappa(r, M, P=P) == pytest.approx(value, rel=1e-13 if len(str(value)) > 10 else 5e-8)
    assert kappa(r, M, P=P) == pytest.approx(sm.UnsupervisedHebbian(P=P, gamma=0, T=0, r=r, M=M).kappa, rel=1e-14)


@pytest.mark.parametrize(("r", "M", "load"), [(0.5, 20, 0.014248), (0.6, 10, 0.029229), (0.8, 5, 0.096352)])
def test_without_a_teacher_the_load_is_divided(r, M, load):
    one, two = (critical_load(P=4, r=r, M=M, protocol=p, examples="gaussian").gamma for p in KINDS)
    assert two == pytest.approx(load, abs=5.1e-7)
    assert one / two == pytest.approx(kappa(r, M, P=4), rel=1e-12)


def test_exact_critical_load_at_zero_temperature():
    """Binomial law: the maximum of n^(2P-2)/y² with n = E chi erf(y chi / sqrt 2), y = n^(P-1)/sigma."""
    for P, (r, M) in itertools.product((4, 6), ((0.5, 20), (0.8, 3), (0.2, 9))):
        k = np.arange(M + 1)
        weights = [math.comb(M, j) * ((1 + r) / 2) ** j * ((1 - r) / 2) ** (M - j) for j in k.tolist()]
        chi = (2 * k / M - 1) / math.sqrt(r * r + (1 - r * r) / M)
        y = np.geomspace(0.1, 30, 4001)
        n = (chi * weights) @ np.vectorize(math.erf)(np.outer(chi, y) / math.sqrt(2))
        assert critical_load(P=P, r=r, M=M).gamma == pytest.approx((n ** (2 * P - 2) / y**2).max(), rel=1e-5)


# --- at any temperature ---


@pytest.mark.parametrize("protocol", KINDS)
@pytest.mark.parametrize(("r", "M"), [(1.0, 3), (0.4, math.inf)])
def test_lines_of_stored_patterns_are_recovered(protocol, r, M):
    args = {"r": r, "M": M, "protocol": protocol}
    T = np.array([0.0, 0.1, 0.3])
    for P in (4, 6):
        assert critical_load(T, P=P, **args).gamma == pytest.approx(dense.critical_load(T, P=P).gamma, abs=1e-13)
    assert critical_load(T, P=2, **args).gamma == pytest.approx(hopfield.critical_load(T).alpha, abs=1e-13)
    one_step = critical_load(0.05, P=4, ansatz="1RSB", **args)
    assert one_step.gamma == pytest.approx(dense.critical_load(0.05, P=4, ansatz="1RSB").gamma, abs=1e-13)
    gamma = [0.08, 0.12]
    assert pytest.approx(dense.at_temperature(gamma, P=4).T, abs=1e-13) == at_temperature(gamma, P=4, **args).T
    assert pytest.approx(hopfield.at_temperature(gamma).T, abs=1e-13) == at_temperature(gamma, P=2, **args).T
    assert coexistence_load(T, P=4, **args).gamma == pytest.approx(dense.coexistence_load(T, P=4).gamma, abs=1e-12)
    assert coexistence_load(T, P=2, **args).gamma == pytest.approx(hopfield.coexistence_load(T).alpha, abs=1e-12)


@pytest.mark.parametrize("examples", ["binomial", "gaussian"])
@pytest.mark.parametrize("protocol", KINDS)
@pytest.mark.parametrize("P", [2, 4])
def test_retrieval_ends_at_the_critical_load(P, protocol, examples):
    for r, M, T in ((0.5, 20, 0.0), (0.7, 5, 0.15), (0.5, 6, 0.2)):
        line = critical_load(T, P=P, r=r, M=M, protocol=protocol, examples=examples)
        assert line.stability == pytest.approx(0, abs=1e-6)

        def at(factor, r=r, M=M, T=T, gamma=line.gamma):
            return solve_learning(KINDS[protocol](P=P, gamma=factor * gamma, T=T, r=r, M=M), examples=examples)

        below = at(1 - 1e-8)
        assert below.converged
        assert below.m == pytest.approx(line.m, abs=1e-2)
        assert not at(1 + 1e-8).converged


def test_with_poor_examples_the_line_ends_where_the_state_becomes_unstable():
    """No maximum there: the curve of solutions runs on to larger loads, with complex eigenvalues of negative part."""
    net = dense_network(4, gaussian(1.0))
    T = 0.5 * rs.melting(net)[0]
    n, gamma = rs.spinodal(net, T)
    assert rs.load(net, 0.99 * n, T) > gamma > rs.load(net, 1.01 * n, T)
    stability = [rs.symmetric_at(net, rs.load(net, x, T), T, x, rs.noise(net, x, T)).stability for x in (0.99 * n, n)]
    assert stability[0] < 0
    assert stability[1] == pytest.approx(0, abs=1e-10)


def test_one_step_critical_load_hardly_depends_on_temperature():
    """Replica symmetry puts it too low by half; breaking makes the line all but vertical, below the unstable ones."""
    args = {"P": 4, "r": 1 / math.sqrt(1.2), "M": 1, "examples": "gaussian"}
    one = critical_load([0.0, 0.1], ansatz="1RSB", **args)
    assert one.gamma == pytest.approx([0.16638, 0.16544], abs=1e-5)
    assert critical_load(0.0, **args).gamma == pytest.approx(0.09870, abs=1e-5)
    assert np.all(np.abs(one.stability) < 1e-5)


@pytest.mark.parametrize("examples", ["binomial", "gaussian"])
@pytest.mark.parametrize("P", [2, 4])
def test_replica_symmetry_becomes_unstable_on_its_line(P, examples):
    args = {"r": 0.6, "M": 20, "protocol": "unsupervised"}
    line = at_temperature([0.005, 0.02, 0.03], P=P, examples=examples, **args)
    assert line.replicon == pytest.approx(0, abs=1e-9)
    assert np.all(np.diff(line.T) > 0)
    for T, gamma in zip(line.T, line.gamma, strict=True):
        model = sm.UnsupervisedHebbian(P=P, gamma=gamma, T=0.999 * T, r=0.6, M=20)
        found = solve_learning(model, examples=examples)
        assert found.replicon < 0
    with pytest.raises(ValueError, match="gamma = 0.5 is not allowed"):
        at_temperature(0.5, P=P, examples=examples, **args)


@pytest.mark.parametrize("P", [2, 4])
def test_free_energies_are_equal_at_coexistence(P):
    line = coexistence_load([0.15, 0.2], P=P, r=0.6, M=20, protocol="unsupervised")
    for T, gamma in zip(line.T, line.gamma, strict=True):
        best, second, *_ = theory.states(sm.UnsupervisedHebbian(P=P, gamma=gamma, T=T, r=0.6, M=20))
        assert "retrieval" in (best.state, second.state)
        assert best.f == pytest.approx(second.f, abs=1e-11)
    # with few examples, replica-symmetric retrieval is the global minimum up to its end
    last = coexistence_load(0.0, P=4, r=0.6, M=20)
    assert last.gamma == critical_load(0.0, P=4, r=0.6, M=20).gamma


def test_lines_end_without_load():
    assert critical_load(1.0, P=2, r=0.5, M=20).gamma == 0
    assert coexistence_load(1.0, P=2, r=0.5, M=20).gamma == 0
    end = rs.melting(dense_network(4, gaussian(0.15)))[0]
    assert critical_load_of_entropy(0.15, P=4, T=end).gamma == 0
    assert critical_load_of_entropy(0.15, P=4, T=end * (1 - 1e-6)).gamma < 1e-5
    near = [critical_load(1 - x, P=2, r=0.5, M=20).gamma for x in (1e-4, 1e-5, 1e-8)]
    assert near[0] / near[1] == pytest.approx(100, rel=1e-2)
    assert near[1] / near[2] == pytest.approx(1e6, rel=1e-2)


def test_lines_broadcast_their_arguments():
    grid = critical_load([0.1, 0.2], P=4, r=0.6, M=[[10], [20], [40]])
    assert grid.gamma.shape == (3, 2)
    assert grid.gamma[2, 1] == critical_load(0.2, P=4, r=0.6, M=40).gamma
    assert grid.M[2, 1] == 40
    assert grid.r[0, 0] == 0.6
    line = critical_load_of_entropy([0.0, 0.1], P=4, T=0.1)
    assert list(line.points)[:4] == ["P", "rho", "T", "gamma"]
    assert line.gamma.shape == (2,)


# --- how many examples ---


@pytest.mark.parametrize(
    ("P", "r", "gamma", "with_teacher", "without"),
    [
        (4, 0.5, 0.05, "3.219536", "89.31946"),
        (4, 0.5, 0.1, "15.433", "266.25"),
        (4, 0.3, 0.1, "52.015", "15594.7"),
        (4, 0.7, 0.1, "5.354", "17.968"),
        (6, 0.5, 0.05, "16.354", "1911.5"),
    ],
)
def test_critical_number_of_examples(P, r, gamma, with_teacher, without):
    for protocol, value in (("supervised", with_teacher), ("unsupervised", without)):
        M = critical_examples(r, P=P, gamma=gamma, protocol=protocol)
        digits = len(value.split(".")[1])
        assert pytest.approx(float(value), abs=0.51 * 10**-digits) == M
        assert zero_temperature.critical_load(P, r, M, protocol) == pytest.approx(gamma, rel=1e-10)
        assert zero_temperature.critical_load(P, r, 1.01 * M, protocol) > gamma


@pytest.mark.parametrize("P", [2, 4])
@pytest.mark.parametrize("T", [0.0, 0.15])
def test_critical_number_of_examples_is_on_the_critical_line(P, T):
    gamma = 0.06 if P == 2 else 0.15
    M = critical_examples(0.4, P=P, gamma=gamma, T=T)
    assert critical_load_of_entropy(dataset_entropy(0.4, M), P=P, T=T).gamma == pytest.approx(gamma, rel=1e-9)
    M = critical_examples(0.4, P=P, gamma=gamma, T=T, protocol="unsupervised")
    low, high = (
        critical_load(T, P=P, r=0.4, M=x, protocol="unsupervised", examples="gaussian").gamma
        for x in (math.floor(M), math.ceil(M))
    )
    assert low < gamma < high


@pytest.mark.parametrize(("P", "r", "M", "protocol"), [(4, 0.6, 12, "unsupervised"), (2, 0.5, 9, "supervised")])
def test_critical_number_of_examples_with_one_step_of_breaking(P, r, M, protocol):
    how = {"P": P, "protocol": protocol}
    gamma = float(critical_load(r=r, M=M, examples="gaussian", ansatz="1RSB", **how).gamma)
    broken = critical_examples(r, gamma=gamma, ansatz="1RSB", **how)
    assert broken == pytest.approx(M, rel=1e-5)
    assert critical_examples(r, gamma=gamma, **how) > (1.3 if P == 4 else 1.001) * broken


def test_critical_number_of_examples_where_replica_symmetry_holds():
    assert critical_examples(0.6, P=4, gamma=0.1, T=0.25, ansatz="1RSB") == critical_examples(
        0.6, P=4, gamma=0.1, T=0.25
    )
    assert critical_examples(0.5, P=4, gamma=0.3, ansatz="1RSB") == math.inf


def test_poor_examples_need_many():
    """r^-2 with a teacher, r^-2P without; for pairs without one r^-4."""
    r = np.array([0.02, 0.01])
    supervised = critical_examples(r, P=4, gamma=0.1)
    assert supervised[1] / supervised[0] == pytest.approx(4, rel=1e-3)
    unsupervised = critical_examples(r, P=4, gamma=0.1, protocol="unsupervised")
    gamma_c = dense.critical_load(0, P=4).gamma
    assert unsupervised * r**8 == pytest.approx(0.1 / (gamma_c - 0.1), rel=1e-2)
    pairs = critical_examples(r, P=2, gamma=0.05, protocol="unsupervised")
    assert pairs[1] / pairs[0] == pytest.approx(16, rel=1e-2)


def test_more_load_needs_more_examples_until_nothing_helps():
    M = critical_examples(0.5, P=4, gamma=[0.01, 0.05, 0.1, 0.19, 0.2])
    assert M[0] == 1
    assert np.all(np.diff(M[:4]) > 0)
    assert M[4] == math.inf
    assert critical_examples(1.0, P=4, gamma=0.1) == 1
    assert critical_examples(0.5, P=4, gamma=0.1, T=0.6) == math.inf


def test_number_of_examples_for_a_magnetization():
    M = examples_for_magnetization(0.9, 0.5, P=4, gamma=0.05)
    assert pytest.approx(12.622, abs=5.1e-4) == M
    for P, protocol, gamma in itertools.product((2, 4), KINDS, (0.005, 0.05)):
        M = examples_for_magnetization(0.95, 0.5, P=P, gamma=gamma, protocol=protocol)
        least = critical_examples(0.5, P=P, gamma=gamma, protocol=protocol)
        assert least <= M < math.inf
        for whole, enough in ((math.ceil(M), True), (math.floor(M), False)):
            found = solve_learning(KINDS[protocol](P=P, gamma=gamma, T=0, r=0.5, M=whole), examples="gaussian")
            assert (found.converged and found.m >= 0.95) == enough
    assert examples_for_magnetization(0.999, 0.5, P=4, gamma=0.18) == math.inf
    # where the state appears with a larger magnetisation, the spinodal is the threshold
    assert examples_for_magnetization(0.5, 0.5, P=4, gamma=0.1) == critical_examples(0.5, P=4, gamma=0.1)


def test_one_step_estimates():
    for gamma, one, two in ((0.05, 4.694, 16.579), (0.1, 6.032, 31.667)):
        assert one_step_examples(0.5, P=4, gamma=gamma) == pytest.approx(one, abs=5.1e-4)
        assert one_step_examples(0.5, P=4, gamma=gamma, protocol="unsupervised") == pytest.approx(two, abs=5.1e-4)
    assert one_step_magnetization(0.5, 20, P=4, gamma=0.1) == pytest.approx(0.9206, abs=5.1e-5)
    assert one_step_magnetization(0.5, 20, P=4, gamma=0.01, protocol="unsupervised") == pytest.approx(0.938, abs=5e-4)
    for protocol in KINDS:
        M = one_step_examples(0.5, P=4, gamma=0.1, protocol=protocol)
        assert one_step_magnetization(0.5, M, P=4, gamma=0.1, protocol=protocol) == pytest.approx(
            math.erf(math.sqrt(0.5)), abs=1e-12
        )
    assert one_step_magnetization(1.0, 3, P=4, gamma=0.0) == 1
    assert one_step_examples(0.5, P=4, gamma=1.0) == math.inf
    assert one_step_examples(0.9, P=4, gamma=0.0) == 1


def test_one_step_by_sampling():
    """Pairs: the field at an archetype, from examples drawn at random."""
    rng = np.random.default_rng(5)
    N, K, M, r = 400, 40, 8, 0.6
    R = r * r + (1 - r * r) / M
    rho = dataset_entropy(r, M)
    for protocol in KINDS:
        fields = []
        for _ in range(30):
            xi = rng.choice([-1, 1], (K, 1, N))
            eta = xi * np.where(rng.random((K, M, N)) < (1 + r) / 2, 1, -1)
            v = eta.mean(axis=1) if protocol == "supervised" else eta.reshape(-1, N) / math.sqrt(M)
            s = xi[0, 0]
            h = (v.T @ (v @ s) - (v**2).sum(axis=0) * s) / (N * R)
            fields.append(h * s)
        fields = np.concatenate(fields)
        S = rho + K / N * (1 + rho) ** 2 * (kappa(r, M, P=2) if protocol == "unsupervised" else 1.0)
        assert fields.mean() == pytest.approx(1 / (1 + rho), rel=0.02)
        assert fields.var() == pytest.approx(S / (1 + rho) ** 2, rel=0.05)


def test_examples_are_stored_up_to_a_number():
    assert generalization_examples(0.6, P=4) == pytest.approx(36.722450845907645, abs=1e-9)
    assert generalization_examples([1.0, 0.5], P=2) == pytest.approx([2, 9])


def test_bad_requests_are_named():
    with pytest.raises(ValueError, match="protocol = 'teacher' is not allowed"):
        critical_load(P=4, r=0.5, M=20, protocol="teacher")
    with pytest.raises(ValueError, match="ansatz = 'full' is not allowed"):
        critical_load(P=4, r=0.5, M=20, ansatz="full")
    with pytest.raises(ValueError, match="T = 0.5 is not allowed"):
        critical_load(0.5, P=4, r=0.5, M=20)
    with pytest.raises(ValueError, match=r"M = 2\.5 is not allowed"):
        critical_load(P=4, r=0.5, M=2.5)
    with pytest.raises(ValueError, match="rho = -0.1 is not allowed"):
        critical_load_of_entropy(-0.1, P=4)
    with pytest.raises(ValueError, match="r = 0.0 is not allowed"):
        critical_examples(0.0, P=4, gamma=0.1)
    with pytest.raises(ValueError, match="gamma = 0.0 is not allowed"):
        critical_examples(0.5, P=4, gamma=0.0)
    with pytest.raises(ValueError, match="ansatz = 'full' is not allowed"):
        critical_examples(0.5, P=4, gamma=0.1, ansatz="full")
    with pytest.raises(ValueError, match="M = 0 is not allowed"):
        kappa(0.5, 0, P=4)
    with pytest.raises(ValueError, match="P = 3 is not allowed"):
        generalization_examples(0.5, P=3)
    with pytest.raises(ValueError, match="m = 1.0 is not allowed"):
        examples_for_magnetization(1.0, 0.5, P=4, gamma=0.1)
