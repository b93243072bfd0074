"""Free a batch axis that was baked into a graph, or run such a graph row by row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import tensorflow as tf

from attrvis.errors import ModelError, warn
from attrvis.networks.execution import IMAGES, Engine
from attrvis.networks.lowered import Lowered
from attrvis.networks.wiring import Wiring, node_of

_AGREEMENT = 1e-3
"""Of the largest value. One processor kernel for many rows and another for one may differ a bit;
rows that mix with each other differ much more."""


def with_free_batch(lowered: Lowered) -> Lowered:
    """Let a network take batches of any size.

    Old exports hold the batch in which they were traced, often 1, in their placeholder and in the
    shapes of reshapes. Those are freed; then rows together must give what each gives alone.
    Where they do not, the network runs one row at a time.

    Args:
        lowered: the network, its input's size known.

    Returns:
        The network with a free batch axis; the same object where it had one.

    Warns:
        AttrVisWarning: it will run one row at a time, which is slow.
    """
    baked = lowered.baked_batch()
    if not baked:
        return lowered
    freed = _freed(lowered, baked)
    if _rows_are_independent(freed, lowered, baked):
        return freed
    warn(
        f"The graph works on batches of {baked} alone, and its batch axis cannot be freed, so it "
        "will run one image at a time, which is slow; export it with a free batch axis.",
    )
    return replace(lowered, rows=baked)


def _freed(lowered: Lowered, baked: int) -> Lowered:
    """Free the placeholder, and every constant shape that begins with the baked number."""
    graph_def = tf.compat.v1.GraphDef()
    graph_def.CopyFrom(lowered.graph_def)
    wiring = Wiring(graph_def)
    nodes = {node.name: node for node in graph_def.node}
    nodes[node_of(lowered.input)].attr["shape"].shape.dim[0].size = -1
    shapes: dict[str, np.ndarray] = {}
    for name in wiring.dependents([lowered.input]):
        if nodes[name].op != "Reshape":
            continue
        shape = nodes[node_of(wiring.inputs[name][1])]
        if shape.op != "Const":
            continue
        wanted = np.atleast_1d(tf.make_ndarray(shape.attr["value"].tensor))
        if len(wanted) and wanted[0] == baked and -1 not in wanted:
            shapes[shape.name] = np.concatenate([[-1], wanted[1:]]).astype(wanted.dtype)
    for name, value in shapes.items():
        nodes[name].attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
    return replace(lowered, graph_def=graph_def)


def _rows_are_independent(freed: Lowered, lowered: Lowered, baked: int) -> bool:
    """Try whether more rows than it was made for give what each gives in the graph as it came."""
    outputs = list(lowered.outputs.values()) or [lowered.output]
    try:
        alone, together = (Engine(each, lambda x: x) for each in (lowered, freed))
        shape = [1 if size is None else size for size in alone.shape(lowered.input)[1:]]
        rows = np.random.default_rng(0).uniform(0, 1, (baked + 1, *shape)).astype(np.float32)
        wanted = [alone.compute({IMAGES: np.repeat(row[None], baked, 0)}, outputs) for row in rows]
        found = together.compute({IMAGES: tf.constant(rows)}, outputs)
    except (ModelError, tf.errors.OpError, ValueError):
        return False
    for name in outputs:
        single = np.stack([each[name].numpy()[0] for each in wanted])
        many = found[name].numpy()
        bound = _AGREEMENT * max(np.abs(single).max(), 1e-6)
        if many.shape != single.shape or np.abs(many - single).max() > bound:
            return False
    return True
