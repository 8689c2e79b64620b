"""Published values, one test for each; they are in values.toml, and docs/literature.md is the same table.

``pytest tests/literature -s`` prints it, and ``python tests/literature/test_literature.py`` writes the page.
"""

import ast
import math
import re
import tomllib
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import optimize

import montecarlo
import statmech as sm
import theory

TABLE = tomllib.loads((Path(__file__).parent / "values.toml").read_text())
PAGE = Path(__file__).parents[2] / "docs" / "literature.md"
ROWS = [{"system": system, **row} for system, rows in TABLE.items() for row in rows]
KNOWN = {"sm": sm, "theory": theory, "montecarlo": montecarlo, "math": math, "np": np, "optimize": optimize}
KEYS = {"system", "quantity", "parameters", "kind", "published", "source", "ours"}
MORE = {"read", "within", "error", "expected", "differs", "note", "slow"}
COARSE = 0.05
"""Relative uncertainty of a published value above which it is no test of ours: `expected` is."""

HEAD = """# Published values, and ours

Written by `python tests/literature/test_literature.py` from `tests/literature/values.toml`, which has the expression
for each of our values; every row is a test.

- {printed} rows are *printed*: numbers that a source gives in digits, for {quantities} different quantities. In {other}
  of these the number is of another model, which ours contains. Values agree if they differ by no more than the
  uncertainty that is printed with them, or by one unit of the last digit, as digits are cut off in print as often as
  they are rounded.
- {exact} rows are *exact*: relations, limits and closed forms of the source. Ours agree to the accuracy of the solver,
  or as far as the limit is reached.
- **Bold** rows, {differ}, are known to differ, and the reason is given. They, and rows whose published value is known
  to no better than 5 %, are also held to the value in brackets: ours, with what it may change by.

*Digits* is minus the decimal logarithm of the relative difference. *Read* is what of the source was read for this
table; without it a value is textbook knowledge, and its original was not looked at.
"""
COLUMNS = (
    "| quantity | where | kind | published or exact | ours | digits | source | read | |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)

OTHER = "The number is that of another model"
"""How notes begin where a model is compared through what it has in common with another."""

each = pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=f"{row['system']}-{k}", marks=[pytest.mark.slow] * row.get("slow", False))
        for k, row in enumerate(ROWS)
    ],
)


@cache
def ours(expression: str) -> float:
    return float(eval(expression, dict(KNOWN)))


def interval(value: str, error: float = 0.0) -> tuple[float, float]:
    """Smallest and largest value that agree with a printed one."""
    if "…" in value:
        low, high = value.split("…")
        return float(low), float(high)
    middle, _, uncertainty = value.partition("±")
    unit = 10.0 ** -len(middle.strip().partition(".")[2])
    most = 1.000001 * (float(uncertainty or unit) + error)  # exactly one unit agrees
    return float(middle) - most, float(middle) + most


def bounds(row: dict[str, Any]) -> tuple[float, float]:
    """Smallest and largest value that agree."""
    if row["kind"] == "exact":
        return ours(row["published"]) - row["within"], ours(row["published"]) + row["within"]
    return interval(row["published"], row.get("error", 0.0))


def reach(row: dict[str, Any]) -> float:
    """The largest difference of values that agree."""
    low, high = bounds(row)
    return (high - low) / 2


def coarse(row: dict[str, Any]) -> bool:
    return reach(row) > COARSE * abs(sum(bounds(row)) / 2)


def shown(row: dict[str, Any]) -> str:
    """Our value to a hundredth of the difference that matters."""
    return f"{ours(row['ours']):.{math.ceil(2 - math.log10(reach(row)))}f}"


def line(row: dict[str, Any], value: str) -> str:
    """The row of the page, with our value as it is shown."""
    middle = sum(bounds(row)) / 2
    published = row["published"]
    if row["kind"] == "exact":
        for python, sign in (("math.", ""), ("sqrt", "√"), ("pi", "π"), (" ** ", "^"), (" * ", " · ")):
            published = published.replace(python, sign)
    if "expected" in row:
        value += f" ({row['expected']})"
    difference = max(abs(float(value.split()[0]) - middle), reach(row) / 200)
    mark = "**" if "differs" in row else ""
    remarks = [row[key] for key in ("differs", "note") if key in row]
    remarks += ["The source is no more precise."] * coarse(row)
    cells = [f"{mark}{row['quantity']}{mark}", row["parameters"], row["kind"], published, value]
    cells += [f"{-math.log10(difference / abs(middle)):.1f}", row["source"], row.get("read", ""), " ".join(remarks)]
    return f"| {' | '.join(cells)} |"


def page(values: list[str]) -> str:
    printed = [row for row in ROWS if row["kind"] == "printed"]
    head = HEAD.format(
        printed=len(printed),
        quantities=len({row["ours"] for row in printed}),
        other=len({row["ours"] for row in printed if row.get("note", "").startswith(OTHER)}),
        exact=len(ROWS) - len(printed),
        differ=sum("differs" in row for row in ROWS),
    )
    text, left = head, iter(values)
    for system, rows in TABLE.items():
        lines = [line(row, next(left)) for row in rows]
        text += f"\n## {sm.MODELS[system].__name__}\n\n{COLUMNS}" + "\n".join(lines) + "\n"
    return text


def values_on_page() -> list[str]:
    return [
        text.split(" | ")[4].split()[0] for text in PAGE.read_text().splitlines() if re.match(r"\| (?!quantity)", text)
    ]


@each
def test_agrees(row: dict[str, Any], record_property: Any) -> None:
    record_property("literature", f"{row['system']} {line(row, shown(row))}")
    low, high = bounds(row)
    assert (low <= ours(row["ours"]) <= high) == ("differs" not in row)
    if "expected" in row:
        low, high = interval(row["expected"])
        assert low <= ours(row["ours"]) <= high


@each
def test_page_shows_it(row: dict[str, Any]) -> None:
    """To the digits that are shown: the last may depend on the machine."""
    value = values_on_page()[ROWS.index(row)]
    assert abs(float(value) - ours(row["ours"])) < 0.02 * reach(row)


def test_page_is_up_to_date() -> None:
    """But for our values, which have tests of their own."""
    assert PAGE.read_text() == page(values_on_page())


def test_table() -> None:
    assert sum(row["kind"] == "printed" for row in ROWS) >= 60
    assert set(sm.MODELS) - set(TABLE) == {"structured"}  # of pictures nothing is published that theory gives
    for row in ROWS:
        assert KEYS <= set(row) <= KEYS | MORE
        assert row["kind"] in ("printed", "exact")
        assert ("within" in row) == (row["kind"] == "exact")
        assert ("expected" in row) == ("differs" in row or coarse(row))
        assert row.get("differs") != ""
        if "expected" in row:
            low, high = interval(row["expected"])
            assert high - low < 0.02 * abs(high + low) / 2


def test_expressions_use_the_public_interface() -> None:
    for row in ROWS:
        for node in ast.walk(ast.parse(row["ours"])):
            if isinstance(node, ast.Attribute):
                assert not node.attr.startswith("_")
                owner = KNOWN.get(ast.unparse(node.value).partition(".")[0])
                for name in ast.unparse(node.value).split(".")[1:]:
                    owner = getattr(owner, name, None)
                if isinstance(owner, ModuleType) and hasattr(owner, "__all__"):
                    assert node.attr in owner.__all__


if __name__ == "__main__":
    PAGE.write_text(page([shown(row) for row in ROWS]))
