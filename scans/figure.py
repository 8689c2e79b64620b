"""The figure of a scan, as files beside its results."""

import os
from pathlib import Path

from scans.directory import FIGURE
from scans.results import dataset


def draw(directory: Path) -> Path:
    """Draw what an output directory holds so far; write ``figure.pdf`` and ``figure.png`` and return the latter."""
    os.environ.setdefault("MPLBACKEND", "agg")  # there may be no screen, and none is needed
    from figures.scan import scan_figure

    picture = scan_figure(dataset(directory))
    for kind in ("pdf", "png"):
        temporary = directory / f".{FIGURE}.new"
        picture.savefig(temporary, format=kind, dpi=200)
        temporary.replace(directory / f"{FIGURE}.{kind}")
    return directory / f"{FIGURE}.png"
