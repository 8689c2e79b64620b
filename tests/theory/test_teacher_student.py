"""Teacher and student: published values, Nishimori, an independent functional, limits, lines, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from scipy.special import log_ndtr, ndtr

import theory
from statmech import TeacherStudent
from statmech.fixed_point import fixed_point
from theory.teacher_student import learning_branch, spinodal, thermodynamic_transition
from theory.teacher_student.curve import load

Z = np.linspace(-10, 10, 4001)
W = np.exp(-Z * Z / 2) / np.exp(-Z * Z / 2).sum()


def functional(model, r, q, rhat, qhat):
    """The free entropy as it is printed, on a plain fine grid; all four parameters independent."""
    t = Z * math.sqrt(q / (1 - q))
    x = math.sqrt(qhat) * Z + rhat
    log = log_ndtr(t) if model.T == 0 else np.logaddexp(-1 / model.T, np.log(-np.expm1(-1 / model.T)) + log_ndtr(t))
    examples = 2 * W @ (ndtr(r * Z / math.sqrt(q - r * r)) * log)
    return -r * rhat - qhat * (1 - q) / 2 + W @ np.logaddexp(x, -x) + model.alpha * examples


# --- published and tabulated values ---


def test_transitions_of_gyorgyi():
    """Györgyi 1990; Seung, Sompolinsky and Tishby 1992: 1.245 and 1.493."""
    transition, end = thermodynamic_transition(0), spinodal(0)
    assert transition.alpha == pytest.approx(1.24468399, abs=1e-8)
    assert transition.q == pytest.approx(0.6937602197, abs=1e-8)
    assert transition.eps_gibbs == pytest.approx(0.2559527506, abs=1e-8)
    assert end.alpha == pytest.approx(1.492631818, abs=1e-8)
    assert end.q == pytest.approx(0.893661, abs=1e-6)
    assert end.stability == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("alpha", "q", "s", "gibbs", "bayes"),
    [
        (0.5, 0.2930890301, 0.3721327777, 0.4053167635, 0.3179031953),
        (1.0, 0.5607147371, 0.1061082678, 0.3105264389, 0.2306260867),
        (1.2, 0.66866138, 0.01796501, 0.26686759, None),
        (1.4, 0.7896990395, -0.05642663091, 0.2102366936, 0.1516438393),
    ],
)
def test_bayes_optimal_learning(alpha, q, s, gibbs, bayes):
    solution = theory.solve(TeacherStudent(alpha=alpha))
    assert solution.q == pytest.approx(q, abs=1e-8)
    assert solution.r == solution.q
    assert solution.s == pytest.approx(s, abs=1e-8)
    assert solution.eps_gibbs == pytest.approx(gibbs, abs=1e-8)
    assert bayes is None or solution.eps_bayes == pytest.approx(bayes, abs=1e-8)
    assert solution.u == solution.f == 0
    assert ("metastable" in solution.message) == (s < 0)


@pytest.mark.parametrize(
    ("alpha", "beta", "r", "q", "e", "s", "gibbs"),
    [
        (0.5, 1.0, 0.1401518474, 0.07531683998, 0.1208738752, 0.6333654187, 0.4552409273),
        (1.0, 1.0, 0.2713720576, 0.1635419043, 0.2165193713, 0.5659473959, 0.4125226189),
        (1.3, 4.0, 0.68414174, 0.6594313265, 0.01665935474, 0.06377124925, 0.2601769601),
    ],
)
def test_gibbs_learning(alpha, beta, r, q, e, s, gibbs):
    solution = theory.solve(TeacherStudent(alpha=alpha, T=1 / beta))
    found = [solution.r, solution.q, solution.u, solution.s, solution.eps_gibbs]
    assert found == pytest.approx([r, q, e, s, gibbs], abs=1e-9)


# --- independent derivations ---


@settings(max_examples=25, deadline=None)
@given(st.floats(0.05, 0.97), st.sampled_from([0.0, 0.1, 0.5, 2.0]))
def test_free_entropy_is_stationary_and_matches_the_functional(fraction, T):
    model = TeacherStudent(alpha=fraction * spinodal(T).alpha, T=T)
    one = theory.solve(model)
    assert one.converged
    assert one.residual <= 1e-12
    x = np.array([one.r, one.q, one.rhat, one.qhat])
    assert functional(model, *x) == pytest.approx(one.s - (one.u / T if T else 0), abs=1e-10)
    scales = (one.q - one.r**2, one.q - one.r**2, one.rhat, one.qhat)
    for k, scale in enumerate(scales):
        h = 1e-4 * scale * np.eye(4)[k]
        assert (functional(model, *(x + h)) - functional(model, *(x - h))) / 2e-4 == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("alpha", "T"), [(0.8, 0.0), (1.2, 0.2), (1.0, 1.0)])
def test_iteration_from_no_knowledge_arrives_at_the_uninformed_state(alpha, T):
    """State evolution, averages on a plain grid."""
    rest = math.exp(-1 / T) if T else 0.0

    def g(omega, V):
        t = omega / math.sqrt(V)
        density = np.exp(-t * t / 2) / math.sqrt(2 * math.pi)
        return (1 - rest) * density / (rest + (1 - rest) * ndtr(t)) / math.sqrt(V)

    def update(x):
        r, q = x
        V, D = 1 - q, max(q - r * r, 1e-12)
        rhat = 2 * alpha / math.sqrt(2 * math.pi) * (W @ g(math.sqrt(D) * Z, V))
        qhat = 2 * alpha * (W @ (ndtr(r * Z / math.sqrt(D)) * g(math.sqrt(q) * Z, V) ** 2))
        tanh = np.tanh(math.sqrt(qhat) * Z + rhat)
        return np.array([W @ tanh, W @ tanh**2])

    found = fixed_point(update, [0.01, 0.01], tolerance=1e-11)
    solution = theory.solve(TeacherStudent(alpha=alpha, T=T))
    assert [solution.r, solution.q] == pytest.approx(found.x.tolist(), abs=1e-9)


def test_stability_is_that_of_the_iteration():
    """Eigenvalues of the Jacobian by finite differences of the map."""
    from theory.perceptron_channel import taught_forces
    from theory.teacher_student.curve import overlaps

    one = theory.solve(TeacherStudent(alpha=1.1, T=0.4))

    def image(r, q):
        force, pull = taught_forces(q, r, 1 - q, q - r * r, 2.5)
        return np.array(overlaps(1.1 * pull, 1.1 * force)[:2])

    h = 1e-6
    J = np.column_stack(
        [
            (image(one.r + h, one.q) - image(one.r - h, one.q)) / (2 * h),
            (image(one.r, one.q + h) - image(one.r, one.q - h)) / (2 * h),
        ]
    )
    assert one.stability == pytest.approx(1 - np.linalg.eigvals(J).real.max(), abs=1e-7)


@pytest.mark.parametrize(("alpha", "T"), [(0.5, 0.5), (1.3, 0.25), (2.0, 1.0)])
def test_entropy_and_energy_are_derivatives(alpha, T):
    h = 1e-3 * T
    here, up, down = (theory.solve(TeacherStudent(alpha=alpha, T=t)) for t in (T, T + h, T - h))
    assert -(up.f - down.f) / (2 * h) == pytest.approx(here.s, abs=1e-6)
    assert here.f == pytest.approx(here.u - T * here.s, abs=1e-14)


# --- limits ---


def test_low_temperature_is_bayes_optimal():
    warm, cold = theory.solve(TeacherStudent(alpha=1.4, T=1 / 30)), theory.solve(TeacherStudent(alpha=1.4))
    for name in ("r", "q", "s", "eps_bayes"):
        assert getattr(warm, name) == pytest.approx(getattr(cold, name), abs=1e-8)


def test_transitions_at_high_temperature():
    """Seung, Sompolinsky and Tishby 1992: with x = alpha/T the free energy is x arccos(r)/pi - S(r)."""

    def free(r, x):
        S = -(1 + r) / 2 * math.log((1 + r) / 2) - (1 - r) / 2 * math.log((1 - r) / 2)
        return x * math.acos(r) / math.pi - S

    def state(x):  # the root of x / (pi sqrt(1-r²)) = arctanh(r) below that of the maximum of x(r), arctanh r = 1.19968
        return optimize.brentq(
            lambda y: math.pi * y / math.cosh(y) - x, 0, optimize.brentq(lambda y: y * math.tanh(y) - 1, 1, 2)
        )

    end = optimize.brentq(lambda y: y * math.tanh(y) - 1, 1, 2)
    limit = math.pi * end / math.cosh(end)
    cross = optimize.brentq(lambda x: free(math.tanh(state(x)), x), 1.2, limit * (1 - 1e-9))
    assert (cross, limit) == pytest.approx((1.69, 2.08), abs=0.01)
    # first order in 1/T
    T = 1e4
    assert spinodal(T).alpha / T == pytest.approx(limit, rel=1e-4)
    assert thermodynamic_transition(T).alpha / T == pytest.approx(cross, rel=1e-4)


def test_few_examples_and_none():
    none = theory.solve(TeacherStudent(alpha=0, T=0.3))
    assert (none.r, none.eps_gibbs, none.u) == (0, 0.5, 0)
    assert none.f == pytest.approx(-0.3 * math.log(2))
    # to first order s = ln 2 - alpha ln 2, and r = q = (2/pi) alpha
    few = theory.solve(TeacherStudent(alpha=1e-7))
    assert (math.log(2) - few.s) / 1e-7 == pytest.approx(math.log(2), rel=1e-6)
    assert few.r / 1e-7 == pytest.approx(2 / math.pi, rel=1e-6)
    assert theory.solve(TeacherStudent(alpha=0), start="perfect").message.startswith("no perfect learning")


# --- lines and states ---


def test_branch_turns_at_the_spinodal():
    for T in (0.0, 0.7):
        branch = learning_branch(T, points=120)
        turn = branch.alpha.argmax()
        assert branch.alpha[turn] == pytest.approx(spinodal(T).alpha, rel=1e-3)
        assert np.all(branch.stability[: turn - 1] > 0)
        assert np.all(branch.stability[turn + 2 :] < 0)
        assert np.all(np.diff(branch.q) > 0)
        # along the curve d phi / d alpha is the partial derivative, E ln f, the same for all solutions that meet
        k = turn // 2
        model = TeacherStudent(alpha=branch.alpha[k], T=T)
        assert theory.solve(model).q == pytest.approx(branch.q[k], rel=1e-9)
        assert branch.s[k] == pytest.approx(theory.solve(model).s, abs=1e-12)


@pytest.mark.parametrize("T", [0.0, 0.2, 1.0])
def test_spinodal_is_where_the_branch_has_its_maximum(T):
    line = spinodal(T)
    beta = math.inf if T == 0 else 1 / T
    around = [load(line.rhat * (1 + h), beta) for h in (-1e-3, 0, 1e-3)]
    assert around[1] == pytest.approx(line.alpha, rel=1e-12)
    assert around[0] < around[1] > around[2]
    assert theory.solve(TeacherStudent(alpha=line.alpha * (1 - 1e-9), T=T)).converged
    beyond = theory.solve(TeacherStudent(alpha=line.alpha * (1 + 1e-9), T=T))
    assert not beyond.converged
    assert math.isnan(beyond.r)
    assert "what exists there is perfect learning" in beyond.message


@pytest.mark.parametrize("T", [0.0, 0.3, 1.5])
def test_states_exchange_at_the_transition(T):
    alpha = thermodynamic_transition(T).alpha
    names = [[one.state for one in theory.states(TeacherStudent(alpha=alpha * x, T=T))] for x in (0.999, 1.001, 2.0)]
    assert names == [["uninformed", "perfect"], ["perfect", "uninformed"], ["perfect"]]
    notes = [theory.solve(TeacherStudent(alpha=alpha * x, T=T), start="perfect").message for x in (1e-6, 0.999, 1.001)]
    assert notes == ["metastable: the uninformed state has more weight"] * 2 + [""]
    there = theory.solve(TeacherStudent(alpha=alpha, T=T))
    assert there.f == pytest.approx(0, abs=1e-12)
    assert there.s == pytest.approx(there.u / T if T else 0, abs=1e-12)


def test_lines_take_arrays():
    T = np.array([[0.0, 0.2], [1.0, 3.0]])
    for line in (spinodal(T), thermodynamic_transition(T)):
        assert line.alpha.shape == (2, 2)
        assert np.all(np.diff(line.alpha.ravel()) > 0)
        assert np.all(line.replica_symmetric)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="start = 'retrieval' is not allowed"):
        theory.solve(TeacherStudent(alpha=1), start="retrieval")
    with pytest.raises(ValueError, match="ansatz = '1RSB' is not allowed"):
        theory.solve(TeacherStudent(alpha=1), ansatz="1RSB")
    with pytest.raises(ValueError, match="T = -0.1 is not allowed"):
        spinodal(-0.1)
    with pytest.raises(ValueError, match="points = 1 is not allowed"):
        learning_branch(0.0, points=1)
    with pytest.raises(ValueError, match="alpha = nan is not allowed"):
        TeacherStudent(alpha=math.nan)


@pytest.mark.parametrize("T", [0.0, 1e-300, 0.3, 1.0, 1e10])
def test_extreme_loads_and_temperatures(T):
    """Small loads are answered by their linear law; beyond the spinodal there is no uninformed state at any load."""
    small = theory.solve(TeacherStudent(alpha=1e-200, T=T))
    assert small.converged
    assert small.rhat == pytest.approx(1e-200 * theory.solve(TeacherStudent(alpha=1e-12, T=T)).rhat / 1e-12, rel=1e-9)
    for alpha in (2000.0, 1e150):
        one = theory.solve(TeacherStudent(alpha=alpha, T=T))
        assert one.converged or "is above its spinodal" in one.message
        assert theory.solve(TeacherStudent(alpha=alpha, T=T), start="perfect").converged
    assert "not resolved" in theory.solve(TeacherStudent(alpha=1, T=2e10)).message
