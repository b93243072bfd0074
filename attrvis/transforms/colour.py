"""Random changes of brightness, contrast, saturation and hue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.transforms.batches import per_image
from attrvis.transforms.bounds import numbers_of
from attrvis.transforms.photometric import Photometric

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in the brightness that is seen (ITU-R BT.601)."""


@dataclass(frozen=True)
class ColourJitter(Photometric):
    """Change brightness, contrast, saturation and hue at random, in this order.

    Each of the first three multiplies by a factor, uniform within its number of 1: brightness
    the colours, contrast their distance from the image's mean brightness, saturation their
    distance from the grey of their own brightness. Hue turns them about the axis of greys.

    Args:
        brightness: half width of the factor's range, from 0 to 1.
        contrast: likewise.
        saturation: likewise; only images of three colours have one.
        hue: largest turn either way, from 0 to 0.5 whole turns; only for three colours.
        alpha: whether the last channel is alpha; None: it is where there are 4 channels.

    Raises:
        BadValue: if a number is out of range, or saturation or hue meets other than three
            colours.

    Example:
        >>> ColourJitter(0.0, 0.0)(tf.ones([1, 1, 1, 3]), seeds.image_keys(0)).numpy().tolist()
        [[[[1.0, 1.0, 1.0]]]]
    """

    brightness: float = 0.1
    contrast: float = 0.1
    saturation: float = 0.0
    hue: float = 0.0

    def __post_init__(self) -> None:
        numbers_of("ColourJitter", (self.brightness, self.contrast, self.saturation), 0.0, 1.0)
        numbers_of("ColourJitter(hue=...)", (self.hue,), 0.0, 0.5)

    def recoloured(self, colours: tf.Tensor, alpha: tf.Tensor | None, keys: tf.Tensor) -> tf.Tensor:
        """Change the colours."""
        if (self.saturation or self.hue) and colours.shape[-1] != 3:
            raise BadValue(
                f"Images of {colours.shape[-1]} colours have no saturation or hue; set both to 0."
            )
        draws = tf.unstack(2.0 * seeds.uniform(keys, [4]) - 1.0, axis=1)
        shape = [-1] + [1] * (colours.shape.rank - 1)
        brighter, steeper, fuller = (
            tf.reshape(1.0 + size * draw, shape)
            for size, draw in zip(
                (self.brightness, self.contrast, self.saturation), draws[:3], strict=True
            )
        )
        colours = colours * brighter
        if self.contrast:
            grey = tf.reshape(_mean(_luma(colours), alpha), shape)
            grey = grey if alpha is None else grey * alpha
            colours = grey + (colours - grey) * steeper
        if self.saturation:
            grey = _luma(colours)
            colours = grey + (colours - grey) * fuller
        if self.hue:
            colours = _turned(colours, 2.0 * np.pi * self.hue * draws[3], shape)
        return colours


def _luma(colours: tf.Tensor) -> tf.Tensor:
    channels = colours.shape[-1]
    weights = LUMA if channels == 3 else np.full(channels, 1.0 / channels, np.float32)
    parts = [w * part for w, part in zip(weights, tf.unstack(colours, axis=-1), strict=True)]
    return tf.add_n(parts)[..., None]


def _mean(values: tf.Tensor, alpha: tf.Tensor | None) -> tf.Tensor:
    """Average values that are multiplied by alpha over what is not transparent."""
    if alpha is None:
        return per_image(tf.reduce_mean, values)
    total, area = per_image(tf.reduce_sum, values), per_image(tf.reduce_sum, alpha)
    return tf.math.divide_no_nan(total, area)


def _turned(colours: tf.Tensor, angle: tf.Tensor, shape: list[int]) -> tf.Tensor:
    """Turn colours by an angle per image in the plane of equal brightness (YIQ)."""
    chroma = np.array([[0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
    whole = np.linalg.inv(np.concatenate([LUMA[None], chroma]))[:, 1:]
    cos, sin = (tf.reshape(per_image(f, angle), shape) for f in (tf.cos, tf.sin))
    red, green, blue = tf.split(colours, 3, axis=-1)
    i, q = (float(row[0]) * red + float(row[1]) * green + float(row[2]) * blue for row in chroma)
    change_i, change_q = cos * i - sin * q - i, sin * i + cos * q - q
    parts = [float(row[0]) * change_i + float(row[1]) * change_q for row in whole]
    return colours + tf.concat(parts, axis=-1)
