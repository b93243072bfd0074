"""Objectives that weigh channels: everywhere, at a place, or in a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.objectives.directions import direction, direction_at
from attrvis.objectives.objective import Objective, Readings
from attrvis.objectives.positions import Position, position
from attrvis.objectives.quoting import quoted
from attrvis.objectives.reading import along, check_fits, inner, numbers, read_maps


def weighted_channels(layer: str, weights: Sequence[float] | np.ndarray) -> Objective:
    """Give the weighted sum of channel means; the weights 0, ..., 1, ..., 0 make it `channel`.

    Args:
        layer: the layer's name, [B, ..., C].
        weights: [C], or [B, C] with one row an image; taken as they are.

    Returns:
        The objective.

    Raises:
        BadValue: weights that are all zero or not finite, or not one a channel.

    Source: Olah et al., Feature Visualization, 2017 (interaction between neurons).

    Example:
        >>> q = weighted_channels("x", [1.0, -2.0])
        >>> q({"x": tf.constant([[5.0, 1.0]])}).numpy().tolist()
        [3.0]
    """
    made = direction(layer, weights)
    return replace(made, description=f"channels({quoted(layer)})")


def weighted_neuron(
    layer: str, weights: Sequence[float] | np.ndarray, y: Position = None, x: Position = None
) -> Objective:
    """Give the weighted sum of the channels at one position, by default the middle.

    Args:
        layer: the layer's name: maps [B, h, w, C], or tokens [B, T, C], of which `y` is the number.
        weights: [C], or [B, C] with one row an image; taken as they are.
        y: row, or one an image; default the middle.
        x: column, or one an image; default the middle.

    Returns:
        The objective.

    Raises:
        BadValue: weights that are all zero or not finite, or not one a channel; or a position
            that the layer does not have.

    Source: Olah et al., Feature Visualization, 2017 (interaction between neurons).

    Example:
        >>> q = weighted_neuron("x", [1.0, -2.0], 0, 0)
        >>> q({"x": tf.constant([[[[5.0, 1.0]]]])}).numpy().tolist()
        [3.0]
    """
    made = direction_at(layer, weights, y, x)
    return replace(made, description=f"channels({quoted(layer)})@{position(y, x)[1]}")


def local_group(
    layer: str,
    y: Position,
    x: Position,
    height: int,
    width: int,
    weights: Sequence[float] | np.ndarray | None = None,
) -> Objective:
    """Give the mean over a window of positions, of all channels or of a weighted sum of them.

    Args:
        layer: the layer's name: maps [B, h, w, C], or tokens [B, T, C], taken as T rows.
        y: the window's first row, or one an image; None puts the window into the middle.
        x: its first column, likewise.
        height: how many rows, from 1.
        width: how many columns, from 1.
        weights: of the channels, [C] or [B, C]; default the mean of all channels.

    Returns:
        The objective.

    Raises:
        BadValue: a window that is empty or goes beyond the layer; weights as in
            `weighted_channels`.

    Source: Olah et al., The Building Blocks of Interpretability, 2018 (groups of neurons).

    Example:
        >>> q = local_group("x", 0, 1, 2, 1)
        >>> q({"x": tf.reshape(tf.range(4.0), [1, 2, 2, 1])}).numpy().tolist()  # of 1 and 3
        [2.0]
    """
    start, where = position(y, x)
    if not all(isinstance(s, int | np.integer) and s > 0 for s in (height, width)):
        raise BadValue(f"A window has at least one row and column, not {height} x {width}.")
    size = np.asarray([height, width], np.int32)
    held = [] if weights is None else [numbers(weights, 1, "The weights of a group")]

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        maps = read_maps(readings, layer)
        at, sides = (tf.convert_to_tensor(p) for p in parameters[:2])
        if len(parameters) == 3:
            check_fits(parameters[2], 1, maps, layer, "The weights of a group")
            values = tf.reduce_sum(maps * along(parameters[2], 1, 4), axis=-1)
        else:
            values = tf.reduce_mean(maps, axis=-1)
        whole = tf.shape(maps)[1:3]
        _check_window(at, sides, maps, layer)
        first = tf.where(at < 0, whole // 2 - sides // 2, at)
        rows = _between(whole[0], first[..., 0], sides[0])
        columns = _between(whole[1], first[..., 1], sides[1])
        window = rows[:, :, None] & columns[:, None, :]
        # Chosen, not multiplied: what is not finite outside the window stays outside.
        values = tf.where(window, values, 0.0)
        return tf.reduce_sum(values, axis=inner(values)) / tf.cast(sides[0] * sides[1], tf.float32)

    return Objective(
        f"group({quoted(layer)}, {height} x {width})@{where}",
        (layer,),
        ("local_group", layer, len(held)),
        (start, size, *held),
        (1, 1, *(1 for _ in held)),
        evaluate,
    )


def _between(count: tf.Tensor, first: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Tell which of `count` rows lie in a window, [1 or B, count]."""
    row = tf.range(count)[None]
    start = tf.reshape(first, [-1, 1])
    return (row >= start) & (row < start + size)


def _check_window(at: tf.Tensor, sides: tf.Tensor, maps: tf.Tensor, layer: str) -> None:
    known = [tf.get_static_value(t) for t in (at, sides)]
    for i, what in enumerate(("rows", "columns")):
        count = maps.shape[1 + i]
        if known[0] is None or known[1] is None or count is None:
            return
        # The middle, -1, starts wherever the window fits.
        end = int(np.max(np.maximum(known[0][..., i], 0) + known[1][i]))
        if end > count:
            raise BadValue(
                f"The window ends at {end} {what}, but {layer!r} has {count} of its "
                f"shape {tuple(maps.shape)}."
            )
