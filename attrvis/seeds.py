"""Stateless randomness: what image i draws depends on its own key alone, never on its batch.

Philox is a function of a key and a counter (Salmon et al., Parallel Random Numbers: As Easy as
1, 2, 3, 2011). Numbers are drawn where the counter's upper half is 0, new keys where it is not. The
raw ops are used because TensorFlow's own functions derive key and counter from a seed at every
draw, in twenty small ops.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue

Shape = Sequence[int]

_PHILOX = 1
_START = np.zeros(2, np.uint64)
_FROM_SEED, _FROM_FOLD, _FROM_PURPOSE = 1, 2, 3
_NO_STEP = np.int64(-1)


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
        several = np.asarray([] if seeds is None else seeds)
        if several.ndim != 1 or (several.size and several.dtype.kind not in "iu"):
            raise BadValue(f"A seed is a whole number, or one an image, not {seeds!r}.")
        listed = [int(seed) for seed in several]
    if not listed or (batch is not None and len(listed) != batch):
        raise BadValue(
            f"{len(listed)} seeds were given for {batch} images; give one seed, or one per image."
        )
    if any(not -(2**63) <= seed < 2**63 for seed in listed):
        raise BadValue("A seed is a whole number of at most 64 bits; use a smaller one.")
    words = np.array(listed, np.int64).view(np.int32).reshape(-1, 2)
    return _derived(tf.constant(words), np.int64(0), _FROM_SEED)


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
    return _derived(keys, data, _FROM_FOLD)


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
    named = _FROM_PURPOSE + zlib.crc32(purpose.encode())
    return _derived(keys, _NO_STEP if step is None else step, named)


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
        drawn = tf.raw_ops.StatelessRandomUniformV2(
            shape=shape, key=key, counter=_START, alg=_PHILOX
        )
        return drawn if (low, high) == (0.0, 1.0) else low + (high - low) * drawn

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
        drawn = tf.raw_ops.StatelessRandomNormalV2(
            shape=shape, key=key, counter=_START, alg=_PHILOX
        )
        return sd * drawn

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
        return tf.raw_ops.StatelessRandomUniformIntV2(
            shape=shape, key=key, counter=_START, alg=_PHILOX, minval=0, maxval=count
        )

    return _per_image(draw, keys, tf.int32)


def _derived(keys: tf.Tensor, number: int | np.int64 | tf.Tensor, tag: int) -> tf.Tensor:
    """Derive keys from keys, a number (for all or for each image) and what it is for."""
    low = tf.cast(tf.cast(number, tf.int64), tf.uint64)

    def draw(key: tf.Tensor, own: tf.Tensor) -> tf.Tensor:
        return tf.raw_ops.StatelessRandomUniformFullIntV2(
            shape=[2],
            key=key,
            counter=tf.stack([own, tf.constant(tag, tf.uint64)]),
            alg=_PHILOX,
            dtype=tf.int32,
        )

    return _per_image(draw, keys, tf.int32, low)


def _per_image(
    draw: Callable[..., tf.Tensor],
    keys: tf.Tensor,
    dtype: tf.DType,
    number: tf.Tensor | None = None,
) -> tf.Tensor:
    """Call `draw` on each image's key, and on its number if there are any.

    Unrolled where the batch is known, which is the fast way.
    """
    words = tf.bitcast(tf.reshape(keys, [-1, 1, 2]), tf.uint64)
    words = tf.ensure_shape(words, [keys.shape[0], 1])
    if keys.shape[0] is None:
        numbers = () if number is None else (tf.broadcast_to(number, tf.shape(words)[:1]),)
        return tf.map_fn(lambda each: draw(*each), (words, *numbers), fn_output_signature=dtype)
    count = keys.shape[0]
    if number is None:
        return tf.stack([draw(key) for key in tf.unstack(words)])
    each = [number] * count if number.shape.rank == 0 else tf.unstack(number, num=count)
    return tf.stack([draw(key, own) for key, own in zip(tf.unstack(words), each, strict=True)])
