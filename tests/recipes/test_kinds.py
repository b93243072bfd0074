"""Recipes refuse what is of another kind than they declare, before any work."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from attrvis.errors import BadValue
from attrvis.recipes import RECIPES
from attrvis.recipes.kinds import _BETWEEN, _OF_KIND, checked_kinds

WRONG = {
    "int": ["x", 1.5, None, True, [1]],
    "int | None": ["x", 1.5, False],
    "float": ["x", None, float("nan"), True],
    "bool": [1, "yes", None],
    "str": [5, None],
    "str | None": [5],
    "str | Sequence[str]": [5, None, [1]],
    "Sequence[str] | None": [5, "mixed4a", [1]],
    "Sequence[int] | None": [5, "abc", [1.5]],
    "int | Sequence[int] | None": [1.5, "big", ["a"]],
    "str | Objective | Sequence[str | Objective]": [5, None, [1.5]],
    "str | Objective": [5, None, ["a"]],
    "Sequence[tuple[int, int]] | None": [5, [(1,)], [(0.5, 1)]],
    "tuple[float, float]": [5, (1, 2, 3), ("a", "b")],
    "Sequence[ImageSource]": [5, "photo.jpg"],
    "float | Sequence[float]": ["x", ["x"], [float("nan")]],
}


@pytest.mark.parametrize("row", list(RECIPES), ids=lambda row: row.name)
def test_a_recipe_refuses_other_kinds(row):
    recipe = row.load()
    signature = inspect.signature(recipe)
    kinds = {n: p.annotation for n, p in signature.parameters.items()}
    known = {n: kind for n, kind in kinds.items() if kind in WRONG}
    assert {"seed"} < set(known)
    needed = [n for n, p in signature.parameters.items() if p.default is p.empty and n != "drawing"]
    for name, kind in known.items():
        for value in WRONG[kind]:
            given = {n: 1 if known.get(n) == "int" else "embedded" for n in needed}
            given[name] = value
            with pytest.raises(BadValue, match=rf"^{name}= of {recipe.__name__} is "):
                recipe(**given)


@checked_kinds
def made(
    count: int,
    share: float = 0.5,
    size: int | Sequence[int] | None = None,
    photo: Photo = None,
) -> str:
    """Say what it was given."""
    return f"{count} {share} {size}"


def test_whatever_fits_passes():
    assert made(np.int64(3), 1, (4, 5), photo=object()) == "3 1 (4, 5)"
    assert made(3, np.float32(0.5), np.array([4, 5])) == "3 0.5 [4 5]"
    assert made(count=3, size=4) == "3 0.5 4" and made.__doc__ == "Say what it was given."
    with pytest.raises(TypeError, match="count"):
        made()


def test_every_kind_is_tried():
    assert {kind for wanted in WRONG for kind in _BETWEEN.split(wanted)} == set(_OF_KIND)


def test_what_does_not_is_shown_in_few_words():
    with pytest.raises(BadValue, match=r"share= of made is a number, not an array of shape \[9\]"):
        made(3, np.zeros(9))
    with pytest.raises(BadValue, match=r"a whole number or several whole numbers, not 'x{50}"):
        made(3, size="x" * 500)
