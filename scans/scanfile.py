"""Scan files: TOML in, a validated `Scan` out, and back.

.. code-block:: toml

    title = "Hopfield model, retrieval phase"
    model = "hopfield"          # a system of statmech.MODELS
    seed = 1

    [parameters]                # parameters of the model that stay fixed

    [axes]                      # those that vary; every combination is a state point
    alpha = [0.02, 0.05, 0.1]
    T = { linspace = [0.1, 1.0, 10] }    # as in NumPy; also geomspace, and logspace (exponents of ten)

    [simulation]                # leave out for theory alone
    N = [500, 1000, 2000]       # a number or a list
    samples = 20
    sweeps = 1000               # and the other fields of montecarlo.Settings

    [theory]                    # leave out for simulations alone
    ansatz = "RS"
    start = "retrieval"

    [quick]                     # what `--quick` replaces, in the same tables
    simulation = { N = 500, samples = 2 }

Values made by linspace and its kin are rounded to 12 significant digits, so that ``0.3`` is 0.3 and a unit of
the scan can be named in a notebook.
"""

import inspect
import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from functools import partial
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

import theory
from montecarlo import Settings
from scans.errors import ScanError
from scans.scan import UNITS_LIMIT, Scan, TheorySettings, check_count, tables
from statmech import MODELS
from statmech.checks import check_integer, suggestion

S = TypeVar("S")
TABLES = ("parameters", "axes", "simulation", "theory")
SPACINGS: dict[str, Callable[[float, float, int], np.ndarray]] = {
    "linspace": np.linspace,
    "logspace": np.logspace,
    "geomspace": np.geomspace,
}


def shipped() -> dict[str, Path]:
    """The scan files that come with the package, by name."""
    folder = Path(str(files("scans")))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def find(name: str) -> Path:
    """The scan file called `name`: a path, or the name of a shipped scan.

    Raises
    ------
    ScanError
        If there is neither.
    """
    path = Path(name)
    if path.is_file():
        return path
    if path.suffix != ".toml" and name in shipped():
        return shipped()[name]
    raise ScanError(f"{name}: no such scan file, and no shipped scan; {_instead(name)}")


def _instead(name: str) -> str:
    """What may be run instead of a scan called `name` that there is not."""
    if name not in MODELS:
        return f"the shipped ones are {', '.join(shipped())}"
    scans = [scan for scan, path in shipped().items() if tomllib.loads(path.read_text())["model"] == name]
    if scans:
        return f"{name} is a model; its shipped scans: {', '.join(scans)}"
    return f"{name} is a model without one: statmech solve {name}, or a scan file of your own"


def load(path: Path, *, quick: bool = False) -> Scan:
    """Read the scan file at `path`.

    Parameters
    ----------
    path : Path
        The file.
    quick : bool
        Whether to apply the file's ``[quick]`` table.

    Raises
    ------
    ScanError
        If the file cannot be read, is no TOML, or says anything that cannot be meant; the message names the
        file, the key and the remedy.
    """
    try:
        with path.open("rb") as file:
            raw = tomllib.load(file)
    except OSError as error:
        raise ScanError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScanError(f"{path}: not valid TOML: {error}") from None
    try:
        known("", raw, ("title", "model", "seed", *TABLES, "quick"))
        scan = _build(raw)
        if quick and "quick" not in raw:
            raise Complaint("quick", "there is no such table; add one, or run without --quick")
        return _quick(raw) if quick else scan
    except Complaint as complaint:
        raise ScanError(f"{path}: {complaint}") from None


