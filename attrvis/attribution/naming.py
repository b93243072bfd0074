"""Methods by name: their hyper-parameters, what they are, and how to make one from words."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any

from attrvis.attribution._table import TABLE
from attrvis.attribution.method import Method
from attrvis.errors import AttrVisError, BadValue, unknown

_WORDS: dict[str, object] = {"true": True, "false": False, "none": None}
_TEXTS = ("str", "BaselineMethod | str")


@dataclass(frozen=True)
class HyperParameter:
    """One number or word that a method is made with.

    Args:
        name: the field's.
        default: what it is unless given, in words that make it; empty where it must be given.
        text: what it means, in a line.
    """

    name: str
    default: str
    text: str


def method_of(method: str | Method, settings: Mapping[str, Any] | None = None) -> Method:
    """Make a method from its name and hyper-parameters.

    Args:
        method: a name of the table, or a method made already.
        settings: hyper-parameters by name; default the method's own.

    Returns:
        The method.

    Raises:
        UnknownName: no such method or hyper-parameter; the nearest are named.
        BadValue: a hyper-parameter outside its range, or settings for a method made already.

    Example:
        >>> method_of("integrated-gradients", {"steps": 8}).steps
        8
    """
    given = dict(settings or {})
    if isinstance(method, Method):
        if given:
            raise BadValue(
                f"The method {method!r} is made already; give {', '.join(given)} where it is made."
            )
        return method
    if isinstance(method, type) and issubclass(method, Method):
        raise BadValue(f"{method.__name__} is a class of methods; make one: {method.__name__}().")
    if not isinstance(method, str):
        raise BadValue(
            f"A method is a name such as 'saliency', or one made already, not {method!r}."
        )
    make = TABLE[method]
    known = [field.name for field in fields(make)]
    for name in given:
        if name not in known:
            raise unknown(f"{method} setting", name, known)
    try:
        made: Method = make(**given)
    except TypeError as error:
        raise BadValue(
            f"The settings {_shown(given)} do not make a {method!r} ({error}); 'attrvis methods "
            f"{method}' lists what it takes."
        ) from error
    return made


def settings_from(method: str, words: Sequence[str]) -> dict[str, Any]:
    """Read hyper-parameters from words such as `steps=64`.

    Numbers, `true`, `false`, `none` and lists with commas are told by how they are written; all
    else is text.

    Args:
        method: a name of the table.
        words: `name=value` each.

    Returns:
        The hyper-parameters by name.

    Raises:
        UnknownName: no such method or hyper-parameter; the nearest are named.
        BadValue: a word without `=`, a name twice, or text where a number is wanted.

    Example:
        >>> settings_from("integrated-gradients", ["steps=8", "baseline=blurred:0.1"])
        {'steps': 8, 'baseline': 'blurred:0.1'}
    """
    known = {field.name: field for field in fields(TABLE[method])}
    found: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name:
            raise BadValue(f"A setting is written name=value, such as steps=64; not {word!r}.")
        if name not in known:
            raise unknown(f"{method} setting", name, known)
        if name in found:
            raise BadValue(f"The setting {name!r} is given twice; give it once.")
        default = known[name].default
        # A word may hold commas, as the place of a neuron or the name of a file does.
        value = text.strip() if known[name].type in _TEXTS else _read(text.strip())
        if known[name].type == "int" and isinstance(value, float) and value.is_integer():
            value = int(value)
        number = isinstance(default, int | float) and not isinstance(default, bool)
        if (number and not (_is_number(value) or isinstance(value, tuple))) or (
            isinstance(default, bool) and not isinstance(value, bool)
        ):
            wanted = "a number" if number else "true or false"
            raise BadValue(
                f"The setting {name!r} of {method!r} is {wanted} such as {str(default).lower()}, "
                f"not {text.strip()!r}."
            )
        found[name] = float(value) if isinstance(default, float) and _is_number(value) else value
    return found


def hyper_parameters(method: str) -> tuple[HyperParameter, ...]:
    """List what a method is made with.

    Args:
        method: a name of the table.

    Raises:
        UnknownName: no such method; the nearest are named.

    Example:
        >>> [p.name for p in hyper_parameters("ablation-cam")]
        ['reshape', 'batch_size']
    """
    make = TABLE[method]
    told = _arguments(inspect.getdoc(make) or "")
    return tuple(
        HyperParameter(field.name, _default(make, field), told.get(field.name, ""))
        for field in fields(make)
    )


def summary(method: str) -> str:
    """Say in one line what a method does.

    Raises:
        UnknownName: no such method; the nearest are named.

    Example:
        >>> summary("saliency")
        'The gradient of the target: what a small change of each number does to it.'
    """
    return (inspect.getdoc(TABLE[method]) or "").partition("\n\n")[0].replace("\n", " ")


def source(method: str) -> str:
    """Name the paper that a method comes from.

    Raises:
        UnknownName: no such method; the nearest are named.

    Example:
        >>> source("ablation-cam").endswith("2020.")
        True
    """
    found = re.search(
        r"^Source: (.*?)(?:\n\n|\Z)", inspect.getdoc(TABLE[method]) or "", re.M | re.S
    )
    return " ".join(found[1].split()) if found else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read(text: str) -> Any:
    if "," in text and "(" not in text:
        return tuple(_read(part.strip()) for part in text.split(",") if part.strip())
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _default(make: Any, field: Any) -> str:
    if field.default is not MISSING:
        many = isinstance(field.default, tuple)
        return ",".join(map(str, field.default)) if many else str(field.default)
    if field.default_factory is MISSING:
        return ""
    value = field.default_factory()
    return next((word for word in _words(value) if _means(make, field, word, value)), repr(value))


def _words(value: Any) -> list[str]:
    """List the words by which a default may go: its kind, or its class with its first number."""
    name = str(getattr(value, "kind", type(value).__name__.lower()))
    numbers = [getattr(value, one.name) for one in fields(value)[:1]] if is_dataclass(value) else []
    return [name, *(f"{name}:{number}" for number in numbers)]


def _means(make: Any, field: Any, word: str, value: Any) -> bool:
    """Tell whether a word makes the same of a setting as its default does."""
    try:
        return bool(getattr(make(**{field.name: word}), field.name) == value)
    except AttrVisError:
        return False


def _arguments(text: str) -> dict[str, str]:
    """Read the section `Args:` of a docstring."""
    _, _, rest = text.partition("\nArgs:\n")
    section = re.split(r"\n(?=\S)", rest, maxsplit=1)[0]
    found = re.split(r"^ {4}(\w+): ", section, flags=re.M)[1:]
    return {
        name: " ".join(told.split()) for name, told in zip(found[::2], found[1::2], strict=True)
    }


def _shown(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in given.items()) or "given"
