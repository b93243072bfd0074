"""Objectives of single units: a channel, or a neuron at one position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.objective import Objective, Readings, check_index


def channel(layer: str, unit: int | Sequence[int]) -> Objective:
    """Give a channel's mean activation.

    Args:
        layer: the layer's name.
        unit: the channel, or one an image.

    Raises:
        BadValue: a negative unit.

    Source: Olah et al., Feature Visualization, 2017.

    Example:
        >>> channel("mixed4d", 42).description
        'mixed4d:42'
    """
    units = _units(unit)

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        maps = tf.convert_to_tensor(readings[layer])
        mean = tf.reduce_mean(maps, axis=list(range(1, maps.shape.rank - 1)))
        return _pick(mean, parameters[0])

    return Objective(
        f"{layer}:{_text(units)}", (layer,), ("channel", layer), (units,), (0,), evaluate
    )


def neuron(
    layer: str, unit: int | Sequence[int], y: int | None = None, x: int | None = None
) -> Objective:
    """Give one neuron's activation: a channel at a position, by default the middle one.

    Args:
        layer: the layer's name, a map of positions by channels.
        unit: the channel, or one an image.
        y: row, default the middle.
        x: column, default the middle.

    Raises:
        BadValue: a negative unit or position.

    Source: Olah et al., Feature Visualization, 2017.

    Example:
        >>> neuron("mixed4d", 42, 7, 3).description
        'mixed4d:42@7,3'
    """
    units = _units(unit)
    if min(v for v in (y, x, 0) if v is not None) < 0:
        raise BadValue(f"A position counts from 0, so y={y}, x={x} is none.")
    place = np.asarray([-1 if y is None else y, -1 if x is None else x], np.int32)

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        maps = tf.convert_to_tensor(readings[layer])
        for i, what in enumerate(("row as a position", "column as a position")):
            check_index(parameters[1][i], maps.shape[1 + i], what)
        middle = tf.shape(maps)[1:3] // 2
        at = tf.where(parameters[1] < 0, middle, parameters[1])
        return _pick(maps[:, at[0], at[1], :], parameters[0])

    row, column = ("middle" if v is None else v for v in (y, x))
    text = f"{layer}:{_text(units)}@" + ("middle" if y is x is None else f"{row},{column}")
    return Objective(text, (layer,), ("neuron", layer), (units, place), (0, 1), evaluate)


def _units(unit: int | Sequence[int]) -> np.ndarray:
    units = np.asarray(unit)
    if units.ndim > 1 or units.dtype.kind not in "iu" or (units < 0).any():
        raise BadValue(f"A unit is a whole number from 0, or one an image: not {unit!r}.")
    return units.astype(np.int32)


def _text(units: np.ndarray) -> str:
    return str(units) if units.ndim == 0 else "[" + ",".join(map(str, units)) + "]"


def _pick(values: tf.Tensor, units: Any) -> tf.Tensor:
    """Pick a column of [B, C], the same for all rows or one a row."""
    units = tf.convert_to_tensor(units)
    check_index(units, values.shape[-1], "unit")
    if units.shape.rank == 0:
        return values[:, units]
    return tf.gather(values, units, axis=1, batch_dims=1)
