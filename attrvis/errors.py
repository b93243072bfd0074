"""What can go wrong, said in one sentence with its cure."""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Iterable
from types import FrameType

_BETWEEN = ("attrvis", "beartype", "contextlib", "keras", "tensorflow")
"""Packages whose lines say nothing to a user who is warned."""


class AttrVisError(Exception):
    """Base of every error raised on purpose; its text is one sentence with the cure."""


class ImageError(AttrVisError):
    """A photo cannot be read or used."""


class ModelError(AttrVisError):
    """A network cannot be loaded, or a graph does not allow what was asked of it."""


class UnknownName(AttrVisError):
    """A layer, label, background or other name does not exist; the text names the nearest ones."""


class BadValue(AttrVisError):
    """An argument is outside its range or has the wrong shape or type."""


class OutputError(AttrVisError):
    """A result cannot be written where it was asked for."""


class AttrVisWarning(UserWarning):
    """Something worked, but not as a careful user expects; the text names cause and cure."""


def warn(text: str) -> None:
    """Warn of something at the line of whoever called attrvis, however deep inside it is found.

    Args:
        text: one sentence with cause and cure.

    Example:
        >>> with warnings.catch_warnings(record=True) as told:
        ...     warn("The map is blank; choose another target.")
        >>> told[0].category.__name__, told[0].filename == __file__
        ('AttrVisWarning', False)
    """
    frame = _caller(sys._getframe(1))
    warnings.warn_explicit(
        text,
        AttrVisWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        frame.f_globals.get("__name__"),
        frame.f_globals.setdefault("__warningregistry__", {}),
        frame.f_globals,
    )


def _caller(frame: FrameType) -> FrameType:
    """Find the nearest frame that is not of attrvis or of what runs between it and itself."""
    while frame.f_back is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in _BETWEEN and not frame.f_code.co_filename.startswith("<@beartype"):
            break
        frame = frame.f_back
    return frame


def nearest(name: str, names: Iterable[str], n: int = 5) -> list[str]:
    """List the names that look most like the one given, best first.

    Args:
        name: what the user wrote.
        names: the valid names.
        n: how many at most, default 5.

    Returns:
        Up to `n` of `names`; those that contain `name` count as near too.

    Example:
        >>> nearest("mixd4d", ["conv2d0", "mixed4d", "mixed4c"], n=1)
        ['mixed4d']
    """
    names = list(names)
    lowered: dict[str, str] = {}
    for candidate in names:
        lowered.setdefault(candidate.lower(), candidate)
    wanted = str(name).lower()
    close = [lowered[m] for m in difflib.get_close_matches(wanted, lowered, n=n, cutoff=0.5)]
    contained = [c for key, c in lowered.items() if wanted and (wanted in key or key in wanted)]
    return list(dict.fromkeys(close + contained))[:n]


def unknown(kind: str, name: str, names: Iterable[str]) -> UnknownName:
    """Make the error for a name that does not exist.

    Args:
        kind: what the name should have been, such as `"layer"`.
        name: what the user wrote.
        names: the valid names.

    Returns:
        The error, to be raised by the caller, with the nearest valid names in its text.

    Example:
        >>> str(unknown("layer", "mixd4d", ["mixed4d"]))
        "There is no layer 'mixd4d'; the nearest: 'mixed4d'."
    """
    names = list(names)
    near = nearest(name, names)
    if near:
        return UnknownName(
            f"There is no {kind} {name!r}; the nearest: {', '.join(map(repr, near))}."
        )
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    shown = ", ".join(map(repr, names[:8])) + more
    return UnknownName(f"There is no {kind} {name!r}; there are: {shown or 'none at all'}.")
