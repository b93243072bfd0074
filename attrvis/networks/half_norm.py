"""Local response normalisation in bfloat16, which TensorFlow's own op does not know on processors.

The sum over neighbouring channels becomes a convolution of one position with a band of ones, which
is what such processors are fast at; its own op, in float32 and with a power in it, takes a quarter
of a drawing step of GoogLeNet.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from attrvis.networks.pulling import PULL

WIDEST = 512
"""More channels than this make the band, most of it zeros, dearer than the op."""


def normalising(
    node: tf.compat.v1.NodeDef, channels: int, dtype: tf.DType
) -> list[tf.compat.v1.NodeDef]:
    """Give the nodes that stand for one of the op LRN.

    Args:
        node: the op; it reads a tensor of that type already.
        channels: how many it normalises over.
        dtype: of its values; wide enough in exponent to hold their squares.

    Returns:
        Nodes in the order in which they run; the last one has the op's name.
    """
    attributes = {"depth_radius": 5, "bias": 1.0, "alpha": 1.0, "beta": 0.5}
    for key in attributes:
        if key in node.attr:
            value = node.attr[key]
            attributes[key] = value.i if key == "depth_radius" else value.f
    radius, bias, alpha, beta = attributes.values()
    places = np.arange(channels)
    near = np.abs(places[:, None] - places) <= radius
    band = np.where(near, alpha, 0.0)[None, None].astype(np.float32)
    made: list[tf.compat.v1.NodeDef] = []

    def add(op: str, suffix: str, *inputs: str) -> str:
        name = f"{node.name}/{suffix}" if suffix else node.name
        new = tf.compat.v1.NodeDef(name=name, op=op, input=inputs)
        new.attr["dtype" if op == "Const" else "T"].type = dtype.as_datatype_enum
        made.append(new)
        return name

    def constant(value: np.ndarray, suffix: str) -> str:
        name = add("Const", suffix)
        proto = tf.make_tensor_proto(value.astype(dtype.as_numpy_dtype), dtype)
        made[-1].attr["value"].tensor.CopyFrom(proto)
        return name

    source = node.input[0]
    weights, offset = constant(band, "band"), constant(np.full(channels, bias), "offset")
    around = add("Conv2D", "around", add("Square", "square", source), weights)
    made[-1].attr["strides"].list.i.extend([1, 1, 1, 1])
    made[-1].attr["padding"].s = b"VALID"
    made[-1].attr["_gradient_op_type"].s = PULL.encode()
    total = add("BiasAdd", "total", around, offset)
    # Roots, where the usual exponents allow them: a power takes several times as long.
    if beta in (0.5, 0.75):
        share = add("Rsqrt", "root", total)
        if beta == 0.75:
            share = add("Mul", "share", share, add("Sqrt", "fourth_root", share))
    else:
        share = add("Pow", "share", total, constant(np.array(-beta), "exponent"))
    add("Mul", "", source, share)
    return made
