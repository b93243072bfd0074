"""The kinds of hyper-parameters, checked before a method looks at their values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from attrvis.errors import BadValue
from attrvis.kinds import anything, is_number, is_switch, is_text, is_whole, shown


def check_kinds(method: Any) -> None:
    """Refuse hyper-parameters that are of another kind than the method declares.

    Numbers, words and switches are told by how a field is annotated; the fields `batch_size`,
    `tolerance` and those of baselines mean the same in every method. Other fields are the method's
    own to check.

    Args:
        method: a dataclass of hyper-parameters.

    Raises:
        BadValue: a hyper-parameter of another kind, or a number that is none (NaN).

    Example:
        >>> from attrvis.attribution import SmoothGrad
        >>> check_kinds(SmoothGrad(samples=2)) is None
        True
    """
    for field in fields(method):
        value = getattr(method, field.name)
        kind = field.type if isinstance(field.type, str) else getattr(field.type, "__name__", "")
        wanted, fits = _OF_NAME.get(field.name) or _OF_KIND.get(kind) or ("", anything)
        optional = kind.endswith("| None") or field.default is None
        if fits(value) or (optional and value is None):
            continue
        plain = isinstance(field.default, bool | int | float) and kind in _OF_KIND
        such = f" such as {str(field.default).lower()}" if plain else ""
        raise BadValue(
            f"The setting {field.name!r} of {getattr(method, 'name', type(method).__name__)!r} is "
            f"{wanted}{such}, not {shown(value)}."
        )


def _rows(value: object) -> bool:
    return value == "auto" if isinstance(value, str) else is_whole(value) and value >= 1  # type: ignore


def _at_least_zero(value: object) -> bool:
    return is_number(value) and value >= 0  # type: ignore[operator]


def _baseline(value: object) -> bool:
    return isinstance(value, str) or hasattr(value, "fit")


def _baselines(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, tuple | list) and all(_baseline(one) for one in value)
    )


_Kind = tuple[str, Callable[[object], bool]]
_WHOLE: _Kind = ("a whole number", is_whole)
_OF_KIND: dict[str, _Kind] = {
    "bool": ("true or false,", is_switch),
    "int": _WHOLE,
    "int | None": _WHOLE,
    "float": ("a number", is_number),
    "float | None": ("a number", is_number),
    "str": ("a word", is_text),
    "str | None": ("a word", is_text),
}
_OF_NAME: dict[str, _Kind] = {
    "batch_size": ("'auto' or a whole number from 1", _rows),
    "tolerance": ("a number from 0", _at_least_zero),
    "baseline": (
        "words such as 'zero', 'constant:0.5' or 'array:values.npy', or a baseline such as "
        "FromArray(values)",
        _baseline,
    ),
    "baselines": ("several baselines such as ('zero', 'constant:1')", _baselines),
}
