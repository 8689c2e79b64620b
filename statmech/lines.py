"""Phase lines: points of a phase boundary with the state they bound and its stability."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from statmech.results import Solution


@dataclass(frozen=True, kw_only=True)
class PhaseLine:
    """A line of a phase diagram, or a single point of one.

    Coordinates and order parameters are attributes, ``line.alpha``, ``line.T``, ``line.m``, …: arrays of the shape of
    the argument that the line was asked for, plain floats where that was a number.

    Attributes
    ----------
    name : str
        The line, as the literature calls it.
    state, ansatz : str
        The state whose values the points carry, and the ansatz.
    points : mapping of str to numpy.ndarray or float
        Control parameters first, then the order parameters of the state on the line. A parameter that is a word is the
        same on the whole line, and given once.
    stability, replicon : numpy.ndarray or float
        As in `statmech.results.Solution`, on the line: `stability` is zero on a spinodal, `replicon` on an AT line.
    """

    name: str
    state: str
    ansatz: str
    points: Mapping[str, Any]
    stability: Any
    replicon: Any

    def __getattr__(self, name: str) -> Any:
        points = self.__dict__.get("points", {})
        if name in points:
            return points[name]
        raise AttributeError(f"no coordinate {name!r}: this line has {', '.join(points)}")

    @property
    def replica_symmetric(self) -> Any:
        """Where replica symmetry (at this level of breaking) is stable on the line."""
        return self.replicon >= -1e-9

    def __repr__(self) -> str:
        def spell(value: Any) -> str:
            if isinstance(value, float):
                return f"{value:.10g}"
            if isinstance(value, str):
                return value
            if not value.size:
                return "(no points)"
            # fmin and fmax pass over NaN, and are NaN without a word where there is nothing else
            return f"{np.fmin.reduce(value, None):.6g} … {np.fmax.reduce(value, None):.6g} ({value.size} points)"

        text = "  ".join(f"{name} = {spell(value)}" for name, value in self.points.items())
        unstable = np.count_nonzero(np.asarray(self.replicon) < -1e-9)
        what = "replica symmetry" if self.ansatz == "RS" else self.ansatz
        where = f" at {unstable} of {np.size(self.replicon)} points" if np.ndim(self.replicon) else ""
        note = f", {what} unstable{where}" if unstable else ""
        return f"{text}  [{self.name}: {self.ansatz}, {self.state}{note}]"


def phase_line(name: str, solutions: Solution | Iterable[Solution], shape: tuple[int, ...] | None = None) -> PhaseLine:
    """Gather solutions on a line into a `PhaseLine`; one solution gives a point.

    Parameters
    ----------
    name : str
        The line.
    solutions : Solution or iterable of Solution
        The state on the line, at each point, with the same ansatz and state.
    shape : tuple of int, optional
        Shape of the arrays.
    """
    if isinstance(solutions, Solution):
        one = solutions
        here = {key: value if isinstance(value, str) else float(value) for key, value in vars(one.model).items()}
        return PhaseLine(
            name=name, state=one.state, ansatz=one.ansatz, points={**here, **one.order}, stability=one.stability,
            replicon=one.replicon,
        )  # fmt: skip
    all_points = list(solutions)
    if not all_points:
        raise ValueError("solutions = [] is not allowed: a line needs at least one point")
    first = all_points[0]

    def column(values: Iterable[float]) -> NDArray[np.float64]:
        return np.array(list(values), dtype=float).reshape(shape if shape is not None else -1)

    control: dict[str, Any] = {
        key: value if isinstance(value, str) else column(getattr(one.model, key) for one in all_points)
        for key, value in vars(first.model).items()
    }
    values: dict[str, Any] = {key: column(one.order.get(key, math.nan) for one in all_points) for key in first.order}
    return PhaseLine(
        name=name,
        state=first.state,
        ansatz=first.ansatz,
        points={**control, **values},
        stability=column(one.stability for one in all_points),
        replicon=column(one.replicon for one in all_points),
    )
