"""Check that a graph can take images of the size that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from attrvis.errors import ModelError
from attrvis.networks.execution import Types, static_types
from attrvis.networks.lowered import Lowered
from attrvis.networks.wiring import Wiring, node_of

_PROBE = 7
"""A number of images that no size of a layer is likely to be a divisor or multiple of by chance."""


def check_size(lowered: Lowered, side: Sequence[int], logits: str) -> None:
    """Refuse a size that the graph was not made for, before it gives wrong numbers.

    A graph that flattens its maps to a fixed length makes two rows of one image when the image
    grows, without a word.

    Args:
        lowered: the network, at that size.
        side: height and width of the images in pixels.
        logits: the tensor of scores.

    Raises:
        ModelError: it cannot; the op where it fails is named.
    """
    graph_def = tf.compat.v1.GraphDef()
    graph_def.CopyFrom(lowered.graph_def)
    source = next(n for n in graph_def.node if n.name == node_of(lowered.input))
    source.attr["shape"].shape.dim[0].size = _PROBE
    wiring = Wiring(graph_def)
    types = static_types(lowered, graph_def)
    batch = _first(types, logits)
    if batch in (None, _PROBE):
        return
    varying = wiring.dependents([lowered.input])
    culprit = node_of(logits)
    for name in wiring.ancestors([logits]):
        changed = name in varying and _first(types, f"{name}:0") not in (None, _PROBE)
        fed = [t for t in wiring.inputs[name] if node_of(t) in varying or t == lowered.input]
        if changed and all(_first(types, t) in (None, _PROBE) for t in fed):
            culprit = name
            break
    node = wiring.nodes[culprit]
    raise ModelError(
        f"This network cannot take {side[0]}x{side[1]} pixels: its {node.op} ({culprit!r}) makes "
        f"{batch} rows of {_PROBE} images; give the size that it was made for, or leave it out."
    )


def _first(types: Types, tensor: str) -> int | None:
    shape = types[tensor][0] if tensor in types else tf.TensorShape(None)
    return int(shape[0]) if shape.rank and shape[0] is not None else None
