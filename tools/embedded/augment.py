"""Random views of a batch of photos, as TensorFlow ops keyed by a seed."""

from __future__ import annotations

import math

import tensorflow as tf

from attrvis.networks.embedded.architecture import MEAN, STD


def normalised(images: tf.Tensor) -> tf.Tensor:
    """Take photos in [0, 255] to what the network eats."""
    return (tf.cast(images, tf.float32) / 255.0 - MEAN) / STD


def augmented(
    photos: tf.Tensor, size: int, smallest: float, seed: tf.Tensor, *, plain: bool = False
) -> tf.Tensor:
    """Return one random normalised view [B, size, size, 3] of each uint8 photo.

    A view is a crop of `smallest` to all of the area, of slightly random shape, perhaps
    mirrored. Unless `plain`, it also gets random brightness, contrast and colour strength, and
    every fourth one a grey rectangle, so that no single part of an object decides. `seed` is a
    pair of integers.
    """
    count = tf.shape(photos)[0]

    def draw(key: int, low: float, high: float, *tail: int) -> tf.Tensor:
        keyed = tf.random.experimental.stateless_fold_in(seed, key)
        return tf.random.stateless_uniform((count, *tail), keyed, low, high)

    side = tf.sqrt(draw(0, smallest, 1.0))
    shape = tf.exp(draw(1, -0.5 * math.log(1.25), 0.5 * math.log(1.25)))
    height, width = tf.minimum(side * shape, 1.0), tf.minimum(side / shape, 1.0)
    top, left = draw(2, 0.0, 1.0) * (1 - height), draw(3, 0.0, 1.0) * (1 - width)
    mirrored = draw(4, 0.0, 1.0) < 0.5
    start = tf.where(mirrored, left + width, left)
    end = tf.where(mirrored, left, left + width)
    boxes = tf.stack([top, start, top + height, end], axis=1)
    views = tf.image.crop_and_resize(photos, boxes, tf.range(count), (size, size))

    if plain:
        return normalised(views)
    grey = tf.reduce_mean(views, axis=-1, keepdims=True)
    middle = tf.reduce_mean(grey, axis=(1, 2), keepdims=True)
    views = grey + (views - grey) * draw(5, 0.6, 1.4, 1, 1, 1)
    views = middle + (views - middle) * draw(6, 0.7, 1.3, 1, 1, 1)
    views += 255.0 * draw(7, -0.12, 0.12, 1, 1, 1)
    views = normalised(tf.clip_by_value(views, 0.0, 255.0))
    hole = _rectangle(size, draw(8, 0.0, 1.0, 4), 0.2, 0.5) & (draw(9, 0.0, 1.0, 1, 1, 1) < 0.25)
    return tf.where(hole, 0.0, views)


def pasted(views: tf.Tensor, chance: float, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Paste a rectangle of the batch's previous view into some of the views.

    Returns the views and the share [B] of each that is still its own; labels mix in that share.
    It keeps the network from learning the training photos by heart.
    """
    count, size = tf.shape(views)[0], views.shape[1]
    places, chances = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    inside = _rectangle(size, tf.random.stateless_uniform((count, 4), places), 0.3, 0.8)
    inside &= tf.random.stateless_uniform((count, 1, 1, 1), chances) < chance
    share = 1.0 - tf.reduce_mean(tf.cast(inside, tf.float32), axis=(1, 2, 3))
    return tf.where(inside, tf.roll(views, 1, axis=0), views), share


def _rectangle(size: int, draws: tf.Tensor, low: float, high: float) -> tf.Tensor:
    """Return masks [B, size, size, 1], true in a rectangle with sides of `low` to `high`.

    `draws` [B, 4] are uniform: centre and extent, down and across. The edge may cut it.
    """
    places = (tf.range(size, dtype=tf.float32) + 0.5) / size

    def inside(centre: tf.Tensor, extent: tf.Tensor) -> tf.Tensor:
        half = 0.5 * (low + (high - low) * extent)
        return tf.abs(places[None] - centre[:, None]) < half[:, None]

    rows, columns = inside(draws[:, 0], draws[:, 1]), inside(draws[:, 2], draws[:, 3])
    return (rows[:, :, None] & columns[:, None, :])[..., None]
