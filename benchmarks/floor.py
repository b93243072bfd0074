"""The least that one forward and backward pass of a frozen network can cost in TensorFlow.

The floor is the faster of two: the graph imported as it is, and the same network in Keras.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf


def raw_gradient(
    path: Path, layer: str, mean: list[float], shape: tuple[int, ...], *, bfloat16: bool = False
) -> Callable[[], object]:
    """Compile the gradient of a layer's sum to the image: plain import and `tf.gradients`.

    Args:
        path: a frozen graph with the input `input`.
        layer: the layer to which it is run.
        mean: subtracted from RGB * 255.
        shape: of the batch of images.
        bfloat16: let TensorFlow's own rewriter put convolutions into bfloat16.

    Returns:
        A call that computes it once.
    """
    pruned = _until(path, layer)
    images = tf.constant(np.random.default_rng(0).random(shape, np.float32))

    def gradient(pixels: tf.Tensor) -> tf.Tensor:
        fed = pixels * 255.0 - mean
        (found,) = tf.graph_util.import_graph_def(
            pruned, input_map={"input:0": fed}, return_elements=[f"{layer}:0"], name=""
        )
        return tf.gradients(tf.reduce_sum(found), pixels)[0]

    function = tf.compat.v1.wrap_function(gradient, [tf.TensorSpec(shape, tf.float32)])
    if bfloat16:
        tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": True})
    try:
        function(images)
    finally:
        if bfloat16:
            tf.config.optimizer.set_experimental_options(
                {"auto_mixed_precision_onednn_bfloat16": False}
            )
    return lambda: function(images)


def keras_gradient(
    path: Path, layer: str, mean: list[float], shape: tuple[int, ...]
) -> Callable[[], object]:
    """Compile the same gradient of the same network, built of Keras' own layers.

    Args:
        path: a frozen graph of convolutions, biases, ReLUs, max pools, concatenations and local
            response normalisations, with the input `input`.
        layer: the layer to which it is run.
        mean: subtracted from RGB * 255.
        shape: of the batch of images.

    Returns:
        A call that computes it once.

    Raises:
        ValueError: the graph has another op.
    """
    model = _keras_model(_until(path, layer), layer, shape[1:])
    images = tf.constant(np.random.default_rng(0).random(shape, np.float32))

    @tf.function(autograph=False, input_signature=[tf.TensorSpec(shape, tf.float32)])
    def gradient(pixels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            total = tf.reduce_sum(model(pixels * 255.0 - mean, training=False))
        return tape.gradient(total, pixels)

    return lambda: gradient(images)


def _until(path: Path, layer: str) -> tf.compat.v1.GraphDef:
    graph_def = tf.compat.v1.GraphDef()
    graph_def.ParseFromString(path.read_bytes())
    return tf.compat.v1.graph_util.extract_sub_graph(graph_def, [layer])


def _keras_model(graph_def: tf.compat.v1.GraphDef, output: str, shape: tuple[int, ...]) -> Any:
    import keras
    from keras import layers

    class Normalised(layers.Layer):
        def __init__(self, node: Any) -> None:
            super().__init__(name=node.name)
            radius = node.attr["depth_radius"].i
            others = {key: node.attr[key].f for key in ("bias", "alpha", "beta")}
            self.normalise = lambda x: tf.nn.local_response_normalization(x, radius, **others)

        def call(self, inputs: Any) -> Any:
            return self.normalise(inputs)

    nodes = {node.name: node for node in graph_def.node}
    made: dict[str, Any] = {"input": keras.Input(shape)}
    weights = []

    def constant(name: str) -> np.ndarray:
        return tf.make_ndarray(nodes[name].attr["value"].tensor)

    for name, node in nodes.items():
        if node.op == "BiasAdd":
            conv = nodes[node.input[0]]
            kernel, bias = constant(conv.input[1]), constant(node.input[1])
            stride, padding = conv.attr["strides"].list.i[1], conv.attr["padding"].s.decode()
            new = layers.Conv2D(kernel.shape[3], kernel.shape[:2], stride, padding.lower())
            made[name] = new(made[conv.input[0]])
            weights.append((new, [kernel, bias]))
        elif node.op == "Relu":
            made[name] = layers.ReLU()(made[node.input[0]])
        elif node.op == "Pad":
            made[name] = layers.ZeroPadding2D(constant(node.input[1])[1:3].tolist())(
                made[node.input[0]]
            )
        elif node.op == "MaxPool":
            side, stride = node.attr["ksize"].list.i[1], node.attr["strides"].list.i[1]
            padding = node.attr["padding"].s.decode().lower()
            made[name] = layers.MaxPooling2D(side, stride, padding)(made[node.input[0]])
        elif node.op == "ConcatV2":
            made[name] = layers.Concatenate()([made[i] for i in node.input[:-1]])
        elif node.op == "LRN":
            made[name] = Normalised(node)(made[node.input[0]])
        elif node.op not in ("Const", "Conv2D", "Placeholder"):
            raise ValueError(f"There is no Keras layer here for the op {node.op} of {name!r}.")
    for layer, values in weights:
        layer.set_weights(values)
    return keras.Model(made["input"], made[output])


def side_by_side(calls: dict[str, Callable[[], object]], rounds: int = 100) -> dict[str, float]:
    """Time calls in turn, so that a drift of the machine meets all of them.

    Args:
        calls: what is timed, by name.
        rounds: how often.

    Returns:
        The median milliseconds of each.
    """
    for call in calls.values():
        for _ in range(3):
            call()
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            result = call()
            if isinstance(result, tf.Tensor):
                result.numpy()
            taken[name].append(1000 * (time.perf_counter() - start))
    return {name: float(np.median(times)) for name, times in taken.items()}
