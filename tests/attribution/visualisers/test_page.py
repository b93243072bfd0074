"""The page of visualisers: `python -m tests.attribution.visualisers.test_page` writes it."""

from __future__ import annotations

import doctest
import inspect
from pathlib import Path
from typing import Any

import numpy as np

from attrvis.attribution import visualisers

PAGE = Path(__file__).resolve().parents[3] / "docs" / "visualisers.md"
HEAD = """# Visualisers

An attribution is signed and unreduced; a visualiser makes a picture of it. Most are small *stages*
put together with `>>`, functions of arrays that never look at the other images of a batch:

```python
>>> from attrvis.attribution.visualisers import Blurred, Masked, Summed, Thresholded
>>> show = Summed("sizes") >> Blurred(0.07) >> Thresholded(90) >> Masked()
>>> show(np.ones((1, 14, 14, 512)), np.ones((1, 224, 224, 3))).shape
(1, 224, 224, 3)

```

A result of `attrvis.attribute` brings its photos along: `show(found)`. A visualiser by name is
`VISUALISERS["masked"](percentile=90)(found)`. Those of units are called with a network and photos,
as they attribute the units to the pixels themselves: `TopKWithBlur(3)(net, images, layer=...)`.
A map of zeros is shown as one, and blurs are parts of a picture's side, so that all sizes look
alike. This page is written by `python -m tests.attribution.visualisers.test_page`.
"""
FAMILIES = {
    "map": "Maps",
    "over the photo": "Maps and photos",
    "signal": "Signals",
    "units": "Units of a layer",
}


def page() -> str:
    """Write the page from the table and the docstrings, and the stages below."""
    text = HEAD
    for family, title in FAMILIES.items():
        text += f"\n## {title}\n\n"
        for row in visualisers.VISUALISERS:
            if row.family == family:
                text += f"- `{row.name}`, `{called(row.load())}`: {line(row.load())}\n"
    text += "\n## Stages\n\n"
    for name in visualisers.__all__:
        stage = getattr(visualisers, name)
        own = name not in ("Stage", "Chain")
        if own and inspect.isclass(stage) and issubclass(stage, visualisers.Stage):
            text += f"- `{called(stage)}`: {line(stage)}\n"
    return text


def called(made: Any) -> str:
    given = ", ".join(inspect.signature(made).parameters)
    return f"{made.__name__}({given})"


def line(made: Any) -> str:
    return " ".join((inspect.getdoc(made) or "").partition("\n\n")[0].split())


def test_the_page_is_as_the_table_is():
    assert PAGE.read_text("utf-8") == page(), (
        "write it: python -m tests.attribution.visualisers.test_page"
    )


def test_the_page_lists_every_visualiser():
    assert {row.family for row in visualisers.VISUALISERS} <= set(FAMILIES)


def test_the_page_runs():
    failed, tried = doctest.testfile(
        str(PAGE), module_relative=False, globs={"np": np}, optionflags=doctest.ELLIPSIS
    )
    assert tried == 3 and not failed


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
