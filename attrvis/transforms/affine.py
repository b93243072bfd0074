"""Affine maps of images: composed exactly, then applied by one bilinear resampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import tensorflow as tf

from attrvis.transforms.batches import apart, per_copy, together

Scalar: TypeAlias = float | tf.Tensor
"""One number for the whole batch, or float32 [B]: one per image."""

Size = tuple[int, int]


@dataclass(frozen=True)
class Affine:
    """Where each pixel of an output lies in its input: `(a x + b y + c, d x + e y + f)`.

    Pixel (0, 0) is the centre of the first pixel; x runs along the width.

    Args:
        a: to `f`: the six coefficients, each one number or float32 [B].

    Example:
        >>> shift = Affine(c=3.0)
        >>> (shift @ Affine(a=2.0, c=1.0)).c
        4.0
    """

    a: Scalar = 1.0
    b: Scalar = 0.0
    c: Scalar = 0.0
    d: Scalar = 0.0
    e: Scalar = 1.0
    f: Scalar = 0.0

    def __matmul__(self, later: Affine) -> Affine:
        """Chain two maps: `later`'s output, through `later`'s input, to this map's input."""
        return Affine(
            _dot(self.a, later.a, self.b, later.d),
            _dot(self.a, later.b, self.b, later.e),
            _sum(_dot(self.a, later.c, self.b, later.f), self.c),
            _dot(self.d, later.a, self.e, later.d),
            _dot(self.d, later.b, self.e, later.e),
            _sum(_dot(self.d, later.c, self.e, later.f), self.f),
        )

    @property
    def determinant(self) -> Scalar:
        """How many pixels of the input one pixel of the output covers."""
        return self.a * self.e - self.b * self.d

    def inverse(self) -> Affine:
        """Find the map from input to output."""
        det = self.determinant
        a, b, d, e = self.e / det, -self.b / det, -self.d / det, self.a / det
        return Affine(a, b, -(a * self.c + b * self.f), d, e, -(d * self.c + e * self.f))

    def rows(self, batch: int | tf.Tensor) -> tf.Tensor:
        """Write the map as float32 [B, 8], the form of TensorFlow's projective transforms."""
        eight = (self.a, self.b, self.c, self.d, self.e, self.f, 0.0, 0.0)
        return tf.stack([_each(value, batch) for value in eight], axis=1)

    def per_copy(self, copies: int) -> Affine:
        """Repeat each image's map for its copies."""
        each = (self.a, self.b, self.c, self.d, self.e, self.f)
        return Affine(*(v if isinstance(v, float) else per_copy(v, copies) for v in each))


def about(centre: tuple[float, float], linear: Affine) -> Affine:
    """Make a map that keeps one point in place.

    Args:
        centre: the point (y, x), in pixels.
        linear: what is done about it, with `c = f = 0`.

    Returns:
        The map.

    Example:
        >>> about((1.0, 2.0), Affine(a=0.5)).c
        1.0
    """
    y, x = centre
    return Affine(c=x, f=y) @ linear @ Affine(c=-x, f=-y)


def warp(
    images: tf.Tensor,
    where: Affine,
    size: Size,
    fill: float = 0.0,
    exact: bool = False,
    copies: int = 1,
) -> tf.Tensor:
    """Resample images bilinearly by an affine map.

    The fast way runs TensorFlow's projective transform, whose own gradient forgets that a map
    changes areas; here it is the inverse map divided by the determinant, which is the adjoint
    for smooth images and for shifts, and close to it for noise. The exact way has static shapes
    and a kernel in XLA.

    Args:
        images: float32 [B, h, w, C].
        where: the place of each output pixel in the input, for each of the B * copies outputs.
        size: (height, width) of the output.
        fill: value outside the images.
        exact: whether to gather four corners and have the exact gradient, about twice as slow.
        copies: how many outputs are made of each image, default 1.

    Returns:
        float32 [B * copies, *size, C], the copies of an image side by side.

    Example:
        >>> warp(tf.ones([1, 4, 4, 1]), Affine(c=0.5), (1, 4))[0, 0, :, 0].numpy().tolist()
        [1.0, 1.0, 1.0, 0.5]
    """
    if exact:
        return _gather(images, where, size, fill, copies)
    batch = images.shape[0] or tf.shape(images)[0]
    forward = apart(where.rows(batch * copies), copies)

    @tf.custom_gradient
    def resample(inputs: tf.Tensor) -> tuple[tf.Tensor, object]:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            area = tf.abs(tf.convert_to_tensor(where.determinant, tf.float32))
            backward = apart(where.inverse().rows(batch * copies), copies)
            weighed = apart(upstream / tf.reshape(area, [-1, 1, 1, 1]), copies)
            sides = inputs.shape[1:3]
            parts = zip(weighed, backward, strict=True)
            return tf.add_n([_project(part, rows, sides, 0.0) for part, rows in parts])

        return together([_project(inputs, rows, size, fill) for rows in forward]), gradient

    return resample(images)


def _project(images: tf.Tensor, rows: tf.Tensor, size: Size | tf.Tensor, fill: float) -> tf.Tensor:
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=rows,
        output_shape=size,
        fill_value=fill,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )


def _gather(images: tf.Tensor, where: Affine, size: Size, fill: float, copies: int) -> tf.Tensor:
    batch = images.shape[0] or tf.shape(images)[0]
    height, width, channels = images.shape[1:]
    rows = where.rows(batch * copies)[:, :, None, None]
    ys = tf.range(size[0], dtype=tf.float32)[None, :, None]
    xs = tf.range(size[1], dtype=tf.float32)[None, None, :]
    x = rows[:, 0] * xs + rows[:, 1] * ys + rows[:, 2]
    y = rows[:, 3] * xs + rows[:, 4] * ys + rows[:, 5]
    left, top = tf.floor(x), tf.floor(y)
    right, low = x - left, y - top
    left, top = tf.cast(left, tf.int32), tf.cast(top, tf.int32)
    first = per_copy(tf.range(batch), copies)[:, None, None] * (height * width)
    flat = tf.reshape(images, [-1, channels])
    total = tf.zeros([], tf.float32)
    for dy, weight_y in ((0, 1 - low), (1, low)):
        for dx, weight_x in ((0, 1 - right), (1, right)):
            row, column = top + dy, left + dx
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            weight = weight_y * weight_x
            index = tf.where(inside, first + row * width + column, 0)
            total += tf.gather(flat, index) * tf.where(inside, weight, 0.0)[..., None]
            if fill != 0.0:
                total += tf.where(inside, 0.0, weight * fill)[..., None]
    return total


def _each(value: Scalar, batch: int | tf.Tensor) -> tf.Tensor:
    value = tf.convert_to_tensor(value, tf.float32)
    return value if value.shape.rank else tf.fill([batch], value)


def _dot(a: Scalar, b: Scalar, c: Scalar, d: Scalar) -> Scalar:
    return _sum(_times(a, b), _times(c, d))


def _times(a: Scalar, b: Scalar) -> Scalar:
    if _is(a, 0.0) or _is(b, 0.0):
        return 0.0
    return b if _is(a, 1.0) else a if _is(b, 1.0) else a * b


def _sum(a: Scalar, b: Scalar) -> Scalar:
    return b if _is(a, 0.0) else a if _is(b, 0.0) else a + b


def _is(value: Scalar, number: float) -> bool:
    return isinstance(value, float) and value == number
