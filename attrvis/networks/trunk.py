"""The part of a network up to some layers, for images of any size that those layers can take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import tensorflow as tf

from attrvis.networks.execution import IMAGES, Engine, as_float
from attrvis.networks.inlining import pruned
from attrvis.networks.lowered import Lowered
from attrvis.networks.sizing import check_size
from attrvis.networks.wiring import node_of


@dataclass(frozen=True, eq=False)
class Trunk:
    """What lies between the images and some layers; made by `Network.trunk`.

    Args:
        engine: runs it.
        read: the layers' names -> tensors.
    """

    engine: Engine
    read: Mapping[str, str]

    def __call__(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """Compute the layers, in float32, from images in pixel space."""
        computed = self.engine.compute({IMAGES: images}, list(self.read.values()))
        return {name: as_float(computed[tensor]) for name, tensor in self.read.items()}

    def shape(self, name: str) -> tuple[int | None, ...]:
        """Give a layer's shape at this size, its batch axis None."""
        return tuple(self.engine.shape(self.read[name]).as_list())


def trunk_of(
    lowered: Lowered,
    preprocess: Callable[[tf.Tensor], tf.Tensor],
    read: Mapping[str, str],
    size: Sequence[int] | None,
) -> Trunk:
    """Cut a network behind some layers.

    Args:
        lowered: the network.
        preprocess: maps pixel space to its input.
        read: the layers' names -> tensors.
        size: height and width of the images in pixels; default the network's own.

    Raises:
        ModelError: the layers cannot be computed at that size; the op where it fails is named.
    """
    tensors = list(read.values())
    kept = pruned(lowered.graph_def, [*tensors, lowered.input])
    names = {node.name for node in kept.node}
    captures = {name: source for name, source in lowered.captures.items() if name in names}
    part = replace(lowered, graph_def=kept, captures=captures, layers={}, outputs={})
    if size is not None:
        part = part.sized(*size)
        for tensor in tensors:
            if node_of(tensor) != node_of(lowered.input):
                check_size(part, size, tensor)
    return Trunk(Engine(part, preprocess), read)
