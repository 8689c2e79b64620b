"""``statmech solve``: a model from the command line, its solution on the screen."""

import argparse
import inspect
import re
import unicodedata
from dataclasses import MISSING, fields
from typing import Any

from scans.errors import ScanError
from statmech import MODELS, Model

EXAMPLES = {
    "K": "2", "M": "20", "P": "4", "T": "0.3", "alpha": "0.05", "d": "0.1", "gamma": "0.01", "p": "3", "r": "0.5",
}  # fmt: skip
"""Values of parameters in the examples of the help; 1 for any other."""


def add_models(parser: argparse.ArgumentParser) -> None:
    """Give `parser` a command for each model, with the fields of the model as its options.

    What the help says of an option is what the docstring of the model says of the parameter.
    """
    models = parser.add_subparsers(dest="model", metavar="MODEL", required=True)
    for name, model in MODELS.items():
        about = plain_text((model.__doc__ or "").splitlines()[0])
        required = [field for field in fields(model) if field.default is field.default_factory is MISSING]
        words = [f"--{field.name} {EXAMPLES.get(field.name, '1')}" for field in required]
        example = f"example: statmech solve {name} {' '.join(words)}"
        command = models.add_parser(name, help=about, description=about, epilog=example, allow_abbrev=False)
        told = descriptions(model)
        for field in fields(model):
            usual = "" if field in required else f" (default {field.default})"
            command.add_argument(
                f"--{field.name}",
                type=_value,
                required=field in required,
                default=argparse.SUPPRESS,
                metavar=field.name.upper(),
                help=(told.get(field.name, "") + usual).replace("%", "%%"),
            )
        command.add_argument(
            "--ansatz", default=argparse.SUPPRESS, help="RS, 1RSB, … (default: the usual one of the system)"
        )
        command.add_argument(
            "--start",
            default=argparse.SUPPRESS,
            help="the state asked for, as paramagnet (default: the usual one of the system)",
        )
        command.add_argument("--all", action="store_true", help="all states, the one at equilibrium first")


def descriptions(model: type) -> dict[str, str]:
    """What the docstring of a model says of each parameter, in plain text on one line."""
    text = inspect.getdoc(model) or ""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=\n\n|\Z)", text, re.M | re.S)
    items = re.findall(r"^([\w, ]+) : .*\n((?:    .*\n?)*)", section[1] if section else "", re.M)
    return {name: plain_text(" ".join(about.split())) for names, about in items for name in names.split(", ")}


def plain_text(text: str) -> str:
    """Text of a docstring without its markup: ``:math:`T \\ge 0``` becomes ``T ≥ 0``."""
    signs = {"ge": "≥", "le": "≤", "to": "→", "infty": "∞", "pm": "±"}

    def sign(match: re.Match[str]) -> str:
        word = match[1]
        if word in signs:
            return signs[word]
        try:
            return unicodedata.lookup(f"GREEK {'SMALL' if word.islower() else 'CAPITAL'} LETTER {word}")
        except KeyError:
            return word

    return re.sub(r"\\([A-Za-z]+)", sign, re.sub(r":math:|`", "", text))


def solve(options: argparse.Namespace) -> int:
    """Print the solution that `options` ask for; 0 if it converged, 1 if there is none.

    Raises
    ------
    ScanError
        If a parameter, the ansatz or the start is not allowed.
    """
    model = MODELS[options.model]
    values = {field.name: getattr(options, field.name) for field in fields(model) if hasattr(options, field.name)}
    try:
        solutions = _solutions(model(**values), options)
    except ValueError as error:
        raise ScanError(f"solve {options.model}: {error}") from None
    for solution in solutions:
        print(solution)
    return 0 if any(solution.converged for solution in solutions) else 1


def _solutions(model: Model, options: argparse.Namespace) -> list[Any]:
    import theory  # late: the command line needs the names of the models alone, and should be quick

    # what is not asked for is the default of the system's own solver
    asked = {name: getattr(options, name) for name in ("ansatz", "start") if hasattr(options, name)}
    if options.all:
        asked.pop("start", None)
        return theory.states(model, **asked)
    return [theory.solve(model, **asked)]


def _value(text: str) -> int | float | str:
    """An integer or a real number if `text` spells one, else the text: the model says what it allows."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text
