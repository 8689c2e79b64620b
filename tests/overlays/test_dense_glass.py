r"""Theory against simulation of dense networks that have forgotten: the paramagnet, the glass, and what the noise is.

In the paramagnet energies of finite networks are known beyond their limit. Of K independent patterns

.. math::

    \mathrm{E} \ln Z = \ln \mathrm{E} Z - \tfrac12 \ln \frac{\mathrm{E} Z^2}{(\mathrm{E} Z)^2} + O(1/N), \qquad
    \frac{\mathrm{E} Z}{2^N} = \bigl( \mathrm{E}\, e^{-\beta F(M)} \bigr)^K ,

because the logarithm of Z is Gaussian there, and the second moment is a sum over the overlap of two states.
"""

import math

import numpy as np
import pytest
from scipy.special import gammaln, logsumexp

import montecarlo
import statmech as sm
import theory
from montecarlo.engines.interactions import dense_interaction
from theory.dense.network import stored

REACH = 0.6
"""Overlap up to which pairs of states count in the second moment: beyond, rare patterns in both dominate it."""


def log_binomial(n: int, k: np.ndarray) -> np.ndarray:
    """Logarithm of the share of one value of a sum of n signs."""
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) - n * math.log(2)


def log_partition(model: sm.DenseHebbian, N: int, beta: float) -> float:
    """Mean of ln Z over the patterns, without N ln 2, through order 1 in N."""
    F, K = np.array(dense_interaction(N, model.P, model.indices), float), model.patterns(N)
    alone = logsumexp(log_binomial(N, np.arange(N + 1)) - beta * F)
    different = np.arange(math.ceil(0.5 * N * (1 - REACH)), math.floor(0.5 * N * (1 + REACH)) + 1)
    pairs = []
    for d in different.tolist():
        a, b = np.arange(N - d + 1)[:, None], np.arange(d + 1)
        weights = log_binomial(N - d, a) + log_binomial(d, b)
        pairs.append(logsumexp(weights - beta * (F[a + b] + F[a + d - b])) - 2 * alone)
    return float(K * alone - 0.5 * logsumexp(log_binomial(N, different) + K * np.array(pairs)))


def energy(model: sm.DenseHebbian, N: int) -> float:
    """Energy per spin of the paramagnet, through order 1/N."""
    beta, step = 1 / model.T, 1e-3
    return -(log_partition(model, N, beta + step) - log_partition(model, N, beta - step)) / (2 * step * N)


@pytest.mark.parametrize("indices", ["distinct", "repeated"])
def test_energy_of_small_paramagnets_tends_to_the_theory(indices: str) -> None:
    model = sm.DenseHebbian(P=4, gamma=0.2, T=1.2, indices=indices)
    small, middle, large = (energy(model, N) for N in (100, 200, 400))
    limit = theory.solve(model, start="paramagnet").u
    assert abs(large - limit) < abs(small - limit) / 3.5
    assert (8 * large - 6 * middle + small) / 3 == pytest.approx(limit, rel=3e-4)


@pytest.mark.parametrize("indices", ["distinct", "repeated"])
def test_energy_of_the_paramagnet(indices: str) -> None:
    """Simulated at finite N; with repeated indices the pairs make it four times the energy of distinct ones."""
    model = sm.DenseHebbian(P=4, gamma=0.2, T=1.0, indices=indices)
    limit = theory.solve(model, start="paramagnet").u
    for N, samples in ((40, 24), (60, 12)):
        run = montecarlo.simulate(model, N=N, samples=samples, seed=8, start="random", sweeps=400)
        expected = energy(model, N)
        print(f"{indices}, N = {N}: u = {run.u.mean:.5f} ± {run.u.error:.5f}, {expected:.5f}; N → ∞: {limit:.5f}")
        assert abs(run.u.mean - expected) < 4 * run.u.error + 3 * abs(expected - limit) / N
        assert run.u.error < 0.15 * abs(expected - limit)


