"""Sizes that a network can take, and those at which it would give wrong numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import ModelError
from tests import toys

KERNEL = np.random.default_rng(0).normal(size=(3, 3, 3, 4)).astype(np.float32)
DENSE = np.random.default_rng(1).normal(size=(1024, 5)).astype(np.float32)


def flattening(images):
    """Take 32 x 32 pixels alone: 16 x 16 maps of 4 channels are 1024 numbers."""
    maps = tf.nn.relu(tf.nn.conv2d(images, KERNEL, 2, "SAME"), name="maps")
    return tf.nn.relu(tf.reshape(maps, [-1, 1024], name="flat")) @ DENSE


def averaging(images):
    maps = tf.nn.relu(tf.nn.conv2d(images, KERNEL, 2, "SAME"), name="maps")
    return tf.reduce_mean(maps, [1, 2]) @ DENSE[:4]


def test_its_own_size_is_taken():
    net = attrvis.load(flattening, preprocess="unit", size=32)
    assert net.run(toys.noise(2, 32, 32, 3))["logits"].shape == (2, 5)


def test_four_rows_of_one_image_are_not_taken_for_four_images():
    with pytest.raises(
        ModelError, match=r"64x64 pixels: its Reshape \('flat'\) makes 28 rows of 7"
    ):
        attrvis.load(flattening, preprocess="unit", size=64)


def test_the_op_where_shapes_contradict_each_other_is_named():
    with pytest.raises(ModelError, match=r"at 'flat' .*divisible by 1024"):
        attrvis.load(flattening, preprocess="unit", size=33)


@pytest.mark.parametrize("size", [8, 33, (20, 31)])
def test_a_network_that_averages_takes_any(size):
    net = attrvis.load(averaging, preprocess="unit", size=size)
    high, wide = size if isinstance(size, tuple) else (size, size)
    assert net.run(toys.noise(2, high, wide, 3))["logits"].shape == (2, 5)


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_a_keras_layer_that_refuses_is_named(package):
    keras = pytest.importorskip(package)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(4, 3),
            layers.Flatten(),
            layers.Dense(3, name="top"),
        ]
    )
    with pytest.raises(
        ModelError, match=r"cannot take 64x64 pixels \(.*(top|sequential).*\)"
    ) as raised:
        attrvis.load(model, preprocess="unit", size=64)
    assert not re.search(r"\x1b|\n", str(raised.value))
    assert attrvis.load(model, preprocess="unit").classes == 3
