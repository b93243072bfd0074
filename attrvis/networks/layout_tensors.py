"""Which tensors of a graph hold their channels first: what its ops say, carried along its wires."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import tensorflow as tf

from attrvis.networks.preparing import says_first
from attrvis.networks.wiring import Wiring, node_of

if TYPE_CHECKING:
    from attrvis.networks.execution import Types

TO_LAST, TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
"""The orders of axes that bring [B, C, H, W] to [B, H, W, C], and back."""

FORMATTED = {
    "AvgPool": (0,),
    "BiasAdd": (0,),
    "Conv2D": (0,),
    "Conv2DBackpropInput": (2,),
    "DepthToSpace": (0,),
    "DepthwiseConv2dNative": (0,),
    "DepthwiseConv2dNativeBackpropInput": (2,),
    "FusedBatchNorm": (0,),
    "FusedBatchNormV2": (0,),
    "FusedBatchNormV3": (0,),
    "MaxPool": (0,),
    "MaxPoolV2": (0,),
    "SpaceToDepth": (0,),
}
"""Ops that say in an attribute where the channels are, and the inputs of which they say it."""

_LAST_ONLY = ("LRN", "ResizeArea", "ResizeBicubic", "ResizeBilinear", "ResizeNearestNeighbor")

# fmt: off
ELEMENTWISE = frozenset([
    "Abs", "Acos", "Acosh", "Add", "AddN", "AddV2", "Asin", "Asinh", "Atan", "Atan2", "Atanh",
    "Cast", "Ceil", "CheckNumerics", "ClipByValue", "Complex", "Cos", "Cosh", "Digamma", "Div",
    "DivNoNan", "Elu", "Equal", "Erf", "Erfc", "Erfinv", "Exp", "Expm1",
    "FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxVars", "Floor", "FloorDiv", "FloorMod",
    "Greater", "GreaterEqual", "Identity", "Inv", "Invert", "IsFinite", "IsInf", "IsNan",
    "LeakyRelu", "Less", "LessEqual", "Lgamma", "Log", "Log1p", "LogicalAnd", "LogicalNot",
    "LogicalOr", "Maximum", "Minimum", "Mod", "Mul", "MulNoNan", "Ndtri", "Neg", "NotEqual",
    "OnesLike", "Pow", "PreventGradient", "QuantizeAndDequantizeV2", "QuantizeAndDequantizeV4",
    "RealDiv", "Reciprocal", "Relu", "Relu6", "Rint", "Round", "Rsqrt", "Select", "SelectV2",
    "Selu", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Square",
    "SquaredDifference", "StopGradient", "Sub", "Tan", "Tanh", "TruncateDiv", "Xdivy", "Xlog1py",
    "Xlogy", "ZerosLike",
])
# fmt: on
"""Ops whose every output element comes from one element of each input, in any layout."""

REDUCING = frozenset(["All", "Any", "EuclideanNorm", "Max", "Mean", "Min", "Prod", "Sum"])
_ONE_INPUT = {"BroadcastTo": 0, "Cumsum": 0, "EnsureShape": 0, "GatherV2": 0, "MirrorPad": 0,
              "Pad": 0, "PadV2": 0, "ReverseV2": 0, "Roll": 0, "Slice": 0, "Split": 1, "SplitV": 0,
              "Tile": 0}  # fmt: skip
"""Ops that keep the layout of this one of their inputs."""

RESHAPING_MASKS = ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
"""Attributes of a StridedSlice that change the number of axes."""

_States: TypeAlias = tuple[tuple[bool, bool], ...]
"""Pairs of what is known of one tensor, and what it tells of another: are its channels first?"""
_Tie: TypeAlias = tuple[str, bool, bool]
_SAME: _States = ((True, True), (False, False))
_TURNS: dict[tuple[int, ...] | None, _States] = {
    TO_LAST: ((True, False),),
    TO_FIRST: ((False, True),),
    (0, 1, 2, 3): _SAME,
}


def constant(wiring: Wiring, tensor: str) -> np.ndarray | None:
    """Give a constant's value, or None for any other tensor."""
    node = wiring.nodes[node_of(tensor)]
    while node.op == "Identity":
        node = wiring.nodes[node_of(wiring.inputs[node.name][0])]
    return tf.make_ndarray(node.attr["value"].tensor) if node.op == "Const" else None


def order_of(wiring: Wiring, name: str) -> tuple[int, ...] | None:
    """Give the order in which a node transposes four axes, or None where it does no such thing."""
    if wiring.nodes[name].op != "Transpose":
        return None
    order = constant(wiring, wiring.inputs[name][1])
    return None if order is None or order.shape != (4,) else tuple(int(a) % 4 for a in order)


def outputs_of(name: str, types: Types) -> list[str]:
    """List a node's output tensors."""
    found: list[str] = []
    for i in count():
        if f"{name}:{i}" not in types:
            return found
        found.append(f"{name}:{i}")
    return found


