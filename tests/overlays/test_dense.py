r"""Theory against simulation of the retrieval state of dense networks of order four.

Networks of a hundred spins lose the pattern far inside the retrieval phase, some samples sooner than others: at
γ = 0.14, T = 0.2 six of sixteen at N = 80. To average over those that kept it would be to choose samples by their
outcome. Here all samples are kept in the state instead, by a wall at the overlap of the unstable solution of the
theory, the top of the barrier: what is measured is the Boltzmann average over :math:`m \ge m_u`, which has the same
limit. Sizes at which the wall is felt, undoing more than one sweep in a hundred, are not used. Sizes were chosen
by how often the wall acts, in runs with other random numbers.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

import statmech as sm
import theory
from montecarlo import Settings, run_sample
from montecarlo.dense import dense_engine
from montecarlo.engines.acceptance import Acceptance, acceptance
from montecarlo.engines.dense import LookUp, OddPart
from montecarlo.engines.engine import Engine, Walker, walker
from montecarlo.run import advance
from statmech.streams import substream

NAMES = ("m", "q", "u")
FELT = 0.01
"""Share of sweeps that the wall may undo."""


def barrier(model: sm.DenseHebbian) -> float:
    """Overlap of the unstable retrieval solution."""
    branch = theory.dense.retrieval_branch(model.T, P=model.P, indices=model.indices)
    unstable = branch.stability <= 0
    order = np.argsort(branch.gamma[unstable])
    return float(np.interp(model.gamma, branch.gamma[unstable][order], branch.m[unstable][order]))


def held(
    engine: Engine, replica: Walker, rule: Acceptance, pattern: np.ndarray, wall: float, sweeps: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """States and energies of a run that undoes every sweep which ends below the wall, and how many it undid.

    A sweep in random order is a product of equal, reversible steps, hence reversible: with some undone the chain
    samples the Boltzmann distribution above the wall.
    """
    spins, energies, undone = np.empty((sweeps, engine.N), np.int8), np.empty(sweeps), 0
    energy = next(advance(engine, replica, rule, sweeps=1, order="random")).energies[0]
    for k in range(sweeps):
        before = replica.spins.copy(), replica.cache.copy()
        block = next(advance(engine, replica, rule, sweeps=1, order="random"))
        if replica.spins @ pattern.astype(int) < wall * engine.N:
            replica.spins[:], replica.cache[:] = before
            undone += 1
        else:
            energy = block.energies[0]
        spins[k], energies[k] = replica.spins, energy
    return spins, energies, undone


def own_energy(engine: LookUp | OddPart, patterns: np.ndarray) -> float:
    """Energy of the first pattern."""
    return float(engine.unit * engine.F[(patterns @ patterns[0].astype(float)).astype(int) + engine.N >> 1].sum())


def averages(model: sm.DenseHebbian, N: int, wall: float, sweeps: int, stream: np.random.SeedSequence) -> np.ndarray:
    """m, q and u of one disorder sample, excess of the pattern's own energy over its mean, share of undone sweeps.

    The mean is -1/P at any N.
    """
    engine, patterns, _ = dense_engine(model, N, substream(stream, 0))
    excess = own_energy(engine, patterns) / N + 1 / model.P
    rule, skip = acceptance("heat-bath", model.T, engine.unit), sweeps // 3
    spins, energies, undone = zip(
        *(
            held(engine, walker(engine, patterns[0], substream(stream, a)), rule, patterns[0], wall, skip + sweeps)
            for a in (1, 2)
        ),
        strict=True,
    )
    s = np.array(spins)[:, skip:].astype(float)
    m, q = np.mean(s @ patterns[0]) / N, np.einsum("ti,ti->", s[0], s[1]) / (sweeps * N)
    u = np.mean(np.array(energies)[:, skip:]) / N
    return np.array([m, q, u, excess, np.mean(undone) / (skip + sweeps)])


def controlled(values: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Values of all samples without their regression on the pattern's excess energy, whose mean is zero.

    That energy is most of the noise of u, and two thirds of that of m. The slope for each sample is that of all others,
    so that the mean keeps no bias.
    """
    rest = [np.arange(len(values)) != k for k in range(len(values))]
    return values - np.array([np.polyfit(excess[others], values[others], 1)[0] for others in rest]) * excess


@dataclass(frozen=True)
class Limit:
    """A value at N → ∞, its error, degrees of freedom (Welch–Satterthwaite), and the theory's."""

    value: float
    error: float
    dof: float
    theory: float

    @property
    def deviate(self) -> float:
        """Difference from the theory as the normal deviate of the same probability by Student's law."""
        t = (self.value - self.theory) / self.error
        return math.copysign(stats.norm.isf(stats.t.sf(abs(t), self.dof)), t)


