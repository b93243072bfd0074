"""The page of recipes is as the table has them: `python -m tests.recipes.test_page` writes it."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

from attrvis import recipes
from attrvis.cli._table import ROWS as COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "recipes.md"
HEAD = """# Recipes

Finished things made of renderings. Each is one function of `attrvis.recipes`, which gives a
`Plate` (it shows itself in a notebook, and `plate.save("folder")` writes it), and one command,
whose `--help` has every option. This page is written by `python -m tests.recipes.test_page`.
"""
FAMILIES = {
    "units": "Of units",
    "photo": "Of a photo",
    "photos": "Of many photos",
}


def examples() -> dict[str, list[str]]:
    """List recipe's function -> the examples that call it, by what they import and name."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "examples").glob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        named = {n.attr for n in nodes if isinstance(n, ast.Attribute)}
        named |= {n.id for n in nodes if isinstance(n, ast.Name)}
        for name in named & set(recipes.__all__) - {"Plate"}:
            found.setdefault(name, []).append(path.name)
    return found


def source(doc: str) -> str:
    """Take a docstring's sources, on one line."""
    (said,) = re.findall(r"^ *Source: (.*?)(?:\n\s*\n|\Z)", doc, re.DOTALL | re.MULTILINE)
    return " ".join(said.split())


def entry(name: str, function: str, about: str, doc: str, shown: list[str]) -> str:
    scripts = ", ".join(f"`examples/{one}`" for one in shown)
    lines = [f"### {name}", "", doc.splitlines()[0], ""]
    lines += [f"- function: `recipes.{function}`", f"- command: `attrvis {name}`: {about}"]
    lines += [f"- example: {scripts}"] if shown else []
    return "\n".join([*lines, f"- source: {source(doc)}", ""])


def page() -> str:
    """Write the page from the tables of recipes and of commands and from the docstrings."""
    commands = {name: about for name, _, about in COMMANDS}
    shown = examples()
    text = HEAD
    rows = [row for row in recipes.RECIPES if row.name in commands]
    families = dict.fromkeys([*FAMILIES, *(row.family for row in rows)])
    for family in families:
        members = [row for row in rows if row.family == family]
        if members:
            text += f"\n## {FAMILIES.get(family, family.capitalize())}\n"
        for row in members:
            function = row.target.partition(":")[2]
            doc = inspect.getdoc(row.load()) or ""
            text += "\n" + entry(
                row.name, function, commands[row.name], doc, shown.get(function, [])
            )
    return text


def test_the_page_is_as_the_tables_are():
    assert PAGE.read_text("utf-8") == page(), "write it: python -m tests.recipes.test_page"


def test_every_recipe_is_a_public_function_and_a_command():
    commands = {name for name, _, _ in COMMANDS}
    for row in recipes.RECIPES:
        module, _, function = row.target.partition(":")
        assert getattr(importlib.import_module(module), function) is getattr(recipes, function)
        assert row.name in commands


def test_every_recipe_has_an_example():
    functions = {row.target.partition(":")[2] for row in recipes.RECIPES}
    assert functions - set(examples()) == set()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
