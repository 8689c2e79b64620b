"""The figures of a scan, whatever its system."""

from importlib import import_module

import xarray as xr
from matplotlib.figure import Figure


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """Figures of a scan by name, drawn by the module of its system: `figures.hopfield` for ``model = "hopfield"``.

    Parameters
    ----------
    results : xarray.Dataset
        As `scans` stores it, with the name of the model among its attributes.
    """
    return import_module(f"figures.{results.attrs['model']}").scan_figures(results)
