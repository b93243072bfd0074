"""The fractal noise pyramid: the more transparent a pixel, the stronger the noise behind it."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

from attrvis import filters, seeds
from attrvis.errors import BadValue
from attrvis.param.background import Background, Pool
from attrvis.param.pool import draw_pool, places

Levels = tuple[tuple[float, float], ...]

LEVELS: Levels = ((0.20, 1.5), (0.19, 1.4), (0.18, 1.3), (0.17, 1.2), (0.16, 1.1), (0.15, 1.0))


@dataclass(frozen=True)
class NoisePyramid(Background):
    """Independent fractal noises of falling strength, chosen pixel by pixel by alpha.

    At `u = alpha * (levels - 1)` the two levels next to u are mixed linearly; alpha 0 sees the
    first and strongest. Shi et al., "Understanding contributing neurons via attribution
    visualization" (2023).

    Args:
        fresh: whether the noise is drawn anew at each step.
        levels: (sd, decay) of each level, strongest first; at least two.
        pool: how many pyramids `prepare` draws; each step takes, level by level, one of them
            shifted around, mirrored and turned at random. 0 draws every step from scratch,
            about ten times as slow.
        pool_seed: seed of the pool, which all images of a batch share.

    Raises:
        BadValue: if there are fewer than two levels, or `pool` is negative.

    Example:
        >>> background, keys = NoisePyramid(), seeds.image_keys(0, 2)
        >>> pool = background.prepare(keys, 8, 8)
        >>> rgb, alpha = tf.zeros([2, 8, 8, 3]), tf.fill([2, 8, 8, 1], 0.3)
        >>> background.compose(rgb, alpha, keys, 0, pool).shape.as_list()
        [2, 8, 8, 3]
    """

    levels: Levels = LEVELS
    pool: int = 8
    pool_seed: int = 0

    def __post_init__(self) -> None:
        if len(self.levels) < 2 or self.pool < 0:
            raise BadValue(
                f"A noise pyramid of {len(self.levels)} levels and a pool of {self.pool} is "
                "impossible; use at least two levels and a pool of 0 or more."
            )

    def prepare(self, keys: tf.Tensor, height: int, width: int) -> dict[str, tf.Tensor]:
        """Draw the pool; see `Background.prepare`."""
        if self.pool == 0:
            return {}
        return {"pool": draw_pool(self.pool, self.levels, height, width, self.pool_seed)}

    def _over(
        self, rgb: tf.Tensor, alpha: tf.Tensor, keys: tf.Tensor, pool: Pool, premultiplied: bool
    ) -> tf.Tensor:
        batch = keys.shape[0] or tf.shape(keys)[0]
        height, width = rgb.shape[1:3]
        count = len(self.levels)
        if "pool" in pool:
            table = tf.reshape(pool["pool"], [-1, 3])
            index = places(keys, pool["pool"].shape.as_list())
        else:
            table = tf.reshape(self._draw(keys, height, width), [-1, 3])
            index = tf.range(batch * count * height * width)
        index = tf.reshape(index, [-1])
        pixels = tf.reshape(tf.range(height * width), [height, width])
        pixels += (tf.range(batch) * (count * height * width))[:, None, None]
        area = height * width

        @tf.custom_gradient
        def behind(opacity: tf.Tensor) -> tuple[tf.Tensor, object]:
            place = opacity[..., 0] * (count - 1.0)
            low = tf.clip_by_value(tf.cast(place, tf.int32), 0, count - 2)
            share = (place - tf.cast(low, tf.float32))[..., None]
            here = tf.gather(index, pixels + low * area)
            there = tf.gather(index, pixels + (low + 1) * area)
            strong, weak = tf.gather(table, here), tf.gather(table, there)
            change = weak - strong
            noise, clear = strong + share * change, 1.0 - opacity

            def gradient(upstream: tf.Tensor) -> tf.Tensor:
                slope = (count - 1.0) * clear * change - noise
                return tf.reduce_sum(upstream * slope, axis=3, keepdims=True)

            return noise * clear, gradient

        return (rgb if premultiplied else rgb * alpha) + behind(alpha)

    def _draw(self, keys: tf.Tensor, height: int, width: int) -> tf.Tensor:
        drawn = [
            filters.fractal(seeds.stream(keys, f"level {level}"), height, width, sd, decay)
            for level, (sd, decay) in enumerate(self.levels)
        ]
        return tf.stack(drawn, axis=1)
