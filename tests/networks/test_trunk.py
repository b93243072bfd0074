"""A part of a network, at sizes that the whole could not take."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import ModelError, UnknownName
from tests import toys


def flattening(images):
    """Take 8 x 8 pixels as a whole, but any size up to its maps."""
    maps = tf.nn.relu(tf.nn.conv2d(images, KERNEL, 2, "SAME"), name="maps")
    return tf.reshape(maps, [-1, 64], name="flat") @ DENSE


KERNEL = np.random.default_rng(0).normal(size=(3, 3, 3, 4)).astype(np.float32)
DENSE = np.random.default_rng(1).normal(size=(64, 5)).astype(np.float32)


@pytest.fixture(scope="module")
def net():
    return attrvis.load(flattening, preprocess="tf", size=8)


@pytest.mark.parametrize("size", [None, (8, 8), (12, 7), (3, 30)])
def test_layers_are_those_of_the_graph_at_that_size(net, size):
    images = toys.noise(2, *(size or (8, 8)), 3)
    trunk = net.trunk(["maps"], size)
    expected = tf.nn.relu(tf.nn.conv2d(2 * images - 1, KERNEL, 2, "SAME")).numpy()
    assert trunk(images)["maps"].numpy() == pytest.approx(expected, abs=1e-5)
    assert trunk.shape("maps") == (None, *expected.shape[1:])
    assert net.trunk(["maps"], size) is trunk


def test_gradients_run_through(net):
    images = tf.constant(toys.noise(1, 12, 12, 3))
    with tf.GradientTape() as tape:
        tape.watch(images)
        top = tf.reduce_sum(net.trunk(["maps"], (12, 12))(images)["maps"])
    found = tape.gradient(top, images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        top = tf.reduce_sum(tf.nn.relu(tf.nn.conv2d(2 * images - 1, KERNEL, 2, "SAME")))
    assert found.numpy() == pytest.approx(tape.gradient(top, images).numpy(), abs=1e-5)


def test_a_layer_that_cannot_be_computed_at_a_size_is_refused(net):
    with pytest.raises(ModelError, match=r"cannot take 16x16 pixels: its Reshape \('flat'\)"):
        net.trunk(["logits"], (16, 16))
    with pytest.raises(ModelError, match="'flat'"):
        net.trunk(["maps", "flat"], (9, 9))
    with pytest.raises(UnknownName, match="maps"):
        net.trunk(["mapps"])
    assert net.trunk(["logits"])(toys.noise(3, 8, 8, 3))["logits"].shape == (3, 5)


def test_rules_reach_it(net):
    images = tf.constant(toys.noise(1, 12, 12, 3))
    ruled = net.with_rule("linear").trunk(["maps"], (12, 12))
    with tf.GradientTape() as tape:
        tape.watch(images)
        top = tf.reduce_sum(ruled(images)["maps"])
    with tf.GradientTape() as straight:
        straight.watch(images)
        wanted = tf.reduce_sum(tf.nn.conv2d(2 * images - 1, KERNEL, 2, "SAME"))
    expected = straight.gradient(wanted, images).numpy()
    assert tape.gradient(top, images).numpy() == pytest.approx(expected, abs=1e-5)
