"""Build the embedded network as a frozen TensorFlow graph.

The graph holds nothing but Conv2D, AvgPool, MaxPool, BiasAdd, Relu, ConcatV2, Mean and MatMul,
with its weights as constants; batch normalisation was folded into them when they were exported.
Batch, height and width are free, so any picture of at least 32 pixels a side fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
import tensorflow as tf

from attrvis.networks.embedded.architecture import (
    MEAN,
    PLAN,
    SIZE,
    STD,
    Plan,
    Unit,
    assemble,
    layer_names,
)

Weights = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class EmbeddedGraph:
    """A frozen graph and what one has to know to use it.

    `input` eats (RGB in [0, 1] - `mean`) / `std`; `logits` is the name of the scores
    before the softmax; `layers` are node names, each the tensor after its ReLU.
    """

    graph_def: tf.compat.v1.GraphDef
    input: str
    logits: str
    labels: tuple[str, ...]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    size: int
    layers: tuple[str, ...]


def build() -> EmbeddedGraph:
    """Return the packaged network.

    Example:
        >>> build().layers[:3]
        ('conv1', 'conv2', 'mixed3a')
    """
    return EmbeddedGraph(
        graph_def=graph_of(packaged_weights()),
        input="input",
        logits="logits",
        labels=packaged_labels(),
        mean=MEAN,
        std=STD,
        size=SIZE,
        layers=layer_names(PLAN),
    )


def packaged_weights() -> dict[str, np.ndarray]:
    """Return the folded weights that ship with the package, as float32."""
    with (
        resources.files(__package__).joinpath("weights.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as stored,
    ):
        return {name: stored[name].astype(np.float32) for name in stored.files}


def packaged_labels() -> tuple[str, ...]:
    """Return the label of every class, in the order of the logits."""
    text = resources.files(__package__).joinpath("labels.txt").read_text(encoding="utf-8")
    return tuple(line.split("\t")[0] for line in text.splitlines())


def graph_of(weights: Weights, plan: Plan = PLAN) -> tf.compat.v1.GraphDef:
    """Return the folded graph of `plan` with these weights.

    `weights` holds `<unit>/weights` and `<unit>/bias` for every unit and for `logits`.
    Other plans than the packaged one serve the tests.
    """

    def constant(name: str) -> tf.Tensor:
        return tf.constant(weights[name], tf.float32, name=name)

    def unit(spec: Unit, value: tf.Tensor) -> tf.Tensor:
        name = spec.name
        kernel = constant(f"{name}/weights")
        value = tf.nn.conv2d(value, kernel, spec.stride, "SAME", name=f"{name}/conv")
        if spec.averaged:
            value = tf.nn.avg_pool2d(value, 3, 1, "SAME", name=f"{name}/average")
        value = tf.nn.bias_add(value, constant(f"{name}/bias"), name=f"{name}/add")
        return tf.nn.relu(value, name=name)

    def pool(name: str, value: tf.Tensor) -> tf.Tensor:
        return tf.nn.max_pool2d(value, 3, 2, "SAME", name=name)

    def join(name: str, ends: Sequence[tf.Tensor]) -> tf.Tensor:
        return tf.concat(ends, axis=-1, name=name)

    graph = tf.Graph()
    with graph.as_default():
        images = tf.compat.v1.placeholder(tf.float32, (None, None, None, 3), name="input")
        features = assemble(plan, images, unit=unit, pool=pool, join=join)
        pooled = tf.reduce_mean(features, axis=(1, 2), name="avgpool")
        scores = tf.matmul(pooled, constant("logits/weights"), name="logits/product")
        tf.nn.bias_add(scores, constant("logits/bias"), name="logits")
    return graph.as_graph_def(add_shapes=False)
