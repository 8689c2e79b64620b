"""Results of a scan as labelled arrays, and the file ``results.h5``.

Dimensions are the axes of the scan in the order of the scan file, then N; the coordinates are their values.
A variable of the simulation has all of these, one of the theory only the axes:

=========================================== ===========================================================
``m``, ``m_err``, ``m_tau``, ``q``, …       mean over disorder samples, its error, autocorrelation time
``P_q``, ``P_q_err``, …                     sample-averaged arrays, and their errors, with a dimension ``P_q_bin``
``n_samples``                               disorder samples finished so far
``acceptance``, ``equilibrated``, …         the other fields of `statmech.Simulation`
``m_theory``, …, ``f_theory``, ``s_theory`` order parameters, free energy, energy, entropy of the theory
``theory_converged``, ``theory_state``, …   the other fields of `statmech.Solution`
=========================================== ===========================================================

Where nothing is finished yet, or the theory has no such state, numbers are NaN, verdicts False, texts empty.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import montecarlo
from scans import journal
from scans.directory import JOURNAL, RESULTS, replace, state
from scans.ledger import Ledger
from scans.scan import Scan, tables
from scans.scanfile import dump
from scans.units import Unit
from statmech import Simulation, Solution

VERDICTS = frozenset(field.name for field in fields(Solution)) - {"f", "u", "s"}
"""Entries of `Solution.to_dict` that are no physical quantities; the simulation may have its own of that name."""


def dataset(directory: Path) -> xr.Dataset:
    """The results of an output directory so far, made from its journal alone.

    It may be called while the scan is running. Units are taken in the order of the scan, never in that of the
    journal, so the arrays depend on nothing but the scan and which of its units are finished.

    Raises
    ------
    ScanError
        If the directory holds no scan, or its journal is damaged.
    """
    return assemble(*state(directory), directory / JOURNAL)


def assemble(scan: Scan, units: Sequence[Unit], ledger: Ledger, file: Path) -> xr.Dataset:
    """Labelled arrays from the finished units of a scan, whose journal is `file`, with the provenance as attributes."""
    columns: dict[str, tuple[Any, ...]] = {}
    coordinates = {name: list(values) for name, values in scan.axes.items()}
    if scan.simulation is not None:
        coordinates["N"] = list(scan.sizes)
    axes = tuple(scan.axes)
    if scan.theory is not None:
        columns |= _arrays(_theory_cells(units, ledger, file), axes, scan.shape)
    if scan.simulation is not None:
        answers = _simulations(scan, units, ledger, file)
        columns |= _arrays(_simulation_cells(answers), (*axes, "N"), (*scan.shape, len(scan.sizes)))
        for answer in answers.values():
            coordinates |= {f"{name}_bin": list(values) for name, values in answer.bins.items()}
    return xr.Dataset(columns, coordinates, _attributes(scan, units, ledger))


def write(directory: Path) -> Path:
    """Make ``results.h5`` from the journal and put it in the place of the old one, whole.

    It is written to a temporary file, put on disk and renamed: whatever happens, there is an old file or a
    new one, never a broken one. It is netCDF-4, so xarray, h5py and HDFView read it alike.
    """
    path = directory / RESULTS
    save(dataset(directory), path)
    return path


def save(data: xr.Dataset, path: Path) -> None:
    """Write labelled arrays to `path` as netCDF-4, replacing the file whole.

    It is made in memory first: the HDF5 library can bring down the whole process where a disk fills up.
    """
    replace(path, data.to_netcdf(engine="h5netcdf"))


def _theory_cells(units: Sequence[Unit], ledger: Ledger, file: Path) -> dict[int, dict[str, Any]]:
    """Number of the state point to the theory's answer there, under the names of the variables."""
    finished = [unit for unit in units if unit.kind == "theory" and unit.key in ledger.answers]
    cells = {}
    for unit, answer in zip(finished, _answers(finished, ledger, file), strict=True):
        cells[unit.point] = {
            f"theory_{name}" if name in VERDICTS else f"{name}_theory": value for name, value in answer.items()
        }
    return cells


