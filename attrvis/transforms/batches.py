"""Batches of images: what may enter, one image at a time, and several copies of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue

PLANE = {3: (1,), 4: (1, 2), 5: (2, 3)}
"""The axes along which pixels move, by rank: of a signal, an image, and a volume's slices."""


def checked(images: Any, keys: tf.Tensor) -> tf.Tensor:
    """Make sure that a transform can take these images and keys.

    Args:
        images: float32 [B, h, w, C], signals [B, n, C] or volumes [B, d, h, w, C], sides known.
        keys: int32 [B, 2].

    Returns:
        The images, as a tensor.

    Raises:
        BadValue: if shape or type do not fit, or there are more or fewer keys than images.

    Example:
        >>> checked(tf.ones([1, 4, 4, 1]), seeds.image_keys(0)).shape.as_list()
        [1, 4, 4, 1]
    """
    images = tf.convert_to_tensor(images)
    if images.dtype != tf.float32:
        raise BadValue(f"Transforms take float32, not {images.dtype.name}; cast the images first.")
    if images.shape.rank not in PLANE or None in images.shape[1:]:
        raise BadValue(
            f"Transforms take images [B, h, w, C], signals [B, n, C] or volumes [B, d, h, w, C] "
            f"of known sides, not {images.shape}."
        )
    if 0 in images.shape[1:]:
        raise BadValue(f"Images of the shape {images.shape} are empty; give at least one pixel.")
    count, given = images.shape[0], keys.shape[0]
    if count is not None and given is not None and count != given:
        raise BadValue(
            f"There are {count} images and {given} keys; make them by image_keys(seed, {count})."
        )
    return images


def per_image(function: Callable[..., tf.Tensor], *values: tf.Tensor) -> tf.Tensor:
    """Compute something for one image at a time, so that no bit depends on the batch.

    A vectorised sine, or a sum over a batch of one, may differ in its last bit from the same
    image's in a larger batch. Unrolled where the batch is known.

    Args:
        function: takes each tensor without its first axis; returns float32.
        values: float32 [B, ...] each.

    Returns:
        float32 [B, ...].

    Example:
        >>> per_image(tf.reduce_sum, tf.ones([2, 3])).numpy().tolist()
        [3.0, 3.0]
    """
    count = values[0].shape[0]
    if count is None:
        return tf.map_fn(lambda each: function(*each), values, fn_output_signature=tf.float32)
    alone = zip(*(tf.unstack(value) for value in values), strict=True)
    return tf.stack([function(*each) for each in alone])


def copy_keys(keys: tf.Tensor, copies: int) -> tf.Tensor:
    """Make a key for each copy of each image, image by image.

    Args:
        keys: int32 [B, 2].
        copies: how many copies there are of each image; 1 leaves the keys as they are.

    Returns:
        int32 [B * copies, 2]; those of image i are the rows from `i * copies` on.

    Example:
        >>> copy_keys(seeds.image_keys(0, 2), 3).shape.as_list()
        [6, 2]
    """
    if copies == 1:
        return keys
    count = keys.shape[0] or tf.shape(keys)[0]
    numbers = tf.tile(tf.range(copies, dtype=tf.int64), [count])
    return seeds.fold(per_copy(keys, copies), numbers)


def per_copy(values: tf.Tensor, copies: int) -> tf.Tensor:
    """Repeat what belongs to an image for each of its copies.

    Args:
        values: [B, ...], such as a background or an objective's numbers.
        copies: how many copies there are of each image.

    Returns:
        [B * copies, ...], in the order of the copies.

    Example:
        >>> per_copy(tf.constant([1, 2]), 2).numpy().tolist()
        [1, 1, 2, 2]
    """
    if copies == 1:
        return values
    repeated = tf.repeat(values, copies, axis=0)
    count = values.shape[0]
    return tf.ensure_shape(repeated, [count and count * copies, *values.shape[1:]])


def over_copies(values: tf.Tensor, copies: int) -> tf.Tensor:
    """Average over the copies of each image.

    Args:
        values: float32 [B * copies, ...], such as an objective on copies.
        copies: how many copies there are of each image.

    Returns:
        float32 [B, ...].

    Raises:
        BadValue: if the rows are not a multiple of `copies`.

    Example:
        >>> over_copies(tf.constant([1.0, 2.0, 5.0, 7.0]), 2).numpy().tolist()
        [1.5, 6.0]
    """
    if copies == 1:
        return values
    rows = values.shape[0]
    if rows is not None and rows % copies:
        raise BadValue(
            f"{rows} rows are not {copies} copies of each image; give what the copies gave."
        )
    apart = tf.reshape(values, [-1 if rows is None else rows // copies, copies, *values.shape[1:]])
    return tf.add_n(tf.unstack(apart, axis=1)) / float(copies)


def apart(values: tf.Tensor, copies: int) -> list[tf.Tensor]:
    """Take the first copy of every image, then the second, and so on."""
    if copies == 1:
        return [values]
    return tf.unstack(tf.reshape(values, [-1, copies, *values.shape[1:]]), axis=1)


def together(parts: list[tf.Tensor]) -> tf.Tensor:
    """Undo `apart`."""
    if len(parts) == 1:
        return parts[0]
    count = parts[0].shape[0]
    shape = [-1 if count is None else count * len(parts), *parts[0].shape[1:]]
    return tf.reshape(tf.stack(parts, axis=1), shape)
