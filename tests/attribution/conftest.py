"""Closed-form networks: their Aumann-Shapley values are known by hand."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.networks import Network
from tests import toys

WEIGHTS = np.random.default_rng(4).normal(size=(4 * 4 * 3, 3)).astype(np.float32)
BIAS = np.array([0.3, -0.2, 0.1], np.float32)


@pytest.fixture(scope="session")
def linear() -> Network:
    """Logits are `flat images @ WEIGHTS + BIAS`."""

    def build(x):
        return tf.nn.bias_add(tf.matmul(tf.reshape(x, [-1, 48]), WEIGHTS), BIAS, name="scores")

    return toys.network(build, labels=["ant", "bee", "cat"])


@pytest.fixture(scope="session")
def pair() -> Network:
    """Logits of the two numbers x, y: xy, min(x, y), relu(relu(x - 1) - relu(y)), x, 1 + 0 x."""

    def build(images):
        both = tf.reshape(images, [-1, 2])
        x, y = both[:, 0], both[:, 1]
        oracle = tf.nn.relu(tf.nn.relu(x - 1) - tf.nn.relu(y))
        five = [x * y, tf.minimum(x, y), oracle, x, 1 + tf.nn.relu(0 * x)]
        return tf.identity(tf.stack(five, axis=1), name="scores")

    return toys.network(build, 1, 1, 2, logits="scores")


@pytest.fixture(scope="session")
def smooth() -> Network:
    """A logit that is exp of the sum of two numbers, and the sum of their fifth powers."""

    def build(images):
        both = tf.reshape(images, [-1, 2])
        scores = tf.stack([tf.exp(tf.reduce_sum(both, 1)), tf.reduce_sum(both**5, 1)], axis=1)
        return tf.identity(scores, name="scores")

    return toys.network(build, 1, 1, 2, logits="scores")


@pytest.fixture(scope="session")
def twig() -> Network:
    """The Keras toy with a residual: `left` is bypassed by `stem` and `right`."""
    return attrvis.load(toys.keras_model(), preprocess="unit")


@pytest.fixture(scope="session")
def photos() -> np.ndarray:
    return toys.noise(3, 8, 8, 3, seed=9)


@pytest.fixture(scope="session")
def layered() -> Network:
    """Captum's: identity, a dense layer of ones with biases (-10, 1, 1, 1), ReLU, (-1, 1)."""

    def build(x):
        first = tf.identity(tf.reshape(x, [-1, 3]), name="one")
        ones = np.ones((3, 4), np.float32)
        y = tf.nn.bias_add(tf.matmul(first, ones), [-10.0, 1, 1, 1], name="four")
        z = tf.matmul(tf.nn.relu(y, name="relu"), np.ones((4, 2), np.float32))
        return tf.nn.bias_add(z, [-1.0, 1.0], name="scores")

    return toys.network(build, 1, 1, 3, logits="scores")
