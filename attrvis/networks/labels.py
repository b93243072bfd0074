"""Class labels: read them from a file, find one by what the user calls it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from attrvis.errors import BadValue, UnknownName, nearest

_SYNSET = re.compile(r"n\d{8}\s+")
_NUMBERED = re.compile(r"\d+\s*[:,\t]\s*")
_MAX_BYTES = 16 * 2**20

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")


def read(path: str | Path) -> tuple[str, ...]:
    """Read class labels from a file.

    Args:
        path: a text file with one label a line (`tabby, tabby cat`, `n02123045 tabby, tabby cat`
            or `281: tabby`), or a JSON file: a list, or `{"0": ["n01440764", "tench"], ...}`.

    Returns:
        The labels in the order of the network's outputs, without WordNet ids and numbers.

    Raises:
        BadValue: the file is missing, empty, too large or not text.

    Example:
        >>> import tempfile
        >>> f = Path(tempfile.mkdtemp(), "labels.txt")
        >>> _ = f.write_text("n00000001 cat, kitty")
        >>> read(f)
        ('cat, kitty',)
    """
    path = Path(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BadValue(f"The label file '{path}' is larger than 16 MB; give one label a line.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadValue(f"The label file '{path}' cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadValue(f"The label file '{path}' is not UTF-8 text.") from None
    labels = _from_json(text, path) if path.suffix == ".json" else _from_lines(text)
    if not labels:
        raise BadValue(f"The label file '{path}' holds no label; give one label a line.")
    return labels


def _from_lines(text: str) -> tuple[str, ...]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for prefix in (_SYNSET, _NUMBERED):
        if lines and all(prefix.match(line) for line in lines):
            lines = [prefix.sub("", line, count=1) for line in lines]
    return tuple(lines)


def _from_json(text: str, path: Path) -> tuple[str, ...]:
    try:
        document = json.loads(text)
        if isinstance(document, dict):
            document = [document[str(i)] for i in range(len(document))]
        if not isinstance(document, list):
            raise TypeError
        return tuple(
            str(entry[-1] if isinstance(entry, list) else entry).replace("_", " ")
            for entry in document
        )
    except (ValueError, KeyError, IndexError, TypeError):
        raise BadValue(
            f"The label file '{path}' is not a JSON list or a map from '0', '1', ... to labels."
        ) from None


def fitted(labels: Sequence[str], classes: int) -> tuple[str, ...]:
    """Match labels to a network's number of classes, adding or dropping a leading background.

    Raises:
        BadValue: the counts differ by more than the background class.
    """
    labels = tuple(labels)
    if len(labels) == classes:
        return labels
    if len(labels) + 1 == classes:
        return ("background", *labels)
    if len(labels) - 1 == classes and labels[0].lower() in ("background", "dummy"):
        return labels[1:]
    raise BadValue(
        f"There are {len(labels)} labels for a network with {classes} classes; "
        "give the label file that belongs to this network."
    )


def short(label: str) -> str:
    """Give a label's first synonym: `tabby` for `tabby, tabby cat`."""
    return label.split(",")[0].strip()


def find(text: str, labels: Sequence[str]) -> int:
    """Find the class that the user means.

    Args:
        text: a whole label or one of its comma-separated synonyms, in any case.
        labels: all labels.

    Returns:
        The class index.

    Raises:
        UnknownName: no label fits (the nearest are named), or several do.

    Example:
        >>> find("Tabby Cat", ["tench, Tinca tinca", "tabby, tabby cat"])
        1
    """
    wanted = text.strip().lower()
    whole = [i for i, label in enumerate(labels) if label.lower() == wanted]
    synonyms = [[s.strip().lower() for s in label.split(",")] for label in labels]
    first = [i for i, names in enumerate(synonyms) if names[0] == wanted]
    any_of = [i for i, names in enumerate(synonyms) if wanted in names]
    words = [i for i, label in enumerate(labels) if wanted in re.split(r"\W+", label.lower())]
    for found in (whole, first, any_of, words):
        if len(found) == 1:
            return found[0]
        if found:
            shown = ", ".join(f"{labels[i]!r} ({i})" for i in found[:6])
            raise UnknownName(
                f"The label {text!r} fits {len(found)} classes; say which by its number: {shown}."
            )
    near = nearest(text, [s.strip() for label in labels for s in label.split(",")])
    hint = f"the nearest: {', '.join(map(repr, near))}" if near else "give a class number instead"
    raise UnknownName(f"There is no label {text!r}; {hint}.")


def class_of(target: int | str, labels: Sequence[str] | None, classes: int) -> int:
    """Find the class that a number or a label means.

    Args:
        target: a number, also as text, or a label.
        labels: one a class, or None.
        classes: how many there are.

    Raises:
        BadValue: a number outside the classes, or a label for a network without labels.
        UnknownName: no such label; the nearest are named.

    Example:
        >>> class_of("1", None, 3)
        1
    """
    if isinstance(target, str) and _WHOLE_NUMBER.fullmatch(target.strip()):
        target = int(target)
    if isinstance(target, str):
        if labels is None:
            raise BadValue(
                f"The network has no labels, so {target!r} says nothing; give a class number or a "
                "label file."
            )
        return find(target, labels)
    if not 0 <= target < classes:
        raise BadValue(f"There is no class {target}; this network has 0 to {classes - 1}.")
    return int(target)
