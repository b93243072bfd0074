"""Image filters that every room may use: Gaussian blur, real spectra, fractal noise."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue

_DIRECTIONS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
COLOUR = _DIRECTIONS / np.linalg.norm(_DIRECTIONS, axis=0).max()
"""Columns: directions of RGB that are nearly uncorrelated in natural photos, longest = 1."""


def spectrum_scale(height: int, width: int, decay: float = 1.0) -> np.ndarray:
    """Weigh the frequencies of a real image so that white spectra give natural-looking ones.

    The weight is `sqrt(h * w) / max(f, 1 / max(h, w)) ** decay / 4`, f in cycles per pixel.

    Args:
        height: of the image, in pixels.
        width: of the image, in pixels.
        decay: power of 1 / f; larger is smoother.

    Returns:
        float32 [height, width // 2 + 1].

    Raises:
        BadValue: if the image would be empty.

    Example:
        >>> spectrum_scale(5, 4).shape
        (5, 3)
    """
    if height < 1 or width < 1:
        raise BadValue(f"An image of {height}x{width} is empty; both sides must be at least 1.")
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    frequency = np.maximum(np.hypot(rows, columns), 1.0 / max(height, width))
    return (math.sqrt(height * width) / 4.0 / frequency**decay).astype(np.float32)


def from_spectrum(spectrum: tf.Tensor, scale: np.ndarray, width: int) -> tf.Tensor:
    """Turn weighted real spectra into images, for any height and for odd and even widths.

    Args:
        spectrum: float32 [B, C, h, width // 2 + 1, 2], real and imaginary parts side by side, as
            complex numbers lie in memory.
        scale: weights, broadcast to [C, h, width // 2 + 1].
        width: of the image, in pixels.

    Returns:
        float32 [B, C, h, width].

    Example:
        >>> spectrum = tf.zeros([1, 3, 5, 4, 2])
        >>> from_spectrum(spectrum, spectrum_scale(5, 7), 7).shape.as_list()
        [1, 3, 5, 7]
    """
    size = [spectrum.shape[2], width]
    # A real image's spectrum holds every column twice, but for the first and (even width) last.
    twice = np.full(width // 2 + 1, 2.0)
    twice[0] = 1.0
    if width % 2 == 0:
        twice[-1] = 1.0
    # Written out in full, as an array that needs no broadcast multiplies several times faster.
    forth = np.broadcast_to(scale[..., None], spectrum.shape[1:]).astype(np.float32)
    back = forth * (twice[:, None] / (size[0] * width)).astype(np.float32)

    @tf.custom_gradient
    def synthesise(parts: tf.Tensor) -> tuple[tf.Tensor, object]:
        image = tf.signal.irfft2d(tf.bitcast(parts * forth, tf.complex64), size)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return tf.bitcast(tf.signal.rfft2d(upstream), tf.float32) * back

        return image, gradient

    return synthesise(spectrum)


def mix(values: tf.Tensor, matrix: np.ndarray) -> tf.Tensor:
    """Multiply the last axis by a matrix, as one flat product.

    A product of a tensor of rank 4 with a matrix must not go through TensorFlow's own batching:
    with oneDNN (seen in 2.21) it writes beyond its memory for some shapes.

    Args:
        values: float32 [..., n], with known sides but for the first.
        matrix: float32 [n, m].

    Returns:
        float32 [..., m].

    Example:
        >>> mix(tf.ones([1, 2, 2, 3]), np.ones([3, 1], np.float32)).shape.as_list()
        [1, 2, 2, 1]
    """
    flat = tf.linalg.matmul(tf.reshape(values, [-1, matrix.shape[0]]), matrix)
    return tf.reshape(flat, [-1, *values.shape[1:-1], matrix.shape[1]])


def mix_planes(planes: tf.Tensor, matrix: np.ndarray) -> tf.Tensor:
    """Multiply the channels by a matrix and put them last; see `mix`.

    Turning the product's operand costs half of turning the image; for one image nothing moves.

    Args:
        planes: float32 [B, n, h, w], with known sides but for the first.
        matrix: float32 [n, m].

    Returns:
        float32 [B, h, w, m].

    Example:
        >>> mix_planes(tf.ones([1, 3, 2, 2]), np.ones([3, 1], np.float32)).numpy().ravel().tolist()
        [3.0, 3.0, 3.0, 3.0]
    """
    height, width = planes.shape[2:]
    flat = tf.reshape(tf.transpose(planes, [1, 0, 2, 3]), [matrix.shape[0], -1])
    mixed = tf.linalg.matmul(flat, matrix, transpose_a=True)
    return tf.reshape(mixed, [-1, height, width, matrix.shape[1]])


def fractal(
    keys: tf.Tensor,
    height: int,
    width: int,
    sd: float = 0.2,
    decay: float = 1.5,
    channels: int = 3,
    decorrelated: bool = True,
) -> tf.Tensor:
    """Draw fractal noise, as rich in large shapes as in small ones; it is periodic.

    Args:
        keys: int32 [B, 2]; image i depends on its own key alone.
        height: of the images, in pixels.
        width: of the images, in pixels.
        sd: standard deviation of the white spectrum.
        decay: power of 1 / f; larger is smoother.
        channels: number of channels.
        decorrelated: whether three channels get the colours of natural photos.

    Returns:
        float32 [B, height, width, channels] in [0, 1], without a gradient.

    Example:
        >>> fractal(seeds.image_keys(0, 2), 9, 16).shape.as_list()
        [2, 9, 16, 3]
    """
    spectrum = seeds.normal(keys, [channels, height, width // 2 + 1, 2], sd)
    raw = from_spectrum(spectrum, spectrum_scale(height, width, decay), width)
    natural = decorrelated and channels == 3
    raw = mix_planes(raw, (COLOUR.T if natural else np.eye(channels)).astype(np.float32))
    # The sigmoid, by tanh: TensorFlow's own may differ in its last bit with the size of a batch.
    return tf.stop_gradient(0.5 + 0.5 * tf.tanh(0.5 * raw))


def gaussian_kernel(sigma: float, reach: float = 3.0) -> np.ndarray:
    """Tabulate a Gaussian of odd length and sum 1.

    Args:
        sigma: standard deviation in pixels; 0 gives the single weight 1.
        reach: half length in units of sigma.

    Returns:
        float32 [2 * ceil(reach * sigma) + 1].

    Raises:
        BadValue: if `sigma` is negative or not finite.

    Example:
        >>> gaussian_kernel(0.5).shape, round(float(gaussian_kernel(2.0).sum()), 5)
        ((5,), 1.0)
    """
    if not 0 <= sigma < math.inf:
        raise BadValue(f"A blur of sigma {sigma} is impossible; sigma is 0 or more, in pixels.")
    if sigma == 0:
        return np.ones(1, np.float32)
    half = math.ceil(reach * sigma)
    weights = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    return (weights / weights.sum()).astype(np.float32)


def blur_matrix(size: int, sigma: float, reach: float = 3.0) -> np.ndarray:
    """Write a one-dimensional Gaussian blur with reflecting ends as a matrix.

    Args:
        size: number of pixels.
        sigma: standard deviation in pixels; the kernel may be longer than the image.
        reach: half length of the kernel in units of sigma.

    Returns:
        float32 [size, size]; each row sums to 1.

    Example:
        >>> blur_matrix(3, 0.0).tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    kernel = gaussian_kernel(sigma, reach)
    half = len(kernel) // 2
    period = max(2 * size - 2, 1)
    sources = np.arange(size)[:, None] + np.arange(-half, half + 1)[None]
    folded = np.mod(sources, period)
    folded = np.minimum(folded, period - folded) if size > 1 else np.zeros_like(folded)
    matrix = np.zeros((size, size), np.float64)
    np.add.at(matrix, (np.arange(size)[:, None], folded), kernel[None].astype(np.float64))
    return matrix.astype(np.float32)


def blur(images: tf.Tensor, sigma: float, reach: float = 3.0) -> tf.Tensor:
    """Blur images by a Gaussian, with an odd kernel and reflecting borders.

    Args:
        images: float32 [B, h, w, C], h and w known.
        sigma: standard deviation in pixels; 0 changes nothing. The kernel may be wider than
            the image.
        reach: half length of the kernel in units of sigma.

    Returns:
        float32 [B, h, w, C]; a constant image stays as it is, nothing is shifted.

    Example:
        >>> bool(tf.reduce_all(tf.abs(blur(tf.ones([1, 8, 6, 3]), 10.0) - 1) < 1e-5))
        True
    """
    if sigma == 0:
        return images
    height, width = images.shape[1:3]
    rows, columns = blur_matrix(height, sigma, reach), blur_matrix(width, sigma, reach)
    across = mix(tf.transpose(images, [0, 3, 1, 2]), columns.T)
    both = mix(tf.transpose(across, [0, 1, 3, 2]), rows.T)
    return tf.transpose(both, [0, 3, 2, 1])
