"""A graph on its way from channels first to channels last: its nodes so far, and their joints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from attrvis.errors import ModelError
from attrvis.networks.layout_tensors import FORMATTED, TO_FIRST, TO_LAST, constant
from attrvis.networks.wiring import Wiring, node_of

if TYPE_CHECKING:
    from attrvis.networks.execution import Types

INT = tf.int32.as_datatype_enum
"""The type of axes and orders, as graphs write it."""


class Turning:
    """The nodes made so far; a tensor that was channels first keeps its name, channels last.

    Args:
        wiring: of the graph as it was.
        types: its tensors' static shapes and types.
        first: its tensors that are channels first.
    """

    def __init__(self, wiring: Wiring, types: Types, first: set[str]) -> None:
        self.wiring, self.types, self.first = wiring, types, first
        self.nodes: list[tf.compat.v1.NodeDef] = []
        self._taken = set(wiring.nodes)
        self._made: dict[tuple[object, ...], str] = {}

    def as_first(self, tensor: str) -> str:
        """Name a tensor's value as it was."""
        if tensor not in self.first:
            return tensor
        wanted = f"{node_of(tensor)}/channels_first"
        return self._once(
            (tensor, "first"),
            lambda: self.transpose(wanted, tensor, TO_FIRST, self.dtype(tensor), fresh=True),
        )

    def as_last(self, tensor: str, reader: tf.compat.v1.NodeDef) -> str:
        """Name a tensor's value channels last; one of fewer axes gets those that it is spread over.

        Raises:
            ModelError: its number of axes is not known.
        """
        rank = self.rank(tensor)
        if tensor in self.first or rank == 0:
            return tensor
        if rank is None:
            if reader.op not in FORMATTED:
                raise ModelError(
                    f"The graph's {reader.op} ({reader.name!r}) has its channels first (NCHW), and "
                    f"nothing tells how many axes its input {tensor!r} has; export the network "
                    "with channels last (NHWC)."
                )
            rank = 4
        return self._once((tensor, "last"), lambda: self._turned(tensor, rank))

    def _turned(self, tensor: str, rank: int) -> str:
        wanted = f"{node_of(tensor)}/channels_last"
        value = constant(self.wiring, tensor)
        if value is not None:
            value = value.reshape((1,) * (4 - rank) + value.shape)
            return self.const(wanted, np.ascontiguousarray(value.transpose(TO_LAST)))
        dtype = self.dtype(tensor)
        axis = self.const(f"{wanted}/axis", np.int32(0)) if rank < 4 else ""
        for _ in range(4 - rank):
            wider = self.add(self.fresh(f"{wanted}/wider"), "ExpandDims", [tensor, axis])
            wider.attr["T"].type, wider.attr["Tdim"].type = dtype, INT
            tensor = f"{wider.name}:0"
        return self.transpose(wanted, tensor, TO_LAST, dtype, fresh=True)

    def vector(self, tensor: str) -> str:
        """Name a tensor of one row an axis of the images, its rows in the other order."""
        wanted = f"{node_of(tensor)}/channels_last"
        value = constant(self.wiring, tensor)
        if value is not None:
            return self.const(wanted, np.ascontiguousarray(value[list(TO_LAST)]))
        return self._once((tensor, "rows"), lambda: self._reordered(wanted, tensor))

    def _reordered(self, wanted: str, tensor: str) -> str:
        parts = self.wiring.nodes[node_of(tensor)]
        if parts.op == "Pack":
            node = self.add(self.fresh(wanted), "Pack", [parts.input[a] for a in TO_LAST])
            for key, value in parts.attr.items():
                node.attr[key].CopyFrom(value)
        else:
            node = self.gather(self.fresh(wanted), tensor, TO_LAST, self.dtype(tensor))
            self.nodes.append(node)
        return f"{node.name}:0"

    def gather(
        self, name: str, tensor: str, order: Sequence[int], dtype: int
    ) -> tf.compat.v1.NodeDef:
        """Make a node that gives the rows of a tensor in an order."""
        rows = self.const(f"{name}/order", np.asarray(order, np.int32))
        axis = self.const(f"{name}/axis", np.int32(0))
        node = tf.compat.v1.NodeDef(name=name, op="GatherV2", input=[tensor, rows, axis])
        node.attr["Tparams"].type = dtype
        node.attr["Tindices"].type = node.attr["Taxis"].type = INT
        return node

    def shape(self, measured: tf.compat.v1.NodeDef) -> str:
        """Name the shape that a tensor has now, where a node gave the one that it had."""

        def measure() -> str:
            name = self.fresh(f"{measured.name}/channels_last")
            node = self.add(name, "Shape", measured.input)
            for key, value in measured.attr.items():
                node.attr[key].CopyFrom(value)
            return f"{node.name}:0"

        return self._once((measured.name, "shape"), measure)

    def const(self, name: str, value: Any) -> str:
        """Add a constant."""
        node = self.add(self.fresh(name), "Const", [])
        proto = tf.make_tensor_proto(value)
        node.attr["dtype"].type = proto.dtype
        node.attr["value"].tensor.CopyFrom(proto)
        return f"{node.name}:0"

    def add(self, name: str, op: str, inputs: Sequence[str]) -> tf.compat.v1.NodeDef:
        """Add a node without attributes."""
        self.nodes.append(tf.compat.v1.NodeDef(name=name, op=op, input=inputs))
        return self.nodes[-1]

    def rank(self, tensor: str) -> int | None:
        """Give a tensor's number of axes, or None where it is not known."""
        rank: int | None = self.types[tensor][0].rank
        return rank

    def axes(self, tensor: str) -> np.ndarray | None:
        """Give constant axes of [B, C, H, W], none of them negative."""
        value = constant(self.wiring, tensor)
        return None if value is None else value % 4

    def transpose(
        self, name: str, tensor: str, order: Sequence[int], dtype: int, *, fresh: bool = False
    ) -> str:
        """Add a node that gives a tensor's axes in an order."""
        name = self.fresh(name) if fresh else name
        perm = self.const(f"{name}/order", np.asarray(order, np.int32))
        node = self.add(name, "Transpose", [tensor, perm])
        node.attr["T"].type, node.attr["Tperm"].type = dtype, INT
        return f"{name}:0"

    def _once(self, key: tuple[object, ...], make: Callable[[], str]) -> str:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def dtype(self, tensor: str) -> int:
        """Give a tensor's type, as graphs write it."""
        return int(self.types[tensor][1].as_datatype_enum)

    def fresh(self, name: str) -> str:
        """Give a name that no node has yet."""
        wanted, count = name, 0
        while wanted in self._taken:
            count += 1
            wanted = f"{name}_{count}"
        self._taken.add(wanted)
        return wanted
