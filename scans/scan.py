"""A scan: what is computed, with every default spelled out."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from montecarlo import Settings
from statmech import MODELS, Model
from statmech.checks import check_choice

Value = Any
"""A parameter of a model: a number, a string or a boolean, as the model keeps it."""


@dataclass(frozen=True, kw_only=True)
class TheorySettings:
    """What the theory is asked at each state point, in the words of `theory.solve`.

    Parameters
    ----------
    ansatz : str
        ``"RS"`` or ``"1RSB"``.
    start : str
        The state that is asked for, as ``"retrieval"``.

    Raises
    ------
    ValueError
        If the ansatz is unknown, or the start is no string.
    """

    ansatz: str = "RS"
    start: str = "retrieval"

    def __post_init__(self) -> None:
        check_choice("ansatz", self.ansatz, ("RS", "1RSB"))
        if not isinstance(self.start, str):
            raise ValueError(f'start = {self.start!r} is not allowed: start must be a string, as "retrieval"')


@dataclass(frozen=True, kw_only=True)
class Scan:
    """A validated scan.

    Attributes
    ----------
    title : str
        One line for figures and lists.
    model : str
        Name of the system in `statmech.MODELS`.
    seed : int
        Seed of the whole scan; each unit's stream follows from it and the unit's key.
    parameters : mapping
        Parameters of the model that are the same everywhere.
    axes : mapping of str to tuple
        The other parameters and their values; the state points are all combinations, last axis fastest.
    sizes : tuple of int
        Numbers of spins N; empty without simulation.
    samples : int
        Disorder samples at each state point and size; 0 without simulation.
    simulation : Settings or None
        How a sample is simulated; None for a scan of theory alone.
    theory : TheorySettings or None
        What the theory is asked; None for a scan of simulations alone.
    """

    title: str
    model: str
    seed: int
    parameters: Mapping[str, Value]
    axes: Mapping[str, tuple[Value, ...]]
    sizes: tuple[int, ...]
    samples: int
    simulation: Settings | None
    theory: TheorySettings | None

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values along each axis."""
        return tuple(len(values) for values in self.axes.values())

    def points(self) -> Iterator[Model]:
        """The state points in C order of the axes."""
        for values in product(*self.axes.values()):
            yield MODELS[self.model](**self.parameters, **dict(zip(self.axes, values, strict=True)))


def tables(scan: Scan) -> dict[str, Any]:
    """The scan as the nested tables of a scan file, all defaults included."""
    out: dict[str, Any] = {"title": scan.title, "model": scan.model, "seed": scan.seed}
    out["parameters"] = dict(scan.parameters)
    out["axes"] = {name: list(values) for name, values in scan.axes.items()}
    if scan.simulation is not None:
        out["simulation"] = {"N": list(scan.sizes), "samples": scan.samples, **asdict(scan.simulation)}
    if scan.theory is not None:
        out["theory"] = asdict(scan.theory)
    return out


def differences(one: Scan, other: Scan) -> dict[str, tuple[Any, Any]]:
    """What differs between two scans: dotted key to the pair of values, None where a key is missing.

    Titles do not count, the order of axes does.
    """
    left, right = _flat(tables(one)), _flat(tables(other))
    if list(one.axes) != list(other.axes):
        left["axes"], right["axes"] = ", ".join(one.axes), ", ".join(other.axes)
    keys = [key for key in left | right if key != "title"]
    return {key: (left.get(key), right.get(key)) for key in keys if left.get(key) != right.get(key)}


def _flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in nested.items():
        if isinstance(value, Mapping):
            out |= _flat(value, f"{prefix}{key}.")
        else:
            out[prefix + key] = value
    return out
