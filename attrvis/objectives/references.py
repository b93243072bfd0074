"""Penalties and goals that compare with a photo: its activations, or the picture itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.objective import Objective, Readings
from attrvis.objectives.quoting import quoted
from attrvis.objectives.reading import along, batched, check_fits, inner, read, silent

# Keeps the slope of the root finite where the difference is nothing.
_LEAST = 1e-12


def activation_l2(layer: str, reference: np.ndarray) -> Objective:
    """Give the squared distance from a photo's activations, relative to their own squared length.

    `sum (a - r)**2 / sum r**2`: 0 at the photo, 1 for a layer that is silent, in any network and
    layer. It is a penalty: subtract it, or maximise `inversion`.

    Args:
        layer: the layer's name, [B, ...].
        reference: the photo's activations as the network gives them, [1, ...] for all images or
            [B, ...].

    Returns:
        The objective.

    Raises:
        BadValue: a reference that is all zero, not finite, or of another shape than the layer.

    Source: Mahendran and Vedaldi, Understanding Deep Image Representations by Inverting Them, 2015.

    Example:
        >>> q = activation_l2("x", [[3.0, 4.0]])
        >>> q({"x": tf.constant([[3.0, 4.0], [0.0, 0.0]])}).numpy().tolist()
        [0.0, 1.0]
    """
    own, rank = batched(reference, "A reference")
    if silent(own, rank):
        raise BadValue("A reference to invert must not be all zero; choose another layer.")

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        values, target = _pair(readings, layer, parameters[0], rank)
        axes = inner(values)
        far = tf.reduce_sum(tf.math.squared_difference(values, target), axis=axes)
        return far / tf.reduce_sum(tf.square(target), axis=axes)

    text = f"activation_l2({quoted(layer)})"
    return Objective(text, (layer,), ("activation_l2", layer, rank), (own,), (rank,), evaluate)


def inversion(layer: str, reference: np.ndarray) -> Objective:
    """Give how well a layer is brought back to a photo's activations: 0 at best, else below.

    It is `-activation_l2(layer, reference)`, a goal to maximise as it stands.

    Args:
        layer: the layer's name, [B, ...].
        reference: the photo's activations as the network gives them, [1, ...] or [B, ...].

    Returns:
        The objective.

    Raises:
        BadValue: as `activation_l2`.

    Source: Mahendran and Vedaldi, Understanding Deep Image Representations by Inverting Them, 2015.

    Example:
        >>> inversion("x", [[3.0, 4.0]])({"x": tf.constant([[0.0, 0.0]])}).numpy().tolist()
        [-1.0]
    """
    return replace(-activation_l2(layer, reference), description=f"inversion({quoted(layer)})")


def content(layer: str, reference: np.ndarray, mean_l1: bool = True) -> Objective:
    """Give the mean difference from a photo's activations. It is a penalty: subtract it.

    Args:
        layer: the layer's name, [B, ...].
        reference: the photo's activations as the network gives them, [1, ...] or [B, ...].
        mean_l1: whether absolute differences are averaged (default), or squared ones.

    Returns:
        The objective.

    Raises:
        BadValue: a reference that is not finite, or of another shape than the layer.

    Source: Gatys, Ecker and Bethge, Image Style Transfer Using Convolutional Neural Networks, 2016;
    absolute differences as in Mordvintsev et al., Differentiable Image Parameterizations, 2018.

    Example:
        >>> content("x", [[1.0, 2.0]])({"x": tf.constant([[2.0, 5.0]])}).numpy().tolist()
        [2.0]
    """
    own, rank = batched(reference, "A reference")
    apart = _absolute if mean_l1 else tf.math.squared_difference

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        values, target = _pair(readings, layer, parameters[0], rank)
        return tf.reduce_mean(apart(values, target), axis=inner(values))

    structure = ("content", layer, rank, bool(mean_l1))
    text = f"content({quoted(layer)})"
    return Objective(text, (layer,), structure, (own,), (rank,), evaluate)


def input_difference(reference: np.ndarray, of: str = "input") -> Objective:
    """Give the root of the mean squared difference from a picture. It is a penalty: subtract it.

    Args:
        reference: the picture as the reading gives it, [1, h, w, C] or [B, h, w, C].
        of: the reading that is compared, default what the network sees.

    Returns:
        The objective.

    Raises:
        BadValue: a reference that is not finite, or of another shape than the reading.

    Source: Olah et al., Feature Visualization, 2017 (Lucid's `input_diff`).

    Example:
        >>> q = input_difference(np.zeros((1, 2, 2, 3)))
        >>> q({"input": tf.fill([1, 2, 2, 3], 0.5)}).numpy().round(4).tolist()
        [0.5]
    """
    own, rank = batched(reference, "A reference")

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        values, target = _pair(readings, of, parameters[0], rank)
        mean = tf.reduce_mean(tf.math.squared_difference(values, target), axis=inner(values))
        return tf.sqrt(mean + _LEAST)

    text = f"input_difference({quoted(of)})"
    return Objective(text, (of,), ("input_difference", of, rank), (own,), (rank,), evaluate)


def _absolute(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    return tf.abs(first - second)


def _pair(readings: Readings, name: str, reference: Any, rank: int) -> tuple[tf.Tensor, tf.Tensor]:
    values = read(readings, name)
    check_fits(reference, rank, values, name, "The reference", whole=True)
    return values, along(reference, rank, values.shape.rank) + tf.zeros_like(values)
