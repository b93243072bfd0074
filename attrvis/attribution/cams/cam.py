"""What class activation maps have in common: a layer with positions, and its channels weighed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import tensorflow as tf

from attrvis.attribution.method import Found, Method
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.networks.choice import last_map

Grid = str | Sequence[int] | None
"""How tokens lie: None for layers with positions, `tokens`, or rows, columns and tokens skipped."""


@dataclass(frozen=True)
class CAM(Method):
    """A class activation map: channels of a layer weighed by what they do for the target.

    Its values are the weighed channels, [B, h, w, C]; a map shows the positive part of their sum.

    Args:
        reshape: None for a layer with positions; for tokens [B, T, C] `tokens` (a square, behind
            as many class tokens as remain), or (rows, columns), or (rows, columns, skipped).
    """

    reshape: Grid = None

    def __post_init__(self) -> None:
        if self.reshape is None or self.reshape == "tokens":
            return
        given = () if isinstance(self.reshape, str) else tuple(self.reshape)
        if len(given) not in (2, 3) or not all(isinstance(n, int) and n >= 0 for n in given):
            raise BadValue(
                "reshape= says how tokens lie: 'tokens', (rows, columns) or (rows, columns, "
                f"tokens skipped before); not {self.reshape!r}."
            )
        object.__setattr__(self, "reshape", given)

    def home(self, net: Network) -> str:
        """Name the last layer with positions."""
        return last_map(net).name

    def gridded(self, scene: Scene, values: tf.Tensor) -> tf.Tensor:
        """Bring a layer's values, or gradients, to [B, h, w, C].

        Raises:
            BadValue: the layer has no positions, or its tokens do not lie so.
        """
        return as_grid(values, self.reshape, scene.layer)

    def mapped(self, scene: Scene, weighed: tf.Tensor) -> Found:
        """Give the weighed channels as what was found."""
        return Found(self.gridded(scene, weighed), positive=True)


def as_grid(values: tf.Tensor, reshape: Grid, layer: str) -> tf.Tensor:
    """Bring values to [B, h, w, C]; see `CAM`."""
    shape = values.shape
    if shape.rank == 4 and reshape is None:
        return values
    if shape.rank != 3 or reshape is None:
        raise BadValue(
            f"A class activation map needs positions, and layer {layer!r} is {list(shape)}; choose "
            "a convolutional layer, or say with reshape= how its tokens lie."
        )
    tokens = int(shape[1])
    if isinstance(reshape, str):
        side = math.isqrt(tokens)
        rows, columns, skipped = side, side, tokens - side * side
    else:
        rows, columns, *rest = reshape
        skipped = rest[0] if rest else tokens - rows * columns
    if skipped < 0 or skipped + rows * columns > tokens or rows * columns == 0:
        raise BadValue(
            f"{rows} x {columns} tokens behind {max(skipped, 0)} do not fit into the {tokens} of "
            f"layer {layer!r}; say with reshape=(rows, columns, skipped) how they lie."
        )
    kept = values[:, skipped : skipped + rows * columns]
    return tf.reshape(kept, [-1, rows, columns, shape[2]])


def over_positions(reduce: str, values: tf.Tensor) -> tf.Tensor:
    """Reduce values [B, ..., C] over positions by `mean` or `sum`, keeping the axes."""
    axes = list(range(1, values.shape.rank - 1))
    function = tf.reduce_mean if reduce == "mean" else tf.reduce_sum
    return function(values, axis=axes, keepdims=True)
