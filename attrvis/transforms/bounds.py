"""What a transform's settings may be, and what is wrong with others."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import Any

from attrvis.errors import BadValue
from attrvis.transforms.affine import Size


def pixels_of(name: str, pixels: Any, least: int = 0) -> int:
    """Make sure that a number of pixels is whole and not too small.

    Args:
        name: of the transform, for the message.
        pixels: what was given.
        least: the smallest that is possible.

    Returns:
        The number.

    Raises:
        BadValue: if it is not whole or is below `least`.

    Example:
        >>> pixels_of("Pad", 3)
        3
    """
    try:
        whole = operator.index(pixels)
    except TypeError:
        raise BadValue(f"{name}({pixels!r}) is impossible; use a whole number of pixels.") from None
    if whole < least:
        raise BadValue(f"{name}({whole}) is impossible; use {least} pixels or more.")
    return whole


def size_of(name: str, size: Any) -> int | Size | None:
    """Make sure that a size is a side, or (height, width), or None.

    Args:
        name: of the transform, for the message.
        size: what was given.

    Returns:
        The size, of plain whole numbers.

    Raises:
        BadValue: if a side is below 1 or there are not two.

    Example:
        >>> size_of("Crop", [3, 4])
        (3, 4)
    """
    if size is None:
        return None
    if not isinstance(size, Iterable) or isinstance(size, str):
        return pixels_of(name, size, 1)
    sides = tuple(pixels_of(name, side, 1) for side in size)
    if len(sides) != 2:
        raise BadValue(f"{name}({size}) names {len(sides)} sides; give (height, width).")
    return sides


def framed(size: int | Size | None, original: Size) -> Size:
    """Tell (height, width) of a size that may be a side alone, or None for the original."""
    if size is None:
        return original
    return (size, size) if isinstance(size, int) else size


def numbers_of(name: str, values: Any, low: float, high: float) -> tuple[float, ...]:
    """Make sure that numbers are finite and within bounds.

    Args:
        name: of the transform, for the message.
        values: some numbers, or one.
        low: least value.
        high: largest value.

    Returns:
        The numbers.

    Raises:
        BadValue: if there is none, or one is not a number or out of bounds.

    Example:
        >>> numbers_of("Scale", [1, 0.9], 0.5, 2.0)
        (1.0, 0.9)
    """
    listed = values if isinstance(values, Iterable) else (values,)
    try:
        found = tuple(float(value) for value in listed)
    except (TypeError, ValueError):
        raise BadValue(f"{name} takes numbers, not {values!r}.") from None
    if not found:
        raise BadValue(f"{name} is given nothing to choose from; name at least one number.")
    if not all(math.isfinite(value) and low <= value <= high for value in found):
        upto = f"from {low:g} to {high:g}" if math.isfinite(high) else f"of at least {low:g}"
        raise BadValue(f"{name} takes finite numbers {upto}, not {values!r}.")
    return found


def range_of(name: str, low: Any, high: Any, least: float, most: float) -> tuple[float, float]:
    """Make sure that two numbers are a range within bounds.

    Args:
        name: of the transform, for the message.
        low: least value.
        high: largest value.
        least: what `low` must not be below.
        most: what `high` must not be above.

    Returns:
        Both, as floats.

    Raises:
        BadValue: if they are in the wrong order or out of bounds.

    Example:
        >>> range_of("Blur", 1, 2, 0.0, 9.0)
        (1.0, 2.0)
    """
    first, last = numbers_of(name, (low, high), least, most)
    if first > last:
        raise BadValue(f"{name} has no range from {first:g} to {last:g}; use low <= high.")
    return first, last
