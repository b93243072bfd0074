"""Models with their channels first, as Keras and SavedModels hold them, beside their twins."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import attrvis
from attrvis.networks.weights import perturbed
from tests import toys
from tests.networks.test_layout import TO_FIRST, slope

SIDE = 12  # no map is as wide as it has channels: there Keras adds the bias along the wrong axis


def built(api, first):
    """Build one model in either layout, of the layers that Keras 3 and tf_keras both have."""
    layers = api.layers
    format_ = {"data_format": "channels_first" if first else "channels_last"}
    axis = 1 if first else -1
    images = api.Input((3, SIDE, SIDE) if first else (SIDE, SIDE, 3), name="photo")
    x = layers.Conv2D(8, 3, strides=2, padding="same", name="stem", **format_)(images)
    x = layers.BatchNormalization(axis=axis, name="norm")(x)
    stem = layers.ReLU(name="relu")(x)
    x = layers.ZeroPadding2D(((1, 0), (0, 2)), name="pad", **format_)(stem)
    x = layers.DepthwiseConv2D(3, name="depth", **format_)(x)
    x = layers.PReLU(shared_axes=(2, 3) if first else (1, 2), name="prelu")(x)
    x = layers.UpSampling2D(2, name="larger", **format_)(x)
    x = layers.MaxPooling2D(2, name="max", **format_)(x)
    x = layers.Conv2DTranspose(4, 2, strides=2, name="up", **format_)(x)
    x = layers.AveragePooling2D(2, name="mean", **format_)(x)
    x = layers.Cropping2D(((0, 0), (1, 0)), name="crop", **format_)(x)
    x = layers.SeparableConv2D(9, 3, padding="same", name="pair", activation="swish", **format_)(x)
    gate = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze", **format_)(x)
    gate = layers.Conv2D(9, 1, activation="sigmoid", name="gate", **format_)(gate)
    x = layers.Multiply(name="excited")([x, gate])
    short = layers.Conv2D(9, (2, 2), name="short", **format_)(stem)
    parts = [x[:, :, 1:5], short[:, :, :4]] if first else [x[:, 1:5], short[:, :4]]
    x = layers.Concatenate(axis=axis, name="mix")(parts)
    x = layers.SpatialDropout2D(0.5, name="dropped", **format_)(x)
    x = layers.GroupNormalization(3, axis=axis, name="groups")(x)
    x = layers.Flatten(name="flat", **format_)(x)
    return api.Model(images, layers.Dense(4, activation="softmax", name="scores")(x))


NAMED = ("stem", "norm", "relu", "pad", "depth", "prelu", "larger", "max", "up", "mean", "crop",
         "pair", "squeeze", "gate", "excited", "short", "mix", "dropped", "groups",
         "flat")  # fmt: skip


@pytest.fixture(scope="module")
def photos():
    return toys.noise(2, SIDE, SIDE, 3)


@pytest.fixture(scope="module", params=[keras, tf_keras], ids=["keras", "tf_keras"])
def models(request):
    first, last = (built(request.param, first) for first in (True, False))
    rng = np.random.default_rng(2)
    weights = [
        rng.uniform(0.2, 0.6, w.shape)
        if w.ndim == 1
        else rng.normal(0, 1 / np.sqrt(max(1, w.size // w.shape[-1])), w.shape)
        for w in first.get_weights()
    ]
    first.set_weights(weights)
    last.set_weights(
        [np.reshape(w, other.shape) for w, other in zip(weights, last.get_weights(), strict=True)]
    )
    return first, last


@pytest.fixture(scope="module")
def twins(models):
    return tuple(attrvis.load(model, preprocess="unit") for model in models)


def test_every_layer_is_that_of_the_twin(twins, models, photos):
    first, last = (net.run(photos, [*NAMED, "logits"]) for net in twins)
    for name in first:
        np.testing.assert_allclose(first[name], last[name], atol=1e-5, err_msg=name)
    assert twins[0].image_size == (SIDE, SIDE)
    np.testing.assert_allclose(
        tf.nn.softmax(first["logits"]), models[1](photos, training=False), atol=1e-5
    )
    shapes = [{name: net.layer(name).shape for name in NAMED} for net in twins]
    assert shapes[0] == shapes[1]


def test_gradients_and_edits_are_those_of_the_twin(twins, photos):
    for middle in (None, "relu", "mix"):
        first, last = (slope(net, photos, middle) for net in twins)
        assert np.abs(last).max() > 1e-4
        np.testing.assert_allclose(first, last, atol=1e-5)
    edit = {"mix": lambda x: x * np.linspace(0, 1, 18, dtype=np.float32)}
    first, last = (net.run(photos, edit=edit)["logits"] for net in twins)
    np.testing.assert_allclose(first, last, atol=1e-5)


def test_weights_stay_live(twins, photos):
    def louder(name, value):
        return 1.1 * value

    with perturbed(twins[0], louder) as one, perturbed(twins[1], louder) as other:
        first, last = (net.run(photos)["logits"] for net in (one, other))
    np.testing.assert_allclose(first, last, atol=1e-5)
    assert np.abs(first - twins[0].run(photos)["logits"]).max() > 1e-2
    np.testing.assert_allclose(
        twins[0].snapshot().run(photos)["logits"], twins[1].run(photos)["logits"], atol=1e-5
    )


def traced(model):
    @tf.function(autograph=False)
    def serve(images):
        return {"scores": model(images, training=False)}

    return serve.get_concrete_function(tf.TensorSpec((None, 3, SIDE, SIDE), name="images"))


def test_its_frozen_graph_and_its_saved_model(models, twins, photos, tmp_path):
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    concrete = traced(models[0])
    frozen = convert_variables_to_constants_v2(concrete).graph.as_graph_def()
    tf.saved_model.save(models[0], str(tmp_path / "saved"), signatures=concrete)
    expected = twins[1].run(photos)["logits"]
    for source in (frozen, concrete, tmp_path / "saved"):
        net = attrvis.load(source, preprocess="unit", trust=True)
        np.testing.assert_allclose(net.run(photos)["logits"], expected, atol=1e-5)
        assert net.image_size == (SIDE, SIDE)


@pytest.mark.parametrize("api", [keras, tf_keras], ids=["keras", "tf_keras"])
@pytest.mark.parametrize("sides", [(None, None), (SIDE, None), (SIDE, SIDE)])
def test_its_size_may_be_free(api, sides, photos):
    first = {"data_format": "channels_first"}
    images = api.Input((3, *sides))
    x = api.layers.Conv2D(4, 3, name="conv", **first)(images)
    x = api.layers.GlobalMaxPooling2D(**first)(x)
    model = api.Model(images, x)
    net = attrvis.load(model, preprocess="unit", size=SIDE, logits="conv")
    assert net.image_size == (SIDE, SIDE)
    kernel, bias = model.get_weights()
    expected = tf.nn.conv2d(photos, kernel, 1, "VALID") + bias
    np.testing.assert_allclose(net.run(photos, ["conv"])["conv"], expected, atol=1e-5)
    if sides == (None, None):
        free = attrvis.load(model, preprocess="unit", logits="conv")
        assert free.image_size == (224, 224)


def test_one_that_turns_its_images_itself(photos):
    images = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Permute((3, 1, 2))(images)
    x = keras.layers.Conv2D(4, 3, data_format="channels_first", name="conv")(x)
    model = keras.Model(images, keras.layers.Flatten(name="flat")(x))
    net = attrvis.load(model, preprocess="unit", logits="flat")
    kernel, bias = model.get_weights()
    expected = tf.nn.conv2d(photos, kernel, 1, "VALID") + bias
    found = net.run(photos, ["conv", "logits"])
    np.testing.assert_allclose(found["conv"], expected, atol=1e-5)
    flat = np.transpose(expected, TO_FIRST).reshape(2, -1)
    np.testing.assert_allclose(found["logits"], flat, atol=1e-5)
