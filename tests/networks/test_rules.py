"""Gradient rules: known answers, a naive computation, and every wrapping alike."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import BadValue, UnknownName
from attrvis.networks.rules import RULES, Rule
from tests import toys


def slope(net, images, unit=0):
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        top = net.run(images)["logits"][:, unit]
    return tape.gradient(top, images).numpy()


def one_conv():
    """Build the network of Captum's tests: two filters of ones, biases -50 and -75, two ReLUs."""
    kernel = np.ones((3, 3, 1, 2), np.float32)
    dense = np.array([1, 1, 1, -1, 1, -1, 1, -1], np.float32)[:, None] * np.ones((1, 4), np.float32)

    def build(x):
        conv = tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "VALID"), [-50.0, -75.0])
        flat = tf.reshape(tf.nn.relu(conv), [-1, 8])
        return tf.identity(tf.nn.relu(tf.matmul(flat, dense)), name="scores")

    return toys.network(build, 4, 4, 1, logits="scores")


COUNTED = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
KNOWN = {
    "guided": [[0, 1, 1, 1], [1, 3, 3, 2], [1, 3, 3, 2], [1, 2, 2, 1]],
    "deconvnet": [[2, 3, 3, 1], [3, 5, 5, 2], [3, 5, 5, 2], [1, 2, 2, 1]],
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_answers(name):
    net = one_conv()
    assert net.run(COUNTED)["logits"].numpy()[0, 0] == 54
    ruled = net.with_rule(name)
    assert slope(ruled, COUNTED)[0, ..., 0].tolist() == KNOWN[name]
    assert (ruled.rule, ruled.touched) == (name, {"Relu": 2})


ACTIVATIONS = {
    "Relu": tf.nn.relu,
    "Relu6": tf.nn.relu6,
    "LeakyRelu": lambda x: tf.nn.leaky_relu(x, 0.1),
    "Elu": tf.nn.elu,
    "Selu": tf.nn.selu,
    "Softplus": tf.nn.softplus,
}


def deep(activation):
    """Build two activations with known inputs: scores = second @ f(first @ f(x))."""
    rng = np.random.default_rng(4)
    first = rng.normal(0, 0.5, (12, 9)).astype(np.float32)
    second = rng.normal(0, 1, (9, 3)).astype(np.float32)

    def build(x):
        hidden = activation(tf.matmul(activation(tf.reshape(3.0 * x, [-1, 12])), first))
        return tf.identity(tf.matmul(hidden, second), name="scores")

    return toys.network(build, 2, 2, logits="scores"), first, second


def naive(name, activation, values, upstream):
    """Pull a gradient back through an activation, one number at a time."""
    pulled = np.zeros_like(values)
    for place in np.ndindex(values.shape):
        x, g = values[place], upstream[place]
        variable = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(variable)
            y = activation(variable)
        derivative = float(tape.gradient(y, variable))
        if name == "guided":
            pulled[place] = derivative * max(g, 0) if x > 0 else 0
        elif name == "deconvnet":
            pulled[place] = max(g, 0)
        else:
            pulled[place] = g
    return pulled


@pytest.mark.parametrize("name", ["guided", "deconvnet", "linear"])
@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_rules_are_what_they_say(name, kind):
    activation = ACTIVATIONS[kind]
    net, first, second = deep(activation)
    images = np.random.default_rng(1).uniform(-1, 1.5, (2, 2, 2, 3)).astype(np.float32)
    ruled = net.with_rule(name)
    assert ruled.touched == {kind: 2}
    x = 3.0 * images.reshape(2, 12)
    inner = np.asarray(activation(x)) @ first
    upstream = np.tile(second[:, 1], (2, 1)).astype(np.float32)
    expected = 3.0 * naive(name, activation, x, naive(name, activation, inner, upstream) @ first.T)
    assert slope(ruled, images, 1).reshape(2, 12) == pytest.approx(expected, rel=1e-4, abs=1e-4)
    plain = slope(net, images, 1).reshape(2, 12)
    assert not np.allclose(plain, expected, rtol=1e-3)


def test_a_dead_image_is_revived_and_others_are_left():
    """Objective: the sum of relu(x - 2); the first image is below everywhere, the second is not."""

    def build(x):
        total = tf.reduce_sum(tf.nn.relu(x - 2.0), [1, 2, 3])[:, None]
        return tf.identity(tf.concat([total, -total], 1), name="scores")

    net = toys.network(build, 2, 2, 3, logits="scores")
    images = np.zeros((2, 2, 2, 3), np.float32)
    images[1, 0] = 3.0
    plain, ruled = slope(net, images), slope(net.with_rule("redirected_relu"), images)
    assert not plain[0].any() and (ruled[0] == 1).all()
    assert np.array_equal(plain[1], ruled[1])
    # Nothing is gained by sinking what is dead already.
    assert not slope(net.with_rule("redirected_relu"), images, 1)[0].any()


def test_a_saturated_relu6_is_revived_downwards():
    def build(x):
        total = tf.reduce_sum(tf.nn.relu6(x), [1, 2, 3])[:, None]
        return tf.identity(tf.concat([total, -total], 1), name="scores")

    net = toys.network(build, 2, 2, 3, logits="scores").with_rule("redirected_relu")
    images = np.full((1, 2, 2, 3), 7.0, np.float32)
    assert not slope(net, images, 0).any() and (slope(net, images, 1) == -1).all()


def test_a_smoothed_max_pool_shares_evenly():
    def build(x):
        pooled = tf.nn.max_pool2d(x, 2, 2, "VALID", name="pool")
        return tf.identity(tf.reshape(pooled, [-1, 12])[:, :2] * 3.0, name="scores")

    net = toys.network(build, 4, 4, 3, logits="scores")
    images = toys.noise(2, 4, 4, 3)
    found = slope(net.with_rule("smoothed_maxpool"), images)
    expected = np.zeros((2, 4, 4, 3), np.float32)
    expected[:, :2, :2, 0] = 0.75
    assert np.array_equal(found, expected)
    assert slope(net, images)[0].astype(bool).sum() == 1


def test_nested_and_shared_layers_are_reached(twig, frozen_twig, photos):
    """Layer-level patching gives the plain gradient here, silently, in other libraries."""
    nets = [attrvis.load(source, preprocess="unit") for source in (twig, frozen_twig)]
    ruled = [net.with_rule("guided") for net in nets]
    assert ruled[0].touched == ruled[1].touched == {"Relu": 5}
    first, second = (slope(net, photos, 1) for net in ruled)
    assert first == pytest.approx(second, abs=1e-6)
    assert np.abs(first - slope(nets[0], photos, 1)).max() > 1e-3


def test_values_stay_and_the_plain_network_too(twig, photos):
    net = attrvis.load(twig, preprocess="unit")
    before = slope(net, photos)
    ruled = net.with_rule("guided")
    assert np.array_equal(ruled.run(photos)["logits"], net.run(photos)["logits"])
    slope(ruled, photos)
    assert np.array_equal(slope(net, photos), before)
    assert slope(net.with_rule("guided").snapshot(), photos) == pytest.approx(
        slope(ruled, photos), abs=1e-6
    )


def test_a_rule_of_ones_own():
    doubled = Rule("doubled", {"Relu": lambda op, g: 2.0 * g})
    net = one_conv()
    ruled = net.with_rule(doubled)
    assert slope(ruled, COUNTED) == pytest.approx(4.0 * slope(net.with_rule("linear"), COUNTED))


def test_a_rule_that_touches_nothing_is_an_error():
    def build(x):
        return tf.identity(tf.reduce_sum(x * 2.0, [1, 2]), name="scores")

    net = toys.network(build, 2, 2, 3, logits="scores")
    for name in RULES:
        with pytest.raises(BadValue, match="has none of them"):
            net.with_rule(name)


def test_an_unknown_rule():
    with pytest.raises(UnknownName, match="guided"):
        one_conv().with_rule("gided")
    with pytest.raises(BadValue):
        Rule("empty", {})
