"""The weights between two layers: read from the graph, or expanded over what lies between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue, ModelError
from attrvis.networks import Network
from attrvis.networks.wiring import Wiring, node_of
from attrvis.objectives import neuron
from attrvis.recipes.collecting import photo_batches

_ACTIVATIONS = frozenset(
    ["Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "Softplus", "Sigmoid", "Tanh", "Softsign"]
)
_SKIPPED = frozenset(["Identity", "StopGradient"])
_GREY = 0.5


def kernel_between(net: Network, earlier: str, later: str, unit: int) -> np.ndarray | None:
    """Read the kernel with which a unit sees an earlier layer from the network's graph.

    Args:
        net: the network.
        earlier: the layer that is seen.
        later: the unit's layer: a convolution of the earlier one, its sum with a bias, its
            activation, or several of those side by side.
        unit: the channel.

    Returns:
        float32 [rows, columns, channels of the earlier layer], or None where more than one
        convolution, or one with a stretched or grouped kernel, lies between.

    Raises:
        UnknownName: no such layer.
        BadValue: the layer has no such channel.

    Source: Cammarata et al., Thread: Circuits, 2020.

    Example:
        >>> from attrvis.networks import load
        >>> kernel_between(load("embedded"), "conv1", "conv2", 5).shape
        (3, 3, 32)
    """
    _check_unit(net, later, unit)
    wiring = Wiring(net.lowered.graph_def)
    ends = net.trunk(list(dict.fromkeys([earlier, later]))).read
    goal, tensor = _through(wiring, ends[earlier], _SKIPPED), ends[later]
    while True:
        tensor = _through(wiring, tensor, _SKIPPED | _ACTIVATIONS)
        node, inputs = wiring.nodes[node_of(tensor)], wiring.inputs[node_of(tensor)]
        if tensor == goal:
            return None
        if node.op == "BiasAdd":
            tensor = inputs[0]
        elif node.op in ("Add", "AddV2"):
            varying = [i for i in inputs if _varies(net, wiring, i)]
            if len(varying) != 1:
                return None
            tensor = varying[0]
        elif node.op == "ConcatV2":
            found = _branch(net, inputs[:-1], unit)
            if found is None:
                return None
            tensor, unit = found
        elif node.op == "Conv2D":
            kernel = _kernel(net, wiring, node, goal)
            grouped = kernel is None or kernel.shape[2] != net.layer(earlier).shape[-1]
            return None if grouped or kernel is None else kernel[..., unit]
        else:
            return None


def expanded_weights(
    net: Network, earlier: str, later: str, unit: int, *, photos: Any = None
) -> np.ndarray:
    """Give how a unit in the middle of its layer depends on an earlier layer, all made linear.

    It is the gradient of the unit's activation, with activations taken for the identity and max
    pools for means: the product of all the kernels between.

    Args:
        net: the network.
        earlier: the layer that is seen, [B, h, w, C].
        later: the unit's layer.
        unit: the channel.
        photos: see `attrvis.recipes.atlas`; the gradient is taken at their average activations;
            default at zero. It matters only where something is left that is not linear.

    Returns:
        float32 [rows, columns, C], cut to what the unit sees.

    Raises:
        UnknownName: no such layer.
        BadValue: the layer has no such channel, or it does not see the earlier layer.
        ModelError: the later layer does not depend on the earlier one.

    Source: Voss et al., Visualizing Weights, 2021 (expanded weights).

    Example:
        >>> from attrvis.networks import load
        >>> expanded_weights(load("embedded"), "conv1", "conv2", 5).shape
        (3, 3, 32)
    """
    _check_unit(net, later, unit)
    if len(net.layer(earlier).shape) != 4:
        raise BadValue(f"Weights are drawn from a layer of maps, which {earlier!r} is not.")
    linear = _linear(net)
    tail = linear.cut(earlier, read=[later])
    values, bypass = _at(tail, net, photos)
    with tf.GradientTape() as tape:
        tape.watch(values)
        score = neuron(later, unit)(tail(values, bypass))
    gradient = tape.gradient(score, values)
    if gradient is None:
        raise ModelError(f"The layer {later!r} has no gradient at {earlier!r}; choose others.")
    weights = tf.cast(gradient, tf.float32).numpy()[0]
    seen = np.argwhere(np.abs(weights).max(axis=-1) > 0)
    if not len(seen):
        raise BadValue(f"The unit {later}:{unit} sees nothing of {earlier!r}; choose another.")
    (top, left), (bottom, right) = seen.min(axis=0), seen.max(axis=0) + 1
    return weights[top:bottom, left:right]


def _linear(net: Network) -> Network:
    try:
        return net.with_rule("linear")
    except BadValue:  # there is nothing in it to be made linear
        return net


def _at(tail: Any, net: Network, photos: Any) -> tuple[tf.Tensor, Mapping[str, tf.Tensor]]:
    """Give the point at which the gradient is taken."""
    if photos is None:
        channels = int(net.layer("input").shape[-1] or 3)
        values, bypass = tail.head(tf.fill([1, *net.image_size, channels], _GREY))
        return tf.zeros_like(values), bypass
    sums: list[Any] = []
    names: list[str] = []
    count = 0
    for batch in photo_batches(photos, net.image_size):
        values, bypass = tail.head(tf.constant(batch))
        names = list(bypass)
        own = [tf.reduce_sum(v, axis=0, keepdims=True) for v in (values, *bypass.values())]
        sums = own if not sums else [a + b for a, b in zip(sums, own, strict=True)]
        count += len(batch)
    if not count:
        raise BadValue("There is no photo to average over; give at least one.")
    mean = [total / count for total in sums]
    return mean[0], dict(zip(names, mean[1:], strict=True))


def _check_unit(net: Network, layer: str, unit: int) -> None:
    have = net.layer(layer).shape[-1]
    if have is None or not 0 <= unit < have:
        raise BadValue(f"The layer {layer!r} has channels 0 to {(have or 1) - 1}, not {unit}.")


def _through(wiring: Wiring, tensor: str, ops: frozenset[str]) -> str:
    """Go back through ops that change neither places nor channels."""
    while wiring.nodes[node_of(tensor)].op in ops:
        tensor = wiring.inputs[node_of(tensor)][0]
    return tensor


def _varies(net: Network, wiring: Wiring, tensor: str) -> bool:
    return net.lowered.input == tensor or node_of(tensor) in wiring.dependents([net.lowered.input])


def _branch(net: Network, tensors: tuple[str, ...], unit: int) -> tuple[str, int] | None:
    """Find which of several layers side by side holds a channel, and its number there."""
    for tensor in tensors:
        width = net.layer(node_of(tensor)).shape[-1]
        if width is None:
            return None
        if unit < width:
            return tensor, unit
        unit -= width
    return None


def _kernel(net: Network, wiring: Wiring, node: Any, goal: str) -> np.ndarray | None:
    """Read the kernel of a convolution of `goal`, [rows, columns, channels in, channels out]."""
    images, weights = wiring.inputs[node.name]
    passed = _SKIPPED | _ACTIVATIONS | {"Pad"}
    while images != goal and wiring.nodes[node_of(images)].op in passed:
        images = wiring.inputs[node_of(images)][0]
    stretched = any(step != 1 for step in node.attr["dilations"].list.i)
    if images != goal or stretched or node.attr["data_format"].s not in (b"NHWC", b""):
        return None
    source = wiring.nodes[node_of(_through(wiring, weights, _SKIPPED))]
    if source.op == "Const":
        return tf.make_ndarray(source.attr["value"].tensor).astype(np.float32)
    known = net.lowered.weights().get(source.name)
    return None if known is None else known.astype(np.float32)
