"""The fraction of samples that kept their state."""

import montecarlo
import statmech as sm


def test_all_samples_keep_an_easy_memory():
    for T in (0.0, 0.3):
        run = montecarlo.simulate(sm.Hopfield(alpha=0.02, T=T), N=400, samples=5, seed=1, sweeps=100)
        assert run.retrieved.mean == 1.0
        assert run.retrieved.error == 0.0


def test_some_small_samples_lose_a_memory_that_large_ones_keep():
    """alpha = 0.06, T = 0.4 lies at 0.74 of the critical load."""
    model = sm.Hopfield(alpha=0.06, T=0.4)
    small, large = (montecarlo.simulate(model, N=N, samples=12, seed=2, sweeps=600) for N in (250, 4000))
    assert 0 < small.retrieved.mean < 1
    assert large.retrieved.mean == 1.0
    assert small.m.error > 5 * large.m.error


def test_from_a_random_state_there_is_nothing_to_keep():
    run = montecarlo.simulate(sm.Hopfield(alpha=0.1, T=2.0), N=200, samples=3, seed=1, sweeps=50, start="random")
    assert "retrieved" not in run.estimates
