"""The colours of signed values: blue below zero, white at zero, red above, equally dark."""

from __future__ import annotations

from functools import cache

import numpy as np

_HALF = 128
# From white outwards, in Oklab: both arms share lightness and chroma as smooth curves, so that
# equal sizes look equally strong and no step shows. Blue and red-orange (hues in degrees) stay
# apart for all common kinds of colour blindness.
_LIGHT = (1.0, -0.42, -0.25)  # 1, t, t^2
_CHROMA = (0.0, 0.28, 0.0, -0.185)  # 1, t, t^2, t^3
_BLUE, _RED = (245.0, 256.0), (55.0, 27.0)


def diverging(values: np.ndarray) -> np.ndarray:
    """Give the colour of values in [-1, 1].

    Args:
        values: numbers of any shape; what lies outside [-1, 1] takes the end's colour.

    Returns:
        float32 RGB in [0, 1], the shape of `values` and a last axis of 3. Zero is pure white.

    Example:
        >>> diverging(np.array([0.0])).tolist()
        [[1.0, 1.0, 1.0]]
    """
    place = (np.clip(np.asarray(values, np.float64), -1.0, 1.0) + 1.0) * _HALF
    low = np.minimum(np.floor(place).astype(int), 2 * _HALF - 1)
    rest = (place - low)[..., None]
    table = _table()
    return (table[low] * (1 - rest) + table[low + 1] * rest).astype(np.float32)


@cache
def _table() -> np.ndarray:
    """Make 257 colours from -1 to 1, along smooth curves in Oklab."""
    steps = np.linspace(0, 1, _HALF + 1)
    light = np.polynomial.Polynomial(_LIGHT)(steps)
    chroma = np.polynomial.Polynomial(_CHROMA)(steps)
    arms = []
    for first, last in (_BLUE, _RED):
        hue = np.deg2rad(first + (last - first) * steps)
        arms.append(_srgb(np.stack([light, chroma * np.cos(hue), chroma * np.sin(hue)], -1)))
    table = np.concatenate([arms[0][::-1], arms[1][1:]])
    table[_HALF] = 1.0
    table.flags.writeable = False
    return table


def _srgb(oklab: np.ndarray) -> np.ndarray:
    """Convert Oklab (Ottosson 2020) to sRGB in [0, 1]."""
    to_lms = np.array(
        [
            [1.0, 0.3963377774, 0.2158037573],
            [1.0, -0.1055613458, -0.0638541728],
            [1.0, -0.0894841775, -1.2914855480],
        ]
    )
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear = np.clip((oklab @ to_lms.T) ** 3 @ to_rgb.T, 0.0, 1.0)
    curved = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, curved)
