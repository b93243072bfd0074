"""Weights from a TensorFlow checkpoint, put into a graph; and the door for `.meta` graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError

from attrvis.errors import ModelError
from attrvis.networks.door import Door, Opened, Options, first_line
from attrvis.networks.inlining import pruned
from attrvis.networks.lowered import from_graph_def
from attrvis.networks.wiring import canonical, node_of

_VARIABLES = ("VarHandleOp", "VariableV2", "Variable")


def read_checkpoint(path: str | Path) -> Any:
    """Open a checkpoint; its tensors are read one by one, and no code is in it.

    Args:
        path: its common name, such as `model.ckpt-1000`, or one of its files, or its folder.

    Raises:
        ModelError: there is none, or it is damaged.
    """
    name = str(path)
    for ending in (".index", ".meta", ".data-00000-of-00001"):
        name = name.removesuffix(ending)
    if Path(name).is_dir():
        name = tf.train.latest_checkpoint(name) or name
    try:
        return tf.train.load_checkpoint(name)
    except Exception as error:
        raise ModelError(
            f"The checkpoint '{path}' cannot be read ({first_line(error)}); give the common name "
            "of its .index and .data files."
        ) from None


def with_checkpoint(graph_def: tf.compat.v1.GraphDef, reader: Any) -> tf.compat.v1.GraphDef:
    """Put a checkpoint's values in the place of a graph's variables.

    Args:
        graph_def: a graph with variables, pruned to what is needed of it.
        reader: from `read_checkpoint`.

    Raises:
        ModelError: the checkpoint lacks a variable, or has it in another shape.
    """
    names = {n.name: _variable_name(n) for n in graph_def.node if n.op in _VARIABLES}
    shapes = {n.name: n.attr["shape"].shape for n in graph_def.node if n.op in _VARIABLES}
    held = reader.get_variable_to_shape_map()
    lacking = [name for name in names.values() if name not in held]
    if lacking:
        raise ModelError(
            f"The checkpoint lacks {len(lacking)} of the network's {len(names)} variables, such as "
            f"{lacking[0]!r}; give the checkpoint of this very network."
        )
    made = type(graph_def)()
    made.versions.CopyFrom(graph_def.versions)
    made.library.CopyFrom(graph_def.library)
    for node in graph_def.node:
        source = node_of(node.input[0]) if node.op == "ReadVariableOp" else node.name
        if node.op == "VarHandleOp":
            continue
        if source not in names:
            made.node.add().CopyFrom(node)
            continue
        value = reader.get_tensor(names[source])
        wanted = tuple(dim.size for dim in shapes[source].dim)
        if value.shape != wanted:
            raise ModelError(
                f"The checkpoint has {names[source]!r} in the shape {value.shape}, but the network "
                f"takes {wanted}; give its number of classes, or the right checkpoint."
            )
        made.node.append(_constant(node.name, value))
    return made


def _variable_name(node: Any) -> str:
    return node.attr["shared_name"].s.decode() or str(node.name)


def _constant(name: str, value: np.ndarray) -> Any:
    node = tf.compat.v1.NodeDef(name=name, op="Const")
    node.attr["dtype"].type = tf.as_dtype(value.dtype).as_datatype_enum
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
    return node


def _accepts(source: Any) -> bool:
    return isinstance(source, str | Path) and str(source).endswith(".meta")


def _open(source: Any, options: Options) -> Opened:
    path = Path(source)
    described = tf.compat.v1.MetaGraphDef()
    try:
        described.ParseFromString(path.read_bytes())
    except (DecodeError, OSError) as error:
        raise ModelError(f"The meta graph '{path}' cannot be read ({first_line(error)}).") from None
    if options.logits is None:
        raise ModelError(
            f"The meta graph '{path}' holds a whole training program; say which tensor the scores "
            "are with logits=."
        )
    keep = [options.logits, *([options.input] if options.input else [])]
    graph_def = pruned(described.graph_def, [canonical(tensor) for tensor in keep])
    if not graph_def.node:
        raise ModelError(f"The meta graph '{path}' has no tensor {options.logits!r}.")
    filled = with_checkpoint(graph_def, read_checkpoint(path))
    lowered = from_graph_def(
        filled,
        input=options.input,
        output=options.logits,
        feeds=options.feeds,
        trust=options.trust,
    )
    return Opened(path.name, lowered)


DOOR = Door(_accepts, _open)
