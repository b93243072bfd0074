"""A pool of fractal noise images, from which each step takes a piece in a new place.

Drawing eighteen spectra at every step would cost more than a small network. The noise is
periodic and its law is the same after any circular shift, reflection and exchange of light and
dark; so a few images drawn once, taken at random and moved at random, look freshly drawn. All
levels of an image are moved together: a pixel's levels lie side by side in memory, and to look
them up apart from each other takes three times as long. Every image is there with all signs that
its even and its odd levels can have, so that the pool's mean is exactly grey and neighbouring
levels have exactly no correlation.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field

import numpy as np
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
        pool: how many images `prepare` draws, of all levels each; 0 draws every step from scratch,
            which takes five times as long for six levels.
        pool_seed: seed of the pool. All images of a batch, and all seeds, share one pool; which
            of its images are taken, and how they are moved, depends on the image's own key.
    """

    pool: int = field(default=16, kw_only=True)
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
        """Give noise as a table [N, 3] and each pixel's row of its first level, int32 [B, h, w, 1].

        The rows of the other levels follow.
        """
        levels = len(self._levels())
        if self.pool == 0:
            drawn = _draw_levels(keys, self._levels(), height, width)
            index = tf.range(tf.reduce_prod(tf.shape(drawn)[:3]))
            return tf.reshape(drawn, [-1, 3]), levels * tf.reshape(index, [-1, height, width, 1])
        if "pool" not in pool:
            with tf.init_scope():  # once, also where this is traced; it depends on no key
                pool = self.prepare(keys, height, width)
        drawn, wanted = pool["pool"], (self.pool, height, width, levels, 3)
        if tuple(drawn.shape) != wanted:
            raise BadValue(
                f"The pool has shape {tuple(drawn.shape)} where {wanted} is needed; prepare it "
                f"for {height}x{width} pixels with this very background."
            )
        return tf.reshape(drawn, [-1, 3]), levels * places(keys, self.pool, height, width)


def draw_pool(count: int, levels: Levels, height: int, width: int, seed: int) -> tf.Tensor:
    """Draw a pool.

    Args:
        count: images; each is drawn once for all signs of its even and its odd levels (four, or
            two where there is one level).
        levels: (sd, decay) of each level.
        height: of the images, in pixels.
        width: of the images, in pixels.
        seed: of the pool.

    Returns:
        float32 [count, height, width, levels, 3] in [0, 1].

    Example:
        >>> drawn = draw_pool(2, ((0.2, 1.5),), 8, 8, seed=0)
        >>> drawn.shape.as_list(), round(float(tf.reduce_mean(drawn)), 4)
        ([2, 8, 8, 1, 3], 0.5)
    """
    signs = np.array([[1, 1], [-1, -1], [1, -1], [-1, 1]], np.float32)[: 4 if levels[1:] else 2]
    signs = np.take(signs, np.arange(len(levels)) % 2, axis=1)
    keys = seeds.stream(seeds.image_keys(seed, -(-count // len(signs))), "pool")
    drawn = _draw_levels(keys, levels, height, width) - 0.5
    every = 0.5 + tf.concat([sign[:, None] * drawn for sign in signs], axis=0)
    return every[:count]


def places(keys: tf.Tensor, count: int, height: int, width: int) -> tf.Tensor:
    """Choose an image of a pool for every key, and how it is moved.

    Args:
        keys: int32 [B, 2].
        count: images in the pool.
        height: of the images, in pixels.
        width: of the images, in pixels.

    Returns:
        int32 [B, height, width, 1]: for each pixel its row in the pool seen as [count * height *
        width, ...]. Neighbours across stay neighbours: a walk down the columns would miss the
        processor's cache.

    Example:
        >>> sorted(places(seeds.image_keys(0), 1, 2, 2).numpy().ravel().tolist())
        [0, 1, 2, 3]
    """
    item, top, down, left, right = tf.split(seeds.uniform(keys, [5]), 5, axis=1)
    rows = _whole(item, count) * height + _walk(top, down, height)
    columns = _walk(left, right, width)
    return tf.reshape(rows, [-1, height, 1, 1]) * width + tf.reshape(columns, [-1, 1, width, 1])


def _draw_levels(keys: tf.Tensor, levels: Levels, height: int, width: int) -> tf.Tensor:
    drawn = [
        filters.fractal(seeds.stream(keys, f"level {level}"), height, width, sd, decay)
        for level, (sd, decay) in enumerate(levels)
    ]
    return tf.stack(drawn, axis=3)


def _walk(start: tf.Tensor, direction: tf.Tensor, length: int) -> tf.Tensor:
    """Count around a circle of `length` pixels, from a random place, one way or the other.

    Two draws [B, 1] to int32 [B, length].
    """
    steps = np.arange(length, dtype=np.int32)
    steps = tf.where(direction < 0.5, steps, -steps)
    return tf.math.floormod(_whole(start, length) + steps, length)


def _whole(draw: tf.Tensor, count: int) -> tf.Tensor:
    return tf.minimum(tf.cast(draw * float(count), tf.int32), count - 1)
