"""Objectives of single units: a channel, or a neuron at one position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.objective import Objective, Readings, check_index
from attrvis.objectives.positions import Position, at_position, position
from attrvis.objectives.quoting import quoted
from attrvis.objectives.reading import places, read, read_maps

MOST = 2**31 - 1
"""The largest number of a unit or class that a parameter can hold."""


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
        maps = read(readings, layer)
        return _pick(tf.reduce_mean(maps, axis=places(maps)), parameters[0])

    return Objective(
        f"{quoted(layer)}:{_text(units)}", (layer,), ("channel", layer), (units,), (0,), evaluate
    )


def neuron(
    layer: str, unit: int | Sequence[int], y: Position = None, x: Position = None
) -> Objective:
    """Give one neuron's activation: a channel at a position, by default the middle one.

    Args:
        layer: the layer's name: maps [B, h, w, C], or tokens [B, T, C], of which `y` is the number.
        unit: the channel, or one an image.
        y: row, or one an image; default the middle.
        x: column, or one an image; default the middle.

    Raises:
        BadValue: a negative unit or position.

    Source: Olah et al., Feature Visualization, 2017.

    Example:
        >>> neuron("mixed4d", 42, 7, 3).description
        'mixed4d:42@7,3'
    """
    units = _units(unit)
    place, where = position(y, x)

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        return _pick(at_position(read_maps(readings, layer), parameters[1]), parameters[0])

    text = f"{quoted(layer)}:{_text(units)}@{where}"
    return Objective(text, (layer,), ("neuron", layer), (units, place), (0, 1), evaluate)


def _units(unit: int | Sequence[int]) -> np.ndarray:
    units = np.asarray(unit)
    whole = units.ndim < 2 and units.dtype.kind in "iu" and units.size
    if not whole or (units < 0).any() or (units > MOST).any():
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
    units = tf.broadcast_to(units, [tf.shape(values)[0]])
    return tf.gather(values, units, axis=1, batch_dims=1)
