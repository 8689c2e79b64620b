"""Output directories of earlier versions stay readable, and their units keep their keys."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import montecarlo
from scans.directory import state
from scans.results import dataset
from statmech import Hopfield

OLD = sorted((Path(__file__).parent / "fixtures").iterdir())


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.name)
def test_every_unit_is_still_known(path, tmp_path):
    """A unit whose key changed would be computed again, silently: change keys only with a new format."""
    here = shutil.copytree(path, tmp_path / "old")
    _, units, ledger = state(here)
    assert {unit.key for unit in units} == set(ledger.answers)


def test_values_of_format_1(tmp_path):
    data = dataset(shutil.copytree(OLD[0], tmp_path / "old"))
    assert data.n_samples.min() == 2
    point = data.sel(alpha=0.05, T=0.3, N=64)
    assert float(point.m_theory) == pytest.approx(0.991164995701532, abs=1e-12)
    # the same samples drawn today, from the same seed
    again = montecarlo.simulate(Hopfield(alpha=0.05, T=0.3), N=64, samples=2, seed=3, sweeps=20, thermalization=5)
    np.testing.assert_allclose([point.m, point.q, point.u], [again.m.mean, again.q.mean, again.u.mean], rtol=1e-12)
