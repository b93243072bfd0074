"""House style that no linter knows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = [
    path
    for folder in ("attrvis", "benchmarks", "examples", "tests", "tools")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
PACKAGE = sorted((ROOT / "attrvis").rglob("*.py"))
NAMELESS = {"utils", "util", "misc", "helpers", "common"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path, function: str) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == function
    ]


def test_no_file_is_over_400_lines():
    long = {name(p): n for p in OURS if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert long == {}


def test_files_are_named_after_what_they_hold():
    assert [name(p) for p in OURS if NAMELESS & {p.stem, *p.relative_to(ROOT).parts}] == []


@pytest.mark.parametrize("function", ["print", "eval", "exec", "breakpoint"])
def test_the_package_never_calls(function):
    assert {name(p): lines for p in PACKAGE if (lines := calls(p, function))} == {}


def test_the_package_asserts_nothing():
    found = [
        f"{name(p)}:{node.lineno}"
        for p in PACKAGE
        for node in ast.walk(ast.parse(p.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert)
    ]
    assert found == []


def test_nothing_is_pickled():
    found = [name(p) for p in PACKAGE if "allow_pickle=True" in p.read_text("utf-8")]
    assert found == []


def test_every_module_says_what_it_is():
    silent = [name(p) for p in PACKAGE if not ast.get_docstring(ast.parse(p.read_text("utf-8")))]
    assert silent == []


def test_a_changelog_entry_stands_for_this_version():
    import attrvis

    assert f"## [{attrvis.__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
