"""The colour space in which the channels of natural photos hardly correlate, and your own."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.filters import COLOUR, mix


def correlate(values: tf.Tensor, colours: np.ndarray = COLOUR) -> tf.Tensor:
    """Turn decorrelated colour into RGB (before any sigmoid).

    Args:
        values: float32 [..., C].
        colours: columns: the directions of colour, [C, C]; default those of natural photos.

    Returns:
        float32 [..., C].

    Example:
        >>> correlate(tf.constant([[1.0, 0.0, 0.0]])).numpy().round(4).tolist()
        [[0.5627999901771545, 0.5845000147819519, 0.5845000147819519]]
    """
    return mix(values, np.asarray(colours).T.astype(np.float32))


def decorrelate(values: tf.Tensor, colours: np.ndarray = COLOUR) -> tf.Tensor:
    """Turn RGB (before any sigmoid) into decorrelated colour; the inverse of `correlate`.

    Args:
        values: float32 [..., C].
        colours: columns: the directions of colour, [C, C]; default those of natural photos.

    Returns:
        float32 [..., C].

    Example:
        >>> there = decorrelate(correlate(tf.constant([[0.3, -2.0, 0.5]])))
        >>> there.numpy().round(4).tolist() == tf.constant([[0.3, -2.0, 0.5]]).numpy().tolist()
        True
    """
    return mix(values, np.linalg.inv(np.asarray(colours, np.float64)).T.astype(np.float32))


def estimate_colours(images: np.ndarray, least: float = 1e-3) -> np.ndarray:
    """Find the directions of colour in which images hardly correlate: their principal axes.

    Each axis is as long as the standard deviation of the images along it, so that a white
    spectrum gets the images' own colours; then the longest column is made 1.

    Args:
        images: [B, *size, C], any number of channels but without alpha.
        least: no axis is shorter than this share of the longest, so that there is an inverse
            also where channels are equal.

    Returns:
        float64 [C, C]: columns, strongest first; give it as `colours` to a parameterisation.

    Raises:
        BadValue: if the images are not finite, or have no contrast.

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017.

    Example:
        >>> noise = np.random.default_rng(0).normal(size=[1, 50, 50, 1]) * [1.0, 1.0, 1.0]
        >>> (estimate_colours(noise)[:, 0] ** 2).round(3).tolist()
        [0.333, 0.333, 0.333]
    """
    pixels = np.asarray(images, np.float64)
    if pixels.ndim < 2 or not pixels.size or not np.isfinite(pixels).all():
        raise BadValue(
            f"The images of shape {pixels.shape} have no colours to find; give finite numbers, "
            "[B, *size, C]."
        )
    pixels = pixels.reshape(-1, pixels.shape[-1])
    spread = (pixels - pixels.mean(axis=0)).T @ (pixels - pixels.mean(axis=0)) / len(pixels)
    power, axes = np.linalg.eigh(spread)
    power, axes = np.maximum(power[::-1], 0.0), axes[:, ::-1]
    if power[0] < 1e-12:
        raise BadValue("The images have no contrast, so no colours to find; give other ones.")
    lengths = np.maximum(np.sqrt(power / power[0]), least)
    # An axis has no sign of its own: its largest part is made positive.
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=0)[None], axis=0)
    found: np.ndarray = axes * np.where(largest < 0, -1.0, 1.0) * lengths
    return found
