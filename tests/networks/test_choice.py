"""The layer that is explained when the user names none."""

from __future__ import annotations

import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import ModelError
from attrvis.networks.choice import default_layer
from tests import toys


def conv(x, name, stride=1):
    kernel = tf.ones([1, 1, x.shape[-1], 4])
    return tf.nn.relu(tf.nn.conv2d(x, kernel, stride, "SAME"), name=name)


def scores(x):
    return tf.matmul(tf.reduce_mean(x, [1, 2]), tf.ones([x.shape[-1], 2]), name="scores")


def test_the_deepest_layer_that_is_fine_enough_is_chosen():
    def build(x):
        return scores(conv(conv(conv(conv(x, "a"), "b", 2), "c"), "d", 4))

    layer, why = default_layer(toys.network(build, 32, 32))
    assert layer.name == "c"
    assert "16x16" in why


def test_a_branch_is_not_chosen():
    def build(x):
        trunk = conv(x, "trunk")
        one, two = conv(trunk, "one"), conv(trunk, "two")
        return scores(conv(tf.concat([one, two], 3, name="join"), "coarse", 4))

    assert default_layer(toys.network(build, 16, 16))[0].name == "join"


def test_the_inside_of_a_residual_block_is_not_chosen():
    def build(x):
        stem = conv(x, "stem")
        return scores(stem + conv(stem, "inside"))

    found = default_layer(toys.network(build, 16, 16))[0]
    assert found.kind in ("AddV2", "Add") and found.shape == (None, 16, 16, 4)


def test_a_network_of_coarse_maps_gives_its_finest_deep_one():
    def build(x):
        return scores(conv(conv(x, "a", 4), "b"))

    assert default_layer(toys.network(build, 16, 16))[0].name == "b"


def test_a_network_without_maps_asks_for_a_name():
    def build(x):
        flat = tf.reshape(x, [-1, 48])
        return tf.matmul(flat, tf.ones([48, 2]), name="scores")

    with pytest.raises(ModelError, match="layer="):
        default_layer(toys.network(build, 4, 4))


def test_a_layers_input_is_not_chosen(net):
    layer, _ = default_layer(net)
    assert not layer.name.endswith(".in")
    assert net.gate(layer.name)
    assert layer.shape[1:3] == (8, 8)


def test_the_embedded_networks_choice():
    layer, _ = default_layer(attrvis.load())
    assert layer.name.startswith("mixed4")
