"""The one form that every network is brought to: a GraphDef, and what its placeholders capture."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import tensorflow as tf

from attrvis.errors import ModelError
from attrvis.networks.packing import Packing
from attrvis.networks.preparing import (
    cleaned,
    starting_at,
    with_feeds,
)
from attrvis.networks.safety import check_ops
from attrvis.networks.wiring import Wiring, canonical, node_of

_LARGE_CONSTANT_BYTES = 4096
_SCORING = (
    *("Add", "AddV2", "AvgPool", "BiasAdd", "Conv2D", "Einsum", "MatMul", "Mean"),
    *("ResizeBilinear", "ResizeNearestNeighbor"),
)
_SKIPPED = ("Identity", "Reshape", "Squeeze", "StopGradient", "IdentityN", "Cast")


@dataclass(frozen=True, eq=False)
class Variable:
    """A live variable, of ours or of the user's model.

    Args:
        handle: its resource.
        dtype: of its values.
    """

    handle: tf.Tensor
    dtype: tf.DType

    def read(self) -> np.ndarray:
        """Give its value."""
        return tf.raw_ops.ReadVariableOp(resource=self.handle, dtype=self.dtype).numpy()

    def write(self, value: np.ndarray) -> None:
        """Set its value."""
        tf.raw_ops.AssignVariableOp(resource=self.handle, value=tf.constant(value, self.dtype))


@dataclass(frozen=True, eq=False)
class Lowered:
    """A network as one graph.

    Args:
        graph_def: nodes without large constants.
        input: the tensor that eats preprocessed images.
        output: the tensor that the network gives; empty when it gives several, none of which alone
            looks like scores.
        captures: placeholder node -> the variable or resource that feeds it, live.
        layers: the names that the user knows -> tensors; every other node goes by its own name.
        outputs: the names of its outputs -> tensors, where it gives several.
        keeps: whatever must stay alive for the captures to stay valid.
        rows: how many images it takes at once, where it cannot take another number; it then runs
            one at a time. 0: any number.
        packing: how several inputs lie in its rows, where all of them are explained together.
    """

    graph_def: tf.compat.v1.GraphDef
    input: str
    output: str
    captures: Mapping[str, object]
    layers: Mapping[str, str]
    outputs: Mapping[str, str] = field(default_factory=dict)
    keeps: object = None
    rows: int = 0
    packing: Packing | None = None

    def baked_batch(self) -> int:
        """Tell how many images the input takes at once, 0 for any number."""
        node = next(n for n in self.graph_def.node if n.name == node_of(self.input))
        dims = node.attr["shape"].shape.dim
        return max(dims[0].size, 0) if dims else 0

    def sized(self, height: int, width: int) -> Lowered:
        """Fix the input's height and width, so that every layer's shape is known."""
        graph_def = tf.compat.v1.GraphDef()
        graph_def.CopyFrom(self.graph_def)
        batch = self.baked_batch() or -1
        for node in graph_def.node:
            if node.name == node_of(self.input):
                shape = node.attr["shape"].shape
                channels = shape.dim[3].size if len(shape.dim) == 4 else -1
                shape.Clear()
                shape.unknown_rank = False
                for size in (batch, height, width, channels):
                    shape.dim.add().size = size
        return replace(self, graph_def=graph_def)

    def variables(self) -> dict[str, Variable]:
        """List the variables that feed the graph, each once, by the first node that captures it."""
        found: dict[int, tuple[str, Variable]] = {}
        read = {
            node_of(node.input[0]): tf.as_dtype(node.attr["dtype"].type)
            for node in self.graph_def.node
            if node.op == "ReadVariableOp"
        }
        for name, source in self.captures.items():
            if isinstance(source, tf.Variable):
                found.setdefault(id(source), (name, Variable(source.handle, source.dtype)))
            elif name in read:
                found.setdefault(id(source), (name, Variable(source, read[name])))
        return dict(found.values())

    def digest(self) -> str:
        """Give the SHA-256 of the graph and of what its variables hold now."""
        found = hashlib.sha256(self.graph_def.SerializeToString(deterministic=True))
        for name, value in sorted(self.weights().items()):
            found.update(name.encode())
            found.update(np.ascontiguousarray(value).tobytes())
        return found.hexdigest()

    def weights(self) -> dict[str, np.ndarray]:
        """Read what the variables hold now, by the node that gives it."""
        found = {n: v.numpy() for n, v in self.captures.items() if isinstance(v, tf.Variable)}
        for node in self.graph_def.node:
            if node.op == "ReadVariableOp" and node_of(node.input[0]) in self.captures:
                handle = self.captures[node_of(node.input[0])]
                dtype = tf.as_dtype(node.attr["dtype"].type)
                found[node.name] = tf.raw_ops.ReadVariableOp(resource=handle, dtype=dtype).numpy()
        return found

    def fixed(self, weights: Mapping[str, np.ndarray]) -> Lowered:
        """Put constants, as `weights` read them, in the place of variables."""
        graph_def = tf.compat.v1.GraphDef()
        graph_def.CopyFrom(self.graph_def)
        for node in graph_def.node:
            if node.op == "ReadVariableOp" and node.name in weights:
                del node.input[:]
                node.op = "Placeholder"
                dtype = node.attr["dtype"].type
                node.attr.clear()
                node.attr["dtype"].type = dtype
                shape = tf.TensorShape(weights[node.name].shape)
                node.attr["shape"].shape.CopyFrom(shape.as_proto())
        return replace(self, graph_def=graph_def, captures={**self.captures, **weights})


def with_captured_constants(
    graph_def: tf.compat.v1.GraphDef, *, least_bytes: int = _LARGE_CONSTANT_BYTES
) -> tuple[tf.compat.v1.GraphDef, dict[str, tf.Variable]]:
    """Move every large constant out of a GraphDef into a variable that a placeholder captures.

    Args:
        graph_def: the graph.
        least_bytes: smaller ones stay; single numbers always do.

    Returns:
        The small GraphDef and the variables by placeholder name. A trace of the small one costs
        no copy of the weights, and the weights can be perturbed while it lives.
    """
    small = tf.compat.v1.GraphDef()
    small.versions.CopyFrom(graph_def.versions)
    small.library.CopyFrom(graph_def.library)
    captures: dict[str, tf.Variable] = {}
    for node in graph_def.node:
        copy = small.node.add()
        if node.op == "Const" and node.attr["value"].tensor.ByteSize() > least_bytes:
            dtype = tf.as_dtype(node.attr["dtype"].type)
            value = tf.make_ndarray(node.attr["value"].tensor) if dtype.is_floating else None
            if value is not None and value.size > 1:
                captures[node.name] = tf.Variable(value, trainable=False, dtype=dtype)
                copy.name = node.name
                copy.op = "Placeholder"
                copy.attr["dtype"].type = dtype.as_datatype_enum
                copy.attr["shape"].shape.CopyFrom(tf.TensorShape(value.shape).as_proto())
                continue
        copy.CopyFrom(node)
    return small, captures


def from_graph_def(
    graph_def: tf.compat.v1.GraphDef,
    *,
    input: str | None = None,
    output: str | None = None,
    layers: Mapping[str, str] | None = None,
    feeds: Mapping[str, object] | None = None,
    trust: bool = False,
) -> Lowered:
    """Lower a frozen GraphDef.

    Args:
        graph_def: the graph with its weights as constants.
        input: the images, a placeholder or any tensor behind which the graph starts; found when
            there is just one placeholder of rank 4.
        output: the network's output; found when there is just one sink.
        feeds: values for other placeholders, such as `{"phase_train": False}`.
        layers: names for tensors; default: every node by its own name.
        trust: allow ops outside the allowlist.

    Raises:
        ModelError: an op outside the allowlist, a broken graph, or an input or output that is
            missing or not clear.
    """
    graph_def = starting_at(with_feeds(cleaned(graph_def), feeds or {}), input, output)
    check_ops(graph_def, trust=trust)
    small, captures = with_captured_constants(graph_def)
    wiring = Wiring(small)
    placeholders = [n for n in small.node if n.op == "Placeholder" and n.name not in captures]
    source = _the_input(placeholders, input, wiring)
    return Lowered(small, source, _the_output(wiring, source, output), captures, layers or {})


def _the_input(placeholders: list, given: str | None, wiring: Wiring) -> str:
    if given is not None:
        if node_of(given) not in wiring.nodes:
            raise ModelError(f"The graph has no node {given!r} to feed; name its image input.")
        return canonical(given)
    images = [
        n.name
        for n in placeholders
        if tf.as_dtype(n.attr["dtype"].type).is_floating
        and (n.attr["shape"].shape.unknown_rank or len(n.attr["shape"].shape.dim) in (0, 4))
    ]
    # Old files write an unknown rank as no dimension at all, so a rank of 4 says more.
    sure = [i for i in images if len(wiring.nodes[i].attr["shape"].shape.dim) == 4]
    images = sure or images or [n.name for n in placeholders if _is_float_batch(n)]
    if len(images) == 1:
        return f"{images[0]}:0"
    raise ModelError(
        f"The graph has {len(images)} image inputs ({', '.join(images) or 'no placeholder'}); "
        "say which one with input=."
    )


def _is_float_batch(node: tf.compat.v1.NodeDef) -> bool:
    ranked = len(node.attr["shape"].shape.dim) > 1
    return ranked and tf.as_dtype(node.attr["dtype"].type).is_floating


def _the_output(wiring: Wiring, source: str, given: str | None) -> str:
    if given is not None:
        if node_of(given) not in wiring.nodes:
            raise ModelError(f"The graph has no node {given!r}; name its output.")
        return canonical(given)
    fed = {node_of(t) for tensors in wiring.inputs.values() for t in tensors}
    sinks = [n for n in wiring.dependents([source]) if n not in fed]
    if len(sinks) == 1:
        return f"{sinks[0]}:0"
    raise ModelError(
        f"The graph has {len(sinks)} outputs ({', '.join(sorted(sinks)[:8]) or 'none'}); "
        "say which one with logits=."
    )


def clear_output(outputs: Mapping[str, tf.Tensor]) -> str:
    """Give the one of several outputs that alone looks like scores of classes, or nothing."""
    floats = [t for t in outputs.values() if t.dtype.is_floating]
    ranked = [t for t in floats if t.shape.rank == 2] if len(floats) > 1 else floats
    return ranked[0].name if len(ranked) == 1 else ""


def logits_of(lowered: Lowered, given: str | None = None) -> tuple[str, ...]:
    """Find the tensor of scores before a final Softmax or Sigmoid, by op.

    Args:
        lowered: the network.
        given: the name, when the user knows it.

    Returns:
        The tensors that may be it, the deepest first; the last ones are reshaped forms of the
        first.

    Raises:
        ModelError: the graph does not end in scores of classes as far as its ops tell.
    """
    wiring = Wiring(lowered.graph_def)
    if given is not None and given not in lowered.outputs:
        name = lowered.layers.get(given, canonical(given))
        if node_of(name) not in wiring.nodes:
            known = f"; its outputs are {', '.join(lowered.outputs)}" if lowered.outputs else ""
            raise ModelError(f"The graph has no tensor {given!r} to read the logits from{known}.")
        return (name,)
    tensor = lowered.output if given is None else lowered.outputs[given]
    if not tensor:
        raise ModelError(
            f"The model gives {len(lowered.outputs)} outputs ({', '.join(lowered.outputs)}); say "
            "which one holds the scores with logits=."
        )
    output = tensor
    while (op := wiring.nodes[node_of(tensor)].op) in _SKIPPED:
        tensor = wiring.inputs[node_of(tensor)][0]
    if op in ("Softmax", "Sigmoid", "LogSoftmax"):
        found = [wiring.inputs[node_of(tensor)][0]]
        while wiring.nodes[node_of(found[0])].op in ("Identity", "Reshape", "StopGradient"):
            found.insert(0, wiring.inputs[node_of(found[0])][0])
        return tuple(found)
    # An output that the user named is what they want, whichever op it ends in.
    if given is not None or op in _SCORING:
        return (output,)
    raise ModelError(
        f"The network ends in {op} ({node_of(tensor)!r}), so its logits are not clear; "
        "name the tensor of scores before the softmax with logits=."
    )
