"""Objectives of directions in a layer's activation space: everywhere, at a place, or a map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.objective import Objective, Readings
from attrvis.objectives.positions import Position, at_position, position
from attrvis.objectives.quoting import quoted
from attrvis.objectives.reading import (
    along,
    batched,
    check_fits,
    inner,
    numbers,
    read,
    read_maps,
    shown,
    silent,
)

# The square of the shortest length that counts: below it a cosine has no meaning and no gradient.
_TINY = 1e-24


def direction(
    layer: str,
    vector: Sequence[float] | np.ndarray,
    power: float | Sequence[float] = 0.0,
    *,
    floor: float = 0.1,
) -> Objective:
    """Give how far the activations go in a direction, the mean over all positions.

    At each position it is `dot * max(floor, cos) ** power`, with `cos = dot / (|a| |v|)`.

    Args:
        layer: the layer's name, [B, ..., C].
        vector: the direction, [C], or one an image, [B, C].
        power: of the cosine, from 0 (the plain dot product, default), or one an image; the higher,
            the less it helps to be long without pointing there.
        floor: the least cosine, above 0 and at most 1, default 0.1: a gradient is left to those
            who still look away.

    Returns:
        The objective.

    Raises:
        BadValue: a direction that is zero or not finite, or of another number of channels than
            the layer; a power below 0, or a floor outside (0, 1].

    Source: Carter et al., Activation Atlas, 2019; the cosine power from Lucid, 2018.

    Example:
        >>> q = direction("x", [3.0, 4.0], power=1)
        >>> q({"x": tf.constant([[3.0, 4.0], [6.0, 8.0]])}).numpy().round(3).tolist()
        [25.0, 50.0]
    """
    vectors = _vectors(vector, 1, "A direction")

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        values = read(readings, layer)
        check_fits(parameters[0], 1, values, layer, "The direction")
        return mean_dot(values, along(parameters[0], 1, values.shape.rank), parameters[1:])

    text = f"direction({quoted(layer)}"
    return _made("direction", text, layer, (vectors, 1), power, floor, evaluate)


def direction_at(
    layer: str,
    vector: Sequence[float] | np.ndarray,
    y: Position = None,
    x: Position = None,
    power: float | Sequence[float] = 0.0,
    *,
    floor: float = 0.1,
) -> Objective:
    """Give how far the activations go in a direction at one position; see `direction`.

    Args:
        layer: the layer's name: maps [B, h, w, C], or tokens [B, T, C], of which `y` is the number.
        vector: the direction, [C], or one an image, [B, C].
        y: row, or one an image; default the middle.
        x: column, or one an image; default the middle.
        power: of the cosine, from 0, default 0; or one an image.
        floor: the least cosine, above 0 and at most 1, default 0.1.

    Returns:
        The objective.

    Raises:
        BadValue: as `direction`; or a position that the layer does not have.

    Source: Olah et al., The Building Blocks of Interpretability, 2018.

    Example:
        >>> q = direction_at("x", [1.0, 2.0], 1, 0)
        >>> q({"x": tf.reshape(tf.range(8.0), [1, 2, 2, 2])}).numpy().tolist()  # 4 * 1 + 5 * 2
        [14.0]
    """
    vectors = _vectors(vector, 1, "A direction")
    place, where = position(y, x)

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        values = at_position(read_maps(readings, layer), parameters[3])
        check_fits(parameters[0], 1, values, layer, "The direction")
        return mean_dot(values, along(parameters[0], 1, 2), parameters[1:3])

    text = f"direction({quoted(layer)}@{where}"
    return _made("direction_at", text, layer, (vectors, 1), power, floor, evaluate, (place, 1))


def direction_map(
    layer: str,
    vectors: np.ndarray,
    power: float | Sequence[float] = 0.0,
    *,
    floor: float = 0.1,
) -> Objective:
    """Give how far the activations go in a direction of each position's own; see `direction`.

    Args:
        layer: the layer's name: maps [B, H, W, C], or tokens [B, T, C], taken as T rows.
        vectors: a direction a position, [h, w, C], or for each image, [B, h, w, C]. Where the map
            is smaller than the layer, it is matched to the middle of it.
        power: of the cosine, from 0, default 0; or one an image.
        floor: the least cosine, above 0 and at most 1, default 0.1.

    Returns:
        The mean over the positions of the map.

    Raises:
        BadValue: as `direction`; or a map that is larger than the layer's.

    Source: Olah et al., The Building Blocks of Interpretability, 2018 (activation grids).

    Example:
        >>> direction_map("mixed4d", np.ones((7, 7, 528)), 2).description
        'direction_map(mixed4d, power 2)'
    """
    maps = _vectors(vectors, 3, "A map of directions")

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        own = tf.convert_to_tensor(parameters[0])
        values = _central(read_maps(readings, layer), own.shape[-3:-1], layer)
        check_fits(own, 3, values, layer, "The map of directions")
        return mean_dot(values, along(own, 3, 4), parameters[1:])

    text = f"direction_map({quoted(layer)}"
    return _made("direction_map", text, layer, (maps, 3), power, floor, evaluate)


def caricature(
    layer: str,
    reference: np.ndarray,
    power: float | Sequence[float] = 0.0,
    *,
    floor: float = 0.1,
) -> Objective:
    """Give how far each position goes where a photo's activations point; it exaggerates the photo.

    Args:
        layer: the layer's name, [B, ..., C].
        reference: the photo's activations as the network gives them, [1, ..., C] for all images
            or [B, ..., C].
        power: of the cosine, from 0, default 0; or one an image. A higher one keeps closer to
            the photo.
        floor: the least cosine, above 0 and at most 1, default 0.1.

    Returns:
        The mean over positions of `dot * max(floor, cos) ** power`.

    Raises:
        BadValue: a reference that is all zero, not finite, or of another shape than the layer; a
            power below 0, or a floor outside (0, 1].

    Source: Carter et al., Activation Atlas, 2019; Lucid's caricatures, 2019.

    Example:
        >>> photo = np.array([[3.0, 4.0]])
        >>> caricature("x", photo)({"x": tf.constant([[1.0, 1.0]])}).numpy().tolist()
        [7.0]
    """
    own, rank = batched(reference, "A caricature's reference")
    if silent(own, rank):
        raise BadValue("A caricature's reference must not be all zero; choose another layer.")

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        values = read(readings, layer)
        check_fits(parameters[0], rank, values, layer, "The reference", whole=True)
        return mean_dot(values, along(parameters[0], rank, values.shape.rank), parameters[1:])

    text = f"caricature({quoted(layer)}"
    return _made("caricature", text, layer, (own, rank), power, floor, evaluate)


def _made(
    kind: str,
    text: str,
    layer: str,
    vectors: tuple[np.ndarray, int],
    power: float | Sequence[float],
    floor: float,
    evaluate: Callable[[Readings, Sequence[Any]], tf.Tensor],
    *more: tuple[np.ndarray, int],
) -> Objective:
    powers, least = cosine_numbers(power, floor)
    text += f", power {shown(powers)})" if powers.any() else ")"
    held = [vectors, (powers, 0), (least, 0), *more]
    return Objective(
        text,
        (layer,),
        (kind, layer, vectors[1]),
        tuple(array for array, _ in held),
        tuple(rank for _, rank in held),
        evaluate,
    )


def cosine_numbers(power: float | Sequence[float], floor: float) -> tuple[np.ndarray, np.ndarray]:
    """Check the power and the floor of a cosine.

    Args:
        power: from 0, or one an image.
        floor: above 0 and at most 1.

    Returns:
        Both, as parameters.

    Raises:
        BadValue: one is outside its range.
    """
    powers = numbers(power, 0, "A cosine's power", low=0.0)
    least = numbers(floor, 0, "A cosine's floor")
    if not ((least > 0) & (least <= 1)).all():
        raise BadValue(f"A cosine's floor is above 0 and at most 1, not {floor!r}.")
    return powers, least


def _vectors(value: Sequence[float] | np.ndarray, rank: int, what: str) -> np.ndarray:
    vectors = numbers(value, rank, what)
    if silent(vectors, rank):
        raise BadValue(f"{what} must not be all zero.")
    return vectors


def mean_dot(values: tf.Tensor, vectors: tf.Tensor, numbers: Sequence[Any]) -> tf.Tensor:
    """Average `dot * max(floor, cos) ** power` over the positions.

    Args:
        values: activations, [B, ..., C].
        vectors: what broadcasts against them.
        numbers: the power and the floor, each one or one an image.

    Returns:
        [B].
    """
    power, floor = (along(n, 0, values.shape.rank - 1) for n in numbers)
    dot = tf.reduce_sum(values * vectors, axis=-1)
    squares = tf.reduce_sum(tf.square(values), axis=-1), tf.reduce_sum(tf.square(vectors), axis=-1)
    # Not the length plus a small number: that would no longer be a cosine.
    first, second = (tf.sqrt(tf.maximum(s, _TINY)) for s in squares)
    each = dot * tf.pow(tf.maximum(dot / first / second, floor), power)
    return tf.reduce_mean(each, axis=inner(each))


def _central(maps: tf.Tensor, size: Sequence[int], layer: str) -> tf.Tensor:
    """Cut the middle out of maps, so that their own middle stays the middle."""
    corner = []
    for side, wanted in zip(maps.shape[1:3], size, strict=True):
        if side is not None and wanted > side:
            raise BadValue(
                f"The map of directions has {'x'.join(map(str, size))} positions, but {layer!r} "
                f"gives {'x'.join(map(str, maps.shape[1:3]))}; cut the map to that."
            )
    corner = [s // 2 - n // 2 for s, n in zip(tf.unstack(tf.shape(maps)[1:3]), size, strict=True)]
    return maps[:, corner[0] : corner[0] + size[0], corner[1] : corner[1] + size[1], :]
