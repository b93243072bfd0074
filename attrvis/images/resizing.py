"""Resampling of float arrays, antialiased when they shrink."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PIL import Image

from attrvis.errors import BadValue

Resample = Literal["bilinear", "bicubic", "nearest", "box"]

_FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
}


def resize(
    array: np.ndarray,
    size: tuple[int, int],
    *,
    resample: Resample = "bilinear",
    box: tuple[float, float, float, float] | None = None,
) -> np.ndarray:
    """Resample an array to another height and width.

    Shrinking is antialiased: the filter widens with the factor, as Pillow does it. The values
    never leave the range of the input, also with the bicubic filter.

    Args:
        array: numbers, [h, w] or [h, w, c], of any range and sign, finite.
        size: the wanted (height, width), each at least 1.
        resample: `"bilinear"` (default), `"bicubic"`, `"nearest"` or `"box"`.
        box: (top, left, bottom, right) in pixels of `array`, fractions allowed: the part to be
            resampled. Pixels around the box still weigh in where the filter reaches them. The
            default is the whole array.

    Returns:
        float32, [*size] or [*size, c].

    Raises:
        BadValue: the array has another rank or no pixels, or size, filter or box are not valid.

    Example:
        >>> resize(np.array([[0.0, 1.0]]), (1, 1))
        array([[0.5]], dtype=float32)
    """
    values = np.asarray(array)
    if values.ndim not in (2, 3) or 0 in values.shape or values.dtype.kind not in "biuf":
        raise BadValue(
            f"An array to be resized is numbers of shape [h, w] or [h, w, c]; this one is "
            f"{values.dtype} of shape {list(values.shape)}."
        )
    height, width = check_size(size)
    if resample not in _FILTERS:
        raise BadValue(f"There is no filter {resample!r}; choose one of {', '.join(_FILTERS)}.")
    values = np.ascontiguousarray(values, dtype=np.float32)
    rows, columns = values.shape[:2]
    top, left, bottom, right = box or (0.0, 0.0, float(rows), float(columns))
    if not (0 <= top < bottom <= rows and 0 <= left < right <= columns):
        raise BadValue(f"The box {box} does not lie inside an array of {rows} x {columns} pixels.")
    if (height, width) == (rows, columns) == (bottom - top, right - left):
        return values.copy()
    planes = values.reshape(rows, columns, -1)
    made = np.empty((height, width, planes.shape[2]), np.float32)
    for c in range(planes.shape[2]):
        plane = Image.fromarray(np.ascontiguousarray(planes[:, :, c]))
        made[:, :, c] = np.asarray(
            plane.resize((width, height), _FILTERS[resample], box=(left, top, right, bottom))
        )
    if resample == "bicubic":  # the one filter here with negative lobes
        np.clip(made, planes.min(axis=(0, 1)), planes.max(axis=(0, 1)), out=made)
    return made.reshape((height, width, *values.shape[2:]))


def within(array: np.ndarray, pixels: int) -> np.ndarray:
    """Shrink a picture that has more pixels than are wanted, its proportions kept.

    Args:
        array: as for `resize`.
        pixels: the most that are wanted, at least 1.

    Returns:
        The array itself where it is small enough, else a smaller one.

    Raises:
        BadValue: what cannot be resized.

    Example:
        >>> within(np.zeros((30, 60)), 200).shape
        (10, 20)
    """
    height, width = array.shape[:2]
    factor = (pixels / (height * width)) ** 0.5
    if factor >= 1:
        return array
    return resize(array, (max(1, int(height * factor)), max(1, int(width * factor))))


def check_size(size: tuple[int, int]) -> tuple[int, int]:
    """Check a (height, width) in pixels.

    Args:
        size: two whole numbers of at least 1, and at most 2**15.

    Returns:
        The same as plain ints.

    Raises:
        BadValue: it is anything else.

    Example:
        >>> check_size((224, 160))
        (224, 160)
    """
    try:
        height, width = size
        whole = int(height) == height and int(width) == width
    except (TypeError, ValueError):
        whole, height, width = False, 0, 0
    if not whole or not (1 <= height <= 2**15 and 1 <= width <= 2**15):
        raise BadValue(
            f"A size is (height, width) in whole pixels, each from 1 to {2**15}; got {size!r}."
        )
    return int(height), int(width)
