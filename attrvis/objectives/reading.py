"""Readings and numbers in the shapes that objectives compute with, checked."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.objective import Parameter, Readings


def read(readings: Readings, name: str, least: int = 2) -> tf.Tensor:
    """Take a reading as float32, [B, ..., C].

    Raises:
        BadValue: it has fewer than `least` axes.
    """
    values = tf.convert_to_tensor(readings[name])
    if values.shape.rank is None or values.shape.rank < least:
        raise BadValue(
            f"The reading {name!r} has shape {tuple(values.shape)}, but this objective needs at "
            f"least {least} axes, the first over images and the last over channels."
        )
    return tf.cast(values, tf.float32)


def read_maps(readings: Readings, name: str) -> tf.Tensor:
    """Take a reading as maps [B, h, w, C]; tokens [B, T, C] are one column, [B, C] one position.

    Raises:
        BadValue: it has another number of axes.
    """
    values = read(readings, name)
    if values.shape.rank > 4:
        raise BadValue(
            f"The reading {name!r} has shape {tuple(values.shape)}, but this objective needs maps "
            "[B, h, w, C], tokens [B, T, C] or units [B, C]."
        )
    while values.shape.rank < 4:
        values = tf.expand_dims(values, -2)
    return values


def places(values: tf.Tensor) -> list[int]:
    """List the axes of positions: all but the first and the last."""
    return list(range(1, values.shape.rank - 1))


def inner(values: tf.Tensor) -> list[int]:
    """List all axes but that of the images."""
    return list(range(1, values.shape.rank))


def numbers(value: Any, rank: int, what: str, low: float = -np.inf) -> np.ndarray:
    """Make a parameter of `rank` axes, or of one more with one entry an image.

    Args:
        value: what the user gave.
        rank: axes of one entry.
        what: how messages call it, with its article.
        low: the least that is allowed.

    Raises:
        BadValue: other axes, none at all, or a number that is not finite or is too low.
    """
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or array.ndim not in (rank, rank + 1) or not array.size:
        kind = "one number" if rank == 0 else f"numbers along {rank} axes"
        raise BadValue(f"{what} must be {kind}, or one such an image; not {_seen(value, array)}.")
    array = array.astype(np.float32)
    if not np.isfinite(array).all() or (array < low).any():
        raise BadValue(
            f"{what} must be finite" + (f" and at least {low:g}" if low > -np.inf else "") + "."
        )
    return array


def batched(value: Any, what: str) -> tuple[np.ndarray, int]:
    """Make a parameter of an array with a batch axis; a batch of one serves all images.

    Returns:
        The array, without its batch axis if that is 1, and the rank of one entry.

    Raises:
        BadValue: no batch axis, nothing in it, or a number that is not finite.
    """
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or array.ndim < 2 or not array.size:
        raise BadValue(
            f"{what} is an array with a batch axis, [1 or B, ...]; not {_seen(value, array)}."
        )
    array = array.astype(np.float32)
    if not np.isfinite(array).all():
        raise BadValue(f"{what} must be finite.")
    return (array[0] if len(array) == 1 else array), array.ndim - 1


def along(parameter: Any, rank: int, axes: int) -> tf.Tensor:
    """Let a parameter broadcast over a tensor of `axes` axes, by its last ones.

    Args:
        parameter: one entry of `rank` axes, or one an image.
        rank: axes of one entry.
        axes: of the tensor that it meets, the first over images.
    """
    tensor = tf.convert_to_tensor(parameter)
    if tensor.shape.rank > rank:
        for _ in range(axes - 1 - rank):
            tensor = tf.expand_dims(tensor, 1)
    return tensor


def check_fits(
    parameter: Any, rank: int, values: tf.Tensor, name: str, what: str, whole: bool = False
) -> None:
    """Refuse a parameter whose axes are not a reading's, as far as both are known.

    Args:
        parameter: one entry of `rank` axes, or one an image.
        rank: axes of one entry.
        values: the reading, [B, ...].
        name: the reading's name.
        what: how messages call the parameter.
        whole: whether an entry has all axes of an image's values, not their last ones alone.

    Raises:
        BadValue: the shapes differ.
    """
    own = tuple(tf.convert_to_tensor(parameter).shape[-rank:])
    found = tuple(values.shape[1:] if whole else values.shape[-rank:])
    differ = any(None not in pair and pair[0] != pair[1] for pair in zip(own, found, strict=False))
    if differ or len(own) != len(found):
        raise BadValue(
            f"{what} has shape {own}, but {name!r} has {tuple(values.shape)}; take both at the "
            "same layer and size."
        )


def silent(array: np.ndarray, rank: int) -> bool:
    """Tell whether any entry of `rank` axes is all zero."""
    return not array.any(axis=tuple(range(array.ndim - rank, array.ndim))).all()


def shown(value: Parameter, what: str = "number") -> str:
    """Write a parameter of rank 0 in a description."""
    array = np.asarray(value)
    return f"{float(array):.3g}" if array.ndim == 0 else f"[{len(array)} {what}s]"


def _seen(value: Any, array: np.ndarray) -> str:
    return f"an array of shape {array.shape}" if array.ndim else repr(value)
