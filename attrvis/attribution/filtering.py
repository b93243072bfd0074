"""Keep the channels that carry most of an attribution."""

from __future__ import annotations

import numpy as np

from attrvis.errors import BadValue, unknown

_MEASURES = ("max", "sum")


def strongest_channels(values: np.ndarray, share: float = 0.95, measure: str = "max") -> np.ndarray:
    """Tell which channels together carry a share of an attribution.

    Args:
        values: one image's attribution, [h, w, C] or [C].
        share: of the sum over all channels, above 0 and at most 1.
        measure: a channel's weight: its largest absolute value (`max`) or the sum of them (`sum`).

    Returns:
        The kept channels, strongest first; the one that crosses the share is among them, so there
        is always at least one (none at all only where the attribution is all zero).

    Raises:
        BadValue: a share outside (0, 1], or values of another rank, or not finite.
        UnknownName: another measure.

    Source: Shi, Li and Yamaguchi, Understanding contributing neurons via attribution
    visualization, 2023.

    Example:
        >>> strongest_channels(np.array([1.0, 5.0, 3.0, 2.0]), share=0.8).tolist()
        [1, 2, 3]
    """
    if not 0 < share <= 1:
        raise BadValue(f"A share of channels is above 0 and at most 1, not {share}.")
    if measure not in _MEASURES:
        raise unknown("measure", measure, _MEASURES)
    if values.ndim not in (1, 3) or not np.isfinite(values).all():
        raise BadValue(f"One image's attribution is finite [h, w, C] or [C], not {values.shape}.")
    size = np.abs(values).reshape(-1, values.shape[-1]).astype(np.float64)
    weight = size.max(axis=0) if measure == "max" else size.sum(axis=0)
    order = np.argsort(-weight, kind="stable")
    cumulated = np.cumsum(weight[order])
    # A rounding error of the sum must not ask for one channel more than all.
    count = int(np.searchsorted(cumulated, share * cumulated[-1] * (1 - 1e-9))) + 1
    return order[: min(count, int((weight > 0).sum()))]


def keep_channels(values: np.ndarray, channels: np.ndarray) -> np.ndarray:
    """Copy an attribution with every other channel set to zero.

    Example:
        >>> keep_channels(np.array([1.0, 2.0, 3.0]), np.array([2])).tolist()
        [0.0, 0.0, 3.0]
    """
    kept = np.zeros_like(values)
    kept[..., channels] = values[..., channels]
    return kept
