"""What the evaluator works on: rows, each an image seen at one sample of a distribution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import tensorflow as tf

Tensors: TypeAlias = Mapping[str, tf.Tensor]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows as a place or a collector sees them: what belongs to their images and their samples.

    Args:
        own: what belongs to each row's image, [rows, ...]; always `value`, its own values where
            the rows are placed.
        each: what belongs to each row's sample, [rows, ...]; `weight` where samples are weighted.
        shared: what all rows see whole.
        lead: (values where the rows are placed) -> the layer's values; the identity unless the
            rows are placed before the layer.
    """

    own: Tensors
    each: Tensors
    shared: Tensors
    lead: Callable[[tf.Tensor], tf.Tensor]

    def each_as(self, name: str, values: tf.Tensor) -> tf.Tensor:
        """Shape a number of each sample, [rows], so that it multiplies values [rows, ...]."""
        number = tf.cast(self.each[name], values.dtype)
        return tf.reshape(number, [-1] + [1] * (values.shape.rank - 1))


Place: TypeAlias = Callable[[Rows], tf.Tensor]
"""Rows -> where the network is looked at, [rows, ...]. A function of a module, or a method of a
frozen dataclass: it decides over a trace, so its numbers should come as `each` or `shared`."""

Collect: TypeAlias = Callable[[Rows, tf.Tensor, tf.Tensor, tf.Tensor], Tensors]
"""(rows, the layer's values there, their gradient, the objective [rows]) -> what is summed up over
the samples of each image, [rows, ...] by name. Without gradients the third is the objective."""


@dataclass(frozen=True, eq=False)
class Samples:
    """A distribution as a list: where each image is looked at.

    Args:
        place: makes the rows.
        count: how many samples, the same for every image.
        each: what belongs to each sample, [count, ...] by name.
        own: what belongs to each image, [B, ...] by name, beside its own `value`.
        shared: what all see.
    """

    place: Place
    count: int
    each: Mapping[str, np.ndarray | tf.Tensor] = field(default_factory=dict)
    own: Mapping[str, np.ndarray | tf.Tensor] = field(default_factory=dict)
    shared: Mapping[str, np.ndarray | tf.Tensor] = field(default_factory=dict)


def at_itself(rows: Rows) -> tf.Tensor:
    """Look at the image itself."""
    return rows.own["value"]


def on_line(rows: Rows) -> tf.Tensor:
    """Look at `position` between `start` and the image's own value."""
    start = rows.own["start"]
    return start + rows.each_as("position", start) * (rows.own["value"] - start)


def gradient(rows: Rows, points: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor) -> Tensors:
    """Sum up the gradients, each with its sample's `weight`."""
    return {"gradient": rows.each_as("weight", gradient) * gradient}


def nothing(rows: Rows, points: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor) -> Tensors:
    """Sum up nothing: the objective of every row is wanted alone."""
    return {}


def times(number: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Multiply each row's values [rows, ...] by its number [rows]."""
    return tf.reshape(number, [-1] + [1] * (values.shape.rank - 1)) * values
