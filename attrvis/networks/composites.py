"""Activations made of several ops: Swish, HardSwish, Mish, Gelu and all that gate themselves.

A gradient rule is for an activation as a whole, not for the sigmoid inside it. So the ops of such
an activation are brought behind one marked node, whose gradient a rule may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from attrvis.networks.wiring import Wiring, canonical, node_of

GATED = "Gated"
"""What rules call an activation of several ops."""

_PARTS, _FEEDS = "_attrvis_parts", "_attrvis_feeds"

_PLACE_BY_PLACE = frozenset(
    [
        "Add",
        "AddN",
        "AddV2",
        "Cast",
        "Elu",
        "Erf",
        "Erfc",
        "Exp",
        "Expm1",
        "Identity",
        "IdentityN",
        "LeakyRelu",
        "Log",
        "Log1p",
        "Maximum",
        "Minimum",
        "Mul",
        "Neg",
        "Pow",
        "RealDiv",
        "Reciprocal",
        "Relu",
        "Relu6",
        "Rsqrt",
        "Selu",
        "Sigmoid",
        "Softplus",
        "Softsign",
        "Sqrt",
        "Square",
        "Sub",
        "Tanh",
    ]
)
_CURVED = frozenset(
    ["Elu", "Erf", "Erfc", "Exp", "Relu", "Relu6", "Sigmoid", "Softplus", "Softsign", "Tanh"]
)


@dataclass(frozen=True)
class Composite:
    """A product of a tensor with a function of that same tensor, place by place.

    Args:
        node: the product's name.
        source: the tensor.
        inside: the nodes between the tensor and the product, the last one first.
    """

    node: str
    source: str
    inside: tuple[str, ...]


def composites(wiring: Wiring, source: str) -> list[Composite]:
    """Find the activations of a graph that are products of a tensor with a gate made from it.

    Args:
        wiring: of the graph.
        source: the tensor of images.

    Returns:
        Them, in the order of the graph; none lies inside another.
    """
    varying = wiring.dependents([source])
    found: list[Composite] = []
    taken: set[str] = set()
    for name in reversed(wiring.order):
        if wiring.nodes[name].op == "Mul" and name in varying and name not in taken:
            composite = _behind(wiring, name, varying, source)
            if composite is not None:
                found.append(composite)
                taken.update(composite.inside)
    return found[::-1]


def _behind(wiring: Wiring, product: str, varying: set[str], source: str) -> Composite | None:
    """Walk back from a product, place by place, until all that varies comes from one tensor."""

    def moving(tensors: Sequence[str]) -> set[str]:
        return {t for t in tensors if node_of(t) in varying or t == source}

    waiting = moving(wiring.inputs[product])
    inside: list[str] = []
    while len(waiting) > 1:
        latest = max(waiting, key=lambda t: wiring.order[node_of(t)])
        name = node_of(latest)
        if latest == source or wiring.nodes[name].op not in _PLACE_BY_PLACE:
            return None
        waiting.remove(latest)
        operands = wiring.inputs[name]
        if wiring.nodes[name].op == "IdentityN":
            operands = (operands[int(latest.split(":")[1])],)
        waiting |= moving(operands)
        inside.append(name)
    bent = any(wiring.nodes[name].op in _CURVED for name in inside)
    return Composite(product, waiting.pop(), tuple(inside)) if bent else None


def fuse(
    graph_def: tf.compat.v1.GraphDef, found: Sequence[Composite], gradient: str
) -> tf.compat.v1.GraphDef:
    """Put one marked node behind each composite, under its product's name.

    Args:
        graph_def: the graph.
        found: its composites.
        gradient: the name of the marked nodes' gradient, as TensorFlow's registry knows it.

    Returns:
        A graph of the same values, in which gradients run from a marked node to the composite's
        source alone.
    """
    wiring = Wiring(graph_def)
    by_product = {composite.node: composite for composite in found}
    fused = tf.compat.v1.GraphDef()
    fused.versions.CopyFrom(graph_def.versions)
    fused.library.CopyFrom(graph_def.library)
    for node in graph_def.node:
        copy = fused.node.add()
        copy.CopyFrom(node)
        if node.name in by_product:
            copy.name = f"{node.name}/of_several_ops"
            _mark(fused.node.add(), copy, by_product[node.name], wiring, gradient)
    return fused


def _mark(
    marked: tf.compat.v1.NodeDef,
    product: tf.compat.v1.NodeDef,
    composite: Composite,
    wiring: Wiring,
    gradient: str,
) -> None:
    names = [*composite.inside[::-1], composite.node]
    read = {tensor for name in names for tensor in wiring.inputs[name]}
    sides = sorted(t for t in read if node_of(t) not in names and t != composite.source)
    feeds = [composite.source, *sides]
    parts = tf.compat.v1.GraphDef()
    parts.versions.CopyFrom(wiring.graph_def.versions)
    parts.node.extend(wiring.nodes[name] for name in names)
    types = [_type(wiring, tensor) for tensor in (canonical(composite.node), *feeds)]
    marked.name, marked.op = composite.node, "IdentityN"
    marked.input.extend([canonical(product.name), *feeds])
    marked.attr["T"].list.type.extend(types)
    marked.attr[_PARTS].s = parts.SerializeToString(deterministic=True)
    marked.attr[_FEEDS].list.s.extend(feed.encode() for feed in feeds)
    marked.attr["_gradient_op_type"].s = gradient.encode()


def _type(wiring: Wiring, tensor: str) -> int:
    node = wiring.nodes[node_of(tensor)]
    attribute = next(node.attr[name] for name in ("DstT", "dtype", "T") if name in node.attr)
    many = list(attribute.list.type)
    return many[int(canonical(tensor).split(":")[1])] if many else attribute.type


@dataclass(frozen=True, eq=False)
class Gated:
    """A marked node as gradient rules see an op: one input, one output.

    Args:
        node: the op behind it.
    """

    node: Any
    type: str = GATED

    @property
    def inputs(self) -> list[tf.Tensor]:
        """The tensor that the activation bends."""
        return [self.node.inputs[1]]

    @property
    def outputs(self) -> list[tf.Tensor]:
        """What it gives."""
        return [self.node.outputs[0]]

    def plain(self, upstream: tf.Tensor) -> tf.Tensor:
        """Pull a gradient back through the activation, by computing it once more."""
        parts = tf.compat.v1.GraphDef.FromString(self.node.get_attr(_PARTS))
        names = [name.decode() for name in self.node.get_attr(_FEEDS)]
        # Gradients are built in a graph of their own, which an import alone does not see beyond.
        source, *sides = [tf.identity(tensor) for tensor in self.node.inputs[1:]]
        feeds = dict(zip(names, [source, *sides], strict=True))
        again = tf.graph_util.import_graph_def(
            parts, input_map=feeds, return_elements=[f"{parts.node[-1].name}:0"], name="again"
        )
        return tf.gradients(again, source, [upstream])[0]
