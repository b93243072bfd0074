"""The gradient of a convolution as a convolution: the same numbers as TensorFlow's own op gives."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.networks.pulling import PULL, can_be_pulled
from attrvis.networks.pulling import pulled as pull

EXPLICIT = [0, 0, 2, 1, 3, 0, 0, 0]


@pytest.mark.parametrize("sides", [(9, 9), (8, 11), (12, 7)])
@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (7, 7), (2, 4), (5, 1)])
@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("padding", ["SAME", "VALID", "EXPLICIT"])
def test_it_is_the_gradient(sides, kernel, step, padding):
    rng = np.random.default_rng(0)
    images = tf.constant(rng.normal(size=(2, *sides, 3)), tf.float32)
    weights = tf.constant(rng.normal(size=(*kernel, 3, 4)), tf.float32)
    explicit = EXPLICIT if padding == "EXPLICIT" else []
    with tf.GradientTape() as tape:
        tape.watch(images)
        made = tf.raw_ops.Conv2D(
            input=images,
            filter=weights,
            strides=[1, step, step, 1],
            padding=padding,
            explicit_paddings=explicit,
        )
    upstream = tf.constant(rng.normal(size=made.shape), tf.float32)
    expected = tape.gradient(made, images, upstream)
    found = pull(
        upstream,
        images.shape,
        weights,
        strides=[1, step, step, 1],
        padding=padding,
        explicit_paddings=explicit,
    )
    if found is None:  # places that no output looks at are left to TensorFlow's own op
        assert step > 1 or padding == "EXPLICIT"
    else:
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_usual_convolutions_all_have_it():
    for step, side, padding in [(1, 1, "SAME"), (1, 3, "SAME"), (2, 7, "VALID"), (2, 3, "SAME")]:
        images, weights = tf.zeros([1, 230, 230, 3]), tf.ones([side, side, 3, 8])
        upstream = tf.nn.conv2d(images, weights, step, padding)
        common = {"strides": [1, step, step, 1], "padding": padding, "explicit_paddings": []}
        assert pull(upstream, images.shape, weights, **common) is not None


def test_what_is_not_known_beforehand_is_left_alone():
    common = {"strides": [1, 1, 1, 1], "padding": "SAME", "explicit_paddings": []}
    upstream, weights = tf.zeros([1, 8, 8, 4]), tf.ones([3, 3, 3, 4])
    assert pull(upstream, tf.TensorShape([1, None, 8, 3]), weights, **common) is None
    assert pull(upstream, tf.TensorShape([1, 8, 8, 6]), weights, **common) is None  # two groups

    @tf.function
    def of_a_live_kernel(kernel):
        return pull(upstream, tf.TensorShape([1, 8, 8, 3]), kernel, **common) is None

    assert of_a_live_kernel(weights)


def node(**attributes):
    made = tf.compat.v1.NodeDef(name="conv", op="Conv2D")
    for name, value in attributes.items():
        if isinstance(value, bytes):
            made.attr[name].s = value
        else:
            made.attr[name].list.i.extend(value)
    return made


def test_which_nodes_may_have_it():
    assert can_be_pulled(node(data_format=b"NHWC", dilations=[1, 1, 1, 1]))
    assert not can_be_pulled(node(data_format=b"NCHW"))
    assert not can_be_pulled(node(dilations=[1, 2, 2, 1]))
    assert not can_be_pulled(node(_gradient_op_type=b"a rule of somebody's own"))


def test_a_snapshot_in_bfloat16_uses_it(frozen_net, photos):
    half = frozen_net.with_precision("bfloat16").snapshot()
    convolutions = [n for n in half.lowered.graph_def.node if n.op == "Conv2D"]
    assert convolutions
    assert all(n.attr["_gradient_op_type"].s == PULL.encode() for n in convolutions)

    @tf.function
    def slope(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            top = half.run(images)["logits"][:, 1]
        return tape.gradient(top, images)

    images = tf.constant(photos)
    graph = slope.get_concrete_function(images).graph.as_graph_def()
    ops = [n.op for f in graph.library.function for n in f.node_def]
    assert "Conv2D" in ops and "Conv2DBackpropInput" not in ops
    exact = frozen_net.snapshot()
    with tf.GradientTape() as tape:
        tape.watch(images)
        top = exact.run(images)["logits"][:, 1]
    expected = tape.gradient(top, images).numpy().ravel()
    assert np.corrcoef(slope(images).numpy().ravel(), expected)[0, 1] > 0.99
