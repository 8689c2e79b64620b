"""Figures of the random energy model: scans through its freezing transition."""

from functools import partial
from typing import Any

import xarray as xr
from matplotlib.figure import Figure

import theory
from figures.glass import curve, cuts, glass_figure
from figures.style import publication
from statmech import Solution
from theory.random_energy import CRITICAL_TEMPERATURE


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figure of a scan of the random energy model, energy and overlaps against T.

    Parameters
    ----------
    results : xarray.Dataset
        As `scans` stores it.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``"figure"`` alone.

    Raises
    ------
    ValueError
        If nothing is finished yet.
    """

    def equilibrium(model: Any) -> Solution | None:
        states = theory.states(model)
        return states[0] if states else None

    with publication():
        (cut,) = cuts(results)
        x = cut.grid(121)
        models = [cut.model(value) for value in x]
        curves = [
            curve("paramagnet", models, x, partial(theory.solve, start="paramagnet")),
            curve("exact", models, x, equilibrium),
        ]
        marks = {"$T_c$": CRITICAL_TEMPERATURE}
        return {"figure": glass_figure(cut, curves, title="random energy model", exponent=1.0, marks=marks, even=False)}
