"""A sphere as the 3-D examples see it: where each pixel of a view looks in the texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.param import look_up
from attrvis.transforms import Transform

GREY = 0.5


def sphere(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the surface's normals [side, side, 3] (right, up, to the eye), and where it is seen."""
    across = (2 * np.arange(side) + 1 - side) / (0.92 * side)
    x, y = np.meshgrid(across, -across)
    depth = 1 - x**2 - y**2
    normals = np.stack([x, y, np.sqrt(np.maximum(depth, 0))], axis=-1)
    return normals.astype(np.float32), (depth >= 0).astype(np.float32)[..., None]


def looked_up(normals: tf.Tensor, turn: tf.Tensor, tilt: tf.Tensor) -> tf.Tensor:
    """Give uv [B, side, side, 2] of views turned about the axis and tilted, in radians [B]."""
    x, y, z = tf.unstack(normals[None], axis=-1)
    cos, sin = (f(tilt)[:, None, None] for f in (tf.cos, tf.sin))
    up, near = y * cos + z * sin, z * cos - y * sin
    longitude = tf.atan2(x + 0 * near, near) + turn[:, None, None]
    return tf.stack(
        [longitude / (2 * np.pi), 0.5 - tf.asin(tf.clip_by_value(up, -0.999, 0.999)) / np.pi],
        axis=-1,
    )


def view(texture: np.ndarray, turn: float, tilt: float = 0.3, side: int = 256) -> np.ndarray:
    """Show a texture [h, w, 3] on a sphere that is lit from the upper left, [side, side, 3]."""
    normals, seen = sphere(side)
    uv = looked_up(normals, tf.constant([turn]), tf.constant([tilt]))
    light = np.clip(normals @ np.array([-0.4, 0.5, 0.77], np.float32), 0.2, 1)[..., None]
    shown = look_up(tf.constant(texture[None], tf.float32), uv)[0].numpy()
    return shown * light**0.5 * seen + 0.95 * (1 - seen)


@dataclass(frozen=True)
class Views(Transform):
    """Views of a texture on a sphere, from elsewhere at each step.

    Args:
        side: of a view, in pixels.
        count: of views of each texture.
    """

    side: int
    count: int = 4

    @property
    def copies(self) -> int:
        """How many views there are of each texture."""
        return self.count

    def frame(self, size: tuple[int, int], original: tuple[int, int]) -> tuple[int, int]:
        """Give the size of a view."""
        return self.side, self.side

    def __call__(
        self, images: tf.Tensor, keys: tf.Tensor, step: int | tf.Tensor | None = None
    ) -> tf.Tensor:
        """Look at each texture from random sides; see `Transform`."""
        own = keys if step is None else seeds.fold(keys, step)
        drawn = seeds.uniform(seeds.stream(own, "Views"), [self.count, 2])
        turn, tilt = tf.unstack(tf.reshape(drawn, [-1, 2]), axis=1)
        normals, seen = sphere(self.side)
        uv = looked_up(tf.constant(normals), 2 * np.pi * turn, 2.4 * tilt - 1.2)
        textures = tf.repeat(images, self.count, axis=0)
        textures = tf.ensure_shape(textures, [None, *images.shape[1:]])
        return look_up(textures, uv) * seen + GREY * (1 - seen)
