"""The units of a scan: what one process computes at a time.

A unit is the theory at a state point, or one disorder sample at a state point and size. Its key is a hash of
everything its answer depends on (`statmech.streams.unit_key`), and with the scan's seed it fixes the random
stream, so that neither the rank nor the order nor the number of ranks can change a result.
"""

import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import montecarlo
import theory
from scans.journal import line_of
from scans.scan import Scan, TheorySettings
from statmech import Model
from statmech.streams import unit_key, unit_stream


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of a scan.

    Attributes
    ----------
    key : str
        Its identity in the journal.
    point : int
        Number of the state point in C order of the axes.
    N, sample : int
        Size and number of the disorder sample; both are 0 for a theory unit.
    """

    key: str
    point: int
    model: Model
    N: int = 0
    sample: int = 0

    @property
    def kind(self) -> str:
        """``"theory"`` or ``"sample"``."""
        return "sample" if self.N else "theory"

    def __str__(self) -> str:
        return f"{self.model}, N = {self.N}, sample {self.sample}" if self.N else f"theory of {self.model}"


def units(scan: Scan) -> list[Unit]:
    """All units of `scan`, in the order in which they are dealt.

    Theory comes first: it takes milliseconds and every figure of a partial result needs it. Samples follow
    longest first, that is by decreasing size, so that no rank is left with a long one at the end; within a
    size every state point gets its first sample before any gets its second. The points themselves come in the
    order of their keys, that is in none: the first durations are then typical, and the time left can be told.
    """
    points = list(enumerate(scan.points()))
    out = []
    if scan.theory is not None:
        settings = asdict(scan.theory)
        out += [Unit(unit_key(model, "theory", settings), point, model) for point, model in points]
    if scan.simulation is not None:
        samples = [
            Unit(montecarlo.sample_key(model, N, sample, scan.simulation), point, model, N, sample)
            for N in scan.sizes
            for sample in range(scan.samples)
            for point, model in points
        ]
        out += sorted(samples, key=lambda unit: (-unit.N, unit.sample, unit.key))
    return out


@dataclass(frozen=True)
class Recipe:
    """What a rank must know of the scan to compute a unit."""

    seed: int
    simulation: montecarlo.Settings | None
    theory: TheorySettings | None


def recipe(scan: Scan) -> Recipe:
    """The recipe of `scan`."""
    return Recipe(scan.seed, scan.simulation, scan.theory)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes back from a rank: the finished line of the journal, and what the dealer needs to know."""

    key: str
    failed: bool
    seconds: float
    line: bytes


def compute(unit: Unit, how: Recipe) -> Outcome:
    """Compute one unit.

    The record is ``done`` with the answer, or ``failed`` with ``error`` and ``traceback``: an exception of one
    unit must not keep the others from being computed. It is put into words here, on the rank that computed
    it, so that rank 0 only has to append it.
    """
    begin = time.perf_counter()
    try:
        answer = dict(_answer(unit, how))
        seconds = round(time.perf_counter() - begin, 6)
        line = line_of({"kind": "done", "key": unit.key, "seconds": seconds, "answer": answer})
        return Outcome(unit.key, False, seconds, line)
    except Exception as error:
        seconds = round(time.perf_counter() - begin, 6)
        message = " ".join("".join(traceback.format_exception_only(error)).split())
        trace = "".join(traceback.format_exception(error))
        record = {"kind": "failed", "key": unit.key, "seconds": seconds, "error": message, "traceback": trace}
        return Outcome(unit.key, True, seconds, line_of(record))


def _answer(unit: Unit, how: Recipe) -> Mapping[str, Any]:
    if unit.kind == "theory":
        assert how.theory is not None
        return theory.solve(unit.model, **asdict(how.theory)).to_dict()
    assert how.simulation is not None
    stream = unit_stream(how.seed, unit.key)
    return montecarlo.run_sample(unit.model, N=unit.N, stream=stream, settings=how.simulation)
