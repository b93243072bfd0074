"""Objectives that couple the images of a batch: to differ, or to stay alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from attrvis.objectives.objective import Objective, Readings
from attrvis.objectives.quoting import quoted
from attrvis.objectives.reading import inner, numbers, read, shown
from attrvis.objectives.styles import gram

_FARTHEST = 4
_LEAST = 1e-10


def diversity(layer: str) -> Objective:
    """Give how alike the styles of a batch's images are. It is a penalty: subtract it.

    With each image's Gram matrix G brought to length 1, image i's share is
    `sum over j != i of <G_i, G_j> / B`; the shares add up to the published formula. It couples
    the images, so it is for drawing, not for attribution.

    Args:
        layer: the layer's name, [B, ..., C].

    Returns:
        The objective; 0 for a batch of one.

    Source: Olah et al., Feature Visualization, 2017 (diversity).

    Example:
        >>> values = tf.constant([[1.0, 0.0], [0.0, 1.0], [2.0, 0.0]])
        >>> diversity("x")({"x": values}).numpy().round(3)
        array([0.333, 0.   , 0.333], dtype=float32)
    """

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        each = gram(read(readings, layer))
        each = tf.reshape(each, [tf.shape(each)[0], -1])
        each = tf.math.l2_normalize(each, axis=1, epsilon=_LEAST)
        # All pairs at once: with the sum of all, less the product with itself.
        others = tf.reduce_sum(each, axis=0, keepdims=True) - each
        count = tf.cast(tf.shape(each)[0], tf.float32)
        return tf.reduce_sum(each * others, axis=1) / count

    text = f"diversity({quoted(layer)})"
    return Objective(text, (layer,), ("diversity", layer), (), (), evaluate)


def alignment(layer: str, decay: float | Sequence[float] = 2.0) -> Objective:
    """Give how alike an image is to its neighbours in the batch: 0 at best, else below.

    The mean squared differences of images that are 1, 2, 3 and 4 apart, over `decay ** distance`,
    are taken negative and shared half and half by the two; the shares add up to the published
    formula. It is a goal to add, as in series of pictures that should change little by little. It
    couples the images, so it is for drawing, not for attribution.

    Args:
        layer: the layer's name, [B, ...]; `input` aligns the pictures themselves.
        decay: how fast neighbours count less with their distance, at least 1, default 2; or one
            an image.

    Returns:
        The objective; 0 for a batch of one.

    Raises:
        BadValue: a decay below 1.

    Source: Mordvintsev et al., Differentiable Image Parameterizations, 2018 (aligned
    interpolation).

    Example:
        >>> alignment("x")({"x": tf.constant([[0.0], [2.0], [2.0]])}).numpy().tolist()
        [-1.5, -1.0, -0.5]
    """
    ratio = numbers(decay, 0, "An alignment's decay", low=1.0)

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        values = read(readings, layer)
        count = tf.shape(values)[0]
        total = tf.zeros([count])
        for distance in range(1, _FARTHEST + 1):
            step = tf.minimum(distance, count)
            apart = tf.math.squared_difference(values[step:], values[: count - step])
            half = 0.5 * tf.reduce_mean(apart, axis=inner(values))
            both = tf.pad(half, [[step, 0]]) + tf.pad(half, [[0, step]])
            total -= both / tf.pow(tf.convert_to_tensor(parameters[0]), float(distance))
        return total

    text = f"alignment({quoted(layer)}" + (
        f", decay {shown(ratio)})" if (ratio != 2).any() else ")"
    )
    return Objective(text, (layer,), ("alignment", layer), (ratio,), (0,), evaluate)
