"""Run any part of a lowered network through cached ConcreteFunctions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import tensorflow as tf

from attrvis.errors import ModelError
from attrvis.networks.lowered import Lowered
from attrvis.networks.wiring import Wiring, node_of

IMAGES = "input"
"""The reserved reading for the images themselves, in pixel space."""

_SCOPE = "network"

Types: TypeAlias = dict[str, tuple[tf.TensorShape, tf.DType]]
"""Each tensor's static shape and type by its name."""


class Engine:
    """Compiles the parts of one network, each once, and forgets them when it is freed.

    A gradient must cross a ConcreteFunction: a tape in the function that imports a GraphDef
    silently sees none of the imported ops.

    Args:
        lowered: the network.
        preprocess: maps pixel space to the network's input.
    """

    def __init__(self, lowered: Lowered, preprocess: Callable[[tf.Tensor], tf.Tensor]) -> None:
        self.lowered = lowered
        self.wiring = Wiring(lowered.graph_def)
        self.preprocess = preprocess
        self._compiled: dict[tuple[tuple[str, ...], tuple[str, ...]], Callable] = {}
        self._types = static_types(lowered)

    def has(self, tensor: str) -> bool:
        """Tell whether the graph makes a tensor of this name."""
        return tensor in self._types

    def shape(self, tensor: str) -> tf.TensorShape:
        """Give a tensor's static shape, the batch axis free."""
        shape, rows = self._types[tensor][0], self.lowered.rows
        if rows and shape.rank and shape[0] == rows:
            return tf.TensorShape([None, *shape[1:]])
        return shape

    def dtype(self, tensor: str) -> tf.DType:
        """Give a tensor's type."""
        return self._types[tensor][1]

    def compute(self, feeds: Mapping[str, tf.Tensor], reads: Sequence[str]) -> dict[str, tf.Tensor]:
        """Compute tensors from others.

        Args:
            feeds: tensor names, or `input` for images in pixel space, and their values.
            reads: the tensors to compute; one that is fed is given back as it is.

        Returns:
            The values by name.

        Raises:
            ModelError: a placeholder that is needed is neither the input nor given a value.
        """
        wanted = tuple(sorted({r for r in reads if r not in feeds}))
        if not wanted:
            return {r: feeds[r] for r in reads}
        stop = [self.lowered.input if f == IMAGES else f for f in feeds]
        needed = self.wiring.ancestors(wanted, stop)
        used = {i for name in needed for i in self.wiring.inputs[name]} | set(wanted)
        names = tuple(sorted(f for f, tensor in zip(feeds, stop, strict=True) if tensor in used))
        key = (names, wanted)
        if key not in self._compiled:
            self._compiled[key] = self._compile(names, wanted, needed)
        values = self._compiled[key](*(feeds[name] for name in names))
        return {
            **dict(zip(wanted, values, strict=True)),
            **{r: feeds[r] for r in reads if r in feeds},
        }

    def _compile(
        self, feeds: tuple[str, ...], reads: tuple[str, ...], needed: list[str]
    ) -> Callable:
        self._check_fed(needed, feeds)
        part = tf.compat.v1.GraphDef()
        part.versions.CopyFrom(self.lowered.graph_def.versions)
        part.library.CopyFrom(self.lowered.graph_def.library)
        part.node.extend(self.wiring.nodes[name] for name in needed)

        rows = self.lowered.rows or None

        @tf.function(
            autograph=False,
            input_signature=[self._spec(name, i, rows) for i, name in enumerate(feeds)],
        )
        def compiled(*values: tf.Tensor) -> list[tf.Tensor]:
            graph = tf.compat.v1.get_default_graph()
            given: dict[str, tf.Tensor] = {}
            for name, value in zip(feeds, values, strict=True):
                if name == IMAGES:
                    dtype = self.dtype(self.lowered.input)
                    given[self.lowered.input] = tf.cast(self.preprocess(value), dtype)
                else:
                    given[name] = value
            inside = set(needed)
            for node, source in self.lowered.captures.items():
                if node in inside:
                    given[f"{node}:0"] = (
                        graph.capture(source)
                        if isinstance(source, tf.Tensor)
                        else tf.convert_to_tensor(source)
                    )
            used = {i for name in needed for i in self.wiring.inputs[name]}
            made = tf.graph_util.import_graph_def(
                part,
                input_map={k: v for k, v in given.items() if k in used},
                return_elements=list(reads),
                name=_SCOPE,
            )
            _describe_loop_variables(graph)
            return list(made)

        whole = compiled.get_concrete_function()
        return self._row_by_row(whole, feeds, reads) if self.lowered.rows and feeds else whole

    def _row_by_row(
        self, whole: Callable, feeds: tuple[str, ...], reads: tuple[str, ...]
    ) -> Callable:
        """Feed a graph of a fixed batch with one image at a time, as often as its batch wants."""
        rows = self.lowered.rows
        for name in (*feeds, *reads):
            shape = self._types[self.lowered.input if name == IMAGES else name][0]
            if not shape.rank or shape[0] != rows:
                raise ModelError(
                    f"The graph works on batches of {rows} alone, and {name!r} has no such axis; "
                    "choose another layer, or export the graph with a free batch axis."
                )

        def one(row: tuple[tf.Tensor, ...]) -> list[tf.Tensor]:
            return [t[0] for t in whole(*(tf.repeat(value[None], rows, 0) for value in row))]

        specs = [self._spec(name, i) for i, name in enumerate(feeds)]

        @tf.function(autograph=False, input_signature=specs)
        def each(*values: tf.Tensor) -> list[tf.Tensor]:
            made = [tf.TensorSpec(self.shape(name)[1:], self.dtype(name)) for name in reads]
            return list(tf.map_fn(one, values, fn_output_signature=made))

        return each.get_concrete_function()

    def _check_fed(self, needed: list[str], feeds: tuple[str, ...]) -> None:
        for name in needed:
            if self.wiring.nodes[name].op == "Placeholder" and name not in self.lowered.captures:
                fed = IMAGES in feeds and name == node_of(self.lowered.input)
                if not fed:
                    raise ModelError(
                        f"The network needs a value for its placeholder {name!r}, which is not "
                        "its image input; export it without that placeholder."
                    )

    def _spec(self, name: str, index: int, rows: int | None = None) -> tf.TensorSpec:
        tensor = self.lowered.input if name == IMAGES else name
        dtype = tf.float32 if name == IMAGES else self.dtype(tensor)
        shape = self.shape(tensor)
        if shape.rank:
            shape = tf.TensorShape([rows, *shape[1:]])
        return tf.TensorSpec(shape, dtype, name=f"fed_{index}")


