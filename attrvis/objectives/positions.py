"""A position of a layer's maps: the middle, one for all images, or one an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.objective import check_index

Position = int | Sequence[int] | np.ndarray | None
"""A row or column: counted from 0, None for the middle, or one an image."""


def position(y: Position, x: Position) -> tuple[np.ndarray, str]:
    """Make the parameter of a position, int32 [2] or [B, 2] with -1 for the middle, and its text.

    Raises:
        BadValue: it is not counted in whole numbers from 0.
    """
    given = [np.asarray(-1 if v is None else v) for v in (y, x)]
    for v, array in zip((y, x), given, strict=True):
        counts = array.dtype.kind in "iu" and array.ndim < 2 and array.size
        if not counts or (v is not None and (array < 0).any()) or (array > 2**31 - 1).any():
            raise BadValue(
                f"A position counts from 0, one or one an image, so y={y}, x={x} is none."
            )
    try:
        pair = np.stack(np.broadcast_arrays(*given), axis=-1).astype(np.int32)
    except ValueError:
        raise BadValue(
            f"A position has as many rows as columns, not {given[0].size} and {given[1].size}."
        ) from None
    if y is None and x is None:
        return pair, "middle"
    return pair, ",".join(_text(v) for v in (y, x))


def _text(value: Position) -> str:
    if value is None:
        return "middle"
    array = np.asarray(value)
    return str(array) if array.ndim == 0 else "[" + ",".join(map(str, array)) + "]"


def check_inside(at: Any, maps: tf.Tensor) -> None:
    """Refuse a position that the maps do not have, as far as both are known.

    Raises:
        BadValue: there is no such row or column.
    """
    for i, what in enumerate(("row", "column")):
        check_index(at[..., i], maps.shape[1 + i], what)


def at_position(maps: tf.Tensor, place: Any) -> tf.Tensor:
    """Take the maps, [B, h, w, C], at a position, [2] or [B, 2], as [B, C]."""
    place = tf.convert_to_tensor(place)
    check_inside(place, maps)
    at = tf.where(place < 0, tf.shape(maps)[1:3] // 2, place)
    if at.shape.rank == 1:
        return maps[:, at[0], at[1], :]
    at = tf.broadcast_to(at, [tf.shape(maps)[0], 2])
    return tf.gather_nd(maps, at, batch_dims=1)
