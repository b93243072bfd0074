"""Which part of a photo a neuron looks at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from attrvis.networks import Network

_SHARE = 0.9
_LEAST = 8


def patch_side(
    net: Network,
    layer: str,
    unit: int,
    photos: np.ndarray,
    places: Sequence[tuple[int, int]],
    share: float = _SHARE,
) -> int:
    """Measure how large the part of a photo is that neurons of a channel look at.

    It is the side of the square, around each neuron's own place, that holds a share of the
    absolute gradient of the neuron to the pixels: what counts in fact, which in deep layers is far
    less than what could count.

    Args:
        net: the network.
        layer: its name, maps of [h, w, C].
        unit: the channel.
        photos: [n, H, W, 3] in [0, 1], of the network's size.
        places: (row, column) of a neuron in each photo.
        share: of the absolute gradient, above 0 and at most 1.

    Returns:
        The median over the photos in pixels, at least 8; the photo's shorter side where no
        neuron has a gradient.

    Source: Luo, Li, Urtasun and Zemel, Understanding the Effective Receptive Field, 2016.

    Example:
        >>> from attrvis.networks import load
        >>> photo = np.random.default_rng(0).uniform(size=(1, 64, 64, 3))
        >>> patch_side(load("embedded"), "conv1", 3, photo, [(16, 16)])
        8
    """
    images = tf.constant(photos, tf.float32)
    trunk = net.trunk([layer])
    rows = tf.range(len(places))[:, None]
    at = tf.concat([rows, tf.constant(places, tf.int32)], axis=1)
    with tf.GradientTape() as tape:
        tape.watch(images)
        maps = trunk(images)[layer]
        own = tf.reduce_sum(tf.gather_nd(maps[..., unit], at))
    slopes = np.abs(tape.gradient(own, images).numpy()).sum(axis=-1)
    grid = maps.shape[1:3]
    sides = [
        _side(slope, _centre(place, grid, slope.shape), share)
        for slope, place in zip(slopes, places, strict=True)
        if slope.any()
    ]
    shorter = int(min(photos.shape[1:3]))
    return shorter if not sides else int(np.clip(np.median(sides), min(_LEAST, shorter), shorter))


def patch(photo: np.ndarray, place: tuple[int, int], grid: Sequence[int], side: int) -> np.ndarray:
    """Cut the square around a position of a layer out of a photo.

    Args:
        photo: [H, W, 3].
        place: (row, column) of the layer's maps.
        grid: rows and columns of those.
        side: of the square in pixels; at the border it is moved inside.

    Returns:
        [side, side, 3], less where the photo is smaller.

    Example:
        >>> patch(np.zeros((8, 8, 3)), (0, 3), (4, 4), 4).shape
        (4, 4, 3)
    """
    cuts = []
    for middle, length in zip(_centre(place, grid, photo.shape), photo.shape, strict=False):
        first = int(np.clip(round(middle - side / 2), 0, max(0, length - side)))
        cuts.append(slice(first, first + side))
    return photo[cuts[0], cuts[1]]


def _centre(
    place: tuple[int, int], grid: Sequence[int], size: Sequence[int]
) -> tuple[float, float]:
    y, x = ((place[i] + 0.5) / grid[i] * size[i] for i in (0, 1))
    return y, x


def _side(slope: np.ndarray, centre: tuple[float, float], share: float) -> int:
    """Find the side of the square around a centre that holds a share of a map."""
    rows, columns = (
        np.abs(np.arange(n) + 0.5 - c) for n, c in zip(slope.shape, centre, strict=True)
    )
    far = np.maximum(rows[:, None], columns[None]).ravel()
    order = np.argsort(far, kind="stable")
    held = np.cumsum(slope.ravel()[order], dtype=np.float64)
    last = min(int(np.searchsorted(held, share * held[-1])), len(far) - 1)
    # From the neuron's place to the outer edge of the last pixel, both ways.
    return int(np.ceil(2 * far[order[last]] + 1 - 1e-6))
