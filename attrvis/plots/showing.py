"""Make RGB and RGBA of what a network sees, whatever its channels."""

from __future__ import annotations

import colorsys

import numpy as np

from attrvis.errors import BadValue

_WAVE = 96
_STROKE = 1.5


def visible(images: np.ndarray) -> np.ndarray:
    """Show images of any number of channels, volumes and signals as RGBA.

    Args:
        images: [B, h, w, C + 1], or [B, d, h, w, C + 1] and [B, n, C + 1]; floats in [0, 1], the
            last channel is alpha. One channel is grey, three are RGB; of other numbers each gets a
            hue of its own. Of a volume the middle slice is shown, of a signal its curves.

    Returns:
        float32 [B, h, w, 4].

    Raises:
        BadValue: another rank, or no channel beside alpha.

    Example:
        >>> visible(np.ones((1, 4, 4, 8), np.float32)).shape
        (1, 4, 4, 4)
    """
    if images.ndim not in (3, 4, 5) or images.shape[-1] < 2:
        raise BadValue(f"What is shown is [B, h, w, C + alpha] or the like, not {images.shape}.")
    if images.ndim == 3:
        return np.stack([_curves(one[:, :-1]) for one in images])
    if images.ndim == 5:
        images = images[:, images.shape[1] // 2]
    colours, alpha = images[..., :-1], images[..., -1:]
    if colours.shape[-1] != 3:
        mixed = colours @ _hues(colours.shape[-1])
        colours = np.clip(mixed, 0, 1)
    return np.concatenate([colours, alpha], axis=-1).astype(np.float32)


def rgb(images: np.ndarray) -> np.ndarray:
    """Show images without alpha, of any number of channels, as RGB; see `visible`.

    Args:
        images: [B, h, w, C], floats in [0, 1]; three channels stay as they are.

    Returns:
        float32 [B, h, w, 3].

    Raises:
        BadValue: another rank, or no channel.

    Example:
        >>> rgb(np.full((1, 2, 2, 1), 0.5, np.float32))[0, 0, 0].tolist()
        [0.5, 0.5, 0.5]
    """
    if images.ndim == 4 and images.shape[-1] == 3:
        return images
    opaque = np.ones((*images.shape[:-1], 1), np.float32)
    return visible(np.concatenate([images, opaque], axis=-1))[..., :3]


def _hues(count: int) -> np.ndarray:
    """Give each channel a colour, so that all of them at 1 make white."""
    if count == 1:
        return np.ones((1, 3), np.float32)
    wheel = np.array([colorsys.hsv_to_rgb(i / count, 1, 1) for i in range(count)], np.float32)
    return wheel / wheel.sum(axis=0)


def _curves(values: np.ndarray) -> np.ndarray:
    """Draw signals [n, C] in [0, 1] one below the other, dark on white."""
    length, count = values.shape
    wide = int(np.clip(length, _WAVE, 8 * _WAVE))
    places = np.linspace(0, length - 1, wide)
    heights = np.arange(_WAVE)[:, None]
    rows = []
    for c in range(count):
        curve = np.interp(places, np.arange(length), values[:, c])
        centre = (1 - np.clip(curve, 0, 1)) * (_WAVE - 1)
        reach = np.maximum(_STROKE, np.abs(np.gradient(centre)))
        rows.append(np.clip(np.abs(heights - centre) - reach + 1, 0.1, 1))
    grey = np.concatenate(rows)[..., None].repeat(3, axis=2)
    return np.concatenate([grey, np.ones_like(grey[..., :1])], axis=2).astype(np.float32)