def limit(sizes: Sequence[int], columns: Sequence[np.ndarray], value: float) -> Limit:
    """Fit a + b/N with weights fixed in advance, the variance of a sample being proportional to 1/N.

    Weights by the samples' own variances would be correlated with their means: spins that turn lower m and spread it.
    """
    N, n = np.array(sizes, float), np.array([len(column) for column in columns])
    root = np.sqrt(N * n)
    share = np.linalg.pinv(np.stack([root, root / N], 1))[0] * root
    parts = share**2 * np.array([column.var(ddof=1) for column in columns]) / n
    dof = parts.sum() ** 2 / np.sum(parts**2 / (n - 1))
    return Limit(float(share @ [column.mean() for column in columns]), math.sqrt(parts.sum()), dof, value)


def extrapolated(
    model: sm.DenseHebbian, plan: Mapping[int, int], sweeps: int, seed: int
) -> tuple[dict[str, Limit], float]:
    """Limits of m, q and u, and the largest share of undone sweeps; `plan` gives the number of samples at each size."""
    wall, solution = barrier(model), theory.solve(model)
    runs = {
        N: np.array([averages(model, N, wall, sweeps, np.random.SeedSequence([seed, N, k])) for k in range(samples)])
        for N, samples in plan.items()
    }
    undone = {N: round(float(run[:, 4].mean()), 4) for N, run in runs.items()}
    limits = {
        name: limit(list(runs), [controlled(run[:, k], run[:, 3]) for run in runs.values()], getattr(solution, name))
        for k, name in enumerate(NAMES)
    }
    ends = ", ".join(f"{name} = {one.value:.4f} ± {one.error:.4f} ({one.theory:.4f})" for name, one in limits.items())
    print(f"γ = {model.gamma}, T = {model.T}, {model.indices}: {ends}, sweeps undone at {wall:.2f}: {undone}")
    return limits, max(undone.values())


def assert_agree(limits: Mapping[str, Limit], most: float) -> None:
    """At a level of 1e-4, with errors small enough to tell."""
    for name, one in limits.items():
        assert abs(one.deviate) < 3.9, (name, one)
        assert one.error < most, (name, one)


@pytest.mark.parametrize(
    ("gamma", "T", "plan"), [(0.04, 0.3, {60: 48, 80: 40, 120: 24}), (0.14, 0.1, {60: 60, 80: 40, 120: 24})]
)
def test_retrieval_state(gamma: float, T: float, plan: dict[int, int]) -> None:
    limits, undone = extrapolated(sm.DenseHebbian(P=4, gamma=gamma, T=T), plan, sweeps=60, seed=21)
    assert undone < FELT
    assert_agree(limits, most=0.02)


@pytest.mark.slow
def test_retrieval_state_over_the_plane() -> None:
    """m, q and u up to 0.8 of the critical load."""
    plans = {
        (0.17, 0.2): {240: 16, 320: 8},  # at 160 the correction is steeper than 1/N still
        (0.14, 0.3): {240: 16, 320: 8},
        (0.04, 0.3): {60: 80, 80: 60, 120: 40, 160: 16},
        (0.04, 0.4): {120: 40, 160: 20, 240: 8},
        (0.1, 0.2): {80: 60, 120: 40, 160: 20},
        (0.1, 0.3): {160: 20, 240: 10},
        (0.14, 0.1): {60: 80, 80: 60, 120: 40, 160: 20},
        (0.14, 0.2): {120: 40, 160: 20, 240: 10},
        (0.17, 0.1): {80: 60, 120: 40, 160: 20},
    }
    found = []
    for (gamma, T), plan in plans.items():
        assert gamma <= 0.8 * theory.dense.critical_load(T, P=4).gamma
        found.append(extrapolated(sm.DenseHebbian(P=4, gamma=gamma, T=T), plan, sweeps=60, seed=23))
    for name in NAMES:
        value = sum(limits[name].deviate ** 2 for limits, _ in found)
        print(f"{name}: χ² = {value:.1f} of {len(found)}")
    for limits, undone in found:
        assert undone < FELT
        assert_agree(limits, most=0.05)


