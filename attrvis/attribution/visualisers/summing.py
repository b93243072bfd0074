"""From channels to maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from attrvis.attribution.visualisers.stage import Stage
from attrvis.errors import unknown

_CHANNELS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sum": lambda values: values.sum(axis=-1),
    "mean": lambda values: values.mean(axis=-1),
    "sizes": lambda values: np.abs(values).sum(axis=-1),
    "mean-size": lambda values: np.abs(values).mean(axis=-1),
    "largest": lambda values: values.max(axis=-1),
}
_SIGNS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "all": lambda maps: maps,
    "positive": lambda maps: np.maximum(maps, 0),
    "negative": lambda maps: np.maximum(-maps, 0),
    "absolute": np.abs,
}


@dataclass(frozen=True)
class Summed(Stage):
    """Channels put together, then a sign chosen.

    Args:
        channels: `sum` (default: contributions add up, and those of opposite sign cancel), `mean`,
            `sizes` (the sum of sizes, in which nothing cancels), `mean-size` or `largest`.
        sign: `all` (default), `positive` (what speaks for the target), `negative` (the size of what
            speaks against it) or `absolute`.

    Raises:
        UnknownName: no such word; the nearest are named.

    Example:
        >>> Summed(sign="negative")(np.array([[[[1.0, -3.0]]]])).tolist()
        [[[2.0]]]
    """

    channels: str = "sum"
    sign: str = "all"

    def __post_init__(self) -> None:
        if self.channels not in _CHANNELS:
            raise unknown("way to put channels together", self.channels, _CHANNELS)
        if self.sign not in _SIGNS:
            raise unknown("sign", self.sign, _SIGNS)

    def apply(self, values: np.ndarray, photos: np.ndarray | None) -> np.ndarray:
        """Make maps [B, h, w]; a signal [B, T, C] gives [B, 1, T], a row [B, C] gives [B, 1, C]."""
        if values.ndim == 2:
            values = values[:, None, :, None]
        elif values.ndim == 3:
            values = values[:, None]
        return _SIGNS[self.sign](_CHANNELS[self.channels](values))
