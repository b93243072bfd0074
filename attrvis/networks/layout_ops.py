"""One op at a time brought from channels first to channels last: its axes, sizes and neighbours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from attrvis.errors import ModelError
from attrvis.networks.layout_tensors import (
    ELEMENTWISE,
    FORMATTED,
    REDUCING,
    RESHAPING_MASKS,
    TO_FIRST,
    TO_LAST,
    constant,
    order_of,
    outputs_of,
)
from attrvis.networks.layout_turning import Turning
from attrvis.networks.preparing import says_first
from attrvis.networks.wiring import node_of

_AXIS = np.asarray(TO_FIRST)
"""Where axis 0, 1, 2, 3 of [B, C, H, W] is in [B, H, W, C]."""


def place(turning: Turning, node: tf.compat.v1.NodeDef) -> None:
    """Add a node of the graph, turned where it meets tensors that are channels first.

    Args:
        turning: the graph on its way.
        node: the node.

    Raises:
        ModelError: it says that its channels are first, and there is no rule for its op.
    """
    inputs = turning.wiring.inputs[node.name]
    made = type(node)()
    made.CopyFrom(node)
    met = turning.first.intersection((*inputs, *outputs_of(node.name, turning.types)))
    if says_first(node):
        if node.op not in FORMATTED or node.attr["data_format"].s != b"NCHW":
            raise refusal(node)
        if met or node.op != "BiasAdd":
            _formatted(turning, made, inputs)
    elif not met and node.op != "StridedSlice":
        pass
    elif not (node.op in _RULES and _RULES[node.op](turning, made, inputs)):
        _around(turning, node, inputs)
        return
    turning.nodes.append(made)


def _around(turning: Turning, node: tf.compat.v1.NodeDef, inputs: Sequence[str]) -> None:
    """Leave an op as it is, and turn what goes in and what comes out."""
    made = turning.add("", node.op, [turning.as_first(t) for t in inputs])
    for key, value in node.attr.items():
        made.attr[key].CopyFrom(value)
    outputs = outputs_of(node.name, turning.types)
    if turning.first.isdisjoint(outputs):
        made.name = node.name
        return
    made.name = turning.fresh(f"{node.name}/channels_first")
    found = [f"{made.name}:{i}" for i in range(len(outputs))]
    if len(outputs) == 1:
        turning.transpose(node.name, found[0], TO_LAST, turning.dtype(outputs[0]))
        return
    turned = [
        turning.transpose(f"{node.name}/channels_last", t, TO_LAST, turning.dtype(o), fresh=True)
        if o in turning.first
        else t
        for o, t in zip(outputs, found, strict=True)
    ]
    together = turning.add(node.name, "IdentityN", turned)
    together.attr["T"].list.type.extend(turning.dtype(o) for o in outputs)


def refusal(node: tf.compat.v1.NodeDef) -> ModelError:
    """Make the error for an op that cannot be brought to channels last."""
    return ModelError(
        f"The graph's {node.op} ({node.name!r}) has its channels first (NCHW) and cannot be "
        "brought to channels last; export the network with channels last (NHWC)."
    )


Node: TypeAlias = Any
Rule: TypeAlias = Callable[[Turning, Node, Sequence[str]], bool]
"""(state, a copy of the node, to be changed, its inputs) -> whether the rule holds for it."""


def _formatted(turning: Turning, node: Node, inputs: Sequence[str]) -> None:
    node.attr["data_format"].s = b"NHWC"
    for i in FORMATTED[node.op]:
        node.input[i] = turning.as_last(inputs[i], node)
    for name in ("strides", "ksize", "dilations"):
        if name in node.attr and len(node.attr[name].list.i) == 4:
            node.attr[name].list.i[:] = [node.attr[name].list.i[a] for a in TO_LAST]
    if "explicit_paddings" in node.attr and node.attr["explicit_paddings"].list.i:
        pads = np.reshape(node.attr["explicit_paddings"].list.i, (4, 2))[list(TO_LAST)]
        node.attr["explicit_paddings"].list.i[:] = pads.ravel().tolist()
    if node.op.endswith("BackpropInput") and turning.types[inputs[0]][0].as_list() == [4]:
        node.input[0] = turning.vector(inputs[0])
    if node.op == "MaxPoolV2":
        node.input[1], node.input[2] = turning.vector(inputs[1]), turning.vector(inputs[2])


def _elementwise(turning: Turning, node: Node, inputs: Sequence[str]) -> bool:
    if f"{node.name}:0" not in turning.first:
        return False
    for i, tensor in enumerate(inputs):
        chooses_images = node.op == "Select" and i == 0 and turning.rank(tensor) == 1
        if not chooses_images:
            node.input[i] = turning.as_last(tensor, node)
    return True


def _identities(turning: Turning, node: Node, inputs: Sequence[str]) -> bool:
    for i, tensor in enumerate(inputs):
        if f"{node.name}:{i}" in turning.first:
            node.input[i] = turning.as_last(tensor, node)
        else:
            node.input[i] = turning.as_first(tensor)
    return True


def _transposed(turning: Turning, node: Node, inputs: Sequence[str]) -> bool:
    """Compose an order with what has become of both sides; one that does nothing is dropped."""
    order = order_of(turning.wiring, node.name)
    if order is None:
        return False
    before = TO_LAST if inputs[0] in turning.first else (0, 1, 2, 3)
    after = TO_LAST if f"{node.name}:0" in turning.first else (0, 1, 2, 3)
    new = [before.index(order[a]) for a in after]
    if new == [0, 1, 2, 3]:
        node.op = "Identity"
        del node.input[1:]
        node.attr.pop("Tperm", None)
    else:
        dtype = turning.types[inputs[1]][1].as_numpy_dtype
        node.input[1] = turning.const(f"{node.name}/order", np.asarray(new, dtype))
    return True


def _along(data: slice | int, axis: int) -> Rule:
    """Make the rule of an op that keeps four axes and names some of them in an input."""

    def rule(turning: Turning, node: Node, inputs: Sequence[str]) -> bool:
        axes = turning.axes(inputs[axis])
        outputs = outputs_of(node.name, turning.types)
        if axes is None or not turning.first.issuperset(outputs):
            return False
        if node.op == "GatherV2" and not (
            turning.rank(inputs[1]) == 1 and node.attr["batch_dims"].i == 0
        ):
            return False
        places = range(len(inputs))[data] if isinstance(data, slice) else [data]
        for i in places:
            node.input[i] = turning.as_last(inputs[i], node)
        node.input[axis] = turning.const(f"{node.name}/axis", _AXIS[axes].astype(axes.dtype))
        return True

    return rule


def _sized(*vectors: int) -> Rule:
    """Make the rule of an op that keeps four axes and has inputs with one row an axis."""

    def rule(turning: Turning, node: Node, inputs: Sequence[str]) -> bool:
        if f"{node.name}:0" not in turning.first:
            return False
        if 0 not in vectors:
            node.input[0] = turning.as_last(inputs[0], node)
        for i in vectors:
            node.input[i] = turning.vector(inputs[i])
        return True

    return rule


def _keeps_order(removed: Sequence[int]) -> bool:
    """Tell whether what is left when axes go comes in the same order in both layouts."""
    return [a for a in range(4) if a not in removed] == [a for a in TO_LAST if a not in removed]


def _reduced(turning: Turning, node: Node, inputs: Sequence[str]) -> bool:
    axes = turning.axes(inputs[1])
    if axes is None:
        return False
    if node.attr["keep_dims"].b:
        fits = f"{node.name}:0" in turning.first
    else:
        fits = inputs[0] in turning.first and _keeps_order(np.ravel(axes).tolist())
    if fits:
        node.input[0] = turning.as_last(inputs[0], node)
        node.input[1] = turning.const(f"{node.name}/axis", _AXIS[axes].astype(axes.dtype))
    return fits


def _squeezed(turning: Turning, node: Node, inputs: Sequence[str]) -> bool:
    axes = [a % 4 for a in node.attr["squeeze_dims"].list.i]
    if inputs[0] not in turning.first or not axes or not _keeps_order(axes):
        return False
    node.attr["squeeze_dims"].list.i[:] = [int(_AXIS[a]) for a in axes]
    return True


def _sliced(turning: Turning, node: Node, inputs: Sequence[str]) -> bool:
    if _one_size(turning, node, inputs):
        return True
    known = [constant(turning.wiring, tensor) for tensor in inputs[1:]]
    parts = [part for part in known if part is not None]
    if len(parts) < len(known) or inputs[0] not in turning.first:
        return False
    if node.attr["ellipsis_mask"].i or node.attr["new_axis_mask"].i:
        return False
    given = len(parts[0])
    shrunk = [a for a in range(given) if node.attr["shrink_axis_mask"].i >> a & 1]
    if (shrunk and not _keeps_order(shrunk)) or (
        not shrunk and f"{node.name}:0" not in turning.first
    ):
        return False
    rows = np.asarray(parts).T
    rows = np.concatenate([rows, np.tile(np.asarray([[0, 0, 1]], rows.dtype), (4 - given, 1))])
    for i, column in enumerate(rows[list(TO_LAST)].T):
        node.input[i + 1] = turning.const(f"{node.name}/slice", np.ascontiguousarray(column))
    for name, rest in (("begin_mask", 1), ("end_mask", 1), *((m, 0) for m in RESHAPING_MASKS)):
        bits = [node.attr[name].i >> a & 1 if a < given else rest for a in range(4)]
        node.attr[name].i = sum(bits[a] << i for i, a in enumerate(TO_LAST))
    return True


def _measured(turning: Turning, node: Node, inputs: Sequence[str]) -> bool:
    """Tell the shape as it was, without turning the tensor back."""
    shape = turning.shape(node)
    node.CopyFrom(turning.gather(node.name, shape, TO_FIRST, turning.dtype(f"{node.name}:0")))
    return True


def _one_size(turning: Turning, node: Node, inputs: Sequence[str]) -> bool:
    """Read one size where it now is; TensorFlow knows it beforehand only if nothing is between."""
    measured = turning.wiring.nodes[node_of(inputs[0])]
    begin = constant(turning.wiring, inputs[1])
    if begin is None or begin.shape != (1,) or node.attr["shrink_axis_mask"].i != 1:
        return False
    if measured.op == "Pack" and turning.rank(inputs[0]) == 1:
        sizes = turning.wiring.inputs[measured.name]
        dtype = turning.dtype(inputs[0])
        node.CopyFrom(type(node)(name=node.name, op="Identity", input=[sizes[begin[0]]]))
        node.attr["T"].type = dtype
        return True
    if measured.op != "Shape" or turning.first.isdisjoint(turning.wiring.inputs[measured.name]):
        return False
    place = _AXIS[begin % 4].astype(begin.dtype)
    node.input[0] = turning.shape(measured)
    node.input[1] = turning.const(f"{node.name}/place", place)
    node.input[2] = turning.const(f"{node.name}/end", place + np.asarray(1, begin.dtype))
    node.attr["begin_mask"].i = 0
    return True


def _as_it_is(turning: Turning, node: Node, inputs: Sequence[str]) -> bool:
    return True


def _ensured(turning: Turning, node: Node, inputs: Sequence[str]) -> bool:
    if not _elementwise(turning, node, inputs):
        return False
    turned_shape(node)
    return True


def turned_shape(node: Node) -> None:
    """Bring the shape that a node declares to channels last."""
    shape = node.attr["shape"].shape
    if len(shape.dim) == 4:
        sizes = [shape.dim[a].size for a in TO_LAST]
        shape.CopyFrom(tf.TensorShape([None if s < 0 else s for s in sizes]).as_proto())


_RULES: Mapping[str, Rule] = {
    **dict.fromkeys(ELEMENTWISE, _elementwise),
    **dict.fromkeys(REDUCING, _reduced),
    **dict.fromkeys(("Pad", "PadV2", "MirrorPad", "Tile", "BroadcastTo"), _sized(1)),
    "Slice": _sized(1, 2),
    "Fill": _sized(0),
    "Concat": _along(slice(1, None), 0),
    "ConcatV2": _along(slice(0, -1), -1),
    "Cumsum": _along(0, 1),
    "EnsureShape": _ensured,
    "GatherV2": _along(0, 2),
    "IdentityN": _identities,
    "Rank": _as_it_is,
    "ReverseV2": _along(0, 1),
    "Roll": _along(0, 2),
    "Shape": _measured,
    "Size": _as_it_is,
    "Split": _along(1, 0),
    "SplitV": _along(0, 2),
    "Squeeze": _squeezed,
    "StridedSlice": _sliced,
    "Transpose": _transposed,
}
