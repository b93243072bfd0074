"""Fuse biases, normalisations and scales with the weights before them, so that rules see one op."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

from attrvis.attribution.propagation.kinds import NORMS, WEIGHTED
from attrvis.attribution.propagation.walking import Tensors, again, with_inputs
from attrvis.networks.section import Section, Unit
from attrvis.networks.wiring import node_of

SCALE = "Scale"
"""What a number times its own weight plus a bias is called, such as a lone batch norm."""

_FOLDING = frozenset(("Conv2D", "Conv3D", "DepthwiseConv2dNative", "MatMul"))
_SHIFTS = frozenset(("Add", "AddV2", "BiasAdd", "Sub"))
_ALSO_WEIGHTED = frozenset(("BatchMatMul", "BatchMatMulV2", "Conv2DBackpropInput", "Einsum"))


@dataclass(frozen=True)
class Fused:
    """An op with weights, and what follows it place by place.

    Args:
        op: the type of its first node, or `Scale`.
        unit: all its nodes as one unit of one input and one output.
        parts: the units that it was made of.
    """

    op: str
    unit: Unit
    parts: tuple[Unit, ...]


@dataclass(frozen=True, eq=False)
class Affine:
    """A fused op in numbers: `output = run(x, weight) + bias`.

    Args:
        x: its input.
        weight: its weights, with all scales in them.
        bias: its bias, with all shifts in it; it broadcasts against the output.
        output: what it gives.
        run: computes it of an input and of weights, linear in both.
    """

    x: tf.Tensor
    weight: tf.Tensor
    bias: tf.Tensor
    output: tf.Tensor
    run: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

    def back(self, weight: tf.Tensor, coming: tf.Tensor) -> tf.Tensor:
        """Pull back what comes to the output through weights."""
        x = tf.identity(self.x)
        return tf.gradients(self.run(x, weight), x, [coming])[0]


def fused(found: Section) -> tuple[Section, dict[str, Fused]]:
    """Fuse what a section holds.

    Returns:
        The section with each fused op as one unit, and these by the unit's name.
    """
    read = set(found.tail.read.values())
    readers = found.readers()
    taken: set[str] = set()
    units: list[Unit] = []
    made: dict[str, Fused] = {}
    for unit in found.units:
        if unit.name in taken:
            continue
        if not _starts(found, unit):
            units.append(unit)
            continue
        parts = [unit]
        while parts[-1].output not in read:
            after = readers.get(parts[-1].output, [])
            if len(after) != 1 or not _follows(found, unit, after[0]):
                break
            parts.append(after[0])
        last = parts[-1]
        nodes = tuple(part.name for part in parts)
        op = unit.op if unit.op in WEIGHTED | _ALSO_WEIGHTED else SCALE
        whole = Unit(last.name, op, nodes, unit.inputs, unit.places, (last.output,))
        made[whole.name] = Fused(op, whole, tuple(parts))
        taken |= set(nodes)
        units.append(whole)
    return Section(found.tail, found.source, tuple(units)), made


def _starts(found: Section, unit: Unit) -> bool:
    if unit.op in WEIGHTED | _ALSO_WEIGHTED and len(unit.places) == 1:
        other = found.tail.engine.wiring.inputs[unit.name][1 - unit.places[0]]
        return not _varies(found, other)
    return _elementwise(found, unit)


def _follows(found: Section, first: Unit, unit: Unit) -> bool:
    """Tell whether a unit does no more than scale and shift the channels of the one before."""
    if unit.op == "Identity":
        return True
    if not _elementwise(found, unit):
        return False
    if first.op not in WEIGHTED | _ALSO_WEIGHTED or unit.op in NORMS | {"Neg"}:
        return first.op in _FOLDING or first.op not in _ALSO_WEIGHTED
    inputs = found.tail.engine.wiring.inputs[unit.name]
    other = inputs[1 - unit.places[0]]
    if unit.op in _SHIFTS:
        return not (unit.op == "Sub" and unit.places == (1,) and first.op not in _FOLDING)
    shape = found.tail.engine.shape(other)
    per_channel = shape.rank is not None and all(side == 1 for side in shape[:-1])
    return first.op in _FOLDING and per_channel and not _varies(found, other)


def _elementwise(found: Section, unit: Unit) -> bool:
    """Tell whether a unit scales and shifts each number of its one input by itself."""
    if len(unit.places) != 1:
        return False
    if unit.op in NORMS:
        return unit.places == (0,) and not _of_batch(found, unit)
    if unit.op == "RealDiv" and unit.places != (0,):
        return False
    if unit.op not in _SHIFTS | {"Mul", "RealDiv", "Neg"}:
        return False
    engine = found.tail.engine
    own, whole = engine.shape(unit.inputs[0]), engine.shape(unit.output)
    return own.rank is not None and own.as_list() == whole.as_list()


def _of_batch(found: Section, unit: Unit) -> bool:
    return bool(found.tail.engine.wiring.nodes[unit.name].attr["is_training"].b)


def _varies(found: Section, tensor: str) -> bool:
    engine = found.tail.engine
    source = engine.lowered.input
    return tensor == source or node_of(tensor) in engine.wiring.dependents([source])


def affine(found: Section, values: Tensors, one: Fused) -> Affine:
    """Put a fused op into numbers."""
    wiring = found.tail.engine.wiring
    first, x = one.parts[0], values[one.unit.inputs[0]]
    scale, shift = tf.ones([1], x.dtype), tf.zeros([1], x.dtype)
    for part in one.parts if one.op == SCALE else one.parts[1:]:
        by, plus = _numbers(values, wiring.inputs[part.name], part)
        scale, shift = scale * by, shift * by + plus
    output = values[one.unit.output]
    if one.op == SCALE:
        return Affine(x, scale + tf.zeros([1], x.dtype), shift, output, tf.multiply)
    reads, op = wiring.inputs[first.name], values[first.output].op
    place = 1 - first.places[0]
    weight = _scaled(op, values[reads[place]], tf.reshape(scale, [-1]))

    def run(moving: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        inputs = with_inputs(values, first, reads, [moving])
        inputs[place] = weights
        return again(op, inputs)[0]

    return Affine(x, weight, shift, output, run)


def _numbers(values: Tensors, reads: tuple[str, ...], part: Unit) -> tuple[tf.Tensor, tf.Tensor]:
    """Tell what a unit multiplies by and what it adds."""
    output = values[part.output]
    one, none = tf.ones([1], output.dtype), tf.zeros([1], output.dtype)
    if part.op in NORMS:
        scale, offset, mean, variance = (values[reads[i]] for i in range(1, 5))
        by = scale * tf.math.rsqrt(variance + output.op.get_attr("epsilon"))
        return by, offset - mean * by
    if part.op in ("Neg", "Identity"):
        return one if part.op == "Identity" else -one, none
    other = values[reads[1 - part.places[0]]]
    if part.op == "Mul":
        return other, none
    if part.op == "RealDiv":
        return 1 / other, none
    if part.op == "Sub":
        return (one, -other) if part.places == (0,) else (-one, other)
    return one, other


def _scaled(op: tf.Operation, weight: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    """Multiply weights by one number for each channel of the output."""
    if op.type == "DepthwiseConv2dNative":
        of_each = tf.ones(tf.reduce_prod(tf.shape(weight)[2:]), weight.dtype)
        return weight * tf.reshape(scale * of_each, tf.shape(weight)[2:])
    if op.type == "MatMul":
        own = op.get_attr("transpose_b")
        return weight * (scale[:, None] if own else scale)
    return weight * scale
