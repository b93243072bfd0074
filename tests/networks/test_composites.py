"""Activations of several ops are seen as such, so that no rule bends a part of one."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import AttrVisWarning, BadValue
from attrvis.networks.composites import composites
from attrvis.networks.wiring import Wiring

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
    with pytest.raises(BadValue, match=r"act0.*made of several ops"):
        net.with_rule("guided")


def test_what_a_rule_leaves_is_said(photos):
    net = attrvis.load(model_of("silu", "relu"), preprocess="unit")
    with pytest.warns(AttrVisWarning, match="leaves 1 activations of several ops"):
        ruled = net.with_rule("guided")
    assert ruled.touched == {"Relu": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        attrvis.load(model_of("relu"), preprocess="unit").with_rule("guided")
    found = ruled.run(tf.constant(photos))["logits"].numpy()
    assert np.array_equal(found, net.run(photos)["logits"].numpy())
