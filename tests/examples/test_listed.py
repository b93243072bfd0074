"""Every example is listed in the README, says what it does, runs as a script, and is tested."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "examples").glob("*.py"))
SHARED = {"cut_outs.py", "loaded.py", "photographed.py", "sphere.py"}
SCRIPTS = [path for path in FILES if path.name not in SHARED]


def by_name(path):
    return path.name


def test_the_readme_lists_every_example_and_no_other():
    readme = (ROOT / "README.md").read_text("utf-8")
    told = {name + ".py" for name in re.findall(r"(?:`|examples[./])(\w+)\.py\b", readme)}
    told |= {name + ".py" for name in re.findall(r"python -m examples\.(\w+)", readme)}
    assert told - {path.name for path in FILES} == set()
    assert {path.name for path in FILES} - told == set()


@pytest.mark.parametrize("path", SCRIPTS, ids=by_name)
def test_an_example_says_how_it_is_run(path):
    tree = ast.parse(path.read_text("utf-8"))
    doc = ast.get_docstring(tree) or ""
    assert f"examples.{path.stem}" in doc or f"examples/{path.name}" in doc
    (main,) = (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "main")
    assert [argument.arg for argument in main.args.args] == ["argv"]
    assert any("__main__" in ast.unparse(node) for node in tree.body)


@pytest.mark.parametrize("path", SCRIPTS, ids=by_name)
def test_an_example_is_run_by_a_test(path):
    tests = [p for p in (ROOT / "tests").rglob("test_*.py") if p.name != Path(__file__).name]
    called = rf"\b{path.stem}\b"
    assert any(
        "examples" in (text := p.read_text("utf-8")) and re.search(called, text) for p in tests
    )


def test_the_idea_of_a_notebook_fits_on_a_screen():
    page = (ROOT / "docs" / "from-lucid.md").read_text("utf-8")
    named = set(re.findall(r"examples/(\w+\.py)", page.partition("## Notebooks")[2]))
    lines = {
        name: len((ROOT / "examples" / name).read_text("utf-8").splitlines()) for name in named
    }
    assert len(named) > 25 and {name: n for name, n in lines.items() if n > 48} == {}
