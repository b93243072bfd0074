"""The page for people who come from Lucid: every name of ours in it must exist."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import attrvis
from attrvis.cli._table import ROWS

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "from-lucid.md").read_text("utf-8")
SPAN = re.compile(r"`([^`]+)`")
NAMED = {"image", "transforms", "rule", "optimizer", "background"}


def rows() -> list[list[str]]:
    """List the cells of every row of the tables, an escaped bar being no border."""
    lines = [line for line in PAGE.splitlines() if line.startswith("|")]
    cells = [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [row for row in cells if not set(row[0]) <= {"-"} and "attrvis" not in row[1:2]]


NAMES = sorted({s for row in rows() if len(row) == 3 for s in SPAN.findall(row[1])})
REMARKS = sorted(
    {
        s
        for row in rows()
        if len(row) == 3
        for s in SPAN.findall(row[2])
        if re.match(r"(attrvis|net|drawn|plate|\w+\.\w|\w+=)", s)
    }
)
SCRIPTS = sorted({s for row in rows() if len(row) == 2 for s in SPAN.findall(row[1])})


def owner(name: str) -> Any:
    """Find what a first name stands for."""
    from attrvis.networks import Network
    from attrvis.recipes import Plate
    from attrvis.rendering import Rendering

    known = {"attrvis": attrvis, "net": Network, "drawn": Rendering, "plate": Plate}
    return known[name] if name in known else importlib.import_module(f"attrvis.{name}")


def found(node: ast.expr) -> Any:
    """Resolve a dotted name; dataclasses' fields and instance attributes count as names."""
    if isinstance(node, ast.Name):
        return owner(node.id)
    assert isinstance(node, ast.Attribute), ast.dump(node)
    base = found(node.value)
    if hasattr(base, node.attr):
        return getattr(base, node.attr)
    if inspect.isclass(base):
        assert node.attr in inspect.signature(base).parameters or (
            f"self.{node.attr} = " in inspect.getsource(base)
        ), f"{base.__name__} has no {node.attr}"
        return None
    return importlib.import_module(f"{base.__name__}.{node.attr}")


def check_call(call: ast.Call) -> None:
    """Bind a call's arguments to the signature of what it calls."""
    function = found(call.func)
    method = inspect.isfunction(function) and "." in function.__qualname__
    first = (
        [None] if method and next(iter(inspect.signature(function).parameters)) == "self" else []
    )
    given = {word.arg: None for word in call.keywords}
    inspect.signature(function).bind(*first, *(None for _ in call.args), **given)


def check_command(words: list[str]) -> None:
    where = {name: target for name, target, _ in ROWS}
    module, _, attribute = where[words[0]].partition(":")
    command = getattr(importlib.import_module(module), attribute)
    options = {text for p in command.params for text in (*p.opts, *p.secondary_opts)}
    assert [w for w in words if w.startswith("--") and w not in options] == []


def check_keyword(name: str, value: str) -> None:
    from attrvis.optimisers import OPTIMIZERS
    from attrvis.param import BACKGROUNDS, PARAMS
    from attrvis.transforms import TRANSFORMS

    parameters = {**inspect.signature(attrvis.render).parameters}
    parameters |= inspect.signature(attrvis.load).parameters
    assert name in parameters
    if name in NAMED and value:
        tables: dict[str, Any] = {
            "image": PARAMS.names,
            "transforms": TRANSFORMS.names,
            "optimizer": OPTIMIZERS,
            "background": BACKGROUNDS.names,
            "rule": importlib.import_module("attrvis.networks.rules").RULES,
        }
        assert ast.literal_eval(value) in tables[name]


def check(span: str) -> None:
    """Check one name of ours, however it is written."""
    if span.startswith("attrvis "):
        return check_command(span.split()[1:])
    if keyword := re.fullmatch(r"(\w+)=(.*)", span):
        return check_keyword(*keyword.groups())
    for node in ast.walk(tree := ast.parse(span, mode="eval")):
        if isinstance(node, ast.Call):
            check_call(node)
    if not isinstance(tree.body, ast.Call):
        found(tree.body)
    return None


@pytest.mark.parametrize("span", NAMES)
def test_every_name_of_ours_exists(span):
    check(span)


@pytest.mark.parametrize("span", REMARKS)
def test_every_name_in_a_remark_exists(span):
    check(span)


def test_the_reader_sees_what_does_not_exist():
    wrong = [
        "objectives.chanel",
        'objectives.channel("a", units=3)',
        "net.layer_names",
        "recipes.dreamy(net)",
        "attrvis dreamy",
        'rule="redirected"',
        "thresholds=3",
    ]
    for span in [*wrong, "attrvis dream --octave 3"]:
        with pytest.raises((AssertionError, AttributeError, ImportError, KeyError, TypeError)):
            check(span)
    assert len(NAMES) > 90 and len(REMARKS) > 20


def test_what_has_no_counterpart_says_none():
    assert [
        row for row in rows() if len(row) == 3 and not (SPAN.search(row[1]) or row[1] == "none")
    ] == []


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_notebook_has_its_script(script):
    text = (ROOT / script).read_text("utf-8")
    assert "def main(argv" in text


def test_the_three_lines_run(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert "attrvis.load(" in code and "attrvis.render(" in code
    monkeypatch.chdir(tmp_path)
    load, render = attrvis.load, attrvis.render
    monkeypatch.setattr(attrvis, "load", lambda *_, **__: load("embedded"))
    monkeypatch.setattr(attrvis, "render", lambda *words: render(*words, steps=1), raising=False)
    # The network that comes along has fewer channels than GoogLeNet.
    exec(compile(code.replace(":476", ":47"), "from-lucid.md", "exec"), {})
    assert (tmp_path / "mixed4a-476.png").is_file()
