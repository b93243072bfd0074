"""Stateless randomness: what image i draws depends on its own key alone, never on its batch."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue

Shape = Sequence[int]


def image_keys(seeds: int | Sequence[int], batch: int | None = None) -> tf.Tensor:
    """Make one key per image from one seed or from a list of seeds.

    Args:
        seeds: one seed (image i takes `seeds + i`) or one seed per image; any whole numbers of
            up to 64 bits.
        batch: number of images; default: as many as `seeds` names.

    Returns:
        Keys, int32 [B, 2].

    Raises:
        BadValue: if the list is empty, or its length is not `batch`, or a seed is too large.

    Example:
        >>> bool(tf.reduce_all(image_keys(7, 3)[1:] == image_keys([8, 9])))
        True
    """
    if isinstance(seeds, int | np.integer):
        listed = [int(seeds) + i for i in range(1 if batch is None else batch)]
    else:
        listed = [int(seed) for seed in seeds]
    if not listed or (batch is not None and len(listed) != batch):
        raise BadValue(
            f"{len(listed)} seeds were given for {batch} images; give one seed, or one per image."
        )
    if any(not -(2**63) <= seed < 2**63 for seed in listed):
        raise BadValue("A seed is a whole number of at most 64 bits; use a smaller one.")
    words = np.array(listed, np.int64).view(np.int32).reshape(-1, 2)
    return _per_image(_scramble, tf.constant(words), tf.int32)


def fold(keys: tf.Tensor, data: int | tf.Tensor) -> tf.Tensor:
    """Derive new keys from keys and a number, such as a step.

    Args:
        keys: int32 [B, 2].
        data: a whole number, or an integer tensor, scalar or [B].

    Returns:
        Keys, int32 [B, 2], independent of `keys` and of those of every other `data`.

    Example:
        >>> keys = image_keys(0)
        >>> bool(tf.reduce_any(fold(keys, 1) == fold(keys, tf.constant(2))))
        False
    """
    number = tf.cast(tf.convert_to_tensor(data), tf.int32)
    second = tf.bitwise.bitwise_xor(keys[:, 1], tf.broadcast_to(number, tf.shape(keys)[:1]))
    return _per_image(_scramble, tf.stack([keys[:, 0], second], axis=1), tf.int32)


def stream(keys: tf.Tensor, purpose: str, step: int | tf.Tensor | None = None) -> tf.Tensor:
    """Derive the keys of one purpose, so that two purposes never share draws.

    Args:
        keys: int32 [B, 2].
        purpose: any name, such as `"transforms"`.
        step: the step, a whole number or an integer tensor; None for a draw that is the same
            at every step.

    Returns:
        Keys, int32 [B, 2].

    Example:
        >>> stream(image_keys([3, 4]), "background", step=5).shape.as_list()
        [2, 2]
    """
    named = fold(keys, zlib.crc32(purpose.encode()) & 0x7FFFFFFF)
    return named if step is None else fold(named, step)


def uniform(keys: tf.Tensor, shape: Shape, low: float = 0.0, high: float = 1.0) -> tf.Tensor:
    """Draw uniform numbers for every image.

    Args:
        keys: int32 [B, 2].
        shape: shape of one image's draw.
        low: least value.
        high: upper bound, not itself drawn.

    Returns:
        float32 [B, *shape].

    Example:
        >>> uniform(image_keys(0, 2), [3], -1, 1).shape.as_list()
        [2, 3]
    """

    def draw(key: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_uniform(shape, key, low, high, tf.float32, alg="philox")

    return _per_image(draw, keys, tf.float32)


def normal(keys: tf.Tensor, shape: Shape, sd: float = 1.0) -> tf.Tensor:
    """Draw normal numbers of mean 0 for every image.

    Args:
        keys: int32 [B, 2].
        shape: shape of one image's draw.
        sd: standard deviation.

    Returns:
        float32 [B, *shape].

    Example:
        >>> normal(image_keys([5, 9]), [4, 4, 3]).shape.as_list()
        [2, 4, 4, 3]
    """

    def draw(key: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_normal(shape, key, 0.0, sd, tf.float32, alg="philox")

    return _per_image(draw, keys, tf.float32)


def integers(keys: tf.Tensor, shape: Shape, count: int) -> tf.Tensor:
    """Draw whole numbers from 0 to `count - 1`, all equally likely, for every image.

    Args:
        keys: int32 [B, 2].
        shape: shape of one image's draw.
        count: how many values there are.

    Returns:
        int32 [B, *shape].

    Raises:
        BadValue: if `count` is below 1.

    Example:
        >>> integers(image_keys(0, 2), [5], 1).numpy().tolist()
        [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
    """
    if count < 1:
        raise BadValue(f"A draw from {count} values is impossible; count must be at least 1.")

    def draw(key: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_uniform(shape, key, 0, count, tf.int32, alg="philox")

    return _per_image(draw, keys, tf.int32)


def _scramble(key: tf.Tensor) -> tf.Tensor:
    return tf.random.stateless_uniform([2], key, None, None, tf.int32, alg="philox")


def _per_image(
    draw: Callable[[tf.Tensor], tf.Tensor], keys: tf.Tensor, dtype: tf.DType
) -> tf.Tensor:
    """Call `draw` on each key; unrolled where the batch is known, which is the fast way."""
    if keys.shape[0] is None:
        return tf.map_fn(draw, keys, fn_output_signature=dtype)
    return tf.stack([draw(key) for key in tf.unstack(keys)])
