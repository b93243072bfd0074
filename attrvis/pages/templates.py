"""The Jinja2 environment of all pages: autoescaped, strict, and deaf to control characters."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import urllib.parse
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from attrvis.errors import BadValue

_FOLDER = Path(__file__).resolve().parent
_DEEPEST = 8
_DASH, _MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
_IMAGES = {f"data:image/{kind}" for kind in ("png", "jpeg", "webp", "gif")}


def render(name: str, context: Mapping[str, Any]) -> str:
    """Fill a template; the style sheet is put inline and allowed by its hash alone.

    Args:
        name: the template's file in this folder.
        context: what it needs; every text in it is made inert first.

    Returns:
        The page's HTML.

    Raises:
        BadValue: the context lacks something or holds what a page cannot show.

    Example:
        >>> render("explanation.html", {})
        Traceback (most recent call last):
        attrvis.errors.BadValue: The page explanation.html cannot be made: 'version' is undefined.
    """
    style = (_FOLDER / "style.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    try:
        template = _environment().get_template(name)
        return template.render({**inert(context), "style": style, "style_hash": digest})
    except TemplateError as error:
        raise BadValue(f"The page {name} cannot be made: {error.message}.") from error


def inert(value: Any, depth: int = 0) -> Any:
    r"""Copy plain values with every control character in their texts replaced.

    Args:
        value: texts, numbers, None, and mappings and sequences of them.
        depth: how deep the value lies; nests of more than 8 are refused.

    Returns:
        The same in dicts and lists; other objects as their text.

    Raises:
        BadValue: it is nested too deeply.

    Example:
        >>> inert({"a": ["\x1b[0m", 1]})
        {'a': ['\ufffd[0m', 1]}
    """
    if depth > _DEEPEST:
        raise BadValue("What a page shows is nested too deeply; flatten it.")
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {_clean(str(key)): inert(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [inert(item, depth + 1) for item in value]
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        return inert(value.item(), depth + 1)
    return _clean(str(value))


def number(value: Any, digits: int = 4) -> str:
    """Write a number for reading.

    Args:
        value: a number, text, bool or None.
        digits: significant ones, default 4.

    Returns:
        The number with a true minus sign; a dash for None; text as it is.

    Example:
        >>> number(13.77215), number(None), number(1e-7), number(True)
        ('13.77', '–', '1e−7', 'yes')
    """
    if value is None:
        return _DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value).replace("-", _MINUS)
    if not isinstance(value, float):
        return str(value)
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        power = int(exponent)
        text = f"{value:.0f}" if 0 <= power < 7 else f"{mantissa}e{power}"
    return text.replace("-", _MINUS)


def percent(value: Any) -> str:
    """Write a share as a percentage.

    Args:
        value: 1 is 100 %; None where unknown.

    Returns:
        Up to three digits.

    Example:
        >>> percent(0.2134), percent(0.00042), percent(None)
        ('21.3 %', '0.042 %', '–')
    """
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return number(value)
    return f"{number(100.0 * value, 3)} %"


def picture_source(source: str) -> str:
    """Check where a page takes a picture from.

    Args:
        source: a file name relative to the page, or a `data:image/...;base64,` address.

    Returns:
        It, quoted for a page.

    Raises:
        BadValue: it leads elsewhere.

    Example:
        >>> picture_source("my picture.png")
        'my%20picture.png'
    """
    head, _, body = source.partition(";base64,")
    if head in _IMAGES and re.fullmatch("[A-Za-z0-9+/]+=*", body):
        return source
    parts = source.replace("\\", "/").split("/")
    if not source or source.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise BadValue(
            f"A page's picture is a file in its own folder or a data:image address, not "
            f"{source[:80]!r}."
        )
    return urllib.parse.quote(source)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(number=number, percent=percent)
    return made


def _clean(text: str) -> str:
    """Replace what is not printable, lone surrogates too; line breaks become visible marks."""
    return "".join(
        c if c.isprintable() else "↵" if c == "\n" else " " if c.isspace() else "\ufffd"
        for c in text
    )
