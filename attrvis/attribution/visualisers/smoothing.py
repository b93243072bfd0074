"""What is done to maps before they are shown: blur, threshold, lift, enlarge."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from attrvis.attribution.pictures import enlarged
from attrvis.attribution.visualisers.stage import Stage, maps_of, photos_of
from attrvis.errors import BadValue
from attrvis.images.resizing import Resample


@dataclass(frozen=True)
class Blurred(Stage):
    """Maps blurred by a Gaussian, cut at four deviations, with reflecting borders.

    Args:
        sigma: its standard deviation as a part of the map's shorter side, default 15 of 224, so
            that maps of all sizes are blurred alike.

    Raises:
        BadValue: a negative sigma.

    Example:
        >>> bool(np.allclose(Blurred()(np.ones((1, 8, 8))), 1))
        True
    """

    sigma: float = 15 / 224

    def __post_init__(self) -> None:
        if not 0 <= self.sigma < math.inf:
            raise BadValue(f"A blur's sigma is 0 or more, a part of a map's side: {self.sigma}.")

    def apply(self, values: np.ndarray, photos: np.ndarray | None) -> np.ndarray:
        """Blur every map."""
        from scipy.ndimage import gaussian_filter

        maps = maps_of(values, "A blur").astype(np.float64)
        sigma = self.sigma * min(maps.shape[1:])
        return gaussian_filter(maps, (0, sigma, sigma), mode="reflect", truncate=4.0)


@dataclass(frozen=True)
class Thresholded(Stage):
    """1 where a map is above its own percentile, 0 elsewhere.

    Args:
        percentile: from 0 to 100, default 95; what equals it is 0, so a flat map is 0 everywhere.

    Raises:
        BadValue: a percentile outside [0, 100].

    Example:
        >>> Thresholded(50)(np.array([[[0.0, 1.0, 5.0]]])).tolist()
        [[[0.0, 0.0, 1.0]]]
    """

    percentile: float = 95.0

    def __post_init__(self) -> None:
        if not 0 <= self.percentile <= 100:
            raise BadValue(f"A percentile lies in [0, 100]; got {self.percentile}.")

    def apply(self, values: np.ndarray, photos: np.ndarray | None) -> np.ndarray:
        """Cut every map."""
        maps = maps_of(values, "A threshold")
        levels = np.percentile(maps, self.percentile, axis=(1, 2), keepdims=True)
        return (maps > levels).astype(np.float32)


@dataclass(frozen=True)
class Lifted(Stage):
    """Maps raised by a number and cut to [0, 1], so that a mask hides nothing wholly.

    Args:
        by: from 0 to 1, default 0.1.

    Raises:
        BadValue: a number outside [0, 1].

    Example:
        >>> Lifted(0.25)(np.array([[[0.0, 1.0]]])).tolist()
        [[[0.25, 1.0]]]
    """

    by: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.by <= 1:
            raise BadValue(f"A mask is lifted by a number in [0, 1]; got {self.by}.")

    def apply(self, values: np.ndarray, photos: np.ndarray | None) -> np.ndarray:
        """Raise every map."""
        return np.clip(values + self.by, 0, 1)


@dataclass(frozen=True)
class Enlarged(Stage):
    """Maps brought to another size.

    Args:
        size: height and width; default the photos'.
        resample: `bilinear` (default), `bicubic`, `nearest` or `box`.

    Raises:
        BadValue: a size below 1, or another filter.

    Example:
        >>> Enlarged((4, 6))(np.ones((1, 2, 2))).shape
        (1, 4, 6)
    """

    size: tuple[int, int] | None = None
    resample: Resample = "bilinear"

    def apply(self, values: np.ndarray, photos: np.ndarray | None) -> np.ndarray:
        """Resize every map."""
        maps = maps_of(values, "Another size")
        if self.size is None:
            height, width = photos_of(values, photos, "Enlarged()").shape[1:3]
        else:
            height, width = self.size
        if maps.shape[1:] == (height, width):
            return maps
        return enlarged(maps, (height, width), self.resample)
