"""Whether theory and simulation accept what a scan asks of them, found out before anything is written.

What a scan file alone can tell is checked when it is read (`scans.scanfile`). Which states and ansatzes a theory
has, and which starts and engines a simulation, each system knows for itself: so they are asked.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np

import montecarlo
import theory
from montecarlo.settings import check_point
from scans.errors import ScanError
from scans.progress import duration
from scans.scan import Scan
from scans.units import Unit

MIXED = 3
"""Patterns that a mixture state is made of."""


def check(file: Path, scan: Scan) -> None:
    """Ask the theory at the first state point, and the simulation for a short run of the smallest size.

    Parameters
    ----------
    file : Path
        Where the scan comes from, for the message.
    scan : Scan
        The scan.

    Raises
    ------
    ScanError
        If one of them refuses; the message names the file, the key and the remedy.
    """
    model = next(scan.points())
    if scan.theory is not None:
        ask(file, "theory", partial(theory.solve, model, **asdict(scan.theory)))
    if scan.simulation is not None:
        ask(file, "simulation", partial(_check_ladders, scan))
        ask(file, "simulation", partial(_check_patterns, scan))
        short = replace(scan.simulation, sweeps=scan.simulation.interval, thermalization=0)
        stream = np.random.SeedSequence(0)
        ask(
            file,
            "simulation",
            partial(montecarlo.run_sample, model, N=min(scan.sizes), stream=stream, settings=short),
        )


def warm(file: Path, scan: Scan, missing: Sequence[Unit]) -> None:
    """Compile the kernels that `missing` units need before other ranks ask for them, and let settings be refused.

    The theory is asked once for the same two reasons.

    Raises
    ------
    ScanError
        If one of them refuses.
    """
    begin = time.monotonic()
    models = {unit.kind: unit.model for unit in reversed(missing)}
    if scan.theory is not None and "theory" in models:
        ask(file, "theory", partial(theory.solve, models["theory"], **asdict(scan.theory)))
    if scan.simulation is not None and "sample" in models:
        ask(file, "simulation", partial(montecarlo.warm, models["sample"], scan.simulation))
    taken = time.monotonic() - begin
    if taken > 5:
        print(f"kernels compiled in {duration(taken)}", flush=True)


def ask(file: Path, table: str, question: Callable[[], object]) -> None:
    """Ask a question about a table of a scan file.

    Only a `ValueError` is a refusal: whatever else happens here will happen to the unit too, which records it.

    Raises
    ------
    ScanError
        If the answer is a refusal.
    """
    try:
        question()
    except ValueError as error:
        raise ScanError(f"{file}: {table}: {error}") from None
    except Exception as error:
        print(f"{file}: {table}: {type(error).__name__} before the first unit: {error}", file=sys.stderr)


def _check_ladders(scan: Scan) -> None:
    """Refuse tempering where a state point is not below the hottest temperature, or at T = 0."""
    if scan.simulation is not None and scan.simulation.temperatures > 1:
        for model in scan.points():
            check_point(scan.simulation, model.T)


def _check_patterns(scan: Scan) -> None:
    """Refuse a start from a mixture where a network stores too few patterns for one."""
    if scan.simulation is None or scan.simulation.start != f"mixture-{MIXED}":
        return
    for model in scan.points():
        patterns = getattr(model, "patterns", None)
        N = min(scan.sizes)
        if patterns is not None and patterns(N) < MIXED:
            raise ValueError(
                f"start = {scan.simulation.start!r} is not allowed: it needs {MIXED} patterns, and N = {N} of {model} "
                f"stores {patterns(N)}; leave out that size or point"
            )
