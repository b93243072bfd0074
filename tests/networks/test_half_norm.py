"""Local response normalisation in bfloat16: the op's values and gradients, without the op."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis

CHANNELS = 24


def normalising_net(**attributes: float) -> attrvis.Network:
    """Make a network of a convolution, a normalisation and a layer of scores."""
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=[3, 3, 3, CHANNELS]).astype(np.float32)
    scores = rng.normal(size=[CHANNELS, 5]).astype(np.float32)

    def build(images: tf.Tensor) -> tf.Tensor:
        made = tf.nn.relu(tf.nn.conv2d(images, kernel, 1, "SAME"))
        made = tf.raw_ops.LRN(input=made, name="norm", **attributes)
        pooled = tf.reduce_mean(tf.nn.max_pool2d(made, 2, 2, "SAME"), [1, 2])
        return tf.matmul(pooled, scores, name="scores")

    graph = tf.Graph()
    with graph.as_default():
        build(tf.compat.v1.placeholder(tf.float32, [None, 8, 8, 3], "images"))
    return attrvis.load(graph.as_graph_def(), preprocess="unit")


NORMS = [
    {"depth_radius": 2, "bias": 1.0, "alpha": 0.3, "beta": 0.75},
    {"depth_radius": 5, "bias": 2.0, "alpha": 0.1, "beta": 0.5},
    {"depth_radius": 1, "bias": 1.5, "alpha": 1.0, "beta": 0.6},
    {},
]


@pytest.mark.parametrize("attributes", NORMS)
def test_values_and_gradients_are_the_ops(attributes, photos):
    exact = normalising_net(**attributes)
    half = exact.with_precision("bfloat16")
    assert "LRN" not in {n.op for n in half.lowered.graph_def.node}
    images, found = tf.constant(photos), []
    for net in (exact, half, half.snapshot()):
        with tf.GradientTape() as tape:
            tape.watch(images)
            readings = net.run(images, ["norm", "logits"])
            top = readings["logits"][:, 1]
        found.append((readings["norm"].numpy(), tape.gradient(top, images).numpy().ravel()))
    (values, slope), *others = found
    for other, own in others:
        assert 0 < np.abs(other - values).max() < 0.02 * np.abs(values).max()
        assert np.corrcoef(own, slope)[0, 1] > 0.99
        assert abs(np.linalg.norm(own) / np.linalg.norm(slope) - 1) < 0.02


def test_float16_keeps_the_op(photos):
    """The squares of large activations leave its range."""
    exact = normalising_net(alpha=1e-4)
    half = exact.with_precision("float16")
    assert "LRN" in {n.op for n in half.lowered.graph_def.node}
    big = half.run(2000 * photos, ["norm"])["norm"].numpy()
    expected = exact.run(2000 * photos, ["norm"])["norm"].numpy()
    np.testing.assert_allclose(big, expected, atol=0.01 * np.abs(expected).max())
