"""The constants that a network adds on its way: biases, folded normalisations, saturations.

A network of piecewise linear ops is, around an image, its gradient times the input and the
gradient at every such constant times the constant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import tensorflow as tf

from attrvis.networks.execution import IMAGES, Engine, as_float
from attrvis.networks.lowered import Lowered
from attrvis.networks.tail import Tail
from attrvis.networks.wiring import Wiring, canonical, node_of

_SUMS = ("BiasAdd", "Add", "AddV2", "Sub")
_NORMS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
_DELTA = "attrvis_offset"

Values = Mapping[str, tf.Tensor]


@dataclass(frozen=True, eq=False)
class Place:
    """A tensor to which a constant is added.

    Args:
        tensor: its name.
        parts: the tensors of which the constant is made.
        constant: makes it of their values.
    """

    tensor: str
    parts: tuple[str, ...]
    constant: Callable[..., tf.Tensor]


@dataclass(frozen=True, eq=False)
class Offsets:
    """A tail whose constants can be told apart.

    Args:
        engine: runs the network with a tensor of zeros, the delta, added behind each constant.
        read: what is computed: names -> tensors.
        tensor: the layer's tensor, or `input`.
        places: where constants are added, in the order of the graph.
    """

    engine: Engine
    read: Mapping[str, str]
    tensor: str
    places: tuple[Place, ...]

    def zeros(self, rows: tf.Tensor) -> dict[str, tf.Tensor]:
        """Make the deltas of so many rows."""
        return {
            place.tensor: tf.zeros(
                [rows, *self.engine.shape(place.tensor)[1:]], self.engine.dtype(place.tensor)
            )
            for place in self.places
        }

    def __call__(
        self, values: tf.Tensor, bypass: Values, deltas: Values
    ) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
        """Compute what is read, and the constant of each place, from rows of the layer's values."""
        if self.tensor != IMAGES:
            values = tf.cast(values, self.engine.dtype(self.tensor))
        feeds = {**bypass, self.tensor: values}
        feeds |= {_delta(place): delta for place, delta in deltas.items()}
        parts = {part for place in self.places for part in place.parts}
        known = self.engine.compute(feeds, [*self.read.values(), *sorted(parts)])
        read = {name: as_float(known[tensor]) for name, tensor in self.read.items()}
        return read, {
            place.tensor: place.constant(*(as_float(known[part]) for part in place.parts))
            for place in self.places
        }


def offsets(tail: Tail) -> Offsets:
    """Find the constants between a layer and what is read behind it.

    Args:
        tail: the network, cut at the layer.
    """
    lowered, preprocess = tail.engine.lowered, tail.engine.preprocess
    tensor, read = tail.tensor, tail.read
    wiring = Wiring(lowered.graph_def)
    source = lowered.input if tensor == IMAGES else tensor
    wanted = [t for t in read.values() if t != IMAGES]
    section = wiring.dependents([source]) & set(wiring.ancestors(wanted, [source]))
    varying = wiring.dependents([lowered.input]) | {node_of(lowered.input)}
    ordered = sorted(section, key=wiring.order.__getitem__)
    places = [found for name in ordered if (found := _place(wiring, name, varying)) is not None]
    # The images may also come beside the layer.
    if tensor == IMAGES or lowered.input in wiring.frontier(wanted, source, [lowered.input]):
        places.insert(0, _at_input(lowered, preprocess))
    names = {place.tensor for place in places}
    engine = Engine(_spliced(lowered, names), preprocess)
    moved = {name: _behind(t) if t in names else t for name, t in read.items()}
    return Offsets(engine, moved, tensor, tuple(places))


def _at_input(lowered: Lowered, preprocess: Callable[[tf.Tensor], tf.Tensor]) -> Place:
    """Say what the preprocessing adds."""

    def constant(fed: tf.Tensor) -> tf.Tensor:
        return tf.cast(preprocess(tf.zeros_like(fed, tf.float32)), tf.float32)

    return Place(lowered.input, (lowered.input,), constant)


def _place(wiring: Wiring, name: str, varying: set[str]) -> Place | None:
    """Say what a node adds, if it adds something."""
    node, inputs, tensor = wiring.nodes[name], wiring.inputs[name], canonical(name)
    if node.op in _NORMS:
        return Place(tensor, tuple(inputs[1:5]), _Folded(node.attr["epsilon"].f))
    if node.op == "Relu6":
        return Place(tensor, (tensor,), _saturated)
    if node.op in _SUMS:
        fixed = [i for i, t in enumerate(inputs[:2]) if node_of(t) not in varying]
        if len(fixed) == 1:
            negative = node.op == "Sub" and fixed[0] == 1
            return Place(tensor, (inputs[fixed[0]],), tf.negative if negative else tf.identity)
    return None


@dataclass(frozen=True)
class _Folded:
    """The constant of a normalisation with moments of its own."""

    epsilon: float

    def __call__(
        self, scale: tf.Tensor, offset: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor
    ) -> tf.Tensor:
        return offset - scale * mean * tf.math.rsqrt(variance + self.epsilon)


def _saturated(output: tf.Tensor) -> tf.Tensor:
    return tf.where(output >= 6.0, 6.0, 0.0)


def _spliced(lowered: Lowered, places: set[str]) -> Lowered:
    """Add a placeholder behind each place, which all that follows sees."""
    engine = Engine(lowered, tf.identity)
    graph_def = tf.compat.v1.GraphDef()
    graph_def.CopyFrom(lowered.graph_def)
    for node in graph_def.node:
        for number, tensor in enumerate(node.input):
            if not tensor.startswith("^") and canonical(tensor) in places:
                node.input[number] = node_of(_behind(canonical(tensor)))
    for place in sorted(places):
        base, dtype = node_of(_behind(place)), engine.dtype(place).as_datatype_enum
        delta = graph_def.node.add(name=node_of(_delta(place)), op="Placeholder")
        delta.attr["dtype"].type = dtype
        delta.attr["shape"].shape.CopyFrom(engine.shape(place).as_proto())
        added = graph_def.node.add(name=base, op="AddV2", input=[node_of(place), delta.name])
        added.attr["T"].type = dtype
    return replace(lowered, graph_def=graph_def)


def _behind(tensor: str) -> str:
    return f"{_DELTA}/{node_of(tensor)}:0"


def _delta(tensor: str) -> str:
    return f"{_DELTA}/{node_of(tensor)}/zeros:0"
