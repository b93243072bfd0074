"""The wiring of a GraphDef: who feeds whom, and what must be known to run a part of it."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attrvis.errors import ModelError

if TYPE_CHECKING:
    import tensorflow as tf


def canonical(tensor: str) -> str:
    """Write a tensor's name with its output number: `relu` becomes `relu:0`."""
    return tensor if ":" in tensor else f"{tensor}:0"


def node_of(tensor: str) -> str:
    """Give the name of the node that makes a tensor."""
    return tensor.split(":")[0]


@dataclass(frozen=True, eq=False)
class Wiring:
    """An index over the nodes of a GraphDef; control edges are left out, as inference needs none.

    Args:
        graph_def: the graph.

    Raises:
        ModelError: a node's input does not exist, or the graph has a loop.

    Example:
        >>> import tensorflow as tf
        >>> with tf.Graph().as_default() as g: _ = tf.identity(tf.zeros([]), name="a")
        >>> Wiring(g.as_graph_def()).inputs["a"]
        ('zeros:0',)
    """

    graph_def: tf.compat.v1.GraphDef
    nodes: dict[str, tf.compat.v1.NodeDef] = field(init=False)
    inputs: dict[str, tuple[str, ...]] = field(init=False)
    order: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        nodes = {node.name: node for node in self.graph_def.node}
        inputs = {
            name: tuple(canonical(i) for i in node.input if not i.startswith("^"))
            for name, node in nodes.items()
        }
        object.__setattr__(self, "nodes", nodes)
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "order", _topological(inputs))

    def dependents(self, tensors: Iterable[str]) -> set[str]:
        """List the nodes that see one of these tensors, directly or not; not their own nodes."""
        sources = set(tensors)
        found: set[str] = set()
        for name in self.order:
            if any(i in sources or node_of(i) in found for i in self.inputs[name]):
                found.add(name)
        return found

    def ancestors(self, tensors: Iterable[str], stop: Collection[str] = ()) -> list[str]:
        """List the nodes needed for these tensors when those in `stop` are given, in order."""
        found: set[str] = set()
        waiting = [t for t in tensors if t not in stop]
        while waiting:
            name = node_of(waiting.pop())
            if name not in found:
                found.add(name)
                waiting.extend(i for i in self.inputs[name] if i not in stop)
        return sorted(found, key=self.order.__getitem__)

    def frontier(
        self, wanted: Iterable[str], edited: str, sources: Collection[str]
    ) -> tuple[str, ...]:
        """List what must be known, beside an edited tensor, to compute the wanted ones.

        Args:
            wanted: the tensors to compute.
            edited: the tensor whose value is given.
            sources: the tensors that vary from call to call (the images, earlier edits). What
                depends on none of them is a weight and is left to be computed on the spot.

        Returns:
            The tensors that the wanted ones need and that do not see `edited`: computed once for
            an image, they let the tail run alone.
        """
        after = self.dependents([edited])
        varying = self.dependents(sources)
        found: dict[str, None] = {}
        seen: set[str] = set()
        waiting = list(wanted)
        while waiting:
            tensor = waiting.pop()
            if tensor == edited or tensor in seen:
                continue
            seen.add(tensor)
            name = node_of(tensor)
            if name in after and tensor not in sources:
                waiting.extend(self.inputs[name])
            elif tensor in sources or name in varying:
                found[tensor] = None
        return tuple(sorted(found, key=lambda t: (self.order[node_of(t)], t)))


def _topological(inputs: dict[str, tuple[str, ...]]) -> dict[str, int]:
    consumers: dict[str, list[str]] = {name: [] for name in inputs}
    missing: dict[str, int] = {}
    for name, tensors in inputs.items():
        feeding = {node_of(t) for t in tensors}
        missing[name] = len(feeding)
        for source in feeding:
            if source not in consumers:
                raise ModelError(
                    f"The graph is broken: node {name!r} reads {source!r}, which does not exist; "
                    "export the network again."
                )
            consumers[source].append(name)
    # The graph's own order wherever it is one, as it is the one in which the network was written.
    place = {name: i for i, name in enumerate(inputs)}
    ready = [(place[name], name) for name, count in missing.items() if count == 0]
    order: dict[str, int] = {}
    while ready:
        _, name = heapq.heappop(ready)
        order[name] = len(order)
        for consumer in consumers[name]:
            missing[consumer] -= 1
            if missing[consumer] == 0:
                heapq.heappush(ready, (place[consumer], consumer))
    if len(order) < len(inputs):
        stuck = next(name for name in inputs if name not in order)
        raise ModelError(
            f"The graph has a loop through {stuck!r} (TensorFlow 1 control flow); "
            "export the network as a SavedModel with functional control flow."
        )
    return order
