"""An image cut into tiles after a random shift around its borders."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.transforms import Transform

Step: TypeAlias = int | tf.Tensor | None


@dataclass(frozen=True)
class Tiles(Transform):
    """Cut an image into windows of one size that cover it, the seams elsewhere at each step.

    The image goes on around its borders, as if it lay on a torus: it is shifted at random, and
    the windows are laid out from its new corner. So every pixel is seen, none always at a border,
    and a picture drawn through one window of its own size can be repeated without a seam.

    Args:
        size: (height, width) of the windows in pixels.
        rows: how many windows lie below each other.
        columns: how many lie side by side.

    Raises:
        BadValue: if one of these is below 1.

    Source: Mordvintsev, Olah and Tyka, Inceptionism: Going Deeper into Neural Networks, 2015.

    Example:
        >>> tiles = Tiles.covering((50, 90), (32, 32))
        >>> tiles.rows, tiles.columns, tiles(tf.ones([1, 50, 90, 3]), seeds.image_keys(0)).shape[0]
        (2, 3, 6)
    """

    size: tuple[int, int]
    rows: int = 1
    columns: int = 1

    def __post_init__(self) -> None:
        if min(*self.size, self.rows, self.columns) < 1:
            raise BadValue(f"{self!r} shows nothing; give sides and counts of at least 1.")

    @staticmethod
    def covering(image: Sequence[int], size: Sequence[int]) -> Tiles:
        """Make as many as cover an image.

        Args:
            image: the image's (height, width) in pixels.
            size: the windows'.
        """
        rows, columns = (math.ceil(side / own) for side, own in zip(image, size, strict=True))
        return Tiles((int(size[0]), int(size[1])), rows, columns)

    @property
    def copies(self) -> int:
        """How many windows are made of each image."""
        return self.rows * self.columns

    def frame(self, size: tuple[int, int], original: tuple[int, int]) -> tuple[int, int]:
        """Tell the size of the windows."""
        return self.size

    def mask(self, mask: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
        """Cut a mask as its image is cut."""
        return self(mask, keys)

    def __call__(self, images: tf.Tensor, keys: tf.Tensor, step: Step = None) -> tf.Tensor:
        """Shift and cut images; see `Transform`."""
        images = tf.convert_to_tensor(images)
        own = keys if step is None else seeds.fold(keys, step)
        shifts = seeds.uniform(seeds.stream(own, "Tiles"), [2])
        for axis, (side, count) in enumerate(
            zip(self.size, (self.rows, self.columns), strict=True)
        ):
            length = images.shape[1 + axis]
            start = tf.cast(shifts[:, axis] * length, tf.int32)
            places = (start[:, None] + tf.range(side * count)[None]) % length
            images = tf.gather(images, places, axis=1 + axis, batch_dims=1)
        (height, width), channels = self.size, images.shape[-1]
        parted = tf.reshape(images, [-1, self.rows, height, self.columns, width, channels])
        tiles = tf.reshape(tf.transpose(parted, [0, 1, 3, 2, 4, 5]), [-1, height, width, channels])
        count = images.shape[0]
        return tf.ensure_shape(tiles, [count and count * self.copies, height, width, channels])
