"""The page of methods is as the table has them, and its costs are what the methods count.

`python -m tests.attribution.test_methods_page` writes it.
"""

from __future__ import annotations

import importlib
import warnings
from dataclasses import fields
from pathlib import Path

import pytest

from attrvis.attribution import TABLE, hyper_parameters
from attrvis.attribution.baselines import Optimised
from attrvis.attribution.naming import source, summary
from attrvis.errors import AttrVisWarning
from tests.attribution.costs import COSTS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "methods.md"
HEAD = """# Attribution methods

Each is called by name, `attrvis.attribute(net, photo, "integrated-gradients", steps=64)` or
`attrvis attribute photo.jpg --method integrated-gradients --set steps=64`, and is a class of
`attrvis.attribution`. All take any target (a class, a neuron, an objective); those of gradients,
paths, propagation and perturbation take any layer. Values are signed and unreduced.

Costs are gradients (a forward and a backward pass) and forward passes of one image, where
`channels` are those of the layer, `windows` the places of a window, `features` the segments of the
image, `inner` what a wrapped method costs, and `baseline_steps` the gradients that optimise the
default baseline; as the baseline of another method an optimised one costs them too.
This page is written by `python -m tests.attribution.test_methods_page`.
"""
FAMILIES = {
    "gradients": "Gradients",
    "influence": "Influence",
    "paths": "Paths",
    "cams": "Class activation maps",
    "propagation": "Propagation",
    "perturbation": "Perturbation",
    "wrappers": "Wrappers of other methods",
}
ROWS = [row for row in TABLE if row.family != "third party"]


def page() -> str:
    parts = [HEAD]
    for family, title in FAMILIES.items():
        rows = [row for row in ROWS if row.family == family]
        table = ["| method | class | gradients | forwards |", "|---|---|---|---|"]
        for row in rows:
            gradients, forwards = (f"`{part}`" for part in COSTS[row.name])
            name = row.target.rpartition(":")[2]
            table.append(f"| [{row.name}](#{row.name}) | `{name}` | {gradients} | {forwards} |")
        parts += [f"## {title}", "\n".join(table)]
        for row in rows:
            taken = [f"- `{p.name}={p.default}`: {p.text}" for p in hyper_parameters(row.name)]
            parts += [f"### {row.name}", summary(row.name), *(["\n".join(taken)] if taken else [])]
            parts.append(f"Source: {source(row.name)}")
    return "\n\n".join(part.strip() for part in parts) + "\n"


def test_the_page_is_as_the_table_has_it():
    assert PAGE.read_text("utf-8") == page(), "run python -m tests.attribution.test_methods_page"


def test_every_method_has_its_costs():
    assert set(COSTS) == {row.name for row in ROWS}


def small(name: str) -> dict:
    family = TABLE.row(name).family
    module = importlib.import_module(f"tests.attribution.{family}.small")
    quick = {"quadrature": "midpoint", **module.SMALL.get(name, {})}
    # The costs are those of the default baseline, which the other tests are spared.
    return {**quick, "baseline": Optimised(steps=4)} if name == "aumann-shapley" else quick


@pytest.mark.parametrize("name", list(COSTS))
def test_it_costs_what_the_page_says(name, twig, photos):
    make = TABLE[name]
    known = {field.name for field in fields(make)}
    method = make(**{k: v for k, v in small(name).items() if k in known})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AttrVisWarning)
        found = method(twig, photos[:2], target=[0, 3])
        inner = (0, 0)
        if (wrapped := getattr(method, "method", None)) is not None:
            one = wrapped(twig, photos[:1], target=0)
            inner = (one.evaluations, one.forwards)
    held = {field.name: getattr(method, field.name) for field in fields(make)}
    # On the toy's 8 x 8 pixels windows of 2 side by side have 16 places; a grid of 2, four parts.
    parts = {"channels": 6, "windows": 16, "features": 4, "inner": inner, "len": len}
    names = {"steps": 16, **found.settings, **held, **parts}
    for counted, text in zip((found.evaluations, found.forwards), COSTS[name], strict=True):
        assert counted == 2 * eval(text, {"__builtins__": {}}, names), text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE} written")
