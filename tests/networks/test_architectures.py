"""Recurrent networks, attention, half precision, other activations: as Keras computes them."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from tests import toys

SIDE = 8


def recurrent(keras):
    layers = keras.layers
    images = keras.Input((SIDE, SIDE, 3))
    rows = layers.Reshape((SIDE, SIDE * 3))(images)
    state = layers.LSTM(6, name="lstm")(rows)
    return keras.Model(images, layers.Dense(4, activation="softmax")(state))


def transformer(keras):
    layers = keras.layers
    images = keras.Input((SIDE, SIDE, 3))
    patches = layers.Conv2D(8, 2, strides=2, name="patches")(images)
    tokens = layers.Reshape((16, 8), name="tokens")(patches)
    for block in range(2):
        normal = layers.LayerNormalization(name=f"norm{block}")(tokens)
        attended = layers.MultiHeadAttention(2, 4, name=f"attention{block}")(normal, normal)
        tokens = layers.Add(name=f"sum{block}")([tokens, attended])
        hidden = layers.Dense(16, activation="gelu", name=f"hidden{block}")(tokens)
        tokens = layers.Add(name=f"out{block}")([tokens, layers.Dense(8)(hidden)])
    pooled = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(tokens))
    return keras.Model(images, layers.Dense(4)(pooled))


def with_activation(name):
    def build(keras):
        layers = keras.layers
        images = keras.Input((SIDE, SIDE, 3))
        value = layers.Conv2D(5, 3, name="conv")(images)
        value = layers.Activation(name, name="act")(value)
        return keras.Model(images, layers.Dense(4)(layers.GlobalMaxPooling2D()(value)))

    return build


def separable(keras):
    layers = keras.layers
    images = keras.Input((SIDE, SIDE, 3))
    value = layers.SeparableConv2D(6, 3, padding="same", activation="relu6")(images)
    value = layers.UpSampling2D(2)(layers.AveragePooling2D(2)(value))
    value = layers.Conv2DTranspose(4, 3, strides=2, name="up")(layers.ZeroPadding2D(1)(value))
    value = layers.SpatialDropout2D(0.3)(layers.GroupNormalization(2)(value))
    return keras.Model(images, layers.Dense(3, activation="sigmoid")(layers.Flatten()(value)))


BUILDS = {
    "lstm": recurrent,
    "transformer": transformer,
    "separable": separable,
    **{
        name: with_activation(name)
        for name in ("silu", "gelu", "mish", "hard_silu", "leaky_relu", "elu", "selu", "softplus")
    },
}


@pytest.fixture(params=BUILDS)
def model(request):
    import keras

    keras.utils.set_random_seed(3)
    return BUILDS[request.param](keras)


def before_softmax(model, images):
    """Give a model's scores with the last activation taken off."""
    import keras

    last = model.layers[-1]
    kept = last.activation
    last.activation = keras.activations.linear
    try:
        return model(images, training=False)
    finally:
        last.activation = kept


def test_scores_and_gradients_are_kerass(model, photos):
    net = attrvis.load(model, preprocess="unit")
    images = tf.constant(photos)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(images)
        expected = before_softmax(model, images)
        found = net.run(images)["logits"]
        one, other = expected[:, 1], found[:, 1]
    scale = np.abs(expected).max()
    assert np.abs(found - expected).max() <= 1e-5 * scale
    slope, known = tape.gradient(other, images), tape.gradient(one, images)
    assert np.abs(known).max() > 0
    assert np.abs(slope - known).max() <= 1e-4 * np.abs(known).max()


def test_tokens_can_be_read_and_edited(photos):
    import keras

    keras.utils.set_random_seed(3)
    net = attrvis.load(transformer(keras), preprocess="unit")
    tokens = net.run(photos, ["sum0"])["sum0"]
    assert tokens.shape == (3, 16, 8)
    same = net.run(photos, edit={"sum0": tokens})["logits"]
    assert np.abs(same - net.run(photos)["logits"]).max() < 1e-6
    other = net.run(photos, edit={"sum0": tf.zeros_like(tokens)})["logits"].numpy()
    assert np.abs(np.diff(other, axis=0)).max() < 1e-6


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(policy, photos):
    import keras

    before = keras.config.dtype_policy().name
    keras.config.set_dtype_policy(policy)
    try:
        keras.utils.set_random_seed(3)
        model = with_activation("relu")(keras)
    finally:
        keras.config.set_dtype_policy(before)
    net = attrvis.load(model, preprocess="unit")
    found = net.run(photos, ["conv", "logits"])
    assert found["conv"].dtype == found["logits"].dtype == tf.float32
    expected = tf.cast(model(photos), tf.float32)
    assert np.abs(found["logits"] - expected).max() <= 1e-2 * np.abs(expected).max()


def test_a_model_under_a_strategy(photos):
    import keras

    with tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
        model = with_activation("relu")(keras)
    net = attrvis.load(model, preprocess="unit")
    assert np.abs(net.run(photos)["logits"] - model(photos)).max() < 1e-5


def test_a_model_is_let_go():
    import keras

    model = with_activation("relu")(keras)
    net = attrvis.load(model, preprocess="unit")
    net.run(toys.noise(1, SIDE, SIDE, 3))
    seen = weakref.ref(model)
    del model, net
    keras.utils.clear_session()
    gc.collect()
    assert seen() is None


@pytest.mark.parametrize("op", ["while", "random"])
def test_what_cannot_be_explained_is_refused_by_name(op):
    graph = tf.Graph()
    with graph.as_default():
        images = tf.compat.v1.placeholder(tf.float32, (None, 4, 4, 3), name="images")
        if op == "while":
            tf.compat.v1.disable_control_flow_v2()
            try:
                looped = tf.compat.v1.while_loop(
                    lambda i, x: i < 3, lambda i, x: (i + 1, x * 2.0), [0, images]
                )[1]
            finally:
                tf.compat.v1.enable_control_flow_v2()
        else:
            looped = images + tf.random.normal([4, 4, 3])
        tf.reduce_mean(looped, [1, 2], name="scores")
    named = {"while": "loop|Enter|Switch|LoopCond|Merge", "random": "RandomStandardNormal"}[op]
    with pytest.raises(attrvis.errors.ModelError, match=named):
        attrvis.load(graph.as_graph_def(), preprocess="unit")