def _answers(finished: Sequence[Unit], ledger: Ledger, file: Path) -> list[Any]:
    """The answers of finished units, from the journal."""
    return list(journal.answers(file, [ledger.answers[unit.key] for unit in finished])) if finished else []


def _simulations(scan: Scan, units: Sequence[Unit], ledger: Ledger, file: Path) -> dict[int, Simulation]:
    """Number of the state point and size in C order to the simulation's answer there."""
    assert scan.simulation is not None
    groups: dict[tuple[int, int], list[Unit]] = {}
    for unit in units:
        if unit.kind == "sample" and unit.key in ledger.answers:
            groups.setdefault((unit.point, unit.N), []).append(unit)
    answers = {}
    for (point, N), group in groups.items():
        records = _answers(sorted(group, key=lambda unit: unit.sample), ledger, file)
        answer = montecarlo.summarise(group[0].model, N, records, scan.simulation)
        answers[point * len(scan.sizes) + scan.sizes.index(N)] = answer
    return answers


def _simulation_cells(answers: Mapping[int, Simulation]) -> dict[int, dict[str, Any]]:
    """The same as plain data, under the names of the variables."""
    cells = {}
    for index, answer in answers.items():
        cells[index] = answer.to_dict()
        cells[index]["n_samples"] = cells[index].pop("samples")
        del cells[index]["N"]
    return cells


def _arrays(
    cells: Mapping[int, Mapping[str, Any]], dims: tuple[str, ...], shape: tuple[int, ...]
) -> dict[str, tuple[Any, ...]]:
    """One array for each name, blank where there is no cell; arrays in cells add dimensions at the end."""
    out: dict[str, tuple[Any, ...]] = {}
    names = dict.fromkeys(name for cell in cells.values() for name in cell)
    for name in names:
        values = {index: np.asarray(cell[name]) for index, cell in cells.items() if name in cell}
        inner = tuple(np.max([value.shape for value in values.values()], axis=0).astype(int))
        blank, kind = _blank(name, next(iter(values.values())))
        array = np.full((int(np.prod(shape)), *inner), blank, kind)
        for index, value in values.items():
            place: tuple[Any, ...] = (index, *map(slice, value.shape))
            array[place] = value if inner else value.item()
        of = name.removesuffix("_err")  # an error has the bins of what it is the error of
        bins = f"{of if of in names else name}_bin"
        extra = tuple(bins if len(inner) == 1 else f"{name}_dim{i}" for i in range(len(inner)))
        out[name] = ((*dims, *extra), array.reshape((*shape, *inner)))
    return out


def _blank(name: str, sample: np.ndarray) -> tuple[Any, Any]:
    """What stands where nothing is finished, and the type of the array."""
    if sample.dtype.kind == "b":
        return False, np.bool_
    if sample.dtype.kind == "U":
        return "", object
    if name == "n_samples":
        return 0, np.int64
    return np.nan, np.float64


def _attributes(scan: Scan, units: Sequence[Unit], ledger: Ledger) -> dict[str, Any]:
    """Provenance: the scan itself, and in ``runs`` (JSON) when, where and with which versions it was computed."""
    finished = [unit.key for unit in units if unit.key in ledger.answers]
    return {
        "title": scan.title or f"{scan.model} scan",
        "model": scan.model,
        "axes": " ".join(scan.axes),
        "seed": scan.seed,
        "parameters": json.dumps(tables(scan)["parameters"]),
        "scan": dump(scan),
        "units": len(units),
        "units_done": len(finished),
        "units_failed": len([unit for unit in units if unit.key in ledger.failed]),
        "cpu_seconds": sum(ledger.seconds[key] for key in finished),
        "runs": json.dumps(ledger.sessions),
    }
