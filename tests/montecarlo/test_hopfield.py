"""Simulations of the Hopfield model against exact sums, definitions and symmetries."""

import math

import numpy as np
import pytest
from scipy.special import gammaln

import statmech as sm
from montecarlo import Settings, run_sample, simulate, warm
from montecarlo.hopfield import Series as HopfieldSeries
from montecarlo.hopfield import fill_rows
from montecarlo.retrieval import CORRUPTED, PATTERNS, start_states
from statmech.disorder import rademacher_patterns
from statmech.streams import substream

FORCED = ("couplings", "integer-couplings", "overlaps")


def exact_pair(patterns: np.ndarray, T: float) -> tuple[float, float, float]:
    """u, <q^2> and <q^4> of two independent replicas by enumeration."""
    K, N = patterns.shape
    states = 2 * ((np.arange(2**N)[:, None] >> np.arange(N)) & 1) - 1
    energies = 0.5 * K - 0.5 / N * np.sum((states @ patterns.T.astype(int)) ** 2, 1)
    weights = np.exp(-(energies - energies.min()) / T)
    weights /= weights.sum()
    # Convolution over the group of flips: the overlap depends on the product of the two states alone.
    product = np.real(walsh(walsh(weights) ** 2)) / 2**N
    q = states.mean(1)
    return float(weights @ energies) / N, float(product @ q**2), float(product @ q**4)


def walsh(vector: np.ndarray) -> np.ndarray:
    """Walsh–Hadamard transform."""
    out = vector.copy()
    size = 1
    while size < len(out):
        pairs = out.reshape(-1, 2, size)
        out = np.concatenate([pairs[:, :1] + pairs[:, 1:], pairs[:, :1] - pairs[:, 1:]], 1).ravel()
        size *= 2
    return out


@pytest.mark.parametrize("rule", ["metropolis", "heat-bath"])
@pytest.mark.parametrize("engine", FORCED)
def test_small_samples_agree_with_enumeration(engine: str, rule: str, seed: int) -> None:
    model, N = sm.Hopfield(alpha=0.4, T=1.2), 12
    settings = Settings(sweeps=40_000, start="random", engine=engine, rule=rule)
    pulls = []
    for k in range(4):
        stream = np.random.SeedSequence([seed, k])
        record = run_sample(model, N=N, stream=stream, settings=settings)
        patterns = rademacher_patterns(model.patterns(N), N, substream(stream, PATTERNS))
        u, q2, q4 = exact_pair(patterns, model.T)
        # The error of u is that of the mean of two runs; q has a thousand independent measurements and more.
        pulls.append((record["u"] - u) / (0.5 * record["u_sigma"]))
        assert record["q2"] == pytest.approx(q2, abs=5 * math.sqrt(q4 - q2**2) / math.sqrt(2000))
        assert record["q4"] == pytest.approx(q4, rel=0.15)
    assert np.sum(np.square(pulls)) < 25  # 4 degrees of freedom: probability 5e-5


def test_a_single_pattern_is_the_infinite_range_ferromagnet(seed: int) -> None:
    """K = 1: P(M) is a binomial times exp(M²/2NT); below T = 1 the sign stays for the whole run."""
    N, T = 300, 0.6
    M = np.arange(-N, N + 1, 2)
    up = (N + M) / 2
    log_weights = -gammaln(up + 1) - gammaln(N - up + 1) + M**2 / (2 * N * T)
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    result = simulate(sm.Hopfield(alpha=0.0, T=T), N=N, samples=10, seed=seed, sweeps=2000)
    assert result.m.mean == pytest.approx(float(weights @ np.abs(M)) / N, abs=5 * result.m.error)
    assert result.u.mean == pytest.approx(float(weights @ (N - M**2)) / (2 * N**2), abs=5 * result.u.error)
    # <s_i> = m for every spin (up to 1/N), so that the overlap of two replicas is m².
    assert result.q.mean == pytest.approx(result.m.mean**2, abs=5 * result.q.error)
    assert math.isnan(result.r.mean)
    assert math.isnan(result.m_other.mean)
    assert result.equilibrated, result.verdict


