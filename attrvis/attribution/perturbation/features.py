"""Which numbers go together: cells of a grid, segments of the photo, channels, or what is given."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from attrvis.arrays import Data
from attrvis.attribution.perturbation.parts import Parts
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue, unknown


class Features(ABC):
    """A way to divide an image's values into features; its fields are hyper-parameters only."""

    @abstractmethod
    def ids(self, scene: Scene) -> np.ndarray:
        """Number the features: whole numbers [B or 1, ..., 1 or C] over the scene's values."""

    def parts(self, scene: Scene) -> Parts:
        """Divide the values of a scene."""
        ids = self.ids(scene)
        return Parts.of(np.broadcast_to(ids, [scene.count, *ids.shape[1:]]))


@dataclass(frozen=True)
class Grid(Features):
    """Cells of near equal sides, over all channels; units where a layer has no positions.

    Args:
        cells: along each axis, at most; default 8.

    Raises:
        BadValue: not one cell.

    Example:
        >>> Grid(4)
        Grid(cells=4)
    """

    cells: int = 8

    def __post_init__(self) -> None:
        _whole("A grid", "cells", self.cells)

    def ids(self, scene: Scene) -> np.ndarray:
        """Number the features; see `Features`."""
        sides = _places(scene)
        found = np.zeros(sides, np.int64)
        for axis, side in enumerate(sides):
            cells = min(self.cells, side)
            own = np.arange(side) * cells // side
            found = found * cells + own.reshape([-1 if k == axis else 1 for k in range(len(sides))])
        return _over_channels(found, scene)[None]


@dataclass(frozen=True)
class Units(Features):
    """Every single number is a feature.

    Example:
        >>> Units()
        Units()
    """

    def ids(self, scene: Scene) -> np.ndarray:
        """Number the features; see `Features`."""
        shape = scene.values.shape[1:].as_list()
        return np.arange(math.prod(shape)).reshape([1, *shape])


@dataclass(frozen=True)
class Positions(Features):
    """Every position, with all its channels, is a feature.

    Example:
        >>> Positions()
        Positions()
    """

    def ids(self, scene: Scene) -> np.ndarray:
        """Number the features; see `Features`."""
        sides = _places(scene)
        return _over_channels(np.arange(math.prod(sides)).reshape(sides), scene)[None]


@dataclass(frozen=True)
class Channels(Features):
    """Every channel, with all its positions, is a feature.

    Example:
        >>> Channels()
        Channels()
    """

    def ids(self, scene: Scene) -> np.ndarray:
        """Number the features; see `Features`."""
        shape = scene.values.shape[1:].as_list()
        return np.broadcast_to(np.arange(shape[-1]), shape)[None]


@dataclass(frozen=True)
class _Segments(Features):
    """What segmentations of the photo have in common: at a layer they are brought to its size."""

    def ids(self, scene: Scene) -> np.ndarray:
        """Number the features; see `Features`."""
        if scene.images.shape.rank != 4 or scene.values.shape.rank != 4:
            raise BadValue(
                f"Segments of a photo cannot be laid over layer {scene.layer!r} of "
                f"{tuple(scene.values.shape[1:])}; use features='grid' or 'units'."
            )
        found = np.stack([self.segmented(photo) for photo in scene.images.numpy()])
        return _resized(found, scene.values.shape[1:3].as_list())[..., None]

    @abstractmethod
    def segmented(self, photo: np.ndarray) -> np.ndarray:
        """Number the segments of a photo [H, W, C], whole numbers [H, W]."""


@dataclass(frozen=True)
class Slic(_Segments):
    """Superpixels: pixels gathered by colour and place.

    Args:
        segments: about how many, default 50.
        compactness: how much place counts against colour, default 10.

    Raises:
        BadValue: not one segment, or a compactness that is not positive.

    Source: Achanta et al., SLIC Superpixels Compared to State-of-the-Art Superpixel Methods, 2012.

    Example:
        >>> Slic(100).compactness
        10.0
    """

    segments: int = 50
    compactness: float = 10.0

    def __post_init__(self) -> None:
        _whole("SLIC", "segments", self.segments)
        _positive("The compactness of SLIC", self.compactness)

    def segmented(self, photo: np.ndarray) -> np.ndarray:
        """Number the segments; see `Features`."""
        from skimage.segmentation import slic

        return slic(
            photo,
            n_segments=self.segments,
            compactness=self.compactness,
            start_label=0,
            channel_axis=-1,
        )


@dataclass(frozen=True)
class Felzenszwalb(_Segments):
    """Segments of a graph of neighbouring pixels, large where the photo is even.

    Args:
        scale: larger gives larger segments, default 100.
        sigma: of the blur before, in pixels, default 0.8.
        smallest: of a segment, in pixels, default 20.

    Raises:
        BadValue: a number that is not positive.

    Source: Felzenszwalb and Huttenlocher, Efficient Graph-Based Image Segmentation, 2004.

    Example:
        >>> Felzenszwalb(200).smallest
        20
    """

    scale: float = 100.0
    sigma: float = 0.8
    smallest: int = 20

    def __post_init__(self) -> None:
        _positive("The scale of the segmentation", self.scale)
        _positive("The blur of the segmentation", self.sigma)
        _whole("The segmentation", "pixels of a segment", self.smallest)

    def segmented(self, photo: np.ndarray) -> np.ndarray:
        """Number the segments; see `Features`."""
        from skimage.segmentation import felzenszwalb

        return felzenszwalb(
            photo,
            scale=self.scale,
            sigma=self.sigma,
            min_size=self.smallest,
            channel_axis=-1,
        )


