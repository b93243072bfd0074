"""Make a foreign GraphDef fit to be run: clean, fed, beginning where it should."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf

from attrvis.errors import ModelError
from attrvis.networks.inlining import pruned
from attrvis.networks.wiring import Wiring, node_of


def says_first(node: tf.compat.v1.NodeDef) -> bool:
    """Tell whether an op says that its channels come first."""
    return "data_format" in node.attr and node.attr["data_format"].s.startswith(b"NCHW")


def cleaned(graph_def: tf.compat.v1.GraphDef) -> tf.compat.v1.GraphDef:
    """Copy a GraphDef without placements, control edges and foreign gradient names.

    A saved `_gradient_op_type` would call whichever function took its number in this process.
    """
    clean = tf.compat.v1.GraphDef()
    clean.CopyFrom(graph_def)
    for node in clean.node:
        _clean_node(node)
        kept = [i for i in node.input if not i.startswith("^")]
        del node.input[:]
        node.input.extend(kept)
    for function in clean.library.function:
        for node in function.node_def:
            _clean_node(node)
    return clean


def _clean_node(node: tf.compat.v1.NodeDef) -> None:
    node.device = ""
    for attribute in ("_class", "_gradient_op_type", "_output_shapes"):
        node.attr.pop(attribute, None)


def with_feeds(
    graph_def: tf.compat.v1.GraphDef, feeds: Mapping[str, object]
) -> tf.compat.v1.GraphDef:
    """Put constants in the place of placeholders; the graph is changed and given back.

    Raises:
        ModelError: there is no such placeholder, or it cannot have that value.
    """
    nodes = {node.name: node for node in graph_def.node}
    for name, value in feeds.items():
        node = nodes.get(node_of(name))
        if node is None or not node.op.startswith("Placeholder"):
            known = [n.name for n in graph_def.node if n.op.startswith("Placeholder")]
            raise ModelError(
                f"The graph has no placeholder {name!r} to feed; its placeholders are "
                f"{', '.join(known) or 'none'}."
            )
        dtype = tf.as_dtype(node.attr["dtype"].type)
        try:
            proto = tf.make_tensor_proto(value, dtype)
        except (TypeError, ValueError):
            raise ModelError(
                f"The placeholder {name!r} takes {dtype.name}, not {value!r}."
            ) from None
        node.Clear()
        node.name, node.op = node_of(name), "Const"
        node.attr["dtype"].type = dtype.as_datatype_enum
        node.attr["value"].tensor.CopyFrom(proto)
    return graph_def


def starting_at(
    graph_def: tf.compat.v1.GraphDef, input: str | None, output: str | None
) -> tf.compat.v1.GraphDef:
    """Let a graph begin at a tensor inside it, such as the one behind the decoding of a file.

    Args:
        graph_def: the graph; given back as it is where the input is a placeholder or not named.
        input: the tensor that will be fed.
        output: the tensor that is wanted; what it does not need is dropped, if it is named.
    """
    nodes = {node.name: node for node in graph_def.node}
    node = nodes.get(node_of(input)) if input else None
    if node is not None and node.op != "Placeholder":
        dtype = next((node.attr[a].type for a in ("DstT", "dtype", "T") if a in node.attr), 0)
        name = node.name
        node.Clear()
        node.name, node.op = name, "Placeholder"
        node.attr["dtype"].type = dtype or tf.float32.as_datatype_enum
        # Where channels come first, the last axis is the width.
        channels = None if any(map(says_first, graph_def.node)) else 3
        node.attr["shape"].shape.CopyFrom(tf.TensorShape([None, None, None, channels]).as_proto())
        if output is None:
            feeding = {node_of(i) for n in graph_def.node for i in n.input}
            sinks = Wiring(graph_def).dependents([f"{name}:0"]) - feeding
            return pruned(graph_def, sorted(sinks))
    if node is not None and output is not None and node_of(output) in nodes:
        return pruned(graph_def, [output, node.name])
    return graph_def
