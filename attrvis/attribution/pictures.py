"""The maps of an attribution as pictures: enlarged, over their photos, and with what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attrvis import images, plots
from attrvis.errors import BadValue
from attrvis.images import Frame
from attrvis.images.resizing import Resample, check_size


def enlarged(maps: np.ndarray, size: int | tuple[int, int], how: Resample) -> np.ndarray:
    """Bring maps to another size.

    Args:
        maps: [B, h, w], of any sign.
        size: (height, width), or one number for both.
        how: `bilinear`, `bicubic`, `nearest` or `box`.

    Returns:
        float32 [B, height, width]; no value leaves the range of its map.

    Raises:
        BadValue: maps of another rank, or no such size or filter.

    Example:
        >>> enlarged(np.array([[[0.0, 1.0]]]), (1, 4), "bilinear").tolist()
        [[[0.0, 0.25, 0.75, 1.0]]]
    """
    wanted = check_size((size, size) if np.ndim(size) == 0 else size)  # type: ignore[arg-type]
    if maps.ndim != 3:
        raise BadValue(f"Maps to be enlarged are [B, h, w], and these are {list(maps.shape)}.")
    return np.stack([images.resize(one, wanted, resample=how) for one in maps])


def overlays(
    maps: np.ndarray,
    photos: np.ndarray | Sequence[Any],
    frames: Sequence[Frame] = (),
    scale: float | plots.Range | None = None,
    strength: float = 0.8,
) -> list[np.ndarray]:
    """Lay maps over their photos.

    Args:
        maps: [B, h, w], finite, of any sign.
        photos: one photo a map: paths, PIL images or arrays. A photo as the network saw it has
            its map as it is; of a photo as it was given, the map covers what the network saw.
        frames: how each photo was fitted to the network, or none.
        scale: the range of the colours, or the size with the darkest one on both sides of zero, the
            same for all; default each map's own, see `plots.range_of`.
        strength: opacity of the largest values.

    Returns:
        One picture a map, float32 [H, W, 3], of its photo's size.

    Raises:
        BadValue: another number of photos than of maps, or a value that cannot be drawn.
        ImageError: a photo cannot be read.

    Example:
        >>> overlays(np.ones((1, 2, 2)), np.zeros((1, 8, 6, 3), np.float32))[0].shape
        (8, 6, 3)
    """
    if maps.ndim != 3 or len(photos) != len(maps):
        raise BadValue(
            f"An overlay takes a photo for each map [h, w]; there are {len(photos)} photos for maps"
            f" {list(maps.shape)}."
        )
    made = []
    for i, (heat, photo) in enumerate(zip(maps, photos, strict=True)):
        ground = shown(photo)
        frame = frames[i] if i < len(frames) else None
        here = ground.shape[:2]
        if frame is not None and here == tuple(frame.photo) != tuple(frame.network):
            own = plots.range_of(heat) if scale is None else scale
            wide = frame.to_photo(images.resize(heat, frame.network))
            made.append(plots.overlay(ground, wide, own, strength=strength))
        else:
            made.append(plots.overlay(ground, heat, scale, strength=strength))
    return made


def shown(photo: Any) -> np.ndarray:
    """Make RGB in [0, 1] of a photo, whatever its channels; files and PIL images are read.

    Raises:
        ImageError: it cannot be read.
    """
    if not isinstance(photo, np.ndarray) or photo.dtype.kind != "f" or photo.ndim != 3:
        return images.read(photo)
    return plots.rgb(photo[None])[0]


def panels(
    maps: np.ndarray,
    photos: np.ndarray | None,
    names: Sequence[str],
    told: Sequence[str],
) -> list[plots.Panel]:
    """Make the pictures that tell most of an attribution: each photo, and its map over it.

    It never fails: of photos that are no pictures, the map alone is drawn; of a volume its middle
    slice; and a map that is not finite is left out.

    Args:
        maps: [B, h, w] or [B, d, h, w].
        photos: [B, H, W, C], or None.
        names: what is explained of each image.
        told: what is known beside it, one an image.
    """
    flat = maps[:, maps.shape[1] // 2] if maps.ndim == 4 else maps
    made: list[plots.Panel] = []
    for i, (heat, name, rest) in enumerate(zip(flat, names, told, strict=True)):
        ground = _ground(photos, i)
        if ground is not None:
            made.append((ground, "Photo"))
        caption = f"{name}\n{rest}"
        if not np.isfinite(heat).all():
            made.append((np.full((8, 8), 0.75, np.float32), caption))
            continue
        scale = plots.range_of(heat) if heat.any() else None
        caption += "" if heat.any() else ", blank"
        drawn = plots.heatmap(heat, scale) if ground is None else plots.overlay(ground, heat, scale)
        made.append((drawn, caption, scale))
    return made


def _ground(photos: np.ndarray | None, index: int) -> np.ndarray | None:
    """Give a photo as RGB, or None where it is no picture."""
    if photos is None or photos.ndim != 4:
        return None
    made = shown(photos[index].astype(np.float32))
    return made if made.min() >= 0 and made.max() <= 1 else None
