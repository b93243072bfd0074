"""Activations of several ops are seen as such, so that no rule bends a part of one."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import AttrVisWarning, BadValue
from attrvis.networks.composites import composites
from attrvis.networks.rules import Rule
from attrvis.networks.wiring import Wiring
from tests import toys

GATED = ("silu", "gelu", "mish", "hard_silu")
SINGLE = ("relu", "relu6", "leaky_relu", "elu", "selu", "softplus", "sigmoid", "tanh")


def model_of(*activations, package=None):
    import keras

    package = package or keras
    images = value = package.Input((8, 8, 3))
    for i, activation in enumerate(activations):
        value = package.layers.Conv2D(4, 3, name=f"conv{i}")(value)
        value = package.layers.Activation(activation, name=f"act{i}")(value)
    pooled = package.layers.GlobalAveragePooling2D()(value)
    return package.Model(images, package.layers.Dense(3)(pooled))


def seen(net):
    return composites(Wiring(net.lowered.graph_def), net.lowered.input)


@pytest.mark.parametrize("name", GATED)
def test_each_is_found_once(name):
    net = attrvis.load(model_of(name, "relu", name), preprocess="unit")
    assert len(seen(net)) == 2


@pytest.mark.parametrize("name", ["swish", "gelu"])
def test_those_of_keras_2_too(name):
    import tf_keras

    net = attrvis.load(model_of(name, package=tf_keras), preprocess="unit")
    assert len(seen(net)) == 1


@pytest.mark.parametrize("name", SINGLE)
def test_one_op_is_none(name):
    assert seen(attrvis.load(model_of(name), preprocess="unit")) == []


def test_a_squeeze_and_excitation_gate_is_none():
    """Its gate comes from a pooled map, through products with weights: another tensor."""
    import keras

    layers = keras.layers
    images = keras.Input((8, 8, 3))
    value = layers.Conv2D(4, 3, activation="relu")(images)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(value)
    gate = layers.Conv2D(4, 1, activation="sigmoid")(gate)
    value = layers.Multiply()([value, gate])
    net = attrvis.load(
        keras.Model(images, layers.Dense(3)(layers.Flatten()(value))), preprocess="unit"
    )
    assert seen(net) == []
    assert net.with_rule("guided").touched == {"Relu": 1}


def test_a_rule_does_not_bend_the_inside_of_a_hard_swish():
    net = attrvis.load(model_of("hard_silu", "relu6"), preprocess="unit")
    assert net.with_rule("guided").touched == {"Relu6": 1, "Gated": 1}
    with pytest.warns(AttrVisWarning, match="leaves 1 activations of several ops"):
        assert net.with_rule("redirected_relu").touched == {"Relu6": 1}


def test_a_rule_that_has_nothing_for_them_finds_nothing():
    net = attrvis.load(model_of("hard_silu"), preprocess="unit")
    with pytest.raises(BadValue, match="has none of them"):
        net.with_rule("redirected_relu")


def deep(activation):
    """Build scores = second @ f(first @ f(3 x)), where f is made of several ops."""
    rng = np.random.default_rng(4)
    first = rng.normal(0, 0.5, (12, 9)).astype(np.float32)
    second = rng.normal(0, 1, (9, 3)).astype(np.float32)

    def build(x):
        hidden = activation(tf.matmul(activation(tf.reshape(3.0 * x, [-1, 12])), first))
        return tf.identity(tf.matmul(hidden, second), name="scores")

    return toys.network(build, 2, 2, logits="scores"), first, second


LITERAL = {
    "silu": (tf.nn.silu, lambda x: x / (1 + np.exp(-x))),
    "beta": (
        lambda x: x * tf.sigmoid(tf.fill([1, 1], 1.7) * x),
        lambda x: x / (1 + np.exp(-1.7 * x)),
    ),
    "gelu": (
        lambda x: tf.nn.gelu(x, approximate=True),
        lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    ),
    "mish": (lambda x: x * tf.tanh(tf.nn.softplus(x)), lambda x: x * np.tanh(np.log1p(np.exp(x)))),
    "hard_swish": (
        lambda x: x * tf.nn.relu6(x + 3.0) / 6.0,
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
    ),
}


@pytest.mark.parametrize("rule", ["guided", "deconvnet", "linear"])
@pytest.mark.parametrize("kind", LITERAL)
def test_rules_are_what_they_say(rule, kind):
    """One number at a time, with derivatives by differences in float64."""
    activation, literal = LITERAL[kind]
    net, first, second = deep(activation)
    images = np.random.default_rng(1).uniform(-1, 1.5, (2, 2, 2, 3)).astype(np.float32)
    ruled = net.with_rule(rule)
    assert ruled.touched == {"Gated": 2}

    def pulled(values, upstream):
        values = values.astype(np.float64)
        slope = (literal(values + 1e-5) - literal(values - 1e-5)) / 2e-5
        # What follows the product, such as a division by six, is a step of its own.
        after = 1 / 6 if kind == "hard_swish" else 1.0
        if rule == "guided":
            return np.where(values > 0, slope * np.maximum(upstream, 0), 0)
        return after * (np.maximum(upstream, 0) if rule == "deconvnet" else upstream)

    x = 3.0 * images.reshape(2, 12)
    upstream = np.tile(second[:, 1], (2, 1))
    expected = 3.0 * pulled(x, pulled(literal(x) @ first, upstream) @ first.T)
    variable = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        top = ruled.run(variable)["logits"][:, 1]
    found = tape.gradient(top, variable).numpy().reshape(2, 12)
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert np.array_equal(ruled.run(images)["logits"].numpy(), net.run(images)["logits"].numpy())


def test_a_marked_node_is_read_and_edited_like_the_product(photos):
    net = attrvis.load(model_of("silu", "relu"), preprocess="unit")
    ruled = net.with_rule("guided")
    assert [(e.name, e.shape) for e in net.layers] == [(e.name, e.shape) for e in ruled.layers]
    for layer in ("act0", "act0.in", "act1"):
        plain = net.run(photos, [layer, "logits"], {layer: lambda t: 2.0 * t})
        other = ruled.run(photos, [layer, "logits"], {layer: lambda t: 2.0 * t})
        for name in plain:
            assert np.array_equal(plain[name].numpy(), other[name].numpy())
    tail = ruled.cut("act0")
    values, bypass = tail.head(photos)
    with tf.GradientTape() as tape:
        tape.watch(values)
        top = tail(values, bypass)["logits"]
    assert np.abs(tape.gradient(top, values).numpy()).max() > 0


def test_a_rule_of_ones_own_may_have_one_for_them(photos):
    doubled = Rule("doubled", {"Gated": lambda op, g: 2.0 * op.plain(g)})
    net = attrvis.load(model_of("silu"), preprocess="unit")
    images = tf.constant(photos)

    def slope(network):
        with tf.GradientTape() as tape:
            tape.watch(images)
            top = network.run(images)["logits"][:, 0]
        return tape.gradient(top, images).numpy()

    assert slope(net.with_rule(doubled)) == pytest.approx(2 * slope(net), rel=1e-5, abs=1e-9)


def test_what_a_rule_leaves_is_said(photos):
    net = attrvis.load(model_of("silu", "relu"), preprocess="unit")
    with pytest.warns(AttrVisWarning, match="leaves 1 activations of several ops"):
        ruled = net.with_rule("redirected_relu")
    assert ruled.touched == {"Relu": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        attrvis.load(model_of("relu"), preprocess="unit").with_rule("guided")
    found = ruled.run(tf.constant(photos))["logits"].numpy()
    assert np.array_equal(found, net.run(photos)["logits"].numpy())
