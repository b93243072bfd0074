"""Networks that the tests of this room share."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tests import toys


@pytest.fixture(scope="session")
def plain_net():
    """Give a convolution, a ReLU and a second convolution, which take images of any size."""
    rng = np.random.default_rng(3)
    first = rng.normal(0, 0.5, (3, 3, 3, 6)).astype(np.float32)
    second = rng.normal(0, 0.5, (3, 3, 6, 5)).astype(np.float32)
    last = rng.normal(0, 1, (5, 4)).astype(np.float32)

    def build(x):
        conv = tf.nn.relu(tf.nn.conv2d(x - 0.3, first, 1, "SAME") + 0.3, name="conv")
        deep = tf.nn.relu(tf.nn.conv2d(conv, second, 2, "SAME"), name="deep")
        return tf.identity(tf.matmul(tf.reduce_mean(deep, [1, 2]), last), name="scores")

    return toys.network(build, 16, 12, logits="scores", labels=["ant", "bee", "cat", "dog"])


@pytest.fixture(scope="session")
def dead_net():
    """Give units of which the second is silent on every picture near grey."""
    kernel = np.zeros((1, 1, 3, 2), np.float32)
    kernel[0, 0] = [[1, 1], [1, 1], [1, 1]]

    def build(x):
        maps = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), [0.0, -1.6]))
        maps = tf.identity(maps, name="maps")
        return tf.identity(tf.reduce_mean(maps, [1, 2]), name="scores")

    return toys.network(build, 8, 8, logits="scores")
