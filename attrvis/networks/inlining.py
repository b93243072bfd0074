"""Expand function calls, so that what a SavedModel hides in them becomes nodes with names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrvis.networks.wiring import canonical, node_of

if TYPE_CHECKING:
    import tensorflow as tf

_CALLS = ("PartitionedCall", "StatefulPartitionedCall")


def inlined(
    graph_def: tf.compat.v1.GraphDef, outputs: Sequence[str]
) -> tuple[tf.compat.v1.GraphDef, list[str]]:
    """Put the bodies of all plain calls in the place of the calls.

    Bodies of loops and branches stay functions. A node keeps the name that it has in its function
    where no other has it; else the call's name comes before it. Control edges are dropped, as
    inference needs none.

    Args:
        graph_def: a graph with its function library.
        outputs: tensors of it.

    Returns:
        A graph that computes the same, and the names that the outputs have in it.
    """
    expansion = _Expansion(graph_def)
    made = expansion.result()
    return made, [expansion.final(canonical(tensor)) for tensor in outputs]


class _Expansion:
    """The nodes so far, and which tensor stands for an argument or a result of a call."""

    def __init__(self, graph_def: tf.compat.v1.GraphDef) -> None:
        self.source = graph_def
        self.functions = {f.signature.name: f for f in graph_def.library.function}
        self.taken = {node.name for node in graph_def.node}
        self.nodes: list[tf.compat.v1.NodeDef] = []
        self.stands_for: dict[str, str] = {}

    def result(self) -> tf.compat.v1.GraphDef:
        made = type(self.source)()
        made.versions.CopyFrom(self.source.versions)
        made.library.CopyFrom(self.source.library)
        for node in self.source.node:
            self._place(node, node.name, {})
        for node in self.nodes:
            new = made.node.add()
            new.CopyFrom(node)
            del new.input[:]
            new.input.extend(self.final(tensor) for tensor in node.input)
        return made

    def _function_of(self, node: tf.compat.v1.NodeDef) -> object | None:
        return self.functions.get(node.attr["f"].func.name if node.op in _CALLS else node.op)

    def _place(self, node: tf.compat.v1.NodeDef, name: str, renamed: dict[str, str]) -> None:
        """Add a node under a name, or the body of the function that it calls."""
        copy = type(node)()
        copy.CopyFrom(node)
        copy.name = name
        del copy.input[:]
        for tensor in node.input:
            if not tensor.startswith("^"):
                source, _, number = canonical(tensor).partition(":")
                copy.input.append(f"{renamed.get(source, source)}:{number}")
        function = self._function_of(node)
        if function is None:
            self.nodes.append(copy)
        else:
            self._open(copy, function)

    def _open(self, call: tf.compat.v1.NodeDef, function: object) -> None:
        from tensorflow.python.framework.function_def_to_graph import function_def_to_graph_def

        body, flat = function_def_to_graph_def(function)
        arguments = [arg.name for arg in function.signature.input_arg]  # type: ignore[attr-defined]
        renamed = {node.name: self._fresh(call.name, node.name) for node in body.node}
        for argument, tensor in zip(arguments, call.input, strict=True):
            self.stands_for[f"{renamed[argument]}:0"] = tensor
        for node in body.node:
            if node.name not in arguments:
                self._place(node, renamed[node.name], renamed)
        for i, result in enumerate(function.signature.output_arg):  # type: ignore[attr-defined]
            source, _, number = flat[function.ret[result.name]].partition(":")  # type: ignore[attr-defined]
            self.stands_for[f"{call.name}:{i}"] = f"{renamed[source]}:{number or 0}"

    def _fresh(self, call: str, name: str) -> str:
        wanted, count = name, 0
        while wanted in self.taken:
            wanted = f"{call}/{name}" + (f"_{count}" if count else "")
            count += 1
        self.taken.add(wanted)
        return wanted

    def final(self, tensor: str) -> str:
        """Follow arguments and results to the tensor that they are."""
        while tensor in self.stands_for:
            tensor = self.stands_for[tensor]
        return tensor


def pruned(graph_def: tf.compat.v1.GraphDef, keep: list[str]) -> tf.compat.v1.GraphDef:
    """Keep the nodes that these tensors need, and the functions that those name.

    Args:
        graph_def: the graph.
        keep: tensor names.

    Returns:
        The smaller graph, its nodes in the same order.
    """
    nodes = {node.name: node for node in graph_def.node}
    needed: set[str] = set()
    waiting = [node_of(tensor) for tensor in keep]
    while waiting:
        name = waiting.pop()
        if name not in needed and name in nodes:
            needed.add(name)
            waiting.extend(node_of(i) for i in nodes[name].input if not i.startswith("^"))
    made = type(graph_def)()
    made.versions.CopyFrom(graph_def.versions)
    made.node.extend(node for node in graph_def.node if node.name in needed)
    functions = {f.signature.name: f for f in graph_def.library.function}
    named: dict[str, None] = {}
    bodies = [made.node]
    while bodies:
        for node in bodies.pop():
            for function in named_functions(node):
                if function in functions and function not in named:
                    named[function] = None
                    bodies.append(functions[function].node_def)
    made.library.function.extend(functions[name] for name in named)
    return made


def named_functions(node: tf.compat.v1.NodeDef) -> list[str]:
    """List the functions that a node may call; its own op is one where a function has its name."""
    found = [node.op]
    for value in node.attr.values():
        if value.HasField("func"):
            found.append(value.func.name)
        found.extend(f.name for f in value.list.func)
    return found
