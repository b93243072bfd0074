"""Objectives of chosen units, each as much as an attribution says it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from attrvis.errors import BadValue
from attrvis.objectives.mixtures import weighted_channels
from attrvis.objectives.objective import Objective
from attrvis.objectives.quoting import quoted
from attrvis.objectives.weighted import weighted


def neuron_attribution(
    layer: str,
    attribution: np.ndarray,
    units: int | Sequence[int] | None = None,
    reference: np.ndarray | None = None,
    limit: float | None = None,
) -> Objective:
    """Give the activations weighted by their attributions, neuron by neuron where it is.

    Args:
        layer: the layer's name.
        attribution: [h, w, C] or [B, h, w, C] (or [C], [B, C] for a layer without positions).
        units: the channels whose neurons count; default all.
        reference: the photo's activations; given them, 1 means "as much as the photo".
        limit: how many times what the reference scores there a position may count for at most.

    Returns:
        `weighted` with the attribution of the other channels left out.

    Raises:
        BadValue: a unit that the attribution does not have, or one of those of `weighted`.

    Source: Shi, Li and Yamaguchi, Understanding contributing neurons via attribution
    visualization, 2023.

    Example:
        >>> q = neuron_attribution("x", np.array([1.0, 3.0, 2.0]), units=[0, 1])
        >>> q({"x": np.array([[4.0, 8.0, 100.0]], "float32")}).numpy().tolist()
        [7.0]
    """
    made = weighted(layer, _kept(attribution, units), reference, limit)
    shown = "" if limit is None else f", limit {limit:g}"
    return replace(made, description=f"neuron_attribution({quoted(layer)}{_text(units)}{shown})")


def channel_attribution(
    layer: str,
    attribution: np.ndarray,
    units: int | Sequence[int] | None = None,
    reference: np.ndarray | None = None,
) -> Objective:
    """Give channel means weighted by their attributions, wherever they lie.

    Args:
        layer: the layer's name.
        attribution: [h, w, C] or [B, h, w, C], summed over positions here (or [C], [B, C]).
        units: the channels that count; default all.
        reference: the photo's activations, of the attribution's shape; given them, 1 means "as
            much as the photo". Without them the absolute weights sum to 1.

    Returns:
        The objective, which serves pictures of any size.

    Raises:
        BadValue: a unit that the attribution does not have, weights that are all zero or not
            finite, or a reference that scores nothing or has another shape.

    Source: Olah et al., The Building Blocks of Interpretability, 2018 (channel attribution).

    Example:
        >>> q = channel_attribution("x", np.array([1.0, 3.0, 2.0]), units=[0, 1])
        >>> q({"x": np.array([[4.0, 8.0, 100.0]])}).numpy().tolist()
        [7.0]
    """
    kept = _kept(attribution, units)
    places = tuple(range(kept.ndim - 3, kept.ndim - 1)) if kept.ndim > 2 else ()
    weights = kept.sum(axis=places)
    scale = np.abs(weights).sum(axis=-1, keepdims=True)
    if reference is not None:
        given = np.asarray(reference, np.float32)
        if given.shape != kept.shape:
            raise BadValue(
                f"The reference has shape {given.shape}, but the attribution {kept.shape}; take "
                "both at the same layer and size."
            )
        scale = (weights * given.mean(axis=places)).sum(axis=-1, keepdims=True)
    if not (scale > 0).all():
        raise BadValue(
            "The attribution of these channels is all zero, or the reference scores nothing "
            "under it; choose other channels."
        )
    made = weighted_channels(layer, weights / scale)
    return replace(made, description=f"channel_attribution({quoted(layer)}{_text(units)})")


def _kept(attribution: np.ndarray, units: int | Sequence[int] | None) -> np.ndarray:
    values = np.asarray(attribution, np.float32)
    if values.ndim not in (1, 2, 3, 4) or not values.size or not np.isfinite(values).all():
        raise BadValue(
            f"An attribution is finite and [h, w, C], [C] or a batch of those, not {values.shape}."
        )
    if units is None:
        return values
    chosen = np.atleast_1d(np.asarray(units))
    whole = chosen.ndim == 1 and chosen.size and chosen.dtype.kind in "iu"
    if not whole or not ((chosen >= 0) & (chosen < values.shape[-1])).all():
        raise BadValue(
            f"The channels of this attribution go from 0 to {values.shape[-1] - 1}; {units!r} are "
            "not among them."
        )
    return np.where(np.isin(np.arange(values.shape[-1]), chosen), values, np.float32(0))


def _text(units: int | Sequence[int] | None) -> str:
    if units is None:
        return ""
    several = np.atleast_1d(np.asarray(units)).tolist()
    return f":{several[0]}" if len(several) == 1 else f", {len(several)} channels"
