"""Gradients of an objective at many points of many images, in packed batches of one shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import ModelError
from attrvis.networks import Network
from attrvis.objectives import Objective

_BUDGET_BYTES = 384 * 2**20
# A row's activations and gradients, relative to the attributed tensor itself.
_ROW_FACTOR = 60
_MOST_ROWS = 32


class Evaluator:
    """Evaluates one kind of objective behind one layer of a network.

    Memory grows neither with the number of points nor with the number of images: rows
    (image x point) are packed into batches of one shape, and their sums are kept, not they.

    Args:
        net: the network.
        layer: where the gradient is taken; `input` for the pixels.
        objective: what is differentiated; its structure is compiled, its numbers are given.

    Raises:
        ModelError: the objective does not depend on the layer.
    """

    def __init__(self, net: Network, layer: str, objective: Objective) -> None:
        self.layer = layer
        self._objective = objective
        unfed = [name for name in objective.layers if name in ("alpha", "transformed")]
        if unfed:
            raise ModelError(
                f"The objective '{objective}' needs {unfed[0]!r}, which only a rendering has; "
                "attribute an objective of the network's own layers."
            )
        self._tail = net.cut(layer, objective.layers)

    def head(self, images: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Compute the layer's tensor of each image, and what bypasses it."""
        return self._tail.head(images)

    def values(
        self, rows: tf.Tensor, bypass: dict[str, tf.Tensor], numbers: list[Any]
    ) -> tf.Tensor:
        """Compute the objective, [rows], of rows of the layer's values."""
        return self._objective.evaluate(self._tail(rows, bypass), numbers)

    @tf.function(autograph=False)
    def _pack(
        self,
        start: tf.Tensor,
        end: tf.Tensor,
        bypass: dict[str, tf.Tensor],
        numbers: list[tf.Tensor],
        index: tf.Tensor,
        position: tf.Tensor,
        weight: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        shape = [-1] + [1] * (start.shape.rank - 1)
        first = tf.gather(start, index)
        rows = first + tf.reshape(position, shape) * (tf.gather(end, index) - first)
        beside = {name: tf.gather(value, index) for name, value in bypass.items()}
        with tf.GradientTape() as tape:
            tape.watch(rows)
            values = self.values(rows, beside, self._objective.rows(index, numbers))
        gradient = tape.gradient(values, rows)
        if gradient is None:
            raise ModelError(
                f"The objective '{self._objective}' has no gradient at layer {self.layer!r}; "
                "choose a layer before it."
            )
        # A padding row must add nothing, even where its gradient is not finite.
        share = tf.reshape(weight, shape)
        weighted = tf.where(share != 0, gradient * share, 0.0)
        return tf.math.unsorted_segment_sum(weighted, index, tf.shape(start)[0]), values

    def line(
        self,
        start: tf.Tensor,
        end: tf.Tensor,
        bypass: dict[str, tf.Tensor],
        objective: Objective,
        nodes: np.ndarray,
        weights: np.ndarray,
        batch_size: int | str = "auto",
    ) -> tuple[tf.Tensor, np.ndarray]:
        """Average the gradient along each image's line.

        Args:
            start: [B, ...], the values at position 0.
            end: [B, ...], the values at position 1.
            bypass: what bypasses the layer, [B, ...] each.
            objective: of the structure that this evaluator was made for; its numbers are used.
            nodes: positions on the line, [points].
            weights: their weights, [points].
            batch_size: rows at once, or `auto`, a fixed function of the layer's size.

        Returns:
            The weighted sums of gradients, [B, ...], and the objective at every node, [B, points].
        """
        images, points = int(start.shape[0]), len(nodes)
        numbers = [tf.convert_to_tensor(p) for p in objective.parameters]
        index = np.repeat(np.arange(images, dtype=np.int32), points)
        position = np.tile(nodes, images).astype(np.float32)
        weight = np.tile(weights, images).astype(np.float32)
        rows = self._rows(start) if batch_size == "auto" else max(1, int(batch_size))
        rows = min(rows, len(index))
        total = tf.zeros_like(start)
        values: list[np.ndarray] = []
        at = 0
        while at < len(index):
            stop = min(at + rows, len(index))
            padding = (0, rows - (stop - at))
            pieces = [np.pad(v[at:stop], padding) for v in (index, position, weight)]
            try:
                part, found = self._pack(start, end, bypass, numbers, *map(tf.constant, pieces))
            except tf.errors.ResourceExhaustedError:
                if rows == 1:
                    raise ModelError(
                        f"One row of layer {self.layer!r} does not fit into memory; use a "
                        "smaller image or a deeper layer."
                    ) from None
                rows = rows // 2
                continue
            total += part
            values.append(found.numpy()[: stop - at])
            at = stop
        return total, np.concatenate(values).reshape(images, points)

    def _rows(self, values: tf.Tensor) -> int:
        bytes_a_row = int(np.prod(values.shape[1:])) * 4 * _ROW_FACTOR
        return int(np.clip(2 ** int(np.log2(max(1, _BUDGET_BYTES // bytes_a_row))), 1, _MOST_ROWS))
