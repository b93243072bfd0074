"""Photos that a parameterisation holds: as values, and at the size that is wanted."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from attrvis.arrays import Data
from attrvis.errors import BadValue
from attrvis.param.parameterisation import Size
from attrvis.param.resampling import resize


def held(images: Data | np.ndarray) -> Data:
    """Check images and hold them as a value.

    Args:
        images: [B, *size, C] in [0, 1].

    Returns:
        The images, float32.

    Raises:
        BadValue: if they have another shape, or values outside [0, 1].

    Example:
        >>> held(np.ones([1, 4, 4, 3])).array.dtype
        dtype('float32')
    """
    try:
        values = np.asarray(images, np.float32)
    except (TypeError, ValueError) as error:
        raise BadValue(f"The images are not numbers ({error}); give [B, *size, C].") from error
    if not 3 <= values.ndim <= 5 or not values.size:
        raise BadValue(f"The images have the shape {values.shape}; give [B, *size, C].")
    if not (values.min() >= 0 and values.max() <= 1):
        raise BadValue(
            f"The images run from {values.min():.4g} to {values.max():.4g}; give finite values "
            "in [0, 1]."
        )
    return Data(values)


def placed(images: Data, size: Size) -> tf.Tensor:
    """Give held images at a size.

    Args:
        images: [B, *size, C].
        size: wanted, in pixels; others are resized linearly.

    Returns:
        float32 [B, *size, C].

    Raises:
        BadValue: if the size has another number of sides.

    Example:
        >>> placed(held(np.ones([1, 4, 4, 3])), (2, 3)).shape.as_list()
        [1, 2, 3, 3]
    """
    return resize(tf.convert_to_tensor(np.asarray(images)), size)


def repeated(values: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
    """Give every key its own row: one row serves all, else there are as many as keys.

    Args:
        values: [1 or B, ...].
        keys: int32 [B, 2].

    Returns:
        [B, ...].

    Raises:
        BadValue: if there are neither one nor B.

    Example:
        >>> repeated(tf.ones([1, 4]), tf.zeros([3, 2], tf.int32)).shape.as_list()
        [3, 4]
    """
    if values.shape[0] == 1:
        return tf.tile(values, [tf.shape(keys)[0], *[1] * (values.shape.rank - 1)])
    if keys.shape[0] is not None and keys.shape[0] != values.shape[0]:
        raise BadValue(
            f"There are {values.shape[0]} photos for {keys.shape[0]} images; give one, or one for "
            "each."
        )
    return values
