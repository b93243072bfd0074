"""Marks on pictures: a colour for each of several things, frames, boxes, tinted maps."""

from __future__ import annotations

import colorsys

import numpy as np

from attrvis.images import resize

# Okabe and Ito's colours, apart for all common kinds of colour blindness.
_COLOURS = (
    (0.90, 0.62, 0.00),
    (0.34, 0.71, 0.91),
    (0.00, 0.62, 0.45),
    (0.84, 0.37, 0.00),
    (0.00, 0.45, 0.70),
    (0.80, 0.47, 0.65),
    (0.94, 0.89, 0.26),
)
_GREY = np.array([0.2126, 0.7152, 0.0722], np.float32)


def distinct_colours(count: int) -> np.ndarray:
    """Give colours that are easy to tell apart.

    Args:
        count: how many; beyond seven they are hues of equal distance.

    Returns:
        float32 [count, 3] in [0, 1].

    Example:
        >>> distinct_colours(3).shape
        (3, 3)
    """
    if count <= len(_COLOURS):
        return np.asarray(_COLOURS[:count], np.float32)
    hues = [colorsys.hsv_to_rgb(i / count, 0.85, 0.6 + 0.3 * (i % 2)) for i in range(count)]
    return np.asarray(hues, np.float32)


def framed(picture: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Put a frame of a colour around a picture, a twenty-fourth of its height wide.

    Args:
        picture: [h, w, 3] in [0, 1].
        colour: [3] in [0, 1].

    Returns:
        A larger picture.

    Example:
        >>> framed(np.zeros((48, 48, 3)), np.ones(3)).shape
        (52, 52, 3)
    """
    width = max(1, picture.shape[0] // 24)
    high, wide = picture.shape[0] + 2 * width, picture.shape[1] + 2 * width
    made = np.empty((high, wide, 3), np.float32)
    made[:] = colour
    made[width:-width, width:-width] = picture
    return made


def boxed(picture: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """Draw a box on a picture, white on black so that it is seen on any ground.

    Args:
        picture: [h, w, 3] in [0, 1]; enlarged where it is small, for a thin line.
        box: (top, left, bottom, right) as shares of the sides.

    Returns:
        float32 [h, w, 3] in [0, 1].

    Example:
        >>> boxed(np.zeros((300, 300, 3)), (0, 0, 0.5, 0.5)).shape
        (300, 300, 3)
    """
    factor = -(-256 // min(picture.shape[:2]))
    high, wide = picture.shape[0] * factor, picture.shape[1] * factor
    made = resize(picture, (high, wide), resample="bicubic")
    top, bottom = (round(box[i] * high) for i in (0, 2))
    left, right = (round(box[i] * wide) for i in (1, 3))
    line = max(2, high // 128)
    for grow, value in ((line, 0.0), (0, 1.0)):
        _outline(made, (top - grow, left - grow, bottom + grow, right + grow), line, value)
    return made


def _outline(picture: np.ndarray, box: tuple[int, int, int, int], line: int, value: float) -> None:
    high, wide = picture.shape[:2]
    top, left = (max(0, side) for side in box[:2])
    bottom, right = min(high, box[2]), min(wide, box[3])
    inside = picture[top:bottom, left:right]
    inside[:line] = inside[-line:] = value
    inside[:, :line] = inside[:, -line:] = value


def tinted(photo: np.ndarray, maps: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Tint a photo, which turns grey, with a colour for each of several maps.

    Args:
        photo: [H, W, 3] in [0, 1].
        maps: [n, h, w], from 0; enlarged smoothly. 1 is the full colour; where several meet, each
            counts by its share.
        colours: [n, 3].

    Returns:
        float32 [H, W, 3] in [0, 1].

    Example:
        >>> tinted(np.zeros((8, 8, 3)), np.ones((1, 2, 2)), np.ones((1, 3))).shape
        (8, 8, 3)
    """
    size = (photo.shape[0], photo.shape[1])
    large = np.stack([resize(one, size, resample="bicubic") for one in maps])
    large = np.clip(large, 0.0, 1.0)
    total = large.sum(axis=0)
    mixed = np.einsum("nhw,nc->hwc", large, colours) / np.maximum(total, 1e-6)[..., None]
    grey = np.repeat((photo @ _GREY)[..., None], 3, axis=-1)
    # Light and shade of the photo stay visible below the colour.
    lit = mixed * (0.6 + 0.4 * grey)
    share = 0.9 * np.minimum(total, 1.0)[..., None]
    ground = 0.35 + 0.55 * grey
    return np.clip((1 - share) * ground + share * lit, 0.0, 1.0).astype(np.float32)
