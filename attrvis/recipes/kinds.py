"""What a recipe is given, refused in one sentence where it is of another kind."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

import numpy as np

from attrvis.errors import BadValue
from attrvis.kinds import anything, is_number, is_switch, is_text, is_whole, shown
from attrvis.objectives import Objective

_BETWEEN = re.compile(r" \| (?![^\[]*\])")
"""A bar that stands in no bracket."""

P = ParamSpec("P")
R = TypeVar("R")


def checked_kinds(recipe: Callable[P, R]) -> Callable[P, R]:
    """Let a recipe refuse numbers, words and switches of another kind than it declares.

    They are told by the annotations of its parameters; whatever else an annotation names is the
    recipe's own to check.

    Args:
        recipe: a function of annotated parameters.

    Returns:
        The same function, which raises `BadValue` before any work.

    Example:
        >>> @checked_kinds
        ... def twice(count: int, name: str | None = None) -> int:
        ...     return 2 * count
        >>> twice(3)
        6
        >>> twice(1.5)
        Traceback (most recent call last):
        attrvis.errors.BadValue: count= of twice is a whole number, not 1.5.
    """
    signature = inspect.signature(recipe)
    kinds = {
        name: _alternatives(inspect.formatannotation(p.annotation).strip("'"))
        for name, p in signature.parameters.items()
    }

    @functools.wraps(recipe)
    def checked(*args: P.args, **given: P.kwargs) -> R:
        _check(recipe.__name__, kinds, signature.bind(*args, **given).arguments)
        return recipe(*args, **given)

    return checked


def _check(recipe: str, kinds: Mapping[str, list[str]], given: Mapping[str, object]) -> None:
    for name, value in given.items():
        wanted = kinds.get(name, [])
        if not wanted or any(_OF_KIND[kind][1](value) for kind in wanted):
            continue
        words = " or ".join(_OF_KIND[kind][0] for kind in wanted if kind != "None")
        raise BadValue(f"{name}= of {recipe} is {words}, not {shown(value)}.")


def _alternatives(annotation: str) -> list[str]:
    """List the kinds of which a value may be; none where one is not known here."""
    kinds = _BETWEEN.split(annotation)
    return kinds if all(kind in _OF_KIND for kind in kinds) else []


def _nothing(value: object) -> bool:
    return value is None


def _objective(value: object) -> bool:
    return isinstance(value, Objective)


def _wanted(value: object) -> bool:
    return is_text(value) or _objective(value)


def _pair(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    def both(value: object) -> bool:
        return _several(fits)(value) and len(value) == 2  # type: ignore[arg-type]

    return both


def _several(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    def each(value: object) -> bool:
        listed = isinstance(value, list | tuple | range | np.ndarray)
        return listed and all(fits(one) for one in value)  # type: ignore[attr-defined]

    return each


_OF_KIND: dict[str, tuple[str, Callable[[object], bool]]] = {
    "None": ("nothing", _nothing),
    "bool": ("true or false", is_switch),
    "int": ("a whole number", is_whole),
    "float": ("a number", is_number),
    "str": ("a word", is_text),
    "Sequence[int]": ("several whole numbers", _several(is_whole)),
    "Sequence[float]": ("several numbers", _several(is_number)),
    "Sequence[str]": ("several words", _several(is_text)),
    "Objective": ("an objective", _objective),
    "Sequence[str | Objective]": ("several of those", _several(_wanted)),
    "Sequence[ImageSource]": ("several photos", _several(anything)),
    "Sequence[tuple[int, int]]": (
        "several positions, each two whole numbers",
        _several(_pair(is_whole)),
    ),
    "tuple[float, float]": ("two numbers", _pair(is_number)),
}
