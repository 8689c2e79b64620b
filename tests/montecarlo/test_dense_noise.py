r"""The noise of dense networks: with distinct indices the Ising P-spin glass, :math:`\xi = \gamma q^P/P`, and no other.

Four signs of it: the variance of the energy of random states, the covariance at overlap q, the overlap of replicas in
the paramagnet, and the control at P = 2, where a soft (Gaussian, spherical) glass adds to the hard one. Powers of the
overlaps, that is repeated indices, bring glasses of fewer spins along: for P = 4 :math:`\gamma (q^4 + 3 q^2)/4`.
"""

import math
from fractions import Fraction

import numpy as np
import pytest

import statmech as sm
from montecarlo import Settings, run_sample
from montecarlo.dense import dense_engine
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import walker
from montecarlo.engines.interactions import dense_interaction, elementary_symmetric
from montecarlo.run import advance


def covariance(N: int, P: int, indices: str, different: int) -> Fraction:
    """Covariance, over one random pattern, of the energies of two states that differ in so many spins: exact."""
    values = dense_interaction(N, P, indices)
    same = N - different
    total = sum(
        math.comb(same, a) * math.comb(different, b) * values[a + b] * values[a + different - b]
        for a in range(same + 1)
        for b in range(different + 1)
    )
    return total / 2**N


@pytest.mark.parametrize("P", [4, 6, 8])
def test_variance_of_the_energy(P: int) -> None:
    """(a) K patterns give exactly N γ_N / P, where γ_N = K / C(N - 1, P - 1)."""
    N = 24
    assert covariance(N, P, "distinct", 0) == Fraction(N, P * math.comb(N - 1, P - 1))


@pytest.mark.parametrize(("P", "factor"), [(4, 4.0), (6, 6 * (1 / 6 + 5 / 4 + 1.875 / 2))])
def test_variance_with_repeated_indices(P: int, factor: float) -> None:
    """Larger by P (ξ(1)/γ), up to 1/N: the other interactions are of the same order."""
    ratios = []
    for N in (30, 60, 120):
        patterns = Fraction(N ** (P - 1), math.factorial(P - 1))  # at γ = 1
        ratios.append(float(patterns * covariance(N, P, "repeated", 0) * P / N))
    errors = factor - np.array(ratios)
    assert np.all(errors > 0)
    assert errors[:2] / errors[1:] == pytest.approx([2, 2], rel=0.25)
    assert ratios[2] == pytest.approx(factor, rel=0.2)


@pytest.mark.parametrize("P", [4, 6])
def test_covariance_of_the_energy(P: int) -> None:
    """(b) Exactly K times the mean over P-tuples, which is q^P but for coinciding sites; nothing below q^P."""
    N = 20
    for different in range(N + 1):
        tuples = elementary_symmetric(N, P)[N - different]
        assert covariance(N, P, "distinct", different) == Fraction(tuples, math.comb(N - 1, P - 1) ** 2)
    N, gamma = 100, math.comb(99, P - 1)
    for q in (0.8, 0.5):
        different = round(0.5 * N * (1 - q))
        assert float(gamma * covariance(N, P, "distinct", different)) * P / N == pytest.approx(q**P, abs=0.05)


def test_covariance_with_repeated_indices() -> None:
    """(b) N γ (q⁴ + 3 q²)/4 for P = 4, without its corrections of order 1/N."""
    for q in (0.8, 0.4, 0.2):
        small, large = (
            float(Fraction(N**3, 6) * covariance(N, 4, "repeated", round(0.5 * N * (1 - q)))) / N for N in (50, 100)
        )
        assert 2 * large - small == pytest.approx((q**4 + 3 * q**2) / 4, abs=1e-3)
        assert large > 2.5 * q**4 / 4  # the pairs cannot be overlooked


