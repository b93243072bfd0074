"""Networks whose losses are known by hand."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from attrvis.networks import Network
from tests import toys


def summing(*shape: int) -> Network:
    """Sum a layer `grid` of a shape, which the pixels of an image fill row by row."""
    size = int(np.prod(shape))

    def build(x):
        grid = tf.identity(tf.reshape(x, [-1, *shape]), name="grid")
        total = tf.reduce_sum(grid, list(range(1, len(shape) + 1)))
        return tf.stack([total, 2 * total], axis=1, name="scores")

    return toys.network(build, 1, size, 1, logits="scores")


def row(*numbers: float) -> np.ndarray:
    """Write numbers as the one row of an image."""
    return np.asarray(numbers, np.float32)[None, None, :, None]


def multi_layer() -> Network:
    """Captum's test network: identity 3 to 3, dense 3 to 4, ReLU, dense 4 to 2."""

    def build(x):
        hidden = tf.matmul(tf.reshape(x, [-1, 3]), tf.ones([3, 4]))
        hidden = tf.nn.relu(tf.nn.bias_add(hidden, [-10.0, 1.0, 1.0, 1.0], name="dense"))
        return tf.nn.bias_add(tf.matmul(hidden, tf.ones([4, 2])), [-1.0, 1.0], name="scores")

    return toys.network(build, 1, 3, 1, logits="scores")


def one_conv() -> Network:
    """Captum's test network of two 3x3 filters of ones, biases -50 and -75."""

    def build(x):
        conv = tf.nn.conv2d(x, tf.ones([3, 3, 1, 2]), 1, "VALID")
        conv = tf.nn.bias_add(conv, [-50.0, -75.0], name="conv")
        signs = np.float32([1, 1, 1, -1, 1, -1, 1, -1])[:, None]
        hidden = tf.reshape(tf.nn.relu(conv, name="relu"), [-1, 8])
        return tf.nn.relu(tf.matmul(hidden, np.repeat(signs, 4, 1)), name="scores")

    return toys.network(build, 4, 4, 1, logits="scores")


def oracle() -> Network:
    """The network relu(relu(x - 1) - relu(y)) of two numbers, and their product."""

    def build(x):
        both = tf.reshape(x, [-1, 2])
        first, second = both[:, 0], both[:, 1]
        scores = [tf.nn.relu(tf.nn.relu(first - 1) - tf.nn.relu(second)), first * second]
        return tf.identity(tf.stack(scores, axis=1), name="scores")

    return toys.network(build, 1, 2, 1, logits="scores")


def smallest(count: int) -> Network:
    """Score the smallest of the numbers of a row."""

    def build(x):
        least = tf.reduce_min(tf.reshape(x, [-1, count]), 1, keepdims=True)
        return tf.identity(least, name="scores")

    return toys.network(build, 1, count, 1, logits="scores")


def traces(net: Network) -> int:
    """Count what the evaluators of a network have compiled."""
    return sum(len(v._traces) for k, v in net._remembered.items() if k[0] == "evaluator")