def channels_first_tensors(wiring: Wiring, types: Types, source: str) -> set[str]:
    """Find the tensors that depend on the images and hold them as [B, C, H, W].

    Args:
        wiring: of the graph.
        types: each tensor's static shape and type.
        source: the tensor of images.

    Returns:
        Their names. What no op tells of stays as it is.
    """
    formatted = [n for n in wiring.order if wiring.nodes[n].op in FORMATTED]
    telling = [n for n in formatted if says_first(wiring.nodes[n])]
    varying = {node_of(source), *telling}
    varying |= wiring.dependents([source, *(f"{n}:0" for n in telling)])

    def belongs(tensor: str) -> bool:
        name = node_of(tensor)
        return name in varying and tensor in types and types[tensor][0].rank == 4

    tied: dict[str, list[_Tie]] = {}
    for name in wiring.order:
        for one, other, states in _ties(wiring, name, types):
            if belongs(one) and belongs(other):
                for before, after in states:
                    tied.setdefault(one, []).append((other, before, after))
                    tied.setdefault(other, []).append((one, after, before))
    first: dict[str, bool] = {}
    said = chain(_said(wiring, telling, True), _said(wiring, wiring.order, False))
    _spread(first, ((tensor, says) for tensor, says in said if belongs(tensor)), tied)
    for name in wiring.order:
        tensor = f"{name}:0"
        unknown = wiring.nodes[name].op == "Reshape" and tensor not in first and belongs(tensor)
        if unknown and _restores(wiring, types, tensor, first):
            _spread(first, [(tensor, True)], tied)
    return {tensor for tensor, is_first in first.items() if is_first}


def _spread(
    first: dict[str, bool], said: Iterable[tuple[str, bool]], tied: Mapping[str, list[_Tie]]
) -> None:
    """Carry what is known of some tensors to those that are tied to them; the nearest decides."""
    waiting = deque(said)
    while waiting:
        tensor, is_first = waiting.popleft()
        if tensor not in first:
            first[tensor] = is_first
            told = ((t, then) for t, when, then in tied.get(tensor, ()) if when == is_first)
            waiting.extend(told)


def _restores(wiring: Wiring, types: Types, tensor: str, first: Mapping[str, bool]) -> bool:
    """Tell whether a reshape gives back the shape of the maps that its values come from.

    A normalisation of groups takes maps apart and puts them together again.
    """
    shape = types[tensor][0][1:]
    waiting, seen = [tensor], {tensor}
    while shape.is_fully_defined() and waiting:
        for before in wiring.inputs[node_of(waiting.pop())]:
            if first.get(before) and types[before][0][1:].as_list() == shape.as_list():
                return True
            if before not in first and before not in seen:
                seen.add(before)
                waiting.append(before)
    return False


def _said(wiring: Wiring, names: Iterable[str], first: bool) -> Iterator[tuple[str, bool]]:
    """Yield what the ops say of their own tensors."""
    for name in names:
        node = wiring.nodes[name]
        told = FORMATTED.get(node.op, (0,) if node.op in _LAST_ONLY else ())
        # Keras adds a bias along the last axis of any map that is as wide as it has channels.
        sure = first or node.op != "BiasAdd"
        if told and sure and says_first(node) == first:
            yield f"{name}:0", first
            yield from ((wiring.inputs[name][i], first) for i in told)


def _ties(wiring: Wiring, name: str, types: Types) -> Iterator[tuple[str, str, _States]]:
    """Yield pairs of a node's tensors, and what each tells of the other.

    Only ops that `layout_ops` can turn with all their tensors are here.
    """
    node, inputs = wiring.nodes[name], wiring.inputs[name]
    out = f"{name}:0"
    order = order_of(wiring, name)
    if order in _TURNS:
        # The other way round it would be no images' layout: [B, H, W, C] becomes [B, W, C, H].
        yield inputs[0], out, _TURNS[order]
    elif node.op == "BiasAdd":
        yield inputs[0], out, _SAME
    elif node.op in ELEMENTWISE:
        yield from ((tensor, out, _SAME) for tensor in inputs)
    elif node.op == "IdentityN":
        yield from ((tensor, f"{name}:{i}", _SAME) for i, tensor in enumerate(inputs))
    elif node.op in ("ConcatV2", "Concat"):
        several = inputs[:-1] if node.op == "ConcatV2" else inputs[1:]
        yield from ((tensor, out, _SAME) for tensor in several)
    elif node.op in REDUCING:
        if node.attr["keep_dims"].b:
            yield inputs[0], out, _SAME
    elif node.op == "StridedSlice":
        if not any(node.attr[mask].i for mask in RESHAPING_MASKS):
            yield inputs[0], out, _SAME
    elif node.op in _ONE_INPUT:
        data = inputs[_ONE_INPUT[node.op]]
        yield from ((data, tensor, _SAME) for tensor in outputs_of(name, types))
