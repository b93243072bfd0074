"""Spectra of real signals, images and volumes, with weights that make the transform unitary."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

from attrvis import filters

Size = tuple[int, ...]


def half(size: Size) -> Size:
    """Give the shape of a real image's spectrum, whose last axis is half as long.

    Args:
        size: of the image.

    Returns:
        The sides of its spectrum.

    Example:
        >>> half((9, 7))
        (9, 4)
    """
    return (*size[:-1], size[-1] // 2 + 1)


def frequencies(size: Size) -> np.ndarray:
    """Tabulate the frequencies of a real image's spectrum.

    Args:
        size: of the image.

    Returns:
        float64 `half(size)`, in cycles per pixel.

    Example:
        >>> frequencies((4,)).tolist()
        [0.0, 0.25, 0.5]
    """
    squared = np.zeros(half(size))
    for axis, side in enumerate(size):
        one = np.fft.rfftfreq(side) if axis == len(size) - 1 else np.fft.fftfreq(side)
        squared += one.reshape([-1 if a == axis else 1 for a in range(len(size))]) ** 2
    return np.sqrt(squared)


def weights(size: Size, decay: float = 1.0) -> np.ndarray:
    """Weigh frequencies so that white spectra give natural-looking images.

    The weight is `sqrt(pixels) / 4 / max(f, 1 / longest side) ** decay`; with a decay of 0 the
    transform is unitary but for the 4.

    Args:
        size: of the image.
        decay: power of 1 / f; larger is smoother.

    Returns:
        float32 `half(size)`.

    Example:
        >>> weights((4,)).tolist()
        [2.0, 2.0, 1.0]
    """
    if len(size) == 2:
        return filters.spectrum_scale(*size, decay)
    least = np.maximum(frequencies(size), 1.0 / max(size))
    return (math.sqrt(math.prod(size)) / 4.0 / least**decay).astype(np.float32)


def synthesise(parts: tf.Tensor, scale: np.ndarray, size: Size) -> tf.Tensor:
    """Turn weighted spectra into planes.

    Args:
        parts: float32 [B, C, *half(size), 2], real and imaginary parts side by side.
        scale: weights, broadcast to [C, *half(size)].
        size: of the planes.

    Returns:
        float32 [B, C, *size].

    Example:
        >>> synthesise(tf.zeros([1, 2, 5, 4, 3, 2]), weights((5, 4, 5)), (5, 4, 5)).shape.as_list()
        [1, 2, 5, 4, 5]
    """
    if len(size) == 2:
        return filters.from_spectrum(parts, scale, size[1])
    if len(size) == 1:
        planes = filters.from_spectrum(
            tf.expand_dims(parts, 2), np.expand_dims(np.asarray(scale), -2), size[0]
        )
        return tf.squeeze(planes, 2)
    # A real volume's spectrum holds every column twice, but for the first and (even) last.
    twice = np.full(size[-1] // 2 + 1, 2.0)
    twice[0] = 1.0
    if size[-1] % 2 == 0:
        twice[-1] = 1.0
    forth = np.broadcast_to(scale[..., None], parts.shape[1:]).astype(np.float32)
    back = forth * (twice[:, None] / math.prod(size)).astype(np.float32)

    @tf.custom_gradient
    def volume(values: tf.Tensor) -> tuple[tf.Tensor, object]:
        planes = tf.signal.irfft3d(tf.bitcast(values * forth, tf.complex64), list(size))

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return tf.bitcast(tf.signal.rfft3d(upstream), tf.float32) * back

        return planes, gradient

    return volume(parts)


def analyse(planes: tf.Tensor) -> tf.Tensor:
    """Find the spectra of planes; `synthesise` with weights of 1 undoes it.

    Args:
        planes: float64 [B, C, *size].

    Returns:
        float64 [B, C, *half(size), 2].

    Example:
        >>> analyse(tf.ones([1, 1, 4], tf.float64)).numpy().ravel().tolist()
        [4.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    forward = (tf.signal.rfft, tf.signal.rfft2d, tf.signal.rfft3d)[planes.shape.rank - 3]
    found = forward(planes)
    return tf.stack([tf.math.real(found), tf.math.imag(found)], axis=-1)
