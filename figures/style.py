"""Publication defaults as a context, never as global settings."""

from contextlib import AbstractContextManager
from typing import Any

import matplotlib as mpl
from cycler import cycler

# Okabe and Ito's palette, darkest first: distinct for colour-blind readers, and monotone enough in grey.
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES: tuple[Any, ...] = (
    "-",
    (0, (5, 2)),
    (0, (1, 1.2)),
    (0, (6, 1.5, 1, 1.5)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (8, 3)),
    (0, (1, 3)),
)
COLORMAP = "cividis"  # perceptually uniform, readable in grey and for colour-blind readers
COLUMN = 3.4
"""Width of a journal column in inches; a page is twice that."""


def publication() -> AbstractContextManager[None]:
    """Settings for figures at column width: ``with publication(): …``."""
    settings: Any = {
        "font.size": 8,
        "axes.labelsize": 8,
        "axes.titlesize": 8,
        "legend.fontsize": 6.5,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "axes.linewidth": 0.6,
        "lines.linewidth": 1.1,
        "lines.markersize": 3.5,
        "errorbar.capsize": 1.5,
        "xtick.direction": "in",
        "ytick.direction": "in",
        "xtick.top": True,
        "ytick.right": True,
        "legend.frameon": False,
        "mathtext.fontset": "cm",
        "figure.dpi": 150,
        "savefig.dpi": 300,
        "pdf.fonttype": 42,
        "axes.prop_cycle": cycler(color=COLOURS),
    }
    return mpl.rc_context(settings)
