"""XRAI: attribution gathered over regions of the image, the densest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from attrvis.attribution.method import Found, Method
from attrvis.attribution.naming import method_of
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue, unknown
from attrvis.images import resize

SPEEDS = ("full", "fast")
_SCALES = (50, 100, 150, 250, 500, 1200)
_SIDE = 224
_SIGMA = 0.8
_LEAST_SEGMENT, _LEAST_NEW = 150, 50
_DILATION = 5


@dataclass(frozen=True)
class XRAI(Method):
    """The attribution of another method, gathered over segments of the photo.

    Of overlapping segments at six scales the one with the densest attribution is taken, then the
    next, of what is left. Each pixel gets its region's mean; the sum stays.

    Args:
        method: the method whose values are gathered, by name or made; default integrated gradients
            from black and from white, averaged.
        steps: of the default method, default 50.
        speed: `full` or `fast` (segments are ranked once).
        least: segments that would add fewer pixels than this are left out, default 50 of a photo of
            224 x 224, and in proportion of others.

    Raises:
        UnknownName: no such method or speed.
        BadValue: values without positions.

    Source: Kapishnikov, Bolukbasi, Viegas and Terry, XRAI: Better Attributions Through Regions,
    2019.

    Example:
        >>> XRAI(speed="fast").steps
        50
    """

    method: Method | str | None = None
    steps: int = 50
    speed: str = "full"
    least: int = _LEAST_NEW
    name = "xrai"

    def __post_init__(self) -> None:
        if self.least < 0:
            raise BadValue(f"The least pixels of a segment is a number from 0, not {self.least}.")
        if self.speed not in SPEEDS:
            raise unknown("speed", self.speed, SPEEDS)
        if self.method is not None:
            object.__setattr__(self, "method", method_of(self.method))
        self._inner()

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        if scene.values.shape.rank != 4 or scene.layer != "input":
            raise BadValue(
                f"XRAI gathers over the pixels of photos, and layer {scene.layer!r} holds none; "
                "leave the layer out."
            )
        found = self._inner().over_baselines(scene)
        values = np.asarray(found.values)
        gather = full if self.speed == "full" else fast
        made = []
        for image, one in zip(np.asarray(scene.images), values, strict=True):
            area = image.shape[0] * image.shape[1] / _SIDE**2
            made.append(gather(one.max(-1), segments(image), max(1, round(self.least * area))))
            scene.told("images", len(made), scene.count)
        return Found(np.stack(made)[..., None].astype(np.float32))

    def _inner(self) -> Method:
        if self.method is not None:
            return self.method  # type: ignore[return-value]
        inner = method_of("integrated-gradients", {"steps": self.steps})
        return method_of("averaged-baselines", {"method": inner})


def segments(image: np.ndarray) -> list[np.ndarray]:
    """Segment a photo at six scales, the segments widened so that they overlap.

    Args:
        image: [H, W, C].

    Returns:
        bool [H, W] each.

    Example:
        >>> len(segments(np.zeros((16, 16, 3), np.float32)))
        6
    """
    from skimage.morphology import dilation, disk
    from skimage.segmentation import felzenszwalb

    low, high = float(image.min()), float(image.max())
    scaled = (image - low) / max(high - low, 1e-8) * 2 - 1
    large = resize(np.asarray(scaled, np.float32), (_SIDE, _SIDE), resample="bicubic")
    rows = np.arange(image.shape[0]) * _SIDE // image.shape[0]
    columns = np.arange(image.shape[1]) * _SIDE // image.shape[1]
    found: list[np.ndarray] = []
    reach = disk(max(1, round(_DILATION * min(image.shape[:2]) / _SIDE)))
    for scale in _SCALES:
        labels = felzenszwalb(
            large, scale=scale, sigma=_SIGMA, min_size=_LEAST_SEGMENT, channel_axis=-1
        )[np.ix_(rows, columns)]
        found += [dilation(labels == n, reach).astype(bool) for n in np.unique(labels)]
    return found


def full(values: np.ndarray, regions: list[np.ndarray], least: int) -> np.ndarray:
    """Take, again and again, the region whose uncovered part is densest; see `XRAI`."""
    made, free = np.zeros_like(values, np.float64), np.ones(values.shape, bool)
    left = [region for region in regions if region.any()]
    while left:
        news = [region & free for region in left]
        kept = [i for i, new in enumerate(news) if np.count_nonzero(new) >= least]
        left, news = [left[i] for i in kept], [news[i] for i in kept]
        if not left:
            break
        best = int(np.argmax([values[new].mean() for new in news]))
        made[news[best]] = values[news[best]].mean()
        free &= ~news[best]
        left.pop(best)
    return _rest(made, values, free)


def fast(values: np.ndarray, regions: list[np.ndarray], least: int) -> np.ndarray:
    """Take the regions in the order of their whole density; see `XRAI`."""
    made, free = np.zeros_like(values, np.float64), np.ones(values.shape, bool)
    for region in _ranked(values, regions):
        new = region & free
        if np.count_nonzero(new) >= least:
            made[new] = values[new].mean()
            free &= ~new
    return _rest(made, values, free)


def _ranked(values: np.ndarray, regions: list[np.ndarray]) -> Iterator[np.ndarray]:
    held = [region for region in regions if region.any()]
    density = [values[region].mean() for region in held]
    return (held[i] for i in np.argsort(density, kind="stable")[::-1])


def _rest(made: np.ndarray, values: np.ndarray, free: np.ndarray) -> np.ndarray:
    if free.any():
        made[free] = values[free].mean()
    return made