@dataclass(frozen=True)
class Given(Features):
    """Features of one's own.

    Args:
        array: whole numbers, equal where numbers go together: of the layer's positions, or of its
            positions and channels, or of the photo's pixels; one for all images, or one for each.

    Raises:
        BadValue: numbers that are not whole.

    Example:
        >>> Given(np.eye(2, dtype=int)).array.array.shape
        (2, 2)
    """

    array: Data

    def __post_init__(self) -> None:
        if not isinstance(self.array, Data):
            object.__setattr__(self, "array", Data(self.array))
        if not np.array_equal(self.array.array, np.asarray(self.array.array, np.int64)):
            raise BadValue("Features are numbered by whole numbers; round the array.")

    def ids(self, scene: Scene) -> np.ndarray:
        """Number the features; see `Features`."""
        found = np.asarray(self.array.array, np.int64)
        shape = tuple(scene.values.shape[1:])
        places = tuple(_places(scene))
        several = (scene.count,)
        if found.shape in (shape, (*shape[:-1], 1)):
            return found[None]
        if found.shape in (several + shape, (*several, *shape[:-1], 1)):
            return found
        if found.shape == places:
            return found[None, ..., None]
        if found.shape == several + places:
            return found[..., None]
        pixels = tuple(scene.images.shape[1:3])
        if len(pixels) == len(places) == 2 and found.shape[-2:] == pixels and found.ndim in (2, 3):
            laid = _resized(found.reshape(-1, *pixels), list(places))
            if len(laid) in (1, scene.count):
                return laid[..., None]
        raise BadValue(
            f"Features of shape {found.shape} fit neither layer {scene.layer!r} of {shape} nor the "
            f"photos of {pixels}; give one number for each position."
        )


_NAMED: dict[str, tuple[type[Features], Callable[[str], Any] | None]] = {
    "grid": (Grid, int),
    "slic": (Slic, int),
    "felzenszwalb": (Felzenszwalb, float),
    "units": (Units, None),
    "positions": (Positions, None),
    "channels": (Channels, None),
}


def features_of(given: Any) -> Features:
    """Make features from words, from an array, or take those made already.

    Args:
        given: `grid:8`, `slic:50`, `felzenszwalb:100`, `units`, `positions`, `channels`; or an
            array of whole numbers, see `Given`.

    Returns:
        The features.

    Raises:
        UnknownName: no such features; the nearest are named.
        BadValue: a number that is missing, not wanted or out of range.

    Example:
        >>> features_of("grid:4")
        Grid(cells=4)
    """
    if isinstance(given, Features):
        return given
    if not isinstance(given, str):
        if not isinstance(given, Data) and np.ndim(given) == 0:
            raise BadValue(
                f"Features are words such as 'grid:7' or an array of whole numbers, not {given!r}."
            )
        return Given(given)
    name, colon, number = given.partition(":")
    if name not in _NAMED:
        raise unknown("kind of features", name, _NAMED)
    make, convert = _NAMED[name]
    if not colon:
        return make()
    if convert is None:
        raise BadValue(f"The features {name!r} take no number; leave out {colon + number!r}.")
    try:
        count = convert(number)
    except ValueError:
        raise BadValue(
            f"The features {name!r} take a number such as {name}:{_example(make)}, not {number!r}."
        ) from None
    return make(count)  # type: ignore[call-arg]


def _example(make: type[Features]) -> object:
    return next(iter(vars(make()).values()))


def _whole(what: str, of: str, number: int) -> None:
    if isinstance(number, bool) or int(number) != number or number < 1:
        raise BadValue(f"{what} needs a whole number of {of} from 1, not {number}.")


def _positive(what: str, number: float) -> None:
    if not (math.isfinite(number) and number > 0):
        raise BadValue(f"{what} is a number above 0, not {number}.")


def _places(scene: Scene) -> list[int]:
    """List the sides of a layer's positions, or how many units it has where there are none."""
    shape = scene.values.shape[1:].as_list()
    return shape[:-1] or shape


def _over_channels(ids: np.ndarray, scene: Scene) -> np.ndarray:
    """Give the numbers of positions an axis for the channels, where a layer has both."""
    return ids[..., None] if scene.values.shape.rank > 2 else ids


def _resized(ids: np.ndarray, sides: list[int]) -> np.ndarray:
    """Take the nearest of numbers [B, H, W] at the middle of each of [h, w] cells."""
    rows, columns = (
        np.minimum(((np.arange(side) + 0.5) * length / side).astype(int), length - 1)
        for side, length in zip(sides, ids.shape[1:], strict=True)
    )
    return ids[:, rows[:, None], columns[None]]
