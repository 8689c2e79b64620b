"""The figures of a scan, as files beside its results."""

import os
from pathlib import Path

import xarray as xr

from scans.directory import FIGURE
from scans.errors import ScanError
from scans.results import dataset


def draw(directory: Path) -> str:
    """Draw what an output directory holds so far, each figure as PDF and PNG, and return what to say of it.

    The main figure is ``figure.png``, and its path is what is said; a system may draw others beside it, as
    ``finite-size.png``, or none.

    Raises
    ------
    ScanError
        If nothing is finished, or drawing fails, for whatever reason: a figure is never worth a result.
    """
    data = dataset(directory)
    if not data.attrs["units_done"]:
        raise ScanError(f"{directory}: nothing is finished yet that could be drawn")
    try:
        drawn = _draw(data, directory)
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise ScanError(f"{directory}: the figure could not be drawn: {what}") from error
    if not drawn:
        return f"none is drawn of scans of {data.attrs['model']}; statmech export {directory} gives tables"
    return str(directory / f"{FIGURE}.png")


def _draw(data: xr.Dataset, directory: Path) -> bool:
    """Whether there was anything to draw."""
    os.environ.setdefault("MPLBACKEND", "agg")  # there may be no screen, and none is needed
    from figures.scan import scan_figures

    pictures = scan_figures(data)
    for name, picture in pictures.items():
        for kind in ("pdf", "png"):
            temporary = directory / f".{name}.new"
            picture.savefig(temporary, format=kind, dpi=200)
            temporary.replace(directory / f"{name}.{kind}")
    return bool(pictures)
