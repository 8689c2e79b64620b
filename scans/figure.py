"""The figures of a scan, as files beside its results."""

import os
from pathlib import Path

from scans.directory import FIGURE
from scans.results import dataset


def draw(directory: Path) -> Path:
    """Draw what an output directory holds so far, each figure as PDF and PNG, and return the path of the main PNG.

    The main figure is ``figure.png``; a system may draw others beside it, as ``finite-size.png``.
    """
    os.environ.setdefault("MPLBACKEND", "agg")  # there may be no screen, and none is needed
    from figures.scan import scan_figures

    for name, picture in scan_figures(dataset(directory)).items():
        for kind in ("pdf", "png"):
            temporary = directory / f".{name}.new"
            picture.savefig(temporary, format=kind, dpi=200)
            temporary.replace(directory / f"{name}.{kind}")
    return directory / f"{FIGURE}.png"
