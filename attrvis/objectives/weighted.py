"""The objective that the main job maximises: activations weighted by an attribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.objective import Objective, Readings
from attrvis.objectives.quoting import quoted
from attrvis.objectives.reading import read

_LEAST = 1e-9


def weighted(
    layer: str,
    weights: np.ndarray,
    reference: np.ndarray | None = None,
    limit: float | None = None,
    *,
    batched: bool | None = None,
) -> Objective:
    """Give the dot product of a layer's activations with fixed weights, such as an attribution.

    Args:
        layer: the layer's name.
        weights: [h, w, C] or [B, h, w, C] (or [C], [B, C] for a layer without positions, and
            [T, C], [B, T, C] for tokens if `batched` says which).
        reference: activations of the same shape, such as the photo's. Given them, the result is
            divided by what they score, so that 1 means "as much as the photo" in every network
            and layer.
        limit: how many times what the reference scores there a position may count for at most,
            softly (by a hyperbolic tangent); without it one spot can outshout all others, and
            the plain dot product is taken.
        batched: whether the weights' first axis is over images; default if they have 2 or 4 axes.

    Returns:
        The objective.

    Raises:
        BadValue: weights that are not finite or all zero, a reference of another shape or one
            that scores nothing, or a limit that is not positive or lacks its reference.

    Source: Shi, Li and Yamaguchi, Understanding contributing neurons via attribution
    visualization, 2023 (the dot product); the limit is our own.

    Example:
        >>> weighted("mixed4d", np.ones((14, 14, 528))).layers
        ('mixed4d',)
    """
    weights = np.asarray(weights, np.float32)
    if not np.isfinite(weights).all():
        raise BadValue("The weights of an objective must be finite; look at the attribution.")
    if limit is not None and (reference is None or not limit > 0):
        raise BadValue(f"A limit is a positive number and needs a reference; not {limit}.")
    if weights.ndim not in (1, 2, 3, 4) or not weights.size:
        raise BadValue(f"Weights are [h, w, C], [C] or a batch of those, not {weights.shape}.")
    single = weights.ndim in (1, 3) if batched is None else not batched
    own = weights[None] if single else weights
    if own.ndim < 2:
        raise BadValue(f"Weights of shape {weights.shape} have no axis over images.")
    axes = tuple(range(1, own.ndim))
    if (np.abs(own).sum(axis=axes) == 0).any():
        raise BadValue(
            "The weights of an objective are all zero, so there is nothing to draw; lower the "
            "filter or choose another layer."
        )
    scale = np.abs(own).sum(axis=axes, keepdims=True)
    dots = None
    if reference is not None:
        dots = _dots(own, np.asarray(reference, np.float32))
        scale = dots.sum(axis=axes[:-1], keepdims=True)[..., None]
        if not (scale > 0).all():
            raise BadValue(
                "The reference activations score nothing under these weights; choose other weights."
            )
    parameters = [own / scale]
    if limit is not None and dots is not None:
        parameters.append(np.maximum(limit * dots / scale[..., 0], _LEAST).astype(np.float32))
    parameters = [p[0] if single else p for p in parameters]

    def evaluate(readings: Readings, given: Sequence[Any]) -> tf.Tensor:
        maps = read(readings, layer)
        expected, found = parameters[0].shape[0 if single else 1 :], tuple(maps.shape[1:])
        if None not in found and expected != found:
            raise BadValue(
                f"The weights for {layer!r} have shape {expected}, but the layer gives {found}; "
                "render at the size at which the attribution was made."
            )
        scores = tf.reduce_sum(maps * given[0], axis=-1)
        if len(given) == 2:
            scores = given[1] * tf.tanh(scores / given[1])
        return tf.reduce_sum(scores, axis=list(range(1, scores.shape.rank)))

    shown = "" if limit is None else f" (limit {limit:g})"
    return Objective(
        f"attribution . {quoted(layer)}{shown}",
        (layer,),
        ("weighted", layer, parameters[0].shape[0 if single else 1 :], len(parameters)),
        tuple(parameters),
        tuple(p.ndim - (0 if single else 1) for p in parameters),
        evaluate,
    )


def _dots(weights: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Score the reference at each position, [B, h, w]."""
    try:
        return (weights * np.broadcast_to(reference, weights.shape)).sum(axis=-1)
    except ValueError:
        raise BadValue(
            f"The reference has shape {reference.shape}, but the weights have {weights.shape}; "
            "take both at the same layer and size."
        ) from None