def dump(scan: Scan) -> str:
    """TOML text of `scan`, all defaults included; `load` reads it back equal."""
    lines = []
    for name, value in tables(scan).items():
        if isinstance(value, dict):
            lines += ["", f"[{name}]", *(f"{key} = {_toml(item)}" for key, item in value.items())]
        else:
            lines.append(f"{name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


class Complaint(ValueError):
    """What is wrong with a key of a scan file: raised without the file's name, which `load` puts before."""

    def __init__(self, key: str, what: object) -> None:
        super().__init__(f"{key}: {what}")


def known(table: str, given: Iterable[str], allowed: Iterable[str]) -> None:
    """Refuse keys that mean nothing, and suggest what may have been meant."""
    allowed = tuple(allowed)
    for key in given:
        if key not in allowed:
            remedy = suggestion(key, allowed) or "remove it."
            names = ", ".join(allowed) if allowed else "none"
            raise Complaint(f"{table}{key}", f"unknown key; {remedy} The keys here are {names}.")


def _quick(raw: Mapping[str, Any]) -> Scan:
    """The scan with the changes of its [quick] table."""
    changes = _table(raw, "quick", TABLES)
    for name, change in changes.items():
        if not isinstance(change, dict):
            raise Complaint(f"quick.{name}", f"must be a table of changes to [{name}], not {change!r}")
    try:
        return _build({**raw, **{name: {**raw.get(name, {}), **change} for name, change in changes.items()}})
    except Complaint as complaint:
        raise Complaint("quick", complaint) from None


def _build(raw: Mapping[str, Any]) -> Scan:
    """The scan that the tables of a file describe."""
    if "model" not in raw:
        raise Complaint("model", f"missing; add a line as model = {next(iter(MODELS))!r}")
    model = raw["model"]
    if not isinstance(model, str) or model not in MODELS:
        raise Complaint("model", f"{model!r} is no model; choose one of {', '.join(map(repr, MODELS))}")
    title = raw.get("title", "")
    if not isinstance(title, str):
        raise Complaint("title", f"must be a string, not {title!r}")
    if not {"simulation", "theory"} & raw.keys():
        raise Complaint("simulation", "missing, and no [theory] either; add one of the two tables")
    parameters, axes = _parameters(raw, model)
    sizes, samples, simulation = _simulation(raw)
    asked = _theory(raw, model)
    shape = [len(values) for values in axes.values()]
    _checked("axes", lambda: check_count(shape, asked is not None, len(sizes), samples))
    parameters, axes = _state_points(model, parameters, axes)
    return Scan(
        title=title,
        model=model,
        seed=_checked("seed", lambda: check_integer("seed", raw.get("seed", 1), low=0)),
        parameters=parameters,
        axes=axes,
        sizes=sizes,
        samples=samples,
        simulation=simulation,
        theory=asked,
    )


def _parameters(raw: Mapping[str, Any], model: str) -> tuple[dict[str, Any], dict[str, tuple[Any, ...]]]:
    """Fixed parameters and axes as the file gives them."""
    needs = {field.name: field for field in fields(MODELS[model])}
    parameters = _table(raw, "parameters", needs)
    axes = {name: _axis(f"axes.{name}", spec) for name, spec in _table(raw, "axes", needs).items()}
    for name, field in needs.items():
        if name in axes and name in parameters:
            raise Complaint(f"axes.{name}", "is also in [parameters]; remove one of the two")
        if {name}.isdisjoint(axes | parameters) and field.default is MISSING and field.default_factory is MISSING:
            raise Complaint(f"axes.{name}", f"missing; {model} needs {name}: give it here or in [parameters]")
    return parameters, axes


def _state_points(
    model: str, parameters: Mapping[str, Any], axes: Mapping[str, tuple[Any, ...]]
) -> tuple[dict[str, Any], dict[str, tuple[Any, ...]]]:
    """Fixed parameters and axes, each value as the model itself keeps it."""
    needs = [field.name for field in fields(MODELS[model])]
    kept: dict[str, list[Any]] = {name: [None] * len(values) for name, values in axes.items()}
    for at in product(*(range(len(values)) for values in axes.values())):
        given = {name: values[i] for i, (name, values) in zip(at, axes.items(), strict=True)}
        try:
            point = MODELS[model](**parameters, **given)
        except (TypeError, ValueError) as error:
            culprit = str(error).partition(" = ")[0]
            table = "axes" if culprit in axes else "parameters"
            raise Complaint(f"{table}.{culprit}" if culprit in needs else table, error) from None
        for i, name in zip(at, axes, strict=True):
            kept[name][i] = getattr(point, name)
    for name, values in kept.items():
        _distinct(f"axes.{name}", values)
    fixed = {name: getattr(point, name) for name in needs if name not in axes}
    return fixed, {name: tuple(values) for name, values in kept.items()}


def _axis(key: str, spec: Any) -> tuple[Any, ...]:
    """The values of an axis, from a list or one of the spacings."""
    if isinstance(spec, dict) and len(spec) == 1:
        ((name, ends),) = spec.items()
        known(f"{key}.", spec, SPACINGS)
        if not (isinstance(ends, list) and len(ends) == 3 and all(type(end) in (int, float) for end in ends)):
            raise Complaint(f"{key}.{name}", f"must be [first, last, count], not {ends!r}")
        count = _checked(f"{key}.{name}", lambda: check_integer("count", ends[2], low=1, high=UNITS_LIMIT))
        with np.errstate(all="ignore"):
            values = _checked(f"{key}.{name}", lambda: SPACINGS[name](ends[0], ends[1], count))
        return tuple(float(f"{value:.12g}") for value in values)
    if not isinstance(spec, list):
        spacing = "{ linspace = [first, last, count] }"
        raise Complaint(key, f"must be a list or {spacing}, not {spec!r}; a fixed value belongs in [parameters]")
    if not spec:
        raise Complaint(key, "is empty; give it at least one value")
    return tuple(spec)


def _simulation(raw: Mapping[str, Any]) -> tuple[tuple[int, ...], int, Settings | None]:
    """Sizes, number of samples and settings."""
    settings = [field.name for field in fields(Settings)]
    table = _table(raw, "simulation", ("N", "samples", *settings))
    if "simulation" not in raw:
        return (), 0, None
    for name, example in (("N", 1000), ("samples", 10)):
        if name not in table:
            raise Complaint(f"simulation.{name}", f"missing; add a line as {name} = {example}")
    sizes = table.pop("N")
    if sizes == []:
        raise Complaint("simulation.N", "is empty; give it at least one size")
    sizes = tuple(sizes) if isinstance(sizes, list) else (sizes,)
    for size in sizes:
        _checked("simulation.N", partial(check_integer, "N", size, low=2))
    _distinct("simulation.N", sizes)
    samples = table.pop("samples")
    _checked("simulation.samples", lambda: check_integer("samples", samples, low=1))
    return sizes, samples, _settings("simulation", Settings, table)


def _theory(raw: Mapping[str, Any], model: str) -> TheorySettings | None:
    """What the theory is asked; what the file leaves out is the default of the system's own solver."""
    names = [field.name for field in fields(TheorySettings)]
    table = _table(raw, "theory", names)
    if "theory" not in raw:
        return None
    solver = inspect.signature(theory.solve.dispatch(MODELS[model])).parameters
    return _settings("theory", TheorySettings, {name: solver[name].default for name in names} | table)


def _table(raw: Mapping[str, Any], name: str, allowed: Iterable[str]) -> dict[str, Any]:
    """A copy of a table of the file, empty if it is not there, all its keys known."""
    table = raw.get(name, {})
    if not isinstance(table, dict):
        raise Complaint(name, f"must be a table, a line [{name}] with its keys below, not {table!r}")
    known(f"{name}.", table, allowed)
    return dict(table)


def _distinct(key: str, values: Iterable[Any]) -> None:
    twice = [value for value, times in Counter(values).items() if times > 1]
    if twice:
        raise Complaint(key, f"has {twice[0]!r} twice; remove one")


def _settings(table: str, kind: Callable[..., S], given: Mapping[str, Any]) -> S:
    """Settings from the keys of a table; their own check names the key."""
    try:
        return kind(**given)
    except (TypeError, ValueError) as error:
        culprit = str(error).partition(" = ")[0]
        raise Complaint(f"{table}.{culprit}" if culprit in given else table, error) from None


def _checked(key: str, check: Callable[[], S]) -> S:
    """What `check` returns; its refusal becomes a complaint about `key`."""
    try:
        return check()
    except ValueError as error:
        raise Complaint(key, error) from None


def _toml(value: Any) -> str:
    """TOML spelling of a number, string, boolean or list of them."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return repr(value)
