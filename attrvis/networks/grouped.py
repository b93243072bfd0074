"""Convolutions in groups, as ops that a processor can also differentiate.

TensorFlow's `Conv2D` takes kernels for fewer channels than its input has, and then works group by
group. Without a GPU its gradient exists only under XLA.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import tensorflow as tf

from attrvis.networks.execution import static_types
from attrvis.networks.lowered import Lowered
from attrvis.networks.wiring import Wiring

_SHARED = ("strides", "padding", "dilations", "data_format", "explicit_paddings")


def ungrouped(lowered: Lowered) -> Lowered:
    """Write convolutions in groups as depthwise ones, or as one convolution a group.

    Args:
        lowered: the network.

    Returns:
        A network of the same values and names; the same object where there is nothing to do.
    """
    groups = _groups(lowered)
    if not groups:
        return lowered
    made = tf.compat.v1.GraphDef()
    made.versions.CopyFrom(lowered.graph_def.versions)
    made.library.CopyFrom(lowered.graph_def.library)
    for node in lowered.graph_def.node:
        if node.name in groups:
            count, kernel = groups[node.name]
            _, down, across, _ = node.attr["strides"].list.i
            if kernel[2] == 1 and down == across:
                made.node.extend(_depthwise(node, count, kernel))
            else:
                made.node.extend(_split(node, count))
        else:
            made.node.add().CopyFrom(node)
    return replace(lowered, graph_def=made)


def _groups(lowered: Lowered) -> dict[str, tuple[int, list[int]]]:
    """Find the convolutions in groups: name -> how many, and the kernel's shape."""
    wiring = Wiring(lowered.graph_def)
    convolutions = [
        name
        for name, node in wiring.nodes.items()
        if node.op == "Conv2D" and node.attr["data_format"].s in (b"", b"NHWC")
    ]
    if not convolutions:
        return {}
    types = static_types(lowered)
    found = {}
    for name in convolutions:
        images, kernel = (types[tensor][0] for tensor in wiring.inputs[name][:2])
        known = images.rank == 4 and kernel.is_fully_defined() and images[3] is not None
        if known and images[3] != kernel[2]:
            found[name] = (images[3] // kernel[2], kernel.as_list())
    return found


def _depthwise(
    node: tf.compat.v1.NodeDef, count: int, kernel: Sequence[int]
) -> list[tf.compat.v1.NodeDef]:
    """Give each input channel its own filters: channel c makes the outputs from c * m on."""
    high, wide, _, out = kernel
    shape = _whole(f"{node.name}/shape", [high, wide, count, out // count])
    own = _new(f"{node.name}/by_channel", "Reshape", [node.input[1], shape.name], node)
    own.attr["Tshape"].type = tf.int32.as_datatype_enum
    convolution = _new(node.name, "DepthwiseConv2dNative", [node.input[0], own.name], node)
    _share(convolution, node)
    return [shape, own, convolution]


def _split(node: tf.compat.v1.NodeDef, count: int) -> list[tf.compat.v1.NodeDef]:
    axis = _whole(f"{node.name}/axis", 3)
    parts = []
    for name, tensor in zip(("images", "kernels"), node.input, strict=True):
        part = _new(f"{node.name}/{name}", "Split", [axis.name, tensor], node)
        part.attr["num_split"].i = count
        parts.append(part)
    each = []
    for i in range(count):
        operands = [f"{part.name}:{i}" for part in parts]
        each.append(_new(f"{node.name}/group_{i}", "Conv2D", operands, node))
        _share(each[-1], node)
    together = _new(node.name, "ConcatV2", [*(e.name for e in each), axis.name], node)
    together.attr["N"].i = count
    together.attr["Tidx"].type = tf.int32.as_datatype_enum
    return [axis, *parts, *each, together]


def _whole(name: str, value: int | Sequence[int]) -> tf.compat.v1.NodeDef:
    made = tf.compat.v1.NodeDef(name=name, op="Const")
    made.attr["dtype"].type = tf.int32.as_datatype_enum
    made.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(np.asarray(value, np.int32)))
    return made


def _new(
    name: str, op: str, inputs: Sequence[str], like: tf.compat.v1.NodeDef
) -> tf.compat.v1.NodeDef:
    made = tf.compat.v1.NodeDef(name=name, op=op, input=inputs)
    made.attr["T"].type = like.attr["T"].type
    return made


def _share(convolution: tf.compat.v1.NodeDef, node: tf.compat.v1.NodeDef) -> None:
    for name in _SHARED:
        if name in node.attr:
            convolution.attr[name].CopyFrom(node.attr[name])
