"""A transform of gradients alone."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.transforms.batches import checked, per_image
from attrvis.transforms.bounds import numbers_of
from attrvis.transforms.chain import Step, Transform


@dataclass(frozen=True)
class NormalizeGradient(Transform):
    """Leave images as they are, and bring the gradient of each to one length.

    The length is that of all numbers of an image, alpha's too; a gradient of zeros stays so.
    After a transform that makes copies, each copy counts for itself.

    Args:
        scale: the length; or one for each image of the batch.

    Raises:
        BadValue: if a length is negative, or there is another number of lengths than of images.

    Example:
        >>> x = tf.ones([1, 2, 2, 1])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = 3.0 * NormalizeGradient()(x, tf.zeros([1, 2], tf.int32))
        >>> tape.gradient(y, x)[0, 0, 0].numpy().tolist()
        [0.5]
    """

    scale: float | tuple[float, ...] = 1.0

    def __post_init__(self) -> None:
        lengths = numbers_of("NormalizeGradient", self.scale, 0.0, float("inf"))
        if not isinstance(self.scale, (int, float)):
            object.__setattr__(self, "scale", lengths)

    def __call__(self, images: tf.Tensor, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Transform images; see `Transform`."""
        images = checked(images, keys)
        lengths = self.scale
        if isinstance(lengths, tuple) and images.shape[0] not in (None, len(lengths)):
            raise BadValue(
                f"NormalizeGradient has {len(lengths)} lengths for {images.shape[0]} images; give "
                "one, or one for each image."
            )
        shape = [-1] + [1] * (images.shape.rank - 1)

        @tf.custom_gradient
        def same(values: tf.Tensor) -> tuple[tf.Tensor, object]:
            def gradient(upstream: tf.Tensor) -> tf.Tensor:
                wanted = tf.reshape(tf.constant(lengths, tf.float32), shape)
                return per_image(_unit, upstream) * wanted

            return tf.identity(values), gradient

        return same(images)


def _unit(gradient: tf.Tensor) -> tf.Tensor:
    """Divide by the length; by the largest number first, lest squares vanish or overflow."""
    near = tf.math.divide_no_nan(gradient, tf.reduce_max(tf.abs(gradient)))
    return near / tf.maximum(tf.sqrt(tf.reduce_sum(near**2)), 1.0)
