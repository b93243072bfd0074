"""Keras models that take images channels first, as those of the transformers library do.

Inside they work channels last, so only what goes in and what comes out has to be turned.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from attrvis.networks.door import FALLBACK_SIZE
from attrvis.networks.keras_inputs import Arrange, Shape

_INPUT = "pixel_values"
_TO_LAST, _TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]


def takes_channels_first(model: Any) -> bool:
    """Tell whether a model names its images as the transformers library does."""
    return getattr(model, "main_input_name", None) == _INPUT


def turned_input(model: Any, called_with: Shape | None) -> tuple[Shape, Arrange]:
    """Find a model's image size, and turn images for it.

    Args:
        model: one that takes channels first.
        called_with: the shape [B, C, H, W] of its first call, if it is known.

    Returns:
        The shape of its images channels last, and how a batch of them is turned.
    """
    shape = called_with if called_with and len(called_with) == 4 else _declared(model)
    channels, *sides = shape[1:]
    known = sides if None not in sides else FALLBACK_SIZE
    return (None, *known, channels), lambda batch: tf.transpose(batch, _TO_FIRST)


def _declared(model: Any) -> Shape:
    try:
        return tuple(model.input_signature[_INPUT].shape)
    except (AttributeError, KeyError, NotImplementedError):  # a configuration without a size
        return (None, getattr(getattr(model, "config", None), "num_channels", 3), None, None)


def turned_output(tensor: tf.Tensor) -> tf.Tensor:
    """Give a map of scores [B, C, H, W] channels last, before it was turned where it was."""
    if tensor.shape.rank != 4:
        return tensor
    made = tensor
    while made.op.type == "Identity":
        made = made.op.inputs[0]
    if made.op.type == "Transpose":
        order = tf.get_static_value(made.op.inputs[1])
        if order is not None and list(order) == _TO_FIRST:
            return made.op.inputs[0]
    return tf.transpose(tensor, _TO_LAST)
