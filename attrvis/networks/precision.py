"""Compute convolutions and what lies between them in half precision, by rewriting the graph."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import tensorflow as tf

from attrvis.networks.half_norm import WIDEST, normalising
from attrvis.networks.lowered import Lowered
from attrvis.networks.pulling import PULL, can_be_pulled
from attrvis.networks.wiring import Wiring, canonical, node_of

# Ops whose kernels take half precision and lose nothing that matters there.
_HALF_OPS = frozenset(
    [
        "Conv2D",
        "DepthwiseConv2dNative",
        "MatMul",
        "BiasAdd",
        "Relu",
        "Relu6",
        "MaxPool",
        "AvgPool",
        "ConcatV2",
        "Add",
        "AddV2",
        "Mul",
        "Identity",
        "Pad",
        "Squeeze",
        "Reshape",
        "Mean",
    ]
)
_HEAVY_OPS = frozenset(("Conv2D", "DepthwiseConv2dNative", "MatMul"))
_F32 = tf.float32.as_datatype_enum

HALVES = {"bfloat16": tf.bfloat16, "float16": tf.float16}
"""The precisions that take half of float32's bytes."""


def in_half(
    lowered: Lowered,
    half_type: tf.DType,
    dtype_of: Callable[[str], tf.DType],
    shape_of: Callable[[str], tf.TensorShape],
    keep: Collection[str] = (),
) -> Lowered:
    """Rewrite a network so that its heavy ops and their neighbours compute in half precision.

    Weights keep their float32 variables where they are shared with a live model, and become
    variables of our own where they came from constants. No process-wide switch is touched.

    Args:
        lowered: the network, all in float32.
        half_type: bfloat16, or float16, where small gradients vanish unless they are scaled.
        dtype_of: a tensor's present type.
        shape_of: its static shape.
        keep: tensors that must stay float32, such as the logits.

    Returns:
        The rewritten network; the tensors of its layers may be of that type.
    """
    short = half_type.as_datatype_enum
    wiring = Wiring(lowered.graph_def)
    kept_nodes = {node_of(t) for t in keep} | {node_of(lowered.output)}
    varying = wiring.dependents([lowered.input])
    norms = _norms(wiring, shape_of) if half_type == tf.bfloat16 else {}
    half = {
        name
        for name, node in wiring.nodes.items()
        if name in varying
        and name not in kept_nodes
        and (node.op in _HALF_OPS or name in norms)
        and node.attr["T"].type == _F32
    }
    half = _near_heavy(wiring, half)
    out = tf.compat.v1.GraphDef()
    out.versions.CopyFrom(lowered.graph_def.versions)
    out.library.CopyFrom(lowered.graph_def.library)
    captures = dict(lowered.captures)
    casts: dict[tuple[str, int], str] = {}

    def cast(tensor: str, to: int) -> str:
        key = (tensor, to)
        if key not in casts:
            suffix = half_type.name if to == short else "float32"
            name = f"{node_of(tensor)}/as_{suffix}_{tensor.split(':')[1]}"
            source = captures.get(node_of(tensor))
            if to == short and isinstance(source, tf.Variable):
                captures[name] = tf.Variable(tf.cast(source, half_type), trainable=False)
                node = out.node.add(name=name, op="Placeholder")
                node.attr["dtype"].type = short
                node.attr["shape"].shape.CopyFrom(source.shape.as_proto())
            else:
                node = out.node.add(name=name, op="Cast", input=[tensor])
                node.attr["SrcT"].type = _F32 if to == short else short
                node.attr["DstT"].type = to
            casts[key] = f"{name}:0"
        return casts[key]

    for name in wiring.order:
        node = out.node.add()
        node.CopyFrom(wiring.nodes[name])
        inside = name in half
        for i, tensor in enumerate(wiring.inputs[name]):
            if dtype_of(tensor) != tf.float32:
                continue
            from_half = node_of(tensor) in half
            if inside and not from_half:
                node.input[i] = cast(tensor, short)
            elif from_half and not inside:
                node.input[i] = cast(canonical(tensor), _F32)
        if inside:
            node.attr["T"].type = short
            if half_type == tf.bfloat16 and can_be_pulled(node):
                node.attr["_gradient_op_type"].s = PULL.encode()
        if inside and name in norms:
            out.node.remove(node)
            out.node.extend(normalising(node, norms[name], half_type))
    return replace(lowered, graph_def=out, captures=captures)


def _norms(wiring: Wiring, shape_of: Callable[[str], tf.TensorShape]) -> dict[str, int]:
    """List the local response normalisations that can be rewritten, and their channels.

    Not for float16: the squares that they add up leave its range.
    """
    found = {}
    for name, node in wiring.nodes.items():
        if node.op == "LRN":
            shape = shape_of(canonical(name))
            if shape.rank == 4 and shape[3] is not None and shape[3] <= WIDEST:
                found[name] = int(shape[3])
    return found


def _near_heavy(wiring: Wiring, half: set[str]) -> set[str]:
    """Keep of the candidates those that hang together with a heavy op, so that casts pay."""
    near = {name for name in half if wiring.nodes[name].op in _HEAVY_OPS}
    for name in wiring.order:
        if name in half and any(node_of(i) in near for i in wiring.inputs[name]):
            near.add(name)
    return near
