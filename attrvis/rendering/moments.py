"""What a rendering tells while it runs, and callbacks that use it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from attrvis.images import write_png


@dataclass(frozen=True)
class Moment:
    """One step of a rendering.

    Args:
        step: how many steps were made.
        steps: how many there will be.
        terms: each term of the objective, [B].
        rendering: gives the pictures so far as a `Rendering`; asked only when somebody looks.
    """

    step: int
    steps: int
    terms: Mapping[str, np.ndarray]
    rendering: Callable[[], object]


Callback: TypeAlias = Callable[[Moment], object]
"""Called after each step; True as an answer ends the run."""


def preview(path: str | Path, every: float = 2.0) -> Callback:
    """Keep a picture file up to date while a rendering runs.

    Args:
        path: of a PNG file, which is replaced whole each time.
        every: least seconds between two pictures.

    Returns:
        A callback.

    Example:
        >>> callable(preview("live.png"))
        True
    """
    last = [-np.inf]

    def show(moment: Moment) -> None:
        now = time.monotonic()
        if now - last[0] >= every or moment.step == moment.steps:
            write_png(Path(path), moment.rendering().sheet())  # type: ignore[attr-defined]
            last[0] = time.monotonic()

    return show
