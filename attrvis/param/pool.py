"""A pool of fractal noise images, from which each step takes a piece in a new place.

Drawing eighteen spectra at every step would cost more than a small network. The noise is
periodic and its law is the same after any circular shift, reflection or (square) transposition;
so a few images drawn once, taken at random and moved at random, look freshly drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from attrvis import filters, seeds


def draw_pool(
    count: int, levels: Sequence[tuple[float, float]], height: int, width: int, seed: int
) -> tf.Tensor:
    """Draw the pool.

    Args:
        count: images per level.
        levels: (sd, decay) of each level.
        height: of the images, in pixels.
        width: of the images, in pixels.
        seed: of the pool; all images of a batch share one pool, so it is not their seed.

    Returns:
        float32 [count, levels, height, width, 3] in [0, 1].

    Example:
        >>> draw_pool(2, [(0.2, 1.5)], 8, 8, seed=0).shape.as_list()
        [2, 1, 8, 8, 3]
    """
    keys = seeds.image_keys(seed, count)
    drawn = [
        filters.fractal(seeds.stream(keys, f"pool level {level}"), height, width, sd, decay)
        for level, (sd, decay) in enumerate(levels)
    ]
    return tf.stack(drawn, axis=1)


def places(keys: tf.Tensor, pool_shape: Sequence[int]) -> tf.Tensor:
    """Choose, for every image and level, an image of the pool and how it is moved.

    Args:
        keys: int32 [B, 2].
        pool_shape: (count, levels, height, width, ...) of the pool.

    Returns:
        int32 [B, levels, height, width]: for each pixel its row in the pool seen as
        [count * levels * height * width, 3].

    Example:
        >>> places(seeds.image_keys(0), (1, 1, 2, 2)).numpy().ravel().tolist() != []
        True
    """
    count, levels, height, width = pool_shape[:4]
    draws = seeds.uniform(keys, [6, levels])
    item = _whole(draws[:, 0], count)
    ys = _walk(draws[:, 1], draws[:, 2], height)
    xs = _walk(draws[:, 3], draws[:, 4], width)
    turned = tf.cast(draws[:, 5] < (0.5 if height == width else 0.0), tf.int32)[..., None]
    first = (item * levels + tf.range(levels)) * (height * width)
    rows = first[..., None] + ys * (width + turned * (1 - width))
    columns = xs * (1 + turned * (width - 1))
    return rows[..., None] + columns[:, :, None]


def _walk(start: tf.Tensor, direction: tf.Tensor, length: int) -> tf.Tensor:
    """Count around a circle of `length` pixels, from a random place, one way or the other."""
    forward = tf.where(direction < 0.5, 1, -1)[..., None]
    return tf.math.floormod(_whole(start, length)[..., None] + forward * tf.range(length), length)


def _whole(draw: tf.Tensor, count: int) -> tf.Tensor:
    return tf.minimum(tf.cast(draw * float(count), tf.int32), count - 1)
