"""Gradients at noisy copies of an image: their mean, mean square and variance."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.attribution.method import Found, Method
from attrvis.attribution.rows import Rows, Samples, Tensors, times
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue

_PURPOSE = "smooth grad"


@dataclass(frozen=True)
class _Noisy(Method):
    """What gradients at noisy copies of each image have in common.

    Args:
        samples: how many copies.
        noise: standard deviation, relative to each image's own range of values.
        times_input: whether the result is multiplied by the image's own values.
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: no sample, or noise that is negative or not finite.
    """

    samples: int = 25
    noise: float = 0.15
    times_input: bool = False
    batch_size: int | str = "auto"

    def __post_init__(self) -> None:
        if self.samples < self._fewest():
            raise BadValue(
                f"{type(self).__name__} takes samples from {self._fewest()}, not {self.samples}."
            )
        if not (math.isfinite(self.noise) and self.noise >= 0):
            raise BadValue(f"The noise is a share of the range from 0, not {self.noise}.")

    def _fewest(self) -> int:
        return 1

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        sums, _ = scene.fold(noisy(scene, self.samples, self.noise), moments,
                             batch_size=self.batch_size)  # fmt: skip
        found = self.of_moments(sums["first"], sums["second"])
        return Found(found * scene.values if self.times_input else found)

    @abstractmethod
    def of_moments(self, first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
        """Make the values of the mean of the gradients and the mean of their squares."""


@dataclass(frozen=True)
class SmoothGrad(_Noisy):
    """The mean gradient over noisy copies of the image.

    Args:
        samples: how many copies, default 25.
        noise: standard deviation, relative to each image's own range of values, default 0.15.
        times_input: whether the result is multiplied by the image's own values.
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: no sample, or noise that is negative or not finite.

    Source: Smilkov, Thorat, Kim, Viegas and Wattenberg, SmoothGrad: removing noise by adding
    noise, 2017.

    Example:
        >>> SmoothGrad(samples=50).noise
        0.15
    """

    name = "smooth-grad"

    def of_moments(self, first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
        """Give the mean."""
        return first


@dataclass(frozen=True)
class SmoothGradSquared(_Noisy):
    """The mean squared gradient over noisy copies of the image; it has no sign.

    Args:
        samples: how many copies, default 25.
        noise: standard deviation, relative to each image's own range of values, default 0.15.
        times_input: whether the result is multiplied by the image's own values.
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: no sample, or noise that is negative or not finite.

    Source: Hooker, Erhan, Kindermans and Kim, A Benchmark for Interpretability Methods in Deep
    Neural Networks, 2019.

    Example:
        >>> SmoothGradSquared().samples
        25
    """

    name = "smooth-grad-squared"

    def of_moments(self, first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
        """Give the mean square."""
        return second


@dataclass(frozen=True)
class VarGrad(_Noisy):
    """The variance of the gradient over noisy copies of the image; it has no sign.

    Args:
        samples: how many copies, at least 2, default 25.
        noise: standard deviation, relative to each image's own range of values, default 0.15.
        times_input: whether the result is multiplied by the image's own values.
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: fewer than two samples, or noise that is negative or not finite.

    Source: Adebayo, Gilmer, Goodfellow and Kim, Local Explanation Methods for Deep Neural
    Networks Lack Sensitivity to Parameter Values, 2018.

    Example:
        >>> VarGrad().name
        'var-grad'
    """

    name = "var-grad"

    def _fewest(self) -> int:
        return 2

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        # Around the image's own gradient, so that nothing large cancels.
        gradient, _ = scene.gradient(batch_size=self.batch_size)
        sampled = noisy(scene, self.samples, self.noise)
        own = {**sampled.own, "middle": gradient}
        around = Samples(sampled.place, sampled.count, sampled.each, own)
        sums, _ = scene.fold(around, moments_around, batch_size=self.batch_size)
        found = self.of_moments(sums["first"], sums["second"])
        return Found(found * scene.values if self.times_input else found)

    def of_moments(self, first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
        """Give the variance."""
        return tf.maximum(second - first**2, 0.0)


def noisy(scene: Scene, count: int, noise: float) -> Samples:
    """Make noisy copies of each image's values.

    Args:
        scene: whose values.
        count: how many copies.
        noise: standard deviation, relative to each image's own range.
    """
    axes = list(range(1, scene.values.shape.rank))
    width = tf.reduce_max(scene.values, axes) - tf.reduce_min(scene.values, axes)
    each = {
        "key": scene.keys(count, _PURPOSE),
        "weight": np.full(count, 1 / count, np.float32),
    }
    return Samples(with_noise, count, each, {"sd": noise * width})


def with_noise(rows: Rows) -> tf.Tensor:
    """Look at the image with normal noise of the deviation `sd`, drawn from each sample's `key`."""
    value = rows.own["value"]
    drawn = seeds.normal(rows.each["key"], value.shape[1:].as_list())
    return value + times(rows.own["sd"], drawn)


def moments(rows: Rows, points: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor) -> Tensors:
    """Sum up the gradients and their squares."""
    weight = rows.each["weight"]
    return {"first": times(weight, gradient), "second": times(weight, gradient**2)}


def moments_around(
    rows: Rows, points: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor
) -> Tensors:
    """Sum up the gradients' distances from `middle`, and their squares."""
    return moments(rows, points, gradient - rows.own["middle"], values)
