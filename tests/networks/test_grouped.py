"""Convolutions in groups: the same values, and gradients that need no GPU and no compiler."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.networks.wiring import Wiring


def literal(images, kernel, strides):
    """Convolve group by group with TensorFlow's own op for one group."""
    wide = tf.concat([images, 2.0 * images], 3)
    count = 6 // kernel.shape[2]
    parts = zip(tf.split(wide, count, 3), np.split(kernel, count, 3), strict=True)
    return tf.concat([tf.nn.conv2d(x, k, strides, "SAME") for x, k in parts], 3)


def frozen(kernel, strides, side=9):
    graph = tf.Graph()
    with graph.as_default():
        images = tf.compat.v1.placeholder(tf.float32, (None, side, side, 3), name="images")
        wide = tf.concat([images, 2.0 * images], 3)
        maps = tf.nn.conv2d(wide, kernel, strides, "SAME", name="grouped")
        tf.identity(tf.reduce_mean(maps, [1, 2]), name="scores")
    return attrvis.load(graph.as_graph_def(), preprocess="unit", logits="scores")


@pytest.mark.parametrize("strides", [1, 2, (2, 1)])
@pytest.mark.parametrize(("inside", "out"), [(1, 6), (1, 12), (2, 9), (3, 4)])
def test_values_and_gradients_are_those_of_each_group_alone(inside, out, strides):
    rng = np.random.default_rng(2)
    kernel = rng.normal(size=(3, 3, inside, out)).astype(np.float32)
    net = frozen(kernel, strides)
    images = tf.constant(rng.uniform(size=(2, 9, 9, 3)).astype(np.float32))
    weights = tf.constant(rng.normal(size=(2, out)).astype(np.float32))

    def both(scores):
        with tf.GradientTape() as tape:
            tape.watch(images)
            total = tf.reduce_sum(weights * scores(images))
        return total.numpy(), tape.gradient(total, images).numpy()

    found = both(lambda x: net.run(x)["logits"])
    wanted = both(lambda x: tf.reduce_mean(literal(x, kernel, strides), [1, 2]))
    assert found[0] == pytest.approx(wanted[0], rel=1e-5)
    assert found[1] == pytest.approx(wanted[1], rel=1e-4, abs=1e-6)
    assert net.layer("grouped").shape[-1] == out


def test_keras_models_with_them_are_differentiated(photos):
    import keras

    layers = keras.layers
    images = value = keras.Input((8, 8, 3))
    value = layers.Conv2D(8, 3, name="plain")(value)
    value = layers.Conv2D(8, 3, groups=4, padding="same", name="four")(value)
    value = layers.Conv2D(16, 3, groups=8, padding="same", name="each")(value)
    model = keras.Model(images, layers.Dense(3)(layers.GlobalAveragePooling2D()(value)))
    net = attrvis.load(model, preprocess="unit")
    ops = [node.op for node in Wiring(net.lowered.graph_def).nodes.values()]
    assert ops.count("Conv2D") == 1 + 4 and ops.count("DepthwiseConv2dNative") == 1
    assert not any("PartitionedCall" in op for op in ops)
    images = tf.constant(photos)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(images)
        own, found = model(images)[:, 1], net.run(images)["logits"][:, 1]
    assert found.numpy() == pytest.approx(own.numpy(), abs=1e-6)
    wanted = tape.gradient(own, images).numpy()
    assert tape.gradient(found, images).numpy() == pytest.approx(wanted, rel=1e-4, abs=1e-7)
    weights = model.get_layer("each").kernel
    weights.assign(weights * 2.0)
    assert net.run(images)["logits"].numpy() == pytest.approx(model(images).numpy(), abs=1e-6)


def test_other_graphs_stay_the_same_object():
    from attrvis.networks.grouped import ungrouped

    lowered = attrvis.load("embedded").lowered
    assert ungrouped(lowered) is lowered
