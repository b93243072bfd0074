"""References that lines start from: random pictures, noisy copies, pictures of your own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.attribution.rows import times
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue

_CHUNK = 8


def at_layer(scene: Scene, images: tf.Tensor) -> tf.Tensor:
    """Bring pictures [n, H, W, C] to the layer that is attributed."""
    if scene.layer == "input":
        return images
    parts = [
        scene.evaluator.head(images[i : i + _CHUNK])[0]
        for i in range(0, int(images.shape[0]), _CHUNK)
    ]
    scene.tally.forwards += int(images.shape[0])
    return tf.concat(parts, axis=0)


def uniform_images(scene: Scene, count: int) -> Iterator[tf.Tensor]:
    """Draw pictures of even noise in [0, 1], the same for every image of a batch, one by one."""
    for key in scene.keys(count, "uniform references"):
        drawn = seeds.uniform(tf.constant(key[None]), scene.images.shape[1:].as_list())
        yield everywhere(scene, at_layer(scene, drawn))


def noisy_images(scene: Scene, count: int, noise: float) -> Iterator[tf.Tensor]:
    """Make noisy copies of each image, kept in [0, 1] where it is, one by one.

    Args:
        scene: whose images.
        count: how many copies.
        noise: standard deviation, relative to each image's own range.
    """
    images = scene.images
    axes = list(range(1, images.shape.rank))
    low, high = tf.reduce_min(images, axes, True), tf.reduce_max(images, axes, True)
    sd = noise * tf.reshape(high - low, [-1])
    low, high = tf.minimum(low, 0.0), tf.maximum(high, 1.0)
    for key in scene.keys(count, "noisy references"):
        drawn = seeds.normal(tf.constant(key[None]), images.shape[1:].as_list())
        copy = images + times(sd, tf.repeat(drawn, scene.count, axis=0))
        yield at_layer(scene, tf.clip_by_value(copy, low, high))


def given_images(scene: Scene, references: Any) -> tf.Tensor:
    """Bring references of the user's own, [M, H, W, C] in pixel space, to the layer.

    Raises:
        BadValue: they have another shape than the images, or are not finite.
    """
    wanted = f"References are pictures like the images, [M, *{list(scene.images.shape[1:])}]"
    try:
        made = tf.constant(np.asarray(references, np.float32))
    except (TypeError, ValueError) as error:
        raise BadValue(f"{wanted}, not {references!r:.60}.") from error
    if made.shape[1:] != scene.images.shape[1:] or not int(tf.size(made)):
        raise BadValue(f"{wanted}; these are {list(made.shape)}.")
    if not bool(tf.reduce_all(tf.math.is_finite(made))):
        raise BadValue("The references hold NaN or infinite values; mend them first.")
    return at_layer(scene, made)


def everywhere(scene: Scene, one: tf.Tensor) -> tf.Tensor:
    """Give one reference [1, ...] to every image."""
    return tf.repeat(one, scene.count, axis=0)
