"""Models with several outputs, and with inputs and outputs that have names."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import ModelError

SIDE = 8


def two_heads(package, *, wrapped=False, named_input=False):
    layers = package.layers
    images = package.Input((SIDE, SIDE, 3), name="photo")
    body = layers.Conv2D(6, 3, activation="relu", name="body")(images)
    pooled = layers.GlobalAveragePooling2D(name="pooled")(body)
    kinds = layers.Dense(4, activation="softmax", name="kinds")(pooled)
    boxes = layers.Conv2D(5, 1, name="boxes")(body)
    outputs = {"kinds": kinds, "boxes": boxes} if wrapped else [kinds, boxes]
    return package.Model({"photo": images} if named_input else images, outputs)


def packages():
    import keras
    import tf_keras

    return {"keras": keras, "tf_keras": tf_keras}


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_the_scores_are_the_output_that_looks_like_them(package, wrapped, photos):
    model = two_heads(packages()[package], wrapped=wrapped)
    net = attrvis.load(model, preprocess="unit")
    given = model(photos)
    kinds = given["kinds"] if wrapped else given[0]
    assert net.classes == 4
    found = tf.nn.softmax(net.run(photos)["logits"])
    assert np.abs(found - kinds).max() < 1e-6
    assert not np.allclose(net.run(photos)["logits"], kinds)


def test_an_input_with_a_name(photos):
    import keras

    model = two_heads(keras, named_input=True)
    net = attrvis.load(model, preprocess="unit")
    assert (
        np.abs(tf.nn.softmax(net.run(photos)["logits"]) - model({"photo": photos})[0]).max() < 1e-6
    )


def two_scores(images):
    pooled = tf.reduce_mean(images, [1, 2])
    return {"colour": tf.nn.softmax(3.0 * pooled), "light": tf.nn.softmax(5.0 * pooled[:, :2])}


@pytest.mark.parametrize("form", ["function", "saved model", "keras"])
def test_one_of_several_scores_is_named(form, photos, tmp_path):
    if form == "function":
        source = two_scores
    elif form == "saved model":
        module = tf.Module()
        module.scores = tf.function(
            two_scores, input_signature=[tf.TensorSpec([None, SIDE, SIDE, 3])]
        )
        tf.saved_model.save(module, str(tmp_path / "saved"), signatures=module.scores)
        source = tmp_path / "saved"
    else:
        import keras

        images = keras.Input((SIDE, SIDE, 3))
        pooled = keras.layers.GlobalAveragePooling2D()(images)
        heads = {
            "colour": keras.layers.Softmax()(3.0 * pooled),
            "light": keras.layers.Softmax()(5.0 * pooled[:, :2]),
        }
        source = keras.Model(images, heads)
    for name, classes, scale in (("colour", 3, 3.0), ("light", 2, 5.0)):
        net = attrvis.load(source, preprocess="unit", size=SIDE, logits=name)
        expected = scale * photos.mean(axis=(1, 2))[:, :classes]
        assert net.run(photos)["logits"].numpy() == pytest.approx(expected, abs=1e-5)
    with pytest.raises(ModelError, match=r"2 outputs \(colour, light\)"):
        attrvis.load(source, preprocess="unit", size=SIDE)
    with pytest.raises(ModelError, match="its outputs are colour, light"):
        attrvis.load(source, preprocess="unit", size=SIDE, logits="colours")


def test_every_output_can_be_read_and_explained(photos, tmp_path):
    import keras

    model = two_heads(keras, wrapped=True)
    net = attrvis.load(model, preprocess="unit")
    read = net.run(photos, ["boxes", "kinds", "logits"])
    given = model(photos)
    assert np.abs(read["boxes"] - given["boxes"]).max() < 1e-6
    assert np.abs(read["kinds"] - given["kinds"]).max() < 1e-6
    objective = attrvis.objectives.neuron("boxes", 3, 2, 1)
    found = attrvis.attribute(
        net, list(photos), "aumann-shapley", target=objective, layer="body", baseline="zero"
    )
    assert found.relative_gap.max() < 1e-3


def test_a_map_of_scores_that_is_enlarged_at_the_end():
    import keras

    layers = keras.layers
    images = keras.Input((8, 8, 3))
    maps = layers.Conv2D(4, 3, strides=2, padding="same")(images)
    model = keras.Model(images, layers.UpSampling2D(2, interpolation="bilinear")(maps))
    net = attrvis.load(model, preprocess="unit")
    assert net.run(np.zeros((2, 8, 8, 3), np.float32))["logits"].shape == (2, 8, 8, 4)


def test_an_output_that_is_named_is_taken_whatever_it_ends_in():
    import keras

    layers = keras.layers
    images = keras.Input((8, 8, 3))
    pooled = layers.GlobalAveragePooling2D()(images)
    heads = [layers.Dense(4)(pooled), layers.Dense(4)(pooled)]
    outputs = {"mean": (heads[0] + heads[1]) / 2.0, "other": heads[1]}
    model = keras.Model(images, outputs)
    net = attrvis.load(model, preprocess="unit", logits="mean")
    photos = np.random.default_rng(0).random((2, 8, 8, 3), np.float32)
    found = net.run(photos)["logits"]
    assert np.abs(found - model(photos)["mean"]).max() < 1e-6
