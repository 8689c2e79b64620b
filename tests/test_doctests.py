"""Every example in a docstring of the installed packages runs and gives what it shows."""

import doctest
import importlib
import pkgutil

import pytest

PACKAGES = ("statmech", "theory", "montecarlo", "figures", "scans")


def modules():
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield name
        yield from (
            found.name
            for found in pkgutil.walk_packages(package.__path__, prefix=f"{name}.")
            if not found.name.endswith("__main__")
        )


@pytest.mark.parametrize("name", sorted(modules()))
def test_docstring_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
