"""Put tensors in the place of layers: all downstream sees them, what bypasses them does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.networks.execution import IMAGES, Engine, as_float
from attrvis.networks.wiring import node_of

Edit: TypeAlias = tf.Tensor | np.ndarray | Callable[[tf.Tensor], tf.Tensor]
"""A tensor that replaces a layer, or a function of the layer's tensor that gives one."""

Feeds: TypeAlias = dict[str, tf.Tensor]


def advance(
    engine: Engine, feeds: Feeds, wanted: Sequence[str], edits: Mapping[str, tuple[str, Edit]]
) -> Feeds:
    """Compute tensors with others edited, in the order in which the graph runs.

    Args:
        engine: runs the network's parts.
        feeds: the images, and tensors that are given.
        wanted: the tensors to compute.
        edits: tensor -> its layer's name, and what replaces it.

    Returns:
        The wanted tensors by name.

    Raises:
        BadValue: an edit of another shape.
    """
    order = engine.wiring.order
    batch = feeds[IMAGES].shape[0]
    later: list[str] = sorted(edits, key=lambda t: order[node_of(t)])
    for tensor in later:
        name, value = edits[tensor]
        if not callable(value):
            feeds = {**feeds, tensor: _replacement(engine, name, tensor, value, batch)}
    for position, tensor in enumerate(later):
        name, value = edits[tensor]
        if callable(value):
            targets = [*wanted, *(t for t in later[position + 1 :] if callable(edits[t][1]))]
            known = head(engine, feeds, tensor, targets)
            changed = value(as_float(known[tensor]))
            feeds = {**known, tensor: _replacement(engine, name, tensor, changed, batch)}
    return engine.compute(feeds, wanted)


def head(engine: Engine, feeds: Feeds, tensor: str, wanted: Sequence[str]) -> Feeds:
    """Compute a tensor and whatever the tail after it needs beside it; keep the fed ones.

    Args:
        engine: runs the network's parts.
        feeds: the images, and tensors that are given.
        tensor: where the tail begins.
        wanted: what the tail will compute.
    """
    source = engine.lowered.input
    sources = [source if f == IMAGES else f for f in feeds]
    beside = engine.wiring.frontier(wanted, tensor, sources)
    kept = {f: v for f, v in feeds.items() if f in beside}
    if source in beside:
        kept[IMAGES] = feeds[IMAGES]
    reads = [t for t in beside if t not in feeds and t != source]
    return {**engine.compute(feeds, [tensor, *reads]), **kept}


def _replacement(
    engine: Engine, name: str, tensor: str, value: object, batch: int | None
) -> tf.Tensor:
    replaced = tf.cast(tf.convert_to_tensor(value), engine.dtype(tensor))
    expected = engine.shape(tensor)
    if expected.rank and expected[0] is None:
        expected = tf.TensorShape([batch, *expected[1:]])
    if not replaced.shape.is_compatible_with(expected):
        raise BadValue(
            f"The edit of layer {name!r} has shape {replaced.shape}, but the layer has "
            f"{expected}; give a tensor of the layer's shape."
        )
    return replaced
