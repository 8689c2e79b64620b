"""The gallery has every figure once, made by what is there: shipped scans, calls that fit their functions."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

import scans

DOCS = Path(__file__).parents[2] / "docs"
SHIPPED = {path.stem for path in Path(scans.__file__).parent.glob("*.toml")}
OURS = ("figures", "montecarlo", "statmech", "theory")
TEXT = (DOCS / "gallery.md").read_text()
ENTRIES = {
    figure: re.findall(r"```(sh|python)\n(.*?)```", entry, re.DOTALL)
    for figure, entry in re.findall(r"^!\[.*?\]\(figures/(.*?)\)$(.*?)(?=^!\[|\Z)", TEXT, re.DOTALL | re.MULTILINE)
}


def test_every_figure_is_in_the_gallery_once():
    named = re.findall(r"\(figures/(.*?)\)", TEXT)
    assert sorted(named) == sorted(path.name for path in (DOCS / "figures").glob("*.png"))


@pytest.mark.parametrize("figure", ENTRIES)
def test_every_figure_has_a_caption_and_what_makes_it(figure):
    (block,) = ENTRIES[figure]
    after = TEXT.split(f"(figures/{figure})\n\n")[1]
    assert re.match(r"\*[^*]+\*\n\n```", after)
    kind, source = block
    if kind == "sh":
        (scan,) = re.fullmatch(r"statmech run (\w+)(?: --quick)?   # [\w-]+\.png\n", source).groups()
        assert scan in SHIPPED
    else:
        assert f'"{figure}"' in source
        check_calls(source)


def check_calls(source):
    """Each call of a function of this package has arguments that it takes, and one of them is of a figure."""
    tree = ast.parse(source)
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in OURS:
            names |= {each.name: getattr(importlib.import_module(node.module), each.name) for each in node.names}
        elif isinstance(node, ast.Import):
            names |= {each.asname or each.name: importlib.import_module(each.name) for each in node.names}
    called = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id=name) if name in names:
                function = names[name]
            case ast.Attribute(value=ast.Name(id=module), attr=name) if inspect.ismodule(names.get(module)):
                function = getattr(names[module], name)
            case _:
                continue
        if (function.__module__ or "").split(".")[0] in OURS:
            named = {word.arg: word.value for word in node.keywords if word.arg}
            spread = len(named) < len(node.keywords)
            (inspect.signature(function).bind_partial if spread else inspect.signature(function).bind)(
                *node.args, **named
            )
            called.append(function.__module__)
    assert any(module.startswith("figures.") for module in called)


def test_a_call_that_does_not_fit_is_found():
    with pytest.raises(TypeError, match="unexpected keyword"):
        check_calls("from figures.dense import dense_diagrams\ndense_diagrams(spins=4)")
    with pytest.raises(AttributeError):
        check_calls("from figures.dense import no_such_figure\nno_such_figure()")
