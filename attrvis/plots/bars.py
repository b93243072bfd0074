"""The printed scale of a map."""

from __future__ import annotations

import numpy as np

from attrvis.errors import BadValue
from attrvis.plots.colours import diverging
from attrvis.plots.ranges import Range, as_range
from attrvis.plots.text import draw

LABEL = 14
_BAR = 12
_GAP = 5


def colourbar(scale: float | Range, width: int = 320) -> np.ndarray:
    """Draw the colours of a range with its numbers, on white.

    Args:
        scale: the range, or a positive number x for -x to x.
        width: of the picture in pixels, default 320, at least 40.

    Returns:
        float32 [h, width, 3] in [0, 1].

    Raises:
        BadValue: the scale or width is not valid.

    Example:
        >>> colourbar(0.02).shape
        (36, 320, 3)
    """
    span = as_range(scale)
    if width < 40:
        raise BadValue(f"A colour bar is at least 40 pixels wide; got {width}.")
    made = np.ones((_BAR + _GAP + LABEL + 5, width, 3), np.float32)
    made[:_BAR] = diverging(span.shares(np.linspace(span.low, span.high, width)))[None]
    made[[0, _BAR - 1]] = made[:_BAR, [0, -1]] = 0.75
    top, (low, high) = _BAR + _GAP, span.ends()
    draw(made, (top, 0), low, LABEL, 0.3, "la")
    draw(made, (top, width - 1), high, LABEL, 0.3, "ra")
    if span.signed:
        middle = width // 2
        made[_BAR - 1 : _BAR + 3, middle : middle + 1] = 0.45
        draw(made, (top, middle), "0", LABEL, 0.3, "ma")
    return made
