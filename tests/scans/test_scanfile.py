"""Scan files: what they mean, and one line for whatever they cannot mean."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from scans.errors import ScanError
from scans.scan import differences
from scans.scanfile import dump, find, load, shipped
from statmech.models import MODELS

GOOD = """
title = "a title"
model = "hopfield"
[parameters]
T = 0
[axes]
alpha = { linspace = [0.1, 0.5, 5] }
[simulation]
N = 100
samples = 2
start = "random"
[theory]
[quick]
axes = { alpha = [0.3] }
simulation = { samples = 1 }
"""


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], Path]:
    """A scan file of that text."""

    def make(text: str) -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return path

    return make


def test_every_default_is_spelled_out(made: Callable[[str], Path]) -> None:
    scan = load(made(GOOD))
    assert scan.axes == {"alpha": (0.1, 0.2, 0.3, 0.4, 0.5)}
    assert scan.parameters == {"T": 0.0}
    assert (scan.sizes, scan.samples, scan.seed) == ((100,), 2, 1)
    assert scan.simulation is not None
    assert scan.simulation.start == "random"
    assert scan.theory is not None
    assert scan.theory.ansatz == "RS"
    text = dump(scan)
    assert "sweeps = 1000" in text
    assert load(made(text)) == scan


def test_quick_replaces_what_its_table_names(made: Callable[[str], Path]) -> None:
    full, quick = load(made(GOOD)), load(made(GOOD), quick=True)
    assert set(differences(full, quick)) == {"axes.alpha", "simulation.samples"}
    assert quick.axes == {"alpha": (0.3,)}


@pytest.mark.parametrize(
    ("spec", "values"),
    [
        ("[0.3, 0.1]", (0.3, 0.1)),
        ("{ linspace = [0, 0.9, 4] }", (0.0, 0.3, 0.6, 0.9)),
        ("{ logspace = [-3, -1, 3] }", (0.001, 0.01, 0.1)),
        ("{ geomspace = [0.001, 0.1, 3] }", (0.001, 0.01, 0.1)),
        ("{ linspace = [0.2, 0.2, 1] }", (0.2,)),
    ],
)
def test_axes_are_the_decimals_that_one_would_write(
    made: Callable[[str], Path], spec: str, values: tuple[float, ...]
) -> None:
    assert load(made(GOOD.replace("{ linspace = [0.1, 0.5, 5] }", spec))).axes["alpha"] == values


@pytest.mark.parametrize(
    ("model", "parameters", "theory"),
    [
        ("sherrington_kirkpatrick", "T = 0.5", ("RS", "spin-glass")),
        ("p_spin", "T = 0.5\np = 3", ("1RSB", "spin-glass")),
        ("random_energy", "T = 0.5", ("1RSB", "spin-glass")),
    ],
)
def test_each_system_has_defaults_of_its_own(
    made: Callable[[str], Path], model: str, parameters: str, theory: tuple[str, str]
) -> None:
    scan = load(made(f'model = "{model}"\n[parameters]\n{parameters}\n[theory]\n'))
    assert scan.theory is not None
    assert (scan.theory.ansatz, scan.theory.start) == theory
    assert load(made(dump(scan))) == scan


def test_strings_survive_the_resolved_file(made: Callable[[str], Path]) -> None:
    title = 'a "quoted" \\ title with α, a tab\t and \x7f'
    scan = load(made(GOOD))
    scan = type(scan)(**{**vars(scan), "title": title})
    assert load(made(dump(scan))).title == title


@pytest.mark.parametrize("name", list(shipped()))
@pytest.mark.parametrize("quick", [False, True])
def test_shipped_scans_load_and_have_a_title(name: str, quick: bool) -> None:
    scan = load(find(name), quick=quick)
    assert scan.title
    module = MODELS[scan.model].__module__.rpartition(".")[2]
    assert module in name or name in module  # a variant of a system's scan, or the one scan of a family


BAD = {
    "unknown key": (
        "sampels = 3",
        "simulation.sampels: unknown key; did you mean samples? The keys here are N, samples, ",
    ),
    "unknown key without a near one": (
        "zzz = 3",
        "simulation.zzz: unknown key; remove it. The keys here are N, samples, ",
    ),
    "wrong type": ('samples = "many"', "simulation.samples: samples = 'many' is not allowed"),
    "a float for an integer": ("N = 100.0", "simulation.N: N = 100.0 is not allowed: N must be an integer"),
    "a boolean for an integer": ("N = true", "simulation.N: N = True is not allowed"),
    "no sizes": ("N = []", "simulation.N: is empty; give"),
    "a size twice": ("N = [64, 64]", "simulation.N: has 64 twice; remove one"),
    "a setting out of range": ("sweeps = 0", "simulation.sweeps: sweeps = 0 is not allowed"),
    "an unknown choice": ('start = "cold"', "simulation.start: start = 'cold' is not allowed: start must be one of"),
    "empty axis": ("alpha = []", "axes.alpha: is empty; give it at least one value"),
    "negative load": ("alpha = [0.1, -0.1]", "axes.alpha: alpha = -0.1 is not allowed: alpha must be"),
    "negative temperature": ("T = -1", "parameters.T: T = -1 is not allowed"),
    "a string in an axis": ('alpha = [0.1, "b"]', "axes.alpha: alpha = 'b' is not allowed"),
    "a value twice": ("alpha = [0.1, 0.1]", "axes.alpha: has 0.1 twice; remove one"),
    "an axis that is a number": ("alpha = 0.1", "axes.alpha: must be a list or"),
    "a spacing misspelled": (
        "alpha = { linpsace = [0, 1, 2] }",
        "axes.alpha.linpsace: unknown key; did you mean linspace?",
    ),
    "a spacing without count": ("alpha = { linspace = [0, 1] }", "axes.alpha.linspace: must be [first, last, count]"),
    "a spacing of no points": ("alpha = { linspace = [0, 1, 0] }", "axes.alpha.linspace: count = 0 is not allowed"),
    "an impossible spacing": ("alpha = { geomspace = [0, 1, 3] }", "axes.alpha"),
    "a spacing of too many points": (
        "alpha = { linspace = [0, 1, 100000000000] }",
        "axes.alpha.linspace: count = 100000000000 is not allowed",
    ),
    "more units than a journal holds": (
        "alpha = { linspace = [0, 1, 2000000] }",
        "axes: 2000000 state points x (1 of theory + 1 sizes x 2 samples) are 6000000 units, more than 5000000",
    ),
    "a spacing of strings": ('alpha = { linspace = ["0", 1, 3] }', "axes.alpha.linspace: must be [first, last, count]"),
    "unknown model": ('model = "hopfeild"', "model: 'hopfeild' is no model; choose one of 'hopfield'"),
    "model of a wrong type": ("model = 3", "model: 3 is no model"),
    "a seed that is none": ("seed = -1", "seed: seed = -1 is not allowed"),
    "a title that is none": ("title = 1", "title: must be a string"),
}
HOME = {"seed": "", "title": "", "model": "", "alpha": "[axes]", "T": "[parameters]"}


@pytest.mark.parametrize("case", list(BAD))
def test_mistakes_are_named_with_file_key_and_remedy(made: Callable[[str], Path], case: str) -> None:
    line, message = BAD[case]
    key = line.partition(" = ")[0]
    if re.search(rf"^{key} = ", GOOD, re.M):
        text = re.sub(rf"^{key} = .*$", line.replace("\\", "\\\\"), GOOD, flags=re.M)
    else:
        table = HOME.get(key, "[simulation]")
        text = GOOD.replace(table, f"{table}\n{line}", 1) if table else f"{line}\n{GOOD}"
    with pytest.raises(ScanError) as caught:
        load(made(text))
    assert str(caught.value).startswith(f"{made(text)}: {message}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('model = "hopfield"', "", "model: missing; add a line"),
        ("T = 0", "", "axes.T: missing; hopfield needs T"),
        ("N = 100", "", "simulation.N: missing; add a line as N = 1000"),
        ("samples = 2", "", "simulation.samples: missing; add a line"),
        ("T = 0", "T = 0\nalpha = 0.1", "axes.alpha: is also in [parameters]; remove one"),
        ("[theory]", "[theory]\nansatz = 2", "theory.ansatz: ansatz = 2 is not allowed"),
        ("[theory]", "[theory]\nstart = 1", "theory.start: start = 1 is not allowed"),
        ("[theory]", "[theroy]", "theroy: unknown key; did you mean theory?"),
        ("[axes]", "[axes]\nbeta = [1]", "axes.beta: unknown key"),
        ("[parameters]\nT = 0", "parameters = 3", "parameters: must be a table"),
        ("title", "title = = 1\ntitle", "not valid TOML"),
    ],
)
def test_missing_and_misplaced_parts(made: Callable[[str], Path], old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(ScanError) as caught:
        load(made(GOOD.replace(old, new, 1)))
    assert str(caught.value).startswith(f"{made(GOOD)}: {message}")


@pytest.mark.parametrize(
    ("quick", "message"),
    [
        ("", "quick: there is no such table"),
        ("[quick.simulation]\nsampels = 1", "quick: simulation.sampels: unknown key; did you mean samples?"),
        ("[quick]\nseed = 3", "quick.seed: unknown key"),
        ("[quick]\naxes = 3", "quick.axes: must be a table"),
    ],
)
def test_mistakes_of_the_quick_table(made: Callable[[str], Path], quick: str, message: str) -> None:
    text = GOOD.partition("[quick]")[0] + quick
    with pytest.raises(ScanError, match=re.escape(message)):
        load(made(text), quick=True)


def test_a_scan_of_nothing_is_refused(made: Callable[[str], Path]) -> None:
    with pytest.raises(ScanError, match="add one of the two tables"):
        load(made(GOOD.partition("[simulation]")[0]))


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        ScanError, match="nothing: no such scan file, and no shipped scan; the shipped ones are .*hopfield"
    ):
        find("nothing")
    with pytest.raises(ScanError, match="binary_perceptron is a model; its shipped scans: perceptron$"):
        find("binary_perceptron")
    with pytest.raises(ScanError, match="random_energy is a model without one: statmech solve random_energy"):
        find("random_energy")
    with pytest.raises(ScanError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScanError, match="not valid TOML"):
        load(tmp_path / "binary.toml")
