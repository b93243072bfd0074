"""The part of a network behind a layer, to be run alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import tensorflow as tf

from attrvis.errors import ModelError
from attrvis.networks.editing import Feeds, head
from attrvis.networks.execution import IMAGES, Engine, as_float
from attrvis.networks.wiring import node_of


@dataclass(frozen=True, eq=False)
class Tail:
    """The part of a network behind a layer; whatever bypasses the layer is known beforehand.

    Made by `Network.cut`.

    Args:
        engine: runs the network's parts.
        fitting: checks images.
        tensor: the layer's tensor, or `input`.
        read: what is computed behind it: names -> tensors.
    """

    engine: Engine
    fitting: Callable[[tf.Tensor], tf.Tensor]
    tensor: str
    read: Mapping[str, str]

    def head(self, images: tf.Tensor) -> tuple[tf.Tensor, Feeds]:
        """Compute, once for each image, the layer's tensor and what bypasses it."""
        images = self.fitting(images)
        if self.tensor == IMAGES:
            return images, {}
        wanted = [tensor for tensor in self.read.values() if tensor != IMAGES]
        known = head(self.engine, {IMAGES: images}, self.tensor, wanted)
        bypass = {name: value for name, value in known.items() if name != self.tensor}
        if IMAGES in self.read:
            bypass[IMAGES] = images
        return known[self.tensor], bypass

    def led_from(self, front: Tail) -> Callable[[tf.Tensor, Feeds], tuple[tf.Tensor, Feeds]]:
        """Lead from an earlier layer, or from the images, to this one.

        Args:
            front: the network cut at the earlier layer, reading the same.

        Returns:
            (rows of the earlier layer's values, rows of what bypasses that) -> this layer's
            values, and what bypasses this layer.

        Raises:
            ModelError: this layer does not depend on the earlier one.
        """
        source = self.engine.lowered.input
        start = source if front.tensor == IMAGES else front.tensor
        own = source if self.tensor == IMAGES else self.tensor
        if node_of(own) not in self.engine.wiring.dependents([start]):
            raise ModelError(
                f"The layer {own.removesuffix(':0')!r} does not see "
                f"{start.removesuffix(':0')!r}, so nothing flows from one to the other; choose a "
                "layer behind it."
            )
        wanted = [tensor for tensor in self.read.values() if tensor != IMAGES]

        def lead(rows: tf.Tensor, bypass: Feeds) -> tuple[tf.Tensor, Feeds]:
            if front.tensor != IMAGES:
                rows = tf.cast(rows, self.engine.dtype(front.tensor))
            known = head(self.engine, {**bypass, front.tensor: rows}, self.tensor, wanted)
            beside = {name: value for name, value in known.items() if name != self.tensor}
            if IMAGES in self.read:
                beside[IMAGES] = rows if front.tensor == IMAGES else bypass[IMAGES]
            return as_float(known[self.tensor]), beside

        return lead

    def __call__(
        self, values: tf.Tensor, bypass: Mapping[str, tf.Tensor] | None = None
    ) -> dict[str, tf.Tensor]:
        """Compute the readings from rows of the layer's values, with as many rows of the bypass."""
        if self.tensor != IMAGES:
            values = tf.cast(values, self.engine.dtype(self.tensor))
        feeds = {**(bypass or {}), self.tensor: values}
        computed = self.engine.compute(feeds, list(self.read.values()))
        return {name: as_float(computed[tensor]) for name, tensor in self.read.items()}
