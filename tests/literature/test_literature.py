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
KEYS = {"quantity", "parameters", "published", "source", "ours"}
MORE = {"system", "read", "error", "differs", "note", "slow"}

HEAD = """# Published values, and ours

Written by `python tests/literature/test_literature.py` from `tests/literature/values.toml`, which has the expression
for each of our values; every row is a test. Values agree if they differ by no more than the uncertainty that is printed
with them, or by one unit of the last digit, as digits are cut off in print as often as they are rounded. *Digits* is
minus the decimal logarithm of the relative difference. **Bold** rows are known to differ, and their tests assert that
they do; the reason is given. *Read* is what of the source was read for this table; without it a value is textbook
knowledge, and its original was not looked at.
"""
COLUMNS = "| quantity | where | published | ours | digits | source | read | |\n|---|---|---|---|---|---|---|---|\n"

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


def bounds(row: dict[str, Any]) -> tuple[float, float]:
    """Smallest and largest value that agree."""
    published = row["published"]
    if "…" in published:
        low, high = published.split("…")
        return float(low), float(high)
    value, _, uncertainty = published.partition("±")
    unit = 10.0 ** -len(value.strip().partition(".")[2])
    most = 1.000001 * (float(uncertainty or unit) + row.get("error", 0))  # exactly one unit agrees
    return float(value) - most, float(value) + most


def reach(row: dict[str, Any]) -> float:
    """The largest difference of values that agree."""
    low, high = bounds(row)
    return (high - low) / 2


def shown(row: dict[str, Any]) -> str:
    """Our value to a hundredth of the difference that matters."""
    return f"{ours(row['ours']):.{math.ceil(2 - math.log10(reach(row)))}f}"


def line(row: dict[str, Any], value: str) -> str:
    """The row of the page, with our value as it is shown."""
    middle = sum(bounds(row)) / 2
    difference = max(abs(float(value) - middle), reach(row) / 200)
    mark = "**" if "differs" in row else ""
    remark = " ".join(row[key] for key in ("differs", "note") if key in row)
    cells = [f"{mark}{row['quantity']}{mark}", row["parameters"], row["published"], value]
    cells += [f"{-math.log10(difference / abs(middle)):.1f}", row["source"], row.get("read", ""), remark]
    return f"| {' | '.join(cells)} |"


def page(values: list[str]) -> str:
    text, left = HEAD, iter(values)
    for system, rows in TABLE.items():
        lines = [line(row, next(left)) for row in rows]
        text += f"\n## {sm.MODELS[system].__name__}\n\n{COLUMNS}" + "\n".join(lines) + "\n"
    return text


def values_on_page() -> list[str]:
    return [text.split(" | ")[3] for text in PAGE.read_text().splitlines() if re.match(r"\| (?!quantity)", text)]


@each
def test_agrees(row: dict[str, Any], record_property: Any) -> None:
    record_property("literature", f"{row['system']} {line(row, shown(row))}")
    low, high = bounds(row)
    assert (low <= ours(row["ours"]) <= high) == ("differs" not in row)


@each
def test_page_shows_it(row: dict[str, Any]) -> None:
    """To the digits that are shown: the last may depend on the machine."""
    value = values_on_page()[ROWS.index(row)]
    assert abs(float(value) - ours(row["ours"])) < 0.02 * reach(row)


def test_page_is_up_to_date() -> None:
    """But for our values, which have tests of their own."""
    assert PAGE.read_text() == page(values_on_page())


def test_table() -> None:
    assert len(ROWS) >= 60
    assert set(sm.MODELS) - set(TABLE) == {"structured"}  # of pictures nothing is published that theory gives
    for row in ROWS:
        assert KEYS <= set(row) <= KEYS | MORE
        assert row.get("differs") != ""


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
