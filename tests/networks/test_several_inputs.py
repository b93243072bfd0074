"""Models with several inputs: one is explained, the others are given."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import BadValue, ModelError, UnknownName

FACTS = np.array([0.5, -1.0, 2.0], np.float32)


@pytest.fixture(params=["keras", "tf_keras"])
def package(request):
    return pytest.importorskip(request.param)


def model_of(package, *, form="list"):
    layers = package.layers
    photo, facts = package.Input((8, 8, 3), name="photo"), package.Input((3,), name="facts")
    seen = layers.Conv2D(4, 3, activation="relu", name="conv")(photo)
    pooled = layers.GlobalAveragePooling2D()(seen)
    both = layers.Concatenate()([pooled, layers.Dense(4, name="known")(facts)])
    inputs = {"photo": photo, "facts": facts} if form == "dict" else [photo, facts]
    return package.Model(inputs, layers.Dense(3, name="scores")(both))


@pytest.mark.parametrize("form", ["list", "dict"])
def test_the_photo_is_explained_with_the_facts_given(package, form, photos):
    model = model_of(package, form=form)
    net = attrvis.load(model, preprocess="unit", feeds={"facts": FACTS})
    facts = tf.constant(np.tile(FACTS, (3, 1)))
    images = tf.constant(photos)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(images)
        given = {"photo": images, "facts": facts} if form == "dict" else [images, facts]
        expected = model(given)
        found = net.run(images)["logits"]
        one, other = expected[:, 1], found[:, 1]
    assert np.abs(found - expected).max() < 1e-6
    assert np.abs(tape.gradient(other, images) - tape.gradient(one, images)).max() < 1e-6


def test_the_facts_are_explained_with_the_photo_given(package, photos):
    model = model_of(package)
    net = attrvis.load(model, input="facts", feeds={"photo": photos[0]})
    rows = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    expected = model([np.tile(photos[:1], (4, 1, 1, 1)), rows]).numpy()
    assert np.abs(net.run(rows)["logits"] - expected).max() < 1e-6
    found = attrvis.attribute(net, rows, target=1, baseline="zero", points=2)
    weights = (
        model.get_layer("known").get_weights()[0] @ model.get_layer("scores").get_weights()[0][4:]
    )
    assert found.values == pytest.approx(rows * weights[:, 1], abs=1e-5)


def test_what_is_not_clear_is_asked(package):
    model = model_of(package)
    with pytest.raises(ModelError, match=r"2 inputs \(.*facts \[3\].*feeds="):
        attrvis.load(model, preprocess="unit")
    with pytest.raises(UnknownName, match="facts"):
        attrvis.load(model, preprocess="unit", feeds={"fact": FACTS})
    with pytest.raises(UnknownName, match="photo"):
        attrvis.load(model, preprocess="unit", input="foto", feeds={"facts": FACTS})
    with pytest.raises(BadValue, match=r"takes \[3\] for one image"):
        attrvis.load(model, preprocess="unit", feeds={"facts": FACTS[:2]})
