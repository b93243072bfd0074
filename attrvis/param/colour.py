"""The colour space in which the channels of natural photos hardly correlate."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from attrvis.filters import COLOUR, mix

FORWARD = COLOUR.T.astype(np.float32)
BACK = np.linalg.inv(COLOUR).T.astype(np.float32)


def correlate(values: tf.Tensor) -> tf.Tensor:
    """Turn decorrelated colour into RGB (before any sigmoid).

    Args:
        values: float32 [..., 3].

    Returns:
        float32 [..., 3].

    Example:
        >>> correlate(tf.constant([[1.0, 0.0, 0.0]])).numpy().round(4).tolist()
        [[0.5627999901771545, 0.5845000147819519, 0.5845000147819519]]
    """
    return mix(values, FORWARD)


def decorrelate(values: tf.Tensor) -> tf.Tensor:
    """Turn RGB (before any sigmoid) into decorrelated colour; the inverse of `correlate`.

    Args:
        values: float32 [..., 3].

    Returns:
        float32 [..., 3].

    Example:
        >>> there = decorrelate(correlate(tf.constant([[0.3, -2.0, 0.5]])))
        >>> there.numpy().round(4).tolist() == tf.constant([[0.3, -2.0, 0.5]]).numpy().tolist()
        True
    """
    return mix(values, BACK)
