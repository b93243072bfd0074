"""Straight lines from references to the image: what their methods have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis.attribution.method import Found, Method
from attrvis.attribution.rows import Rows, Samples, Tensors, on_line, times
from attrvis.attribution.scene import Scene

VALID = ("valid_ip", "valid_ref")


@dataclass(frozen=True, eq=False)
class Line:
    """A line from a reference to each image.

    Args:
        start: [B, ...], the reference of each image.
        nodes: positions on the line, 0 at the reference, [points].
        weights: their weights, which sum to 1.
        share: how much the line counts, one number or one an image; those of all lines sum to 1.
    """

    start: tf.Tensor
    nodes: np.ndarray
    weights: np.ndarray
    share: float | np.ndarray = 1.0

    def samples(self) -> Samples:
        """List the points of the line."""
        each = {
            "position": self.nodes.astype(np.float32),
            "weight": self.weights.astype(np.float32),
        }
        return Samples(on_line, len(self.nodes), each, {"start": self.start})


@dataclass(frozen=True)
class LineMethod(Method):
    """A method that looks at the network along lines from references to the image."""

    @abstractmethod
    def lines(self, scene: Scene) -> Iterator[Line]:
        """Give the lines one after the other."""

    @property
    def squared(self) -> bool:
        """Whether each line's mean gradient is squared."""
        return False

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        total = tf.zeros_like(scene.values)
        for number, line in enumerate(self.lines(scene)):
            sums, _ = scene.fold(line.samples())
            mean = sums["gradient"]
            term = (scene.values - line.start) * (mean**2 if self.squared else mean)
            total += _times_share(line.share, term)
            scene.told("references", number + 1, 0)
        return Found(total)

    @property
    def weighed(self) -> bool:
        """Whether lines count differently, by shares that belong to the method's idea."""
        return False

    def recalibrated(self, scene: Scene, rule: str) -> tf.Tensor:
        """Average what is valid, number by number; see `Recalibrated`."""
        total, count = tf.zeros_like(scene.values), tf.zeros_like(scene.values)
        for line in self.lines(scene):
            share = np.asarray(line.share if self.weighed else 1.0, np.float32)
            share = np.broadcast_to(share, scene.count)
            if rule == "valid_ip":
                held = line.samples()
                samples = Samples(on_line, held.count, held.each, {**held.own, "share": share})
                sums, _ = scene.fold(samples, _squared_points if self.squared else _valid_points)
                total, count = total + sums["valid"], count + sums["count"]
                continue
            sums, _ = scene.fold(line.samples())
            term = times(tf.constant(share), (scene.values - line.start) * sums["gradient"])
            valid = term >= 0
            kept = term**2 if self.squared else term
            total += tf.where(valid, kept, tf.zeros_like(kept))
            count += tf.cast(valid, count.dtype)
        return total / tf.maximum(count, 1.0)


def _valid_points(rows: Rows, points: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor) -> Tensors:
    """Sum up the contributions that are not negative, and count them."""
    term = times(rows.each["weight"], (rows.own["value"] - points) * gradient)
    term = times(rows.own["share"], term)
    valid = term >= 0
    return {
        "valid": tf.where(valid, term, tf.zeros_like(term)),
        "count": tf.cast(valid, term.dtype),
    }


def _squared_points(
    rows: Rows, points: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor
) -> Tensors:
    """Sum up the squares of the contributions that are not negative, and count them."""
    term = times(rows.each["weight"], (rows.own["value"] - points) * gradient)
    term = times(rows.own["share"], term)
    valid = term >= 0
    return {
        "valid": tf.where(valid, term**2, tf.zeros_like(term)),
        "count": tf.cast(valid, term.dtype),
    }


def _times_share(share: float | np.ndarray, values: tf.Tensor) -> tf.Tensor:
    number = tf.constant(np.asarray(share, np.float32))
    if number.shape.rank == 0:
        return number * values
    return times(number, values)
