"""Every example of a docstring and of the README runs and says what is written there."""

import ast
import doctest
import importlib
import importlib.util
import pathlib
import pkgutil

import fenchel
import pytest

MODULES = ["fenchel"] + [
    name
    for _, name, _ in pkgutil.walk_packages(fenchel.__path__, "fenchel.")
    if name not in ("fenchel._fenchel", "fenchel.torch")
    and (name != "fenchel.dask" or importlib.util.find_spec("dask"))
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    count = sum(len(test.examples) for name in MODULES for test in finder.find(importlib.import_module(name)))
    assert count > 80


def test_readme():
    readme = pathlib.Path(__file__).parents[1] / "README.md"
    failed, tried = doctest.testfile(str(readme), module_relative=False)
    assert failed == 0 and tried > 10


def test_everything_public_is_described():
    for name in MODULES:
        module = importlib.import_module(name)
        for public in getattr(module, "__all__", []):
            assert getattr(module, public).__doc__, f"{name}.{public}"


def test_the_stubs_name_what_there_is():
    compiled = fenchel._fenchel
    stub = ast.parse((pathlib.Path(compiled.__file__).parent / "_fenchel.pyi").read_text(encoding="utf-8"))
    named = {node.name: node for node in stub.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    public = {name for name in dir(compiled) if not name.startswith("_")}
    assert set(named) == public
    for name, node in named.items():
        if isinstance(node, ast.ClassDef):
            told = {member.name for member in node.body if isinstance(member, ast.FunctionDef)}
            there = {member for member in vars(getattr(compiled, name)) if not member.startswith("_")}
            assert {member for member in told if not member.startswith("_")} == there, name