def _describe_loop_variables(graph: tf.Graph) -> None:
    """Tell what variables run through loops: an import forgets it, and gradients need it."""
    from tensorflow.python.ops.handle_data_util import copy_handle_data

    for op in graph.get_operations():
        if op.type in ("While", "StatelessWhile"):
            for source, target in zip(op.inputs, op.outputs, strict=True):
                if target.dtype == tf.resource:
                    copy_handle_data(source, target)


def static_types(lowered: Lowered, graph_def: tf.compat.v1.GraphDef | None = None) -> Types:
    """Import the whole once, for its shapes; a captured variable tells its own.

    Args:
        lowered: the network.
        graph_def: its graph with other shapes; default as it is.

    Returns:
        Each tensor's shape and type by its name.

    Raises:
        ModelError: the shapes of the graph contradict each other; the op where is named.
    """
    found: Types = {}

    def imported() -> None:
        graph = tf.compat.v1.get_default_graph()
        handles = {
            f"{node}:0": graph.capture(source)
            for node, source in lowered.captures.items()
            if isinstance(source, tf.Tensor)
        }
        tf.graph_util.import_graph_def(
            graph_def or lowered.graph_def, input_map=handles, name=_SCOPE
        )
        for op in graph.get_operations():
            if op.name.startswith(f"{_SCOPE}/"):
                for output in op.outputs:
                    name = output.name.removeprefix(f"{_SCOPE}/")
                    found[name] = (output.shape, output.dtype)

    try:
        tf.function(imported, autograph=False).get_concrete_function()
    except ValueError as error:
        said = str(error).splitlines()[0]
        named = re.search(r"\{\{node " + _SCOPE + r"/(\S+)\}\}", said)
        where = f" at {named[1]!r}" if named else ""
        raise ModelError(
            f"The graph does not fit together{where} ({said.split(' for ')[0][:200]}); give images "
            "of the size that it was made for."
        ) from None
    return found


def as_float(tensor: tf.Tensor) -> tf.Tensor:
    """Bring a tensor of half precision to float32; leave any other."""
    return tf.cast(tensor, tf.float32) if tensor.dtype in (tf.bfloat16, tf.float16) else tensor
