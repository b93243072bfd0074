"""A texture laid over a surface: each pixel says where it looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis.arrays import Data
from attrvis.errors import BadValue
from attrvis.param.parameterisation import Size, Variables, checked
from attrvis.param.wrapped import Wrapped


def look_up(texture: tf.Tensor, uv: tf.Tensor, flip: bool = False) -> tf.Tensor:
    """Sample textures bilinearly; beyond an edge the texture goes on at the other one.

    Args:
        texture: float32 [B, H, W, C], with known sides but for the batch's.
        uv: float32 [h, w, 2] for all images, or [B, h, w, 2]: u runs along W and v along H, 0 to
            1 from edge to edge, so that the first texel's middle is at 0.5 / W.
        flip: whether v runs upwards, as in OpenGL.

    Returns:
        float32 [B, h, w, C]; gradients reach the texture, not `uv`.

    Source: Mordvintsev, Pezzotti, Schubert and Olah, Differentiable Image Parameterizations, 2018.

    Example:
        >>> texture = tf.reshape(tf.constant([0.0, 1.0]), [1, 1, 2, 1])
        >>> uv = tf.constant([[[0.25, 0.5], [0.5, 0.5], [1.25, 0.5], [1.0, 0.5]]])
        >>> look_up(texture, uv).numpy().ravel().tolist()
        [0.0, 0.5, 0.0, 0.5]
    """
    height, width, channels = texture.shape[1:]
    flat = tf.reshape(texture, [-1, height * width, channels])
    uv = tf.stop_gradient(tf.convert_to_tensor(uv, tf.float32))
    u, v = tf.unstack(uv, axis=-1)
    total = tf.zeros([], tf.float32)
    for row, down in _neighbours(1.0 - v if flip else v, height):
        for column, across in _neighbours(u, width):
            place = row * width + column
            own = uv.shape.rank == 4
            found = tf.gather(flat, place, axis=1, batch_dims=1 if own else 0)
            total += found * (down * across)[..., None]
    return total


@dataclass(frozen=True)
class Texture(Wrapped):
    """What a surface shows of a texture, which another parameterisation makes.

    Args:
        param: of the texture.
        uv: where each pixel looks, [h, w, 2] or [B, h, w, 2]; see `look_up`. The image has this
            size, and no other.
        size: of the texture, in texels.
        flip: whether v runs upwards, as in OpenGL.

    Raises:
        BadValue: if `uv` has another shape or is not finite, or the texture is no picture.

    Source: Mordvintsev, Pezzotti, Schubert and Olah, Differentiable Image Parameterizations, 2018.

    Example:
        >>> from attrvis import seeds
        >>> from attrvis.param import FourierImage
        >>> uv = np.random.default_rng(0).random([6, 5, 2])
        >>> param = Texture(FourierImage(3), uv, size=(16, 16))
        >>> param.image(param.init(seeds.image_keys(0), (6, 5)), (6, 5)).shape.as_list()
        [1, 6, 5, 3]
    """

    uv: Data
    size: tuple[int, ...] = (256, 256)
    flip: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "uv", Data(np.asarray(self.uv, np.float32)))
        object.__setattr__(self, "size", checked(self.size))
        found = np.asarray(self.uv)
        if found.ndim not in (3, 4) or found.shape[-1] != 2 or not np.isfinite(found).all():
            raise BadValue(
                f"The uv of shape {found.shape} is no look-up; give finite numbers, [h, w, 2] or "
                "[B, h, w, 2]."
            )
        if len(self.size) != 2:
            raise BadValue(f"A texture of {self.size} is no picture; give (height, width).")

    def init(self, keys: tf.Tensor, size: Size) -> dict[str, tf.Tensor]:
        """Draw the texture's variables; see the base."""
        self._fits(size)
        return self.param.init(keys, self.size)

    def image(self, variables: Variables, size: Size) -> tf.Tensor:
        """Decode the variables; see `Parameterisation.image`."""
        self._fits(size)
        texture = self.param.image(variables, self.size)
        return look_up(texture, np.asarray(self.uv), self.flip)

    def resized(self, variables: Variables, size: Size, to: Size) -> dict[str, tf.Tensor]:
        """Give the same variables; the size cannot change, as each pixel has its place."""
        self._fits(to)
        return {name: tf.convert_to_tensor(value) for name, value in variables.items()}

    def _fits(self, size: Size) -> None:
        own = np.asarray(self.uv).shape[-3:-1]
        if tuple(size) != own:
            raise BadValue(
                f"The uv is for {own[0]}x{own[1]} pixels, the image is to have {tuple(size)}; "
                "give a uv of that size."
            )


def _neighbours(places: tf.Tensor, count: int) -> list[tuple[tf.Tensor, tf.Tensor]]:
    """List the two texels around each place, with their shares."""
    middle = places * count - 0.5
    low = tf.floor(middle)
    share = middle - low
    first = tf.math.floormod(tf.cast(low, tf.int32), count)
    return [(first, 1.0 - share), (tf.math.floormod(first + 1, count), share)]
