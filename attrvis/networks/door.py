"""What a door is: how a network in one form is recognised, and brought to the common one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attrvis.networks.lowered import Lowered
from attrvis.networks.preprocess import Preprocess

FALLBACK_SIZE = (224, 224)
"""The size at which a network runs that takes any and names none."""


@dataclass(frozen=True)
class Options:
    """What the user said about a network.

    Args:
        size: height and width in pixels, or None.
        logits: the tensor of scores, or which output, or None.
        input: the image input of a graph, or None.
        signature: which signature of a SavedModel, or None.
        feeds: values for placeholders that are not the images.
        trust: whether ops outside the allowlist may be there.
    """

    size: tuple[int, int] | None = None
    logits: str | None = None
    input: str | None = None
    signature: str | None = None
    feeds: Mapping[str, object] = field(default_factory=dict)
    trust: bool = False


@dataclass(frozen=True, eq=False)
class Opened:
    """A network that came through a door.

    Args:
        name: how results call it.
        lowered: its graph.
        preprocess: where the door knows it.
        found: how the preprocessing was found, for people.
        labels: where the door knows them.
        size: the size at which it runs where it takes any.
        settings: what else was said in a handle, for the record.
    """

    name: str
    lowered: Lowered
    preprocess: Preprocess | None = None
    found: str = ""
    labels: Sequence[str] | None = None
    size: tuple[int, int] | None = None
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Door:
    """A way in.

    Args:
        accepts: tells, without loading anything, whether a source is of this form.
        open: loads it; raises ModelError where that fails.
    """

    accepts: Callable[[Any], bool]
    open: Callable[[Any, Options], Opened]


def first_line(error: BaseException, most: int = 200) -> str:
    """Shorten what a library says to one line."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:most]
