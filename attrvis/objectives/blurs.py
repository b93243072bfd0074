"""Penalties that compare a picture with its own blur."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.objective import Objective, Readings
from attrvis.objectives.quoting import quoted
from attrvis.objectives.reading import along, check_fits, numbers, read_maps

_BORDER_BLUR = 5
_GREY_SHARE = 0.8


def blur_each_step(of: str = "input", size: int = 3) -> Objective:
    """Give half the squared distance of a picture from its blur. It is a penalty: subtract it.

    The blur is taken as fixed, so each step pulls the picture towards it.

    Args:
        of: the reading, [B, h, w, C]; default what the network sees; `alpha` blurs the mask.
        size: of the blur in pixels, odd, from 3, default 3: a mean in which the outermost pixels
            count half, and those beyond the picture not at all.

    Returns:
        The objective, summed over pixels and channels.

    Raises:
        BadValue: a size that is even or below 3.

    Source: Olah et al., Feature Visualization, 2017 (Lucid's `blur_input_each_step`).

    Example:
        >>> blur_each_step()({"input": tf.ones([1, 4, 4, 3])}).numpy().tolist()
        [0.0]
    """
    if not isinstance(size, int | np.integer) or size < 3 or size % 2 == 0:
        raise BadValue(f"A blur's size is an odd number of pixels from 3, not {size!r}.")

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        maps = read_maps(readings, of)
        blurred = tf.stop_gradient(_blur(maps, size))
        return 0.5 * tf.reduce_sum(tf.math.squared_difference(maps, blurred), axis=[1, 2, 3])

    text = f"blur_each_step({quoted(of)}, {size})"
    return Objective(text, (of,), ("blur_each_step", of, int(size)), (), (), evaluate)


def boundary_complexity(
    w: int | Sequence[int] = 20,
    mask: np.ndarray | None = None,
    C: float | Sequence[float] = 0.5,
    of: str = "input",
) -> Objective:
    """Give how restless a picture's border is, and how far from grey. It is a penalty: subtract it.

    It is the sum over the border, pixels and channels, of `(blur(x) - x)**2 + 0.8 (x - C)**2`, with
    a blur of 5 pixels as in `blur_each_step`.

    Args:
        w: the border's width in pixels, from 0, default 20; or one an image.
        mask: weights of the pixels in place of the border, [h, w], or one such an image.
        C: the grey that the border should have, default 0.5; or one an image.
        of: the reading, [B, h, w, C]; default what the network sees.

    Returns:
        The objective.

    Raises:
        BadValue: a width below 0, or a mask or grey that is not finite or does not fit.

    Source: Carter et al., Activation Atlas, 2019 (Lucid's `penalize_boundary_complexity`).

    Example:
        >>> q = boundary_complexity(w=1)
        >>> q({"input": tf.ones([1, 4, 4, 1])}).numpy().round(3)  # 12 * 0.8 * 0.25
        array([2.4], dtype=float32)
    """
    width = numbers(w, 0, "A border's width", low=0.0)
    grey = numbers(C, 0, "A border's grey")
    held: list[tuple[np.ndarray, int]] = [(grey, 0), (width, 0)]
    if mask is not None:
        held[1] = (numbers(mask, 2, "A border's mask"), 2)

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        maps = read_maps(readings, of)
        rough = tf.math.squared_difference(_blur(maps, _BORDER_BLUR), maps)
        rough += _GREY_SHARE * tf.square(maps - along(parameters[0], 0, 4))
        if mask is None:
            border = _border(maps, along(parameters[1], 0, 3))
        else:
            check_fits(parameters[1], 2, maps[..., 0], of, "The border's mask", whole=True)
            border = along(parameters[1], 2, 3)
        return tf.reduce_sum(tf.reduce_sum(rough, axis=-1) * border, axis=[1, 2])

    return Objective(
        f"boundary_complexity({quoted(of)})",
        (of,),
        ("boundary_complexity", of, mask is not None),
        tuple(array for array, _ in held),
        tuple(rank for _, rank in held),
        evaluate,
    )


def _border(maps: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    """Mark the border of maps [B, h, w, C] by ones, [1 or B, h, w]."""
    nearest = []
    for axis in (1, 2):
        side = tf.shape(maps)[axis]
        at = tf.range(side)
        nearest.append(tf.cast(tf.minimum(at, side - 1 - at), tf.float32))
    edge = tf.minimum(nearest[0][:, None], nearest[1][None])[None]
    return tf.cast(edge < width, tf.float32)


def _blur(maps: tf.Tensor, size: int) -> tf.Tensor:
    """Average over a square whose outermost pixels count half, within the picture."""
    kernel = np.full((size, size, 1, 1), 0.5, np.float32)
    kernel[1:-1, 1:-1] = 1.0

    def summed(values: tf.Tensor) -> tf.Tensor:
        return tf.nn.conv2d(values, kernel, strides=1, padding="SAME")

    # One plane a channel: the kernel is the same for all of them.
    whole = tf.shape(maps)
    planes = tf.reshape(tf.transpose(maps, [0, 3, 1, 2]), [-1, whole[1], whole[2], 1])
    sums = tf.reshape(summed(planes), [whole[0], whole[3], whole[1], whole[2]])
    return tf.transpose(sums, [0, 2, 3, 1]) / summed(tf.ones_like(maps[:1, :, :, :1]))