def covariance(N: int, P: int, indices: str, different: int) -> float:
    """Covariance over N of the energies of two states that differ in so many spins, at γ = 1, exact."""
    F = np.array(dense_interaction(N, P, indices), float)
    a, b = np.arange(N - different + 1)[:, None], np.arange(different + 1)
    chances = np.exp(log_binomial(N - different, a) + log_binomial(different, b))
    load = math.comb(N - 1, P - 1) if indices == "distinct" else N ** (P - 1) / math.factorial(P - 1)
    return float(np.sum(chances * F[a + b] * F[a + different - b])) * load / N


@pytest.mark.parametrize(("P", "indices"), [(4, "distinct"), (6, "distinct"), (4, "repeated"), (6, "repeated")])
def test_the_noise_is_the_glass_of_the_theory(P: int, indices: str) -> None:
    """Covariances tend to ξ(q): the P-spin glass alone with distinct indices, a mixture with repeated ones."""
    xi = stored(P, indices).xi
    for q in (1.0, 0.8, 0.5, 0.2):
        values = [covariance(N, P, indices, round(0.5 * N * (1 - q))) for N in (40, 80, 160)]
        assert (8 * values[2] - 6 * values[1] + values[0]) / 3 == pytest.approx(xi(q), abs=0.005 * xi(1.0))


def test_response_of_the_paramagnet() -> None:
    """N <q²> = 1/replicon: nothing with distinct indices; pairs with repeated ones; at P = 2 the soft glass too.

    The simulations of it are in `tests/montecarlo/test_dense_noise.py`.
    """
    T, gamma, alpha = 1.2, 0.2, 0.1
    distinct, repeated = (
        theory.solve(sm.DenseHebbian(P=4, gamma=gamma, T=T, indices=indices), start="paramagnet")
        for indices in ("distinct", "repeated")
    )
    assert distinct.replicon == 1
    assert repeated.replicon == pytest.approx(1 - 1.5 * gamma / T**2)
    pairs = theory.solve(sm.Hopfield(alpha=alpha, T=1.6), start="paramagnet")
    assert pairs.replicon == pytest.approx(1 - alpha / (1.6 - 1) ** 2)
    assert pairs.replicon < 1 - alpha / 1.6**2  # of the hard glass alone


@pytest.mark.slow
@pytest.mark.parametrize(
    ("indices", "plan"), [("distinct", {12: 200, 16: 100, 24: 24}), ("repeated", {12: 200, 16: 120, 24: 40})]
)
def test_energy_of_the_glass(indices: str, plan: dict[int, int]) -> None:
    r"""Energies of the glass by tempering, extrapolated and compared at two temperatures.

    The noise of K patterns is Gaussian up to :math:`9\beta/N` of the energy, relatively: at given :math:`T/\sqrt\gamma`
    less at larger loads. Small networks show the glass where γ is large.
    """
    gamma = 16.0 if indices == "distinct" else 4.0
    ladder = [1.2, 1.4, 1.6, 1.8, 2.0, 2.3, 2.7, 3.3, 4.2]
    model = sm.DenseHebbian(P=4, gamma=gamma, T=1.2, indices=indices)
    runs = [
        montecarlo.temper(model, N=N, temperatures=ladder, samples=samples, seed=6, sweeps=800, thermalization=400)
        for N, samples in plan.items()
    ]
    power, ansatz = (1.0, "1RSB") if indices == "distinct" else (2 / 3, "full")
    x = np.array([N**-power for N in plan])
    for T in (1.2, 1.6):
        solution = theory.solve(
            sm.DenseHebbian(P=4, gamma=gamma, T=T, indices=indices), ansatz=ansatz, start="spin-glass"
        )
        u, error = (np.array([getattr(run.at(T).u, part) for run in runs]) for part in ("mean", "error"))
        (_, limit), spread = np.polyfit(x, u, 1, w=1 / error, cov="unscaled")
        sigma = math.sqrt(spread[1, 1])
        ends = f"limit {limit:.3f} ± {sigma:.3f}, theory {solution.u:.4f}"
        print(f"{indices}, T = {T}: u = {u.round(3)} ± {error.round(3)}, {ends}")
        assert abs(limit - solution.u) < 4 * sigma
        assert sigma < 0.1 * abs(solution.u)
    assert all(run.equilibrated for run in runs), [run.verdict for run in runs]
