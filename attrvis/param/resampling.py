"""Linear resizing in any number of dimensions, and a clip that lets values come back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from attrvis import filters
from attrvis.errors import BadValue


def interpolation(size: int, to: int) -> np.ndarray:
    """Write linear resizing along one axis as a matrix; to a smaller size it averages.

    Pixels are areas: the outer edges of the old and the new image fall together.

    Args:
        size: how many values there are.
        to: how many there shall be.

    Returns:
        float32 [to, size]; each row sums to 1.

    Example:
        >>> interpolation(2, 4).tolist()
        [[1.0, 0.0], [0.75, 0.25], [0.25, 0.75], [0.0, 1.0]]
    """
    reach = max(size / to, 1.0)
    places = (np.arange(to) + 0.5) * size / to - 0.5
    weights = np.maximum(0.0, 1.0 - np.abs(np.arange(size) - places[:, None]) / reach)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def resize(values: tf.Tensor, to: Sequence[int], first: int = 1) -> tf.Tensor:
    """Resize linearly along consecutive axes.

    Args:
        values: float32, with known sides but for the batch's; images [B, *size, C], or planes
            [B, C, *size] with `first=2`.
        to: the new sides.
        first: the axis of the first side.

    Returns:
        float32, of the new sides there.

    Raises:
        BadValue: if there are fewer sides to resize, or a side is below 1.

    Example:
        >>> resize(tf.ones([2, 8, 6, 3]), (4, 9)).shape.as_list()
        [2, 4, 9, 3]
    """
    rank = values.shape.rank
    last = rank - 1 if first == 1 else rank
    if len(to) != last - first or min(to) < 1:
        raise BadValue(
            f"Values of the shape {values.shape} cannot be resized to {tuple(to)}; give "
            f"{last - first} sides of at least 1."
        )
    for axis, side in enumerate(to, start=first):
        if values.shape[axis] == side:
            continue
        matrix = interpolation(values.shape[axis], side).T
        order = [*(a for a in range(rank) if a != axis), axis]
        mixed = filters.mix(tf.transpose(values, order), matrix)
        values = tf.transpose(mixed, np.argsort(order))
    return values


def clip_for_ascent(values: tf.Tensor, low: float, high: float) -> tf.Tensor:
    """Clip values; those outside still learn, but only what brings them back.

    Everything is maximised, so a gradient points where a value will go: outside, gradients that
    lead further out are left out.

    Args:
        values: float32 of any shape.
        low: least value that remains.
        high: largest value that remains.

    Returns:
        float32 of the same shape.

    Example:
        >>> x = tf.constant([-2.0, 0.5, 2.0])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     total = tf.reduce_sum(clip_for_ascent(x, 0.0, 1.0))
        >>> tape.gradient(total, x).numpy().tolist()
        [1.0, 1.0, 0.0]
    """

    @tf.custom_gradient
    def clip(x: tf.Tensor) -> tuple[tf.Tensor, object]:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            outward = ((x >= high) & (upstream > 0)) | ((x <= low) & (upstream < 0))
            return tf.where(outward, tf.zeros_like(upstream), upstream)

        return tf.clip_by_value(x, low, high), gradient

    return clip(values)
