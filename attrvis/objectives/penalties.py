"""Penalties of a picture, or of any reading: roughness, size, and high frequencies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.objective import Objective, Readings
from attrvis.objectives.quoting import quoted
from attrvis.objectives.reading import along, inner, numbers, read, read_maps, shown

_LEAST = 1e-6


def total_variation(of: str = "input") -> Objective:
    """Give the sum of absolute differences between neighbours. It is a penalty: subtract it.

    Args:
        of: the reading, [B, h, w, C]; default what the network sees. [B, T, C] counts as T rows.

    Returns:
        The objective.

    Source: Rudin, Osher and Fatemi, Nonlinear total variation based noise removal algorithms, 1992
    (here the sum of both directions).

    Example:
        >>> picture = tf.constant([[[[0.0], [1.0]], [[2.0], [0.0]]]])
        >>> total_variation()({"input": picture}).numpy().tolist()  # 2 + 1 down, 1 + 2 across
        [6.0]
    """

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        maps = read_maps(readings, of)
        down = tf.reduce_sum(tf.abs(maps[:, 1:] - maps[:, :-1]), axis=[1, 2, 3])
        across = tf.reduce_sum(tf.abs(maps[:, :, 1:] - maps[:, :, :-1]), axis=[1, 2, 3])
        return down + across

    text = f"total_variation({quoted(of)})"
    return Objective(text, (of,), ("total_variation", of), (), (), evaluate)


def l1(of: str = "input", constant: float | Sequence[float] = 0.0) -> Objective:
    """Give the sum of absolute differences from a number. It is a penalty: subtract it.

    Args:
        of: the reading, [B, ...]; default what the network sees.
        constant: the number, default 0; or one an image.

    Returns:
        The objective.

    Raises:
        BadValue: a number that is not finite.

    Source: Olah et al., Feature Visualization, 2017 (Lucid's `L1`).

    Example:
        >>> l1("x", 1.0)({"x": tf.constant([[0.0, 3.0]])}).numpy().tolist()
        [3.0]
    """
    centre = numbers(constant, 0, "The number of l1")

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        values = read(readings, of, least=1)
        away = values - along(parameters[0], 0, values.shape.rank)
        return tf.reduce_sum(tf.abs(away), axis=inner(values))

    return Objective(_text("l1", of, centre), (of,), ("l1", of), (centre,), (0,), evaluate)


def l2(
    of: str = "input", constant: float | Sequence[float] = 0.0, eps: float = _LEAST
) -> Objective:
    """Give the distance from a number, `sqrt(eps + sum (a - c)**2)`. It is a penalty: subtract it.

    Args:
        of: the reading, [B, ...]; default what the network sees.
        constant: the number c, default 0; or one an image.
        eps: above 0, default 1e-6; it keeps the gradient finite where the distance is nothing.

    Returns:
        The objective.

    Raises:
        BadValue: a number that is not finite, or an `eps` that is not positive.

    Source: Olah et al., Feature Visualization, 2017 (Lucid's `L2`).

    Example:
        >>> l2("x")({"x": tf.constant([[3.0, 4.0]])}).numpy().round(3).tolist()
        [5.0]
    """
    centre, least = numbers(constant, 0, "The number of l2"), numbers(eps, 0, "The eps of l2")
    if not (least > 0).all():
        raise BadValue(f"The eps of l2 is above 0, not {eps!r}.")

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        values = read(readings, of, least=1)
        away = values - along(parameters[0], 0, values.shape.rank)
        return tf.sqrt(parameters[1] + tf.reduce_sum(tf.square(away), axis=inner(values)))

    structure, ranks = ("l2", of), (0, 0)
    return Objective(_text("l2", of, centre), (of,), structure, (centre, least), ranks, evaluate)


def spectral(of: str = "input", power: float | Sequence[float] = 2.0) -> Objective:
    """Give a picture's energy with its fine detail counted most. It is a penalty: subtract it.

    It is the mean square of the picture after each frequency f was weighed by
    `(f / 0.5) ** power`, f in cycles a pixel, so that the finest stripes along a side count once
    and a constant counts nothing.

    Args:
        of: the reading, [B, h, w, C] of known sides; default what the network sees. [B, T, C]
            counts as T rows.
        power: of the frequency, from 0 (the plain mean square), default 2; or one an image. It
            weighs energies, so 2 penalises the squared slope.

    Returns:
        The objective.

    Raises:
        BadValue: a power below 0, or sides that are not known.

    Source: our own; by Parseval's theorem a power of 0 is the mean square.

    Example:
        >>> stripes = np.tile([[1.0], [-1.0]], (1, 4, 3, 1))
        >>> spectral()({"input": stripes}).numpy().round(4).tolist()
        [1.0]
    """
    powers = numbers(power, 0, "A spectral power", low=0.0)

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        maps = read_maps(readings, of)
        height, width = maps.shape[1:3]
        if height is None or width is None:
            raise BadValue(f"The sides of {of!r} must be known for its spectrum.")
        frequency, twice = _frequencies(height, width)
        spectrum = tf.signal.rfft2d(tf.transpose(maps, [0, 3, 1, 2]))
        # Not by tf.abs: its gradient is not finite at 0.
        energy = tf.square(tf.math.real(spectrum)) + tf.square(tf.math.imag(spectrum))
        weights = twice * tf.pow(frequency, along(parameters[0], 0, 4))
        total = tf.reduce_sum(tf.reduce_mean(energy, axis=1, keepdims=True) * weights, [1, 2, 3])
        return total / float(height * width) ** 2

    text = f"spectral({quoted(of)}, power {shown(powers)})"
    return Objective(text, (of,), ("spectral", of), (powers,), (0,), evaluate)


def _frequencies(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """List frequencies in units of 0.5 cycles a pixel, and how often each stands in the whole."""
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]) / 0.5
    twice = np.full(width // 2 + 1, 2.0)
    twice[0] = 1.0
    if width % 2 == 0:
        twice[-1] = 1.0
    return frequency.astype(np.float32), twice.astype(np.float32)


def _text(kind: str, of: str, centre: np.ndarray) -> str:
    return f"{kind}({quoted(of)}" + (f", from {shown(centre)})" if centre.any() else ")")
