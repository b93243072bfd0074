"""A pool of fractal noise images, from which each step takes a piece in a new place.

Drawing eighteen spectra at every step would cost more than a small network. The noise is
periodic and its law is the same after any circular shift, reflection, (square) transposition and
exchange of light and dark; so a few images drawn once, taken at random and moved at random, look
freshly drawn. Half of a pool are negatives of the other half: its mean is exactly grey.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

import tensorflow as tf

from attrvis import filters, seeds
from attrvis.errors import BadValue
from attrvis.param.background import Background, Pool

Levels = tuple[tuple[float, float], ...]
"""(sd, decay) of each level."""


@dataclass(frozen=True)
class Pooled(Background):
    """A background of fractal noise that may come from a pool.

    Args:
        fresh: whether the noise is drawn anew at each step.
        pool: how many images of each level `prepare` draws; 0 draws every step from scratch,
            which takes five times as long for six levels.
        pool_seed: seed of the pool. All images of a batch, and all seeds, share one pool; which
            of its images are taken, and how they are moved, depends on the image's own key.
    """

    pool: int = field(default=12, kw_only=True)
    pool_seed: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        if self.pool < 0 or any(sd < 0 for sd, _ in self._levels()):
            raise BadValue(
                f"{type(self).__name__} has a pool of {self.pool} and the levels (sd, decay) "
                f"{self._levels()}; use a pool and sds of 0 or more."
            )

    def prepare(self, keys: tf.Tensor, height: int, width: int) -> dict[str, tf.Tensor]:
        """Draw the pool; see `Background.prepare`."""
        if self.pool == 0:
            return {}
        return {"pool": draw_pool(self.pool, self._levels(), height, width, self.pool_seed)}

    @abstractmethod
    def _levels(self) -> Levels:
        """Give (sd, decay) of each level."""

    def _noise(
        self, keys: tf.Tensor, height: int, width: int, pool: Pool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Give noise as a table [N, 3] and, per pixel, the row in it, int32 [B, L, h, w]."""
        if self.pool == 0:
            drawn = _draw_levels(keys, self._levels(), height, width)
            index = tf.range(tf.reduce_prod(tf.shape(drawn)[:4]))
            return tf.reshape(drawn, [-1, 3]), tf.reshape(index, tf.shape(drawn)[:4])
        if "pool" not in pool:
            with tf.init_scope():  # once, also where this is traced; it depends on no key
                pool = self.prepare(keys, height, width)
        drawn, wanted = pool["pool"], (self.pool, len(self._levels()), height, width, 3)
        if tuple(drawn.shape) != wanted:
            raise BadValue(
                f"The pool has shape {tuple(drawn.shape)} where {wanted} is needed; prepare it "
                f"for {height}x{width} pixels with this very background."
            )
        return tf.reshape(drawn, [-1, 3]), places(keys, wanted)


def draw_pool(count: int, levels: Levels, height: int, width: int, seed: int) -> tf.Tensor:
    """Draw a pool.

    Args:
        count: images per level.
        levels: (sd, decay) of each level.
        height: of the images, in pixels.
        width: of the images, in pixels.
        seed: of the pool.

    Returns:
        float32 [count, levels, height, width, 3] in [0, 1]; the second half are negatives of the
        first.

    Example:
        >>> drawn = draw_pool(2, ((0.2, 1.5),), 8, 8, seed=0)
        >>> drawn.shape.as_list(), round(float(tf.reduce_mean(drawn)), 4)
        ([2, 1, 8, 8, 3], 0.5)
    """
    keys = seeds.stream(seeds.image_keys(seed, (count + 1) // 2), "pool")
    drawn = _draw_levels(keys, levels, height, width)
    return tf.concat([drawn, 1.0 - drawn[: count // 2]], axis=0)


def places(keys: tf.Tensor, shape: Sequence[int]) -> tf.Tensor:
    """Choose, for every image and level, an image of the pool and how it is moved.

    Args:
        keys: int32 [B, 2].
        shape: (count, levels, height, width, ...) of the pool.

    Returns:
        int32 [B, levels, height, width]: for each pixel its row in the pool seen as
        [count * levels * height * width, 3].

    Example:
        >>> sorted(places(seeds.image_keys(0), (1, 1, 2, 2)).numpy().ravel().tolist())
        [0, 1, 2, 3]
    """
    count, levels, height, width = shape[:4]
    draws = seeds.uniform(keys, [6, levels])
    item = _whole(draws[:, 0], count)
    ys = _walk(draws[:, 1], draws[:, 2], height)
    xs = _walk(draws[:, 3], draws[:, 4], width)
    turned = tf.cast(draws[:, 5] < (0.5 if height == width else 0.0), tf.int32)[..., None]
    first = (item * levels + tf.range(levels)) * (height * width)
    rows = first[..., None] + ys * (width + turned * (1 - width))
    columns = xs * (1 + turned * (width - 1))
    return rows[..., None] + columns[:, :, None]


def _draw_levels(keys: tf.Tensor, levels: Levels, height: int, width: int) -> tf.Tensor:
    drawn = [
        filters.fractal(seeds.stream(keys, f"level {level}"), height, width, sd, decay)
        for level, (sd, decay) in enumerate(levels)
    ]
    return tf.stack(drawn, axis=1)


def _walk(start: tf.Tensor, direction: tf.Tensor, length: int) -> tf.Tensor:
    """Count around a circle of `length` pixels, from a random place, one way or the other."""
    forward = tf.where(direction < 0.5, 1, -1)[..., None]
    return tf.math.floormod(_whole(start, length)[..., None] + forward * tf.range(length), length)


def _whole(draw: tf.Tensor, count: int) -> tf.Tensor:
    return tf.minimum(tf.cast(draw * float(count), tf.int32), count - 1)
