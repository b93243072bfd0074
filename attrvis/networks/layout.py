"""Networks whose maps hold their channels first, written so that every map holds them last."""

from __future__ import annotations

from dataclasses import replace

import tensorflow as tf

from attrvis.networks.execution import static_types
from attrvis.networks.inlining import inlined, pruned
from attrvis.networks.layout_ops import place, refusal, turned_shape
from attrvis.networks.layout_tensors import (
    TO_LAST,
    channels_first_tensors,
    order_of,
    outputs_of,
)
from attrvis.networks.layout_turning import Turning
from attrvis.networks.lowered import Lowered
from attrvis.networks.preparing import says_first
from attrvis.networks.wiring import Wiring, node_of


def channels_last(lowered: Lowered) -> Lowered:
    """Bring a network whose maps are [B, C, H, W] to maps of [B, H, W, C].

    TensorFlow computes most channels-first ops on GPUs only, and everything here finds a layer's
    units on its last axis. Weights stay what and where they are. What no rule covers is computed
    in the layout in which it was written, between two transpositions.

    Args:
        lowered: the network.

    Returns:
        A network of the same names and values, where each map of images, its input among them, has
        its channels last; the same object where no op says that its channels come first and
        nothing turns the images before their first use.

    Raises:
        ModelError: an op that cannot be brought there; it is named.

    Example:
        >>> import attrvis
        >>> lowered = attrvis.load("embedded").lowered
        >>> channels_last(lowered) is lowered
        True
    """
    opened = _without_calls(lowered)
    wiring = Wiring(opened.graph_def)
    telling = any(map(says_first, opened.graph_def.node))
    if not telling and not any(order_of(wiring, name) == TO_LAST for name in wiring.order):
        return lowered
    opened = _with_ranked_images(opened)
    wiring = Wiring(opened.graph_def)
    types = static_types(opened)
    first = channels_first_tensors(wiring, types, opened.input)
    # A bias may be added to channels first of rows of numbers, too.
    running = any(says_first(n) and n.op != "BiasAdd" for n in opened.graph_def.node)
    if not running and not (first if telling else opened.input in first):
        return lowered
    turning = Turning(wiring, types, first)
    for node in opened.graph_def.node:
        if node.name == node_of(opened.input):
            images = type(node)()
            images.CopyFrom(node)
            if opened.input in first:
                turned_shape(images)
            turning.nodes.append(images)
        else:
            place(turning, node)
    made = tf.compat.v1.GraphDef()
    made.versions.CopyFrom(opened.graph_def.versions)
    made.library.CopyFrom(opened.graph_def.library)
    made.node.extend(turning.nodes)
    # Transpositions between are nobody's layers.
    own = {name: f"{name}:0" for name in wiring.order if outputs_of(name, types)}
    return replace(opened, graph_def=made, layers=opened.layers or own)


def _without_calls(lowered: Lowered) -> Lowered:
    """Expand calls where a function holds an op that says that its channels come first.

    Raises:
        ModelError: there is one inside a loop or a branch.
    """
    if not any(says_first(n) for f in lowered.graph_def.library.function for n in f.node_def):
        return lowered
    names = [t for t in (lowered.output, *lowered.layers.values(), *lowered.outputs.values()) if t]
    graph_def, found = inlined(lowered.graph_def, names)
    graph_def = pruned(graph_def, [node.name for node in graph_def.node])
    for function in graph_def.library.function:
        for node in function.node_def:
            if says_first(node) and node.op != "BiasAdd":
                raise refusal(node)
    now = dict(zip(names, found, strict=True))
    return replace(
        lowered,
        graph_def=graph_def,
        output=now.get(lowered.output, ""),
        layers={name: now[tensor] for name, tensor in lowered.layers.items()},
        outputs={name: now[tensor] for name, tensor in lowered.outputs.items()},
    )


def _with_ranked_images(lowered: Lowered) -> Lowered:
    """Say that the images have four axes where the graph does not."""
    graph_def = tf.compat.v1.GraphDef()
    graph_def.CopyFrom(lowered.graph_def)
    for node in graph_def.node:
        if node.name == node_of(lowered.input) and not node.attr["shape"].shape.dim:
            node.attr["shape"].shape.CopyFrom(tf.TensorShape([None] * 4).as_proto())
    return replace(lowered, graph_def=graph_def)
