"""The distribution: the wheel works outside the checkout, and importing it has no side effects."""

import ast
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("statmech", "theory", "montecarlo", "figures", "scans")


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="module")
def clean_environment(tmp_path_factory):
    """An environment outside the checkout with the built wheel in it; dependencies come from the running one."""
    work = tmp_path_factory.mktemp("wheel")
    source = work / "source"
    ignore = shutil.ignore_patterns(".git", ".venv", "build", "dist", "*.egg-info", "__pycache__", "runs", "tests")
    shutil.copytree(ROOT, source, ignore=ignore)
    built = run(sys.executable, "-m", "build", "--wheel", "--outdir", work, source)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = work.glob("statmech-*.whl")
    environment = work / "environment"
    assert run(sys.executable, "-m", "venv", "--without-pip", environment).returncode == 0
    python = environment / "bin" / "python"
    installed = run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    assert installed.returncode == 0, installed.stderr
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment


def test_wheel_imports_every_module_outside_the_checkout(clean_environment, tmp_path):
    expected = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__main__.py"
    }
    script = (
        "import importlib, sys\n"
        f"for name in {sorted(expected)!r}:\n"
        "    module = importlib.import_module(name)\n"
        "    assert module.__file__.startswith(sys.prefix), (name, module.__file__)\n"
        "import scans, pathlib\n"
        "print(sorted(p.name for p in pathlib.Path(scans.__file__).parent.glob('*.toml')))\n"
    )
    done = run(clean_environment / "bin/python", "-c", script, cwd=tmp_path, env={**os.environ, "MPLBACKEND": "agg"})
    assert done.returncode == 0, done.stderr
    assert "hopfield.toml" in done.stdout


def test_wheel_doctor_finds_nothing_wrong(clean_environment, tmp_path):
    done = run(clean_environment / "bin/statmech", "doctor", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "statmech" in done.stdout


def test_importing_starts_no_mpi_and_no_matplotlib():
    script = (
        "import sys, statmech, theory, montecarlo\n"
        "print([name for name in ('mpi4py', 'mpi4py.MPI', 'matplotlib') if name in sys.modules])\n"
        "import scans, scans.command\n"
        "print([name for name in ('mpi4py.MPI', 'matplotlib') if name in sys.modules])\n"
    )
    done = run(sys.executable, "-c", script)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[]", "[]"]


def test_floors_import_only_downwards():
    """statmech below theory and montecarlo, these below figures, all below scans; the middle two never meet."""

    floor = {"statmech": 1, "theory": 2, "montecarlo": 2, "figures": 3, "scans": 4}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.level == 0:
                    names = [node.module or ""]
                for name in names:
                    top = name.split(".")[0]
                    if top in floor and top != package:
                        assert floor[top] < floor[package], f"{path} imports {name}"
                    assert top != "mpi4py" or package == "scans", f"{path} imports {name}"
