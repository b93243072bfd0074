"""Shapes that a network computes from the length of its batch, written as numbers.

A reshape to `(tf.shape(images)[0], 16, -1)` ties whatever comes after it to the images: the part of
a network behind a layer, run on another number of rows, would still take the images' count.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import tensorflow as tf

from attrvis.errors import ModelError
from attrvis.networks.execution import static_types
from attrvis.networks.lowered import Lowered
from attrvis.networks.wiring import Wiring, node_of

_ROWS = 999_983
"""A prime: a side of a shape is a multiple of it only if it comes from the batch."""


def with_own_shapes(lowered: Lowered) -> Lowered:
    """Give each reshape of images the shape that it has for any batch, with -1 for the batch.

    Args:
        lowered: the network, the size of its input known.

    Returns:
        A network of the same values and names; the same object where there is nothing to do.
    """
    wiring = Wiring(lowered.graph_def)
    reshapes = [
        name
        for name in wiring.dependents([lowered.input])
        if wiring.nodes[name].op == "Reshape"
        and wiring.nodes[node_of(wiring.inputs[name][1])].op != "Const"
    ]
    if not reshapes:
        return lowered
    shapes = {name: _for_any_batch(shape) for name, shape in _shapes(lowered, reshapes).items()}
    known = {name: shape for name, shape in shapes.items() if shape is not None}
    if not known:
        return lowered
    made = tf.compat.v1.GraphDef()
    made.CopyFrom(lowered.graph_def)
    for node in list(made.node):
        if node.name in known:
            constant = made.node.add(name=f"{node.name}/own_shape", op="Const")
            constant.attr["dtype"].type = tf.int64.as_datatype_enum
            constant.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(known[node.name]))
            node.input[1] = constant.name
            node.attr["Tshape"].type = tf.int64.as_datatype_enum
    return replace(lowered, graph_def=made)


def _shapes(lowered: Lowered, names: list[str]) -> dict[str, tf.TensorShape]:
    """Let TensorFlow infer what these nodes make of a batch of that many rows."""
    many = tf.compat.v1.GraphDef()
    many.CopyFrom(lowered.graph_def)
    for node in many.node:
        if node.name == node_of(lowered.input):
            dims = node.attr["shape"].shape.dim
            if not dims or dims[0].size != -1:
                return {}
            dims[0].size = _ROWS
    try:
        types = static_types(replace(lowered, graph_def=many))
    except ModelError:  # the batch was baked into some other shape
        return {}
    return {name: types[f"{name}:0"][0] for name in names}


def _for_any_batch(shape: tf.TensorShape) -> np.ndarray | None:
    if not shape.is_fully_defined():
        return None
    sides = np.array(shape.as_list(), np.int64)
    batch = sides % _ROWS == 0
    if batch.sum() != 1:
        return None
    return np.where(batch, -1, sides)
