"""Panels side by side with captions below, as a figure in a paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from attrvis.errors import BadValue
from attrvis.images import composite, resize, to_uint8
from attrvis.plots.bars import colourbar
from attrvis.plots.ranges import Range
from attrvis.plots.text import draw, wrap

Panel: TypeAlias = "tuple[np.ndarray, str] | tuple[np.ndarray, str, float | Range | None]"
"""A picture, its caption (what follows a line break is written smaller), and, for a heat map, the
range of the bar to be drawn below it, or a number x for -x to x."""

_HEAD, _REST, _TITLE = 17, 14, 21
_MARGIN, _GAP, _LEAD = 24, 20, 6
_WIDEST = 1.75


def sheet(
    panels: Sequence[Panel],
    *,
    size: int = 320,
    columns: int = 4,
    title: str = "",
) -> np.ndarray:
    """Put pictures side by side on white, each with its caption below.

    Args:
        panels: (picture, caption) or (picture, caption, range of a colour bar or None). Pictures
            are [h, w], [h, w, 3] or [h, w, 4], floats in [0, 1] or uint8, of any size; transparent
            ones are laid on the fixed grey 0.55.
        size: height of a picture on the sheet in pixels, default 320. Small pictures are enlarged,
            very coarse ones (an eighth of the size or less) by whole cells.
        columns: panels in a row at most, default 4.
        title: a line above all, default none.

    Returns:
        float32 [H, W, 3] in [0, 1].

    Raises:
        BadValue: there is no panel, or a picture, the size or the columns are not valid.

    Example:
        >>> sheet([(np.zeros((4, 4)), "black")], size=100).shape
        (181, 148, 3)
    """
    if not panels:
        raise BadValue("A sheet needs at least one panel.")
    if size < 40 or columns < 1:
        raise BadValue(
            f"A sheet's panels are at least 40 pixels high, in one column or more; got size "
            f"{size} and {columns} columns."
        )
    cells = [_cell(panel, size) for panel in panels]
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    widths = [
        max(row[c].shape[1] for row in rows if c < len(row))
        for c in range(min(columns, len(cells)))
    ]
    heights = [max(cell.shape[0] for cell in row) for row in rows]
    across = 2 * _MARGIN + sum(widths) + _GAP * (len(widths) - 1)
    heading = wrap(title, _TITLE, across - 2 * _MARGIN)
    above = _MARGIN + (len(heading) * (_TITLE + _LEAD) + _LEAD if heading else 0)
    made = np.ones((above + sum(heights) + _GAP * (len(rows) - 1) + _MARGIN, across, 3), np.float32)
    for index, line in enumerate(heading):
        draw(made, (_MARGIN - 4 + index * (_TITLE + _LEAD), _MARGIN), line, _TITLE)
    top = above
    for row, height in zip(rows, heights, strict=True):
        left = _MARGIN
        for cell, room in zip(row, widths, strict=False):
            h, w = cell.shape[:2]
            made[top : top + h, left : left + w] = cell
            left += room + _GAP
        top += height + _GAP
    return made


def _cell(panel: Panel, size: int) -> np.ndarray:
    """Draw one panel: picture with a hairline, colour bar, caption."""
    image, caption = panel[0], panel[1]
    picture = _framed(_scaled(_opaque(image), size))
    across = max(picture.shape[1], size // 2)
    parts = [_widened(picture, across)]
    if len(panel) == 3 and panel[2] is not None:
        parts += [
            np.ones((8, across, 3), np.float32),
            _widened(colourbar(panel[2], max(40, picture.shape[1])), across),
        ]
    head, _, rest = caption.partition("\n")
    lines = [(line, _HEAD, 0.08) for line in wrap(head, _HEAD, across)]
    lines += [(line, _REST, 0.36) for line in wrap(rest, _REST, across)]
    below = np.ones((10 + sum(s + _LEAD for _, s, _ in lines), across, 3), np.float32)
    top = 8
    for line, letters, grey in lines:
        draw(below, (top, 0), line, letters, grey)
        top += letters + _LEAD
    return np.concatenate([*parts, below])


def _opaque(image: np.ndarray) -> np.ndarray:
    values = to_uint8(image).astype(np.float32) / 255
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    if values.ndim == 2:
        values = np.repeat(values[:, :, None], 3, axis=2)
    if values.ndim != 3 or 0 in values.shape or values.shape[2] not in (3, 4):
        raise BadValue(
            f"A panel's picture is [h, w], [h, w, 3] or [h, w, 4]; got {list(values.shape)}."
        )
    return composite(values) if values.shape[2] == 4 else values


def _scaled(image: np.ndarray, size: int) -> np.ndarray:
    """Bring a picture to the panel's height, or to its greatest width where it is very wide."""
    h, w = image.shape[:2]
    factor = min(size / h, _WIDEST * size / w)
    wanted = (max(1, round(h * factor)), max(1, round(w * factor)))
    if factor >= 8:
        return resize(image, wanted, resample="nearest")
    return resize(image, wanted, resample="bicubic" if factor > 1 else "bilinear")


def _framed(image: np.ndarray) -> np.ndarray:
    made = image.copy()
    made[[0, -1]] = 0.8
    made[:, [0, -1]] = 0.8
    return made


def _widened(image: np.ndarray, across: int) -> np.ndarray:
    made = np.ones((image.shape[0], across, 3), np.float32)
    made[:, : image.shape[1]] = image
    return made