@pytest.mark.parametrize("indices", ["distinct", "repeated"])
def test_energies_of_hot_runs(indices: str) -> None:
    """(a) and (b) of the engine: energies of states that it visits, and of these with a fifth of the spins turned."""
    N, P, flipped = 30, 4, 6
    model = sm.DenseHebbian(P=P, gamma=0.2, T=1e6, indices=indices)
    found = []
    for k in range(20):
        engine, patterns, _ = dense_engine(model, N, np.random.SeedSequence(k))
        replica = walker(engine, patterns[0], np.random.SeedSequence(k))
        blocks = list(advance(engine, replica, acceptance("heat-bath", model.T, engine.unit), sweeps=400))
        spins = np.concatenate([block.spins for block in blocks]).astype(int)
        energies = np.concatenate([block.energies for block in blocks])
        spins[:, :flipped] *= -1
        turned = engine.unit * engine.F[(spins @ patterns.T + N) // 2].sum(1)
        found.append([np.mean(energies**2), np.mean(energies * turned)])
    means, errors = np.mean(found, 0), np.std(found, 0, ddof=1) / math.sqrt(20)
    exact = [len(patterns) * float(covariance(N, P, indices, different)) for different in (0, flipped)]
    assert np.all(np.abs(means - exact) < 4 * errors)
    assert np.all(errors < 0.2 * np.array(exact))


def susceptibility(model: sm.DenseHebbian | sm.Hopfield, N: int, samples: int, sweeps: int) -> tuple[float, float]:
    """N <q²> of two replicas, and its error over disorder samples."""
    settings = Settings(sweeps=sweeps, thermalization=50, start="random")
    streams = [np.random.SeedSequence([11, N, k]) for k in range(samples)]
    values = [N * run_sample(model, N=N, stream=stream, settings=settings)["q2"] for stream in streams]
    return float(np.mean(values)), float(np.std(values, ddof=1) / math.sqrt(samples))


def test_paramagnet_of_distinct_indices() -> None:
    """(c) No pair interactions: N <q²> = 1, as without any."""
    for T in (0.8, 1.0):
        value, error = susceptibility(sm.DenseHebbian(P=4, gamma=0.2, T=T), 40, 12, 1000)
        assert error < 0.03
        assert value == pytest.approx(1, abs=4 * error + 1 / 40)


def test_paramagnet_of_repeated_indices() -> None:
    """(c) Their pairs make it 1/(1 - ξ''(0)/T²), ξ'' = 3γ/2, up to 1/N, on the way to a continuous transition."""
    T, gamma = 1.2, 0.2
    limit = 1 / (1 - 1.5 * gamma / T**2)
    model = sm.DenseHebbian(P=4, gamma=gamma, T=T, indices="repeated")
    small, large = (susceptibility(model, N, samples, 1000) for N, samples in ((20, 40), (40, 16)))
    assert large[0] > 1.15
    extrapolated, error = 2 * large[0] - small[0], math.hypot(2 * large[1], small[1])
    assert error < 0.08
    assert extrapolated == pytest.approx(limit, abs=4 * error)


def test_paramagnet_of_pairs() -> None:
    """(d) At P = 2 the hard glass has 1/(1 - α β²); the soft part multiplies the coupling by 1/(1 - β)²."""
    alpha, T = 0.1, 1.6
    hard, whole = 1 / (1 - alpha / T**2), 1 / (1 - alpha / (T - 1) ** 2)
    value, error = susceptibility(sm.Hopfield(alpha=alpha, T=T), 1000, 16, 1000)
    assert error < 0.03
    assert value == pytest.approx(whole, abs=4 * error)
    assert value - hard > 8 * error


@pytest.mark.slow
def test_paramagnets_at_length() -> None:
    """N → ∞ by straight lines in 1/N."""
    gamma = 0.2
    for indices, T, limit in (
        ("distinct", 1.0, 1.0),
        ("distinct", 1.2, 1.0),
        ("repeated", 1.2, 1 / (1 - 1.5 * gamma / 1.2**2)),
    ):
        model = sm.DenseHebbian(P=4, gamma=gamma, T=T, indices=indices)
        sizes = np.array([36, 48, 64])
        found = np.array([susceptibility(model, int(N), 40, 2000) for N in sizes])
        (_, value), spread = np.polyfit(1 / sizes, found[:, 0], 1, w=1 / found[:, 1], cov="unscaled")
        error = math.sqrt(spread[1, 1])
        print(f"{indices}, T = {T}: N <q²> = {found.round(3).tolist()}, limit {value:.3f} ± {error:.3f}, {limit:.3f}")
        assert value == pytest.approx(limit, abs=4 * error)
