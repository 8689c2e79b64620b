"""Results: labelled arrays that hold what the journal holds, and a file that anybody can open."""

import csv
import errno
import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

import montecarlo
import statmech
import theory
from scans import directory, results
from scans.errors import ScanError
from scans.export import export
from scans.journal import Journal
from scans.scan import Scan
from scans.scanfile import load
from scans.units import compute, recipe, units


@pytest.fixture
def scan(tiny: Path) -> Scan:
    return load(tiny)


@pytest.fixture
def full(tmp_path: Path, scan: Scan) -> Path:
    """An output directory in which everything is finished, in a muddled order."""
    return fill(tmp_path / "full", scan, list(range(42))[::-1])


def fill(path: Path, scan: Scan, which: list[int]) -> Path:
    """An output directory in which units of these numbers are finished."""
    directory.make(path)
    directory.settle(path, scan)
    made = units(scan)
    with Journal(path / directory.JOURNAL, 0) as log:
        for number in which:
            log.append(compute(made[number], recipe(scan)).line)
    return path


def test_the_file_opens_in_xarray_with_axes_as_coordinates(full: Path, scan: Scan) -> None:
    path = results.write(full)
    with xr.open_dataset(path, engine="h5netcdf") as data:
        assert data.m.dims == ("alpha", "T", "N")
        assert data.m_theory.dims == ("alpha", "T")
        assert data.P_q.dims == ("alpha", "T", "N", "P_q_bin")
        assert data.P_q_bin[50] == 0
        np.testing.assert_allclose(data.P_q.sum("P_q_bin") * float(data.P_q_bin.diff("P_q_bin")[0]), 1)
        assert data.T.values.tolist() == [0.0, 0.3, 0.6]
        assert (data.n_samples == 3).all()
        assert data.equilibrated.dtype == bool
        assert data.theory_converged.dtype == bool
        assert data.attrs["units_done"] == 42
        point = data.sel(alpha=0.1, T=0.3, N=64)
        model = statmech.Hopfield(alpha=0.1, T=0.3)
        answer = montecarlo.simulate(model, N=64, samples=3, seed=7, sweeps=40, thermalization=5)
        assert float(point.m) == answer.m.mean
        assert float(point.u_err) == answer.u.error
        np.testing.assert_array_equal(point.P_q, answer.arrays["P_q"])
        solution = theory.solve(model)
        assert float(point.f_theory) == solution.f
        assert str(point.theory_state.values) == "retrieval"


def test_the_file_opens_in_plain_h5py(full: Path) -> None:
    with h5py.File(results.write(full)) as file:
        assert file["m"].shape == (2, 3, 2)
        assert [dimension[0].name for dimension in file["m"].dims] == ["/alpha", "/T", "/N"]
        assert "simulation" in file.attrs["scan"]
        assert json.loads(file.attrs["runs"]) == []


def test_results_do_not_depend_on_the_order_of_the_journal(tmp_path: Path, full: Path, scan: Scan) -> None:
    other = fill(tmp_path / "other", scan, list(range(42)))
    one, two = results.dataset(full), results.dataset(other)
    assert list(one.data_vars) == list(two.data_vars)
    for name in one.variables:
        assert one[name].values.tobytes() == two[name].values.tobytes() or one[name].dtype == object
    assert one.equals(two)


def test_what_is_not_finished_is_blank(tmp_path: Path, scan: Scan) -> None:
    samples = [number for number, unit in enumerate(units(scan)) if unit.point == 0 and unit.N == 64]
    data = results.dataset(fill(tmp_path / "part", scan, [0, *samples[:2]]))
    assert int(data.n_samples.sum()) == 2
    assert int(data.m.notnull().sum()) == 1
    assert int(data.n_samples.sel(alpha=0.02, T=0.0, N=64)) == 2
    assert not bool(data.equilibrated.sel(alpha=0.1, T=0.6, N=32))
    assert str(data.verdict.sel(alpha=0.1, T=0.6, N=32).values) == ""
    assert int(data.theory_converged.sum()) == 1
    assert int(data.m_theory.notnull().sum()) == 1
    with xr.open_dataset(results.write(tmp_path / "part"), engine="h5netcdf") as file:
        assert file.m.equals(data.m)