def test_measurements_follow_their_definitions(random_patterns) -> None:
    K, N, shots = 5, 20, 6
    patterns = random_patterns(K, N, 1)
    snapshots = random_patterns(2 * shots, N, 2).reshape(2, shots, N)
    J = patterns.T.astype(float) @ patterns / N
    np.fill_diagonal(J, 0)
    M = (snapshots.astype(int) @ patterns.T).astype(np.int32)
    for condensed in (1, 3):
        series = HopfieldSeries.empty(shots, K)
        fill_rows(series, slice(0, shots), snapshots[0], snapshots[1], M, condensed)
        m = M / N
        assert np.allclose(series.m, m[:, :, :condensed].mean(2))
        assert np.allclose(series.m_all, m.mean(1))
        assert np.allclose(series.u, -0.5 * np.einsum("asi,ij,asj->as", snapshots, J, snapshots) / N)
        assert np.allclose(series.q, np.mean(snapshots[0].astype(int) * snapshots[1], 1))
        assert np.allclose(series.r, N * np.mean(m[0, :, condensed:] * m[1, :, condensed:], 1))
        assert np.allclose(series.m_other, np.abs(m[:, :, condensed:]).max(2))


def test_starts(random_patterns) -> None:
    patterns = random_patterns(4, 1000, 1)
    a, b = start_states(patterns, "retrieval", np.random.SeedSequence(1))
    assert np.array_equal(a, patterns[0])
    assert a.astype(int) @ b / 1000 == CORRUPTED
    a, b = start_states(patterns, "mixture-3", np.random.SeedSequence(1))
    assert np.array_equal(a, np.sign(patterns[:3].sum(0)))
    assert a.astype(int) @ b / 1000 == CORRUPTED
    a, b = start_states(patterns, "random", np.random.SeedSequence(1))
    assert set(np.unique(a)) == set(np.unique(b)) == {-1, 1}
    assert abs(int(a.astype(int) @ b)) < 200


def test_all_engines_give_the_same_sample() -> None:
    """Their fields are the same integers, so that the same random numbers give the same trajectory."""
    for T in (0.0, 0.5):
        records = [
            run_sample(
                sm.Hopfield(alpha=0.1, T=T),
                N=150,
                stream=np.random.SeedSequence(2),
                settings=Settings(sweeps=50, engine=engine, start="random"),
            )
            for engine in FORCED
        ]
        for name in records[0].keys() - {"engine"}:
            for record in records[1:]:
                assert np.array_equal(record[name], records[0][name], equal_nan=True), name


def test_retrieval_at_low_load_and_its_loss() -> None:
    kept = simulate(sm.Hopfield(alpha=0.02, T=0.2), N=500, samples=6, seed=1, sweeps=400)
    assert kept.m.mean > 0.98
    assert kept.equilibrated, kept.verdict
    assert 0.5 < kept.r.mean < 2.0
    assert kept.arrays["m_sorted"][0] == pytest.approx(kept.m.mean)
    assert kept.arrays["m_sorted"][1] < 0.2
    assert kept.m_other.mean < 0.25
    lost = simulate(sm.Hopfield(alpha=0.3, T=0.2), N=500, samples=4, seed=1, sweeps=200)
    assert lost.m.mean < 0.8
    hot = simulate(sm.Hopfield(alpha=0.05, T=3.0), N=500, samples=6, seed=1, sweeps=400)
    assert abs(hot.m.mean) < 0.02
    assert abs(hot.q.mean) < 0.02
    assert hot.equilibrated, hot.verdict


def test_the_overlap_r_has_no_thermal_bias() -> None:
    """High above the glass <m_μ> = 0, so r = 0, although <m_μ²> is about 1/N."""
    hot = simulate(sm.Hopfield(alpha=0.1, T=4.0), N=400, samples=20, seed=1, sweeps=400)
    assert abs(hot.r.mean) < 5 * hot.r.error < 0.1


def test_a_quench_is_not_called_equilibrated() -> None:
    """From random states far below the glass temperature, hot and cold replicas do not meet in a few sweeps."""
    quench = simulate(
        sm.Hopfield(alpha=1.0, T=0.1), N=400, samples=8, seed=1, start="random", sweeps=20, thermalization=0
    )
    assert not quench.equilibrated
    assert "standard errors" in quench.verdict


