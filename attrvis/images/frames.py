"""How a photo was fitted to a network's input, and the way back to the photo's own pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import numpy as np

from attrvis.errors import BadValue
from attrvis.images.resizing import check_size, resize

How = Literal["crop", "pad", "stretch"]

_HOWS = ("crop", "pad", "stretch")
_MARGIN = 256 / 224


@dataclass(frozen=True)
class Frame:
    """Where a network's input lies in the photo.

    Args:
        how: `"crop"`, `"pad"` or `"stretch"`.
        photo: (height, width) of the photo.
        network: (height, width) of the network's input.
        box: (top, left, bottom, right) of the part seen by the network, in photo pixels.
        area: (top, left, bottom, right) of what that part became, in whole network pixels;
            smaller than the network's input only for `"pad"`.

    Example:
        >>> _, frame = fit(np.zeros((200, 100, 3), np.float32), (50, 50), "pad")
        >>> frame.to_photo(np.ones((50, 50))).shape
        (200, 100)
    """

    how: How
    photo: tuple[int, int]
    network: tuple[int, int]
    box: tuple[float, float, float, float]
    area: tuple[int, int, int, int]

    def __post_init__(self) -> None:
        top, left, bottom, right = self.box
        a_top, a_left, a_bottom, a_right = self.area
        if (
            self.how not in _HOWS
            or check_size(self.photo) != tuple(self.photo)
            or check_size(self.network) != tuple(self.network)
            or not (0 <= top < bottom <= self.photo[0] and 0 <= left < right <= self.photo[1])
            or not (0 <= a_top < a_bottom <= self.network[0])
            or not (0 <= a_left < a_right <= self.network[1])
        ):
            raise BadValue(f"These numbers describe no frame: {self.to_json()}.")

    def to_photo(self, array: np.ndarray, fill: float = 0.0) -> np.ndarray:
        """Bring a map or picture from the network's frame to the photo's own pixels.

        Args:
            array: [h, w] or [h, w, c] at the network's size.
            fill: the value of photo pixels that the network did not see, default 0.

        Returns:
            float32, at the photo's size. Padding is cut off. A photo pixel counts as seen when
            its centre lies in the box.

        Raises:
            BadValue: the array is not of the network's size.

        Example:
            >>> _, frame = fit(np.zeros((300, 400, 3), np.float32), (224, 224))
            >>> frame.to_photo(np.ones((224, 224)))[150, [0, 200]].tolist()
            [0.0, 1.0]
        """
        values = np.asarray(array, dtype=np.float32)
        if values.ndim not in (2, 3) or values.shape[:2] != tuple(self.network):
            raise BadValue(
                f"To be brought back to the photo an array must be {self.network[0]} x "
                f"{self.network[1]} like the network's input; this one is {list(values.shape)}."
            )
        top, left, bottom, right = self.area
        values = values[top:bottom, left:right]
        ys, y_box, y_pad = _back(self.box[0], self.box[2], self.photo[0], bottom - top)
        xs, x_box, x_pad = _back(self.box[1], self.box[3], self.photo[1], right - left)
        if y_pad or x_pad:
            pads = [(y_pad, y_pad), (x_pad, x_pad)] + [(0, 0)] * (values.ndim - 2)
            values = np.pad(values, pads, mode="edge")
        size = (ys.stop - ys.start, xs.stop - xs.start)
        made = np.full((*self.photo, *values.shape[2:]), fill, np.float32)
        made[ys, xs] = resize(values, size, box=(y_box[0], x_box[0], y_box[1], x_box[1]))
        return made

    def at(self, photo: tuple[int, int]) -> Frame:
        """Give the same frame of the same photo at another size.

        Args:
            photo: (height, width) of the photo as it is now.

        Returns:
            The frame, with its box moved along.

        Raises:
            BadValue: no such size.

        Example:
            >>> _, frame = fit(np.zeros((300, 400, 3), np.float32), (224, 224))
            >>> [round(edge, 1) for edge in frame.box], [round(edge, 1) for edge in
            ...     frame.at((150, 200)).box]
            ([18.8, 68.0, 281.2, 330.8], [9.4, 34.0, 140.6, 165.4])
        """
        height, width = check_size(photo)
        down, across = height / self.photo[0], width / self.photo[1]
        top, left, bottom, right = self.box
        box = (top * down, left * across, min(bottom * down, height), min(right * across, width))
        return replace(self, photo=(height, width), box=box)

    def to_json(self) -> dict[str, Any]:
        """Say the frame in plain values for a JSON file.

        Returns:
            A dict of strings, numbers and lists.

        Example:
            >>> fit(np.zeros((4, 4, 3), np.float32), (4, 4))[1].to_json()["how"]
            'crop'
        """
        return {
            "how": self.how,
            "photo": list(self.photo),
            "network": list(self.network),
            "box": list(self.box),
            "area": list(self.area),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Frame:
        """Make a frame again from what `to_json` said.

        Args:
            values: the mapping.

        Returns:
            An equal frame.

        Raises:
            BadValue: keys are missing or the numbers describe no frame.

        Example:
            >>> frame = fit(np.zeros((4, 6, 3), np.float32), (4, 4))[1]
            >>> Frame.from_json(frame.to_json()) == frame
            True
        """
        try:
            return cls(
                how=values["how"],
                photo=cast(tuple[int, int], tuple(int(v) for v in values["photo"])),
                network=cast(tuple[int, int], tuple(int(v) for v in values["network"])),
                box=cast(tuple[float, float, float, float], tuple(float(v) for v in values["box"])),
                area=cast(tuple[int, int, int, int], tuple(int(v) for v in values["area"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadValue(f"This describes no frame of a photo: {dict(values)!r}.") from error


def fit(
    image: np.ndarray, size: tuple[int, int], how: How = "crop", *, fill: float = 0.5
) -> tuple[np.ndarray, Frame]:
    """Fit a photo to a network's input size.

    Args:
        image: [H, W, 3], float in [0, 1].
        size: the network's (height, width) in pixels.
        how: `"crop"` (default): the shorter side becomes 256/224 of the network's side, then the
            centre is cut out, as networks are usually evaluated; `"pad"`: the whole photo, its
            proportions kept, on a plain ground; `"stretch"`: the whole photo, distorted. A photo
            of exactly the network's size is left untouched by all three.
        fill: the ground of `"pad"` in [0, 1], default 0.5.

    Returns:
        The fitted image, float32 [h, w, 3] in [0, 1], and the frame that leads back.

    Raises:
        BadValue: the image, the size or the way is not valid.

    Example:
        >>> image, frame = fit(np.zeros((300, 451, 3), np.float32), (224, 224))
        >>> image.shape, [round(edge, 1) for edge in frame.box]
        ((224, 224, 3), [18.8, 94.0, 281.2, 357.0])
    """
    h, w = check_size(size)
    if how not in _HOWS:
        raise BadValue(f"A photo is fitted by {', '.join(_HOWS)}; got {how!r}.")
    values = np.asarray(image)
    if values.ndim != 3 or 0 in values.shape or values.dtype.kind != "f":
        raise BadValue(
            f"A photo to be fitted is float [H, W, 3]; this one is {values.dtype} of shape "
            f"{list(values.shape)}: pass it through attrvis.images.read first."
        )
    height, width = values.shape[:2]
    box = (0.0, 0.0, float(height), float(width))
    area = (0, 0, h, w)
    if (height, width) == (h, w):
        return np.array(values, np.float32), Frame(how, (height, width), (h, w), box, area)
    if how == "crop":
        box = _crop_box((height, width), (h, w))
    elif how == "pad":
        scale = min(h / height, w / width)
        inner_h = min(h, max(1, round(height * scale)))
        inner_w = min(w, max(1, round(width * scale)))
        top, left = (h - inner_h) // 2, (w - inner_w) // 2
        area = (top, left, top + inner_h, left + inner_w)
    inner = resize(values, (area[2] - area[0], area[3] - area[1]), box=box)
    made = np.full((h, w, values.shape[2]), fill, np.float32)
    made[area[0] : area[2], area[1] : area[3]] = inner
    return made, Frame(how, (height, width), (h, w), box, area)


def _crop_box(
    photo: tuple[int, int], network: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Find the part of the photo that remains when it is resized with a margin and then cropped."""
    wanted = [round(side * _MARGIN) for side in network]
    scale = max(want / side for want, side in zip(wanted, photo, strict=True))
    edges: list[tuple[float, float]] = []
    for side, target in zip(photo, network, strict=True):
        resized = max(target, int(side * scale + 1e-9))
        start = round((resized - target) / 2)
        unit = side / resized
        edges.append((start * unit, min(float(side), (start + target) * unit)))
    return edges[0][0], edges[1][0], edges[0][1], edges[1][1]


def _back(low: float, high: float, side: int, cells: int) -> tuple[slice, tuple[float, float], int]:
    """Relate one axis of the photo to the network: pixels seen, their box in cells, edge cells.

    The pixels seen are those with their centre in [low, high]. Where no centre is (a sliver of
    less than a pixel) the pixel around the middle is taken.
    """
    first = math.ceil(low - 0.5 - 1e-9)
    last = math.floor(high - 0.5 + 1e-9)
    if last < first:
        first = last = min(side - 1, int((low + high) / 2))
    first, last = max(0, first), min(side - 1, last)
    per_pixel = cells / (high - low)
    start, stop = (first - low) * per_pixel, (last + 1 - low) * per_pixel
    pad = max(0, math.ceil(-start - 1e-9), math.ceil(stop - cells - 1e-9))
    start, stop = max(0.0, start + pad), min(cells + 2.0 * pad, stop + pad)
    return slice(first, last + 1), (start, stop), pad
