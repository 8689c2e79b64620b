"""The figures of a scan, whatever its system."""

from importlib import import_module
from importlib.util import find_spec

import xarray as xr
from matplotlib.figure import Figure


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """Figures of a scan by name, drawn by the module of its system: `figures.hopfield` for ``model = "hopfield"``.

    Parameters
    ----------
    results : xarray.Dataset
        As `scans` stores it, with the name of the model among its attributes.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        The main one is called ``"figure"``. Empty where scans of the system have no figure.

    Raises
    ------
    ValueError
        If nothing is finished yet.
    """
    name = results.attrs["model"]
    module = import_module(f"figures.{name}") if find_spec(f"figures.{name}") else None
    if module is None or not hasattr(module, "scan_figures"):
        return {}
    drawn: dict[str, Figure] = module.scan_figures(results)
    return drawn
