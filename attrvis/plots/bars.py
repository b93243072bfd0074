"""The printed scale of a signed map."""

from __future__ import annotations

import math

import numpy as np

from attrvis.errors import BadValue
from attrvis.plots.colours import diverging
from attrvis.plots.text import draw

LABEL = 14
_BAR = 12
_GAP = 5


def colourbar(scale: float, width: int = 320) -> np.ndarray:
    """Draw the colours from -scale to +scale with their numbers, on white.

    Args:
        scale: the size of the darkest colour, positive.
        width: of the picture in pixels, default 320, at least 40.

    Returns:
        float32 [h, width, 3] in [0, 1].

    Raises:
        BadValue: the scale or width is not valid.

    Example:
        >>> colourbar(0.02).shape
        (36, 320, 3)
    """
    if not (math.isfinite(scale) and scale > 0):
        raise BadValue(f"The scale of a map is a positive number; got {scale}.")
    if width < 40:
        raise BadValue(f"A colour bar is at least 40 pixels wide; got {width}.")
    made = np.ones((_BAR + _GAP + LABEL + 5, width, 3), np.float32)
    made[:_BAR] = diverging(np.linspace(-1, 1, width))[None]
    made[[0, _BAR - 1]] = made[:_BAR, [0, -1]] = 0.75
    middle = width // 2
    made[_BAR - 1 : _BAR + 3, middle : middle + 1] = 0.45
    top = _BAR + _GAP
    draw(made, (top, 0), f"\N{MINUS SIGN}{number(scale)}", LABEL, 0.3, "la")
    draw(made, (top, middle), "0", LABEL, 0.3, "ma")
    draw(made, (top, width - 1), f"+{number(scale)}", LABEL, 0.3, "ra")
    return made


def number(value: float) -> str:
    """Write a number briefly, with a true minus sign.

    Args:
        value: any number.

    Returns:
        Three significant digits, with an exponent only where the number is very small or large.

    Example:
        >>> number(0.012345), number(1.5e-7)
        ('0.0123', '1.5e\N{MINUS SIGN}7')
    """
    text = f"{value:.3g}"
    if "e" in text:
        digits, exponent = text.split("e")
        text = f"{digits}e{int(exponent)}"
    return text.replace("-", "\N{MINUS SIGN}")