@pytest.mark.parametrize("order", ["sequential", "random"])
def test_zero_temperature_is_a_local_minimum(order: str) -> None:
    model, N = sm.Hopfield(alpha=0.1, T=0.0), 400
    stream = np.random.SeedSequence(9)
    record = run_sample(model, N=N, stream=stream, settings=Settings(order=order))
    assert record["minimum"] is True
    patterns = rademacher_patterns(40, N, substream(stream, PATTERNS))
    # A twin: descend from the pattern by hand, site after site.
    spins = patterns[0].astype(int)
    J = patterns.T.astype(int) @ patterns
    np.fill_diagonal(J, 0)
    while True:
        unstable = np.flatnonzero(spins * (J @ spins) < 0)
        if not len(unstable):
            break
        for i in range(N):
            if spins[i] * (J[i] @ spins) < 0:
                spins[i] = -spins[i]
    u = -0.5 * spins @ J @ spins / N**2
    assert record["m"] > 0.9
    if order == "sequential":
        assert record["m"] == pytest.approx(patterns[0] @ spins / N)
        assert record["u"] == pytest.approx(u)
    else:
        assert record["u"] == pytest.approx(u, abs=2e-3)


def test_an_unfinished_descent_is_reported() -> None:
    result = simulate(
        sm.Hopfield(alpha=0.1, T=0.0), N=400, samples=2, seed=1, start="random", sweeps=1, thermalization=0
    )
    assert not result.equilibrated
    assert "2 of 2 samples still descend" in result.verdict


def test_symmetric_mixture_at_low_load() -> None:
    """Three patterns at T = 0.2: the equal mixture is metastable with m = 1/2 as T and α vanish."""
    result = simulate(sm.Hopfield(alpha=0.004, T=0.1), N=1000, samples=6, seed=1, start="mixture-3", sweeps=300)
    assert result.m.mean == pytest.approx(0.5, abs=0.03)
    assert result.m_other.mean < 0.15
    largest = result.arrays["m_sorted"]
    assert largest[:3].mean() == pytest.approx(result.m.mean)
    assert np.isnan(largest[4:]).all()


def test_mixture_needs_three_patterns() -> None:
    with pytest.raises(ValueError, match="needs 3 patterns"):
        simulate(sm.Hopfield(alpha=0.01, T=0.1), N=100, samples=1, seed=1, start="mixture-3")


def test_a_hundred_thousand_spins() -> None:
    """No matrix: 40 GB of couplings would not fit. K/N is small, so m is that of m = tanh(m/T)."""
    result = simulate(sm.Hopfield(alpha=2e-4, T=0.5), N=100_000, samples=1, seed=1, sweeps=10, thermalization=10)
    assert result.engine.startswith("overlaps")
    assert result.m.mean == pytest.approx(0.9575, abs=2e-3)
    assert result.q.mean == pytest.approx(0.9575**2, abs=3e-3)


def test_estimates_carry_times_and_samples() -> None:
    result = simulate(sm.Hopfield(alpha=0.05, T=0.4), N=200, samples=3, seed=1, sweeps=600, interval=2)
    assert list(result.estimates) == ["m", "q", "r", "u", "m_other", "retrieved", "binder"]
    assert 0.5 < result.m.tau < 20
    assert result.arrays["P_q"].shape == (101,)
    assert 0 < result.acceptance < 1
    assert result.binder.mean == pytest.approx(1, abs=1e-2)


def test_warm_leaves_nothing_to_compile() -> None:
    from montecarlo import measure
    from montecarlo.engines import single_spin, words

    kernels = (
        single_spin.sweep_couplings,
        single_spin.sweep_overlaps,
        measure.track_overlaps,
        measure.replica_overlaps,
        words.fill_words,
    )
    warm(sm.Hopfield(alpha=0.05, T=0.4), Settings())
    before = [len(kernel.signatures) for kernel in kernels]
    for alpha, N, T, order in (
        (0.05, 200, 0.4, "sequential"),
        (0.5, 300, 0.0, "random"),
        (0.02, 2000, 1.0, "random"),
    ):
        simulate(sm.Hopfield(alpha=alpha, T=T), N=N, samples=1, seed=1, sweeps=20, order=order)
    assert [len(kernel.signatures) for kernel in kernels] == before


def test_warm_is_silent(capsys: pytest.CaptureFixture) -> None:
    warm(sm.Hopfield(alpha=0.05, T=0.4), Settings())
    warm(sm.Hopfield(alpha=0.05, T=0.0), Settings(engine="couplings", start="mixture-3"))
    assert capsys.readouterr().out == ""