def test_a_state_that_does_not_exist_is_nan_and_not_converged(tmp_path: Path, scan: Scan) -> None:
    lone = Scan(**{**vars(scan), "axes": {"alpha": (0.3,), "T": (0.1,)}, "simulation": None, "sizes": (), "samples": 0})
    data = results.dataset(fill(tmp_path / "lone", lone, [0]))
    assert np.isnan(data.m_theory).all()
    assert not data.theory_converged.any()
    assert "N" not in data.dims


def test_a_directory_where_nothing_is_finished_has_results_too(tmp_path: Path, scan: Scan) -> None:
    path = fill(tmp_path / "empty", scan, [])
    with xr.open_dataset(results.write(path), engine="h5netcdf") as data:
        assert set(data.coords) == {"alpha", "T", "N"}
        assert data.attrs["units_done"] == 0


def test_a_single_point_has_no_axes(tmp_path: Path, scan: Scan) -> None:
    point = Scan(**{**vars(scan), "axes": {}, "parameters": {"alpha": 0.1, "T": 0.3}})
    path = fill(tmp_path / "point", point, list(range(7)))
    data = results.dataset(path)
    assert data.m.dims == ("N",)
    assert data.m_theory.dims == ()
    assert len(export(path)) == 2


def test_arrays_of_different_lengths_are_padded() -> None:
    cells = {0: {"a": np.arange(3.0)}, 2: {"a": np.arange(2.0)}}
    dims, values = results._arrays(cells, ("x",), (3,))["a"]
    assert dims == ("x", "a_bin")
    np.testing.assert_array_equal(values, [[0, 1, 2], [np.nan] * 3, [0, 1, np.nan]])


def test_the_table_reads_back_exactly(full: Path) -> None:
    table, arrays = export(full)
    data = results.dataset(full)
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    for row in rows:
        point = data.sel(alpha=float(row["alpha"]), T=float(row["T"]), N=int(row["N"]))
        assert float(row["m"]) == float(point.m)
        assert float(row["f_theory"] or "nan") == pytest.approx(float(point.f_theory), rel=0, abs=0, nan_ok=True)
    assert "P_q" not in rows[0]
    with xr.open_dataset(arrays, engine="h5netcdf") as saved:
        assert saved.P_q.equals(data.P_q)


def test_a_broken_write_leaves_the_old_file_and_costs_one_line(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = results.write(full).read_bytes()
    table, _ = export(full)
    rows = table.read_bytes()

    genuine = Path.write_bytes

    def half(path: Path, content: bytes = b"half", **how: object) -> None:
        genuine(path, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    monkeypatch.setattr("pandas.DataFrame.to_csv", lambda table, path, **how: half(path))
    message = "cannot be written: No space left on device; nothing finished is lost: make room and try again"
    with pytest.raises(ScanError) as refused:
        results.write(full)
    assert str(refused.value) == f"{full / directory.RESULTS}: {message}"
    with pytest.raises(ScanError) as refused:
        export(full)
    assert str(refused.value) == f"{table}: {message}"
    assert (full / directory.RESULTS).read_bytes() == before
    assert table.read_bytes() == rows
    assert not list(full.glob(".*"))


def test_an_error_has_the_bins_of_what_it_is_the_error_of() -> None:
    cells = {0: {"P_q": np.ones(3), "P_q_err": np.ones(3), "x_err": np.ones(2)}}
    assert {name: dims for name, (dims, _) in results._arrays(cells, ("T",), (1,)).items()} == {
        "P_q": ("T", "P_q_bin"),
        "P_q_err": ("T", "P_q_bin"),
        "x_err": ("T", "x_err_bin"),
    }
