"""The quickest exact way to sample where a map needs less than a general resampling."""

from __future__ import annotations

import tensorflow as tf

from attrvis.transforms.affine import Affine, Size
from attrvis.transforms.batches import apart, together

_EDGE = 1.0 - 4e-7
"""Largest normalised coordinate: rounding must not push the last pixel off the image."""


def shifted(images: tf.Tensor, where: Affine, size: Size, fill: float = 0.0) -> tf.Tensor:
    """Move images by whole pixels and mirror them, by cutting and padding.

    Measured at 224 x 224 x 4 it takes a sixth of the time of a projective transform; the result
    is the same bit for bit, and so is the gradient.

    Args:
        images: float32 [B, h, w, C], B known.
        where: the place of each output pixel: a and e are 1 or -1, c and f whole, b and d 0.
        size: (height, width) of the output.
        fill: value outside the images.

    Returns:
        float32 [B, *size, C].

    Example:
        >>> shifted(tf.ones([1, 1, 4, 1]), Affine(c=2.0), (1, 4))[0, 0, :, 0].numpy().tolist()
        [1.0, 1.0, 0.0, 0.0]
    """
    sides: Size = (images.shape[1], images.shape[2])
    a, _, c, _, e, f = tf.unstack(where.rows(images.shape[0])[:, :6], axis=1)
    mirrored = {1: (where.e, e), 2: (where.a, a)}

    def turned(values: tf.Tensor) -> tf.Tensor:
        for axis, (known, sign) in mirrored.items():
            if not (isinstance(known, float) and known == 1.0):
                back = tf.reshape(sign < 0, [-1, 1, 1, 1])
                values = tf.where(back, tf.reverse(values, [axis]), values)
        return values

    # A mirrored output is cut first, from where its last pixel lies, and turned then.
    first = [tf.minimum(f, f + e * (size[0] - 1)), tf.minimum(c, c + a * (size[1] - 1))]
    starts = tf.cast(tf.round(tf.stack(first, axis=1)), tf.int32)

    @tf.custom_gradient
    def move(inputs: tf.Tensor) -> tuple[tf.Tensor, object]:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            # What comes from a compiled network has forgotten how many images there are.
            known = tf.ensure_shape(upstream, [images.shape[0], *size, images.shape[3]])
            return _placed(turned(known), -starts, sides, 0.0)

        return turned(_placed(inputs, starts, size, fill)), gradient

    return move(images)


def windows(images: tf.Tensor, where: Affine, size: Size, copies: int = 1) -> tf.Tensor:
    """Cut upright windows that lie inside the images, and bring them to one size.

    The op's own gradient is exact, and a third as dear as a general resampling's.

    Args:
        images: float32 [B, h, w, C].
        where: the place of each output pixel: b and d are 0, and none lies outside.
        size: (height, width) of the output.
        copies: how many windows are cut from each image, default 1.

    Returns:
        float32 [B * copies, *size, C].

    Example:
        >>> ramp = tf.reshape(tf.range(5.0), [1, 1, 5, 1])
        >>> windows(ramp, Affine(a=2.0), (1, 3))[0, 0, :, 0].numpy().round(3).tolist()
        [0.0, 2.0, 4.0]
    """
    height, width = images.shape[1:3]
    batch = images.shape[0] or tf.shape(images)[0]
    rows = tf.unstack(where.rows(batch * copies), axis=1)
    top, left = rows[5] / max(height - 1, 1), rows[2] / max(width - 1, 1)
    low = top + rows[4] * (size[0] - 1) / max(height - 1, 1)
    right = left + rows[0] * (size[1] - 1) / max(width - 1, 1)
    boxes = tf.clip_by_value(tf.stack([top, left, low, right], axis=1), 0.0, _EDGE)
    # One window of each image at a time: the op's gradient adds up several of one in no fixed
    # order, in threads that do not wait for each other.
    cut = [
        tf.image.crop_and_resize(images, each, tf.range(batch), size)
        for each in apart(boxes, copies)
    ]
    return tf.ensure_shape(together(cut), [boxes.shape[0], *size, images.shape[3]])


def _placed(images: tf.Tensor, starts: tf.Tensor, size: Size, fill: float) -> tf.Tensor:
    """Cut a frame out of each image, from its own start, with a margin where it reaches out."""
    inner = images.shape[1:3].as_list()
    low = tf.clip_by_value(starts, 0, inner)
    kept = tf.clip_by_value(starts + size, 0, inner) - low
    before = tf.clip_by_value(-starts, 0, size - kept)
    margins = tf.pad(tf.stack([before, size - kept - before], axis=2), [[0, 0], [0, 1], [0, 0]])
    low, kept = (tf.pad(low, [[0, 0], [0, 1]]), tf.pad(kept, [[0, 0], [0, 1]], constant_values=-1))
    each = zip(*(tf.unstack(values) for values in (images, low, kept, margins)), strict=True)
    made = [tf.pad(tf.slice(i, at, n), m, constant_values=fill) for i, at, n, m in each]
    return tf.ensure_shape(tf.stack(made), [images.shape[0], *size, images.shape[3]])
