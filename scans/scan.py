"""A scan: what is computed, with every default spelled out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from math import prod
from typing import Any

from montecarlo import Settings
from statmech import MODELS, Model

UNITS_LIMIT = 5_000_000
"""Units of a scan at most: their records are kept in one journal and read into memory."""

Value = Any
"""A parameter of a model: a number, a string or a boolean, as the model keeps it."""


@dataclass(frozen=True, kw_only=True)
class TheorySettings:
    """What the theory is asked at each state point, in the words of `theory.solve`.

    Parameters
    ----------
    ansatz : str
        As ``"RS"``; each system says which it has.
    start : str
        The state that is asked for, as ``"retrieval"``; each system says which it has.

    Raises
    ------
    ValueError
        If one of them is no string.
    """

    ansatz: str
    start: str

    def __post_init__(self) -> None:
        for name, example in (("ansatz", "RS"), ("start", "retrieval")):
            value = getattr(self, name)
            if not isinstance(value, str):
                raise ValueError(f'{name} = {value!r} is not allowed: {name} must be a string, as "{example}"')


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


def check_count(shape: Sequence[int], theory: bool, sizes: int, samples: int) -> None:
    """Refuse a scan with more units than a journal can reasonably hold, before anything of it is made.

    Parameters
    ----------
    shape : sequence of int
        Number of values along each axis.
    theory : bool
        Whether the theory is asked.
    sizes, samples : int
        Number of sizes, and of disorder samples at each.

    Raises
    ------
    ValueError
        If there are more than `UNITS_LIMIT`.
    """
    count = prod(shape) * (theory + sizes * samples)
    if count > UNITS_LIMIT:
        points = " x ".join(map(str, shape)) or "1"
        each = f"({theory:d} of theory + {sizes} sizes x {samples} samples)"
        raise ValueError(
            f"{points} state points x {each} are {count} units, more than {UNITS_LIMIT}; divide the scan into several"
        )


def tables(scan: Scan) -> dict[str, Any]:
    """The scan as the nested tables of a scan file, all defaults included."""
    out: dict[str, Any] = {"title": scan.title, "model": scan.model, "seed": scan.seed}
    out["parameters"] = dict(scan.parameters)
    out["axes"] = {name: list(values) for name, values in scan.axes.items()}
    if scan.simulation is not None:
        settings = {name: value for name, value in asdict(scan.simulation).items() if value is not None}
        out["simulation"] = {"N": list(scan.sizes), "samples": scan.samples, **settings}
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
