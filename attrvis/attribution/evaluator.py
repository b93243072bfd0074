"""Objectives and gradients at many samples of many images, in packed batches."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.attribution.rows import Collect, Place, Rows, Samples, gradient, on_line
from attrvis.errors import ModelError
from attrvis.networks import Network
from attrvis.objectives import Objective

_BUDGET_BYTES = 384 * 2**20
# A row's activations and gradients, relative to the attributed tensor itself.
_ROW_FACTOR = 60
_MOST_ROWS = 32


@dataclass(eq=False)
class Tally:
    """How many rows were run.

    Args:
        gradients: forward and backward.
        forwards: forward alone.
    """

    gradients: int = 0
    forwards: int = 0


class Evaluator:
    """Evaluates one kind of objective behind one layer of a network.

    Memory grows neither with the number of samples nor with the number of images: rows
    (image x sample) are packed into batches, and sums over samples are kept, not they.

    Args:
        net: the network.
        layer: where the gradient is taken; `input` for the pixels.
        objective: what is differentiated; its structure is compiled, its numbers are given.
        via: where rows are placed, default the layer itself; another layer before it, or `input`,
            from which the layer's values then follow.

    Raises:
        ModelError: the objective does not depend on the layer, or the layer not on `via`.
    """

    def __init__(
        self, net: Network, layer: str, objective: Objective, via: str | None = None
    ) -> None:
        self.layer = layer
        self.via = via or layer
        self._objective = objective
        unfed = [name for name in objective.layers if name in ("alpha", "transformed")]
        if unfed:
            raise ModelError(
                f"The objective '{objective}' needs {unfed[0]!r}, which only a rendering has; "
                "attribute an objective of the network's own layers."
            )
        self._tail = net.cut(layer, objective.layers)
        self._front = self._tail if self.via == layer else net.cut(self.via, objective.layers)
        self._lead = None if self.via == layer else self._tail.led_from(self._front)
        self._traces: dict[Hashable, Callable[..., Any]] = {}

    def head(self, images: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Compute, of each image, the values where rows are placed, and what bypasses them."""
        return self._front.head(images)

    def led(self, rows: tf.Tensor, bypass: dict[str, tf.Tensor]) -> tf.Tensor:
        """Compute the layer's values from rows of the values where they are placed."""
        return rows if self._lead is None else self._lead(rows, bypass)[0]

    def values(
        self, rows: tf.Tensor, bypass: dict[str, tf.Tensor], numbers: list[Any]
    ) -> tf.Tensor:
        """Compute the objective, [rows], of rows of the values where they are placed."""
        return self._objective.evaluate(self._front(rows, bypass), numbers)

    def fold(
        self,
        values: tf.Tensor,
        bypass: dict[str, tf.Tensor],
        objective: Objective,
        samples: Samples,
        collect: Collect = gradient,
        *,
        gradients: bool = True,
        pairs: tuple[np.ndarray, np.ndarray] | None = None,
        batch_size: int | str = "auto",
        tally: Tally | None = None,
        told: Callable[[int, int], None] | None = None,
    ) -> tuple[dict[str, tf.Tensor], np.ndarray]:
        """Look at every image at every sample, and sum up over each image's samples.

        Args:
            values: [B, ...], the images' own values where rows are placed.
            bypass: what bypasses them, [B, ...] each.
            objective: of the structure that this evaluator was made for; its numbers are used.
            samples: where each image is looked at.
            collect: what is summed up.
            gradients: whether gradients are computed; without them it costs a forward pass.
            pairs: the images and the samples of the rows, int [rows] both; default every image at
                every sample.
            batch_size: rows at once, or `auto`, a fixed function of the layer's size.
            tally: told how many rows were run.
            told: called after each batch with the rows that are done and their number.

        Returns:
            The sums, [B, ...] by name, and the objective of every row: [B, samples], or [rows]
            where pairs were given.

        Raises:
            ModelError: the objective has no gradient at the layer, or a single row does not fit
                into memory.
        """
        images = int(values.shape[0])
        image, sample = pairs or (
            np.repeat(np.arange(images, dtype=np.int32), samples.count),
            np.tile(np.arange(samples.count, dtype=np.int32), images),
        )
        given = {
            "own": {"value": values, **_tensors(samples.own)},
            "each": _tensors(samples.each),
            "shared": _tensors(samples.shared),
            "bypass": dict(bypass),
            "numbers": [tf.convert_to_tensor(p) for p in objective.parameters],
        }
        run = self._trace(samples.place, collect, gradients, given)
        most = self._rows(values) if batch_size == "auto" else max(1, int(batch_size))
        sums: dict[str, tf.Tensor] = {}
        found: list[np.ndarray] = [np.zeros(0, np.float32)]
        at = 0
        while at < len(image):
            stop = at + _share(len(image) - at, most)
            index = [tf.constant(part[at:stop], tf.int32) for part in (image, sample)]
            try:
                part, scores = run(given, *index)
            except tf.errors.ResourceExhaustedError:
                if most == 1:
                    raise ModelError(
                        f"One row of layer {self.layer!r} does not fit into memory; use a "
                        "smaller image or a deeper layer."
                    ) from None
                most = most // 2
                continue
            sums = {name: sums[name] + p if sums else p for name, p in part.items()}
            found.append(scores.numpy())
            at = stop
            if told is not None:
                told(at, len(image))
        if tally is not None:
            tally.gradients += len(image) if gradients else 0
            tally.forwards += 0 if gradients else len(image)
        scores = np.concatenate(found)
        return sums, scores if pairs else scores.reshape(images, samples.count)

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
        each = {"position": nodes.astype(np.float32), "weight": weights.astype(np.float32)}
        samples = Samples(on_line, len(nodes), each, {"start": start})
        sums, values = self.fold(end, bypass, objective, samples, batch_size=batch_size)
        return sums["gradient"], values

    def _trace(
        self, place: Place, collect: Collect, gradients: bool, given: Mapping[str, Any]
    ) -> Callable[..., Any]:
        specs = {
            part: tf.nest.map_structure(tf.TensorSpec.from_tensor, value)
            if part == "shared"
            else tf.nest.map_structure(_any_rows, value)
            for part, value in given.items()
        }
        key = (place, collect, gradients, str(specs))
        if key not in self._traces:

            def packed(
                given: Mapping[str, Any], image: tf.Tensor, sample: tf.Tensor
            ) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
                return self._pack(place, collect, gradients, given, image, sample)

            index = tf.TensorSpec([None], tf.int32)
            traced = tf.function(packed, autograph=False)
            self._traces[key] = traced.get_concrete_function(specs, index, index)
        return self._traces[key]

    def _pack(
        self,
        place: Place,
        collect: Collect,
        gradients: bool,
        given: Mapping[str, Any],
        image: tf.Tensor,
        sample: tf.Tensor,
    ) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        bypass = _picked(given["bypass"], image)
        numbers = self._objective.rows(image, given["numbers"])

        def lead(placed: tf.Tensor) -> tf.Tensor:
            return placed if self._lead is None else self._lead(placed, bypass)[0]

        rows = Rows(
            _picked(given["own"], image), _picked(given["each"], sample), given["shared"], lead
        )
        placed = place(rows)
        points, beside = (placed, bypass) if self._lead is None else self._lead(placed, bypass)
        if gradients:
            with tf.GradientTape() as tape:
                tape.watch(points)
                values = self._objective.evaluate(self._tail(points, beside), numbers)
            slope = tape.gradient(values, points)
            if slope is None:
                raise ModelError(
                    f"The objective '{self._objective}' has no gradient at layer {self.layer!r}; "
                    "choose a layer before it."
                )
        else:
            values = slope = self._objective.evaluate(self._tail(points, beside), numbers)
        count = tf.shape(given["own"]["value"])[0]
        collected = collect(rows, points, slope, values)
        return {
            name: tf.math.unsorted_segment_sum(part, image, count)
            for name, part in collected.items()
        }, values

    def _rows(self, values: tf.Tensor) -> int:
        bytes_a_row = int(np.prod(values.shape[1:])) * 4 * _ROW_FACTOR
        return int(np.clip(2 ** int(np.log2(max(1, _BUDGET_BYTES // bytes_a_row))), 1, _MOST_ROWS))


def _share(left: int, most: int) -> int:
    """Divide what is left into batches of about one size, none over `most`."""
    return -(-left // -(-left // most))


def _tensors(given: Mapping[str, Any]) -> dict[str, tf.Tensor]:
    return {name: tf.convert_to_tensor(value) for name, value in given.items()}


def _any_rows(tensor: tf.Tensor) -> tf.TensorSpec:
    """Describe a tensor whatever its number of rows, so that one trace serves any."""
    shape = [None, *tensor.shape[1:]] if tensor.shape.rank else []
    return tf.TensorSpec(shape, tensor.dtype)


def _picked(given: Mapping[str, tf.Tensor], index: tf.Tensor) -> dict[str, tf.Tensor]:
    return {name: tf.gather(value, index) for name, value in given.items()}
