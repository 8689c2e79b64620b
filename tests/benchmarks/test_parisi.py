"""Speed of the spin-glass theory, warm, on one core: ``pytest tests/benchmarks/test_parisi.py``.

Targets: the ground-state energy of the Sherrington–Kirkpatrick model to 1e-4 within 5 s, a point at T > 0 within 2 s.
"""

import pytest

import theory
from statmech import PSpin, SherringtonKirkpatrick
from theory.p_spin import franz_parisi_potential
from theory.parisi import Covariance, full_solution
from theory.sherrington_kirkpatrick import parisi_function


@pytest.mark.parametrize("steps", [5, 8])
def test_ground_state_energy(benchmark, steps):
    full = benchmark.pedantic(
        parisi_function, (SherringtonKirkpatrick(T=0),), {"steps": steps}, rounds=3, warmup_rounds=1
    )
    assert full.f == pytest.approx(-0.763166726, abs=1e-6)


@pytest.mark.parametrize(("T", "h"), [(0.2, 0.0), (0.5, 0.0), (0.5, 0.3), (0.8, 0.0)])
def test_point_at_finite_temperature(benchmark, T, h):
    model = SherringtonKirkpatrick(T=T, h=h)
    full = benchmark.pedantic(theory.solve, (model,), {"ansatz": "full"}, rounds=3, warmup_rounds=1)
    assert full.f_error < 1e-7


@pytest.mark.parametrize(
    ("terms", "T", "h"),
    [
        ({2: 0.5}, 0.0, 2.0),
        ({3: 0.5}, 0.1, 0.0),
        ({3: 0.5}, 0.23, 0.0),
        ({2: 0.25, 3: 0.25}, 0.0, 0.0),
        ({2: 0.75, 4: 0.25}, 0.3, 0.0),
    ],
)
def test_other_covariances(benchmark, terms, T, h):
    full = benchmark.pedantic(full_solution, (Covariance(terms), T, h), {"steps": 6}, rounds=3, warmup_rounds=1)
    assert full.f_error < 1e-6


def test_one_step(benchmark):
    assert benchmark(theory.solve, PSpin(p=3, T=0.4)).converged


def test_potential(benchmark):
    assert benchmark(franz_parisi_potential, PSpin(p=3, T=0.67)).minimum is not None