def nishimori(gamma: float, N: int, sweeps: int, stream: np.random.SeedSequence) -> np.ndarray:
    """Energy from the pattern's own, m - q, and m of one sample at T = γ, of two runs that start at the pattern."""
    engine, patterns, _ = dense_engine(sm.DenseHebbian(P=4, gamma=gamma, T=gamma), N, substream(stream, 0))
    rule = acceptance("heat-bath", gamma, engine.unit)
    own = own_energy(engine, patterns)
    runs = [
        list(advance(engine, walker(engine, patterns[0], substream(stream, a)), rule, sweeps=sweeps)) for a in (1, 2)
    ]
    s = np.array([np.concatenate([block.spins for block in run])[sweeps // 3 :] for run in runs], float)
    E = np.array([np.concatenate([block.energies for block in run])[sweeps // 3 :] for run in runs])
    m, q = np.mean(s @ patterns[0]) / N, np.einsum("ti,ti->", *s) / (s.shape[1] * N)
    return np.array([(E.mean() - own) / N, m - q, m])


def nishimori_averages(gamma: float, N: int, samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Means and errors over samples of what `nishimori` measures."""
    found = np.array([nishimori(gamma, N, 60, np.random.SeedSequence([seed, N, k])) for k in range(samples)])
    mean, error = found.mean(0), found.std(0, ddof=1) / math.sqrt(samples)
    print(f"T = γ = {gamma}, N = {N}: u + 1/4 = {mean[0]:.5f} ± {error[0]:.5f}, m - q = {mean[1]:.5f} ± {error[1]:.5f}")
    return mean, error


def test_nishimori_line() -> None:
    """At T = γ the pattern is a configuration of the equilibrium: its energy, -1/4 on average at any N, stays.

    Hence no time is needed to equilibrate, and the noise of the energy that all states of a sample share drops out.
    That holds for Gaussian noise; in small networks the noise is not, which lowers u.
    """
    small, _ = nishimori_averages(0.1, 20, 300, seed=1)
    mean, error = nishimori_averages(0.1, 64, 100, seed=1)
    assert np.all(np.abs(mean[:2]) < 4 * error[:2])
    assert np.all(error[:2] < (5e-4, 2e-3))
    assert small[0] < -0.003
    assert mean[2] == pytest.approx(theory.dense.nishimori_line(0.1, P=4).m, abs=4 * error[2])


@pytest.mark.slow
@pytest.mark.parametrize("gamma", [0.1, 0.15, 0.3])
def test_nishimori_line_at_length(gamma: float) -> None:
    """Retrieval, and at 0.3, beyond the tip, the paramagnet: the corrections vanish."""
    found = [nishimori_averages(gamma, N, samples, seed=2) for N, samples in ((32, 400), (64, 200), (128, 40))]
    assert found[0][0][0] < found[-1][0][0]
    mean, error = found[-1]
    if gamma < theory.dense.nishimori_tip(P=4).gamma:
        assert np.all(np.abs(mean[:2]) < 4 * error[:2])
    else:
        assert abs(mean[0]) < 4 * error[0] + 9 / (4 * 128) / gamma


def descended(gamma: float, N: int, samples: int, seed: int) -> tuple[float, float, float]:
    """Overlap at T = 0 that a descent from the pattern keeps, its error, and the fraction of samples above 0.7."""
    settings = Settings(thermalization=0, sweeps=400)
    model = sm.DenseHebbian(P=4, gamma=gamma, T=0.0)
    records = [
        run_sample(model, N=N, stream=np.random.SeedSequence([seed, N, k]), settings=settings) for k in range(samples)
    ]
    m = np.array([record["m"] for record in records])
    print(
        f"γ = {gamma}, N = {N}: m = {m.mean():.4f} ± {m.std(ddof=1) / math.sqrt(samples):.4f}, {np.mean(m > 0.7):.2f}"
    )
    return float(m.mean()), float(m.std(ddof=1) / math.sqrt(samples)), float(np.mean(m > 0.7))


def test_descent_at_zero_temperature() -> None:
    """Well below the critical load a descent ends near the theory's m; it does not notice either critical load.

    A descent stops at the first minimum, and beyond the loads at which retrieval ends (0.198 with replica symmetry,
    0.229 with one step) it still stops near the pattern, the more samples so the larger N is: it cannot tell them.
    """
    value, error, _ = descended(0.1, 80, 60, seed=5)
    assert value == pytest.approx(theory.solve(sm.DenseHebbian(P=4, gamma=0.1, T=0.0)).m, abs=4 * error)
    beyond = [descended(0.3, N, 60, seed=5) for N in (40, 80)]
    assert theory.dense.critical_load(0.0, P=4, ansatz="1RSB").gamma < 0.3
    assert all(mean > 0.8 for mean, _, _ in beyond)
