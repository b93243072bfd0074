"""The image itself as its background: the more transparent a pixel, the blurrier."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

from attrvis import filters
from attrvis.errors import BadValue
from attrvis.param.background import Background, Pool, unmultiply


@dataclass(frozen=True)
class BlurredSelf(Background):
    """A pyramid of the blurred image, from which alpha chooses; alpha 1 sees it sharp.

    At `u = alpha * (levels - 1)` the two levels next to u are mixed linearly, and nothing else is
    laid over them. Shi et al., "Understanding contributing neurons via attribution visualization"
    (2023).

    Args:
        sigmas: of the Gaussians, in pixels, strongest first; at least two.
        fresh: has no effect here: nothing is drawn.

    Raises:
        BadValue: if there are fewer than two levels, or a sigma is negative.

    Example:
        >>> rgb, alpha = tf.ones([1, 8, 6, 3]), tf.fill([1, 8, 6, 1], 0.3)
        >>> composed = BlurredSelf().compose(rgb, alpha, tf.zeros([1, 2], tf.int32))
        >>> round(float(tf.reduce_min(composed)), 4)
        1.0
    """

    sigmas: tuple[float, ...] = (10.0, 8.0, 6.0, 4.0, 2.0, 0.0)

    def __post_init__(self) -> None:
        if len(self.sigmas) < 2 or not all(sigma >= 0 for sigma in self.sigmas):
            raise BadValue(
                f"The sigmas {self.sigmas} are no pyramid; give two or more, each 0 or above."
            )

    def _over(
        self, rgb: tf.Tensor, alpha: tf.Tensor, keys: tf.Tensor, pool: Pool, premultiplied: bool
    ) -> tf.Tensor:
        colour = tf.transpose(unmultiply(rgb, alpha) if premultiplied else rgb, [0, 3, 2, 1])
        levels = [_blurred(colour, sigma) for sigma in self.sigmas]
        place = tf.transpose(alpha, [0, 3, 2, 1]) * (len(levels) - 1.0)
        low = tf.clip_by_value(tf.floor(tf.stop_gradient(place)), 0.0, len(levels) - 2.0)
        share = place - low
        total = tf.zeros([], tf.float32)
        for number, level in enumerate(levels):
            first, second = (
                tf.cast(low == number, tf.float32),
                tf.cast(low == number - 1.0, tf.float32),
            )
            total += level * (first + (second - first) * share)
        return tf.transpose(total, [0, 3, 2, 1])


def _blurred(planes: tf.Tensor, sigma: float) -> tf.Tensor:
    """Blur [B, C, w, h]."""
    if sigma == 0:
        return planes
    width, height = planes.shape[2:]
    down = filters.mix(planes, filters.blur_matrix(height, sigma).T)
    across = filters.mix(tf.transpose(down, [0, 1, 3, 2]), filters.blur_matrix(width, sigma).T)
    return tf.transpose(across, [0, 1, 3, 2])
