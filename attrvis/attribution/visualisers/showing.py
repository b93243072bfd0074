"""The last step: colours, and the photos with their maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attrvis import plots
from attrvis.attribution.visualisers.smoothing import Enlarged
from attrvis.attribution.visualisers.stage import Stage, maps_of, photos_of
from attrvis.errors import BadValue


@dataclass(frozen=True)
class Coloured(Stage):
    """Maps in blue, white and red: white is zero, or of one sign the low percentile.

    Args:
        scale: the size with the darkest colour, the same for all images; default each its own
            range, see `attrvis.plots.range_of`.

    Example:
        >>> Coloured()(np.zeros((1, 2, 2))).shape
        (1, 2, 2, 3)
    """

    scale: float | None = None

    def apply(self, values: np.ndarray, photos: np.ndarray | None) -> np.ndarray:
        """Colour every map."""
        return np.stack([plots.heatmap(one, self.scale) for one in maps_of(values, "Colour")])


@dataclass(frozen=True)
class Overlaid(Stage):
    """Maps over their photos in pale grey; what is white in `Coloured` is transparent.

    Args:
        scale: the size with the darkest colour, the same for all images; default each its own
            range, see `attrvis.plots.range_of`.
        strength: opacity of the largest values, default 0.8.

    Example:
        >>> Overlaid()(np.zeros((1, 2, 2)), np.ones((1, 8, 8, 3))).shape
        (1, 8, 8, 3)
    """

    scale: float | None = None
    strength: float = 0.8

    def apply(self, values: np.ndarray, photos: np.ndarray | None) -> np.ndarray:
        """Lay every map over its photo."""
        shown = plots.rgb(photos_of(values, photos, "An overlay"))
        maps = maps_of(values, "An overlay")
        pairs = zip(shown, maps, strict=True)
        return np.stack([plots.overlay(p, m, self.scale, strength=self.strength) for p, m in pairs])


@dataclass(frozen=True)
class Blended(Stage):
    """Maps in colour over their photos, all of one opacity.

    Args:
        opacity: of the map, from 0 to 1, default 0.5.
        scale: the size with the darkest colour, the same for all images; default each its own.

    Raises:
        BadValue: an opacity outside [0, 1].

    Example:
        >>> Blended(0)(np.zeros((1, 2, 2)), np.ones((1, 8, 8, 3))).min()
        np.float32(1.0)
    """

    opacity: float = 0.5
    scale: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.opacity <= 1:
            raise BadValue(f"An opacity lies in [0, 1]; got {self.opacity}.")

    def apply(self, values: np.ndarray, photos: np.ndarray | None) -> np.ndarray:
        """Mix every map with its photo."""
        shown = plots.rgb(photos_of(values, photos, "A blend"))
        colours = Coloured(self.scale).apply(Enlarged().apply(values, photos), photos)
        return self.opacity * colours + (1 - self.opacity) * shown


@dataclass(frozen=True)
class Masked(Stage):
    """Photos multiplied by their maps, whatever their channels.

    Args:
        background: what takes the place of what is hidden, a grey in [0, 1], default 0.

    Raises:
        BadValue: a grey outside [0, 1].

    Example:
        >>> Masked()(np.full((1, 2, 2), 0.5), np.ones((1, 8, 8, 5))).max()
        np.float32(0.5)
    """

    background: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.background <= 1:
            raise BadValue(f"A background is a grey in [0, 1]; got {self.background}.")

    def apply(self, values: np.ndarray, photos: np.ndarray | None) -> np.ndarray:
        """Mask every photo."""
        shown = photos_of(values, photos, "A mask")
        mask = np.clip(Enlarged().apply(values, photos), 0, 1)[..., None]
        return mask * shown + (1 - mask) * self.background


@dataclass(frozen=True)
class AlphaScaled(Stage):
    """Photos as opaque as their maps are large, RGBA.

    Example:
        >>> AlphaScaled()(np.full((1, 2, 2), 0.5), np.ones((1, 8, 8, 3))).shape
        (1, 8, 8, 4)
    """

    def apply(self, values: np.ndarray, photos: np.ndarray | None) -> np.ndarray:
        """Give every photo its map as transparency; sizes above 1 are opaque."""
        shown = plots.rgb(photos_of(values, photos, "A picture with transparency"))
        alpha = np.clip(np.abs(Enlarged().apply(values, photos)), 0, 1)[..., None]
        return np.concatenate([shown, alpha], axis=-1)
