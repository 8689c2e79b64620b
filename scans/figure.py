"""The figures of a scan, as files beside its results."""

import os
from pathlib import Path

import xarray as xr

from scans.directory import FIGURE
from scans.errors import ScanError
from scans.results import dataset


def draw(directory: Path) -> Path:
    """Draw what an output directory holds so far, each figure as PDF and PNG, and return the path of the main PNG.

    The main figure is ``figure.png``; a system may draw others beside it, as ``finite-size.png``.

    Raises
    ------
    ScanError
        If nothing is finished, or drawing fails, for whatever reason: a figure is never worth a result.
    """
    data = dataset(directory)
    if not data.attrs["units_done"]:
        raise ScanError(f"{directory}: nothing is finished yet that could be drawn")
    try:
        _draw(data, directory)
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise ScanError(f"{directory}: the figure could not be drawn: {what}") from error
    return directory / f"{FIGURE}.png"


def _draw(data: xr.Dataset, directory: Path) -> None:
    os.environ.setdefault("MPLBACKEND", "agg")  # there may be no screen, and none is needed
    from figures.scan import scan_figures

    for name, picture in scan_figures(data).items():
        for kind in ("pdf", "png"):
            temporary = directory / f".{name}.new"
            picture.savefig(temporary, format=kind, dpi=200)
            temporary.replace(directory / f"{name}.{kind}")
