"""Output directories of earlier versions stay readable, and their units keep their keys.

Each directory under ``fixtures/format-1`` was made by ``statmech run`` of a shipped scan cut to the smallest sizes;
add one for every new shipped scan, and leave the old ones as they are.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import montecarlo
from scans.directory import state
from scans.results import dataset
from scans.scanfile import shipped
from statmech import Hopfield

FORMAT_1 = Path(__file__).parent / "fixtures" / "format-1"
OLD = sorted(FORMAT_1.iterdir())


def test_every_shipped_scan_has_one():
    assert set(shipped()) <= {path.name for path in OLD}


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.name)
def test_every_unit_is_still_known(path, tmp_path):
    """A unit whose key changed would be computed again, silently: change keys only with a new format."""
    here = shutil.copytree(path, tmp_path / "old")
    scan, units, ledger = state(here)
    assert {unit.key for unit in units} == set(ledger.answers)
    data = dataset(here)
    assert data.attrs["units_done"] == len(units)
    assert set(scan.axes) <= set(data.dims)


def test_the_result_file_of_then_is_that_of_now(tmp_path):
    here = shutil.copytree(FORMAT_1 / "hopfield", tmp_path / "old")
    with xr.open_dataset(here / "results.h5", engine="h5netcdf") as then:
        now = dataset(here)
        xr.testing.assert_equal(now.drop_vars(set(now) - set(then)), then.load())


def test_values_of_format_1(tmp_path):
    data = dataset(shutil.copytree(FORMAT_1 / "hopfield-early", tmp_path / "old"))
    assert data.n_samples.min() == 2
    point = data.sel(alpha=0.05, T=0.3, N=64)
    assert float(point.m_theory) == pytest.approx(0.991164995701532, abs=1e-12)
    # the same samples drawn today, from the same seed
    again = montecarlo.simulate(Hopfield(alpha=0.05, T=0.3), N=64, samples=2, seed=3, sweeps=20, thermalization=5)
    np.testing.assert_allclose([point.m, point.q, point.u], [again.m.mean, again.q.mean, again.u.mean], rtol=1e-12)
