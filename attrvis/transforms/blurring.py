"""Blur of random width."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.transforms.batches import PLANE, checked, per_image
from attrvis.transforms.bounds import range_of
from attrvis.transforms.chain import Step, Transform


@dataclass(frozen=True)
class Blur(Transform):
    """Blur by a Gaussian of random width, with reflecting borders.

    All channels alike, alpha too: colours that are multiplied by alpha need no more. The slices
    of a volume are blurred within their planes.

    Args:
        low: least standard deviation, in pixels.
        high: largest one; in between all are equally likely. The kernel reaches three times as
            far to each side.

    Raises:
        BadValue: if there is no such range.

    Example:
        >>> blurred = Blur(2.0, 2.0)(tf.ones([1, 8, 6, 3]), seeds.image_keys(0))
        >>> bool(tf.reduce_all(tf.abs(blurred - 1.0) < 1e-5))
        True
    """

    low: float = 0.5
    high: float = 1.5

    def __post_init__(self) -> None:
        range_of("Blur", self.low, self.high, 0.0, 1e3)

    def __call__(self, images: tf.Tensor, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Transform images; see `Transform`."""
        images = checked(images, keys)
        draws = seeds.uniform(seeds.stream(keys, "Blur", step), [1], self.low, self.high)
        reach = int(np.ceil(3.0 * self.high))
        offsets = np.arange(-reach, reach + 1, dtype=np.float32)

        def kernel(sigma: tf.Tensor) -> tf.Tensor:
            weights = tf.exp(-0.5 * (offsets / tf.maximum(sigma, 1e-3)) ** 2)
            return weights / tf.reduce_sum(weights)

        axes = PLANE[images.shape.rank]
        padded = images
        for axis in axes:
            padded = _reflected(padded, reach, axis)
        blurred = per_image(
            lambda image, sigma: _convolved(image, kernel(sigma), len(axes)), padded, draws[:, 0]
        )
        return tf.ensure_shape(blurred, images.shape)


def _convolved(image: tf.Tensor, weights: tf.Tensor, sides: int) -> tf.Tensor:
    """Blur one image along its last sides.

    By itself, as the sums of shifted batches would be rearranged when they are compiled.
    """
    channels = image.shape[-1]
    flat = tf.reshape(image, [-1, *image.shape[-3:]] if sides == 2 else [1, 1, *image.shape])
    for shape in ([-1, 1, 1, 1], [1, -1, 1, 1])[2 - sides :]:
        each = tf.tile(tf.reshape(weights, shape), [1, 1, channels, 1])
        flat = tf.nn.depthwise_conv2d(flat, each, [1, 1, 1, 1], "VALID")
    lead = image.shape[: -sides - 1]
    return tf.reshape(flat, [*lead, *flat.shape[3 - sides : 3], channels])


def _reflected(images: tf.Tensor, reach: int, axis: int) -> tf.Tensor:
    """Mirror images at both ends of an axis, more than once where they are short."""
    size, rank = images.shape[axis], images.shape.rank
    if reach < size:
        return tf.pad(images, [[reach * (a == axis)] * 2 for a in range(rank)], "REFLECT")
    period = max(2 * size - 2, 1)
    places = np.abs(np.arange(-reach, size + reach)) % period
    return tf.gather(images, np.minimum(places, (period - places) * (size > 1)), axis=axis)
