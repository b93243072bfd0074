"""The least that one forward and backward pass of a frozen network can cost in TensorFlow."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

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
    graph_def = tf.compat.v1.GraphDef()
    graph_def.ParseFromString(path.read_bytes())
    pruned = tf.compat.v1.graph_util.extract_sub_graph(graph_def, [layer])
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


def side_by_side(calls: dict[str, Callable[[], object]], rounds: int = 40) -> dict[str, float]:
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
