"""The objective of a random direction: what a layer holds if no axis of it is special."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.objectives.directions import cosine_numbers, mean_dot
from attrvis.objectives.objective import Objective, Readings
from attrvis.objectives.quoting import quoted
from attrvis.objectives.reading import along, read, shown

_MOST = 2**31 - 1


def random_direction(
    layer: str,
    seed: int | Sequence[int] = 0,
    power: float | Sequence[float] = 0.0,
    *,
    floor: float = 0.1,
) -> Objective:
    """Give how far the activations go in a random direction of length 1; see `direction`.

    Every direction is as likely as any other. Where they show as much as channels do, the channels
    are nothing special.

    Args:
        layer: the layer's name, [B, ..., C].
        seed: another one is another direction; or one an image.
        power: of the cosine, from 0, default 0; or one an image.
        floor: the least cosine, above 0 and at most 1, default 0.1.

    Returns:
        The objective.

    Raises:
        BadValue: a seed that is no whole number from 0; a power below 0, or a floor outside (0, 1].

    Source: Olah, Mordvintsev and Schubert, Feature Visualization, 2017 (random directions).

    Example:
        >>> q = random_direction("x", 3)
        >>> own = random_directions(2, [3])[0]
        >>> bool(abs(q({"x": tf.constant([[3.0, 4.0]])})[0] - own @ [3.0, 4.0]) < 1e-5)
        True
    """
    own = _seeds(seed)
    powers, least = cosine_numbers(power, floor)

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        values = read(readings, layer)
        channels = values.shape[-1]
        if channels is None:
            raise BadValue(
                f"It is not known how many channels {layer!r} has; choose another layer."
            )
        number = tf.convert_to_tensor(parameters[0])
        drawn = _drawn(tf.reshape(number, [-1]), channels)
        vectors = drawn[0] if number.shape.rank == 0 else drawn
        return mean_dot(values, along(vectors, 1, values.shape.rank), parameters[1:])

    text = f"random_direction({quoted(layer)}, {_text(own)}"
    text += f", power {shown(powers)})" if powers.any() else ")"
    held = (own, powers, least)
    return Objective(text, (layer,), ("random_direction", layer), held, (0, 0, 0), evaluate)


def random_directions(channels: int, seed: Sequence[int]) -> np.ndarray:
    """Draw the vectors of random directions, as `random_direction` does.

    Args:
        channels: of the layer, at least 1.
        seed: one a direction.

    Returns:
        float32 [B, channels], each of length 1.

    Raises:
        BadValue: no channels, or a seed that is no whole number from 0.

    Example:
        >>> random_directions(8, [0, 1]).shape
        (2, 8)
    """
    if channels < 1:
        raise BadValue(f"A direction is in a space of 1 channel or more, not {channels}.")
    return _drawn(tf.constant(np.atleast_1d(_seeds(seed))), channels).numpy()


def _drawn(numbers: tf.Tensor, channels: int) -> tf.Tensor:
    first = seeds.stream(seeds.image_keys(0), "random direction")
    keys = tf.repeat(first, numbers.shape[0] or tf.shape(numbers)[0], axis=0)
    keys = tf.ensure_shape(keys, [numbers.shape[0], 2])
    drawn = seeds.normal(seeds.fold(keys, numbers), [channels])
    return drawn / tf.norm(drawn, axis=-1, keepdims=True)


def _seeds(seed: int | Sequence[int]) -> np.ndarray:
    given = np.asarray(seed)
    whole = given.ndim < 2 and given.dtype.kind in "iu" and given.size
    if not whole or (given < 0).any() or (given > _MOST).any():
        raise BadValue(f"A seed is a whole number from 0, or one an image: not {seed!r}.")
    return given.astype(np.int32)


def _text(numbers: np.ndarray) -> str:
    return str(numbers) if numbers.ndim == 0 else f"[{len(numbers)} seeds]"
