"""The fractal noise pyramid: the more transparent a pixel, the stronger the noise behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis import filters
from attrvis.errors import BadValue
from attrvis.param.background import Pool
from attrvis.param.pool import Levels, Pooled

LEVELS: Levels = ((0.20, 1.5), (0.19, 1.4), (0.18, 1.3), (0.17, 1.2), (0.16, 1.1), (0.15, 1.0))


@dataclass(frozen=True)
class NoisePyramid(Pooled):
    """Independent fractal noises of falling strength, chosen pixel by pixel by alpha.

    At `u = alpha * (levels - 1)` the two levels next to u are mixed linearly; alpha 0 sees the
    first and strongest. Shi et al., "Understanding contributing neurons via attribution
    visualization" (2023).

    Args:
        levels: (sd, decay) of each level, strongest first; at least two.
        fresh: whether the noise is drawn anew at each step.
        pool: how many pyramids `prepare` draws; each step takes one of them, shifted around and
            mirrored at random. 0 draws every step from scratch, about five times as slow.
        pool_seed: seed of the pool, which all images of a batch share.

    Raises:
        BadValue: if there are fewer than two levels, or `pool` or an sd is negative.

    Example:
        >>> from attrvis import seeds
        >>> background, keys = NoisePyramid(pool=2), seeds.image_keys(0, 2)
        >>> pool = background.prepare(keys, 8, 8)
        >>> rgb, alpha = tf.zeros([2, 8, 8, 3]), tf.fill([2, 8, 8, 1], 0.3)
        >>> background.compose(rgb, alpha, keys, 0, pool).shape.as_list()
        [2, 8, 8, 3]
    """

    levels: Levels = LEVELS

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.levels) < 2:
            raise BadValue(f"A noise pyramid has two levels or more, not {len(self.levels)}.")

    def _levels(self) -> Levels:
        return self.levels

    def _over(
        self, rgb: tf.Tensor, alpha: tf.Tensor, keys: tf.Tensor, pool: Pool, premultiplied: bool
    ) -> tf.Tensor:
        count = len(self.levels)
        table, first = self._noise(keys, rgb.shape[1], rgb.shape[2], pool)

        @tf.custom_gradient
        def behind(opacity: tf.Tensor) -> tuple[tf.Tensor, object]:
            place = opacity * (count - 1.0)
            low = tf.clip_by_value(tf.cast(place, tf.int32), 0, count - 2)
            share = place - tf.cast(low, tf.float32)
            strong = tf.reshape(tf.gather(table, first + low), tf.shape(rgb))
            weak = tf.reshape(tf.gather(table, first + (low + 1)), tf.shape(rgb))
            change = weak - strong
            noise, clear = strong + share * change, 1.0 - opacity

            def gradient(upstream: tf.Tensor) -> tf.Tensor:
                slope = (count - 1.0) * clear * change - noise
                return filters.mix(upstream * slope, np.ones([3, 1], np.float32))

            return noise * clear, gradient

        return (rgb if premultiplied else rgb * alpha) + behind(alpha)
