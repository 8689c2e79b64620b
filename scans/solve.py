"""``statmech solve``: a model from the command line, its solution on the screen."""

import argparse
from dataclasses import MISSING, fields
from typing import Any

from scans.errors import ScanError
from statmech import MODELS, Model


def add_models(parser: argparse.ArgumentParser) -> None:
    """Give `parser` a command for each model, with the fields of the model as its options."""
    models = parser.add_subparsers(dest="model", metavar="MODEL", required=True)
    for name, model in MODELS.items():
        about = (model.__doc__ or "").splitlines()[0]
        command = models.add_parser(name, help=about, description=about, allow_abbrev=False)
        for field in fields(model):
            needed = field.default is MISSING and field.default_factory is MISSING
            command.add_argument(f"--{field.name}", type=_value, required=needed, default=argparse.SUPPRESS)
        command.add_argument("--ansatz", default="RS", help='"RS" (default) or "1RSB"')
        command.add_argument("--start", default="retrieval", help='the state asked for (default "retrieval")')
        command.add_argument("--all", action="store_true", help="all states, lowest free energy first")


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

    if options.all:
        return theory.states(model, ansatz=options.ansatz)
    return [theory.solve(model, ansatz=options.ansatz, start=options.start)]


def _value(text: str) -> int | float | str:
    """An integer or a real number if `text` spells one, else the text: the model says what it allows."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text
