"""The figures of a scan, whatever its system."""

from importlib import import_module
from importlib.util import find_spec

import xarray as xr
from matplotlib.figure import Figure

from statmech.models import MODELS


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """Figures of a scan by name, drawn by the module that is called as that of its model.

    That is `figures.hopfield` for `statmech.models.hopfield`; systems of one module share their figures.

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
    model = MODELS.get(results.attrs["model"])
    name = "" if model is None else model.__module__.rpartition(".")[2]
    module = import_module(f"figures.{name}") if name and find_spec(f"figures.{name}") else None
    if module is None or not hasattr(module, "scan_figures"):
        return {}
    drawn: dict[str, Figure] = module.scan_figures(results)
    return drawn
