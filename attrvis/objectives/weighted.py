"""The objective that the main job maximises: activations weighted by an attribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.objective import Objective, Readings


def weighted(layer: str, weights: np.ndarray, reference: np.ndarray | None = None) -> Objective:
    """Give the dot product of a layer's activations with fixed weights, such as an attribution.

    Args:
        layer: the layer's name.
        weights: [h, w, C] or [B, h, w, C], one a neuron.
        reference: activations of the same shape. Given them, the result is divided by what they
            score, so that 1 means "as much as the photo" in every network and layer.

    Returns:
        The objective.

    Raises:
        BadValue: weights that are not finite or all zero, or a reference of another shape or one
            that scores nothing.

    Source: Shi, Li and Yamaguchi, Understanding contributing neurons via attribution
    visualization, 2023.

    Example:
        >>> weighted("mixed4d", np.ones((14, 14, 528))).layers
        ('mixed4d',)
    """
    weights = np.asarray(weights, np.float32)
    if not np.isfinite(weights).all():
        raise BadValue("The weights of an objective must be finite; look at the attribution.")
    single = weights.ndim in (1, 3)
    batched = weights[None] if single else weights
    axes = tuple(range(1, batched.ndim))
    if (np.abs(batched).sum(axis=axes) == 0).any():
        raise BadValue(
            "The weights of an objective are all zero, so there is nothing to draw; lower the "
            "filter or choose another layer."
        )
    scale = np.abs(batched).sum(axis=axes, keepdims=True)
    if reference is not None:
        reference = np.asarray(reference, np.float32).reshape(-1, *batched.shape[1:])
        scale = (batched * reference).sum(axis=axes, keepdims=True)
        if (scale <= 0).any():
            raise BadValue(
                "The reference activations score nothing under these weights; choose other weights."
            )
    scaled = batched / scale
    scaled = scaled[0] if single else scaled

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        maps = readings[layer]
        expected, found = tuple(scaled.shape[-(maps.shape.rank - 1) :]), tuple(maps.shape[1:])
        if None not in found and expected != found:
            raise BadValue(
                f"The weights for {layer!r} have shape {expected}, but the layer gives {found}; "
                "render at the size at which the attribution was made."
            )
        return tf.reduce_sum(maps * parameters[0], axis=list(range(1, maps.shape.rank)))

    return Objective(
        f"attribution . {layer}",
        (layer,),
        ("weighted", layer, scaled.shape),
        (scaled,),
        (scaled.ndim if single else scaled.ndim - 1,),
        evaluate,
    )
