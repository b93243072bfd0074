"""Channels-first graphs of odd sizes and forms, and those that cannot be turned."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import ModelError
from tests import toys
from tests.networks.test_layout import BIAS, DEEP, HIGH, STEM, TO_FIRST, WIDE, conv


@pytest.fixture(scope="module")
def photos():
    return toys.noise(2, HIGH, WIDE, 3)


def test_a_bias_along_the_last_axis_of_channels_first(photos):
    """Keras adds one so, by mistake, where a map is as wide as it has channels."""
    square = photos[:, :, :6]

    def build(images):
        x = tf.nn.conv2d(images, STEM, 1, "SAME", "NCHW")
        x = tf.identity(tf.nn.bias_add(x, BIAS), name="biased")
        tf.reduce_mean(x * BIAS[:, None, None], [2, 3], name="scores")

    net = attrvis.load(toys.graph_def(build, (None, 3, HIGH, 6)), preprocess="unit")
    expected = conv(square) + BIAS[:, None]
    np.testing.assert_allclose(net.run(square, ["biased"])["biased"], expected, atol=1e-5)


def test_the_images_may_be_of_any_size_and_rank(photos):
    def build(images):
        x = tf.nn.conv2d(images, STEM, 1, "SAME", "NCHW")
        tf.reduce_mean(x, [2, 3], name="scores")

    expected = np.mean(conv(photos), (1, 2))
    for shape in ((None, 3, None, None), (1, 3, None, None), None):
        net = attrvis.load(toys.graph_def(build, shape), preprocess="unit", size=(HIGH, WIDE))
        np.testing.assert_allclose(net.run(photos)["logits"], expected, atol=1e-5)
        assert net.image_size == (HIGH, WIDE)
    net = attrvis.load(toys.graph_def(build, (None, 3, None, None)), preprocess="unit")
    assert net.image_size == (224, 224)


def test_a_graph_may_begin_inside(photos):
    def build(images):
        x = tf.transpose(tf.cast(images, tf.float32), TO_FIRST, name="begin")
        x = tf.nn.conv2d(x, STEM, 1, "VALID", "NCHW")
        tf.reduce_mean(x, [2, 3], name="scores")

    made = toys.graph_def(build, (None, None, None, 3), tf.uint8)
    net = attrvis.load(made, preprocess="unit", input="begin", size=(HIGH, WIDE))
    expected = np.mean(tf.nn.conv2d(photos, STEM, 1, "VALID"), (1, 2))
    np.testing.assert_allclose(net.run(photos)["logits"], expected, atol=1e-5)


def test_calls_are_opened(photos):
    @tf.function(autograph=False)
    def block(x):
        return tf.nn.relu(tf.nn.conv2d(x, STEM, 1, "SAME", "NCHW"), name="relu")

    def build(images):
        tf.reduce_mean(block(images), [2, 3], name="scores")

    net = attrvis.load(toys.graph_def(build, (None, 3, HIGH, WIDE)), preprocess="unit")
    np.testing.assert_allclose(
        net.run(photos, ["relu"])["relu"], tf.nn.relu(conv(photos)), atol=1e-5
    )


def test_an_op_without_a_rule_is_named():
    def build(images):
        x = tf.nn.max_pool2d(images, 2, 2, "VALID", "NCHW", name="pool")
        x = tf.raw_ops.MaxPoolGrad(
            orig_input=images, orig_output=x, grad=x, ksize=[1, 1, 2, 2], strides=[1, 1, 2, 2],
            padding="VALID", data_format="NCHW", name="unpool",
        )  # fmt: skip
        tf.reduce_mean(x, [2, 3], name="scores")

    made = toys.graph_def(build, (None, 3, HIGH, WIDE))
    with pytest.raises(ModelError, match=r"MaxPoolGrad \('unpool'\).*NCHW.*export"):
        attrvis.load(made, preprocess="unit", trust=True)


def test_a_loop_with_channels_first_is_named():
    def build(images):
        def step(i, x):
            return i + 1, tf.nn.conv2d(x, DEEP[:, :, :3, :3], 1, "SAME", "NCHW", name="inner")

        _, x = tf.while_loop(lambda i, _: i < 3, step, [0, images])
        tf.reduce_mean(x, [2, 3], name="scores")

    traced = tf.function(build, autograph=False).get_concrete_function(
        tf.TensorSpec((None, 3, HIGH, WIDE), name="images")
    )
    with pytest.raises(ModelError, match=r"Conv2D \('.*inner'\).*NCHW"):
        attrvis.load(traced.graph.as_graph_def(), preprocess="unit", logits="scores")
